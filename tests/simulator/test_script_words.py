"""What the words on the floor and those of handling look like when the engine performs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simulator.body.model import BodyModel, pose_joints, pose_vertices
from simulator.body.skeleton import JOINT
from simulator.motion.facts import MotionFacts, measure_facts
from simulator.motion.script import MotionScript
from simulator.motion.synthesis import synthesize

ScriptMaker = Callable[..., MotionScript]
Step = dict[str, Any]
RATE_HZ = 50.0
MAX_PENETRATION_M, MAX_HOVER_M = 0.008, 0.03


def idle(duration_s: float = 0.4) -> Step:
    return {"kind": "idle", "duration_s": duration_s, "sway": 0.3}


def posture(to: str, duration_s: float = 2.4, hold_s: float = 0.8) -> Step:
    return {"kind": "posture", "to": to, "duration_s": duration_s, "hold_s": hold_s}


def reach(action: str, side: str, height_m: float, duration_s: float) -> Step:
    step = {"kind": "reach", "action": action, "side": side, "height_m": height_m}
    return step | {"duration_s": duration_s}


class Performed:
    """One performance: joints (T, 24, 3), lowest skin (T,) and measured facts."""

    def __init__(self, script: MotionScript, seed: int, body: BodyModel) -> None:
        motion = synthesize(script, seed, body)
        self.joints = pose_joints(body, motion)
        skin = np.arange(0, body.n_vertices, 5)
        self.lowest = pose_vertices(body, motion, skin)[..., 2].min(axis=1)
        self.facts: MotionFacts = measure_facts(motion, body)

    def height(self, joint: str, time_s: float) -> float:
        return float(self.joints[round(time_s * RATE_HZ), JOINT[joint], 2])


@pytest.fixture(scope="module")
def perform(standin_body: BodyModel, make_script: ScriptMaker) -> Callable[..., Performed]:
    def run(*steps: Step, seed: int = 5, **fields: Any) -> Performed:
        return Performed(make_script([idle(), *steps, idle()], **fields), seed, standin_body)

    return run


@pytest.mark.parametrize("height_m", [1.5, 1.95])
@pytest.mark.parametrize("to", ["sit_floor", "lie_back", "lie_front", "lie_side", "hands_and_knees"])
def test_down_to_the_floor_and_up_again(perform: Any, to: str, height_m: float) -> None:
    done = perform(posture(to), posture("stand", 3.2, 0.2), subject={"height_m": height_m})
    assert done.lowest.min() > -MAX_PENETRATION_M
    assert done.lowest.max() < MAX_HOVER_M + 0.02
    held = [span.posture for span in done.facts.postures if span.start_s <= 3.2 <= span.end_s]
    assert held == [to]
    assert done.facts.postures[-1].posture == "stand"
    assert done.facts.pelvis_height_end_m == pytest.approx(done.facts.pelvis_height_start_m, abs=0.02)
    resting = done.lowest[round(2.9 * RATE_HZ) : round(3.45 * RATE_HZ)]
    assert np.abs(resting).max() < MAX_PENETRATION_M


def test_palms_and_knees_carry_a_body_on_all_fours(perform: Any) -> None:
    done = perform(posture("hands_and_knees", 2.2, 1.0))
    for side in ("left", "right"):
        assert 0.03 < done.height(f"{side}_wrist", 3.4) < 0.09
        assert abs(done.height(f"{side}_hand", 3.4) - done.height(f"{side}_wrist", 3.4)) < 0.04
        assert 0.03 < done.height(f"{side}_knee", 3.4) < 0.10
    wrists = done.joints[round(2.7 * RATE_HZ) :, [JOINT["left_wrist"], JOINT["right_wrist"]]]
    assert np.ptp(wrists, axis=0).max() < 0.03
    trunk = done.joints[-10, JOINT["neck"]] - done.joints[-10, JOINT["pelvis"]]
    assert abs(trunk[2]) / np.linalg.norm(trunk) < 0.45


def test_push_ups_turn_a_straight_body_about_the_toes(perform: Any) -> None:
    lift = {"kind": "exercise", "action": "push_up", "count": 2, "period_s": 2.0}
    done = perform(posture("lie_front", 2.4, 0.2), lift)
    span = slice(round(3.0 * RATE_HZ), round(7.0 * RATE_HZ))
    top = round(3.0 * RATE_HZ) + int(np.argmax(done.joints[span, JOINT["neck"], 2]))
    line = done.joints[top, [JOINT["left_ankle"], JOINT["left_hip"], JOINT["left_shoulder"]]]
    first, second = line[1] - line[0], line[2] - line[1]
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert np.degrees(np.arccos(cosine)) < 30.0
    toes = done.joints[span, JOINT["left_foot"], :2]
    assert np.ptp(toes, axis=0).max() < 0.03
    wrists = done.joints[span, JOINT["left_wrist"], :2]
    assert np.ptp(wrists, axis=0).max() < 0.05
    assert done.lowest.min() > -MAX_PENETRATION_M


def test_sit_ups_leave_the_feet_and_the_seat_on_the_floor(perform: Any) -> None:
    curl = {"kind": "exercise", "action": "sit_up", "count": 2, "period_s": 2.4}
    done = perform(posture("lie_back", 2.2, 0.2), curl)
    span = slice(round(3.6 * RATE_HZ), round(7.4 * RATE_HZ))
    assert np.ptp(done.joints[span, JOINT["left_foot"], 2]) < 0.05
    assert done.joints[span, JOINT["pelvis"], 2].max() < 0.3
    assert np.ptp(done.joints[span, JOINT["neck"], 2]) > 0.3
    assert np.abs(done.lowest[span]).max() < 0.02


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_swing_crosses_the_body_and_a_pull_comes_to_it(perform: Any, side: str) -> None:
    stroke = {"kind": "strike", "side": side, "height": "mid", "count": 1, "duration_s": 2.2}
    sign = 1.0 if side == "left" else -1.0
    swung = perform(stroke | {"action": "swing"}).joints
    across = sign * (swung[:, JOINT[f"{side}_wrist"], 0] - swung[:, JOINT["spine3"], 0])
    assert across.max() > 0.4 and across.min() < -0.15
    pulled = perform(stroke | {"action": "pull"}).joints
    ahead = -(pulled[:, JOINT[f"{side}_wrist"], 1] - pulled[:, JOINT["spine3"], 1])
    far = int(np.argmax(ahead))
    assert ahead[far] > 0.4
    later = pulled[far : far + 50, JOINT[f"{side}_wrist"]]
    assert np.linalg.norm(np.diff(later, axis=0), axis=1).max() * RATE_HZ < 4.0
    assert ahead[far + 10 : far + 60].min() < 0.35


def test_carrying_holds_both_hands_at_the_height_while_walking(perform: Any) -> None:
    walk = {"kind": "locomote", "gait": "walk", "speed_mps": 1.1, "distance_m": 3.0, "duration_s": None}
    walk |= {"heading_deg": 0.0, "turn_deg": 0.0}
    layer = {"start_step": 1, "end_step": 1, "primitive": reach("carry", "both", 1.1, 3.2)}
    done = perform(walk, layers=[layer])
    middle = slice(round(1.6 * RATE_HZ), round(2.8 * RATE_HZ))
    for side in ("left", "right"):
        assert done.joints[middle, JOINT[f"{side}_wrist"], 2] == pytest.approx(1.1, abs=0.13)
    assert done.facts.cruising_speed_mps == pytest.approx(1.1, rel=0.15)


def test_catching_reaches_the_height_and_sweeping_goes_to_and_fro(perform: Any) -> None:
    caught = perform(reach("catch", "both", 1.5, 2.4))
    assert caught.facts.max_hand_height_left_m == pytest.approx(1.5, abs=0.12)
    assert caught.facts.max_hand_height_right_m == pytest.approx(1.5, abs=0.12)
    swept = perform(reach("sweep", "both", 0.95, 5.0))
    assert len(swept.facts.repetitions["trunk_twist"]["peaks"]) >= 2


def test_no_two_repetitions_are_alike(perform: Any) -> None:
    punch = {"kind": "strike", "action": "punch", "side": "right", "height": "mid", "count": 5}
    done = perform(punch | {"duration_s": 5.0})
    peaks = [item for item in done.facts.repetitions["hand_right_forward"]["peaks"] if item.prominence > 0.2]
    gaps = np.diff([item.time_s for item in peaks])
    assert len(peaks) == 5
    assert 0.005 < np.std(gaps) / np.mean(gaps) < 0.15


def test_old_hands_tremble_and_young_ones_do_not(perform: Any) -> None:
    raised = {"kind": "gesture", "action": "point", "side": "right", "count": 1, "duration_s": 4.0}

    def fast_power(age: str) -> float:
        ordinary = {"energy": 0.5, "tempo": 0.5, "amplitude": 0.5, "smoothness": 0.5, "hesitation": 0.0}
        style = ordinary | {"emotion": "neutral", "age_group": age}
        held = perform(raised, style=style).joints[100:180, JOINT["right_wrist"]]
        spectrum = np.abs(np.fft.rfft(np.diff(held, axis=0) * np.hanning(79)[:, None], axis=0)) ** 2
        hz = np.fft.rfftfreq(79, 1.0 / RATE_HZ)
        return float(spectrum[(hz > 4.0) & (hz < 8.0)].sum())

    assert fast_power("elderly") > 5.0 * fast_power("young")
