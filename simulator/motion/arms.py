"""Arm poses: four numbers per arm that may be blended freely, and how to get them from directions and points.

An arm pose is (two components of a swing, twist, elbow flexion), rad, written for a LEFT arm in the chest's
axes (left, up, forward); right arms are mirrored by the solver, so both sides share poses.
The swing is the axis-angle vector that turns `BASE`, a direction low in front of the shoulder, into the upper
arm's direction. Every direction that an arm takes lies within 150 degrees of it, so there is no wrap, and
straight blends from hanging to the front stay in front instead of swinging out sideways.
Twist turns about the upper arm; at 0 the elbow of an arm before the body curls the hand forward and up,
negative twist turns the hand outward.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from .rotations import about_left, about_up, apply, cross, dot, frame_of, length, unit
from .strokes import Array, soft_max_zero

MAX_REACH = 0.99
"""Largest shoulder-wrist distance in use, as a share of the straight arm."""


BASE: Array = unit(np.array([0.30, -0.80, 0.52]))
_CURL: Array = np.array([-0.18, 0.3, 1.0])
_BASE_FRAME: Array = frame_of(BASE, cross(_CURL, BASE))
"""Columns: the upper arm at zero swing, the elbow's axis side, the direction to which the elbow curls."""


def arm_pose(direction: ArrayLike, twist: ArrayLike = 0.0, flexion: ArrayLike = 0.0) -> Array:
    """(..., 4) arm pose of an upper-arm direction (left, up, forward), twist and elbow flexion."""
    d = unit(np.asarray(direction, dtype=np.float64))
    twist, flexion = np.asarray(twist, dtype=np.float64), np.asarray(flexion, dtype=np.float64)
    along, second, third = (d @ _BASE_FRAME[:, column] for column in range(3))
    sine = np.hypot(second, third)
    scale = np.arctan2(sine, along) / np.maximum(sine, 1e-9)
    pose = np.empty((*np.broadcast_shapes(sine.shape, twist.shape, flexion.shape), 4))
    pose[..., 0], pose[..., 1], pose[..., 2], pose[..., 3] = -third * scale, second * scale, twist, flexion
    return pose


def bent_arm(direction: ArrayLike, forearm_toward: ArrayLike, flexion: ArrayLike) -> Array:
    """(..., 4) arm pose whose forearm bends towards a direction (chest's axes, for a left arm)."""
    pose = arm_pose(direction, 0.0, flexion)
    toward = np.asarray(forearm_toward, dtype=np.float64)
    local = apply(np.swapaxes(swing_rotation(pose), -1, -2), np.broadcast_to(toward, (*pose.shape[:-1], 3)))
    pose[..., 2] = np.arctan2(-local[..., 1], local[..., 2])
    return pose


def sagittal_arm(angle: ArrayLike, outward: ArrayLike, flexion: ArrayLike) -> Array:
    """(..., 4) arm pose of an arm that swings forward by an angle from hanging, a little outward."""
    a = np.asarray(angle, dtype=np.float64)
    direction = np.stack([np.broadcast_to(outward, a.shape), -np.cos(a), np.sin(a)], axis=-1)
    return arm_pose(direction, 0.0, flexion)


def swing_rotation(pose: Array) -> Array:
    """(..., 3, 3) rotation of the upper arm in the chest's axes, for a left arm."""
    vectors = pose[..., :1] * _BASE_FRAME[:, 1] + pose[..., 1:2] * _BASE_FRAME[:, 2]
    swing = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(*pose.shape[:-1], 3, 3)
    return swing @ _BASE_FRAME @ about_left(pose[..., 2])


def elbow_rotation(pose: Array) -> Array:
    """(..., 3, 3) rotation of the forearm relative to the upper arm, for a left arm."""
    return about_up(-pose[..., 3])


def wrist_point(pose: Array, upper_arm: float, forearm: float) -> Array:
    """(..., 3) wrist relative to the shoulder in the chest's axes, for a left arm."""
    upper = swing_rotation(pose)
    return upper_arm * upper[..., :, 0] + forearm * apply(upper, elbow_rotation(pose)[..., :, 0])


def arm_to(target: ArrayLike, elbow_toward: ArrayLike, upper_arm: float, forearm: float) -> Array:
    """(..., 4) arm pose that brings the wrist to a point, by the law of cosines.

    Args:
        target: (..., 3) wrist relative to the shoulder, chest's axes, as for a left arm, m. Points out of
            reach are drawn in smoothly along their direction.
        elbow_toward: (..., 3) side to which the elbow points.
        upper_arm: length, m.
        forearm: length, m.
    """
    point = np.asarray(target, dtype=np.float64)
    asked = length(point)
    longest = MAX_REACH * (upper_arm + forearm)
    reach = longest - soft_max_zero(longest - asked, 0.01)
    reach = np.maximum(reach, 1.15 * abs(upper_arm - forearm) + 0.06)
    toward = unit(point)
    pole = np.broadcast_to(np.asarray(elbow_toward, dtype=np.float64), point.shape)
    square = unit(pole - dot(pole, toward)[..., None] * toward)
    along = (upper_arm**2 + reach**2 - forearm**2) / (2.0 * reach)
    height = np.sqrt(np.maximum(upper_arm**2 - along**2, 0.0))
    elbow = along[..., None] * toward + height[..., None] * square
    pose = arm_pose(elbow)
    fore = (reach[..., None] * toward - elbow) / forearm
    local = apply(np.swapaxes(swing_rotation(pose), -1, -2), fore)
    bend = np.hypot(local[..., 1], local[..., 2])
    pose[..., 2] = np.arctan2(-local[..., 1], local[..., 2])
    pose[..., 3] = np.arctan2(bend, local[..., 0])
    return pose
