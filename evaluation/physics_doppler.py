"""Checks of Doppler: bin, sign, limits and wrapping, range migration, motion between poses, window gains."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from simulator import BodyMotion, radar_preset
from simulator.dsp.range_cube import range_cube_from_adc
from simulator.dsp.spectrogram import chirp_weights, doppler_maps
from simulator.dsp.windows import periodic_hann
from simulator.radar.echo_facts import measure_echo
from simulator.radar.tracks import ScattererTracks, pose_rate_hz

from .physics_check import Drawing, PhysicsResult, PhysicsSection, within
from .physics_drawing import LAW_STYLE, SIMULATED_STYLE, new_axes
from .physics_forms import (
    adc_times_s,
    beat_phase_rad,
    bin_width_m,
    db,
    doppler_bin,
    doppler_hz,
    max_velocity_mps,
    mid_wavelength_m,
    pri_s,
)
from .physics_points import RADAR, cube_of, map_of, moving_point

SWEEP_MPS = np.arange(-13.0, 13.01, 0.5)
ARM_HZ, ARM_M = 1.2, 0.35
HARRIS = "F. Harris, Proc. IEEE 66, 1978, table 1"


def limits() -> list[PhysicsResult]:
    """Unambiguous velocity and velocity bin, at mid-sweep wavelength and with the true PRI."""
    other = radar_preset("rf-genesis")
    return [
        within(
            "mid-wavelength",
            "wavelength of the velocity axis",
            "c / (f₀ + S(adc_start + N/2fs))",
            unit="mm",
            expected=1e3 * mid_wavelength_m(RADAR),
            simulated=1e3 * RADAR.mid_wavelength_m,
            tolerance=1e-6,
        ),
        within(
            "velocity-bin",
            "range rate per Doppler bin",
            "λ / 2K·PRI",
            unit="m/s",
            tolerance=1e-6,
            expected=mid_wavelength_m(RADAR) / (2.0 * RADAR.n_chirps * pri_s(RADAR)),
            simulated=RADAR.velocity_bin_mps,
        ),
        within(
            "max-velocity",
            "unambiguous velocity, default radar",
            "λ / 4·PRI",
            unit="m/s",
            tolerance=1e-6,
            expected=max_velocity_mps(RADAR),
            simulated=RADAR.max_velocity_mps,
        ),
        within(
            "max-velocity-rf-genesis",
            "the same, RF-Genesis (PRI from its slots, not frame / chirps)",
            "λ / 4·PRI",
            unit="m/s",
            expected=4.386,
            simulated=other.max_velocity_mps,
            tolerance=5e-4,
        ),
    ]


def bins_and_signs() -> list[PhysicsResult]:
    """Where moving points land; above 64 is receding."""
    results = []
    for rate_mps in (1.4, -1.4, 0.37, -4.9, 6.0):
        bin_ = _doppler_line(rate_mps)
        results.append(
            within(
                f"doppler-bin-{rate_mps:+g}",
                f"Doppler bin, {rate_mps:+g} m/s",
                "64 + 2v/λ · K·PRI",
                unit="bin",
                expected=doppler_bin(RADAR, rate_mps),
                simulated=bin_,
                tolerance=0.05,
            )
        )
    line = cube_of(moving_point(4.0, 1.4)).values[1, :, 0]
    line = line[:, np.abs(line).sum(axis=0).argmax()]
    step_rad = float(np.angle((line[1:] * line[:-1].conj()).sum()))
    results.append(
        within(
            "doppler-frequency",
            "Doppler from the phase step between chirps, +1.4 m/s",
            "2v/λ",
            unit="Hz",
            expected=doppler_hz(RADAR, 1.4),
            simulated=step_rad / (2.0 * np.pi * pri_s(RADAR)),
            tolerance=0.5,
        )
    )
    return results


def wrapping() -> list[PhysicsResult]:
    """A point beyond the limit lands on the wrapped bin, and the sample says so."""
    tracks = moving_point(4.0, 7.0)
    wrapped_bin = doppler_bin(RADAR, 7.0 - 2.0 * max_velocity_mps(RADAR))
    rates = [_doppler_line(float(rate)) for rate in SWEEP_MPS]
    drawing = Drawing(
        "aliasing.png",
        "Doppler bin of a point at constant speed: dots from the simulated map, line 64 + 2v/λ·K·PRI "
        "wrapped to 0 … 128.",
        lambda: _aliasing_figure(rates),
    )
    facts = measure_echo(tracks, RADAR, np.zeros(4, np.int64), RADAR.n_adc_samples)
    return [
        within(
            "aliasing-bin",
            "Doppler bin, +7 m/s: shows as approaching",
            "wraps by 2·v_max",
            unit="bin",
            expected=wrapped_bin,
            simulated=_doppler_line(7.0),
            tolerance=0.05,
            drawing=drawing,
        ),
        within(
            "aliasing-flag",
            "share of power flagged as wrapped, +7 m/s",
            "all of it",
            unit="1",
            expected=1.0,
            simulated=facts.wrapped_fraction,
            tolerance=1e-6,
        ),
    ]


def migration() -> list[PhysicsResult]:
    """Range bins that a fast point crosses within one frame."""
    rate_mps = 5.0
    profile = np.abs(cube_of(moving_point(4.0, rate_mps)).values[1, :, 0]) ** 2
    centre = profile @ np.arange(RADAR.n_adc_samples) / profile.sum(axis=1)
    per_frame = float(centre[-1] - centre[0]) * RADAR.n_chirps / (RADAR.n_chirps - 1)
    expected = rate_mps * RADAR.n_chirps * pri_s(RADAR) / bin_width_m(RADAR)
    return [
        within(
            "range-migration",
            "range bins crossed in one frame, 5 m/s",
            "v·T / ΔR",
            unit="bin",
            expected=expected,
            simulated=per_frame,
            tolerance=0.03,
        )
    ]


def motion_between_poses() -> list[PhysicsResult]:
    """A swinging point given at 20 poses a second, against its analytic path chirp by chirp."""
    n_frames = 50
    pose_s = np.arange(31) / 20.0
    path_m = np.zeros((len(pose_s), 3))
    path_m[:, 1] = _arm_m(pose_s)
    still = np.zeros((len(pose_s), 3))
    motion = BodyMotion(np.zeros(10), still, np.zeros((len(pose_s), 23, 3)), path_m, 20.0)
    ranges_m = motion.resampled(pose_rate_hz(RADAR)).transl[: n_frames + 1, 1:2]
    tracks = ScattererTracks.from_ranges(ranges_m, np.ones(ranges_m.shape), np.zeros(1), RADAR)
    time_s = np.arange(n_frames)[:, None] * RADAR.frame_period_s + RADAR.chirp_times_s
    phase = beat_phase_rad(RADAR, _arm_m(time_s)[:, :, None], adc_times_s(RADAR))
    exact = range_cube_from_adc(np.exp(1j * phase)[:, :, None], RADAR)
    rows = [
        np.sqrt((np.abs(doppler_maps(values)) ** 2).sum(axis=(2, 3)))[5:-5]
        for values in (cube_of(tracks).values, exact.values)
    ]
    error = float(np.linalg.norm(rows[0] - rows[1]) / np.linalg.norm(rows[1]))
    return [
        within(
            "smooth-motion",
            "error of the Doppler rows of an arm (1.2 Hz, ±0.35 m) given at 20 poses/s",
            "analytic path at each chirp",
            unit="%",
            expected=0.0,
            simulated=100.0 * error,
            tolerance=1.0,
        )
    ]


def window_gains() -> list[PhysicsResult]:
    """Figures of the window that the Doppler FFT really uses."""
    window = chirp_weights(RADAR.n_chirps).astype(np.float64)
    n = len(window)
    half_bin = abs((window * np.exp(1j * np.pi * np.arange(n) / n)).sum()) / window.sum()
    spectrum = np.abs(np.fft.fft(window, n * 64))[: n * 32] / window.sum()
    beyond = int(np.flatnonzero(np.diff(spectrum) > 0)[0])
    return [
        within(
            "window-noise-bandwidth",
            "equivalent noise bandwidth",
            HARRIS,
            unit="bin",
            expected=1.5,
            simulated=n * (window**2).sum() / window.sum() ** 2,
            tolerance=1e-3,
        ),
        within(
            "window-scalloping",
            "loss half way between bins",
            HARRIS,
            unit="dB",
            expected=-1.424,
            simulated=db(half_bin**2),
            tolerance=1e-3,
        ),
        within(
            "window-sidelobe",
            "highest sidelobe",
            HARRIS,
            unit="dB",
            expected=-31.47,
            simulated=db(spectrum[beyond:].max() ** 2),
            tolerance=0.01,
        ),
        within(
            "window-coherent-gain",
            "coherent gain (taken out of all levels)",
            HARRIS,
            unit="1",
            expected=0.5,
            simulated=periodic_hann(n).mean(),
            tolerance=1e-6,
        ),
    ]


def scalloping_of_maps() -> list[PhysicsResult]:
    """The same loss at the output: a point half a cell off in range, in Doppler, and on a cell."""
    bin_m, rate = bin_width_m(RADAR), mid_wavelength_m(RADAR) / (2.0 * RADAR.n_chirps * pri_s(RADAR))
    results = []
    for name, what, range_bins, rate_bins, expected_db in (
        ("on-a-cell", "on a cell", 90.0, 0.0, 0.0),
        ("half-range", "half a range bin off", 90.5, 0.0, -1.424),
        ("half-doppler", "half a Doppler bin off", 90.0, 0.5, -1.424),
    ):
        level_db = db(float(map_of(moving_point(range_bins * bin_m, rate_bins * rate)).max()) ** 2)
        results.append(
            within(
                f"map-level-{name}",
                f"level in the map of a point of 0 dBm, {what}",
                HARRIS,
                unit="dBm",
                expected=expected_db,
                simulated=level_db,
                tolerance=0.02,
            )
        )
    return results


def _arm_m(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Range of a harmonic arm, m; its speed reaches 2.6 m/s."""
    return np.asarray(4.0 + ARM_M * np.sin(2.0 * np.pi * ARM_HZ * time_s))


def _doppler_line(rate_mps: float) -> float:
    """Doppler bin of a point, from 0 to K: circular mean of the power, so that migration biases nothing."""
    power = (map_of(moving_point(4.0, rate_mps)).astype(np.float64) ** 2).sum(axis=1)
    turn = 2.0 * np.pi * np.arange(len(power)) / len(power)
    return float(np.angle((power * np.exp(1j * turn)).sum()) / (2.0 * np.pi) * len(power) % len(power))


def _aliasing_figure(bins: list[float]) -> Figure:
    figure, axes = new_axes("range rate in m/s", "Doppler bin (64 = standing)")
    rate_mps = np.linspace(SWEEP_MPS[0], SWEEP_MPS[-1], 2001)
    law = np.array([doppler_bin(RADAR, float(rate)) for rate in rate_mps]) % RADAR.n_chirps
    law[1:][np.abs(np.diff(law)) > 64] = np.nan
    axes.plot(rate_mps, law, **LAW_STYLE, label="closed form")
    axes.plot(SWEEP_MPS, bins, **SIMULATED_STYLE, label="simulated")
    for limit in (-1.0, 1.0):
        axes.axvline(limit * max_velocity_mps(RADAR), color="0.6", linewidth=0.8, linestyle=":")
    axes.set_ylim(0, 128)
    axes.legend(fontsize=8, frameon=False, loc="upper center")
    return figure


SECTION = PhysicsSection(
    "doppler",
    "Doppler, migration and windows",
    "One point at constant range rate, read from the map of one frame (128 chirps, 20 ms) as the circular "
    "mean of its "
    "power. Positive range rate recedes and lies above bin 64. The velocity axis uses the wavelength in the "
    "middle of the sampled sweep; with the one at 77 GHz all speeds would read 2.9 % too high and the "
    "rows of ±4.9 and 6 "
    "m/s would be off by more than a bin. Window figures are those of the weights that the Doppler FFT "
    "multiplies by; a "
    "symmetric Hann window would read 1.5118 bins, -1.401 dB and 0.4961.",
    (limits, bins_and_signs, wrapping, migration, motion_between_poses, window_gains, scalloping_of_maps),
)
