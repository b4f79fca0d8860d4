"""Hips that a pose would flex too far hand their share on to the lower back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .body_frame import BodyFrame
from .legs import hip_points, knee_hinges, solve_leg
from .rotations import apply
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
FOLDED_RAD = np.radians(-120.0)
"""A thigh that points further back than this has come round over the chest."""


def relieve_hips(
    frame: BodyFrame, tracks: dict[str, Array], pelvis_of: PelvisOf, rate_hz: float
) -> dict[str, Array]:
    """Tracks in which no hip flexes beyond its range, as far as the spine can help.

    In a deep squat the pelvis tips back about the hips under a lumbar spine that bends; the chest stays where it was.
    Tracks of a motion that stays within the range come back as they are.
    """
    tracks = dict(tracks)
    for _ in range(ROUNDS):
        pelvis = pelvis_of(tracks)
        hips = hip_points(frame, tracks["root"], pelvis)
        fold = np.zeros(len(pelvis))
        for index, side in enumerate(SIDES):
            flexion = _hip_flexion(frame, side, pelvis, hips[index], tracks[f"foot_{side}"])
            fold = np.maximum(fold, flexion - HIP_FLEXION_RAD)
        tip = _needed(np.minimum(fold, SPINE_FLEXION_RAD - tracks["spine"][:, 0]), rate_hz)
        if tip is None:
            return tracks
        tracks |= _tipped_back(frame, tracks, hips, tip, pelvis_of)
    return tracks


def _needed(excess: Array, rate_hz: float) -> Array | None:
    """A smooth correction (T,) that covers the excess; None where there is none."""
    if excess.max() < np.radians(0.5):
        return None
    reach = max(1, round(SMOOTHING_S * rate_hz))
    padded = np.pad(np.maximum(excess, 0.0), reach, mode="edge")
    widest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
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
