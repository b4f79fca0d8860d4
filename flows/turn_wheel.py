"""One whole turn as plain functions: no server, no waiting, the same rows as through Prefect."""

from __future__ import annotations

from dataclasses import dataclass

from .make_dataset import Announce, Generated, Progress, make_dataset
from .open_lake import open_lake, recorded_run
from .score_checkpoints import Scored, score_checkpoints
from .settings import TurnSettings
from .train_checkpoints import Checkpoint, train_encoder, train_wavellm


@dataclass(frozen=True)
class Turn:
    """What one turn of the wheel made or found."""

    generated: Generated
    encoder: Checkpoint
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
        encoder = train_encoder(settings, lake, reader, run, progress)
        announce(describe_checkpoint("wave encoder", encoder))
        wavellm = train_wavellm(settings, lake, reader, encoder, run, progress)
        announce(describe_checkpoint("WaveLLM", wavellm))
        scored = score_checkpoints(settings, lake, reader, encoder, wavellm, run, progress)
        announce(f"scorecard: {'reused' if scored.reused else 'made'}")
    return Turn(generated, encoder, wavellm, scored)


def describe_checkpoint(what: str, checkpoint: Checkpoint) -> str:
    """One line on a model."""
    return f"{what}: {checkpoint.checkpoint_id} {'reused' if checkpoint.reused else 'trained'}"
