"""What goes wrong with files: each fault named with a kind, and a folder of a thousand files with fifty faulty ones."""

from __future__ import annotations

import json
import os
import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.body.model import BodyModel
from simulator.body.skeleton import Y_UP_TO_Z_UP
from simulator.errors import MotionFileError
from simulator.motion.importers.folder import read_motion_folder
from simulator.motion.importers.motion_file import read_motion_file
from simulator.motion.importers.refusals import REASON_KINDS

DATA = Path(__file__).parents[1] / "data" / "motion"
BVH = DATA / "cmu_131_01_30hz.bvh"
KICK = DATA / "deepmimic_kick.txt"
N_FILES, N_BAD = 1000, 50


class Attack:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch ran",)


@pytest.fixture(scope="module")
def walk() -> np.ndarray:
    """1.05 s of a real walk, y up."""
    return np.load(DATA / "dm_walk.npy")[:22].astype(np.float64)


@pytest.fixture(scope="module")
def small_body(standin_body: BodyModel) -> BodyModel:
    """The stand-in's joints, skinned with a few vertices only: quick to put a thousand clips on."""
    skin = np.unique(np.r_[0 : standin_body.n_vertices : 60, *_ends(standin_body)])
    joints = standin_body.rest_joints(np.zeros(10))
    shape = np.stack([standin_body.rest_joints(row) - joints for row in np.eye(10)], axis=-1)
    return replace(
        standin_body,
        v_template=np.concatenate([joints, standin_body.v_template[skin]]),
        faces=np.zeros((1, 3), np.int32),
        shapedirs=np.concatenate([shape, standin_body.shapedirs[skin]]),
        joint_regressor=np.eye(24, 24 + len(skin)),
        weights=np.concatenate([np.eye(24), standin_body.weights[skin]]),
    )


def _ends(body: BodyModel) -> tuple[int, int]:
    return int(body.v_template[:, 1].argmin()), int(body.v_template[:, 1].argmax())


def text(path: Path) -> bytes:
    return path.read_bytes()


def npy(path: Path, array: np.ndarray) -> bytes:
    np.save(path.with_suffix(".npy"), array, allow_pickle=True)
    content = path.with_suffix(".npy").read_bytes()
    path.with_suffix(".npy").unlink()
    return content


def smpl(path: Path, **changes: Any) -> bytes:
    n = 25
    data = {
        "poses": np.tile([np.pi / 2, *[0.0] * 155], (n, 1)),
        "trans": np.tile([0.0, 0.0, 0.9], (n, 1)),
        "mocap_framerate": np.array(20.0),
    }
    data["poses"][:, 50] = np.linspace(-1.2, -0.9, n)
    np.savez(path.with_suffix(".npz"), **(data | changes))
    content = path.with_suffix(".npz").read_bytes()
    path.with_suffix(".npz").unlink()
    return content


def with_holes(walk: np.ndarray) -> np.ndarray:
    holes = walk.copy()
    holes[4, 9] = np.nan
    return holes


Maker = Callable[[Path, np.ndarray], bytes]
# name of a fault: ending, what the file holds, the reason's kind, words of the reason
FAULTS: dict[str, tuple[str, Maker, str, str]] = {
    "cut bvh": (".bvh", lambda p, w: text(BVH)[:-900], "damaged", "truncated or damaged"),
    "cut npy": (".npy", lambda p, w: npy(p, w)[:2000], "damaged", "truncated or damaged"),
    "cut npz": (".npz", lambda p, w: smpl(p)[:900], "damaged", "truncated or damaged"),
    "cut text": (".txt", lambda p, w: text(KICK)[:9000], "damaged", "not well-formed JSON"),
    "empty": (".bvh", lambda p, w: b"", "damaged", "does not begin with HIERARCHY"),
    "a picture": (".npy", lambda p, w: b"\x89PNG\r\n" + bytes(99), "damaged", "no readable .npy array"),
    "code in npy": (".npy", lambda p, w: npy(p, np.array([Attack()])), "unsafe", "may run code"),
    "code in pkl": (".pkl", lambda p, w: pickle.dumps({"poses": Attack()}), "unsafe", "asks for"),
    "centimetres": (".npy", lambda p, w: npy(p, 100 * w), "wrong units", "looks like centimetres"),
    "metres per frame": (".npy", lambda p, w: npy(p, teleporting(w)), "wrong units", "pelvis moves at"),
    "degrees": (".npz", lambda p, w: smpl(p, poses=np.full((25, 156), 90.0)), "wrong units", "radians"),
    "NaN": (".npy", lambda p, w: npy(p, with_holes(w)), "not finite", "1 of 22 frames hold values"),
    "one frame": (".npy", lambda p, w: npy(p, w[:1]), "too short", "lasts 0.00 s"),
    "half a second": (".npy", lambda p, w: npy(p, w[:11]), "too short", "lasts 0.50 s"),
    "15 joints": (".npy", lambda p, w: npy(p, w[:, :15]), "wrong shape", "must be (T, 22, 3)"),
    "no arms": (".bvh", lambda p, w: text(BVH).replace(b"Elbow", b"Lever"), "missing joints", "left elbow"),
    "no path": (".npz", lambda p, w: smpl(p, trans=np.zeros((3, 3))), "wrong shape", "trans has shape"),
    "normalised": (".npy", lambda p, w: npy(p, np.ones((30, 263))), "normalised", "Mean.npy and Std.npy"),
    "a joint far off": (".npy", lambda p, w: npy(p, glitch(w)), "damaged", "in frame 3 head is"),
    "no trunk": (".npy", lambda p, w: npy(p, without_trunk(w)), "wrong shape", "trunk has no direction"),
    "damaged header": (".npy", lambda p, w: npy(p, w).replace(b"(22,", b"((2,", 1), "damaged", "no readable"),
    "odd packing": (".npz", lambda p, w: oddly_packed(smpl(p)), "damaged", "not readable as plain"),
    "T-pose": (".npz", lambda p, w: smpl(p, poses=t_pose()), "T-pose only", "calibration T-pose"),
}


def t_pose() -> np.ndarray:
    return np.tile([np.pi / 2, *[0.0] * 155], (25, 1))


def oddly_packed(archive: bytes) -> bytes:
    """An archive that says its members are packed in a way (99) that nothing unpacks."""
    head = b"PK\x01\x02"
    before, *members = archive.split(head)
    return head.join([before, *(member[:6] + b"\x63\x00" + member[8:] for member in members)])


def glitch(walk: np.ndarray) -> np.ndarray:
    joints = walk.copy()
    joints[3, 15] = 1e30
    return joints


def without_trunk(walk: np.ndarray) -> np.ndarray:
    joints = walk.copy()
    joints[:, [16, 17]] = joints[:, [1, 2]]
    return joints


def teleporting(walk: np.ndarray) -> np.ndarray:
    return walk + np.arange(len(walk))[:, None, None] * [0.0, 0.0, 1.5]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named_with_a_kind(
    tmp_path: Path, standin_body: BodyModel, walk: np.ndarray, fault: str
) -> None:
    ending, make, kind, words = FAULTS[fault]
    path = tmp_path / f"clip{ending}"
    path.write_bytes(make(path, walk))
    with pytest.raises(MotionFileError) as refused:
        read_motion_file(path, standin_body)
    message = str(refused.value)
    assert words in message and message.startswith(str(path)), message
    assert refused.value.kind == kind and kind in REASON_KINDS
    assert "allow_pickle" not in message and not Path("ran").exists()


def test_a_renamed_file_is_read_as_what_it_is(
    tmp_path: Path, small_body: BodyModel, walk: np.ndarray
) -> None:
    (tmp_path / "clip.bvh").write_bytes(npy(tmp_path / "clip.bvh", walk))
    clip = read_motion_file(tmp_path / "clip.bvh", small_body)
    assert clip.format == "HumanML3D joints"
    assert "its ending is .bvh, its content that of .npy: read as such" in clip.notes


def test_fast_recordings_are_brought_to_fifty_poses(tmp_path: Path, small_body: BodyModel) -> None:
    """240 frames/s: the rate is kept as what the file has, the motion has 50."""
    lines = text(BVH).decode().splitlines()
    time = next(n for n, line in enumerate(lines) if line.startswith("Frame Time"))
    frames = [line for line in lines[time + 1 :] if line.strip()]
    slow = [frame for frame in frames for _ in range(8)]  # held, so that the motion lasts as long
    lines = [*lines[: time - 1], f"Frames: {len(slow)}", "Frame Time: .0041667", *slow]
    (tmp_path / "clip.bvh").write_text("\n".join(lines))
    clip = read_motion_file(tmp_path / "clip.bvh", small_body)
    assert clip.file_rate_hz == pytest.approx(240.0, rel=1e-4) and clip.n_frames == len(slow)
    assert clip.motion.rate_hz == 50.0
    assert clip.motion.duration_s == pytest.approx(len(frames) / 30, abs=0.1)


@pytest.mark.slow
def test_a_thousand_files_with_fifty_bad_ones_give_the_others_and_a_table(
    tmp_path: Path, small_body: BodyModel, walk: np.ndarray
) -> None:
    rng = np.random.default_rng(11)
    kinds: list[str] = []
    for number in range(N_FILES):
        path = tmp_path / f"{number:04d}"
        if number % (N_FILES // N_BAD) == 7:
            ending, make, kind, _ = FAULTS[list(FAULTS)[len(kinds) % len(FAULTS)]]
            kinds.append(kind)
            # No two files are alike, or the second would be a duplicate: bytes behind the end change nothing
            content = make(path, walk)
            path.with_suffix(ending).write_bytes(content + (b" " * len(kinds) if ending != ".npz" else b""))
        elif number % 2:
            z_up = Y_UP_TO_Z_UP if number % 20 == 1 else np.eye(3)
            np.save(path.with_suffix(".npy"), walk * rng.uniform(0.9, 1.1) @ z_up.T)
        else:
            path.with_suffix(".npz").write_bytes(smpl(path, trans=np.full((25, 3), rng.uniform(0.8, 1.0))))
    found = read_motion_folder(tmp_path, small_body)
    assert len(found.clips) == N_FILES - N_BAD and len(found.skipped) == N_BAD
    assert Counter(skip.kind for skip in found.skipped) == Counter(kinds)
    assert all(skip.reason and skip.path for skip in found.skipped)
    assert Counter(clip.format for clip in found.clips).keys() == {"HumanML3D joints", "AMASS SMPL-H"}
    turned = sum(any("up axis z" in note for note in clip.notes) for clip in found.clips)
    assert turned == sum(number % 20 == 1 for number in range(N_FILES))
    table = json.dumps([vars(skip) for skip in found.skipped])
    assert "Traceback" not in table and str(tmp_path) not in table


def _walk() -> np.ndarray:
    return np.load(Path(__file__).parents[1] / "data" / "motion" / "dm_walk.npy")


def test_a_pelvis_that_jumps_is_refused(standin_body: BodyModel, tmp_path: Path) -> None:
    joints = _walk()
    joints[12] += [3.0, 0.0, 0.0]
    np.save(tmp_path / "spike.npy", joints)
    with pytest.raises(MotionFileError, match="jumps by 3"):
        read_motion_file(tmp_path / "spike.npy", standin_body)


def test_a_mirrored_clip_is_refused(standin_body: BodyModel, tmp_path: Path) -> None:
    np.save(tmp_path / "mirrored.npy", _walk() * np.array([-1.0, 1.0, 1.0], np.float32))
    with pytest.raises(MotionFileError, match="feet point backwards in 100%"):
        read_motion_file(tmp_path / "mirrored.npy", standin_body)
