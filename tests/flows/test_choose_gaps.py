"""What a turn asks for first: quotas to the script, one list whatever is scored meanwhile, errors with words."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_lake import Lake
from data_lake.errors import LakeError
from flows import choose_gaps, plan_dataset
from flows.choose_gaps import (
    LastGaps,
    NoScorecardYet,
    fit_gaps,
    with_gaps,
    with_gaps_if_scored,
    with_gaps_of_night,
    with_gaps_of_parts,
)
from flows.gather_motions import Gathered, gather_motions, order_of_turn
from flows.open_lake import recorded_run
from flows.plan_dataset import ScriptSource, configuration_id, sample_plan
from flows.settings import TurnSettings, Workspace, flow_parameters, settings_from_flow
from llm_prompts import Gap, InvalidScenario, gaps_text, load_scenario
from simulator import load_body

KICKS = Gap(n_samples=5, activity="kick", views="CG", reason="7 of 9 read wrong")
OLD = Gap(n_samples=3, attributes={"age_group": "elderly"})
DEFAULT = load_scenario("daily-living")


def gathered(settings: TurnSettings) -> Gathered:
    lake = Lake.create(Workspace(settings.workspace).lake)
    with recorded_run(lake, "test", settings) as run:
        return gather_motions(settings, lake, load_body(), run)


def some_gaps(numbers: list[int]) -> list[Gap]:
    names = DEFAULT.activity_labels
    return [Gap(n_samples=n, activity=name) for n, name in zip(numbers, names, strict=False)]


@given(st.lists(st.integers(1, 200), max_size=12), st.integers(1, 300), st.integers(1, 8))
def test_what_does_not_fit_is_shared_out(numbers: list[int], n_motions: int, views: int) -> None:
    gaps = some_gaps(numbers)
    fitted = fit_gaps(gaps, DEFAULT, n_motions, views)
    room, asked = max(1, n_motions // 2), sum(gap.n_briefs(views) for gap in gaps)
    taken = {gap.activity: gap.n_samples for gap in fitted}
    assert sum(gap.n_briefs(views) for gap in fitted) == min(room, asked)
    assert all(taken.get(gap.activity, 0) <= gap.n_samples for gap in gaps)
    assert [gap.activity for gap in fitted] == [gap.activity for gap in gaps if gap.activity in taken]
    if asked <= room:
        assert fitted == tuple(gaps)
    larger = {gap.activity: gap.n_samples for gap in fit_gaps(gaps, DEFAULT, n_motions + 2, views)}
    assert all(larger[name] >= n for name, n in taken.items())


@given(
    st.integers(1, 12), st.integers(1, 12), st.integers(1, 8), st.sampled_from(["daily-living", "corridor"])
)
def test_quotas_are_met_to_the_script(few: int, many: int, views: int, scenario: str) -> None:
    gaps = (Gap(n_samples=few, activity="walk"), Gap(n_samples=many, attributes={"sex": "female"}))
    settings = TurnSettings(n_motions=30, views=views, scenario=scenario, gaps=gaps)
    briefs = order_of_turn(settings).briefs()
    assert len(briefs) == 30
    seen = min(views, len(load_scenario(scenario).views))
    for gap in gaps:  # the fewest motions that make so many samples
        mine = [brief for brief in briefs if brief.gap == gap.content_hash]
        assert (len(mine) - 1) * seen < gap.n_samples <= len(mine) * seen
        assert [brief.gap for brief in briefs[: len(mine)]].count(None) == 0
    rest = [brief for brief in briefs if brief.gap is None]
    assert rest == order_of_turn(settings.model_copy(update={"gaps": (), "n_motions": len(rest)})).briefs()


def test_scripts_and_what_asked_for_them_are_in_the_lake_once(tmp_path: Path) -> None:
    settings = TurnSettings(n_motions=12, views=2, workspace=tmp_path, gaps=(KICKS, OLD))
    first, again = gathered(settings), gathered(settings)
    assert first.sources == again.sources and again.n_reused == 12
    assert first.origin.endswith("5 of them for 2 gaps")
    found = Counter(source.gap_id for source in first.sources if isinstance(source, ScriptSource))
    assert found == {KICKS.content_hash: 3, OLD.content_hash: 2, None: 7}  # in two views each
    plan = sample_plan(settings, first.activities)
    kicks = [source for source in first.sources if source.gap_id == KICKS.content_hash]  # type: ignore[union-attr]
    views = [sample.placement.view for source in kicks for sample in plan.samples_of(source)]
    assert sorted(views) == ["C"] * 3 + ["G"] * 3
    lake = Lake.open(Workspace(tmp_path).lake)
    assert Counter(lake.read("scripts")["gap_id"].to_pylist()) == found
    rows = {row["gap_id"]: row for row in lake.read("gaps").to_pylist()}
    assert {key: (row["n_samples"], row["n_scripts"]) for key, row in rows.items()} == {
        KICKS.content_hash: (5, 3), OLD.content_hash: (3, 2),
    }  # fmt: skip
    assert rows[KICKS.content_hash]["reason"] == "7 of 9 read wrong"
    parameters = json.loads(lake.read("runs")["parameters"][0].as_py())
    assert [gap["n_samples"] for gap in parameters["gaps"]] == [5, 3]


def test_without_gaps_ids_are_what_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[dict[str, Any]] = []

    def noted(prefix: str, content: dict[str, Any]) -> str:
        hashed.append(content)
        return "cfg-1"

    monkeypatch.setattr(plan_dataset, "content_id", noted)
    configuration_id(TurnSettings(n_motions=5))
    configuration_id(TurnSettings(n_motions=5, gaps=(KICKS,)))
    assert set(hashed[0]["settings"]) == {
        "author", "dataset", "scale", "scenario", "radar", "seed", "n_motions", "views",
    }  # fmt: skip
    assert hashed[1]["settings"].pop("gaps") == [[KICKS.content_hash, 5]] and hashed[1] == hashed[0]


def test_gaps_enter_the_configuration_and_their_reasons_do_not() -> None:
    plain, kicks = TurnSettings(n_motions=20), TurnSettings(n_motions=20, gaps=(KICKS,))
    unexplained = TurnSettings(n_motions=20, gaps=(KICKS.model_copy(update={"reason": ""}),))
    more = TurnSettings(n_motions=20, gaps=(KICKS.model_copy(update={"n_samples": 6}),))
    ids = [configuration_id(settings) for settings in (plain, kicks, more)]
    assert len(set(ids)) == 3 and configuration_id(unexplained) == ids[1]


def test_a_list_of_gaps_passes_through_the_form() -> None:
    settings = TurnSettings(gaps=(KICKS, OLD), workers=1)
    sent = flow_parameters(settings, with_training=True)
    assert isinstance(sent["gaps"], str) and settings_from_flow(**sent) == settings
    again = with_gaps(settings_from_flow(workers=1, gaps=""), sent["gaps"], print)
    assert again == settings
    assert flow_parameters(TurnSettings(), with_training=True)["gaps"] == ""


def test_what_cannot_be_is_refused_with_words(tmp_path: Path) -> None:
    path = tmp_path / "gaps.json"
    path.write_text(gaps_text([KICKS, OLD]))
    settings = TurnSettings(n_motions=20, workspace=tmp_path)
    assert with_gaps(settings, str(path), print).gaps == (KICKS, OLD)
    for changes, text, said in (
        (
            {"n_motions": 3},
            str(path),
            r"the gaps ask for 5 scripts \(kick, views CG.*the draw has 3: draw 5 or more",
        ),
        ({"scenario": "corridor"}, str(path), "gap 'kick, views CG': scenario corridor has no such activity"),
        (
            {"motions": tmp_path},
            str(path),
            "gaps ask for scripts, and the motions of this run are the clips of",
        ),
        ({}, "lsat", "gaps 'lsat': no such file; give `last`"),
        ({}, "[{}]", "n_samples"),
        ({}, gaps_text([KICKS, KICKS]), "is given twice"),
    ):
        with pytest.raises(InvalidScenario, match=said):
            with_gaps(settings.model_copy(update=changes), text, print)
    with pytest.raises(InvalidScenario, match="generate --only-motions --gaps last"):
        with_gaps_of_parts(settings, "last")
    assert with_gaps_of_parts(settings, str(path)).gaps == (KICKS, OLD)


def test_without_a_scorecard_a_person_is_told_and_a_flow_goes_on(tmp_path: Path) -> None:
    settings = TurnSettings(dataset="ward", workspace=tmp_path)
    with pytest.raises(NoScorecardYet, match=r"dataset 'ward' has no scorecard in .* yet"):
        with_gaps(settings, "last", print)
    Lake.create(Workspace(tmp_path).lake)
    said: list[str] = []
    assert with_gaps_if_scored(settings, "last", said.append) == settings
    assert said[0].startswith("gaps: none; dataset 'ward' has no scorecard")
    with pytest.raises(InvalidScenario):
        with_gaps_if_scored(settings, "lsat", said.append)  # a mistake is one at night too


def scorecards(lake: Lake, rows: list[tuple[str, str, int, str]]) -> None:
    start = datetime(2030, 1, 1, tzinfo=UTC)
    for identity, version, day, split in rows:
        row = {
            "scorecard_id": identity, "dataset_version": version, "config_hash": "c", "path": "p", "answers_path": "p",
            "checkpoints": ["enc-1"], "metrics": json.dumps({"split": split}),
            "created_at": start + timedelta(days=day),
        }  # fmt: skip
        lake.append("scorecards", [row], identity, "run-1")


def test_the_last_scorecard_is_that_of_the_newest_version(tmp_path: Path) -> None:
    lake = Lake.create(Workspace(tmp_path).lake)
    rows = [
        ("scr-old", "ward@2", 9, "test"),  # scored again later
        ("scr-first", "ward@10", 3, "test"),
        ("scr-last", "ward@10", 4, "test"),
        ("scr-all", "ward@11", 5, "all"),  # by models of another dataset
        ("scr-other", "ward-2@12", 6, "test"),
    ]
    scorecards(lake, rows)
    with pytest.raises(NoScorecardYet, match=r"scr-last .ward@10. are gone"):
        with_gaps(TurnSettings(dataset="ward", workspace=tmp_path), "last", print)


def test_the_first_run_of_a_night_decides_for_all_of_that_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = iter([(KICKS,), (OLD,)])
    monkeypatch.setattr(
        choose_gaps, "last_gaps", lambda settings: LastGaps(next(shown), "scr-1", "ward@1", (OLD,))
    )
    night = TurnSettings(dataset="ward", seed=20300101, n_motions=20, workspace=tmp_path)
    said: list[str] = []
    first = with_gaps_of_night(night, "last", said.append)
    assert first.gaps == (KICKS,)
    assert "scorecard scr-1 (ward@1): 3 of 20 scripts" in said[0] and "left out" in said[0]
    assert with_gaps_of_night(night, "last", said.append) == first  # though there is a newer scorecard by now
    assert with_gaps_of_night(night.model_copy(update={"seed": 20300102}), "last", print).gaps == (OLD,)
    with pytest.raises(StopIteration):  # asked for by hand it is what the newest shows
        with_gaps(night, "last", print)


def test_a_night_without_a_scorecard_stays_without_gaps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = TurnSettings(dataset="ward", seed=20300101, n_motions=20, workspace=tmp_path)
    said: list[str] = []
    assert with_gaps_of_night(night, "last", said.append) == night and said[0].startswith("gaps: none")
    monkeypatch.setattr(choose_gaps, "last_gaps", lambda settings: LastGaps((KICKS,), "scr-1", "ward@1"))
    assert with_gaps_of_night(night, "last", said.append) == night
    assert with_gaps_of_night(night, "", said.append) == night


def test_a_workspace_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose_gaps, "last_gaps", lambda settings: LastGaps((KICKS,), "scr-1", "ward@1"))
    (tmp_path / "gaps").write_text("a file where the folder should be")
    with pytest.raises(LakeError, match="the gaps cannot be written to"):
        with_gaps(TurnSettings(workspace=tmp_path), "last", print)


def test_a_flow_settles_its_gaps_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import flows.generate_dataset as module

    begun: list[TurnSettings] = []
    monkeypatch.setattr(module, "make_version", lambda settings, start_training: begun.append(settings))
    run = {"dataset": "ward", "n_motions": 20, "gaps": "last", "workspace": str(tmp_path)}
    module.generate_dataset.fn(**run)
    assert "gaps: none; dataset 'ward' has no scorecard" in capsys.readouterr().out
    shown = iter([(KICKS,), (OLD,), ()])
    monkeypatch.setattr(choose_gaps, "last_gaps", lambda settings: LastGaps(next(shown), "scr-1", "ward@1"))
    module.generate_dataset.fn(**run)
    for _ in range(2):
        module.generate_dataset.fn(**run, seed_by_night=True)
    module.generate_dataset.fn(**{**run, "gaps": gaps_text([KICKS])})
    assert [settings.gaps for settings in begun] == [(), (KICKS,), (OLD,), (OLD,), (KICKS,)]
    assert len({settings.seed for settings in begun}) == 2
    with pytest.raises(InvalidScenario):
        module.generate_dataset.fn(**{**run, "gaps": gaps_text([KICKS]), "n_motions": 2})
