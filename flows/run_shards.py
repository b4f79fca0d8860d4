"""Shards in bounded number at a time, by whatever runs them; one that fails does not sink the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from typing import Any, Protocol

from .bear_failures import FailedShard, FailureQuota
from .make_shard import ShardReport
from .plan_dataset import Shard


class PendingShard(Protocol):
    """What the futures of Python, of Prefect and of Dask have in common."""

    def result(self) -> ShardReport:
        """Wait for the report, or raise what the shard raised."""

    def add_done_callback(self, fn: Callable[[Any], Any], /) -> object:
        """Have `fn` called when there is something to fetch."""


Start = Callable[[Shard], PendingShard]
Told = Callable[[ShardReport], None]


@dataclass
class ShardsMade:
    """What became of the shards of a run."""

    reports: list[ShardReport] = field(default_factory=list)
    failed: list[FailedShard] = field(default_factory=list)


def run_shards(
    shards: Sequence[Shard],
    start: Start,
    at_once: int,
    failure_quota: float,
    made: ShardsMade | None = None,
    told: Told | None = None,
) -> ShardsMade:
    """Start all shards, at most `at_once` at a time, and gather their reports, in the order of their index.

    Args:
        shards: what is to be made.
        start: begins one and returns at once.
        at_once: how many may be begun and not ended.
        failure_quota: share of the shards that may fail, 0 to 1.
        made: filled as shards end, for who wants it where this raises; a new one if not given.
        told: called with each report as it comes.

    Raises:
        TooManyFailures: the quota is used up or the disk is full; what had begun was awaited, and is kept.
    """
    made = ShardsMade() if made is None else made
    quota = FailureQuota(failure_quota, len(shards))
    made.failed = quota.failed
    ended: SimpleQueue[tuple[Shard, PendingShard]] = SimpleQueue()
    waiting, n_begun = deque(shards), 0
    while waiting or n_begun:
        while waiting and n_begun < at_once:
            shard = waiting.popleft()
            start(shard).add_done_callback(partial(_put, ended, shard))
            n_begun += 1
        shard, future = ended.get()
        n_begun -= 1
        try:
            report = future.result()
        except Exception as error:  # whatever it is, it is this shard's: the others go on
            quota.count(shard.index, len(shard.sources), error)
            if quota.is_used_up:
                waiting.clear()
            continue
        made.reports.append(report)
        if told is not None:
            told(report)
    made.reports.sort(key=lambda report: report.index)
    quota.failed.sort(key=lambda failed: failed.index)
    quota.check(len(made.reports))
    return made


def _put(ended: SimpleQueue[tuple[Shard, PendingShard]], shard: Shard, future: PendingShard) -> None:
    ended.put((shard, future))
