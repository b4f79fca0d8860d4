from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.errors import MetricInputError
from evaluation.realism_joints import RATE_HZ, comparable_joints, leg_length_m, mid_hip
from evaluation.realism_metrics import flexion_deg, motion_metrics
from simulator.body.model import BodyModel, load_body
from simulator.body.skeleton import JOINT, Y_UP_TO_Z_UP

REAL = Path(__file__).resolve().parents[3] / "shared" / "real_motion"
SHIPPED = Path(__file__).resolve().parents[1] / "data" / "motion"
GOLDEN = {
    "dm_walk": {
        "skate_ratio": 0.2,
        "toe_speed_in_contact_mps": 0.487329,
        "contact_ratio": 1.0,
        "float_cm": 0.272813,
        "jerk_mean_mps3": 72.910897,
        "jerk_p99_mps3": 578.311784,
        "acceleration_p99_mps2": 28.309645,
        "velocity_energy_above_5hz": 0.020898,
        "bone_length_std_max_mm": 0.78241,
        "knee_flexion_max_deg": 77.368226,
        "elbow_flexion_max_deg": 33.764003,
        "joint_speed_max_mps": 3.595779,
        "root_speed_mean_mps": 0.973803,
    },
    "dm_kick": {
        "skate_ratio": 0.366667,
        "toe_speed_in_contact_mps": 0.326586,
        "contact_ratio": 1.0,
        "penetration_cm": 0.001565,
        "float_cm": 2.167086,
        "jerk_mean_mps3": 307.558797,
        "jerk_p99_mps3": 2192.144595,
        "acceleration_p99_mps2": 74.6472,
        "velocity_energy_above_5hz": 0.053158,
        "bone_length_std_max_mm": 7.217237,
        "knee_flexion_max_deg": 102.453503,
        "elbow_flexion_max_deg": 128.049604,
        "joint_speed_max_mps": 9.217379,
        "root_speed_mean_mps": 0.937211,
    },
}
FEET = [JOINT["left_foot"], JOINT["right_foot"]]


def read_joints(path: Path) -> np.ndarray:
    return np.load(path).astype(np.float64) @ Y_UP_TO_Z_UP.T


@pytest.fixture(scope="module")
def standing() -> np.ndarray:
    """Three seconds of the stand-in in its T-pose, on the floor."""
    body: BodyModel = load_body()
    joints = (body.rest_joints(np.zeros(10)) @ Y_UP_TO_Z_UP.T)[:22]
    joints = joints - [0.0, 0.0, joints[FEET, 2].min()]
    return np.repeat(joints[None], 60, axis=0)


def reference() -> dict[str, dict[str, float]]:
    path = REAL / "reference" / "realism.json"
    return json.loads(path.read_text()) if path.is_file() else {}


@pytest.mark.skipif(not reference(), reason="the real clips are not here (../shared/real_motion)")
def test_equals_the_reference_on_every_real_clip() -> None:
    files = {clip["id"]: clip["file"] for clip in json.loads((REAL / "manifest.json").read_text())["clips"]}
    assert set(files) == set(reference())
    for name, expected in reference().items():
        measured = motion_metrics(read_joints(REAL / files[name])).to_dict()
        for metric, value in expected.items():
            assert measured[metric] == pytest.approx(value, rel=1e-4, abs=1e-6), (name, metric)


@pytest.mark.parametrize("name", GOLDEN)
def test_equals_the_golden_on_shipped_clips(name: str) -> None:
    measured = motion_metrics(read_joints(SHIPPED / f"{name}.npy")).to_dict()
    for metric, value in GOLDEN[name].items():
        assert measured[metric] == pytest.approx(value, rel=1e-4, abs=1e-6), metric


def test_a_body_at_rest_has_no_fault(standing: np.ndarray) -> None:
    measured = motion_metrics(standing)
    assert measured.contact_ratio == 1.0
    assert measured.stance_drift_mean_cm == pytest.approx(0.0, abs=1e-9)
    still = measured.to_dict()
    for metric in ("skate_ratio", "penetration_cm", "jerk_p99_mps3", "root_speed_mean_mps"):
        assert still[metric] == pytest.approx(0.0, abs=1e-9), metric
    assert measured.velocity_energy_above_5hz == 0.0


def test_sliding_sinking_and_floating_are_measured(standing: np.ndarray) -> None:
    slid = standing + 0.05 * np.arange(60)[:, None, None] * [0.0, 1.0, 0.0]
    sliding = motion_metrics(slid)
    assert sliding.skate_ratio == 1.0
    assert sliding.toe_speed_in_contact_mps == pytest.approx(1.0)
    assert sliding.root_speed_mean_mps == pytest.approx(1.0)
    assert sliding.stance_drift_mean_cm is None  # at 1 m/s no foot stands
    slow = standing + 0.01 * np.arange(60)[:, None, None] * [1.0, 0.0, 0.0]
    assert motion_metrics(slow).stance_drift_mean_cm == pytest.approx(29.5, abs=0.5)  # half of the way
    assert motion_metrics(standing - [0.0, 0.0, 0.02]).penetration_cm == pytest.approx(2.0)
    assert motion_metrics(standing - [0.0, 0.0, -0.03]).float_cm == pytest.approx(3.0)


def test_a_shaking_body_has_the_derivatives_of_a_sine(standing: np.ndarray) -> None:
    times = np.arange(60)[:, None, None] / RATE_HZ
    for frequency_hz, fast in ((1.9, 0.0), (6.1, 1.0)):
        shaken = standing + 0.01 * np.sin(2 * np.pi * frequency_hz * times) * [1.0, 0.0, 0.0]
        measured = motion_metrics(shaken)
        factor = 2 * RATE_HZ * np.sin(np.pi * frequency_hz / RATE_HZ)  # of one difference of a sine
        assert measured.acceleration_p99_mps2 == pytest.approx(0.01 * factor**2, rel=0.03)
        assert measured.jerk_p99_mps3 == pytest.approx(0.01 * factor**3, rel=0.05)
        assert measured.velocity_energy_above_5hz == pytest.approx(fast, abs=0.05)


def test_joints_beyond_their_limits_are_counted(standing: np.ndarray) -> None:
    def bent(angle_deg: float) -> np.ndarray:
        knee, ankle, foot = (JOINT[f"left_{name}"] for name in ("knee", "ankle", "foot"))
        turn = np.radians(angle_deg)
        swing = np.array([[1, 0, 0], [0, np.cos(turn), np.sin(turn)], [0, -np.sin(turn), np.cos(turn)]])
        joints = standing.copy()
        for joint in (ankle, foot):
            joints[:, joint] = joints[:, knee] + (joints[:, joint] - joints[:, knee]) @ swing
        return joints

    backwards = bent(30.0)
    shank = backwards[0, JOINT["left_ankle"]] - backwards[0, JOINT["left_knee"]]
    bends_forward = shank[1] < 0.0  # the body faces -y
    assert motion_metrics(backwards).joint_limit_violations == (60 if bends_forward else 0)
    assert motion_metrics(bent(-30.0)).joint_limit_violations == (0 if bends_forward else 60)
    assert motion_metrics(bent(-170.0 if bends_forward else 170.0)).joint_limit_violations == 60
    assert flexion_deg(bent(-90.0), (1,), (4,), (7,))[0, 0] == pytest.approx(90.0, abs=8.0)


def test_preparation_keeps_slow_motion_and_finds_the_floor(standing: np.ndarray) -> None:
    seconds = np.arange(151) / 50.0
    sway = 0.05 * np.sin(2 * np.pi * 0.5 * seconds)[:, None, None] * [1.0, 0.0, 0.0]
    fine = standing[:1] + sway + [0.0, 0.0, 0.7]
    coarse = comparable_joints(fine, 50.0)
    assert len(coarse) == 61
    assert coarse[:, FEET, 2].min() == pytest.approx(0.0, abs=1e-9)
    expected = 0.05 * np.sin(2 * np.pi * 0.5 * np.arange(61) / 20.0)
    assert coarse[5:-5, 0, 0] - standing[0, 0, 0] == pytest.approx(expected[5:-5], abs=4e-4)
    again = comparable_joints(coarse, 20.0)
    assert again == pytest.approx(coarse, abs=1e-9)


def test_lengths_of_the_standing_body(standing: np.ndarray) -> None:
    assert 0.75 < leg_length_m(standing) < 0.9
    assert mid_hip(standing)[0, 2] < standing[0, 0, 2]


@pytest.mark.parametrize("shape", [(3, 22, 3), (10, 24, 3), (10, 66)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(MetricInputError, match="shape"):
        motion_metrics(np.zeros(shape))


def test_holes_and_rates_are_refused(standing: np.ndarray) -> None:
    broken = standing.copy()
    broken[3, 4, 1] = np.nan
    with pytest.raises(MetricInputError, match="not finite"):
        motion_metrics(broken)
    with pytest.raises(MetricInputError, match="rate_hz"):
        comparable_joints(standing, 0.0)
