"""Shortcuts of the engine against the long way round: what they skip may never decide anything."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.body.contact import contact_vertices, lowest_skin_m
from simulator.body.model import BodyModel, pose_joints, pose_vertices
from simulator.body.shape import height_m
from simulator.body.skeleton import Y_UP_TO_Z_UP, axis_angles, continuous_axis_angles, rotation_matrices
from simulator.motion.body_frame import BodyFrame, measure_body
from simulator.motion.body_motion import BodyMotion
from simulator.motion.hip_relief import _hip_flexion, _knee_may_be_high
from simulator.motion.legs import hip_points
from simulator.motion.rotations import (
    about_forward,
    about_left,
    about_up,
    cross,
    dot,
    length,
    posture_rotation,
)
from simulator.motion.strokes import minimum_jerk, smooth


def tumbling(n_poses: int, seed: int, betas_size: float = 0.5) -> BodyMotion:
    rng = np.random.default_rng(seed)
    place = rng.normal([0.0, 0.0, 0.6], 1.0, (n_poses, 3))
    orient = axis_angles(Y_UP_TO_Z_UP) + rng.normal(0.0, 1.0, (n_poses, 3))
    return BodyMotion(
        rng.normal(0, betas_size, 10), orient, rng.normal(0, 0.5, (n_poses, 23, 3)), place, 50.0
    )


@pytest.mark.parametrize(("seed", "below_m"), [(0, 0.0), (1, 0.3), (2, -0.4), (3, -5.0)])
def test_low_and_asked_heights_are_those_of_the_posed_skin(
    standin_body: BodyModel, seed: int, below_m: float
) -> None:
    motion, skin = tumbling(61, seed), contact_vertices(standin_body)
    posed = pose_vertices(standin_body, motion, skin)[..., 2].min(axis=1).astype(np.float64)
    asked = np.zeros(61, dtype=bool)
    asked[[3, 40, 60]] = True
    found = lowest_skin_m(standin_body, motion, skin, below_m, asked)
    decided = asked | (posed < below_m)
    assert (found[decided] == posed[decided]).all()
    assert (found[~decided] > below_m - 1e-5).all()
    assert decided.sum() > 3 or below_m == -5.0


def test_heights_of_some_poses(standin_body: BodyModel) -> None:
    motion, skin = tumbling(40, 5), contact_vertices(standin_body)
    chosen = np.array([1, 2, 17, 30])
    found = lowest_skin_m(standin_body, motion, skin, 9.0, np.zeros(4, dtype=bool), chosen)
    posed = pose_vertices(standin_body, motion, skin)[chosen, :, 2].min(axis=1)
    assert np.abs(found - posed).max() < 1e-6


def test_a_moved_body_is_posed_anew_and_a_changed_one_too(standin_body: BodyModel) -> None:
    motion = tumbling(9, 6)
    joints, shift = pose_joints(standin_body, motion), np.array([0.0, 0.0, 2.0])
    up = BodyMotion(
        motion.betas, motion.global_orient, motion.body_pose, motion.transl + shift, motion.rate_hz
    )
    assert pose_joints(standin_body, up) == pytest.approx(joints + shift, abs=1e-12)
    motion.body_pose[4, 3] += 0.5  # in place: nothing may remember the old pose
    assert np.abs(pose_joints(standin_body, motion)[4] - joints[4]).max() > 0.01


def test_height_is_that_of_all_vertices(standin_body: BodyModel) -> None:
    for seed in range(5):
        betas = np.random.default_rng(seed).normal(0.0, 1.0, 10)
        assert height_m(standin_body, betas) == float(np.ptp(standin_body.rest_vertices(betas)[:, 1]))


def test_a_knee_that_is_left_out_does_not_flex_its_hip_too_far(standin_body: BodyModel) -> None:
    frame: BodyFrame = measure_body(standin_body, standin_body.betas_for(1.72, "average"))
    rng = np.random.default_rng(0)
    n = 4000
    pelvis = posture_rotation(rng.normal(0.0, 0.5, (n, 3)))
    root = np.stack([np.zeros(n), rng.uniform(0.5, 1.1, n), np.zeros(n)], axis=1)
    hip = hip_points(frame, root, pelvis)[0]
    foot = rng.normal(0.0, 0.25, (n, 7))
    foot[:, 1] = np.abs(foot[:, 1])
    high = _knee_may_be_high(frame, hip, pelvis, foot)
    flexion = _hip_flexion(frame, "left", pelvis, hip, foot)
    assert 0.05 < high.mean() < 0.95
    assert np.abs(flexion[~high]).max() < np.radians(91.0)


def test_columns_give_what_numpy_gives() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 50, 3))
    assert (cross(a, b) == np.cross(a, b)).all()
    assert dot(a, b) == pytest.approx((a * b).sum(-1), abs=1e-15)
    assert length(a[:, :2]) == pytest.approx(np.linalg.norm(a[:, :2], axis=1), abs=1e-15)
    for angles in (a, a * [1.0, 0.0, 1.0]):
        factors = about_up(angles[:, 2]) @ about_left(angles[:, 0]) @ about_forward(-angles[:, 1])
        assert np.abs(posture_rotation(angles) - factors).max() < 1e-15


def test_strokes_of_numbers_and_of_arrays_agree() -> None:
    u = np.linspace(-0.5, 1.5, 41)
    assert [float(minimum_jerk(x)) for x in u] == minimum_jerk(u).tolist()
    assert smooth(np.ones(30), 0.05, 100.0) == pytest.approx(1.0, abs=1e-14)


def test_turns_through_whole_circles_are_unwound() -> None:
    angle = np.linspace(0.2, 15.0, 300)
    axis = np.array([0.6, 0.0, 0.8])
    wrapped = axis_angles(rotation_matrices(angle[:, None] * axis))
    assert np.allclose(continuous_axis_angles(wrapped), angle[:, None] * axis, atol=1e-9)
