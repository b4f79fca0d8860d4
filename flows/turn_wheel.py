"""One whole turn as plain functions: no server, no waiting, the same rows as through Prefect."""

from __future__ import annotations

from dataclasses import dataclass

from .make_dataset import Announce, Generated, Progress, make_dataset
from .open_lake import open_lake, recorded_run
from .score_checkpoints import Scored, score_checkpoints
from .settings import TurnSettings
from .train_checkpoints import Checkpoint, Foundations, train_foundations, train_wavellm


@dataclass(frozen=True)
class Turn:
    """What one turn of the wheel made or found."""

    generated: Generated
    foundations: Foundations
    wavellm: Checkpoint
    scored: Scored


def turn_wheel(settings: TurnSettings, announce: Announce, progress: Progress | None = None) -> Turn:
    """Scenario (or clips) to scorecard; whatever exists already is reused and said to be so.

    Killed at any moment, the same call ends with the same version: shards commit whole, checkpoints and
    results appear under their final name only when they are complete.
    """
    lake = open_lake(settings)
    with recorded_run(lake, "run", settings) as run:
        generated = make_dataset(settings, lake, run, announce, progress)
        reader = lake.open_version(generated.version.name)
        foundations = train_foundations(settings, lake, reader, run, progress)
        announce(describe_foundations(foundations))
        wavellm = train_wavellm(settings, lake, reader, foundations, run, progress)
        announce(describe_checkpoint("WaveLLM", wavellm))
        scored = score_checkpoints(settings, lake, reader, foundations.encoder, wavellm, run, progress)
        announce(f"scorecard: {'reused' if scored.reused else 'made'}")
    return Turn(generated, foundations, wavellm, scored)


def describe_foundations(foundations: Foundations) -> str:
    """One line on the wave encoder and, if there is one, one on the little language model."""
    lines = [describe_checkpoint("wave encoder", foundations.encoder)]
    if foundations.language is not None:
        lines.append(describe_checkpoint("language model", foundations.language))
    return "\n".join(lines)


def describe_checkpoint(what: str, checkpoint: Checkpoint) -> str:
    """One line on a model."""
    return f"{what}: {checkpoint.checkpoint_id} {'reused' if checkpoint.reused else 'trained'}"
