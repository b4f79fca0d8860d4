"""From echoes to what a capture holds: range cubes, and the views made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .dsp.range_cube import RangeCube
from .dsp.range_gate import SMOOTHING_S
from .dsp.range_view import RangeTime, range_time
from .dsp.spectrogram import SpectrogramOptions
from .radar.beat import synthesize_range_cube
from .radar.config import RadarConfig
from .radar.noise import add_thermal_noise
from .radar.received import receive_cubes
from .radar.tracks import ScattererTracks, Tracks, poses_per_frame, tracks_of_channels
from .simulation_options import SimulationOptions

GATE_MARGIN_BINS = 10  # the gate finds its own place within the strip that is simulated


@dataclass(frozen=True, eq=False)
class Received:
    """What the products are made of.

    Attributes:
        strip: all range bins, or a strip around the body where the projection has a gate; all channels.
        range_view: range_time of the first channel's whole span, where `strip` does not hold it and it is wanted.
        saturated_share: share of the ADC samples that read an end code.
    """

    strip: RangeCube
    range_view: RangeTime | None
    saturated_share: float


def receive_echoes(
    tracks: Tracks,
    followed: ScattererTracks,
    radar: RadarConfig,
    noise_seed: int,
    options: SimulationOptions,
    workers: int = 1,
) -> Received:
    """What the receiver delivers: directly as range bins, or by way of ADC samples where it is imperfect.

    Args:
        tracks: all echoes.
        followed: those around which a strip of range bins is kept, where the projection has a gate.
        radar: chirp and antennas.
        noise_seed: of noise and effects.
        options: projection, noise, effects.
        workers: threads.
    """
    kept = _kept_bins(followed, radar, options.spectrogram)
    wants_span = options.all_views and options.spectrogram.fixed_bins(radar) is None
    if options.receiver.active_effects:
        cubes = receive_cubes(
            tracks, radar, options.receiver, noise_seed, *kept, thermal_noise=options.thermal_noise,
            with_first_channel=wants_span, workers=workers,
        )  # fmt: skip
        view = _range_view(cubes.first_channel, radar, options) if cubes.first_channel else None
        return Received(cubes.strip, view, cubes.saturated_share)
    # The whole span of one channel first: it is reduced to its view before the strip of all channels is there.
    view = None
    if wants_span:
        span = _first_channel_direct(tracks, radar, len(kept[0]), noise_seed, options, workers)
        view = _range_view(span, radar, options)
    return Received(_noisy_cube(tracks, radar, kept, noise_seed, options, workers), view, 0.0)


def first_channel_span(
    tracks: Tracks, radar: RadarConfig, noise_seed: int, options: SimulationOptions, workers: int = 1
) -> RangeCube:
    """All range bins of the first virtual channel, with the noise and the effects that a capture has there."""
    n_frames = tracks_of_channels(tracks, radar)[0].n_frames(radar)
    if not options.receiver.active_effects:
        return _first_channel_direct(tracks, radar, n_frames, noise_seed, options, workers)
    cubes = receive_cubes(
        tracks, radar, options.receiver, noise_seed, np.zeros(n_frames, np.int64), 1,
        thermal_noise=options.thermal_noise, with_first_channel=True, workers=workers,
    )  # fmt: skip
    assert cubes.first_channel is not None
    return cubes.first_channel


def _first_channel_direct(
    tracks: Tracks,
    radar: RadarConfig,
    n_frames: int,
    noise_seed: int,
    options: SimulationOptions,
    workers: int,
) -> RangeCube:
    """The same without a detour by way of ADC samples."""
    own = tracks_of_channels(tracks, radar)[0]
    every = (np.zeros(n_frames, np.int64), radar.n_adc_samples)
    return _noisy_cube(own, _one_channel(radar), every, noise_seed, options, workers)


def _noisy_cube(
    tracks: Tracks,
    radar: RadarConfig,
    kept: tuple[NDArray[np.int64], int],
    noise_seed: int,
    options: SimulationOptions,
    workers: int,
) -> RangeCube:
    cube = range_cube(tracks, radar, *kept, options.backend, workers)
    if options.thermal_noise:
        cube = add_thermal_noise(cube, radar, noise_seed, in_place=True, workers=workers)
    return cube


def _one_channel(radar: RadarConfig) -> RadarConfig:
    """The radar with its first channel alone."""
    return replace(radar, array=radar.array.first_channel(radar.tx_order), tx_order=(0,))


def _range_view(first_channel: RangeCube, radar: RadarConfig, options: SimulationOptions) -> RangeTime:
    remove_static = bool(options.spectrogram.remove_static)
    return range_time(first_channel, _one_channel(radar), remove_static=remove_static)


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
