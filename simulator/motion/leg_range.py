"""Hips and ankles kept within their range of motion: the knee swings round, a foot that carries nothing gives way."""

from __future__ import annotations

import numpy as np

from .body_frame import BodyFrame
from .legs import LegSolution, solve_leg
from .rotations import about_axis, about_forward, about_left, apply, unit
from .strokes import Array, minimum_jerk, smooth, soft_max_zero
from .timeline import side_sign

HIP_TURN_RAD = np.radians(50.0)
"""Axial rotation of a thigh, inward and outward, from which on its knee is swung back (normal range: 59 and 60)."""
ROUNDS = 4
SMOOTHING_S = 0.04
INVERSION_RAD, EVERSION_RAD = np.radians(36.0), np.radians(26.0)
ANKLE_SOFT_RAD = 0.04
LYING_DORSIFLEXION_RAD = np.radians(36.0)
STANDING_DORSIFLEXION_RAD = np.radians(40.0)
"""From here on a heel comes off the floor: the range of a loaded ankle (squat, lunge) ends here."""
LYING_BELOW, LYING_WITHIN = 0.42, 0.1
"""Shares of the standing height below which hips begin to be, and are, those of a body that lies."""


def lying_share(frame: BodyFrame, hip: Array) -> Array:
    """(T,) 0 to 1: how far a hip (T, 3) is as low as that of a body whose feet carry nothing."""
    return minimum_jerk((LYING_BELOW - hip[:, 1] / frame.stand_height) / LYING_WITHIN)


def hinge_in_range(
    frame: BodyFrame,
    side: str,
    pelvis: Array,
    hip: Array,
    ankle: Array,
    hinge: Array,
    leg: LegSolution,
    soft_m: Array,
    rate_hz: float,
) -> LegSolution:
    """The leg with its knee swung round the line from hip to ankle until the thigh's axial rotation is in range.

    Hip and ankle stay where they are, so what touches the floor with its foot still does.

    Args:
        frame: the body's measures.
        side: "left" or "right".
        pelvis: (T, 3, 3) global rotation of the pelvis.
        hip: (T, 3) hip joint, m.
        ankle: (T, 3) ankle, m.
        hinge: (T, 3) the knee's axis of `leg`.
        leg: the solution so far.
        soft_m: (T,) as for `solve_leg`.
        rate_hz: poses per second.
    """
    axis = unit(ankle - hip)
    swung = np.zeros(len(hip))
    for _ in range(ROUNDS):
        turn = axial_turn(leg.hip)
        beyond = soft_max_zero(turn - HIP_TURN_RAD, 0.02) - soft_max_zero(-turn - HIP_TURN_RAD, 0.02)
        if np.abs(beyond).max() < np.radians(2.0):
            return leg
        swung = swung + beyond
        leg = solve_leg(frame, side, pelvis, hip, ankle, _swung(axis, swung, hinge, rate_hz), soft_m)
    return leg


def _swung(axis: Array, angle: Array, hinge: Array, rate_hz: float) -> Array:
    return apply(about_axis(axis, smooth(angle, SMOOTHING_S, rate_hz)), hinge)


def axial_turn(rotation: Array) -> Array:
    """(T,) rotation about the long axis of a thigh or neck after its shortest swing, rad, positive to the left."""
    sine = rotation[:, 0, 2] - rotation[:, 2, 0]
    return 2.0 * np.arctan2(sine, 1.0 + np.trace(rotation, axis1=1, axis2=2))


def heel_rise(dorsiflexion: Array, carrying: Array, rate_hz: float) -> Array | None:
    """How much further (T,) a heel must rise about the ball of its foot, rad; None where it need not.

    Args:
        dorsiflexion: (T,) of the ankle with the foot as it stands, rad.
        carrying: (T,) share to which the foot carries the body.
        rate_hz: poses per second.
    """
    beyond = np.maximum(dorsiflexion - STANDING_DORSIFLEXION_RAD, 0.0) * carrying
    if beyond.max() < np.radians(1.5):
        return None
    return smooth(beyond, SMOOTHING_S, rate_hz)


def ankle_in_range(bend: Array, side: str, lying: Array) -> Array:
    """The ankle's rotation (T, 3, 3) within its range where the foot carries nothing (lying (T,) is 1)."""
    too_far = _beyond(bend[:, 1, 2], bend[:, 1, 1], LYING_DORSIFLEXION_RAD)
    eased = bend @ about_left(lying * too_far)
    sign = side_sign(side)
    inward, upright = sign * eased[:, 0, 1], eased[:, 0, 0]
    back = _beyond(inward, upright, INVERSION_RAD) - _beyond(-inward, upright, EVERSION_RAD)
    return eased @ about_forward(sign * lying * back)


def _beyond(sine: Array, cosine: Array, limit_rad: float) -> Array:
    """(T,) softly, by how much a turn in a plane that shows (sine, cosine) exceeds the turn whose sine is allowed."""
    allowed = np.arcsin(np.minimum(np.sin(limit_rad) / np.maximum(np.hypot(sine, cosine), 1e-9), 1.0))
    return soft_max_zero(np.arctan2(sine, cosine) - allowed, ANKLE_SOFT_RAD)
