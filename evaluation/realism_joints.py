"""The form in which motions are compared with recorded clips: joints at 20 frames/s over a floor of their own.

Joint positions are (T, 22, 3) in HumanML3D's order (SMPL's first 22), metres, z up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter1d

from simulator.body.skeleton import PARENTS

from .errors import MetricInputError

__all__ = [
    "N_JOINTS",
    "RATE_HZ",
    "below",
    "checked_joints",
    "comparable_joints",
    "leg_length_m",
    "mid_hip",
    "on_own_floor",
]

Array = NDArray[np.float64]

RATE_HZ = 20.0
"""Of HumanML3D and of every clip the metrics were defined on; they change with it."""
N_JOINTS = 22
BONES = tuple((joint, PARENTS[joint]) for joint in range(1, N_JOINTS))
PELVIS, NECK = 0, 12
HIPS, KNEES, ANKLES, FEET = (1, 2), (4, 5), (7, 8), (10, 11)
SHOULDERS, ELBOWS, WRISTS = (16, 17), (18, 19), (20, 21)
"""Left and right; a foot is its ball."""
_SMOOTHING_FRAMES = 0.32
_UNSMOOTHED_HZ = 30.0


def checked_joints(joints: ArrayLike, frames: int = 4) -> Array:
    """Joint positions as float64 (T, 22, 3).

    Raises:
        MetricInputError: another shape, fewer than ``frames`` frames, or values that are not finite.
    """
    array = np.asarray(joints, dtype=np.float64)
    if array.ndim != 3 or array.shape[1:] != (N_JOINTS, 3) or len(array) < frames:
        raise MetricInputError(
            f"joints have shape {array.shape}: need (T, {N_JOINTS}, 3) with at least {frames} frames"
        )
    if not np.isfinite(array).all():
        raise MetricInputError("joints hold values that are not finite: repair or cut the clip")
    return array


def comparable_joints(joints: ArrayLike, rate_hz: float) -> Array:
    """Joints as the recorded clips were prepared, so that neither side differs by its preparation.

    Above 30 frames/s a Gaussian of 0.32 x rate / 20 frames along time, then linear interpolation of positions
    to 20 frames/s; z = 0 becomes the 2nd percentile over time of the lowest ankle or foot joint.

    Args:
        joints: (T, 22 or 24, 3) metres, z up; hands are left out.
        rate_hz: poses per second.

    Raises:
        MetricInputError: no joints of a person, or a rate that is not positive.
    """
    if not rate_hz > 0:
        raise MetricInputError(f"rate_hz is {rate_hz}; poses per second must be positive")
    array = checked_joints(np.asarray(joints, dtype=np.float64)[:, :N_JOINTS], frames=2)
    if rate_hz > _UNSMOOTHED_HZ:
        array = gaussian_filter1d(array, _SMOOTHING_FRAMES * rate_hz / RATE_HZ, axis=0, mode="nearest")
    times = np.arange(int(np.floor((len(array) - 1) * RATE_HZ / rate_hz + 1e-6)) + 1) * rate_hz / RATE_HZ
    before = np.minimum(times.astype(int), len(array) - 2)
    share = np.minimum(times - before, 1.0)[:, None, None]
    return on_own_floor((1.0 - share) * array[before] + share * array[before + 1])


def on_own_floor(joints: Array) -> Array:
    """Joints (T, 22, 3) with z = 0 at the 2nd percentile over time of the lowest ankle or foot joint."""
    return joints - [0.0, 0.0, np.percentile(joints[:, list(ANKLES + FEET), 2].min(axis=1), 2)]


def below(joints: Array, frequency_hz: float) -> Array:
    """Joints at 20 frames/s after a Gaussian that halves the power at ``frequency_hz``."""
    sigma_s = np.sqrt(np.log(2.0)) / (2.0 * np.pi * frequency_hz)
    return gaussian_filter1d(joints, sigma_s * RATE_HZ, axis=0, mode="nearest")


def mid_hip(joints: Array) -> Array:
    """(T, 3) the point between the hips, which skeletons agree on; pelvis joints lie up to 9 cm above it."""
    return joints[:, list(HIPS)].mean(axis=1)


def leg_length_m(joints: Array) -> float:
    """Hip to knee to ankle along the bones, m: median over time, mean of both legs."""
    thigh = np.linalg.norm(joints[:, list(KNEES)] - joints[:, list(HIPS)], axis=-1)
    shank = np.linalg.norm(joints[:, list(ANKLES)] - joints[:, list(KNEES)], axis=-1)
    return float(np.median(thigh + shank, axis=0).mean())
