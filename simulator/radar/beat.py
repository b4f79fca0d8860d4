"""The beat signal of many scatterers, made directly as windowed range bins of every chirp.

Law (docs/physics.md): a scatterer with delay tau gives exp(+j 2 pi [f0 tau + S tau t - S tau^2 / 2]) at time
t after the ramp start. Referred to the middle of the sampled sweep this is a tone at range bin b = S tau N /
fs with phase 2 pi [f_mid tau - S tau^2 / 2], and its windowed range FFT is that phasor times the window's
transform W(bin - b), which is real because the periodic Hann window is symmetric about sample N/2. So each
scatterer adds its phasor, times W on the few bins nearest to b, to a cube [frame, chirp, range bin]. Delay is
taken at the chirp's ADC sample N/2 and held during the chirp: at 6 m/s this shifts the range reading by 6.8
mm (0.16 bin).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from ..dsp.range_cube import RangeCube
from ..dsp.windows import periodic_hann
from .config import RadarConfig
from .link_budget import SPEED_OF_LIGHT_MPS
from .splat import splat_scatterers
from .tracks import ScattererTracks, pose_rate_hz, poses_per_frame

HALF_TAPS = 5  # 11 taps: error of the map -55 dB (9 taps: -50.5 dB)
TABLE_STEPS = 64  # positions within a bin at which W is expanded
TAYLOR_TERMS = 5
POLYNOMIAL_DEGREE = 6


def synthesize_range_cube(
    tracks: ScattererTracks, radar: RadarConfig, first_bin: NDArray[np.int64], n_bins: int
) -> RangeCube:
    """Noise-free cube of `n_bins` range bins per frame, from `first_bin[frame]` on.

    Ranges beyond the span of the radar wrap around, as they do in an ADC without a filter. Agrees with
    `beat_reference.reference_range_cube` to -50 dB.

    Args:
        tracks: E pose instants of P scatterers.
        radar: chirp and frame.
        first_bin: (frame,) absolute bin; `first_bin + n_bins` must not exceed N.
        n_bins: bins per frame; N for all of them.
    """
    sine, cosine = _phasor_polynomials()
    values = np.empty((len(first_bin), radar.n_chirps, n_bins), dtype=np.complex64)
    splat_scatterers(
        (tracks.range_m, tracks.range_rate_mps, tracks.amplitude, tracks.phase_cycles),
        _chirp_grid(radar),
        _beat_law(radar),
        radar.n_adc_samples,
        (_window_table(radar.n_adc_samples), sine, cosine),
        first_bin.astype(np.int64),
        values,
    )
    return RangeCube(values, first_bin.astype(np.int64))


def window_transform(n_samples: int, bins: NDArray[np.float64], derivative: int = 0) -> NDArray[np.float64]:
    """Transform W(x) of a periodic Hann window, or a derivative of it, at x bins from its middle.

    W(x) = sum_n w[n] cos(2 pi x (n - N/2) / N) / sum_n w[n].
    """
    window = periodic_hann(n_samples)
    angle = 2.0 * np.pi * (np.arange(n_samples) - n_samples / 2) / n_samples
    turned = np.cos(bins[..., None] * angle + 0.5 * np.pi * derivative)
    return (turned * angle**derivative) @ (window / window.sum())


def _window_table(n_samples: int) -> NDArray[np.float32]:
    """(TABLE_STEPS, TAYLOR_TERMS, taps): Taylor coefficients in s of W(tap - x0 - s) at x0 within a bin."""
    offsets = (np.arange(TABLE_STEPS) + 0.5) / TABLE_STEPS - 0.5
    taps = np.arange(-HALF_TAPS, HALF_TAPS + 1)
    argument = taps[None, :] - offsets[:, None]
    terms = [
        (-1.0) ** k / math.factorial(k) * window_transform(n_samples, argument, k)
        for k in range(TAYLOR_TERMS)
    ]
    return np.stack(terms, axis=1).astype(np.float32)


def _phasor_polynomials() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """sin(2 pi y) / y and cos(2 pi y) for |y| <= 1/2 as polynomials in y^2, to 1e-6 (Chebyshev)."""

    def fit(function: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> NDArray[np.float32]:
        series = chebyshev.Chebyshev.interpolate(function, POLYNOMIAL_DEGREE, domain=[0.0, 0.25])
        return series.convert(kind=np.polynomial.Polynomial).coef.astype(np.float32)

    def sine(square: NDArray[np.float64]) -> NDArray[np.float64]:
        y = np.sqrt(square)
        return 2.0 * np.pi * np.sinc(2.0 * y)

    def cosine(square: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.cos(2.0 * np.pi * np.sqrt(square))

    return fit(sine), fit(cosine)


def _beat_law(radar: RadarConfig) -> tuple[float, float, float, float, float]:
    """Pose interval, chirp interval, carrier cycles per m and (the RVP) per m^2, range bins per m."""
    return (
        1.0 / pose_rate_hz(radar),
        radar.pri_s,
        2.0 * radar.mid_frequency_hz / SPEED_OF_LIGHT_MPS,
        0.5 * radar.slope_hz_per_s * (2.0 / SPEED_OF_LIGHT_MPS) ** 2,
        1.0 / radar.range_bin_m,
    )


def _chirp_grid(radar: RadarConfig) -> NDArray[np.float64]:
    """(pose intervals per frame, 3): first chirp, one past the last, time of the first in the interval."""
    per_frame = poses_per_frame(radar)
    step_s = radar.frame_period_s / per_frame
    interval = np.minimum(np.floor(radar.chirp_times_s / step_s + 1e-9).astype(int), per_frame - 1)
    grid = np.zeros((per_frame, 3))
    for i in range(per_frame):
        chirps = np.flatnonzero(interval == i)
        if len(chirps):
            grid[i] = chirps[0], chirps[-1] + 1, radar.chirp_times_s[chirps[0]] - i * step_s
    return grid
