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

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from ..dsp.range_cube import RangeCube
from ..dsp.windows import periodic_hann
from ..threads import in_threads
from .config import RadarConfig
from .link_budget import SPEED_OF_LIGHT_MPS
from .splat import (
    MAX_MIGRATION_BINS,
    N_COSINE,
    N_SINE,
    N_TERMS,
    splat_scatterers,
)
from .tracks import FacetTracks, Tracks, pose_rate_hz, poses_per_frame, tracks_of_channels

HALF_TAPS = 5  # 11 taps: error of the map -55 dB (9 taps: -50.5 dB)
REACH_BINS = 0.5 + MAX_MIGRATION_BINS  # furthest that a scatterer gets from its run's nearest bin


def synthesize_range_cube(
    tracks: Tracks, radar: RadarConfig, first_bin: NDArray[np.int64], n_bins: int, workers: int = 1
) -> RangeCube:
    """Noise-free cube of `n_bins` range bins per frame, from `first_bin[frame]` on.

    Ranges beyond the span of the radar wrap around, as they do in an ADC without a filter. Agrees with
    `beat_reference.reference_range_cube` to -50 dB.

    Args:
        tracks: E pose instants of P scatterers for each virtual channel, in the order of `radar.channels`; one
            alone for one antenna. A channel of TDM slot s is measured s slots later.
        radar: chirp, frame and antennas.
        first_bin: (frame,) absolute bin; `first_bin + n_bins` must not exceed N.
        n_bins: bins per frame; N for all of them.
        workers: threads, each with frames of its own.

    Raises:
        RadarConfigError: there are not as many tracks as the radar has channels.
    """
    first_bin = first_bin.astype(np.int64)
    values = np.empty((len(first_bin), radar.n_chirps, radar.n_virtual, n_bins), dtype=np.complex64)
    taps = polynomial_taps(lambda bins: window_transform(radar.n_adc_samples, bins))
    add_up_tracks(tracks, radar, taps, 1, first_bin, values, workers)
    return RangeCube(values, first_bin)


def add_up_tracks(
    tracks: Tracks,
    radar: RadarConfig,
    taps: NDArray[np.float32],
    bins_per_range_bin: int,
    first_bin: NDArray[np.int64],
    values: NDArray[np.complex64],
    workers: int,
) -> None:
    """Fill `values` with every scatterer's phasor times the taps around its place.

    Args:
        tracks: as in `synthesize_range_cube`.
        radar: chirp, frame and antennas.
        taps: (N_TERMS, taps) polynomials, from `polynomial_taps`.
        bins_per_range_bin: how many times finer than range bins the bins of `values` are.
        first_bin: (frame,) int64 absolute (fine) bin.
        values: (frame, chirp, virtual, fine bin), written in full; frames count from the first of the tracks.
        workers: threads, each with frames of its own.

    Raises:
        RadarConfigError: there are not as many tracks as the radar has channels.
    """
    per_channel = tracks_of_channels(tracks, radar)
    tables = (taps, *_phasor_polynomials())
    law = beat_law(radar, bins_per_range_bin)
    n_whole = bins_per_range_bin * radar.n_adc_samples
    for v, (own, channel) in enumerate(zip(per_channel, radar.channels, strict=True)):
        facets = own.facets or FacetTracks.none(len(own.range_m))
        points = (own.range_m, own.range_rate_mps, own.amplitude, own.phase_cycles)
        entries = (facets.first_entry, facets.range_m, facets.range_rate_mps, facets.amplitude)
        grid, of_channel = chirp_grid(radar, channel.slot), values[:, :, v, :]

        def make(
            frames: tuple[int, int],
            job: tuple[Any, ...] = (points, entries, grid, law, n_whole, tables, first_bin),
            out: NDArray[np.complex64] = of_channel,
        ) -> None:
            splat_scatterers(*job, frames, out)

        in_threads(make, len(first_bin), workers)


def window_transform(n_samples: int, bins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Transform W(x) of a periodic Hann window at x bins from its middle.

    W(x) = sum_n w[n] cos(2 pi x (n - N/2) / N) / sum_n w[n].
    """
    window = periodic_hann(n_samples)
    angle = 2.0 * np.pi * (np.arange(n_samples) - n_samples / 2) / n_samples
    return np.cos(bins[..., None] * angle) @ (window / window.sum())


def polynomial_taps(
    transform: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float32]:
    """(N_TERMS, taps) float32: transform(tap - s) as polynomials in s, least squares over |s| <= REACH_BINS."""
    taps = np.arange(-HALF_TAPS, HALF_TAPS + 1)
    places = REACH_BINS * np.cos(np.pi * (np.arange(200) + 0.5) / 200)
    powers = places[:, None] ** np.arange(N_TERMS)
    wanted = transform(taps[None, :] - places[:, None])
    return np.linalg.lstsq(powers, wanted, rcond=None)[0].astype(np.float32)


def _phasor_polynomials() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """sin(2 pi y) / y and cos(2 pi y) for |y| <= 1/2 as polynomials in y^2, to 1e-6 (Chebyshev)."""

    def fit(
        function: Callable[[NDArray[np.float64]], NDArray[np.float64]], terms: int
    ) -> NDArray[np.float32]:
        series = chebyshev.Chebyshev.interpolate(function, terms - 1, domain=[0.0, 0.25])
        return series.convert(kind=np.polynomial.Polynomial).coef.astype(np.float32)

    def sine(square: NDArray[np.float64]) -> NDArray[np.float64]:
        y = np.sqrt(square)
        return 2.0 * np.pi * np.sinc(2.0 * y)

    def cosine(square: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.cos(2.0 * np.pi * np.sqrt(square))

    return fit(sine, N_SINE), fit(cosine, N_COSINE)


def beat_law(radar: RadarConfig, bins_per_range_bin: int) -> tuple[float, float, float, float, float]:
    """Pose interval, chirp interval, carrier cycles per m and (the RVP) per m^2, bins per m."""
    return (
        1.0 / pose_rate_hz(radar),
        radar.pri_s,
        2.0 * radar.mid_frequency_hz / SPEED_OF_LIGHT_MPS,
        0.5 * radar.slope_hz_per_s * (2.0 / SPEED_OF_LIGHT_MPS) ** 2,
        bins_per_range_bin / radar.range_bin_m,
    )


def chirp_grid(radar: RadarConfig, slot: int) -> NDArray[np.float64]:
    """(pose intervals per frame, 3): first chirp, one past the last, time of the first in the interval."""
    per_frame = poses_per_frame(radar)
    step_s = radar.frame_period_s / per_frame
    times_s = radar.chirp_times_s + slot * radar.slot_s
    interval = np.minimum(np.floor(times_s / step_s + 1e-9).astype(int), per_frame - 1)
    grid = np.zeros((per_frame, 3))
    for i in range(per_frame):
        chirps = np.flatnonzero(interval == i)
        if len(chirps):
            grid[i] = chirps[0], chirps[-1] + 1, times_s[chirps[0]] - i * step_s
    return grid
