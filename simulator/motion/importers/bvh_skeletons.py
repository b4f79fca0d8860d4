"""From a BVH skeleton to the 22 joints: names, units and the up axis, none of which the file states."""

from __future__ import annotations

import numpy as np

from simulator.body.skeleton import JOINT, Array
from simulator.errors import MotionFileError

from .bvh import BvhClip, bvh_kinematics
from .bvh_rigs import RigJoints, match_rig
from .joint_clip import ADULT_LEG_M, LEG_RANGE_M, JointClip, leg_length_m

_SPINE_SHARES = {"spine1": 0.23, "spine2": 0.50, "spine3": 0.585}  # of the way from pelvis to neck, as SMPL
_UNITS_M = {"metres": 1.0, "centimetres": 0.01, "millimetres": 0.001, "inches": 0.0254}
_CMU_UNIT_M = {"CMU's units of 5.6444 cm": 0.056444}  # of its ASF files (0.45 units = 1 inch)
_SHORTEST_INCH_LEG_M = 0.45


def joints_of_bvh(clip: BvhClip) -> JointClip:
    """The 22 joints of a BVH clip, z up, metres, at the file's own rate; its notes tell unit and axis.

    Unit: the one in which the legs come nearest to an adult's, CMU's for its skeletons. Up axis: the one along
    which the head stays above the ankles.

    Raises:
        MotionFileError: joints are missing, or no usual unit or axis fits.
    """
    rig = match_rig(clip.names)
    joints = _pick_joints(clip, rig)
    is_cmu = any(name.lower() == "lhipjoint" for name in clip.names)
    unit, unit_m = _unit(leg_length_m(joints), is_cmu)
    joints = joints * unit_m
    axis = 1 if is_cmu else _up_axis(joints)
    notes: tuple[str, ...] = (
        f"lengths read as {unit} by the legs, {'yz'[axis - 1]} as up by the head above the ankles",
    )
    if is_cmu:
        notes = (f"lengths read as {unit} and y as up, as CMU's skeletons have them",)
    if rig.lacking:
        notes += (f"its skeleton lacks {', '.join(rig.lacking)}: placed by the joints around",)
    turned = JointClip.from_y_up if axis == 1 else JointClip
    return turned(joints, 1.0 / clip.frame_time_s, notes)


def _pick_joints(clip: BvhClip, rig: RigJoints) -> Array:
    positions, rotations = bvh_kinematics(clip)
    joints = np.empty((len(positions), 22, 3))
    for name, index in rig.indices.items():
        joints[:, JOINT[name]] = positions[:, index]
    chain = _spine_chain(clip, rig)
    neck = chain[-1]
    joints[:, JOINT["neck"]] = positions[:, neck]
    for name, share in _SPINE_SHARES.items():
        joints[:, JOINT[name]] = points_along(positions[:, chain], share)
    for name in rig.lacking:
        side = name.split("_")[0]
        if name.endswith("collar"):
            shoulder = joints[:, JOINT[f"{side}_shoulder"]]
            joints[:, JOINT[name]] = joints[:, JOINT["neck"]] * 0.75 + shoulder * 0.25
            continue
        ankle = rig.indices[f"{side}_ankle"]
        if ankle not in clip.ends:
            raise MotionFileError(
                f"its skeleton lacks {side} foot (the ball: toe base, or an end site of the ankle)",
                "missing joints",
            )
        toe = positions[:, ankle] + rotations[:, ankle] @ np.array(clip.ends[ankle])
        joints[:, JOINT[name]] = toe
    return joints


def _spine_chain(clip: BvhClip, rig: RigJoints) -> list[int]:
    """Joints from the pelvis to the neck, the parent of the head (CMU has two; the upper one is SMPL's)."""
    chain = [clip.parents[rig.indices["head"]]]
    above_pelvis = {-1}
    index = rig.indices["pelvis"]
    while index >= 0:
        above_pelvis.add(index)
        index = clip.parents[index]
    while chain[-1] not in above_pelvis:
        chain.append(clip.parents[chain[-1]])
    # Biped's spine hangs on the joint that the pelvis hangs on, at the same place.
    if chain[-1] == -1 or len(chain) < 2:
        raise MotionFileError(
            "its head does not hang on the hips, so the spine cannot be found", "missing joints"
        )
    return [rig.indices["pelvis"], *chain[-2::-1]]


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


def _unit(leg: float, is_cmu: bool) -> tuple[str, float]:
    """Name and metres of the unit in which legs of that length are a person's."""
    if is_cmu:
        units = _UNITS_M | _CMU_UNIT_M
    else:
        # Other conversions of CMU's data keep its unit; an adult's legs would be an infant's in inches
        units = _UNITS_M if _UNITS_M["inches"] * leg > _SHORTEST_INCH_LEG_M else _UNITS_M | _CMU_UNIT_M
    name = min(units, key=lambda unit: abs(np.log(max(leg * units[unit], 1e-12) / ADULT_LEG_M)))
    if not LEG_RANGE_M[0] <= leg * units[name] <= LEG_RANGE_M[1]:
        raise MotionFileError(
            f"its legs are {leg:.3g} units long; in none of {', '.join(units)} is that a person's "
            f"({LEG_RANGE_M[0]} to {LEG_RANGE_M[1]} m)",
            "wrong units",
        )
    return name, units[name]


def _up_axis(joints: Array) -> int:
    """1 for y up, 2 for z up: along which axis the head stays above the ankles over the clip."""
    ankles = (joints[:, JOINT["left_ankle"]] + joints[:, JOINT["right_ankle"]]) / 2
    rise = (joints[:, JOINT["head"]] - ankles).mean(0)
    axis = int(np.argmax(np.abs(rise)))
    if axis == 0 or rise[axis] <= 0:
        raise MotionFileError(
            f"its up axis cannot be told: on average the head lies {np.round(rise, 2).tolist()} m from the "
            "ankles; it must be y or z up and show the person mostly upright",
            "unknown axes",
        )
    return axis
