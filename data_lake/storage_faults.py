"""Why a place cannot be written to, in words that say what to do.

Asked before the storage library tries: where it meets a full or read-only disk, one of its threads panics and prints a
trace of its own to the terminal, whatever the caller does with the error.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .errors import DiskFull, LakeError

_ROOM_BYTES = 64 * 2**10  # for a commit in the log and a run of the index
_NUMBER = re.compile(r"(?:os error |Errno )(\d+)")


def check_writable(uri: str, verb: str = "written", rows: pa.Table | None = None, n_bytes: int = 0) -> None:
    """Refuse a table on a local disk that cannot be written to, or has no room for some rows or bytes.

    Raises:
        LakeError: no right, or a file system that is mounted read-only.
        DiskFull: too little space.
    """
    if "://" in uri:
        return
    if forbidden := _forbidden(uri):
        raise LakeError(f"table {uri} cannot be {verb}: {forbidden}")
    if full := _too_full(uri, rows, n_bytes):
        raise DiskFull(f"table {uri} cannot be {verb}: {full}")


def not_written(uri: str, verb: str, error: BaseException) -> LakeError:
    """The error to raise where the storage refused: table, reason, what to do."""
    text = (str(error).splitlines() or [type(error).__name__])[0]
    found = _NUMBER.search(str(error))
    number = getattr(error, "errno", None) or (int(found[1]) if found else None)
    reason = None if "://" in uri else _forbidden(uri)
    if reason is None and number in (errno.ENOSPC, errno.EDQUOT):
        share = f"the disk or the user's share of it is full ({_free(uri)} free)"
        return DiskFull(f"table {uri} cannot be {verb}: {share}; {_MAKE_ROOM}")
    if reason is None and number == errno.EFBIG:
        reason = "a file would grow beyond what this user may write (ulimit -f); raise the limit and run the same again"
    return LakeError(f"table {uri} cannot be {verb}: {reason or text}")


_MAKE_ROOM = (
    "nothing of this write is stored: make room (`mmflywheel lake gc --remove` removes files that nobody reads any "
    "more), then run the same again"
)


def _forbidden(uri: str) -> str | None:
    place = Path(uri)
    folders = [place, place / "_delta_log"] if place.exists() else [_nearest(place)]
    for folder in folders:
        if not folder.exists() or os.access(folder, os.W_OK | os.X_OK):
            continue
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return (
                "its file system is mounted read-only, so it can be read only; mount it for writing, or work on a copy "
                "of the lake (--workspace)"
            )
        return (
            f"this user (number {os.geteuid()}) may not write to {folder}, which belongs to user "
            f"{folder.stat().st_uid}, so the lake can be read only; get the right to write, or work on a copy of the "
            "lake (--workspace)"
        )
    return None


def _too_full(uri: str, rows: pa.Table | None, n_bytes: int) -> str | None:
    free = shutil.disk_usage(_nearest(Path(uri))).free
    needed = n_bytes + _ROOM_BYTES + (0 if rows is None else rows.nbytes)
    if free < needed and rows is not None:
        needed = n_bytes + _ROOM_BYTES + _stored_bytes(rows)
    if free >= needed:
        return None
    return f"the disk is full: {_free(uri)} free, some {needed / 2**20:.1f} MiB needed; {_MAKE_ROOM}"


def _stored_bytes(rows: pa.Table) -> int:
    """Size of the rows as a file, by writing them to memory: done only where they would not fit uncompressed."""
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, row_group_size=16, compression="zstd", compression_level=1)
    return sink.getvalue().size


def _free(uri: str) -> str:
    if "://" in uri:
        return "unknown space"
    return f"{shutil.disk_usage(_nearest(Path(uri))).free / 2**20:.1f} MiB"


def _nearest(place: Path) -> Path:
    """The folder itself, or the closest one above it that exists."""
    while not place.exists():
        place = place.parent
    return place
