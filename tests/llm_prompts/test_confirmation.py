"""Words and questions about what the measurement contradicts are left out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from llm_prompts.captions import write_captions
from llm_prompts.confirmation import unconfirmed
from llm_prompts.facts import SampleFacts
from llm_prompts.qa_measured import floor_question
from llm_prompts.qa_pairs import write_qa
from llm_prompts.seeding import stream

WAVE_S = 3.0


def measured(n_waves: int, side: str, posture: str = "stand", duration_s: float = WAVE_S) -> dict[str, Any]:
    """Facts of somebody who waves with one hand: extremes as [time, value, prominence]."""
    times = [0.9 + 0.6 * number for number in range(n_waves)]
    swings = {"peaks": [[t - 0.2, 0.6, 0.4] for t in times], "troughs": [[t, 0.2, 0.4] for t in times]}
    return {
        "duration_s": duration_s,
        "path_length_m": 0.1,
        "net_displacement_m": 0.02,
        "mean_speed_mps": 0.03,
        "net_turn_deg": 0.0,
        "pelvis_height_start_m": 0.95,
        "pelvis_height_min_m": 0.94,
        "pelvis_height_max_m": 0.96,
        "pelvis_height_end_m": 0.12 if posture != "stand" else 0.95,
        "segments": [{"kind": "acting", "start_s": 0.0, "end_s": duration_s, "turn_deg": 0.0}],
        "postures": [{"posture": posture, "start_s": 0.0, "end_s": duration_s}],
        "jumps": [],
        "repetitions": {f"hand_{side}_outward": swings},
    }


def facts_of(values: dict[str, Any]) -> SampleFacts:
    return SampleFacts.from_measurements(values, radial_displacement_m=0.0, mean_range_m=3.0)


def test_counts_and_sides_are_said_where_the_motion_confirms_them(make: Any) -> None:
    script = make.script(make.wave("left", 3, WAVE_S), caption="a person waves")
    facts = facts_of(measured(3, "left"))
    assert unconfirmed(script, facts) == frozenset()
    plain = [caption.text for caption in write_captions(script, facts, 1) if caption.style == "plain"]
    assert all("left" in text and re.search("three", text) for text in plain)


@pytest.mark.parametrize(("n_waves", "side", "doubt"), [(2, "left", "count"), (3, "right", "side")])
def test_what_the_motion_contradicts_is_left_out(make: Any, n_waves: int, side: str, doubt: str) -> None:
    script = make.script(make.wave("left", 3, WAVE_S), caption="a person waves")
    facts = facts_of(measured(n_waves, side))
    assert (doubt, 0) in unconfirmed(script, facts)
    word = {"count": "three", "side": "left"}[doubt]
    for caption in write_captions(script, facts, 1):
        assert word not in caption.text
    for seed in range(10):
        assert all(pair.kind != doubt for pair in write_qa(script, facts, seed))


def test_a_script_is_trusted_where_nothing_was_measured(make: Any) -> None:
    script = make.script(make.wave("left", 3, WAVE_S), caption="a person waves")
    assert unconfirmed(script, make.facts()) == frozenset()
    assert unconfirmed(script, None) == frozenset()
    assert {pair.kind for seed in range(6) for pair in write_qa(script, make.facts(), seed)} >= {
        "count",
        "side",
    }


def test_who_sits_on_the_floor_is_not_asked_about_lying() -> None:
    rng = stream("test", 1)
    assert floor_question(facts_of(measured(0, "left", "sit_floor")), rng) == []
    (lying,) = floor_question(facts_of(measured(0, "left", "lie_side")), rng)
    assert lying.answer == "yes"
