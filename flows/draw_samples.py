"""From lake rows to pictures with axes in seconds and metres per second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from data_lake import VersionReader, decode_row
from data_lake.tensor_codec import azimuth_axis_deg, range_axis_m
from evaluation import Spectrogram, View

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


def stored_views(row: Mapping[str, Any]) -> tuple[list[View], np.ndarray]:
    """All maps of a row of `samples` over its valid frames, dBm, with their axes; and the frames' times, s."""
    n_valid = int(row["n_valid_frames"])
    bins = int(row["shape"][1])
    velocity_mps = (np.arange(bins) - bins // 2) * row["velocity_step_mps"]
    views = [View(decode_row(row)[:n_valid], velocity_mps, "range rate in m/s (above 0: away)")]
    if row["range_time"] is not None:
        views.append(View(decode_row(row, "range_time")[:n_valid], range_axis_m(row), "range in m"))
    if row["azimuth_time"] is not None:
        degrees = azimuth_axis_deg(bins)
        views.append(
            View(decode_row(row, "azimuth_time")[:n_valid], degrees, "azimuth in degrees (above 0: right)")
        )
    return views, np.arange(n_valid) / float(row["frame_rate_hz"])


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
