"""Finding damage: what of a lake cannot be read, does not fit together, or is not what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from .check_files import STILL_READ, check_file
from .check_references import dangling_ids
from .check_versions import version_faults
from .delta_table import LakeTable
from .errors import LakeError
from .findings import Finding
from .lake import Lake
from .log_faults import log_faults
from .rows import some
from .splits import split_of


@dataclass(frozen=True)
class CheckReport:
    """What a check looked at, and what it found."""

    n_files: int
    n_bytes: int
    n_rows: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is damaged; what can be made again at any time does not count."""
        return not any(finding.is_damage for finding in self.findings)


def check_lake(root: Path | str, deep: bool = False) -> CheckReport:
    """Look at every table, file and published version of a lake, and name all that is wrong.

    Nothing is changed. A damaged part does not keep the rest from being looked at.

    Args:
        root: folder or URI.
        deep: also read the tables of tensors whole, and compare every row with its checksum; all other tables are
            read whole anyway.

    Raises:
        NotInLake: there is no lake.
    """
    lake = Lake(root)
    tables = {name: lake.table(name) for name in lake.table_names()}
    if not any(table.exists() for table in tables.values()):
        Lake.open(root)  # says so
    seen = _Seen(deep)
    readable = {name: table for name, table in tables.items() if seen.look_at(table)}
    findings = list(seen.findings)
    # what a version pinned may be whole where the newest state is not
    with_log = {name: table for name, table in tables.items() if name in seen.with_log}
    findings += version_faults(readable, with_log, seen.look_at_pinned)
    findings += [finding for finding in seen.findings if finding not in findings]
    findings += dangling_ids(readable)
    findings += seen.unchecked()
    return CheckReport(seen.n_files, seen.n_bytes, seen.n_rows, tuple(dict.fromkeys(findings)))


class _Seen:
    """Goes over tables; each file is looked at once, however many versions read it."""

    def __init__(self, deep: bool) -> None:
        self.deep = deep
        self.findings: list[Finding] = []
        self.with_log: set[str] = set()
        self.n_files = self.n_bytes = self.n_rows = 0
        self._done: set[str] = set()
        self._bad: dict[str, dict[str, bool]] = {}
        self._unchecked: Counter[str] = Counter()

    def look_at(self, table: LakeTable) -> bool:
        """Look at the log and the newest state of a table; tell whether its rows can be read."""
        if not table.exists():
            if not table.spec.added_later:
                self._note(table, "missing table", "it has no log: restore its folder from a backup")
            return False
        self.findings += [
            Finding(table.spec.name, "damaged log", text) for text in log_faults(table.filesystem)
        ]
        try:
            handle = table.handle()
        except LakeError as error:
            self._note(table, "damaged log", str(error))
            return False
        self.with_log.add(table.spec.name)
        if any(self._bad_files(table, handle, newest=True).values()):
            return False
        try:
            self._rows(table)
        except LakeError as error:
            self._note(table, "corrupt Parquet", str(error))
            return False
        self.findings += [
            Finding(table.spec.name, "damaged index", f"{name}: delete it, it is made again", is_damage=False)
            for name in table.damaged_index()
        ]
        return True

    def unchecked(self) -> Iterator[Finding]:
        """Say of which tables rows were compared with nothing."""
        for name, number in self._unchecked.items():
            if number:
                yield Finding(
                    name,
                    "rows without checksum",
                    f"{number} rows were stored by a release that made none, or by another tool: they could be "
                    "decoded, but nothing tells whether they say what was written",
                    is_damage=False,
                )

    def look_at_pinned(self, table: LakeTable, version: int) -> str | None:
        """Look at a pinned state; return what is wrong with it."""
        try:
            handle = table.handle(version)
        except LakeError as error:
            return str(error)
        bad = self._bad_files(table, handle)
        if not bad:
            return None
        return f"version {version} of table {table.spec.name} reads damaged files: {some(bad, 3)}"

    def _bad_files(self, table: LakeTable, handle: DeltaTable, newest: bool = False) -> dict[str, bool]:
        """Damaged files of a state, each with whether it cannot be read at all."""
        adds = pa.table(handle.get_add_actions(flatten=True)).select(["path", "size_bytes", "num_records"])
        sizes = {str(row["path"]): row for row in adds.to_pylist()}
        bad = self._bad.setdefault(table.spec.name, {})
        for file in table.files(handle):
            key = f"{table.spec.name}/{file}"
            if key not in self._done:
                self._done.add(key)
                row = sizes.get(file, {})
                n_bytes, n_rows = row.get("size_bytes"), row.get("num_records")
                found = check_file(table, file, n_bytes, n_rows, self.deep or not table.spec.tensor_columns)
                if found.fault is None or found.fault[0] != "missing file":
                    self.n_files += 1
                    self.n_bytes += n_bytes or 0
                self._unchecked[table.spec.name] += found.n_unchecked if newest else 0
                if found.fault:
                    bad[file] = found.fault[0] not in STILL_READ
                    self._note(table, *found.fault)
        return {file: bad[file] for file in table.files(handle) if file in bad}

    def _rows(self, table: LakeTable) -> None:
        names = list(dict.fromkeys((*table.spec.key, *_split_columns(table))))
        rows = table.read(names)
        self.n_rows += rows.num_rows
        counts = rows.group_by(list(table.spec.key)).aggregate([([], "count_all")])
        twice = counts.filter(pc.greater(counts["count_all"], 1))[table.spec.key_column].to_pylist()
        if twice:
            self._note(table, "rows there twice", f"{len(twice)} keys: {some(twice, 3)}")
        if _split_columns(table):
            wrong = [r["sample_id"] for r in rows.to_pylist() if r["split"] != split_of(r["family_key"])]
            if wrong:
                self._note(table, "wrong split", f"{len(wrong)} samples: {some(wrong, 3)}")

    def _note(self, table: LakeTable, kind: str, detail: str) -> None:
        self.findings.append(Finding(table.spec.name, kind, detail))


def _split_columns(table: LakeTable) -> tuple[str, ...]:
    return ("family_key", "split") if table.spec.name == "samples" else ()
