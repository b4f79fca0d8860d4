from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from simulator.body.model import BodyModel
from simulator.body.skeleton import JOINT
from simulator.errors import MotionFileError
from simulator.motion.importers.deepmimic import read_deepmimic
from simulator.motion.importers.humanml3d import read_joint_array
from simulator.motion.importers.joint_clip import JointClip
from simulator.motion.importers.motion_file import read_motion_file

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "motion"
KICK = DATA / "deepmimic_kick.txt"
SHARED = ROOT.parent / "shared" / "real_motion"
STANDING = [0.05, 0.0, 0.85, 0.0, *[1.0, 0.0, 0.0, 0.0] * 4, 0.0, *[1.0, 0.0, 0.0, 0.0] * 2, 0.0]
STANDING += [*[1.0, 0.0, 0.0, 0.0], 0.0, *[1.0, 0.0, 0.0, 0.0] * 2, 0.0]


def at_20_hz(clip: JointClip) -> np.ndarray:
    """As the reference joints were made: smoothed where faster than 30 poses/s, then interpolated linearly."""
    joints = clip.joints.reshape(len(clip.joints), -1)
    if clip.rate_hz > 30:
        joints = gaussian_filter1d(joints, 0.32 * clip.rate_hz / 20, axis=0, mode="nearest")
    own_s = np.arange(len(joints)) / clip.rate_hz
    times_s = np.arange(int(np.floor(own_s[-1] * 20 + 1e-6)) + 1) / 20
    even = np.stack([np.interp(times_s, own_s, column) for column in joints.T], axis=1)
    return JointClip(even.reshape(-1, 22, 3), 20.0).from_origin().joints


def write(tmp_path: Path, rows: list[list[Any]], **other: Any) -> Path:
    (tmp_path / "take.txt").write_text(json.dumps({"Loop": "none", **other, "Frames": rows}))
    return tmp_path / "take.txt"


def test_a_real_clip_gives_the_joints_of_an_independent_reading() -> None:
    clip = read_deepmimic(KICK)
    reference = read_joint_array(DATA / "dm_kick.npy").from_origin().joints
    assert clip.rate_hz == pytest.approx(30.0, rel=1e-4)  # not 30.6: the last row's duration is 0
    assert np.abs(at_20_hz(clip) - reference).max() < 1e-6


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real clips are not on this machine")
def test_every_shared_original_gives_its_reference_joints() -> None:
    listed = json.loads((SHARED / "manifest.json").read_text())["clips"]
    clips = [entry for entry in listed if entry["id"].startswith("dm_")]
    assert len(clips) == 15
    for entry in clips:
        clip = read_deepmimic(SHARED / entry["originals"][0])
        ours, reference = at_20_hz(clip), read_joint_array(SHARED / entry["file"]).from_origin().joints
        apart_mm = np.linalg.norm(ours - reference, axis=2) * 1e3
        # The roll's rows have unequal durations: splined here, interpolated linearly there
        assert apart_mm.mean() < (0.5 if entry["id"] == "dm_roll" else 1e-3), entry["id"]
        assert bool(clip.notes) == (entry["id"] == "dm_roll")


def test_a_standing_character_faces_forwards_with_left_on_the_left(tmp_path: Path) -> None:
    clip = read_deepmimic(write(tmp_path, [STANDING] * 3 + [[0.0, *STANDING[1:]]]))
    joints = clip.from_origin().joints[0]
    assert joints[JOINT["left_hip"]] - joints[JOINT["right_hip"]] == pytest.approx([2 * 0.084887, 0, 0])
    assert joints[JOINT["left_foot"]] - joints[JOINT["left_ankle"]] == pytest.approx([0, -0.13, -0.045])
    assert joints[JOINT["head"]] - joints[JOINT["neck"]] == pytest.approx([0, 0, 0.12], abs=1e-12)
    assert clip.rate_hz == pytest.approx(20.0) and len(clip.joints) == 4


def test_unequal_durations_are_put_on_an_even_grid(tmp_path: Path) -> None:
    """A pelvis that moves steadily does so whatever the durations of the rows are."""
    durations = [0.05] * 6 + [0.1] + [0.05] * 6 + [0.0]
    times = np.concatenate([[0.0], np.cumsum(durations[:-1])])
    rows = [[d, 1.3 * t, *STANDING[2:]] for d, t in zip(durations, times, strict=True)]
    clip = read_deepmimic(write(tmp_path, rows))
    assert clip.rate_hz == pytest.approx(20.0)
    steps = np.linalg.norm(np.diff(clip.joints[:, 0], axis=0), axis=1)
    assert len(steps) == 14 and steps == pytest.approx(np.full(14, 1.3 * 0.05))
    assert clip.notes == ("durations of its rows differ: splined to even 20 poses/s",)


def test_the_clip_says_what_the_file_was(standin_body: BodyModel) -> None:
    clip = read_motion_file(KICK, standin_body)
    assert (clip.format, clip.n_frames) == ("DeepMimic", 47)
    assert clip.file_rate_hz == pytest.approx(30.0, rel=1e-4)
    assert clip.motion.duration_s == pytest.approx(1.5333, abs=1e-3)


def changed(row: int, column: int, value: Any) -> list[list[Any]]:
    rows: list[list[Any]] = [list(STANDING) for _ in range(30)]
    rows[row][column] = value
    return rows


@pytest.mark.parametrize(
    ("text", "reason", "kind"),
    [
        (lambda t: t[: len(t) // 2], "not well-formed JSON .*: truncated or damaged", "damaged"),
        (lambda t: t.replace("Frames", "Poses"), "has a list `Frames`", "wrong shape"),
        (lambda t: '{"Frames": []}', "has a list `Frames`", "wrong shape"),
        (lambda t: json.dumps({"Frames": [[0.1] * 43] * 9}), "hold 43 numbers; the humanoid's hold 44", None),
        (lambda t: json.dumps({"Frames": [1, 2]}), "hold 0 numbers", "wrong shape"),
        (lambda t: json.dumps({"Frames": changed(3, 9, "a")}), "something else than numbers", "damaged"),
        (lambda t: json.dumps({"Frames": changed(3, 9, float("nan"))}), "1 of 30 rows hold", "not finite"),
        (lambda t: json.dumps({"Frames": changed(3, 0, 0.0)}), "1 of 30 rows have no positive", None),
        (lambda t: json.dumps({"Frames": changed(3, 4, 0.1)}), "rotations of root are no quat", None),
    ],
)
def test_damaged_files_are_refused_with_the_reason(
    tmp_path: Path, text: Callable[[str], str], reason: str, kind: str | None
) -> None:
    (tmp_path / "take.txt").write_text(text(KICK.read_text()))
    with pytest.raises(MotionFileError, match=reason) as refused:
        read_deepmimic(tmp_path / "take.txt")
    assert refused.value.kind == (kind or "wrong shape")
