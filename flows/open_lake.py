"""The lake and the run record that every step of a turn works with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from data_lake import Lake, canonical_json
from llm_prompts import load_scenario

from .emit_openlineage import emit_end, emit_start
from .place_radar import rooms_of
from .plan_dataset import tensor_radar
from .record_run import RunRecord, code_version, environment_hash, new_ulid
from .settings import TurnSettings, Workspace


def open_lake(settings: TurnSettings) -> Lake:
    """The workspace's lake, made on first use, and only for settings that can be carried out.

    Raises:
        SimulatorError, AuthoringError, TrainingError: no such radar, or one with another number of Doppler bins; no
            such scenario; a training option that does not exist or fit. Known before any work is done or paid for.
    """
    tensor_radar(settings.radar)
    if settings.motions is None:
        rooms_of(load_scenario(settings.scenario))
    # imported here: it brings torch, which takes seconds, and which neither an import nor a shard needs
    from .train_checkpoints import encoder_config, wavellm_config

    encoder_config(settings)
    wavellm_config(settings)
    return Lake.create(Workspace(settings.workspace).lake)


class RunSettings(Protocol):
    """What a run is asked to do: settings that can be written down, and the root of its random streams."""

    @property
    def seed(self) -> int:
        """Root seed."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """The settings as JSON values (pydantic's name)."""


@contextmanager
def recorded_run(lake: Lake, command: str, settings: RunSettings, run_id: str = "") -> Iterator[RunRecord]:
    """A row in `runs` while the block works: running, then completed or failed.

    `run_id` is the id of the Prefect flow run where there is one; without it the run gets a ULID.
    """
    run = RunRecord(command, settings.model_dump(mode="json"), run_id or new_ulid())
    version = code_version()
    lake.start_run(
        {
            "run_id": run.run_id,
            "command": command,
            "parameters": canonical_json(run.parameters),
            "code_commit": version,
            "dirty": version.endswith("+dirty"),
            "environment_hash": environment_hash(),
            "seeds": canonical_json({"seed": settings.seed}),
        }
    )
    emit_start(run)
    status = "failed"
    try:
        yield run
        status = "completed"
    finally:
        lake.finish_run(run.run_id, status, report=run.report or None)
        emit_end(lake, run, status)


def refused_samples(lake: Lake, ids: Iterable[str]) -> set[str]:
    """Those of some samples that the simulator or the quality gate refused: made again they would be again."""
    return lake.known("quarantine", ids, by="sample_id")
