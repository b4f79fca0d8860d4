"""Radar equation, thermal noise and antenna gain in physical units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SPEED_OF_LIGHT_MPS = 299_792_458.0
BOLTZMANN_J_PER_K = 1.380649e-23
MAX_ROLL_OFF_DB = 30.0  # a real antenna's side lobes end its main lobe's fall here


def radar_equation_mw(
    tx_power_mw: float, two_way_gain_dbi: float, wavelength_m: float, rcs_m2: float, range_m: float
) -> float:
    """Power received from a point target: P G_t G_r lambda^2 sigma / ((4 pi)^3 R^4), mW.

    Source: M. Skolnik, Introduction to Radar Systems, chapter 1 (monostatic, no losses).
    """
    gain = 10.0 ** (two_way_gain_dbi / 10.0)
    return tx_power_mw * gain * wavelength_m**2 * rcs_m2 / ((4.0 * np.pi) ** 3 * range_m**4)


def thermal_noise_mw(temperature_k: float, bandwidth_hz: float, noise_figure_db: float) -> float:
    """Noise power k T B F, mW."""
    return BOLTZMANN_J_PER_K * temperature_k * bandwidth_hz * 10.0 ** (noise_figure_db / 10.0) * 1e3


def two_way_roll_off(
    azimuth_rad: NDArray[np.float64],
    elevation_rad: NDArray[np.float64],
    azimuth_beamwidth_deg: float | None,
    elevation_beamwidth_deg: float | None,
) -> NDArray[np.float64]:
    """Amplitude factor (1 on the axis) of a transmit and a receive antenna with a Gaussian main lobe.

    Each antenna loses 12 (angle / beamwidth)^2 dB, so 3 dB at half its beamwidth, at most MAX_ROLL_OFF_DB;
    the amplitude of the product of both falls by the power of one.
    """
    loss_db = np.zeros(np.broadcast_shapes(azimuth_rad.shape, elevation_rad.shape))
    for angle_rad, beamwidth_deg in (
        (azimuth_rad, azimuth_beamwidth_deg),
        (elevation_rad, elevation_beamwidth_deg),
    ):
        if beamwidth_deg is not None:
            loss_db = loss_db + 12.0 * (np.degrees(angle_rad) / beamwidth_deg) ** 2
    return 10.0 ** (-np.minimum(loss_db, MAX_ROLL_OFF_DB) / 10.0)
