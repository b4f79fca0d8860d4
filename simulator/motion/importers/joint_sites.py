"""Moves the joints of foreign skeletons to where SMPL has them.

BVH and robot-like skeletons have the pelvis joint between the hips, collar bones that start at the spine, the
neck at the height of the shoulders, other spines, and trunks up to 10 cm shorter for legs as long. Fitted as
they are, the trunk would lean and the arms would reach down. Joints of the legs sit alike everywhere and are
kept; arms keep their shape and move with the shoulders.
"""

from __future__ import annotations

import numpy as np

from simulator.body.skeleton import JOINT, Array, swing_between
from simulator.errors import MotionFileError

from .joint_clip import leg_length_m

_PELVIS_ABOVE_HIPS_RANGE = (0.07, 0.15)  # in leg lengths; SMPL .105, between the hips 0, CMU .13
_COLLAR_LENGTH_RANGE = (0.12, 0.22)  # spine3 to collar in leg lengths; SMPL .17, CMU 0, DeepMimic .26
_UPRIGHT_COSINE = float(np.cos(np.deg2rad(30.0)))
_STRAIGHT_PERCENTILE = 95.0  # of the trunk's length over time: a bent trunk is shorter
_SHORTEST_M = 1e-4
_SPINE = ("pelvis", "spine1", "spine2", "spine3")
_SHOULDERS = [JOINT["left_shoulder"], JOINT["right_shoulder"]]
_ARMS = [*_SHOULDERS, *(JOINT[f"{side}_{name}"] for name in ("elbow", "wrist") for side in ("left", "right"))]


def has_smpl_sites(joints: Array) -> bool:
    """Whether pelvis and collars of (T, 22, 3) joints sit as on an SMPL skeleton."""
    leg = leg_length_m(joints)
    pelvis = float(np.median(np.linalg.norm(joints[:, 0] - _mid_hip(joints), axis=1))) / leg
    bone = joints[:, JOINT["left_collar"]] - joints[:, JOINT["spine3"]]
    collar = float(np.median(np.linalg.norm(bone, axis=1))) / leg
    low, high = _PELVIS_ABOVE_HIPS_RANGE
    return low < pelvis < high and _COLLAR_LENGTH_RANGE[0] < collar < _COLLAR_LENGTH_RANGE[1]


def with_smpl_sites(joints: Array, rest_joints: Array, usual: Array | None = None) -> Array:
    """Joints (T, 22, 3) with trunk, neck and head where `rest_joints` (24, 3) of an SMPL body has them.

    The line from mid-hip to mid-shoulder is stretched to the body's length, and carries the arms along. Each
    joint of the spine lies on it at the rest body's share, in front of it as the rest body's joint is, and
    bends off it as the clip's own spine does relative to its usual shape. The neck stands on the upper trunk
    as the rest body's does; the head leans from there as the clip's does.

    Args:
        joints: (T, 22, 3), metres.
        rest_joints: (24, 3) of the body, metres.
        usual: (U, 22, 3) poses of the same skeleton that tell its usual shape; `joints` if not given.

    Raises:
        MotionFileError: hips and shoulders coincide, so that the trunk has no direction.
    """
    usual = joints if usual is None else usual
    rest = rest_joints[None, :22]
    frames, base = _trunk_frames(joints), _mid_hip(joints)
    rest_frame, rest_base = _trunk_frames(rest)[0], _mid_hip(rest)[0]
    rest_length = float(_trunk_length(rest)[0])
    stretch = rest_length / float(np.percentile(_trunk_length(usual), _STRAIGHT_PERCENTILE))
    length = _trunk_length(joints)[:, None] * stretch
    own_shares, own_bends = _spine_bends(joints, usual)

    def on_spine(name: str) -> Array:
        site = rest_frame.T @ (rest[0, JOINT[name]] - rest_base) / rest_length
        weights = [np.interp(site[1], own_shares, row) for row in np.eye(len(own_shares))]
        local = np.array([0.0, site[1], site[2]]) * length
        local[:, [0, 2]] += np.einsum("n,tnc->tc", weights, own_bends) * stretch
        return base + np.einsum("tij,tj->ti", frames, local)

    moved = joints.copy()
    moved[:, _ARMS] += (frames[:, :, 1] * length * (1.0 - 1.0 / stretch))[:, None]
    for name in _SPINE:
        moved[:, JOINT[name]] = on_spine(name)
    shoulders = moved[:, _SHOULDERS]
    out = rest[0, JOINT["left_collar"], 0] / rest[0, JOINT["left_shoulder"], 0]
    for side, name in enumerate(("left_collar", "right_collar")):
        moved[:, JOINT[name]] = on_spine(name) + out * (shoulders[:, side] - shoulders.mean(1))
    return _with_neck_and_head(moved, joints[:, JOINT["head"]] - joints[:, JOINT["neck"]], rest)


def _with_neck_and_head(moved: Array, head_from_neck: Array, rest: Array) -> Array:
    """Neck and head of the rest body (1, 22, 3) on its upper trunk; the head leans along `head_from_neck`."""
    upper, rest_upper = _upper_frames(moved), _upper_frames(rest)[0]
    turn = upper @ rest_upper.T
    spine3, neck, head = (rest[0, JOINT[name]] for name in ("spine3", "neck", "head"))
    moved[:, JOINT["neck"]] = moved[:, JOINT["spine3"]] + turn @ (neck - spine3)
    # Foreign skeletons put the head straight above the neck, SMPL in front of it.
    lean = swing_between(upper[:, :, 1], head_from_neck)
    moved[:, JOINT["head"]] = moved[:, JOINT["neck"]] + np.einsum("tij,tj->ti", lean, turn @ (head - neck))
    return moved


def _spine_bends(joints: Array, usual_joints: Array) -> tuple[Array, Array]:
    """Where the clip's own spine joints lie between mid-hip and mid-shoulder (N,), and their bend (T, N, 2).

    A bend is the offset (left, forwards) from the straight line, less what it usually is when upright: that
    much is how the skeleton is built. Both ends bend by nothing.
    """
    of_usual, frames = _local_spine(usual_joints), _trunk_frames(usual_joints)
    length = _trunk_length(usual_joints)[:, None]
    shares = np.median(of_usual[:, :, 1] / length, axis=0)
    upright = frames[:, 2, 1] > _UPRIGHT_COSINE
    usual = np.median(of_usual[upright] if upright.sum() >= 3 else of_usual, axis=0)
    order = [n for n in np.argsort(shares) if 0.02 < shares[n] < 0.98]
    bends = (_local_spine(joints) - usual)[:, order][:, :, [0, 2]]
    return np.array([0.0, *shares[order], 1.0]), np.pad(bends, ((0, 0), (1, 1), (0, 0)))


def _local_spine(joints: Array) -> Array:
    """(T, N, 3) spine joints from mid-hip, as left, up the trunk and forwards."""
    sites = joints[:, [JOINT[name] for name in _SPINE]] - _mid_hip(joints)[:, None]
    return np.einsum("tij,tni->tnj", _trunk_frames(joints), sites)


def _mid_hip(joints: Array) -> Array:
    return (joints[:, JOINT["left_hip"]] + joints[:, JOINT["right_hip"]]) / 2


def _mid_shoulder(joints: Array) -> Array:
    return (joints[:, JOINT["left_shoulder"]] + joints[:, JOINT["right_shoulder"]]) / 2


def _trunk_length(joints: Array) -> Array:
    return np.linalg.norm(_mid_shoulder(joints) - _mid_hip(joints), axis=1)


def _trunk_frames(joints: Array) -> Array:
    """(T, 3, 3) with columns left, up the trunk (mid-hip to mid-shoulder) and forwards."""
    hips = joints[:, JOINT["left_hip"]] - joints[:, JOINT["right_hip"]]
    return _frames(_mid_shoulder(joints) - _mid_hip(joints), hips + _across_shoulders(joints))


def _upper_frames(joints: Array) -> Array:
    """(T, 3, 3) with columns left, up the upper trunk (spine3 to mid-shoulder) and forwards."""
    return _frames(_mid_shoulder(joints) - joints[:, JOINT["spine3"]], _across_shoulders(joints))


def _across_shoulders(joints: Array) -> Array:
    return joints[:, JOINT["left_shoulder"]] - joints[:, JOINT["right_shoulder"]]


def _frames(up: Array, left: Array) -> Array:
    up = _directions(up)
    left = _directions(left - up * (left * up).sum(1, keepdims=True))
    return np.stack([left, up, np.cross(left, up)], axis=2)


def _directions(vectors: Array) -> Array:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if lengths.min() < _SHORTEST_M:
        raise MotionFileError(
            f"in frame {int(lengths.argmin())} hips and shoulders lie in one place or in one line, so the trunk "
            "has no direction",
            "wrong shape",
        )
    return vectors / lengths
