"""Fast strokes: punch, kick, throw, push, and those of swings.py. Hands and feet move on short minimum-jerk strokes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arms import arm_pose, bent_arm
from ..durations import REPETITION_S
from ..stage import Stage
from ..strokes import Array, stroke, window
from ..support import ball_for_ankle
from ..timeline import SIDES, foot_columns, other, side_sign
from ..vocabulary import Strike
from .swings import pull, slap, stroke_seconds, swing
from .variation import uneven_spans

Slot = tuple[float, float]
_HAND_HEIGHT = {"low": -0.42, "mid": -0.08, "high": 0.26}
"""Height of a fist's target above the shoulder, in arm lengths."""
_FOOT_HEIGHT = {"low": 0.34, "mid": 0.88, "high": 1.22}
"""Height of a kicking ankle, in leg lengths."""
_FOOT_PITCH = {"low": -0.15, "mid": 0.40, "high": 0.75}
"""Pitch of the foot at full stretch, rad."""


def strike(stage: Stage, step: Strike, slot: Slot) -> None:
    """Perform all strokes within the slot; side both alternates for fist and foot, starting on the left."""
    beside = REPETITION_S[("strike", step.action)][0]
    slots = uneven_spans(stage, slot[0] + 0.5 * beside, slot[1] - 0.5 * beside, step.count)
    _STRIKES[step.action](stage, step, slot, slots)


def there_and_back(time_s: Array, start: float, out_s: float, stay_s: float, back_s: float) -> Array:
    """(T,) minimum-jerk stroke out, a short stay, and back."""
    away = start + out_s + stay_s
    return stroke(time_s, start, start + out_s) * (1.0 - stroke(time_s, away, away + back_s))


def _alternating(step: Strike, number: int) -> str:
    return SIDES[number % 2] if step.side == "both" else step.side


def _guard(stage: Stage, slot: Slot) -> Array:
    """Fists up before the chest, knees soft, for the whole slot."""
    weight = window(stage.timeline.time_s, slot[0], slot[1], 0.38, 0.45)
    for side in SIDES:
        stage.hand_path(side, [-0.10, -0.06, 0.46], weight, (0.45, -1.0, 0.0))
    stage.pulse("root", weight, stage.offset(slot[0], up=-0.03))
    stage.pulse("spine", weight, [np.radians(6), 0.0, 0.0])
    return weight


def _punch(stage: Stage, step: Strike, slot: Slot, slots: list[Slot]) -> None:
    _guard(stage, slot)
    time_s = stage.timeline.time_s
    for number, (start, end) in enumerate(slots):
        side = _alternating(step, number)
        sign = side_sign(side)
        out = min(stroke_seconds(stage, 0.20, 0.15), 0.42 * (end - start))
        back = min(1.35 * out, 0.5 * (end - start))
        begin = start + 0.12 * (end - start)
        weight = there_and_back(time_s, begin, out, 0.03, back)
        goal = np.array([-0.16, _HAND_HEIGHT[step.height], 1.0])
        goal *= 0.96 / np.linalg.norm(goal)
        stage.hand_path(side, goal, weight, (0.5, -1.0, 0.0))
        body = there_and_back(time_s, begin - 0.05, out + 0.04, 0.05, back + 0.05)
        twist = -sign * np.radians(26) * stage.manner.amplitude
        stage.pulse("spine", body, [0.06, 0.0, twist])
        stage.pulse("pelvis", body, [0.04, 0.0, 0.45 * twist])
        stage.pulse("head", body, [0.0, 0.0, -1.3 * twist])
        stage.pulse("root", body, stage.offset(start, ahead=0.07, up=-0.015))


def _push(stage: Stage, step: Strike, slot: Slot, slots: list[Slot]) -> None:
    """Hands to the chest, then forward with the weight of the body, slower than a punch."""
    time_s = stage.timeline.time_s
    sides = SIDES if step.side == "both" else (step.side,)
    ready = window(time_s, slot[0], slot[1], 0.4, 0.5)
    for side in sides:
        stage.hand_path(side, [-0.02, -0.20, 0.34], ready, (0.7, -0.8, -0.3))
    height = 0.6 * _HAND_HEIGHT[step.height]
    for start, end in slots:
        span = end - start
        out = min(stroke_seconds(stage, 0.36, 0.28), 0.45 * span)
        weight = there_and_back(time_s, start + 0.15 * span, out, 0.12, min(0.5, 0.35 * span))
        goal = np.array([-0.04, height, 1.0])
        goal *= 0.94 / np.linalg.norm(goal)
        for side in sides:
            stage.hand_path(side, goal, weight, (0.8, -0.8, 0.0))
        lean = np.radians(13) * stage.manner.amplitude
        stage.pulse("pelvis", weight, [0.6 * lean, 0.0, 0.0])
        stage.pulse("spine", weight, [0.8 * lean, 0.0, 0.0])
        stage.pulse("head", weight, [-0.8 * lean, 0.0, 0.0])
        stage.pulse("root", weight, stage.offset(start, ahead=0.085, up=-0.03))
        if len(sides) == 1:
            stage.pulse("spine", weight, [0.0, 0.0, -side_sign(sides[0]) * 0.3])


def _kick(stage: Stage, step: Strike, slot: Slot, slots: list[Slot]) -> None:
    """Shift the weight, chamber the knee, snap the foot out and back, set it down."""
    timeline, frame, time_s = stage.timeline, stage.frame, stage.timeline.time_s
    for number, (start, end) in enumerate(slots):
        side = _alternating(step, number)
        name, span = f"foot_{side}", end - start
        snap = min(stroke_seconds(stage, 0.19, 0.15), 0.24 * span)
        lift_at, snap_at = start + 0.10 * span, start + 0.44 * span - 0.5 * snap
        ground_at = min(end, snap_at + 2.4 * snap + 0.42)
        height = _FOOT_HEIGHT[step.height] * frame.leg_length
        home = timeline.value(name, start)
        _kick_body(stage, step, side, (start, lift_at, snap_at, snap, ground_at))
        hip = stage.hip_point(side, snap_at + snap)
        pitch = _FOOT_PITCH[step.height]
        reach = np.sqrt(max((0.985 * frame.leg_length) ** 2 - (hip[1] - height) ** 2, 0.04))
        chamber = stage.hip_point(side, snap_at) + stage.offset(start, ahead=0.30 * frame.leg_length)
        ankle = np.array([hip[0], height, hip[2]]) + stage.offset(start, ahead=reach)
        out = ball_for_ankle(frame, side, ankle, float(home[3]), pitch)
        raised = 0.40 * frame.leg_length if step.height == "low" else 0.52 * frame.leg_length
        timeline.blend(
            name,
            foot_columns(chamber[0], raised if step.height != "low" else 0.24, chamber[2], pitch=-0.7),
            stroke(time_s, lift_at, snap_at + 0.35 * snap),
        )
        timeline.blend(
            name,
            foot_columns(*out, pitch=pitch),
            stroke(time_s, snap_at, snap_at + snap),
        )
        back_at = snap_at + snap + 0.02
        timeline.blend(
            name,
            foot_columns(chamber[0], 0.8 * raised, chamber[2], pitch=-0.5),
            stroke(time_s, back_at, back_at + 1.2 * snap),
        )
        timeline.blend(
            name,
            foot_columns(home[0], 0.0, home[2], pitch=0.0),
            stroke(time_s, back_at + 0.8 * snap, max(ground_at, back_at + 0.8 * snap + 0.3)),
        )


def _kick_body(
    stage: Stage, step: Strike, side: str, times: tuple[float, float, float, float, float]
) -> None:
    start, lift_at, snap_at, snap, ground_at = times
    time_s, sign = stage.timeline.time_s, side_sign(side)
    lean = {"low": 0.10, "mid": 0.26, "high": 0.42}[step.height]
    on_one = window(time_s, start - 0.02, ground_at, max(lift_at - start, 0.16) + 0.08, 0.30)
    thrown = there_and_back(time_s, snap_at - 0.04, snap + 0.05, 0.04, 0.36)
    aside = stage.offset(start, left=-sign * 0.85 * stage.frame.hip_half_width, up=-0.02)
    stage.pulse("root", on_one, aside)
    stage.pulse("root", thrown, stage.offset(start, ahead=0.05))
    stage.pulse("pelvis", thrown, [-lean, 0.0, -sign * 0.25])
    stage.pulse("spine", thrown, [0.35 * lean, 0.0, sign * 0.30])
    stage.pulse("head", thrown, [0.5 * lean, 0.0, 0.0])
    for arm_side in SIDES:
        stage.hand_path(arm_side, [0.22, -0.22, 0.42], 0.85 * on_one, (0.6, -1.0, -0.2))
    stage.timeline.blend(
        f"arm_{side}", arm_pose([0.45, -0.85, -0.35], 0.0, 0.5), 0.8 * np.clip(thrown, 0.0, 1.0)
    )


def _throw(stage: Stage, step: Strike, slot: Slot, slots: list[Slot]) -> None:
    """Wind up with the hand behind the head, step forward, whip the arm over, follow through."""
    time_s, timeline = stage.timeline.time_s, stage.timeline
    sides = SIDES if step.side == "both" else (step.side,)
    lead = other(sides[0])
    high = {"low": -0.30, "mid": 0.10, "high": 0.45}[step.height]
    for start, end in slots:
        span = end - start
        whip = min(stroke_seconds(stage, 0.36, 0.28), 0.3 * span)
        release = start + 0.52 * span
        wound = release - whip
        stage.swing_foot(lead, start + 0.12 * span, wound + 0.3 * whip, 0.0, 0.36, 0.10)
        stage.swing_foot(lead, start + 0.72 * span, end, 0.0, -0.36, 0.06)
        for side in sides:
            name = f"arm_{side}"
            behind = bent_arm([0.82, 0.40, -0.20], [-0.1, 0.7, -0.8], np.radians(105))
            timeline.blend(name, behind, stroke(time_s, start, wound + 0.02))
            timeline.blend(
                name, arm_pose([0.18, high, 1.0], 0.0, 0.18), stroke(time_s, wound, release + 0.05)
            )
            down = arm_pose([-0.15, -0.80, 0.62], 0.0, 0.35)
            timeline.blend(name, down, stroke(time_s, release - 0.02, release + 0.34))
            timeline.blend(name, stage.hanging_arm(), stroke(time_s, release + 0.30, end))
        if len(sides) == 1:
            aim = window(time_s, start, release + 0.2, 0.35 * span, 0.3)
            timeline.blend(f"arm_{lead}", arm_pose([0.35, -0.10, 0.95], 0.0, 0.4), 0.85 * aim)
        sign = side_sign(sides[0]) if len(sides) == 1 else 0.0
        back = window(time_s, start, release, 0.30 * span, whip + 0.06)
        fore = there_and_back(time_s, wound - 0.03, whip + 0.10, 0.06, 0.36 * span)
        stage.pulse("spine", back, [-0.16, 0.0, sign * 0.50])
        stage.pulse("spine", fore, [0.28, 0.0, -sign * 0.50])
        stage.pulse("pelvis", back, [-0.04, 0.0, sign * 0.25])
        stage.pulse("pelvis", fore, [0.12, 0.0, -sign * 0.25])
        stage.pulse("head", fore - back, [-0.15, 0.0, sign * 0.55])
        stage.pulse("root", back, stage.offset(start, ahead=-0.05))
        stage.pulse("root", fore, stage.offset(start, ahead=0.20, up=-0.04))


_STRIKES: dict[str, Callable[[Stage, Strike, Slot, list[Slot]], None]] = {
    "punch": _punch,
    "kick": _kick,
    "throw": _throw,
    "push": _push,
    "swing": swing,
    "pull": pull,
    "slap": slap,
}
