"""The lake: one folder of Delta tables, and everything that can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pyarrow as pa

from . import lineage as _lineage
from .delta_table import LakeTable, Where
from .errors import InvalidInput, LakeCorrupt, NotInLake
from .quality import Rejected, check_rows, quarantine_row
from .reader import VersionReader
from .rows import Row, some
from .schemas import TABLES
from .versions import DatasetVersion, Publication, all_versions, find_version, publish
from .writer import append_rows, replace_rows

_WRITTEN_BY_PUBLISH = ("versions", "version_samples")
RUN_STATES = ("running", "completed", "failed")


@dataclass(frozen=True)
class AppendReport:
    """What became of the samples rows of one shard."""

    inserted: int
    already_there: int
    rejected: tuple[Rejected, ...]
    floor_share: float
    """Share of valid cells at or below the floor of the dB law."""
    ceiling_share: float
    """Share of valid cells at or above its ceiling."""


class Lake:
    """A lake at one place; get one from `Lake.create` or `Lake.open`."""

    def __init__(self, root: Path | str) -> None:
        """Name the place, a folder or a URI; nothing is read or written."""
        text = str(root)
        if text.startswith("file://"):
            text = url2pathname(urlparse(text).path)
        self.root = text.rstrip("/") if "://" in text else str(Path(text).absolute())
        self._tables = {name: LakeTable(self.root, spec) for name, spec in TABLES.items()}

    @classmethod
    def create(cls, root: Path | str) -> Lake:
        """Open the lake at a place; make it, or the tables that it lacks, where it is not there.

        Raises:
            InvalidInput: the place is a file.
            LakeCorrupt: data files without a log lie where a table should be.
        """
        lake = cls(root)
        if "://" not in lake.root and Path(lake.root).exists() and not Path(lake.root).is_dir():
            raise InvalidInput(f"{lake.root} is a file; a lake is a folder")
        for table in lake._tables.values():
            table.create()
        return lake

    @classmethod
    def open(cls, root: Path | str) -> Lake:
        """Open a lake that is there; tables that its release did not know yet are added, empty.

        Raises:
            NotInLake: there is none.
            LakeCorrupt: some of its tables are missing.
        """
        lake = cls(root)
        absent = [name for name, table in lake._tables.items() if not table.exists()]
        older = [name for name in absent if lake._tables[name].spec.added_later]
        if len(absent) == len(older):
            for name in older:
                lake._tables[name].create()
            return lake
        if len(absent) == len(lake._tables):
            raise NotInLake(
                f"there is no lake at {lake.root}; `mmflywheel run` and `mmflywheel import` make one"
            )
        if absent:
            raise LakeCorrupt(
                f"the lake at {lake.root} lacks the tables {some(absent, 9)}; if it was never complete "
                "(a first start was killed), Lake.create completes it, else restore the folder from a backup"
            )
        return lake

    def table(self, name: str) -> LakeTable:
        """Return one table by name.

        Raises:
            InvalidInput: there is no such table.
        """
        if name not in self._tables:
            raise InvalidInput(f"there is no table {name!r}; the lake has {', '.join(self._tables)}")
        return self._tables[name]

    def append(self, table: str, rows: Sequence[Row], shard: str, run_id: str) -> int:
        """Store the rows that are new, all at once or none; return how many that were.

        Repeating a call, or calling it from several processes, stores nothing twice. Rows of `samples` pass
        the quality gate first (see `append_samples`). `run_id` and `created_at` are filled in where absent.

        Args:
            table: name of the table.
            rows: one mapping per row, with the columns of `schemas.TABLES[table]`.
            shard: names the piece of work; goes to the table's log.
            run_id: names the run; goes to the rows and to the log.

        Raises:
            InvalidInput: unknown table, or rows that do not fit it; nothing is stored.
            LakeBusy: other writers were faster in every attempt; nothing is stored.
        """
        target = self.table(table)
        if table in _WRITTEN_BY_PUBLISH:
            raise InvalidInput(f"table {table} is written by Lake.publish only")
        if table == "samples":
            return self.append_samples(rows, shard, run_id).inserted
        return append_rows(target, rows, shard, run_id)

    def append_samples(self, rows: Sequence[Row], shard: str, run_id: str) -> AppendReport:
        """Store the samples that pass the quality gate; the others go to `quarantine` with their reasons.

        Raises:
            InvalidInput, LakeBusy: as `append`.
        """
        quality = check_rows(rows)
        inserted = append_rows(self._tables["samples"], quality.accepted, shard, run_id)
        self.quarantine(quality.rejected, shard, run_id)
        return AppendReport(
            inserted=inserted,
            already_there=len(quality.accepted) - inserted,
            rejected=quality.rejected,
            floor_share=quality.floor_share,
            ceiling_share=quality.ceiling_share,
        )

    def quarantine(self, refused: Sequence[Rejected], shard: str, run_id: str) -> int:
        """Note samples that shall not enter the lake, each with its reasons, and how many are new.

        For samples that could not even be made; `append_samples` does it for rows that fail its gate.

        Raises:
            LakeBusy: as `append`.
        """
        if not refused:
            return 0
        return append_rows(
            self._tables["quarantine"], [quarantine_row(one, shard) for one in refused], shard, run_id
        )

    def read(
        self,
        table: str,
        version: int | None = None,
        columns: Sequence[str] | None = None,
        where: Where = None,
    ) -> pa.Table:
        """Read rows of a table; see `LakeTable.read`. Datasets are read through `open_version`."""
        return self.table(table).read(columns, where, version)

    def row(self, table: str, identity: str, columns: Sequence[str] | None = None) -> dict | None:
        """Return the row with this key, or None."""
        return self.table(table).find(identity, columns)

    def ids(self, table: str) -> set[str]:
        """Return all keys of a table: what a run need not make again."""
        target = self.table(table)
        return {key for _, keys in target.keys(target.handle()) for key in keys.to_pylist()}

    def start_run(self, run: Row) -> None:
        """Record that a run has begun: a row of `runs`; status "running" and start time are filled in.

        Starting a run id again (a flow engine's retry) replaces its row.
        """
        row = {"started_at": datetime.now(UTC), "ended_at": None, "status": "running", **run}
        replace_rows(self._tables["runs"], [row])

    def finish_run(self, run_id: str, status: str, ended_at: datetime | None = None) -> None:
        """Record that a run has ended: "completed" or "failed".

        Raises:
            InvalidInput: another status.
            NotInLake: the run was never started.
        """
        if status not in RUN_STATES:
            raise InvalidInput(f"status {status!r} of run {run_id}; allowed: {', '.join(RUN_STATES)}")
        row = self.row("runs", run_id)
        if row is None:
            raise NotInLake(f"there is no run {run_id!r} to finish; call start_run first")
        replace_rows(
            self._tables["runs"], [{**row, "status": status, "ended_at": ended_at or datetime.now(UTC)}]
        )

    def publish(
        self,
        dataset: str,
        sample_ids: Sequence[str],
        run_id: str,
        parameters: Mapping[str, object] | None = None,
        code_commit: str | None = None,
        environment_hash: str | None = None,
    ) -> DatasetVersion:
        """Publish exactly these samples as the next version of a dataset.

        If the dataset has a version with the same content, that one is returned, with `reused` set.

        Args:
            dataset: lower-case letters and digits joined by dashes.
            sample_ids: committed samples; order and repetition do not matter.
            run_id: the run that publishes.
            parameters: its resolved configuration.
            code_commit: commit of the code, if known.
            environment_hash: hash of the installed packages, if known.

        Raises:
            InvalidInput, NotInLake, LakeBusy: see `versions.publish`.
        """
        what = Publication(
            dataset, tuple(sample_ids), run_id, parameters or {}, code_commit, environment_hash
        )
        return publish(self._tables, what)

    def versions(self, dataset: str | None = None) -> list[DatasetVersion]:
        """Return the published versions (of one dataset), oldest first."""
        return all_versions(self._tables["versions"], dataset)

    def open_version(self, name: str) -> VersionReader:
        """Open "dataset@number", or the newest version of "dataset".

        Raises:
            InvalidInput, NotInLake: the name is malformed, or nothing is published under it.
        """
        return VersionReader(self._tables, find_version(self._tables["versions"], name))

    def lineage(self, sample_id: str) -> dict:
        """Return where a sample comes from and what became of it; see `lineage.lineage`."""
        return _lineage.lineage(self._tables, sample_id)
