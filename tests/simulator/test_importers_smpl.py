"""SMPL parameter files, tried on synthetic ones in the true layouts: real AMASS data may not be shipped."""

from __future__ import annotations

import json
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.body.contact import lowest_point_m
from simulator.body.model import BodyModel, load_body, pose_joints
from simulator.body.skeleton import JOINT, Y_UP_TO_Z_UP, axis_angles, forward_kinematics, rotation_matrices
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion
from simulator.motion.importers.folder import read_motion_folder
from simulator.motion.importers.joint_clip import leg_length_m
from simulator.motion.importers.motion_file import MotionClip, read_motion_file
from simulator.motion.importers.smpl_params import read_smpl_params
from simulator.motion.script import MotionScript
from simulator.motion.synthesis import synthesize

ScriptMaker = Callable[..., MotionScript]
DATA = Path(__file__).parents[1] / "data" / "motion"
SHARED = Path(__file__).parents[2].parent / "shared" / "real_motion"
LAYOUT = SHARED / "shippable" / "layout_examples" / "cmu_131_01_amass_layout.npz"
AMASS_REST_PELVIS = np.array([-0.002, -0.223, 0.028])  # SMPL's rest pelvis is not at its origin


@pytest.fixture(scope="module")
def smpl_body(standin_body: BodyModel, tmp_path_factory: pytest.TempPathFactory) -> BodyModel:
    """A body read from a file in SMPL's layout: its betas are the file's to use."""
    path = tmp_path_factory.mktemp("smpl") / "SMPL_MALE.npz"
    np.savez(
        path,
        v_template=standin_body.v_template,
        f=standin_body.faces,
        shapedirs=standin_body.shapedirs,
        J_regressor=standin_body.joint_regressor,
        weights=standin_body.weights,
        kintree_table=np.stack([standin_body.parents, np.arange(24)]),
    )
    return load_body(path)


@pytest.fixture(scope="module")
def walk(standin_body: BodyModel, make_script: ScriptMaker) -> BodyMotion:
    """Five seconds of a tall person's walk and wave, 50 poses a second."""
    step = {"kind": "locomote", "gait": "walk", "speed_mps": 1.2, "distance_m": 4.0, "duration_s": None}
    wave = {"kind": "gesture", "action": "wave", "side": "right", "count": 3, "duration_s": 3.0}
    script = make_script(
        [step | {"heading_deg": 0.0, "turn_deg": 0.0}, wave], subject={"sex": "male", "height_m": 1.88}
    )
    return synthesize(script, 3, standin_body)


def amass(motion: BodyMotion, body: BodyModel, rate_hz: float, width: int = 156) -> dict[str, Any]:
    """What an AMASS file would hold of a motion; joints after the wrists are noise, to be left out."""
    fast = motion.resampled(rate_hz) if rate_hz != motion.rate_hz else motion
    n = fast.n_poses
    hands = np.random.default_rng(1).normal(0, 0.5, (n, width - 66))
    poses = np.concatenate([fast.global_orient, fast.body_pose[:, :21].reshape(n, 63), hands], axis=1)
    betas = np.concatenate([motion.betas, [9.0, -9.0, 9.0, -9.0, 9.0, 9.0]])
    pelvis = fast.transl + body.rest_joints(motion.betas)[0]
    return {
        "poses": poses,
        "trans": pelvis - AMASS_REST_PELVIS,
        "betas": betas,
        "gender": np.array("male"),
        "mocap_framerate": np.array(float(rate_hz)),
        "dmpls": np.zeros((n, 8)),
    }


def plain(data: dict[str, Any]) -> dict[str, Any]:
    poses = data["poses"]
    return {
        "global_orient": poses[:, :3],
        "body_pose": poses[:, 3:66],
        "transl": data["trans"],
        "betas": data["betas"],
    }


def turned(data: dict[str, Any], turn: np.ndarray, shift: tuple[float, float, float]) -> dict[str, Any]:
    poses = data["poses"].copy()
    poses[:, :3] = axis_angles(turn @ rotation_matrices(poses[:, :3]))
    return data | {"poses": poses, "trans": data["trans"] @ turn.T + shift}


def read(tmp_path: Path, data: dict[str, Any], body: BodyModel, rate_hz: float | None = None) -> MotionClip:
    np.savez(tmp_path / "clip.npz", **data)
    return read_motion_file(tmp_path / "clip.npz", body, rate_hz)


def yaw_rad(pose: np.ndarray) -> float:
    """Angle by which a pose (24, 3) is turned from facing -y, from hips and shoulders."""
    across = sum(
        pose[JOINT[f"left_{joint}"]] - pose[JOINT[f"right_{joint}"]] for joint in ("hip", "shoulder")
    )
    return float(np.arctan2(across[1], across[0]))


def from_origin(joints: np.ndarray) -> np.ndarray:
    turn = rotation_matrices([0.0, 0.0, -yaw_rad(joints[0])])
    return (joints - joints[0, 0] * [1.0, 1.0, 0.0]) @ turn.T


@pytest.mark.parametrize(("rate_hz", "width"), [(120.0, 156), (60.0, 72), (50.0, 66)])
def test_a_known_motion_written_as_amass_is_found_again(
    tmp_path: Path,
    standin_body: BodyModel,
    smpl_body: BodyModel,
    walk: BodyMotion,
    rate_hz: float,
    width: int,
) -> None:
    turn = rotation_matrices([0.0, 0.0, 2.2])
    data = turned(amass(walk, standin_body, rate_hz, width), turn, (3.0, -7.0, 0.4))
    clip = read(tmp_path, data, smpl_body)
    motion = clip.motion
    assert (clip.notes, clip.fit_error_mm, clip.clip_id, motion.rate_hz) == ((), 0.0, "clip", 50.0)
    assert np.array_equal(motion.betas, walk.betas)
    assert not motion.body_pose[:, 21:].any()  # hands
    found, made = pose_joints(smpl_body, motion), from_origin(pose_joints(standin_body, walk))
    n = min(len(found), len(made))
    assert n >= len(made) - 1
    assert np.linalg.norm(found[:n, :22] - made[:n, :22], axis=2).max() < 0.01
    assert found[0, 0, :2] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert yaw_rad(found[0]) == pytest.approx(0.0, abs=2e-3)
    assert np.abs(lowest_point_m(smpl_body, motion)).max() < 5e-3


def test_on_another_body_the_mean_shape_walks_without_sliding(
    tmp_path: Path, standin_body: BodyModel, walk: BodyMotion
) -> None:
    clip = read(tmp_path, amass(walk, standin_body, 120.0), standin_body)
    assert not clip.motion.betas.any()
    assert "betas of the file are not used" in clip.notes[0]
    legs = [leg_length_m(standin_body.rest_joints(betas)[None]) for betas in (clip.motion.betas, walk.betas)]
    wanted = legs[0] / legs[1]
    assert wanted < 0.92
    found, made = pose_joints(standin_body, clip.motion), from_origin(pose_joints(standin_body, walk))
    last = len(found) - 1
    assert np.linalg.norm(found[last, 0, :2]) / np.linalg.norm(made[last, 0, :2]) == pytest.approx(
        wanted, abs=0.01
    )
    told = re.match(r"path scaled by (0\.\d\d), so that standing feet do not slide", clip.notes[1])
    assert told and float(told[1]) == pytest.approx(wanted, abs=0.01)
    # the clip's own path, unscaled, would drag standing balls along by (1 - wanted) x the pelvis's speed
    feet = found[:, [JOINT["left_foot"], JOINT["right_foot"]]]
    slide = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=2).min(1) * 50.0
    pelvis = np.linalg.norm(np.diff(found[:, 0, :2], axis=0), axis=1) * 50.0
    moving = pelvis > 0.8
    assert moving.sum() > 100
    assert np.median(slide[moving]) < 0.02 < 0.5 * (1 - wanted) * np.median(pelvis[moving])


@pytest.mark.parametrize("up", ["y", "-y", "z"])
@pytest.mark.parametrize("form", ["vectors", "matrices", "one per joint", "pickle"])
def test_plain_parameters_give_the_same_motion_whatever_their_axes_and_form(
    tmp_path: Path, standin_body: BodyModel, smpl_body: BodyModel, walk: BodyMotion, up: str, form: str
) -> None:
    data = amass(walk, standin_body, 50.0, 72)
    expected = read(tmp_path, data, smpl_body).motion
    quarter = {"y": Y_UP_TO_Z_UP.T, "-y": Y_UP_TO_Z_UP, "z": np.eye(3)}[up]
    params = plain(turned(data, quarter, (1.0, 2.0, 3.0)))
    n = len(params["transl"])
    if form == "matrices":
        params["global_orient"] = rotation_matrices(params["global_orient"])[:, None]
        params["body_pose"] = rotation_matrices(params["body_pose"].reshape(n, 21, 3))
    elif form == "one per joint":
        params["body_pose"] = np.pad(params["body_pose"], ((0, 0), (0, 6))).reshape(n, 23, 3)
        params["betas"] = np.tile(params["betas"][:10], (n, 1))
    if form == "pickle":
        path = tmp_path / "clip.pkl"
        path.write_bytes(pickle.dumps(params, protocol=2))
    else:
        path = tmp_path / "plain.npz"
        np.savez(path, **params)
    clip = read_motion_file(path, smpl_body, 50.0)
    assert f"up axis {up}, told from the trunk" in clip.notes
    found = pose_joints(smpl_body, clip.motion)
    assert np.abs(found - pose_joints(smpl_body, expected)).max() < 1e-3


def test_a_rate_in_the_file_wins_and_a_missing_one_is_stated(
    tmp_path: Path, standin_body: BodyModel, walk: BodyMotion
) -> None:
    data = amass(walk, standin_body, 50.0)
    assert read(tmp_path, data, standin_body, rate_hz=25.0).motion.rate_hz == 50.0
    params = plain(data)
    assert read(tmp_path, params, standin_body, rate_hz=40.0).motion.rate_hz == 40.0
    clip = read(tmp_path, params, standin_body)
    assert clip.motion.rate_hz == 30.0
    assert any("states no frame rate: 30 frames/s taken" in note for note in clip.notes)
    assert read(tmp_path, params | {"fps": 25}, standin_body, 40.0).motion.rate_hz == 25.0
    del data["mocap_framerate"]
    smplx = read(tmp_path, data | {"mocap_frame_rate": 100.0}, standin_body).motion  # SMPL-X's key
    assert (smplx.rate_hz, smplx.n_poses) == (50.0, (walk.n_poses + 1) // 2)


def test_betas_are_smpls_and_of_the_files_gender(
    tmp_path: Path, standin_body: BodyModel, smpl_body: BodyModel, walk: BodyMotion
) -> None:
    data = amass(walk, standin_body, 50.0)
    female = read(tmp_path, data | {"gender": np.array(b"female")}, smpl_body)
    assert female.notes == ("betas were fitted to the female SMPL model, used on 'SMPL_MALE'",)
    assert np.array_equal(female.motion.betas, walk.betas)
    smplx = read(tmp_path, amass(walk, standin_body, 50.0, width=165), smpl_body)
    assert "SMPL-X's, another shape space" in smplx.notes[0]
    assert not smplx.motion.betas.any()
    few = read(tmp_path, data | {"betas": np.array([[0.7, -0.2]])}, smpl_body).motion.betas
    assert np.array_equal(few, [0.7, -0.2, *[0.0] * 8])
    del data["betas"]
    assert "no betas of SMPL" in read(tmp_path, data, smpl_body).notes[0]


def test_a_t_pose_at_the_start_is_cut_and_the_rest_ends_with_a_capture(
    tmp_path: Path, standin_body: BodyModel, walk: BodyMotion
) -> None:
    data = amass(walk, standin_body, 120.0)
    n = len(data["poses"])
    poses = data["poses"][[0] * 120 + [*range(n), *range(n)[::-1]]]
    poses[:120, 3:66] = 0.0
    trans = data["trans"][[0] * 120 + [*range(n), *range(n)[::-1]]]
    assert 2 * n / 120.0 > 11.0
    motion = read(tmp_path, data | {"poses": poses, "trans": trans}, standin_body).motion
    assert (motion.rate_hz, motion.n_poses) == (50.0, 497)
    assert motion.duration_s == pytest.approx(9.92)
    alone = read(tmp_path, data, standin_body).motion
    n = alone.n_poses - 10
    assert np.abs(alone.body_pose[10:n] - motion.body_pose[10:n]).max() < 0.05


@pytest.mark.skipif(not LAYOUT.is_file(), reason="the shared real clips are not on this machine")
def test_joints_of_a_file_in_amass_layout_equal_an_independent_reading() -> None:
    expected = json.loads((SHARED / "reference" / "amass_layout_positions.json").read_text())
    recording = read_smpl_params(LAYOUT)
    rest = np.pad(np.array(expected["rest_joints_m"])[:22], ((0, 2), (0, 0)))
    ours = forward_kinematics(rotation_matrices(recording.rotations), rest, recording.pelvis)[0]
    frames = expected["at_frames"]
    theirs = np.array(expected["joint_positions_m"])[:, :22]
    assert recording.rate_hz == 120.0
    assert np.abs((ours[frames, :22] - ours[0, 0]) - (theirs - theirs[0, 0])).max() < 1e-5


@pytest.mark.skipif(not LAYOUT.is_file(), reason="the shared real clips are not on this machine")
def test_one_recording_as_bvh_and_as_amass_is_one_motion(standin_body: BodyModel) -> None:
    ours = read_motion_file(LAYOUT, standin_body).motion
    bvh = read_motion_file(SHARED / "shippable" / "original" / "131_01.bvh", standin_body).motion
    assert ours.n_poses == bvh.n_poses
    joints = [pose_joints(standin_body, motion)[:, :22] for motion in (ours, bvh)]
    shapes = [own - own[:, :1] for own in joints]
    assert np.linalg.norm(shapes[0] - shapes[1], axis=2).mean() < 0.05  # shapes differ, and BVH's joint sites
    assert np.linalg.norm(joints[0][:, 0] - joints[1][:, 0], axis=1).max() < 0.15


def faulty(change: str, data: dict[str, Any]) -> dict[str, Any]:
    poses, trans = data["poses"].copy(), data["trans"].copy()
    if change == "degrees":
        poses = np.rad2deg(poses)
    elif change == "centimetres":
        trans = trans * 100.0
    elif change == "nan":
        poses[3:5, 7] = np.nan
    elif change == "width":
        poses = poses[:, :63]
    elif change == "one pose":
        poses = poses[0]
    elif change == "no poses":
        poses, trans = poses[:0], trans[:0]
    elif change == "fewer":
        trans = trans[:-2]
    elif change == "short":
        poses, trans = poses[:30], trans[:30]
    elif change == "text":
        trans = np.array(["a"] * len(trans))
    elif change == "objects":
        trans = np.array([{"a": 1}], dtype=object)
    data = data | {"poses": poses, "trans": trans}
    changes: dict[str, dict[str, Any]] = {
        "rate": {"mocap_framerate": 0.0},
        "rates": {"mocap_framerate": np.array([120.0, 60.0])},
        "betas": {"betas": np.full(16, np.nan)},
        "beta cube": {"betas": np.zeros((2, 2, 10))},
    }
    data |= changes.get(change, {})
    left_out = {"no trans": "trans", "no pose": "poses"}.get(change)
    return {key: value for key, value in data.items() if key != left_out}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("no trans", r"no transl or trans, it has betas, .*poses; needed are poses \(T, 72"),
        ("no pose", "no poses or global_orient or root_orient, it has betas"),
        ("degrees", r"poses holds rotations of up to .* rad; .*divide degrees by 57\.3"),
        ("centimetres", r"pelvis moves at \d+ m/s, people at up to 13"),
        ("nan", r"2 of 359 rows of poses hold values that are not finite \(NaN\)"),
        ("width", r"poses has shape \(359, 63\), must be \(T, 66 \| 72 \| 156 \| 165\)"),
        ("one pose", r"poses has shape \(156,\)"),
        ("no poses", r"poses has shape \(0, 156\)"),
        ("fewer", r"trans has shape \(357, 3\); its 359 poses need \(359, 3\)"),
        ("short", r"lasts 0\.58 s, a clip needs at least 1\.0 s"),
        ("text", "trans is no array of numbers"),
        ("objects", r"its trans holds Python objects \(a pickle\), which are refused"),
        ("rate", r"mocap_framerate is 0\.0; it must be one rate of 1 to 1000"),
        ("rates", r"mocap_framerate is \[120\.0, 60\.0\]"),
        ("betas", "16 of 16 rows of betas hold values that are not finite"),
        ("beta cube", r"betas have shape \(2, 2, 10\)"),
    ],
)
def test_faulty_files_are_refused_by_name_with_what_is_needed(
    tmp_path: Path, standin_body: BodyModel, smpl_body: BodyModel, walk: BodyMotion, change: str, reason: str
) -> None:
    with pytest.raises(MotionFileError, match=rf"clip\.npz: .*{reason}"):
        read(tmp_path, faulty(change, amass(walk, standin_body, 50.0)), smpl_body)


def test_plain_files_that_cannot_be_understood_are_refused(
    tmp_path: Path, standin_body: BodyModel, walk: BodyMotion
) -> None:
    data = amass(walk, standin_body, 50.0)
    lying = turned(data, rotation_matrices([0.0, np.pi / 2, 0.0]), (0.0, 0.0, 0.0))
    with pytest.raises(MotionFileError, match="up axis cannot be told"):
        read(tmp_path, plain(lying), standin_body)
    assert read(tmp_path, lying, standin_body).motion.n_poses == walk.n_poses  # AMASS is z up: one who lies
    params = plain(data)
    with pytest.raises(MotionFileError, match="global_orient has 359 poses and body_pose 358"):
        read(tmp_path, params | {"body_pose": params["body_pose"][1:]}, standin_body)
    with pytest.raises(MotionFileError, match="3 x 3 matrices that are no rotations"):
        read(tmp_path, params | {"global_orient": np.ones((359, 1, 3, 3))}, standin_body)
    with pytest.raises(MotionFileError, match="rate_hz is 0; it must be 1 to 1000"):
        read(tmp_path, params, standin_body, rate_hz=0)


def test_code_in_a_pickle_is_refused_and_not_run(tmp_path: Path, standin_body: BodyModel) -> None:
    marker = tmp_path / "ran"

    class Attack:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {marker}",)

    for name in ("clip.pkl", "clip.dat"):
        (tmp_path / name).write_bytes(pickle.dumps({"poses": Attack()}, protocol=4))
        with pytest.raises(MotionFileError, match=rf"{name}: its pickle was not read .*asks for (posix|nt)"):
            read_motion_file(tmp_path / name, standin_body)
    assert not marker.exists()


def test_every_kind_is_read_by_ending_or_by_content(
    tmp_path: Path, standin_body: BodyModel, walk: BodyMotion
) -> None:
    np.savez(tmp_path / "amass.npz", **amass(walk, standin_body, 50.0))
    for source in (DATA / "dm_walk.npy", DATA / "cmu_131_01_30hz.bvh", tmp_path / "amass.npz"):
        clip = read_motion_file(source, standin_body)
        assert (clip.clip_id, clip.source) == (source.stem, source.name)
        unnamed = tmp_path / "motion.data"
        unnamed.write_bytes(source.read_bytes())
        again = read_motion_file(unnamed, standin_body)
        assert again.content_hash == clip.content_hash
        assert np.array_equal(again.motion.transl, clip.motion.transl)
    assert read_motion_file(DATA / "dm_walk.npy", standin_body, 25.0).motion.rate_hz == 25.0
    whole = (tmp_path / "amass.npz").read_bytes()
    for name, content, reason in (
        ("cut.npz", whole[: len(whole) // 2], "truncated or damaged"),
        ("broken.npz", whole[:5000] + bytes(400) + whole[5400:], "truncated or damaged"),
        ("take.txt", b'{"Loop": "wrap", "Frames": [[0.1]]}', "rows of `Frames` hold 1 numbers"),
        ("film.mp4", b"....ftyp", r"motion comes as \.bvh, .* not '\.mp4'"),
        ("list.pkl", pickle.dumps([1, 2]), "holds a list"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(MotionFileError, match=rf"{name}: .*{reason}"):
            read_motion_file(tmp_path / name, standin_body)
    with pytest.raises(MotionFileError, match=r"absent\.npz: no such file; give motion as"):
        read_motion_file(tmp_path / "absent.npz", standin_body)


def test_folders_hold_every_kind(tmp_path: Path, standin_body: BodyModel, walk: BodyMotion) -> None:
    data = amass(walk, standin_body, 50.0)
    np.savez(tmp_path / "fast.npz", **data)
    np.savez(tmp_path / "shape.npz", betas=np.zeros(16), gender="male")  # lies beside AMASS's recordings
    (tmp_path / "fit.pkl").write_bytes(pickle.dumps(plain(data), protocol=2))
    found = read_motion_folder(tmp_path, standin_body)
    assert [(clip.clip_id, clip.motion.rate_hz) for clip in found.clips] == [
        ("fast", 50.0), ("fit", 30.0), ("fit@9.90s", 30.0)  # at 30 poses/s it is longer
    ]  # fmt: skip
    assert [skip.path for skip in found.skipped] == ["shape.npz"]
    clips = [{"id": "a", "file": "fit.pkl", "rate_hz": 50}, {"id": "b", "file": "fast.npz", "caption": "b"}]
    (tmp_path / "manifest.json").write_text(json.dumps({"clips": clips}))
    listed = read_motion_folder(tmp_path, standin_body).clips
    assert [(clip.clip_id, clip.motion.rate_hz) for clip in listed] == [("a", 50.0), ("b", 50.0)]
    assert listed[1].captions == ("b",)
    assert np.abs(listed[0].motion.transl - listed[1].motion.transl).max() < 1e-6
