"""A range gate that follows what moves, smoothly and as wide as a body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .map_kernel import sum_profiles
from .range_cube import RangeCube

SMOOTHING_S = 0.2  # standard deviation; shorter than a step of a walk, longer than a frame
ROUNDING = 1e-11  # of complex64: less than this share of a frame's strongest bin is no motion
FLOOR_FACTOR = 2.0  # the mean of 128 noise powers stays below twice its own median


def track_gate(
    cube: RangeCube, n_gate_bins: int, n_range_bins: int, frame_period_s: float
) -> NDArray[np.int64]:
    """First absolute range bin of a gate of `n_gate_bins` bins in every frame.

    The gate is centred on the power-weighted range of what moves (each frame's mean over chirps taken off),
    near the strongest bin of the time-smoothed range profile. Frames in which nothing moves take the gate of
    their neighbours; when nothing moves at all the strongest standing echo decides. The gate never leaves the
    cube.

    Args:
        cube: the range-chirp cube.
        n_gate_bins: width of the gate, at most the cube's number of bins.
        n_range_bins: number of range bins N of the radar.
        frame_period_s: time from frame to frame.

    Returns:
        (frame,) int64.
    """
    moving, total = range_profiles(cube)
    profile = _absolute_profile(_above_floor(moving), cube, n_range_bins)
    if not profile.any():
        profile = _absolute_profile(total, cube, n_range_bins)
    sigma_frames = SMOOTHING_S / frame_period_s
    smooth = gaussian_filter1d(profile, sigma_frames, axis=0, mode="nearest")
    centre = _centroid_near_peak(smooth, n_gate_bins)
    known = smooth.sum(axis=1) > 0.0
    frames = np.arange(cube.n_frames)
    if known.any():
        centre = np.interp(frames, frames[known], centre[known])
    else:
        centre = np.asarray(cube.first_bin + 0.5 * (cube.n_bins - 1))
    centre = gaussian_filter1d(centre, sigma_frames, mode="nearest")
    first = np.rint(centre - 0.5 * (n_gate_bins - 1)).astype(np.int64)
    return np.clip(first, cube.first_bin, cube.first_bin + cube.n_bins - n_gate_bins)


def range_profiles(cube: RangeCube) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(frame, bin) power of what moves, and of everything: mean over chirps and channels of |x|^2.

    What moves is x less its mean over the frame's chirps, channel by channel.
    """
    moving = np.empty((cube.n_frames, cube.n_bins))
    total = np.empty_like(moving)
    sum_profiles(cube.parts(), moving, total)
    moving[moving < ROUNDING * total.max(axis=1, keepdims=True)] = 0.0
    return moving, total


def _above_floor(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """What stands clear of the median power; the rest is 0, so that noise pulls the gate nowhere."""
    floor = FLOOR_FACTOR * np.median(power)
    return np.where(power > floor, power - floor, 0.0)


def _absolute_profile(power: NDArray[np.float64], cube: RangeCube, n_range_bins: int) -> NDArray[np.float64]:
    """(frame, n_range_bins): the strips of all frames on one range axis."""
    profile = np.zeros((cube.n_frames, n_range_bins))
    columns = cube.first_bin[:, None] + np.arange(cube.n_bins)
    np.put_along_axis(profile, columns, power, axis=1)
    return profile


def _centroid_near_peak(profile: NDArray[np.float64], n_gate_bins: int) -> NDArray[np.float64]:
    """(frame,) power-weighted bin within a gate around the peak, then within a gate around that."""
    bins = np.arange(profile.shape[1])
    centre = profile.argmax(axis=1).astype(np.float64)
    for _ in range(2):
        near = np.where(np.abs(bins - centre[:, None]) <= 0.5 * n_gate_bins, profile, 0.0)
        weight = near.sum(axis=1)
        centre = np.where(weight > 0.0, near @ bins / np.where(weight > 0.0, weight, 1.0), centre)
    return centre
