"""Names that move from version to version: which one is `published`, which one is the `candidate`.

Versions never change, so a tag is not written into them: every move is a row of `version_tags`, and the row with the
largest number counts. Numbers are handed out by the commit, so two who move a tag at once are put in order, and a
clock that goes back changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from deltalake import DeltaTable

from .delta_table import LakeTable
from .errors import InvalidInput
from .identity import content_id
from .rows import rows_to_table
from .versions import DatasetVersion
from .writer import commit

_TAG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class TagMove:
    """One move of a tag."""

    dataset: str
    tag: str
    number: int
    version: str | None
    """The version that it names from here on; None: it was taken away."""
    previous: str | None
    reason: str | None
    run_id: str
    created_at: datetime


def check_tag(tag: str) -> None:
    """Refuse tags that could be taken for a number, or that pages and file systems would not take."""
    if not _TAG.fullmatch(tag):
        raise InvalidInput(
            f"tag {tag!r} must be lower-case letters and digits joined by single dashes and begin with a letter, "
            'such as "published"'
        )


def tag_history(table: LakeTable, dataset: str | None = None) -> list[TagMove]:
    """Return every move of the tags (of one dataset), oldest first."""
    return _moves(table.read(where=None if dataset is None else {"dataset": dataset}))


def current_tags(table: LakeTable, dataset: str) -> dict[str, str]:
    """Return the tags of a dataset and the versions that they name now."""
    last = {move.tag: move.version for move in tag_history(table, dataset)}
    return {tag: version for tag, version in sorted(last.items()) if version is not None}


def move_tag(
    tables: Mapping[str, LakeTable],
    dataset: str,
    tag: str,
    version: DatasetVersion | None,
    run_id: str,
    reason: str | None = None,
) -> bool:
    """Let a tag name a version from now on, or none; tell whether that is new.

    Raises:
        InvalidInput: no such tag can be, or the version is of another dataset.
        LakeBusy: other writers were faster in every attempt.
    """
    check_tag(tag)
    if version is not None and version.dataset != dataset:
        raise InvalidInput(f"{version.name} is no version of dataset {dataset}, so no tag of it can name it")
    name = None if version is None else version.name
    table = tables["version_tags"]

    def plan(handle: DeltaTable) -> pa.Table | None:
        moves = _moves(table.read(where={"dataset": dataset, "tag": tag}, version=handle.version()))
        before = moves[-1].version if moves else None
        if before == name:
            return None
        number = moves[-1].number + 1 if moves else 1
        row: dict[str, object] = {
            "tag_id": content_id("tag", {"dataset": dataset, "tag": tag, "number": number}),
            "dataset": dataset,
            "tag": tag,
            "number": number,
            "version": name,
            "previous": before,
            "reason": reason,
        }
        return rows_to_table(table.spec, [row], run_id)

    return bool(commit(table, plan, {"run_id": run_id, "shard": f"{dataset}@{tag}"}))


def _moves(rows: pa.Table) -> list[TagMove]:
    moves = [TagMove(**{k: v for k, v in row.items() if k != "tag_id"}) for row in rows.to_pylist()]
    return sorted(moves, key=lambda move: (move.dataset, move.tag, move.number))
