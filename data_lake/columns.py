"""Columns of the lake's tables: unit and meaning travel with the files, as metadata of each field."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")
ROW_CRC = "row_crc"


def column(
    name: str, kind: pa.DataType, meaning: str, unit: str = "", *, null: bool = False, json: bool = False
) -> pa.Field:
    """One column with its meaning and unit."""
    metadata = {"description": meaning}
    if unit:
        metadata["unit"] = unit
    if json:
        metadata["format"] = "json"
    return pa.field(name, kind, nullable=null, metadata=metadata)


def text_column(name: str, meaning: str, *, null: bool = False) -> pa.Field:
    """A column of text."""
    return column(name, pa.string(), meaning, null=null)


def json_column(name: str, meaning: str, *, null: bool = False) -> pa.Field:
    """A column of JSON text."""
    return column(name, pa.string(), meaning, null=null, json=True)


def float_column(name: str, meaning: str, unit: str, *, null: bool = False) -> pa.Field:
    """A column of numbers with a unit."""
    return column(name, pa.float64(), meaning, unit, null=null)


def int_column(name: str, meaning: str, unit: str = "1", *, null: bool = False) -> pa.Field:
    """A column of whole numbers."""
    return column(name, pa.int64(), meaning, unit, null=null)


def since(version: int, field: pa.Field) -> pa.Field:
    """A column that tables made before this schema version lack; their rows read as null there."""
    if not field.nullable:
        raise ValueError(f"column {field.name} is new in schema version {version}, so it must allow null")
    return field.with_metadata({**(field.metadata or {}), b"since": str(version).encode()})


def since_of(metadata: Mapping | None) -> int:
    """Schema version that brought a column, from its metadata (Arrow's, or what Delta stored of it)."""
    known = metadata or {}
    return int(known.get("since", known.get(b"since", 1)))


def made_columns() -> list[pa.Field]:
    """The columns that tell by which run and when a row was stored, and its checksum."""
    return [
        text_column("run_id", "the run that stored the row"),
        column("created_at", TIME, "when the row was handed to the lake, UTC", "s"),
        checksum_column(),
    ]


def checksum_column() -> pa.Field:
    """The column that guards a row; the lake fills it in, and reads it only where it is asked for by name."""
    meaning = "CRC-32 of the values of the row, which `lake check` compares; null: stored without"
    return since(3, int_column(ROW_CRC, meaning, null=True))
