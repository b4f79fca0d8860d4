"""What every export says of a sample beside its tensor: one list of columns, one meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# In the order of exported files; the tensor and its law come apart.
DESCRIPTION = (
    "sample_id", "split", "origin", "activity", "view", "range_m", "azimuth_deg", "heading_deg", "radar_height_m",
    "radar_name", "radar_hash", "n_valid_frames", "frame_rate_hz", "velocity_step_mps", "motion_id", "script_id",
    "clip_id", "family_key", "body_source", "noise_seed", "simulator_version", "synthesis_version", "author",
    "quality_flags", "licence", "may_ship", "code_version", "run_id",
)  # fmt: skip
TEXTS = ("captions", "qa_pairs", "facts")
TENSOR = ("doppler_time", "shape", "dtype", "db_offset", "db_step")
EXPORTED_COLUMNS = (*DESCRIPTION, *TEXTS, *TENSOR)


def described(row: Mapping[str, Any]) -> dict[str, Any]:
    """All that is known of a sample as JSON values; the tensor's law is there, the tensor is not."""
    law = {name: row[name] for name in ("shape", "dtype", "db_offset", "db_step")}
    texts = {"captions": row["captions"], "qa_pairs": row["qa_pairs"], "facts": json.loads(row["facts"])}
    return {**{name: row[name] for name in DESCRIPTION}, **law, **texts}
