"""Where work runs beside other work: processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Progress = Callable[[str, int, int], None]
_POLL_S = 0.2


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """Fresh interpreters: a forked child would inherit threads of Arrow and torch in an unknown state.

    They end when this process is killed; otherwise they would wait for its next job for ever.
    """
    return ProcessPoolExecutor(
        max(1, workers), mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent
    )


def _end_with_parent() -> None:
    """In a worker: watch the process that started it, beside the work."""
    threading.Thread(target=_wait_for_its_end, daemon=True).start()


def _wait_for_its_end() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # rows are committed whole or not at all, so there is nothing to tidy


def run_side_by_side(jobs: Sequence[Callable[[Progress], object]], progress: Progress | None = None) -> None:
    """Run jobs at once, each in a process of its own, and pass their progress on.

    Args:
        jobs: picklable; each is called with the progress callback of its process.
        progress: called in this process.

    Raises:
        Exception: the first that a job raised, when all have ended: what another one has made is kept.
    """
    context = multiprocessing.get_context("spawn")
    steps: Any = context.Queue()
    with ProcessPoolExecutor(len(jobs), context, initializer=_send_to, initargs=(steps,)) as pool:
        running = [pool.submit(_run_job, job) for job in jobs]
        while not all(job.done() for job in running):
            wait(running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            while not steps.empty():
                step = steps.get()
                if progress is not None:
                    progress(*step)
    for job in running:
        job.result()


_home: Any = None  # in a worker: the queue of the process that started it


def _send_to(steps: Any) -> None:
    global _home
    _home = steps
    steps.cancel_join_thread()  # a worker ends even where nobody reads its last steps


def _run_job(job: Callable[[Progress], object]) -> None:
    job(_send_step)


def _send_step(what: str, done: int, total: int) -> None:
    """Progress to the process that waits for this one; without it there is nothing to work for."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise SystemExit(1)
    _home.put((what, done, total))


_shared: tuple[int, ProcessPoolExecutor] | None = None
_shared_lock = threading.Lock()


def _shared_pool(workers: int) -> ProcessPoolExecutor:
    global _shared
    with _shared_lock:
        if _shared is None or _shared[0] != workers:
            _shared = (workers, worker_pool(workers))
        return _shared[1]


def run_in_worker(workers: int, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function in a pool shared by all tasks of this process, and wait for its answer.

    Threads call this, so that the pool's interpreters are started once per run and not per shard.

    Raises:
        BrokenProcessPool: a worker was killed; the pool is made anew for the next call, so a retry can succeed.
    """
    pool = _shared_pool(workers)
    try:
        return pool.submit(function, *args, **kwargs).result()
    except BrokenProcessPool:
        _give_up(pool)
        raise


def _give_up(pool: ProcessPoolExecutor) -> None:
    """Forget a pool, unless another thread has put a new one in its place already."""
    global _shared
    with _shared_lock:
        if _shared is not None and _shared[1] is pool:
            _shared = None


def close_shared_pool() -> None:
    """End the shared pool's processes as soon as they have done what they are at."""
    global _shared
    with _shared_lock:
        pool, _shared = _shared, None
    if pool is not None:
        pool[1].shutdown(wait=False, cancel_futures=True)
