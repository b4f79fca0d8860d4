"""What a person does on the whole, in order: travelling, turning, going down, lying, getting up, still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, median_filter

from simulator.body.skeleton import JOINT

from .facts_events import JumpFact
from .rotations import cross, length
from .strokes import Array

SMOOTHING_S = 0.22
"""Gaussian width of pelvis path and facing before their speeds are taken: a step's sway goes, its way stays."""
TRAVEL_MPS, MIN_TRAVEL_M = 0.10, 0.30
TURN_DEG_PER_S, MIN_TURN_DEG = 9.0, 11.0
MIN_SEGMENT_S = 0.25
PUSH_OFF_S = 0.3
"""Before a take-off and after a landing that belong to the jump."""
STILL_MPS = 0.10
"""Mean speed of all joints below which somebody only stands and sways."""
LOW, DOWN, MOVED = 0.78, 0.36, 0.04
"""Shares of the standing height: pelvis of a lowered body, of one on the floor; change that is no longer sway."""

DIP = 0.62
"""Share of the standing height that bouncing gaits may sink to without going down."""
BRISK_MPS = 0.5

Labels = NDArray[np.str_]


@dataclass(frozen=True)
class Segment:
    """One stretch of a motion.

    kind: still, acting (limbs or trunk move in place), travelling, jumping, turning, going_down, low,
    on_floor, getting_up. The numbers are those between its ends; top_speed_mps is the largest smoothed speed of the
    pelvis over the floor.
    """

    kind: str
    start_s: float
    end_s: float
    path_m: float
    top_speed_mps: float
    turn_deg: float
    height_change_m: float


@dataclass(frozen=True)
class PostureSpan:
    """How the body is held for a while: stand, bend, sit, squat, kneel, hands_and_knees, sit_floor, lie_*."""

    posture: str
    start_s: float
    end_s: float


def find_segments(
    joints: Array, facing_rad: Array, rate_hz: float, stand_height_m: float, jumps: Sequence[JumpFact] = ()
) -> list[Segment]:
    """Cut a motion into segments that follow each other without gaps.

    Args:
        joints: (T, 24, 3), m.
        facing_rad: (T,) unwrapped.
        rate_hz: frames per second.
        stand_height_m: pelvis of this body in a relaxed stand.
        jumps: its flights, which are told from other ways to move on.
    """
    pelvis = joints[:, JOINT["pelvis"]]
    planar = _smooth(pelvis[:, :2], rate_hz)
    speed = length(np.gradient(planar, axis=0)) * rate_hz
    turned = np.degrees(_smooth(_feet_yaw(joints, facing_rad)[:, None], rate_hz)[:, 0])
    height = gaussian_filter1d(pelvis[:, 2], 0.05 * rate_hz, mode="nearest")
    moving = length(np.gradient(joints, axis=0)).mean(axis=1) * rate_hz
    labels = np.where(gaussian_filter1d(moving, 0.15 * rate_hz) > STILL_MPS, "acting", "still").astype("<U12")
    rate = np.abs(np.gradient(turned)) * rate_hz
    _mark(labels, rate > TURN_DEG_PER_S, "turning", lambda a, b: abs(turned[b] - turned[a]) > MIN_TURN_DEG)
    _mark(labels, speed > TRAVEL_MPS, "travelling", lambda a, b: _way(planar, a, b) > MIN_TRAVEL_M)
    _mark_heights(labels, height, stand_height_m, speed > BRISK_MPS)
    crawling = (labels == "low") & (speed > TRAVEL_MPS)
    _mark(labels, crawling, "travelling", lambda a, b: _way(planar, a, b) > MIN_TRAVEL_M)
    for jump in jumps:
        first, last = jump.takeoff_s - PUSH_OFF_S, jump.landing_s + PUSH_OFF_S
        labels[max(round(first * rate_hz), 0) : round(last * rate_hz)] = "jumping"
    _give_back_short_ways(labels, planar)
    return [
        Segment(
            str(kind),
            start / rate_hz,
            end / rate_hz,
            float(speed[start:end].sum() / rate_hz),
            float(speed[start : end + 1].max()),
            float(np.degrees(facing_rad[end] - facing_rad[start])),
            float(height[end] - height[start]),
        )
        for kind, start, end in _runs(_settled(labels, rate_hz))
    ]


def _feet_yaw(joints: Array, facing_rad: Array) -> Array:
    """(T,) direction of the feet: a body that twists over planted feet does not turn."""
    yaws = []
    for side in ("left", "right"):
        foot = joints[:, JOINT[f"{side}_foot"]] - joints[:, JOINT[f"{side}_ankle"]]
        yaws.append(np.unwrap(np.arctan2(foot[:, 0], -foot[:, 1])))
    yaw = 0.5 * (yaws[0] + yaws[1])
    return np.where(np.abs(facing_rad - facing_rad[0]).max() > 1e-9, yaw, facing_rad)


def _way(planar: Array, first: int, last: int) -> float:
    """Farthest from the beginning of the stretch that it leads."""
    return float(length(planar[first : last + 1] - planar[first]).max())


def _mark(labels: Labels, mask: NDArray[np.bool_], kind: str, holds: object) -> None:
    assert callable(holds)
    for value, start, end in _runs(mask):
        if value and holds(start, end):
            labels[start:end] = kind


def _mark_heights(labels: Labels, height: Array, stand_height_m: float, brisk: NDArray[np.bool_]) -> None:
    """Lowered stretches: the way down, the time below, the way up; a dip of somebody on the way is none."""
    for below, start, end in _runs(height < LOW * stand_height_m):
        if not below:
            continue
        bottom = height[start:end].min()
        if bottom > DIP * stand_height_m and brisk[start:end].all():
            continue
        first = _upward_end(height[: start + 1][::-1], stand_height_m)
        last = _upward_end(height[end:], stand_height_m)
        low_at = np.flatnonzero(height[start:end] < bottom + MOVED * stand_height_m) + start
        labels[low_at[0] : low_at[-1] + 1] = "on_floor" if bottom < DOWN * stand_height_m else "low"
        if start > 0:
            labels[start - first : low_at[0]] = "going_down"
        if end < len(height) - 1:
            labels[low_at[-1] + 1 : end + last + 1] = "getting_up"


def _give_back_short_ways(labels: Labels, planar: Array) -> None:
    """What is left of a way beside a fall or a seat is part of going down or up, not of travelling."""
    runs = _runs(labels)
    for index, (kind, start, end) in enumerate(runs):
        if kind == "travelling" and _way(planar, start, end) < MIN_TRAVEL_M:
            following = runs[index + 1][0] if index + 1 < len(runs) else ""
            before = runs[index - 1][0] if index else ""
            around = [
                following if following == "going_down" else "",
                before if before == "getting_up" else "",
            ]
            labels[start:end] = next((name for name in around if name), "acting")


def _upward_end(height: Array, stand_height_m: float) -> int:
    """How many frames the height goes on rising, to within the sway of where it stays."""
    falling = np.flatnonzero(np.diff(height) <= 0.0)
    top = int(falling[0]) if len(falling) else len(height) - 1
    near = np.flatnonzero(height[: top + 1] > height[top] - 0.5 * MOVED * stand_height_m)
    return int(near[0]) if len(near) else top


def _settled(labels: Labels, rate_hz: float) -> Labels:
    """The labels with stretches below the shortest one given to their longer neighbour."""
    least = round(MIN_SEGMENT_S * rate_hz)
    labels = labels.copy()
    while True:
        runs = _runs(labels)
        short = [run for run in runs if run[2] - run[1] < least]
        if not short or len(runs) == 1:
            return labels
        _, start, end = min(short, key=lambda run: run[2] - run[1])
        index = next(i for i, run in enumerate(runs) if run[1] == start)
        around = [runs[i] for i in (index - 1, index + 1) if 0 <= i < len(runs)]
        labels[start : end + (end == len(labels) - 1)] = max(around, key=lambda run: run[2] - run[1])[0]


def _runs(values: NDArray[np.generic]) -> list[tuple[object, int, int]]:
    """(value, first, last) of stretches of equal values; each ends where the next begins."""
    edges = np.flatnonzero(values[1:] != values[:-1]) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(values) - 1]
    return [(values[start], start, end) for start, end in zip(starts, ends, strict=True)]


def _smooth(values: Array, rate_hz: float) -> Array:
    return gaussian_filter1d(values, SMOOTHING_S * rate_hz, axis=0, mode="nearest")


def find_postures(joints: Array, rate_hz: float, stand_height_m: float) -> list[PostureSpan]:
    """Postures over time, told by the heights of pelvis, knees and hands and the slope of the trunk."""

    def at(name: str) -> Array:
        return joints[:, JOINT[name]]

    share = at("pelvis")[:, 2] / stand_height_m
    up = at("neck") - at("pelvis")
    across = at("left_shoulder") - at("right_shoulder")
    upright = up[:, 2] / length(up)
    belly = cross(across, up)
    belly_up = belly[:, 2] / length(belly)
    knee = np.minimum(at("left_knee")[:, 2], at("right_knee")[:, 2]) / stand_height_m
    hands = np.minimum(at("left_wrist")[:, 2], at("right_wrist")[:, 2]) / stand_height_m
    ankles = 0.5 * (at("left_ankle") + at("right_ankle"))
    behind = length((ankles - at("pelvis"))[:, :2]) / stand_height_m
    conditions = [
        (share < 0.34) & (upright < 0.6) & (belly_up > 0.5),
        (share < 0.34) & (upright < 0.6) & (belly_up < -0.5),
        (share < 0.34) & (upright < 0.6),
        (share < 0.34) & (knee > share),
        (share < 0.34),
        (share < LOW) & (upright < 0.45) & (hands < 0.25) & (knee < 0.16),
        (share < LOW) & (knee < 0.16),
        (share < LOW) & (behind > 0.30),
        (share < LOW),
        (upright < 0.72),
    ]
    names = ["lie_back", "lie_front", "lie_side", "sit_floor", "sit_floor", "hands_and_knees"]
    names += ["kneel", "sit", "squat", "bend"]
    order = [*dict.fromkeys([*names, "stand"])]
    codes = np.select(conditions, [order.index(name) for name in names], order.index("stand"))
    codes = median_filter(codes, size=max(3, round(0.2 * rate_hz) | 1), mode="nearest")
    spans = [(order[int(str(code))], start, end) for code, start, end in _runs(codes)]
    return [
        PostureSpan(name, start / rate_hz, end / rate_hz)
        for name, start, end in spans
        if end - start >= MIN_SEGMENT_S * rate_hz
    ]
