"""Which imperfections the receiver has beside thermal noise, and the random stream of each that is random."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from ..errors import RadarConfigError

MIN_ADC_BITS, MAX_ADC_BITS = 2, 16
NOISE_STREAMS = ("thermal_noise", "phase_noise")  # append only: the place in the list picks the stream


@dataclass(frozen=True)
class ReceiverOptions:
    """Imperfections of the receiver, all off by default; stored with every sample.

    Thermal noise is no imperfection and has its own switch, `SimulationOptions.thermal_noise`.

    Levels in dBm are powers at the antenna reference, the same scale as the echoes in sqrt(mW).

    Attributes:
        phase_noise_dbc_per_hz: single-sideband phase noise of the oscillator at `phase_noise_offset_hz`; None =
            a perfect oscillator.
        phase_noise_offset_hz: offset from the carrier at which the level holds.
        phase_noise_corner_hz: loop bandwidth of the synthesizer: flat below it, falling as 1/f^2 above. 0 = 1/f^2
            down to the carrier (a free-running oscillator).
        phase_noise_floor_dbc_per_hz: flat floor far from the carrier; None = none.
        leakage_dbm: power of the transmitted signal that couples straight into the receiver; None = none.
        leakage_delay_s: delay of that path.
        iq_gain_imbalance_db: gain of the I path over that of the Q path.
        iq_phase_imbalance_deg: departure of I and Q from 90 degrees.
        dc_offset_dbm: power of a constant behind the mixer; None = none.
        dc_offset_phase_deg: its phase; 45 = equal in I and Q.
        adc_bits: resolution of each of the two converters (I, Q); None = no quantisation, no saturation.
        adc_full_scale_dbm: power of the largest complex tone that the converters take.

    Raises:
        RadarConfigError: a value that no receiver can have; the message names each.
    """

    phase_noise_dbc_per_hz: float | None = None
    phase_noise_offset_hz: float = 1e6
    phase_noise_corner_hz: float = 0.0
    phase_noise_floor_dbc_per_hz: float | None = None
    leakage_dbm: float | None = None
    leakage_delay_s: float | None = None
    iq_gain_imbalance_db: float = 0.0
    iq_phase_imbalance_deg: float = 0.0
    dc_offset_dbm: float | None = None
    dc_offset_phase_deg: float = 45.0
    adc_bits: int | None = None
    adc_full_scale_dbm: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no receiver can be."""
        problems = _not_finite(self) or (
            _phase_noise_problems(self) + _leakage_problems(self) + _iq_problems(self) + _adc_problems(self)
        )
        if problems:
            raise RadarConfigError("receiver options are impossible: " + "; ".join(problems))

    def to_dict(self) -> dict[str, Any]:
        """JSON values; equal dictionaries mean equal receivers."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ReceiverOptions:
        """Inverse of `to_dict`."""
        return cls(**values)

    @property
    def active_effects(self) -> tuple[str, ...]:
        """Names of the effects that are on, in the order in which the signal meets them; empty = ideal."""
        switches = {
            "leakage": self.leakage_dbm is not None,
            "phase_noise": self.phase_noise_dbc_per_hz is not None,
            "iq_imbalance": self.iq_gain_imbalance_db != 0.0 or self.iq_phase_imbalance_deg != 0.0,
            "dc_offset": self.dc_offset_dbm is not None,
            "quantisation": self.adc_bits is not None,
        }
        return tuple(name for name, is_on in switches.items() if is_on)


def noise_stream(
    seed: int, purpose: Literal["thermal_noise", "phase_noise"], frame: int
) -> np.random.Generator:
    """Generator of one purpose in one frame: independent of all others, whatever is drawn from those.

    Args:
        seed: noise seed of the capture, not negative.
        purpose: one of NOISE_STREAMS.
        frame: frame of the capture, counted from its start.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(NOISE_STREAMS.index(purpose), frame))
    return np.random.Generator(np.random.SFC64(sequence))


def _not_finite(options: ReceiverOptions) -> list[str]:
    """Fields that hold infinity or NaN."""
    return [
        f"{name} is {value}, must be finite"
        for name, value in options.to_dict().items()
        if isinstance(value, float) and not math.isfinite(value)
    ]


def _phase_noise_problems(options: ReceiverOptions) -> list[str]:
    """Oscillator spectra that cannot be."""
    problems = []
    level, floor = options.phase_noise_dbc_per_hz, options.phase_noise_floor_dbc_per_hz
    if not options.phase_noise_offset_hz > 0.0:
        problems.append(f"phase_noise_offset_hz is {options.phase_noise_offset_hz} Hz, must be above 0")
    if not options.phase_noise_corner_hz >= 0.0:
        problems.append(
            f"phase_noise_corner_hz is {options.phase_noise_corner_hz} Hz, must not be negative (0 = none)"
        )
    if level is not None and not level < 0.0:
        problems.append(
            f"phase_noise_dbc_per_hz is {level} dBc/Hz: noise in 1 Hz is weaker than the carrier, so below 0"
        )
    if floor is not None and (level is None or not floor < level):
        problems.append(
            f"phase_noise_floor_dbc_per_hz is {floor} dBc/Hz, must be below phase_noise_dbc_per_hz, which is "
            f"{level}: at the offset the slope still stands above the floor"
        )
    return problems


def _leakage_problems(options: ReceiverOptions) -> list[str]:
    """A leakage path without power or without length."""
    if (options.leakage_dbm is None) != (options.leakage_delay_s is None):
        return [
            f"leakage_dbm is {options.leakage_dbm} and leakage_delay_s is {options.leakage_delay_s}: give both "
            "(the delay sets the beat frequency) or none"
        ]
    if options.leakage_delay_s is not None and not options.leakage_delay_s >= 0.0:
        return [
            f"leakage_delay_s is {options.leakage_delay_s} s, must not be negative: no signal comes early"
        ]
    return []


def _iq_problems(options: ReceiverOptions) -> list[str]:
    """I and Q that no longer tell two signals."""
    if abs(options.iq_phase_imbalance_deg) < 90.0:
        return []
    return [
        f"iq_phase_imbalance_deg is {options.iq_phase_imbalance_deg} degrees, must lie within +-90: there I and "
        "Q carry the same signal"
    ]


def _adc_problems(options: ReceiverOptions) -> list[str]:
    """Converters without a resolution or a full scale."""
    if (options.adc_bits is None) != (options.adc_full_scale_dbm is None):
        return [
            f"adc_bits is {options.adc_bits} and adc_full_scale_dbm is {options.adc_full_scale_dbm}: give both "
            "(one step is full scale over 2^bits) or none"
        ]
    bits = options.adc_bits
    if bits is not None and not (type(bits) is int and MIN_ADC_BITS <= bits <= MAX_ADC_BITS):
        return [
            f"adc_bits is {bits!r}, must be a whole number from {MIN_ADC_BITS} (one bit has no mid-tread code) to "
            f"{MAX_ADC_BITS} (recordings hold 16-bit integers)"
        ]
    return []
