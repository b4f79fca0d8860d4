"""`mmflywheel score`: models of one dataset version on another one."""

from __future__ import annotations

from evaluation import render_table

from ..score_elsewhere import score_elsewhere
from ..settings import TurnSettings
from .console import announce, console, progress_bars


def score_dataset(settings: TurnSettings, trained_on: str) -> None:
    """Score and print the scorecard; the last line names the folder of the results."""
    with progress_bars() as bars:
        scored = score_elsewhere(settings, trained_on, announce, bars)
    console.print()
    console.print(render_table(scored.scorecard))
    console.print(f"results: {scored.folder}", soft_wrap=True)
