"""What a motion measurably does, from its joints alone: captions and answers are grounded in this."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from simulator.body.model import BodyModel, pose_joints
from simulator.body.skeleton import JOINT

from .body_motion import BodyMotion
from .facts_events import Extreme, Footfall, JumpFact, find_extremes, find_footfalls, find_jumps
from .facts_segments import PostureSpan, Segment, find_postures, find_segments
from .facts_signals import body_signals
from .rotations import length
from .strokes import Array

SMOOTHING_S = 0.12
"""Gaussian width that takes the step-to-step sway out of the pelvis path."""
SWAY_M = 0.15
"""Movements of the pelvis within this distance are swaying, not travelling."""
LOOK_AHEAD = 64


@dataclass(frozen=True)
class MotionFacts:
    """Measured facts of one motion; world axes (z up), angles in degrees, positive to the left.

    Forward and left are those of the first pose. Path and travel leave out swaying within 0.15 m.
    """

    duration_s: float
    path_length_m: float
    net_displacement_m: float
    displacement_xy_m: tuple[float, float]
    displacement_forward_m: float
    displacement_left_m: float
    mean_speed_mps: float
    """Path length by duration."""
    cruising_speed_mps: float
    """90th percentile of the smoothed horizontal speed of the pelvis."""
    facing_start_deg: float
    """0 = along -y."""
    net_turn_deg: float
    pelvis_height_start_m: float
    pelvis_height_min_m: float
    pelvis_height_max_m: float
    pelvis_height_end_m: float
    max_down_speed_mps: float
    """Largest downward speed of the pelvis."""
    max_hand_speed_left_mps: float
    max_hand_speed_right_mps: float
    max_foot_speed_left_mps: float
    max_foot_speed_right_mps: float
    max_hand_height_left_m: float
    max_hand_height_right_m: float
    max_foot_height_left_m: float
    max_foot_height_right_m: float
    stand_height_m: float
    """Pelvis of this body in a relaxed stand."""
    segments: tuple[Segment, ...] = ()
    """What happens in which order, without gaps."""
    postures: tuple[PostureSpan, ...] = ()
    footfalls: tuple[Footfall, ...] = ()
    jumps: tuple[JumpFact, ...] = ()
    repetitions: dict[str, dict[str, list[Extreme]]] = field(default_factory=dict)
    """Signal (see facts_signals) -> "peaks" and "troughs" that stand out: counting these counts repetitions."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values by field name: lists, numbers and texts that JSON keeps, the new ones rounded."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        values["displacement_xy_m"] = list(self.displacement_xy_m)
        for name in ("segments", "postures", "footfalls", "jumps"):
            values[name] = [_rounded(vars(item)) for item in values[name]]
        values["repetitions"] = {
            signal: {kind: [extreme.to_list() for extreme in found] for kind, found in both.items()}
            for signal, both in self.repetitions.items()
        }
        return values


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in values.items()}


def measure_facts(motion: BodyMotion, body: BodyModel) -> MotionFacts:
    """Measure a motion, synthesised or imported, on the joints of the posed body.

    Args:
        motion: at least two poses.
        body: the body model whose joints are posed.
    """
    joints = pose_joints(body, motion)
    rate = motion.rate_hz
    pelvis = _smooth(joints[:, JOINT["pelvis"]], rate)
    planar = pelvis[:, :2]
    facing = facing_rad(joints)
    start = facing[0]
    moved = planar[-1] - planar[0]
    ahead, left = np.array([np.sin(start), -np.cos(start)]), np.array([np.cos(start), np.sin(start)])
    path = travelled_m(planar)
    speed_over_floor = length(np.gradient(planar, axis=0)) * rate
    height = joints[:, JOINT["pelvis"], 2]
    sinking = -np.gradient(gaussian_filter1d(height, 0.04 * rate, mode="nearest")) * rate
    limbs: dict[str, float] = {}
    for limb, joint in (("hand", "wrist"), ("foot", "foot")):
        for side in ("left", "right"):
            track = joints[:, JOINT[f"{side}_{joint}"]]
            speed = length(np.gradient(track, axis=0)) * rate
            limbs[f"max_{limb}_speed_{side}_mps"] = float(speed.max())
            limbs[f"max_{limb}_height_{side}_m"] = float(track[:, 2].max())
    upright = _standing_pelvis_m(body, motion)
    jumps = tuple(find_jumps(joints, rate, upright))
    return MotionFacts(
        duration_s=motion.duration_s,
        path_length_m=path,
        net_displacement_m=float(np.linalg.norm(moved)),
        displacement_xy_m=(float(moved[0]), float(moved[1])),
        displacement_forward_m=float(moved @ ahead),
        displacement_left_m=float(moved @ left),
        mean_speed_mps=path / motion.duration_s,
        cruising_speed_mps=float(np.quantile(speed_over_floor, 0.9)),
        facing_start_deg=float(np.degrees((start + np.pi) % (2.0 * np.pi) - np.pi)),
        net_turn_deg=float(np.degrees(facing[-1] - facing[0])),
        pelvis_height_start_m=float(height[0]),
        pelvis_height_min_m=float(height.min()),
        pelvis_height_max_m=float(height.max()),
        pelvis_height_end_m=float(height[-1]),
        max_down_speed_mps=float(max(sinking.max(), 0.0)),
        **limbs,
        stand_height_m=upright,
        segments=tuple(find_segments(joints, facing, rate, upright, jumps)),
        postures=tuple(find_postures(joints, rate, upright)),
        footfalls=tuple(find_footfalls(joints, rate, jumps)),
        jumps=jumps,
        repetitions=find_extremes(body_signals(motion, joints, facing), rate),
    )


def _standing_pelvis_m(body: BodyModel, motion: BodyMotion) -> float:
    """Pelvis above the sole of the body at rest; a relaxed stand is lower by the little that knees give."""
    rest = body.rest_joints(motion.betas)
    sole = float(body.rest_vertices(motion.betas)[:, 1].min())
    leg = float(np.linalg.norm(rest[JOINT["left_hip"]] - rest[JOINT["left_ankle"]]))
    return float(rest[0, 1]) - sole - 0.004 * leg


def facing_rad(joints: Array) -> Array:
    """(T,) unwrapped facing, 0 along -y, from the hips' and shoulders' sides; held where they stand upright.

    A body that lies on its side has its left-right axis upright and no facing: the last one is kept.
    """
    hips = joints[:, JOINT["left_hip"]] - joints[:, JOINT["right_hip"]]
    shoulders = joints[:, JOINT["left_shoulder"]] - joints[:, JOINT["right_shoulder"]]
    side = hips / length(hips)[:, None] + 0.5 * shoulders / length(shoulders)[:, None]
    level = length(side[:, :2]) > 0.6 * length(side)
    angle = np.arctan2(side[:, 1], side[:, 0])
    known = np.flatnonzero(level)
    if not len(known):
        return np.zeros(len(joints))
    kept = known[np.maximum(np.searchsorted(known, np.arange(len(joints)), side="right") - 1, 0)]
    return np.unwrap(angle[kept])


def travelled_m(planar: Array) -> float:
    """Length of a path (T, 2), m, that leaves out moves which stay within the sway of an earlier point."""
    total, anchor, start = 0.0, planar[0], 0
    while start < len(planar):
        steps = np.hypot(*(planar[start : start + LOOK_AHEAD] - anchor).T)
        left = np.flatnonzero(steps >= SWAY_M)
        if len(left):
            total, anchor = total + float(steps[left[0]]), planar[start + left[0]]
        start += int(left[0]) + 1 if len(left) else LOOK_AHEAD
    if total > 0.0:
        total += float(np.hypot(*(planar[-1] - anchor)))
    return total


def _smooth(values: Array, rate_hz: float) -> Array:
    # Mirrored through the end points, so that a steady motion is left as it is up to its ends.
    reach = min(round(4.0 * SMOOTHING_S * rate_hz), len(values) - 1)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return gaussian_filter1d(padded, SMOOTHING_S * rate_hz, axis=0)[reach : reach + len(values)]
