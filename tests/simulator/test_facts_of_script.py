"""Measured events on joints of known movement, and scripts laid beside what was measured."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from simulator.body.model import BodyModel, pose_joints
from simulator.body.skeleton import JOINT
from simulator.motion.count_rules import COUNT_RULES
from simulator.motion.facts import MotionFacts, measure_facts
from simulator.motion.facts_events import find_extremes, find_footfalls, find_jumps
from simulator.motion.facts_of_script import FACTS, compare_with_script, disagreements
from simulator.motion.facts_segments import find_postures, find_segments
from simulator.motion.script import REPETITION_S, MotionScript
from simulator.motion.synthesis import synthesize

ScriptMaker = Callable[..., MotionScript]
Step = dict[str, Any]
RATE_HZ = 50.0
STAND_M = 0.95


def idle(duration_s: float = 0.6) -> Step:
    return {"kind": "idle", "duration_s": duration_s, "sway": 0.3}


def walk(**changes: Any) -> Step:
    step = {"kind": "locomote", "gait": "walk", "speed_mps": 1.2, "distance_m": 2.4, "duration_s": None}
    return step | {"heading_deg": 0.0, "turn_deg": 0.0} | changes


def turn(angle_deg: float) -> Step:
    return {"kind": "turn", "angle_deg": angle_deg, "duration_s": 2.0}


def counted(kind: str, action: str, side: str = "right", count: int = 2) -> Step:
    beside, shortest, longest = REPETITION_S[(kind, action)]
    each = shortest + 0.3 * (longest - shortest)
    if kind == "exercise":
        return {"kind": kind, "action": action, "count": count, "period_s": each}
    step = {"kind": kind, "action": action, "side": side, "count": count, "duration_s": beside + count * each}
    return step | ({"height": "mid"} if kind == "strike" else {})


def standing(n: int) -> np.ndarray:
    """(n, 24, 3) joints of somebody who stands still and faces -y."""
    joints = np.zeros((n, 24, 3))
    heights = {"pelvis": STAND_M, "neck": 1.5, "head": 1.6, "spine3": 1.35, "foot": 0.03, "ankle": 0.1}
    heights |= {"knee": 0.5, "hip": 0.87, "shoulder": 1.42, "collar": 1.44, "elbow": 1.15, "wrist": 0.9}
    for name, index in JOINT.items():
        part = name.split("_")[-1]
        joints[:, index, 2] = heights.get(part, 1.2)
        joints[:, index, 0] = {"left": 0.15, "right": -0.15}.get(name.split("_")[0], 0.0)
        joints[:, index, 1] = -0.12 if part == "foot" else 0.0
    return joints


@pytest.fixture(scope="module")
def perform(
    standin_body: BodyModel, make_script: ScriptMaker
) -> Callable[..., tuple[MotionScript, MotionFacts]]:
    def run(*steps: Step, seed: int = 2, **fields: Any) -> tuple[MotionScript, MotionFacts]:
        script = make_script([idle(), *steps, idle()], **fields)
        return script, measure_facts(synthesize(script, seed, standin_body), standin_body)

    return run


def test_footfalls_are_counted_where_feet_are_set_down() -> None:
    joints = standing(200)
    t = np.arange(200) / RATE_HZ
    for side, lift in (("left", 0.5), ("right", 1.5), ("left", 2.5)):
        share = np.clip((t - lift) / 0.5, 0.0, 1.0)
        foot = JOINT[f"{side}_foot"]
        joints[:, foot, 1] -= 0.6 * share**3 * (10 - 15 * share + 6 * share**2)
        joints[:, foot, 2] += 0.1 * np.sin(np.pi * share) ** 2
    found = find_footfalls(joints, RATE_HZ)
    assert [footfall.side for footfall in found] == ["left", "right", "left"]
    assert [footfall.time_s for footfall in found] == pytest.approx([1.0, 2.0, 3.0], abs=0.1)
    assert [footfall.step_m for footfall in found] == pytest.approx([0.6] * 3, abs=0.05)
    assert find_footfalls(standing(100), RATE_HZ) == []


def test_a_jump_takes_both_feet_at_once() -> None:
    t = np.arange(150) / RATE_HZ
    flight = np.clip(np.minimum(t - 1.0, 1.4 - t), 0.0, None)
    rise = 9.81 / 2.0 * flight * (0.4 - flight)
    jumping = standing(150)
    jumping[..., 2] += rise[:, None]
    (found,) = find_jumps(jumping, RATE_HZ, STAND_M)
    assert found.height_m == pytest.approx(9.81 * 0.2**2 / 2.0, abs=0.005)
    assert (found.takeoff_s, found.landing_s) == pytest.approx((1.0, 1.4), abs=0.06)
    stepping = standing(150)
    stepping[:, JOINT["left_foot"], 2] += rise
    assert find_jumps(stepping, RATE_HZ, STAND_M) == []


def test_extremes_of_a_sine_are_its_periods() -> None:
    t = np.arange(500) / RATE_HZ
    found = find_extremes({"trunk_pitch": 20.0 * np.sin(2.0 * np.pi * 0.5 * t)}, RATE_HZ)["trunk_pitch"]
    assert [peak.time_s for peak in found["peaks"]] == pytest.approx([0.5, 2.5, 4.5, 6.5, 8.5], abs=0.03)
    assert len(found["troughs"]) == 5
    assert find_extremes({"trunk_pitch": 2.0 * np.sin(t)}, RATE_HZ) == {}


def test_segments_follow_each_other_and_name_what_happens() -> None:
    joints = standing(400)
    t = np.arange(400) / RATE_HZ
    joints[..., 1] -= np.clip((t - 1.0) * 0.8, 0.0, 1.6)[:, None]
    down = np.clip((t - 4.0) / 0.8, 0.0, 1.0) - np.clip((t - 6.0) / 0.8, 0.0, 1.0)
    for part in ("pelvis", "neck", "head", "spine3", "left_wrist", "right_wrist", "left_hip", "right_hip"):
        joints[:, JOINT[part], 2] -= 0.45 * down
    found = find_segments(joints, np.zeros(400), RATE_HZ, STAND_M)
    kinds = [segment.kind for segment in found if segment.kind not in ("still", "acting")]
    assert kinds == ["travelling", "going_down", "low", "getting_up"]
    assert all(a.end_s == b.start_s for a, b in pairwise(found))
    travelling = next(segment for segment in found if segment.kind == "travelling")
    assert travelling.path_m == pytest.approx(1.6, abs=0.1)
    assert travelling.top_speed_mps == pytest.approx(0.8, abs=0.03)
    assert [span.posture for span in find_postures(joints, RATE_HZ, STAND_M)] == ["stand", "squat", "stand"]


@pytest.mark.parametrize(("kind", "action"), sorted(COUNT_RULES))
def test_counts_and_sides_of_every_action_are_measured(perform: Any, kind: str, action: str) -> None:
    side = {"clap": "both", "stretch": "both", "cross_arms": "both", "shrug": "both", "bow": "both"}.get(
        action
    )
    side = side or ("both" if action in ("nod", "shake_head") else "left")
    before = {"sit_up": "lie_back", "push_up": "lie_front"}.get(action)
    steps = [counted(kind, action, side, 2)]
    if before:
        steps = [{"kind": "posture", "to": before, "duration_s": 2.2, "hold_s": 0.2}, *steps]
    script, facts = perform(*steps)
    rows = compare_with_script(script, facts)
    assert [row.text for row in rows if not row.agrees] == []
    assert any(row.fact == "count" for row in rows)


def test_a_wrong_script_is_contradicted_in_words(perform: Any, make_script: ScriptMaker) -> None:
    wave = counted("gesture", "wave", "right", 3)
    script, facts = perform(walk(), turn(90.0), wave)
    assert disagreements(script, facts) == []
    assert disagreements(script, facts.to_dict()) == []
    said = make_script([idle(), walk(), turn(90.0), wave | {"count": 4, "side": "left"}, idle()])
    texts = disagreements(said, facts)
    assert any("the side of wave should be left, measured is right" in text for text in texts)
    turned = make_script([idle(), walk(), turn(-90.0), wave, idle()])
    assert any("the turn should be -90.00 deg" in text for text in disagreements(turned, facts))
    slower = make_script([idle(), walk(speed_mps=0.7), turn(90.0), wave, idle()])
    assert any("the speed should be 0.70 m/s" in text for text in disagreements(slower, facts))
    assert {row.fact for row in compare_with_script(script, facts)} <= set(FACTS)


def test_order_of_stretches_is_told_from_the_motion(perform: Any, make_script: ScriptMaker) -> None:
    script, facts = perform(walk(distance_m=1.6), turn(180.0))
    order = next(row for row in compare_with_script(script, facts) if row.fact == "order")
    assert order.agrees
    swapped = make_script([idle(), turn(180.0), walk(distance_m=1.6, heading_deg=180.0), idle()])
    order = next(row for row in compare_with_script(swapped, facts) if row.fact == "order")
    assert not order.agrees
    assert order.scripted == "turning, travelling" and order.measured == "travelling, turning"


def test_facts_of_steps_and_jumps_reach_the_plain_values(perform: Any, standin_body: BodyModel) -> None:
    jump = {"kind": "jump", "height_m": 0.3, "forward_m": 0.0, "count": 2}
    script, facts = perform(walk(), jump)
    values = facts.to_dict()
    assert 4 <= len(values["footfalls"]) <= 8
    assert [item["height_m"] for item in values["jumps"]] == pytest.approx([0.3, 0.3], abs=0.03)
    assert values["segments"][0]["kind"] == "still"
    assert {span["posture"] for span in values["postures"]} == {"stand"}
    assert len(pose_joints(standin_body, synthesize(script, 2, standin_body))) == 1 + round(
        facts.duration_s * 50
    )
