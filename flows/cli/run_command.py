"""`mmflywheel run`: the plain functions with bars, or the same turn as a Prefect flow."""

from __future__ import annotations

import os
import time
from pathlib import Path

from evaluation import read_scorecard, render_table

from ..score_checkpoints import SCORECARD_FILE
from ..settings import TurnSettings, flow_parameters
from .console import announce, console, progress_bars


def run_wheel(settings: TurnSettings, prefect: bool | None) -> None:
    """Turn the wheel and print the scorecard; the last line names the folder of the results."""
    started = time.monotonic()
    as_flow = bool(os.environ.get("PREFECT_API_URL")) if prefect is None else prefect
    if as_flow:
        from ..turn_flywheel import turn_flywheel

        folder = Path(turn_flywheel(**flow_parameters(settings, with_training=True)))
        scorecard = read_scorecard(folder / SCORECARD_FILE)
    else:
        from ..turn_wheel import turn_wheel

        with progress_bars() as bars:
            turn = turn_wheel(settings, announce, bars)
        folder, scorecard = turn.scored.folder, turn.scored.scorecard
    console.print()
    console.print(render_table(scorecard))
    console.print(f"took {time.monotonic() - started:.0f} s; look at a sample: mmflywheel show SAMPLE_ID")
    console.print(f"results: {folder}", soft_wrap=True)
