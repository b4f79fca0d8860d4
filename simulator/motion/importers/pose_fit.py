"""Inverse kinematics: from 22 joint positions to the pose of a body.

Pelvis and chest turn as a whole (Procrustes), joints with one child by the smallest swing, ends inherit; then
trunk, neck, arms and pelvis are refined together. The legs are solved so that the ankles go where the clip's
ankles go, scaled to the body: a foot that stands in the clip then stands. Twist about a bone cannot be seen
from joints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.body.model import BodyModel
from simulator.body.shape import HEIGHT_RANGE_M
from simulator.body.skeleton import (
    CHILDREN,
    JOINT,
    JOINT_NAMES,
    PARENTS,
    Array,
    axis_angles,
    continuous_axis_angles,
    forward_kinematics,
    swing_between,
)
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion

from .joint_clip import JointClip, leg_length_m
from .joint_sites import has_smpl_sites, with_smpl_sites
from .refine_pose import refined

_HIPS = [JOINT["left_hip"], JOINT["right_hip"]]
_TRUNKS = {
    "pelvis": ("left_hip", "right_hip", "spine1"),
    "spine3": ("neck", "left_collar", "right_collar", "left_shoulder", "right_shoulder"),
}
# Bones that foreign skeletons have too: limbs and head; the others are placed anew.
_KEPT_BONES = [
    JOINT["head"],
    *(JOINT[f"{s}_{j}"] for s in ("left", "right") for j in ("knee", "ankle", "foot", "elbow", "wrist")),
]
_FREE_REACH = 0.975  # share of the leg's length up to which it reaches exactly; beyond it gives way softly
_FOOT_SLOPE_SLACK_RAD = float(np.deg2rad(12.0))
_POLE_M = 0.02  # how far forwards the knee of a straight leg is taken to point


@dataclass(frozen=True)
class PoseFit:
    """A fitted motion and how far its joints are from those of the clip scaled to the body.

    Attributes:
        motion: T poses.
        joint_errors_m: (T, 22) distances, metres.
    """

    motion: BodyMotion
    joint_errors_m: Array

    @property
    def fit_error_mm(self) -> float:
        """Mean joint error over all poses, millimetres."""
        return self.error_mm(slice(None))

    def error_mm(self, poses: slice) -> float:
        """Mean joint error over some poses, millimetres."""
        return float(self.joint_errors_m[poses].mean()) * 1e3


def fit_pose(clip: JointClip, body: BodyModel, build: JointClip | None = None, first: int = 0) -> PoseFit:
    """Pose a body of the clip's own height like the clip.

    Args:
        clip: at its starting place (`JointClip.from_origin`).
        body: its joints are read from it, so any SMPL-layout body will do.
        build: other poses of the same recording, at their starting place; what does not change with time (leg
            length, sites of joints, slope of a flat foot) is told from them instead of from `clip`.
        first: index of the clip's first pose in its recording.

    Raises:
        MotionFileError: joints coincide, so that a bone has no direction.
    """
    build = clip if build is None else build
    betas, scale = _shape_like(build, body)
    rest = body.rest_joints(betas)
    target, usual = clip.joints * scale, build.joints * scale
    if not has_smpl_sites(usual):
        _check_bones(target, _KEPT_BONES)
        target = with_smpl_sites(target, rest, usual)
    _check_bones(target, range(1, 22))
    local, pelvis = fit_rotations(target, rest, clip.rate_hz, flat_foot_slopes(usual, rest), first)
    fitted = forward_kinematics(local, rest, pelvis)[0]
    errors = np.linalg.norm(fitted[:, :22] - target, axis=2)
    vectors = continuous_axis_angles(axis_angles(local))
    start = pelvis[0] * [1.0, 1.0, 0.0]  # a motion starts with the pelvis over (0, 0)
    motion = BodyMotion(betas, vectors[:, 0], vectors[:, 1:], pelvis - start - rest[0], clip.rate_hz)
    return PoseFit(motion, errors)


def fit_rotations(
    target: Array, rest: Array, rate_hz: float, flat_slopes: Array, first: int = 0, refine: bool = True
) -> tuple[Array, Array]:
    """Local rotations (T, 24, 3, 3) and pelvis positions (T, 3) of a skeleton that follows joints.

    Args:
        target: (T, 22, 3) joints to follow, m, of the size of the skeleton.
        rest: (24, 3) joints of the skeleton's rest pose, m.
        rate_hz: poses per second.
        flat_slopes: (2,) slopes, rad, of the left and right foot of `target` when it stands flat.
        first: index of the first pose in its recording.
        refine: whether rotations and pelvis are refined together after the analytic solution.
    """
    world = _trunk_and_arms(target, rest)
    # Hips, not the pelvis, carry the legs: mid-hip is put on mid-hip, whatever the widths.
    hips = np.einsum("tij,j->ti", world[:, 0], rest[_HIPS].mean(0) - rest[0])
    pelvis = target[:, _HIPS].mean(1) - hips
    if refine:
        local, pelvis = refined(_local(world), pelvis, target, rest, rate_hz, first)
        world = forward_kinematics(local, rest, pelvis)[1]
    for side, slope in zip(("left", "right"), flat_slopes, strict=True):
        _solve_leg(world, target, rest, pelvis, side, float(slope))
    return _local(world), pelvis


def _local(world: Array) -> Array:
    local = world.copy()
    for joint in range(1, len(JOINT_NAMES)):
        local[:, joint] = world[:, PARENTS[joint]].transpose(0, 2, 1) @ world[:, joint]
    return local


def _check_bones(target: Array, ends: Sequence[int]) -> None:
    """Refuse bones that lead to joints `ends` and have no length."""
    parents = [PARENTS[end] for end in ends]
    lengths = np.linalg.norm(target[:, list(ends)] - target[:, parents], axis=2)
    t, bone = np.unravel_index(int(lengths.argmin()), lengths.shape)
    if lengths[t, bone] < 1e-4:
        raise MotionFileError(
            f"in frame {t} {JOINT_NAMES[ends[int(bone)]]} coincides with {JOINT_NAMES[parents[int(bone)]]}, "
            "so the bone between them has no direction",
            "wrong shape",
        )


def _shape_like(clip: JointClip, body: BodyModel) -> tuple[Array, float]:
    """Betas of an average build whose legs are as long as the clip's, and what scale is still needed.

    Builds end somewhere (children are shorter): the motion is scaled by the rest, as leg lengths.
    """
    wanted, height = leg_length_m(clip.joints), 1.7
    for _ in range(4):
        betas = body.betas_for(height, "average")
        own = leg_length_m(body.rest_joints(betas)[None])
        height = float(np.clip(height * wanted / own, *HEIGHT_RANGE_M))
    betas = body.betas_for(height, "average")
    return betas, leg_length_m(body.rest_joints(betas)[None]) / wanted


def _trunk_and_arms(target: Array, rest: Array) -> Array:
    """World rotations (T, 24, 3, 3); those of the legs are not final yet."""
    world = np.empty((len(target), len(JOINT_NAMES), 3, 3))
    for joint, name in enumerate(JOINT_NAMES):
        if name in _TRUNKS:
            world[:, joint] = _procrustes(target, rest, joint, [JOINT[n] for n in _TRUNKS[name]])
            continue
        parent = world[:, PARENTS[joint]]
        children = [child for child in CHILDREN[joint] if child < target.shape[1]]
        if len(children) != 1:
            world[:, joint] = parent
            continue
        bone = rest[children[0]] - rest[joint]
        world[:, joint] = _swing(parent, bone, target[:, children[0]] - target[:, joint])
    return world


def _swing(parent: Array, bone: Array, direction: Array) -> Array:
    """Parent's rotations (T, 3, 3), turned by the least that points the rest `bone` along `direction`."""
    return swing_between(parent @ bone, direction) @ parent


def _procrustes(target: Array, rest: Array, joint: int, members: list[int]) -> Array:
    """Rotations (T, 3, 3) that best turn the rest bones `joint`-`members` into the clip's (Kabsch)."""
    bones = rest[members] - rest[joint]
    seen = target[:, members] - target[:, [joint]]
    seen_lengths = np.linalg.norm(seen, axis=2, keepdims=True)
    seen = seen / np.maximum(seen_lengths, 1e-12) * np.linalg.norm(bones, axis=1)[:, None]
    left, _, right = np.linalg.svd(np.einsum("tni,nj->tij", seen, bones))
    flip = np.ones((len(target), 3))
    flip[:, 2] = np.linalg.det(left @ right)
    return (left * flip[:, None]) @ right


def _solve_leg(world: Array, target: Array, rest: Array, pelvis: Array, side: str, flat_slope: float) -> None:
    """Turn hip, knee and ankle of one leg so that the ankle reaches the clip's; writes into `world`."""
    hip, knee, ankle, foot = (JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "foot"))
    thigh, shin = np.linalg.norm(rest[knee] - rest[hip]), np.linalg.norm(rest[ankle] - rest[knee])
    start = pelvis + world[:, 0] @ (rest[hip] - rest[0])
    away = target[:, ankle] - start
    distance = np.linalg.norm(away, axis=1, keepdims=True)
    along = away / distance
    reach = _soft_reach(distance / (thigh + shin)) * (thigh + shin)
    # The knee bends in the plane in which the clip's does; a straight leg's plane is the pelvis's own.
    pole = target[:, knee] - target[:, hip] + _POLE_M * world[:, 0, :, 2]
    pole = pole - along * (pole * along).sum(1, keepdims=True)
    pole = pole / np.linalg.norm(pole, axis=1, keepdims=True)
    foot_of_height = (thigh**2 - shin**2 + reach**2) / (2 * reach)
    height = np.sqrt(np.maximum(thigh**2 - foot_of_height**2, 0.0))
    bent = along * foot_of_height + pole * height
    world[:, hip] = _swing(world[:, 0], rest[knee] - rest[hip], bent)
    world[:, knee] = _swing(world[:, hip], rest[ankle] - rest[knee], along * reach - bent)
    sole = rest[foot] - rest[ankle]
    flat = np.array([sole[0], -np.hypot(sole[0], sole[2]) * np.tan(flat_slope), sole[2]])
    world[:, ankle] = _swing(world[:, knee], flat, target[:, foot] - target[:, ankle])
    world[:, foot] = world[:, ankle]


def _soft_reach(share: Array) -> Array:
    """Leg extension 0-1 for a wanted one: equal up to `_FREE_REACH`, then bending smoothly towards 1."""
    rest = 1.0 - _FREE_REACH
    return np.where(
        share < _FREE_REACH, share, 1.0 - rest * np.exp(-np.maximum(share - _FREE_REACH, 0.0) / rest)
    )


def flat_foot_slopes(target: Array, rest: Array) -> Array:
    """Slopes (2,) in radians, ankle down to ball, that left and right foot of the clip have standing flat.

    Skeletons place ankle and ball at other heights above the sole; without this a flat foot would tilt. While
    a ball is on the floor the slope is least when the heel is down too. A foot that never puts its heel down
    is held to near the flatter foot's slope, and both to near the body's own.
    """
    own = _slope(rest[JOINT["left_foot"]] - rest[JOINT["left_ankle"]], up=1)
    slopes = []
    for side in ("left", "right"):
        ball = target[:, JOINT[f"{side}_foot"]]
        down = ball[:, 2] < np.percentile(ball[:, 2], 5) + 0.02
        slopes.append(np.percentile(_slope(ball[down] - target[down][:, JOINT[f"{side}_ankle"]], up=2), 10))
    held = np.clip(slopes, min(slopes), min(slopes) + _FOOT_SLOPE_SLACK_RAD)
    return np.clip(held, own - _FOOT_SLOPE_SLACK_RAD, own + _FOOT_SLOPE_SLACK_RAD)


def _slope(bone: Array, up: int) -> Array:
    return np.arctan2(-bone[..., up], np.linalg.norm(np.delete(bone, up, axis=-1), axis=-1))
