"""One data file under a check: is it there, whole, and does every row say what was written?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from .columns import ROW_CRC
from .delta_table import LakeTable, first_line
from .row_checksum import row_checksums
from .rows import some
from .tensor_codec import CODE_DTYPES

STILL_READ = ("damaged rows", "damaged statistics")
"""Kinds of damage that leave a file readable, so that the rest of a check goes on."""
_MAGIC = b"PAR1"
# What reading damaged Parquet raises: lengths that are absurd, text or a shape that is none, names that are unknown.
UNREADABLE = (OSError, pa.ArrowException, ValueError, TypeError, KeyError, MemoryError, OverflowError)


class Fault(Exception):
    """What is wrong with a file: kind and detail."""


@dataclass(frozen=True)
class FileCheck:
    """What was found in one file."""

    fault: tuple[str, str] | None
    """Kind and detail of the damage; None: there is none."""
    n_unchecked: int = 0
    """Rows that were compared with nothing, as they were stored without a checksum."""


def check_file(
    table: LakeTable, file: str, n_bytes: int | None, n_rows: int | None, contents: bool
) -> FileCheck:
    """Look at one data file.

    Args:
        table: whose file.
        file: its path in the table's folder.
        n_bytes, n_rows: what the log says; None: it does not say.
        contents: read every column, and compare each row with its checksum, each tensor with its shape, and what the
            footer says of the columns with the columns.
    """
    (there,) = table.filesystem.get_file_info([file])
    if not there.is_file:
        return FileCheck(("missing file", file))
    if n_bytes is not None and there.size != n_bytes:
        return FileCheck(("cut file", f"{file}: {there.size} bytes, {n_bytes} were written"))
    try:
        with table.filesystem.open_input_file(file) as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                raise OSError("it does not begin as a Parquet file")
        fragment = table.fragment(file)
        n_found = fragment.metadata.num_rows
        n_read, n_unchecked = _contents(table, fragment) if contents else (n_found, 0)
    except Fault as error:
        kind, detail = error.args
        return FileCheck((kind, f"{file}: {detail}"))
    except UNREADABLE as error:
        return FileCheck(("corrupt Parquet", f"{file}: {first_line(error)}"))
    wanted = n_found if n_rows is None else n_rows
    if {n_found, n_read} != {wanted}:
        return FileCheck(("rows lost", f"{file}: {min(n_found, n_read)} rows, {wanted} were written"))
    return FileCheck(None, n_unchecked)


def _contents(table: LakeTable, fragment: pads.ParquetFileFragment) -> tuple[int, int]:
    """Number of rows, and of those without a checksum."""
    n_rows = n_unchecked = 0
    bad: list[str] = []
    for group in fragment.row_groups:
        rows = fragment.subset(row_group_ids=[group.id]).to_table(table.stored_schema)
        n_rows += rows.num_rows
        footer = fragment.metadata
        false = list(_false_statistics(footer.schema, footer.row_group(group.id), rows))
        if false:
            raise Fault("damaged statistics", f"what its footer says of {some(false)} is not so")
        if ROW_CRC in table.spec.schema.names:
            noted = rows.column(ROW_CRC).combine_chunks()
            n_unchecked += noted.null_count
            sums = row_checksums(rows, table.spec.schema)
            differ = pc.fill_null(pc.not_equal(noted, pa.array(sums)), False)
            bad += rows.column(table.spec.key_column).filter(differ).to_pylist()
        _compare_tensors(table, rows)
    if bad:
        raise Fault("damaged rows", f"{len(bad)} rows differ from their checksum: {some(bad, 3)}")
    return n_rows, n_unchecked


def _false_statistics(
    schema: pq.ParquetSchema, metadata: pq.RowGroupMetaData, rows: pa.Table
) -> Iterator[str]:
    """Columns whose smallest, largest or number of nulls is not what the footer says: readers skip rows by that."""
    for index in range(metadata.num_columns):
        column = metadata.column(index)
        name = column.path_in_schema
        if column.physical_type != schema.column(index).physical_type:
            yield name  # pyarrow ends the process when it is asked for statistics of such a column
            continue
        stated = column.statistics
        if stated is None or name not in rows.column_names:
            continue
        values = rows.column(name)
        if stated.has_null_count and stated.null_count != values.null_count:
            yield name
        elif stated.has_min_max and values.null_count < len(values):
            ends = pc.min_max(values).as_py()
            if not (stated.min <= ends["min"] and ends["max"] <= stated.max):
                yield name


def _compare_tensors(table: LakeTable, rows: pa.Table) -> None:
    """Compare bytes with shapes, also where rows have no checksum."""
    if table.spec.name != "samples":
        return
    lengths = pc.binary_length(rows.column("doppler_time")).to_pylist()
    for length, row in zip(lengths, rows.select(["sample_id", "shape", "dtype"]).to_pylist(), strict=True):
        wanted = int(np.prod(row["shape"], dtype=np.int64)) * CODE_DTYPES[row["dtype"]].itemsize
        if length != wanted:
            raise Fault("damaged rows", f"{row['sample_id']} has {length} bytes for shape {row['shape']}")
