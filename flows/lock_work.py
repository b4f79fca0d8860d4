"""Two runs that want the same thing made: one makes it, the other waits and finds it."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def sole_maker(result: Path) -> Iterator[bool]:
    """Wait until no other process makes `result`; tell whether it is still to be made.

    The lock ends with its process, so a killed maker blocks nobody; what it had begun to write is removed. On storage
    without file locks (some network file systems) the work may be done twice, with equal results.
    """
    result.parent.mkdir(parents=True, exist_ok=True)
    lock = result.parent / f".{result.name}.lock"
    with lock.open("a") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
            remove_unfinished(result)
        yield not result.exists()


def remove_unfinished(result: Path) -> None:
    """Remove what makers of `result` that were killed have left beside it; the lock must be held."""
    for left in result.parent.glob(f".{result.name}.partial-*"):
        shutil.rmtree(left, ignore_errors=True)
