"""Where in a table's files a key lies: small sorted files beside the data that can be made again at any time.

Every data file of a table is immutable, so what its rows are called is read once. The hashes of the values,
sorted, with file and row, are a *run*; eight runs of one level are joined into one of the next, so a look-up in a
table of n files does a binary search in about log(n) runs. Runs are immutable too, named by what they cover, and
come to be by a rename: readers and writers in many processes need no lock, and a lost or stale run costs time
only. Where the lake cannot be written to, or is not on a local disk, runs live in memory.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FOLDER = "_keys"  # names with an underscore are no data to readers of Delta
RUNS_PER_LEVEL = 8
_MAGIC = b"mmfkeys1"
_HEAD = struct.Struct("<8sII")  # magic, length of the JSON that follows, CRC-32 of the columns
_COLUMNS = (("high", "<u8"), ("low", "<u8"), ("file", "<u4"), ("row", "<u4"))
_ROW_BYTES = sum(np.dtype(kind).itemsize for _, kind in _COLUMNS)


class Place(NamedTuple):
    """A row: file as the Delta log names it, and position in it."""

    file: str
    row: int


@dataclass(frozen=True)
class Run:
    """The values of some data files: their hashes in two halves, sorted, and where each stands."""

    level: int
    files: tuple[str, ...]
    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    file: NDArray[np.uint32]
    row: NDArray[np.uint32]
    crc: int | None = None
    """None while it lives in memory only."""

    def places(self, value: str) -> list[Place]:
        """Return the rows with this value."""
        (high, low), found = _hashes([value])[0], []
        at = int(np.searchsorted(self.high, high))
        while at < len(self.high) and self.high[at] == high:
            if self.low[at] == low:
                found.append(Place(self.files[int(self.file[at])], int(self.row[at])))
            at += 1
        return found

    def contains(self, hashes: NDArray[np.uint64], files: frozenset[str]) -> NDArray[np.bool_]:
        """Tell for each hash [n, 2] whether a row of one of the files has it."""
        allowed = np.array([name in files for name in self.files], dtype=bool)
        high, low = hashes[:, 0], hashes[:, 1]
        found = np.zeros(len(hashes), dtype=bool)
        at = np.searchsorted(self.high, high)
        active = at < len(self.high)
        while active.any():
            here = np.minimum(at, len(self.high) - 1)
            active &= self.high[here] == high
            found |= active & (self.low[here] == low) & allowed[self.file[here]]
            at = at + 1
            active &= at < len(self.high)
        return found

    def payload(self) -> bytes:
        """The four columns as they are stored."""
        return b"".join(np.ascontiguousarray(getattr(self, name), kind).tobytes() for name, kind in _COLUMNS)


class KeyIndex:
    """The runs of one column of one table."""

    def __init__(self, folder: Path | None) -> None:
        """Name the folder of the runs; None keeps them in memory."""
        self.folder = folder
        self._runs: dict[str, Run] = {}
        self._verified: set[str] = set()

    def covering(
        self,
        files: Sequence[str],
        values_of: Callable[[str], Sequence[str | None]],
        verify: bool = False,
    ) -> list[Run]:
        """Return runs that together cover these data files, made where they are missing.

        Args:
            files: the data files of a snapshot.
            values_of: reads the column of one data file, in the order of its rows.
            verify: compare every byte with its checksum, once per object; for writers, whom a wrong answer
                would make lose rows.
        """
        self._load()
        if verify:
            self._drop_damaged()
        wanted = set(files)
        chosen: list[Run] = []
        for run in sorted(self._runs.values(), key=lambda run: -run.level):
            if wanted.intersection(run.files):
                chosen.append(run)
                wanted.difference_update(run.files)
        made = [_run_of(file, values_of(file)) for file in files if file in wanted]
        if len(made) >= RUNS_PER_LEVEL:  # many at once need not be written one by one
            made = [_joined(made, level=int(math.log(len(made), RUNS_PER_LEVEL) + 1e-9))]
        for run in made:
            self._keep(run)
        self._join()
        chosen += made
        return chosen

    def forget(self, is_gone: Callable[[str], bool]) -> int:
        """Remove the runs that cover removed data files only; return how many bytes that frees."""
        self._load()
        freed = 0
        for name, run in list(self._runs.items()):
            if all(is_gone(file) for file in run.files):
                freed += self._remove(name)
        return freed

    def damaged(self) -> list[str]:
        """Return the names of runs whose bytes are not what was written."""
        return [
            path.name
            for path in sorted(self.folder.glob("*.run") if self.folder else ())
            if (run := _read(path)) is None or zlib.crc32(run.payload()) != run.crc
        ]

    def _load(self) -> None:
        if self.folder is None:
            return
        try:
            names = {name for name in os.listdir(self.folder) if name.endswith(".run")}
        except FileNotFoundError:
            names = set()
        kept = {name: run for name, run in self._runs.items() if name in names or run.crc is None}
        for name in names - kept.keys():
            run = _read(self.folder / name)
            if run is not None:
                kept[name] = run
        self._runs = kept

    def _drop_damaged(self) -> None:
        for name in [name for name, run in self._runs.items() if run.crc is not None]:
            if name not in self._verified:
                if zlib.crc32(self._runs[name].payload()) == self._runs[name].crc:
                    self._verified.add(name)
                else:
                    self._remove(name)

    def _keep(self, run: Run) -> bool:
        """Remember a run, and write it if that can be; tell whether it is where others find it."""
        name = f"{run.level}-{hashlib.sha256(json.dumps(sorted(run.files)).encode()).hexdigest()[:20]}.run"
        if self.folder is not None:
            with suppress(OSError):  # no permission or no space: this process remembers it, others read again
                run = _write(self.folder, name, run)
        self._runs[name] = run
        return run.crc is not None or self.folder is None

    def _join(self) -> None:
        """Join the runs of a level where there are enough of them; the parts go once the whole is there."""
        level = 0
        while (
            len(names := [name for name, run in self._runs.items() if run.level == level]) >= RUNS_PER_LEVEL
        ):
            if not self._keep(_joined([self._runs[name] for name in sorted(names)], level + 1)):
                return
            for name in names:
                self._remove(name)
            level += 1

    def _remove(self, name: str) -> int:
        self._runs.pop(name, None)
        if self.folder is None:
            return 0
        path = self.folder / name
        with suppress(OSError):
            size = path.stat().st_size
            path.unlink()
            return size
        return 0


def known(runs: Iterable[Run], values: Sequence[str], files: Iterable[str]) -> NDArray[np.bool_]:
    """Tell for each value whether a row of one of the data files has it."""
    hashes = _hashes(values)
    present = frozenset(files)
    found = np.zeros(len(values), dtype=bool)
    for run in runs:
        found |= run.contains(hashes, present)
    return found


def _hashes(values: Sequence[str]) -> NDArray[np.uint64]:
    """Both halves of a 128-bit hash of each value, [n, 2]."""
    digests = b"".join(hashlib.blake2b(value.encode(), digest_size=16).digest() for value in values)
    return np.frombuffer(digests, dtype="<u8").reshape(-1, 2)


def _run_of(file: str, values: Sequence[str | None]) -> Run:
    rows = np.array([row for row, value in enumerate(values) if value is not None], dtype=np.uint32)
    hashes = _hashes([value for value in values if value is not None])
    order = np.lexsort((rows, hashes[:, 1], hashes[:, 0]))
    high, low = hashes[order].T.copy()
    return Run(0, (file,), high, low, np.zeros(len(rows), np.uint32), rows[order])


def _joined(parts: Sequence[Run], level: int) -> Run:
    files = tuple(dict.fromkeys(file for part in parts for file in part.files))
    number = {file: index for index, file in enumerate(files)}
    renumbered = [np.array([number[f] for f in part.files], np.uint32)[part.file] for part in parts]
    high, low, row = (np.concatenate([getattr(p, name) for p in parts]) for name in ("high", "low", "row"))
    file = np.concatenate(renumbered)
    order = np.lexsort((row, file, low, high))
    return Run(level, files, high[order], low[order], file[order], row[order])


def _write(folder: Path, name: str, run: Run) -> Run:
    payload = run.payload()
    checked = replace(run, crc=zlib.crc32(payload))
    head = json.dumps({"level": run.level, "files": run.files, "rows": len(run.high)}).encode()
    head += b" " * (-(len(head) + _HEAD.size) % 8)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.{os.getpid()}.{threading.get_ident()}.partial"
    try:
        with open(partial, "wb") as file:
            file.write(_HEAD.pack(_MAGIC, len(head), checked.crc or 0) + head + payload)
            file.flush()
            os.fsync(file.fileno())  # a rename that outlives its bytes would hide rows
        os.replace(partial, folder / name)
    finally:
        partial.unlink(missing_ok=True)
    return checked


def _read(path: Path) -> Run | None:
    """Open a run; None where it is none, was cut, or was joined into another meanwhile."""
    try:
        with open(path, "rb") as file:
            magic, length, crc = _HEAD.unpack(file.read(_HEAD.size))
            head = json.loads(file.read(length))
        start, n_rows = _HEAD.size + length, int(head["rows"])
        if magic != _MAGIC or path.stat().st_size != start + n_rows * _ROW_BYTES:
            return None
        # by its name: numpy resolves a Path, folder by folder
        data: NDArray = np.memmap(str(path), np.uint8, "r") if n_rows else np.zeros(start, np.uint8)
        columns = {}
        for name, kind in _COLUMNS:
            columns[name] = data[start : start + n_rows * np.dtype(kind).itemsize].view(kind)
            start += columns[name].nbytes
        return Run(int(head["level"]), tuple(head["files"]), crc=crc, **columns)
    except (OSError, ValueError, KeyError, TypeError, struct.error):
        return None
