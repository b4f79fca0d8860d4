"""Checks of azimuth: closed forms of a row of antennas, the sign, and the phase between TDM slots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator import RadarConfig, RangeCube, range_cube_from_adc
from simulator.dsp.azimuth_view import (
    azimuth_axis_rad,
    azimuth_power,
    covariance,
    steering_vectors,
)
from simulator.radar.array import AntennaArray
from simulator.radar.beat_reference import reference_adc
from simulator.radar.tracks import channel_tracks

from .physics_check import PhysicsResult, PhysicsSection, at_least, within
from .physics_forms import C_MPS, doppler_hz, mid_wavelength_m
from .physics_points import RADAR

ROW = AntennaArray(rx=tuple((i - 3.5, 0.0) for i in range(8)))
TDM = AntennaArray(tx=((-2.0, 0.0), (2.0, 0.0)), rx=tuple((i - 1.5, 0.0) for i in range(4)))
BOARD = replace(RADAR, array=ROW, n_chirps=16)  # laid out in half wavelengths of 77 GHz, as boards are
HALF_WAVE = replace(BOARD, array=replace(ROW, design_frequency_hz=C_MPS / mid_wavelength_m(RADAR)))
TDM_BOARD = replace(RADAR, array=TDM, tx_order=(0, 1))
GATE_BINS = 56
ULA = "uniform linear array"


def textbook_row() -> list[PhysicsResult]:
    """Eight elements at exactly half a wavelength: FFT bin, beam width, first null."""
    results = []
    for azimuth_deg in (10.0, 30.0, 60.0):
        spectrum = np.abs(np.fft.fft(_strongest(_look(HALF_WAVE, azimuth_deg)), 64 * 64))
        bin_ = -np.fft.fftfreq(64 * 64, 1 / 64)[spectrum.argmax()]
        results.append(
            within(
                f"angle-bin-{azimuth_deg:g}",
                f"bin of a 64-point FFT over the row, sign turned, {azimuth_deg:g}°",
                "32 sin θ",
                expected=32.0 * np.sin(np.radians(azimuth_deg)),
                simulated=bin_,
                tolerance=0.05,
                unit="bin",
            )
        )
    scan_deg = np.linspace(-20.0, 20.0, 4001)
    steering = steering_vectors(HALF_WAVE, np.radians(scan_deg))
    power = np.abs(steering.conj() @ _strongest(_look(HALF_WAVE, 0.0))) ** 2
    results += [
        within(
            "beam-width",
            "half-power width, 8 elements",
            ULA,
            unit="°",
            expected=12.8,
            simulated=np.ptp(scan_deg[power > 0.5 * power.max()]),
            tolerance=0.05,
        ),
        within(
            "beam-null",
            "first null, 8 elements",
            "sin θ = 2/8",
            unit="°",
            expected=np.degrees(np.arcsin(0.25)),
            simulated=abs(scan_deg[power.argmin()]),
            tolerance=0.05,
        ),
    ]
    return results


def board_spacing() -> list[PhysicsResult]:
    """Elements laid out for 77 GHz, read by their true places."""
    spacing = float(np.diff(BOARD.virtual_m[:, 0]).mean()) / mid_wavelength_m(RADAR)
    results = [
        within(
            "element-spacing",
            "spacing of a 77 GHz board at mid sweep",
            "f_mid / 2 f₇₇",
            unit="λ",
            expected=0.5 * C_MPS / mid_wavelength_m(RADAR) / 77e9,
            simulated=spacing,
            tolerance=1e-6,
        )
    ]
    for azimuth_deg in (-45.0, 25.0, 60.0):
        results.append(
            within(
                f"azimuth-{azimuth_deg:+g}",
                f"azimuth of a standing point, {azimuth_deg:+g}° (right is positive)",
                "geometry",
                expected=azimuth_deg,
                simulated=_estimate_deg(_look(BOARD, azimuth_deg), BOARD),
                tolerance=0.1,
                unit="°",
            )
        )
    return results


def tdm_phase() -> list[PhysicsResult]:
    """A mover seen by two transmitters in turn: phase between their slots, with and without correction."""
    cube = _look(TDM_BOARD, 20.0, rate_mps=1.4)
    raw, corrected = (covariance(cube, TDM_BOARD, GATE_BINS, compensate_slots=on)[0] for on in (False, True))
    expected_rad = 2.0 * np.pi * doppler_hz(TDM_BOARD, 1.4) * (TDM_BOARD.idle_s + TDM_BOARD.ramp_end_s)
    return [
        within(
            "tdm-phase",
            "phase that one TDM slot adds, +1.4 m/s",
            "2π f_d T_slot",
            unit="rad",
            expected=expected_rad,
            simulated=_slot_step_rad(raw),
            tolerance=0.01,
        ),
        within(
            "tdm-phase-corrected",
            "the same after correction",
            "0",
            unit="rad",
            expected=0.0,
            simulated=_slot_step_rad(corrected),
            tolerance=0.01,
        ),
        within(
            "tdm-azimuth",
            "azimuth of the mover, corrected",
            "geometry",
            unit="°",
            expected=20.0,
            simulated=_estimate_deg(cube, TDM_BOARD),
            tolerance=0.4,
        ),
        at_least(
            "tdm-azimuth-uncorrected",
            "error of its azimuth without correction",
            "must show",
            unit="°",
            bound=0.8,
            simulated=abs(_estimate_deg(cube, TDM_BOARD, compensate_slots=False) - 20.0),
        ),
    ]


def _look(radar: RadarConfig, azimuth_deg: float, range_m: float = 4.0, rate_mps: float = 0.0) -> RangeCube:
    """One frame of a point of 1 mW, by the sum over ADC samples with each channel's exact path."""
    times_s = np.arange(4)[:, None] * radar.frame_period_s
    azimuth = np.radians(azimuth_deg)
    direction = np.array([np.sin(azimuth), np.cos(azimuth), 0.0])
    position_m = (range_m + rate_mps * times_s)[:, :, None] * direction
    tracks = channel_tracks(position_m, np.ones((4, 1)), np.zeros(1), radar)
    return range_cube_from_adc(reference_adc(tracks, radar, 0, 1), radar)


def _strongest(cube: RangeCube) -> NDArray[np.complex64]:
    """(channel,) of the first chirp at the strongest range bin."""
    return cube.values[0, 0, :, np.abs(cube.values[0, 0]).sum(axis=0).argmax()]


def _estimate_deg(cube: RangeCube, radar: RadarConfig, *, compensate_slots: bool = True) -> float:
    """Azimuth of the highest cell of the Bartlett spectrum, with a parabola through its neighbours."""
    matrices = covariance(cube, radar, GATE_BINS, compensate_slots=compensate_slots)
    power = azimuth_power(matrices, radar, "fft")[0]
    top = int(power.argmax())
    left, middle, right = np.log(power[top - 1 : top + 2])
    shift = 0.5 * (left - right) / (left - 2.0 * middle + right)
    return float(np.degrees(azimuth_axis_rad()[top] + shift * np.pi / len(power)))


def _slot_step_rad(matrix: NDArray[np.complex128]) -> float:
    """Phase from element 3 (slot 0) to element 4 (slot 1), less that between neighbours of one slot."""
    return float(np.angle(matrix[4, 3] * matrix[1, 0].conj()))


SECTION = PhysicsSection(
    "angle",
    "Azimuth and TDM",
    "Points by the float64 sum over ADC samples, with the exact path from each transmitter to the point "
    "and to each "
    "receiver (no far-field assumption); azimuths by the project's Bartlett spectrum. The first five rows "
    "use elements "
    "at exactly half a wavelength of mid sweep, the others the true spacing of a 77 GHz board, 0.514 "
    "wavelengths. TDM: "
    "two transmitters in turn, four receivers.",
    (textbook_row, board_spacing, tdm_phase),
)
