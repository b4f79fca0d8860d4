"""range_time: places, power, cells that do not fit the bins, and the whole map behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.dsp.range_cube import RangeCube, range_cube_from_adc
from simulator.dsp.range_view import range_time
from simulator.dsp.spectrogram import doppler_maps, range_doppler_maps
from simulator.errors import RadarConfigError
from simulator.radar.array import AntennaArray
from simulator.radar.beat_reference import reference_adc
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import radar_preset
from simulator.radar.config import RadarConfig
from simulator.radar.noise import add_thermal_noise
from simulator.radar.tracks import ScattererTracks

PAIR = replace(RADAR, array=AntennaArray(rx=((0.0, 0.0), (1.0, 0.0))))


def point_cube(range_m: float, radar: RadarConfig = RADAR, rate_mps: float = 0.0) -> RangeCube:
    ranges = range_m + rate_mps * np.arange(4)[:, None] * radar.frame_period_s
    tracks = ScattererTracks.from_ranges(ranges, np.ones((4, 1)), np.zeros(1), radar)
    return range_cube_from_adc(reference_adc([tracks] * radar.n_virtual, radar, 0, 1), radar)


@pytest.mark.parametrize("range_m", [0.5, 3.0, 5.6, 10.9])
def test_a_point_is_in_its_cell(range_m: float) -> None:
    view = range_time(point_cube(range_m), RADAR)
    assert view.magnitude.shape == (1, 128) and view.magnitude.dtype == np.float32
    assert np.diff(view.range_m) == pytest.approx(RADAR.range_span_m / 128)
    power = view.magnitude[0].astype(np.float64) ** 2
    near = np.abs(view.range_m - range_m) < 0.3
    assert view.range_m[near] @ power[near] / power[near].sum() == pytest.approx(range_m, abs=0.01)
    assert abs(view.range_m[power.argmax()] - range_m) <= 0.5 * RADAR.range_span_m / 128 + 1e-9
    assert power.sum() == pytest.approx(1.5, rel=1e-4)  # 1 mW times the window's noise bandwidth


@pytest.mark.parametrize("n_samples", [256, 192, 200, 64, 128])
def test_power_is_conserved_whatever_the_number_of_bins(n_samples: int) -> None:
    radar = radar_preset("mmexpert-iwr1843", n_adc_samples=n_samples, n_chirps=8)
    rng = np.random.default_rng(4)
    shape = (3, 8, 1, n_samples)
    adc = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    cube = range_cube_from_adc(adc, radar)
    view = range_time(cube, radar)
    window = np.sin(np.pi * np.arange(n_samples) / n_samples) ** 2
    per_sample = (np.abs(adc * window) ** 2).sum(axis=3).mean(axis=(1, 2)) * n_samples / window.sum() ** 2
    assert (view.magnitude.astype(np.float64) ** 2).sum(axis=1) == pytest.approx(per_sample, rel=1e-5)
    assert view.range_m[-1] - view.range_m[0] == pytest.approx(radar.range_span_m * 127 / 128)
    assert view.range_m[[0, -1]].mean() == pytest.approx(radar.range_span_m / 2 - radar.range_bin_m / 2)


def test_bins_that_straddle_cells_are_shared_by_overlap() -> None:
    radar = radar_preset("mmexpert-iwr1843", n_adc_samples=192, n_chirps=8)
    values = np.zeros((1, 8, 1, 192), np.complex64)
    values[..., 1] = 1.0  # bin 1 of cells 1.5 bins wide: half of it in cell 0, half in cell 1
    power = range_time(RangeCube(values, np.zeros(1, int)), radar).magnitude[0] ** 2
    assert power[:3] == pytest.approx([0.5, 0.5, 0.0])


def test_channels_and_chirps_are_averaged_and_static_is_removed() -> None:
    rng = np.random.default_rng(6)
    values = (rng.standard_normal((2, 128, 2, 256)) + 1j * rng.standard_normal((2, 128, 2, 256))).astype(
        np.complex64
    )
    values += 3.0
    cube = RangeCube(values, np.zeros(2, int))
    power = (np.abs(values.astype(np.complex128)) ** 2).mean(axis=(1, 2)).reshape(2, 128, 2).sum(axis=2)
    np.testing.assert_allclose(range_time(cube, PAIR).magnitude, np.sqrt(power), rtol=1e-5)
    moving = values - values.astype(np.complex128).mean(axis=1, keepdims=True)
    power = (np.abs(moving) ** 2).mean(axis=(1, 2)).reshape(2, 128, 2).sum(axis=2)
    np.testing.assert_allclose(
        range_time(cube, PAIR, remove_static=True).magnitude, np.sqrt(power), rtol=1e-5
    )
    half = range_time(cube, PAIR, n_range_bins=128)
    np.testing.assert_allclose(
        half.magnitude, np.sqrt((np.abs(values[..., :128]) ** 2).mean(axis=(1, 2))), rtol=1e-5
    )
    assert half.range_m == pytest.approx(np.arange(128) * PAIR.range_bin_m)


def test_a_strip_is_refused_or_filled() -> None:
    whole = add_thermal_noise(point_cube(4.0), RADAR, 1)
    strip = RangeCube(whole.values[..., 60:140], np.array([60]))
    with pytest.raises(RadarConfigError, match="strip of 80 bins"):
        range_time(strip, RADAR)
    with pytest.raises(RadarConfigError, match="1 to 256 range bins"):
        range_time(whole, RADAR, n_range_bins=300)
    filled = range_time(strip, RADAR, fill_outside=True).magnitude
    assert not filled[:, :30].any() and not filled[:, 70:].any()
    np.testing.assert_array_equal(filled[:, 30:70], range_time(whole, RADAR).magnitude[:, 30:70])


def test_whole_maps_hold_place_speed_and_power() -> None:
    cube = point_cube(4.0, PAIR, rate_mps=1.4)
    maps = range_doppler_maps(cube, PAIR)
    assert maps.shape == (1, 128, 256) and maps.dtype == np.float32
    doppler, range_bin = np.unravel_index(maps[0].argmax(), maps[0].shape)
    assert doppler - 64 == 15 and range_bin == 92
    phased = range_doppler_maps(cube, PAIR, complex_values=True)
    assert phased.shape == (1, 128, 2, 256)
    np.testing.assert_array_equal(phased, doppler_maps(cube.values))
    np.testing.assert_allclose(maps, np.sqrt((np.abs(phased) ** 2).mean(axis=2)), rtol=1e-3, atol=1e-7)
    # Parseval: 1 mW under two Hann windows.
    assert (maps.astype(np.float64) ** 2).sum() == pytest.approx(1.5**2, rel=1e-3)
    static = range_doppler_maps(point_cube(4.0, PAIR), PAIR, slice(0, 1), remove_static=True)
    assert static.max() < 1e-6
    with pytest.raises(RadarConfigError, match="2 channels"):
        range_doppler_maps(point_cube(4.0), PAIR)
