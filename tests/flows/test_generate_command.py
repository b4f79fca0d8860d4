"""`generate --shard I/N` and `publish`: parts in any order, twice, at once, make one and the same version."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import flows.cli.generate_command
from data_lake import Lake
from flows.cli.commands import app
from flows.cli.generate_command import part_of
from flows.settings import TurnSettings

COMMON = ("--n-motions", "18", "--views", "1", "--dataset", "parts", "--workers", "1")


def mmflywheel(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from flows.cli import main; main()", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def output_of(process: subprocess.Popen[str], code: int = 0) -> str:
    said, _ = process.communicate(timeout=600)
    assert process.returncode == code, said
    return said


@pytest.mark.parametrize("text", ["3", "3/3", "-1/3", "a/b", "1/0"])
def test_a_part_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        part_of(text)
    assert "I/N with I from 0" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_parts_of_several_processes_make_the_version_of_one(tmp_path: Path) -> None:
    parts, whole = str(tmp_path / "parts"), str(tmp_path / "whole")
    both = [mmflywheel("generate", "--shard", f"{part}/3", *COMMON, "--workspace", parts) for part in (2, 0)]
    for process in both:
        output_of(process)
    refused = output_of(mmflywheel("publish", *COMMON, "--workspace", parts), code=1)
    assert "planned samples of 'parts' are not in the lake" in refused
    assert Lake.open(f"{parts}/lake").versions() == []
    output_of(mmflywheel("generate", "--shard", "1/3", *COMMON, "--workspace", parts))
    again = output_of(mmflywheel("generate", "--shard", "1/3", *COMMON, "--workspace", parts))
    assert "samples: 0 made" in again
    assert "parts@1" in output_of(mmflywheel("publish", *COMMON, "--workspace", parts))
    assert "reused" in output_of(mmflywheel("publish", *COMMON, "--workspace", parts))
    assert "parts@1" in output_of(mmflywheel("generate", *COMMON, "--workspace", whole))
    one, other = (Lake.open(f"{root}/lake").versions()[0] for root in (parts, whole))
    assert one.content_hash == other.content_hash
    assert one.n_samples == 18


def test_what_a_language_model_may_cost_is_limited_here_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[TurnSettings] = []
    monkeypatch.setattr(
        flows.cli.generate_command, "generate_part", lambda settings, *rest: asked.append(settings)
    )
    limits = {"budget_usd": 1.5, "night_requests": 3, "concurrency": 2}
    words = [word for name, value in limits.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    options = ["--only-motions", "--author", "model", "--workspace", str(tmp_path)]
    assert CliRunner().invoke(app, ["generate", *options, *words]).exit_code == 0
    assert asked[0].model_dump(include=set(limits)) == limits
