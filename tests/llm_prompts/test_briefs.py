from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_prompts.briefs import draw_briefs
from llm_prompts.builtin_scenarios import BUILTIN_SCENARIOS
from llm_prompts.errors import InvalidScenario
from llm_prompts.plans import PLANS
from llm_prompts.scenario import Scenario, load_scenario
from llm_prompts.seeding import stratified
from simulator.motion.script import ACTIVITIES, ALLOWED_SIDES

DEFAULT = load_scenario("daily-living")


@pytest.mark.parametrize("name", sorted(BUILTIN_SCENARIOS))
def test_builtin_scenarios_load_and_are_named_as_asked(name: str) -> None:
    assert load_scenario(name).name == name


def test_default_scenario_has_at_least_ten_activities_and_a_weak_majority() -> None:
    counts = Counter(brief.activity for brief in draw_briefs(DEFAULT, 160, seed=3))
    assert len(counts) >= 10
    assert max(counts.values()) / 160 < 0.2
    assert max(counts.values()) - min(counts.values()) <= 1  # equal weights: as even as 160 allows


@settings(max_examples=25, deadline=None)
@given(n=st.integers(0, 60), more=st.integers(0, 40), seed=st.integers(0, 2**40))
def test_a_longer_draw_begins_as_the_shorter_one(n: int, more: int, seed: int) -> None:
    assert draw_briefs(DEFAULT, n + more, seed)[:n] == draw_briefs(DEFAULT, n, seed)


def test_seeds_and_scenarios_make_other_briefs() -> None:
    first, second = draw_briefs(DEFAULT, 30, 0), draw_briefs(DEFAULT, 30, 1)
    assert [brief.activity for brief in first] != [brief.activity for brief in second]
    assert {brief.seed for brief in first}.isdisjoint(brief.seed for brief in second)
    assert len({brief.content_hash for brief in first + second}) == 60


def test_weights_decide_the_shares_at_every_length() -> None:
    scenario = load_scenario("bathroom-falls")
    total = sum(scenario.activities.values())
    for n in (20, 85, 340):
        counts = Counter(brief.activity for brief in draw_briefs(scenario, n, 5))
        for activity, weight in scenario.activities.items():
            assert abs(counts[activity] - n * weight / total) <= 1.5, (n, activity)


def test_attributes_within_an_activity_are_balanced() -> None:
    waves = [brief for brief in draw_briefs(DEFAULT, 14 * 24, 0) if brief.activity == "wave"]
    assert len(waves) == 24
    assert set(Counter(brief.side for brief in waves).values()) == {8}
    assert set(Counter(brief.count for brief in waves).values()) == {6}
    assert set(Counter(brief.pace for brief in waves).values()) == {8}
    assert {1, 2, 3} == {brief.n_actions for brief in waves}


@pytest.mark.parametrize("name", BUILTIN_SCENARIOS)
def test_every_draw_stays_within_the_scenario(name: str) -> None:
    scenario = load_scenario(name)
    for brief in draw_briefs(scenario, 200, 2):
        assert scenario.range_m[0] <= brief.start.range_m <= scenario.range_m[1]
        assert scenario.azimuth_deg[0] <= brief.start.azimuth_deg <= scenario.azimuth_deg[1]
        assert 1.45 <= brief.subject.height_m <= 2.0
        assert brief.reach_limit_m >= 1.0
        assert brief.count in (*PLANS[brief.activity].counts, None)


def test_plans_ask_only_for_what_the_vocabulary_knows() -> None:
    assert set(PLANS) <= set(ACTIVITIES)
    for activity, plan in PLANS.items():
        allowed = ALLOWED_SIDES.get((plan.shape, activity), ("left", "right", "both"))
        assert set(plan.sides) <= set(allowed), activity


@settings(max_examples=50, deadline=None)
@given(n_choices=st.integers(1, 7), n=st.integers(0, 60), seed=st.integers())
def test_stratified_counts_differ_by_at_most_one(n_choices: int, n: int, seed: int) -> None:
    counts = Counter(stratified(range(n_choices), position, seed) for position in range(n))
    assert max(counts.values(), default=0) - min((counts[i] for i in range(n_choices)), default=0) <= 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"activities": {"fly": 1.0}}, "fly"),
        ({"activities": {"walk": 0.0}}, "above 0"),
        ({"activities": {}}, "activities"),
        ({"activities": ["walk", "walk"]}, "twice"),
        ({"range_m": (4.0, 3.0)}, "lowest, highest"),
        ({"range_m": (1.5, 3.0)}, "range_m"),
        ({"female_height_m": (1.0, 1.5)}, "female_height_m"),
        ({"sequence_weights": (0.0, 0.0, 0.0)}, "sequence_weights"),
        ({"builds": {"tiny": 1.0}}, "tiny"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_impossible_scenario_is_refused_in_words(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = tmp_path / "mine.json"
    content = DEFAULT.model_dump(mode="json", exclude_defaults=True)
    path.write_text(json.dumps({**content, **change}))
    with pytest.raises(InvalidScenario, match=said):
        load_scenario(path)


def test_a_scenario_file_loads_and_unknown_names_list_the_known(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(DEFAULT.model_copy(update={"name": "mine"}).model_dump_json())
    assert load_scenario(path).name == "mine"
    assert isinstance(load_scenario(path), Scenario)
    with pytest.raises(InvalidScenario, match="daily-living"):
        load_scenario("no-such-scenario")
    path.write_text("{")
    with pytest.raises(InvalidScenario, match="not JSON"):
        load_scenario(path)
    with pytest.raises(ValueError, match="-1"):
        draw_briefs(DEFAULT, -1, 0)


def test_default_scenario_and_its_draws_never_move() -> None:
    """Ids of all datasets made of it hang on these; a change here is a new version of the scenario."""
    assert DEFAULT.content_hash.startswith("10a51eefe227")
    hashes = "".join(brief.content_hash for brief in draw_briefs(DEFAULT, 1000, 0))
    assert hashlib.sha256(hashes.encode()).hexdigest().startswith("d0082bc1a681")


@pytest.mark.parametrize("name", ["bathroom-falls", "corridor", "gait-clinic"])
def test_radar_room_and_views_are_drawn_from_the_scenario(name: str) -> None:
    scenario = load_scenario(name)
    briefs = draw_briefs(scenario, 60, 1)
    assert scenario.radar_height_m is not None
    lowest, highest = scenario.radar_height_m
    heights = {brief.radar_height_m for brief in briefs}
    assert len(heights) > 10
    assert all(lowest <= height <= highest for height in heights)
    assert {brief.room for brief in briefs} == set(scenario.rooms)
    assert {brief.views for brief in briefs} == {scenario.views}
    assert all((brief.radar_tilt_deg is None) == (scenario.radar_tilt_deg is None) for brief in briefs)


def test_rooms_come_by_their_shares_and_change_nothing_else() -> None:
    rooms = {"living-room": {"share": 3.0}, "free-space": {"share": 1.0}}
    furnished = Scenario.model_validate({**DEFAULT.model_dump(), "rooms": rooms})
    briefs = draw_briefs(furnished, 400, 0)
    assert abs(sum(brief.room == "living-room" for brief in briefs) - 300) < 40
    assert draw_briefs(DEFAULT, 3, 0)[0].room is None
    assert furnished.content_hash != DEFAULT.content_hash


def test_names_and_explanations_seed_nothing() -> None:
    other = DEFAULT.model_copy(update={"version": "7", "description": "another"})
    assert draw_briefs(other, 20, 0) == draw_briefs(DEFAULT, 20, 0)
