"""What the scripts of a lineage page draw: a map and a skeleton, as compact base64 in JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .figures import COLOURS, Spectrogram, level_limits_db

__all__ = ["Skeleton", "page_json"]

SHOWN_RATE_HZ = 25.0
_LAST_CODE = 255
_FIRST_TURN_RAD = -0.5


@dataclass(frozen=True)
class Skeleton:
    """A moving skeleton for a page.

    Attributes:
        joints_m: (T, J, 3) joints over a floor z = 0, metres.
        rate_hz: poses per second.
        parents: of each joint, -1 for the root.
        names: of the joints; "left_..." and "right_..." are coloured, "head" gets a head.
        towards_radar_xy: direction from the body's first place to the radar; None: not told.
        note: what a reader must know, such as whose bones these are.
    """

    joints_m: NDArray[np.floating]
    rate_hz: float
    parents: Sequence[int]
    names: Sequence[str]
    towards_radar_xy: tuple[float, float] | None = None
    note: str = ""

    @property
    def duration_s(self) -> float:
        """Time from the first pose to the last."""
        return (len(self.joints_m) - 1) / self.rate_hz


def page_json(spectrogram: Spectrogram | None, skeleton: Skeleton | None) -> str:
    """The JSON that a page carries; it holds no sign that could end its script element."""
    duration_s = max(_map_s(spectrogram), skeleton.duration_s if skeleton else 0.0)
    content = {
        "map": None if spectrogram is None else _map_record(spectrogram),
        "motion": None if skeleton is None else _motion_record(skeleton),
        "shown_s": round(duration_s / 3.0, 2),
    }
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _map_s(spectrogram: Spectrogram | None) -> float:
    return 0.0 if spectrogram is None else float(spectrogram.time_s[len(spectrogram.valid_db) - 1])


def _map_record(spectrogram: Spectrogram) -> Mapping[str, object]:
    """Levels as one byte each; the law is linear in dB from the weakest to the strongest cell."""
    db = spectrogram.valid_db
    low, high = float(db.min()), float(db.max())
    step_db = max(high - low, 1e-3) / _LAST_CODE
    from_db, to_db = level_limits_db([db])
    time_s, velocity = np.asarray(spectrogram.time_s), np.asarray(spectrogram.velocity_mps)
    return {
        "frames": db.shape[0],
        "bins": db.shape[1],
        "levels": _base64(np.rint((db - low) / step_db).astype(np.uint8)),
        "colours": _base64(_colour_table()),
        "low_db": low,
        "step_db": step_db,
        "from_db": from_db,
        "to_db": to_db,
        "frame_s": float(time_s[1] - time_s[0]),
        "first_velocity": float(velocity[0]),
        "velocity_step": float(velocity[1] - velocity[0]),
        "hint": "Point at the map to read a level; click to go to that moment.",
    }


def _colour_table() -> NDArray[np.uint8]:
    from matplotlib import colormaps

    return np.rint(255 * colormaps[COLOURS](np.arange(256))[:, :3]).astype(np.uint8)


def _motion_record(skeleton: Skeleton) -> Mapping[str, object]:
    """Joints as 16-bit millimetres, at most 25 poses a second."""
    stride = max(1, round(skeleton.rate_hz / SHOWN_RATE_HZ))
    shown_mm = np.clip(np.rint(1000.0 * skeleton.joints_m[::stride]), -32768, 32767).astype("<i2")
    names = list(skeleton.names)
    sides = [1 if name.startswith("left") else 2 if name.startswith("right") else 0 for name in names]
    towards = skeleton.towards_radar_xy
    if towards is not None:
        length = float(np.hypot(*towards)) or 1.0
        towards = (towards[0] / length, towards[1] / length)
    return {
        "joints": _base64(shown_mm),
        "rate_hz": skeleton.rate_hz / stride,
        "parents": [int(parent) for parent in skeleton.parents],
        "sides": sides,
        "head": names.index("head"),
        "towards": towards,
        "turn_rad": _FIRST_TURN_RAD,
    }


def _base64(array: NDArray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
