"""TI .cfg files: both grammars, figures that files state of themselves, refusals with line numbers, round trips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from simulator.errors import RadarConfigError
from simulator.radar.array import AntennaArray
from simulator.radar.boards import PRESETS, radar_preset
from simulator.radar.config import RadarConfig
from simulator.radar.ti_boards import BOARDS
from simulator.radar.ti_cfg import parse_ti_cfg, read_ti_cfg, resolve_radar
from simulator.radar.ti_cfg_header import check_cfg_header
from simulator.radar.ti_cfg_write import start_wavelength_max_velocity_mps, write_ti_cfg

FOLDER = Path(__file__).resolve().parents[1] / "data" / "radar" / "cfg"
LONG = FOLDER / "xwr18xx_3d_512_samples.cfg"
SHORT = FOLDER / "xwr18xx_3d_64_samples.cfg"
AOP = FOLDER / "xwr68xx_aop_3d.cfg"
TDM = FOLDER / "xwrl6432_tdm.cfg"
BPM = FOLDER / "xwrl6432_bpm.cfg"


def changed(folder: Path, source: Path, *pairs: tuple[str, str]) -> Path:
    """A copy of a file with pieces of text replaced; each must occur."""
    text = source.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path = folder / "changed.cfg"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("path", "bin_m", "start_mps", "mid_mps"),
    [(LONG, 0.0431, 1.523, 1.481), (SHORT, 0.0468, 0.320, 0.311), (AOP, 0.0436, 1.0006, None)],
)
def test_files_state_what_their_commands_imply(
    path: Path, bin_m: float, start_mps: float, mid_mps: float | None
) -> None:
    cfg = parse_ti_cfg(path)
    assert cfg.radar.range_bin_m == pytest.approx(bin_m, abs=5e-5)
    assert start_wavelength_max_velocity_mps(cfg.radar) == pytest.approx(start_mps, abs=5e-4)
    checks = check_cfg_header(cfg)
    assert [check.quantity for check in checks] == [
        "Range Resolution(m)",
        "Maximum Radial Velocity(m/s)",
        "cfarFovCfg range (m)",
    ]
    assert all(check.agrees for check in checks), checks
    # The stated velocity is the one at the start frequency: at mid sweep it would not agree.
    assert abs(checks[1].stated - cfg.radar.max_velocity_mps) > checks[1].tolerance
    if mid_mps is not None:
        assert cfg.radar.max_velocity_mps == pytest.approx(mid_mps, abs=5e-4)


@pytest.mark.parametrize(
    ("old", "new", "quantity"),
    [
        ("Range Resolution(m):0.043", "Range Resolution(m):0.044", "Range Resolution(m)"),
        ("Velocity(m/s):1.52", "Velocity(m/s):1.48", "Maximum Radial Velocity(m/s)"),
        ("cfarFovCfg -1 0 0 17.65", "cfarFovCfg -1 0 0 18.08", "cfarFovCfg range (m)"),
    ],
)
def test_a_figure_that_does_not_follow_is_found(tmp_path: Path, old: str, new: str, quantity: str) -> None:
    checks = check_cfg_header(parse_ti_cfg(changed(tmp_path, LONG, (old, new))))
    assert [check.quantity for check in checks if not check.agrees] == [quantity]


def test_header_figures_that_are_missing_or_no_numbers(tmp_path: Path) -> None:
    assert check_cfg_header(parse_ti_cfg(TDM)) == ()
    with pytest.raises(RadarConfigError, match="Range Resolution\\(m\\):fine' states no number"):
        check_cfg_header(parse_ti_cfg(changed(tmp_path, LONG, ("(m):0.043", "(m):fine"))))


def test_standard_file_in_full() -> None:
    cfg = parse_ti_cfg(LONG)
    radar = cfg.radar
    assert (cfg.grammar, cfg.board, cfg.board_source) == ("standard", "iwr1843boost", "platform comment")
    assert cfg.endless and not cfg.real_adc and cfg.ignored == ("guiMonitor",)
    assert radar.tx_order == (0, 2, 1)  # masks 1, 4, 2
    assert radar.n_virtual == 12 and radar.n_tx_slots == 3
    assert radar.pri_s == pytest.approx(3 * (152e-6 + 61e-6))
    assert radar.n_frames == 10 and radar.name == "xwr18xx_3d_512_samples"
    # One frame as int16 I and Q: 4 receivers, 3 transmitters, 32 loops, 512 samples.
    assert radar.n_virtual * radar.n_chirps * radar.n_adc_samples * 4 == 786_432


def test_number_of_frames_comes_from_the_caller_the_file_or_the_clip(tmp_path: Path) -> None:
    assert read_ti_cfg(LONG, n_frames=3).n_frames == 3
    limited = changed(tmp_path, LONG, ("frameCfg 0 2 32 0 1000", "frameCfg 0 2 32 5 1000"))
    assert read_ti_cfg(limited).n_frames == 5
    assert not parse_ti_cfg(limited).endless
    assert resolve_radar(limited, n_frames=4).n_frames == 4


def test_receivers_and_power_follow_the_commands(tmp_path: Path) -> None:
    path = changed(tmp_path, LONG, ("channelCfg 15", "channelCfg 10"), ("7 61 0 0", "7 61 394758 0"))
    radar = read_ti_cfg(path)
    assert radar.array.rx == ((1.0, 0.0), (3.0, 0.0))
    assert radar.tx_power_dbm == BOARDS["iwr1843boost"].tx_power_dbm - 6.0  # 394758 = 0x060606


def test_board_is_the_callers_the_platforms_or_guessed_from_the_band(tmp_path: Path) -> None:
    assert parse_ti_cfg(AOP).radar.array == BOARDS["iwr6843aop"].array
    assert parse_ti_cfg(AOP, board="iwr6843isk").radar.array == BOARDS["iwr6843isk"].array
    unnamed = parse_ti_cfg(changed(tmp_path, AOP, ("% Platform:xWR68xx_AOP", "%")))
    assert (unnamed.board, unnamed.board_source) == ("iwr6843isk", "start frequency")
    unknown = changed(tmp_path, AOP, ("xWR68xx_AOP", "xWR99xx"))
    with pytest.raises(RadarConfigError, match="platform 'xWR99xx' is unknown; known are xWR14xx"):
        read_ti_cfg(unknown)
    with pytest.raises(RadarConfigError, match="no board 'iwr1'; there are: iwr1443boost"):
        read_ti_cfg(AOP, board="iwr1")


def test_real_samples_describe_half_as_many_complex_ones(tmp_path: Path) -> None:
    complex_radar = read_ti_cfg(LONG)
    cfg = parse_ti_cfg(changed(tmp_path, LONG, ("adcCfg 2 1", "adcCfg 2 0")))
    assert cfg.real_adc
    assert (cfg.radar.n_adc_samples, cfg.radar.adc_rate_hz) == (256, pytest.approx(4.781e6))
    assert cfg.radar.range_bin_m == pytest.approx(complex_radar.range_bin_m, rel=1e-12)
    assert cfg.radar.mid_sweep_s == pytest.approx(complex_radar.mid_sweep_s, rel=1e-12)
    assert cfg.radar.range_span_m == pytest.approx(complex_radar.range_span_m / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("9562 0 0 30", "9562 0 0", "line 13: 'profileCfg .*': expected 14 numbers .*start_ghz.*, got 13"),
        ("77 152 7", "77 fast 7", "line 13: .*expected a number for idle_us, got 'fast'"),
        ("77 152 7", "77 nan 7", "line 13: .*expected a finite number for idle_us"),
        ("512 9562", "512.5 9562", "line 13: .*expected a whole number for adc_samples, got '512.5'"),
        (
            "0 0 0 4\n",
            "0 0 0 5\n",
            "line 15: .*TX mask 5 fires transmitters 1, 3 at once .*one bit for each chirp",
        ),
        ("0 0 0 4\n", "0 0 0 1\n", "line 15: .*transmitter 1 fires twice in one loop"),
        ("0 0 0 4\n", "0 0 0 0\n", "line 16: .*after a silent chirp"),
        ("channelCfg 15 7 0", "channelCfg 15 5 0", "line 16: .*transmitter 2 is not enabled in channelCfg"),
        ("channelCfg 15 7 0", "channelCfg -1 7 0", "line 10: .*expected a bit mask for rx_mask, got '-1'"),
        ("channelCfg 15 7 0", "channelCfg 31 7 0", "line 10: .*4 receivers of IWR1843"),
        ("chirpCfg 1 1 0 0", "chirpCfg 1 1 1 0", "line 15: .*profile 1 is not defined"),
        ("chirpCfg 1 1 0 0", "chirpCfg 1 1 0 100", "line 15: .*differ from their profile"),
        ("chirpCfg 1 1", "chirpCfg 0 1", "line 15: .*chirp 0 is defined in line 14 already"),
        ("chirpCfg 2 2", "chirpCfg 3 3", "line 17: .*chirp 2 is sent, but no chirpCfg defines it"),
        ("frameCfg 0 2", "frameCfg 2 0", "line 17: .*first and the last chirp of a loop, in this order"),
        ("frameCfg 0 2 32 0 1000 1 0", "frameCfg 0 2 32 0 1000 1", "line 17: .*expected 7 numbers"),
        ("adcCfg 2 1", "adcCfg 2 2", "line 11: .*complex 2x keeps the image band"),
        ("dfeDataOutputMode 1", "dfeDataOutputMode 3", "line 9: .*3 subframes"),
        ("flushCfg", "bpmCfg -1 1 0 2", "line 8: .*binary phase modulation"),
        ("flushCfg", "advFrameCfg 2 0 0 1 0", "line 8: .*several subframes are not simulated"),
        ("flushCfg", "profileCfg 1", "line 13: .*a second profile .*line 8.*keep the one"),
        ("flushCfg", "adcCfg 2 1", "line 11: .*adcCfg stands in line 8 already"),
        ("flushCfg", "chirpComnCfg 15 0 0 128 1 34 3", "a file is for one of them"),
        ("adcCfg 2 1\n", "\n", "no adcCfg line"),
        ("0 0 65 1", "771 0 65 1", "sets transmitters apart"),
        ("0 0 65 1", "0 0 66 1", "IWR1843 ramps at most 4 GHz"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(RadarConfigError, match=message) as caught:
        read_ti_cfg(changed(tmp_path, LONG, (old, new)))
    assert "changed.cfg" in str(caught.value)


def test_files_that_are_no_radar_files(tmp_path: Path) -> None:
    with pytest.raises(RadarConfigError, match="cannot be read"):
        resolve_radar(tmp_path / "absent.cfg")
    binary = tmp_path / "binary.cfg"
    binary.write_bytes(b"profileCfg \xff\xfe")
    with pytest.raises(RadarConfigError, match="not a text file"):
        read_ti_cfg(binary)
    binary.write_text("% nothing\n\nsensorStop\n")
    with pytest.raises(RadarConfigError, match=r"no radar \.cfg file"):
        read_ti_cfg(binary)


def test_low_power_file_in_full() -> None:
    cfg = parse_ti_cfg(TDM)
    radar = cfg.radar
    assert (cfg.grammar, cfg.board, cfg.real_adc) == ("low-power", "xWRL6432", True)
    assert cfg.ignored == ("sigProcChainCfg",)
    # 100 MHz / 15 real: 3.333 MS/s complex, 64 samples of 0.3 us; B = 47.95 MHz/us x 19.2 us.
    assert (radar.n_adc_samples, radar.adc_rate_hz) == (64, pytest.approx(1e8 / 30))
    assert radar.sampled_bandwidth_hz == pytest.approx(47.95e12 * 19.2e-6)
    assert radar.range_bin_m == pytest.approx(0.16282, abs=1e-5)
    assert radar.adc_start_s == pytest.approx(3.9e-6)
    # The burst's period, not the two chirps in it, spaces the chirps of a transmitter.
    assert (radar.pri_s, radar.slot_s) == (pytest.approx(600e-6), pytest.approx(40e-6))
    assert (radar.n_chirps, radar.n_frames) == (64, 50)
    half_wave_m = 2.418e-3
    right_up = radar.virtual_m[:, [0, 2]] / half_wave_m
    assert right_up == pytest.approx(np.array([[0, 0], [1, -1], [2, 0], [1, 0], [2, -1], [3, 0]]))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("128 1 34 3", "128 4 34 3", "line 4: .*TX pattern 4 is binary phase modulation"),
        ("128 1 34 3", "128 0 34 3", "line 4: .*TX pattern 0 with 2 transmitters is not verified"),
        ("chirpComnCfg 15", "chirpComnCfg 4", "line 4: .*divider of the 100 MHz clock from 8 to 100, got 4"),
        ("chirpComnCfg 15 0 0 128", "chirpComnCfg 15 0 0 127", "line 4: .*taken in pairs"),
        ("channelCfg 7 3 0", "channelCfg 153 255 0", "line 3: .*xWRL6844.*not supported"),
        ("channelCfg 7 3 0", "channelCfg 0 3 0", "line 3: .*masks of one or more"),
        ("frameCfg 2 0 600", "frameCfg 2 4 600", "line 6: .*4 chirps averaged on the chip"),
        ("frameCfg 2 0 600", "frameCfg 3 0 600", "line 6: .*no whole number of turns of 2"),
        ("frameCfg 2 0 600", "frameCfg 4 0 600", "line 6: .*pause of 440.000 us after every 2 turns"),
        ("frameCfg 2 0 600", "frameCfg 2 0 60", "line 6: .*do not fit in a burst of 60 us"),
        ("frameCfg 2 0 600", "frameCfg 0 0 600", "line 6: .*one or more chirps in a burst"),
        ("64 200 0", "64 200", "line 6: .*expected 6 numbers"),
        ("6 26 1", "6 200 1", "ramp ends at 34.000 us"),
        ("antGeometryCfg", "% antGeometryCfg", "no antGeometryCfg line, and low-power boards differ"),
        ("0 3 2.418", "0 4 2.418", "line 7: .*not the first one's, shifted"),
        ("2.418 2.418", "0 2.418", "line 7: .*above 0 mm"),
    ],
)
def test_low_power_modes_that_are_not_verified_are_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(RadarConfigError, match=message):
        read_ti_cfg(changed(tmp_path, TDM, (old, new)))


def test_phase_coded_low_power_file_is_refused_by_name() -> None:
    with pytest.raises(
        RadarConfigError, match=r"xwrl6432_bpm\.cfg, line 4: .*simulator separates them by time only"
    ):
        resolve_radar(str(BPM))
    with pytest.raises(RadarConfigError, match="carries its antennas"):
        read_ti_cfg(TDM, board="iwr1843boost")


def test_low_power_turns_without_a_pause(tmp_path: Path) -> None:
    whole = read_ti_cfg(changed(tmp_path, TDM, ("frameCfg 2 0 600 64", "frameCfg 128 0 5200 1")))
    assert (whole.n_chirps, whole.turn_gap_s, whole.pri_s) == (64, 0.0, pytest.approx(80e-6))
    one_transmitter = [
        ("channelCfg 7 3", "channelCfg 3 2"),
        ("128 1 34", "128 0 34"),
        ("Cfg 2 0 600", "Cfg 1 0 600"),
    ]
    one = read_ti_cfg(changed(tmp_path, TDM, *one_transmitter))
    assert (one.tx_order, len(one.array.rx), one.n_chirps) == ((1,), 2, 64)
    assert (one.pri_s, one.turn_gap_s) == (pytest.approx(600e-6), pytest.approx(560e-6))


def round_trip(folder: Path, radar: RadarConfig, grammar: Literal["standard", "low-power"]) -> RadarConfig:
    path = folder / "written.cfg"
    path.write_text(write_ti_cfg(radar, grammar))
    cfg = parse_ti_cfg(path)
    assert cfg.grammar == grammar
    assert all(check.agrees for check in check_cfg_header(cfg))
    return cfg.radar


@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"mmexpert-iwr1843-8rx"}))
def test_presets_survive_a_round_trip_exactly(tmp_path: Path, name: str) -> None:
    assert round_trip(tmp_path, radar_preset(name), "standard") == radar_preset(name)


@pytest.mark.parametrize("path", [LONG, SHORT, AOP])
def test_files_survive_a_round_trip_exactly(tmp_path: Path, path: Path) -> None:
    assert round_trip(tmp_path, read_ti_cfg(path), "standard") == read_ti_cfg(path)


def test_odd_numbers_survive_a_round_trip_exactly(tmp_path: Path) -> None:
    third = radar_preset("iwr1843boost", idle_s=20e-6 / 3, tx_power_dbm=10.1, frame_period_s=0.1 / 3)
    assert round_trip(tmp_path, third, "standard") == third
    radar = read_ti_cfg(TDM, n_frames=9)
    for changes in ({}, {"turn_gap_s": 1e-3 / 3}, {"tx_order": (0,), "n_tx_slots": 1}, {"turn_gap_s": 0.0}):
        odd = replace(radar, **changes)  # type: ignore[arg-type]
        assert round_trip(tmp_path, odd, "low-power") == odd


def test_an_edited_command_wins_over_the_comments(tmp_path: Path) -> None:
    radar = radar_preset("iwr1843boost", idle_s=20e-6 / 3)
    text = write_ti_cfg(radar)
    path = tmp_path / "edited.cfg"
    path.write_text(text.replace("profileCfg 0 77 6.66", "profileCfg 0 77 5.66"))
    assert read_ti_cfg(path).idle_s == pytest.approx(5.6666667e-6)
    low_power = write_ti_cfg(replace(read_ti_cfg(TDM), turn_gap_s=1e-3 / 3), "low-power")
    assert "% mmflywheel turn_gap_s 0.0003333333333333333\n" in low_power
    path.write_text(low_power.replace("frameCfg 2 0 413.333333333 ", "frameCfg 2 0 500 "))
    assert read_ti_cfg(path).pri_s == pytest.approx(500e-6)
    path.write_text(text.replace("channelCfg 15", "channelCfg 3"))
    with pytest.raises(RadarConfigError, match="array kept in the comments has 4 receivers"):
        read_ti_cfg(path)
    path.write_text(text + "% mmflywheel colour 1\n")
    with pytest.raises(RadarConfigError, match="'% mmflywheel colour' names no field"):
        read_ti_cfg(path)
    for kept in ("array [1]", 'tx_power_dbm "much"', "array {}\n% mmflywheel max_sweep_hz null"):
        path.write_text(text + f"% mmflywheel {kept}\n")
        with pytest.raises(RadarConfigError, match=r"edited\.cfg"):
            read_ti_cfg(path)
    path.write_text(text + "% mmflywheel name {\n")
    with pytest.raises(RadarConfigError, match="is no JSON value"):
        read_ti_cfg(path)


def test_written_file_names_both_velocity_conventions() -> None:
    text = write_ti_cfg(radar_preset("mmexpert-iwr1843"))
    assert "wavelength at the start frequency 77 GHz, as TI prints it (m/s): 6.2295" in text
    assert "wavelength at mid sweep 79.2101 GHz, as this project uses it (m/s): 6.0556" in text
    assert "\nprofileCfg 0 77 20.985 7 57.14 0 0 70 0 256 5209 0 0 30\n" in text
    assert "\nchirpCfg 1 1 0 0 0 0 0 0\n" in text  # the second slot is silent
    assert "\nframeCfg 0 1 128 496 20 1 0\n" in text
    real = write_ti_cfg(radar_preset("awr2944evm"))
    assert "\nadcCfg 2 0\n" in real and " 512 18000 " in real and "frameCfg 0 3 128 496 512 20 1 0" in real


@pytest.mark.parametrize(
    ("radar", "grammar", "reason"),
    [
        (radar_preset("mmexpert-iwr1843-8rx"), "standard", "8 receivers, the chips have at most 4"),
        (radar_preset("iwr1843boost", turn_gap_s=5e-6), "standard", "gap of 5 us after each turn"),
        (
            radar_preset("mmexpert-iwr1843"),
            "low-power",
            "1 transmitters and 1 receivers, .* IWR1843 is no low-power",
        ),
        (replace(read_ti_cfg(TDM), adc_rate_hz=3.2e6), "low-power", "3.2 MS/s .real. is not 100 MHz divided"),
        (replace(read_ti_cfg(TDM), adc_start_s=4e-6), "low-power", "no whole number of real samples"),
        (replace(read_ti_cfg(TDM), tx_order=(1, 0)), "low-power", "they fire in rising order"),
        (
            replace(read_ti_cfg(TDM), array=AntennaArray(tx=((0, 0), (0.5, 0)), rx=((0, 0), (1, 0), (2, 0)))),
            "low-power",
            "off the half-wavelength grid",
        ),
    ],
)
def test_what_a_grammar_cannot_say_is_refused(
    radar: RadarConfig, grammar: Literal["standard", "low-power"], reason: str
) -> None:
    with pytest.raises(RadarConfigError, match=reason):
        write_ti_cfg(radar, grammar)
