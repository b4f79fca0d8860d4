"""Gestures of arms, head and trunk. Arm paths are given in chest axes, in arm lengths, for a left arm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arms import arm_pose
from ..durations import REPETITION_S
from ..stage import Stage
from ..strokes import Array, minimum_jerk, window
from ..timeline import SIDES
from ..vocabulary import Gesture
from .variation import add_tremor, uneven_phase, uneven_spans

RAISE_S, LONGEST_RAISE_S = 0.7, 0.75
"""Raising an arm; the slowest people have it up soon after the first repetition begins."""
_WITHOUT_ARMS = ("bow", "nod", "shake_head")
Slot = tuple[float, float]


def gesture(stage: Stage, step: Gesture, slot: Slot) -> None:
    """Perform a gesture within its slot."""
    sides = SIDES if step.side == "both" else (step.side,)
    _GESTURES[step.action](stage, step, slot, sides)
    if step.action not in _WITHOUT_ARMS:
        for side in sides:
            add_tremor(stage, side, held(stage, slot))


def beat_phase(stage: Stage, step: Gesture, slot: Slot) -> tuple[Array, Array]:
    """Repetitions run so far (T,), 0..count, and a window (T,) that is open while they run."""
    beside = REPETITION_S[("gesture", step.action)][0]
    start, end = slot[0] + 0.5 * beside, slot[1] - 0.5 * beside
    opened = window(stage.timeline.time_s, start - 0.15, end + 0.15, 0.3, 0.3)
    return uneven_phase(stage, start, end, step.count), opened


def held(stage: Stage, slot: Slot, rise_s: float | None = None) -> Array:
    """(T,) weight of an arm that is raised for the slot."""
    rise = min((rise_s or RAISE_S) / stage.manner.quickness, LONGEST_RAISE_S)
    return window(stage.timeline.time_s, slot[0], slot[1], rise, 1.1 * rise)


def repetitions(stage: Stage, count: int, slot: Slot, rise: float, fall: float) -> Array:
    """(T,) bumps with a plateau, one per repetition: rise and fall as shares of the repetition."""
    total = np.zeros_like(stage.timeline.time_s)
    for start, end in uneven_spans(stage, slot[0], slot[1], count):
        span, size = end - start, stage.rng.uniform(0.94, 1.05)
        total += size * window(stage.timeline.time_s, start, end, rise * span, fall * span)
    return total


def _path(*columns: Array | float) -> Array:
    return np.stack(np.broadcast_arrays(*columns), axis=-1).astype(np.float64)


def _wave(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    phase, opened = beat_phase(stage, step, slot)
    size = 0.24 * stage.manner.amplitude * stage.rng.uniform(0.85, 1.15)
    height = stage.rng.uniform(0.24, 0.42)
    # Nobody waves in a plane: the hand also goes to and fro, which is what a radar in front sees.
    depth = stage.rng.uniform(0.25, 0.65)
    for side in sides:
        swing = size * np.sin(2.0 * np.pi * phase) * opened
        out = 0.42 + swing
        path = _path(out, height - 0.5 * np.abs(swing) * size, 0.30 - depth * swing)
        stage.hand_path(side, path, held(stage, slot), (0.75, -0.85, -0.1))
        tilt = side_tilt(side, 0.05)
        stage.pulse("spine", opened, [0.0, tilt, 0.0])


def side_tilt(side: str, angle: float) -> float:
    """A lean away from the raised arm."""
    return -angle if side == "left" else angle


def _clap(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    phase, opened = beat_phase(stage, step, slot)
    shoulder = stage.frame.joint("left_shoulder")[0] / stage.frame.arm_length
    gap = (0.05 + 0.30 * stage.manner.amplitude * 0.5 * (1.0 - np.cos(2.0 * np.pi * (phase + 0.5)))) * opened
    gap = gap + 0.25 * (1.0 - opened)
    for side in sides:
        path = _path(gap - shoulder, -0.22, 0.62)
        stage.hand_path(side, path, held(stage, slot), (0.8, -0.7, -0.2))


def _point(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    out = stage.rng.uniform(-0.05, 0.45)
    up = stage.rng.uniform(-0.12, 0.15)
    goal = np.array([out, up, 1.0])
    goal = 0.975 * goal / np.linalg.norm(goal)
    weight = repetitions(stage, step.count, (slot[0], slot[1]), 0.32, 0.36)
    for side in sides:
        stage.hand_path(side, goal, weight, (0.4, -1.0, -0.2))
        stage.pulse("head", weight, [0.0, 0.0, (0.35 if side == "left" else -0.35) * out])
        stage.pulse("spine", weight, [0.0, 0.0, -0.10 if side == "left" else 0.10])


def _beckon(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    phase, opened = beat_phase(stage, step, slot)
    pull = 0.5 * (1.0 - np.cos(2.0 * np.pi * phase)) * opened * stage.manner.amplitude
    for side in sides:
        path = _path(0.04, -0.02 + 0.20 * pull, 0.80 - 0.40 * pull)
        stage.hand_path(side, path, held(stage, slot), (0.5, -1.0, 0.0))


def _raise(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    """Up through the front or the side, beside the head, and down again."""
    weight = repetitions(stage, step.count, slot, 0.36, 0.40)
    front = stage.rng.random() < 0.5
    high = np.radians(62.0 + 14.0 * stage.manner.amplitude)
    for side in sides:
        angle = -np.pi / 2 + (np.pi / 2 + high) * weight
        level = np.cos(angle)
        direction = _path(
            0.18 + (0.0 if front else 1.0) * level, np.sin(angle), 0.06 + (1.0 if front else 0.05) * level
        )
        pose = arm_pose(direction, 0.0, 0.25 - 0.10 * weight)
        stage.timeline.blend(f"arm_{side}", pose, held(stage, slot, 0.35))


def _circle(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    """A hand draws circles in front of the shoulder."""
    phase, opened = beat_phase(stage, step, slot)
    radius = 0.30 * stage.manner.amplitude * opened
    turn = 2.0 * np.pi * phase
    tilt = stage.rng.uniform(0.2, 0.6)
    for side in sides:
        path = _path(
            0.20 + radius * np.sin(turn), -0.02 + radius * np.cos(turn), 0.64 + tilt * radius * np.sin(turn)
        )
        stage.hand_path(side, path, held(stage, slot), (0.7, -0.9, -0.2))


def _bow(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    weight = repetitions(stage, step.count, slot, 0.36, 0.38)
    depth = np.radians(38.0 * stage.manner.amplitude * stage.rng.uniform(0.85, 1.15))
    stage.pulse("pelvis", weight, [0.62 * depth, 0.0, 0.0])
    stage.pulse("spine", weight, [0.50 * depth, 0.0, 0.0])
    stage.pulse("head", weight, [0.15 * depth, 0.0, 0.0])
    stage.pulse("root", weight, stage.offset(slot[0], ahead=-0.12 * depth / 0.66, up=-0.008))
    for side in sides:
        by_the_thighs = arm_pose([0.10, -np.cos(0.9 * depth), np.sin(0.9 * depth)], 0.0, 0.15)
        stage.timeline.blend(f"arm_{side}", by_the_thighs, np.clip(weight, 0.0, 1.0))


def _nod(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    phase, opened = beat_phase(stage, step, slot)
    dip = 0.5 * (1.0 - np.cos(2.0 * np.pi * phase)) * opened
    stage.pulse("head", dip, [np.radians(26.0) * stage.manner.amplitude, 0.0, 0.0])
    stage.pulse("spine", dip, [np.radians(3.0), 0.0, 0.0])


def _shake_head(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    phase, opened = beat_phase(stage, step, slot)
    swing = np.sin(2.0 * np.pi * phase) * opened
    stage.pulse("head", swing, [0.0, 0.0, np.radians(32.0) * stage.manner.amplitude])
    stage.pulse("spine", swing, [0.0, 0.0, np.radians(3.0)])


def _stretch(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    """Both arms up and out, the back arched, on the toes a little."""
    weight = repetitions(stage, step.count, slot, 0.34, 0.36)
    up = arm_pose([0.36, 0.92, 0.05], 0.0, 0.22)
    side_on = arm_pose([0.95, 0.0, 0.30], 0.0, 1.2)
    for side in sides:
        timeline = stage.timeline
        timeline.blend(f"arm_{side}", side_on, minimum_jerk(np.clip(2.2 * weight, 0.0, 1.0)))
        timeline.blend(f"arm_{side}", up, minimum_jerk(np.clip(1.7 * weight - 0.7, 0.0, 1.0)))
    stage.pulse("spine", weight, [np.radians(-14.0), 0.0, 0.0])
    stage.pulse("head", weight, [np.radians(-18.0), 0.0, 0.0])
    stage.pulse("pelvis", weight, [np.radians(-3.0), 0.0, 0.0])
    stage.pulse("root", weight, stage.offset(slot[0], ahead=0.02, up=0.008))


def _shrug(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    weight = repetitions(stage, step.count, slot, 0.35, 0.42)
    stage.pulse("shrug", weight, np.radians([22.0, 22.0]) * stage.manner.amplitude)
    open_hands = arm_pose([0.28, -0.95, 0.12], -0.9, np.radians(62))
    for side in sides:
        stage.timeline.blend(f"arm_{side}", open_hands, np.clip(weight, 0.0, 1.0))
    stage.pulse("head", weight, [0.0, np.radians(8.0), 0.0])


def _salute(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    weight = repetitions(stage, step.count, slot, 0.28, 0.32)
    for side in sides:
        stage.hand_path(side, [-0.06, 0.36, 0.30], weight, (1.0, 0.15, 0.1))


def _cross_arms(stage: Stage, step: Gesture, slot: Slot, sides: tuple[str, ...]) -> None:
    weight = repetitions(stage, step.count, slot, 0.3, 0.3)
    shoulder = stage.frame.joint("left_shoulder")[0] / stage.frame.arm_length
    for side in sides:
        over = 0.05 if side == "left" else -0.03
        stage.hand_path(side, [-1.35 * shoulder, -0.33 + over, 0.36 + over], weight, (0.9, -0.9, 0.15))


_GESTURES: dict[str, Callable[[Stage, Gesture, Slot, tuple[str, ...]], None]] = {
    "wave": _wave,
    "clap": _clap,
    "point": _point,
    "beckon": _beckon,
    "raise": _raise,
    "circle": _circle,
    "bow": _bow,
    "nod": _nod,
    "shake_head": _shake_head,
    "stretch": _stretch,
    "shrug": _shrug,
    "salute": _salute,
    "cross_arms": _cross_arms,
}
