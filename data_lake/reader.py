"""Reading one published dataset version: always the same rows, whatever is appended meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
from numpy.typing import NDArray

from .delta_table import LakeTable
from .errors import InvalidInput, LakeCorrupt, NotInLake
from .splits import SPLITS
from .tensor_codec import MAPS, decode_row
from .versions import DatasetVersion

_Rows: TypeAlias = NDArray[np.int32]
_LAW_COLUMNS = ("shape", "dtype", "db_offset", "db_step")


@dataclass(frozen=True)
class RowGroup:
    """A unit of reading: some 16 neighbouring rows of one file; may hold samples of other versions too."""

    path: str
    index: int
    split: str


class VersionReader:
    """The samples of one dataset version, and the motions and scripts behind them."""

    def __init__(self, tables: Mapping[str, LakeTable], info: DatasetVersion) -> None:
        """Pin the tables; `Lake.open_version` is the way to get one."""
        self._tables = tables
        self.info = info
        members = self._pinned("version_samples", ["sample_id"], {"content_hash": info.content_hash})
        self._members = members["sample_id"].combine_chunks()
        n_members = pc.count_distinct(self._members).as_py()
        if n_members != info.n_samples:
            raise LakeCorrupt(f"{info.name} has {info.n_samples} samples, its membership lists {n_members}")
        self._groups: dict[RowGroup, _Rows] | None = None

    def __getstate__(self) -> dict[str, object]:
        """Leave open files behind when the reader goes to another process; what was listed goes along."""
        tables = {name: (table.uri, table.spec) for name, table in self._tables.items()}
        return {"tables": tables, "info": self.info, "members": self._members, "groups": self._groups}

    def __setstate__(self, state: dict) -> None:
        """Read the same version on, without meeting the log again."""
        self._tables = {
            name: LakeTable(uri.rpartition("/")[0], spec) for name, (uri, spec) in state["tables"].items()
        }
        self.info, self._members, self._groups = state["info"], state["members"], state["groups"]

    def samples(self, split: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all samples (of one split) in the order of their ids, in memory.

        With tensors a sample takes 62 KiB; use `iter_samples` where that is too much.

        Raises:
            InvalidInput: an unknown split or column.
            LakeCorrupt: fewer rows than were published.
        """
        check_split(split)
        names = self._columns(columns)
        where = pc.field("sample_id").isin(self._members)
        if split is not None:
            where = where & (pc.field("split") == split)
        rows = self._pinned("samples", [*names, *_absent("sample_id", names)], where).sort_by("sample_id")
        expected = self.info.n_samples if split is None else self.info.counts["split"].get(split, 0)
        if rows.num_rows != expected:
            raise LakeCorrupt(
                f"{self.info.name} has {expected} samples in {split or 'all'}, read {rows.num_rows}"
            )
        return rows.select(names)

    def iter_samples(
        self, split: str | None = None, columns: Sequence[str] | None = None, shuffle_seed: int | None = None
    ) -> Iterator[pa.Table]:
        """Yield the samples (of one split) one row group at a time; each sample once, none empty.

        The order is that of the files, or shuffled over row groups by the seed; it is the same in every pass.

        Raises:
            InvalidInput: an unknown split or column.
        """
        groups = self.row_groups(split)
        if shuffle_seed is not None:
            random.Random(shuffle_seed).shuffle(groups)
        for group in groups:
            yield self.read_row_group(group, columns)

    def check_columns(self, columns: Sequence[str]) -> None:
        """Refuse columns that samples do not have.

        Raises:
            InvalidInput: an unknown column.
        """
        self._tables["samples"].check_columns(columns)

    def row_groups(self, split: str | None = None) -> list[RowGroup]:
        """Return the units of reading (of one split) that hold samples, to be shared among workers."""
        check_split(split)
        return [group for group in self._listed() if split in (None, group.split)]

    def group_size(self, group: RowGroup) -> int:
        """Return how many samples of this version a row group holds; it may hold others too."""
        return len(self._rows_in(group))

    def read_row_group(self, group: RowGroup, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the samples of this version in one row group.

        Raises:
            InvalidInput: an unknown column, or a row group that holds none of its samples.
            LakeCorrupt: the file is missing or damaged.
        """
        names, mine = self._columns(columns), self._rows_in(group)
        table = self._tables["samples"]
        with table.explained():
            part = table.opened(group.path).subset(row_group_ids=[group.index])
            # one thread: workers share the cores already
            rows = part.to_table(table.stored_schema, columns=names, use_threads=False)
            return rows if rows.num_rows == len(mine) else rows.take(mine)

    def _rows_in(self, group: RowGroup) -> _Rows:
        rows = self._listed().get(group)
        if rows is None:
            raise InvalidInput(f"{self.info.name} has no row group {group.index} in file {group.path}")
        return rows

    def sample_ids(self, split: str | None = None) -> list[str]:
        """Return the ids of all samples (of one split), sorted."""
        return self.samples(split, ["sample_id"])["sample_id"].to_pylist()

    def motions(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the motions behind the samples, in the order of their ids."""
        return self._referred("motions", "motion_id", columns)

    def scripts(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the scripts behind the samples, in the order of their ids; none for captured motion."""
        return self._referred("scripts", "script_id", columns)

    def decode(self, rows: pa.Table, of: str = "doppler_time") -> NDArray[np.float32]:
        """Return one of the maps of some rows, float32 dBm [rows, 496, 128].

        The rows need its column (doppler_time, range_time or azimuth_time), shape, dtype, db_offset and db_step.

        Raises:
            InvalidInput: no such map, a column is missing, a row was made without it, or bytes and shape disagree.
        """
        if of not in MAPS:
            raise InvalidInput(f"there is no map {of!r}; there are {', '.join(MAPS)}")
        needed = (of, *_LAW_COLUMNS)
        missing = [name for name in needed if name not in rows.column_names]
        if missing:
            raise InvalidInput(f"decoding needs the columns {', '.join(needed)}; missing: {missing}")
        named = [*needed, *(["sample_id"] if "sample_id" in rows.column_names else [])]
        shape = tuple(self.info.codec["shape"])  # type: ignore[arg-type, var-annotated]
        maps = np.empty((rows.num_rows, *shape), dtype=np.float32)
        for index, row in enumerate(rows.select(named).to_pylist()):
            maps[index] = decode_row(row, of)
        return maps

    def _pinned(self, table: str, columns: Sequence[str], where: object) -> pa.Table:
        with self._version_must_exist(table) as version:
            return self._tables[table].read(columns, where, version=version)

    @contextmanager
    def _version_must_exist(self, table: str) -> Iterator[int]:
        version = self.info.tables[table]
        try:
            yield version
        except NotInLake as error:
            raise LakeCorrupt(
                f"{self.info.name} reads version {version} of table {table}, which is gone: {error}"
            ) from error

    def _columns(self, columns: Sequence[str] | None) -> list[str]:
        table = self._tables["samples"]
        table.check_columns(columns)
        return table.spec.shown if columns is None else list(columns)

    def _referred(self, name: str, key: str, columns: Sequence[str] | None) -> pa.Table:
        used = pc.unique(self.samples(columns=[key])[key].drop_null())
        names = self._tables[name].spec.shown if columns is None else list(columns)
        rows = self._pinned(name, [*names, *_absent(key, names)], pc.field(key).isin(used))
        return rows.sort_by(key).select(names)

    def _listed(self) -> dict[RowGroup, _Rows]:
        """List the row groups that hold samples of this version, once; the order is the lake's own."""
        if self._groups is None:
            table = self._tables["samples"]
            with self._version_must_exist("samples") as version:
                files = table.files(table.snapshot(version))
            fragments = [table.fragment(file) for file in files]
            with table.explained():
                ids = [
                    one.to_table(table.stored_schema, columns=["sample_id"]).column(0) for one in fragments
                ]
                groups: dict[RowGroup, _Rows] = {}
                for fragment, mine in zip(fragments, self._mine(ids), strict=True):
                    groups.update(_groups_of(fragment, mine))
            self._groups = groups
            n_found = sum(len(rows) for rows in groups.values())
            if n_found != self.info.n_samples:
                raise LakeCorrupt(f"{self.info.name} has {self.info.n_samples} samples, read {n_found}")
        return self._groups

    def _mine(self, ids: Sequence[pa.ChunkedArray]) -> Iterator[NDArray[np.bool_]]:
        """Tell for the rows of each file whether they are of this version; its ids are hashed once for all."""
        chunks = [chunk for one in ids for chunk in one.chunks]
        mine = pc.is_in(pa.chunked_array(chunks, pa.string()), value_set=self._members).to_numpy()
        first = 0
        for one in ids:
            yield mine[first : first + len(one)]
            first += len(one)


def _groups_of(fragment: pads.ParquetFileFragment, mine: NDArray[np.bool_]) -> dict[RowGroup, _Rows]:
    split = str(pads.get_partition_keys(fragment.partition_expression).get("split"))
    groups, first = {}, 0
    for part in fragment.row_groups:
        rows = np.flatnonzero(mine[first : first + part.num_rows]).astype(np.int32)
        first += part.num_rows
        if len(rows):
            groups[RowGroup(fragment.path, part.id, split)] = rows
    return groups


def check_split(split: str | None) -> None:
    """Refuse a split that does not exist."""
    if split is not None and split not in SPLITS:
        raise InvalidInput(f"split {split!r}; there are {', '.join(SPLITS)}, and None for all")


def _absent(name: str, names: Sequence[str]) -> list[str]:
    return [] if name in names else [name]
