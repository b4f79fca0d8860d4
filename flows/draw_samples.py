"""From lake rows to pictures with axes in seconds and metres per second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from data_lake import VersionReader, decode_row
from evaluation import Spectrogram

SPECTROGRAM_COLUMNS = [
    "sample_id", "activity", "view", "range_m", "n_valid_frames", "doppler_time", "shape", "dtype", "db_offset",
    "db_step", "frame_rate_hz", "velocity_step_mps",
]  # fmt: skip


def spectrogram_of(row: Mapping[str, Any]) -> Spectrogram:
    """A row of `samples` as a picture's content."""
    db = decode_row(row)
    frames, bins = db.shape
    return Spectrogram(
        db=db,
        time_s=np.arange(frames) / row["frame_rate_hz"],
        velocity_mps=(np.arange(bins) - bins // 2) * row["velocity_step_mps"],
        title=title_of(row),
        n_valid=row["n_valid_frames"],
    )


def title_of(row: Mapping[str, Any]) -> str:
    """Activity, view and range, as far as they are known: recordings of a real radar may state none of them."""
    view = f", view {row['view']}" if row["view"] else ""
    distance = f", {row['range_m']:.1f} m" if row["range_m"] is not None else ""
    return f"{(row['activity'] or 'unlabelled').replace('_', ' ')}{view}{distance}"


def pictured_samples(reader: VersionReader, count: int, split: str | None = "test") -> list[Spectrogram]:
    """One sample (of a split) of each of the most frequent activities, nearest to facing the radar (view A) first."""
    rows = reader.samples(split, ["sample_id", "activity", "view"]).to_pylist()
    by_activity: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_activity[row["activity"] or ""].append(row)
    frequent = sorted(by_activity, key=lambda activity: (-len(by_activity[activity]), activity))[:count]
    chosen = [
        min(by_activity[activity], key=lambda row: (row["view"] or "", row["sample_id"]))
        for activity in sorted(frequent)
    ]
    ids = {row["sample_id"] for row in chosen}
    table = reader.samples(split, SPECTROGRAM_COLUMNS)
    return [spectrogram_of(row) for row in table.to_pylist() if row["sample_id"] in ids]
