"""Rows that name rows which are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from .delta_table import LakeTable
from .errors import LakeError
from .findings import Finding
from .rows import some


class Reference(NamedTuple):
    """A column whose values name rows of another table."""

    table: str
    column: str
    to: str
    by: str


REFERENCES = (
    Reference("samples", "motion_id", "motions", "motion_id"),
    Reference("samples", "script_id", "scripts", "script_id"),
    Reference("samples", "setup_id", "setups", "setup_id"),
    Reference("motions", "script_id", "scripts", "script_id"),
    Reference("clips", "motion_id", "motions", "motion_id"),
    Reference("clips", "replaces", "clips", "entry_id"),
    Reference("scripts", "scenario_id", "scenarios", "scenario_id"),
    Reference("scripts", "request_ids", "requests", "request_id"),
    Reference("checkpoints", "dataset_version", "versions", "name"),
    Reference("checkpoints", "parent", "checkpoints", "checkpoint_id"),
    Reference("scorecards", "dataset_version", "versions", "name"),
    Reference("scorecards", "checkpoints", "checkpoints", "checkpoint_id"),
)


def dangling_ids(tables: Mapping[str, LakeTable]) -> Iterator[Finding]:
    """Name the references that lead nowhere, among the tables that can be read."""
    for reference in REFERENCES:
        if reference.table not in tables or reference.to not in tables:
            continue
        try:
            named = _values(tables[reference.table], reference.column)
            there = _values(tables[reference.to], reference.by)
        except LakeError as error:
            yield Finding(reference.table, "corrupt Parquet", str(error))
            continue
        lost = named.filter(pc.invert(pc.is_in(named, value_set=there))).to_pylist()
        if lost:
            yield Finding(
                reference.table,
                "dangling ids",
                f"{len(lost)} values of {reference.column} are not in {reference.to}: {some(lost, 3)}",
            )


def _values(table: LakeTable, column: str) -> pa.Array:
    values = table.read([column]).column(0)
    if pa.types.is_list(values.type):
        values = pc.list_flatten(values)
    return pc.unique(values.drop_null()).cast(pa.string())
