"""Hands that stay where they are, on the floor or a handle, while the body moves above them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arms import elbow_rotation, swing_rotation, wrist_point
from ..body_frame import BodyFrame
from ..rotations import about_forward, apply
from ..solver import shoulder_points
from ..stage import Stage
from ..strokes import Array, soft_max_zero
from ..timeline import SIDES, side_sign

PALM_M = 0.05
"""Wrist above the floor on which the palm lies."""
GIRDLE_ROUNDS = 2
MAX_WRIST_EXTENSION_RAD = np.radians(90.0)


def hold_hand(
    stage: Stage,
    side: str,
    points: ArrayLike,
    weight: Array,
    elbow_toward: ArrayLike = (0.6, -0.5, -0.6),
    palm_down: bool = False,
) -> None:
    """Lead a wrist along points in the engine's axes, whatever the trunk does, where the weight is 1.

    The trunk's tracks must stand before this is called.

    Args:
        stage: the performance.
        side: "left" or "right".
        points: (T, 3) or (3,) wrist, m.
        weight: (T,) how far the arm follows.
        elbow_toward: side to which the elbow points, chest axes, written for a left arm.
        palm_down: bend the wrist so that the hand lies level, as it does on the floor.
    """
    rotation, left, right = shoulder_points(stage.frame, stage.timeline.tracks)
    shoulder = (left, right)[SIDES.index(side)]
    pole = np.asarray(elbow_toward, dtype=np.float64)
    target = apply(np.swapaxes(rotation, -1, -2), np.asarray(points, dtype=np.float64) - shoulder)
    pose = stage.arm_in_chest(side, target, pole)
    shrug = stage.timeline.tracks["shrug"][:, SIDES.index(side)]
    for _ in range(GIRDLE_ROUNDS):  # the girdle lifts the shoulder with the arm, which moves the hand
        moved = girdle_shift(stage.frame, pose, shrug) * [side_sign(side), 1.0, 1.0]
        pose = stage.arm_in_chest(side, target - moved, pole)
    stage.timeline.blend(f"arm_{side}", pose, weight)
    if palm_down:
        # Extension turns the hand from the forearm's direction to that of its back: level where both cancel.
        mirrored = [side_sign(side), 1.0, 1.0]
        arm = swing_rotation(pose) @ elbow_rotation(pose)
        along, back = (apply(rotation, arm[..., :, axis] * mirrored)[:, 1] for axis in (0, 1))
        level = np.arctan2(-along, np.maximum(back, 0.0))
        # A forearm that lies on the floor needs no bent wrist, whichever way its palm looks.
        most = np.minimum(2.0 * np.arcsin(np.clip(-along, 0.0, 1.0)), MAX_WRIST_EXTENSION_RAD)
        extension = np.clip(level, 0.0, most)
        stage.timeline.blend(f"hand_{side}", extension[:, None], weight)


def hand_point(stage: Stage, side: str, time_s: float) -> Array:
    """(3,) wrist as the tracks stand at a time."""
    index = stage.timeline.frame(time_s)
    rotation, shoulders = stage.chest_axes(time_s)
    pose = stage.timeline.tracks[f"arm_{side}"][index : index + 1]
    shrug = stage.timeline.tracks["shrug"][index : index + 1, SIDES.index(side)]
    arm = wrist_point(pose, stage.frame.upper_arm, stage.frame.forearm)
    moved = (arm + girdle_shift(stage.frame, pose, shrug))[0] * [side_sign(side), 1.0, 1.0]
    return shoulders[side] + rotation @ moved


def girdle_rotation(pose: Array, shrug: Array) -> Array:
    """(T, 3, 3) turn of a left shoulder girdle that goes with an arm pose, as the solver writes it."""
    elevation = np.arcsin(np.clip(swing_rotation(pose)[:, 1, 0], -1.0, 1.0))
    return about_forward(shrug + 0.25 * soft_max_zero(elevation + 0.2, 0.2))


def girdle_shift(frame: BodyFrame, pose: Array, shrug: Array) -> Array:
    """(T, 3) how far the shoulder girdle's own turn moves a left shoulder, chest axes, m."""
    outward = frame.joint("left_shoulder") - frame.joint("left_collar")
    return apply(girdle_rotation(pose, shrug), outward) - outward


def knee_point(stage: Stage, side: str, time_s: float) -> Array:
    """(3,) where the knee of a leg lies, bent upwards in its own plane, as the tracks stand at a time."""
    frame = stage.frame
    hip = stage.hip_point(side, time_s)
    foot = stage.timeline.value(f"foot_{side}", time_s)
    ankle = foot[:3] + [0.0, frame.ball_height, 0.0] + frame.ankle_from_ball[SIDES.index(side)]
    along = ankle - hip
    far = min(float(np.linalg.norm(along)), 0.99 * frame.leg_length)
    thigh_share = (far**2 + frame.thigh**2 - frame.shin**2) / (2.0 * far)
    above = np.sqrt(max(frame.thigh**2 - thigh_share**2, 0.0))
    level = along / max(float(np.linalg.norm(along)), 1e-6)
    upward = np.array([0.0, 1.0, 0.0]) - level[1] * level
    return hip + thigh_share * level + above * upward / max(float(np.linalg.norm(upward)), 1e-6)
