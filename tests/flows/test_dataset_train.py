"""`mmflywheel dataset train`: a version that is there, made by whomever, gets its models and its scorecard."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_lake import Lake
from flows.cli.commands import app
from flows.settings import TurnSettings, Workspace
from flows.turn_wheel import Turn

pytestmark = pytest.mark.slow


def test_an_exported_version_comes_back_and_is_trained_on(
    small_settings: TurnSettings, small_turn: Turn, tmp_path: Path
) -> None:
    here, there = str(small_settings.workspace), str(tmp_path / "workspace")
    folder = str(tmp_path / "folder")

    def call(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["dataset", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    call(
        "export",
        small_turn.generated.version.name,
        "--format",
        "mmexpert",
        "--out",
        folder,
        "--workspace",
        here,
    )
    said = call("import", folder, "--origin", "mocap", "--radar", small_settings.radar, "--workspace", there)
    assert f"{small_turn.generated.version.n_samples} samples" in said
    options = [part for text in small_settings.overrides for part in ("--set", text)]
    said = call("train", "imported", *options, "--workspace", there)
    assert "WaveLLM" in said and "accuracy" in said and "results:" in said
    lake = Lake.open(Workspace(Path(there)).lake)
    trained = lake.read("checkpoints").to_pylist()
    assert {row["kind"] for row in trained} == {"encoder", "language", "wavellm"}
    assert {row["dataset_version"] for row in trained} == {"imported@1"}
    assert lake.read("runs", where={"command": "dataset train"})["status"].to_pylist() == ["completed"]
    assert lake.read("scorecards")["dataset_version"].to_pylist() == ["imported@1"]
