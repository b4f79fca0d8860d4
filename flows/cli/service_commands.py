"""Commands of the cockpit: up, down, status."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from .application import WorkspaceOption, app


@app.command()
def up(
    workspace: WorkspaceOption = Path("workspace"),
    port: Annotated[int, typer.Option(help="of the server; it listens on this machine only")] = 4200,
    runs_at_once: Annotated[
        int, typer.Option(min=1, help="runs that the worker starts beside each other")
    ] = 2,
    timezone: Annotated[str, typer.Option(help="of the schedules, such as Europe/Berlin")] = "UTC",
) -> None:
    """Start the Prefect server with its UI, a worker, all deployments, the nightly schedule and the triggers."""
    from ..cockpit.service_environment import DATABASE_VARIABLE, CockpitSettings
    from ..cockpit.start_service import start_cockpit
    from .console import announce, console

    settings = CockpitSettings(
        workspace, port, os.environ.get(DATABASE_VARIABLE) or None, runs_at_once, timezone
    )
    state = start_cockpit(settings, announce)
    console.print(f"the cockpit is up: {state.page_url}", soft_wrap=True)
    console.print("end it with: mmflywheel down", soft_wrap=True)


@app.command()
def down(workspace: WorkspaceOption = Path("workspace")) -> None:
    """End the server, the worker and what they started; check that nothing is left."""
    from ..cockpit.stop_service import stop_cockpit
    from .console import announce, console

    was_up = stop_cockpit(workspace, announce)
    console.print("the cockpit is down" if was_up else f"no cockpit is up in {workspace}", soft_wrap=True)


@app.command()
def status(
    workspace: WorkspaceOption = Path("workspace"),
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Tell what runs: server, worker, runs of flows, the next scheduled ones, the newest version."""
    from .status_command import show_status

    show_status(workspace, as_json)
