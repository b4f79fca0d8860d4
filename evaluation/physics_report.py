"""The validation page: what was compared, what came out, and how to run it again."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from .errors import EvaluationError
from .figures import save_figure
from .physics_check import PhysicsResult, PhysicsSection
from .scorecard_rendering import markdown_table

__all__ = [
    "IMAGES_FOLDER",
    "PAGE_FILE",
    "VERDICTS_FILE",
    "changed_verdicts",
    "read_verdicts",
    "render_results",
    "to_markdown",
    "write_validation",
]

PAGE_FILE = "validation.md"
VERDICTS_FILE = "validation.json"
IMAGES_FOLDER = Path("images") / "validation"
_COLUMNS = (
    "check",
    "quantity",
    "closed form or source",
    "expected",
    "simulated",
    "error",
    "tolerance",
    "unit",
    "verdict",
)
_TEXT_COLUMNS = (0, 1, 2, 7, 8)
_DPI = 100
_NOTHING_DB = -150.0  # what is left by rounding of float64
_NEGLIGIBLE = 1e-3  # of the tolerance: smaller errors are rounding, and differ from machine to machine
_NOT_VALIDATED = (
    "No recording of a moving person over several seconds was at hand: real data is one frame of 20 ms, which "
    "fixes signs and bins. Levels, clutter and micro-Doppler of a real board have not been compared with "
    "simulated ones.",
    "Transmit power, gains, noise figure and phase noise are typical values of TI boards, not "
    "measurements of one.",
    "One bounce, and a room's planes: no corner reflections (a trihedral's 14.4 dBsm are out of reach), "
    "no waves "
    "between limbs, no diffraction at edges, no creeping waves, nothing from under the skin.",
    "The body is a stand-in mesh unless a licensed SMPL file is given; people differ by more than any "
    "tolerance "
    "here. The walk is a synthesised one.",
    "The mean cross section of a person and the share of its diffuse part are set to published levels, "
    "not derived.",
    "Antennas have a Gaussian main lobe or none; patterns, coupling and errors of real boards are not "
    "modelled.",
    "Range-Doppler coupling within a chirp is neglected (0.16 range bin at 6 m/s, measured above).",
    "Everything here ran on a CPU. The torch kernel is held against the CPU's by the test suite, not by "
    "this page.",
)


def write_validation(
    results: Sequence[PhysicsResult], sections: Sequence[PhysicsSection], folder: Path
) -> Path:
    """Write the page, its pictures and the verdicts; returns the page's path.

    The same results give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        if result.drawing is not None:
            save_figure(result.drawing.draw(), folder / IMAGES_FOLDER / result.drawing.file, _DPI)
    verdicts = {result.name: result.to_dict() for result in results}
    _write(folder / VERDICTS_FILE, json.dumps(verdicts, indent=1, ensure_ascii=False) + "\n")
    page = folder / PAGE_FILE
    _write(page, to_markdown(results, sections))
    return page


def read_verdicts(path: Path) -> dict[str, dict[str, Any]]:
    """What `write_validation` stored beside the page.

    Raises:
        EvaluationError: no such file, or it does not hold verdicts.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(
            f"{path} cannot be read ({error}): run `mmflywheel validate-physics` to make it"
        ) from error
    if not isinstance(stored, dict) or not all("verdict" in value for value in stored.values()):
        raise EvaluationError(f"{path} holds no verdicts: run `mmflywheel validate-physics` to make it anew")
    return stored


def changed_verdicts(results: Sequence[PhysicsResult], stored: dict[str, dict[str, Any]]) -> list[str]:
    """One line for each check that is new, gone, judged otherwise, or held to another figure than stored."""
    fresh = {result.name: result.to_dict() for result in results}
    lines = [f"{name}: no longer run" for name in stored if name not in fresh]
    for name, values in fresh.items():
        if name not in stored:
            lines.append(f"{name}: new, {values['verdict']}")
            continue
        lines += [
            f"{name}: {key} was {stored[name].get(key)}, is {value}"
            for key, value in values.items()
            if not _same(stored[name].get(key), value)
        ]
    return lines


def to_markdown(results: Sequence[PhysicsResult], sections: Sequence[PhysicsSection]) -> str:
    """The page."""
    failed = [result for result in results if not result.passed]
    lines = [
        "# Validation of the simulator's physics",
        "",
        f"**{len(results) - len(failed)} of {len(results)} checks pass.**"
        + (f" Failing: {', '.join(f'`{result.name}`' for result in failed)}." if failed else ""),
        "",
        "Each row holds one figure of the simulator against a closed form, or against numbers that others "
        "published. The "
        "closed forms are written down again for this page (`evaluation/physics_forms.py`, or as literal "
        "numbers worked out "
        "elsewhere) from raw chirp numbers, so that a wrong law in the simulator shows. To run all of it "
        "again, under a minute "
        "on one core:",
        "",
        "```",
        "mmflywheel validate-physics",
        "```",
        "",
        f"It writes this page, `{VERDICTS_FILE}` (verdict, expected value and tolerance of each check) "
        "and the pictures, and ends "
        "with an error if a check fails; `--out DIR` writes elsewhere. The "
        "test suite runs the same checks and fails where a verdict differs from the one stored here. "
        "Random numbers have "
        "fixed seeds. An error below a thousandth of its tolerance is shown as ≈ 0.",
        "",
        *markdown_table(("section", "checks", "passed"), _summary(results, sections), (0,)),
    ]
    for section in sections:
        own = [result for result in results if result.section == section.key]
        lines += ["", f"## {section.title}", "", section.text, ""]
        lines += markdown_table(_COLUMNS, [_cells(result) for result in own], _TEXT_COLUMNS)
        lines += _pictures(own)
    lines += ["", "## What is not validated", "", *(f"- {line}" for line in _NOT_VALIDATED), ""]
    return "\n".join(lines)


def render_results(results: Sequence[PhysicsResult], sections: Sequence[PhysicsSection]) -> Table:
    """A table for the terminal: how many checks of each section pass, and what fails."""
    table = Table(title="Physics of the simulator", title_justify="left")
    table.add_column("section")
    table.add_column("passed", justify="right")
    table.add_column("failing", overflow="fold")
    for section in sections:
        own = [result for result in results if result.section == section.key]
        failing = [
            f"{result.name}: {result.simulated:.6g} {result.unit}, {result.rule} "
            f"{result.expected:.6g}{f' ± {result.tolerance:.2g}' if result.tolerance else ''}"
            for result in own
            if not result.passed
        ]
        style = "red" if failing else None
        table.add_row(
            section.title, f"{len(own) - len(failing)} of {len(own)}", "\n".join(failing), style=style
        )
    return table


def _summary(results: Sequence[PhysicsResult], sections: Sequence[PhysicsSection]) -> list[tuple[str, ...]]:
    """One line for each section."""
    rows: list[tuple[str, ...]] = []
    for section in sections:
        own = [result for result in results if result.section == section.key]
        anchor = section.title.lower().replace(",", "").replace(" ", "-")
        passed = sum(result.passed for result in own)
        rows.append((f"[{section.title}](#{anchor})", str(len(own)), str(passed)))
    return rows


def _cells(result: PhysicsResult) -> tuple[str, ...]:
    """A row of a section's table."""
    digits = _decimals(result)
    expected = _number(result.expected, digits)
    if result.rule != "within":
        expected = {"at most": "≤ ", "at least": "≥ "}[result.rule] + expected
    error, tolerance = "–", "–"
    if result.rule == "within":
        tolerance = f"{result.tolerance:.2g}" if result.tolerance else "0 (exact)"
        small = abs(result.error) <= _NEGLIGIBLE * result.tolerance
        error = "≈ 0" if small and result.error else f"{result.error:+.2g}" if result.error else "0"
    verdict = "pass" if result.passed else "**FAIL**"
    unit = "–" if result.unit == "1" else result.unit
    simulated = _number(result.simulated, digits)
    if result.rule != "within" and result.unit == "dB" and result.simulated <= _NOTHING_DB:
        simulated = "none"
    return (
        f"`{result.name}`",
        result.quantity,
        result.source,
        expected,
        simulated,
        error,
        tolerance,
        unit,
        verdict,
    )


def _decimals(result: PhysicsResult) -> int:
    """Decimals that show a fifth of the tolerance; 3 where there is none."""
    if result.rule != "within" and result.unit == "dB":
        return 1
    if result.tolerance == 0.0:
        return 0 if float(result.expected).is_integer() and float(result.simulated).is_integer() else 3
    return min(max(1, math.ceil(-math.log10(0.2 * result.tolerance))), 9)


def _number(value: float, decimals: int) -> str:
    """A value; very small ones by their power of ten."""
    if 0.0 < abs(value) < 0.5 * 10.0**-decimals or 0.0 < abs(value) < 1e-5:
        return f"{value:.1e}" if decimals == 3 else "0"
    return f"{value:.{decimals}f}"


def _pictures(results: Sequence[PhysicsResult]) -> list[str]:
    """Pictures of a section with their captions."""
    lines = []
    for result in results:
        if result.drawing is not None:
            path = (IMAGES_FOLDER / result.drawing.file).as_posix()
            words = Path(result.drawing.file).stem.replace("_", " ")
            lines += ["", f"![{words}]({path})", "", f"*{result.drawing.caption}*"]
    return lines


def _same(stored: Any, value: Any) -> bool:
    """Equal words, or numbers that agree to rounding."""
    if isinstance(value, float) and isinstance(stored, int | float):
        return abs(stored - value) <= 1e-6 * max(abs(value), 1e-12)
    return bool(stored == value)


def _write(path: Path, text: str) -> None:
    """A text file, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
