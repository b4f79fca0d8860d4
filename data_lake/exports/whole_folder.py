"""A folder that appears under its name when it is complete, or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InvalidInput, LakeBusy, LakeError

_LOCK = ".lock"


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """A hidden folder beside `out` to write to; it takes the name `out` at the end, and goes where writing fails.

    What a killed process left there is cleared by the next one. A lock that ends with its process keeps two of them
    apart.

    Raises:
        InvalidInput: `out` is a file, or a folder that is not empty.
        LakeBusy: another process is writing the same folder.
        LakeError: the disk is full, or nothing may be written there.
    """
    out = Path(out).absolute()
    check_new_folder(out)
    partial = out.with_name(f".{out.name}.partial")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        with open(partial / _LOCK, "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LakeBusy(
                    f"another process is writing {out}; wait for it, or give another folder"
                ) from error
            try:
                _clear(partial)
                yield partial
                os.replace(partial, out)
                (out / _LOCK).unlink()  # not before: another process could lock, and clear, what is complete
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise
    except OSError as error:
        raise LakeError(f"{out} cannot be written: {error.strerror or error}; nothing was kept") from error


def check_new_folder(out: Path) -> None:
    """Refuse a place where something is already.

    Raises:
        InvalidInput: `out` is a file, or a folder that is not empty.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InvalidInput(f"{out} is not a folder; give the name of a new one")
    if out.is_dir() and any(out.iterdir()):
        raise InvalidInput(f"folder {out} is not empty; nothing is overwritten: give the name of a new one")


def _clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name == _LOCK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
