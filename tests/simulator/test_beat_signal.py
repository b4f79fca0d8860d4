"""The dechirp law by its definition, against numbers from elsewhere and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.dsp.range_cube import RangeCube, range_cube_from_adc
from simulator.errors import RadarConfigError
from simulator.radar.array import AntennaArray
from simulator.radar.beat_reference import (
    beat_phase_cycles,
    reference_adc,
    sample_times_s,
)
from simulator.radar.boards import MMEXPERT_IWR1843
from simulator.radar.config import RadarConfig
from simulator.radar.link_budget import SPEED_OF_LIGHT_MPS, radar_equation_mw
from simulator.radar.tracks import ScattererTracks, channel_tracks, pose_rate_hz, spline_slopes


def moving_point(
    range_m: float, rate_mps: float, n_frames: int, radar: RadarConfig = MMEXPERT_IWR1843
) -> ScattererTracks:
    times_s = np.arange(n_frames + 3) / pose_rate_hz(radar)
    ranges = (range_m + rate_mps * times_s)[:, None]
    return ScattererTracks.from_ranges(ranges, np.ones(ranges.shape), np.zeros(1), radar)


def test_baseband_of_a_single_target_equals_radarsimpy_numbers() -> None:
    # Numbers of RadarSimPy's tests/test_module_sim_radar_ideal.py (test_simc_single_target): 10 m, 20 dBsm,
    # 10 dBm, antenna and receiver gains 20 + 30 dB, 500 ohm.
    radar = RadarConfig("24 GHz", 24.075e9, 0.1e9 / 80e-6, 60e3, 4, 0.0, 0.0, 80e-6, 1, 2, 1.0, 1)
    stored = np.array(
        [
            0.02167872 + 0.01755585j,
            -0.02789397 + 0.00031774j,
            0.02127319 - 0.01804511j,
            -0.00486305 + 0.02746863j,
        ]
    )
    power_w = radar_equation_mw(10.0, 0.0, SPEED_OF_LIGHT_MPS / 24.125e9, 100.0, 10.0) * 1e-3
    amplitude_v = np.sqrt(2.0 * power_w * 10.0**5 * 500.0)
    assert amplitude_v == pytest.approx(0.0278957841, rel=1e-6)
    cycles = beat_phase_cycles(np.array(20.0 / SPEED_OF_LIGHT_MPS), sample_times_s(radar), radar)
    baseband = amplitude_v * np.exp(2j * np.pi * cycles)
    assert np.abs(baseband - stored).max() < 1e-6 * amplitude_v + 5e-9  # stored with eight decimals
    assert np.abs(baseband.conj() - stored).max() > 0.5 * amplitude_v  # the other sign is not our law


def test_phase_of_the_first_samples_at_three_metres() -> None:
    adc = reference_adc(moving_point(3.0, 0.0, 1), MMEXPERT_IWR1843, 0, 1)
    phase = np.mod(np.angle(adc[0, 0, 0, :3]), 2 * np.pi)
    assert phase == pytest.approx([5.3965325, 0.8032203, 2.4930934], abs=2e-6)


def test_residual_video_phase_is_kept() -> None:
    radar = MMEXPERT_IWR1843
    delay_s = 6.0 / SPEED_OF_LIGHT_MPS
    without = radar.start_frequency_hz * delay_s + radar.slope_hz_per_s * delay_s * 1e-5
    rvp = 2 * np.pi * (without - beat_phase_cycles(np.array(delay_s), np.array(1e-5), radar))
    assert rvp == pytest.approx(0.0881, abs=5e-5)


@pytest.mark.parametrize("range_m", [1.0, 3.0, 5.6])
def test_range_peak_lies_at_its_bin(range_m: float) -> None:
    radar = MMEXPERT_IWR1843
    adc = reference_adc(moving_point(range_m, 0.0, 1), radar, 0, 1)[0, 0, 0]
    padded = np.abs(np.fft.fft(adc * np.hanning(257)[:256], 64 * 256))
    expected = (
        2 * radar.slope_hz_per_s * range_m / SPEED_OF_LIGHT_MPS * radar.n_adc_samples / radar.adc_rate_hz
    )
    assert padded.argmax() / 64 == pytest.approx(expected, abs=0.02)
    assert expected == pytest.approx(range_m / radar.range_bin_m, rel=1e-9)


def test_cube_reads_the_amplitude_and_the_mid_sweep_phase() -> None:
    radar = MMEXPERT_IWR1843
    range_m = 70 * radar.range_bin_m
    cube = range_cube_from_adc(reference_adc(moving_point(range_m, 0.0, 1), radar, 0, 1), radar)
    delay_s = np.array(2 * range_m / SPEED_OF_LIGHT_MPS)
    expected = np.exp(2j * np.pi * beat_phase_cycles(delay_s, np.array(radar.mid_sweep_s), radar))
    assert cube.values[0, 0, 0, 70] == pytest.approx(expected, abs=1e-4)
    assert cube.values[0, 0, 0, 71] == pytest.approx(
        0.5 * expected, abs=1e-4
    )  # the window's response is real
    assert np.abs(cube.values[0, 0, 0, 80:200]).max() < 1e-5


def test_channels_by_exact_paths_and_slots() -> None:
    array = AntennaArray(tx=((0.0, 0.0), (4.0, 1.0)), rx=((0.0, 0.0), (1.0, 0.0)))
    radar = replace(MMEXPERT_IWR1843, array=array, tx_order=(1, 0), n_chirps=4)
    times_s = np.arange(4)[:, None, None] / pose_rate_hz(radar)
    position_m = np.array([[1.2, 3.0, 0.4]]) + np.array([[0.0, 1.4, 0.0]]) * times_s
    tracks = channel_tracks(position_m, np.ones((4, 1)), np.array([0.3]), radar)
    adc = reference_adc(tracks, radar, 0, 1)
    assert adc.shape == (1, 4, 4, 256)
    for v, channel in enumerate(radar.channels):
        assert channel.slot == v // 2 and channel.tx == 1 - v // 2
        # By hand: chirp 2 of this channel, from the antennas' places and the time of its slot.
        at_s = 2 * radar.pri_s + channel.slot * radar.slot_s + radar.idle_s + radar.mid_sweep_s
        place_m = np.array([1.2, 3.0 + 1.4 * at_s, 0.4])
        path_m = np.linalg.norm(place_m - array.tx_m[channel.tx])
        path_m += np.linalg.norm(place_m - array.rx_m[channel.rx])
        cycles = beat_phase_cycles(np.array(path_m / SPEED_OF_LIGHT_MPS), sample_times_s(radar), radar)
        np.testing.assert_allclose(adc[0, 2, v], np.exp(2j * np.pi * (cycles + 0.3)), atol=2e-4)
    with pytest.raises(RadarConfigError, match="tracks of 1 channels do not fit"):
        reference_adc(tracks[0], radar)


def test_adc_data_of_another_shape_are_refused() -> None:
    with pytest.raises(RadarConfigError, match=r"\(1, 128, 1, 100\)"):
        range_cube_from_adc(np.zeros((1, 128, 1, 100), complex), MMEXPERT_IWR1843)
    with pytest.raises(RadarConfigError, match="complex"):
        range_cube_from_adc(np.zeros((1, 128, 1, 256)), MMEXPERT_IWR1843)
    with pytest.raises(RadarConfigError, match=r"one antenna with adc\[:, :, None, :\]"):
        range_cube_from_adc(np.zeros((1, 128, 256), complex), MMEXPERT_IWR1843)
    with pytest.raises(RadarConfigError, match=r"values\[:, :, None, :\]"):
        RangeCube(np.zeros((1, 128, 256), np.complex64), np.zeros(1, int))


def test_range_spline_is_twice_continuous_and_exact_for_cubics() -> None:
    times = np.arange(12) * 0.02
    cubic = 2.0 - times + 30.0 * times**2 - 100.0 * times**3
    assert spline_slopes(cubic[:, None], 0.02)[:, 0] == pytest.approx(
        -1.0 + 60.0 * times - 300.0 * times**2, abs=1e-9
    )
    values = np.random.default_rng(3).random(12)
    slopes = spline_slopes(values, 1.0)
    left = (
        2 * slopes[:-2] + 4 * slopes[1:-1] - 6 * (values[1:-1] - values[:-2])
    )  # second derivatives at the knots
    right = -4 * slopes[1:-1] - 2 * slopes[2:] + 6 * (values[2:] - values[1:-1])
    assert left == pytest.approx(right, abs=1e-9)


def test_too_few_poses_for_a_spline_are_refused() -> None:
    with pytest.raises(RadarConfigError, match="at least 4 poses"):
        spline_slopes(np.zeros((3, 1)), 0.02)
