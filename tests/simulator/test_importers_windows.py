"""Recordings longer than a capture: windows without gap, overlap or seams, all of one person."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from simulator.body.contact import lowest_point_m
from simulator.body.model import BodyModel, pose_joints
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion
from simulator.motion.importers import smpl_on_body, windows
from simulator.motion.importers.bvh import read_bvh
from simulator.motion.importers.bvh_skeletons import joints_of_bvh
from simulator.motion.importers.folder import read_motion_folder
from simulator.motion.importers.joint_clip import heading_turn
from simulator.motion.importers.motion_file import MotionClip, read_motion_file
from simulator.motion.importers.windows import Window, window_at, windows_of

BVH = Path(__file__).parents[1] / "data" / "motion" / "cmu_131_01_30hz.bvh"
ARRAYS = ("betas", "global_orient", "body_pose", "transl")


@pytest.fixture(scope="module")
def long_joints() -> np.ndarray:
    """A real walk there and back, again and again: 25 s at 30 poses/s, y up."""
    joints = joints_of_bvh(read_bvh(BVH)).joints
    there_and_back = np.concatenate([joints, joints[::-1]])
    joints = np.concatenate([there_and_back, there_and_back])[: 25 * 30 + 1]
    return np.stack([joints[..., 0], joints[..., 2], -joints[..., 1]], axis=-1)


@pytest.fixture(scope="module")
def recordings(
    tmp_path_factory: pytest.TempPathFactory, long_joints: np.ndarray, standin_body: BodyModel
) -> Path:
    """The same as joints and as SMPL parameters, slow and faster than what is kept."""
    folder = tmp_path_factory.mktemp("long")
    np.save(folder / "joints_slow.npy", long_joints)
    own_s, fast_s = np.arange(len(long_joints)) / 30.0, np.arange(25 * 120 + 1) / 120.0
    np.save(folder / "joints_fast.npy", CubicSpline(own_s, long_joints)(fast_s))
    motion = read_motion_file(BVH, standin_body).motion
    n = motion.n_poses
    order = np.concatenate([np.arange(n), np.arange(n)[::-1]] * 2)[: 25 * 30 + 1]
    vectors = np.concatenate([motion.global_orient[:, None], motion.body_pose], axis=1)[order]
    walk = BodyMotion(motion.betas, vectors[:, 0], vectors[:, 1:], motion.transl[order], 30.0)
    save_amass(folder / "smpl_slow.npz", walk)
    save_amass(folder / "smpl_fast.npz", walk.resampled(119.0))
    clips = [
        {"id": path.stem, "file": path.name, "rate_hz": 120 if "fast" in path.stem else 30, "label": "walk"}
        for path in sorted(folder.iterdir())
    ]
    (folder / "manifest.json").write_text(json.dumps({"clips": clips}))
    return folder


def save_amass(path: Path, motion: BodyMotion) -> None:
    body_pose = motion.body_pose[:, :21].reshape(motion.n_poses, 63)
    poses = np.concatenate([motion.global_orient, body_pose, np.zeros((motion.n_poses, 90))], axis=1)
    np.savez(path, poses=poses, trans=motion.transl, mocap_framerate=np.array(motion.rate_hz))


def file_rate_hz(name: str) -> float:
    return 120.0 if "fast" in name else 30.0


def apart_m(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest distance of joints (T, J, 3) after the best turn and shift along the floor."""
    flat = [(a[..., :2] - a[..., :2].mean((0, 1))) @ [1.0, 1.0j] for a in (found, expected)]
    turn = np.vdot(flat[0], flat[1])
    along = np.abs(flat[0] * turn / abs(turn) - flat[1])
    return float(np.hypot(along, found[..., 2] - expected[..., 2]).max())


def same_bytes(one: BodyMotion, other: BodyMotion) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS)


@pytest.mark.parametrize("rate_hz", [20.0, 29.97, 30.0, 50.0])
@pytest.mark.parametrize("duration_s", [1.2, 9.9, 10.5, 11.5, 38.2])
def test_windows_cover_a_recording_once(rate_hz: float, duration_s: float) -> None:
    n = int(duration_s * rate_hz) + 1
    found, left_s = windows_of(n, rate_hz)
    assert found[0] == Window(0, found[0].n_poses)
    for window, later in pairwise(found):
        assert later.first == window.first + window.n_poses - 1
        assert 9.92 - 1 / rate_hz < (window.n_poses - 1) / rate_hz <= 9.92 + 1e-9
        assert later.before == min(int(np.ceil(2 * rate_hz)), later.first)
    last = found[-1].first + found[-1].n_poses
    assert (n - last) / rate_hz == pytest.approx(left_s) and left_s < 1.0
    assert last + found[-1].after == n or found[-1].first == 0
    assert (found[-1].n_poses - 1) / rate_hz >= 1.0
    assert all(window_at(w.first / rate_hz, n, rate_hz) == w for w in found)


@pytest.mark.parametrize("start_s", [-0.02, 24.1, 1e9, float("nan"), float("inf")])
def test_a_window_outside_the_recording_is_refused(
    recordings: Path, standin_body: BodyModel, start_s: float
) -> None:
    with pytest.raises(MotionFileError, match=r"lasts 25\.00 s .* can start at 0 to 24\.00 s"):
        read_motion_file(recordings / "joints_slow.npy", standin_body, 30.0, start_s)


def test_the_first_window_is_what_the_recording_cut_there_gives(
    recordings: Path, standin_body: BodyModel, tmp_path: Path, long_joints: np.ndarray
) -> None:
    np.save(tmp_path / "joints_slow.npy", long_joints[: int(9.92 * 30) + 1])
    for name in ("smpl_slow.npz", "smpl_fast.npz"):
        data = dict(np.load(recordings / name))
        n = int(np.ceil(10.92 * float(data["mocap_framerate"]))) + 1  # a second more: filters look ahead
        np.savez(tmp_path / name, **{k: v[:n] if v.ndim else v for k, v in data.items()})
    for path in sorted(tmp_path.iterdir()):
        whole = read_motion_file(recordings / path.name, standin_body, file_rate_hz(path.name))
        cut = read_motion_file(path, standin_body, file_rate_hz(path.name))
        assert same_bytes(whole.motion, cut.motion), path.name
        assert (whole.clip_id, whole.start_s, whole.fit_error_mm) == (path.stem, 0.0, cut.fit_error_mm)
        assert whole.recording_s == pytest.approx(25.0, abs=0.02)


@pytest.mark.parametrize("name", ["joints_slow.npy", "joints_fast.npy", "smpl_slow.npz", "smpl_fast.npz"])
def test_a_pose_does_not_depend_on_where_its_window_starts_or_ends(
    recordings: Path, standin_body: BodyModel, name: str
) -> None:
    def read(start_s: float) -> tuple[MotionClip, np.ndarray]:
        clip = read_motion_file(recordings / name, standin_body, file_rate_hz(name), start_s)
        return clip, pose_joints(standin_body, clip.motion)

    second, joints = read(9.92)
    rate_hz = second.motion.rate_hz
    for start_s in (3.0, 8.5, 12.1):
        other, others = read(start_s)
        assert np.array_equal(other.motion.betas, second.motion.betas)
        ahead = round((second.start_s - other.start_s) * rate_hz)
        mine, theirs = (joints, others[ahead:]) if ahead > 0 else (joints[-ahead:], others)
        n = min(len(mine), len(theirs))
        assert n > 2 * rate_hz
        # Planting measures the skin in float32; all else agrees to 1e-14
        assert apart_m(mine[:n], theirs[:n]) < 1e-6, start_s


def test_windows_are_spans_of_the_motion_read_as_a_whole(
    recordings: Path, standin_body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recordings / "smpl_fast.npz"
    third = read_motion_file(path, standin_body, start_s=15.0)
    for module in (windows, smpl_on_body):
        monkeypatch.setattr(module, "LONGEST_S", 100.0)
    whole = read_motion_file(path, standin_body)
    assert whole.motion.duration_s == pytest.approx(25.0, abs=0.02)
    first = round(third.start_s * 50.0)
    span = pose_joints(standin_body, whole.motion)[first : first + third.motion.n_poses]
    assert apart_m(pose_joints(standin_body, third.motion), span) < 1e-6


def test_every_window_of_a_folder_starts_at_the_origin_on_the_floor(
    recordings: Path, standin_body: BodyModel
) -> None:
    found = read_motion_folder(recordings, standin_body)
    assert not found.skipped
    ids = [clip.clip_id for clip in found.clips]
    assert ids[:3] == ["joints_fast", "joints_fast@9.92s", "joints_fast@19.84s"]
    assert ids[3:6] == ["joints_slow", "joints_slow@9.90s", "joints_slow@19.80s"] and len(ids) == 12
    for clip in found.clips:
        joints = pose_joints(standin_body, clip.motion)[0]
        assert np.allclose(joints[0, :2], 0.0, atol=1e-9), clip.clip_id
        turn = heading_turn(joints[:22])
        assert np.arccos(turn[0, 0]) < np.deg2rad(5.0), clip.clip_id  # the shape differs
        lowest = lowest_point_m(standin_body, clip.motion)
        assert lowest.min() > -2e-3 and np.percentile(lowest, 10) < 0.01, clip.clip_id
        assert clip.label == "walk" and "of the whole recording" in clip.notes[-1]
    slow = found.clips[3:6]
    assert len({clip.content_hash for clip in slow}) == 1
    assert [clip.start_s for clip in slow] == pytest.approx([0.0, 9.9, 19.8])
    assert slow[2].motion.duration_s == pytest.approx(25.0 - 19.8)  # its true length
    again = read_motion_file(recordings / "joints_slow.npy", standin_body, 30.0, slow[1].start_s)
    assert same_bytes(again.motion, slow[1].motion) and again.clip_id == slow[1].clip_id


def test_a_short_end_is_left_out_and_a_copy_is_skipped(
    standin_body: BodyModel, tmp_path: Path, long_joints: np.ndarray
) -> None:
    np.save(tmp_path / "a.npy", long_joints[: 20 * 30 + 1])  # 9.9 + 9.9 + 0.2 s
    (tmp_path / "b.npy").write_bytes((tmp_path / "a.npy").read_bytes())
    entries = [{"id": name, "file": f"{name}.npy", "rate_hz": 30} for name in "ab"]
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": entries}))
    found = read_motion_folder(tmp_path, standin_body)
    assert [(clip.clip_id, len(clip.notes)) for clip in found.clips] == [("a", 0), ("a@9.90s", 1)]
    assert found.clips[1].notes[0].startswith("the last 0.20 s of the recording are left out")
    assert [(skip.path, skip.reason) for skip in found.skipped] == [
        ("b.npy", "it has the same content as a.npy")
    ]


def test_a_window_that_cannot_be_read_leaves_the_others(
    standin_body: BodyModel, tmp_path: Path, long_joints: np.ndarray
) -> None:
    joints = long_joints.copy()
    joints[400, 15] = joints[400, 12]  # head on neck at 13.3 s
    np.save(tmp_path / "a.npy", joints)
    entries = [{"id": "a", "file": "a.npy", "rate_hz": 30}]
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": entries}))
    found = read_motion_folder(tmp_path, standin_body)
    assert [clip.clip_id for clip in found.clips] == ["a", "a@19.80s"]
    assert found.skipped[0].path == "a.npy@9.90s" and "head coincides" in found.skipped[0].reason


def test_windows_count_from_after_a_t_pose(
    recordings: Path, standin_body: BodyModel, tmp_path: Path, long_joints: np.ndarray
) -> None:
    led_in = np.concatenate([np.repeat(long_joints[:1], 60, axis=0), long_joints])
    np.save(tmp_path / "a.npy", led_in)
    entry = {"id": "a", "file": "a.npy", "rate_hz": 30, "t_pose_lead_in_frames": 60}
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": [entry]}))
    clips = read_motion_folder(tmp_path, standin_body).clips
    for clip in clips:
        plain = read_motion_file(recordings / "joints_slow.npy", standin_body, 30.0, clip.start_s)
        assert same_bytes(plain.motion, clip.motion)
    assert len(clips) == 3 and clips[0].recording_s == pytest.approx(25.0)
