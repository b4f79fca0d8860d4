"""How high knee, ball and wrist are over skin that rests on the floor, measured on the posed body."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.body.model import BodyModel, pose_joints, pose_vertices
from simulator.body.skeleton import JOINT

from .body_motion import BodyMotion
from .strokes import Array

TUCKED_RAD = np.radians(-76.0)
"""Pitch of a foot whose toes are tucked under."""
TOE_BEND_RAD = np.radians(51.0)
"""How far its toes bend."""
SHIN_SLOPE_RAD = np.radians(22.0)
"""Rise of a kneeling shin towards the ankle over tucked toes."""
PALM_EXTENSION_RAD, PALM_TILT_RAD = np.radians([80.0, 8.0])
"""Extension of a wrist that carries, and the tilt of its palm onto the thumb's side."""
_LEG = ("left_hip", "left_knee")
_FOOT = ("left_ankle", "left_foot")
_HAND = ("left_wrist", "left_hand")


@dataclass(frozen=True)
class FloorHeights:
    """Heights above a floor on which skin rests, m."""

    knee: float
    """Of the knee joint of a leg that kneels with its thigh upright."""
    tucked_ball: float
    """Of the ball joint over tucked toes."""
    wrist: float
    """Of the wrist joint over a flat palm."""


def floor_heights(body: BodyModel, betas: Array) -> FloorHeights:
    """Measure one pose: the left leg kneels with its toes tucked, the left hand is bent back."""
    flexion = 0.5 * np.pi + SHIN_SLOPE_RAD
    pose = np.zeros((1, len(JOINT) - 1, 3))
    pose[0, JOINT["left_knee"] - 1, 0] = flexion
    pose[0, JOINT["left_ankle"] - 1, 0] = -TUCKED_RAD - flexion
    pose[0, JOINT["left_foot"] - 1, 0] = -TOE_BEND_RAD
    pose[0, JOINT["left_wrist"] - 1, 2] = PALM_EXTENSION_RAD
    motion = BodyMotion(betas, np.zeros((1, 3)), pose, np.zeros((1, 3)), 1.0)
    joints = pose_joints(body, motion)[0]
    # Rest axes are (left, up, forward), and so are those of a pose that no rotation of the root stands up.
    down = np.array([0.0, -1.0, 0.0])
    bent = np.array([np.sin(PALM_EXTENSION_RAD), -np.cos(PALM_EXTENSION_RAD), 0.0])
    palm_down = np.cos(PALM_TILT_RAD) * bent - np.array([0.0, 0.0, np.sin(PALM_TILT_RAD)])
    ids = [_moved_by(body, names) for names in (_LEG, _FOOT, _HAND)]
    skin = pose_vertices(body, motion, np.concatenate(ids))[0].astype(np.float64)
    leg, foot, hand = np.split(skin, np.cumsum([len(part) for part in ids])[:-1])

    def height(joint: str, points: Array, downward: Array) -> float:
        return float(((points - joints[JOINT[joint]]) @ downward).max())

    return FloorHeights(
        knee=height("left_knee", leg, down),
        tucked_ball=height("left_foot", foot, down),
        wrist=height("left_wrist", hand, palm_down),
    )


@lru_cache(maxsize=32)
def _moved_by(body: BodyModel, names: tuple[str, ...]) -> NDArray[np.int64]:
    """Vertices that some joints move most."""
    return np.flatnonzero(np.isin(body.weights.argmax(axis=1), [JOINT[name] for name in names]))
