"""`mmflywheel scenario` from the command line: tables, pages, files, and what a description was understood as."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.commands import app
from llm_prompts import BUILTIN_SCENARIOS, InvalidScenario, load_scenario

TEXT = "falls of elderly people in a bathroom at 2-4 m with [bold]umbrellas[/bold]"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["scenario", *arguments], catch_exceptions=True)


def test_the_list_names_every_scenario() -> None:
    result = run("list")
    assert result.exit_code == 0, result.output
    assert all(name in result.output for name in BUILTIN_SCENARIOS)
    listed = json.loads(run("list", "--json").output)
    assert [one["name"] for one in listed] == list(BUILTIN_SCENARIOS)


@pytest.mark.parametrize("name", BUILTIN_SCENARIOS)
def test_a_page_shows_every_activity_with_its_share(name: str) -> None:
    result = run("show", name)
    assert result.exit_code == 0, result.output
    scenario = load_scenario(name)
    lines = result.output.splitlines()
    shares = [float(line.split("%")[0].split()[-1]) for line in lines if "█" in line]
    assert len(shares) == len(scenario.activities)
    assert sum(shares) == pytest.approx(100.0, abs=0.06 * len(shares))
    assert json.loads(run("show", name, "--json").output)["name"] == name


def test_a_written_scenario_is_read_again_and_never_overwritten_unasked(tmp_path: Path) -> None:
    out = tmp_path / "new" / "mine.yaml"
    assert run("write", "corridor", str(out)).exit_code == 0
    assert "# A curve and a fall to the side would end in a wall." in out.read_text()
    assert load_scenario(out) == load_scenario("corridor")
    out.write_text(out.read_text().replace("name: corridor", "name: mine"))
    again = run("write", "corridor", str(out))
    assert again.exit_code == 1
    assert load_scenario(out).name == "mine"
    assert run("write", str(out), str(tmp_path / "copy.yaml")).exit_code == 0
    assert load_scenario(tmp_path / "copy.yaml").name == "mine"
    assert run("write", "corridor", str(out), "--force").exit_code == 0
    assert load_scenario(out).name == "corridor"
    assert run("write", "corridor", str(tmp_path / "mine.txt")).exit_code == 1
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["copy.yaml", "mine.yaml"]


def test_a_description_is_told_back_and_written(tmp_path: Path) -> None:
    out = tmp_path / "falls.yaml"
    result = run("describe", TEXT, "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "no language model" in result.output
    assert "range_m" in result.output and "2 to 4 m" in result.output
    assert "'umbrellas'" in result.output and "'bold'" in result.output  # shown, not obeyed
    assert "[bold]umbrellas[/bold]" in result.output
    scenario = load_scenario(out)
    assert scenario.activities == {"fall": 1.0}
    assert scenario.range_m == (2.0, 4.0)


def test_a_description_as_json_says_what_was_not_understood(tmp_path: Path) -> None:
    said = json.loads(run("describe", TEXT, "--json").output)
    assert said["scenario"]["activities"] == {"fall": 1.0}
    assert "'umbrellas'" in said["not_understood"]
    assert ["range_m", "2 to 4 m"] in said["understood"]
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_for_a_description_without_an_activity(tmp_path: Path) -> None:
    out = tmp_path / "nothing.yaml"
    result = run("describe", "a nice room", "--out", str(out))
    assert isinstance(result.exception, InvalidScenario)
    assert not out.exists()
    assert isinstance(run("show", "bathrom-falls").exception, InvalidScenario)


def test_a_model_that_is_not_configured_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_API_KEY_FILE", "MMFLYWHEEL_MODEL"):
        monkeypatch.delenv(name, raising=False)
    result = run("describe", "falls", "--author", "model", "--workspace", str(tmp_path / "w"))
    assert "MMFLYWHEEL_MODEL" in str(result.exception)
