"""Two-bone inverse kinematics of the legs, exact for the body's own rest offsets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.body.skeleton import JOINT

from .body_frame import MAX_STRETCH, BodyFrame
from .rotations import about_left, apply, frame_of, length, unit
from .strokes import Array, soft_max_zero

MAX_KNEE_FLEXION_RAD = np.radians(148.0)
SOFT_M, SWING_SOFT_M = 0.007, 0.028
"""How softly a leg is kept from locking its knee: of a foot on the floor, of one in the air."""


@dataclass(frozen=True)
class LegSolution:
    """Local rotations (T, 3, 3) of hip and knee, and the shin's global rotation."""

    hip: Array
    knee: Array
    shin_world: Array


def leg_reach_limits(frame: BodyFrame) -> tuple[float, float]:
    """Shortest and longest hip-ankle distance in use, m."""
    knee = np.pi - MAX_KNEE_FLEXION_RAD
    shortest = np.sqrt(frame.thigh**2 + frame.shin**2 - 2.0 * frame.thigh * frame.shin * np.cos(knee))
    return float(shortest), MAX_STRETCH * frame.leg_length


def solve_leg(
    frame: BodyFrame,
    side: str,
    pelvis: Array,
    hip_point: Array,
    ankle_point: Array,
    hinge: Array,
    soft_m: ArrayLike = SOFT_M,
) -> LegSolution:
    """Rotations that bring the ankle to a point with the knee pointing to a side.

    Args:
        frame: the body's measures.
        side: "left" or "right".
        pelvis: (T, 3, 3) global rotation of the pelvis.
        hip_point: (T, 3) hip joint, m.
        ankle_point: (T, 3) where the ankle shall be; drawn in smoothly if out of reach.
        hinge: (T, 3) the knee's axis, about the person's left; made square to the leg here.
        soft_m: (T,) length over which the leg's reach is rounded off, m.
    """
    thigh = frame.joint(f"{side}_knee") - frame.joint(f"{side}_hip")
    shin = frame.joint(f"{side}_ankle") - frame.joint(f"{side}_knee")
    to_ankle = ankle_point - hip_point
    asked = length(to_ankle)
    shortest, longest = leg_reach_limits(frame)
    soft = np.asarray(soft_m, dtype=np.float64)
    reach = longest - soft * np.logaddexp(0.0, (longest - asked) / soft)
    reach = shortest + soft_max_zero(reach - shortest, SOFT_M)
    knee = about_left(_knee_angle(thigh, shin, reach))
    straight = thigh + apply(knee, shin)
    # Rest frame: hip-ankle line and the knee's hinge (the left axis); the target frame has the same two.
    rest_frame = frame_of(straight, np.broadcast_to([1.0, 0.0, 0.0], straight.shape))
    world_frame = frame_of(to_ankle, hinge)
    hip_world = world_frame @ np.swapaxes(rest_frame, -1, -2)
    return LegSolution(np.swapaxes(pelvis, -1, -2) @ hip_world, knee, hip_world @ knee)


def _knee_angle(thigh: Array, shin: Array, reach: Array) -> Array:
    """Rotation (T,) about the left axis that makes |thigh + R shin| = reach; positive bends the knee."""
    a, b = np.hypot(thigh[1], thigh[2]), np.hypot(shin[1], shin[2])
    across = (thigh[0] + shin[0]) ** 2
    cosine = np.clip((reach**2 - across - a**2 - b**2) / (2.0 * a * b), -1.0, 1.0)
    lead = np.arctan2(shin[2], shin[1]) - np.arctan2(thigh[2], thigh[1])
    lead = (lead + np.pi) % (2.0 * np.pi) - np.pi
    return np.arccos(cosine) - lead


def knee_hinges(pelvis: Array, foot: Array, swivel: Array, sign: float) -> Array:
    """(T, 3) axes of a knee: between the left of the pelvis and of the foot, turned with an outward swivel.

    An axis never falls together with a leg that swings in its own plane, as a direction to which the knee
    points does when the leg is kicked forward.
    """
    cosine, sine = np.cos(swivel)[:, None], sign * np.sin(swivel)[:, None]
    return unit(
        cosine * (pelvis[:, :, 0] + 0.8 * foot[:, :, 0]) - sine * (pelvis[:, :, 2] + 0.8 * foot[:, :, 2])
    )


def hip_points(frame: BodyFrame, root: Array, pelvis: Array) -> tuple[Array, Array]:
    """(T, 3) left and right hip joints."""
    offsets = frame.rest[[JOINT["left_hip"], JOINT["right_hip"]]] - frame.joint("pelvis")
    return root + apply(pelvis, offsets[0]), root + apply(pelvis, offsets[1])
