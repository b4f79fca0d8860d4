"""The lake: one folder of Delta tables, and everything that can be done with it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pyarrow as pa

from . import lineage as _lineage
from .delta_table import LakeTable, Where
from .errors import InvalidInput, LakeCorrupt, LakeError, NotInLake
from .garbage import DEFAULT_AGE_HOURS, Garbage, collect_garbage
from .identity import canonical_json
from .quality import Rejected, check_rows, quarantine_row
from .reader import VersionReader
from .rows import Row, some
from .schemas import SCHEMA_VERSION, TABLES
from .table_schema import schema_version_of
from .version_diff import diff_versions
from .version_tags import TagMove, current_tags, move_tag, tag_history
from .versions import DatasetVersion, Publication, all_versions, find_version, publish
from .writer import append_rows, compact, replace_rows

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
            lake._add(older)
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

    def _add(self, names: Sequence[str]) -> None:
        """Make the tables that an older lake lacks; one that cannot be written to is read without them."""
        try:
            for name in names:
                self._tables[name].create()
        except LakeError:
            if "://" in self.root or os.access(self.root, os.W_OK):
                raise

    def schema_version(self) -> int:
        """Return the schema version that the lake is at: that of its oldest table.

        Tables of an older lake get their new columns when they are next written to; until then these read as null.
        """
        tables = [table for table in self._tables.values() if not table.is_absent()]
        older = [schema_version_of(table.spec, table.snapshot()) for table in tables]
        return min((version for version in older if version is not None), default=SCHEMA_VERSION)

    def table(self, name: str) -> LakeTable:
        """Return one table by name.

        Raises:
            InvalidInput: there is no such table.
        """
        if name not in self._tables:
            raise InvalidInput(f"there is no table {name!r}; the lake has {', '.join(self._tables)}")
        return self._tables[name]

    def table_names(self) -> tuple[str, ...]:
        """Return the names of all tables."""
        return tuple(self._tables)

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
        if table == "version_tags":
            raise InvalidInput("table version_tags is written by Lake.tag only")
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
        """Return all keys of a table."""
        target = self.table(table)
        return set(target.ids(target.handle()))

    def known(self, table: str, ids: Iterable[str], by: str | None = None) -> set[str]:
        """Return those of some keys that a table has: what a shard need not make again.

        Takes the same time however large the table is; `ids` reads the keys of all rows.

        Args:
            table: name of the table.
            ids: what is looked for.
            by: the key column (default), or one of `TableSpec.lookup`.

        Raises:
            InvalidInput: no such table, or a column without an index.
        """
        target, asked = self.table(table), list(ids)
        return set(compress(asked, target.known(target.handle(), asked, by)))

    def start_run(self, run: Row) -> None:
        """Record that a run has begun: a row of `runs`; status "running" and start time are filled in.

        Starting a run id again (a flow engine's retry) replaces its row.
        """
        row = {"started_at": datetime.now(UTC), "ended_at": None, "status": "running", **run}
        replace_rows(self._tables["runs"], [row])

    def finish_run(
        self,
        run_id: str,
        status: str,
        ended_at: datetime | None = None,
        report: Mapping[str, object] | None = None,
    ) -> None:
        """Record that a run has ended: "completed" or "failed", and what it made, counted.

        Raises:
            InvalidInput: another status.
            NotInLake: the run was never started.
        """
        if status not in RUN_STATES:
            raise InvalidInput(f"status {status!r} of run {run_id}; allowed: {', '.join(RUN_STATES)}")
        row = self.row("runs", run_id)
        if row is None:
            raise NotInLake(f"there is no run {run_id!r} to finish; call start_run first")
        ended = {**row, "status": status, "ended_at": ended_at or datetime.now(UTC)}
        if report is not None:
            ended["report"] = canonical_json(report)
        replace_rows(self._tables["runs"], [ended])

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
        """Open "dataset@number", "dataset@tag", or the newest version of "dataset".

        Raises:
            InvalidInput, NotInLake: the name is malformed, or nothing is published under it.
        """
        return VersionReader(self._tables, self.version(name))

    def version(self, name: str) -> DatasetVersion:
        """Describe a version, named as for `open_version`."""
        dataset, _, number = name.partition("@")
        tags = self.tags(dataset) if number and not number.isdecimal() else None
        return find_version(self._tables["versions"], name, tags)

    def diff(self, before: str, after: str) -> dict:
        """Compare two versions; see `version_diff.diff_versions`."""
        return diff_versions(self._tables, self.version(before), self.version(after))

    def tags(self, dataset: str) -> dict[str, str]:
        """Return the tags of a dataset and the versions that they name."""
        return current_tags(self._tables["version_tags"], dataset)

    def tag_history(self, dataset: str | None = None) -> list[TagMove]:
        """Return every move of the tags (of one dataset), oldest first."""
        return tag_history(self._tables["version_tags"], dataset)

    def tag(
        self, dataset: str, tag: str, version: str | None, run_id: str, reason: str | None = None
    ) -> bool:
        """Let a tag name a version of the dataset from now on, or none; tell whether that is new.

        Raises:
            InvalidInput, NotInLake, LakeBusy: see `version_tags.move_tag` and `open_version`.
        """
        named = None if version is None else self.version(version)
        return move_tag(self._tables, dataset, tag, named, run_id, reason)

    def collect_garbage(self, age_hours: float = DEFAULT_AGE_HOURS, dry_run: bool = True) -> list[Garbage]:
        """Find, and unless it is a dry run remove, files that nobody reads; see `garbage.collect_garbage`."""
        return collect_garbage(self._tables, age_hours, dry_run)

    def compact(self) -> dict[str, tuple[int, int]]:
        """Join the small files of every table; return how many files each had and has, where that changed.

        A table that another process is compacting, or that is not on a local disk, stays as it is.

        Raises:
            LakeError: the storage refused.
        """
        changed = {}
        for name, table in self._tables.items():
            before = len(table.files(table.handle()))
            compact(table)
            after = len(table.files(table.handle()))
            if after != before:
                changed[name] = (before, after)
                table.index()
        return changed

    def lineage(self, identity: str) -> dict:
        """Return where a thing comes from and what became of it; see `lineage.lineage`.

        Raises:
            NotInLake, InvalidInput: no sample, motion, script, version, checkpoint or scorecard is named so, or
                several are.
        """
        return _lineage.lineage(self._tables, identity)
