from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_prompts.briefs import draw_briefs
from llm_prompts.builtin_scenarios import BUILTIN_SCENARIOS, builtin_path
from llm_prompts.errors import InvalidScenario
from llm_prompts.gaps import load_gaps
from llm_prompts.grammar_author import GrammarAuthor
from llm_prompts.plans import PLANS
from llm_prompts.scenario import Scenario, load_scenario
from llm_prompts.scenario_files import parsed_text, yaml_text

Said = Callable[..., str]
MINE = """name: mine
setting: a room
activities:
  walk: 2
  fall: 1
"""


@pytest.fixture
def said(tmp_path: Path) -> Said:
    def of(text: str, suffix: str = ".yaml") -> str:
        path = tmp_path / f"mine{suffix}"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidScenario) as caught:
            load_scenario(path)
        return str(caught.value)

    return of


def test_the_eight_named_scenarios_are_built_in_and_say_what_they_are_for() -> None:
    asked = {
        "daily-living", "bathroom-falls", "gesture-control", "gym", "gait-clinic", "office", "corridor", "mmexpert-six",
    }  # fmt: skip
    assert asked <= set(BUILTIN_SCENARIOS)
    for name in BUILTIN_SCENARIOS:
        assert len(load_scenario(name).description) > 30, name


def test_every_activity_belongs_to_a_built_in_scenario() -> None:
    used = {activity for name in BUILTIN_SCENARIOS for activity in load_scenario(name).activities}
    assert used == set(PLANS)


def test_six_classes_of_the_reference_are_asked_for_as_they_are_named() -> None:
    scenario = load_scenario("mmexpert-six")
    assert scenario.activity_labels == ("bow", "jump", "kick", "run", "walk", "wave")
    assert scenario.plan_of("run").directions == scenario.plan_of("walk").directions == ("there_and_back",)
    assert scenario.plan_of("jump") == PLANS["jump"]


@pytest.mark.parametrize("name", BUILTIN_SCENARIOS)
def test_written_and_read_again_a_scenario_is_the_same(name: str, tmp_path: Path) -> None:
    scenario = load_scenario(name)
    path = tmp_path / "again.yaml"
    path.write_text(scenario.yaml, encoding="utf-8")
    again = load_scenario(path)
    assert again == scenario
    assert again.content_hash == scenario.content_hash
    as_json = tmp_path / "again.json"
    as_json.write_text(scenario.model_dump_json(), encoding="utf-8")
    assert load_scenario(as_json) == scenario


def test_lists_give_equal_shares_and_numbers_are_ranges_and_rooms(tmp_path: Path) -> None:
    path = tmp_path / "short.yml"
    path.write_text(
        "name: short\nversion: 2\nsetting: a room\nactivities: [walk, run]\nradar_height_m: 2.2\n"
        "rooms: {living-room: 3, free-space: 1}\n"
    )
    scenario = load_scenario(path)
    assert scenario.activities == {"walk": 1.0, "run": 1.0}
    assert scenario.version == "2"
    assert scenario.radar_height_m == (2.2, 2.2)
    assert {name: room.share for name, room in scenario.rooms.items()} == {
        "living-room": 3.0,
        "free-space": 1.0,
    }
    assert scenario.rooms["living-room"].content == {}


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        ("settin: a hall\n", 6, 'settin: unknown field; did you mean "setting"?'),
        ("xyzzy: 1\n", 6, "xyzzy: unknown field. Allowed are name, version"),
        ("  wlak: 1\n", 6, 'activities.wlak: unknown \'wlak\'; did you mean "walk"?'),
        ("  stand: 1\n", 6, "never the main action"),
        ("  run: -1\n", 6, "activities.run: the share is -1, must be above 0"),
        ("  run: fast\n", 6, "activities.run: input should be a valid number"),
        ("range_m: [4, 3]\n", 6, "range_m: range (4.0, 3.0) must be (lowest, highest)"),
        ("range_m: [1.5, 3]\n", 6, "near_limit_m"),
        ("radar_height_m: 12\n", 6, "allowed is within (0.0, 10.0)"),
        ("views: AZ\n", 6, "different letters of ABCDEFGH"),
        ("only:\n  kick: {sides: [left]}\n", 7, "none of this scenario's activities (fall, walk)"),
        ("only:\n  fall: {sides: [left]}\n", 7, "fall cannot have left; allowed are nothing"),
        ("only:\n  walk: {directions: [zigzag]}\n", 7, "straight, there_and_back"),
        ("only:\n  walk: {direction: [straight]}\n", 7, 'did you mean "directions"?'),
        ("languages: [english]\n", 6, "languages.0"),
        ("qa_roles: {QA05: 1}\n", 6, "Allowed are QA01, QA02"),
        ("rooms:\n  hall: {share: 0}\n", 7, "rooms.hall.share"),
        ('wording: ["\\e[31m"]\n', 6, "control character"),
        ("name: other\n", 6, "'name' is given twice"),
        ("energy: *x\n", 6, ""),
        ("energy: [0.1, 0.2\n", 7, "is not YAML"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_line(said: Said, change: str, line: int, words: str) -> None:
    text = said(MINE + change)
    assert f"line {line}" in text
    assert words in text


def test_all_problems_are_told_at_once_in_the_order_of_the_file(said: Said) -> None:
    text = said("name: Mine\nsetting: ''\nactivities: [flying]\nenergy: 2\n")
    assert text.splitlines()[0].endswith("4 problems")
    assert [part.split(",")[0].strip() for part in text.splitlines()[1:]] == [
        f"line {n}" for n in (1, 2, 3, 4)
    ]


def test_missing_fields_and_other_kinds_of_files_are_told(said: Said, tmp_path: Path) -> None:
    assert "setting: this field must be there" in said("name: a\nactivities: [walk]\n")
    assert "a scenario is a mapping" in said("- walk\n- run\n")
    assert "not JSON" in said(MINE, ".json")
    assert "repeats another part" in said("a: &x [1]\nb: *x\n")
    assert "is not YAML" in said("name: \x00")
    (tmp_path / "latin.yaml").write_bytes(b"name: \xff")
    with pytest.raises(InvalidScenario, match="cannot be read"):
        load_scenario(tmp_path / "latin.yaml")
    with pytest.raises(InvalidScenario, match=r"no file nowhere\.yaml"):
        load_scenario("nowhere.yaml")
    with pytest.raises(InvalidScenario, match='did you mean "corridor"'):
        load_scenario("coridor")


def test_lines_of_json_are_known_too(said: Said) -> None:
    content = {"name": "mine", "setting": "a room", "activities": {"walk": 1}, "range_m": [9, 3]}
    assert "line 7, range_m" in said(json.dumps(content, indent=2), ".json")


def test_a_file_that_is_huge_or_deep_is_refused(said: Said) -> None:
    assert "bytes" in said("#" * 1_000_001)
    assert "too deep" in said("name: " + "[" * 20_000 + "]" * 20_000)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["name", "setting", "activities", "only", "rooms", "energy", "x"]), plain, min_size=1
    )
)
def test_whatever_a_file_holds_the_error_is_ours(content: dict[str, object]) -> None:
    parsed = parsed_text(yaml_text(content), "a file")
    assert parsed.content == content
    try:
        Scenario.model_validate(parsed.content)
    except ValueError:
        return
    assert {"name", "setting", "activities"} <= set(content)


def test_built_in_files_are_plain_yaml_of_one_document() -> None:
    for name in BUILTIN_SCENARIOS:
        parsed = parsed_text(builtin_path(name).read_text(encoding="utf-8"), name)
        assert parsed.content["name"] == name
        assert parsed.lines[("name",)] == 1


def test_the_page_on_scenarios_is_true(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    example = tmp_path / "example.yaml"
    example.write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    scenario = load_scenario(example)
    author = GrammarAuthor(0)
    assert len([author.write(brief) for brief in draw_briefs(scenario, 100, 0)]) == 100
    gaps = tmp_path / "gaps.json"
    gaps.write_text(page.split("```json\n")[1].split("```")[0], encoding="utf-8")
    assert len(load_gaps(gaps)) == 2
    assert all(f"| `{name}`" in page for name in BUILTIN_SCENARIOS)
    table = page.split("| field |")[1].split("\n\n")[0]
    assert all(f"`{name}`" in table for name in Scenario.model_fields)
