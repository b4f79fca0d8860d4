"""The validation page: every verdict is the stored one, and a wrong law is found by the check that is for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.errors import EvaluationError
from evaluation.physics import SECTIONS, run_checks
from evaluation.physics_check import Drawing, PhysicsResult, PhysicsSection, at_least, at_most, within
from evaluation.physics_drawing import new_axes
from evaluation.physics_report import (
    changed_verdicts,
    read_verdicts,
    to_markdown,
    write_validation,
)
from simulator.dsp import spectrogram
from simulator.radar import beat_reference, link_budget
from simulator.radar.config import RadarConfig

DOCS = Path(__file__).resolve().parents[2] / "docs"


def failing(*keys: str) -> set[str]:
    """Names of the checks that fail in some sections."""
    sections = [section for section in SECTIONS if section.key in keys]
    assert len(sections) == len(keys)
    return {result.name for result in run_checks(sections=sections) if not result.passed}


@pytest.fixture(scope="module")
def results() -> list[PhysicsResult]:
    return run_checks()


def test_verdicts_are_those_of_the_page(results: list[PhysicsResult]) -> None:
    assert changed_verdicts(results, read_verdicts(DOCS / "validation.json")) == []


def test_page_is_that_of_the_verdicts(results: list[PhysicsResult]) -> None:
    page = (DOCS / "validation.md").read_text(encoding="utf-8")
    passed = sum(result.passed for result in results)
    assert f"**{passed} of {len(results)} checks pass.**" in page
    for result in results:
        assert f"| `{result.name}` |" in page
        if result.drawing is not None:
            assert f"](images/validation/{result.drawing.file})" in page
            assert (DOCS / "images" / "validation" / result.drawing.file).is_file()


def test_another_wavelength_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    # The mistake of tools that label the velocity axis with the start of the sweep: 2.9 %.
    start = property(lambda radar: link_budget.SPEED_OF_LIGHT_MPS / radar.start_frequency_hz)
    monkeypatch.setattr(RadarConfig, "mid_wavelength_m", start)
    found = failing("doppler")
    assert {"mid-wavelength", "velocity-bin", "max-velocity"} <= found
    assert "window-noise-bandwidth" not in found


def test_the_conjugate_signal_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    law = beat_reference.beat_phase_cycles

    def conjugate(
        delay_s: NDArray[np.float64], time_s: NDArray[np.float64], radar: RadarConfig
    ) -> NDArray[np.float64]:
        return -law(delay_s, time_s, radar)

    monkeypatch.setattr(beat_reference, "beat_phase_cycles", conjugate)
    found = failing("beat")
    assert {"oracle-baseband", "oracle-sign", "beat-phase-0", "kernel-moving"} <= found
    assert "beat-bin-3m" not in found  # the production kernel is not touched


def test_a_carrier_at_the_start_of_the_sweep_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RadarConfig, "mid_frequency_hz", property(lambda radar: radar.start_frequency_hz))
    assert {"doppler-bin--4.9", "doppler-bin-+6", "aliasing-bin", "doppler-frequency"} <= failing("doppler")


def test_a_symmetric_window_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrogram, "periodic_hann", np.hanning)
    assert failing("doppler") == {"window-noise-bandwidth", "window-scalloping"}


def test_a_third_power_of_range_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def cubed(radar: RadarConfig, rcs_m2: float, range_m: float) -> float:
        power = link_budget.radar_equation_mw(10.0**1.2, 14.0, radar.mid_wavelength_m, rcs_m2, range_m)
        return power * range_m

    monkeypatch.setattr(RadarConfig, "received_power_mw", cubed)
    found = failing("power")
    assert {"fourth-power-point", "map-level"} <= found
    assert "noise-cell" not in found


def test_rules_of_a_verdict() -> None:
    near = within("near", "", "", expected=1.0, simulated=1.1, tolerance=0.2, unit="m")
    far = within("far", "", "", expected=1.0, simulated=1.3, tolerance=0.2, unit="m")
    assert (near.verdict, far.verdict) == ("pass", "fail")
    assert at_most("low", "", "", bound=-50.0, simulated=-55.0, unit="dB").passed
    assert not at_most("high", "", "", bound=-50.0, simulated=-45.0, unit="dB").passed
    assert at_least("big", "", "", bound=1.0, simulated=2.0, unit="1").passed
    for rule in (at_most, at_least):
        assert not rule("nan", "", "", bound=1.0, simulated=float("nan"), unit="1").passed
    assert not within("nan", "", "", expected=1.0, simulated=float("nan"), tolerance=9.0, unit="1").passed


def test_changes_are_named(results: list[PhysicsResult]) -> None:
    first = results[0]
    stored = {first.name: first.to_dict() | {"verdict": "fail", "tolerance": 1.0}, "old": {"verdict": "pass"}}
    lines = changed_verdicts(results[:2], stored)
    assert lines[0] == "old: no longer run"
    assert lines[1] == f"{first.name}: verdict was fail, is pass"
    assert lines[2].startswith(f"{first.name}: tolerance was 1.0, is ")
    assert lines[3] == f"{results[1].name}: new, pass"


def test_page_and_pictures_are_written_the_same_twice(tmp_path: Path) -> None:
    drawing = Drawing("line.png", "A line.", lambda: new_axes("x in m", "y in dB")[0])
    result = within("a", "b|c", "d", expected=1.0, simulated=1.05, tolerance=0.1, unit="m", drawing=drawing)
    section = PhysicsSection("s", "Some, title", "Words.", (lambda: [result],))
    found = run_checks(sections=[section])
    for folder in ("one", "two"):
        assert write_validation(found, [section], tmp_path / folder) == tmp_path / folder / "validation.md"
    for name in ("validation.md", "validation.json", "images/validation/line.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    page = to_markdown(found, [section])
    assert "| `a` | b\\|c | d | 1.00 | 1.05 | +0.05 | 0.1 | m | pass |" in page
    assert "[Some, title](#some-title) | 1 | 1 |" in page
    assert not list(tmp_path.rglob("*.partial"))


def test_what_cannot_be_told_apart_or_read_is_refused(tmp_path: Path) -> None:
    result = at_most("twice", "", "", bound=1.0, simulated=0.0, unit="1")
    with pytest.raises(EvaluationError, match="named twice"):
        run_checks(sections=[PhysicsSection("s", "t", "", (lambda: [result, result],))])
    with pytest.raises(EvaluationError, match="validate-physics"):
        read_verdicts(tmp_path / "absent.json")
    (tmp_path / "wrong.json").write_text("[1]")
    with pytest.raises(EvaluationError, match="holds no verdicts"):
        read_verdicts(tmp_path / "wrong.json")
