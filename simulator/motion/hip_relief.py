"""Hips that a pose would flex too far hand their share on to the lower back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from .body_frame import MAX_STRETCH, BodyFrame
from .legs import hip_points, knee_hinges, solve_leg
from .rotations import apply, dot, length
from .strokes import Array, smooth
from .support import foot_target
from .timeline import SIDES, side_sign

PelvisOf = Callable[[dict[str, Array]], Array]
"""Global rotation (T, 3, 3) of the pelvis of tracks."""
HIP_FLEXION_RAD = np.radians(134.0)
"""From here on; the normal range ends here (Boone and Azen 1979)."""
SPINE_FLEXION_RAD = np.radians(75.0)
ROUNDS = 6
SMOOTHING_S = 0.04
SLACK_M = 0.02
"""More than rounding off a leg's reach takes from it."""
FOLDED_RAD = np.radians(-120.0)
"""A thigh that points further back than this has come round over the chest."""


def relieve_hips(
    frame: BodyFrame, tracks: dict[str, Array], pelvis_of: PelvisOf, rate_hz: float
) -> tuple[dict[str, Array], Array]:
    """Tracks in which no hip flexes beyond its range, as far as the spine can help, and the pelvis' rotation.

    In a deep squat the pelvis tips back about the hips under a lumbar spine that bends; the chest stays where it was.
    Tracks of a motion that stays within the range come back as they are.
    """
    tracks = dict(tracks)
    for _ in range(ROUNDS):
        pelvis = pelvis_of(tracks)
        hips = hip_points(frame, tracks["root"], pelvis)
        fold = np.zeros(len(pelvis))
        for side, hip in zip(SIDES, hips, strict=True):
            foot = tracks[f"foot_{side}"]
            high = np.flatnonzero(_knee_may_be_high(frame, hip, pelvis, foot))
            if len(high):
                flexion = _hip_flexion(frame, side, pelvis[high], hip[high], foot[high])
                fold[high] = np.maximum(fold[high], flexion - HIP_FLEXION_RAD)
        tip = _needed(np.minimum(fold, SPINE_FLEXION_RAD - tracks["spine"][:, 0]), rate_hz)
        if tip is None:
            return tracks, pelvis
        tracks |= _tipped_back(frame, tracks, hips, tip, pelvis_of)
    return tracks, pelvis_of(tracks)


def _knee_may_be_high(frame: BodyFrame, hip: Array, pelvis: Array, foot: Array) -> NDArray[np.bool_]:
    """(T,) False where the knee cannot come higher than the hip, seen from the pelvis, wherever it points.

    There the ankle is so far below that even a shin that stands upright does not bring the knee up to the hip. The
    ankle is taken to be right above the ball of the foot, as far as it can be.
    """
    to_ball = foot[:, :3] - hip
    around = frame.ball_height + frame.heel_behind * np.maximum(foot[:, 4] + SLACK_M, 0.0)
    around += float(length(frame.ankle_from_ball).max())
    up = dot(to_ball, pelvis[:, :, 1]) + around
    # A leg that is asked to reach too far is drawn in along its line.
    drawn_in = np.minimum(frame.leg_length * MAX_STRETCH / (length(to_ball) + around), 1.0)
    return np.greater(up * drawn_in, -frame.shin - SLACK_M)


def _needed(excess: Array, rate_hz: float) -> Array | None:
    """A smooth correction (T,) that covers the excess; None where there is none."""
    if excess.max() < np.radians(0.5):
        return None
    reach = max(1, round(SMOOTHING_S * rate_hz))
    widest = maximum_filter1d(np.maximum(excess, 0.0), 2 * reach + 1, mode="nearest")
    return smooth(widest, SMOOTHING_S, rate_hz)


def _tipped_back(
    frame: BodyFrame, tracks: dict[str, Array], hips: tuple[Array, Array], tip: Array, pelvis_of: PelvisOf
) -> dict[str, Array]:
    """Root, pelvis and spine with the pelvis tipped back about the hips, the chest where it was."""
    pelvis, spine = tracks["pelvis"].copy(), tracks["spine"].copy()
    pelvis[:, 0] -= tip
    spine[:, 0] += tip
    changed = tracks | {"pelvis": pelvis, "spine": spine}
    moved = hip_points(frame, tracks["root"], pelvis_of(changed))
    shift = 0.5 * (hips[0] + hips[1] - moved[0] - moved[1])
    return {"pelvis": pelvis, "spine": spine, "root": tracks["root"] + shift}


def _hip_flexion(frame: BodyFrame, side: str, pelvis: Array, hip: Array, foot: Array) -> Array:
    """Flexion (T,), rad; beyond half a turn where the thigh has come round to the chest."""
    ankle, rotation = foot_target(frame, side, foot)
    hinge = knee_hinges(pelvis, rotation, foot[:, 5], side_sign(side))
    leg = solve_leg(frame, side, pelvis, hip, ankle, hinge)
    thigh = apply(leg.hip, frame.joint(f"{side}_knee") - frame.joint(f"{side}_hip"))
    flexion = np.arctan2(thigh[:, 2], -thigh[:, 1])
    return np.where(flexion < FOLDED_RAD, flexion + 2.0 * np.pi, flexion)
