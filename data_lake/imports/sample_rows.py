"""Imported maps as rows of the table `samples`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..identity import canonical_json, content_id
from ..splits import split_of
from ..tensor_codec import DEFAULT_CODEC, TENSOR_SHAPE, encode_db
from .mmexpert_records import WaveRecord
from .wave_maps import MapReading

WAVE_IMPORT_VERSION = "1"
"""Counts up whenever the same files and words make other rows."""
UNCALIBRATED, CUT = "level_uncalibrated", "cut_at_496_frames"
IMPORT_FLAGS = {
    UNCALIBRATED: "nobody said what its magnitudes are in dBm: levels compare within its import only",
    CUT: "the recording goes on behind the last frame",
}


@dataclass(frozen=True)
class WaveOrigin:
    """What is said of all maps of an import.

    Attributes:
        radar: the columns radar_name, radar_hash, frame_rate_hz and velocity_step_mps.
        reference_dbm: dBm of magnitude 1; calibrated says whether somebody measured that, or it was chosen.
    """

    origin: str
    radar: Mapping[str, Any]
    reading: MapReading
    reference_dbm: float
    calibrated: bool
    licence: str | None
    may_ship: bool | None
    config_hash: str
    code_version: str


def imported_sample_id(about: WaveOrigin, record: WaveRecord, view: str | None, sha256: str) -> str:
    """Identity of an imported sample: its file, how it was read, and all that is said of it."""
    words = {"label": record.label, "captions": [list(one) for one in record.captions],
             "questions": [dict(one) for one in record.questions], "family": record.family}  # fmt: skip
    said = {"origin": about.origin, "licence": about.licence, "may_ship": about.may_ship}
    law = {"reference_dbm": about.reference_dbm, "calibrated": about.calibrated, "codec": vars(DEFAULT_CODEC)}
    identity = {"file": sha256, "view": view, "reading": about.reading.to_dict(), "radar": dict(about.radar)}
    return content_id("smp", {**identity, **words, **said, **law, "import": WAVE_IMPORT_VERSION})


def file_sha256(path: Path) -> str:
    """The hash of a map's file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def imported_sample_row(
    about: WaveOrigin,
    record: WaveRecord,
    view: str | None,
    file: str,
    hashes: tuple[str, str],
    levels_db: NDArray[np.float64],
) -> dict[str, Any]:
    """The row of one map.

    Args:
        about: what is said of the whole import.
        record: the motion or recording.
        view: its letter, or None.
        file: path of the file, as provenance.
        hashes: SHA-256 of the record's first file (which names the recording) and of this one.
        levels_db: [T, 128], dB relative to magnitude 1.
    """
    n_valid = min(len(levels_db), TENSOR_SHAPE[0])
    amplitude = np.zeros(TENSOR_SHAPE)
    amplitude[:n_valid] = 10.0 ** ((levels_db[:n_valid] + about.reference_dbm) / 20.0)
    clip_id = content_id("clp", {"content": hashes[0]})
    family = content_id("clp", {"family": record.family}) if record.family else clip_id
    flags = [] if about.calibrated else [UNCALIBRATED]
    flags += [CUT] if len(levels_db) > n_valid else []
    provenance = {
        "file": file, "sha256": hashes[1], "record": record.name, "given_split": record.given_split,
        "n_frames_in_file": len(levels_db), "duration_s": n_valid / about.radar["frame_rate_hz"],
        "reading": about.reading.to_dict(), "reference_dbm": about.reference_dbm, "import": WAVE_IMPORT_VERSION,
    }  # fmt: skip
    return {
        "sample_id": imported_sample_id(about, record, view, hashes[1]),
        "motion_id": None,
        "script_id": None,
        "clip_id": clip_id,
        "family_key": family,
        "split": split_of(family),
        "origin": about.origin,
        "activity": record.label,
        "view": view,
        **about.radar,
        "config_hash": about.config_hash,
        "n_valid_frames": n_valid,
        **DEFAULT_CODEC.columns(encode_db(amplitude, n_valid)),
        "captions": [{"text": text, "style": style} for text, style in record.captions],
        "qa_pairs": [dict(pair) for pair in record.questions],
        "facts": canonical_json(provenance),
        "quality_flags": flags,
        "licence": about.licence,
        "may_ship": about.may_ship,
        "author": "import mmexpert",
        "code_version": about.code_version,
    }
