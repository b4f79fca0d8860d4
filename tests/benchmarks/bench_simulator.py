"""Speed of the simulator, as ratios against named baselines measured in the same run.

    python -m pytest -s tests/benchmarks/bench_simulator.py

Baselines: "brute force" is `radar.beat_reference` (numpy, float64, every ADC sample), timed on a few scatterers and
scaled by scatterers x chirps; "embree" is trimesh's first-hit query on the same mesh, its tree built anew for each
pose; "cube FFT" is one scipy range FFT of a whole capture's ADC samples, complex64, one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.fft
import trimesh
from scipy.spatial.transform import Rotation

from simulator.body.model import load_body
from simulator.capture import SimulationOptions, capture_view, simulate_range_cube
from simulator.motion.body_motion import BodyMotion
from simulator.radar.beat_reference import reference_adc
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.scattering import observe_points
from simulator.radar.tracks import ScattererTracks
from simulator.scene.observation import Observation, observe
from simulator.scene.placement import Placement
from simulator.scene.posed_body import PosedBody, pose_body
from simulator.scene.visibility import visible_points

OPTIONS = SimulationOptions()
PLACEMENT = Placement(4.0)


def seconds(call: Callable[[], object], repeats: int = 3) -> float:
    """Least CPU time of a few calls, after one that compiles."""
    call()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        spent.append(time.process_time() - start)
    return min(spent)


@pytest.fixture(scope="module")
def posed() -> PosedBody:
    """A full clip: arms swing at 1 Hz, the body sways over 1 m."""
    body = load_body()
    n = RADAR.n_frames + 1
    times_s = np.arange(n) / 50.0
    pose = np.zeros((n, 23, 3))
    pose[:, 15, 2], pose[:, 16, 2] = -1.2, 1.2
    pose[:, 15, 0], pose[:, 16, 0] = 0.8 * np.sin(2 * np.pi * times_s), -0.8 * np.sin(2 * np.pi * times_s)
    pelvis = np.stack([0 * times_s, 0.5 * np.sin(2 * np.pi * 0.3 * times_s), np.full(n, 0.95)], axis=1)
    upright = np.tile(Rotation.from_euler("x", 90, degrees=True).as_rotvec(), (n, 1))
    motion = BodyMotion(np.zeros(10), upright, pose, pelvis - body.rest_joints(np.zeros(10))[0], 50.0)
    return pose_body(motion, body, RADAR, n_scatterers=OPTIONS.n_scatterers)


@pytest.fixture(scope="module")
def seen(posed: PosedBody) -> Observation:
    return observe(posed, RADAR, PLACEMENT, OPTIONS.surface_reflectivity)


def test_kernel_against_brute_force(seen: Observation) -> None:
    kernel_s = seconds(lambda: simulate_range_cube(seen.tracks, RADAR, OPTIONS.spectrogram))
    lit = float((seen.tracks.amplitude > 0).sum(axis=1).mean())
    few = ScattererTracks(
        np.ascontiguousarray(seen.tracks.range_m[:5, :20]),
        np.ascontiguousarray(seen.tracks.range_rate_mps[:5, :20]),
        np.ascontiguousarray(seen.tracks.amplitude[:5, :20]),
        seen.tracks.phase_cycles[:20],
    )
    brute_s = seconds(lambda: reference_adc(few, RADAR, 0, 1), 1) * (lit / 20) * RADAR.n_frames
    print(f"\nkernel {kernel_s:.3f} s, {lit:.0f} lit scatterers; brute force {brute_s:.0f} s", end="; ")
    print(f"x{brute_s / kernel_s:.0f}")
    assert brute_s / kernel_s > 500


def test_visibility_against_embree(posed: PosedBody) -> None:
    radar_m = PLACEMENT.radar_in_body_frame_m
    _, cosine = observe_points(posed.points, posed.normals, radar_m, PLACEMENT.boresight_in_body_frame)
    facing = cosine > 0
    faces, face_ids = posed.faces, posed.scatterers.face_ids

    def embree() -> None:
        mesh = trimesh.Trimesh(posed.vertices[0], faces, process=False)
        rays = posed.points[0, facing[0]] - radar_m
        mesh.ray.intersects_first(np.tile(radar_m, (len(rays), 1)), rays)

    embree_s = seconds(embree) * len(posed.vertices)
    ours_s = seconds(lambda: visible_points(posed.vertices, faces, posed.points, face_ids, facing, radar_m))
    print(f"\nvisibility {ours_s:.3f} s, {len(posed.vertices)} poses; embree {embree_s:.1f} s", end="; ")
    print(f"x{embree_s / ours_s:.0f}")
    assert embree_s / ours_s > 5


def test_whole_view_against_one_fft_of_the_adc_cube(posed: PosedBody) -> None:
    view_s = seconds(lambda: capture_view(posed, RADAR, PLACEMENT, 1, OPTIONS))
    quiet_s = seconds(lambda: capture_view(posed, RADAR, PLACEMENT, 1, replace(OPTIONS, thermal_noise=False)))
    cube = np.ones((RADAR.n_frames, RADAR.n_chirps, RADAR.n_adc_samples), np.complex64)
    fft_s = seconds(lambda: scipy.fft.fft(cube, axis=-1, workers=1))
    print(
        f"\nview {view_s:.3f} s, without noise {quiet_s:.3f} s; cube FFT {fft_s:.3f} s; x{view_s / fft_s:.1f}"
    )
    assert view_s / fft_s < 50
