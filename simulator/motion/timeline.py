"""The timeline: named target tracks over time, onto which primitives write by smooth blending.

Axes of the engine are the body's rest axes (left, up, forward) = SMPL's (x, y, z), with the start
facing as "forward"; facing and twist are positive to the left. Angles in rad, lengths in m.

Tracks (columns):
    root: pelvis joint (left, up, forward).
    facing: heading of the whole body.
    pelvis, spine, head: pitch (forward +), roll (to the left +), twist (to the left +). The pelvis is
        relative to facing, the spine to the pelvis, the head to the chest.
    arm_left, arm_right: shoulder swing about the vertical and the forward axis, twist, elbow flexion,
        both written for a left arm (see arms.py).
    hand_left, hand_right: extension of the wrist (back of the hand towards the forearm +), 0 = straight.
    shrug: shoulder girdle elevation left, right.
    foot_left, foot_right: ball of the foot (left, clearance above the floor, forward), yaw (absolute), pitch
        (toe up +), outward swivel of the knee, roll (to the left +).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline, PchipInterpolator

from .strokes import Array, smooth, stroke, window

COLUMNS: dict[str, int] = {
    "root": 3,
    "facing": 1,
    "pelvis": 3,
    "spine": 3,
    "head": 3,
    "arm_left": 4,
    "arm_right": 4,
    "hand_left": 1,
    "hand_right": 1,
    "shrug": 2,
    "foot_left": 7,
    "foot_right": 7,
}
KEYS_SMOOTHING_S = 0.035
"""Gaussian width that turns the acceleration steps of keyed splines into continuous acceleration."""
SIDES: tuple[str, str] = ("left", "right")


def other(side: str) -> str:
    """The other side."""
    return "right" if side == "left" else "left"


def side_sign(side: str) -> float:
    """+1 for left, -1 for right."""
    return 1.0 if side == "left" else -1.0


def foot_columns(
    left: float = np.nan,
    clearance: float = np.nan,
    ahead: float = np.nan,
    yaw: float = np.nan,
    pitch: float = np.nan,
    swivel: float = np.nan,
    roll: float = np.nan,
) -> Array:
    """(7,) values of a foot track; what is not given stays as it is."""
    return np.array([left, clearance, ahead, yaw, pitch, swivel, roll])


@dataclass
class Timeline:
    """Target tracks on a fixed time grid; every track holds its last value until something moves it."""

    time_s: Array
    tracks: dict[str, Array] = field(default_factory=dict)

    @classmethod
    def at_rest(cls, duration_s: float, rate_hz: float, values: dict[str, Array]) -> Timeline:
        """A timeline of round(duration_s * rate_hz) + 1 frames at constant track values."""
        time_s = np.arange(round(duration_s * rate_hz) + 1) / rate_hz
        tracks = {}
        for name, width in COLUMNS.items():
            value = np.broadcast_to(np.asarray(values.get(name, np.zeros(width)), dtype=np.float64), (width,))
            tracks[name] = np.tile(value, (len(time_s), 1))
        return cls(time_s, tracks)

    def frame(self, time_s: float) -> int:
        """Index of the frame nearest to a time, kept within the timeline."""
        rate = 1.0 / (self.time_s[1] - self.time_s[0])
        return int(np.clip(round(time_s * rate), 0, len(self.time_s) - 1))

    def value(self, name: str, time_s: float) -> Array:
        """A copy of what a track holds at a time, as written so far."""
        return self.tracks[name][self.frame(time_s)].copy()

    def blend(self, name: str, values: ArrayLike, weight: Array) -> None:
        """Replace a track by values ((T, d), (d,) or a number; NaN keeps a column) where weight (T,) is 1."""
        track, target = self.tracks[name], np.asarray(values, dtype=np.float64)
        kept = np.isnan(target)
        change = target - track
        track += weight[:, None] * (np.where(kept, 0.0, change) if kept.any() else change)

    def ease(self, name: str, start_s: float, end_s: float, target: ArrayLike) -> None:
        """Go to a constant target by a minimum-jerk stroke and stay there."""
        self.blend(name, target, stroke(self.time_s, start_s, end_s))

    def overlay(
        self,
        name: str,
        start_s: float,
        end_s: float,
        values: ArrayLike,
        rise_s: float,
        fall_s: float,
    ) -> None:
        """Show `values` between start_s and end_s, then return to what the track held."""
        self.blend(name, values, window(self.time_s, start_s, end_s, rise_s, fall_s))

    def add(self, name: str, offsets: ArrayLike) -> None:
        """Add offsets (T, d) to a track."""
        self.tracks[name] += np.asarray(offsets, dtype=np.float64)

    def through(
        self, name: str, start_s: float, keys: Sequence[tuple[float, ArrayLike]], monotone: bool = False
    ) -> None:
        """Go from the present value through keys (time, value) on a spline that rests at both ends.

        NaN in a value leaves the column as it is. The last key's value is held. A monotone spline never
        overshoots a key (falls to the floor). Steps in acceleration at keys and ends are blurred.
        """
        times = np.array([start_s, *(time for time, _ in keys)])
        track = self.tracks[name]
        values = np.stack(
            [self.value(name, start_s), *(np.broadcast_to(v, track.shape[1:]) for _, v in keys)]
        )
        values = values.astype(np.float64)
        moved = ~np.isnan(values).any(axis=0)
        if not moved.any():
            return
        if monotone:
            spline = PchipInterpolator(times, values[:, moved])
        else:
            spline = CubicSpline(times, values[:, moved], bc_type="clamped")
        curve = spline(np.clip(self.time_s, start_s, times[-1]))
        rate_hz = 1.0 / (self.time_s[1] - self.time_s[0])
        eased = smooth(curve, KEYS_SMOOTHING_S, rate_hz)
        first = int(np.searchsorted(self.time_s, start_s))
        # The blur lets a move begin a little earlier than its first key: what comes before takes that up.
        track[:first, moved] += eased[:first] - values[0, moved]
        track[first:, moved] = eased[first:]
