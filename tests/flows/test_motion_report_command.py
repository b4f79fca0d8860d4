"""`mmflywheel motion-report`: what it writes, what it says, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.commands import app

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "motion"


def test_page_values_and_targets_are_written(tmp_path: Path) -> None:
    out = tmp_path / "new" / "report"
    asked = ["motion-report", "--motions", str(SHIPPED), "--clips", "1", "--scripts", "3", "--workers", "1"]
    done = CliRunner().invoke(app, [*asked, "--out", str(out)])
    assert done.exit_code == 0, done.output
    stored = json.loads((out / "motion-report.json").read_text())
    assert stored["fidelity"]["scripts"] == 3 and stored["clips_per_class"] == 1
    verdicts = {target["name"]: target["verdict"] for target in stored["targets"]}
    assert len(verdicts) == 5 and verdicts["classifier on walks"] == "not measured"
    page = (out / "motion-report.md").read_text()
    for name, verdict in verdicts.items():
        assert f"| {name} |" in page and f"| {verdict} |" in page
    assert "motion-report.md" in done.output and "script fidelity" in done.output
    for picture in ("ranges.png", "fidelity.png"):
        assert (out / "images" / "motion-report" / picture).read_bytes().startswith(b"\x89PNG")
        assert f"images/motion-report/{picture}" in page


def test_scripts_can_run_in_processes(tmp_path: Path) -> None:
    asked = ["motion-report", "--motions", str(SHIPPED), "--clips", "1", "--scripts", "3", "--out"]
    for name, workers in (("one", "1"), ("two", "2")):
        done = CliRunner().invoke(app, [*asked, str(tmp_path / name), "--workers", workers])
        assert done.exit_code == 0, done.output
    one, two = (tmp_path / name / "motion-report.json" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--clips", "0"], "--clips 0"),
        (["--scripts", "-1"], "--scripts -1"),
        (["--motions", "no/such/folder"], "no such folder"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    tmp_path: Path, options: list[str], words: str
) -> None:
    out = tmp_path / "report"
    asked = ["motion-report", "--motions", str(SHIPPED), "--out", str(out), *options]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code != 0
    assert words in done.output + str(done.exception)
    assert not out.exists()


def test_without_a_folder_and_outside_the_checkout_one_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["motion-report"])
    assert done.exit_code == 1 and "--motions DIR is needed" in done.output
