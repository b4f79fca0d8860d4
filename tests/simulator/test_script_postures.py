"""Which step may follow which posture, and what the validator says where it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simulator.errors import ScriptError
from simulator.motion.script import (
    FLOOR_EXERCISES,
    FLOOR_POSTURES,
    GAITS,
    POSTURES,
    MotionScript,
    posture_after,
    postures_before,
    validate_script,
)

ScriptMaker = Callable[..., MotionScript]
Step = dict[str, Any]


def posture(to: str, duration_s: float = 2.5) -> Step:
    return {"kind": "posture", "to": to, "duration_s": duration_s, "hold_s": 0.2}


def exercise(action: str, count: int = 2, period_s: float = 2.0) -> Step:
    return {"kind": "exercise", "action": action, "count": count, "period_s": period_s}


def crawl(**changes: Any) -> Step:
    step = {"kind": "locomote", "gait": "crawl", "speed_mps": 0.4, "distance_m": 0.8, "duration_s": None}
    return step | {"heading_deg": 0.0, "turn_deg": 0.0} | changes


def idle(duration_s: float = 1.0) -> Step:
    return {"kind": "idle", "duration_s": duration_s, "sway": 0.5}


def problems_of(script: MotionScript) -> str:
    with pytest.raises(ScriptError) as caught:
        validate_script(script)
    return str(caught.value)


@pytest.mark.parametrize("to", FLOOR_POSTURES)
def test_floor_postures_lead_back_to_a_stand(make_script: ScriptMaker, to: str) -> None:
    script = make_script([posture(to), posture("stand", 3.0)])
    validate_script(script)
    assert postures_before(script) == ["stand", to]
    assert "allowed are 2.5 to 6 s" in problems_of(make_script([posture(to), posture("stand", 1.0)]))
    assert "allowed are 1.8 to 5 s" in problems_of(make_script([posture(to, 0.8), idle()]))


@pytest.mark.parametrize(("action", "needed"), sorted(FLOOR_EXERCISES.items()))
def test_floor_exercises_need_their_posture(make_script: ScriptMaker, action: str, needed: str) -> None:
    validate_script(make_script([posture(needed), exercise(action)]))
    message = problems_of(make_script([exercise(action)]))
    assert f"{action} is not possible from posture stand" in message
    assert f"put a posture step to {needed} before it" in message


def test_only_neighbouring_postures_follow_each_other(make_script: ScriptMaker) -> None:
    for first, second in (("sit_floor", "lie_back"), ("hands_and_knees", "lie_front")):
        validate_script(make_script([posture(first), posture(second)]))
        validate_script(make_script([posture(second), posture(first)]))
    message = problems_of(make_script([posture("lie_side"), posture("lie_front")]))
    assert "lie_front is not possible from posture lie_side" in message
    assert "one can go to stand" in message
    assert "stand up first" in message
    standing = problems_of(make_script([posture("stand", 2.0), idle()]))
    assert "stands already: leave the step out" in standing


def test_crawling_is_done_on_hands_and_knees(make_script: ScriptMaker) -> None:
    validate_script(make_script([posture("hands_and_knees"), crawl()]))
    message = problems_of(make_script([crawl()]))
    assert "crawl is not possible from posture stand" in message
    assert "posture step to hands_and_knees before it" in message
    assert "walk is not possible from posture hands_and_knees" in problems_of(
        make_script([posture("hands_and_knees"), crawl(gait="walk", speed_mps=1.0, distance_m=1.5)])
    )


def test_who_lies_or_sits_has_no_feet_to_kick_with(make_script: ScriptMaker) -> None:
    wave = {"kind": "gesture", "action": "wave", "side": "left", "count": 2, "duration_s": 2.4}
    kick = {
        "kind": "strike",
        "action": "kick",
        "side": "left",
        "height": "low",
        "count": 1,
        "duration_s": 1.6,
    }
    validate_script(make_script([posture("sit_floor"), wave]))
    assert "choose one of" in problems_of(
        make_script([posture("sit_floor"), wave | {"action": "bow", "side": "both", "count": 1}])
    )
    for to in ("sit_floor", "lie_back", "hands_and_knees"):
        message = problems_of(make_script([posture(to), kick]))
        assert f"kick is not possible from posture {to}" in message
        assert "it needs the feet on the floor; stand up first" in message
    assert "wave is not possible from posture lie_back" in problems_of(
        make_script([posture("lie_back"), wave])
    )


@pytest.mark.parametrize(
    ("direction", "after"),
    [("forward", "lie_front"), ("backward", "lie_back"), ("left", "lie_side"), ("down", "lie_side")],
)
def test_a_fall_ends_in_a_posture_that_the_next_step_starts_from(
    make_script: ScriptMaker, direction: str, after: str
) -> None:
    fall = {"kind": "fall", "direction": direction, "cause": "faint", "recover": False, "duration_s": 3.0}
    script = make_script([fall, posture("stand", 3.0)])
    validate_script(script)
    assert postures_before(script)[1] == after
    recovered = make_script([fall | {"recover": True, "duration_s": 6.0}])
    assert posture_after(recovered.steps[0], "stand") == "stand"


def test_layers_wait_until_the_arms_are_free(make_script: ScriptMaker) -> None:
    carry = {"kind": "reach", "action": "carry", "side": "both", "height_m": 1.1, "duration_s": 2.2}
    walk = crawl(gait="walk", speed_mps=1.0, distance_m=2.5)
    validate_script(make_script([walk], layers=[{"start_step": 0, "end_step": 0, "primitive": carry}]))
    crawling = [posture("hands_and_knees"), crawl(distance_m=1.2)]
    over = [{"start_step": 1, "end_step": 1, "primitive": carry}]
    assert "crawl from posture hands_and_knees) needs the arms" in problems_of(make_script(crawling, over))
    lying = [posture("lie_back"), idle(3.0)]
    assert "idle from posture lie_back) needs the arms" in problems_of(make_script(lying, over))


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (crawl(gait="walk", speed_mps=3.0), "at that speed people run"),
        (crawl(gait="walk", speed_mps=30.0), "nobody moves on foot"),
        (crawl(gait="walk", speed_mps=1.0, turn_deg=400.0), "more than a full circle"),
        (crawl(gait="hop", speed_mps=0.8, distance_m=2.0, turn_deg=90.0), "hop goes straight"),
        (exercise("dance_step", 2, 9.0), "one dance_step takes that long"),
        (exercise("push_up", 99), "repeat less often"),
        (posture("lie_back") | {"hold_s": 30.0}, "add an idle step"),
        ({"kind": "turn", "angle_deg": 5.0, "duration_s": 2.0}, "less is swaying"),
        ({"kind": "turn", "angle_deg": 90.0, "duration_s": 9.0}, "turning on the spot goes at 20 to 200"),
        ({"kind": "jump", "height_m": 2.0, "forward_m": 0.0, "count": 1}, "jump no higher"),
        (
            {"kind": "reach", "action": "carry", "side": "both", "height_m": 1.9, "duration_s": 3.0},
            "carry brings the hands to 0.5 to 0.78 of the body height",
        ),
        (
            {"kind": "reach", "action": "sweep", "side": "left", "height_m": 0.9, "duration_s": 3.0},
            "sweep takes side both, not left",
        ),
        (
            {
                "kind": "strike",
                "action": "slap",
                "side": "both",
                "height": "mid",
                "count": 1,
                "duration_s": 1.5,
            },
            "slap takes side left or right, not both",
        ),
    ],
)
def test_each_refusal_says_why(make_script: ScriptMaker, step: Step, why: str) -> None:
    assert why in problems_of(make_script([step, idle(2.0)]))


def test_the_vocabulary_has_the_words_of_the_design() -> None:
    assert len(GAITS) == 15 and len(POSTURES) == 11
    for gait in ("stagger", "hop", "skip", "stairs_step", "crawl"):
        assert gait in GAITS
