"""One Delta table of the lake: make it, open it, read it at a version, say clearly what is wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.fs as pafs
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import DeltaError
from numpy.typing import NDArray

from .errors import InvalidInput, LakeCorrupt, NotInLake
from .key_index import FOLDER, KeyIndex, Place, Run, known
from .log_faults import log_faults
from .rows import some
from .storage_faults import check_writable, not_written
from .table_schema import check_schema
from .table_spec import TABLE_CONFIG, TableSpec

_SNAPSHOTS_KEPT = 8
_FOOTERS_KEPT = 64  # each takes about a megabyte
_PARQUET = pads.ParquetFileFormat()

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
        self._indices: dict[str, KeyIndex] = {}
        self._opened: dict[str, pads.ParquetFileFragment] = {}
        self._snapshots: dict[int | None, DeltaTable] = {}
        self._lock = threading.Lock()
        self._schema_checked = False

    @cached_property
    def filesystem(self) -> pafs.FileSystem:
        """The table's folder, as Arrow sees it.

        Arrow's own file systems: with deltalake's (in Python) some processes abort when they exit. Keys and address
        of an object store come from the environment, as for deltalake: AWS_ENDPOINT_URL and so on.
        """
        if self.is_local:
            return pafs.SubTreeFileSystem(self.uri, pafs.LocalFileSystem())
        filesystem, path = pafs.FileSystem.from_uri(self.uri)
        return pafs.SubTreeFileSystem(path, filesystem)

    def exists(self) -> bool:
        """Tell whether there is such a table."""
        return DeltaTable.is_deltatable(self.uri)

    def is_absent(self) -> bool:
        """Tell whether this is a table that an older lake, which cannot be written to, does not have."""
        return self.spec.added_later and not self.exists()

    def create(self) -> None:
        """Make the empty table; one that is there stays as it is.

        Raises:
            LakeCorrupt: data files lie there without the log that says which of them count.
            LakeError: the storage refused (full disk, no permission).
        """
        if self.exists():
            return
        if self.is_local and any(Path(self.uri).glob("**/*.parquet")):
            raise LakeCorrupt(
                f"{self.uri} has Parquet files but no Delta log, so nobody can tell which rows are "
                "committed; restore its folder _delta_log from a backup, or move the folder away"
            )
        check_writable(self.uri, "created")
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
                raise not_written(self.uri, "created", error) from error

    def handle(self, version: int | None = None) -> DeltaTable:
        """Open the table at a version, the newest by default.

        Raises:
            NotInLake: no such table or version.
            LakeCorrupt: the log is damaged, or the columns are not those of this release.
            LakeTooNew: it has columns of a later schema version.
        """
        try:
            handle = DeltaTable(self.uri, version=version)
        except (DeltaError, OSError) as error:
            if not self.exists():
                raise NotInLake(
                    f"there is no table {self.spec.name} at {self.uri}; Lake.create completes a lake"
                ) from error
            if version is not None and version > self.handle().version():
                raise NotInLake(f"table {self.uri} has no version {version} yet") from error
            at = "" if version is None else f" at version {version}"
            raise LakeCorrupt(
                f"the log of table {self.uri} cannot be read{at}: {self._log_fault(error)}"
            ) from error
        if not self._schema_checked:
            check_schema(self.spec, handle, self.uri)
            self._schema_checked = version is None
        return handle

    def _log_fault(self, error: BaseException) -> str:
        """What is wrong with the log, rather than how the storage library met it."""
        with suppress(OSError, pa.ArrowException):
            faults = list(log_faults(self.filesystem))
            if faults:
                return (
                    f"{some(faults, 2)}. Which rows count is not known without it: restore the file, or the table's "
                    "folder, from a backup; `mmflywheel lake check` lists all damage"
                )
        return f"{first_line(error)}; `mmflywheel lake check` lists all damage"

    def snapshot(self, version: int | None = None) -> DeltaTable:
        """Open a version for reading; what was opened before is kept, and the newest is brought up to date.

        Never for writing: a write stands on the version that its plan has seen, and this one may move on.

        Raises:
            NotInLake, LakeCorrupt, LakeTooNew: as `handle`.
        """
        with self._lock:
            opened = self._snapshots.get(version)
            if opened is not None and version is None:
                try:
                    opened.update_incremental()
                except (DeltaError, OSError):  # opening it anew says what is wrong
                    opened = None
            if opened is None:
                opened = self.handle(version)
                while len(self._snapshots) >= _SNAPSHOTS_KEPT:
                    self._snapshots.pop(next(iter(self._snapshots)))
                self._snapshots[version] = opened
            return opened

    def read(
        self, columns: Sequence[str] | None = None, where: Where = None, version: int | None = None
    ) -> pa.Table:
        """Read rows: some columns (all by default), where a condition holds, at a version.

        Args:
            columns: names in the order wanted; None: all but `row_crc`.
            where: column -> value, or column -> list of allowed values; or a pyarrow expression.
            version: of the Delta table; the newest by default.

        Raises:
            InvalidInput: an unknown column.
            NotInLake, LakeCorrupt: as `handle`, or a data file is missing or damaged.
        """
        self.check_columns(columns)
        if isinstance(where, Mapping):
            self.check_columns(list(where))
        if self.is_absent():
            return self.spec.schema.empty_table().select(list(columns or self.spec.shown))
        dataset = self.dataset(self.snapshot(version))
        with self.explained():
            return dataset.to_table(
                columns=list(self.spec.shown if columns is None else columns), filter=condition(where)
            )

    def dataset(self, handle: DeltaTable) -> pads.Dataset:
        """View the files of one version as a pyarrow dataset with this release's columns."""
        with self.explained():
            return pads.FileSystemDataset(
                [self.fragment(file) for file in self.files(handle)],
                self.stored_schema,
                _PARQUET,
                self.filesystem,
            )

    def files(self, handle: DeltaTable) -> list[str]:
        """List the data files of one version by their paths in the table's folder, sorted."""
        if handle.protocol().min_reader_version > 1:  # deleted rows, renamed columns: none of our doing
            raise LakeCorrupt(
                f"table {self.uri} uses features of Delta that this project does not write; another tool "
                "changed it: restore the folder from a backup"
            )
        # as the storage library names the table: links followed, spaces escaped
        start = len(handle.table_uri.removeprefix("file://"))
        return sorted(uri[start:] for uri in handle.file_uris())

    def index(self) -> None:
        """Bring the index of every column that rows are looked up by to the newest version."""
        files, names = self.files(self.snapshot()), [self.spec.key_column, *self.spec.lookup]
        read: dict[str, pa.Table] = {}  # the columns of one file are neighbours: read together

        def values_of(name: str) -> Callable[[str], list[str | None]]:
            def values(file: str) -> list[str | None]:
                if file not in read:
                    read[file] = self.fragment(file).to_table(self.stored_schema, columns=names)
                return read[file].column(name).to_pylist()

            return values

        with self.explained(), self._lock:
            for name in names:
                self._index_of(name).covering(files, values_of(name))

    def forget_removed(self) -> int:
        """Drop what the index knows of removed files; return how many bytes that frees."""
        if not self.is_local:
            return 0
        freed = 0
        for folder in sorted((Path(self.uri) / FOLDER).glob("*")):
            freed += KeyIndex(folder).forget(lambda file: not (Path(self.uri) / file).exists())
        return freed

    def damaged_index(self) -> list[str]:
        """Return the index files whose bytes are not what was written; they can be deleted at any time."""
        folders = sorted((Path(self.uri) / FOLDER).glob("*")) if self.is_local else []
        return [f"{FOLDER}/{folder.name}/{name}" for folder in folders for name in KeyIndex(folder).damaged()]

    def known(self, handle: DeltaTable, ids: Sequence[str], by: str | None = None) -> NDArray[np.bool_]:
        """Tell for each id whether a row of one version has it as its key, or in another column with an index."""
        column = self._with_index(by)
        if not ids:
            return np.zeros(0, dtype=bool)
        files = self.files(handle)
        return known(self._runs(column, files, verify=True), ids, files)

    def ids(self, handle: DeltaTable) -> list[str]:
        """Return the keys of all rows of one version: reads the key column of every file."""
        with self.explained():
            return self.dataset(handle).to_table(columns=[self.spec.key_column]).column(0).to_pylist()

    def find(
        self, identity: str, columns: Sequence[str] | None = None, version: int | None = None
    ) -> dict | None:
        """Return the row with this key, or None: a look-up in the index, then one row group is read."""
        rows = self.find_all(identity, None, columns, version)
        return rows[0] if rows else None

    def find_all(
        self,
        value: str,
        by: str | None = None,
        columns: Sequence[str] | None = None,
        version: int | None = None,
    ) -> list[dict]:
        """Return every row whose column `by` has this value, in the order of the files.

        Args:
            value: what is looked for.
            by: the key column (default), or one of `TableSpec.lookup`.
            columns: names in the order wanted; all by default.
            version: of the Delta table; the newest by default.

        Raises:
            InvalidInput: an unknown column, or one that has no index.
            NotInLake, LakeCorrupt: as `handle`, or a data file is missing or damaged.
        """
        self.check_columns(columns)
        column = self._with_index(by)
        if self.is_absent():
            return []
        files = self.files(self.snapshot(version))
        present = frozenset(files)
        runs = self._runs(column, files)
        places = {place for run in runs for place in run.places(value) if place.file in present}
        return self._rows_at(sorted(places), columns or self.spec.shown)

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

    def fragment(self, file: str) -> pads.ParquetFileFragment:
        """View one data file, named as in `files`; nothing is read."""
        partition = None
        for part in file.split("/")[:-1]:
            name, _, value = part.partition("=")
            term = pc.field(name) == unquote(value)
            partition = term if partition is None else partition & term
        return _PARQUET.make_fragment(file, filesystem=self.filesystem, partition_expression=partition)

    def opened(self, file: str) -> pads.ParquetFileFragment:
        """View one data file with its footer read; files never change, so the footers of some are kept."""
        with self._lock:
            fragment = self._opened.pop(file, None)
        if fragment is None:
            fragment = self.fragment(file)
            fragment.ensure_complete_metadata()
        with self._lock:
            self._opened[file] = fragment
            if len(self._opened) > _FOOTERS_KEPT:
                del self._opened[next(iter(self._opened))]
        return fragment

    def _with_index(self, by: str | None) -> str:
        column = by or self.spec.key_column
        if column not in (self.spec.key_column, *self.spec.lookup):
            raise InvalidInput(
                f"column {column} of table {self.spec.name} has no index; use read(), or one of "
                f"{', '.join((self.spec.key_column, *self.spec.lookup))}"
            )
        return column

    def _runs(self, column: str, files: Sequence[str], verify: bool = False) -> list[Run]:
        """The index of a column over some files; files that it does not know yet are read."""

        def values_of(file: str) -> list[str | None]:
            return self.fragment(file).to_table(self.stored_schema, columns=[column]).column(0).to_pylist()

        with self.explained(), self._lock:
            return self._index_of(column).covering(files, values_of, verify)

    def _index_of(self, column: str) -> KeyIndex:
        if column not in self._indices:
            self._indices[column] = KeyIndex(Path(self.uri) / FOLDER / column if self.is_local else None)
        return self._indices[column]

    def _rows_at(self, places: Sequence[Place], columns: Sequence[str]) -> list[dict]:
        """Read rows by place: of each file the row groups that hold them."""
        found: list[dict] = []
        with self.explained():
            for file, members in groupby(places, key=lambda place: place.file):
                wanted = [place.row for place in members]
                first = 0
                fragment = self.opened(file)
                for group in fragment.row_groups:
                    here = [row - first for row in wanted if first <= row < first + group.num_rows]
                    first += group.num_rows
                    if here:
                        part = fragment.subset(row_group_ids=[group.id])
                        rows = part.to_table(self.stored_schema, columns=list(columns))
                        found += rows.take(here).to_pylist()
        if len(found) != len(places):
            raise LakeCorrupt(f"table {self.uri} has fewer rows than its index names; run `lake check`")
        return found


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
