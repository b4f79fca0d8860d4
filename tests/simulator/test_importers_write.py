"""Motion written and read again: what a format can hold comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.body.model import BodyModel, pose_joints
from simulator.body.skeleton import JOINT, Y_UP_TO_Z_UP, axis_angles, rotation_matrices
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion
from simulator.motion.importers.bvh import bvh_positions, read_bvh
from simulator.motion.importers.bvh_writer import bvh_name
from simulator.motion.importers.humanml3d_vectors import joints_to_vectors, vectors_to_joints
from simulator.motion.importers.joint_clip import heading_turn
from simulator.motion.importers.motion_file import read_motion_file
from simulator.motion.importers.smpl_params import read_smpl_params
from simulator.motion.importers.write_motion import humanml3d_joints, write_motion

RATE_HZ = 50.0


@pytest.fixture(scope="module")
def motion(standin_body: BodyModel) -> BodyMotion:
    """Two seconds of stepping and waving on the spot, soles level, turned away from -y and off the origin."""
    t = np.arange(101) / RATE_HZ
    pose = np.zeros((101, 24, 3))
    phase = np.sin(2 * np.pi * t)
    turn = rotation_matrices([0.0, 0.0, 0.5])
    pose[:, 0] = axis_angles(turn @ Y_UP_TO_Z_UP)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        bend = 0.5 + 0.3 * sign * phase
        pose[:, JOINT[f"{side}_hip"], 0] = -bend
        pose[:, JOINT[f"{side}_knee"], 0] = 2 * bend
        pose[:, JOINT[f"{side}_ankle"], 0] = -bend
        pose[:, JOINT[f"{side}_shoulder"], 2] = -sign * (1.1 + 0.2 * phase)
        pose[:, JOINT[f"{side}_elbow"], 1] = -sign * (0.6 + 0.3 * phase)
    transl = np.stack([2.0 + 0.05 * phase, -1.0 + 0.3 * t, 0.85 + 0.0 * t], axis=1)
    return BodyMotion(standin_body.betas_for(1.8, "average"), pose[:, 0], pose[:, 1:], transl, RATE_HZ)


def from_start(joints: np.ndarray) -> np.ndarray:
    """Joints (T, J, 3), z up, moved and turned so that they start over (0, 0), facing -y, lowest at z = 0."""
    moved = (joints - joints[0, 0] * [1.0, 1.0, 0.0]) @ heading_turn(joints[0, :22]).T
    return moved - [0.0, 0.0, moved[..., 2].min()]


def test_joints_are_written_as_humanml3d_has_them(
    tmp_path: Path, standin_body: BodyModel, motion: BodyMotion
) -> None:
    assert write_motion(tmp_path / "a.npy", motion, standin_body) == "HumanML3D joints"
    stored = np.load(tmp_path / "a.npy", allow_pickle=False)
    assert stored.dtype == np.float32 and stored.shape == (41, 22, 3)
    assert stored[0, 0, [0, 2]] == pytest.approx([0.0, 0.0], abs=1e-7)
    assert stored[..., 1].min() == pytest.approx(0.0, abs=1e-6)
    across = stored[0, JOINT["left_hip"]] - stored[0, JOINT["right_hip"]]
    assert across[0] > 0.1 and abs(across[2]) < 1e-3  # facing +z, left is +x
    expected = from_start(pose_joints(standin_body, motion.resampled(20.0))[:, :22])
    assert np.abs(stored @ Y_UP_TO_Z_UP.T - expected).max() < 1e-6


def test_joints_come_back_as_the_same_motion(
    tmp_path: Path, standin_body: BodyModel, motion: BodyMotion
) -> None:
    write_motion(tmp_path / "a.npy", motion, standin_body)
    clip = read_motion_file(tmp_path / "a.npy", standin_body)
    assert clip.motion.n_poses == 41 and clip.fit_error_mm < 6.0
    found = from_start(pose_joints(standin_body, clip.motion)[:, :22])
    made = from_start(pose_joints(standin_body, motion.resampled(20.0))[:, :22])
    assert np.linalg.norm(found - made, axis=2).mean() < 0.015


def test_features_come_back_as_the_same_joints(
    tmp_path: Path, standin_body: BodyModel, motion: BodyMotion
) -> None:
    name = write_motion(tmp_path / "a.npy", motion, standin_body, format="HumanML3D vectors")
    vectors = np.load(tmp_path / "a.npy")
    joints = humanml3d_joints(motion, standin_body)
    assert name == "HumanML3D vectors" and vectors.shape == (40, 263) and vectors.dtype == np.float32
    assert np.abs(vectors_to_joints(vectors) - joints[:-1]).max() < 1e-5
    assert np.array_equal(vectors, joints_to_vectors(joints).astype(np.float32))
    assert read_motion_file(tmp_path / "a.npy", standin_body).format == "HumanML3D vectors"


def test_amass_layout_holds_every_rotation(
    tmp_path: Path, standin_body: BodyModel, motion: BodyMotion
) -> None:
    assert write_motion(tmp_path / "a.npz", motion, standin_body) == "AMASS SMPL-H"
    with np.load(tmp_path / "a.npz", allow_pickle=False) as stored:
        data = dict(stored)
    assert {key: (value.shape, value.dtype.kind) for key, value in data.items()} == {
        "poses": ((101, 156), "f"),
        "trans": ((101, 3), "f"),
        "betas": ((16,), "f"),
        "gender": ((), "U"),
        "mocap_framerate": ((), "f"),
        "dmpls": ((101, 8), "f"),
    }
    assert not data["betas"].any() and not data["poses"][:, 66:].any()
    recording = read_smpl_params(tmp_path / "a.npz")
    assert recording.rate_hz == RATE_HZ and recording.format == "AMASS SMPL-H"
    assert np.abs(recording.rotations[:, 1:22] - motion.body_pose[:, :21]).max() < 1e-12
    assert np.abs(recording.pelvis - (motion.transl - motion.transl[0])).max() < 1e-12
    clip = read_motion_file(tmp_path / "a.npz", standin_body)
    assert np.abs(clip.motion.body_pose[:, :21] - motion.body_pose[:, :21]).max() < 1e-9


def test_betas_are_written_for_an_smpl_body(
    tmp_path: Path, standin_body: BodyModel, motion: BodyMotion
) -> None:
    smpl = replace(standin_body, source="SMPL file SMPL_FEMALE.pkl; sha256 0", name="SMPL_FEMALE")
    write_motion(tmp_path / "a.npz", motion, smpl)
    recording = read_smpl_params(tmp_path / "a.npz")
    assert recording.gender == "female"
    assert recording.betas is not None and np.array_equal(recording.betas, motion.betas)


def test_bvh_has_the_joints_where_the_body_has_them(
    tmp_path: Path, standin_body: BodyModel, motion: BodyMotion
) -> None:
    assert write_motion(tmp_path / "a.bvh", motion, standin_body) == "BVH"
    clip = read_bvh(tmp_path / "a.bvh")
    assert len(clip.joints) == 24 and clip.frame_time_s == pytest.approx(0.02, rel=1e-7)
    found = bvh_positions(clip) / 100.0 @ Y_UP_TO_Z_UP.T
    made = pose_joints(standin_body, motion)
    for name, index in JOINT.items():
        apart = np.linalg.norm(found[:, clip.names.index(bvh_name(name))] - made[:, index], axis=1)
        assert apart.max() < 1e-6, name


def test_bvh_comes_back_as_the_same_motion(
    tmp_path: Path, standin_body: BodyModel, motion: BodyMotion
) -> None:
    write_motion(tmp_path / "a.bvh", motion, standin_body)
    clip = read_motion_file(tmp_path / "a.bvh", standin_body)
    assert clip.notes[0].startswith("lengths read as centimetres by the legs, y as up")
    assert (clip.n_frames, clip.file_rate_hz) == (101, pytest.approx(50.0))
    assert clip.fit_error_mm < 8.0
    found, made = (from_start(pose_joints(standin_body, one)[:, :22]) for one in (clip.motion, motion))
    assert np.linalg.norm(found - made, axis=2).mean() < 0.015


@pytest.mark.parametrize(
    ("name", "format_", "reason"),
    [
        ("a.fbx", None, r"motion is written as \.npy \(HumanML3D joints\), .*, not '\.fbx'"),
        ("a.bvh", "HumanML3D vectors", r"not '\.bvh' \(HumanML3D vectors\)"),
        ("absent/a.npy", None, "there is no folder"),
    ],
)
def test_what_is_not_written_is_said(
    tmp_path: Path, standin_body: BodyModel, motion: BodyMotion, name: str, format_: str | None, reason: str
) -> None:
    with pytest.raises(MotionFileError, match=reason):
        write_motion(tmp_path / name, motion, standin_body, format_)
    assert not list(tmp_path.rglob("*"))


def test_a_motion_of_two_poses_has_no_splines(
    tmp_path: Path, standin_body: BodyModel, motion: BodyMotion
) -> None:
    two = BodyMotion(motion.betas, motion.global_orient[:2], motion.body_pose[:2], motion.transl[:2], RATE_HZ)
    with pytest.raises(MotionFileError, match="the motion has 2 poses"):
        write_motion(tmp_path / "a.npy", two, standin_body)
    write_motion(tmp_path / "a.bvh", two, standin_body)
    assert len(read_bvh(tmp_path / "a.bvh").values) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.bvh"]
