from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_prompts.briefs import draw_briefs, gap_quotas
from llm_prompts.builtin_scenarios import BUILTIN_SCENARIOS
from llm_prompts.coverage import coverage
from llm_prompts.errors import BriefNotWritable, InvalidScenario
from llm_prompts.gaps import ATTRIBUTES, Gap, gaps_from_text, gaps_text, load_gaps
from llm_prompts.grammar_author import GrammarAuthor
from llm_prompts.plans import PLANS
from llm_prompts.scenario import Scenario, load_scenario

DEFAULT = load_scenario("daily-living")
KICKS = Gap(
    n_samples=12, activity="kick", attributes={"side": "left", "pace": "fast"}, views="C", range_m=(3.0, 4.0)
)
OLD = Gap(n_samples=8, attributes={"age_group": "elderly", "sex": "female"})


def test_a_gap_gets_its_quota_and_nothing_else() -> None:
    briefs = [brief for brief in draw_briefs(DEFAULT, 40, 0, [KICKS]) if brief.gap == KICKS.content_hash]
    assert len(briefs) == 12
    for brief in briefs:
        assert (brief.activity, brief.side, brief.pace, brief.views) == ("kick", "left", "fast", "C")
        assert 3.0 <= brief.start.range_m <= 4.0
    assert set(Counter(brief.count for brief in briefs).values()) == {
        4
    }  # what the gap leaves open stays balanced


def test_the_rest_of_a_draw_with_gaps_is_the_draw_without_them() -> None:
    briefs = draw_briefs(DEFAULT, 60, 5, [KICKS, OLD])
    assert [brief for brief in briefs if brief.gap is None] == draw_briefs(DEFAULT, 40, 5)
    assert briefs[20:] == draw_briefs(DEFAULT, 40, 5)


@settings(max_examples=20, deadline=None)
@given(n=st.integers(20, 60), more=st.integers(0, 30), seed=st.integers(0, 2**32))
def test_a_longer_draw_with_gaps_begins_as_the_shorter_one(n: int, more: int, seed: int) -> None:
    gaps = [KICKS, OLD]
    assert draw_briefs(DEFAULT, n + more, seed, gaps)[:n] == draw_briefs(DEFAULT, n, seed, gaps)


def test_a_gap_that_asks_for_more_begins_with_the_same_briefs() -> None:
    larger = KICKS.model_copy(update={"n_samples": 30, "reason": "still weak"})
    assert draw_briefs(DEFAULT, 30, 0, [larger])[:12] == draw_briefs(DEFAULT, 12, 0, [KICKS])
    assert larger.content_hash == KICKS.content_hash


def test_a_gap_of_any_activity_keeps_the_shares_of_those_that_fit() -> None:
    briefs = draw_briefs(DEFAULT, 42, 0, [Gap(n_samples=42, attributes={"side": "left"})])
    sided = {name for name in DEFAULT.activities if "left" in PLANS[name].sides}
    counts = Counter(brief.activity for brief in briefs)
    assert set(counts) == sided
    assert max(counts.values()) - min(counts.values()) <= 1


def test_samples_become_briefs_by_the_views_of_a_motion() -> None:
    assert OLD.n_briefs() == 8
    assert OLD.n_briefs(views_per_motion=3) == 3
    assert KICKS.n_briefs(views_per_motion=8) == 12  # one view is asked for, so one sample a motion
    assert len([b for b in draw_briefs(DEFAULT, 20, 0, [OLD], views_per_motion=4) if b.gap]) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"activity": "kik"}, 'did you mean "kick"'),
        (
            {"activity": "kick", "attributes": {"side": "both"}},
            "no side of kick is 'both'; there are left, right",
        ),
        ({"activity": "sit_down", "attributes": {"count": 2}}, "there are none"),
        ({"attributes": {"colour": "red"}}, "Allowed are count, side"),
        ({"attributes": {"pace": "hasty"}}, "slow, ordinary, fast"),
        ({"views": "XY"}, "different letters"),
        ({"range_m": [5, 2]}, "lowest, highest"),
        ({"n_samples": 0}, "greater than 0"),
    ],
)
def test_an_impossible_gap_is_refused_in_words(tmp_path: Path, fields: dict[str, object], said: str) -> None:
    path = tmp_path / "gaps.json"
    path.write_text(json.dumps([{"n_samples": 4, **fields}]))
    with pytest.raises(InvalidScenario, match=said):
        load_gaps(path)


def test_gaps_that_a_scenario_does_not_have_are_refused() -> None:
    corridor = load_scenario("corridor")
    for gap, said in (
        (Gap(n_samples=1, activity="bow"), "no such activity"),
        (Gap(n_samples=1, activity="fall", attributes={"direction": "left"}), "no such activity"),
        (Gap(n_samples=1, views="C"), "seen in AE only"),
        (Gap(n_samples=1, range_m=(1.5, 2.0)), "range_m"),
    ):
        with pytest.raises(InvalidScenario, match=said):
            draw_briefs(corridor, 5, 0, [gap])
    with pytest.raises(InvalidScenario, match="ask for 20 scripts"):
        draw_briefs(DEFAULT, 19, 0, [KICKS, OLD])
    with pytest.raises(InvalidScenario, match="given twice"):
        draw_briefs(DEFAULT, 50, 0, [OLD, OLD])


def test_gaps_written_to_a_file_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "gaps.json"
    path.write_text(gaps_text([KICKS, OLD]))
    assert load_gaps(path) == (KICKS, OLD)
    assert KICKS.in_words == "kick, side left, pace fast, view C, 3-4 m"
    with pytest.raises(InvalidScenario, match="cannot be read"):
        load_gaps(tmp_path / "none.json")


def test_the_grid_counts_every_cell_once() -> None:
    briefs = draw_briefs(DEFAULT, 300, 1)
    grid = coverage(DEFAULT, briefs)
    waves = sum(brief.activity == "wave" for brief in briefs)
    for attribute in ("count", "side", "pace", "sex", "build", "age_group", "emotion"):
        filled = [
            n for (activity, name, _), n in grid.counts.items() if (activity, name) == ("wave", attribute)
        ]
        assert sum(filled) == waves, attribute
    assert grid.n_covered == sum(covered for covered, _ in grid.by_activity().values())
    assert coverage(DEFAULT, []).n_covered == 0
    assert len(coverage(DEFAULT, []).missing) == grid.n_possible
    assert {name for _, name, _ in grid.counts} == set(ATTRIBUTES)


def test_a_missing_cell_asked_for_as_a_gap_is_filled() -> None:
    few = draw_briefs(DEFAULT, 28, 0)
    missing = [cell for cell in coverage(DEFAULT, few).missing if cell[1] in ATTRIBUTES]
    assert missing
    gaps = [Gap(n_samples=1, activity=cell[0], attributes={cell[1]: cell[2]}) for cell in missing[:30]]
    filled = coverage(DEFAULT, draw_briefs(DEFAULT, 28 + len(gaps), 0, gaps))
    assert not set(missing[:30]) & set(filled.missing)


@pytest.mark.parametrize("name", BUILTIN_SCENARIOS)
def test_a_thousand_briefs_are_written_and_fill_the_whole_grid(name: str) -> None:
    """At least 98 % of the briefs become scripts, and their main steps show all that the scenario can ask for."""
    scenario, author = load_scenario(name), GrammarAuthor(0)
    briefs = draw_briefs(scenario, 1000, 0)
    scripts, refused = [], 0
    for brief in briefs:
        try:
            scripts.append(author.write(brief))
        except BriefNotWritable:
            refused += 1
    assert refused <= 20
    assert coverage(scenario, briefs).missing == ()
    assert coverage(scenario, scripts).missing == ()


def test_a_language_that_nobody_here_writes_is_refused_at_the_door() -> None:
    german = Scenario.model_validate({**DEFAULT.model_dump(), "languages": ["en", "de"]})
    with pytest.raises(InvalidScenario, match=r"asks for de; captions and questions .* in English only"):
        german.require_english()
    DEFAULT.require_english()
    briefs = draw_briefs(german, 28, 0)
    assert {brief.language for brief in briefs} == {"en", "de"}
    with pytest.raises(BriefNotWritable, match="English only"):
        GrammarAuthor().write(next(brief for brief in briefs if brief.language == "de"))


def test_a_scenario_with_few_views_takes_more_motions_for_as_many_samples() -> None:
    corridor = load_scenario("corridor")
    assert corridor.views == "AE"
    walks = Gap(n_samples=9, activity="walk")
    assert gap_quotas(corridor, 20, [walks], views_per_motion=8) == [5]
    one_of_them = Gap(n_samples=9, activity="walk", views="ABC")
    assert gap_quotas(corridor, 20, [one_of_them], views_per_motion=8) == [9]
    drawn = draw_briefs(corridor, 20, 0, [walks, one_of_them], views_per_motion=8)
    asked = [brief.gap for brief in drawn if brief.gap]
    assert [asked.count(gap.content_hash) for gap in (walks, one_of_them)] == [5, 9]


def test_gaps_are_read_from_text_and_the_source_is_named() -> None:
    assert gaps_from_text(gaps_text([KICKS, OLD])) == (KICKS, OLD) and gaps_from_text("[]") == ()
    with pytest.raises(InvalidScenario, match="the form"):
        gaps_from_text('[{"n_samples": 0}]', "the form")
