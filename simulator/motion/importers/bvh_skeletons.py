"""From a BVH skeleton to the 22 joints: names, units and the up axis, none of which the file states."""

from __future__ import annotations

import re

import numpy as np

from simulator.body.skeleton import JOINT, Array
from simulator.errors import MotionFileError

from .bvh import BvhClip, bvh_positions
from .joint_clip import ADULT_LEG_M, LEG_RANGE_M, JointClip, leg_length_m

_ARM_NAMING = {
    "hip": "upleg",
    "knee": "leg",
    "ankle": "foot",
    "foot": "toebase",
    "collar": "shoulder",
    "shoulder": "arm",
    "elbow": "forearm",
    "wrist": "hand",
}
"""Mixamo, Rokoko, AnimatedDrawings and one of the two CMU conversions; SMPL joint -> the file's stem."""

_COLLAR_NAMING = {
    "hip": "hip",
    "knee": "knee",
    "ankle": "ankle",
    "foot": "toe",
    "collar": "collar",
    "shoulder": "shoulder",
    "elbow": "elbow",
    "wrist": "wrist",
}
"""The other CMU conversion, whose LeftShoulder is the shoulder and not the collar bone."""

_SPINE_SHARES = {"spine1": 0.23, "spine2": 0.50, "spine3": 0.585}  # of the way from pelvis to neck, as SMPL
_UNITS_M = {"metre": 1.0, "centimetre": 0.01, "millimetre": 0.001, "inch": 0.0254}
_CMU_UNIT_M = 0.056444  # CMU's ASF length unit, kept by both conversions (0.45 units = 1 inch)


def joints_of_bvh(clip: BvhClip) -> JointClip:
    """The 22 joints of a BVH clip, z up, metres, at the file's own rate.

    Units and up axis: CMU's by its joint names; else the unit in which the legs come nearest to an adult's,
    and the axis along which the head stays above the ankles.

    Raises:
        MotionFileError: joints are missing, or no usual unit or axis fits.
    """
    names = {re.sub(r"^.*[:]|^mixamorig\d*_?", "", name).lower(): i for i, name in enumerate(clip.names)}
    positions = bvh_positions(clip)
    joints = _pick_joints(clip, names, positions)
    is_cmu = "lhipjoint" in names
    joints = joints * _unit_m(joints, is_cmu)
    if not is_cmu and _up_axis(joints) == 2:
        return JointClip(joints, 1.0 / clip.frame_time_s)
    return JointClip.from_y_up(joints, 1.0 / clip.frame_time_s)


def _pick_joints(clip: BvhClip, names: dict[str, int], positions: Array) -> Array:
    naming = _COLLAR_NAMING if "leftcollar" in names else _ARM_NAMING
    wanted = {"pelvis": "hips", "head": "head"}
    wanted |= {f"{side}_{joint}": side + stem for side in ("left", "right") for joint, stem in naming.items()}
    missing = sorted(file_name for file_name in wanted.values() if file_name not in names)
    if missing:
        raise MotionFileError(
            f"its skeleton lacks {', '.join(missing)} (names are compared without case and prefix); known "
            "are the CMU, Mixamo, Rokoko and AnimatedDrawings schemes: rename the joints"
        )
    joints = np.empty((len(positions), 22, 3))
    for joint, file_name in wanted.items():
        joints[:, JOINT[joint]] = positions[:, names[file_name]]
    neck = clip.parents[names["head"]]  # CMU has two necks; the upper one is SMPL's
    chain = [neck]
    while chain[-1] not in (names["hips"], -1):
        chain.append(clip.parents[chain[-1]])
    if chain[-1] == -1 or len(chain) < 2:
        raise MotionFileError("its head does not hang on the hips, so the spine cannot be found")
    joints[:, JOINT["neck"]] = positions[:, neck]
    for joint, share in _SPINE_SHARES.items():
        joints[:, JOINT[joint]] = points_along(positions[:, chain[::-1]], share)
    return joints


def points_along(polyline: Array, share: float) -> Array:
    """(T, 3) points that lie at a share of the arc length of polylines (T, N, 3)."""
    lengths = np.linalg.norm(np.diff(polyline, axis=1), axis=2)
    reached = np.concatenate([np.zeros((len(lengths), 1)), np.cumsum(lengths, axis=1)], axis=1)
    wanted = share * reached[:, -1:]
    segment = np.clip((reached[:, 1:] < wanted).sum(1), 0, lengths.shape[1] - 1)
    frames = np.arange(len(polyline))
    length = np.maximum(lengths[frames, segment], 1e-12)
    within = np.clip((wanted[:, 0] - reached[frames, segment]) / length, 0.0, 1.0)[:, None]
    return polyline[frames, segment] * (1 - within) + polyline[frames, segment + 1] * within


def _unit_m(joints: Array, is_cmu: bool) -> float:
    leg = leg_length_m(joints)
    units = _UNITS_M | ({"CMU": _CMU_UNIT_M} if is_cmu else {})
    best = min(units.values(), key=lambda unit: abs(np.log(max(leg * unit, 1e-12) / ADULT_LEG_M)))
    if not LEG_RANGE_M[0] <= leg * best <= LEG_RANGE_M[1]:
        raise MotionFileError(
            f"its legs are {leg:.3g} units long; in none of {', '.join(units)} is that a person's "
            f"({LEG_RANGE_M[0]} to {LEG_RANGE_M[1]} m)"
        )
    return best


def _up_axis(joints: Array) -> int:
    """1 for y up, 2 for z up: along which axis the head stays above the ankles over the clip."""
    ankles = (joints[:, JOINT["left_ankle"]] + joints[:, JOINT["right_ankle"]]) / 2
    rise = (joints[:, JOINT["head"]] - ankles).mean(0)
    axis = int(np.argmax(np.abs(rise)))
    if axis == 0 or rise[axis] <= 0:
        raise MotionFileError(
            f"its up axis cannot be told: on average the head lies {np.round(rise, 2).tolist()} m from the "
            "ankles; it must be y or z up and show the person mostly upright"
        )
    return axis
