"""AMASS's SMPL-H and SMPL-X stage-2 layouts, key by key as its files have them, filled with a made motion."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.body.model import BodyModel, load_body
from simulator.body.skeleton import JOINT, Y_UP_TO_Z_UP, axis_angles
from simulator.errors import BodyFileError, MotionFileError
from simulator.motion.importers.motion_file import read_motion_file

N_POSES = 240
RATE_HZ = 120.0


def swinging_arms() -> np.ndarray:
    """(T, 55, 3) axis-angles: standing, arms down and swinging; jaw, eyes and hands are noise."""
    pose = np.random.default_rng(3).normal(0, 0.3, (N_POSES, 55, 3))
    pose[:, :22] = 0.0
    pose[:, 0] = axis_angles(Y_UP_TO_Z_UP)
    phase = np.sin(np.linspace(0, 12, N_POSES))
    pose[:, JOINT["left_shoulder"], 2] = -1.2 + 0.2 * phase
    pose[:, JOINT["right_shoulder"], 2] = 1.2 + 0.2 * phase
    return pose


def smplh(gender: Any = "female") -> dict[str, Any]:
    return {
        "poses": swinging_arms()[:, :52].reshape(N_POSES, 156),
        "trans": np.tile([0.3, -0.2, 0.93], (N_POSES, 1)),
        "betas": np.linspace(-1, 1, 16),
        "gender": np.array(gender),
        "mocap_framerate": np.array(RATE_HZ),
        "dmpls": np.zeros((N_POSES, 8)),
        "marker_data": np.zeros((N_POSES, 4, 3)),
        "marker_labels": np.array(["C7", "CLAV", "LANK", "RANK"]),
    }


def smplx_stage_2() -> dict[str, Any]:
    pose = swinging_arms()
    return {
        "gender": np.array("neutral"),
        "surface_model_type": np.array("smplx"),
        "mocap_frame_rate": np.array(RATE_HZ),
        "mocap_time_length": np.array(N_POSES / RATE_HZ),
        "markers_latent": np.zeros((4, 3)),
        "latent_labels": np.array(["C7", "CLAV", "LANK", "RANK"]),
        "markers_latent_vids": np.array({"C7": 3832}, dtype=object),  # a pickle, of no use here
        "trans": np.tile([0.3, -0.2, 1.2], (N_POSES, 1)),
        "poses": pose.reshape(N_POSES, 165),
        "betas": np.linspace(-1, 1, 16),
        "num_betas": np.array(16),
        "root_orient": pose[:, 0],
        "pose_body": pose[:, 1:22].reshape(N_POSES, 63),
        "pose_hand": pose[:, 25:].reshape(N_POSES, 90),
        "pose_jaw": pose[:, 22],
        "pose_eye": pose[:, 23:25].reshape(N_POSES, 6),
    }


@pytest.mark.parametrize(
    ("data", "format_"), [(smplh(), "AMASS SMPL-H"), (smplx_stage_2(), "AMASS SMPL-X")], ids=["H", "X"]
)
def test_both_layouts_give_the_body_joints_at_the_recordings_rate(
    tmp_path: Path, standin_body: BodyModel, data: dict[str, Any], format_: str
) -> None:
    np.savez(tmp_path / "walk_stageii.npz", **data)
    clip = read_motion_file(tmp_path / "walk_stageii.npz", standin_body)
    assert (clip.format, clip.n_frames, clip.file_rate_hz) == (format_, N_POSES, RATE_HZ)
    assert clip.motion.rate_hz == 50.0 and clip.motion.duration_s == pytest.approx(1.98, abs=0.03)
    arm = clip.motion.body_pose[:, JOINT["left_shoulder"] - 1]
    assert arm[:, 2].mean() == pytest.approx(-1.2, abs=0.05) and np.ptp(arm[:, 2]) > 0.35
    assert not clip.motion.body_pose[:, 21:].any()  # neither jaw nor eyes are taken for SMPL's hands
    assert any(("SMPL-X's" if "X" in format_ else "belong to SMPL's shapes") in note for note in clip.notes)


def test_the_separate_pose_arrays_of_smplx_are_read_where_poses_are_left_out(
    tmp_path: Path, standin_body: BodyModel
) -> None:
    data = smplx_stage_2()
    np.savez(tmp_path / "a.npz", **data)
    del data["poses"]
    np.savez(tmp_path / "b.npz", **data)
    first, second = (read_motion_file(tmp_path / f"{name}.npz", standin_body).motion for name in "ab")
    assert np.abs(first.body_pose - second.body_pose).max() < 1e-12


@pytest.mark.parametrize("gender", ["male", b"male", "b'male'", "MALE"])
def test_a_gender_is_read_however_it_is_written(
    tmp_path: Path, standin_body: BodyModel, gender: str | bytes
) -> None:
    path = tmp_path / "SMPL_FEMALE.npz"
    kintree = np.stack([standin_body.parents, np.arange(24)])
    arrays = {name: getattr(standin_body, name) for name in ("v_template", "shapedirs", "weights")}
    np.savez(
        path, f=standin_body.faces, J_regressor=standin_body.joint_regressor, kintree_table=kintree, **arrays
    )
    np.savez(tmp_path / "clip.npz", **smplh(gender))
    clip = read_motion_file(tmp_path / "clip.npz", load_body(path))
    assert clip.notes == ("betas were fitted to the male SMPL model, used on 'SMPL_FEMALE'",)


def test_centimetres_are_told_from_the_height_of_one_who_stands(
    tmp_path: Path, standin_body: BodyModel
) -> None:
    np.savez(tmp_path / "clip.npz", **(smplh() | {"trans": np.tile([30.0, -20.0, 93.0], (N_POSES, 1))}))
    with pytest.raises(MotionFileError, match=r"93 m above the floor: it looks like centimetres") as refused:
        read_motion_file(tmp_path / "clip.npz", standin_body)
    assert refused.value.kind == "wrong units"


def test_files_that_lie_beside_recordings_are_no_motion(tmp_path: Path, standin_body: BodyModel) -> None:
    """`shape.npz` and `*_stagei.npz` of AMASS hold a shape and no poses."""
    np.savez(tmp_path / "male_stagei.npz", betas=np.zeros(16), gender="male", markers_latent=np.zeros((4, 3)))
    with pytest.raises(MotionFileError, match="it holds a shape and no motion") as refused:
        read_motion_file(tmp_path / "male_stagei.npz", standin_body)
    assert refused.value.kind == "wrong shape"


def test_objects_in_place_of_arrays_are_refused_as_unsafe(tmp_path: Path, standin_body: BodyModel) -> None:
    np.savez(tmp_path / "clip.npz", **(smplh() | {"poses": np.array([{"a": 1}], dtype=object)}))
    with pytest.raises(MotionFileError, match="its poses holds Python objects") as refused:
        read_motion_file(tmp_path / "clip.npz", standin_body)
    assert refused.value.kind == "unsafe"
    (tmp_path / "clip.pkl").write_bytes(pickle.dumps({"poses": Path("x")}))
    with pytest.raises(MotionFileError, match=r"its pickle was not read .*asks for pathlib") as refused:
        read_motion_file(tmp_path / "clip.pkl", standin_body)
    assert refused.value.kind == "unsafe"


def test_a_cut_body_archive_is_an_error_with_a_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "SMPL_MALE.npz", v_template=np.zeros((500, 3)), f=np.zeros((900, 3)))
    whole = (tmp_path / "SMPL_MALE.npz").read_bytes()
    for content in (whole[: len(whole) // 2], whole[:3000] + b"\xff" * 900 + whole[3900:]):
        (tmp_path / "SMPL_MALE.npz").write_bytes(content)
        with pytest.raises(BodyFileError, match=r"SMPL_MALE\.npz: not readable as plain arrays .*truncated"):
            load_body(tmp_path / "SMPL_MALE.npz")


@pytest.mark.parametrize("path_z", [0.0, 2.0])
def test_amass_keys_with_y_up_are_told_from_one_who_lies(
    tmp_path: Path, standin_body: BodyModel, path_z: float
) -> None:
    """Turned to y up the pelvis is 0.93 m along y; one who lies along y has it a hand's width above z = 0."""
    expected = smplh()
    np.savez(tmp_path / "z_up.npz", **expected)
    turned = expected["poses"].copy()
    turned[:, :3] = 0.0  # upright along y
    standing = np.tile([0.3, 0.93, path_z], (N_POSES, 1))
    np.savez(tmp_path / "y_up.npz", **(expected | {"poses": turned, "trans": standing}))
    np.savez(
        tmp_path / "lying.npz", **(expected | {"poses": turned, "trans": standing * [1, 1, 0] + [0, 0, 0.1]})
    )
    z_up, y_up, lying = (
        read_motion_file(tmp_path / f"{n}.npz", standin_body) for n in ("z_up", "y_up", "lying")
    )
    assert "up axis y, told from the trunk and the pelvis's height; AMASS has z up" in y_up.notes
    assert np.abs(y_up.motion.global_orient - z_up.motion.global_orient).max() < 1e-9
    assert "read as z up, as AMASS is: the body then lies along y throughout" in lying.notes
    assert np.abs(lying.motion.global_orient - z_up.motion.global_orient).max() > 1.0
