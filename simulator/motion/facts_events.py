"""Repetitions, footfalls and jumps of a motion, each with its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from simulator.body.skeleton import JOINT

from .facts_signals import PROMINENCES, SIDES
from .rotations import length
from .strokes import Array

STANCE_SPEED_MPS = 0.45
"""A foot slower than this near the floor carries weight."""
STANCE_HEIGHT_M = 0.07
MIN_STANCE_S = 0.06
MIN_STEP_M = 0.06
"""Least way over the floor, or half of it upwards, that makes a step of a foot's move."""
MIN_FLIGHT_S = 0.08
FLIGHT_HEIGHT_M = 0.025
FEET_LEAD_M = 0.16
"""Feet of a jump leave and meet the floor side by side, no farther apart forward than this."""
FEET_TOGETHER_S = 0.12
"""Feet of a jump leave the floor within this time of each other; those of a run do not."""


@dataclass(frozen=True)
class Extreme:
    """One highest or lowest point of a signal: when, its value, and how far it stands out on both sides."""

    time_s: float
    value: float
    prominence: float

    def to_list(self) -> list[float]:
        """Time, value, prominence, rounded to what is known of them."""
        return [round(self.time_s, 2), round(self.value, 3), round(self.prominence, 3)]


@dataclass(frozen=True)
class Footfall:
    """One foot set down: when, which, and how far from where it was lifted, m over the floor."""

    time_s: float
    side: str
    step_m: float


@dataclass(frozen=True)
class JumpFact:
    """One flight of both feet: take-off, landing, rise of the pelvis above standing, way ahead in the air."""

    takeoff_s: float
    landing_s: float
    height_m: float
    across_m: float


def find_extremes(signals: dict[str, Array], rate_hz: float) -> dict[str, dict[str, list[Extreme]]]:
    """signal -> {"peaks": [...], "troughs": [...]}; signals that stay within their threshold are left out."""
    found = {}
    for name, values in signals.items():
        least = PROMINENCES[name]
        if np.ptp(values) < least:
            continue
        both = {"peaks": _peaks(values, least, rate_hz), "troughs": _peaks(-values, least, rate_hz, -1.0)}
        if both["peaks"] or both["troughs"]:
            found[name] = both
    return found


def _peaks(values: Array, least: float, rate_hz: float, sign: float = 1.0) -> list[Extreme]:
    places, shape = find_peaks(values, prominence=least)
    return [
        Extreme(float(place / rate_hz), float(sign * values[place]), float(prominence))
        for place, prominence in zip(places, shape["prominences"], strict=True)
    ]


def find_footfalls(joints: Array, rate_hz: float, jumps: Sequence[JumpFact] = ()) -> list[Footfall]:
    """Every setting down of a foot that had moved, in order of time; landings of jumps are no steps."""
    found = []
    for side in SIDES:
        ball = joints[:, JOINT[f"{side}_foot"]]
        planted = _planted(ball, rate_hz)
        edges = np.flatnonzero(np.diff(planted.astype(np.int8)))
        for lift, land in pairwise(edges):
            if planted[lift + 1]:
                continue  # this edge set the foot down
            way = float(np.linalg.norm(ball[land + 1, :2] - ball[lift, :2]))
            rise = float(ball[lift : land + 1, 2].max() - min(ball[lift, 2], ball[land + 1, 2]))
            if way >= MIN_STEP_M or rise >= 0.5 * MIN_STEP_M:
                found.append(Footfall(float((land + 1) / rate_hz), side, way))
    steps = [
        footfall
        for footfall in found
        if not any(jump.takeoff_s <= footfall.time_s <= jump.landing_s + FEET_TOGETHER_S for jump in jumps)
    ]
    return sorted(steps, key=lambda footfall: footfall.time_s)


def _planted(ball: Array, rate_hz: float) -> NDArray[np.bool_]:
    floor = float(np.quantile(ball[:, 2], 0.02))
    place = gaussian_filter1d(ball, 0.02 * rate_hz, axis=0, mode="nearest")
    speed = length(np.gradient(place, axis=0)) * rate_hz
    planted = (speed < STANCE_SPEED_MPS) & (ball[:, 2] < floor + STANCE_HEIGHT_M)
    return _without_short(planted, round(MIN_STANCE_S * rate_hz))


def _without_short(mask: NDArray[np.bool_], n_least: int) -> NDArray[np.bool_]:
    """The mask without runs (true or false, not at the ends) shorter than n_least."""
    kept = mask.copy()
    for value in (True, False):
        edges = np.flatnonzero(np.diff(kept.astype(np.int8))) + 1
        for start, end in pairwise(edges):
            if kept[start] == value and end - start < n_least:
                kept[start:end] = not value
    return kept


def _lead_m(joints: Array) -> float:
    """How far the left foot of one pose (24, 3) is ahead of the right one, seen from the hips, m."""
    across = (joints[JOINT["left_hip"]] - joints[JOINT["right_hip"]])[:2]
    ahead = np.array([across[1], -across[0]]) / max(float(np.linalg.norm(across)), 1e-9)
    apart = joints[JOINT["left_foot"]] - joints[JOINT["right_foot"]]
    return float(apart[:2] @ ahead)


def find_jumps(joints: Array, rate_hz: float, stand_height_m: float) -> list[JumpFact]:
    """Flights in which both feet leave the floor together and land together."""
    soles = joints[:, [JOINT["left_foot"], JOINT["right_foot"]], 2]
    floor = np.quantile(soles, 0.05, axis=0)
    lifted = np.asarray(np.greater(soles, floor + FLIGHT_HEIGHT_M), dtype=np.bool_)
    flying = _without_short(np.logical_and(lifted[:, 0], lifted[:, 1]), round(MIN_FLIGHT_S * rate_hz))
    pelvis = joints[:, JOINT["pelvis"]]
    edges = np.flatnonzero(np.diff(flying.astype(np.int8))) + 1
    together = round(FEET_TOGETHER_S * rate_hz)
    found = []
    for takeoff, landing in pairwise(edges.tolist()):
        if not flying[takeoff] or pelvis[takeoff:landing, 2].max() < 0.9 * stand_height_m:
            continue  # a body that lies with its feet up does not jump
        before = max(takeoff - together, 0)
        after = min(landing + together, len(lifted) - 1)
        if lifted[before].any() or lifted[after].any():
            continue  # one foot left much earlier or lands much later: a step of a run, a kick
        if abs(_lead_m(joints[takeoff])) > FEET_LEAD_M or abs(_lead_m(joints[landing])) > FEET_LEAD_M:
            continue  # one foot goes before the other: a hop on one leg, a skip
        height = float(pelvis[takeoff:landing, 2].max() - stand_height_m)
        across = float(np.linalg.norm(pelvis[landing - 1, :2] - pelvis[takeoff, :2]))
        found.append(JumpFact(float(takeoff / rate_hz), float(landing / rate_hz), height, across))
    return found
