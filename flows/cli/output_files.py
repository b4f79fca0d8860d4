"""What the commands write: whole or not at all, into a folder that is known to be one before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from data_lake import canonical_json

from .console import fail

ARRAYS_FILE = "capture.npz"
PICTURE_FILE = "capture.png"


def check_folder(out: Path) -> None:
    """End with an error where a folder neither is nor can be made; nothing is made yet."""
    there = next(path for path in (out, *out.absolute().parents) if path.exists() or path.is_symlink())
    if not there.is_dir():
        fail(f"--out {out}: {there} is not a folder; give another one, which may be new")
    if not os.access(there, os.W_OK | os.X_OK):
        fail(f"--out {out}: nothing may be written to {there}; give another folder")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its name at the end and is removed where writing fails."""
    partial = path.with_name(path.name + ".partial")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_arrays(
    arrays: Mapping[str, Any],
    n_valid_frames: int,
    flags: Sequence[str],
    made_from: Mapping[str, Any],
    path: Path,
) -> Path:
    """Arrays under their names, beside what they were made from; `made_from["radar"]` once more on its own."""
    with written_whole(path) as partial, partial.open("wb") as file:
        np.savez_compressed(
            file,
            **arrays,
            n_valid_frames=np.array(n_valid_frames),
            flags=np.array(flags, dtype=str),
            radar=np.array(canonical_json(made_from["radar"])),
            made_from=np.array(canonical_json(made_from)),
        )
    return path
