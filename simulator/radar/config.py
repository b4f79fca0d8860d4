"""The radar as numbers: what a board is told, and what follows from it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from .link_budget import SPEED_OF_LIGHT_MPS, radar_equation_mw, thermal_noise_mw

TIME_TOLERANCE_S = 1e-9


@dataclass(frozen=True)
class RadarConfig:
    """One chirp profile, its frame, and the link budget of one transmit and one receive antenna.

    Time in a chirp slot runs: idle, then the ramp (its start is t = 0 of the chirp), on which the ADC samples
    from `adc_start_s`. With `n_tx_slots` transmitters taking turns, one transmitter chirps every `pri_s`.

    Attributes:
        max_sweep_hz: widest frequency ramp that the board can make.
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

    def __post_init__(self) -> None:
        """Refuse what no radar can do."""
        problems = _impossible_numbers(self) or _timing_problems(self)
        if problems:
            raise RadarConfigError(f"radar {self.name!r} is impossible: " + "; ".join(problems))

    def to_dict(self) -> dict[str, Any]:
        """Raw fields only, as JSON values; equal dictionaries mean equal radars."""
        return asdict(self)

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
        return self.n_tx_slots * self.slot_s

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


def _impossible_numbers(radar: RadarConfig) -> list[str]:
    """Values that no formula below can use."""
    positive = (
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
    problems = [
        f"{name} is {getattr(radar, name)}, must be above 0"
        for name in positive
        if not getattr(radar, name) > 0
    ]
    problems += [
        f"{name} is {getattr(radar, name)}, must not be negative"
        for name in ("idle_s", "adc_start_s")
        if not getattr(radar, name) >= 0
    ]
    problems += [
        f"{name} is {value}, must be above 0 (or None for the same gain in all directions)"
        for name in ("azimuth_beamwidth_deg", "elevation_beamwidth_deg")
        if (value := getattr(radar, name)) is not None and not value > 0
    ]
    problems += [
        f"{name} is {getattr(radar, name)}, must be finite"
        for name in ("tx_power_dbm", "tx_gain_dbi", "rx_gain_dbi", "noise_figure_db")
        if not math.isfinite(getattr(radar, name))
    ]
    problems += [
        f"{name} is {getattr(radar, name)}, must be even, so that the middle of the window is a sample"
        for name in ("n_adc_samples", "n_chirps")
        if getattr(radar, name) % 2
    ]
    return problems


def _timing_problems(radar: RadarConfig) -> list[str]:
    """Contradictions between the chirp, the ADC window, the frame and the board."""
    problems = []
    adc_end_s = radar.adc_start_s + radar.n_adc_samples / radar.adc_rate_hz
    if adc_end_s > radar.ramp_end_s + TIME_TOLERANCE_S:
        problems.append(
            f"the ADC samples from {radar.adc_start_s * 1e6:.3f} to {adc_end_s * 1e6:.3f} us but the ramp "
            f"ends at {radar.ramp_end_s * 1e6:.3f} us: take fewer samples or a longer ramp"
        )
    if radar.sweep_hz > radar.max_sweep_hz * (1.0 + 1e-9):
        problems.append(
            f"slope {radar.slope_hz_per_s * 1e-12:g} MHz/us x {radar.ramp_end_s * 1e6:g} us sweeps "
            f"{radar.sweep_hz * 1e-9:.3f} GHz; the board ramps at most {radar.max_sweep_hz * 1e-9:g} GHz: "
            "shorten ramp_end_s or lower the slope"
        )
    burst_s = radar.n_chirps * radar.pri_s
    if burst_s > radar.frame_period_s + TIME_TOLERANCE_S:
        problems.append(
            f"{radar.n_chirps} chirps x {radar.n_tx_slots} slots x {radar.slot_s * 1e6:.3f} us = "
            f"{burst_s * 1e3:.3f} ms do not fit in a frame of {radar.frame_period_s * 1e3:.3f} ms: "
            "lengthen the frame or send fewer chirps"
        )
    return problems
