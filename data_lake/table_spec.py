"""What a table of the lake is: its key, its columns, how its files are laid out."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
from deltalake import ColumnProperties, WriterProperties

TABLE_CONFIG: dict[str, str | None] = {
    # Without it a log checkpoint silently deletes old commits, and with them published versions.
    "delta.enableExpiredLogCleanup": "false",
    # Longer than any run, so that no vacuum takes files of a writer at work.
    "delta.deletedFileRetentionDuration": "interval 30 days",
}
ROWS_PER_GROUP = 16

_TENSOR = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")


@dataclass(frozen=True)
class TableSpec:
    """One table: its key, its columns and how its files are laid out."""

    name: str
    description: str
    key: tuple[str, ...]
    schema: pa.Schema
    partition_by: tuple[str, ...] = ()
    tensor_columns: tuple[str, ...] = ()
    mutable: bool = False
    """Rows may be replaced by key (only `runs`: a run ends after it has begun)."""
    added_later: bool = False
    """Lakes of earlier releases lack it, so opening one adds the empty table."""
    required: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Note the columns that every row must fill."""
        object.__setattr__(self, "required", frozenset(f.name for f in self.schema if not f.nullable))

    @property
    def key_column(self) -> str:
        """The column that names a row (the last one of the key)."""
        return self.key[-1]

    def writer_properties(self) -> WriterProperties:
        """Small row groups where a row holds a tensor: one row is read without thousands of neighbours."""
        if not self.tensor_columns:
            return WriterProperties(compression="ZSTD", compression_level=1)
        return WriterProperties(
            compression="ZSTD",
            compression_level=1,
            max_row_group_size=ROWS_PER_GROUP,
            write_batch_size=ROWS_PER_GROUP,
            column_properties={name: _TENSOR for name in self.tensor_columns},
        )


def is_json(column: pa.Field) -> bool:
    """Tell whether a text column holds JSON."""
    return (column.metadata or {}).get(b"format") == b"json"
