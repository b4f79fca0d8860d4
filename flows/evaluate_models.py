"""Prefect flow: score the models of a dataset version on its held-out split."""

from __future__ import annotations

from typing import Annotated

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from pydantic import Field

from .bear_failures import task_retries
from .open_lake import open_lake, recorded_run
from .record_run import RunRecord
from .score_checkpoints import Scored, score_checkpoints
from .settings import Scale, TurnSettings
from .store_artifacts import store_report
from .tell_progress import StepProgress
from .train_checkpoints import train_foundations, train_wavellm
from .train_models import settings_for_version
from .write_gaps import gaps_report
from .write_reports import scorecard_report


@task(name="score-models", cache_policy=NO_CACHE, **task_retries())
def score_task(settings: TurnSettings, version: str, run: RunRecord) -> Scored:
    """Find the version's checkpoints (training what is missing) and score them."""
    lake, progress = open_lake(settings), StepProgress(print)
    reader = lake.open_version(version)
    foundations = train_foundations(settings, lake, reader, run, progress)
    wavellm = train_wavellm(settings, lake, reader, foundations, run, progress)
    return score_checkpoints(settings, lake, reader, foundations.encoder, wavellm, run, progress)


@flow(name="evaluate-models", flow_run_name="evaluate-{dataset_version}", log_prints=True)
def evaluate_models(
    dataset_version: str = "mmwave-sim",
    scale: Scale = "smoke",
    seed: Annotated[int, Field(ge=0)] = 0,
    overrides: list[str] = [],  # noqa: B006
    workspace: str = "workspace",
) -> str:
    """Score both models, store the scorecard as an artifact, return the folder of the results.

    Args:
        dataset_version: name@number, or a name for its newest version
        scale: the one dial for size
        seed: root of every random stream
        overrides: single training options, such as encoder.epochs=5
        workspace: folder of lake, checkpoints and results
    """
    settings = settings_for_version(dataset_version, scale, seed, overrides, workspace)
    lake = open_lake(settings)
    reader = lake.open_version(dataset_version)
    version = reader.info.name
    with recorded_run(lake, "evaluate_models", settings, str(flow_run.get_id() or "")) as run:
        scored = score_task(settings, version, run)
    store_report(
        f"scorecard-{settings.dataset}", scorecard_report(lake, scored.scorecard, scored.folder), version
    )
    store_report(f"gaps-{settings.dataset}", gaps_report(reader, scored.folder), version)
    return str(scored.folder)
