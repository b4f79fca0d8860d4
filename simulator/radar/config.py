"""The radar as numbers: what a board is told, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from .array import AntennaArray, Channel
from .config_rules import radar_problems
from .link_budget import SPEED_OF_LIGHT_MPS, radar_equation_mw, thermal_noise_mw


@dataclass(frozen=True)
class RadarConfig:
    """One chirp profile, its frame, the antennas, and the link budget of one transmitter and one receiver.

    Time in a chirp slot runs: idle, then the ramp (its start is t = 0 of the chirp), on which the ADC samples
    from `adc_start_s`. `n_tx_slots` chirp slots take turns (TDM), so one transmitter chirps every `pri_s`.

    Attributes:
        array: positions of the antennas.
        tx_order: which transmitter chirps in slot 0, 1, ...; slots after the last one named stay silent.
        turn_gap_s: silence after the last slot of a turn, before the first transmitter chirps again.
        board: hardware that the limits belong to, as error messages name it.
        max_sweep_hz: widest frequency ramp that the board can make.
        max_slope_hz_per_s: steepest ramp that it can make; None = not checked.
        max_adc_rate_hz: fastest complex sampling; None = not checked. Receivers with a real ADC enter with half
            their rate and half their samples, which describe the same spectrum (its positive half).
        band_hz: lowest and highest frequency that it may transmit; None = not checked.
        noise_figure_db: of the receiver; with `tx_power_dbm` and the gains a typical value, not a measured
            one.
        azimuth_beamwidth_deg: full half-power width of each antenna; None = the same gain in all directions.
        elevation_beamwidth_deg: the same in elevation.

    Raises:
        RadarConfigError: the numbers contradict each other or the board; the message names each problem.
    """

    name: str
    start_frequency_hz: float
    slope_hz_per_s: float
    adc_rate_hz: float
    n_adc_samples: int
    idle_s: float
    adc_start_s: float
    ramp_end_s: float
    n_tx_slots: int
    n_chirps: int
    frame_period_s: float
    n_frames: int
    tx_power_dbm: float = 12.0
    tx_gain_dbi: float = 7.0
    rx_gain_dbi: float = 7.0
    noise_figure_db: float = 15.0
    temperature_k: float = 290.0
    max_sweep_hz: float = 4.0e9
    azimuth_beamwidth_deg: float | None = None
    elevation_beamwidth_deg: float | None = None
    array: AntennaArray = field(default_factory=AntennaArray)
    tx_order: tuple[int, ...] = (0,)
    turn_gap_s: float = 0.0
    board: str = ""
    max_slope_hz_per_s: float | None = None
    max_adc_rate_hz: float | None = None
    band_hz: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse what no radar can do."""
        object.__setattr__(self, "tx_order", tuple(int(tx) for tx in self.tx_order))
        if self.band_hz is not None:
            object.__setattr__(self, "band_hz", tuple(float(edge) for edge in self.band_hz))
        problems = radar_problems(self)
        if problems:
            raise RadarConfigError(f"radar {self.name!r} is impossible: " + "; ".join(problems))

    def to_dict(self) -> dict[str, Any]:
        """Raw fields only, as JSON values; equal dictionaries mean equal radars."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RadarConfig:
        """Inverse of `to_dict`."""
        return cls(**{**values, "array": AntennaArray.from_dict(values["array"])})

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Virtual channels in the order of the cube's axis `virtual`."""
        return self.array.channels(self.tx_order)

    @property
    def n_virtual(self) -> int:
        """Number of virtual channels."""
        return len(self.tx_order) * len(self.array.rx)

    @property
    def virtual_m(self) -> NDArray[np.float64]:
        """(n_virtual, 3) positions of the virtual channels; see `AntennaArray.virtual_m`."""
        return self.array.virtual_m(self.tx_order)

    @property
    def sampled_bandwidth_hz(self) -> float:
        """Bandwidth B = S N / fs that the ADC window covers."""
        return self.slope_hz_per_s * self.n_adc_samples / self.adc_rate_hz

    @property
    def sweep_hz(self) -> float:
        """Bandwidth of the whole ramp, S * ramp_end."""
        return self.slope_hz_per_s * self.ramp_end_s

    @property
    def range_bin_m(self) -> float:
        """Range per bin, c / 2B."""
        return SPEED_OF_LIGHT_MPS / (2.0 * self.sampled_bandwidth_hz)

    @property
    def range_span_m(self) -> float:
        """Range at which the beat frequency reaches the (complex) ADC rate: c fs / 2S."""
        return self.range_bin_m * self.n_adc_samples

    @property
    def mid_sweep_s(self) -> float:
        """Time of ADC sample N/2 after the ramp start; phases and velocities refer to it."""
        return self.adc_start_s + self.n_adc_samples / (2.0 * self.adc_rate_hz)

    @property
    def mid_frequency_hz(self) -> float:
        """Transmitted frequency in the middle of the sampled sweep."""
        return self.start_frequency_hz + self.slope_hz_per_s * self.mid_sweep_s

    @property
    def mid_wavelength_m(self) -> float:
        """Wavelength in the middle of the sampled sweep; all velocity axes use it."""
        return SPEED_OF_LIGHT_MPS / self.mid_frequency_hz

    @property
    def slot_s(self) -> float:
        """Duration of one chirp slot, idle + ramp."""
        return self.idle_s + self.ramp_end_s

    @property
    def pri_s(self) -> float:
        """Time between two chirps of one transmitter."""
        return self.n_tx_slots * self.slot_s + self.turn_gap_s

    @property
    def frame_rate_hz(self) -> float:
        """Frames per second."""
        return 1.0 / self.frame_period_s

    @property
    def velocity_bin_mps(self) -> float:
        """Range rate per Doppler bin."""
        return self.mid_wavelength_m / (2.0 * self.n_chirps * self.pri_s)

    @property
    def max_velocity_mps(self) -> float:
        """Range rates beyond +- this wrap around."""
        return self.mid_wavelength_m / (4.0 * self.pri_s)

    @property
    def noise_power_mw(self) -> float:
        """Thermal noise power k T B F of one complex ADC sample; B is the ADC rate."""
        return thermal_noise_mw(self.temperature_k, self.adc_rate_hz, self.noise_figure_db)

    @property
    def chirp_times_s(self) -> NDArray[np.float64]:
        """(K,) time of each chirp's ADC sample N/2 after the start of its frame."""
        return np.asarray(np.arange(self.n_chirps) * self.pri_s + self.idle_s + self.mid_sweep_s)

    @property
    def frame_times_s(self) -> NDArray[np.float64]:
        """(F,) middle of each frame; frame i covers i to i + 1 frame periods."""
        return np.asarray((np.arange(self.n_frames) + 0.5) * self.frame_period_s)

    @property
    def velocity_axis_mps(self) -> NDArray[np.float64]:
        """(K,) range rate of each Doppler bin after fftshift; positive = receding, bin K/2 = 0."""
        return np.asarray((np.arange(self.n_chirps) - self.n_chirps // 2) * self.velocity_bin_mps)

    def received_power_mw(self, rcs_m2: float, range_m: float) -> float:
        """Power at the receiver from a target on the antennas' axis."""
        return radar_equation_mw(
            10.0 ** (self.tx_power_dbm / 10.0),
            self.tx_gain_dbi + self.rx_gain_dbi,
            self.mid_wavelength_m,
            rcs_m2,
            range_m,
        )
