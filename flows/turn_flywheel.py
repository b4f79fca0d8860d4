"""Prefect flow: one whole turn of the wheel."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from prefect import flow

from data_lake import Lake
from evaluation import read_scorecard

from .evaluate_models import evaluate_models
from .form_fields import Calls, Count, DatasetName, Limit, Seed, Share, Views
from .generate_dataset import generate_dataset
from .score_checkpoints import SCORECARD_FILE
from .settings import AuthorName, EngineName, Scale, Workspace
from .store_artifacts import store_report
from .train_models import train_models
from .write_reports import turn_report


@flow(name="turn-flywheel", flow_run_name="turn-{dataset}-seed{seed}", log_prints=True)
def turn_flywheel(
    dataset: DatasetName = "mmwave-sim", scale: Scale = "smoke", scenario: str = "daily-living",
    author: AuthorName = "grammar", seed: Seed = 0, n_motions: Count = 0, views: Views = 0, gaps: str = "",
    motions: str = "", radar: str = "mmexpert-iwr1843", body: str = "", overrides: list[str] = [],  # noqa: B006
    workspace: str = "workspace", workers: Count = 0,
    concurrency: Calls = 0, budget_usd: Limit = 0.0, budget_tokens: Count = 0, budget_requests: Count = 0,
    budget_minutes: Limit = 0.0, night_usd: Limit = 0.0, night_tokens: Count = 0, night_requests: Count = 0,
    night_minutes: Limit = 0.0, engine: EngineName = "processes", dask_address: str = "", failure_quota: Share = 0.1,
) -> str:  # fmt: skip
    """Scenario to scorecard; returns the folder of the results.

    Args:
        dataset: lower-case letters, digits and dashes
        scale: size of everything: smoke (320 motions), small (2,000) or paper (14,616)
        scenario: a built-in one, such as bathroom-falls (`mmflywheel scenario list`), or the path of a .yaml file
        author: who writes the scripts: the seeded grammar, or a language model
        seed: root of every random stream
        n_motions: scripts to write; 0 takes the scale's number
        views: radar views of each motion, up to 8; 0 takes the scale's number
        gaps: what to make first: last (what the dataset's newest scorecard shows), or a .json file; empty: none
        motions: folder of real clips instead of scripts; empty: none
        radar: radar preset
        body: licensed SMPL file; empty: the stand-in body
        overrides: single options, such as encoder.epochs=5 or simulation.scattering=diffuse
        workspace: folder of lake, checkpoints and results
        workers: processes; 0 takes all cores
        concurrency: calls of the language model under way at once; 0 takes the default
        budget_usd: at most so much money for the scripts of this run; 0: no limit
        budget_tokens: at most so many tokens in this run; 0: no limit
        budget_requests: at most so many calls in this run; 0: no limit
        budget_minutes: ask for at most so long in this run; 0: no limit
        night_usd: at most so much money in all runs of a date (UTC); 0: no limit
        night_tokens: at most so many tokens in all runs of a date (UTC); 0: no limit
        night_requests: at most so many calls in all runs of a date (UTC); 0: no limit
        night_minutes: ask for at most so long in all runs of a date (UTC); 0: no limit
        engine: what the shards run on: processes of this machine, or a Dask cluster
        dask_address: of a cluster that exists, such as tcp://127.0.0.1:8786; empty: one of this machine
        failure_quota: share of shards that may fail before the run stops; what the others made is published
    """
    given, started = dict(locals()), time.monotonic()
    print("1 of 3: generate-dataset; how far each part is stands in its own log (tab Subflow Runs)")
    version = generate_dataset(**given, start_training=False)
    print(f"2 of 3: train-models on {version}")
    models: dict[str, Any] = {
        "dataset_version": version, "scale": scale, "seed": seed, "overrides": overrides, "workspace": workspace
    }  # fmt: skip
    train_models(**models, start_evaluation=False)
    print(f"3 of 3: evaluate-models on {version}")
    folder = Path(evaluate_models(**models))
    print(f"results: {folder}")
    lake = Lake.open(Workspace(Path(workspace)).lake)
    scorecard = read_scorecard(folder / SCORECARD_FILE)
    page = turn_report(lake, lake.open_version(version), scorecard, str(folder), time.monotonic() - started)
    store_report(f"turn-{dataset}", page, version)
    return str(folder)
