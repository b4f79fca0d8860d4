"""Legs as supports: where the feet put the ankles, when a heel must rise, how high the pelvis may be."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d

from .body_frame import BodyFrame
from .legs import hip_points, leg_reach_limits
from .rotations import about_left, about_up, apply, turned_in_turn
from .strokes import Array, minimum_jerk, smooth, soft_max_zero
from .timeline import SIDES

SUPPORT_SMOOTHING_S = 0.02
CAP_FREE_HEIGHT = 0.45
"""Below this share of the standing height the legs no longer carry the pelvis: no cap."""
MAX_HEEL_RISE_RAD = np.radians(58.0)
HEEL_SOFT_RAD = 0.03
HEEL_SMOOTHING_S = 0.012
"""The needed rise is smooth itself: a wider blur would lift the heel early and bend the knee of a standing leg."""


def foot_target(frame: BodyFrame, side: str, foot: Array) -> tuple[Array, Array]:
    """Ankle points (T, 3) and foot rotations (T, 3, 3).

    The ball carries the foot: a raised heel turns about it; raised toes turn about the heel, which lifts it.
    """
    yaw, pitch = foot[:, 3], foot[:, 4]
    rotation = turned_in_turn(yaw, -pitch, -foot[:, 6])
    ball = foot[:, :3].copy()
    ball[:, 1] += frame.ball_height + frame.heel_behind * np.sin(
        np.clip(soft_max_zero(pitch, 0.006), 0.0, 1.5)
    )
    return ball + apply(rotation, frame.ankle_from_ball[SIDES.index(side)]), rotation


def ankle_behind_ball(frame: BodyFrame, pitch: float) -> float:
    """How far behind the ball of a foot with a pitch (rad) its ankle is, m."""
    return -float((about_left(-pitch) @ frame.ankle_from_ball[0])[2])


def ball_for_ankle(
    frame: BodyFrame, side: str, ankle: Array, yaw: float, pitch: float
) -> tuple[float, float, float]:
    """Foot track's (left, clearance, ahead) that put the ankle at a point (3,): `foot_target` inverted."""
    rotation = about_up(yaw) @ about_left(-pitch)
    ball = ankle - rotation @ frame.ankle_from_ball[SIDES.index(side)]
    lifted = frame.heel_behind * np.sin(np.clip(pitch, 0.0, 1.5))
    return float(ball[0]), float(ball[1] - frame.ball_height - lifted), float(ball[2])


def capped_root(
    frame: BodyFrame,
    root: Array,
    pelvis: Array,
    ankles: list[Array],
    clearances: list[Array],
    rate_hz: float,
) -> Array:
    """The root, lowered smoothly wherever a leg could not reach its foot on the floor.

    A foot in the air (clearances (T,) above the floor, m) holds nobody down: a straight leg draws it along.
    """
    longest = leg_reach_limits(frame)[1]
    hips = hip_points(frame, np.zeros_like(root), pelvis)
    excess = np.zeros(len(root))
    for hip, ankle, clearance in zip(hips, ankles, clearances, strict=True):
        across = np.hypot(root[:, 0] + hip[:, 0] - ankle[:, 0], root[:, 2] + hip[:, 2] - ankle[:, 2])
        up = np.sqrt(np.maximum(longest**2 - across**2, (0.3 * longest) ** 2))
        over = soft_max_zero(root[:, 1] - (ankle[:, 1] + up - hip[:, 1]), 0.004)
        excess = np.maximum(excess, over * (1.0 - minimum_jerk((clearance - 0.01) / 0.06)))
    carried = np.clip((root[:, 1] / frame.stand_height - CAP_FREE_HEIGHT) / 0.15, 0.0, 1.0)
    lowered = root.copy()
    lowered[:, 1] -= _smooth_above(carried * excess, rate_hz)
    return lowered


def _smooth_above(values: Array, rate_hz: float) -> Array:
    """A smooth curve that nowhere lies below the values by more than their roughness: widen, then blur."""
    reach = max(1, round(0.75 * SUPPORT_SMOOTHING_S * rate_hz))
    widest = maximum_filter1d(values, 2 * reach + 1, mode="nearest")
    return smooth(widest, SUPPORT_SMOOTHING_S, rate_hz)


def lift_heel(frame: BodyFrame, side: str, hip: Array, foot: Array, rate_hz: float) -> Array:
    """The foot track (T, 7) with the heel raised about the ball where a leg left behind could not reach.

    The ankle turns about the ball towards the hip until the leg is long enough (law of cosines in the
    foot's own plane), as it does at the end of a stance.
    """
    longest = 0.995 * leg_reach_limits(frame)[1]
    ankle = frame.ankle_from_ball[SIDES.index(side)]
    short, ankle_angle = float(np.hypot(ankle[1], ankle[2])), float(np.arctan2(ankle[1], ankle[2]))
    to_hip = hip - foot[:, :3] - [0.0, frame.ball_height, 0.0]
    ahead = np.sin(foot[:, 3]) * to_hip[:, 0] + np.cos(foot[:, 3]) * to_hip[:, 2]
    aside = np.cos(foot[:, 3]) * to_hip[:, 0] - np.sin(foot[:, 3]) * to_hip[:, 2]
    far = np.hypot(ahead, to_hip[:, 1])
    reach_squared = np.maximum(longest**2 - aside**2, (0.5 * longest) ** 2)
    cosine = (far**2 + short**2 - reach_squared) / np.maximum(2.0 * far * short, 1e-9)
    opening = np.arccos(np.clip(cosine, -1.0, 1.0))
    needed = ankle_angle - np.arctan2(to_hip[:, 1], ahead) - opening
    planted = minimum_jerk(ahead / 0.12) * (1.0 - minimum_jerk(foot[:, 1] / 0.12))
    upright = minimum_jerk((hip[:, 1] / frame.stand_height - 0.35) / 0.15)
    wanted = MAX_HEEL_RISE_RAD - soft_max_zero(MAX_HEEL_RISE_RAD - soft_max_zero(needed, HEEL_SOFT_RAD), 0.05)
    rise = smooth(wanted * planted * upright, HEEL_SMOOTHING_S, rate_hz)
    lifted = foot.copy()
    # What the heel has risen already counts; nothing needed changes nothing.
    risen = soft_max_zero(-foot[:, 4], 0.02)
    lifted[:, 4] -= soft_max_zero(rise - risen, 0.02) - soft_max_zero(-risen, 0.02)
    return lifted
