"""Radar and room of a scenario: what a brief draws is what is simulated, and nothing moves where it draws nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flows.place_radar import Site, rooms_of
from flows.plan_dataset import (
    SamplePlan,
    ScriptSource,
    choose_views,
    configuration_id,
    sample_plan,
    split_into_shards,
)
from flows.settings import TurnSettings
from llm_prompts import BUILTIN_SCENARIOS, Brief, GrammarAuthor, Scenario, draw_briefs, load_scenario
from llm_prompts.errors import InvalidScenario
from simulator import (
    VIEWS,
    Placement,
    Room,
    SimulationOptions,
    capture_view,
    living_room,
    pose_body,
    synthesize,
)
from simulator.scene.room_echoes import check_in_room


def source_of(brief: Brief, index: int = 0) -> ScriptSource:
    script = GrammarAuthor(0).write(brief)
    return ScriptSource(f"scp-{index}", "grammar", script, Site.of_brief(brief.model_dump_json()))


def planned(scenario: Scenario, views: int = 8) -> SamplePlan:
    plan = sample_plan(TurnSettings(views=views), scenario.activity_labels)
    return replace(plan, rooms=rooms_of(scenario))


def test_without_radar_and_room_nothing_of_a_capture_moves() -> None:
    scenario = load_scenario("daily-living")
    plan = sample_plan(TurnSettings(views=3), scenario.activity_labels)
    for index, brief in enumerate(draw_briefs(scenario, 20, 0)):
        source = source_of(brief, index)
        bare = ScriptSource(source.script_id, source.author, source.script)
        start = source.script.start
        assert source.site == Site()
        assert plan.samples_of(source) == plan.samples_of(bare)
        for sample in plan.samples_of(source):
            view = sample.placement.view
            assert sample.placement == Placement(
                start.range_m, start.azimuth_deg, start.heading_deg, view=view
            )
            assert sample.options == plan.options
    assert Site.of_brief(json.dumps({"activity": "walk"})) == Site()  # a brief in a lake of an older version


def test_height_tilt_room_and_views_of_a_brief_are_simulated() -> None:
    scenario = load_scenario("corridor")
    plan = planned(scenario)
    for brief in draw_briefs(scenario, 6, 0):
        samples = plan.samples_of(source_of(brief))
        assert sorted(sample.placement.view for sample in samples) == ["A", "E"]
        for sample in samples:
            assert sample.placement.radar_height_m == brief.radar_height_m
            assert sample.placement.radar_tilt_deg == brief.radar_tilt_deg
            assert isinstance(sample.options.room, Room)
            assert {plane.name for plane in sample.options.room.planes} >= {"floor", "left wall", "far door"}


def test_another_height_room_or_share_of_questions_is_another_sample() -> None:
    scenario = load_scenario("office")
    plan = planned(scenario, views=1)
    brief = draw_briefs(scenario, 1, 0)[0]
    changes = [{}, {"radar_height_m": 1.5}, {"radar_tilt_deg": 0.0}, {"room": None}]
    sources = [source_of(brief.model_copy(update=change)) for change in changes]
    ids = [plan.samples_of(source)[0].sample_id for source in sources]
    ids.append(replace(plan, qa_roles={"QA01": 1.0}).samples_of(sources[0])[0].sample_id)
    assert len(set(ids)) == 5


def test_a_room_among_the_options_comes_first() -> None:
    scenario = load_scenario("office")
    own = SimulationOptions(room=living_room())
    source = source_of(draw_briefs(scenario, 1, 0)[0])
    assert replace(planned(scenario), options=own).options_of(source) == own


def test_allowed_views_are_all_equally_likely_and_no_others_are_taken() -> None:
    chosen = [choose_views(f"mot-{index}", 1, "AE") for index in range(2000)]
    assert set(chosen) == {"A", "E"}
    assert abs(chosen.count("A") - 1000) < 120
    assert sorted(choose_views("mot-1", 8, "ACE")) == ["A", "C", "E"]
    assert choose_views("mot-1", 3) == choose_views("mot-1", 3, VIEWS)


def test_rooms_without_a_description_are_refused_in_words() -> None:
    base = load_scenario("daily-living").model_dump()
    unknown = Scenario.model_validate({**base, "rooms": {"kitchen": 1}})
    with pytest.raises(InvalidScenario, match=r"rooms.kitchen: this room is not described.*living-room"):
        rooms_of(unknown)
    wrong = Scenario.model_validate({**base, "rooms": {"kitchen": {"planes": [{"name": "floor"}]}}})
    with pytest.raises(InvalidScenario, match=r"rooms.kitchen: .*planes\[0\]"):
        rooms_of(wrong)
    known = Scenario.model_validate({**base, "rooms": {"free-space": 1, "living-room": 2}})
    assert rooms_of(known) == {"free-space": None, "living-room": living_room()}
    brief = draw_briefs(load_scenario("office"), 1, 0)[0]
    with pytest.raises(InvalidScenario, match="written for room 'office'"):
        planned(load_scenario("daily-living")).samples_of(source_of(brief))


def test_a_scenario_file_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    scenario = load_scenario("daily-living")
    path.write_text(scenario.yaml)
    first = configuration_id(TurnSettings(scenario=str(path)))
    path.write_text(scenario.model_copy(update={"range_m": (3.0, 4.0)}).yaml)
    assert configuration_id(TurnSettings(scenario=str(path))) != first
    moved = tmp_path / "elsewhere.yaml"
    moved.write_text(scenario.yaml)
    assert configuration_id(TurnSettings(scenario=str(moved))) == first
    plain, changed = (
        configuration_id(TurnSettings(scenario=name)) for name in ("daily-living", "bathroom-falls")
    )
    assert plain != changed


def test_shards_keep_the_site_of_their_motions() -> None:
    scenario = load_scenario("bathroom-falls")
    sources = [source_of(brief, index) for index, brief in enumerate(draw_briefs(scenario, 3, 0))]
    shards = split_into_shards(sources, scenario.activity_labels, 2)
    assert [source.site.room for shard in shards for source in shard.sources] == ["bathroom"] * 3  # type: ignore[union-attr]


def test_a_wall_is_heard_in_the_capture() -> None:
    """The same motion in the bathroom and in free space: another tensor, and both are finite."""
    scenario = load_scenario("bathroom-falls")
    plan = planned(scenario, views=1)
    source = source_of(draw_briefs(scenario, 1, 0)[0])
    body = plan.body_of(source)
    motion = synthesize(source.script, 0, body)
    options = plan.options
    posed = pose_body(
        motion,
        body,
        plan.radar,
        n_scatterers=options.n_scatterers,
        surface_seed=options.surface_seed,
        material=options.material,
    )
    sample = plan.samples_of(source)[0]
    inside = capture_view(posed, plan.radar, sample.placement, 0, sample.options)
    outside = capture_view(posed, plan.radar, sample.placement, 0, options)
    assert np.isfinite(inside.doppler_time).all()
    difference = np.abs(inside.doppler_time - outside.doppler_time).sum() / outside.doppler_time.sum()
    assert 0.05 < difference < 20.0


@pytest.mark.parametrize("name", [name for name in BUILTIN_SCENARIOS if load_scenario(name).rooms])
def test_people_of_a_built_in_scenario_stay_between_their_walls(name: str) -> None:
    scenario = load_scenario(name)
    plan = planned(scenario)
    for index, brief in enumerate(draw_briefs(scenario, 5, 2)):
        source = source_of(brief, index)
        body = plan.body_of(source)
        posed = pose_body(
            synthesize(source.script, 0, body), body, plan.radar, n_scatterers=100, surface_seed=0,
            material=plan.options.material,
        )  # fmt: skip
        for sample in plan.samples_of(source):
            assert sample.options.room is not None
            check_in_room(posed, sample.placement, sample.options.room)
