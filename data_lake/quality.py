"""The quality gate: what a samples row must be before it may enter the lake."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .errors import InvalidInput
from .identity import canonical_json, content_id
from .rows import Row
from .schemas import SAMPLES
from .splits import split_of
from .tensor_codec import MAPS, TENSOR_SHAPE, TensorCodec, codes_of

ORIGINS = ("script", "mocap", "real")
_SIMULATED = ("motion_id", "view", "range_m", "azimuth_deg", "heading_deg", "radar_height_m", "noise_seed")


@dataclass(frozen=True)
class Rejected:
    """A row that the gate turned away, and every reason."""

    row: Row
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class QualityReport:
    """What the gate decided on some rows."""

    accepted: tuple[Row, ...]
    rejected: tuple[Rejected, ...]
    floor_share: float
    """Share of the accepted rows' valid cells at code 0: at or below the floor of the dB law."""
    ceiling_share: float
    """Share of them at the largest code: at or above its ceiling."""


def check_rows(rows: Sequence[Row]) -> QualityReport:
    """Sort samples rows into those that may enter the lake and those that may not, with reasons.

    Checked: every required column, shape, dtype and length of the codes, the valid frames, codes that are
    not all zero, padding that is, finite numbers, captions and QA pairs with text, answers among their
    options, facts that are JSON, the split that the family key gives, and ids that occur once (the first good
    row stays).
    """
    accepted: list[Row] = []
    rejected: list[Rejected] = []
    seen: set[object] = set()
    at_floor = at_ceiling = n_cells = 0
    for row in rows:
        reasons = [
            *_identity_faults(row, seen),
            *_number_faults(row),
            *_text_faults(row),
            *_tensor_faults(row),
        ]
        if reasons:
            rejected.append(Rejected(row, tuple(reasons)))
            continue
        accepted.append(row)
        seen.add(row["sample_id"])
        codes = codes_of(row)[: int(row["n_valid_frames"])]  # type: ignore[call-overload]
        at_floor += int(np.count_nonzero(codes == 0))
        at_ceiling += int(np.count_nonzero(codes == np.iinfo(codes.dtype).max))
        n_cells += codes.size
    cells = max(n_cells, 1)
    return QualityReport(tuple(accepted), tuple(rejected), at_floor / cells, at_ceiling / cells)


def quarantine_row(rejected: Rejected, shard: str) -> dict[str, object]:
    """Make the quarantine row of a refused samples row; odd values are written as Python shows them."""
    plain = {
        name: value if isinstance(value, (str, bool, int)) or value is None else repr(value)
        for name, value in rejected.row.items()
        if name not in SAMPLES.tensor_columns
    }
    tensor = rejected.row.get("doppler_time")
    content = {
        **plain,
        "tensor": tensor if isinstance(tensor, bytes) else repr(tensor),
        "why": rejected.reasons,
    }
    return {
        "quarantine_id": content_id("quarantine", {str(name): value for name, value in content.items()}),
        "sample_id": None if rejected.row.get("sample_id") is None else str(rejected.row["sample_id"]),
        "reasons": list(rejected.reasons),
        "row": canonical_json({str(name): value for name, value in plain.items()}),
        "shard": shard,
    }


def _identity_faults(row: Row, seen: set[object]) -> list[str]:
    faults = []
    filled_in_later = {"run_id", "created_at"}
    missing = [
        n for n in SAMPLES.schema.names if n in SAMPLES.required - filled_in_later and row.get(n) is None
    ]
    if missing:
        faults.append(f"no value for {', '.join(missing)}")
    if row.get("sample_id") in seen:
        faults.append("the sample_id occurs twice")
    origin = row.get("origin")
    if origin not in ORIGINS:
        faults.append(f"origin {origin!r} is none of {', '.join(ORIGINS)}")
    elif origin == "script" or (origin == "mocap" and row.get("simulator_version") is not None):
        # without our simulator's version it is a map that another tool simulated, and states no motion or placement
        absent = [name for name in _SIMULATED if row.get(name) is None]
        if absent:
            faults.append(f"a simulated sample without {', '.join(absent)}")
    if row.get("script_id") is None and row.get("clip_id") is None:
        faults.append("neither script_id nor clip_id: nobody can tell where it comes from")
    family = row.get("family_key")
    if isinstance(family, str) and family and row.get("split") != split_of(family):
        faults.append(f"split {row.get('split')!r}, but its family belongs to {split_of(family)!r}")
    elif not family:
        faults.append("family_key is empty")
    return faults


def _number_faults(row: Row) -> list[str]:
    return [
        f"{name} is {value}"
        for name, value in row.items()
        if isinstance(value, (float, np.floating)) and not math.isfinite(value)
    ]


def _text_faults(row: Row) -> list[str]:
    faults = []
    captions = row.get("captions")
    if not isinstance(captions, (list, tuple)) or not captions:
        faults.append("no captions")
    elif not all(_has_text(caption, "text") for caption in captions):
        faults.append("an empty caption")
    pairs = row.get("qa_pairs")
    for pair in pairs if isinstance(pairs, (list, tuple)) else ():
        if not (_has_text(pair, "question") and _has_text(pair, "answer")):
            faults.append("a QA pair without question or answer")
        elif pair.get("options") and pair["answer"] not in pair["options"]:
            faults.append(f"answer {pair['answer']!r} is not among its options")
    try:
        json.loads(str(row.get("facts")))
    except ValueError:
        faults.append("facts are no JSON")
    return faults


def _has_text(item: object, name: str) -> bool:
    value = item.get(name) if isinstance(item, dict) else None
    return isinstance(value, str) and bool(value.strip())


def _tensor_faults(row: Row) -> list[str]:
    if any(row.get(name) is None for name in ("doppler_time", "shape", "dtype", "db_offset", "db_step")):
        return []  # reported as missing columns
    try:
        TensorCodec(float(row["db_offset"]), float(row["db_step"]), str(row["dtype"]))  # type: ignore[arg-type]
        codes = codes_of(row)
    except InvalidInput as error:
        return [str(error)]
    if codes.shape != TENSOR_SHAPE:
        return [f"shape {list(codes.shape)}; {list(TENSOR_SHAPE)} is needed"]
    n_valid = row.get("n_valid_frames")
    if isinstance(n_valid, bool) or not isinstance(n_valid, (int, np.integer)):
        return [f"n_valid_frames {n_valid!r} is no integer"]
    if not 1 <= n_valid <= codes.shape[0]:
        return [f"n_valid_frames {n_valid} is outside 1 ... {codes.shape[0]}"]
    faults = []
    if not codes[:n_valid].any():
        faults.append("all valid frames are at the floor of the dB law: the radar saw nothing")
    for name in MAPS:
        if row.get(name) is None:
            continue
        try:
            padding = codes_of(row, name)[n_valid:]
        except InvalidInput as error:
            faults.append(str(error))
            continue
        if padding.any():
            faults.append(f"frames of {name} after n_valid_frames are not zero")
    return faults
