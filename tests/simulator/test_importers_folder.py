from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from simulator.body.contact import lowest_point_m
from simulator.body.model import BodyModel, load_body, pose_joints
from simulator.body.skeleton import JOINT, rotation_matrices
from simulator.errors import MotionFileError
from simulator.motion.importers.folder import MotionFolder, read_motion_folder
from simulator.motion.importers.humanml3d import read_joint_array
from simulator.motion.importers.joint_clip import JointClip

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "motion"
SHARED = ROOT.parent / "shared" / "real_motion"


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


def reasons(found: MotionFolder) -> dict[str, str]:
    return {skip.path: skip.reason for skip in found.skipped}


def walk_array() -> np.ndarray:
    return np.load(DATA / "dm_walk.npy")


def test_a_manifest_names_the_clips(body: BodyModel) -> None:
    found = read_motion_folder(DATA, body)
    assert [clip.clip_id for clip in found.clips] == [
        "dm_walk",
        "dm_kick",
    ]  # the .bvh beside them is not listed
    walk = found.clips[0]
    assert (walk.label, walk.captions, walk.may_ship) == ("walk", ("a person walks",), True)
    assert walk.source.startswith("xbpeng/DeepMimic/data/motions/humanoid3d_walk.txt@1f915c5")
    assert walk.licence.startswith("MIT")
    assert walk.motion.rate_hz == 20.0
    assert walk.content_hash == hashlib.sha256((DATA / "dm_walk.npy").read_bytes()).hexdigest()
    assert found.skipped == []


def test_without_a_manifest_every_readable_file_is_a_clip(body: BodyModel, tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "clips")
    (tmp_path / "clips" / "manifest.json").unlink()
    (tmp_path / "clips" / "sub").mkdir()
    np.save(tmp_path / "clips" / "sub" / "dm_walk.npy", walk_array()[1:])
    (tmp_path / "clips" / "take.txt").write_text('{"Loop": "wrap", "Frames": [[0.1]]}')
    np.savez(tmp_path / "clips" / "amass.npz", poses=np.zeros((3, 156)))
    found = read_motion_folder(tmp_path / "clips", body)
    assert [clip.clip_id for clip in found.clips] == [
        "cmu_131_01_30hz",
        "deepmimic_kick",
        "dm_kick",
        "dm_walk",
        "sub_dm_walk",
    ]
    assert all(clip.label is None and clip.captions == () and clip.may_ship is None for clip in found.clips)
    assert reasons(found).keys() == {"amass.npz", "take.txt"}  # licences, README and .json are no motion
    assert "rows of `Frames` hold 1 numbers" in reasons(found)["take.txt"]


def test_faulty_files_are_skipped_with_the_reason(body: BodyModel, tmp_path: Path) -> None:
    walk = walk_array()
    np.save(tmp_path / "good.npy", walk)
    np.save(tmp_path / "same.npy", walk)
    np.save(tmp_path / "short.npy", walk[:15])
    np.save(tmp_path / "centimetres.npy", walk * 100)
    np.save(tmp_path / "giant.npy", walk * 3)
    np.save(tmp_path / "vectors.npy", np.zeros((40, 263), np.float32))
    np.save(tmp_path / "shape.npy", walk[:, :21])
    np.save(tmp_path / "whole_numbers.npy", np.zeros((40, 22, 3), int))
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    holes = walk.copy()
    holes[3:5, 7] = np.nan
    np.save(tmp_path / "holes.npy", holes)
    (tmp_path / "cut.npy").write_bytes((tmp_path / "good.npy").read_bytes()[:3000])
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "cut.bvh").write_text("HIERARCHY\nROOT Hips\n{\n")
    found = read_motion_folder(tmp_path, body)
    assert [clip.clip_id for clip in found.clips] == ["good"]
    expected = {
        "same.npy": "same content as good.npy",
        "short.npy": "lasts 0.70 s, a clip needs at least 1.0 s",
        "centimetres.npy": "looks like centimetres",
        "giant.npy": "legs are 2.49 m long",
        "vectors.npy": "263 features give no person",
        "shape.npy": "(26, 21, 3), must be (T, 22, 3)",
        "whole_numbers.npy": "joints are floats",
        "objects.npy": "holds Python objects (a pickle), which are refused",
        "holes.npy": "2 of 26 frames hold values that are not finite (NaN)",
        "cut.npy": "truncated or damaged",
        "empty.npy": "it is empty, damaged or renamed",
        "cut.bvh": "no MOTION part",
    }
    assert reasons(found).keys() == expected.keys()
    for path, reason in expected.items():
        assert reason in reasons(found)[path], (path, reasons(found)[path])


def test_no_usable_clip_is_an_error_that_says_why(body: BodyModel, tmp_path: Path) -> None:
    with pytest.raises(MotionFileError, match="no such folder"):
        read_motion_folder(tmp_path / "absent", body)
    with pytest.raises(MotionFileError, match="no usable motion clip among 0 files"):
        read_motion_folder(tmp_path, body)
    np.save(tmp_path / "short.npy", walk_array()[:5])
    with pytest.raises(MotionFileError, match=r"among 1 files \(short.npy: it lasts 0.20 s"):
        read_motion_folder(tmp_path, body)


def test_faulty_manifest_entries_are_skipped_and_the_rest_used(body: BodyModel, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", walk_array())
    np.save(tmp_path / "b.npy", walk_array()[1:])
    (tmp_path / "c.mp4").write_bytes(b"")
    clips = [
        {"id": "a", "file": "a.npy", "caption": "one", "captions": ["one", "two"]},
        {"id": "b", "file": "b.npy", "sha256": "00"},
        {"id": "a", "file": "b.npy"},
        {"id": "gone", "file": "gone.npy"},
        {"id": "out", "file": "../../etc/passwd"},
        {"id": "film", "file": "c.mp4"},
        {"file": "a.npy"},
        {"id": "slow", "file": "a.npy", "rate_hz": 0},
    ]
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": clips}))
    found = read_motion_folder(tmp_path, body)
    assert [(clip.clip_id, clip.captions) for clip in found.clips] == [("a", ("one", "two"))]
    by_path = [(skip.path, skip.reason) for skip in found.skipped]
    for path, reason in [
        ("b.npy", "sha256 differs"),
        ("b.npy", "names clip 'a' twice"),
        ("gone.npy", "no such file"),
        ("../../etc/passwd", "outside the folder"),
        ("c.mp4", "not '.mp4'"),
        ("manifest.json entry 6", "id: Field required"),
        ("manifest.json entry 7", "rate_hz: Input should be greater than 0"),
    ]:
        assert any(path == p and reason in r for p, r in by_path), (path, reason, by_path)
    assert len(by_path) == 7


@pytest.mark.parametrize("text", ["{", "[]", '{"clips": 3}', '{"clip": []}'])
def test_an_unreadable_manifest_is_an_error(body: BodyModel, tmp_path: Path, text: str) -> None:
    np.save(tmp_path / "a.npy", walk_array())
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(MotionFileError, match=r"manifest\.json"):
        read_motion_folder(tmp_path, body)


def test_a_t_pose_at_the_start_is_cut_with_the_arms_way_down() -> None:
    clip = read_joint_array(DATA / "dm_walk.npy")
    t_pose = np.repeat(clip.joints[:1], 30, axis=0)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        shoulder = t_pose[:, JOINT[f"{side}_shoulder"]]
        out = t_pose[0, JOINT["left_shoulder"]] - t_pose[0, JOINT["right_shoulder"]]
        out = sign * out / np.linalg.norm(out)
        angle = np.concatenate([np.zeros(20), np.linspace(0, np.deg2rad(80), 10)])[:, None]
        along = np.cos(angle) * out - np.sin(angle) * [0.0, 0.0, 1.0]
        t_pose[:, JOINT[f"{side}_elbow"]] = shoulder + 0.27 * along
        t_pose[:, JOINT[f"{side}_wrist"]] = shoulder + 0.52 * along
        for joint in ("knee", "ankle"):
            t_pose[:, JOINT[f"{side}_{joint}"], :2] = t_pose[:, JOINT[f"{side}_hip"], :2]
    joined = JointClip(np.concatenate([t_pose, clip.joints]), 20.0)
    kept = len(joined.without_lead_in().joints)
    # Arms go down by 8.9 degrees a frame from frame 20 on and are 45 degrees down after six of ten.
    assert kept == len(clip.joints) + 10 - 6 + 1
    assert len(joined.without_lead_in(known_frames=32).joints) == len(clip.joints) - 2
    assert clip.without_lead_in() is clip
    with pytest.raises(MotionFileError, match="all of it is a calibration T-pose"):
        JointClip(t_pose[:20], 20.0).without_lead_in()


def test_long_and_fast_clips_end_at_a_captures_length_and_rate(body: BodyModel, tmp_path: Path) -> None:
    on_the_spot = walk_array() - walk_array()[:, :1] * [1.0, 0.0, 1.0]
    motion = np.tile(on_the_spot, (60, 1, 1)).astype(np.float32)
    np.save(tmp_path / "long.npy", motion)
    (tmp_path / "manifest.json").write_text(
        json.dumps({"clips": [{"id": "long", "file": "long.npy", "rate_hz": 100}]})
    )
    clip = read_motion_folder(tmp_path, body).clips[0]
    assert clip.motion.rate_hz == 50.0
    assert clip.motion.duration_s == pytest.approx(9.92)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real clips are not on this machine")
def test_all_shared_clips_are_read_and_stand_on_the_floor(body: BodyModel) -> None:
    found = read_motion_folder(SHARED, body)
    assert sum(clip.start_s == 0.0 for clip in found.clips) == 30
    later = [clip.clip_id for clip in found.clips if clip.start_s > 0.0]
    assert later == [
        "ad_zombie@9.90s", "ad_zombie@19.80s", "cmu_01_01@9.90s", "cmu_01_01@19.80s", "amp_dance@9.90s"
    ]  # fmt: skip
    assert [skip.path for skip in found.skipped] == ["shippable/joints22_20fps/dm_jog.npy"]
    for clip in found.clips:
        lowest = lowest_point_m(body, clip.motion)
        assert clip.fit_error_mm < 20.0, clip.clip_id
        assert lowest.min() > -2e-3, clip.clip_id
        assert np.percentile(lowest, 10) < 0.01, clip.clip_id
        start = pose_joints(body, clip.motion)[0]
        assert np.allclose(start[0, :2], 0.0, atol=1e-9), clip.clip_id
        vectors = np.concatenate([clip.motion.global_orient[:, None], clip.motion.body_pose], axis=1)
        turns = rotation_matrices(vectors)
        step = np.einsum("tjba,tjba->tj", turns[:-1], turns[1:])  # 1 + 2 cos(angle)
        assert step.min() > 1 + 2 * np.cos(np.deg2rad(130)), clip.clip_id  # a punch's elbow: 110 in 1/20 s
