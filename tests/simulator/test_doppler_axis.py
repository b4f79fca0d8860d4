"""Doppler: where a moving point lands, its sign, its window, and what happens beyond the limits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.dsp.range_cube import RangeCube
from simulator.dsp.spectrogram import SpectrogramOptions, chirp_weights, doppler_maps, doppler_time
from simulator.dsp.windows import periodic_hann
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.echo_facts import measure_echo
from simulator.radar.tracks import ScattererTracks

LEGACY = SpectrogramOptions(projection="legacy")


def moving_point(range_m: float, rate_mps: float, n_frames: int = 4) -> ScattererTracks:
    ranges = (range_m + rate_mps * np.arange(n_frames + 1) * RADAR.frame_period_s)[:, None]
    return ScattererTracks.from_ranges(ranges, np.ones(ranges.shape), np.zeros(1), RADAR)


def cube_of(tracks: ScattererTracks) -> RangeCube:
    n_frames = tracks.n_frames(RADAR)
    return synthesize_range_cube(tracks, RADAR, np.zeros(n_frames, int), RADAR.n_adc_samples)


def map_of(tracks: ScattererTracks) -> NDArray[np.float32]:
    """(doppler, range) magnitude of the second frame."""
    return np.abs(doppler_maps(cube_of(tracks).values))[1, :, 0]


def peak_bin(row: NDArray[np.floating]) -> float:
    """Peak of a Hann-windowed line between bins, from the ratio of the two largest cells."""
    top = int(row.argmax())
    step = 1 if row[(top + 1) % len(row)] > row[top - 1] else -1
    ratio = row[(top + step) % len(row)] / row[top]
    return float(top + step * (2 * ratio - 1) / (1 + ratio))


@pytest.mark.parametrize("rate_mps", [1.4, -1.4, 0.37, -4.9, 6.0])
def test_doppler_bin_and_sign(rate_mps: float) -> None:
    # Slow enough in range for one range bin to hold the line: take the strongest range bin.
    maps = map_of(moving_point(4.0, rate_mps))
    row = maps[:, maps.max(axis=0).argmax()]
    expected = 64 + 2 * rate_mps / RADAR.mid_wavelength_m * RADAR.n_chirps * RADAR.pri_s
    assert peak_bin(row) == pytest.approx(expected, abs=0.05)
    assert (row.argmax() > 64) == (rate_mps > 0)


def test_walking_speed_lands_on_its_bin() -> None:
    maps = map_of(moving_point(4.0, 1.4))
    assert peak_bin(maps[:, maps.max(axis=0).argmax()]) == pytest.approx(64 + 14.7961, abs=0.05)


def test_phase_step_from_chirp_to_chirp() -> None:
    cube = cube_of(moving_point(4.0, 1.4)).values[1, :, 0]
    line = cube[:, np.abs(cube).sum(axis=0).argmax()]
    assert np.angle(line[1:] * line[:-1].conj()) == pytest.approx(0.726303, abs=2e-3)


def test_migration_spreads_a_fast_point_over_range_bins() -> None:
    profile = np.abs(cube_of(moving_point(4.0, 5.0)).values[1, :, 0])
    centres = (profile**2 @ np.arange(256)) / (profile**2).sum(axis=1)
    assert centres[-1] - centres[0] == pytest.approx(5.0 * 127 * RADAR.pri_s / RADAR.range_bin_m, abs=0.03)
    assert 5.0 * RADAR.frame_period_s / RADAR.range_bin_m == pytest.approx(2.295, abs=1e-3)


def test_a_speed_beyond_the_limit_wraps_and_is_counted() -> None:
    tracks = moving_point(4.0, 7.0)
    maps = map_of(tracks)
    wrapped = 64 + (7.0 - 2 * RADAR.max_velocity_mps) / RADAR.velocity_bin_mps
    assert maps.max(axis=1).argmax() == round(wrapped) == 10  # receding fast shows as approaching
    everything = np.zeros(4, int)
    assert measure_echo(tracks, RADAR, everything, 256).wrapped_fraction == pytest.approx(1.0)
    assert measure_echo(moving_point(4.0, 5.0), RADAR, everything, 256).wrapped_fraction == 0.0


def test_range_rates_are_weighted_by_power() -> None:
    rates = np.array([-1.0, 3.0])
    ranges = 4.0 + rates * np.arange(5)[:, None] * RADAR.frame_period_s
    amplitude = np.tile([3.0, 1.0], (5, 1))
    tracks = ScattererTracks.from_ranges(ranges, amplitude, np.zeros(2), RADAR)
    echo = measure_echo(tracks, RADAR, np.full(4, 85), 20)
    assert echo.mean_range_rate_mps == pytest.approx((-9.0 + 3.0) / 10.0, abs=1e-6)
    assert (echo.min_range_rate_mps, echo.max_range_rate_mps) == pytest.approx((-1.0, 3.0))
    assert echo.still_fraction == 0.0
    assert echo.gate_loss == pytest.approx(0.0, abs=1e-9)
    assert measure_echo(tracks, RADAR, np.full(4, 150), 20).gate_loss == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "noise_bins", "scalloping_db", "sidelobe_db", "gain"),
    [
        ("periodic", 1.5000, -1.424, -31.47, 0.5000),
        ("symmetric", 1.5118, -1.401, -31.47, 0.4961),
        ("rectangular", 1.0, -3.922, -13.26, 1.0),
    ],
)
def test_window_table(
    name: str, noise_bins: float, scalloping_db: float, sidelobe_db: float, gain: float
) -> None:
    # The projections use the periodic window; the two others show that the table tells them apart.
    window = {"periodic": periodic_hann(128), "symmetric": np.hanning(128), "rectangular": np.ones(128)}[name]
    assert 128 * (window**2).sum() / window.sum() ** 2 == pytest.approx(noise_bins, abs=1e-3)
    assert window.mean() == pytest.approx(gain, abs=1e-3)
    half_bin = abs((window * np.exp(1j * np.pi * np.arange(128) / 128)).sum()) / window.sum()
    assert 20 * np.log10(half_bin) == pytest.approx(scalloping_db, abs=1e-3)
    spectrum = 20 * np.log10(np.abs(np.fft.fft(window, 128 * 64)) / window.sum() + 1e-12)[: 128 * 32]
    beyond = int(np.flatnonzero(np.diff(spectrum) > 0)[0])  # the first null
    assert spectrum[beyond:].max() == pytest.approx(sidelobe_db, abs=0.01)


def test_hann_window_is_periodic_and_taken_out_of_the_level() -> None:
    window = periodic_hann(128)
    assert window[0] == 0.0
    assert window[1:] == pytest.approx(window[1:][::-1])
    assert chirp_weights(128).sum() == pytest.approx(1.0, abs=1e-6)
    assert chirp_weights(128) / window.max() == pytest.approx(window / window.sum(), abs=1e-9)


def test_a_target_on_a_bin_reads_its_amplitude() -> None:
    # 20 Doppler bins at a range whose bin the point passes in the middle of the frame.
    rate_mps = 20 * RADAR.velocity_bin_mps
    middle_s = RADAR.chirp_times_s[64]
    tracks = moving_point(92 * RADAR.range_bin_m - rate_mps * (RADAR.frame_period_s + middle_s), rate_mps)
    row = doppler_time(cube_of(tracks), RADAR, LEGACY).magnitude
    assert row.shape == (4, 128)
    maps = map_of(tracks)
    assert maps.max() == pytest.approx(1.0, abs=0.05)  # what is missing is range migration within the frame
    assert np.unravel_index(maps.argmax(), maps.shape) == (84, 92)
