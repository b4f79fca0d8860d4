"""`mmflywheel dataset train`: models of a version that is there, whoever made its samples."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from evaluation import render_table

from ..open_lake import open_lake, recorded_run
from ..score_checkpoints import score_checkpoints
from ..settings import Scale, TurnSettings
from ..train_checkpoints import train_foundations, train_wavellm
from ..turn_wheel import describe_checkpoint, describe_foundations
from .console import announce, console, fail, progress_bars


def train_version(version: str, scale: Scale, seed: int, overrides: list[str], workspace: Path) -> None:
    """Train what is missing, score, print the scorecard; the last line names the folder of the results.

    Raises:
        LakeError: no such version.
        TrainingError: an option does not exist, or the version has no training samples.
    """
    try:
        settings = TurnSettings(
            dataset=version.partition("@")[0],
            scale=scale,
            seed=seed,
            overrides=tuple(overrides),
            workspace=workspace,
        )
    except ValidationError as error:
        fail(
            "\n".join(f"{one['input']}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors())
        )
    lake = open_lake(settings)
    reader = lake.open_version(version)
    with recorded_run(lake, "dataset train", settings) as run, progress_bars() as bars:
        foundations = train_foundations(settings, lake, reader, run, bars)
        announce(describe_foundations(foundations))
        wavellm = train_wavellm(settings, lake, reader, foundations, run, bars)
        announce(describe_checkpoint("WaveLLM", wavellm))
        scored = score_checkpoints(settings, lake, reader, foundations.encoder, wavellm, run, bars)
    console.print(render_table(scored.scorecard))
    console.print(f"results: {scored.folder}", soft_wrap=True)
