from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from simulator.body.contact import lowest_point_m
from simulator.body.model import BodyModel, load_body, pose_joints, pose_vertices
from simulator.body.shape import height_m
from simulator.body.skeleton import JOINT, Y_UP_TO_Z_UP, axis_angles, rotation_matrices
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion
from simulator.motion.importers.humanml3d import read_joint_array
from simulator.motion.importers.joint_clip import JointClip, leg_length_m
from simulator.motion.importers.joint_sites import has_smpl_sites, with_smpl_sites
from simulator.motion.importers.planting import planted
from simulator.motion.importers.pose_fit import fit_pose

DATA = Path(__file__).parents[1] / "data" / "motion"


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


@pytest.fixture(scope="module")
def kick() -> JointClip:
    return read_joint_array(DATA / "dm_kick.npy").from_origin()


def walk_in_place(body: BodyModel, height: float = 1.8, n_poses: int = 60) -> BodyMotion:
    """Swinging arms and legs, standing upright at the origin; joints bend without twisting about bones."""
    pose = np.zeros((n_poses, 24, 3))
    phase = np.sin(np.linspace(0, 4 * np.pi, n_poses))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        pose[:, JOINT[f"{side}_hip"], 0] = -0.4 * sign * phase
        pose[:, JOINT[f"{side}_knee"], 0] = 0.7 + 0.3 * sign * phase
        pose[:, JOINT[f"{side}_ankle"], 0] = -0.7 + 0.1 * sign * phase  # soles stay level
        pose[:, JOINT[f"{side}_shoulder"], 2] = -1.2 * sign
    pose[:, JOINT["left_shoulder"], 2] += 0.3 * phase
    pose[:, 0] = axis_angles(Y_UP_TO_Z_UP)
    betas = body.betas_for(height, "average")
    transl = np.tile([0.0, 0.0, 0.95], (n_poses, 1))
    return BodyMotion(betas, pose[:, 0], pose[:, 1:], transl, 20.0)


def test_a_pose_made_with_the_body_is_found_again_from_its_joints(body: BodyModel) -> None:
    motion = walk_in_place(body)
    joints = pose_joints(body, motion)[:, :22]
    fit = fit_pose(JointClip(joints, 20.0), body)
    assert height_m(body, fit.motion.betas) == pytest.approx(1.8, abs=2e-3)
    assert fit.fit_error_mm < 5.0
    found = rotation_matrices(
        np.concatenate([fit.motion.global_orient[:, None], fit.motion.body_pose], axis=1)
    )
    made = rotation_matrices(np.concatenate([motion.global_orient[:, None], motion.body_pose], axis=1))
    angle = Rotation.from_matrix((found.transpose(0, 1, 3, 2) @ made)[:, :22].reshape(-1, 3, 3)).magnitude()
    assert np.rad2deg(angle).max() < 6.0


def test_ankles_go_where_the_clips_ankles_go(body: BodyModel, kick: JointClip) -> None:
    fit = fit_pose(kick, body)
    joints = pose_joints(body, fit.motion)
    scale = leg_length_m(joints) / leg_length_m(kick.joints)
    ankles = [JOINT["left_ankle"], JOINT["right_ankle"]]
    hips = [JOINT["left_hip"], JOINT["right_hip"]]
    moved = joints - scale * np.pad(kick.joints, ((0, 0), (0, 2), (0, 0)))
    shift = np.median(moved[:, ankles], axis=(0, 1))  # the fitted pelvis starts over (0, 0)
    assert np.allclose(joints[0, 0, :2], 0.0, atol=1e-9)
    assert np.linalg.norm(moved[:, ankles] - shift, axis=2).max() < 0.012
    assert np.linalg.norm(moved[:, hips].mean(1) - shift, axis=1).max() < 0.012
    assert 0.95 < scale < 1.05
    assert fit.fit_error_mm < 15.0


def test_a_still_clip_gives_a_still_body(body: BodyModel, kick: JointClip) -> None:
    still = JointClip(np.repeat(kick.joints[:1], 40, axis=0), 20.0)
    motion = planted(fit_pose(still, body).motion, body)
    vertices = pose_vertices(body, motion)
    assert np.abs(vertices - vertices[0]).max() < 1e-6


def test_fitting_does_not_depend_on_where_the_clip_was_recorded(body: BodyModel, kick: JointClip) -> None:
    turn = Rotation.from_rotvec([0, 0, 1.1]).as_matrix()
    elsewhere = JointClip(kick.joints @ turn.T + [3.0, -7.0, 0.4], 20.0).from_origin()
    assert np.allclose(elsewhere.joints, kick.joints, atol=1e-9)
    front = kick.joints[0, JOINT["left_hip"]] - kick.joints[0, JOINT["right_hip"]]
    assert kick.joints[0, 0, :2] == pytest.approx([0.0, 0.0])
    assert front[0] > 0  # facing -y, the left hip lies at +x


def test_rotations_do_not_jump(body: BodyModel, kick: JointClip) -> None:
    motion = fit_pose(kick, body).motion
    vectors = np.concatenate([motion.global_orient[:, None], motion.body_pose], axis=1)
    assert np.linalg.norm(np.diff(vectors, axis=0), axis=2).max() < np.pi


def test_smpl_like_joints_are_kept_and_foreign_ones_moved(body: BodyModel, kick: JointClip) -> None:
    motion = walk_in_place(body)
    own = pose_joints(body, motion)[:, :22]
    rest = body.rest_joints(motion.betas)
    assert has_smpl_sites(own)
    assert not has_smpl_sites(kick.joints)
    again = np.delete(with_smpl_sites(own, rest) - own, JOINT["head"], axis=1)  # foreign heads sit upright
    assert np.abs(again).max() < 0.01  # where they are is where they belong
    moved = with_smpl_sites(kick.joints, rest)
    assert has_smpl_sites(moved)
    legs = [JOINT[f"{s}_{j}"] for s in ("left", "right") for j in ("hip", "knee", "ankle", "foot")]
    assert np.array_equal(moved[:, legs], kick.joints[:, legs])
    arms = [JOINT[f"{s}_{j}"] for s in ("left", "right") for j in ("shoulder", "elbow", "wrist")]
    shifts = (moved - kick.joints)[:, arms]
    assert np.allclose(shifts, shifts[:, :1], atol=1e-12)  # arms keep their shape


def trunk_m(joints: np.ndarray) -> np.ndarray:
    shoulders, hips = (
        joints[:, [JOINT[f"left_{name}"], JOINT[f"right_{name}"]]].mean(1) for name in ("shoulder", "hip")
    )
    return np.linalg.norm(shoulders - hips, axis=1)


def test_a_trunk_of_another_length_is_stretched_to_the_bodys(body: BodyModel, kick: JointClip) -> None:
    rest = body.rest_joints(np.zeros(10))
    moved = with_smpl_sites(kick.joints, rest)
    ratio = trunk_m(moved) / trunk_m(kick.joints)
    assert np.ptp(ratio) < 1e-9  # bent as the clip's
    assert np.percentile(trunk_m(moved), 95) == pytest.approx(trunk_m(rest[None])[0])


def test_a_foreign_pelvis_and_collars_do_not_make_the_trunk_lean(body: BodyModel) -> None:
    motion = walk_in_place(body)
    foreign = pose_joints(body, motion)[:, :22].copy()
    foreign[:, 0] = foreign[:, [JOINT["left_hip"], JOINT["right_hip"]]].mean(1)
    foreign[:, [JOINT["left_collar"], JOINT["right_collar"]]] = foreign[:, [JOINT["spine3"]]]
    fit = fit_pose(JointClip(foreign, 20.0), body).motion
    turned = Rotation.from_rotvec(fit.global_orient[0]) * Rotation.from_rotvec(motion.global_orient[0]).inv()
    assert np.rad2deg(turned.magnitude()) < 4.0


def test_planting_puts_feet_on_the_floor_and_keeps_the_height_of_a_jump(body: BodyModel) -> None:
    motion = walk_in_place(body, n_poses=80)
    pose = np.zeros_like(motion.body_pose)
    time = np.arange(80) / 20.0
    jump = np.clip(3.0 * (time - 2.0) - 4.905 * (time - 2.0) ** 2, 0.0, None) * (time > 2.0)
    standing = BodyMotion(motion.betas, motion.global_orient, pose, motion.transl, 20.0)
    floor = lowest_point_m(body, standing)[0]
    floating = motion.transl.copy()
    floating[:, 2] += jump + 0.07
    result = planted(BodyMotion(motion.betas, motion.global_orient, pose, floating, 20.0), body)
    lowest = lowest_point_m(body, result)
    assert floor + 0.07 != pytest.approx(0.0, abs=0.01)
    assert np.abs(lowest[jump == 0]).max() < 2e-3
    assert lowest.max() == pytest.approx(jump.max(), abs=5e-3)
    assert np.array_equal(result.transl[:, :2], floating[:, :2])


def test_real_feet_stand_on_the_floor_and_hands_do_not_reach_through_it(
    body: BodyModel, kick: JointClip
) -> None:
    motion = planted(fit_pose(kick, body).motion, body)
    lowest = lowest_point_m(body, motion)
    assert lowest.min() > -2e-3
    assert np.median(lowest) < 0.01


def test_hands_that_point_into_the_floor_are_laid_on_it(body: BodyModel) -> None:
    """A push-up with straight hands: they would reach through the floor from the wrists on."""
    pose = np.zeros((20, 24, 3))
    pose[:, 0] = axis_angles(rotation_matrices([np.deg2rad(74), 0.0, 0.0]) @ Y_UP_TO_Z_UP)
    pose[:, JOINT["left_shoulder"], 1] = -np.pi / 2
    pose[:, JOINT["right_shoulder"], 1] = np.pi / 2
    straight = BodyMotion(np.zeros(10), pose[:, 0], pose[:, 1:], np.zeros((20, 3)), 20.0)
    supported = planted(straight, body)
    before = pose_joints(body, replace(straight, transl=supported.transl))[0]
    after = pose_joints(body, supported)[0]
    assert lowest_point_m(body, supported).min() > -2e-3
    for side in ("left", "right"):
        wrist, hand = JOINT[f"{side}_wrist"], JOINT[f"{side}_hand"]
        assert 0.0 < after[wrist, 2] < 0.15
        assert before[hand, 2] < 0.0 < after[hand, 2]
        assert np.linalg.norm(after[hand] - after[wrist]) == pytest.approx(
            np.linalg.norm(before[hand] - before[wrist])
        )


def test_coinciding_joints_are_refused(body: BodyModel, kick: JointClip) -> None:
    joints = kick.joints.copy()
    joints[7, JOINT["left_wrist"]] = joints[7, JOINT["left_elbow"]]
    with pytest.raises(MotionFileError, match="in frame 7 left_wrist coincides with left_elbow"):
        fit_pose(JointClip(joints, 20.0), body)
