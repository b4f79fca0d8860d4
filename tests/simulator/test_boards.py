"""Boards: what each preset derives, where its antennas are, and what its hardware refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.errors import RadarConfigError
from simulator.radar.array import AntennaArray
from simulator.radar.boards import MMEXPERT_IWR1843, PRESETS, radar_preset
from simulator.radar.config import RadarConfig
from simulator.radar.ti_boards import BOARDS, STANDARD_3TX_4RX
from simulator.radar.ti_cfg import resolve_radar

C_MPS = 299_792_458.0


@pytest.mark.parametrize(
    ("name", "b_ghz", "bin_cm", "span_m", "mid_ghz", "pri_us", "max_mps", "step_mps", "bin_3m", "bin_5_6m"),
    [
        ("mmexpert-iwr1843", 3.4402, 4.3572, 11.1544, 79.2101, 156.25, 6.0556, 0.094619, 68.8516, 128.5230),
        (
            "mmexpert-iwr1843-8rx",
            3.4402,
            4.3572,
            11.1544,
            79.2101,
            156.25,
            6.0556,
            0.094619,
            68.8516,
            128.523,
        ),
        ("rf-genesis", 3.4916, 4.2930, 10.9902, 79.1059, 216.0, 4.3863, 0.068536, 69.8805, 130.4436),
        ("openradar-capture", 3.0720, 4.8794, 6.2457, 78.9561, 184.0, 5.1589, 0.080608, 61.4825, 114.7674),
        (
            "mmexpert-iwr1843-64x3",
            3.4402,
            4.3572,
            11.1544,
            79.2101,
            193.44,
            4.8914,
            0.152856,
            68.8516,
            128.523,
        ),
    ],
)
def test_derived_numbers_of_published_radars(
    name: str,
    b_ghz: float,
    bin_cm: float,
    span_m: float,
    mid_ghz: float,
    pri_us: float,
    max_mps: float,
    step_mps: float,
    bin_3m: float,
    bin_5_6m: float,
) -> None:
    radar = radar_preset(name)
    assert radar.sampled_bandwidth_hz == pytest.approx(b_ghz * 1e9, rel=2e-5)
    assert radar.range_bin_m == pytest.approx(bin_cm * 1e-2, rel=2e-5)
    assert radar.range_span_m == pytest.approx(span_m, rel=2e-5)
    assert radar.mid_frequency_hz == pytest.approx(mid_ghz * 1e9, rel=1e-6)
    assert radar.pri_s == pytest.approx(pri_us * 1e-6, rel=1e-9)
    assert radar.max_velocity_mps == pytest.approx(max_mps, rel=2e-5)
    assert radar.velocity_bin_mps == pytest.approx(step_mps, rel=1e-5)
    assert [3.0 / radar.range_bin_m, 5.6 / radar.range_bin_m] == pytest.approx([bin_3m, bin_5_6m], abs=1e-4)


def test_default_radar_in_full() -> None:
    radar = MMEXPERT_IWR1843
    assert radar.sweep_hz == pytest.approx(3.9998e9, rel=1e-9)
    assert radar.slot_s == pytest.approx(78.125e-6, rel=1e-12)
    assert 2 * radar.slope_hz_per_s / C_MPS == pytest.approx(466.9897e3, rel=1e-6)
    adc_end_s = radar.adc_start_s + radar.n_adc_samples / radar.adc_rate_hz
    assert adc_end_s == pytest.approx(56.1457e-6, abs=1e-10)
    assert radar.n_chirps * radar.pri_s == pytest.approx(radar.frame_period_s, rel=1e-12)
    assert 1 / radar.pri_s == pytest.approx(6400.0)
    assert 2 / radar.mid_wavelength_m == pytest.approx(528.4329, rel=1e-6)
    assert radar.n_frames * radar.frame_period_s == pytest.approx(9.92)
    assert radar.channels == ((0, 0, 0),)
    # Labelled with the wavelength at 77 GHz, as some tools do, every speed would read 2.9 % too high.
    assert C_MPS / 77e9 / (4 * radar.pri_s) == pytest.approx(6.229454, rel=1e-6)


def test_published_beat_frequencies() -> None:
    for name, at_3m_hz in (("mmexpert-iwr1843", 1.400969e6), ("rf-genesis", 1.201071e6)):
        assert 2 * radar_preset(name).slope_hz_per_s * 3.0 / C_MPS == pytest.approx(at_3m_hz, rel=1e-6)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_can_be_stored_and_read_back(name: str) -> None:
    radar = PRESETS[name]
    assert RadarConfig.from_dict(json.loads(json.dumps(radar.to_dict()))) == radar
    assert radar.n_virtual == len(radar.virtual_m) == len(radar.channels)
    assert radar.name == name == resolve_radar(name).name
    assert resolve_radar(name, n_frames=7) == replace(radar, n_frames=7)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("iwr1443boost", (3, 4)),
        ("awr1642boost", (2, 4)),
        ("iwr1843boost", (3, 4)),
        ("awr1843aop", (3, 4)),
        ("iwr6843isk", (3, 4)),
        ("iwr6843aop", (3, 4)),
        ("awr2944evm", (4, 4)),
    ],
)
def test_board_presets_fill_the_standard_tensor_at_walking_speeds(name: str, shape: tuple[int, int]) -> None:
    radar = radar_preset(name)
    assert (len(radar.array.tx), len(radar.array.rx)) == shape
    assert (radar.n_frames, radar.n_chirps, radar.frame_period_s) == (496, 128, 0.02)
    assert radar.range_bin_m < 0.054 and radar.range_span_m > 9.5
    assert radar.max_velocity_mps > 6.0
    half_wave_m = C_MPS / radar.array.design_frequency_hz / 2
    assert 2 * half_wave_m / radar.mid_wavelength_m == pytest.approx(1.03, abs=0.01)


def test_virtual_array_of_three_transmitters_and_four_receivers() -> None:
    array = STANDARD_3TX_4RX
    half_wave_m = C_MPS / 77e9 / 2
    right_up = array.virtual_m((0, 2, 1))[:, [0, 2]] / half_wave_m
    azimuth_row = [(float(i), 0.0) for i in range(8)]
    assert right_up == pytest.approx(np.array(azimuth_row + [(2.0 + i, 1.0) for i in range(4)]))
    assert (array.virtual_m((0, 2, 1))[:, 1] == 0).all()


def test_channels_follow_the_firing_order() -> None:
    channels = STANDARD_3TX_4RX.channels((0, 2, 1))
    assert [channel.tx for channel in channels] == [0] * 4 + [2] * 4 + [1] * 4
    assert [channel.rx for channel in channels] == [0, 1, 2, 3] * 3
    assert [channel.slot for channel in channels] == [0] * 4 + [1] * 4 + [2] * 4


def test_rf_genesis_antennas_are_the_boards_own_shifted() -> None:
    radar, board = radar_preset("rf-genesis"), radar_preset("iwr1843boost")
    assert radar.array.rx[0] == (-6.0, 0.0)
    shift = radar.virtual_m - replace(board, tx_order=(0, 2, 1)).virtual_m
    assert shift == pytest.approx(np.tile(shift[0], (12, 1)), abs=1e-12)


def test_eight_receivers_make_a_row_in_half_wavelengths() -> None:
    step = np.diff(radar_preset("mmexpert-iwr1843-8rx").virtual_m, axis=0)
    assert step == pytest.approx(np.tile([C_MPS / 77e9 / 2, 0, 0], (7, 1)))


def test_antennas_on_package_cover_two_dimensions() -> None:
    radar = radar_preset("iwr6843aop")
    cells = {tuple(cell) for cell in np.round(radar.virtual_m[:, [0, 2]] / 2.5e-3).astype(int)}
    assert len(cells) == 12  # an L of three squares of 2 x 2
    assert cells == {(x, z) for x in range(4) for z in range(0, -4, -1)} - {
        (x, z) for x in (2, 3) for z in (0, -1)
    }


def test_awr2944_row_of_twelve() -> None:
    radar = radar_preset("awr2944evm")
    right, up = (radar.virtual_m[:, [0, 2]] / (C_MPS / 77e9 / 2)).T
    flat = np.abs(up) < 1e-9
    assert sorted(np.round(right[flat])) == list(range(12))
    assert up[~flat] == pytest.approx([1.6] * 4)


def test_arrays_survive_storage_and_refuse_nonsense() -> None:
    array = BOARDS["iwr6843aop"].array
    assert AntennaArray.from_dict(json.loads(json.dumps(array.to_dict()))) == array
    with pytest.raises(RadarConfigError, match="one or more"):
        AntennaArray(tx=())
    with pytest.raises(RadarConfigError, match="pairs in half wavelengths"):
        AntennaArray(rx=((0.0, float("nan")),))
    with pytest.raises(RadarConfigError, match="design_frequency_hz is 0"):
        AntennaArray(design_frequency_hz=0.0)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        (
            "mmexpert-iwr1843",
            {"slope_hz_per_s": 100e12, "ramp_end_s": 60e-6, "frame_period_s": 0.03},
            "slope 100 MHz/us x 60 us sweeps 6.000 GHz; IWR1843 ramps at most 4 GHz: shorten ramp_end_s or lower",
        ),
        (
            "iwr1843boost",
            {"slope_hz_per_s": 101e12, "ramp_end_s": 39.2e-6},
            "IWR1843 follows at most 100 MHz/us",
        ),
        ("iwr1843boost", {"start_frequency_hz": 77.2e9}, "IWR1843 transmits from 76 to 81 GHz only"),
        ("iwr6843isk", {"start_frequency_hz": 77e9}, "IWR6843 transmits from 60 to 64 GHz only"),
        ("iwr6843isk", {"start_frequency_hz": 59e9}, "IWR6843 transmits from 60 to 64 GHz only"),
        ("awr1642boost", {"adc_rate_hz": 7e6}, "AWR1642 delivers at most 6.25 MS/s"),
        ("iwr1843boost", {"idle_s": 13e-6}, "do not fit in a frame of 20.000 ms"),
        ("iwr1843boost", {"turn_gap_s": 20e-6}, r"\+ 20.000 us gap = 20.608 ms do not fit"),
        ("iwr1843boost", {"turn_gap_s": -1e-6}, "turn_gap_s is -1e-06, must not be negative"),
        ("iwr1843boost", {"max_adc_rate_hz": 0.0}, r"max_adc_rate_hz is 0.0, must be above 0 \(or None"),
        ("iwr1843boost", {"band_hz": (81e9, 76e9)}, "band_hz is .* must be a lower and a higher"),
        ("iwr1843boost", {"frame_period_s": float("inf")}, "frame_period_s is inf, must be finite"),
        ("iwr1843boost", {"tx_order": (0, 3)}, "one or more of the array's transmitters 0 to 2"),
        ("iwr1843boost", {"tx_order": (0, 0)}, "fires a transmitter twice"),
        ("iwr1843boost", {"n_tx_slots": 2}, "3 transmitters take turns in 2 slots"),
    ],
)
def test_what_a_board_cannot_do_is_refused(name: str, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RadarConfigError, match=reason):
        radar_preset(name, **changes)


def test_a_gap_after_each_turn_slows_the_chirps() -> None:
    radar = radar_preset("iwr1843boost", turn_gap_s=10e-6)
    assert radar.pri_s == pytest.approx(151e-6)
    assert radar.max_velocity_mps == pytest.approx(radar.mid_wavelength_m / (4 * 151e-6))


@pytest.mark.parametrize("name", ["iwr9999", "", "iwr1843"])
def test_unknown_radars_list_the_known_ones(name: str) -> None:
    with pytest.raises(RadarConfigError, match=r"awr2944evm.*iwr1843boost.*mmexpert-iwr1843.*rf-genesis"):
        resolve_radar(name)
    with pytest.raises(RadarConfigError, match=r"awr2944evm.*iwr1843boost.*mmexpert-iwr1843.*rf-genesis"):
        radar_preset(name)
