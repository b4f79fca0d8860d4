"""`mmflywheel validate-physics`: where it writes, what it says, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.physics import run_checks
from evaluation.physics_check import PhysicsResult, PhysicsSection, within
from flows.cli import validate_command
from flows.cli.commands import app


def one_section(simulated: float) -> tuple[PhysicsSection, ...]:
    def measure() -> list[PhysicsResult]:
        return [
            within("length", "a length", "by hand", expected=1.0, simulated=1.0, tolerance=0.1, unit="m"),
            within("width", "a width", "by hand", expected=2.0, simulated=simulated, tolerance=0.1, unit="m"),
        ]

    return (PhysicsSection("sizes", "Sizes", "Words.", (measure,)),)


@pytest.fixture
def with_width(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Replace all checks by two; the second one's outcome is given."""

    def use(simulated: float) -> None:
        sections = one_section(simulated)
        monkeypatch.setattr(validate_command, "SECTIONS", sections)
        monkeypatch.setattr(validate_command, "run_checks", lambda bars: run_checks(bars, sections))

    return use


def test_page_is_written_and_the_command_succeeds(
    tmp_path: Path, with_width: Callable[[float], None]
) -> None:
    with_width(2.05)
    done = CliRunner().invoke(app, ["validate-physics", "--out", str(tmp_path / "new")])
    assert done.exit_code == 0, done.output
    assert "2 of 2" in done.output and "all 2 checks pass" in done.output
    assert "**2 of 2 checks pass.**" in (tmp_path / "new" / "validation.md").read_text()
    stored = json.loads((tmp_path / "new" / "validation.json").read_text())
    assert stored["width"]["verdict"] == "pass" and stored["width"]["tolerance"] == 0.1


def test_a_failing_check_is_named_and_the_page_says_so(
    tmp_path: Path, with_width: Callable[[float], None]
) -> None:
    with_width(2.05)
    assert CliRunner().invoke(app, ["validate-physics", "--out", str(tmp_path)]).exit_code == 0
    with_width(2.5)
    done = CliRunner().invoke(app, ["validate-physics", "--out", str(tmp_path)])
    assert done.exit_code == 1
    assert "changed since the last page: width: verdict was pass, is fail" in done.output
    assert "1 of 2 checks fail: width" in done.output
    assert "Failing: `width`." in (tmp_path / "validation.md").read_text()


def test_default_folder_is_docs_in_the_checkout_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    assert validate_command.default_folder() == Path("docs")
    monkeypatch.chdir(tmp_path)
    assert validate_command.default_folder() == Path("validation")
