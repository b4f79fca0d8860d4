"""Closed forms from a radar's raw numbers: written down again here, so that an error of the simulator shows.

Nothing of the simulator is used but the raw fields of RadarConfig; the derived ones (wavelength, range bin, PRI) are
what is being checked.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simulator import RadarConfig

C_MPS = 299_792_458.0
BOLTZMANN = 1.380649e-23


def mid_wavelength_m(radar: RadarConfig) -> float:
    """Wavelength in the middle of the sampled sweep: c / (f0 + S (adc_start + N / 2 fs))."""
    middle_s = radar.adc_start_s + radar.n_adc_samples / (2.0 * radar.adc_rate_hz)
    return C_MPS / (radar.start_frequency_hz + radar.slope_hz_per_s * middle_s)


def beat_hz(radar: RadarConfig, range_m: float) -> float:
    """Beat frequency 2 S R / c."""
    return 2.0 * radar.slope_hz_per_s * range_m / C_MPS


def range_bin(radar: RadarConfig, range_m: float) -> float:
    """Range FFT bin of a standing target, f_b N / fs."""
    return beat_hz(radar, range_m) * radar.n_adc_samples / radar.adc_rate_hz


def bin_width_m(radar: RadarConfig) -> float:
    """Range per bin, c / 2B with B = S N / fs."""
    return C_MPS * radar.adc_rate_hz / (2.0 * radar.slope_hz_per_s * radar.n_adc_samples)


def pri_s(radar: RadarConfig) -> float:
    """Time between two chirps of one transmitter: all slots, and the gap after them."""
    return radar.n_tx_slots * (radar.idle_s + radar.ramp_end_s) + radar.turn_gap_s


def doppler_hz(radar: RadarConfig, rate_mps: float) -> float:
    """Doppler shift 2 v / lambda_mid, positive for a target that recedes."""
    return 2.0 * rate_mps / mid_wavelength_m(radar)


def doppler_bin(radar: RadarConfig, rate_mps: float) -> float:
    """Doppler FFT bin with zero in the middle, before any wrapping: K / 2 + f_d K PRI."""
    return radar.n_chirps / 2 + doppler_hz(radar, rate_mps) * radar.n_chirps * pri_s(radar)


def max_velocity_mps(radar: RadarConfig) -> float:
    """Unambiguous range rate, lambda_mid / 4 PRI."""
    return mid_wavelength_m(radar) / (4.0 * pri_s(radar))


def beat_phase_rad(
    radar: RadarConfig, range_m: NDArray[np.float64], time_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Dechirped phase 2 pi [f0 tau + S tau t - S tau^2 / 2], tau = 2 R / c, t from the ramp start."""
    delay_s = 2.0 * range_m / C_MPS
    slope = radar.slope_hz_per_s
    cycles = radar.start_frequency_hz * delay_s + slope * delay_s * time_s - 0.5 * slope * delay_s**2
    return np.asarray(2.0 * np.pi * cycles)


def adc_times_s(radar: RadarConfig) -> NDArray[np.float64]:
    """(N,) time of each ADC sample after the ramp start; idle time does not enter."""
    return radar.adc_start_s + np.arange(radar.n_adc_samples) / radar.adc_rate_hz


def received_dbm(
    power_dbm: float, two_way_gain_dbi: float, wavelength_m: float, rcs_m2: float, range_m: float
) -> float:
    """Radar equation P G_t G_r lambda^2 sigma / ((4 pi)^3 R^4), dBm."""
    spread = wavelength_m**2 * rcs_m2 / ((4.0 * math.pi) ** 3 * range_m**4)
    return power_dbm + two_way_gain_dbi + 10.0 * math.log10(spread)


def received_by_dbm(radar: RadarConfig, rcs_m2: float, range_m: float) -> float:
    """The same with a radar's own power and gains, at mid-sweep wavelength."""
    gain_dbi = radar.tx_gain_dbi + radar.rx_gain_dbi
    return received_dbm(radar.tx_power_dbm, gain_dbi, mid_wavelength_m(radar), rcs_m2, range_m)


def thermal_noise_dbm(bandwidth_hz: float, noise_figure_db: float, temperature_k: float = 290.0) -> float:
    """k T B F, dBm."""
    return 10.0 * math.log10(BOLTZMANN * temperature_k * bandwidth_hz * 1e3) + noise_figure_db


def db(ratio: float | np.floating) -> float:
    """10 log10 of a power ratio; -200 where nothing is left."""
    return 10.0 * math.log10(max(float(ratio), 1e-20))
