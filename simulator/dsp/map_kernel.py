"""Compiled passes over a range-chirp cube: strips under a window, range profiles, sums of Doppler maps."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

_COMPILE: dict[str, Any] = {
    "cache": True, "nogil": True, "fastmath": True, "boundscheck": False, "error_model": "numpy",
}  # fmt: skip


@numba.njit(**_COMPILE)
def gather_strips(
    values: NDArray[np.float32],
    offset: NDArray[np.int64],
    channels: NDArray[np.int64],
    weights: NDArray[np.float32],
    remove_static: bool,
    strips: NDArray[np.float32],
) -> None:
    """Each frame's strip of range bins, channel by channel, times the window over chirps.

    Complex numbers are passed as pairs of float32, so that the inner loops are plain sums.

    Args:
        values: (frame, chirp, virtual, 2 range).
        offset: (frame,) first bin of the strip within `values`.
        channels: (channel,) which virtual channels to take.
        weights: (chirp,).
        remove_static: take the mean over chirps off first.
        strips: (frame, channel, chirp, 2 strip), written in full.
    """
    n_frames, n_channels, n_chirps, width = strips.shape
    mean = np.zeros(width, np.float32)
    share = np.float32(1.0) / np.float32(n_chirps)
    for frame in range(n_frames):
        at = 2 * offset[frame]
        for i in range(n_channels):
            channel = channels[i]
            if remove_static:
                mean[:] = np.float32(0.0)
                for chirp in range(n_chirps):
                    row = values[frame, chirp, channel, at : at + width]
                    for j in range(width):
                        mean[j] += row[j]
                for j in range(width):
                    mean[j] *= share
            for chirp in range(n_chirps):
                row, target, weight = (
                    values[frame, chirp, channel, at : at + width],
                    strips[frame, i, chirp],
                    weights[chirp],
                )
                for j in range(width):
                    target[j] = weight * (row[j] - mean[j])


@numba.njit(**_COMPILE)
def sum_profiles(
    values: NDArray[np.float32], moving: NDArray[np.float64], total: NDArray[np.float64]
) -> None:
    """Fill (frame, range) with the mean over chirps and channels of |x - mean over chirps|^2, and of |x|^2.

    `values` is (frame, chirp, virtual, 2 range): real and imaginary parts in turn.
    """
    n_frames, n_chirps, n_virtual, width = values.shape
    first, second = np.zeros(width, np.float64), np.zeros(width, np.float64)
    share = 1.0 / n_chirps
    for frame in range(n_frames):
        moving[frame, :] = 0.0
        total[frame, :] = 0.0
        for channel in range(n_virtual):
            first[:] = 0.0
            second[:] = 0.0
            for chirp in range(n_chirps):
                row = values[frame, chirp, channel]
                for j in range(width):
                    x = np.float64(row[j])
                    first[j] += x
                    second[j] += x * x
            for b in range(width // 2):
                re, im = first[2 * b] * share, first[2 * b + 1] * share
                power = (second[2 * b] + second[2 * b + 1]) * share
                total[frame, b] += power / n_virtual
                moving[frame, b] += max(power - re * re - im * im, 0.0) / n_virtual


@numba.njit(**_COMPILE)
def sum_power(maps: NDArray[np.float32], row: NDArray[np.float32]) -> None:
    """Fill `row` (frame, doppler), zero Doppler in the middle, with powers summed over range and channels.

    `maps` is (frame, channel, doppler, 2 range) as the FFT leaves it, zero Doppler first.
    """
    n_frames, n_channels, n_doppler, width = maps.shape
    for frame in range(n_frames):
        for doppler in range(n_doppler):
            added = np.float32(0.0)
            for channel in range(n_channels):
                cells = maps[frame, channel, doppler]
                for j in range(width):
                    added += cells[j] * cells[j]
            row[frame, (doppler + n_doppler // 2) % n_doppler] = added


@numba.njit(**_COMPILE)
def sum_magnitude(maps: NDArray[np.float32], row: NDArray[np.float32]) -> None:
    """The same with magnitudes instead of powers."""
    n_frames, n_channels, n_doppler, width = maps.shape
    for frame in range(n_frames):
        for doppler in range(n_doppler):
            added = np.float32(0.0)
            for channel in range(n_channels):
                cells = maps[frame, channel, doppler]
                for b in range(width // 2):
                    added += math.sqrt(cells[2 * b] * cells[2 * b] + cells[2 * b + 1] * cells[2 * b + 1])
            row[frame, (doppler + n_doppler // 2) % n_doppler] = added


@numba.njit(**_COMPILE)
def sum_channel_power(maps: NDArray[np.float32], power: NDArray[np.float32]) -> None:
    """Fill `power` (frame, doppler, range), zero Doppler in the middle, with powers summed over channels."""
    n_frames, n_channels, n_doppler, width = maps.shape
    for frame in range(n_frames):
        for doppler in range(n_doppler):
            target = power[frame, (doppler + n_doppler // 2) % n_doppler]
            target[:] = np.float32(0.0)
            for channel in range(n_channels):
                cells = maps[frame, channel, doppler]
                for b in range(width // 2):
                    target[b] += cells[2 * b] * cells[2 * b] + cells[2 * b + 1] * cells[2 * b + 1]
