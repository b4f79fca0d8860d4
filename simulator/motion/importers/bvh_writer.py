"""Body motion as BVH text: 24 joints with Mixamo's names, centimetres, y up, rotations Z X Y."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from simulator.body.model import BodyModel, pose_joints
from simulator.body.skeleton import CHILDREN, JOINT_NAMES, Y_UP_TO_Z_UP, Array, rotation_matrices
from simulator.motion.body_motion import BodyMotion

_CM = 100.0
_CENTRE = {
    "pelvis": "Hips",
    "spine1": "Spine",
    "spine2": "Spine1",
    "spine3": "Spine2",
    "neck": "Neck",
    "head": "Head",
}
_LIMBS = {
    "hip": "UpLeg",
    "knee": "Leg",
    "ankle": "Foot",
    "foot": "ToeBase",
    "collar": "Shoulder",
    "shoulder": "Arm",
    "elbow": "ForeArm",
    "wrist": "Hand",
    "hand": "HandMiddle1",
}
_END_CM = {"head": (0.0, 18.0, 0.0), "left_foot": (0.0, 0.0, 6.0), "right_foot": (0.0, 0.0, 6.0)}
_HAND_END_CM = 9.0


def bvh_text(motion: BodyMotion, body: BodyModel) -> str:
    """The motion as BVH: the body's bones, absolute root positions, one line per pose, 1e-6 cm and degrees."""
    rest = body.rest_joints(motion.betas)
    order: list[int] = []
    lines = ["HIERARCHY", *_joint_lines(0, rest, order, ""), "MOTION"]
    lines += [f"Frames: {motion.n_poses}", f"Frame Time: {1.0 / motion.rate_hz:.9f}"]
    vectors = np.concatenate([motion.global_orient[:, None], motion.body_pose], axis=1)
    matrices = rotation_matrices(vectors)
    matrices[:, 0] = Y_UP_TO_Z_UP.T @ matrices[:, 0]
    angles = Rotation.from_matrix(matrices[:, order].reshape(-1, 3, 3)).as_euler("ZXY", degrees=True)
    pelvis = pose_joints(body, motion)[:, 0] @ Y_UP_TO_Z_UP * _CM
    values = np.concatenate([pelvis, angles.reshape(motion.n_poses, -1)], axis=1)
    lines += [" ".join(f"{value:.6f}" for value in row) for row in values]
    return "\n".join(lines) + "\n"


def bvh_name(joint: str) -> str:
    """Mixamo's name of an SMPL joint."""
    if joint in _CENTRE:
        return _CENTRE[joint]
    side, limb = joint.split("_")
    return side.capitalize() + _LIMBS[limb]


def _joint_lines(joint: int, rest: Array, order: list[int], indent: str) -> list[str]:
    """The lines of a joint and all below it; appends the joints to `order` as the frames have them."""
    parent = next((index for index, children in enumerate(CHILDREN) if joint in children), None)
    offset = (rest[joint] - (rest[joint] if parent is None else rest[parent])) * _CM
    order.append(joint)
    inner = indent + "  "
    rotations = "Zrotation Xrotation Yrotation"
    is_root = parent is None
    lines = [
        f"{indent}{'ROOT' if is_root else 'JOINT'} {bvh_name(JOINT_NAMES[joint])}",
        f"{indent}{{",
        f"{inner}OFFSET {' '.join(f'{value:.6f}' for value in offset)}",
        f"{inner}CHANNELS {f'6 Xposition Yposition Zposition {rotations}' if is_root else f'3 {rotations}'}",
    ]
    for child in CHILDREN[joint]:
        lines += _joint_lines(child, rest, order, inner)
    if not CHILDREN[joint]:
        end = _END_CM.get(JOINT_NAMES[joint], (np.sign(offset[0]) * _HAND_END_CM, 0.0, 0.0))
        values = " ".join(f"{value:.6f}" for value in end)
        lines += [f"{inner}End Site", f"{inner}{{", f"{inner}  OFFSET {values}", f"{inner}}}"]
    return [*lines, f"{indent}}}"]
