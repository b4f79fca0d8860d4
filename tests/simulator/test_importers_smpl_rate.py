"""Fast SMPL recordings: smoothed and resampled as rotations, whichever way the file writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from simulator.body.model import BodyModel
from simulator.body.skeleton import JOINT, Y_UP_TO_Z_UP, axis_angles, rotation_matrices
from simulator.motion.importers.motion_file import read_motion_file

TURNS_PER_S = 0.75


def spin(tmp_path: Path, rate_hz: float, shiver_rad: float = 0.0) -> Path:
    """Four seconds of turning on the spot with hanging arms, in AMASS's layout; the head may shiver."""
    n = round(4 * rate_hz) + 1
    time_s = np.arange(n) / rate_hz
    turn = rotation_matrices(2 * np.pi * TURNS_PER_S * time_s[:, None] * [0.0, 0.0, 1.0])
    poses = np.zeros((n, 52, 3))
    poses[:, 0] = axis_angles(turn @ Y_UP_TO_Z_UP)  # angles in 0..pi: the vectors jump twice a turn
    poses[:, JOINT["left_shoulder"], 2], poses[:, JOINT["right_shoulder"], 2] = -1.3, 1.3
    poses[:, JOINT["head"], 1] = shiver_rad * (-1.0) ** np.arange(n)
    assert np.linalg.norm(np.diff(poses[:, 0], axis=0), axis=1).max() > 3.0
    path = tmp_path / "spin.npz"
    np.savez(path, poses=poses.reshape(n, 156), trans=np.zeros((n, 3)), mocap_framerate=rate_hz)
    return path


@pytest.mark.parametrize("rate_hz", [60.0, 120.0, 250.0])
def test_a_steady_turn_stays_steady(tmp_path: Path, standin_body: BodyModel, rate_hz: float) -> None:
    motion = read_motion_file(spin(tmp_path, rate_hz), standin_body).motion
    assert (motion.rate_hz, motion.n_poses) == (50.0, 201)
    root = Rotation.from_rotvec(motion.global_orient)
    steps = (root[1:] * root[:-1].inv()).as_rotvec()
    expected = 2 * np.pi * TURNS_PER_S / 50.0
    assert np.abs(steps[5:-5] - [0.0, 0.0, expected]).max() < 1e-3 * expected
    assert np.abs(steps - [0.0, 0.0, expected]).max() < 0.5 * expected  # at the ends the filter sees a halt


def test_what_is_too_fast_for_the_new_rate_is_filtered_out(tmp_path: Path, standin_body: BodyModel) -> None:
    shiver = 0.1
    motion = read_motion_file(spin(tmp_path, 120.0, shiver), standin_body).motion
    left = np.abs(motion.body_pose[5:-5, JOINT["head"] - 1, 1]).max()
    taps = np.arange(-3, 4)
    kernel = np.exp(-0.5 * (taps / (0.32 * 120.0 / 50.0)) ** 2)
    passed = abs((kernel * (-1.0) ** taps).sum() / kernel.sum())  # what the sampled Gaussian lets by at 60 Hz
    assert passed < 0.12
    assert left == pytest.approx(passed * shiver, rel=0.05)
    slow = read_motion_file(spin(tmp_path, 50.0, shiver), standin_body).motion
    assert np.abs(slow.body_pose[:, JOINT["head"] - 1, 1]).min() == pytest.approx(shiver)
