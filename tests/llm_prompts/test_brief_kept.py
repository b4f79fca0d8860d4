"""Pace and number of actions of a model's script are held against the brief, in words that say how to repair it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fault_server import FaultServer
from model_setup import author_of, briefs_of

from llm_prompts.answers import brief_problems
from llm_prompts.briefs import Brief
from llm_prompts.builtin_scenarios import BUILTIN_SCENARIOS
from llm_prompts.grammar_author import GrammarAuthor
from llm_prompts.pace_limits import asked_limits, pace_problem
from llm_prompts.script_prompts import brief_prompt
from llm_prompts.step_details import main_step, pace_of
from simulator.motion.script import Idle, MotionScript, Start


@pytest.fixture(scope="module")
def brief() -> Brief:
    briefs = briefs_of(200)
    found = next(one for one in briefs if one.activity == "wave" and one.pace == "fast" and one.count == 3)
    return found.model_copy(update={"n_actions": 1})


@pytest.fixture(scope="module")
def good(brief: Brief) -> MotionScript:
    return GrammarAuthor(0).write(brief)


def lying(good: MotionScript, what: str) -> str:
    """A script that waves as often and with the hand as asked, but slowly, or does something else as well."""
    script = good.model_dump(mode="json")
    main = next(index for index, step in enumerate(script["steps"]) if step["kind"] == "gesture")
    if what == "pace":
        script["steps"][main]["duration_s"] = 4.4
    else:
        bow = {"kind": "gesture", "action": "bow", "side": "both", "count": 1, "duration_s": 1.9}
        script["steps"].insert(main, bow)
        script["steps"].insert(main, {"kind": "idle", "duration_s": 0.4, "sway": 0.1})
        script["caption"] = "a person bows and then waves both hands quickly three times"
        script["steps"][main + 2]["duration_s"] = 2.45
    return json.dumps(script)


SAID = {
    "pace": "the pace of the main step is slow, asked was fast: duration_s below 2.82",
    "actions": "the script has 2 actions (bow, wave), asked were 1 (all steps but idle count): leave some out",
}


def answers(*texts: str) -> dict[str, Any]:
    left = list(texts)
    return {"motion_script": lambda content: left.pop(0) if len(left) > 1 else left[0]}


@pytest.mark.parametrize("what", sorted(SAID))
def test_a_lying_script_is_repaired_with_the_number_that_it_needs(
    brief: Brief, good: MotionScript, what: str
) -> None:
    lie = lying(good, what)
    with FaultServer(["ok"], answers=answers(lie, good.model_dump_json())) as server:
        author = author_of(server)
        assert author.write(brief) == good
    assert author.counts.repaired == 1
    problems = server.requests[1]["messages"][3]["content"].splitlines()[1:-1]
    assert problems == [f"- {SAID[what]}"]


@pytest.mark.parametrize("what", sorted(SAID))
def test_a_script_that_keeps_lying_is_counted_as_off_brief(
    brief: Brief, good: MotionScript, what: str
) -> None:
    with FaultServer(["ok"], answers=answers(lying(good, what))) as server:
        author = author_of(server)
        assert author.write(brief) is None
    assert author.counts.rejected == {"off_brief": 1}


def test_too_few_actions_are_told_how_much_time_is_left(brief: Brief, good: MotionScript) -> None:
    (problem,) = brief_problems(good, brief.model_copy(update={"n_actions": 3}))
    assert re.search(
        r"^the script has 1 action \(wave\), asked were 3 .*: \d\.\d s are left for more$", problem
    )


def test_fewer_actions_are_right_where_no_time_is_left() -> None:
    jacks = next(one for one in briefs_of(200) if one.activity == "jumping_jack" and one.pace == "slow")
    asked = jacks.model_copy(update={"n_actions": 1})
    script = GrammarAuthor(0).write(asked)
    steps = [step for step in script.steps if not isinstance(step, Idle)]
    longer = [step.model_copy(update={"count": 4, "period_s": 2.0}) for step in steps]
    full = script.model_copy(update={"steps": longer})
    four = asked.model_copy(update={"count": 4, "n_actions": 3})
    assert brief_problems(full, four) == []
    assert brief_problems(script, asked.model_copy(update={"n_actions": 2}))


def test_what_the_grammar_writes_has_the_asked_pace() -> None:
    for scenario in sorted(BUILTIN_SCENARIOS):
        for brief in briefs_of(30, scenario):
            script = GrammarAuthor(1).write(brief)
            assert pace_problem(main_step(script), script, brief) == "", brief


def test_the_number_in_a_prompt_is_where_the_pace_changes() -> None:
    for scenario in ("daily-living", "gesture-control", "gait-clinic", "gym"):
        for brief in briefs_of(60, scenario):
            limits = asked_limits(brief)
            script = GrammarAuthor(1).write(brief)
            main = main_step(script)
            field = limits.field if limits is not None else ""
            if limits is None or field not in type(main.step).model_fields or main.posture != "stand":
                continue
            assert limits.in_words(brief.pace) in brief_prompt(brief)
            for limit, other in ((limits.slow, limits.fast), (limits.fast, limits.slow)):
                beyond = limit + 0.01 * (limit - other)
                moved = main.step.model_copy(update={field: beyond})
                assert pace_of(moved, script.style) == ("slow" if limit == limits.slow else "fast")
                within = main.step.model_copy(update={field: limit - 0.01 * (limit - other)})
                assert pace_of(within, script.style) == "ordinary", (brief.activity, limits)


def test_nobody_is_asked_to_run_faster_than_the_room_allows() -> None:
    fast = next(one for one in briefs_of(200) if one.activity == "run" and one.pace == "fast")
    straight = fast.model_copy(update={"direction": "straight", "n_actions": 1})
    script = GrammarAuthor(0).write(straight)
    step = next(step for step in script.steps if step.kind == "locomote")
    slower = step.model_copy(update={"speed_mps": 2.0, "gait": "run"})
    main = main_step(script.model_copy(update={"steps": [slower]}))
    assert "speed_mps above 2.20" in pace_problem(main, script, straight)
    near = straight.near_limit_m + 1.2
    tight = straight.model_copy(update={"start": Start(range_m=near, azimuth_deg=0.0, heading_deg=0.0)})
    assert pace_problem(main, script, tight) == ""
