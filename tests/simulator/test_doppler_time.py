"""doppler_time: gate, projections, static removal, repair; recorded data through the same function."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.dsp.range_cube import RangeCube, range_cube_from_adc
from simulator.dsp.range_gate import track_gate
from simulator.dsp.spectrogram import SpectrogramOptions, doppler_maps, doppler_time
from simulator.errors import RadarConfigError
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import OPENRADAR_CAPTURE
from simulator.radar.noise import add_thermal_noise
from simulator.radar.tracks import ScattererTracks

FRAME = Path(__file__).resolve().parents[2] / "evaluation" / "data" / "openradar_simple_frame_1.npy"


def walker_and_wall(n_frames: int = 120, wall: float = 0.0) -> ScattererTracks:
    """Points that recede at 1.5 m/s and swing, and a standing wall at 9 m; amplitudes in sqrt(mW)."""
    rng = np.random.default_rng(2)
    times_s = np.arange(n_frames + 1)[:, None] * RADAR.frame_period_s
    body = (
        2.0 + 1.5 * times_s + rng.uniform(-0.3, 0.3, 30) + 0.1 * np.sin(6 * times_s + rng.uniform(0, 6, 30))
    )
    ranges = np.concatenate([body, np.full((n_frames + 1, 1), 9.0)], axis=1)
    amplitude = np.full(ranges.shape, 3e-6)
    amplitude[:, -1] = wall
    return ScattererTracks.from_ranges(ranges, amplitude, rng.random(31), RADAR)


def whole_cube(tracks: ScattererTracks) -> RangeCube:
    n_frames = tracks.n_frames(RADAR)
    cube = synthesize_range_cube(tracks, RADAR, np.zeros(n_frames, int), RADAR.n_adc_samples)
    return add_thermal_noise(cube, RADAR, 1)


def test_gate_follows_the_body_and_not_the_wall() -> None:
    cube = whole_cube(walker_and_wall(wall=1e-4))
    first = track_gate(cube, 56, 256, RADAR.frame_period_s)
    middle_m = (first + 27.5) * RADAR.range_bin_m
    expected_m = 2.0 + 1.5 * RADAR.frame_times_s[:120]
    assert np.abs(middle_m - expected_m)[10:-10].max() < 0.25
    assert np.abs(middle_m - expected_m).max() < 0.5
    assert np.abs(np.diff(first)).max() <= 2


def test_gate_holds_its_place_while_nothing_moves() -> None:
    tracks = walker_and_wall(60)
    tracks.amplitude[40:] = 0.0
    first = track_gate(whole_cube(tracks), 56, 256, RADAR.frame_period_s)
    assert np.ptp(first[45:]) <= 8


def test_gate_of_a_standing_echo_alone() -> None:
    tracks = walker_and_wall(20, wall=1e-5)
    tracks.amplitude[:, :-1] = 0.0
    first = track_gate(whole_cube(tracks), 56, 256, RADAR.frame_period_s)
    wall_bin = 9.0 / RADAR.range_bin_m
    assert ((first <= wall_bin) & (wall_bin < first + 56)).all()


def test_a_strip_around_the_body_gives_the_row_of_the_whole_span() -> None:
    tracks = walker_and_wall()
    first = np.rint((2.0 + 1.5 * RADAR.frame_times_s[:120]) / RADAR.range_bin_m).astype(int) - 40
    strip = synthesize_range_cube(tracks, RADAR, np.maximum(first, 0), 80)
    whole = synthesize_range_cube(tracks, RADAR, np.zeros(120, int), 256)
    a, b = doppler_time(strip, RADAR), doppler_time(whole, RADAR)
    np.testing.assert_array_equal(a.gate_first_bin, b.gate_first_bin)
    np.testing.assert_allclose(a.magnitude, b.magnitude, rtol=1e-5)


def test_gate_keeps_the_range_bins_apart() -> None:
    # The gate acts after the range FFT: a neighbour two bins outside it is gone, one inside is whole.
    options = SpectrogramOptions(gate_width_m=1.0)
    n_bins = options.gate_bins(RADAR)
    assert n_bins == 23
    rng = np.random.default_rng(0)
    values = np.zeros((20, 128, 1, 256), np.complex64)
    values[:, :, 0, 100] = np.exp(2j * np.pi * rng.random((20, 128)))
    first = doppler_time(RangeCube(values, np.zeros(20, int)), RADAR, options).gate_first_bin
    outside = values.copy()
    outside[..., first[0] + n_bins] = 1e3
    np.testing.assert_array_equal(first, 89)
    np.testing.assert_allclose(
        doppler_time(RangeCube(outside, np.zeros(20, int)), RADAR, options).magnitude,
        doppler_time(RangeCube(values, np.zeros(20, int)), RADAR, options).magnitude,
        rtol=1e-6,
    )


def test_projections_by_their_definitions() -> None:
    cube = whole_cube(walker_and_wall(10))
    maps = np.abs(doppler_maps(cube.values))[:, :, 0].astype(np.float64)
    legacy = doppler_time(cube, RADAR, SpectrogramOptions(projection="legacy"))
    np.testing.assert_allclose(legacy.magnitude, maps.sum(axis=2), rtol=1e-5)
    gated = doppler_time(cube, RADAR)
    bins = gated.gate_first_bin[:, None] + np.arange(gated.n_gate_bins)
    inside = np.take_along_axis(maps, bins[:, None, :], axis=2)
    np.testing.assert_allclose(gated.magnitude, np.sqrt((inside**2).sum(axis=2)), rtol=1e-5)


def test_static_removal_clears_the_standing_echo_and_spares_the_mover() -> None:
    tracks = walker_and_wall(30, wall=3e-4)
    tracks.range_m[:, -1] = tracks.range_m[:, 0].mean()  # the wall stands within the gate
    cube = whole_cube(tracks)
    plain = doppler_time(cube, RADAR).magnitude
    moving = doppler_time(cube, RADAR, SpectrogramOptions(remove_static=True)).magnitude
    assert 20 * np.log10(moving[:, 64].mean() / plain[:, 64].mean()) < -40.0
    np.testing.assert_allclose(moving[:, 72:90], plain[:, 72:90], rtol=0.05)
    repaired = doppler_time(cube, RADAR, SpectrogramOptions(repair_zero_bin=True)).magnitude
    np.testing.assert_allclose(repaired[:, 64], 0.5 * (plain[:, 63] + plain[:, 65]), rtol=1e-6)
    np.testing.assert_array_equal(np.delete(repaired, 64, axis=1), np.delete(plain, 64, axis=1))


def test_cubes_and_options_that_do_not_fit_are_refused() -> None:
    with pytest.raises(RadarConfigError, match="at least 56 range bins"):
        doppler_time(RangeCube(np.zeros((3, 128, 1, 20), np.complex64), np.zeros(3, int)), RADAR)
    with pytest.raises(RadarConfigError, match="needs 128 chirps"):
        doppler_time(RangeCube(np.zeros((3, 64, 1, 256), np.complex64), np.zeros(3, int)), RADAR)
    with pytest.raises(RadarConfigError, match="'gated' or 'legacy'"):
        SpectrogramOptions(projection="stft")  # type: ignore[arg-type]
    with pytest.raises(RadarConfigError, match=r"gate_width_m is 0\.0"):
        SpectrogramOptions(gate_width_m=0.0)


def test_a_recorded_frame_shows_its_person_and_its_reflector() -> None:
    stored = np.load(FRAME)
    i, q = (part.astype(np.uint16).view(np.int16).astype(np.float64) for part in (stored.real, stored.imag))
    cube = range_cube_from_adc((i + 1j * q)[None, :, None, :], OPENRADAR_CAPTURE)
    maps = np.abs(doppler_maps(cube.values))[0, :, 0]
    moving = np.abs(doppler_maps(cube.values, remove_static=True))[0, :, 0]
    doppler_bin, range_bin = np.unravel_index(moving.argmax(), moving.shape)
    assert (doppler_bin - 64, range_bin) == (-8, 41)
    assert OPENRADAR_CAPTURE.velocity_axis_mps[doppler_bin] == pytest.approx(-0.645, abs=1e-3)
    assert range_bin * OPENRADAR_CAPTURE.range_bin_m == pytest.approx(2.00, abs=0.01)
    assert 100 + maps[64, 100:115].argmax() == 107
    floor_db = 20 * np.log10(np.median(maps) / maps.max())
    assert -57.0 < floor_db < -53.0
    row = doppler_time(cube, OPENRADAR_CAPTURE, SpectrogramOptions(remove_static=True))
    assert row.gate_first_bin[0] <= 41 < row.gate_first_bin[0] + row.n_gate_bins
    assert row.magnitude[0].argmax() - 64 == -8
