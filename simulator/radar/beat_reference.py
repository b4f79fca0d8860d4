"""The beat signal by its definition: every ADC sample of every scatterer, in float64. Slow; for tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..dsp.range_cube import RangeCube, range_cube_from_adc
from .config import RadarConfig
from .link_budget import SPEED_OF_LIGHT_MPS
from .tracks import ScattererTracks, Tracks, poses_per_frame, tracks_of_channels


def beat_phase_cycles(
    delay_s: NDArray[np.float64], time_s: NDArray[np.float64], radar: RadarConfig
) -> NDArray[np.float64]:
    """Phase of the dechirped echo (tx times conjugate of rx) in cycles, residual video phase included.

    f0 tau + S tau t - S tau^2 / 2, with t from the ramp start.
    """
    slope = radar.slope_hz_per_s
    return radar.start_frequency_hz * delay_s + slope * delay_s * time_s - 0.5 * slope * delay_s**2


def sample_times_s(radar: RadarConfig) -> NDArray[np.float64]:
    """(N,) ADC sample times after the ramp start."""
    return radar.adc_start_s + np.arange(radar.n_adc_samples) / radar.adc_rate_hz


def reference_adc(
    tracks: Tracks, radar: RadarConfig, first_frame: int = 0, n_frames: int | None = None
) -> NDArray[np.complex128]:
    """(frame, chirp, virtual, adc_sample) complex128, sqrt(mW): the sum over scatterers, sample by sample.

    Args:
        tracks: of each virtual channel, in the order of `radar.channels`; one alone for one antenna. A channel
            of TDM slot s is measured s slots later.
        radar: chirps, slots and frames.
        first_frame: of the tracks.
        n_frames: as many as the tracks hold unless given.

    Raises:
        RadarConfigError: there are not as many tracks as the radar has channels.
    """
    per_channel = tracks_of_channels(tracks, radar)
    n_frames = per_channel[0].n_frames(radar) - first_frame if n_frames is None else n_frames
    shape = (n_frames, radar.n_chirps, radar.n_virtual, radar.n_adc_samples)
    adc = np.zeros(shape, dtype=np.complex128)
    times_s = sample_times_s(radar)
    for v, (own, channel) in enumerate(zip(per_channel, radar.channels, strict=True)):
        chirp_times_s = radar.chirp_times_s + channel.slot * radar.slot_s
        for i, chirp in np.ndindex(n_frames, radar.n_chirps):
            range_m, amplitude = _state_at(own, radar, first_frame + i, float(chirp_times_s[chirp]))
            delay_s = 2.0 * range_m / SPEED_OF_LIGHT_MPS
            cycles = beat_phase_cycles(delay_s[:, None], times_s, radar) + own.phase_cycles[:, None]
            adc[i, chirp, v] = amplitude @ np.exp(2j * np.pi * cycles)
    return adc


def reference_range_cube(
    tracks: Tracks, radar: RadarConfig, first_bin: NDArray[np.int64], n_bins: int
) -> RangeCube:
    """What `beat.synthesize_range_cube` approximates: ADC samples, window, FFT, same strip of bins."""
    full = range_cube_from_adc(reference_adc(tracks, radar, 0, len(first_bin)), radar)
    columns = first_bin[:, None, None, None] + np.arange(n_bins)
    return RangeCube(np.take_along_axis(full.values, columns, axis=3), first_bin)


def _state_at(
    tracks: ScattererTracks, radar: RadarConfig, frame: int, time_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Range and amplitude of all scatterers at a time within a frame (Hermite basis, linear amplitude)."""
    per_frame = poses_per_frame(radar)
    step_s = radar.frame_period_s / per_frame
    interval = min(int(time_s / step_s + 1e-9), per_frame - 1)
    u = time_s / step_s - interval
    edge = frame * per_frame + interval
    range_m = (
        (1.0 + 2.0 * u) * (1.0 - u) ** 2 * tracks.range_m[edge]
        + u**2 * (3.0 - 2.0 * u) * tracks.range_m[edge + 1]
        + step_s * u * (1.0 - u) ** 2 * tracks.range_rate_mps[edge]
        - step_s * u**2 * (1.0 - u) * tracks.range_rate_mps[edge + 1]
    )
    amplitude = (1.0 - u) * tracks.amplitude[edge].astype(np.float64) + u * tracks.amplitude[edge + 1]
    return range_m, amplitude
