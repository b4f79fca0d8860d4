"""Contact with the floor: no part of the skin below it, and lying bodies down on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, maximum_filter1d
from scipy.spatial import ConvexHull

from simulator.body.contact import lowest_skin_m
from simulator.body.model import BodyModel
from simulator.body.skeleton import N_JOINTS

from .body_motion import BodyMotion
from .strokes import Array, smooth

COARSE_STRIDE = 3
"""Every how many-th outer vertex stands for the skin of an upright body; a low one is judged by all."""
LOW = 0.75
"""Share of the standing height below which the pelvis of a low body lies."""
TOLERANCE_M = 0.0005
SMOOTHING_S = 0.05
BLUR = 4.0
"""Gaussian widths that smoothing reaches."""
FALL_BEGINS_S, FALL_ENDS_S = 0.15, 0.3
"""Within these the hold on the floor begins and ends."""


def settle_on_floor(
    motion: BodyMotion,
    body: BodyModel,
    stand_height: float,
    falls_s: Sequence[tuple[float, float]] = (),
) -> BodyMotion:
    """Lift the body where its skin dips below the floor; let it down where it lies, or falls, and hovers.

    Args:
        motion: of a body over the floor z = 0.
        body: its model.
        stand_height: of the pelvis joint of the standing body, m.
        falls_s: begin and end of falls, in which the body topples, sits or kneels down but never takes off.
    """
    pelvis = motion.transl[:, 2] + float(body.rest_joints(motion.betas)[0, 1])
    falling = _falling(motion, falls_s)
    lowest = _lowest_skin(motion, body, stand_height, pelvis, falling > 0.0)
    change = _settling(pelvis, lowest, stand_height, motion.rate_hz)
    if falls_s:  # the skin moves up and down with the pelvis: it need not be posed again
        hover = np.maximum(lowest + change, 0.0) * falling
        change -= smooth(hover, SMOOTHING_S, motion.rate_hz)
        change += _settling(pelvis + change, lowest + change, stand_height, motion.rate_hz)
    if np.abs(change).max() < 1e-4:
        return motion
    transl = motion.transl.copy()
    transl[:, 2] += change
    return replace(motion, transl=transl)


def _settling(pelvis: Array, lowest: Array, stand_height: float, rate_hz: float) -> Array:
    """Change of height (T,) that takes the lowest skin out of the floor, and lays lying bodies on it."""
    lift = _widest(np.maximum(-lowest - TOLERANCE_M, 0.0), rate_hz)
    hover = np.maximum(lowest, 0.0) * _lying(pelvis, stand_height)
    return smooth(lift, SMOOTHING_S, rate_hz) - smooth(hover, SMOOTHING_S, rate_hz)


def _lying(pelvis: Array, stand_height: float) -> Array:
    """(T,) 0 to 1: how far the pelvis is as low as that of a body that lies."""
    return np.clip((0.42 - pelvis / stand_height) / 0.14, 0.0, 1.0)


def _falling(motion: BodyMotion, falls_s: Sequence[tuple[float, float]]) -> Array:
    """(T,) 1 within falls, 0 elsewhere."""
    time_s = np.arange(motion.n_poses) / motion.rate_hz
    falling = np.zeros(motion.n_poses)
    for start, end in falls_s:
        within = np.minimum((time_s - start) / FALL_BEGINS_S, (end - time_s) / FALL_ENDS_S)
        falling = np.maximum(falling, np.clip(within, 0.0, 1.0))
    return falling


@lru_cache(maxsize=8)
def outer_vertices(body: BodyModel) -> NDArray[np.int64]:
    """Vertices on the convex hulls of the body's parts: the lowest point of a stiff part is one of them."""
    owner = body.weights.argmax(axis=1)
    chosen = []
    for joint in range(N_JOINTS):
        part = np.flatnonzero(owner == joint)
        if len(part) > 4:
            part = part[ConvexHull(body.v_template[part]).vertices]
        chosen.append(part)
    return np.concatenate(chosen)


def _lowest_skin(
    motion: BodyMotion, body: BodyModel, stand_height: float, pelvis: Array, falling: NDArray[np.bool_]
) -> Array:
    """(T,) height of the lowest skin, m; of coarser skin where the body is not low."""
    # Skin above the floor moves only bodies that lie or fall, and what is blurred into their neighbourhood.
    settling = falling | (_lying(pelvis, stand_height) > 0.0)
    if falling.any():
        settling = binary_dilation(settling, iterations=math.ceil(BLUR * SMOOTHING_S * motion.rate_hz) + 1)
    low, skin = pelvis < LOW * stand_height, outer_vertices(body)
    lowest = lowest_skin_m(body, motion, skin[::COARSE_STRIDE], -TOLERANCE_M, settling & ~low)
    if low.any():
        poses = np.flatnonzero(low)
        lowest[low] = lowest_skin_m(body, motion, skin, -TOLERANCE_M, settling[low], poses)
    return lowest


def _widest(values: Array, rate_hz: float) -> Array:
    reach = max(1, round(1.5 * SMOOTHING_S * rate_hz))
    return maximum_filter1d(values, 2 * reach + 1, mode="nearest")
