"""Answers of language models, made durable one by one before anything is done with them.

Each process writes to a file of its own beside the tables and holds a lock on it while it lives. What a dead
process left is taken over by the next one that looks. Lines are JSON; one that was cut off by a crash is
ignored, because nobody has used what was never durable.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .errors import LakeError

JOURNAL_FOLDER = "_requests"  # names with an underscore are no data to readers of Delta
_SUFFIX = ".jsonl"
_CLAIMS = "claims.lock"

JournalRow = dict[str, Any]


class RequestJournal:
    """The journal of this process; its file is made with the first row. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path: Path | None = None
        self._descriptor = -1
        self._written = 0
        self._durable = 0
        self._write_lock = threading.Lock()
        self._sync_lock = threading.Lock()

    def append(self, row: Mapping[str, object]) -> None:
        """Write a row; when this returns, it survives a crash and a power failure.

        Raises:
            LakeError: the disk refuses; the row is not in the journal then.
        """
        line = json.dumps(row, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"
        with self._explained():
            with self._write_lock:
                self._write(line)
                self._written += 1
                mine = self._written
            with self._sync_lock:  # whoever waited here was synced by the one before
                if self._durable < mine:
                    reached = self._written
                    os.fsync(self._descriptor)
                    self._durable = reached

    def close(self, discard: bool) -> None:
        """Give up the file: remove it where its rows are in the table, else leave it to the next process."""
        with self._write_lock, self._sync_lock, self._explained():
            if self._descriptor < 0:
                return
            if discard and self.path is not None:
                self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, line: bytes) -> None:
        if self._descriptor < 0:
            self._create()
        end = os.lseek(self._descriptor, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except OSError:
            os.ftruncate(self._descriptor, end)
            raise

    def _create(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
            path = self.folder / f"{stamp}-{uuid.uuid4().hex[:12]}{_SUFFIX}"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_there(path, descriptor):
                break
            os.close(descriptor)  # another process saw it before it was locked, and cleared it away
        folder = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self.path, self._descriptor = path, descriptor

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LakeError(
                f"the journal of requests in {self.folder} cannot be written: {error.strerror}; without it "
                "paid answers could be lost, so no more are asked for: make room and start again"
            ) from error


class OtherJournals:
    """What other processes, alive or dead, have in their journals. Thread-safe."""

    def __init__(self, folder: Path, own: RequestJournal) -> None:
        self.folder = folder
        self._own = own
        self._read_until: dict[Path, int] = {}
        self._seen_ns = self._changed_ns()
        self._lock = threading.Lock()

    def news(self) -> tuple[list[JournalRow], bool]:
        """Rows that were added since the last call, and whether a journal may have gone (into the table).

        A journal can come and go between two calls, so any change of the folder counts as one.
        """
        with self._lock:
            rows: list[JournalRow] = []
            changed = self._changed_ns()
            is_changed, self._seen_ns = changed != self._seen_ns, changed
            paths = self._paths()
            for path in set(self._read_until) - set(paths):
                del self._read_until[path]
                is_changed = True
            for path in paths:
                try:
                    found, until = _read_rows(path, self._read_until.get(path, 0))
                except FileNotFoundError:
                    continue
                self._read_until[path] = until
                rows += found
            return rows, is_changed

    def take_over(self, keep: Callable[[list[JournalRow]], None]) -> int:
        """Hand the rows of dead processes to `keep`, then remove their files; return how many files.

        A file whose process lives is left alone, and so is everything if `keep` raises.
        """
        taken = 0
        for path in self._paths():
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_there(path, descriptor):
                    rows, _ = _read_rows(path, 0)
                    keep(rows)
                    path.unlink()
                    taken += 1
            except BlockingIOError:
                continue
            finally:
                os.close(descriptor)
        return taken

    def _changed_ns(self) -> int:
        """When a file was last made or removed in the folder."""
        try:
            return os.stat(self.folder).st_mtime_ns
        except FileNotFoundError:
            return 0

    def _paths(self) -> list[Path]:
        try:
            names = sorted(entry.name for entry in os.scandir(self.folder) if entry.name.endswith(_SUFFIX))
        except FileNotFoundError:
            return []
        return [path for path in (self.folder / name for name in names) if path != self._own.path]


class CallClaims:
    """Tells processes apart that would ask for the same thing at the same time: one holds the claim. Thread-safe.

    A claim is a lock on one byte of a file, so that it ends with its process, however that ends. Threads of
    one process are not told apart.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / _CLAIMS
        self._descriptor = -1
        self._lock = threading.Lock()

    def take(self, request_id: str) -> bool:
        """Claim a request; False: another process holds it."""
        with self._lock:
            if self._descriptor < 0:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _byte_of(request_id))
            except (BlockingIOError, PermissionError):
                return False
            return True

    def give_back(self, request_id: str) -> None:
        """End a claim."""
        with self._lock:
            if self._descriptor >= 0:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, _byte_of(request_id))

    def close(self) -> None:
        """End all claims."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1


def _byte_of(request_id: str) -> int:
    return int.from_bytes(hashlib.sha256(request_id.encode()).digest()[:7], "big")


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether the open file is still the one that the path names."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (found.st_ino, found.st_dev) == (mine.st_ino, mine.st_dev)


def _read_rows(path: Path, start: int) -> tuple[list[JournalRow], int]:
    """The whole lines from a place on, and where the next one begins."""
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size <= start:
            return [], start
        file.seek(start)
        content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    rows = []
    for line in whole.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # a line torn by a power failure: it was never acknowledged
        if isinstance(row, dict):
            rows.append(row)
    return rows, start + len(whole)
