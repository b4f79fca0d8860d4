"""Models trained on script-made motion, scored on recorded clips."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_lake import Lake
from data_lake.errors import InvalidInput
from flows.score_elsewhere import newest_models, score_elsewhere
from flows.settings import TurnSettings, Workspace
from flows.turn_wheel import Turn

CLIPS = Path(__file__).parents[1] / "data" / "motion"


@pytest.fixture(scope="module")
def clips_settings(small_settings: TurnSettings) -> TurnSettings:
    return small_settings.model_copy(update={"dataset": "clips", "motions": CLIPS, "views": 1})


@pytest.mark.slow
def test_models_of_scripts_are_scored_on_all_clips(
    small_settings: TurnSettings, small_turn: Turn, clips_settings: TurnSettings
) -> None:
    scored = score_elsewhere(clips_settings, "mmwave-sim", announce=lambda text: None)
    lake = Lake.open(Workspace(small_settings.workspace).lake)
    clips, scripts = lake.open_version("clips"), lake.open_version("mmwave-sim")
    assert scored.scorecard.dataset == "clips@1" and scored.scorecard.split == "all"
    top_1 = next(m for m in scored.scorecard.measures if m.name == "top-1")
    assert top_1.n_items == clips.info.n_samples
    activities = scripts.samples(split="train", columns=["activity"])["activity"].to_pylist()
    assert top_1.n_references == len(set(activities))
    assert any("mmwave-sim@1" in note for note in scored.scorecard.notes)
    again = score_elsewhere(clips_settings, "mmwave-sim@1", announce=lambda text: None)
    assert again.reused and again.folder == scored.folder
    assert {row["dataset_version"] for row in lake.read("checkpoints").to_pylist()} == {"mmwave-sim@1"}


@pytest.mark.slow
def test_a_version_without_models_is_named(small_turn: Turn, clips_settings: TurnSettings) -> None:
    workspace = Workspace(clips_settings.workspace)
    lake = Lake.open(workspace.lake)
    name = next(version.name for version in lake.versions() if version.name.startswith("clips"))
    with pytest.raises(InvalidInput, match="clips@1 has no trained WaveLLM"):
        newest_models(lake, lake.open_version(name), workspace)
