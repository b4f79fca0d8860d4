"""The refinement after analytic inverse kinematics: nearer to the clip's joints, and no rougher in time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.body.model import BodyModel
from simulator.body.skeleton import JOINT, PARENTS, Array, forward_kinematics, rotation_matrices
from simulator.motion.importers.humanml3d import read_joint_array
from simulator.motion.importers.joint_clip import JointClip
from simulator.motion.importers.joint_sites import has_smpl_sites, with_smpl_sites
from simulator.motion.importers.pose_fit import fit_pose, fit_rotations, flat_foot_slopes
from simulator.motion.importers.refine_pose import refined

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "motion"
SHARED = ROOT.parent / "shared" / "real_motion"


def with_bones_of(target: Array, rest: Array) -> Array:
    """The rest pose (24, 3) with bones as long as those of joints (T, 22, 3)."""
    own = np.zeros((24, 3))
    for joint in range(1, 24):
        bone = rest[joint] - rest[PARENTS[joint]]
        if joint < 22:
            length = np.median(np.linalg.norm(target[:, joint] - target[:, PARENTS[joint]], axis=1))
            bone = bone / np.linalg.norm(bone) * length
        own[joint] = own[PARENTS[joint]] + bone
    return own


def jerk(joints: Array) -> float:
    return float(np.linalg.norm(np.diff(joints, 3, axis=0), axis=2).mean())


def errors_mm(clip: JointClip, body: BodyModel) -> dict[str, float]:
    """Mean joint errors with the clip's bone lengths and on the body, analytic and refined; jerk added."""
    fit = fit_pose(clip, body)
    rest = body.rest_joints(fit.motion.betas)
    target = with_smpl_sites(clip.joints, rest) if not has_smpl_sites(clip.joints) else clip.joints
    own = with_bones_of(target, rest)
    found: dict[str, float] = {"on the body": fit.fit_error_mm}
    for name, refine in (("analytic", False), ("refined", True)):
        slopes = flat_foot_slopes(clip.joints, own)
        local, pelvis = fit_rotations(target, own, clip.rate_hz, slopes, refine=refine)
        joints = forward_kinematics(local, own, pelvis)[0][:, :22]
        found[name] = float(np.linalg.norm(joints - target, axis=2).mean()) * 1e3
        found[f"{name} jerk"] = jerk(joints) / jerk(target)
    return found


@pytest.mark.parametrize("name", ["dm_walk", "dm_kick"])
def test_errors_keep_the_targets_on_clips_that_ship(standin_body: BodyModel, name: str) -> None:
    found = errors_mm(read_joint_array(DATA / f"{name}.npy").from_origin(), standin_body)
    assert found["refined"] < found["analytic"] < 15.0
    assert found["on the body"] < 15.0
    assert found["refined jerk"] < 1.02 * found["analytic jerk"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real clips are not on this machine")
def test_errors_keep_the_targets_on_all_shared_clips(standin_body: BodyModel) -> None:
    """15 mm with the clip's bone lengths, 30 mm on the stand-in (the issue's targets)."""
    entries = json.loads((SHARED / "manifest.json").read_text())["clips"]
    rows = []
    for entry in entries:
        clip = read_joint_array(SHARED / entry["file"]).without_lead_in(entry["t_pose_lead_in_frames"])
        found = errors_mm(clip.span(slice(0, 100)).from_origin(), standin_body)
        assert found["refined"] < 15.0 and found["on the body"] < 30.0, (entry["id"], found)
        rows.append([found["analytic"], found["refined"], found["on the body"]])
    analytic, own, on_body = np.mean(rows, axis=0)
    assert own < 0.75 * analytic and own < 6.0 and on_body < 15.0


def posed(body: BodyModel, angles: Array) -> tuple[Array, Array, Array, Array]:
    """Rotations (T, 24, 3, 3) of axis-angles (T, 24, 3), a pelvis path, their joints and the rest pose."""
    rest = body.rest_joints(np.zeros(10))
    pelvis = np.cumsum(np.full((len(angles), 3), 0.01), axis=0)
    local = rotation_matrices(angles)
    return local, pelvis, forward_kinematics(local, rest, pelvis)[0][:, :22], rest


def test_what_fits_already_stays_as_it_is(standin_body: BodyModel) -> None:
    angles = 0.4 * np.sin(np.linspace(0, 6, 60))[:, None, None] * np.ones((1, 24, 3))
    local, pelvis, joints, rest = posed(standin_body, angles)
    again, path = refined(local, pelvis, joints, rest, 20.0)
    assert np.abs(again - local).max() < 1e-9 and np.abs(path - pelvis).max() < 1e-9


def test_a_wrong_elbow_shoulder_and_pelvis_are_set_right(standin_body: BodyModel) -> None:
    angles = 0.3 * np.sin(np.linspace(0, 6, 60))[:, None, None] * np.ones((1, 24, 3))
    local, pelvis, joints, rest = posed(standin_body, angles)
    wrong = local.copy()
    for name, off in (("left_elbow", [0.0, 0.2, 0.1]), ("right_shoulder", [0.1, 0.0, -0.2])):
        wrong[:, JOINT[name]] = local[:, JOINT[name]] @ rotation_matrices(off)
    aside = pelvis + np.array([0.02, 0.0, -0.01])
    again, path = refined(wrong, aside, joints, rest, 20.0)
    found = forward_kinematics(again, rest, path)[0][:, :22]
    upper = [joint for name, joint in JOINT.items() if joint < 22 and "knee" not in name]
    before = forward_kinematics(wrong, rest, aside)[0][:, :22]
    assert np.linalg.norm(before - joints, axis=2)[:, upper].max() > 0.05
    assert np.linalg.norm(found - joints, axis=2)[:, upper].max() < 2e-3


@pytest.mark.parametrize("rate_hz", [20.0, 50.0])
def test_noise_of_single_frames_is_not_followed(standin_body: BodyModel, rate_hz: float) -> None:
    """Joints that shiver from frame to frame do not make the corrections shiver."""
    angles = 0.3 * np.sin(np.linspace(0, 3, 100))[:, None, None] * np.ones((1, 24, 3))
    local, pelvis, joints, rest = posed(standin_body, angles)
    shiver = np.random.default_rng(2).normal(0, 0.01, joints.shape)
    again, path = refined(local, pelvis, joints + shiver, rest, rate_hz)
    found = forward_kinematics(again, rest, path)[0][:, :22]
    assert jerk(found) - jerk(joints) < 0.1 * jerk(joints + shiver)


@pytest.mark.parametrize("n_poses", [1, 2, 3, 5])
def test_few_poses_are_refined_too(standin_body: BodyModel, n_poses: int) -> None:
    angles = np.zeros((n_poses, 24, 3))
    local, pelvis, joints, rest = posed(standin_body, angles)
    again, path = refined(local, pelvis + 0.02, joints, rest, 50.0)
    found = forward_kinematics(again, rest, path)[0][:, :22]
    assert np.linalg.norm(found - joints, axis=2)[:, JOINT["neck"]].max() < 5e-3
