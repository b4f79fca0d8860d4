"""Automations that look after runs whose process has died: a server of one's own brings none."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from .service_environment import HEARTBEAT_S

if TYPE_CHECKING:
    from prefect.automations import Automation

ZOMBIE_GUARD = "crash-runs-without-heartbeat"
REQUEUE = "requeue-crashed-runs"
MISSED_HEARTBEATS = 3
MAX_ATTEMPTS = 3
"""How often a run is begun; whatever crashes it that often will do so again."""
_ENDED = ("Completed", "Failed", "Cancelled", "Crashed")


def guard_runs() -> None:
    """Make both automations, unless they are there."""
    from prefect.automations import Automation

    for guard in (zombie_guard(), requeue_guard()):
        try:
            asyncio.run(Automation.aread(name=guard.name))
        except ValueError:
            asyncio.run(guard.acreate())


def zombie_guard() -> Automation:
    """Marks a run as crashed when three heartbeats are missing: its process or its machine has died."""
    from prefect.automations import Automation
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification
    from prefect.states import StateType

    beat = "prefect.flow-run.heartbeat"
    return Automation(
        name=ZOMBIE_GUARD,
        description="A run without heartbeat has died with its process: mark it, so that nobody waits for it.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=MISSED_HEARTBEATS * HEARTBEAT_S),
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            after={beat},
            expect={beat, *(f"prefect.flow-run.{state}" for state in _ENDED)},
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                message="no heartbeat for three periods: its process has died",
            )
        ],
    )


def requeue_guard() -> Automation:
    """Has a crashed run of a deployment begin again: what it has committed is found, not made again.

    The run count in the event bounds it. A run that never began (0) has no process that died; one within another
    run has no deployment, and begins again with that.
    """
    from prefect.automations import Automation
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import EventTrigger, Posture
    from prefect.events.schemas.events import ResourceSpecification
    from prefect.states import StateType

    counts = [str(count) for count in range(1, MAX_ATTEMPTS)]
    return Automation(
        name=REQUEUE,
        description=f"A run whose process died begins again, up to {MAX_ATTEMPTS} times in all.",
        trigger=EventTrigger(
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
            match=ResourceSpecification(
                {"prefect.resource.id": ["prefect.flow-run.*"], "prefect.run-count": counts}
            ),
            match_related=ResourceSpecification({"prefect.resource.role": ["deployment"]}),
            for_each={"prefect.resource.id"},
            expect={"prefect.flow-run.Crashed"},
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.SCHEDULED,
                name="AwaitingRetry",
                message="its process had died: begun again, and what is committed is found",
            )
        ],
    )
