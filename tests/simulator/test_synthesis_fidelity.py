"""Whether a motion does what its script says: measured on joints, by means the engine does not use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from simulator.body.model import BodyModel, pose_joints
from simulator.body.skeleton import JOINT
from simulator.motion.facts import MotionFacts, measure_facts
from simulator.motion.script import MotionScript, plan_path
from simulator.motion.synthesis import synthesize

ScriptMaker = Callable[..., MotionScript]
Step = dict[str, Any]
Perform = Callable[..., tuple[np.ndarray, MotionFacts]]
RATE_HZ = 50.0


@pytest.fixture(scope="module")
def perform(standin_body: BodyModel, make_script: ScriptMaker) -> Perform:
    """Perform one or more steps with a seed: joints (T, 24, 3) and measured facts."""

    def run(*steps: dict[str, Any], seed: int = 3, **fields: Any) -> tuple[np.ndarray, MotionFacts]:
        motion = synthesize(make_script(list(steps), **fields), seed, standin_body)
        return pose_joints(standin_body, motion), measure_facts(motion, standin_body)

    return run


def travel(gait: str, speed: float, heading: float = 0.0, turn: float = 0.0, **length: float) -> Step:
    given = {"distance_m": length.get("distance_m"), "duration_s": length.get("duration_s")}
    step = {"kind": "locomote", "gait": gait, "speed_mps": speed, "heading_deg": heading, "turn_deg": turn}
    return step | given


def gesture(action: str, side: str, count: int, duration_s: float) -> Step:
    return {"kind": "gesture", "action": action, "side": side, "count": count, "duration_s": duration_s}


def strike(action: str, side: str, count: int, duration_s: float, height: str = "mid") -> Step:
    step = {"kind": "strike", "action": action, "side": side, "count": count, "duration_s": duration_s}
    return step | {"height": height}


def exercise(action: str, count: int, period_s: float) -> Step:
    return {"kind": "exercise", "action": action, "count": count, "period_s": period_s}


def peaks(values: np.ndarray, prominence: float) -> int:
    return len(find_peaks(gaussian_filter1d(values, 1.5), prominence=prominence)[0])


def relative(joints: np.ndarray, joint: str, to: str = "pelvis") -> np.ndarray:
    return joints[:, JOINT[joint]] - joints[:, JOINT[to]]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("step", "cruising"),
    [
        (travel("walk", 1.3, distance_m=4.0), 1.3),
        (travel("walk", 0.7, distance_m=2.5), 0.7),
        (travel("walk", 1.0, distance_m=3.5, turn=120.0), 1.0),
        (travel("walk", 1.1, duration_s=4.0, turn=-60.0), 1.1),
        (travel("run", 2.8, distance_m=4.2), 2.8),
        (travel("backward", 0.7, heading=180.0, distance_m=2.0), 0.7),
        (travel("sidestep", 0.5, heading=-90.0, distance_m=1.6), 0.5),
        (travel("march", 1.0, distance_m=2.6), 1.0),
        (travel("limp", 0.7, distance_m=2.0), 0.7),
    ],
)
def test_travel_keeps_distance_speed_and_turn(
    perform: Perform, make_script: ScriptMaker, step: Step, cruising: float, seed: int
) -> None:
    joints, facts = perform(step, seed=seed)
    planned = plan_path(make_script([step]))[-1]
    assert joints[-1, 0, :2] == pytest.approx([planned.x_m, planned.y_m], abs=0.06)
    assert facts.net_turn_deg == pytest.approx(planned.facing_deg, abs=4.0)
    assert facts.cruising_speed_mps == pytest.approx(cruising, rel=0.12)
    assert facts.duration_s == pytest.approx((len(joints) - 1) / RATE_HZ)


def test_directions_are_the_persons_own(perform: Perform) -> None:
    for heading, forward, left in ((0.0, 1.0, 0.0), (180.0, -1.0, 0.0), (90.0, 0.0, 1.0), (-90.0, 0.0, -1.0)):
        gait = {0.0: "walk", 180.0: "backward"}.get(heading, "sidestep")
        _, facts = perform(travel(gait, 0.65, heading=heading, distance_m=1.6))
        measured = [facts.displacement_forward_m, facts.displacement_left_m]
        assert measured == pytest.approx([1.6 * forward, 1.6 * left], abs=0.06)


@pytest.mark.parametrize("angle", [-180.0, -45.0, 90.0, 360.0])
def test_turns_turn_by_their_angle_on_the_spot(perform: Perform, angle: float) -> None:
    duration = max(1.2, abs(angle) / 80.0)
    _, facts = perform({"kind": "turn", "angle_deg": angle, "duration_s": max(duration, 2.0)})
    assert facts.net_turn_deg == pytest.approx(angle, abs=4.0)
    assert facts.path_length_m == 0.0


def test_adjoining_walk_and_run_do_not_stop_between(perform: Perform) -> None:
    joints, facts = perform(travel("walk", 1.1, distance_m=1.6), travel("run", 2.4, distance_m=3.0))
    speed = gaussian_filter1d(np.linalg.norm(np.diff(joints[:, 0, :2], axis=0), axis=1) * RATE_HZ, 10)
    middle = speed[60:-50]
    assert middle.min() > 0.75
    assert facts.net_displacement_m == pytest.approx(4.6, abs=0.08)


@pytest.mark.parametrize(("height", "forward"), [(0.15, 0.0), (0.35, 0.0), (0.2, 0.6)])
def test_jumps_reach_their_height_and_distance(perform: Perform, height: float, forward: float) -> None:
    step = {"kind": "jump", "height_m": height, "forward_m": forward, "count": 2}
    joints, facts = perform(step)
    assert facts.pelvis_height_max_m - facts.pelvis_height_start_m == pytest.approx(height, abs=0.02)
    assert facts.displacement_forward_m == pytest.approx(2.0 * forward, abs=0.05)
    feet = joints[:, [JOINT["left_foot"], JOINT["right_foot"]], 2].min(axis=1)
    assert peaks(feet, 0.04) == 2


@pytest.mark.parametrize("side", ["left", "right"])
def test_waves_are_counted_and_sided(perform: Perform, side: str) -> None:
    joints, facts = perform(gesture("wave", side, 4, 4.4))
    other = "right" if side == "left" else "left"
    lateral = relative(joints, f"{side}_wrist")[25:-25, 0]
    assert peaks(lateral * (1.0 if side == "left" else -1.0), 0.05) == 4
    speeds = {"left": facts.max_hand_speed_left_mps, "right": facts.max_hand_speed_right_mps}
    assert 1.0 < speeds[side] < 3.5
    assert speeds[other] < 0.5
    wrist = joints[:, JOINT[f"{side}_wrist"], 2]
    assert wrist[80:-80].min() > joints[0, JOINT[f"{side}_shoulder"], 2] - 0.05


def test_claps_meet_in_the_middle(perform: Perform) -> None:
    joints, _ = perform(gesture("clap", "both", 6, 4.2))
    apart = np.linalg.norm(joints[:, JOINT["left_wrist"]] - joints[:, JOINT["right_wrist"]], axis=1)
    assert apart.min() < 0.13
    assert peaks(-apart[35:-35], 0.08) == 6


@pytest.mark.parametrize(
    ("action", "count", "period", "signal", "prominence"),
    [
        ("squat", 3, 2.0, ("pelvis", -1.0), 0.2),
        ("jumping_jack", 4, 1.2, ("left_wrist", 1.0), 0.6),
        ("toe_touch", 2, 2.5, ("head", -1.0), 0.4),
        ("arm_circle", 4, 1.2, ("right_wrist", 1.0), 0.4),
        ("lunge", 2, 2.6, ("pelvis", -1.0), 0.15),
    ],
)
def test_repetitions_are_counted(
    perform: Perform, action: str, count: int, period: float, signal: tuple[str, float], prominence: float
) -> None:
    joints, facts = perform(exercise(action, count, period))
    joint, sign = signal
    assert peaks(sign * joints[:, JOINT[joint], 2], prominence) == count
    assert facts.duration_s == pytest.approx(count * period, abs=0.02)
    assert facts.net_displacement_m < 0.05


def test_high_knees_alternate_from_the_left(perform: Perform) -> None:
    joints, _ = perform(exercise("high_knees", 6, 0.6))
    left, right = joints[:, JOINT["left_knee"], 2], joints[:, JOINT["right_knee"], 2]
    assert peaks(left, 0.2) == peaks(right, 0.2) == 3
    assert left.argmax() < len(joints)
    assert find_peaks(left, prominence=0.2)[0][0] < find_peaks(right, prominence=0.2)[0][0]
    hip = joints[0, JOINT["left_hip"], 2]
    assert left.max() > 0.85 * hip


@pytest.mark.parametrize(
    ("action", "limb", "low", "high"), [("punch", "wrist", 3.5, 9.0), ("kick", "foot", 5.0, 12.0)]
)
def test_strikes_are_fast_and_sided(
    perform: Perform, action: str, limb: str, low: float, high: float
) -> None:
    joints, facts = perform(strike(action, "right", 2, 3.2))
    name = "hand" if limb == "wrist" else limb
    right = getattr(facts, f"max_{name}_speed_right_mps")
    assert low < right < high
    ahead = -relative(joints, f"right_{limb}")[:, 1]
    assert peaks(ahead, 0.15) == 2
    # The struck-out limb is nearly straight.
    chain = ("shoulder", "elbow", "wrist") if limb == "wrist" else ("hip", "knee", "ankle")
    a, b, c = (joints[ahead.argmax(), JOINT[f"right_{part}"]] for part in chain)
    straight = np.linalg.norm(c - a) / (np.linalg.norm(b - a) + np.linalg.norm(c - b))
    assert straight > 0.93


def test_alternating_punches_use_both_hands_in_turn(perform: Perform) -> None:
    joints, _ = perform(strike("punch", "both", 4, 3.6))
    ahead = {side: -relative(joints, f"{side}_wrist")[:, 1] for side in ("left", "right")}
    times = {side: find_peaks(track, prominence=0.2)[0] for side, track in ahead.items()}
    assert len(times["left"]) == len(times["right"]) == 2
    assert times["left"][0] < times["right"][0] < times["left"][1] < times["right"][1]


def test_kick_heights_are_ordered(perform: Perform) -> None:
    kicks = [strike("kick", "left", 1, 2.0, height) for height in ("low", "mid", "high")]
    heights = [perform(kick)[1].max_foot_height_left_m for kick in kicks]
    assert heights[0] < heights[1] - 0.25 < heights[2] - 0.45


@pytest.mark.parametrize(
    ("direction", "cause", "forward", "left"),
    [
        ("forward", "trip", 1, 0),
        ("backward", "slip", -1, 0),
        ("left", "push", 0, 1),
        ("right", "push", 0, -1),
    ],
)
def test_falls_go_down_fast_to_their_side_then_lie_still(
    perform: Perform, direction: str, cause: str, forward: int, left: int
) -> None:
    step = {"kind": "fall", "direction": direction, "cause": cause, "recover": False, "duration_s": 4.0}
    joints, facts = perform(step)
    assert facts.pelvis_height_end_m < 0.3
    assert facts.max_down_speed_mps > 1.2
    head = joints[-1, JOINT["head"], :2] - joints[0, JOINT["head"], :2]
    axes = {"forward": -head[1], "left": head[0]}
    assert axes["forward"] * forward >= 0.0 and axes["left"] * left >= 0.0
    assert max(axes["forward"] * forward, axes["left"] * left) > 0.7
    speed = np.linalg.norm(np.diff(joints[-60:], axis=0), axis=-1) * RATE_HZ
    assert speed.max() < 0.15
    assert joints[-1, JOINT["head"], 2] < 0.45


@pytest.mark.parametrize("direction", ["forward", "backward", "left", "down"])
def test_who_recovers_stands_again(perform: Perform, direction: str) -> None:
    step = {"kind": "fall", "direction": direction, "cause": "slip", "recover": True, "duration_s": 6.5}
    joints, facts = perform(step)
    assert facts.pelvis_height_min_m < 0.4
    assert facts.pelvis_height_end_m == pytest.approx(facts.pelvis_height_start_m, abs=0.02)
    assert joints[-1, JOINT["head"], 2] == pytest.approx(joints[0, JOINT["head"], 2], abs=0.04)


def test_postures_lower_the_body_in_order(perform: Perform) -> None:
    lowest = {}
    for to in ("bend", "crouch", "sit_chair", "squat", "kneel"):
        step = {"kind": "posture", "to": to, "duration_s": 1.8, "hold_s": 0.8}
        facts = perform(step)[1]
        lowest[to] = facts.pelvis_height_start_m - facts.pelvis_height_end_m
    assert lowest["bend"] < 0.1 < lowest["crouch"]
    assert 0.25 < lowest["sit_chair"] < 0.5
    assert lowest["kneel"] > 0.35
    assert lowest["crouch"] < lowest["squat"]


@pytest.mark.parametrize(("action", "side", "height"), [("pick_up", "right", 0.08), ("pick_up", "both", 0.5)])
def test_hands_get_down_to_the_thing(perform: Perform, action: str, side: str, height: float) -> None:
    step = {"kind": "reach", "action": action, "side": side, "height_m": height, "duration_s": 3.4}
    joints, facts = perform(step)
    wrist = joints[:, JOINT["right_wrist"], 2]
    assert wrist.min() == pytest.approx(max(height + 0.09, 0.2), abs=0.06)
    assert facts.pelvis_height_end_m == pytest.approx(facts.pelvis_height_start_m, abs=0.01)


def test_a_walk_with_a_wave_is_both(perform: Perform) -> None:
    walk = travel("walk", 1.0, distance_m=3.2)
    layer = {"start_step": 0, "end_step": 0, "primitive": gesture("wave", "left", 3, 3.0)}
    joints, facts = perform(walk, layers=[layer])
    assert facts.net_displacement_m == pytest.approx(3.2, abs=0.06)
    raised = relative(joints, "left_wrist", "left_shoulder")[:, 2]
    hanging = relative(joints, "right_wrist", "right_shoulder")[:, 2]
    assert raised.max() > 0.1
    assert hanging.max() < -0.2
    assert peaks(relative(joints, "left_wrist", "left_shoulder")[45:-45, 0], 0.05) == 3


def test_walking_feet_are_two_to_four_times_as_fast_as_the_body(perform: Perform) -> None:
    for speed in (0.8, 1.3, 1.7):
        joints, facts = perform(travel("walk", speed, distance_m=4.0))
        foot = gaussian_filter1d(joints[:, JOINT["left_foot"]], 1.0, axis=0)
        fastest = np.linalg.norm(np.diff(foot, axis=0), axis=1).max() * RATE_HZ
        assert 2.0 < fastest / facts.cruising_speed_mps < 4.2
        # The stride rate is Boulic's, within cadence and rounding to whole steps.
        stance = joints[60:-60, JOINT["left_foot"], 2]
        assert np.ptp(stance) > 0.04


def test_activities_differ_in_their_speeds(perform: Perform) -> None:
    still = perform({"kind": "idle", "duration_s": 3.0, "sway": 0.5})[1]
    assert still.max_hand_speed_left_mps < 0.4 and still.cruising_speed_mps < 0.1
    squat = perform(exercise("squat", 2, 2.2))[1]
    assert squat.max_foot_speed_left_mps < 0.1 < 0.4 < squat.max_down_speed_mps
    jack = perform(exercise("jumping_jack", 3, 1.2))[1]
    assert jack.max_hand_speed_left_mps == pytest.approx(jack.max_hand_speed_right_mps, rel=0.15)
    assert jack.max_hand_speed_left_mps > 3.5
