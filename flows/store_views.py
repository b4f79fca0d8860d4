"""range_time and azimuth_time as columns of `samples`, where a capture made them."""

from __future__ import annotations

from typing import Any

from data_lake import DEFAULT_CODEC, encode_db
from simulator import Capture


def view_columns(capture: Capture) -> dict[str, Any]:
    """The columns of the views beside doppler_time: none where they were not asked for."""
    columns: dict[str, Any] = {}
    for name in ("range_time", "azimuth_time"):
        view = getattr(capture, name)
        if view is not None:
            columns[name] = DEFAULT_CODEC.packed(encode_db(view, capture.n_valid_frames))
    if capture.range_m is not None:
        step_m = float(capture.range_m[1] - capture.range_m[0])
        columns |= {"range_time_start_m": float(capture.range_m[0]), "range_time_step_m": step_m}
    return columns
