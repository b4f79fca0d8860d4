"""Moves the joints of foreign skeletons to where SMPL has them.

BVH and robot-like skeletons have the pelvis joint between the hips, collar bones that start at the spine, and
other spines. Fitted as they are, the trunk would lean. Limb joints sit alike everywhere and are kept.
"""

from __future__ import annotations

import numpy as np

from simulator.body.skeleton import JOINT, Array

from .joint_clip import leg_length_m

_PELVIS_ABOVE_HIPS_RANGE = (0.07, 0.15)  # in leg lengths; SMPL .105, between the hips 0, CMU .13
_COLLAR_LENGTH_RANGE = (0.12, 0.22)  # spine3 to collar in leg lengths; SMPL .17, CMU 0, DeepMimic .26
_UPRIGHT_COSINE = float(np.cos(np.deg2rad(30.0)))
_SPINE = ("pelvis", "spine1", "spine2", "spine3")


def has_smpl_sites(joints: Array) -> bool:
    """Whether pelvis and collars of (T, 22, 3) joints sit as on an SMPL skeleton."""
    leg = leg_length_m(joints)
    pelvis = float(np.median(np.linalg.norm(joints[:, 0] - _mid_hip(joints), axis=1))) / leg
    bone = joints[:, JOINT["left_collar"]] - joints[:, JOINT["spine3"]]
    collar = float(np.median(np.linalg.norm(bone, axis=1))) / leg
    low, high = _PELVIS_ABOVE_HIPS_RANGE
    return low < pelvis < high and _COLLAR_LENGTH_RANGE[0] < collar < _COLLAR_LENGTH_RANGE[1]


def with_smpl_sites(joints: Array, rest_joints: Array, usual: Array | None = None) -> Array:
    """Joints (T, 22, 3) with pelvis, spine and collars where `rest_joints` (24, 3) of an SMPL body has them.

    Each new joint lies on the line from mid-hip to neck at the rest body's share, in front of it as the rest
    body's joint is, and bends off it as the clip's own spine does relative to its usual shape.

    Args:
        joints: (T, 22, 3), metres.
        rest_joints: (24, 3) of the body, metres.
        usual: (U, 22, 3) poses of the same skeleton that tell its usual shape; `joints` if not given.
    """
    frames, base = _trunk_frames(joints), _mid_hip(joints)
    length = np.linalg.norm(joints[:, JOINT["neck"]] - base, axis=1)[:, None]
    own_shares, own_bends = _spine_bends(joints, joints if usual is None else usual)
    rest = rest_joints[None, :22]
    rest_frame, rest_base = _trunk_frames(rest)[0], _mid_hip(rest)[0]
    rest_length = float(np.linalg.norm(rest[0, JOINT["neck"]] - rest_base))

    def on_spine(name: str) -> Array:
        site = rest_frame.T @ (rest[0, JOINT[name]] - rest_base) / rest_length
        weights = [np.interp(site[1], own_shares, row) for row in np.eye(len(own_shares))]
        local = np.array([0.0, site[1], site[2]]) * length
        local[:, [0, 2]] += np.einsum("n,tnc->tc", weights, own_bends)
        return base + np.einsum("tij,tj->ti", frames, local)

    moved = joints.copy()
    for name in _SPINE:
        moved[:, JOINT[name]] = on_spine(name)
    shoulders = joints[:, [JOINT["left_shoulder"], JOINT["right_shoulder"]]]
    out = rest[0, JOINT["left_collar"], 0] / rest[0, JOINT["left_shoulder"], 0]
    for side, name in enumerate(("left_collar", "right_collar")):
        moved[:, JOINT[name]] = on_spine(name) + out * (shoulders[:, side] - shoulders.mean(1))
    return moved


def _spine_bends(joints: Array, usual_joints: Array) -> tuple[Array, Array]:
    """Where the clip's own spine joints lie between mid-hip and neck (N,), and their bend (T, N, 2).

    A bend is the offset (left, forwards) from the straight line, less what it usually is when upright: that
    much is how the skeleton is built. Both ends, mid-hip and neck, bend by nothing.
    """
    of_usual, frames = _local_spine(usual_joints), _trunk_frames(usual_joints)
    length = np.linalg.norm(usual_joints[:, JOINT["neck"]] - _mid_hip(usual_joints), axis=1)[:, None]
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


def _trunk_frames(joints: Array) -> Array:
    """(T, 3, 3) with columns left, up the trunk (mid-hip to neck) and forwards."""
    up = joints[:, JOINT["neck"]] - _mid_hip(joints)
    up = up / np.linalg.norm(up, axis=1, keepdims=True)
    left = (
        joints[:, JOINT["left_hip"]]
        - joints[:, JOINT["right_hip"]]
        + joints[:, JOINT["left_shoulder"]]
        - joints[:, JOINT["right_shoulder"]]
    )
    left = left - up * (left * up).sum(1, keepdims=True)
    left = left / np.linalg.norm(left, axis=1, keepdims=True)
    return np.stack([left, up, np.cross(left, up)], axis=2)
