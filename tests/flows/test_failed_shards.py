"""A shard that fails: tried again where that can help, borne up to a quota, named in words, made by the next run."""

from __future__ import annotations

import errno
import json
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import State, StateType

import flows.bear_failures
import flows.generate_dataset
from data_lake import Lake
from data_lake.errors import InvalidInput, LakeBusy, LakeError
from flows.bear_failures import FailedShard, TooManyFailures, is_full, may_pass, task_retries, try_again
from flows.engines import close_shared_pool, run_in_worker
from flows.gather_motions import Gathered
from flows.make_dataset import make_dataset
from flows.make_shard import ShardReport, make_shard
from flows.open_lake import open_lake, recorded_run
from flows.plan_dataset import Shard
from flows.record_run import RunRecord
from flows.report_failures import failed_section, stopped_report
from flows.run_shards import ShardsMade, run_shards
from flows.settings import SCALES, TurnSettings, Workspace
from llm_prompts.errors import AuthorUnavailable
from simulator import SimulatorError

PASSING = [
    OSError(errno.EIO, "Input/output error"),
    ConnectionResetError("reset"),
    TimeoutError("late"),
    LakeBusy("24 attempts"),
    BrokenProcessPool("a worker was killed"),
    LakeError("table file:///lake/samples cannot be written: Generic LocalFileSystem error: interrupted"),
]
FULL = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EFBIG, "File too large"),
    LakeError("table /lake/samples cannot be written: No space left on device (os error 28)"),
    LakeError("table /lake/samples cannot be written: the disk is full: 0.1 MiB free, some 2.0 MiB needed"),
    LakeError("table /lake/samples cannot be written: a file would grow beyond what this user may write"),
]
LASTING = [
    *FULL,
    FileNotFoundError(errno.ENOENT, "No such file"),
    PermissionError(errno.EACCES, "Permission denied"),
    OSError(errno.EROFS, "Read-only file system"),
    LakeError("table /lake/samples cannot be written: Permission denied (os error 13)"),
    LakeError("table /lake/samples cannot be written: this user (number 7) may not write to /lake"),
    LakeError("no sample passed the quality gate"),
    InvalidInput("a row does not fit"),
    SimulatorError("slope too steep"),
    AuthorUnavailable("the key was refused"),
    ValueError("bad input"),
]


@pytest.mark.parametrize("error", [*PASSING, *LASTING], ids=repr)
def test_only_what_may_pass_is_worth_another_attempt(error: Exception) -> None:
    assert may_pass(error) == (error in PASSING)
    assert is_full(error) == (error in FULL)
    condition = task_retries()["retry_condition_fn"]
    assert condition(None, None, State(type=StateType.FAILED, data=error)) == (error in PASSING)


def test_attempts_are_bounded_and_pauses_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(flows.bear_failures.time, "sleep", pauses.append)
    for error, attempts in ((LakeBusy("busy"), 3), (InvalidInput("bad"), 1)):
        calls: list[int] = []

        def fails(error: Exception = error, calls: list[int] = calls) -> None:
            calls.append(1)
            raise error

        with pytest.raises(LakeError):
            try_again(fails)
        assert len(calls) == attempts
    assert len(pauses) == 2
    assert 0.5 <= pauses[0] <= 1.5 and 1.0 <= pauses[1] <= 3.0
    answers: Iterator[Callable[[], int]] = iter([lambda: 1 // 0, lambda: 7])
    with pytest.raises(ZeroDivisionError):
        try_again(lambda: next(answers)())
    assert try_again(lambda: next(answers)()) == 7


def shards(n: int) -> list[Shard]:
    return [Shard(index, (), ()) for index in range(n)]


class Engine:
    """Runs shards in threads; those in `wrong` raise. Remembers how many were at work at most."""

    def __init__(self, wrong: dict[int, Exception]) -> None:
        self.wrong = wrong
        self.begun: list[int] = []
        self.at_work = self.most = 0
        self.lock = threading.Lock()
        self.threads = ThreadPoolExecutor(16)

    def start(self, shard: Shard):  # type: ignore[no-untyped-def]
        with self.lock:
            self.begun.append(shard.index)
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        return self.threads.submit(self.make, shard)

    def make(self, shard: Shard) -> ShardReport:
        with self.lock:
            self.at_work -= 1
        if shard.index in self.wrong:
            raise self.wrong[shard.index]
        return ShardReport(shard.index, 1, 0, (), 0.0)


def test_a_failed_shard_does_not_sink_the_others_and_few_are_in_flight() -> None:
    engine = Engine({3: ValueError("motion 3 is empty"), 11: LakeBusy("busy")})
    told: list[int] = []
    made = run_shards(shards(20), engine.start, 4, 0.1, told=lambda report: told.append(report.index))
    assert (
        [report.index for report in made.reports]
        == sorted(told)
        == [i for i in range(20) if i not in (3, 11)]
    )
    assert [(one.index, one.reason) for one in made.failed] == [
        (3, "ValueError: motion 3 is empty"), (11, "LakeBusy: busy")
    ]  # fmt: skip
    assert engine.most <= 4
    assert run_shards([], engine.start, 4, 0.1).reports == []


def test_a_used_up_quota_stops_with_words_and_keeps_what_is_done() -> None:
    engine = Engine({index: ValueError("no body") for index in range(2, 100)})
    made = ShardsMade()
    with pytest.raises(
        TooManyFailures, match=r"of 100 shards failed, and the run bears 5 \(failure_quota 0.05"
    ):
        run_shards(shards(100), engine.start, 3, 0.05, made)
    assert [report.index for report in made.reports] == [0, 1]
    assert 6 <= len(made.failed) <= 8 and len(engine.begun) <= 10
    with pytest.raises(TooManyFailures, match="bears 0"):
        run_shards(shards(3), Engine({1: ValueError("x")}).start, 2, 0.1)


def test_a_full_disk_stops_at_once_whatever_the_quota() -> None:
    engine = Engine({index: OSError(errno.ENOSPC, "No space left on device") for index in range(100)})
    with pytest.raises(TooManyFailures, match=r"storage is full.*make room, then run the same again"):
        run_shards(shards(100), engine.start, 2, 1.0)
    assert len(engine.begun) <= 3


def test_a_killed_worker_gets_a_successor() -> None:
    with pytest.raises(BrokenProcessPool):
        run_in_worker(1, signal.raise_signal, signal.SIGKILL)
    assert run_in_worker(1, abs, -7) == 7
    close_shared_pool()


def test_the_page_of_a_run_names_failed_shards_and_escapes_their_words() -> None:
    failed = [FailedShard(7, 8, "ValueError: <script>|x|"), *(FailedShard(i, 8, "late") for i in range(60))]
    text = "\n".join(failed_section(failed))
    assert "| 00007 |" in text and "<script>" not in text and "And 11 more" in text
    assert failed_section([]) == []
    made = ShardsMade([ShardReport(0, 16, 0, (), 1.0)], failed[:1])
    page = stopped_report("ward", made, "1 of 2 shards <b>failed</b>")
    assert "nothing published" in page and "1 shards, 16 samples" in page and "<b>" not in page


def in_this_process(n_workers: int, job: Callable[..., object], *values: object) -> object:
    return job(*values)


def test_a_dataset_without_its_failed_shard_then_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCALES, "smoke", SCALES["smoke"].model_copy(update={"motions_per_shard": 1}))
    monkeypatch.setattr("flows.make_dataset.run_in_worker", in_this_process)
    monkeypatch.setattr("flows.make_dataset.compile_kernels", lambda settings: None)
    broken = {2}

    def breaks(settings: TurnSettings, shard: Shard, *rest: str) -> ShardReport:
        if shard.index in broken:
            raise ValueError("body 2 has no feet")
        return make_shard(settings, shard, *rest)

    monkeypatch.setattr("flows.make_dataset.make_shard", breaks)
    settings = TurnSettings(n_motions=3, views=1, workspace=tmp_path, workers=1, failure_quota=0.34)
    lake = open_lake(settings)
    said: list[str] = []
    with pytest.raises(TooManyFailures, match="bears 0"), recorded_run(lake, "test", settings) as run:
        make_dataset(settings.model_copy(update={"failure_quota": 0.0}), lake, run, said.append)
    assert lake.versions() == []
    with recorded_run(lake, "test", settings) as run:
        first = make_dataset(settings, lake, run, said.append)
    assert first.version.n_samples == 2 and [one.index for one in first.failed] == [2]
    assert "failed shard 00002 (1 motions): ValueError: body 2 has no feet" in said[-2]
    assert "1 missing, whose shards failed: run it again for them" in said[-1]
    assert first.version.parameters["n_missing"] == 1
    broken.clear()
    with recorded_run(lake, "test", settings) as run:
        second = make_dataset(settings, lake, run, said.append)
    assert second.version.name == "mmwave-sim@2" and second.version.n_samples == 3
    assert sum(report.n_made for report in second.shards) == 1
    assert "n_missing" not in second.version.parameters
    rows = sorted(
        Lake.open(Workspace(tmp_path).lake).read("runs").to_pylist(), key=lambda row: row["started_at"]
    )
    assert [row["status"] for row in rows] == ["failed", "completed", "completed"]
    noted = [json.loads(row["report"] or "{}").get("failed_shards", []) for row in rows]
    assert [[one["index"] for one in run] for run in noted] == [[2], [2], []]


def test_a_flow_that_stops_for_its_failures_leaves_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCALES, "smoke", SCALES["smoke"].model_copy(update={"motions_per_shard": 1}))
    engine = Engine({1: LakeBusy("24 attempts met other writers"), 2: ValueError("no feet")})
    stored: list[tuple[str, str, str]] = []

    @contextmanager
    def these_threads(*_: object) -> Iterator[tuple[object, int]]:
        yield engine.start, 1

    monkeypatch.setattr(flows.generate_dataset, "engine", these_threads)
    monkeypatch.setattr(flows.generate_dataset, "compile_kernels", lambda settings: None)
    monkeypatch.setattr(flows.generate_dataset, "store_report", lambda *page: stored.append(page))
    settings = TurnSettings(dataset="ward", n_motions=4, views=1, workspace=tmp_path, failure_quota=0.25)
    motions: Any = tuple(StandIn(str(index)) for index in range(4))
    gathered = Gathered(motions, (), "clips", 0)
    run = RunRecord("test", {}, "run-1")
    with pytest.raises(TooManyFailures, match="2 of 4 shards failed, and the run bears 1"):
        flows.generate_dataset._make_shards(settings, gathered, run)
    assert [one["index"] for one in run.report["failed_shards"]] == [1, 2]
    [(key, page, description)] = stored
    assert key == "dataset-ward" and "stopped" in description
    assert "| 00001 |" in page and "no feet" in page and "1 shards" in page


@dataclass(frozen=True)
class StandIn:
    """What the plan of shards needs to know of a motion: its id."""

    source_id: str
