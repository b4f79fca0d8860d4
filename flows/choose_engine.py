"""Where the shards of a flow run: processes of this machine, or a Dask cluster. The rows are the same to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from data_lake.errors import InvalidInput

from .bear_failures import task_retries
from .engines import close_shared_pool, run_in_worker
from .make_shard import ShardReport, make_shard
from .plan_dataset import Shard
from .run_shards import Start
from .settings import TurnSettings

AT_ONCE_A_DASK_WORKER = 2  # one at work and one that waits for it
_FEWEST_AT_ONCE = 8  # a cluster that grows with its work must see some

_SHARD: dict[str, Any] = {
    "name": "make-shard",
    "task_run_name": "shard-{shard.index:05d}",
    "cache_policy": NO_CACHE,  # the lake itself knows what exists
    **task_retries(),
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
def engine(settings: TurnSettings, config_hash: str, run_id: str) -> Iterator[tuple[Start, int]]:
    """The engine of these settings: how a shard is started, and how many at a time; it ends with the block.

    Raises:
        InvalidInput: the engine is not installed.
    """
    if settings.engine == "processes":
        try:
            # one more than there are workers: it waits where the next free one finds it
            yield lambda shard: shard_task.submit(settings, shard, config_hash, run_id), settings.workers + 1
        finally:
            close_shared_pool()
        return
    rest = {"settings": settings, "config_hash": config_hash, "run_id": run_id}
    with dask_runner(settings) as runner:
        at_once = AT_ONCE_A_DASK_WORKER * _dask_workers(settings, runner)
        yield lambda shard: runner.submit(remote_shard_task, {"shard": shard, **rest}), at_once


def _dask_workers(settings: TurnSettings, runner: Any) -> int:
    if not settings.dask_address:
        return settings.workers
    n_threads = sum(one["nthreads"] for one in runner.client.scheduler_info(n_workers=-1)["workers"].values())
    return max(n_threads, _FEWEST_AT_ONCE // AT_ONCE_A_DASK_WORKER)


def dask_runner(settings: TurnSettings) -> Any:
    """Prefect's runner on a cluster that exists, or on one of this machine with a process a core.

    Raises:
        InvalidInput: prefect-dask is not installed.
    """
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise InvalidInput(
            "engine dask needs its packages: pip install -c constraints.txt -e '.[dask]'"
        ) from error
    if settings.dask_address:
        return DaskTaskRunner(address=settings.dask_address)
    return DaskTaskRunner(
        cluster_kwargs={"n_workers": settings.workers, "threads_per_worker": 1, "dashboard_address": None}
    )
