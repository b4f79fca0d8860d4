from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_prompts.caption_check import caption_problems_by_facts
from llm_prompts.captions import (
    MAX_CAPTIONS,
    MIN_CAPTIONS,
    Caption,
    caption_clip,
    first_caption,
    normalised,
    write_captions,
)
from llm_prompts.step_details import moving_steps, read_steps
from simulator.motion.script import CAPTION_STEMS, MotionScript, caption_problems

VOCABULARY_LIMIT = 400


def texts(captions: list[Caption], *leaving_out: str) -> list[str]:
    return [caption.text for caption in captions if caption.style not in leaving_out]


def captions_of(script: MotionScript, seeds: int = 12) -> list[str]:
    """What twelve seeds say of a script, but for its own caption and the brief ones."""
    return [
        text for seed in range(seeds) for text in texts(write_captions(script, None, seed), "script", "brief")
    ]


def test_four_to_six_distinct_captions_each(many_scripts: list[MotionScript]) -> None:
    for script in many_scripts:
        captions = write_captions(script, None, 3)
        assert MIN_CAPTIONS <= len(captions) <= MAX_CAPTIONS
        assert len({caption.text for caption in captions}) == len(captions)
        assert captions[0] == Caption(text=script.caption, style="script")


def test_every_caption_passes_the_validator(many_scripts: list[MotionScript]) -> None:
    for script in many_scripts:
        for caption in write_captions(script, None, 4):
            assert caption_problems(caption.text, script) == []


def test_steps_are_named_in_order(many_scripts: list[MotionScript]) -> None:
    checked = 0
    for script in many_scripts:
        steps = moving_steps(script)
        if len(steps) < 2 or any(step.layers for step in steps):
            continue
        for text in texts(write_captions(script, None, 5)):
            position = 0
            for step in steps:
                stems = "|".join(re.escape(stem) for stem in CAPTION_STEMS[step.activity])
                found = re.search(rf"\b(?:{stems})", text[position:])
                assert found is not None, (text, step.activity)
                position += found.end()
            checked += 1
    assert checked > 500


def test_counts_and_sides_of_all_scripts_are_said(many_scripts: list[MotionScript]) -> None:
    numbers = {2: "twice|two", 3: "three", 4: "four", 5: "five", 6: "six"}
    numbers |= {7: "seven", 8: "eight", 9: "nine", 10: "ten"}
    for script in many_scripts:
        steps = moving_steps(script)
        for text in texts(write_captions(script, None, 6), "brief"):
            for step in steps:
                if step.count and step.count > 1:
                    assert re.search(rf"\b(?:{numbers[step.count]})\b", text), (text, step.count)
            sides = {step.side for step in steps} | {step.direction for step in steps}
            for side, other in (("left", "right"), ("right", "left")):
                if not any(side in said for said in sides):
                    layered = any(part.side == side for step in steps for part in step.layers)
                    assert layered or f" {side}" not in text, (text, other)


def test_vocabulary_is_small_and_plain(many_scripts: list[MotionScript]) -> None:
    words = {
        word
        for script in many_scripts
        for caption in write_captions(script, None, 8)
        for word in re.findall(r"\S+", caption.text.replace(",", ""))
    }
    assert len(words) <= VOCABULARY_LIMIT
    assert all(re.fullmatch("[a-z]+", word) for word in words), sorted(words)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**63))
def test_captions_are_decided_by_the_seed(make: Any, seed: int) -> None:
    script = make.script(make.walk(), make.wave())
    assert write_captions(script, None, seed) == write_captions(script, None, seed)


def test_other_seeds_give_other_captions(make: Any) -> None:
    script = make.script(make.walk(), make.wave())
    assert len({tuple(texts(write_captions(script, None, seed))) for seed in range(20)}) > 10


def test_a_kick_is_said_with_its_leg_and_number(make: Any) -> None:
    for text in captions_of(make.script(make.kick("right", 3))):
        assert re.search(r"\bkick(s|ing)\b", text)
        assert "right leg" in text
        assert "three times" in text or "three kicks" in text
        assert "left" not in text


def test_walking_back_is_told_from_walking_backward(make: Any) -> None:
    there_and_back = make.script(make.walk(), make.turn(180.0), make.walk(heading_deg=180.0))
    assert [step.direction for step in read_steps(there_and_back)] == ["forward", "left", "back"]
    backward = make.script(make.walk(gait="backward", speed_mps=0.7, heading_deg=180.0))
    assert [step.direction for step in read_steps(backward)] == ["backward"]
    for text in captions_of(there_and_back):
        assert re.search(r"walk(s|ing) (quickly |slowly )?back\b", text)
        assert "backward" not in text
    assert all("backward" in text for text in captions_of(backward))


@pytest.mark.parametrize(("heading", "side"), [(90.0, "left"), (-90.0, "right")])
def test_sidestep_side_follows_the_heading(make: Any, heading: float, side: str) -> None:
    script = make.script(make.walk(gait="sidestep", speed_mps=0.4, distance_m=1.0, heading_deg=heading))
    assert all(f"to the {side}" in text for text in captions_of(script))


def test_sidestep_side_is_relative_to_the_body_after_a_turn(make: Any) -> None:
    step = make.walk(gait="sidestep", speed_mps=0.4, distance_m=1.0, heading_deg=180.0)
    assert read_steps(make.script(make.turn(90.0), step))[1].direction == "left"
    assert read_steps(make.script(make.turn(-90.0), step))[1].direction == "right"


@pytest.mark.parametrize(
    ("angle", "side"), [(90.0, "left"), (-90.0, "right"), (180.0, "left"), (-360.0, "right")]
)
def test_positive_turns_are_to_the_left(make: Any, angle: float, side: str) -> None:
    assert all(f"to the {side}" in text for text in captions_of(make.script(make.turn(angle, 4.0))))


def test_falls_say_cause_direction_and_what_follows(make: Any) -> None:
    for text in captions_of(make.script(make.fall("left", "slip", recover=True))):
        assert re.search(r"slip(s|ping) and fall(s|ing) to the left and get(s|ting) up again", text)
    for text in captions_of(make.script(make.fall("down", "faint"))):
        assert "to the floor" in text
        assert "up" not in text.split()


@pytest.mark.parametrize(
    ("angle", "said", "unsaid"),
    [
        (90.0, "quarter", "full|three|half"),
        (-180.0, "half|around", "full|quarter"),
        (265.0, "three quarters", "full|half|around"),
        (-360.0, "full", "quarter|half"),
    ],
)
def test_a_turn_is_said_by_its_size_and_the_check_agrees(
    make: Any, angle: float, said: str, unsaid: str
) -> None:
    script = make.script(make.turn(angle, 4.0))
    found = captions_of(script)
    assert any(re.search(said, text) for text in found)
    assert not any(re.search(unsaid, text) for text in found)
    for size, turns in (("a quarter", 90.0), ("three quarters of a", 265.0), ("a full", -360.0)):
        text = f"a person makes {size} turn to the {'left' if angle > 0 else 'right'}"
        assert (caption_problems_by_facts(text, script, None) == []) == (abs(angle) == abs(turns)), text


def test_only_who_does_not_get_up_stays_on_the_floor(make: Any) -> None:
    up = {"kind": "posture", "to": "stand", "duration_s": 2.0, "hold_s": 1.5}
    pause = {"kind": "idle", "duration_s": 1.2, "sway": 0.3}
    fallen = captions_of(make.script(make.fall("left"), pause))
    assert any("there" in text for text in fallen)
    assert not any(re.search(r"there.*still", text) for text in fallen)  # once is enough
    risen = captions_of(make.script(make.fall("left"), up, pause))
    assert not any("there" in text for text in risen)


def test_nobody_holds_something_quickly_and_sways_unsteadily_slowly(make: Any) -> None:
    carry = {"kind": "reach", "action": "carry", "side": "left", "height_m": 1.0, "duration_s": 2.3}
    script = make.script(carry, make.walk(gait="stagger", speed_mps=0.35, distance_m=1.0))
    assert [step.pace for step in read_steps(script)] == ["fast", "slow"]
    found = captions_of(script)
    assert any("carr" in text for text in found) and any("unsteadily" in text for text in found)
    assert not any(re.search(r"(quickly|slowly) hold|unsteadily (forward|slowly|at)", text) for text in found)


def test_pace_words_follow_the_numbers(make: Any) -> None:
    slow = make.script(make.walk(speed_mps=0.7))
    fast = make.script(make.walk(speed_mps=1.7))
    plain = make.script(make.walk(speed_mps=1.1))
    said_slow, said_fast = re.compile(r"\b(slowly|slow pace)\b"), re.compile(r"\b(quickly|fast|quick pace)\b")
    assert all(said_slow.search(text) and not said_fast.search(text) for text in captions_of(slow))
    assert all(said_fast.search(text) and not said_slow.search(text) for text in captions_of(fast))
    assert not any(said_slow.search(text) or said_fast.search(text) for text in captions_of(plain))


def test_a_distance_is_said_only_if_the_measurement_agrees(make: Any) -> None:
    script = make.script(make.walk(distance_m=2.0), {"kind": "idle", "duration_s": 1.0, "sway": 0.3})

    def said(path_m: float) -> str:
        facts = make.facts(path_length_m=path_m)
        return " ".join(text for seed in range(8) for text in texts(write_captions(script, facts, seed)))

    assert "about two meters" in said(2.1)
    assert "meter" not in said(3.0)
    assert "meter" not in captions_of(script)


def test_a_layer_is_said_with_its_step(make: Any) -> None:
    plain = make.script(make.walk(distance_m=3.0))
    layer = {"start_step": 0, "end_step": 0, "primitive": make.wave("left", 3, 2.8)}
    script = MotionScript.model_validate({**plain.model_dump(), "layers": [layer]})
    for text in captions_of(script):
        assert re.search(r"while waving with the left hand", text)


def test_captions_do_not_depend_on_the_view(make: Any) -> None:
    script = make.script(make.walk())
    near, far = (
        make.facts(radial_displacement_m=-2.0),
        make.facts(radial_displacement_m=2.0, mean_range_m=6.0),
    )
    assert write_captions(script, near, 1) == write_captions(script, far, 1)


def test_alternative_captions_are_taken_only_if_they_name_every_step(make: Any) -> None:
    script = make.script(make.walk(), make.wave(), caption="A person walks and then waves.")
    script = script.model_copy(update={"alt_captions": ["Somebody strolls, then waves.", "Someone waves."]})
    own = [caption.text for caption in write_captions(script, None, 0) if caption.style == "script"]
    assert own == ["a person walks and then waves", "somebody strolls, then waves"]


def test_standing_still_all_the_time_is_said(make: Any) -> None:
    script = make.script({"kind": "idle", "duration_s": 5.0, "sway": 0.3}, caption="a person stands still")
    assert first_caption(script, 0) == "a person stands still"
    assert all("still" in caption.text for caption in write_captions(script, None, 0))


def test_clip_captions_keep_what_was_given_and_add_measured_ones(make: Any) -> None:
    facts = make.facts(path_length_m=3.1, net_displacement_m=3.0, duration_s=4.2)
    captions = caption_clip("cartwheel", ["A person does a  cartwheel."], facts, 5)
    assert captions[0] == Caption(text="a person does a cartwheel", style="given")
    assert len(captions) >= MIN_CAPTIONS
    assert len({caption.text for caption in captions}) == len(captions)
    assert all("cartwheel" in caption.text for caption in captions)


def test_a_clip_says_the_way_only_of_somebody_who_went_it(make: Any) -> None:
    def said(**facts: float) -> str:
        return " ".join(
            c.text for seed in range(12) for c in caption_clip("walk", [], make.facts(**facts), seed)
        )

    assert "about three meters" in said(path_length_m=3.1, net_displacement_m=3.0)
    assert "meter" not in said(path_length_m=3.1, net_displacement_m=0.1)
    assert "in place" in said()


@pytest.mark.parametrize("label", [None, "walk", "something_new"])
def test_clips_always_get_enough_captions(make: Any, label: str | None) -> None:
    for seed in range(30):
        captions = caption_clip(label, [], make.facts(), seed)
        assert len(captions) >= MIN_CAPTIONS
        assert "six" not in " ".join(caption.text for caption in captions)  # it lasts five seconds


def test_normalised_text() -> None:
    assert normalised("  A person\n walks.. ") == "a person walks"
