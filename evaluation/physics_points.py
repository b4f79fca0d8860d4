"""Points that several physics checks look at, a map of them, and where a line lies in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator import RadarConfig, RangeCube
from simulator.dsp.spectrogram import doppler_maps
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.boards import MMEXPERT_IWR1843
from simulator.radar.tracks import ScattererTracks, Tracks, pose_rate_hz, poses_per_frame

RADAR = MMEXPERT_IWR1843


def moving_point(
    range_m: float, rate_mps: float, n_frames: int = 4, radar: RadarConfig = RADAR, power_mw: float = 1.0
) -> ScattererTracks:
    """One point at constant range rate; `power_mw` is received from it."""
    times_s = np.arange(n_frames * poses_per_frame(radar) + 1) / pose_rate_hz(radar)
    ranges_m = (range_m + rate_mps * times_s)[:, None]
    amplitude = np.full(ranges_m.shape, np.sqrt(power_mw))
    return ScattererTracks.from_ranges(ranges_m, amplitude, np.zeros(1), radar)


def random_points(
    radar: RadarConfig,
    range_m: tuple[float, float],
    rate_mps: tuple[float, float],
    acceleration_mps2: float,
    n_points: int = 40,
    n_frames: int = 4,
) -> ScattererTracks:
    """Points at random ranges, rates and accelerations, with amplitudes that change from pose to pose."""
    rng = np.random.default_rng(7)
    times_s = np.arange(n_frames * poses_per_frame(radar) + 1)[:, None] / pose_rate_hz(radar)
    ranges_m = rng.uniform(*range_m, n_points) + rng.uniform(*rate_mps, n_points) * times_s
    ranges_m = ranges_m + 0.5 * rng.uniform(-acceleration_mps2, acceleration_mps2, n_points) * times_s**2
    amplitude = rng.uniform(0.0, 1.0, ranges_m.shape)
    return ScattererTracks.from_ranges(ranges_m, amplitude, rng.random(n_points), radar)


def cube_of(tracks: Tracks, radar: RadarConfig = RADAR) -> RangeCube:
    """All range bins of all frames, without noise, by the production kernel."""
    one = tracks if isinstance(tracks, ScattererTracks) else tracks[0]
    first_bin = np.zeros(one.n_frames(radar), np.int64)
    return synthesize_range_cube(tracks, radar, first_bin, radar.n_adc_samples)


def map_of(tracks: ScattererTracks, radar: RadarConfig = RADAR, frame: int = 1) -> NDArray[np.float32]:
    """(doppler, range) magnitude of one frame, sqrt(mW)."""
    return np.abs(doppler_maps(cube_of(tracks, radar).values[frame : frame + 1])[0, :, 0])


def line_bin(row: NDArray[np.floating]) -> float:
    """Place of a Hann-windowed line between bins, from the ratio of its two largest cells."""
    top = int(row.argmax())
    step = 1 if row[(top + 1) % len(row)] > row[top - 1] else -1
    ratio = float(row[(top + step) % len(row)] / row[top])
    return top + step * (2.0 * ratio - 1.0) / (1.0 + ratio)


def relative_db(values: NDArray[np.inexact], exact: NDArray[np.inexact]) -> float:
    """Norm of the difference over the norm of the exact values, dB; -200 where there is none."""
    difference = values.astype(np.complex128) - exact
    ratio = float(np.linalg.norm(difference) / np.linalg.norm(exact))
    return float(20.0 * np.log10(max(ratio, 1e-10)))
