"""kill -9 while the encoder trains, the language model is tuned, or answers are scored; then the same command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data_lake import Lake
from flows.settings import TurnSettings, Workspace

pytestmark = pytest.mark.slow

CHILD = """
import json
import sys
from pathlib import Path
from flows.settings import TurnSettings
from flows.turn_wheel import turn_wheel

if __name__ == "__main__":
    settings = TurnSettings(**json.loads(sys.argv[2]), workspace=Path(sys.argv[1]))
    said = lambda *words: print("AT", *words, flush=True)
    turn_wheel(settings, announce=said, progress=said)
    print("AT the end", flush=True)
"""
STAGES = ("AT pretrain encoder", "AT tune language model", "AT ask the WaveLLM", "AT scorecard")


def run_until(script: Path, workspace: Path, settings: TurnSettings, stage: str) -> bool:
    """Run a turn and kill it, with all its processes, at the first line of a stage; whether it got there."""
    values = settings.model_dump_json(include={"n_motions", "views", "overrides"})
    process = subprocess.Popen(
        [sys.executable, str(script), str(workspace), values],
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    reached = any(line.startswith(stage) for line in process.stdout)
    if stage != "AT the end":
        os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    return process.wait() == 0 if stage == "AT the end" else reached


def test_a_turn_killed_in_every_later_stage_ends_complete(
    small_settings: TurnSettings, tmp_path: Path
) -> None:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    workspace = tmp_path / "workspace"
    for stage in STAGES:
        assert run_until(script, workspace, small_settings, stage), stage
    assert run_until(script, workspace, small_settings, "AT the end")
    lake = Lake.open(Workspace(workspace).lake)
    assert [version.name for version in lake.versions()] == ["mmwave-sim@1"]
    for table, count in {"samples": 32, "motions": 16, "checkpoints": 3, "scorecards": 1}.items():
        ids = lake.read(table)[lake.table(table).spec.key_column].to_pylist()
        assert len(ids) == len(set(ids)) == count, table
    left = [path for path in (workspace / "checkpoints").iterdir() if path.name.startswith("llm")]
    assert len(left) == 1
    results = [path for path in (workspace / "results").iterdir() if not path.name.startswith(".")]
    assert len(results) == 1 and (results[0] / "scorecard.json").is_file()
    assert lake.read("runs")["status"].to_pylist().count("completed") == 1
