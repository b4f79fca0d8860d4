"""What no radar, or not this board, can do: each problem in words, with the numbers that make it one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import RadarConfig

TIME_TOLERANCE_S = 1e-9
RELATIVE_TOLERANCE = 1e-9

POSITIVE = (
    "start_frequency_hz",
    "slope_hz_per_s",
    "adc_rate_hz",
    "n_adc_samples",
    "ramp_end_s",
    "n_tx_slots",
    "n_chirps",
    "frame_period_s",
    "n_frames",
    "temperature_k",
    "max_sweep_hz",
)
NOT_NEGATIVE = ("idle_s", "adc_start_s", "turn_gap_s")
POSITIVE_OR_NONE = {
    "azimuth_beamwidth_deg": "the same gain in all directions",
    "elevation_beamwidth_deg": "the same gain in all directions",
    "max_slope_hz_per_s": "no check",
    "max_adc_rate_hz": "no check",
}


def radar_problems(radar: RadarConfig) -> list[str]:
    """Everything that is wrong with a radar; numbers that no formula can use come alone."""
    return _impossible_numbers(radar) or [
        *_timing_problems(radar),
        *_board_problems(radar),
        *_antenna_problems(radar),
    ]


def _impossible_numbers(radar: RadarConfig) -> list[str]:
    """Values that no formula below can use."""
    problems = [
        f"{name} is {getattr(radar, name)}, must be above 0"
        for name in POSITIVE
        if not getattr(radar, name) > 0
    ]
    problems += [
        f"{name} is {getattr(radar, name)}, must not be negative"
        for name in NOT_NEGATIVE
        if not getattr(radar, name) >= 0
    ]
    problems += [
        f"{name} is {value}, must be above 0 (or None for {meaning})"
        for name, meaning in POSITIVE_OR_NONE.items()
        if (value := getattr(radar, name)) is not None and not value > 0
    ]
    problems += [
        f"{name} is {getattr(radar, name)}, must be finite"
        for name in ("tx_power_dbm", "tx_gain_dbi", "rx_gain_dbi", "noise_figure_db")
        if not math.isfinite(getattr(radar, name))
    ]
    problems += [
        f"{name} is {value}, must be finite"
        for name in (*POSITIVE, *NOT_NEGATIVE)
        if (value := getattr(radar, name)) == math.inf
    ]
    problems += [
        f"{name} is {getattr(radar, name)}, must be even, so that the middle of the window is a sample"
        for name in ("n_adc_samples", "n_chirps")
        if getattr(radar, name) % 2
    ]
    if radar.band_hz is not None and not (
        len(radar.band_hz) == 2 and 0 < radar.band_hz[0] < radar.band_hz[1]
    ):
        problems.append(f"band_hz is {radar.band_hz}, must be a lower and a higher frequency (or None)")
    return problems


def _timing_problems(radar: RadarConfig) -> list[str]:
    """Contradictions between the chirp, the ADC window and the frame."""
    problems = []
    adc_end_s = radar.adc_start_s + radar.n_adc_samples / radar.adc_rate_hz
    if adc_end_s > radar.ramp_end_s + TIME_TOLERANCE_S:
        problems.append(
            f"the ADC samples from {radar.adc_start_s * 1e6:.3f} to {adc_end_s * 1e6:.3f} us but the ramp "
            f"ends at {radar.ramp_end_s * 1e6:.3f} us: take fewer samples or a longer ramp"
        )
    burst_s = radar.n_chirps * radar.pri_s
    if burst_s > radar.frame_period_s + TIME_TOLERANCE_S:
        gap = f" + {radar.turn_gap_s * 1e6:.3f} us gap" if radar.turn_gap_s else ""
        problems.append(
            f"{radar.n_chirps} chirps x {radar.n_tx_slots} slots x {radar.slot_s * 1e6:.3f} us{gap} = "
            f"{burst_s * 1e3:.3f} ms do not fit in a frame of {radar.frame_period_s * 1e3:.3f} ms: "
            "lengthen the frame or send fewer chirps"
        )
    return problems


def _board_problems(radar: RadarConfig) -> list[str]:
    """Chirps that the board's synthesizer, transmitter or ADC cannot make."""
    problems = []
    board = radar.board or "the board"
    over = 1.0 + RELATIVE_TOLERANCE
    ramp = f"slope {radar.slope_hz_per_s * 1e-12:g} MHz/us x {radar.ramp_end_s * 1e6:g} us"
    if radar.sweep_hz > radar.max_sweep_hz * over:
        problems.append(
            f"{ramp} sweeps {radar.sweep_hz * 1e-9:.3f} GHz; {board} ramps at most "
            f"{radar.max_sweep_hz * 1e-9:g} GHz: shorten ramp_end_s or lower the slope"
        )
    if radar.max_slope_hz_per_s is not None and radar.slope_hz_per_s > radar.max_slope_hz_per_s * over:
        problems.append(
            f"slope {radar.slope_hz_per_s * 1e-12:g} MHz/us is too steep; the synthesizer of {board} follows "
            f"at most {radar.max_slope_hz_per_s * 1e-12:g} MHz/us: lower the slope and lengthen the ramp"
        )
    if radar.max_adc_rate_hz is not None and radar.adc_rate_hz > radar.max_adc_rate_hz * over:
        problems.append(
            f"{radar.adc_rate_hz * 1e-6:g} MS/s complex is too fast; {board} delivers at most "
            f"{radar.max_adc_rate_hz * 1e-6:g} MS/s: lower adc_rate_hz (the range span shrinks with it)"
        )
    if radar.band_hz is not None:
        low_hz, high_hz = radar.band_hz
        end_hz = radar.start_frequency_hz + radar.sweep_hz
        if radar.start_frequency_hz * over < low_hz or end_hz > high_hz * over:
            problems.append(
                f"{ramp} from {radar.start_frequency_hz * 1e-9:g} GHz ends at {end_hz * 1e-9:.3f} GHz; {board} "
                f"transmits from {low_hz * 1e-9:g} to {high_hz * 1e-9:g} GHz only: move the start frequency or "
                "shorten the ramp"
            )
    return problems


def _antenna_problems(radar: RadarConfig) -> list[str]:
    """Transmitters that the array lacks or the frame has no slot for."""
    problems = []
    n_tx = len(radar.array.tx)
    if not radar.tx_order or not all(0 <= tx < n_tx for tx in radar.tx_order):
        problems.append(
            f"tx_order is {list(radar.tx_order)}; it must name one or more of the array's transmitters 0 to {n_tx - 1}"
        )
    if len(set(radar.tx_order)) < len(radar.tx_order):
        problems.append(f"tx_order {list(radar.tx_order)} fires a transmitter twice in one turn")
    if len(radar.tx_order) > radar.n_tx_slots:
        problems.append(
            f"{len(radar.tx_order)} transmitters take turns in {radar.n_tx_slots} slots: raise n_tx_slots"
        )
    return problems
