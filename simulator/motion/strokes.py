"""Smooth scalar building blocks of motion: strokes, windows, bumps, smoothing, slow noise.

All are vectorised over time and at least C1; strokes and windows are C2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter1d

Array = NDArray[np.float64]


def minimum_jerk(u: ArrayLike) -> Array:
    """0 to 1 over u in 0..1 by 10 u^3 - 15 u^4 + 6 u^5, constant outside (Flash and Hogan 1985)."""
    x = np.clip(np.asarray(u, dtype=np.float64), 0.0, 1.0)
    return x**3 * (10.0 - 15.0 * x + 6.0 * x * x)


def stroke(time_s: ArrayLike, start_s: float, end_s: float) -> Array:
    """Minimum-jerk rise from 0 at start_s to 1 at end_s."""
    return minimum_jerk((np.asarray(time_s) - start_s) / max(end_s - start_s, 1e-6))


def window(time_s: ArrayLike, start_s: float, end_s: float, rise_s: float, fall_s: float) -> Array:
    """1 between start_s and end_s, 0 outside, rising within the first rise_s, falling in the last fall_s."""
    span = end_s - start_s
    scale = min(1.0, span / max(rise_s + fall_s, 1e-6))
    up = stroke(time_s, start_s, start_s + rise_s * scale)
    return up * (1.0 - stroke(time_s, end_s - fall_s * scale, end_s))


def cruise(u: ArrayLike, edge: float = 0.35) -> Array:
    """0 to 1 over u in 0..1 with a flat top speed of 1/(1 - edge); speeds ramp over `edge` at each end.

    The speed ramps are smoothsteps, so acceleration is continuous; a swinging foot moves so.
    """
    x = np.clip(np.asarray(u, dtype=np.float64), 0.0, 1.0)

    def ramp_integral(y: Array) -> Array:
        z = np.clip(y / edge, 0.0, 1.0)
        return edge * (z**3 - 0.5 * z**4) + np.maximum(y - edge, 0.0)

    # Speed = rising ramp minus the ramp that begins at 1 - edge.
    return (ramp_integral(x) - ramp_integral(x - (1.0 - edge))) / (1.0 - edge)


def bump(u: ArrayLike, peak_at: float = 0.5, sharpness: float = 4.0) -> Array:
    """0 at u = 0 and 1, 1 at u = peak_at; sharpness 4 at 0.5 has zero slope at both ends."""
    x = np.clip(np.asarray(u, dtype=np.float64), 0.0, 1.0)
    rise = sharpness * peak_at
    fall = sharpness - rise
    norm = peak_at**rise * (1.0 - peak_at) ** fall
    return x**rise * (1.0 - x) ** fall / norm


def soft_max_zero(x: ArrayLike, scale: float) -> Array:
    """A smooth max(x, 0): scale * log(1 + exp(x / scale)); 0.69 scale at x = 0."""
    return scale * np.logaddexp(0.0, np.asarray(x, dtype=np.float64) / scale)


def smooth(values: Array, sigma_s: float, rate_hz: float) -> Array:
    """Gaussian smoothing along time (axis 0), ends held."""
    if sigma_s * rate_hz < 1e-3:
        return values
    return gaussian_filter1d(values, sigma_s * rate_hz, axis=0, mode="nearest", truncate=4.0)


def slow_noise(
    rng: np.random.Generator, time_s: Array, n_channels: int, low_hz: float, high_hz: float
) -> Array:
    """Noise (T, n_channels) of unit variance whose power lies within low_hz..high_hz (6 sines each)."""
    n_sines = 6
    frequencies = low_hz * (high_hz / low_hz) ** rng.random((n_sines, n_channels))
    phases = 2.0 * np.pi * rng.random((n_sines, n_channels))
    angles = 2.0 * np.pi * frequencies * time_s[:, None, None] + phases
    return np.sin(angles).sum(axis=1) * np.sqrt(2.0 / n_sines)
