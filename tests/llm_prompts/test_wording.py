from __future__ import annotations

import re

import pytest

from llm_prompts.class_prompts import activity_prompts
from llm_prompts.wording import (
    INTENTS,
    VERBS,
    WORDINGS,
    activity_answer,
    inflect,
    limb_words,
    times_words,
    wording_of,
)
from simulator.motion.script import ACTIVITIES, CAPTION_STEMS


def test_every_activity_has_a_wording_that_names_it() -> None:
    for activity in ACTIVITIES:
        wording = WORDINGS[activity]
        assert wording.intent in INTENTS
        for core in (*wording.cores, *wording.limb_cores, *wording.counted):
            said = inflect(core, "finite")
            assert any(re.search(rf"\b{stem}", said) for stem in CAPTION_STEMS[activity]), (activity, said)


def test_every_bracketed_verb_is_known_and_every_known_verb_used() -> None:
    phrases = [
        phrase
        for wording in WORDINGS.values()
        for phrase in (*wording.cores, *wording.limb_cores, *wording.counted)
    ]
    used = {verb for phrase in phrases for verb in re.findall(r"\[(\w+)\]", phrase)}
    assert used <= set(VERBS)
    for phrase in phrases:
        assert "[" not in inflect(phrase, "base")


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_verbs_are_inflected_regularly_or_known_exceptions(verb: str) -> None:
    finite, gerund = VERBS[verb]
    assert finite in {verb + "s", verb + "es", verb.removesuffix("y") + "ies"}
    stem = verb.removesuffix("e")
    assert gerund in {verb + "ing", stem + "ing", verb + verb[-1] + "ing", verb.removesuffix("ie") + "ying"}


def test_inflection_of_a_phrase_with_two_verbs() -> None:
    phrase = "[bend] down and [pick] something up"
    assert inflect(phrase, "finite") == "bends down and picks something up"
    assert inflect(phrase, "gerund") == "bending down and picking something up"
    assert inflect(phrase, "base") == "bend down and pick something up"


def test_activity_answers_are_distinct_and_lower_case() -> None:
    answers = [activity_answer(label) for label in WORDINGS]
    assert len(set(answers)) == len(answers)
    assert all(answer == answer.lower() and "{" not in answer for answer in answers)
    assert activity_answer("squat") == "doing squats"
    assert activity_answer("moon_walk") == "doing moon walk"
    assert wording_of("moon_walk").intent == ""


def test_numbers_and_limbs_in_words() -> None:
    assert [times_words(n) for n in (1, 2, 3, 12)] == ["once", "twice", "three times", "twelve times"]
    assert [limb_words("hand", side) for side in ("left", "both", "")] == [
        "the left hand",
        "both hands",
        "one hand",
    ]


@pytest.mark.parametrize("label", [*ACTIVITIES, "cartwheel", "never_heard_of"])
def test_class_prompts_are_distinct_sentences_in_caption_style(label: str) -> None:
    prompts = activity_prompts(label)
    assert len(prompts) >= 5
    assert len(set(prompts)) == len(prompts)
    for prompt in prompts:
        assert re.fullmatch(r"(a person|the person|someone) [a-z ]+", prompt), prompt


def test_class_prompts_of_two_activities_never_agree() -> None:
    owner: dict[str, str] = {}
    for label in WORDINGS:
        for prompt in activity_prompts(label):
            assert owner.setdefault(prompt, label) == label, prompt
