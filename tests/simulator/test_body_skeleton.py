from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.body.model import load_body
from simulator.body.skeleton import (
    CHILDREN,
    JOINT_NAMES,
    PARENTS,
    Y_UP_TO_Z_UP,
    axis_angles,
    continuous_axis_angles,
    forward_kinematics,
    rotation_matrices,
    swing_between,
)

directions = st.lists(st.floats(-1, 1), min_size=3, max_size=3).map(np.array).filter(lambda v: (v @ v) > 1e-3)


def test_a_body_that_faced_plus_z_faces_the_radar_after_the_turn() -> None:
    assert np.allclose(Y_UP_TO_Z_UP @ [0, 0, 1], [0, -1, 0])
    assert np.allclose(Y_UP_TO_Z_UP @ [0, 1, 0], [0, 0, 1])
    assert np.allclose(Y_UP_TO_Z_UP @ [1, 0, 0], [1, 0, 0])
    assert np.linalg.det(Y_UP_TO_Z_UP) == pytest.approx(1.0)


def test_every_joint_but_the_pelvis_is_the_child_of_an_earlier_one() -> None:
    assert len(JOINT_NAMES) == len(PARENTS) == 24
    assert all(0 <= parent < joint for joint, parent in enumerate(PARENTS) if joint)
    assert sorted(child for children in CHILDREN for child in children) == list(range(1, 24))


@given(directions, directions)
def test_swing_turns_one_direction_into_the_other_by_the_angle_between_them(
    a: np.ndarray, b: np.ndarray
) -> None:
    swing = swing_between(a, b)
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    assert np.allclose(swing @ a, b, atol=1e-6)
    assert np.allclose(swing @ swing.T, np.eye(3), atol=1e-9)
    angle = np.arccos(np.clip((np.trace(swing) - 1) / 2, -1, 1))
    assert angle == pytest.approx(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b), abs=2e-4)


@pytest.mark.parametrize("axis", np.eye(3))
def test_swing_between_opposite_directions_is_half_a_turn(axis: np.ndarray) -> None:
    swing = swing_between(axis, -axis)
    assert np.allclose(swing @ axis, -axis)
    assert np.linalg.det(swing) == pytest.approx(1.0)


def test_axis_angles_stay_continuous_over_several_turns() -> None:
    angle = np.linspace(0, 5 * np.pi, 200)
    axis = np.array([0.6, 0.0, 0.8])
    wrapped = axis_angles(rotation_matrices(angle[:, None] * axis))
    assert np.abs(np.diff(wrapped, axis=0)).max() > 1.0  # the plain vectors do jump
    assert np.allclose(continuous_axis_angles(wrapped), angle[:, None] * axis, atol=1e-9)


def test_continuous_axis_angles_change_no_rotation() -> None:
    vectors = np.random.default_rng(0).normal(0, 2, (50, 3, 3))
    assert np.allclose(rotation_matrices(continuous_axis_angles(vectors)), rotation_matrices(vectors))


def test_forward_kinematics_turns_only_what_hangs_on_a_joint() -> None:
    rest = load_body().rest_joints(np.zeros(10))
    local = np.tile(np.eye(3), (1, 24, 1, 1))
    still = forward_kinematics(local, rest, rest[:1])[0][0]
    assert np.allclose(still, rest)
    elbow = JOINT_NAMES.index("left_elbow")
    local[0, elbow] = rotation_matrices([0.0, -np.pi / 2, 0.0])
    bent = forward_kinematics(local, rest, rest[:1])[0][0]
    moved = np.flatnonzero(np.linalg.norm(bent - rest, axis=1) > 1e-6)
    assert [JOINT_NAMES[joint] for joint in moved] == ["left_wrist", "left_hand"]
    # The forearm pointed to +x; turning by -90 degrees about y points it to +z.
    forearm = rest[JOINT_NAMES.index("left_wrist")] - rest[elbow]
    assert np.allclose(
        bent[JOINT_NAMES.index("left_wrist")] - rest[elbow], [-forearm[2], forearm[1], forearm[0]]
    )
