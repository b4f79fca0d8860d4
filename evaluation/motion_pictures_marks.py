"""What is marked on the floor of a picture: where skin touches it, and whether it slides there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator import BodyModel, BodyMotion, pose_vertices
from simulator.body.skeleton import JOINT, JOINT_NAMES

TOUCH_M = 0.012
"""Skin that is lower rests on the floor where it stays in place: real soles give by about this much."""
RUB_M = 0.004
"""Skin that moves must be lower to rub: toes of a swinging foot pass within a centimetre or two."""
SLIDE_MPS = 0.25
"""Skin that moves faster over the floor does not stay in place; a foot that rolls over its ball does."""
SKIN_STRIDE = 3
"""Every how many-th vertex is looked at: they lie some 10 mm apart."""

SPOTS: dict[str, tuple[str, ...]] = {
    "left foot": ("left_ankle", "left_foot"),
    "right foot": ("right_ankle", "right_foot"),
    "left knee": ("left_knee",),
    "right knee": ("right_knee",),
    "left hand": ("left_wrist", "left_hand"),
    "right hand": ("right_wrist", "right_hand"),
    "left elbow": ("left_elbow",),
    "right elbow": ("right_elbow",),
    "hips": ("pelvis", "left_hip", "right_hip"),
    "back": ("spine1", "spine2", "spine3", "left_collar", "right_collar", "left_shoulder", "right_shoulder"),
    "head": ("neck", "head"),
}
"""Parts of the body that can touch the floor, and the joints that move their skin."""


@dataclass(frozen=True)
class FloorMarks:
    """What touches the floor, by the spots of `SPOTS` in their order.

    Attributes:
        touching: (T, S) bool.
        sliding: (T, S) bool: touches, and most of what touches moves faster than `SLIDE_MPS`.
        places_m: (T, S, 2) middle of what touches, NaN where nothing does.
    """

    touching: NDArray[np.bool_]
    sliding: NDArray[np.bool_]
    places_m: NDArray[np.float64]


def floor_marks(body: BodyModel, motion: BodyMotion) -> FloorMarks:
    """What touches the floor z = 0 in every pose, and what of it slides."""
    skin = np.arange(0, body.n_vertices, SKIN_STRIDE)
    owner = body.weights[skin].argmax(axis=1)
    vertices = pose_vertices(body, motion, skin).astype(np.float64)
    speed = np.linalg.norm(np.gradient(vertices[..., :2], axis=0), axis=2) * motion.rate_hz
    still = speed < SLIDE_MPS
    touches = (vertices[..., 2] < RUB_M) | (still & (vertices[..., 2] < TOUCH_M))
    shape = (motion.n_poses, len(SPOTS))
    touching, sliding = np.zeros(shape, bool), np.zeros(shape, bool)
    places = np.full((*shape, 2), np.nan)
    for spot, joints in enumerate(SPOTS.values()):
        mine = np.flatnonzero(np.isin(owner, [JOINT[name] for name in joints]))
        part = touches[:, mine]
        touching[:, spot] = part.any(axis=1)
        count = part.sum(axis=1)
        sliding[:, spot] = 2 * (part & ~still[:, mine]).sum(axis=1) > count
        middle = (vertices[:, mine, :2] * part[..., None]).sum(axis=1) / np.maximum(count, 1)[:, None]
        places[touching[:, spot], spot] = middle[touching[:, spot]]
    return FloorMarks(touching, sliding, places)


def left_and_right_joints() -> tuple[list[int], list[int]]:
    """Joints of the left and of the right limbs."""
    sides = [[JOINT[name] for name in JOINT_NAMES if name.startswith(side)] for side in ("left_", "right_")]
    return sides[0], sides[1]
