"""Prefect flow: motions to shards of samples, then a published version. A task is a shard, never a sample."""

from __future__ import annotations

from typing import Annotated

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.tasks import exponential_backoff
from pydantic import Field

from simulator import load_body

from .compile_kernels import compile_kernels
from .engines import close_shared_pool, run_in_worker
from .gather_motions import Gathered, gather_motions
from .make_dataset import describe_gathered, describe_shards, plan_shards
from .make_shard import ShardReport, make_shard
from .open_lake import open_lake, recorded_run
from .plan_dataset import Shard, configuration_id
from .publish_dataset import publish_dataset
from .record_run import RunRecord
from .settings import AuthorName, Scale, TurnSettings, flow_parameters, settings_from_flow

MAX_SHARDS_IN_FLIGHT = 8


@task(name="gather-motions", cache_policy=NO_CACHE)
def gather_task(settings: TurnSettings, run: RunRecord) -> Gathered:
    """Write the scripts or read the clips."""
    return gather_motions(settings, open_lake(settings), load_body(settings.body), run)


@task(
    name="make-shard",
    task_run_name="shard-{shard.index:05d}",
    retries=2,
    retry_delay_seconds=exponential_backoff(backoff_factor=1),
    retry_jitter_factor=0.5,
    cache_policy=NO_CACHE,  # the lake itself knows what exists
)
def shard_task(settings: TurnSettings, shard: Shard, config_hash: str, run_id: str) -> ShardReport:
    """One shard, in a worker process."""
    return run_in_worker(settings.workers, make_shard, settings, shard, config_hash, run_id)


@flow(
    name="generate_dataset",
    flow_run_name="generate-{dataset}-seed{seed}",
    task_runner=ThreadPoolTaskRunner(max_workers=MAX_SHARDS_IN_FLIGHT),  # type: ignore[arg-type]
    log_prints=True,
    validate_parameters=True,
)
def generate_dataset(
    dataset: str = "mmwave-sim",
    scale: Scale = "smoke",
    scenario: str = "daily-living",
    author: AuthorName = "grammar",
    seed: Annotated[int, Field(ge=0)] = 0,
    n_motions: Annotated[int, Field(ge=0)] = 0,
    views: Annotated[int, Field(ge=0, le=8)] = 0,
    motions: str = "",
    radar: str = "mmexpert-iwr1843",
    body: str = "",
    overrides: list[str] = [],  # noqa: B006
    workspace: str = "workspace",
    workers: Annotated[int, Field(ge=0)] = 0,
) -> str:
    """Make a dataset version from a scenario or from real clips; returns its name, such as `mmwave-sim@3`.

    Args:
        dataset: lower-case letters, digits and dashes
        scale: the one dial for size
        scenario: name of a built-in scenario
        author: who writes the scripts: the seeded grammar, or a language model
        seed: root of every random stream
        n_motions: scripts to write; 0 takes the scale's number
        views: radar views of each motion, up to 8; 0 takes the scale's number
        motions: folder of real clips instead of scripts; empty: none
        radar: radar preset
        body: licensed SMPL file; empty: the stand-in body
        overrides: single options of the simulator, such as simulation.scattering=diffuse
        workspace: folder of lake, checkpoints and results
        workers: processes; 0 takes all cores
    """
    settings = settings_from_flow(**locals())
    with recorded_run(open_lake(settings), "generate_dataset", settings, str(flow_run.get_id() or "")) as run:
        gathered = gather_task(settings, run)
        print(describe_gathered(gathered))
        compile_kernels(settings)
        config_hash = configuration_id(settings)
        futures = [
            shard_task.submit(settings, shard, config_hash, run.run_id)
            for shard in plan_shards(settings, gathered)
        ]
        try:
            reports = [future.result() for future in futures]
        finally:
            close_shared_pool()
        print(describe_shards(reports))
    return publish_dataset(**flow_parameters(settings, with_training=False))
