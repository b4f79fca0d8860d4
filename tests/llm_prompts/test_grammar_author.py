from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_prompts.answers import brief_problems
from llm_prompts.briefs import Brief, draw_briefs
from llm_prompts.builtin_scenarios import BUILTIN_SCENARIOS
from llm_prompts.captions import write_captions
from llm_prompts.errors import BriefNotWritable, InvalidScenario
from llm_prompts.facts import SampleFacts
from llm_prompts.gaps import Gap
from llm_prompts.grammar_author import GrammarAuthor
from llm_prompts.plans import PLANS
from llm_prompts.qa_pairs import write_qa
from llm_prompts.scenario import Scenario, load_scenario
from llm_prompts.step_details import main_step
from simulator.motion.script import (
    Idle,
    MotionScript,
    activity_of,
    plan_path,
    script_duration_s,
    step_duration_s,
    validate_script,
)

DEFAULT = load_scenario("daily-living")
EVERYTHING = Scenario(name="everything", setting="a room", activities=dict.fromkeys(PLANS, 1.0))


def test_all_scripts_validate_and_last_four_to_ten_seconds(many_scripts: list[MotionScript]) -> None:
    for script in many_scripts:
        validate_script(script)
        assert 4.0 - 1e-9 <= script_duration_s(script) <= 9.9 + 1e-9


def test_every_activity_can_be_written_as_the_main_action() -> None:
    for brief in draw_briefs(EVERYTHING, 4 * len(PLANS), 0):
        assert activity_of(GrammarAuthor(1).write(brief)) == brief.activity


def test_the_main_activity_dominates(many_scripts: list[MotionScript]) -> None:
    for script in many_scripts:
        main = main_step(script)
        others = [
            step_duration_s(step, script.style)
            for step in script.steps
            if not isinstance(step, Idle) and step != main.step
        ]
        same = [other for other in others if other < main.duration_s]
        assert len(same) == len(others) or main.activity in ("walk", "run"), script.title


def test_every_view_of_the_path_stays_in_the_field(many_scripts: list[MotionScript]) -> None:
    for script in many_scripts:
        reach = max(point.reach_m for point in plan_path(script))
        assert script.start.range_m - reach >= 1.2, script.title
        assert script.start.range_m + reach <= 8.0, script.title


def test_some_scripts_have_two_and_three_actions_but_most_one(many_scripts: list[MotionScript]) -> None:
    counts = Counter(
        len([step for step in script.steps if not isinstance(step, Idle)]) for script in many_scripts[:300]
    )
    assert counts[1] >= 150
    assert counts[2] >= 40
    assert counts[3] >= 15


def test_count_side_and_direction_follow_the_brief() -> None:
    kept = total = 0
    for brief in draw_briefs(EVERYTHING, 300, 4):
        main = main_step(GrammarAuthor().write(brief))
        if brief.side is not None:
            assert main.side == brief.side
        if PLANS[brief.activity].shape in ("turn", "fall"):
            assert main.direction == brief.direction
        if brief.count is not None:
            assert main.count is not None
            assert main.count <= brief.count  # fewer where they don't fit the time
            total += 1
            kept += main.count == brief.count
    assert kept / total > 0.8


def test_pace_words_mostly_agree_with_the_briefs() -> None:
    agreed = Counter[bool]()
    for brief in draw_briefs(EVERYTHING, 300, 4):
        if PLANS[brief.activity].shape not in ("jump", "fall"):
            agreed[main_step(GrammarAuthor().write(brief)).pace == brief.pace] += 1
    assert agreed[True] / agreed.total() > 0.9


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), author_seed=st.integers(0, 2**32))
def test_the_same_seed_writes_the_same_script(seed: int, author_seed: int) -> None:
    brief = draw_briefs(DEFAULT, 3, seed)[2]
    script = GrammarAuthor(author_seed).write(brief)
    assert GrammarAuthor(author_seed).write(brief) == script
    assert MotionScript.model_validate_json(script.model_dump_json()) == script


def test_writing_does_not_depend_on_what_was_written_before() -> None:
    briefs = draw_briefs(DEFAULT, 40, 0)
    forward = [GrammarAuthor(0).write(brief) for brief in briefs]
    author = GrammarAuthor(0)
    assert [author.write(brief) for brief in reversed(briefs)][::-1] == forward
    assert len({script.model_dump_json() for script in forward}) == 40


def test_author_says_that_it_is_a_grammar() -> None:
    author = GrammarAuthor(3)
    brief = draw_briefs(DEFAULT, 1, 0)[0]
    author.write(brief)
    assert author.name == "grammar"
    assert author.model is None
    assert "no language model" in author.report()
    assert author.request_hash(brief) == GrammarAuthor(3).request_hash(brief)
    assert author.request_hash(brief) != GrammarAuthor(4).request_hash(brief)


def test_a_brief_without_room_is_refused_with_the_reason() -> None:
    run = next(brief for brief in draw_briefs(DEFAULT, 40, 0) if brief.activity == "run")
    start = run.start.model_copy(update={"range_m": 1.4})
    cramped = Brief.model_validate({**run.model_dump(), "start": start})
    with pytest.raises(BriefNotWritable, match="room"):
        GrammarAuthor().write(cramped)


def test_thousand_scripts_with_words_in_twenty_seconds(make: Any) -> None:
    facts: SampleFacts = make.facts()
    started = time.process_time()
    for brief in draw_briefs(DEFAULT, 1000, 0):
        script = GrammarAuthor(0).write(brief)
        write_captions(script, facts, 0)
        write_qa(script, facts, 0)
    assert time.process_time() - started < 20.0


@pytest.mark.parametrize("name", BUILTIN_SCENARIOS)
def test_scripts_are_what_their_briefs_ask_for(name: str) -> None:
    """Counts, sides and ways: a gap that is filled with something else would never close."""
    author = GrammarAuthor(0)
    for brief in draw_briefs(load_scenario(name), 150, 5):
        assert brief_problems(author.write(brief), brief) == []


def test_a_gap_whose_repetitions_do_not_fit_is_refused_and_others_are_filled() -> None:
    scenario = load_scenario("daily-living")
    slow = Gap(activity="squat", attributes={"count": "3", "pace": "slow"}, n_samples=6)
    with pytest.raises(InvalidScenario, match="not so many repetitions at this pace fit"):
        draw_briefs(scenario, 6, 2, (slow,))
    three = Gap(activity="squat", attributes={"count": "3"}, n_samples=6)
    briefs = draw_briefs(scenario, 6, 2, (three,))
    assert {brief.count for brief in briefs} == {3}
    assert all(brief_problems(GrammarAuthor(0).write(brief), brief) == [] for brief in briefs)
