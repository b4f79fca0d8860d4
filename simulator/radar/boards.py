"""Radar presets. Here alone numbers are written in the boards' own units: GHz, MHz/us, us."""

from __future__ import annotations

from dataclasses import replace

from ..errors import RadarConfigError
from .config import RadarConfig


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
)

# RF-Genesis and mmMesh: three transmitters in turn, ten frames a second.
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
)

# The recording conditions of the OpenRadar example frames; the ADC start is not recorded and taken as 0.
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

PRESETS = {radar.name: radar for radar in (MMEXPERT_IWR1843, RF_GENESIS, OPENRADAR_CAPTURE)}


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
