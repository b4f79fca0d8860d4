from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluation.errors import MetricInputError
from evaluation.realism_limits import LIMITS_DEG, joint_angles_deg, limit_violations
from simulator import load_body, read_motion_file
from simulator.body.skeleton import JOINT, JOINT_NAMES

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "motion"


def pose(joint: str, axis: str, angle_deg: float, frames: int = 3) -> np.ndarray:
    vectors = np.zeros((frames, 23, 3))
    vectors[:, JOINT[joint] - 1, "xyz".index(axis)] = np.radians(angle_deg)
    return vectors


def mirrored(vectors: np.ndarray) -> np.ndarray:
    """The same pose with left and right exchanged: x flips, and rotations about y and z with it."""
    order = [
        JOINT[name.replace("left", "*").replace("right", "left").replace("*", "right")] - 1
        for name in JOINT_NAMES[1:]
    ]
    return vectors[:, order] * [1.0, -1.0, -1.0]


@pytest.mark.parametrize(
    ("joint", "axis", "turn_deg", "angle", "expected"),
    [
        ("left_hip", "x", -60.0, "left hip flexion", 60.0),
        ("left_hip", "z", 30.0, "left hip abduction", 30.0),
        ("right_hip", "z", -30.0, "right hip abduction", 30.0),
        ("right_hip", "y", -25.0, "right hip outward rotation", 25.0),
        ("left_knee", "x", 90.0, "left knee flexion", 90.0),
        ("left_knee", "x", -20.0, "left knee hyperextension", 20.0),
        ("right_ankle", "x", -20.0, "right ankle dorsiflexion", 20.0),
        ("right_ankle", "x", 40.0, "right ankle dorsiflexion", -40.0),
        ("left_foot", "x", -30.0, "left toe extension", 30.0),
        ("spine2", "x", 35.0, "spine flexion", 35.0),
        ("spine1", "z", -20.0, "spine bend to the left", 20.0),
        ("neck", "y", 50.0, "neck turn to the left", 50.0),
        ("left_elbow", "y", -100.0, "left elbow flexion", 100.0),
        ("right_elbow", "y", 100.0, "right elbow flexion", 100.0),
        ("left_elbow", "y", 20.0, "left elbow hyperextension", 20.0),
        ("left_shoulder", "y", 50.0, "left arm behind the trunk", 50.0),
        ("right_shoulder", "y", 120.0, "right arm across the trunk", 30.0),
        ("left_wrist", "z", 40.0, "left wrist bend", 40.0),
    ],
)
def test_a_turned_joint_has_its_anatomical_angle(
    joint: str, axis: str, turn_deg: float, angle: str, expected: float
) -> None:
    assert joint_angles_deg(pose(joint, axis, turn_deg))[angle] == pytest.approx(expected)


def test_the_rest_pose_is_within_every_limit() -> None:
    angles = joint_angles_deg(np.zeros((2, 23, 3)))
    assert {name.removeprefix("left ").removeprefix("right ") for name in angles} == set(LIMITS_DEG)
    assert limit_violations(np.zeros((2, 23, 3)), tolerance_deg=0.0) == []


def test_left_and_right_have_the_same_angles() -> None:
    rng = np.random.default_rng(4)
    vectors = 0.4 * rng.normal(size=(6, 23, 3))
    one, other = joint_angles_deg(vectors), joint_angles_deg(mirrored(vectors))
    for name, angle in one.items():
        if name.startswith("left "):
            assert other[name.replace("left", "right", 1)] == pytest.approx(angle), name
        elif name.endswith("to the left"):
            assert other[name] == pytest.approx(-angle), name


def test_violations_say_angle_frames_and_limit() -> None:
    vectors = pose("left_knee", "x", 170.0, frames=5)
    vectors[:2] = 0.0
    vectors[4] += pose("right_ankle", "x", -60.0)[0]
    found = limit_violations(vectors)
    assert [each.angle for each in found] == ["right ankle dorsiflexion", "left knee flexion"]
    assert (found[1].frames, found[1].limit_deg) == (3, 155.0)
    assert found[0].worst_deg == pytest.approx(60.0)
    assert limit_violations(vectors, tolerance_deg=25.0) == []


@pytest.mark.parametrize("name", ["dm_walk", "cmu_131_01_30hz"])
def test_recorded_walks_keep_the_limits_of_the_gait(name: str) -> None:
    path = next(SHIPPED.glob(f"{name}.*"))
    found = limit_violations(read_motion_file(path, load_body()).motion.body_pose)
    assert all("ankle" in each.angle for each in found), found  # a hop that the fit bends at the ankle


def test_other_shapes_are_refused() -> None:
    with pytest.raises(MetricInputError, match="body_pose"):
        limit_violations(np.zeros((4, 24, 3)))
