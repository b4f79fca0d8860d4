"""Where shards run: worker processes of this machine, one thread each."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """Fresh interpreters: a forked child would inherit threads of Arrow and torch in an unknown state."""
    return ProcessPoolExecutor(max(1, workers), mp_context=multiprocessing.get_context("spawn"))


@lru_cache(maxsize=1)
def _shared_pool(workers: int) -> ProcessPoolExecutor:
    return worker_pool(workers)


def run_in_worker(workers: int, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function in a pool shared by all tasks of this process, and wait for its answer.

    Prefect's task threads call this, so that the pool's interpreters are started once per run and not per shard.

    Raises:
        BrokenProcessPool: a worker was killed; the pool is made anew for the next call, so a retry can succeed.
    """
    try:
        return _shared_pool(workers).submit(function, *args, **kwargs).result()
    except BrokenProcessPool:
        _shared_pool.cache_clear()
        raise


def close_shared_pool() -> None:
    """End the shared pool's processes; a flow calls it when its shards are done."""
    if _shared_pool.cache_info().currsize:
        _shared_pool.cache_clear()
