"""`doctor` and `--version`: what a newcomer asks first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.check_machine import examine_machine
from flows.cli.commands import app


def test_the_version_is_told_without_a_command() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert re.match(r"mmflywheel \d+\.\d+\.\d+", result.output)


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "OPENAI_API_KEY_FILE"])
def test_a_key_is_found_either_way_and_never_shown(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    found = {finding.name: finding for finding in examine_machine(tmp_path)}
    assert found["OPENAI_API_KEY"].verdict == "optional"
    assert "MMFLYWHEEL_MODEL" in found["OPENAI_API_KEY"].remedy
    monkeypatch.setenv(variable, "not-to-be-seen")
    findings = examine_machine(tmp_path)
    assert {finding.name: finding for finding in findings}["OPENAI_API_KEY"].verdict == "ok"
    assert "not-to-be-seen" not in repr(findings)


def test_a_folder_that_cannot_be_written_to_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.check_machine.os.access", lambda path, mode: False)
    result = CliRunner().invoke(app, ["doctor", "--workspace", str(tmp_path / "workspace")])
    assert result.exit_code == 1
    assert "not writable" in " ".join(result.output.split())
