"""Checks of what must not change: symmetries of scene and radar, sums, shadows, the gate, and repetition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from simulator import (
    VIEWS,
    BodyModel,
    BodyMotion,
    Capture,
    Placement,
    RadarConfig,
    SimulationOptions,
    load_body,
    simulate,
)
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.tracks import ScattererTracks

from .physics_check import PhysicsResult, PhysicsSection, at_most, within
from .physics_forms import bin_width_m
from .physics_points import RADAR, cube_of, moving_point, random_points, relative_db
from .physics_walk import walking_motion

QUIET = SimulationOptions(thermal_noise=False)
HANN_WIDTH_BINS = 1.4406  # full width at half power of a Hann window's response: W(x)^2 = 1/2


def time_reversal() -> list[PhysicsResult]:
    """The walk backwards in time shows the same rows in reverse, mirrored in Doppler."""
    motion, body = _short_walk()
    reversed_motion = BodyMotion(
        motion.betas, motion.global_orient[::-1], motion.body_pose[::-1], motion.transl[::-1], motion.rate_hz
    )
    forward, backward = (_look(m, body, Placement(5.0)) for m in (motion, reversed_motion))
    n = forward.n_valid_frames
    rows, mirrored = forward.doppler_time[:n, 1:], backward.doppler_time[:n][::-1, 1:][:, ::-1]
    centroid = [
        float((c.doppler_time[:n] ** 2 @ c.velocity_mps).sum() / (c.doppler_time[:n] ** 2).sum())
        for c in (forward, backward)
    ]
    return [
        within(
            "time-reversal-centroid",
            "mean Doppler of a reversed walk plus that of the walk",
            "0",
            unit="m/s",
            expected=0.0,
            simulated=sum(centroid),
            tolerance=0.01,
        ),
        at_most(
            "time-reversal-map",
            "difference of the mirrored map, reversed in time",
            "s(−t) ↔ −f_d",
            unit="dB",
            bound=-30.0,
            simulated=relative_db(mirrored, rows),
        ),
    ]


def rotations() -> list[PhysicsResult]:
    """Turning scene and radar together, and views as turns of the body."""
    motion, body = _short_walk()
    still = _look(motion, body, Placement(5.0, heading_deg=20.0)).doppler_time
    together = _look(_turned(motion, body, 37.0), body, Placement(5.0, heading_deg=20.0 - 37.0)).doppler_time
    aside = _look(motion, body, Placement(5.0, azimuth_deg=30.0, heading_deg=20.0)).doppler_time
    views = [_look(motion, body, Placement(5.0, view=view)).doppler_time for view in VIEWS]
    turned = [_look(_turned(motion, body, 45.0 * i), body, Placement(5.0)).doppler_time for i in range(8)]
    full_turn = _look(motion, body, Placement(5.0, heading_deg=360.0)).doppler_time
    source = "invariance"
    return [
        at_most(
            "rotation-together",
            "body turned by 37° and radar with it",
            source,
            unit="dB",
            bound=-50.0,
            simulated=relative_db(together, still),
        ),
        at_most(
            "rotation-azimuth",
            "body and view at 30° azimuth against straight ahead, isotropic antenna",
            source,
            unit="dB",
            bound=-50.0,
            simulated=relative_db(aside, still),
        ),
        at_most(
            "turntable-views",
            "views A-H against the body turned by 45 i degrees, worst of 8",
            source,
            unit="dB",
            bound=-50.0,
            simulated=max(relative_db(a, b) for a, b in zip(views, turned, strict=True)),
        ),
        at_most(
            "turntable-full-turn",
            "view 8 (a turn of 360°) against view 0",
            source,
            unit="dB",
            bound=-80.0,
            simulated=relative_db(full_turn, views[0]),
        ),
    ]


def sums() -> list[PhysicsResult]:
    """Echoes add up, and their order does not matter."""
    tracks = random_points(RADAR, (3.0, 6.0), (-3.0, 5.0), 10.0, n_points=200)
    halves = [_chosen(tracks, np.arange(first, 200, 2)) for first in (0, 1)]
    whole, added = cube_of(tracks).values, sum(cube_of(half).values for half in halves)
    shuffled = _chosen(tracks, np.random.default_rng(1).permutation(200))
    return [
        at_most(
            "sum-of-scenes",
            "cube of two scenes together less the sum of their cubes",
            "linearity",
            unit="dB",
            bound=-80.0,
            simulated=relative_db(np.asarray(added), whole),
        ),
        at_most(
            "order-of-points",
            "cube after shuffling 200 scatterers",
            "linearity",
            unit="dB",
            bound=-80.0,
            simulated=relative_db(cube_of(shuffled).values, whole),
        ),
    ]


def range_gate() -> list[PhysicsResult]:
    """A gate after the range FFT: the strip is the span's, and bins keep their width."""
    tracks = random_points(RADAR, (3.0, 3.6), (-2.0, 2.0), 10.0)
    strip = synthesize_range_cube(tracks, RADAR, np.full(4, 60), 56).values
    difference = float(np.abs(strip - cube_of(tracks).values[..., 60:116]).max())
    width_m = _response_width_m(RADAR)
    return [
        within(
            "gate-strip",
            "largest difference between a gated strip and the whole span there",
            "0",
            unit="√mW",
            expected=0.0,
            simulated=difference,
            tolerance=1e-6,
        ),
        within(
            "gate-resolution",
            "half-power width of a point in range, inside a gate",
            "1.441 · c/2B",
            unit="cm",
            expected=100.0 * HANN_WIDTH_BINS * bin_width_m(RADAR),
            simulated=100.0 * width_m,
            tolerance=0.05,
        ),
    ]


def repetition() -> list[PhysicsResult]:
    """The same arguments give the same bytes; another noise seed does not."""
    motion, body = _short_walk()
    radar = _radar_for(motion)
    first, again, other = (
        simulate(motion, body, radar, Placement(5.0), seed).doppler_time for seed in (3, 3, 4)
    )
    return [
        within(
            "determinism",
            "values that differ between two runs with one seed",
            "0",
            unit="1",
            expected=0.0,
            simulated=float((first != again).sum()),
            tolerance=0.0,
        ),
        within(
            "determinism-seed",
            "share of values that differ with another noise seed",
            "1",
            unit="1",
            expected=1.0,
            simulated=float((first != other)[first > 0.0].mean()),
            tolerance=0.01,
        ),
    ]


def _short_walk() -> tuple[BodyMotion, BodyModel]:
    """1.2 s of the walk, and its body."""
    return walking_motion().cut(1.0, 2.2), load_body()


def _radar_for(motion: BodyMotion) -> RadarConfig:
    """The default radar, for as long as the motion lasts."""
    return replace(RADAR, n_frames=int(motion.duration_s / RADAR.frame_period_s + 1e-6))


def _look(motion: BodyMotion, body: BodyModel, placement: Placement) -> Capture:
    """A capture without noise."""
    return simulate(motion, body, _radar_for(motion), placement, 0, QUIET)


def _turned(motion: BodyMotion, body: BodyModel, degrees: float) -> BodyMotion:
    """The motion turned about the vertical through the body frame's origin, counter-clockwise from above."""
    turn = Rotation.from_euler("z", degrees, degrees=True)
    orient = (turn * Rotation.from_rotvec(motion.global_orient)).as_rotvec()
    pelvis = body.rest_joints(motion.betas)[0]  # the root turns about its own joint, not about the origin
    transl = turn.apply(motion.transl + pelvis) - pelvis
    return BodyMotion(motion.betas, orient, motion.body_pose, transl, motion.rate_hz)


def _chosen(tracks: ScattererTracks, points: NDArray[np.int64]) -> ScattererTracks:
    """Some scatterers of a set."""
    return ScattererTracks(
        np.ascontiguousarray(tracks.range_m[:, points]),
        np.ascontiguousarray(tracks.range_rate_mps[:, points]),
        np.ascontiguousarray(tracks.amplitude[:, points]),
        tracks.phase_cycles[points],
    )


def _response_width_m(radar: RadarConfig) -> float:
    """Distance over which a standing point moves while one bin of a gated strip holds half its power or "
    "more."""
    offset_m = np.linspace(-1.2, 1.2, 97) * bin_width_m(radar)
    middle_m = 90 * bin_width_m(radar)
    power = np.array(
        [
            abs(
                synthesize_range_cube(moving_point(middle_m + d, 0.0), radar, np.full(4, 60), 56).values[
                    1, 0, 0, 30
                ]
            )
            ** 2
            for d in offset_m
        ]
    )
    top = len(power) // 2
    right = float(np.interp(-0.5, -power[top:], offset_m[top:]))
    left = float(np.interp(0.5, power[: top + 1], offset_m[: top + 1]))
    return right - left


SECTION = PhysicsSection(
    "scene",
    "Symmetries, sums and repetition",
    "1.2 s of the scripted walk, noise off unless said otherwise; differences are norms over whole maps, "
    "relative to the "
    "map. Time reversal is not exact on the chirps' grid, which does not begin at the frame's edge: the "
    "reversed walk is "
    "sampled 0.1 ms later, hence -30 dB. The other bounds are those of float32: positions to 0.2 µm at 4 "
    "m, a phase of 1 "
    "mrad. A range gate that cuts ADC samples instead of range bins, as some chains have it, would widen "
    "the bins to 9.96 cm.",
    (time_reversal, rotations, sums, range_gate, repetition),
)
