"""One Delta table of the lake: make it, open it, read it at a version, say clearly what is wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.fs as pafs
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import DeltaError

from .errors import InvalidInput, LakeCorrupt, LakeError, NotInLake
from .rows import some
from .table_spec import TABLE_CONFIG, TableSpec

Where: TypeAlias = Mapping[str, object] | pads.Expression | None


class LakeTable:
    """A table of the lake at one place; thread-safe, holds no open files."""

    def __init__(self, root: str, spec: TableSpec) -> None:
        """Name the table; nothing is opened."""
        self.spec = spec
        self.uri = f"{root}/{spec.name}"
        # Files differ in how they hold text (string or string view); reading by this schema makes them one.
        self.stored_schema = pa.schema(Schema.from_arrow(spec.schema).to_arrow())
        self.is_local = "://" not in root
        self._filesystem = pafs.SubTreeFileSystem(self.uri, pafs.LocalFileSystem()) if self.is_local else None
        self._keys_by_file: dict[str, pa.ChunkedArray] = {}
        self._lock = threading.Lock()
        self._schema_checked = False

    def exists(self) -> bool:
        """Tell whether there is such a table."""
        return DeltaTable.is_deltatable(self.uri)

    def create(self) -> None:
        """Make the empty table; one that is there stays as it is.

        Raises:
            LakeCorrupt: data files lie there without the log that says which of them count.
        """
        if self.exists():
            return
        if self.is_local and any(Path(self.uri).glob("**/*.parquet")):
            raise LakeCorrupt(
                f"{self.uri} has Parquet files but no Delta log, so nobody can tell which rows are "
                "committed; restore its folder _delta_log from a backup, or move the folder away"
            )
        try:
            DeltaTable.create(
                self.uri,
                schema=self.spec.schema,
                partition_by=list(self.spec.partition_by) or None,
                name=self.spec.name,
                description=self.spec.description,
                configuration=TABLE_CONFIG,
                mode="ignore",
                commit_properties=CommitProperties(max_commit_retries=0),  # of two creators one makes it
            )
        except (DeltaError, OSError) as error:
            if not self.exists():  # otherwise another process was first
                raise LakeError(f"table {self.uri} cannot be created: {first_line(error)}") from error

    def handle(self, version: int | None = None) -> DeltaTable:
        """Open the table at a version, the newest by default.

        Raises:
            NotInLake: no such table or version.
            LakeCorrupt: the log is damaged, or the columns are not those of this release.
        """
        if not self.exists():
            raise NotInLake(f"there is no table {self.spec.name} at {self.uri}; Lake.create completes a lake")
        try:
            handle = DeltaTable(self.uri, version=version)
        except (DeltaError, OSError) as error:
            if version is not None and version > self.handle().version():
                raise NotInLake(f"table {self.uri} has no version {version} yet") from error
            at = "" if version is None else f" at version {version}"
            raise LakeCorrupt(
                f"the log of table {self.uri} cannot be read{at}: {first_line(error)}"
            ) from error
        if not self._schema_checked:
            self._check_schema(handle)
            self._schema_checked = True
        return handle

    def read(
        self, columns: Sequence[str] | None = None, where: Where = None, version: int | None = None
    ) -> pa.Table:
        """Read rows: some columns (all by default), where a condition holds, at a version.

        Args:
            columns: names in the order wanted.
            where: column -> value, or column -> list of allowed values; or a pyarrow expression.
            version: of the Delta table; the newest by default.

        Raises:
            InvalidInput: an unknown column.
            NotInLake, LakeCorrupt: as `handle`, or a data file is missing or damaged.
        """
        self.check_columns(columns)
        if isinstance(where, Mapping):
            self.check_columns(list(where))
        dataset = self.dataset(self.handle(version))
        with self.explained():
            return dataset.to_table(
                columns=None if columns is None else list(columns), filter=condition(where)
            )

    def dataset(self, handle: DeltaTable) -> pads.Dataset:
        """View the files of one version as a pyarrow dataset."""
        with self.explained():
            # Arrow's own file system: with deltalake's (in Python) some processes abort when they exit.
            return handle.to_pyarrow_dataset(filesystem=self._filesystem)

    def keys(self, handle: DeltaTable) -> list[tuple[pads.Fragment, pa.ChunkedArray]]:
        """Return the key column of every file; each file is read once in the life of this object."""
        with self.explained(), self._lock:
            pairs = []
            for fragment in self.dataset(handle).get_fragments():
                if fragment.path not in self._keys_by_file:
                    rows = fragment.to_table(schema=self.stored_schema, columns=[self.spec.key_column])
                    self._keys_by_file[fragment.path] = rows.column(0)
                pairs.append((fragment, self._keys_by_file[fragment.path]))
            self._keys_by_file = {fragment.path: keys for fragment, keys in pairs}
            return pairs

    def known(self, handle: DeltaTable, ids: pa.Array) -> pa.BooleanArray:
        """Tell for each id whether the table has it."""
        found = pa.array([False] * len(ids), pa.bool_())
        for _, keys in self.keys(handle):
            found = pc.or_(found, pc.is_in(ids, value_set=keys))
        return found

    def find(
        self, identity: str, columns: Sequence[str] | None = None, version: int | None = None
    ) -> dict | None:
        """Return the row with this key, or None: the keys of all files are scanned, one row group is read."""
        self.check_columns(columns)
        names = list(columns) if columns is not None else self.spec.schema.names
        for fragment, keys in self.keys(self.handle(version)):
            position = pc.index(keys, pa.scalar(identity, pa.string())).as_py()
            if position >= 0:
                return self._row_at(fragment, position, names)
        return None

    def check_columns(self, columns: Sequence[str] | None) -> None:
        """Refuse column names that the table does not have."""
        unknown = [name for name in columns or () if name not in self.spec.schema.names]
        if unknown:
            raise InvalidInput(
                f"table {self.spec.name} has no column {some(unknown)}; "
                f"it has {', '.join(self.spec.schema.names)}"
            )

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn the errors of damaged or missing files into one that names the table."""
        try:
            yield
        except (OSError, pa.ArrowException, DeltaError) as error:
            raise LakeCorrupt(
                f"table {self.uri} cannot be read: {first_line(error)}; a data file is missing or damaged, "
                "restore the lake's folder from a backup"
            ) from error

    def _row_at(self, fragment: pads.Fragment, position: int, columns: Sequence[str]) -> dict:
        with self.explained():
            for group in fragment.row_groups:
                if position < group.num_rows:
                    rows = fragment.subset(row_group_ids=[group.id]).to_table(
                        schema=self.stored_schema, columns=list(columns)
                    )
                    return rows.slice(position, 1).to_pylist()[0]
                position -= group.num_rows
        raise LakeCorrupt(f"file {fragment.path} of table {self.uri} has fewer rows than its key column")

    def _check_schema(self, handle: DeltaTable) -> None:
        stored = {field.name: field.type for field in handle.schema().fields}
        wanted = {field.name: field.type for field in Schema.from_arrow(self.spec.schema).fields}
        differing = [name for name in wanted if stored.get(name) != wanted[name]]
        differing += [name for name in stored if name not in wanted]
        if differing:
            raise LakeCorrupt(
                f"table {self.uri} was made by another release: column {some(differing)} is missing, "
                "unknown or of another type here; read it with the release that made it, or make a new lake"
            )


def condition(where: Where) -> pads.Expression | None:
    """Turn column -> value(s) into a pyarrow expression."""
    if where is None or isinstance(where, pads.Expression):
        return where
    result: pads.Expression | None = None
    for name, value in where.items():
        if isinstance(value, (list, tuple, set, frozenset)):
            term = pc.field(name).isin(list(value))
        else:
            term = pc.field(name).is_null() if value is None else pc.field(name) == value
        result = term if result is None else result & term
    return result


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message: the rest is a trace of the storage library."""
    return (str(error).splitlines() or [type(error).__name__])[0]
