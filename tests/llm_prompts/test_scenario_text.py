from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_prompts.briefs import draw_briefs
from llm_prompts.errors import InvalidScenario
from llm_prompts.grammar_author import GrammarAuthor
from llm_prompts.plans import PLANS
from llm_prompts.scenario import Scenario, load_scenario
from llm_prompts.scenario_author import describe_scenario
from llm_prompts.scenario_text import read_scenario_text
from llm_prompts.scenario_words import ACTIVITY_WORDS, FILLERS, GROUP_WORDS, PLACE_WORDS

# What people would say for each activity, in a form of its own.
SAID = {
    "walk": "people walking", "run": "joggers", "march": "marching", "shuffle": "somebody who shuffles",
    "tiptoe": "tiptoeing", "limp": "a limping man", "sidestep": "side steps", "walk_backward": "walking backwards",
    "stagger": "stumbling", "hop": "hopping", "skip": "skipping", "stairs_step": "climbing stairs",
    "crawl": "crawling", "turn": "turning around", "sit_down": "sitting down", "sit_on_floor": "sits on the floor",
    "lie_down": "lying down", "go_on_all_fours": "on all fours", "stand_up": "getting up from a chair",
    "crouch": "crouching", "kneel": "kneeling", "bend": "bending over", "jump": "jumps", "punch": "boxing",
    "kick": "kicks", "throw": "throwing", "push": "pushing", "swing": "swings", "slap": "slapping",
    "pull": "pulling", "fall": "people who slip", "pick_up": "picking things up", "put_down": "putting a cup down",
    "reach": "reaching up", "lift": "lifting boxes", "carry": "carries a bag", "catch": "catching",
    "sweep": "sweeping the floor", "drink": "drinks coffee", "phone": "a phone call",
    "touch_face": "touching their face", "wave": "waving hands", "clap": "clapping", "point": "pointing",
    "beckon": "beckoning", "raise": "raising an arm", "circle": "circling", "bow": "bowing", "nod": "nods",
    "shake_head": "shaking the head", "stretch": "stretching", "shrug": "shrugs", "salute": "saluting",
    "cross_arms": "folded", "jumping_jack": "star jumps", "squat": "squats", "lunge": "lunges",
    "arm_circle": "arm circles", "side_bend": "side bends", "toe_touch": "touching toes", "twist": "twisting",
    "high_knees": "high knees", "dance_sway": "swaying", "dance_step": "dancing", "sit_up": "sit-ups",
    "push_up": "push-ups",
} | {"cross_arms": "crossing the arms"}  # fmt: skip


def read(text: str) -> tuple[Scenario, dict[str, str], str]:
    reading = read_scenario_text(text)
    return reading.scenario, dict(reading.understood), " ".join(reading.not_understood)


def test_the_example_of_the_help_is_understood_whole() -> None:
    scenario, understood, missed = read("falls of elderly people in a bathroom at 2-4 m")
    assert scenario.activities == {"fall": 1.0}
    assert scenario.age_groups == {"elderly": 1.0}
    assert scenario.range_m == (2.0, 4.0)
    assert scenario.rooms == load_scenario("bathroom-falls").rooms
    assert scenario.radar_height_m == load_scenario("bathroom-falls").radar_height_m
    assert {"activities", "age_groups", "range_m", "rooms"} == set(understood)
    assert missed == ""
    assert scenario == describe_scenario("falls of elderly people in a bathroom at 2-4 m")


@pytest.mark.parametrize("activity", sorted(PLANS))
def test_every_activity_has_words_and_only_its_own(activity: str) -> None:
    assert set(ACTIVITY_WORDS) == set(PLANS)
    assert set(read(f"radar data of {SAID[activity]}")[0].activities) == {activity}
    assert set(read(activity.replace("_", " "))[0].activities) == {activity} or activity in (
        "cross_arms", "stairs_step", "reach", "circle", "go_on_all_fours", "arm_circle", "dance_step",
        "dance_sway", "sit_on_floor",
    )  # fmt: skip


def test_shares_come_from_percentages_and_from_words() -> None:
    assert read("70% walking, 20 % running and limping")[0].activities == {
        "walk": 70.0,
        "run": 20.0,
        "limp": 10.0,
    }
    shares = read("mostly falls, some kneeling and walking")[0].activities
    assert shares["fall"] > shares["walk"] > shares["kneel"]
    with pytest.raises(InvalidScenario, match=r"run 40 %, walk 80 % make 120 %"):
        read("80 % walking and 40% running")


def test_what_is_excluded_is_left_out() -> None:
    scenario, understood, _ = read("exercises without jumping jacks and no running")
    assert set(scenario.activities) == set(load_scenario("gym").activities) - {"jumping_jack", "run"}
    assert "without" in understood


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("walking at 3 m", "range_m", (2.75, 3.25)),
        ("walking 2.5 to 5 meters away", "range_m", (2.5, 5.0)),
        ("walking between 2 m and 4,5 m", "range_m", (2.0, 4.5)),
        ("walking within 4 metres", "range_m", (2.2, 4.0)),
        ("walking, radar mounted at 2.1 m", "radar_height_m", (2.1, 2.1)),
        ("walking, radar hung on the wall at a height of 2 to 2.4 m", "radar_height_m", (2.0, 2.4)),
        ("walking, the radar is 1.8 m high", "radar_height_m", (1.8, 1.8)),
        ("walking, tilted down by 15 degrees", "radar_tilt_deg", (-15.0, -15.0)),
        ("walking, tilted 10° up", "radar_tilt_deg", (10.0, 10.0)),
        ("walking within ±30 degrees", "azimuth_deg", (-30.0, 30.0)),
        ("walking from all sides", "heading_deg", (-180.0, 180.0)),
        ("young women walking", "sexes", {"female": 1.0}),
        ("young women walking", "age_groups", {"young": 1.0}),
        ("overweight men walking", "builds", {"heavy": 1.0}),
        ("drunk men walking", "emotions", {"drunk": 1.0, "neutral": 1.0}),
        ("walking slowly", "pace_weights", (1.0, 0.5, 0.0)),
        ("walking in German and English", "languages", ("en", "de")),
    ],
)
def test_numbers_people_and_manner_are_understood(text: str, field: str, value: object) -> None:
    scenario, understood, missed = read(text)
    assert getattr(scenario, field) == value
    assert field in understood
    assert missed == ""


def test_sides_narrow_the_activities_that_have_them() -> None:
    scenario, _, _ = read("kicking and clapping and waving with the left hand")
    assert scenario.plan_of("kick").sides == scenario.plan_of("wave").sides == ("left",)
    assert scenario.plan_of("clap") == PLANS["clap"]


def test_what_cannot_be_had_or_was_not_understood_is_told() -> None:
    _, understood, missed = read(
        "a dog and two women walking with pink umbrellas in a kitchen while a child sleeps"
    )
    assert "'dog' (only people are simulated)" in missed
    assert "'two women' (each motion has one person)" in missed
    assert "adults of 1.45 to 2.00 m" in missed
    assert "'pink' 'umbrellas'" in missed
    assert "no such room to simulate" in understood["setting"]


@pytest.mark.parametrize(
    "text", ["a nice radar dataset", "two children fighting in a kitchen", "office", "   ", "x" * 3000]
)
def test_without_an_activity_nothing_is_made_up(text: str) -> None:
    with pytest.raises(InvalidScenario, match=r"no activity was understood|characters"):
        read_scenario_text(text)


def test_a_room_that_is_too_small_for_what_is_asked_is_named_in_words_only() -> None:
    scenario, understood, _ = read("running in a bathroom at 6 to 8 m")
    assert scenario.rooms == {}
    assert scenario.range_m == (6.0, 8.0)
    assert "in words only" in understood["setting"]


@pytest.mark.parametrize("place", ["bathroom", "office", "corridor", "gait lab", "living room"])
def test_scenarios_of_a_place_can_be_written_within_its_walls(place: str) -> None:
    scenario, _, missed = read(f"people who walk, turn, sit down and wave in a {place}")
    assert len(scenario.rooms) == 1
    assert missed == ""
    for brief in draw_briefs(scenario, 60, 3):
        GrammarAuthor(1).write(brief)


def test_impossible_numbers_are_refused_in_words() -> None:
    with pytest.raises(InvalidScenario, match=r"0.75 m is too near"):
        read("running at 1 m")
    with pytest.raises(InvalidScenario, match="the lowest number comes first"):
        read("running at 4 to 2 m")
    with pytest.raises(InvalidScenario, match="range_m"):
        read("running at 90 m")


words = st.sampled_from(
    ["falls", "walking", "of", "old", "men", "10", "%", "2-4 m", "no", "mostly", "left", "bathroom", "office", "at",
     "3 m", "in", "german", "tilted 5 degrees", "without", "gestures", "(", "[/bold]", "\x1b[31m", "–", "m", "jump"]
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(words, max_size=12).map(" ".join))
def test_any_text_becomes_a_possible_scenario_or_an_error_of_ours(text: str) -> None:
    try:
        reading = read_scenario_text(text)
    except InvalidScenario:
        return
    assert Scenario.model_validate(reading.scenario.model_dump()) == reading.scenario
    assert {name for name, _ in reading.understood} >= {"activities"}


def test_patterns_are_words_and_never_fillers() -> None:
    for pattern in (*ACTIVITY_WORDS.values(), *GROUP_WORDS.values(), *PLACE_WORDS.values()):
        assert re.compile(pattern)
    for word in ("fall", "bathroom", "elderly", "umbrella"):
        assert not re.fullmatch(FILLERS, word)


def test_named_examples_of_a_group_are_all_that_is_asked_for() -> None:
    reading = read_scenario_text("hand gestures for a TV: waving and pointing with the left hand")
    assert set(reading.scenario.activities) == {"wave", "point"}
    assert set(read_scenario_text("exercises such as squats and lunges").scenario.activities) == {
        "squat",
        "lunge",
    }
    both = read_scenario_text("squats, push-ups and some gestures").scenario.activities
    assert {"squat", "push_up", "wave", "nod"} <= set(both)


def test_mostly_one_of_a_group_is_three_of_four() -> None:
    activities = read_scenario_text("gestures, mostly waving").scenario.activities
    assert activities["wave"] / sum(activities.values()) == 0.75


def test_a_walk_with_a_limp_is_a_limp() -> None:
    reading = read_scenario_text("old women walking slowly with a limp")
    assert set(reading.scenario.activities) == {"limp"} and reading.not_understood == ()
    assert reading.scenario.pace_weights == (1.0, 0.5, 0.0)
    assert set(read_scenario_text("people walking and limping").scenario.activities) == {"walk", "limp"}


@pytest.mark.parametrize(
    ("text", "activity", "directions"),
    [
        ("walking there and back", "walk", ("there_and_back",)),
        ("people run back and forth", "run", ("there_and_back",)),
        ("old people who fall backwards or forward", "fall", ("backward", "forward")),
        ("jumping up and down", "jump", ("up",)),
    ],
)
def test_ways_narrow_the_activities_that_have_them(
    text: str, activity: str, directions: tuple[str, ...]
) -> None:
    reading = read_scenario_text(text)
    assert tuple(reading.scenario.plan_of(activity).directions) == directions
    assert reading.not_understood == ()
    missed = read_scenario_text("waving forwards").not_understood
    assert missed == ("'forwards' (none of the activities can be asked for so)",)
