"""Prefect flow: motions to shards of samples, then a published version. A task is a shard, never a sample."""

from __future__ import annotations

import time

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from simulator import load_body

from .bear_failures import TooManyFailures, task_retries
from .choose_engine import engine
from .choose_gaps import with_gaps_if_scored, with_gaps_of_night
from .choose_night import is_missed, night_of, run_name, seed_of_night
from .compile_kernels import compile_kernels
from .form_fields import Calls, Count, DatasetName, Limit, Seed, Share, Views
from .gather_motions import Gathered, gather_motions
from .make_dataset import describe_gathered, describe_shards, may_miss, note_failures, plan_shards
from .open_lake import open_lake, recorded_run
from .plan_dataset import configuration_id
from .publish_dataset import publish_dataset
from .publish_version import cover_plan
from .record_run import RunRecord
from .report_failures import stopped_report
from .run_shards import ShardsMade, run_shards
from .settings import AuthorName, EngineName, Scale, TurnSettings, flow_parameters, settings_from_flow
from .store_artifacts import store_report
from .tell_progress import ShardProgress
from .write_card import card_report
from .write_reports import Making, dataset_report

MAX_THREADS = 256  # each waits for a worker process; they are made as they are needed
_NOT_SETTINGS = ("gaps", "seed_by_night", "timezone", "start_training")


@task(name="gather-motions", cache_policy=NO_CACHE, **task_retries())
def gather_task(settings: TurnSettings, run: RunRecord) -> Gathered:
    """Write the scripts or read the clips."""
    return gather_motions(settings, open_lake(settings), load_body(settings.body), run)


@flow(
    name="generate-dataset",
    flow_run_name=lambda: run_name(flow_run.get_parameters(), flow_run.get_scheduled_start_time()),
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_THREADS),  # type: ignore[arg-type]
    log_prints=True,
    validate_parameters=True,
)
def generate_dataset(
    dataset: DatasetName = "mmwave-sim", scale: Scale = "smoke", scenario: str = "daily-living",
    author: AuthorName = "grammar", seed: Seed = 0, n_motions: Count = 0, views: Views = 0, gaps: str = "",
    motions: str = "", radar: str = "mmexpert-iwr1843", body: str = "", overrides: list[str] = [],  # noqa: B006
    workspace: str = "workspace", workers: Count = 0,
    concurrency: Calls = 0, budget_usd: Limit = 0.0, budget_tokens: Count = 0, budget_requests: Count = 0,
    budget_minutes: Limit = 0.0, night_usd: Limit = 0.0, night_tokens: Count = 0, night_requests: Count = 0,
    night_minutes: Limit = 0.0,
    engine: EngineName = "processes", dask_address: str = "", failure_quota: Share = 0.1,
    seed_by_night: bool = False, timezone: str = "UTC", start_training: bool = True,
) -> str:  # fmt: skip
    """Make a dataset version from a scenario or from real clips; returns its name, such as `mmwave-sim@3`.

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
        overrides: single options of the simulator, such as simulation.scattering=diffuse
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
        seed_by_night: add the date of the night to the seed, so that every night makes new data, and only once
        timezone: name of the time zone that the date is taken in, such as UTC or Europe/Berlin
        start_training: a new version starts train-models
    """
    given = {name: value for name, value in locals().items() if name not in _NOT_SETTINGS}
    if seed_by_night:
        due = flow_run.get_scheduled_start_time()
        if is_missed(due):
            print(f"skipped: due at {due}, and a newer night has taken its place")
            return ""
        given["seed"] = seed_of_night(seed, night_of(due, timezone))
    choose = with_gaps_of_night if seed_by_night else with_gaps_if_scored
    return make_version(choose(settings_from_flow(**given), gaps, print), start_training)


def make_version(settings: TurnSettings, start_training: bool) -> str:
    """Gather, make the shards as tasks, publish, store the page of the run."""
    started = time.monotonic()
    lake = open_lake(settings)
    with recorded_run(lake, "generate_dataset", settings, str(flow_run.get_id() or "")) as run:
        gathered = gather_task(settings, run)
        print(describe_gathered(gathered))
        made = _make_shards(settings, gathered, run)
        print(describe_shards(made))
    parameters = flow_parameters(settings, with_training=False, with_limits=False)
    missing = may_miss(settings, made.failed)
    name = str(publish_dataset(**parameters, may_miss=missing, start_training=start_training))
    coverage = cover_plan(settings, lake, gathered, missing)
    making = Making(gathered, made.reports, coverage, time.monotonic() - started, made.failed)
    store_report(f"dataset-{settings.dataset}", dataset_report(lake, lake.open_version(name), making), name)
    store_report(f"card-{settings.dataset}", card_report(lake, name), name)
    return name


def _make_shards(settings: TurnSettings, gathered: Gathered, run: RunRecord) -> ShardsMade:
    """Shards on the engine of the settings; a run that stops for its failures leaves a page that names them."""
    shards = plan_shards(settings, gathered)
    n_samples = sum(len(shard.sources) for shard in shards) * settings.views_per_motion
    progress = ShardProgress(len(shards), n_samples, print)
    compile_kernels(settings)
    made = ShardsMade()
    try:
        with engine(settings, configuration_id(settings), run.run_id) as (start, at_once):
            return run_shards(shards, start, at_once, settings.failure_quota, made, progress)
    except TooManyFailures as error:
        page = stopped_report(settings.dataset, made, str(error))
        store_report(f"dataset-{settings.dataset}", page, "stopped: too many shards failed")
        raise
    finally:
        note_failures(run, made.failed)
