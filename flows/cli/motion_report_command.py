"""`mmflywheel motion-report`: the motion engine beside recorded motion, as a page with figures."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from evaluation.realism_report import render_targets, write_report
from evaluation.realism_study import study_motion
from evaluation.realism_targets import judge_targets
from simulator import load_body

from ..engines import worker_pool
from .console import console, fail, progress_bars
from .output_files import check_folder

DEFAULT_MOTIONS = Path("tests") / "data" / "motion"


def report_motion(
    motions: Path | None,
    scripts: int,
    clips: int,
    seed: int,
    workers: int | None,
    body_file: Path | None,
    out: Path,
) -> None:
    """Compare engine and recordings, write the page to `out` and print the targets; missing one is no error.

    Raises:
        EvaluationError: nothing to compare.
        MotionFileError: the folder of recordings cannot be read.
    """
    if motions is None:
        motions = DEFAULT_MOTIONS
        if not motions.is_dir():
            fail(
                "--motions DIR is needed: a folder of recorded motion with a manifest.json that labels its clips"
            )
    workers = os.cpu_count() or 1 if workers is None else workers
    if clips < 1 or scripts < 0 or workers < 1:
        fail(f"--clips {clips} --scripts {scripts} --workers {workers}: 1 or more, 0 or more, 1 or more")
    check_folder(out)
    body = load_body(body_file)
    with ExitStack() as stack:
        bars = stack.enter_context(progress_bars())
        pool = stack.enter_context(worker_pool(workers)) if workers > 1 and scripts else None
        study, clouds = study_motion(motions, body, clips, scripts, seed, pool, body_file, bars)
    page = write_report(study, clouds, out)
    targets = judge_targets(study)
    console.print(render_targets(targets))
    console.print(f"page: {page}", soft_wrap=True)
    missed = [target.name for target in targets if target.verdict == "missed"]
    console.print(f"missed: {', '.join(missed)}" if missed else "no target is missed")
