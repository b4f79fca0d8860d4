"""Radar configurations: derived numbers and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.errors import RadarConfigError
from simulator.radar.boards import MMEXPERT_IWR1843, OPENRADAR_CAPTURE, RF_GENESIS, radar_preset
from simulator.radar.link_budget import radar_equation_mw, thermal_noise_mw, two_way_roll_off


def test_default_radar_derives_what_its_chirp_implies() -> None:
    radar = MMEXPERT_IWR1843
    assert radar.sampled_bandwidth_hz == pytest.approx(3.440200e9, rel=1e-6)
    assert radar.sweep_hz == pytest.approx(3.9998e9, rel=1e-6)
    assert radar.range_bin_m == pytest.approx(0.04357196, rel=1e-6)
    assert radar.range_span_m == pytest.approx(11.154421, rel=1e-6)
    assert radar.mid_frequency_hz == pytest.approx(79.210100e9, rel=1e-8)
    assert radar.mid_wavelength_m == pytest.approx(3.784776e-3, rel=1e-6)
    assert radar.pri_s == pytest.approx(156.25e-6, rel=1e-9)
    assert radar.velocity_bin_mps == pytest.approx(0.0946194, rel=1e-6)
    assert radar.max_velocity_mps == pytest.approx(6.055641, rel=1e-6)
    assert radar.frame_times_s[-1] == pytest.approx(9.91)
    assert radar.velocity_axis_mps[64] == 0.0


@pytest.mark.parametrize(
    ("radar", "bin_m", "span_m", "mid_hz", "max_mps", "bin_mps"),
    [
        (RF_GENESIS, 0.042930, 10.9902, 79.1059e9, 4.3863, 0.068536),
        (OPENRADAR_CAPTURE, 0.048794, 6.2457, 78.9561e9, 5.1589, 0.080608),
    ],
)
def test_other_presets(radar, bin_m, span_m, mid_hz, max_mps, bin_mps) -> None:  # type: ignore[no-untyped-def]
    assert radar.range_bin_m == pytest.approx(bin_m, rel=1e-4)
    assert radar.range_span_m == pytest.approx(span_m, rel=1e-4)
    assert radar.mid_frequency_hz == pytest.approx(mid_hz, rel=1e-6)
    assert radar.max_velocity_mps == pytest.approx(max_mps, rel=1e-4)
    assert radar.velocity_bin_mps == pytest.approx(bin_mps, rel=1e-4)


def test_velocity_limit_follows_the_chirps_not_the_frame() -> None:
    # Ten frames a second with 128 chirps each: the frame leaves a pause, which must not slow the chirps down.
    assert RF_GENESIS.frame_period_s / RF_GENESIS.n_chirps > 3 * RF_GENESIS.pri_s
    assert RF_GENESIS.max_velocity_mps == pytest.approx(RF_GENESIS.mid_wavelength_m / (4 * 216e-6))


def test_idle_time_does_not_move_the_swept_frequency() -> None:
    longer = replace(MMEXPERT_IWR1843, idle_s=MMEXPERT_IWR1843.idle_s + 20e-6, frame_period_s=0.0252)
    assert longer.mid_frequency_hz == MMEXPERT_IWR1843.mid_frequency_hz
    assert longer.pri_s > MMEXPERT_IWR1843.pri_s


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"slope_hz_per_s": 100e12}, "sweeps 5.714 GHz; IWR1843 ramps at most 4 GHz"),
        ({"n_adc_samples": 300}, "the ADC samples from 7.000 to 64.593 us but the ramp ends at 57.140 us"),
        ({"frame_period_s": 0.019}, "do not fit in a frame of 19.000 ms"),
        ({"n_chirps": 127}, "n_chirps is 127, must be even"),
        ({"adc_rate_hz": -1.0}, "adc_rate_hz is -1.0, must be above 0"),
        ({"idle_s": float("nan")}, "idle_s is nan"),
        ({"tx_power_dbm": float("inf")}, "tx_power_dbm is inf, must be finite"),
        ({"azimuth_beamwidth_deg": 0.0}, "azimuth_beamwidth_deg is 0.0"),
        ({"colour": 1.0}, "unexpected keyword"),
    ],
)
def test_impossible_radars_are_refused_with_the_reason(changes: dict[str, float], reason: str) -> None:
    with pytest.raises(RadarConfigError, match=reason):
        radar_preset("mmexpert-iwr1843", **changes)


def test_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(RadarConfigError, match=r"mmexpert-iwr1843, .*openradar-capture, rf-genesis"):
        radar_preset("iwr9999")


@pytest.mark.parametrize(
    ("range_m", "dbm"), [(1.0, -58.40), (2.0, -70.44), (3.0, -77.49), (5.6, -88.33), (10.0, -98.40)]
)
def test_radar_equation(range_m: float, dbm: float) -> None:
    power_mw = radar_equation_mw(10**1.2, 14.0, 299_792_458.0 / 79e9, 0.5, range_m)
    assert 10 * np.log10(power_mw) == pytest.approx(dbm, abs=0.01)


def test_thermal_noise_of_one_adc_sample() -> None:
    assert 10 * np.log10(thermal_noise_mw(290.0, 5.209e6, 15.0)) == pytest.approx(-91.81, abs=0.01)
    assert MMEXPERT_IWR1843.noise_power_mw == thermal_noise_mw(290.0, 5.209e6, 15.0)


def test_antenna_loses_half_its_power_each_way_at_half_its_beamwidth() -> None:
    angle = np.radians([0.0, 28.0, 80.0])
    factor = two_way_roll_off(angle, np.zeros(3), 56.0, None)
    assert 20 * np.log10(factor) == pytest.approx([0.0, -6.0, -48.98], abs=0.01)
