"""What the models said of one sample: one line of an answers file, found without reading the others."""

from __future__ import annotations

import json
import mmap
from pathlib import Path
from typing import Any

from .errors import EvaluationError

__all__ = ["find_answer"]


def find_answer(path: Path, sample_id: str) -> dict[str, Any] | None:
    """The record of one sample, or None: a binary search over the lines of an answers file.

    They stand in the order of their ids, so this takes twenty steps in a file of a million samples, and none of
    it is held in memory.

    Raises:
        EvaluationError: a line is no record of a sample.
        OSError: there is no such file, or it cannot be read.
    """
    if path.stat().st_size == 0:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        low, high = 0, len(data)  # where lines begin; the one that is wanted begins in low ... high
        while low < high:
            middle = (low + high) // 2
            start = data.rfind(b"\n", low, middle) + 1 or low
            end = data.find(b"\n", middle)
            end = len(data) if end < 0 else end
            record = _record(path, data[start:end])
            if record["sample_id"] == sample_id:
                return record
            if record["sample_id"] < sample_id:
                low = end + 1
            else:
                high = start
    return None


def _record(path: Path, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
        if isinstance(record["sample_id"], str):
            return dict(record)
    except (ValueError, KeyError, TypeError):
        pass
    raise EvaluationError(
        f"{path} is damaged: {line[:60]!r} is no answer to a sample; remove its folder and score again"
    )
