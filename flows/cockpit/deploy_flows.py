"""Make work pool, deployments and automations on a running server; run in a process that has its address.

`python -m flows.cockpit.deploy_flows WORKSPACE RUNS_AT_ONCE TIMEZONE` with the environment of `service_environment`.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .guard_runs import guard_runs
from .service_environment import WORK_POOL, checkout
from .service_files import CockpitError, CockpitFiles


@dataclass(frozen=True)
class SwitchedOff:
    """What somebody has switched off in the UI: schedules by deployment and slug, automations by name."""

    schedules: frozenset[tuple[str, str]] = frozenset()
    automations: frozenset[str] = frozenset()


def main(workspace: Path, runs_at_once: int, timezone: str) -> None:
    """Pool, deployments, automations; everything that is there already is brought up to date."""
    make_pool(runs_at_once)
    deploy(CockpitFiles(workspace), timezone)
    guard_runs()


def make_pool(runs_at_once: int) -> None:
    """The work pool of processes on this machine, with a bound on what runs at once."""
    from prefect import get_client
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.exceptions import ObjectAlreadyExists

    with get_client(sync_client=True) as client:
        try:
            client.create_work_pool(
                WorkPoolCreate(name=WORK_POOL, type="process", concurrency_limit=runs_at_once)
            )
        except ObjectAlreadyExists:
            client.update_work_pool(WORK_POOL, WorkPoolUpdate(concurrency_limit=runs_at_once))


def switched_off() -> SwitchedOff:
    """Ask the server what is switched off; deploying would switch it on again."""
    from prefect import get_client

    with get_client(sync_client=True) as client:
        schedules = frozenset(
            (deployment.name, schedule.slug)
            for deployment in client.read_deployments()
            for schedule in deployment.schedules
            if schedule.slug and not schedule.active
        )
        automations = frozenset(one.name for one in client.read_automations() if not one.enabled)
    return SwitchedOff(schedules, automations)


def deploy(files: CockpitFiles, timezone: str) -> None:
    """Deploy prefect.yaml with this workspace in every flow's parameters, and its schedules in this time zone.

    What somebody has switched off in the UI stays off.

    Raises:
        CockpitError: Prefect refuses a deployment; its words are in the message.
    """
    content = yaml.safe_load((checkout() / "prefect.yaml").read_text("utf-8"))
    content = kept_off(localised(content, files.workspace, timezone), switched_off())
    rendered = files.root / "prefect.yaml"
    rendered.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "prefect",
        "--no-prompt",
        "deploy",
        "--all",
        "--prefect-file",
        str(rendered),
    ]
    answer = subprocess.run(command, cwd=checkout(), capture_output=True, text=True, check=False)
    if answer.returncode:
        raise CockpitError(f"the deployments of prefect.yaml were refused:\n{answer.stdout}\n{answer.stderr}")


def localised(content: dict[str, Any], workspace: Path, timezone: str) -> dict[str, Any]:
    """The deployments with `workspace` among all their parameters, and their schedules in a named time zone."""
    for deployment in content["deployments"]:
        places = [deployment, *deployment.get("schedules", []), *deployment.get("triggers", [])]
        for place in places:
            place["parameters"] = {**place.get("parameters", {}), "workspace": str(workspace)}
        for schedule in deployment.get("schedules", []):
            schedule["timezone"] = timezone
            if "timezone" in schedule["parameters"]:
                schedule["parameters"]["timezone"] = timezone
    return content


def kept_off(content: dict[str, Any], off: SwitchedOff) -> dict[str, Any]:
    """The deployments with those of their schedules and triggers switched off that are so on the server."""
    for deployment in content["deployments"]:
        for schedule in deployment.get("schedules", []):
            schedule["active"] = (
                schedule["active"] and (deployment["name"], schedule["slug"]) not in off.schedules
            )
        for trigger in deployment.get("triggers", []):
            trigger["enabled"] = trigger["name"] not in off.automations
    return content


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
