"""Parts of a body that move apart from each other, by the joint that holds most of each triangle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .model import BodyModel
from .skeleton import JOINT_NAMES

BODY_PARTS = ("torso", "head", "left_arm", "right_arm", "left_leg", "right_leg")
_LIMB_JOINTS = {
    "head": ("neck", "head"),
    "arm": ("shoulder", "elbow", "wrist", "hand"),
    "leg": ("hip", "knee", "ankle", "foot"),
}  # the rest, pelvis, spine and collars, is torso


def part_of_joint(joint: str) -> str:
    """Part of BODY_PARTS that a joint of JOINT_NAMES moves."""
    side, _, place = joint.rpartition("_")
    for part, places in _LIMB_JOINTS.items():
        if place in places:
            return f"{side}_{part}" if side else part
    return "torso"


def body_parts(body: BodyModel) -> NDArray[np.int64]:
    """(F,) index into BODY_PARTS of each triangle: the part with most skinning weight over its corners."""
    of_joint = np.array([BODY_PARTS.index(part_of_joint(name)) for name in JOINT_NAMES])
    weight = np.zeros((len(body.weights), len(BODY_PARTS)))
    for joint, part in enumerate(of_joint):
        weight[:, part] += body.weights[:, joint]
    return np.argmax(weight[body.faces].sum(axis=1), axis=1)
