"""Signals that repetitions show in: limbs seen from the trunk, angles of trunk and head, heights.

All come from the posed joints and, for the head, from its rotation; none needs to know what was asked for.
Hands are measured from their shoulder in arm lengths, along the trunk's own axes (forward, outward, up), so
that they keep their meaning in somebody who bends or lies.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from simulator.body.skeleton import JOINT

from .body_motion import BodyMotion
from .rotations import cross, dot, length
from .strokes import Array

SMOOTHING_S = 0.04
"""Gaussian width that takes the fitting noise out of a signal, far below the shortest repetition."""
SIDES = ("left", "right")

PROMINENCES: dict[str, float] = {
    "hand_left_forward": 0.10,
    "hand_right_forward": 0.10,
    "hand_left_outward": 0.10,
    "hand_right_outward": 0.10,
    "hand_left_up": 0.10,
    "hand_right_up": 0.10,
    "hand_left_ahead": 0.08,
    "hand_right_ahead": 0.08,
    "hand_left_height": 0.08,
    "hand_right_height": 0.08,
    "hands_apart": 0.08,
    "foot_left_height": 0.04,
    "foot_right_height": 0.04,
    "feet_apart": 0.08,
    "knee_left_height": 0.06,
    "knee_right_height": 0.06,
    "trunk_pitch": 6.0,
    "trunk_roll": 6.0,
    "trunk_twist": 8.0,
    "head_pitch": 5.0,
    "head_yaw": 7.0,
    "shoulders_up": 0.012,
    "chest_height": 0.06,
    "pelvis_height": 0.06,
    "pelvis_left": 0.04,
}
"""signal -> smallest rise and fall (prominence) that counts: arm lengths, metres or degrees as named.

hand forward, outward, up: arm lengths; ahead (of the pelvis), heights, apart, pelvis: metres; trunk and head:
degrees.
"""


def body_signals(motion: BodyMotion, joints: Array, facing_rad: Array) -> dict[str, Array]:
    """Signal name -> (T,) values, smoothed; the names are those of `PROMINENCES`.

    Args:
        motion: the motion, for the rotation of the head.
        joints: (T, 24, 3) its posed joints, m.
        facing_rad: (T,) facing, 0 along -y.
    """

    def at(name: str) -> Array:
        return joints[:, JOINT[name]]

    up = _unit(at("neck") - at("pelvis"))
    across = _unit(at("left_shoulder") - at("right_shoulder"))
    forward = _unit(cross(across, up))
    arm = _length(at("left_shoulder"), at("left_elbow")) + _length(at("left_elbow"), at("left_wrist"))
    ahead = np.stack([np.sin(facing_rad), -np.cos(facing_rad)], axis=1)
    signals: dict[str, Array] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hand = (at(f"{side}_wrist") - at(f"{side}_shoulder")) / arm
        signals[f"hand_{side}_forward"] = dot(hand, forward)
        signals[f"hand_{side}_outward"] = sign * dot(hand, across)
        signals[f"hand_{side}_up"] = dot(hand, up)
        signals[f"hand_{side}_ahead"] = dot((at(f"{side}_wrist") - at("pelvis"))[:, :2], ahead)
        signals[f"hand_{side}_height"] = at(f"{side}_wrist")[:, 2]
        signals[f"foot_{side}_height"] = at(f"{side}_foot")[:, 2]
        signals[f"knee_{side}_height"] = at(f"{side}_knee")[:, 2]
    signals["hands_apart"] = length(at("left_wrist") - at("right_wrist"))
    signals["feet_apart"] = length(at("left_ankle") - at("right_ankle"))
    signals |= _angles(motion, joints, facing_rad, up)
    shrugged = 0.5 * (at("left_shoulder") + at("right_shoulder")) - at("neck")
    signals["shoulders_up"] = dot(shrugged, up)
    signals["chest_height"], signals["pelvis_height"] = at("spine3")[:, 2], at("pelvis")[:, 2]
    # To the left of the place where the person was a moment before, so that walking on is no signal.
    planar = at("pelvis")[:, :2]
    slow = gaussian_filter1d(planar, 1.0 * motion.rate_hz, axis=0, mode="nearest")
    left = np.stack([np.cos(facing_rad), np.sin(facing_rad)], axis=1)
    signals["pelvis_left"] = dot(planar - slow, left)
    smoothed = gaussian_filter1d(
        np.stack([*signals.values()]), SMOOTHING_S * motion.rate_hz, axis=1, mode="nearest"
    )
    return dict(zip(signals, smoothed, strict=True))


def _angles(motion: BodyMotion, joints: Array, facing_rad: Array, up: Array) -> dict[str, Array]:
    """Trunk pitch (forward +), roll (left +) and twist of the shoulders against the hips (left +), degrees."""
    ahead = np.stack([np.sin(facing_rad), -np.cos(facing_rad)], axis=1)
    left = np.stack([np.cos(facing_rad), np.sin(facing_rad)], axis=1)
    along, aside = dot(up[:, :2], ahead), dot(up[:, :2], left)
    pitch, roll = np.arctan2(along, up[:, 2]), np.arcsin(np.clip(aside, -1.0, 1.0))
    hips = joints[:, JOINT["left_hip"]] - joints[:, JOINT["right_hip"]]
    shoulders = joints[:, JOINT["left_shoulder"]] - joints[:, JOINT["right_shoulder"]]
    hips, shoulders = (_unit(line - dot(line, up)[:, None] * up) for line in (hips, shoulders))
    twist = np.arctan2(dot(cross(hips, shoulders), up), dot(hips, shoulders))
    # SMPL's head has no joint beyond it: nodding and shaking are in its rotation relative to the chest.
    neck, head = (Rotation.from_rotvec(motion.body_pose[:, JOINT[name] - 1]) for name in ("neck", "head"))
    face = (neck * head).apply([0.0, 0.0, 1.0])
    return {
        "trunk_pitch": np.degrees(np.unwrap(pitch)),
        "trunk_roll": np.degrees(roll),
        "trunk_twist": np.degrees(np.unwrap(twist)),
        "head_pitch": np.degrees(-np.arcsin(np.clip(face[:, 1], -1.0, 1.0))),
        "head_yaw": np.degrees(np.arctan2(face[:, 0], face[:, 2])),
    }


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(length(vectors), 1e-9)[:, None]


def _length(first: Array, second: Array) -> float:
    return float(np.median(length(second - first)))
