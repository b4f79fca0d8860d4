from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_prompts.errors import InvalidFacts
from llm_prompts.facts import SampleFacts
from llm_prompts.qa_items import QA_KINDS, ROLES, UNOBSERVABLE_KINDS, QAPair, pair
from llm_prompts.qa_pairs import MAX_PAIRS, MIN_PAIRS, write_clip_qa, write_qa
from llm_prompts.scenario import load_scenario
from simulator.motion.script import MotionScript, activity_of

LABELS = load_scenario("daily-living").activity_labels


def answers(script: MotionScript, facts: SampleFacts, kind: str, seeds: int = 60) -> Counter[str]:
    """All answers that sixty seeds give to a kind of question."""
    pairs = [item for seed in range(seeds) for item in write_qa(script, facts, seed, LABELS)]
    return Counter(item.answer for item in pairs if item.kind == kind)


def questions(script: MotionScript, facts: SampleFacts, kind: str, seeds: int = 80) -> dict[str, str]:
    """question -> its one answer over all seeds; two answers to one question fail the test."""
    found: dict[str, str] = {}
    for seed in range(seeds):
        for item in write_qa(script, facts, seed, LABELS):
            if item.kind == kind:
                assert found.setdefault(item.question, item.answer) == item.answer, item
    return found


def test_every_sample_gets_five_to_eight_sound_pairs(make: Any, many_scripts: list[MotionScript]) -> None:
    for seed, script in enumerate(many_scripts):
        pairs = write_qa(script, make.facts(), seed)
        assert MIN_PAIRS <= len(pairs) <= MAX_PAIRS
        assert {item.role for item in pairs} == set(ROLES)
        assert len({item.question for item in pairs}) == len(pairs)
        for item in pairs:
            assert item.answer in item.options
            assert len(set(item.options)) == len(item.options) >= 2
            assert item.role == QA_KINDS[item.kind]
            assert item.question == item.question.lower()
            assert item.question.endswith("?")


def test_all_kinds_are_asked(make: Any, many_scripts: list[MotionScript]) -> None:
    standing, going = make.facts(), make.facts(net_displacement_m=2.0, radial_displacement_m=-1.9)
    kinds = {
        item.kind
        for seed, script in enumerate(many_scripts[:400])
        for item in write_qa(script, going if seed % 2 else standing, seed)
    }
    assert kinds == set(QA_KINDS)


def test_pairs_are_decided_by_the_seed(make: Any, many_scripts: list[MotionScript]) -> None:
    script, facts = many_scripts[0], make.facts()
    assert write_qa(script, facts, 9) == write_qa(script, facts, 9)
    assert len({tuple(item.question for item in write_qa(script, facts, seed)) for seed in range(20)}) > 10


def test_yes_and_no_are_balanced_and_true(make: Any, many_scripts: list[MotionScript]) -> None:
    said = Counter[tuple[str, str]]()
    for seed, script in enumerate(many_scripts):
        for item in write_qa(script, make.facts(), seed, LABELS):
            if item.kind in ("yes_no", "order_yes_no"):
                said[(item.kind, item.answer)] += 1
    for kind in ("yes_no", "order_yes_no"):
        share = said[(kind, "yes")] / (said[(kind, "yes")] + said[(kind, "no")])
        assert 0.35 < share < 0.65, said


def test_activity_answer_is_the_main_one_of_the_scenario(make: Any, many_scripts: list[MotionScript]) -> None:
    script = make.script(make.walk(distance_m=1.5), make.kick("right", 3, 5.0))
    assert activity_of(script) == "kick"
    assert set(answers(script, make.facts(), "activity")) == {"kicking"}
    assert set(answers(script, make.facts(), "intent")) == {"hitting, kicking or throwing"}
    item = next(item for item in write_qa(script, make.facts(), 0, LABELS) if item.kind == "activity")
    assert len(item.options) == len(LABELS)


def test_presence_questions(make: Any) -> None:
    asked = questions(make.script(make.walk(), make.kick()), make.facts(), "yes_no", 400)
    assert asked["does the person walk?"] == "yes"
    assert asked["does the person kick?"] == "yes"
    assert asked["does the person fall?"] == "no"
    assert not any("run" in question or "still" in question for question in asked)  # too alike, always true


def test_a_curved_path_is_not_asked_for_as_no_turn(make: Any) -> None:
    asked = questions(make.script(make.walk(turn_deg=90.0)), make.facts(), "yes_no", 200)
    assert asked.get("does the person turn?", "yes") == "yes"


def test_order_questions(make: Any) -> None:
    script = make.script(make.walk(distance_m=1.5), make.kick(), make.wave())
    asked = questions(script, make.facts(), "order", 200)
    assert asked["what does the person do first?"] == "walking"
    assert asked["which action comes last?"] == "waving"
    assert asked["what does the person do right after walking?"] == "kicking"
    assert asked["what does the person do right after kicking?"] == "waving"
    before = questions(script, make.facts(), "order_yes_no", 200)
    assert before["does the person walk before kicking?"] == "yes"
    assert before["does the person kick before walking?"] == "no"
    assert before["does the person wave before kicking?"] == "no"
    assert set(answers(script, make.facts(), "action_count", 200)) == {"three"}


def test_details_follow_the_script(make: Any) -> None:
    script = make.script(make.kick("right", 3), make.wave("left", 2, 2.9), make.turn(-90.0))
    facts = make.facts()
    assert questions(script, facts, "count", 200) == {
        "how many times does the person kick?": "three",
        "how many times does the person wave?": "two",
    }
    sides = questions(script, facts, "side", 200)
    assert {answer for question, answer in sides.items() if "leg" in question} == {"right"}
    assert {answer for question, answer in sides.items() if "hand" in question} == {"left"}
    assert questions(script, facts, "direction", 200) == {"in which direction does the person turn?": "right"}


@pytest.mark.parametrize("direction", ["forward", "backward", "left", "right", "down"])
def test_fall_direction(make: Any, direction: str) -> None:
    script = make.script(make.fall(direction, "faint"))
    assert set(answers(script, make.facts(), "direction")) == {direction}


@pytest.mark.parametrize(("speed", "said"), [(0.7, "slowly"), (1.1, "at a normal pace"), (1.8, "quickly")])
def test_speed(make: Any, speed: float, said: str) -> None:
    script = make.script(make.walk(speed_mps=speed))
    assert set(answers(script, make.facts(), "speed")) == {said}


def test_what_happens_twice_is_not_asked_for_as_if_once(make: Any) -> None:
    script = make.script(make.wave("left", 2, 2.5), make.kick("left", 1, 2.0), make.wave("right", 3, 3.0))
    asked = [item for seed in range(100) for item in write_qa(script, make.facts(), seed)]
    assert not any("wav" in item.question for item in asked if item.kind in ("count", "side", "speed"))


MEASURED = {
    "radial_direction": (
        "radial_displacement_m",
        {-1.0: "towards the radar", 1.0: "away from the radar", 0.0: "neither", 0.3: None, -0.3: None},
    ),
    "distance": ("net_displacement_m", {0.3: "less than one meter", 1.5: "one to two meters", 1.0: None}),
    "duration": ("duration_s", {3.0: "less than four seconds", 9.0: "more than eight seconds", 6.0: None}),
    "height_change": ("pelvis_height_end_m", {0.4: "lower", 0.95: "at the same height", 0.8: None}),
    "goes_down": ("pelvis_height_min_m", {0.5: "yes", 0.93: "no", 0.8: None}),
    "turn_angle": ("net_turn_deg", {-90.0: "by a quarter turn", 185.0: "by a half turn", 45.0: None}),
    "travel": ("net_displacement_m", {0.2: "stays in one place", 2.0: "travels", 0.6: None}),
    "on_floor": ("pelvis_height_end_m", {0.2: "yes", 0.95: "no", 0.5: None}),
}


@pytest.mark.parametrize("kind", sorted(MEASURED))
def test_measured_answers_follow_from_the_facts(make: Any, kind: str) -> None:
    name, cases = MEASURED[kind]
    script = make.script(make.fall("forward", "trip"))
    for value, said in cases.items():
        found = set(answers(script, make.facts(**{name: value}), kind, seeds=200))
        assert found == ({said} if said else set()), (kind, value, found)


def test_somebody_who_comes_back_has_not_stayed(make: Any) -> None:
    facts = make.facts(net_displacement_m=0.0, path_length_m=4.0)
    assert not answers(make.script(make.walk()), facts, "travel")


def test_what_no_radar_sees_cannot_be_told(make: Any) -> None:
    found = answers(make.script(make.walk()), make.facts(), "cannot_tell", 200)
    assert set(found) == {"cannot be told"}
    assert 20 <= found.total() <= 90  # about a quarter of the samples


def test_side_and_body_direction_are_marked_as_unobservable() -> None:
    assert {"side", "direction"} == UNOBSERVABLE_KINDS
    item = QAPair(role="QA04", kind="side", question="?", answer="left", options=["left", "right"])
    assert not item.observable
    assert item.model_copy(update={"kind": "count"}).observable
    assert set(item.model_dump()) == {"role", "kind", "question", "answer", "options"}


def test_an_answer_outside_its_options_is_an_error() -> None:
    import random

    with pytest.raises(ValueError, match="none of its options"):
        pair("side", ("which?",), "middle", ("left", "right"), random.Random(0))


@settings(max_examples=40, deadline=None)
@given(
    label=st.sampled_from([None, "walk", "cartwheel", "unheard_of"]),
    radial=st.floats(-3, 3),
    path=st.floats(0, 8),
    turn=st.floats(-400, 400),
    seed=st.integers(0, 2**62),
)
def test_clips_are_asked_from_label_and_measurement_only(
    make: Any, label: str | None, radial: float, path: float, turn: float, seed: int
) -> None:
    facts = make.facts(radial_displacement_m=radial, path_length_m=path, net_turn_deg=turn)
    pairs = write_clip_qa(label, facts, seed)
    assert MIN_PAIRS <= len(pairs) <= MAX_PAIRS
    assert pairs == write_clip_qa(label, facts, seed)
    kinds = {item.kind for item in pairs}
    assert not kinds & {"count", "side", "order", "speed", "direction", "order_yes_no", "action_count"}
    assert ("activity" in kinds) == (label is not None)
    assert ("intent" in kinds) == (label in ("walk", "cartwheel"))
    if label is not None:
        chosen = next(item for item in pairs if item.kind == "yes_no")
        assert chosen.question.endswith("the main activity?")
        assert (chosen.answer == "yes") == (answer_of(pairs) in chosen.question)


def answer_of(pairs: list[QAPair]) -> str:
    return next(item.answer for item in pairs if item.kind == "activity")


def test_facts_are_taken_from_measurements_and_checked(make: Any) -> None:
    measured = {**make.facts().model_dump(), "left_hand_max_speed_mps": 2.0}
    facts = SampleFacts.from_measurements(measured, radial_displacement_m=-1.5, mean_range_m=4.0)
    assert (facts.radial_displacement_m, facts.mean_range_m) == (-1.5, 4.0)
    assert facts.duration_s == measured["duration_s"]
    del measured["net_turn_deg"]
    with pytest.raises(InvalidFacts, match="net_turn_deg"):
        SampleFacts.from_measurements(measured, 0.0, 3.0)
    with pytest.raises(InvalidFacts, match="path_length_m"):
        SampleFacts.from_measurements(
            {**measured, "net_turn_deg": 0.0, "path_length_m": float("nan")}, 0.0, 3.0
        )


def test_the_main_activity_can_be_told(make: Any) -> None:
    """What lasts about as long is no answer to choose from, nor is its purpose."""
    alike = make.script(make.wave("left", 3, 3.0), make.kick("left", 2, 3.2))
    apart = make.script(make.wave("left", 2, 2.0), make.kick("left", 4, 6.0))
    for script, is_offered in ((alike, False), (apart, True)):
        asked = [item for seed in range(60) for item in write_qa(script, make.facts(), seed, LABELS)]
        offered = {option for item in asked if item.kind == "activity" for option in item.options}
        assert "kicking" in offered and ("waving" in offered) == is_offered
        purposes = [item for item in asked if item.kind == "intent"]
        assert len(purposes) == 60  # else another question of its role would be asked more often than is even
        assert {"communicating" in item.options for item in purposes} == {is_offered}


def test_nobody_falls_for_a_purpose(make: Any) -> None:
    asked = questions(make.script(make.fall("forward", "trip")), make.facts(), "intent")
    assert asked == {"what kind of activity is this?": "an accident"}
