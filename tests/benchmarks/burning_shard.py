"""A shard that takes a known processor time, for measuring what an engine adds to it; imported by its workers."""

from __future__ import annotations

import os
import time

from flows.make_shard import ShardReport
from flows.plan_dataset import Shard
from flows.settings import TurnSettings

BURNT_S = "MMFLYWHEEL_BENCH_SHARD_S"
SAMPLES = 64


def burn(settings: TurnSettings, shard: Shard, config_hash: str, run_id: str) -> ShardReport:
    """Spend processor time and report 64 samples; `seconds` is what it took by the clock."""
    started, spent = time.monotonic(), time.process_time()
    wanted = float(os.environ[BURNT_S])
    while time.process_time() - spent < wanted:
        pass
    return ShardReport(shard.index, SAMPLES, 0, (), time.monotonic() - started)
