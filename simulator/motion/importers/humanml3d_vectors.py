"""HumanML3D's 263 features per frame (Guo et al. 2022), from and to the positions of the 22 joints.

y up, 20 frames/s. Of frame t: [0] half the yaw step of the heading to t + 1, rad, negative to the left;
[1:3] the root's step, x and z, in the heading frame of t + 1; [3] root height; [4:67] positions of joints
1-21 in the heading frame, from the point below the root; [67:193] 6D rotations of 21 bones; [193:259] steps
of the 22 joints to t + 1 in the heading frame; [259:263] contacts of ankle and ball, left then right.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d

from simulator.body.skeleton import JOINT, PARENTS, Array, swing_between

N_FEATURES = 263
_POSITIONS, _ROTATIONS, _STEPS, _CONTACTS = slice(4, 67), slice(67, 193), slice(193, 259), slice(259, 263)
_CONTACT_JOINTS = [JOINT[name] for name in ("left_ankle", "left_foot", "right_ankle", "right_foot")]
_CONTACT_STEP_M2 = 0.002
_HEADING_SIGMA_FRAMES = 20.0
# Rotations run along these chains; those of the arms start again from the root's rotation.
_CHAINS = (
    (0, 2, 5, 8, 11),
    (0, 1, 4, 7, 10),
    (0, 3, 6, 9, 12, 15),
    (9, 14, 17, 19, 21),
    (9, 13, 16, 18, 20),
)
_UP, _LEFT, _FORWARD = (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
_RIGHT, _DOWN = (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0)
# Rest direction of the bone that leads to joints 1-21.
_REST_DIRECTIONS = np.array(
    [
        *(_LEFT, _RIGHT, _UP, _DOWN, _DOWN, _UP, _DOWN, _DOWN, _UP, _FORWARD, _FORWARD, _UP),
        *(_LEFT, _RIGHT, _FORWARD, *[_DOWN] * 6),
    ]
)
_LIMBS = ("knee", "ankle", "elbow", "wrist")  # bones that lead to these tell whether it is a body
_COLUMN_SLACK = 0.2
_LARGEST_VARIATION = 0.2  # of bone lengths over time; models that generate features reach 0.1
_LARGEST_UNEVENNESS = 0.3  # of left and right, as a logarithm
_SHORTEST_BONE_M = 0.05


def vectors_to_joints(vectors: Array) -> Array:
    """Joint positions (T, 22, 3), metres, y up, of features (T, 263) that are not normalised.

    The first frame's heading is +z and its root lies over x = z = 0, as in the data set.
    """
    vectors = np.asarray(vectors, dtype=np.float64)
    frames = _yaw_frames(-2.0 * np.concatenate([[0.0], np.cumsum(vectors[:-1, 0])]))
    steps = np.stack([vectors[:-1, 1], np.zeros(len(vectors) - 1), vectors[:-1, 2]], axis=1)
    root = np.zeros((len(vectors), 3))
    root[1:] = np.cumsum(np.einsum("tij,tj->ti", frames[1:], steps), axis=0)
    local = vectors[:, _POSITIONS].reshape(len(vectors), 21, 3)
    joints = np.empty((len(vectors), 22, 3))
    joints[:, 1:] = np.einsum("tij,tnj->tni", frames, local) + root[:, None]
    joints[:, 0] = root + vectors[:, 3:4] * [0.0, 1.0, 0.0]
    return joints


def joints_to_vectors(joints: Array) -> Array:
    """Features (T - 1, 263), float64, of joint positions (T, 22, 3), metres, y up, 20 frames/s.

    The last frame has no step and is left out, as in the data set. Positions are taken as they are: the
    floor is y = 0. Where the clip starts and which way it faces is not in the features.
    """
    joints = np.asarray(joints, dtype=np.float64)
    yaw = _heading_yaw(joints)
    frames = _yaw_frames(yaw)
    n = len(joints) - 1
    vectors = np.empty((n, N_FEATURES))
    vectors[:, 0] = -np.diff(yaw) / 2
    steps = np.diff(joints, axis=0)
    vectors[:, 1:3] = np.einsum("tji,tj->ti", frames[1:], steps[:, 0])[:, [0, 2]]
    vectors[:, 3] = joints[:-1, 0, 1]
    below_root = joints[:-1, :1] * [1.0, 0.0, 1.0]
    local = np.einsum("tji,tnj->tni", frames[:-1], joints[:-1, 1:] - below_root)
    vectors[:, _POSITIONS] = local.reshape(n, -1)
    vectors[:, _ROTATIONS] = _bone_rotations(joints[:-1], frames[:-1]).reshape(n, -1)
    vectors[:, _STEPS] = np.einsum("tji,tnj->tni", frames[:-1], steps).reshape(n, -1)
    vectors[:, _CONTACTS] = (steps[:, _CONTACT_JOINTS] ** 2).sum(2) < _CONTACT_STEP_M2
    return vectors


def show_a_person(vectors: Array) -> bool:
    """Whether features (T, 263) are those of a body, which normalised ones are not.

    The columns of rotations have length 1, bones keep their length and left limbs are as long as right ones.
    """
    columns = np.linalg.norm(np.asarray(vectors)[:, _ROTATIONS].reshape(-1, 3), axis=1)
    if float(np.median(np.abs(columns - 1.0))) > _COLUMN_SLACK:
        return False
    joints = vectors_to_joints(vectors)
    ends = np.array([[JOINT[f"{side}_{joint}"] for joint in _LIMBS] for side in ("left", "right")])
    lengths = np.linalg.norm(
        joints[:, ends] - joints[:, np.array(PARENTS)[ends]], axis=-1
    )  # (T, sides, bones)
    mean = lengths.mean(0)
    if float(mean.min()) < _SHORTEST_BONE_M:
        return False
    varies = float(np.median(lengths.std(0) / mean))
    uneven = float(np.abs(np.log(mean[0] / mean[1])).max())
    return varies < _LARGEST_VARIATION and uneven < _LARGEST_UNEVENNESS


def _heading_yaw(joints: Array) -> Array:
    """(T,) unwrapped yaw of the heading, rad about +y from +z; 0 in the first frame.

    As in the data set, the hips count against the shoulders (its code swaps them), which makes the heading
    less steady than the facing; models are trained on it, so the features keep it.
    """
    hips = joints[:, JOINT["left_hip"]] - joints[:, JOINT["right_hip"]]
    shoulders = joints[:, JOINT["right_shoulder"]] - joints[:, JOINT["left_shoulder"]]
    across = hips + shoulders
    across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    forward = gaussian_filter1d(np.cross(_UP, across), _HEADING_SIGMA_FRAMES, axis=0, mode="nearest")
    yaw = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    yaw[0] = 0.0
    return np.unwrap(yaw)


def _yaw_frames(yaw: Array) -> Array:
    """(T, 3, 3) rotations about +y by `yaw` (T,): heading frame to world."""
    frames = np.zeros((len(yaw), 3, 3))
    frames[:, 0, 0] = frames[:, 2, 2] = np.cos(yaw)
    frames[:, 0, 2] = np.sin(yaw)
    frames[:, 2, 0] = -np.sin(yaw)
    frames[:, 1, 1] = 1.0
    return frames


def _bone_rotations(joints: Array, frames: Array) -> Array:
    """(T, 21, 6) first two columns of each bone's rotation from the bone before it in its chain.

    A chain starts with the inverse of the heading; this is no pose of an SMPL body.
    """
    local = np.empty((len(joints), 21, 3, 3))
    for chain in _CHAINS:
        before = frames.transpose(0, 2, 1)
        for parent, joint in pairwise(chain):
            rest, bone = _REST_DIRECTIONS[joint - 1], joints[:, joint] - joints[:, parent]
            has_length = np.linalg.norm(bone, axis=1, keepdims=True) > 1e-9
            turned = swing_between(rest, np.where(has_length, bone, rest))
            local[:, joint - 1] = before.transpose(0, 2, 1) @ turned
            before = turned
    return np.concatenate([local[..., 0], local[..., 1]], axis=-1)
