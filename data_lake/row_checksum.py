"""A checksum for every row, made when it is appended and compared by `lake check --deep`.

The storage library writes Parquet without checksums of pages, and joining files writes rows anew, so what guards a row
is a column of the row. The checksum is a CRC-32 over the values, not over their storage: it outlives joining, copying,
and columns that later schema versions add (a null does not count).
"""

from __future__ import annotations

import zlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .columns import ROW_CRC

# Between columns, parts of a list and fields of a struct; and what stands for a null inside of those.
_COLUMN, _ITEM, _FIELD, _NULL = "\x1f", "\x1d", "\x1e", "\x00"


def row_checksums(rows: pa.Table, schema: pa.Schema) -> NDArray[np.int64]:
    """Return the CRC-32 of each row, 0 ... 2**32 - 1.

    Args:
        rows: with every column of the table; `row_crc` itself does not count.
        schema: columns and types of the table; numbers count by their bits, floats too.
    """
    texts, blobs = [], []
    for name in sorted(schema.names):
        if name == ROW_CRC:
            continue
        values = rows.column(name).combine_chunks().cast(schema.field(name).type)
        if pa.types.is_binary(values.type):
            blobs.append((name.encode(), values))
        else:
            texts.append(pc.binary_join_element_wise(f"{name}=", _text(values), ""))
    lines = pc.binary_join_element_wise(*texts, _COLUMN, null_handling="skip").cast(pa.binary())
    sums = np.fromiter((zlib.crc32(line.as_buffer()) for line in lines), np.int64, len(lines))
    for label, values in blobs:
        for row, value in enumerate(values):
            if value.is_valid:
                sums[row] = zlib.crc32(value.as_buffer(), zlib.crc32(label, int(sums[row])))
    return sums


def with_checksums(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the rows with their `row_crc` filled in, where the table has such a column."""
    if ROW_CRC not in schema.names:
        return rows
    place = rows.schema.get_field_index(ROW_CRC)
    return rows.set_column(place, schema.field(ROW_CRC), pa.array(row_checksums(rows, schema)))


def _text(values: pa.Array) -> pa.Array:
    """One text for each value; null stays null."""
    kind = values.type
    if pa.types.is_string(kind):
        return values
    if pa.types.is_floating(kind) or pa.types.is_timestamp(kind):
        return values.view(pa.int64()).cast(pa.string())  # bits: how a float is written may change
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return values.cast(pa.int64()).cast(pa.string())
    if pa.types.is_list(kind):
        return _list_text(values)
    if pa.types.is_struct(kind):
        fields = [_text(field).fill_null(_NULL) for field in values.flatten()]
        joined = pc.binary_join_element_wise(*fields, _FIELD)
        return pc.if_else(values.is_valid(), joined, pa.scalar(None, pa.string()))
    raise TypeError(f"columns of type {kind} have no checksum yet")


def _list_text(values: pa.Array) -> pa.Array:
    lengths = pc.list_value_length(values)
    ends = np.cumsum(lengths.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int32)
    items = _text(pc.list_flatten(values)).fill_null(_NULL)
    lists = pa.ListArray.from_arrays(pa.array(np.concatenate([[0], ends]), pa.int32()), items)
    return pc.binary_join_element_wise(lengths.cast(pa.string()), pc.binary_join(lists, _ITEM), ":")
