from __future__ import annotations

import numpy as np
import pytest

from simulator.body.model import BodyModel
from simulator.body.skeleton import JOINT, forward_kinematics
from simulator.motion.arms import arm_pose, arm_to, bent_arm, elbow_rotation, swing_rotation, wrist_point
from simulator.motion.ballistics import hop_height, plan_hop
from simulator.motion.body_frame import MAX_STRETCH, BodyFrame, measure_body
from simulator.motion.footsteps import plan_phase
from simulator.motion.gaits import GAIT_SHAPES, steps_per_second
from simulator.motion.legs import hip_points, leg_reach_limits, solve_leg
from simulator.motion.rotations import about_left, about_up, posture_rotation
from simulator.motion.solver import solve
from simulator.motion.strokes import bump, cruise, minimum_jerk, slow_noise, window
from simulator.motion.timeline import COLUMNS, Timeline


@pytest.fixture(scope="module")
def frame(standin_body: BodyModel) -> BodyFrame:
    return measure_body(standin_body, standin_body.betas_for(1.72, "average"))


def test_minimum_jerk_rests_at_both_ends() -> None:
    u = np.linspace(-0.5, 1.5, 20001)
    s = minimum_jerk(u)
    assert s[0] == 0.0 and s[-1] == 1.0
    speed = np.gradient(s, u)
    assert speed.max() == pytest.approx(1.875, rel=1e-4)
    acceleration = np.gradient(speed, u)
    assert np.abs(np.diff(acceleration)).max() < 0.02  # no steps in acceleration


def test_cruise_keeps_one_speed_in_the_middle() -> None:
    u = np.linspace(0.0, 1.0, 10001)
    s = cruise(u, 0.35)
    speed = np.gradient(s, u)
    assert (s[0], s[-1]) == pytest.approx((0.0, 1.0), abs=1e-12)
    assert speed.min() > -1e-9
    assert speed[4000:6000] == pytest.approx(1.0 / 0.65)


def test_window_and_bump_shapes() -> None:
    t = np.linspace(0.0, 10.0, 1001)
    opened = window(t, 2.0, 8.0, 1.0, 2.0)
    assert opened[t <= 2.0].max() == 0.0 and opened[t >= 8.0].max() == 0.0
    assert opened[(t >= 3.0) & (t <= 6.0)].min() == 1.0
    u = np.linspace(0.0, 1.0, 1001)
    assert bump(u, 0.3).argmax() == 300
    assert bump(u, 0.3).max() == pytest.approx(1.0)


def test_slow_noise_has_unit_power_within_its_band() -> None:
    t = np.arange(20000) / 100.0
    noise = slow_noise(np.random.default_rng(3), t, 40, 0.15, 1.6)
    assert noise.std() == pytest.approx(1.0, rel=0.05)
    power = np.abs(np.fft.rfft(noise * np.hanning(len(t))[:, None], axis=0)) ** 2
    frequency = np.fft.rfftfreq(len(t), 0.01)
    assert power[frequency > 2.0].sum() < 1e-6 * power.sum()


def test_wrist_reaches_its_target_and_stays_within_the_arm() -> None:
    rng = np.random.default_rng(0)
    direction = rng.normal(size=(500, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    near = direction * rng.uniform(0.15, 0.43, size=(500, 1))
    pose = arm_to(near, [0.5, -1.0, -0.4], 0.26, 0.23)
    assert np.abs(wrist_point(pose, 0.26, 0.23) - near).max() < 2e-3
    assert pose[:, 3].min() >= 0.0 and pose[:, 3].max() < np.radians(155.0)
    far = wrist_point(arm_to(direction * 3.0, [0.5, -1.0, -0.4], 0.26, 0.23), 0.26, 0.23)
    assert np.linalg.norm(far, axis=1).max() < 0.49
    assert np.abs(np.cross(far, direction)).max() < 1e-6


def test_arm_directions_and_curl() -> None:
    for direction in ([0.1, -1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.2, 1.0, 0.1], [0.3, -0.7, -0.6]):
        d = np.array(direction) / np.linalg.norm(direction)
        assert np.allclose(swing_rotation(arm_pose(d))[:, 0], d, atol=1e-12)
    bent = arm_pose([0.05, -1.0, 0.0], 0.0, np.pi / 2)
    hanging = swing_rotation(bent) @ elbow_rotation(bent)
    assert hanging[2, 0] > 0.95  # the forearm of a hanging arm points forward
    up = bent_arm([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], np.pi / 2)
    assert (swing_rotation(up) @ elbow_rotation(up))[1, 0] == pytest.approx(1.0)


def test_ankle_reaches_its_target_with_the_knee_ahead(frame: BodyFrame) -> None:
    rng = np.random.default_rng(1)
    n = 400
    pelvis = about_up(rng.uniform(-3.0, 3.0, n)) @ posture_rotation(rng.uniform(-0.4, 0.4, (n, 3)))
    root = rng.normal(size=(n, 3))
    for side, hip in zip(("left", "right"), hip_points(frame, root, pelvis), strict=True):
        low, high = leg_reach_limits(frame)
        length = rng.uniform(low + 0.02, high - 0.02, n)
        toward = np.stack([rng.uniform(-0.3, 0.3, n), -np.ones(n), rng.uniform(-0.5, 0.6, n)], axis=-1)
        toward /= np.linalg.norm(toward, axis=1, keepdims=True)
        ankle = hip + length[:, None] * np.einsum("tij,tj->ti", pelvis, toward)
        leg = solve_leg(frame, side, pelvis, hip, ankle, pelvis[:, :, 0])
        local = np.tile(np.eye(3), (n, 24, 1, 1))
        local[:, 0] = pelvis
        local[:, JOINT[f"{side}_hip"]], local[:, JOINT[f"{side}_knee"]] = leg.hip, leg.knee
        joints, _ = forward_kinematics(local, frame.rest, root)
        assert np.abs(joints[:, JOINT[f"{side}_ankle"]] - ankle).max() < 1e-3
        knee = joints[:, JOINT[f"{side}_knee"]]
        ahead = np.einsum("ti,ti->t", knee - 0.5 * (hip + ankle), pelvis[:, :, 2])
        assert ahead.min() > 0.0


def test_unreachable_feet_leave_the_knee_almost_straight(frame: BodyFrame) -> None:
    pelvis = np.eye(3)[None]
    hip = np.zeros((1, 3))
    leg = solve_leg(frame, "left", pelvis, hip, np.array([[0.0, -3.0, 0.0]]), pelvis[:, :, 0])
    ankle = leg.hip[0] @ (
        frame.joint("left_knee")
        - frame.joint("left_hip")
        + leg.knee[0] @ (frame.joint("left_ankle") - frame.joint("left_knee"))
    )
    assert np.linalg.norm(ankle) == pytest.approx(MAX_STRETCH * frame.leg_length, rel=1e-3)


def test_flight_obeys_gravity() -> None:
    hop = plan_hop(0.0, 1.6, 0.3, 0.2, 0.05, 0.15)
    t = np.arange(0.0, 1.6, 1e-3)
    height = hop_height(hop, t)
    assert height.max() == pytest.approx(0.3, abs=1e-4)
    flying = (t > hop.takeoff_s + 2e-3) & (t < hop.landing_s - 2e-3)
    acceleration = np.gradient(np.gradient(height, t), t)
    assert acceleration[flying] == pytest.approx(-9.81, abs=1e-3)
    assert hop.landing_s - hop.takeoff_s == pytest.approx(2.0 * hop.takeoff_mps / 9.81)
    assert np.abs(np.diff(height)).max() < 3e-3


def test_walking_cadence_is_boulics(frame: BodyFrame) -> None:
    speed = np.full(10, 1.4)
    rate = steps_per_second(GAIT_SHAPES["walk"], frame, speed, 1.0)
    stride = 2.0 * speed / rate
    assert stride == pytest.approx(1.346 * np.sqrt(1.4 / frame.leg_length) * frame.leg_length)


def test_phase_counts_whole_steps() -> None:
    t = np.arange(501) / 100.0
    phase, n_steps = plan_phase(t, 0.5, 4.5, np.full(501, 1.93))
    assert n_steps == 8
    assert phase[0] == 0.0 and phase[-1] == pytest.approx(8.0)
    assert np.diff(phase).min() >= 0.0


def test_arms_are_mirrored(frame: BodyFrame) -> None:
    values = {name: np.zeros(width) for name, width in COLUMNS.items()}
    values["root"] = np.array([0.0, frame.stand_height, 0.0])
    pose = arm_pose([0.4, 0.3, 0.8], 0.3, 0.7)
    values["arm_left"] = values["arm_right"] = pose
    for side, sign in (("left", 1.0), ("right", -1.0)):
        values[f"foot_{side}"] = np.array([0.09 * sign, 0.0, frame.ball_ahead, 0.0, 0.0, 0.0, 0.0])
    local, root = solve(frame, Timeline.at_rest(0.5, 100.0, values))
    joints, _ = forward_kinematics(local, frame.rest, root)
    left, right = (joints[:, JOINT[f"{side}_wrist"]] for side in ("left", "right"))
    assert np.abs(left * [-1.0, 1.0, 1.0] - right).max() < 2e-3  # the body itself is not exactly symmetric
    balls = joints[:, [JOINT["left_foot"], JOINT["right_foot"]], 1]
    assert balls == pytest.approx(frame.ball_height, abs=4e-3)


def test_timeline_blends_from_wherever_it_is() -> None:
    timeline = Timeline.at_rest(4.0, 100.0, {"facing": np.array([1.0])})
    timeline.ease("facing", 0.5, 2.5, 3.0)
    timeline.ease("facing", 1.5, 3.5, -1.0)  # begins before the first has ended
    track = timeline.tracks["facing"][:, 0]
    assert track[0] == 1.0 and track[-1] == pytest.approx(-1.0)
    assert np.abs(np.diff(track, 2)).max() < 3e-3
    kept = Timeline.at_rest(1.0, 100.0, {"root": np.array([1.0, 2.0, 3.0])})
    kept.ease("root", 0.0, 1.0, [5.0, np.nan, 7.0])
    assert kept.value("root", 1.0).tolist() == [5.0, 2.0, 7.0]


def test_posture_signs() -> None:
    forward = posture_rotation(np.array([0.5, 0.0, 0.0])) @ [0.0, 1.0, 0.0]
    assert forward[2] > 0.4
    leftward = posture_rotation(np.array([0.0, 0.5, 0.0])) @ [0.0, 1.0, 0.0]
    assert leftward[0] > 0.4
    turned = posture_rotation(np.array([0.0, 0.0, 0.5])) @ [0.0, 0.0, 1.0]
    assert turned[0] > 0.4
    assert np.allclose(about_left(0.3) @ about_left(-0.3), np.eye(3))
