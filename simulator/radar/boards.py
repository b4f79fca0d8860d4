"""Radar presets. Here alone numbers are written in the boards' own units: GHz, MHz/us, us."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import RadarConfigError
from .array import AntennaArray
from .config import RadarConfig
from .ti_boards import (
    AWR1642BOOST,
    AWR1843AOP,
    AWR2944EVM,
    IWR1443BOOST,
    IWR1843BOOST,
    IWR6843AOP,
    IWR6843ISK,
    ROW_OF_4_RX,
    TiBoard,
)


def _preset(
    name: str,
    *,
    start_ghz: float,
    slope_mhz_per_us: float,
    adc_ksps: float,
    n_adc_samples: int,
    idle_us: float,
    adc_start_us: float,
    ramp_end_us: float,
    n_tx_slots: int,
    n_chirps: int,
    frame_ms: float,
    n_frames: int,
    **others: Any,
) -> RadarConfig:
    return RadarConfig(
        name=name,
        start_frequency_hz=start_ghz * 1e9,
        slope_hz_per_s=slope_mhz_per_us * 1e12,
        adc_rate_hz=adc_ksps * 1e3,
        n_adc_samples=n_adc_samples,
        idle_s=idle_us * 1e-6,
        adc_start_s=adc_start_us * 1e-6,
        ramp_end_s=ramp_end_us * 1e-6,
        n_tx_slots=n_tx_slots,
        n_chirps=n_chirps,
        frame_period_s=frame_ms * 1e-3,
        n_frames=n_frames,
        **others,
    )


# Chirp and frame of the mmExpert paper's simulator (IWR1843, two transmitter slots, one of them used).
MMEXPERT_IWR1843 = _preset(
    "mmexpert-iwr1843",
    start_ghz=77.0,
    slope_mhz_per_us=70.0,
    adc_ksps=5209.0,
    n_adc_samples=256,
    idle_us=20.985,
    adc_start_us=7.0,
    ramp_end_us=57.14,
    n_tx_slots=2,
    n_chirps=128,
    frame_ms=20.0,
    n_frames=496,
    **IWR1843BOOST.limits(),
)

# The same chirp and eight receivers in a row, for range, Doppler and azimuth views. On the board the row of eight
# is virtual (two transmitters, four receivers); here all eight are measured in the first slot, so no transmitter
# needs a motion correction.
MMEXPERT_IWR1843_8RX = replace(
    MMEXPERT_IWR1843,
    name="mmexpert-iwr1843-8rx",
    array=AntennaArray(rx=tuple((float(i), 0.0) for i in range(8))),
)

# mmExpert's `iwr1843.py`: 64 chirps in three slots, ten frames a second. Which transmitter takes which slot is not
# said there; the board's own order is taken.
MMEXPERT_IWR1843_64X3 = _preset(
    "mmexpert-iwr1843-64x3",
    start_ghz=77.0,
    slope_mhz_per_us=70.0,
    adc_ksps=5209.0,
    n_adc_samples=256,
    idle_us=7.34,
    adc_start_us=7.0,
    ramp_end_us=57.14,
    n_tx_slots=3,
    n_chirps=64,
    frame_ms=100.0,
    n_frames=100,
    array=IWR1843BOOST.array,
    tx_order=(0, 1, 2),
    **IWR1843BOOST.limits(),
)

# RF-Genesis and mmMesh: three transmitters in turn, ten frames a second. Antennas where RF-Genesis puts them: the
# board's own, with the elevated transmitter fired last.
RF_GENESIS = _preset(
    "rf-genesis",
    start_ghz=77.0,
    slope_mhz_per_us=60.012,
    adc_ksps=4400.0,
    n_adc_samples=256,
    idle_us=7.0,
    adc_start_us=6.0,
    ramp_end_us=65.0,
    n_tx_slots=3,
    n_chirps=128,
    frame_ms=100.0,
    n_frames=100,
    array=AntennaArray(
        tx=((0.0, 0.0), (4.0, 0.0), (2.0, 1.0)), rx=tuple((x - 6.0, z) for x, z in ROW_OF_4_RX)
    ),
    tx_order=(0, 1, 2),
    **IWR1843BOOST.limits(),
)

# The recording conditions of the OpenRadar example frames; the ADC start is not recorded and taken as 0. The ramp as
# recorded would end at 81.14 GHz, above the chips' band (its sampled part ends at 80.49), so no band is checked.
OPENRADAR_CAPTURE = _preset(
    "openradar-capture",
    start_ghz=77.4201,
    slope_mhz_per_us=60.0,
    adc_ksps=2500.0,
    n_adc_samples=128,
    idle_us=30.0,
    adc_start_us=0.0,
    ramp_end_us=62.0,
    n_tx_slots=2,
    n_chirps=128,
    frame_ms=40.0,
    n_frames=1,
)


def _board_preset(name: str, board: TiBoard) -> RadarConfig:
    """A profile for people on a three-transmitter board: 128 chirps of each in 20 ms, 4.5 cm range bins.

    77 (or 60) GHz start, 98 MHz/us for 40 us: 3.92 of the 4 GHz. Three slots of 47 us hold +-6.7 m/s
    (+-8.6 m/s at 60 GHz), walking people with their feet.
    """
    return _preset(
        name,
        start_ghz=77.0 if board.band_hz[0] > 70e9 else 60.0,
        slope_mhz_per_us=98.0,
        adc_ksps=min(7500.0, board.max_adc_rate_hz * 1e-3),
        n_adc_samples=256 if board.max_adc_rate_hz >= 7.5e6 else 208,
        idle_us=7.0,
        adc_start_us=5.0,
        ramp_end_us=40.0,
        n_tx_slots=len(board.array.tx),
        n_chirps=128,
        frame_ms=20.0,
        n_frames=496,
        tx_order=tuple(range(len(board.array.tx))),
        **board.radar_fields(),
    )


# Four transmitters leave 39 us a slot. The ADC is real: 512 samples at 18 MS/s, here as the same window of 256
# complex samples at 9 MS/s.
AWR2944 = _preset(
    "awr2944evm",
    start_ghz=77.0,
    slope_mhz_per_us=100.0,
    adc_ksps=9000.0,
    n_adc_samples=256,
    idle_us=6.0,
    adc_start_us=4.0,
    ramp_end_us=33.0,
    n_tx_slots=4,
    n_chirps=128,
    frame_ms=20.0,
    n_frames=496,
    tx_order=(0, 1, 2, 3),
    **AWR2944EVM.radar_fields(),
)

PRESETS = {
    radar.name: radar
    for radar in (
        MMEXPERT_IWR1843,
        MMEXPERT_IWR1843_8RX,
        MMEXPERT_IWR1843_64X3,
        RF_GENESIS,
        OPENRADAR_CAPTURE,
        _board_preset("iwr1443boost", IWR1443BOOST),
        _board_preset("awr1642boost", AWR1642BOOST),
        _board_preset("iwr1843boost", IWR1843BOOST),
        _board_preset("awr1843aop", AWR1843AOP),
        _board_preset("iwr6843isk", IWR6843ISK),
        _board_preset("iwr6843aop", IWR6843AOP),
        AWR2944,
    )
}


def radar_names() -> tuple[str, ...]:
    """Names of all presets, sorted."""
    return tuple(sorted(PRESETS))


def radar_preset(name: str, **changes: float | int | str | None) -> RadarConfig:
    """A preset by name, with fields replaced where `changes` says so.

    Raises:
        RadarConfigError: no preset of that name, no such field, or the changed radar is impossible.
    """
    if name not in PRESETS:
        raise RadarConfigError(f"no radar preset {name!r}; there are: {', '.join(sorted(PRESETS))}")
    try:
        return replace(PRESETS[name], **changes)  # type: ignore[arg-type]
    except TypeError as error:
        raise RadarConfigError(f"radar preset {name!r} cannot be changed like this: {error}") from error
