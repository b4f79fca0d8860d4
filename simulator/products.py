"""From echoes to what a capture holds: range cubes, and the views made of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .dsp.range_cube import RangeCube
from .dsp.range_gate import SMOOTHING_S
from .dsp.spectrogram import SpectrogramOptions
from .radar.beat import synthesize_range_cube
from .radar.config import RadarConfig
from .radar.noise import add_thermal_noise
from .radar.received import ReceivedCubes, receive_cubes
from .radar.tracks import ScattererTracks, Tracks, poses_per_frame, tracks_of_channels
from .simulation_options import SimulationOptions

GATE_MARGIN_BINS = 10  # the gate finds its own place within the strip that is simulated


def received_cubes(
    tracks: Tracks,
    followed: ScattererTracks,
    radar: RadarConfig,
    noise_seed: int,
    options: SimulationOptions,
    workers: int = 1,
) -> ReceivedCubes:
    """What the receiver delivers: directly as range bins, or by way of ADC samples where it is imperfect.

    Args:
        tracks: all echoes.
        followed: those around which a strip of range bins is kept, where the projection has a gate.
        radar: chirp and antennas.
        noise_seed: of noise and effects.
        options: projection, noise, effects.
        workers: threads.
    """
    if not options.receiver.active_effects:
        first_bin, n_bins = _kept_bins(followed, radar, options.spectrogram)
        cube = range_cube(tracks, radar, first_bin, n_bins, options.backend, workers)
        if options.thermal_noise:
            cube = add_thermal_noise(cube, radar, noise_seed, in_place=True, workers=workers)
        return ReceivedCubes(cube, None, 0.0)
    return receive_cubes(
        tracks,
        radar,
        options.receiver,
        noise_seed,
        *_kept_bins(followed, radar, options.spectrogram),
        thermal_noise=options.thermal_noise,
        with_first_channel=options.all_views and options.spectrogram.fixed_bins(radar) is None,
        workers=workers,
    )


def first_channel_span(
    received: ReceivedCubes,
    tracks: Tracks,
    radar: RadarConfig,
    noise_seed: int,
    options: SimulationOptions,
    workers: int = 1,
) -> tuple[RangeCube, RadarConfig] | None:
    """All range bins of the first channel, where the cube is a strip around the body; else None."""
    if options.spectrogram.fixed_bins(radar) is not None:
        return None
    array = radar.array.first_channel(radar.tx_order)
    own_radar = replace(radar, array=array, tx_order=(0,))
    if received.first_channel is not None:
        return received.first_channel, own_radar
    first = np.zeros_like(received.strip.first_bin)
    own = tracks_of_channels(tracks, radar)[0]
    whole = range_cube(own, own_radar, first, radar.n_adc_samples, options.backend, workers)
    if options.thermal_noise:
        whole = add_thermal_noise(whole, own_radar, noise_seed, in_place=True, workers=workers)
    return whole, own_radar


def range_cube(
    tracks: Tracks,
    radar: RadarConfig,
    first_bin: NDArray[np.int64],
    n_bins: int,
    backend: str = "numba",
    workers: int = 1,
) -> RangeCube:
    """Noise-free cube by the chosen backend (see `SimulationOptions.backend`).

    Raises:
        RadarConfigError: torch does not have the device.
    """
    if backend == "numba":
        return synthesize_range_cube(tracks, radar, first_bin, n_bins, workers)
    from .radar import beat_torch  # torch is a heavy guest

    return beat_torch.synthesize_range_cube(
        tracks, radar, first_bin, n_bins, device=backend.removeprefix("torch:")
    )


def padded(rows: NDArray[np.float32], radar: RadarConfig) -> NDArray[np.float32]:
    """Rows of the motion, then zeros to the radar's number of frames."""
    padded = np.zeros((radar.n_frames, rows.shape[1]), dtype=np.float32)
    padded[: len(rows)] = rows
    return padded


def summed_cells(options: SpectrogramOptions, n_gate_bins: int, radar: RadarConfig) -> int:
    """Range-Doppler cells whose powers or magnitudes add up in one cell of doppler_time."""
    if options.projection == "multi_view":
        return 1  # a mean
    return n_gate_bins * (radar.n_virtual if options.sums_magnitude else 1)


def simulate_range_cube(tracks: Tracks, radar: RadarConfig, options: SpectrogramOptions) -> RangeCube:
    """Noise-free cube with the range bins that the projection needs: all, or a strip around the body."""
    followed = tracks_of_channels(tracks, radar)[0]
    return synthesize_range_cube(tracks, radar, *_kept_bins(followed, radar, options))


def _kept_bins(
    followed: ScattererTracks, radar: RadarConfig, options: SpectrogramOptions
) -> tuple[NDArray[np.int64], int]:
    """(frame,) first range bin that the projection needs, and how many."""
    n_frames = followed.n_frames(radar)
    if options.fixed_bins(radar) is not None:
        return np.zeros(n_frames, np.int64), radar.n_adc_samples
    n_bins = min(options.gate_bins(radar) + 2 * GATE_MARGIN_BINS, radar.n_adc_samples)
    middle = _echo_middle_bins(followed, radar, n_frames)
    first = np.rint(middle - 0.5 * (n_bins - 1)).astype(np.int64)
    return np.clip(first, 0, radar.n_adc_samples - n_bins), n_bins


def _echo_middle_bins(tracks: ScattererTracks, radar: RadarConfig, n_frames: int) -> NDArray[np.float64]:
    """(frame,) power-weighted range bin of the echo, smooth in time, held where nothing is received."""
    edges = np.arange(n_frames) * poses_per_frame(radar)
    power = tracks.amplitude[edges] ** 2
    weight = power.sum(axis=1, dtype=np.float64)
    moment = np.einsum("ep,ep->e", tracks.range_m[edges], power) / radar.range_bin_m
    if tracks.facets is not None:
        interval, own = tracks.facets.powers(radar)
        weight += np.bincount(interval, own, len(tracks.range_m))[edges]
        bins = tracks.facets.range_m[:, 0] / radar.range_bin_m
        moment += np.bincount(interval, own * bins, len(tracks.range_m))[edges]
    sigma_frames = SMOOTHING_S / radar.frame_period_s
    smooth_weight = gaussian_filter1d(weight, sigma_frames, mode="nearest")
    smooth_moment = gaussian_filter1d(moment, sigma_frames, mode="nearest")
    known = smooth_weight > 0.0
    if not known.any():
        return np.full(n_frames, float(tracks.range_m.mean() / radar.range_bin_m))
    return np.interp(np.arange(n_frames), np.flatnonzero(known), smooth_moment[known] / smooth_weight[known])
