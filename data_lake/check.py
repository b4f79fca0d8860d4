"""Finding damage: what of a lake cannot be read, does not fit together, or is not what was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
from deltalake import DeltaTable

from .check_references import dangling_ids
from .check_versions import version_faults
from .delta_table import LakeTable, first_line
from .errors import LakeError
from .findings import Finding
from .lake import Lake
from .rows import some
from .splits import split_of
from .tensor_codec import CODE_DTYPES

_COMMIT = re.compile(r"\d{20}\.json")


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
        deep: also decode every column of every file, and compare tensors with their shapes; reads the whole lake.

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
    findings += version_faults(readable, seen.look_at_pinned)
    findings += [finding for finding in seen.findings if finding not in findings]
    findings += dangling_ids(readable)
    return CheckReport(seen.n_files, seen.n_bytes, seen.n_rows, tuple(dict.fromkeys(findings)))


class _Seen:
    """Goes over tables; each file is looked at once, however many versions read it."""

    def __init__(self, deep: bool) -> None:
        self.deep = deep
        self.findings: list[Finding] = []
        self.n_files = self.n_bytes = self.n_rows = 0
        self._done: set[str] = set()
        self._bad: dict[str, list[str]] = {}

    def look_at(self, table: LakeTable) -> bool:
        """Look at the log and the newest state of a table; tell whether its rows can be read."""
        if not table.exists():
            if not table.spec.added_later:
                self._note(table, "missing table", "it has no log: restore its folder from a backup")
            return False
        self.findings += [Finding(table.spec.name, "damaged log", text) for text in _log_faults(table)]
        try:
            handle = table.handle()
        except LakeError as error:
            self._note(table, "damaged log", str(error))
            return False
        if not self._files_are_good(table, handle):
            return False
        self._rows(table)
        self.findings += [
            Finding(table.spec.name, "damaged index", f"{name}: delete it, it is made again", is_damage=False)
            for name in table.damaged_index()
        ]
        return True

    def look_at_pinned(self, table: LakeTable, version: int) -> str | None:
        """Look at a pinned state; return what is wrong with it."""
        try:
            handle = table.handle(version)
        except LakeError as error:
            return str(error)
        if self._files_are_good(table, handle):
            return None
        bad = [file for file in table.files(handle) if file in self._bad.get(table.spec.name, ())]
        return f"version {version} of table {table.spec.name} reads damaged files: {some(bad, 3)}"

    def _files_are_good(self, table: LakeTable, handle: DeltaTable) -> bool:
        adds = pa.table(handle.get_add_actions(flatten=True)).select(["path", "size_bytes", "num_records"])
        sizes = {str(row["path"]): row for row in adds.to_pylist()}
        bad = self._bad.setdefault(table.spec.name, [])
        for file in table.files(handle):
            key = f"{table.spec.name}/{file}"
            if key not in self._done:
                self._done.add(key)
                row = sizes.get(file, {})
                fault = self._file_fault(table, file, row.get("size_bytes"), row.get("num_records"))
                if fault:
                    bad.append(file)
                    self._note(table, *fault)
        return not set(bad).intersection(table.files(handle))

    def _file_fault(
        self, table: LakeTable, file: str, n_bytes: int | None, n_rows: int | None
    ) -> tuple[str, str] | None:
        (there,) = table.filesystem.get_file_info([file])
        if not there.is_file:
            return "missing file", file
        if n_bytes is not None and there.size != n_bytes:
            return "cut file", f"{file}: {there.size} bytes, {n_bytes} were written"
        self.n_files += 1
        self.n_bytes += n_bytes or 0
        fragment = table.fragment(file)
        try:
            n_found = fragment.metadata.num_rows
            if self.deep:
                for batch in fragment.to_batches(table.stored_schema, batch_size=256):
                    _read_tensors(table, batch)
        except (OSError, pa.ArrowException, ValueError) as error:
            return "corrupt Parquet", f"{file}: {first_line(error)}"
        if n_rows is not None and n_found != n_rows:
            return "rows lost", f"{file}: {n_found} rows, {n_rows} were written"
        return None

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


def _log_faults(table: LakeTable) -> Iterator[str]:
    """Commits that are gone or no JSON, also those that a checkpoint of the log hides from readers."""
    listed = table.filesystem.get_file_info(pafs.FileSelector("_delta_log", allow_not_found=True))
    commits = {int(one.base_name[:-5]): one.path for one in listed if _COMMIT.fullmatch(one.base_name)}
    gone = sorted(set(range(max(commits, default=-1) + 1)).difference(commits))
    if gone:
        yield f"commits {some(gone)} are gone; versions before the last of them may be lost"
    for path in (commits[number] for number in sorted(commits)):
        try:
            with table.filesystem.open_input_stream(path) as stream:
                lines = [json.loads(line) for line in stream.read().splitlines()]
            if not lines or not all(isinstance(line, Mapping) for line in lines):
                yield f"commit {path} is cut: it says nothing"
        except (OSError, ValueError) as error:
            yield f"commit {path} is cut or damaged: {first_line(error)}"


def _read_tensors(table: LakeTable, batch: pa.RecordBatch) -> None:
    """Compare bytes with shapes; the columns were decoded by getting here."""
    if table.spec.name != "samples" or "doppler_time" not in batch.schema.names:
        return
    lengths = pc.binary_length(batch.column("doppler_time")).to_pylist()
    for length, row in zip(lengths, batch.select(["sample_id", "shape", "dtype"]).to_pylist(), strict=True):
        wanted = CODE_DTYPES[row["dtype"]].itemsize
        for axis in row["shape"]:
            wanted *= axis
        if length != wanted:
            raise ValueError(f"{row['sample_id']} has {length} bytes for shape {row['shape']}")
