"""Contact with the floor: no part of the skin below it, and lying bodies down on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.body.model import BodyModel, pose_vertices

from .body_motion import BodyMotion
from .strokes import Array, smooth

COARSE_STRIDE, FINE_STRIDE = 17, 4
"""Every how many-th vertex stands for the skin: of an upright body (feet and hands), of a low one."""
LOW = 0.75
"""Share of the standing height below which the pelvis of a low body lies."""
TOLERANCE_M = 0.0005
SMOOTHING_S = 0.05


def settle_on_floor(motion: BodyMotion, body: BodyModel, stand_height: float) -> BodyMotion:
    """Lift the body where its skin dips below the floor; let it down where it lies and hovers."""
    pelvis = motion.transl[:, 2] + float(body.rest_joints(motion.betas)[0, 1])
    lowest = _lowest_skin(motion, body, COARSE_STRIDE)
    low = np.flatnonzero(pelvis < LOW * stand_height)
    if len(low):
        lowest[low] = _lowest_skin(_poses(motion, low), body, FINE_STRIDE)
    lift = _widest(np.maximum(-lowest - TOLERANCE_M, 0.0), motion.rate_hz)
    lying = np.clip((0.42 - pelvis / stand_height) / 0.14, 0.0, 1.0)
    hover = np.maximum(lowest, 0.0) * lying
    change = smooth(lift, SMOOTHING_S, motion.rate_hz) - smooth(hover, SMOOTHING_S, motion.rate_hz)
    if np.abs(change).max() < 1e-4:
        return motion
    transl = motion.transl.copy()
    transl[:, 2] += change
    return replace(motion, transl=transl)


def _lowest_skin(motion: BodyMotion, body: BodyModel, stride: int) -> Array:
    skin = np.arange(0, body.n_vertices, stride)
    return pose_vertices(body, motion, skin)[..., 2].min(axis=1).astype(np.float64)


def _poses(motion: BodyMotion, index: NDArray[np.int64]) -> BodyMotion:
    return BodyMotion(
        motion.betas,
        motion.global_orient[index],
        motion.body_pose[index],
        motion.transl[index],
        motion.rate_hz,
    )


def _widest(values: Array, rate_hz: float) -> Array:
    reach = max(1, round(1.5 * SMOOTHING_S * rate_hz))
    padded = np.pad(values, reach, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
