from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from simulator.errors import ScriptError
from simulator.motion import script as vocabulary
from simulator.motion.script import (
    ACTIVITIES,
    CAPTION_STEMS,
    REACH_DURATION_S,
    REACH_HEIGHT_FRACTION,
    REPETITION_S,
    SPEED_RANGE_MPS,
    MotionScript,
    activity_of,
    caption_problems,
    duration_range_s,
    plan_path,
    script_duration_s,
    script_schema,
    step_duration_s,
    validate_script,
)

ScriptMaker = Callable[..., MotionScript]


def walk(**changes: Any) -> dict[str, Any]:
    step = {"kind": "locomote", "gait": "walk", "speed_mps": 1.2, "distance_m": 3.0, "duration_s": None}
    return step | {"heading_deg": 0.0, "turn_deg": 0.0} | changes


def wave(**changes: Any) -> dict[str, Any]:
    return {"kind": "gesture", "action": "wave", "side": "right", "count": 3, "duration_s": 3.0} | changes


def idle(duration_s: float = 2.0) -> dict[str, Any]:
    return {"kind": "idle", "duration_s": duration_s, "sway": 0.5}


def problems_of(script: MotionScript) -> str:
    with pytest.raises(ScriptError) as caught:
        validate_script(script)
    return str(caught.value)


def objects_in(schema: Any) -> list[dict[str, Any]]:
    found = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
    children = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    return found + [inner for child in children for inner in objects_in(child)]


def test_schema_is_what_strict_endpoints_take() -> None:
    schema = script_schema()
    text = json.dumps(schema)
    for forbidden in ("oneOf", "default", "discriminator", "minimum", "maximum", "pattern"):
        assert f'"{forbidden}"' not in text
    found = objects_in(schema)
    assert len(found) == 15
    for part in found:
        assert part["additionalProperties"] is False
        assert set(part["required"]) == set(part["properties"])


def test_schema_and_text_round_trip(make_script: ScriptMaker) -> None:
    script = make_script([walk(), wave()])
    assert MotionScript.model_validate_json(script.model_dump_json()) == script


@pytest.mark.parametrize(
    "change",
    [{"extra": 1}, {"gait": "fly"}, {"speed_mps": "fast"}, {"turn_deg": float("nan")}, {"kind": "walk"}],
)
def test_schema_refuses_what_it_does_not_know(make_script: ScriptMaker, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make_script([walk(**change)])


def test_every_word_has_its_bounds_and_its_words() -> None:
    assert set(SPEED_RANGE_MPS) == set(vocabulary.GAITS)
    for kind, actions in (
        ("strike", vocabulary.STRIKE_ACTIONS),
        ("gesture", vocabulary.GESTURE_ACTIONS),
        ("exercise", vocabulary.EXERCISE_ACTIONS),
    ):
        assert {action for k, action in REPETITION_S if k == kind} == set(actions)
    assert set(REACH_DURATION_S) == set(REACH_HEIGHT_FRACTION) == set(vocabulary.REACH_ACTIONS)
    assert set(ACTIVITIES) == set(CAPTION_STEMS)
    assert len(ACTIVITIES) >= 40
    assert len(get_args(vocabulary.Step)) == 10


def test_a_sound_script_passes(make_script: ScriptMaker) -> None:
    validate_script(make_script([walk(), wave(), idle()]))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([walk(speed_mps=3.0)], "allowed are 0.6 to 2 m/s"),
        ([walk(distance_m=None)], "exactly one of distance_m and duration_s"),
        ([walk(duration_s=3.0)], "exactly one of distance_m and duration_s"),
        ([walk(distance_m=0.5)], "too short to reach 1.2 m/s and stop"),
        ([walk(turn_deg=180.0, distance_m=1.2)], "radius"),
        ([walk(distance_m=6.0)], "stay within 0.7 to 10.5 m"),
        ([walk(heading_deg=90.0)], "put a turn step before it"),
        ([wave(count=9)], "with count 9"),
        ([wave(side="left", action="clap")], "clap takes side both, not left"),
        ([idle(1.0)], "planned duration is 1 s"),
        ([idle(9.0), wave()], "planned duration is 12 s"),
        ([], "no steps"),
        ([{"kind": "turn", "angle_deg": 180.0, "duration_s": 0.8}], "duration_s is 0.8"),
        ([{"kind": "jump", "height_m": 0.9, "forward_m": 0.0, "count": 1}, idle()], "height_m is 0.9 m"),
        ([{"kind": "posture", "to": "stand", "duration_s": 2.0, "hold_s": 1.0}], "from posture stand"),
        (
            [{"kind": "reach", "action": "pick_up", "side": "left", "height_m": 1.6, "duration_s": 3.0}],
            "height_m is 1.6 m, allowed are 0 to 0.774 m",
        ),
    ],
)
def test_each_fault_is_named_with_what_is_allowed(
    make_script: ScriptMaker, steps: list[dict[str, Any]], words: str
) -> None:
    assert words in problems_of(make_script(steps, caption="a person does it and stands waving and walking"))


def test_all_problems_are_listed_at_once(make_script: ScriptMaker) -> None:
    message = problems_of(make_script([walk(speed_mps=9.0), wave(count=99)], subject={"height_m": 2.6}))
    assert "3 problem(s)" in message
    assert "step 0" in message and "step 1" in message and "subject.height_m" in message


def test_nobody_kicks_while_lying(make_script: ScriptMaker) -> None:
    fall = {"kind": "fall", "direction": "left", "cause": "push", "recover": False, "duration_s": 3.0}
    kick = {"kind": "strike", "action": "kick", "side": "left", "height": "low", "count": 1}
    kick |= {"duration_s": 1.6}
    assert "kick is not possible from posture lie" in problems_of(make_script([fall, kick]))
    stand = {"kind": "posture", "to": "stand", "duration_s": 3.0, "hold_s": 0.0}
    validate_script(make_script([fall, stand, kick]))
    hasty = stand | {"duration_s": 1.0}
    assert "allowed are 2.5 to 6 s" in problems_of(make_script([fall, hasty, kick]))


def test_layers_only_on_free_limbs(make_script: ScriptMaker) -> None:
    over_walk = {"start_step": 0, "end_step": 0, "primitive": wave(duration_s=2.5)}
    validate_script(make_script([walk()], layers=[over_walk]))
    jump = {"kind": "jump", "height_m": 0.2, "forward_m": 0.0, "count": 2}
    assert "needs the arms" in problems_of(make_script([jump], layers=[over_walk]))
    bow = over_walk | {"primitive": wave(action="bow", side="both", count=1, duration_s=2.0)}
    assert "cannot be laid over" in problems_of(make_script([walk()], layers=[bow]))
    assert "same arm" in problems_of(make_script([walk()], layers=[over_walk, over_walk]))
    beyond = over_walk | {"end_step": 4}
    assert "do not exist" in problems_of(make_script([walk()], layers=[beyond]))


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("a person walks forward", "does not name the step 'wave'"),
        ("a person walks, waves and kicks", "no step does 'kick'"),
        ("a person walks and waves with the left hand", "left limb"),
        ("walks", "allowed are 3 to 60"),
    ],
)
def test_captions_must_be_honest(make_script: ScriptMaker, caption: str, words: str) -> None:
    assert words in problems_of(make_script([walk(), wave()], caption=caption))


def test_honest_captions_pass(make_script: ScriptMaker) -> None:
    script = make_script([walk(), wave()])
    for text in ("a man strolls ahead, then is waving his right hand", "she walks and waves"):
        assert caption_problems(text, script) == []
    jacks = make_script([{"kind": "exercise", "action": "jumping_jack", "count": 3, "period_s": 1.2}])
    assert caption_problems("a person does three jumping jacks", jacks) == []


def test_activity_is_that_of_the_longest_moving_step(make_script: ScriptMaker) -> None:
    assert activity_of(make_script([walk(), wave(duration_s=2.4)])) == "walk"
    assert activity_of(make_script([idle(5.0), wave(duration_s=2.4)])) == "wave"
    assert activity_of(make_script([idle(5.0)])) == "stand"
    back = walk(gait="backward", speed_mps=0.8, distance_m=2.0, heading_deg=180.0)
    assert activity_of(make_script([back])) == "walk_backward"
    clap = wave(count=3, duration_s=2.5, action="clap", side="both")
    twice = [wave(count=2, duration_s=2.5), clap]
    assert activity_of(make_script(twice)) == "wave"


def test_planned_durations(make_script: ScriptMaker) -> None:
    style = make_script([idle()]).style
    script = make_script([walk(distance_m=3.0), idle(1.5)])
    # 3 m at 1.2 m/s, half of the time of each ramp of 0.4 + 0.35 * 1.2 s is lost.
    assert step_duration_s(script.steps[0], style) == pytest.approx(3.0 / 1.2 + 0.82)
    assert script_duration_s(script) == pytest.approx(3.0 / 1.2 + 0.82 + 1.5)
    jump = make_script([{"kind": "jump", "height_m": 0.3, "forward_m": 0.0, "count": 2}, idle(1.0)]).steps[0]
    assert step_duration_s(jump, style) == pytest.approx(2 * (1.15 + 2 * (2 * 0.3 / 9.81) ** 0.5))
    low, high = duration_range_s(make_script([wave(count=2)]).steps[0], style)
    assert (low, high) == pytest.approx((1.2 + 2 * 0.4, 1.2 + 2 * 1.1))


def test_path_follows_headings_arcs_and_turns(make_script: ScriptMaker) -> None:
    turn = {"kind": "turn", "angle_deg": 180.0, "duration_s": 2.5}
    there_and_back = [walk(distance_m=2.0), turn, walk(distance_m=2.0, heading_deg=180.0)]
    points = plan_path(make_script(there_and_back))
    assert [round(point.facing_deg) for point in points] == [0, 0, 180, 180]
    assert (points[1].x_m, points[1].y_m) == pytest.approx((0.0, -2.0), abs=1e-9)
    assert (points[-1].x_m, points[-1].y_m) == pytest.approx((0.0, 0.0), abs=1e-9)
    # A left quarter of a circle of length 3 m: radius 2 * 3 / pi, ends that far ahead and to the left.
    arc = plan_path(make_script([walk(turn_deg=90.0)]))[-1]
    radius = 6.0 / 3.14159265
    assert (arc.x_m, arc.y_m) == pytest.approx((radius, -radius), rel=2e-3)
    assert arc.facing_deg == pytest.approx(90.0)
    side = walk(gait="sidestep", speed_mps=0.5, distance_m=1.0, heading_deg=-90.0)
    last = plan_path(make_script([side, idle()]))[-1]
    assert last.facing_deg == pytest.approx(0.0)
    assert last.x_m == pytest.approx(-1.0)
