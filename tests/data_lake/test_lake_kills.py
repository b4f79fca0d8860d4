"""kill -9 in the middle of append, publish, compact and gc: nothing acknowledged is lost, nothing is half there."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lake_worker import OPERATIONS, SHARD, append_many, shard_ids, start, told, work

from data_lake.check import check_lake
from data_lake.lake import Lake

FIRST_S = 0.4  # how long an operation may take; learnt from those that end before their kill


class Ledger:
    """What was acknowledged, and whether the lake still has all of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.appended: set[int] = set()
        self.published: set[str] = set()
        self.begun = 0

    def note(self, said: list) -> None:
        """Take in what a killed process had said."""
        for what, value in said:
            if what == "appended":
                self.appended.add(value)
            elif what == "published":
                self.published.add(value)

    def compare(self) -> None:
        """Open the lake anew and look for what is lost, doubled or half there."""
        lake = Lake.open(self.root)
        stored = Counter(lake.read("samples", columns=["sample_id"])["sample_id"].to_pylist())
        assert set(stored.values()) <= {1}
        for shard in range(self.begun):
            n_there = sum(one in stored for one in shard_ids(shard))
            assert n_there in ((SHARD,) if shard in self.appended else (0, SHARD)), shard
        names = {version.name for version in lake.versions()}
        assert self.published <= names
        for name in names:
            reader = lake.open_version(name)
            assert sum(part.num_rows for part in reader.iter_samples(columns=["sample_id"])) == (
                reader.info.n_samples
            )
        report = check_lake(self.root)
        assert report.sound, report.findings


def kill_in_the_middle(ledger: Ledger, kills: int, seed: int) -> Counter[str]:
    """Kill operations in turn at random moments; count those that were killed before their end."""
    moments, longest = random.Random(seed), dict.fromkeys(OPERATIONS, FIRST_S)
    cut_short: Counter[str] = Counter()
    for kill in range(kills):
        operation = OPERATIONS[kill % len(OPERATIONS)]
        process, pipe = start(work, str(ledger.root), operation, ledger.begun)
        ledger.begun += 4
        for said in iter(pipe.recv, ("begin", operation)):
            ledger.note([said])
        began = time.monotonic()
        pipe.poll(moments.uniform(0, longest[operation]))
        process.kill()
        process.join()
        said = told(pipe)
        ledger.note(said)
        if ("done", operation) in said:
            longest[operation] = max(0.02, 0.8 * (time.monotonic() - began))
        else:
            cut_short[operation] += 1
        ledger.compare()
    return cut_short


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A lake that nothing was done to yet."""
    Lake.create(tmp_path / "lake")
    yield Ledger(tmp_path / "lake")


def finish(ledger: Ledger) -> None:
    """Do everything without a kill; then all of it is there once."""
    process, pipe = start(append_many, str(ledger.root), list(range(ledger.begun)))
    ledger.note([("appended", shard) for shard in told(pipe)])
    process.join()
    assert ledger.appended == set(range(ledger.begun))
    lake = Lake.open(ledger.root)
    ids = [one for shard in range(ledger.begun) for one in shard_ids(shard)]
    ledger.published.add(lake.publish("many", ids, "run-1").name)
    lake.collect_garbage(age_hours=0, dry_run=False)
    ledger.compare()
    assert lake.open_version("many").info.n_samples == len(ids) == lake.read("samples").num_rows


def test_a_few_kills(ledger: Ledger) -> None:
    kill_in_the_middle(ledger, 4, seed=1)
    finish(ledger)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_kills(ledger: Ledger) -> None:
    cut_short = kill_in_the_middle(ledger, 52, seed=2)
    assert min(cut_short[operation] for operation in OPERATIONS) >= 4, cut_short
    finish(ledger)
