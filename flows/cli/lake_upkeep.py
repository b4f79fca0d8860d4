"""`mmflywheel lake ...`: what is damaged, what may be removed, what was joined."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from data_lake import Finding, Lake
from data_lake import check_lake as check

from ..settings import Workspace
from .console import console

_SHOWN_ALIKE = 6


def bytes_text(n_bytes: int) -> str:
    """Write a number of bytes for people: 1.2 GiB."""
    size, units = float(n_bytes), ["B", "KiB", "MiB", "GiB", "TiB"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{n_bytes} B" if units[0] == "B" else f"{size:.1f} {units[0]}"


def check_lake(workspace: Workspace, deep: bool, as_json: bool) -> None:
    """Print what a check found; ends with status 1 where something is damaged.

    Raises:
        LakeError: there is no lake.
    """
    report = check(workspace.lake, deep)
    if as_json:
        found = {**asdict(report), "sound": report.sound}
        print(json.dumps(found, indent=1))
    else:
        if report.findings:
            table = Table(show_edge=False, title_justify="left")
            for column in ("where", "what", "detail"):
                table.add_column(column, overflow="fold")
            for where, kind, is_damage, details in _alike(report.findings):
                colour = "red" if is_damage else "yellow"
                for detail in details:
                    table.add_row(escape(where), f"[{colour}]{escape(kind)}[/]", escape(detail))
            console.print(table)
        seen = f"{report.n_files} files, {bytes_text(report.n_bytes)}, {report.n_rows} rows"
        looked = "read" if deep else "looked at (--deep reads the tensors too, and compares every row)"
        console.print(f"{seen} {looked}: {'sound' if report.sound else '[red]damaged[/]'}")
    if not report.sound:
        raise SystemExit(1)


def _alike(findings: Sequence[Finding]) -> Iterator[tuple[str, str, bool, list[str]]]:
    """Findings of one kind about one thing; of many the first ones and how many there are."""
    kinds: dict[tuple[str, str, bool], list[str]] = {}
    for one in findings:
        kinds.setdefault((one.where, one.kind, one.is_damage), []).append(one.detail)
    for (where, kind, is_damage), details in kinds.items():
        more = len(details) - _SHOWN_ALIKE
        shown = (
            details if more <= 1 else [*details[:_SHOWN_ALIKE], f"... and {more} more (--json lists them)"]
        )
        yield where, kind, is_damage, shown


def collect_garbage(workspace: Workspace, remove: bool, age_hours: float, as_json: bool) -> None:
    """Print what may go, or what went, in files and bytes.

    Raises:
        LakeError: no lake, or something refers to files whose need is unknown; nothing is removed then.
    """
    found = Lake.open(workspace.lake).collect_garbage(age_hours, dry_run=not remove)
    n_files, n_bytes = sum(one.n_files for one in found), sum(one.n_bytes for one in found)
    if as_json:
        tables = [asdict(one) for one in found]
        print(
            json.dumps(
                {"removed": remove, "n_files": n_files, "n_bytes": n_bytes, "tables": tables}, indent=1
            )
        )
        return
    if found:
        table = Table(show_edge=False)
        table.add_column("table")
        for column in ("files", "size", "pinned states that stay"):
            table.add_column(column, justify="right")
        for one in found:
            table.add_row(one.table, str(one.n_files), bytes_text(one.n_bytes), str(len(one.kept_versions)))
        console.print(table)
    said = f"{n_files} files, {bytes_text(n_bytes)}"
    if not found:
        console.print(f"nothing to remove that was left more than {age_hours:g} h ago")
    elif remove:
        console.print(f"removed {said}")
    else:
        console.print(f"{said} can go; nothing was removed: `mmflywheel lake gc --remove` does it")


def compact_lake(workspace: Workspace, as_json: bool) -> None:
    """Join small files and print how many files each table had and has.

    Raises:
        LakeError: no lake, or the storage refused.
    """
    changed = Lake.open(workspace.lake).compact()
    if as_json:
        print(
            json.dumps(
                {name: {"before": old, "after": new} for name, (old, new) in changed.items()}, indent=1
            )
        )
        return
    for name, (old, new) in changed.items():
        console.print(f"{name}: {old} files joined into {new}")
    if not changed:
        console.print("nothing to join: every table has few files already, or is being compacted")
