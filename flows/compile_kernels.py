"""Compiled kernels, before there are several workers that need them."""

from __future__ import annotations

import numpy as np

from simulator import BodyMotion, Placement, SimulatorError, capture_view, load_body, pose_body
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.tracks import MIN_POSES, ScattererTracks, poses_per_frame

from .engines import worker_pool
from .plan_dataset import tensor_radar
from .settings import TurnSettings, simulation_options


def compile_kernels(settings: TurnSettings) -> None:
    """Fill the cache of compiled kernels in processes of their own, which end; takes some 15 s, once.

    Code that a process has just compiled and the same code from the cache differ in the last bit of a sum: with
    every worker reading the cache, two runs make identical tensors.
    """
    with worker_pool(2) as pool:
        jobs = [pool.submit(make, settings) for make in (_capture_a_moment, _add_up_one_echo)]
        for job in jobs:
            job.result()


def _capture_a_moment(settings: TurnSettings) -> None:
    """Half a second of a body that stands still, with the radar and the options of the dataset."""
    body, radar, options = (
        load_body(settings.body),
        tensor_radar(settings.radar),
        simulation_options(settings.overrides),
    )
    n_poses = 26
    upright = np.tile([np.pi / 2.0, 0.0, 0.0], (n_poses, 1))
    pelvis = np.tile([0.0, 0.0, 0.95], (n_poses, 1)) - body.rest_joints(np.zeros(10))[0]
    motion = BodyMotion(np.zeros(10), upright, np.zeros((n_poses, 23, 3)), pelvis, 50.0)
    try:
        posed = pose_body(
            motion, body, radar, n_scatterers=options.n_scatterers, surface_seed=options.surface_seed,
            material=options.material,
        )  # fmt: skip
        capture_view(posed, radar, Placement(3.0), 0, options)
    except SimulatorError:
        return  # a radar too slow for half a second, a room too small for 3 m: the first captures compile the rest


def _add_up_one_echo(settings: TurnSettings) -> None:
    """The beat signal of one scatterer: the largest kernel, so compiled while the other process poses a body."""
    radar = tensor_radar(settings.radar)
    poses = np.full((max(MIN_POSES, poses_per_frame(radar) + 1), 1), 3.0)
    tracks = ScattererTracks.from_ranges(poses, np.ones(poses.shape, np.float32), np.zeros(1), radar)
    frames = np.zeros(tracks.n_frames(radar), np.int64)
    synthesize_range_cube([tracks] * radar.n_virtual, radar, frames, radar.n_adc_samples)
