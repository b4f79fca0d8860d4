"""What a table of the lake is: its key, its columns, how its files are laid out."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
from deltalake import ColumnProperties, WriterProperties

from .columns import ROW_CRC, since_of

TABLE_CONFIG: dict[str, str | None] = {
    # Without it a log checkpoint silently deletes old commits, and with them published versions.
    "delta.enableExpiredLogCleanup": "false",
    # A table is opened from its last checkpoint and the commits since: 10 take 3 ms, 100 take 25.
    "delta.checkpointInterval": "10",
    # Longer than any run, so that no vacuum takes files of a writer at work.
    "delta.deletedFileRetentionDuration": "interval 30 days",
}
ROWS_PER_GROUP = 16
ROWS_PER_TEXT_GROUP = 256

FILE_BYTES = 32 * 2**20
"""Files are joined up to this size, some 700 samples: the footer of a file is read for every look-up in it."""
GROUPS_PER_FILE = 64
"""And up to so many row groups, where rows are small."""

_PLAIN = ColumnProperties(statistics_enabled="NONE")
_KEY = ColumnProperties(dictionary_enabled=False, statistics_enabled="CHUNK")
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
    rows_per_group: int = ROWS_PER_TEXT_GROUP
    """Rows that are read together to get one of them; tables with tensors have `ROWS_PER_GROUP`."""
    lookup: tuple[str, ...] = ()
    """Columns beside the key that rows are looked up by; they get an index too."""
    required: frozenset[str] = field(init=False)
    later: frozenset[str] = field(init=False)
    """Columns of later schema versions: tables of earlier releases lack them, and get them when written to."""

    def __post_init__(self) -> None:
        """Note the columns that every row must fill, and those that older tables lack."""
        object.__setattr__(self, "required", frozenset(f.name for f in self.schema if not f.nullable))
        later = frozenset(f.name for f in self.schema if since_of(f.metadata) > 1)
        object.__setattr__(self, "later", later)

    @property
    def shown(self) -> list[str]:
        """The columns that are read where none are named: all but the checksum of the row."""
        return [name for name in self.schema.names if name != ROW_CRC]

    @property
    def schema_version(self) -> int:
        """The schema version that last changed this table's columns."""
        return max(since_of(f.metadata) for f in self.schema)

    @property
    def key_column(self) -> str:
        """The column that names a row (the last one of the key)."""
        return self.key[-1]

    def file_bytes(self, bytes_per_row: float) -> int:
        """Size up to which files are joined, where a row takes so many bytes."""
        rows = GROUPS_PER_FILE * (ROWS_PER_GROUP if self.tensor_columns else self.rows_per_group)
        return max(1, min(FILE_BYTES, int(rows * bytes_per_row)))

    def writer_properties(self) -> WriterProperties:
        """Small row groups where a row holds a tensor: one row is read without thousands of neighbours.

        Statistics of 16 rows in no order prune nothing, but make footers and log several times longer.
        """
        if not self.tensor_columns:
            return WriterProperties(
                compression="ZSTD", compression_level=1, max_row_group_size=self.rows_per_group
            )
        return WriterProperties(
            compression="ZSTD",
            compression_level=1,
            max_row_group_size=ROWS_PER_GROUP,
            write_batch_size=ROWS_PER_GROUP,
            default_column_properties=_PLAIN,
            column_properties={self.key_column: _KEY, **{name: _TENSOR for name in self.tensor_columns}},
        )


def is_json(column: pa.Field) -> bool:
    """Tell whether a text column holds JSON."""
    return (column.metadata or {}).get(b"format") == b"json"
