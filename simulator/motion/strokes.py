"""Smooth scalar building blocks of motion: strokes, windows, bumps, smoothing, slow noise.

All are vectorised over time and at least C1; strokes and windows are C2.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import correlate1d

Array = NDArray[np.float64]
N_SINES = 6


def minimum_jerk(u: ArrayLike) -> Array:
    """0 to 1 over u in 0..1 by 10 u^3 - 15 u^4 + 6 u^5, constant outside (Flash and Hogan 1985)."""
    x = np.asarray(np.clip(np.asarray(u, dtype=np.float64), 0.0, 1.0))
    inside = (x > 0.0) & (x < 1.0)  # the few that need a power
    share = x[inside]
    x[inside] = share**3 * (10.0 - 15.0 * share + 6.0 * share * share)
    return x


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


def hump(u: ArrayLike, peak_at: float = 0.5, power: float = 3.0) -> Array:
    """0 at u = 0 and 1, 1 at u = peak_at: x^a (1 - x)^b with the smaller power given; C2 above power 2."""
    x = np.clip(np.asarray(u, dtype=np.float64), 0.0, 1.0)
    rise = power * max(1.0, peak_at / (1.0 - peak_at))
    fall = power * max(1.0, (1.0 - peak_at) / peak_at)
    norm = peak_at**rise * (1.0 - peak_at) ** fall
    return x**rise * (1.0 - x) ** fall / norm


def ringing(time_s: ArrayLike, frequency_hz: float, decay_s: float) -> Array:
    """A damped vibration that begins at time 0: a sine whose envelope (t/d)^2 exp(2 - 2 t/d) peaks at d."""
    t = np.maximum(np.asarray(time_s, dtype=np.float64), 0.0)
    envelope = (t / decay_s) ** 2 * np.exp(2.0 - 2.0 * t / decay_s)
    return envelope * np.sin(2.0 * np.pi * frequency_hz * t)


def soft_max_zero(x: ArrayLike, scale: float) -> Array:
    """A smooth max(x, 0): scale * log(1 + exp(x / scale)); 0.69 scale at x = 0."""
    return scale * np.logaddexp(0.0, np.asarray(x, dtype=np.float64) / scale)


def smooth(values: Array, sigma_s: float, rate_hz: float) -> Array:
    """Gaussian smoothing along time (axis 0), ends held."""
    if sigma_s * rate_hz < 1e-3:
        return values
    return correlate1d(values, _bell(sigma_s * rate_hz), axis=0, mode="nearest")


@lru_cache(maxsize=256)
def _bell(sigma: float) -> Array:
    """Gaussian weights out to 4 sigma, summing to 1, as scipy's own filter makes them anew at every call."""
    reach = int(4.0 * sigma + 0.5)
    weights = np.exp(-0.5 / (sigma * sigma) * np.arange(-reach, reach + 1) ** 2)
    return weights / weights.sum()


def shaking(rng: np.random.Generator, time_s: Array, n_channels: int, low_hz: float, high_hz: float) -> Array:
    """Noise (T, n_channels) whose second derivative has unit variance, spread over low_hz..high_hz (6 sines)."""
    frequencies, phases = _draw_sines(rng, n_channels, low_hz, high_hz)
    return _sum_of_sines(time_s, frequencies, phases, 1.0 / (2.0 * np.pi * frequencies) ** 2)


def slow_noise(
    rng: np.random.Generator, time_s: Array, n_channels: int, low_hz: float, high_hz: float
) -> Array:
    """Noise (T, n_channels) of unit variance whose power lies within low_hz..high_hz (6 sines each)."""
    frequencies, phases = _draw_sines(rng, n_channels, low_hz, high_hz)
    return _sum_of_sines(time_s, frequencies, phases, np.ones_like(frequencies))


def _draw_sines(
    rng: np.random.Generator, n_channels: int, low_hz: float, high_hz: float
) -> tuple[Array, Array]:
    """Seeded frequencies, evenly spread over the logarithm, and phases (6, n_channels)."""
    frequencies = low_hz * (high_hz / low_hz) ** rng.random((N_SINES, n_channels))
    return frequencies, 2.0 * np.pi * rng.random((N_SINES, n_channels))


def _sum_of_sines(time_s: Array, frequencies: Array, phases: Array, sizes: Array) -> Array:
    """Sum (T, n_channels) over the sines; single precision is four times as fast and errs by 1e-5."""
    single = np.float32
    angles = (2.0 * np.pi * frequencies).astype(single) * time_s.astype(single)[:, None, None]
    angles += phases.astype(single)
    waves = np.sin(angles)
    waves *= (sizes * np.sqrt(2.0 / N_SINES)).astype(single)
    return waves.sum(axis=1).astype(np.float64)
