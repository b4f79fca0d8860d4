"""From the mappings that callers give to Arrow tables of a known schema; errors name the column."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from .columns import ROW_CRC
from .errors import InvalidInput, LakeCorrupt
from .row_checksum import with_checksums
from .table_spec import TableSpec, is_json

Row = Mapping[str, object]


def rows_to_table(spec: TableSpec, rows: Sequence[Row], run_id: str | None = None) -> pa.Table:
    """Build the Arrow table of some rows.

    Columns `run_id` and `created_at` are filled in where a row lacks them, `row_crc` always. Of rows with the same
    key the first counts: ids are content hashes, so the others say the same.

    Raises:
        InvalidInput: an unknown column, a missing or null required one, a value of the wrong type,
            or text in a JSON column that is no JSON.
    """
    filled = [_filled(spec, row, run_id) for row in rows]
    _check_columns(spec, filled)
    first: dict[tuple[str, ...], Row] = {}
    for row in filled:
        first.setdefault(tuple(str(row[name]) for name in spec.key), row)
    unique = list(first.values())
    arrays = [_array(spec, column, unique) for column in spec.schema]
    return with_checksums(pa.Table.from_arrays(arrays, schema=spec.schema), spec.schema)


def parsed(spec: TableSpec, row: Row) -> dict[str, object]:
    """Return a stored row with its JSON columns parsed.

    Raises:
        LakeCorrupt: one of them is no JSON.
    """
    texts = {column.name for column in spec.schema if is_json(column)}
    plain = dict(row)
    for name in texts & plain.keys():
        value = plain[name]
        try:
            plain[name] = json.loads(value) if isinstance(value, str) else value
        except ValueError as error:
            raise LakeCorrupt(
                f"column {name} of row {row.get(spec.key_column)!r} of table {spec.name} is no JSON ({error}), so the "
                "file was damaged: run `mmflywheel lake check --deep`"
            ) from error
    return plain


def some(values: Iterable[object], shown: int = 5) -> str:
    """List the first few values for an error message, and how many more there are."""
    values = list(values)
    text = ", ".join(str(value) for value in values[:shown])
    return text if len(values) <= shown else f"{text} and {len(values) - shown} more"


def _filled(spec: TableSpec, row: Row, run_id: str | None) -> dict[str, object]:
    filled = {name: value for name, value in row.items() if name != ROW_CRC}  # that of another row, perhaps
    names = spec.schema.names
    if "created_at" in names and filled.get("created_at") is None:
        filled["created_at"] = datetime.now(UTC)
    if "run_id" in names and filled.get("run_id") is None and run_id is not None:
        filled["run_id"] = run_id
    return filled


def _check_columns(spec: TableSpec, rows: Sequence[Row]) -> None:
    known = set(spec.schema.names)
    for row in rows:
        unknown = sorted(set(row) - known)
        if unknown:
            raise InvalidInput(
                f"table {spec.name} has no column {some(unknown)}; it has {', '.join(spec.schema.names)}"
            )
        missing = [name for name in spec.schema.names if name in spec.required and row.get(name) is None]
        if missing:
            raise InvalidInput(
                f"a row of {spec.name} ({spec.key_column} {row.get(spec.key_column)!r}) "
                f"has no value for {', '.join(missing)}; these columns are required"
            )


def _array(spec: TableSpec, column: pa.Field, rows: Sequence[Row]) -> pa.Array:
    values = [row.get(column.name) for row in rows]
    if is_json(column):
        _check_json(spec, column, values)
    try:
        return pa.array(values, type=column.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise InvalidInput(
            f"column {column.name} of {spec.name} holds a value that is no {column.type}: {error}"
        ) from error


def _check_json(spec: TableSpec, column: pa.Field, values: Sequence[object]) -> None:
    for value in values:
        if value is None:
            continue
        try:
            json.loads(value)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                f"column {column.name} of {spec.name} must hold JSON text; got {str(value)[:60]!r} ({error})"
            ) from error
