"""Puts a fitted motion back on the floor: up or down only, so that nothing starts to slide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from simulator.body.contact import lowest_point_m
from simulator.body.model import BodyModel, pose_joints
from simulator.body.skeleton import (
    JOINT,
    PARENTS,
    Array,
    axis_angles,
    continuous_axis_angles,
    forward_kinematics,
    rotation_matrices,
)
from simulator.motion.body_motion import BodyMotion

_CONTACT_BAND_M = 0.06  # lowest points within this much above a window's low end count as contact
_WINDOW_S = 0.6  # half width over which the floor is judged: longer than a step or a jump's flight
_SMOOTHING_S = 0.15
_BEND_SMOOTHING_S = 0.06
_LARGEST_BEND_RAD = float(np.deg2rad(100.0))
_HANDS = ("left_wrist", "right_wrist", "left_hand", "right_hand")
_ENDS = {  # joint that is turned -> joint whose vertices hold the tip
    "left_wrist": "left_hand",
    "right_wrist": "right_hand",
    "left_ankle": "left_foot",
    "right_ankle": "right_foot",
}


def planted(motion: BodyMotion, body: BodyModel, feet_are_known: bool = False) -> BodyMotion:
    """The motion raised or lowered so that contacts lie at z = 0 and nothing reaches through the floor.

    The correction follows the body's lowest point where that is near the floor and is carried across flights,
    so jumps keep their height. Joints tell nothing of hands, and little of how a sole lies: hands and toes
    that would point into the floor are bent onto it. What then still dips below is lifted out, smoothly.

    Args:
        motion: its height may be any.
        body: whose skin touches the floor.
        feet_are_known: ankles and toes are recorded rotations, not guesses from joints, and stay as they are.
    """
    floor = _usual_floor(lowest_point_m(body, motion, without=_HANDS), motion.rate_hz)
    level = _raised(motion, -floor)
    level = _with_ends_above_floor(level, body, _HANDS if feet_are_known else tuple(_ENDS))
    dips = np.maximum(-lowest_point_m(body, level), 0.0)
    sigma = _SMOOTHING_S / 2 * motion.rate_hz
    reach = 2 * int(np.ceil(sigma)) + 1
    return _raised(
        level, gaussian_filter1d(maximum_filter1d(dips, reach, mode="nearest"), sigma / 2, mode="nearest")
    )


def _raised(motion: BodyMotion, by_m: Array) -> BodyMotion:
    return replace(motion, transl=motion.transl + by_m[:, None] * [0.0, 0.0, 1.0])


def _usual_floor(lowest: Array, rate_hz: float) -> Array:
    """(T,) height of the floor as the body's lowest points tell it, slow in time.

    Each window is longer than a flight, so it holds a contact: its low end.
    """
    half = max(1, round(_WINDOW_S * rate_hz))
    levels = np.empty(len(lowest))
    for t in range(len(lowest)):
        near = lowest[max(0, t - half) : t + half + 1]
        levels[t] = np.median(near[near < np.percentile(near, 10) + _CONTACT_BAND_M])
    return gaussian_filter1d(levels, _SMOOTHING_S * rate_hz, mode="nearest")


def _with_ends_above_floor(motion: BodyMotion, body: BodyModel, turned_joints: tuple[str, ...]) -> BodyMotion:
    """The wrists and ankles named, turned by the least that keeps fingertips and toes from lying below z = 0."""
    rest = body.rest_joints(motion.betas)
    vectors = np.concatenate([motion.global_orient[:, None], motion.body_pose], axis=1)
    local = rotation_matrices(vectors)
    joints = pose_joints(body, motion)
    world = forward_kinematics(local, rest, joints[:, 0])[1]
    vertices = body.rest_vertices(motion.betas)
    owner = body.weights.argmax(1)
    for name, end in _ENDS.items():
        if name not in turned_joints:
            continue
        joint = JOINT[name]
        tip = _tip(vertices[owner == JOINT[end]] - rest[joint])
        points, upside = world[:, joint] @ tip, world[:, joint, :, 1]
        length = float(np.linalg.norm(tip))
        floor = np.clip(-joints[:, joint, 2] / length, -1.0, 0.5)
        bend = _bend_above(points / length, upside, floor)
        if not bend.any():
            continue
        if name in _HANDS:  # how the palm lies is a guess, which may change from pose to pose
            bend = gaussian_filter1d(bend, _BEND_SMOOTHING_S * motion.rate_hz, axis=0, mode="nearest")
        turned = rotation_matrices(bend) @ world[:, joint]
        local[:, joint] = world[:, PARENTS[joint]].transpose(0, 2, 1) @ turned
        vectors[:, joint] = axis_angles(local[:, joint])
    vectors = continuous_axis_angles(vectors)
    return replace(motion, global_orient=vectors[:, 0], body_pose=vectors[:, 1:])


def _tip(points: Array) -> Array:
    """The end of a hand or foot: mean of the tenth of its points farthest out, at the sole's height."""
    distance = np.linalg.norm(points, axis=1)
    far = points[distance >= np.percentile(distance, 90)]
    return np.array([*far.mean(0)[[0]], far[:, 1].min(), *far.mean(0)[[2]]])


def _bend_above(along: Array, upside: Array, floor: Array) -> Array:
    """Least bends (T, 3), world axis-angle, that bring directions `along` (T, 3) up to `floor` (T,).

    Hands and feet bend towards their upper side, the way they do when they lie on the floor, and the other
    way only where that side is turned well down.
    """
    across = upside - along * (upside * along).sum(1, keepdims=True)
    across = across / np.linalg.norm(across, axis=1, keepdims=True)
    across = across * np.where(across[:, 2:] < -0.5, -1.0, 1.0)
    # Bent by t, the height is a cos t + b sin t = r cos(t - phase).
    a, b = along[:, 2], across[:, 2]
    phase = np.arctan2(b, a) % (2 * np.pi)
    angle = phase - np.arccos(np.clip(floor / np.maximum(np.hypot(a, b), 1e-9), -1.0, 1.0))
    angle = np.where(a >= floor, 0.0, np.clip(angle, 0.0, _LARGEST_BEND_RAD))
    return angle[:, None] * np.cross(along, across)
