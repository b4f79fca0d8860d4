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
    vectors = np.array(axis_angle, dtype=np.float64, order="C")
    series = vectors.reshape(len(vectors), -1, 3).transpose(1, 0, 2)
    for joint, before in enumerate(series):
        series[joint, 1:] = _unwound(before)
    return vectors


def _unwound(vectors: Array) -> Array:
    """Vectors 1.. of one joint's (T, 3), each nearest to the one before."""
    angles = np.linalg.norm(vectors, axis=-1, keepdims=True)
    axes = vectors / np.where(angles > 1e-9, angles, 1.0)
    # A rotation by (almost) nothing has no axis of its own: keep the axis of the pose before.
    known = np.maximum.accumulate(np.where(angles[:, 0] > 1e-9, np.arange(len(angles)), 0))
    axes = axes[known]
    along = (axes[1:] * axes[:-1]).sum(-1)
    turns = np.zeros((len(vectors), 1))
    whole, before = 2 * np.pi, float(angles[0, 0])
    for t, (cosine, angle) in enumerate(zip(along.tolist(), angles[1:, 0].tolist(), strict=True), start=1):
        turn = round((cosine * before - angle) / whole)
        before = angle + whole * turn
        turns[t] = turn
    return axes[1:] * (angles[1:] + whole * turns[1:])


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
    world, bones = turned_bones(local_rotations, rest_joints)
    return joint_positions(bones, root_positions), np.ascontiguousarray(world.transpose(1, 0, 2, 3))


def turned_bones(local_rotations: Array, rest_joints: Array) -> tuple[Array, Array]:
    """World rotations (J, T, 3, 3), and vectors (J, T, 3) from each joint's parent to the joint; 0 for the root.

    Neither depends on where the body is.
    """
    n_poses, n_joints = local_rotations.shape[:2]
    local = np.ascontiguousarray(local_rotations.transpose(1, 0, 2, 3))
    world = np.empty((n_joints, n_poses, 3, 3))
    bones = np.zeros((n_joints, n_poses, 3))
    world[0] = local[0]
    for joint in range(1, n_joints):
        parent = PARENTS[joint]
        np.matmul(world[parent], local[joint], out=world[joint])
        bone = rest_joints[joint] - rest_joints[parent]
        np.matmul(world[parent].reshape(-1, 3), bone, out=bones[joint].reshape(-1))
    return world, bones


def joint_positions(bones: Array, root_positions: Array) -> Array:
    """World positions (T, J, 3) of joints whose bones are turned already, for a root (T, 3)."""
    positions = np.empty((bones.shape[1], len(bones), 3))
    positions[:, 0] = root_positions
    for joint in range(1, len(bones)):
        np.add(positions[:, PARENTS[joint]], bones[joint], out=positions[:, joint])
    return positions
