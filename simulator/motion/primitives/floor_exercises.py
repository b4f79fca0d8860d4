"""Exercises on the floor: sit-ups from the back, push-ups from the front."""

from __future__ import annotations

import numpy as np

from ..rotations import about_left
from ..stage import Stage
from ..strokes import Array, stroke, window
from ..timeline import SIDES, foot_columns, side_sign
from ..vocabulary import Exercise
from .hand_contact import PALM_M, hold_hand
from .keyed_move import KeyedMove
from .variation import uneven_spans

Slot = tuple[float, float]


def _there_and_back(stage: Stage, step: Exercise, slot: Slot, rise: float, fall: float) -> Array:
    """(T,) one bump per repetition, no two alike in height or time."""
    time_s = stage.timeline.time_s
    total = np.zeros_like(time_s)
    for start, end in uneven_spans(stage, slot[0], slot[1], step.count):
        span, share = end - start, stage.rng.uniform(0.95, 1.05)
        size = stage.rng.uniform(0.94, 1.03)
        total += size * window(time_s, start, end, rise * share * span, fall * span / share)
    return total


def sit_up(stage: Stage, step: Exercise, slot: Slot) -> None:
    """Feet flat, knees up, hands at the chest or forward: curl up to sitting and roll down again."""
    frame, rng = stage.frame, stage.rng
    up = np.clip(_there_and_back(stage, step, slot, 0.44, 0.50), 0.0, None)
    settle = min(0.7, 0.4 * step.period_s)
    hips = stage.timeline.value("root", slot[0])
    move = KeyedMove(stage, slot[0], settle)
    for side in SIDES:
        foot = stage.timeline.value(f"foot_{side}", slot[0])[:3]
        near = 0.56 * frame.leg_length - float((foot - hips) @ stage.ahead(slot[0]))
        apart = 0.02 * side_sign(side)
        move.foot(
            side,
            (0.5, foot_columns(apart, 0.05, 0.5 * near, pitch=np.radians(15))),
            (1.0, foot_columns(apart, 0.0, near, pitch=0.0, swivel=np.radians(6))),
        )
    reach = rng.uniform(46.0, 58.0)
    stage.pulse("pelvis", up**1.6, [np.radians(reach), 0.0, 0.0])
    stage.pulse("spine", np.sqrt(up) * stroke_gate(up), [np.radians(44.0), 0.0, 0.0])
    stage.pulse("head", up, [np.radians(12.0), 0.0, 0.0])
    stage.pulse("root", up**1.6, stage.offset(slot[0], ahead=0.03, up=0.11 * frame.back_depth))
    held = window(stage.timeline.time_s, slot[0] - 0.1, slot[1] + 0.3, settle, 0.5)
    crossed = rng.random() < 0.5
    shoulder = frame.joint("left_shoulder")[0] / frame.arm_length
    for side in SIDES:
        place = [-1.3 * shoulder, -0.25, 0.34] if crossed else [0.16, 0.34, 0.14]
        stage.hand_path(side, place, held, (0.9, -0.5, 0.3) if crossed else (1.0, 0.3, 0.6))


def stroke_gate(up: Array) -> Array:
    """(T,) smooth step that lets the root of a small weight begin without a jerk."""
    return stroke(up, 0.0, 0.25)


def push_up(stage: Stage, step: Exercise, slot: Slot) -> None:
    """The straight body turns about the toes while the arms stretch, and is let down to the floor again."""
    frame, timeline = stage.frame, stage.timeline
    up = _there_and_back(stage, step, slot, 0.42, 0.46)
    root = timeline.value("root", slot[0])
    feet = [timeline.value(f"foot_{side}", slot[0]) for side in SIDES]
    toes = 0.5 * (feet[0] + feet[1])[:3]
    lever = float((root - toes) @ stage.ahead(slot[0]))
    to_shoulder = float(frame.joint("left_shoulder")[1] - frame.joint("pelvis")[1])
    above_hip = float(frame.joint("pelvis")[1] - frame.joint("left_hip")[1])
    # At the top a straight line runs from the ankles, over the toes, to the shoulders above the hands.
    ankle = about_left(-float(feet[0][4]) + 0.1) @ frame.ankle_from_ball[0]
    foot = frame.ball_height + float(ankle[1])
    body = 0.996 * frame.leg_length + above_hip
    top = PALM_M + 0.96 * frame.arm_length
    slope = float(np.arcsin(np.clip((top - foot) / (body + to_shoulder), 0.0, 0.6)))
    lift = foot + body * np.sin(slope) - float(root[1])
    way = float(ankle[2]) + body * np.cos(slope) - lever
    timeline.add("root", np.outer(up, stage.offset(slot[0], ahead=way, up=lift)))
    pitch = float(timeline.value("pelvis", slot[0])[0])
    stage.pulse("pelvis", up, [0.5 * np.pi - slope - pitch, 0.0, 0.0])
    stage.pulse("spine", up, [np.radians(stage.rng.uniform(0.0, 5.0)), 0.0, 0.0])
    stage.pulse("head", up, [np.radians(-8.0), 0.0, 0.0])
    held = window(timeline.time_s, slot[0] - 0.4, slot[1] + 0.3, 0.4, 0.3)
    for side in SIDES:
        stage.pulse(f"foot_{side}", up, np.nan_to_num(foot_columns(pitch=-0.1)))
        wide = 0.29 * side_sign(side) * frame.leg_length / 0.82
        hands = float(ankle[2]) + (body + to_shoulder) * np.cos(slope) - 0.02
        point = toes + stage.offset(slot[0], ahead=hands, left=wide)
        point[1] = PALM_M
        hold_hand(stage, side, point, held, (1.0, -0.5, -0.5), palm_down=True)
