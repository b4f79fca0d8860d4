"""Time and memory of the simulator from end to end, and of its ray casting, against named baselines of the same run.

    python -m pytest -s tests/benchmarks/bench_simulator.py

Every row runs in a process of its own (this file as a program), so that its peak memory is its own: the first call
warms up, the second one is timed. Baselines: "cube FFT" is one scipy range FFT of a capture's ADC samples (496 frames x
128 chirps x 256 samples, complex64, one thread); "embree" is trimesh's first-hit query on the same mesh, its tree built
anew for each pose.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import scipy.fft
import trimesh
from scipy.spatial.transform import Rotation

from simulator.body.model import BodyModel, load_body, pose_vertices
from simulator.capture import simulate, simulate_views
from simulator.motion.body_motion import BodyMotion
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import MMEXPERT_IWR1843_8RX as RADAR_8RX
from simulator.radar.scattering import observe_points
from simulator.scene.observation import observe
from simulator.scene.placement import VIEWS, Placement
from simulator.scene.posed_body import pose_body, pose_instants
from simulator.scene.visibility import visible_points
from simulator.simulation_options import SimulationOptions

PLACEMENT = Placement(4.0)
N_SCATTERERS = 7800  # about 3,500 of them lit
ROWS = {  # what, and the wall time asked for on two cores
    "posed vertices to doppler_time": 0.8,
    "body motion to doppler_time": 1.5,
    "eight antennas to three products": 5.0,
    "eight views of one motion": 8.0,
}


def swaying_motion(body: BodyModel) -> BodyMotion:
    """A full clip: arms swing at 1 Hz, the body sways over 1 m."""
    n = RADAR.n_frames + 1
    times_s = np.arange(n) / 50.0
    pose = np.zeros((n, 23, 3))
    pose[:, 15, 2], pose[:, 16, 2] = -1.2, 1.2
    pose[:, 15, 0], pose[:, 16, 0] = 0.8 * np.sin(2 * np.pi * times_s), -0.8 * np.sin(2 * np.pi * times_s)
    pelvis = np.stack([0 * times_s, 0.5 * np.sin(2 * np.pi * 0.3 * times_s), np.full(n, 0.95)], axis=1)
    upright = np.tile(Rotation.from_euler("x", 90, degrees=True).as_rotvec(), (n, 1))
    return BodyMotion(np.zeros(10), upright, pose, pelvis - body.rest_joints(np.zeros(10))[0], 50.0)


def row_call(what: str, options: SimulationOptions, workers: int) -> Callable[[], object]:
    """The call of that row of ROWS, in so many threads."""
    body = load_body()
    motion = swaying_motion(body)
    one = partial(simulate, motion, body, placement=PLACEMENT, noise_seed=1, workers=workers)
    if what == "posed vertices to doppler_time":
        vertices = pose_vertices(body, pose_instants(motion, RADAR))
        return partial(one, radar=RADAR, options=options, vertices=vertices)
    if what == "body motion to doppler_time":
        return partial(one, radar=RADAR, options=options)
    if what == "eight antennas to three products":
        return partial(one, radar=RADAR_8RX, options=replace(options, all_views=True))
    placements = [replace(PLACEMENT, view=view) for view in VIEWS]
    seeds = list(range(len(VIEWS)))
    return partial(simulate_views, motion, body, RADAR, placements, seeds, options, workers=workers)


def peak_mib() -> float:
    """Largest resident memory of this process; getrusage would also count that of the process that started it."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024.0


def run_row(what: str, n_scatterers: int, workers: int) -> dict[str, float]:
    """Times of the second call, and peak memory of both."""
    call = row_call(what, SimulationOptions(n_scatterers=n_scatterers), workers)
    call()
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "peak_mib": peak_mib(),
    }


def lit_points(n_scatterers: int) -> int:
    """Points that shine, mean over poses."""
    body = load_body()
    posed = pose_body(swaying_motion(body), body, RADAR, n_scatterers=n_scatterers)
    amplitude = observe(posed, RADAR, PLACEMENT, "diffuse").tracks.amplitude
    return int((amplitude > 0).sum(axis=1).mean())


def cube_fft() -> None:
    """Range FFT of one capture of one antenna."""
    samples = np.ones((RADAR.n_frames, RADAR.n_chirps, RADAR.n_adc_samples), np.complex64)
    scipy.fft.fft(samples, axis=-1, workers=1, overwrite_x=True)


def test_end_to_end(measure: Callable[..., Any], table: Callable[..., None]) -> None:
    fft_s = measure(cube_fft).cpu_s
    rows = []
    for n_scatterers, workers in (
        (N_SCATTERERS, 1),
        (N_SCATTERERS, 2),
        (SimulationOptions().n_scatterers, 2),
    ):
        lit = lit_points(n_scatterers)
        for what, asked_s in ROWS.items():
            command = [sys.executable, __file__, what, str(n_scatterers), str(workers)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            wall_s, cpu_s, peak = (json.loads(done.stdout)[key] for key in ("wall_s", "cpu_s", "peak_mib"))
            rows.append((what, lit, workers, wall_s, asked_s, cpu_s, cpu_s / fft_s, int(peak)))
    table(
        f"End to end, {RADAR.n_frames} frames, noise and all echoes; cube FFT {fft_s:.3f} s",
        ("what", "lit points", "threads", "wall s", "asked of 2", "CPU s", "CPU x cube FFT", "peak MiB"),
        rows,
    )
    assert rows[0][1] >= 3500
    # Eight antennas hold a cube of 300 MiB; the ceiling is asked of one.
    assert all(row[-1] <= 1024 for row in rows if "eight antennas" not in row[0])


def test_ray_casting_against_embree(measure: Callable[..., Any], table: Callable[..., None]) -> None:
    body = load_body()
    posed = pose_body(swaying_motion(body), body, RADAR, n_scatterers=N_SCATTERERS)
    radar_m = PLACEMENT.radar_in_body_frame_m
    _, cosine = observe_points(posed.points, posed.normals, radar_m, PLACEMENT.boresight_in_body_frame)
    facing = cosine > 0
    faces, face_ids = posed.faces, posed.scatterers.face_ids
    poses = np.arange(0, len(posed.vertices), 10)

    def embree(pose: int) -> np.ndarray:
        mesh = trimesh.Trimesh(posed.vertices[pose], faces, process=False)
        rays = posed.points[pose, facing[pose]] - radar_m
        return mesh.ray.intersects_first(np.tile(radar_m, (len(rays), 1)), rays)

    ours = partial(visible_points, posed.vertices, faces, posed.points, face_ids, facing, radar_m, poses)
    seen, first_hit = ours(), embree(0)
    agree = float((seen[0, facing[0]] == (first_hit == face_ids[facing[0]])).mean())
    ours_s = measure(ours).cpu_s / len(poses)
    embree_s = measure(lambda: embree(0)).cpu_s
    table(
        f"Rays to {int(facing[0].sum())} points of {len(faces)} triangles, one pose, 1 thread",
        ("method", "CPU ms", "x ours", "how"),
        [
            ("ours", ours_s * 1e3, 1.0, f"mean of {len(poses)} poses"),
            ("embree", embree_s * 1e3, embree_s / ours_s, f"first hits, {agree:.1%} of the points alike"),
        ],
    )
    assert agree > 0.99


if __name__ == "__main__":
    print(json.dumps(run_row(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
