"""HumanML3D's `texts/ID.txt`: captions of a motion, some of only a part of it."""

from __future__ import annotations

import math
from pathlib import Path

from .manifest import CaptionedPart


def read_texts(path: Path) -> tuple[tuple[str, ...], tuple[CaptionedPart, ...], tuple[str, ...]]:
    """Captions of the whole motion, of parts of it, and notes on what is missing or faulty.

    A line is `caption#tokens#start#end`, seconds; `0.0#0.0` means all of it. A tag that is NaN counts as 0.0,
    as in the public loaders. Captions of one part stay together.
    """
    if not path.is_file():
        return (), (), (f"it has no captions: there is no {path.parent.name}/{path.name}",)
    whole: list[str] = []
    parts: dict[tuple[float, float], list[str]] = {}
    n_faulty = 0
    for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
        if not line.strip():
            continue
        tags = _tags(line)
        if tags is None:
            n_faulty += 1
            continue
        caption, start_s, end_s = tags
        if start_s == end_s == 0.0:
            whole.append(caption)
        else:
            parts.setdefault((start_s, end_s), []).append(caption)
    notes = []
    if n_faulty:
        notes.append(f"{n_faulty} lines of {path.name} are no caption#tokens#start#end: left out")
    if not whole and not parts:
        notes.append(f"it has no captions: {path.name} holds none")
    captioned = tuple(
        CaptionedPart(start_s=start, end_s=end, captions=tuple(texts))
        for (start, end), texts in sorted(parts.items())
    )
    return tuple(whole), captioned, tuple(notes)


def _tags(line: str) -> tuple[str, float, float] | None:
    fields = line.strip().rsplit("#", 3)
    if len(fields) != 4 or not fields[0].strip():
        return None
    try:
        start_s, end_s = (0.0 if math.isnan(float(tag)) else float(tag) for tag in fields[2:])
    except ValueError:
        return None
    is_whole = start_s == end_s == 0.0
    if not is_whole and not 0.0 <= start_s < end_s < math.inf:
        return None
    return fields[0].strip(), start_s, end_s
