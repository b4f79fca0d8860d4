"""Prefect flow: train the wave encoder and the WaveLLM on a dataset version that has none yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.runtime import flow_run
from pydantic import Field

from .bear_failures import task_retries
from .log_words import keep_words_only
from .open_lake import open_lake, recorded_run
from .record_run import RunRecord
from .settings import Scale, TurnSettings, settings_from_flow
from .store_artifacts import store_report
from .tell_progress import StepProgress
from .train_checkpoints import Checkpoint, Foundations, train_foundations, train_wavellm
from .turn_wheel import describe_checkpoint, describe_foundations
from .write_reports import models_report

keep_words_only()

TRAINED_EVENT = "model.trained"
START_EVALUATION = "start_evaluation"


@task(name="train-encoder", cache_policy=NO_CACHE, **task_retries())
def foundations_task(settings: TurnSettings, version: str, run: RunRecord) -> Foundations:
    """Stage 1, and beside it the little language model where there is one."""
    lake = open_lake(settings)
    return train_foundations(settings, lake, lake.open_version(version), run, StepProgress(print))


@task(name="train-wavellm", cache_policy=NO_CACHE, **task_retries())
def wavellm_task(
    settings: TurnSettings, version: str, foundations: Foundations, run: RunRecord
) -> Checkpoint:
    """Stage 2."""
    lake = open_lake(settings)
    return train_wavellm(settings, lake, lake.open_version(version), foundations, run, StepProgress(print))


@flow(name="train-models", flow_run_name="train-{dataset_version}", log_prints=True)
def train_models(
    dataset_version: str = "mmwave-sim",
    scale: Scale = "smoke",
    seed: Annotated[int, Field(ge=0)] = 0,
    overrides: list[str] = [],  # noqa: B006
    workspace: str = "workspace",
    start_evaluation: bool = True,
) -> list[str]:
    """Train both models; a version that was trained with this configuration returns the checkpoints it has.

    Args:
        dataset_version: name@number, or a name for its newest version
        scale: the one dial for size
        seed: root of every random stream
        overrides: single training options, such as encoder.epochs=5
        workspace: folder of lake, checkpoints and results
        start_evaluation: trained models start evaluate-models
    """
    settings = settings_for_version(dataset_version, scale, seed, overrides, workspace)
    lake = open_lake(settings)
    version = lake.open_version(dataset_version).info.name
    with recorded_run(lake, "train_models", settings, str(flow_run.get_id() or "")) as run:
        run.report[START_EVALUATION] = start_evaluation  # `maintain-lake` looks there for a lost event
        foundations = foundations_task(settings, version, run)
        print(describe_foundations(foundations))
        wavellm = wavellm_task(settings, version, foundations, run)
        print(describe_checkpoint("WaveLLM", wavellm))
    lake = open_lake(settings)
    store_report(f"models-{settings.dataset}", models_report(lake, wavellm.checkpoint_id), version)
    if start_evaluation:
        options = {"scale": scale, "seed": seed, "overrides": overrides}
        announce_models(version, wavellm.checkpoint_id, options)
    return [foundations.encoder.checkpoint_id, wavellm.checkpoint_id]


def announce_models(version: str, wavellm_id: str, options: Mapping[str, Any]) -> None:
    """After the checkpoints are there; scoring again what has a scorecard makes nothing.

    Scale, seed and overrides go with it: they say which models of the version are meant.
    """
    resource = {
        "prefect.resource.id": f"lake.checkpoint.{wavellm_id}",
        "prefect.resource.name": wavellm_id,
    }
    payload = {"version": version, **{name: options[name] for name in ("scale", "seed", "overrides")}}
    emit_event(event=TRAINED_EVENT, resource=resource, payload=payload)


def settings_for_version(
    dataset_version: str, scale: Scale, seed: int, overrides: list[str], workspace: str
) -> TurnSettings:
    """Settings of a flow that starts from a published version.

    Raises:
        InvalidInput: an option or the name of the version cannot be.
    """
    dataset = dataset_version.partition("@")[0]
    return settings_from_flow(
        dataset=dataset, scale=scale, seed=seed, overrides=tuple(overrides), workspace=Path(workspace)
    )
