"""SMPL's 24-joint skeleton and the rotation algebra that motion and skinning share.

Rest pose: T-pose, y up, facing +z, left is +x. World: z up; a body that faced +z faces -y after
`Y_UP_TO_Z_UP`. Joint rotations are local to the parent joint.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

JOINT_NAMES: tuple[str, ...] = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hand",
    "right_hand",
)
"""SMPL's joints in order; HumanML3D has the first 22. A "foot" is the ball of the foot."""

JOINT: dict[str, int] = {name: index for index, name in enumerate(JOINT_NAMES)}
PARENTS: tuple[int, ...] = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
CHILDREN: tuple[tuple[int, ...], ...] = tuple(
    tuple(child for child, parent in enumerate(PARENTS) if parent == joint) for joint in range(len(PARENTS))
)
N_JOINTS = len(JOINT_NAMES)
N_BETAS = 10

Y_UP_TO_Z_UP: Array = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Turns y-up coordinates into the world's z-up ones: (x, y, z) -> (x, -z, y)."""


def rotation_matrices(axis_angle: ArrayLike) -> Array:
    """Rotation matrices (..., 3, 3) of axis-angle vectors (..., 3) in radians."""
    vectors = np.asarray(axis_angle, dtype=np.float64)
    return Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(*vectors.shape[:-1], 3, 3)


def axis_angles(matrices: ArrayLike) -> Array:
    """Axis-angle vectors (..., 3) in radians of rotation matrices (..., 3, 3), angles in [0, pi]."""
    rotations = np.asarray(matrices, dtype=np.float64)
    flat = rotations.reshape(-1, 3, 3)
    # scipy's own check takes most of its time; what fails this one goes through it, and is mended or refused there
    turned = Rotation.from_matrix(flat, assume_valid=_are_rotations(flat))
    return turned.as_rotvec().reshape(rotations.shape[:-1])


def _are_rotations(matrices: Array) -> bool:
    """Whether all matrices (N, 3, 3) are right-handed and orthonormal within 1e-13."""
    x, y, z = np.ascontiguousarray(matrices.transpose(1, 2, 0))  # rows, each (3, N)
    products = [(x * x).sum(0) - 1.0, (y * y).sum(0) - 1.0, (z * z).sum(0) - 1.0]
    products += [(x * y).sum(0), (y * z).sum(0), (z * x).sum(0)]
    cross = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]]
    volume = cross[0] * z[0] + cross[1] * z[1] + cross[2] * z[2]
    worst = max((float(np.abs(product).max(initial=0.0)) for product in products), default=0.0)
    return bool(worst < 1e-13 and volume.min(initial=1.0) > 0.0)


def continuous_axis_angles(axis_angle: ArrayLike) -> Array:
    """The same rotations over time (T, ..., 3), written so that the vectors do not jump.

    An angle that passes pi would flip its axis; here each vector is the equivalent one (same axis line,
    a whole number of turns more or less) that lies nearest to the vector of the pose before.
    """
    vectors = np.array(axis_angle, dtype=np.float64)
    for t in range(1, len(vectors)):
        angle = np.linalg.norm(vectors[t], axis=-1, keepdims=True)
        axis = vectors[t] / np.where(angle > 1e-9, angle, 1.0)
        # A rotation by (almost) nothing has no axis of its own: keep the axis of the pose before.
        previous_angle = np.linalg.norm(vectors[t - 1], axis=-1, keepdims=True)
        previous_axis = vectors[t - 1] / np.where(previous_angle > 1e-9, previous_angle, 1.0)
        axis = np.where(angle > 1e-9, axis, previous_axis)
        turns = np.round(((axis * vectors[t - 1]).sum(-1, keepdims=True) - angle) / (2 * np.pi))
        vectors[t] = axis * (angle + 2 * np.pi * turns)
    return vectors


def swing_between(start: ArrayLike, end: ArrayLike) -> Array:
    """Smallest rotations (..., 3, 3) that turn directions `start` (..., 3) into `end` (..., 3).

    Lengths do not matter. Opposite directions turn half a turn about an axis square to `start`.
    """
    a = np.asarray(start, dtype=np.float64)
    b = np.asarray(end, dtype=np.float64)
    a, b = np.broadcast_arrays(a, b)
    a = a / np.linalg.norm(a, axis=-1, keepdims=True)
    b = b / np.linalg.norm(b, axis=-1, keepdims=True)
    # The quaternion (a x b, 1 + a.b) is the half-way rotation; it vanishes for opposite directions.
    cross = np.cross(a, b)
    scalar = 1.0 + (a * b).sum(-1, keepdims=True)
    other = np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    square = np.cross(a, other)
    opposite = scalar < 1e-14  # within 1.4e-7 rad, where the half-way rotation drowns in rounding
    quaternion = np.concatenate([np.where(opposite, square, cross), np.where(opposite, 0.0, scalar)], axis=-1)
    return Rotation.from_quat(quaternion.reshape(-1, 4)).as_matrix().reshape(*a.shape[:-1], 3, 3)


def forward_kinematics(
    local_rotations: Array, rest_joints: Array, root_positions: Array
) -> tuple[Array, Array]:
    """World positions (T, J, 3) and world rotations (T, J, 3, 3) of the first J joints.

    Args:
        local_rotations: (T, J, 3, 3), the root's first; J is 22 or 24.
        rest_joints: (24, 3) joints of the rest pose, metres.
        root_positions: (T, 3) where the pelvis is, metres.
    """
    n_poses, n_joints = local_rotations.shape[:2]
    world = np.empty((n_poses, n_joints, 3, 3))
    positions = np.empty((n_poses, n_joints, 3))
    world[:, 0] = local_rotations[:, 0]
    positions[:, 0] = root_positions
    for joint in range(1, n_joints):
        parent = PARENTS[joint]
        world[:, joint] = world[:, parent] @ local_rotations[:, joint]
        positions[:, joint] = positions[:, parent] + world[:, parent] @ (
            rest_joints[joint] - rest_joints[parent]
        )
    return positions, world
