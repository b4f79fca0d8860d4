"""How often a question is asked, by how common its answer is: fixed, published, and enough that no guess pays."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from llm_prompts import answer_priors
from llm_prompts.answer_priors import (
    PRIORS_PATH,
    WEIGHED_KINDS,
    ActivityCounts,
    asked_share,
    counted_answers,
    prior_file_text,
    priors_of,
)
from llm_prompts.builtin_scenarios import BUILTIN_SCENARIOS
from llm_prompts.plans import PLANS
from llm_prompts.qa_items import QA_KINDS, QAPair
from llm_prompts.qa_pairs import write_qa
from llm_prompts.scenario import load_scenario
from simulator.motion.script import MotionScript

MAKER = Path(__file__).parents[1] / "golden" / "priors" / "make_answer_priors.py"


def pair_of(kind: str, answer: str) -> QAPair:
    return QAPair(role=QA_KINDS[kind], kind=kind, question="?", answer=answer, options=[answer, "other"])


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_answer_priors", MAKER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_counts_every_activity_and_says_how_it_was_made() -> None:
    counted = counted_answers()
    assert set(counted) == set(PLANS)
    for one in counted.values():
        assert set(one.answers) <= WEIGHED_KINDS | {"comparison"}
        assert all(0 < count <= one.n for answers in one.answers.values() for count in answers.values())
    told = json.loads(PRIORS_PATH.read_text())["provenance"]
    assert told["script"] == "tests/golden/priors/make_answer_priors.py"
    assert told["motions_per_activity"] * told["views_per_motion"] == counted["bow"].n
    text = prior_file_text(told, counted)
    assert text == PRIORS_PATH.read_text()


def test_the_most_common_answer_is_asked_for_as_often_as_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = {
        "bow": ActivityCounts(n=10, answers={"on_floor": {"no": 10}, "side": {"left": 4, "right": 2}}),
        "fall": ActivityCounts(n=20, answers={"on_floor": {"no": 5, "yes": 15}, "travel": {"travels": 9}}),
    }
    monkeypatch.setattr(answer_priors, "counted_answers", lambda: counted)
    answer_priors._asked.cache_clear()
    both = ("fall", "bow")
    assert priors_of(both)["on_floor"] == pytest.approx({"no": (1.0 + 0.25) / 2, "yes": 0.75 / 2})
    assert asked_share(pair_of("on_floor", "no"), both) == pytest.approx(0.75 / 1.25)
    assert asked_share(pair_of("on_floor", "yes"), both) == 1.0
    assert asked_share(pair_of("on_floor", "yes"), ("fall",)) == pytest.approx(5 / 15)
    assert asked_share(pair_of("on_floor", "no"), ("bow",)) == 0.0  # nothing to tell apart
    assert asked_share(pair_of("travel", "travels"), ("fall", "bow")) == 0.0
    assert asked_share(pair_of("side", "left"), ("bow",)) == pytest.approx(0.5)
    assert asked_share(pair_of("activity", "bowing"), ("bow",)) == 1.0  # not weighed
    assert priors_of(("unheard_of",)) == priors_of(("bow", "fall"))
    answer_priors._asked.cache_clear()


@pytest.mark.parametrize("scenario", sorted(BUILTIN_SCENARIOS))
def test_by_its_priors_no_kind_is_answered_by_a_guess_more_than_half_of_the_time(scenario: str) -> None:
    labels = load_scenario(scenario).activity_labels
    for kind, shares in priors_of(labels).items():
        asked = {
            answer: share * asked_share(pair_of(kind, answer), labels) for answer, share in shares.items()
        }
        if any(asked.values()):
            assert max(asked.values()) <= 0.5 * sum(asked.values()) + 1e-9, (kind, asked)


def test_how_many_actions_there_are_cannot_be_guessed(make: Any, many_scripts: list[MotionScript]) -> None:
    labels = load_scenario("daily-living").activity_labels
    said = Counter(
        item.answer
        for number, script in enumerate(many_scripts[:300])
        for item in write_qa(script, make.facts(), number, labels)
        if item.kind == "action_count"
    )
    assert said.total() > 60 and said.most_common(1)[0][1] <= 0.58 * said.total(), said


def test_the_options_of_a_sequence_do_not_tell_how_many_actions_there_are(
    make: Any, many_scripts: list[MotionScript]
) -> None:
    labels = load_scenario("daily-living").activity_labels
    lengths: dict[int, set[tuple[int, ...]]] = {}
    for number, script in enumerate(many_scripts[:300]):
        for item in write_qa(script, make.facts(), number, labels):
            if item.kind == "sequence":
                counts = tuple(sorted(option.count(", then ") + 1 for option in item.options))
                lengths.setdefault(item.full_marks, set()).add(counts)
    assert lengths[1] == lengths[2] == {(1, 1, 2, 2)}


def test_the_table_can_be_counted_again() -> None:
    counts_of = maker().counts_of
    for activity in ("bow", "sit_down"):
        again, stored = counts_of(activity, 6), counted_answers()[activity]
        for kind, answers in stored.answers.items():
            common = max(answers, key=lambda answer: answers[answer])
            if answers[common] >= 0.9 * stored.n:
                assert again.answers[kind][common] >= 0.6 * again.n, (activity, kind)
