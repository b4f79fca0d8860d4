"""Commands of the cockpit: up, down, status."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .application import WorkspaceOption, app


@app.command()
def up(
    workspace: WorkspaceOption = Path("workspace"),
    port: Annotated[
        int | None, typer.Option(help="of the server; it listens on this machine only; first 4200")
    ] = None,
    runs_at_once: Annotated[
        int | None, typer.Option(min=1, help="runs that the worker starts beside each other; first 2")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="of the schedules, such as Europe/Berlin; first UTC")
    ] = None,
) -> None:
    """Start the Prefect server with its UI, a worker, all deployments, the nightly schedule and the triggers.

    What is running is left alone; options that are not given stay as the last `up` of the workspace had them.
    """
    from ..cockpit.recall_settings import cockpit_settings
    from ..cockpit.start_service import start_cockpit
    from .console import announce, console

    settings = cockpit_settings(workspace, port, runs_at_once, timezone)
    state = start_cockpit(settings, announce)
    console.print(f"the cockpit is up: {state.page_url}", soft_wrap=True)
    console.print(f"schedules: {settings.timezone}; end it with: mmflywheel down", soft_wrap=True)


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
