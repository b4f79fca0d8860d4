"""Which files of a folder are looked at: every one is read, refused with a word, or told to be left out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.body.model import BodyModel
from simulator.errors import MotionFileError
from simulator.motion.importers.folder import list_recordings, read_motion_folder, unlisted_files
from simulator.motion.importers.humanml3d import read_array
from simulator.motion.importers.joint_clip import JointClip
from simulator.motion.importers.motion_file import read_motion_file
from simulator.motion.importers.refusals import REASON_KINDS
from simulator.motion.importers.smpl_params import read_smpl_params

DATA = Path(__file__).parents[1] / "data" / "motion"


@pytest.fixture
def walk() -> np.ndarray:
    return np.load(DATA / "dm_walk.npy").astype(np.float64)


def ids_of(folder: Path) -> list[str]:
    return [entry.id for entry in list_recordings(folder)[0]]


def test_files_of_one_name_are_different_clips(
    tmp_path: Path, walk: np.ndarray, standin_body: BodyModel
) -> None:
    for number, name in enumerate(("walk.npy", "a_b.npy", "a/b.npy", "alone.npy")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.save(tmp_path / name, walk * (1.0 + number * 1e-3))
    shutil.copy(DATA / "deepmimic_kick.txt", tmp_path / "walk.txt")
    assert ids_of(tmp_path) == ["a/b.npy", "a_b.npy", "alone", "walk.npy", "walk.txt"]
    clips = read_motion_folder(tmp_path, standin_body).clips
    assert [clip.format for clip in clips] == ["HumanML3D joints"] * 4 + ["DeepMimic"]


def test_an_id_that_looks_like_another_files_name_stays_alone(tmp_path: Path, walk: np.ndarray) -> None:
    for name in ("a_b.npy", "a_b.bvh", "a/b.npy", "a_b.npy.npy"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.save(tmp_path / f"{name}.tmp.npy", walk)
        (tmp_path / f"{name}.tmp.npy").rename(tmp_path / name)
    assert len(set(ids_of(tmp_path))) == 4


def test_deepmimic_is_read_whatever_its_json_is_called(tmp_path: Path) -> None:
    shutil.copy(DATA / "deepmimic_kick.txt", tmp_path / "kick.json")
    (tmp_path / "settings.json").write_text('{"fps": 30}')
    assert ids_of(tmp_path) == ["kick"]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("dance.fbx", "export its skeleton as BVH"),
        ("markers.C3D", "it holds markers"),
        ("01_01.amc", "convert it to BVH"),
        ("poses.pt", "np.save"),
        ("CMU.tar.bz2", "unpack it"),
    ],
)
def test_motion_that_is_not_read_is_named_with_advice(
    tmp_path: Path, walk: np.ndarray, name: str, advice: str
) -> None:
    np.save(tmp_path / "walk.npy", walk)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / name).write_bytes(b"x")
    (tmp_path / "notes.csv").write_text("a,b")
    entries, refused = list_recordings(tmp_path)
    assert [entry.id for entry in entries] == ["walk"]
    assert [(skip.path, skip.kind) for skip in refused] == [(f"sub/{name}", "unknown format")]
    assert advice in refused[0].reason and "unknown format" in REASON_KINDS


def test_files_beside_a_manifest_are_told(tmp_path: Path, walk: np.ndarray) -> None:
    for name in ("listed.npy", "forgotten.npy", "Mean.npy"):
        np.save(tmp_path / name, walk)
    assert unlisted_files(tmp_path, list_recordings(tmp_path)[0]) == []  # nothing says what counts
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": [{"id": "one", "file": "listed.npy"}]}))
    assert unlisted_files(tmp_path, list_recordings(tmp_path)[0]) == ["forgotten.npy"]


def test_arrays_with_time_last_are_turned(tmp_path: Path, walk: np.ndarray) -> None:
    np.save(tmp_path / "plain.npy", walk)
    expected = read_array(tmp_path / "plain.npy")[1]
    for array in (walk.transpose(1, 2, 0), walk.transpose(1, 2, 0)[None]):
        np.save(tmp_path / "mdm.npy", array)
        clip = read_array(tmp_path / "mdm.npy")[1]
        assert np.array_equal(clip.joints, expected.joints)
        assert clip.notes == ("its axes are (22, 3, T): turned into (T, 22, 3)",)


def test_a_batch_is_refused_with_advice(tmp_path: Path, walk: np.ndarray) -> None:
    for array in (np.stack([walk, walk]), np.zeros((2, 40, 263))):
        np.save(tmp_path / "batch.npy", array)
        with pytest.raises(MotionFileError, match=r"batch of 2 motions.*save each one as a file"):
            read_array(tmp_path / "batch.npy")


@pytest.mark.parametrize(
    ("factor", "unit"), [(100.0, "centimetres: divide by 100"), (1000.0, "millimetres: divide by 1000"),
                         (1 / 0.0254, "inches: multiply by 0.0254"), (3.0, "")],
)  # fmt: skip
def test_other_units_are_guessed_aloud(walk: np.ndarray, factor: float, unit: str) -> None:
    with pytest.raises(MotionFileError, match=r"legs are .* m long") as refusal:
        JointClip(walk * factor, 20.0)
    assert str(refusal.value).endswith(f"; it looks like {unit}" if unit else "1.15 m")


def test_the_first_frame_that_is_not_finite_is_named(walk: np.ndarray) -> None:
    walk[[7, 9], 3, 1] = np.nan
    with pytest.raises(MotionFileError, match=r"2 of 26 frames .*, the first is frame 7: repair"):
        JointClip(walk, 20.0)


def standing(n: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """SMPL poses (T, 72) and a path (T, 3), z up: somebody who stands and raises an arm."""
    poses = np.zeros((n, 72))
    poses[:, 0] = np.pi / 2
    poses[:, 50] = np.linspace(-1.2, -0.9, n)
    return poses, np.linspace([0.0, 0.0, 0.9], [0.3, 0.0, 0.9], n)


@pytest.mark.parametrize(
    "names", [("pose", "trans"), ("poses_world", "trans_world"), ("smpl_poses", "smpl_trans")]
)
def test_other_names_of_poses_mean_the_same(tmp_path: Path, names: tuple[str, str]) -> None:
    poses, path = standing()
    np.savez(tmp_path / "usual.npz", poses=poses, trans=path, fps=30.0)
    other_names: dict[str, Any] = {names[0]: poses, names[1]: path}
    np.savez(tmp_path / "other.npz", **other_names, fps=30.0)
    usual, other = read_smpl_params(tmp_path / "usual.npz"), read_smpl_params(tmp_path / "other.npz")
    assert np.array_equal(usual.rotations, other.rotations) and np.array_equal(usual.pelvis, other.pelvis)


def test_aistpp_scales_its_path_and_has_60_frames(tmp_path: Path) -> None:
    poses, path = standing()
    data: dict[str, Any] = {"smpl_poses": poses, "smpl_trans": path * 93.0, "smpl_scaling": np.array([93.0])}
    np.savez(tmp_path / "gBR.npz", **data)
    recording = read_smpl_params(tmp_path / "gBR.npz")
    assert recording.rate_hz == 60.0 and any("AIST++" in note for note in recording.notes)
    assert np.allclose(recording.pelvis, path - path[0])
    assert read_smpl_params(tmp_path / "gBR.npz", 30.0).rate_hz == 30.0
    np.savez(tmp_path / "bad.npz", **data | {"smpl_scaling": np.array([0.0])})
    with pytest.raises(MotionFileError, match=r"smpl_scaling is \[0\.0\]"):
        read_smpl_params(tmp_path / "bad.npz")


def test_a_shape_without_motion_is_told_from_a_damaged_file(tmp_path: Path, standin_body: BodyModel) -> None:
    np.savez(tmp_path / "shape.npz", betas=np.zeros(16), gender=np.array("male"))
    with pytest.raises(MotionFileError, match=r"holds a shape and no motion"):
        read_motion_file(tmp_path / "shape.npz", standin_body)


def test_a_t_pose_that_is_cut_is_told(tmp_path: Path, walk: np.ndarray, standin_body: BodyModel) -> None:
    walk = np.concatenate([walk, walk[:0:-1]])
    np.save(tmp_path / "walk.npy", walk)
    entry = {"id": "walk", "file": "walk.npy", "t_pose_lead_in_frames": 10}
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": [entry]}))
    clip = read_motion_folder(tmp_path, standin_body).clips[0]
    assert clip.notes == ("its first 0.50 s are left out: a calibration T-pose and the way out of it",)
    assert clip.motion.n_poses == len(walk) - 10
    assert not read_motion_file(tmp_path / "walk.npy", standin_body).notes
