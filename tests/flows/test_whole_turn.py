"""The whole wheel as plain functions and as a Prefect flow: same rows, nothing twice, every sample explained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness
from typer.testing import CliRunner

from data_lake import Lake
from flows.cli.commands import app
from flows.settings import TurnSettings, Workspace, flow_parameters
from flows.turn_wheel import Turn, turn_wheel
from flows.write_card import card_report
from flows.write_gaps import gaps_report
from flows.write_reports import scorecard_report

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def prefect_api() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


def tensors(workspace: Path, version: str) -> dict[str, bytes]:
    rows = (
        Lake.open(Workspace(workspace).lake)
        .open_version(version)
        .samples(columns=["sample_id", "doppler_time"])
    )
    return dict(zip(rows["sample_id"].to_pylist(), rows["doppler_time"].to_pylist(), strict=True))


def test_a_turn_publishes_trains_and_scores(small_settings: TurnSettings, small_turn: Turn) -> None:
    version = small_turn.generated.version
    assert version.name == "mmwave-sim@1"
    assert version.n_samples == 32 and version.n_motions == 16
    assert {file.name for file in small_turn.scored.folder.iterdir()} == {
        "answers.jsonl", "scorecard.json", "scorecard.md", "spectrograms.png"
    }  # fmt: skip
    measures = json.loads((small_turn.scored.folder / "scorecard.json").read_text())["measures"]
    assert {"retrieval", "zero-shot", "captions", "questions"} == {measure["section"] for measure in measures}


def test_a_turn_has_a_card_a_gap_table_and_a_scorecard_page(
    small_settings: TurnSettings, small_turn: Turn
) -> None:
    lake = Lake.open(Workspace(small_settings.workspace).lake)
    name, folder = small_turn.generated.version.name, small_turn.scored.folder
    card = card_report(lake, name)
    assert card.startswith(f"# {name}\n") and "](data:image/png;base64," in card and len(card) < 500_000
    gaps = gaps_report(lake.open_version(name), folder)
    assert "cells (activity x attribute value) covered" in gaps and "--scenario daily-living" in gaps
    for title in ("What the models read wrong most", "What the data have least of", "Ask for it"):
        assert f"## {title}\n" in gaps
    page = scorecard_report(lake, small_turn.scored.scorecard, folder)
    assert "no earlier scorecard" in page and "```mermaid\nflowchart TB" in page


def test_a_second_turn_reuses_everything(small_settings: TurnSettings, small_turn: Turn) -> None:
    said: list[str] = []
    again = turn_wheel(small_settings, said.append)
    assert again.generated.version.name == "mmwave-sim@1"
    assert again.foundations.encoder.reused and again.foundations.language is not None
    assert again.foundations.language.reused and again.wavellm.reused and again.scored.reused
    assert sum(report.n_made for report in again.generated.shards) == 0
    assert sum("reused" in line for line in said) >= 5
    lake = Lake.open(Workspace(small_settings.workspace).lake)
    for table in ("scripts", "motions", "samples", "checkpoints", "scorecards"):
        ids = lake.read(table)[lake.table(table).spec.key_column].to_pylist()
        assert len(ids) == len(set(ids)), table


def test_every_sample_walks_back_to_script_seed_and_run(
    small_settings: TurnSettings, small_turn: Turn
) -> None:
    lake = Lake.open(Workspace(small_settings.workspace).lake)
    for sample_id in lake.open_version("mmwave-sim").sample_ids()[:6]:
        story = lake.lineage(sample_id)
        assert story["missing"] == []
        assert story["script"]["script_id"] == story["motion"]["script_id"] == story["sample"]["script_id"]
        assert story["versions"][0]["name"] == "mmwave-sim@1"
        assert {row["kind"] for row in story["checkpoints"]} == {"encoder", "language", "wavellm"}
        assert story["runs"][0]["status"] == "completed"


def test_show_prints_the_words_and_draws_the_picture(small_settings: TurnSettings, small_turn: Turn) -> None:
    sample_id = Lake.open(Workspace(small_settings.workspace).lake).open_version("mmwave-sim").sample_ids()[0]
    result = CliRunner().invoke(app, ["show", sample_id[:12], "--workspace", str(small_settings.workspace)])
    assert result.exit_code == 0, result.output
    for word in (sample_id, "captions", "question", "script", "seeds", "mmwave-sim@1", "picture"):
        assert word in result.output
    assert (Workspace(small_settings.workspace).shown / f"{sample_id}.png").stat().st_size > 10_000


def test_the_same_turn_as_a_flow_makes_the_same_tensors(
    prefect_api: None, small_settings: TurnSettings, small_turn: Turn, tmp_path: Path
) -> None:
    from flows.turn_flywheel import turn_flywheel

    settings = small_settings.model_copy(update={"workspace": tmp_path / "workspace"})
    folder = Path(turn_flywheel(**flow_parameters(settings, with_training=True)))
    assert tensors(settings.workspace, "mmwave-sim@1") == tensors(small_settings.workspace, "mmwave-sim@1")
    assert json.loads((folder / "scorecard.json").read_text())["dataset"].startswith("mmwave-sim")
    with_flow = Lake.open(Workspace(settings.workspace).lake).read("runs").to_pylist()
    assert {row["command"] for row in with_flow} == {
        "generate_dataset", "publish_dataset", "train_models", "evaluate_models"
    }  # fmt: skip
    assert {row["status"] for row in with_flow} == {"completed"}
