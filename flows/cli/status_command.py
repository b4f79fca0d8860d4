"""`mmflywheel status`: what of the cockpit runs, what is at work, what comes next, what ended."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from ..cockpit.read_status import CockpitStatus, RunStatus, read_status
from .console import console


def show_status(workspace: Path, as_json: bool) -> None:
    """Print it; ends with status 1 where a part that was started is not there."""
    found = read_status(workspace)
    if as_json:
        print(json.dumps({"is_up": found.is_up, **asdict(found)}, indent=1))
    elif found.page_url is None:
        console.print(f"no cockpit is up in {workspace}; start it with: mmflywheel up", soft_wrap=True)
    else:
        _print(found)
    if found.parts and not found.is_up:
        raise SystemExit(1)


def _print(found: CockpitStatus) -> None:
    size = "" if found.database_mib is None else f", {found.database_mib:.0f} MiB"
    console.print(f"cockpit: {found.page_url} ({found.database}{size})", soft_wrap=True)
    table = _table("", "part", "memory", "log")
    for part in found.parts:
        good = part.runs and part.answers
        mark = "[green]up[/]" if good else "[red]silent[/]" if part.runs else "[red]ended[/]"
        memory = "" if part.memory_mib is None else f"{part.memory_mib:.0f} MiB"
        table.add_row(mark, part.name, memory, escape(part.log))
    console.print(table)
    for title, time, runs in (
        ("at work", "since (UTC)", found.at_work),
        ("next", "due (UTC)", found.due),
        ("ended", "at (UTC)", found.ended),
    ):
        console.print(f"\n[bold]{title}[/]" + ("" if runs else ": nothing"))
        if runs:
            console.print(_runs(time, runs))
    if not found.is_up:
        console.print("\nsomething has died: `mmflywheel up` starts what is missing, and loses nothing")


def _runs(time: str, runs: tuple[RunStatus, ...]) -> Table:
    table = _table(time, "state", "deployment", "run")
    for run in runs:
        name = (
            f"[link={run.page}]{escape(run.name)}[/link]"  # terminals that cannot open it show the name alone
        )
        table.add_row(*map(escape, (run.time, run.state, run.deployment)), name)
        if run.reason:
            table.add_row("", "", "", f"[dim]{escape(run.reason)}[/]")
    return table


def _table(*columns: str) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
