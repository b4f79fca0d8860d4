"""Where the shards of a flow run: processes of this machine, or a Dask cluster. The rows are the same to the bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.tasks import exponential_backoff

from data_lake.errors import InvalidInput

from .engines import close_shared_pool, run_in_worker
from .make_shard import ShardReport, make_shard
from .plan_dataset import Shard
from .settings import TurnSettings

_SHARD: dict[str, Any] = {
    "name": "make-shard",
    "task_run_name": "shard-{shard.index:05d}",
    "retries": 2,
    "retry_delay_seconds": exponential_backoff(backoff_factor=1),
    "retry_jitter_factor": 0.5,
    "cache_policy": NO_CACHE,  # the lake itself knows what exists
}


@task(**_SHARD)
def shard_task(settings: TurnSettings, shard: Shard, config_hash: str, run_id: str) -> ShardReport:
    """One shard, in a process of a pool that all tasks of this run share."""
    return run_in_worker(settings.workers, make_shard, settings, shard, config_hash, run_id)


@task(**_SHARD)
def remote_shard_task(settings: TurnSettings, shard: Shard, config_hash: str, run_id: str) -> ShardReport:
    """One shard, in the process that Dask has chosen."""
    return make_shard(settings, shard, config_hash, run_id)


@contextmanager
def submitted(
    settings: TurnSettings, shards: Sequence[Shard], config_hash: str, run_id: str
) -> Iterator[list[PrefectFuture[ShardReport]]]:
    """Submit all shards to the engine of these settings; it ends with the block.

    Raises:
        InvalidInput: the engine is not installed.
    """
    if settings.engine == "processes":
        try:
            yield [shard_task.submit(settings, shard, config_hash, run_id) for shard in shards]
        finally:
            close_shared_pool()
        return
    with dask_runner(settings) as runner:
        rest = {"settings": settings, "config_hash": config_hash, "run_id": run_id}
        yield [runner.submit(remote_shard_task, {"shard": shard, **rest}) for shard in shards]


def dask_runner(settings: TurnSettings) -> Any:
    """Prefect's runner on a cluster that exists, or on one of this machine with a process a core.

    Raises:
        InvalidInput: prefect-dask is not installed.
    """
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise InvalidInput("engine dask needs its packages: pip install 'mmflywheel[dask]'") from error
    if settings.dask_address:
        return DaskTaskRunner(address=settings.dask_address)
    return DaskTaskRunner(
        cluster_kwargs={"n_workers": settings.workers, "threads_per_worker": 1, "dashboard_address": None}
    )
