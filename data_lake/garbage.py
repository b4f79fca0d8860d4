"""Removing files that nobody reads any more: neither the newest state of a table nor a published version.

Joining small files leaves the small ones behind, as older versions may read them; writers that were killed leave
files that no version names. Both are garbage once no row of `versions` pins a state that reads them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deltalake.exceptions import DeltaError

from .delta_table import LakeTable
from .errors import DiskFull, InvalidInput, LakeError
from .rows import some
from .storage_faults import check_writable, not_written
from .versions import all_versions

DEFAULT_AGE_HOURS = 24.0


@dataclass(frozen=True)
class Garbage:
    """What may go, or went, from one table."""

    table: str
    n_files: int
    n_bytes: int
    kept_versions: tuple[int, ...]
    """The Delta versions that published dataset versions pin; all their files stay."""


def collect_garbage(
    tables: Mapping[str, LakeTable], age_hours: float = DEFAULT_AGE_HOURS, dry_run: bool = True
) -> list[Garbage]:
    """Find, and unless it is a dry run remove, the files that no published version and no newest state reads.

    Args:
        tables: of the lake.
        age_hours: files that were left more recently stay: a writer or a reader may be at work on them.
        dry_run: remove nothing.

    Returns:
        One entry for each table that has such files.

    Raises:
        InvalidInput: a negative age.
        LakeError: a checkpoint or scorecard is of a version that the lake does not know, so nobody can tell which
            files it needs; the storage refused; or a pinned file would be removed. Nothing is removed then.
        LakeCorrupt: a pinned version cannot be opened; `lake check` says more.
    """
    if age_hours < 0:
        raise InvalidInput(f"age {age_hours} h; an age is 0 or more")
    _refuse_unknown_versions(tables)
    pins = _pins(tables)
    plans = [(table, _plan(table, pins.get(name, ()), age_hours)) for name, table in tables.items()]
    found = []
    for table, (files, n_bytes, kept) in plans:  # all tables are planned before any is touched
        if not dry_run and files:
            _remove(table, files, kept, age_hours)
        if files:
            found.append(Garbage(table.spec.name, len(files), n_bytes, kept))
        if not dry_run:
            table.forget_removed()
    return found


def _pins(tables: Mapping[str, LakeTable]) -> dict[str, tuple[int, ...]]:
    pins: dict[str, set[int]] = {}
    for version in all_versions(tables["versions"]):
        for name, number in version.tables.items():
            pins.setdefault(name, set()).add(number)
    return {name: tuple(sorted(numbers)) for name, numbers in pins.items()}


def _refuse_unknown_versions(tables: Mapping[str, LakeTable]) -> None:
    published = {version.name for version in all_versions(tables["versions"])}
    for name in ("checkpoints", "scorecards"):
        table = tables[name]
        rows = table.read([table.spec.key_column, "dataset_version"]).to_pylist()
        lost = [row for row in rows if row["dataset_version"] not in published]
        if lost:
            who = some((f"{row[table.spec.key_column]} ({row['dataset_version']})" for row in lost), 3)
            raise LakeError(
                f"{len(lost)} of {name} refer to dataset versions that the lake does not have: {who}; which files "
                "they need is unknown, so nothing is removed: run `mmflywheel lake check`"
            )


def _plan(
    table: LakeTable, pinned: tuple[int, ...], age_hours: float
) -> tuple[list[str], int, tuple[int, ...]]:
    """Files that may go, their bytes, and the versions that stay."""
    if table.is_absent():
        return [], 0, pinned
    needed = {file for version in (None, *pinned) for file in table.files(table.handle(version))}
    files = _vacuum(table, pinned, age_hours, dry_run=True)
    wrong = sorted(needed.intersection(files))
    if wrong:
        raise LakeError(
            f"the storage library would remove {len(wrong)} files of table {table.uri} that a published version "
            f"reads ({some(wrong, 2)}), so nothing is removed; its pinned versions are {some(pinned, 9)}"
        )
    there = {one.path: one.size for one in table.filesystem.get_file_info(files) if one.is_file}
    return list(there), sum(there.values()), pinned  # the log still names those that went earlier


def _remove(table: LakeTable, files: Sequence[str], kept: tuple[int, ...], age_hours: float) -> None:
    """Remove the files of a plan, also where the disk is too full for the log to be told of it first."""
    try:
        _vacuum(table, kept, age_hours, dry_run=False)
    except DiskFull:
        if not table.is_local:
            raise
        for file in files:
            (Path(table.uri) / file).unlink(missing_ok=True)


def _vacuum(table: LakeTable, kept: tuple[int, ...], age_hours: float, dry_run: bool) -> list[str]:
    if not dry_run:
        check_writable(table.uri, "cleaned")
    try:
        handle = table.handle()
        # the newest state is kept by name too: a full vacuum would otherwise judge it by its age alone
        return handle.vacuum(
            retention_hours=math.ceil(age_hours),
            dry_run=dry_run,
            enforce_retention_duration=False,
            full=True,
            keep_versions=[*kept, handle.version()],
        )
    except (DeltaError, OSError) as error:
        raise not_written(table.uri, "cleaned", error) from error
