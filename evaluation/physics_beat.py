"""Checks of the beat signal: range bin, phase, an independent simulator's numbers, and the fast kernel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator import RadarConfig, RangeCube, range_cube_from_adc
from simulator.radar.beat_reference import reference_adc, reference_range_cube
from simulator.radar.boards import RF_GENESIS
from simulator.radar.link_budget import radar_equation_mw
from simulator.radar.tracks import ScattererTracks, channel_tracks, pose_rate_hz, poses_per_frame

from .physics_check import PhysicsResult, PhysicsSection, at_least, at_most, within
from .physics_forms import C_MPS, adc_times_s, bin_width_m, doppler_hz, range_bin
from .physics_points import RADAR, cube_of, line_bin, moving_point, random_points, relative_db

LAW = "exp(+j 2π[f₀τ + Sτt − Sτ²/2]), τ = 2R/c"
RADARSIMPY = "RadarSimPy, test_simc_single_target (published numbers)"
# 10 m, 20 dBsm, 10 dBm, antenna and receiver gains 20 + 30 dB, 500 ohm; 24.075 to 24.175 GHz in 80 us, 60 kS/s.
RADARSIMPY_BASEBAND = np.array(
    [
        0.02167872 + 0.01755585j,
        -0.02789397 + 0.00031774j,
        0.02127319 - 0.01804511j,
        -0.00486305 + 0.02746863j,
    ]
)
RADARSIMPY_AMPLITUDE = 0.0278957841
KERNEL_CASES = (
    ("moving", "5.2-6 m, -1 to 5.5 m/s, ±20 m/s²", (5.2, 6.0), (-1.0, 5.5), 20.0),
    ("near", "0.01-0.3 m, near end of the range", (0.01, 0.3), (0.1, 2.0), 5.0),
    ("far", "10.9-11.15 m and over the range's end", (10.9, 11.15), (-1.0, 6.0), 5.0),
    ("doppler-edge", "5.9 to 6.2 m/s, over the Doppler edge", (3.0, 3.5), (5.9, 6.2), 0.0),
    ("fast", "40 to 60 m/s, wrapped ten times", (3.0, 4.0), (40.0, 60.0), 5.0),
)


def published_baseband() -> list[PhysicsResult]:
    """Four ADC samples of one target against another simulator's published ones."""
    radar = RadarConfig("24 GHz", 24.075e9, 0.1e9 / 80e-6, 60e3, 4, 0.0, 0.0, 80e-6, 1, 2, 1.0, 1)
    power_w = radar_equation_mw(10.0, 0.0, C_MPS / 24.125e9, 100.0, 10.0) * 1e-3
    amplitude_v = float(np.sqrt(2.0 * power_w * 10.0**5 * 500.0))
    ranges_m = np.full((poses_per_frame(radar) + 1, 1), 10.0)
    tracks = ScattererTracks.from_ranges(ranges_m, np.full(ranges_m.shape, amplitude_v), np.zeros(1), radar)
    baseband = reference_adc(tracks, radar, 0, 1)[0, 0, 0]
    error = np.abs(baseband - RADARSIMPY_BASEBAND).max() / amplitude_v
    conjugate = np.abs(baseband.conj() - RADARSIMPY_BASEBAND).max() / amplitude_v
    return [
        within(
            "oracle-amplitude",
            "amplitude, 20 dBsm at 10 m, 24 GHz",
            RADARSIMPY,
            unit="V",
            expected=RADARSIMPY_AMPLITUDE,
            simulated=amplitude_v,
            tolerance=1e-6 * RADARSIMPY_AMPLITUDE,
        ),
        at_most(
            "oracle-baseband",
            "largest difference of four samples, of the amplitude",
            RADARSIMPY,
            bound=1e-6,
            simulated=error,
            unit="1",
        ),
        at_least(
            "oracle-sign",
            "the same for the conjugate signal, which must not fit",
            RADARSIMPY,
            bound=0.5,
            simulated=conjugate,
            unit="1",
        ),
    ]


def phase_of_samples() -> list[PhysicsResult]:
    """Absolute phase of the first ADC samples, and the residual video phase in it."""
    adc = reference_adc(moving_point(3.0, 0.0), RADAR, 0, 1)[0, 0, 0]
    phase = np.mod(np.angle(adc), 2.0 * np.pi)
    results = [
        within(
            f"beat-phase-{n}",
            f"phase of ADC sample {n}, R = 3 m",
            LAW,
            unit="rad",
            expected=value,
            simulated=phase[n],
            tolerance=2e-6,
        )
        for n, value in enumerate((5.3965325, 0.8032203, 2.4930934))
    ]
    delay_s = 6.0 / C_MPS
    without = RADAR.start_frequency_hz * delay_s + RADAR.slope_hz_per_s * delay_s * adc_times_s(RADAR)
    video = float(np.angle(np.mean(np.exp(2j * np.pi * without) * adc.conj())))
    results.append(
        within(
            "residual-video-phase",
            "residual video phase, R = 3 m",
            "πSτ²",
            unit="rad",
            expected=np.pi * RADAR.slope_hz_per_s * delay_s**2,
            simulated=video,
            tolerance=2e-6,
        )
    )
    return results


def bin_of_ranges() -> list[PhysicsResult]:
    """Where standing points peak in the range FFT, by the production kernel."""
    results = [
        within(
            "range-bin-width",
            "range per bin",
            "c fs / 2SN",
            unit="m",
            expected=bin_width_m(RADAR),
            simulated=RADAR.range_bin_m,
            tolerance=1e-9,
        )
    ]
    for range_m in (1.0, 3.0, 5.6, 10.0):
        profile = np.abs(cube_of(moving_point(range_m, 0.0)).values[1, 0, 0])
        results.append(
            within(
                f"beat-bin-{range_m:g}m",
                f"range bin, R = {range_m:g} m",
                "2SRN / c fs",
                unit="bin",
                expected=range_bin(RADAR, range_m),
                simulated=line_bin(profile),
                tolerance=0.02,
            )
        )
    return results


def idle_time() -> list[PhysicsResult]:
    """Idle time 20 us longer at the same PRI: it lies before the ramp and must not move the swept frequency."""
    later = replace(RADAR, idle_s=RADAR.idle_s + 20e-6, n_tx_slots=1, turn_gap_s=0.0)
    later = replace(later, turn_gap_s=RADAR.pri_s - later.slot_s)
    phase = [
        np.angle(reference_adc(moving_point(3.0, 0.0, radar=radar), radar, 0, 1)[0, 0, 0])
        for radar in (RADAR, later)
    ]
    return [
        at_most(
            "idle-time",
            "change of a sample's phase, idle time +20 µs at fixed PRI",
            "t counts from the ramp start",
            bound=1e-9,
            simulated=float(np.abs(phase[1] - phase[0]).max()),
            unit="rad",
        ),
    ]


def kernel_errors() -> list[PhysicsResult]:
    """The fast kernel against the float64 sum over scatterers for each ADC sample."""
    source = "float64 sum of every ADC sample"
    results = []
    for name, what, range_m, rate_mps, acceleration in KERNEL_CASES:
        tracks = random_points(RADAR, range_m, rate_mps, acceleration)
        exact = reference_range_cube(tracks, RADAR, np.zeros(4, np.int64), RADAR.n_adc_samples)
        error_db = relative_db(cube_of(tracks).values, exact.values)
        results.append(
            at_most(
                f"kernel-{name}",
                f"error of the cube: {what}",
                source,
                bound=-50.0,
                simulated=error_db,
                unit="dB",
            )
        )
    radar = replace(RF_GENESIS, n_chirps=16)
    rng = np.random.default_rng(3)
    times_s = np.arange(poses_per_frame(radar) + 1)[:, None, None] / pose_rate_hz(radar)
    position_m = rng.uniform([-1, 3, -1], [1, 4, 1], (12, 3)) + rng.uniform(-2, 2, (12, 3)) * times_s
    channels = channel_tracks(position_m, np.ones(position_m.shape[:2]), rng.random(12), radar)
    exact = reference_range_cube(channels, radar, np.zeros(1, np.int64), radar.n_adc_samples)
    error_db = relative_db(cube_of(channels, radar).values, exact.values)
    results.append(
        at_most(
            "kernel-tdm",
            "error of the cube: 12 virtual channels in 3 TDM slots",
            source,
            bound=-50.0,
            simulated=error_db,
            unit="dB",
        )
    )
    return results


def coupling() -> list[PhysicsResult]:
    """What holding the delay during a chirp neglects, by a sum in which the target moves on from sample "
    "to sample."""
    results = []
    for rate_mps in (1.4, 6.0):
        chirp_s = RADAR.chirp_times_s[64] - RADAR.mid_sweep_s  # its ramp start within the frame
        range_m = 4.0 + rate_mps * (chirp_s + adc_times_s(RADAR))
        cycles = (
            2.0 * range_m / C_MPS * (RADAR.start_frequency_hz + RADAR.slope_hz_per_s * adc_times_s(RADAR))
        )
        moving = np.broadcast_to(np.exp(2j * np.pi * cycles), (1, RADAR.n_chirps, 1, RADAR.n_adc_samples))
        held = cube_of(moving_point(4.0, rate_mps)).values[0, 64, 0]
        exact: RangeCube = range_cube_from_adc(moving, RADAR)
        shift = line_bin(np.abs(exact.values[0, 64, 0])) - line_bin(np.abs(held))
        results.append(
            within(
                f"range-doppler-coupling-{rate_mps:g}",
                f"range shift that is neglected, {rate_mps:g} m/s",
                "f_d c / 2S",
                unit="mm",
                expected=1e3 * doppler_hz(RADAR, rate_mps) * C_MPS / (2.0 * RADAR.slope_hz_per_s),
                simulated=1e3 * shift * bin_width_m(RADAR),
                tolerance=0.1,
            )
        )
    return results


SECTION = PhysicsSection(
    "beat",
    "Beat signal, range and phase",
    "Radar: the default IWR1843 profile (77 GHz, 70 MHz/µs, 256 samples at 5.209 MS/s) unless said "
    "otherwise. Range bins "
    "are read off the production kernel, between bins by the ratio of the two largest cells. The four "
    "RadarSimPy samples "
    "come from a simulator that shares no code with this one; they fix the sign, the absolute phase and "
    "the amplitude. "
    "The kernel rows compare whole cubes [frame, chirp, channel, range bin]. Range-Doppler coupling is "
    "not simulated: "
    "its size is measured here with a target that moves on between ADC samples, 0.16 of a range bin at 6 m/s.",
    (published_baseband, phase_of_samples, bin_of_ranges, idle_time, kernel_errors, coupling),
)
