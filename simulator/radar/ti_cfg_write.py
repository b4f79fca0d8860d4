"""TI .cfg files from a radar, in either grammar.

The front end only: the commands that shape chirps, frames and channels, and for the standard grammar raw ADC data over
LVDS. A demo's detection commands and `sensorStart` are the user's to add. What no command holds (name, antennas, link
budget) stands in `% mmflywheel` comments, so that reading gives the same radar back, number for number.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ..errors import RadarConfigError
from .config import RadarConfig
from .link_budget import SPEED_OF_LIGHT_MPS
from .ti_boards import BOARDS, XWRL1432, XWRL6432
from .ti_cfg import COMMAND_FIELDS, Grammar
from .ti_cfg_commands import bit_mask
from .ti_cfg_lowpower import CLOCK_HZ, N_RX, N_TX, TDM

MAX_RX = 4
MAX_TX = 4
WHOLE = 1e-9


def write_ti_cfg(radar: RadarConfig, grammar: Grammar = "standard") -> str:
    """The text of a .cfg file for this radar.

    Raises:
        RadarConfigError: the grammar cannot say it; the message names each reason.
    """
    problems = _standard_problems(radar) if grammar == "standard" else _low_power_problems(radar)
    if problems:
        raise RadarConfigError(f"radar {radar.name!r} has no {grammar} .cfg file: " + "; ".join(problems))
    commands, exact = _standard_commands(radar) if grammar == "standard" else _low_power_commands(radar)
    return "\n".join([*_header(radar), *_kept(radar, exact), *commands]) + "\n"


def start_wavelength_max_velocity_mps(radar: RadarConfig) -> float:
    """+-v_max as TI's tools print it, with the wavelength at the start frequency: larger than the true one."""
    return SPEED_OF_LIGHT_MPS / radar.start_frequency_hz / (4.0 * radar.pri_s)


def _header(radar: RadarConfig) -> list[str]:
    start_mps = start_wavelength_max_velocity_mps(radar)
    boards = [board for board in BOARDS.values() if board.chip == radar.board]
    return [
        "% Written by mmflywheel: front end only; add the detection commands of your demo and sensorStart",
        *(f"% Platform:{board.platform}" for board in boards),
        f"% Range Resolution(m):{radar.range_bin_m:.3f}",
        f"% Maximum Radial Velocity(m/s):{start_mps:.2f}",
        f"% Maximum velocity, wavelength at the start frequency {radar.start_frequency_hz * 1e-9:g} GHz, as TI prints"
        f" it (m/s): {start_mps:.4f}",
        f"% Maximum velocity, wavelength at mid sweep {radar.mid_frequency_hz * 1e-9:.4f} GHz, as this project uses"
        f" it (m/s): {radar.max_velocity_mps:.4f}",
    ]


def _kept(radar: RadarConfig, exact: set[str]) -> list[str]:
    """Comments for the fields that no command holds, and for those whose number a command would round."""
    return [
        f"% mmflywheel {name} {json.dumps(value)}"
        for name, value in radar.to_dict().items()
        if name not in COMMAND_FIELDS or name not in exact
    ]


class _Numbers:
    """Numbers in a board's units, and which fields they give back exactly when read."""

    def __init__(self, radar: RadarConfig) -> None:
        self.radar = radar
        self.exact = {"n_adc_samples", "n_tx_slots", "n_chirps", "n_frames", "tx_order"}

    def text(self, name: str, unit: float, factor: float = 1.0) -> str:
        """Shortest decimal that reads back as this field; `factor` = 2 for rates of a real ADC."""
        value = getattr(self.radar, name)
        for digits in range(1, 18):
            word = f"{value * factor / unit:.{digits}g}"
            if float(word) / factor * unit == value:
                self.exact.add(name)
                break
        return f"{Decimal(word):f}"


def _standard_problems(radar: RadarConfig) -> list[str]:
    problems = []
    if len(radar.array.rx) > MAX_RX:
        problems.append(f"{len(radar.array.rx)} receivers, the chips have at most {MAX_RX}")
    if max(radar.tx_order) >= MAX_TX:
        problems.append(f"transmitter {max(radar.tx_order) + 1}, the chips have at most {MAX_TX}")
    if radar.turn_gap_s:
        problems.append(
            f"a gap of {radar.turn_gap_s * 1e6:g} us after each turn, for which no command exists"
        )
    return problems


def _standard_commands(radar: RadarConfig) -> tuple[list[str], set[str]]:
    numbers = _Numbers(radar)
    boards = [board for board in BOARDS.values() if board.chip == radar.board]
    real = bool(boards) and boards[0].real_adc
    factor = 2 if real else 1
    slots = [*radar.tx_order, *[None] * (radar.n_tx_slots - len(radar.tx_order))]
    samples = radar.n_adc_samples * factor
    extra = [str(samples)] if real else []  # xWR294x repeats the number of samples in frameCfg
    profile = [
        numbers.text("start_frequency_hz", 1e9),
        numbers.text("idle_s", 1e-6),
        numbers.text("adc_start_s", 1e-6),
        numbers.text("ramp_end_s", 1e-6),
        "0 0",
        numbers.text("slope_hz_per_s", 1e12),
        "0",
        str(samples),
        numbers.text("adc_rate_hz", 1e3, factor),
        "0 0 30",
    ]
    period = numbers.text("frame_period_s", 1e-3)
    commands = [
        "sensorStop",
        "flushCfg",
        "dfeDataOutputMode 1",
        f"channelCfg {(1 << len(radar.array.rx)) - 1} {bit_mask(radar.tx_order)} 0",
        f"adcCfg 2 {0 if real else 1}",
        f"adcbufCfg -1 {1 if real else 0} 1 1 1",
        "profileCfg 0 " + " ".join(profile),
        *(f"chirpCfg {i} {i} 0 0 0 0 0 {0 if tx is None else 1 << tx}" for i, tx in enumerate(slots)),
        " ".join(
            [
                "frameCfg 0",
                str(len(slots) - 1),
                str(radar.n_chirps),
                str(radar.n_frames),
                *extra,
                period,
                "1 0",
            ]
        ),
        "lvdsStreamCfg -1 0 1 0",
    ]
    return commands, numbers.exact | {"turn_gap_s"}


def _low_power_problems(radar: RadarConfig) -> list[str]:
    problems = []
    n_tx, n_rx = len(radar.array.tx), len(radar.array.rx)
    if n_tx != N_TX or n_rx != N_RX:
        problems.append(f"{n_tx} transmitters and {n_rx} receivers, the chips have {N_TX} and {N_RX}")
    if radar.tx_order != tuple(sorted(radar.tx_order)) or radar.n_tx_slots != len(radar.tx_order):
        problems.append(
            f"transmitters {list(radar.tx_order)} in {radar.n_tx_slots} slots: they fire in rising order, none silent"
        )
    if radar.board not in ("", XWRL6432.chip, XWRL1432.chip):
        problems.append(f"{radar.board} is no low-power chip")
    divider = CLOCK_HZ / (2.0 * radar.adc_rate_hz)
    if abs(divider - round(divider)) > WHOLE * divider or not 8 <= round(divider) <= 100:
        problems.append(
            f"2 x {radar.adc_rate_hz * 1e-6:g} MS/s (real) is not 100 MHz divided by a whole number from 8 to 100"
        )
    skipped = radar.adc_start_s * 2.0 * radar.adc_rate_hz
    if abs(skipped - round(skipped)) > 1e-6:
        problems.append(f"ADC start {radar.adc_start_s * 1e6:g} us is no whole number of real samples")
    if not all(float(x).is_integer() for row in _geometry(radar) for x in row):
        problems.append("antennas off the half-wavelength grid that antGeometryCfg counts in")
    return problems


def _geometry(radar: RadarConfig) -> list[tuple[float, float]]:
    """(row, column) of each virtual antenna of all transmitters, rows downwards, from 0."""
    cells = [(-(t[1] + r[1]), t[0] + r[0]) for t in radar.array.tx for r in radar.array.rx]
    first_row, first_column = min(row for row, _ in cells), min(column for _, column in cells)
    return [(row - first_row, column - first_column) for row, column in cells]


def _low_power_commands(radar: RadarConfig) -> tuple[list[str], set[str]]:
    numbers = _Numbers(radar)
    rate_hz = 2.0 * radar.adc_rate_hz
    divider, skipped = round(CLOCK_HZ / rate_hz), round(radar.adc_start_s * rate_hz)
    if CLOCK_HZ / divider / 2.0 == radar.adc_rate_hz:
        numbers.exact.add("adc_rate_hz")
    if skipped / (CLOCK_HZ / divider) == radar.adc_start_s:
        numbers.exact.add("adc_start_s")
    pitch_mm = SPEED_OF_LIGHT_MPS / radar.array.design_frequency_hz / 2.0 * 1e3
    ramp_end, idle = numbers.text("ramp_end_s", 1e-6), numbers.text("idle_s", 1e-6)
    cells: list[Any] = [int(x) for cell in _geometry(radar) for x in cell]
    commands = [
        "sensorStop 0",
        f"channelCfg {(1 << N_RX) - 1} {bit_mask(radar.tx_order)} 0",
        f"chirpComnCfg {divider} 0 0 {2 * radar.n_adc_samples} {TDM} {ramp_end} 0",
        f"chirpTimingCfg {idle} {skipped} 0 {numbers.text('slope_hz_per_s', 1e12)} "
        f"{numbers.text('start_frequency_hz', 1e9)}",
        f"frameCfg {radar.n_tx_slots} 0 {_trimmed(radar.pri_s * 1e6)} {radar.n_chirps} "
        f"{numbers.text('frame_period_s', 1e-3)} {radar.n_frames}",
        f"antGeometryCfg {' '.join(map(str, cells))} {_trimmed(pitch_mm)} {_trimmed(pitch_mm)}",
    ]
    return commands, numbers.exact


def _trimmed(value: float) -> str:
    """Nine decimals, without the zeros at their end."""
    return f"{value:.9f}".rstrip("0").rstrip(".")
