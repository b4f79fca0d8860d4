"""`mmflywheel validate-physics`: the simulator against closed forms, as a page with figures."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from evaluation.physics import SECTIONS, run_checks
from evaluation.physics_report import (
    VERDICTS_FILE,
    changed_verdicts,
    read_verdicts,
    render_results,
    write_validation,
)

from .console import console, fail, progress_bars
from .output_files import check_folder

CHECKOUT_FILES = (Path("docs/physics.md"), Path("evaluation/physics.py"))


def default_folder() -> Path:
    """The project's own docs in its checkout, where the page is kept; elsewhere a folder of its own."""
    return Path("docs") if all(path.is_file() for path in CHECKOUT_FILES) else Path("validation")


def validate_physics(out: Path) -> None:
    """Run all checks, write the page to `out`, and end with status 1 if one fails.

    Raises:
        EvaluationError: the verdicts that lie in `out` cannot be read.
    """
    check_folder(out)
    stored = read_verdicts(out / VERDICTS_FILE) if (out / VERDICTS_FILE).is_file() else None
    with progress_bars() as bars:
        results = run_checks(bars)
    page = write_validation(results, SECTIONS, out)
    console.print(render_results(results, SECTIONS))
    changes = [] if stored is None else changed_verdicts(results, stored)
    for line in changes:
        console.print(f"changed since the last page: {escape(line)}")
    console.print(f"page: {page}", soft_wrap=True)
    failed = [result.name for result in results if not result.passed]
    if failed:
        fail(f"{len(failed)} of {len(results)} checks fail: {', '.join(failed)}")
    console.print(f"all {len(results)} checks pass")
