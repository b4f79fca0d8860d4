"""The file that a recording or an imported map came from, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCRIPT_MADE = "script"


def source_of(story: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return where what a story is about was taken from; None where it was made from a script or is no motion or map.

    Returns:
        `file` (path in the imported folder), `sha256`, `collection` (who or what it is from), `part_of` (the record
        that listed it), `licence`, `may_ship`; None for what nobody said.
    """
    sample, motion, clip = story["sample"], story["motion"], story["clip"]
    if clip is not None:
        return _source(clip, clip["file"], clip["sha256"], clip["source"], clip["name"])
    if motion is not None:
        if motion["source"] == SCRIPT_MADE:
            return None
        return _source(motion, None, motion["source_hash"], motion["source"], None)
    if sample is not None and imported_facts(sample):
        facts = sample["facts"]
        return _source(sample, facts["file"], facts["sha256"], None, facts.get("record"))
    return None


def imported_facts(sample: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an import noted of a map's file; empty for simulated samples."""
    facts = sample.get("facts")
    return facts if isinstance(facts, Mapping) and {"file", "sha256"} <= set(facts) else {}


def _source(
    row: Mapping[str, Any], file: str | None, sha256: str | None, collection: str | None, part_of: str | None
) -> dict[str, Any]:
    return {
        "file": file,
        "sha256": sha256,
        "collection": collection,
        "part_of": part_of,
        "licence": row["licence"],
        "may_ship": row["may_ship"],
    }
