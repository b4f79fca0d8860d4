"""What orchestration costs: overhead of shards, the API under load, reaction times, Dask, memory over many runs.

    python -m pytest -s --override-ini=addopts=--import-mode=importlib tests/benchmarks/bench_orchestration.py

A cockpit of its own on a free port. Overhead is wall time x workers less what the shards themselves took by the
clock, so that other work on the machine counts in both; quiet machines give the better numbers all the same.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
import urllib.error
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flows"))
from burning_shard import BURNT_S, SAMPLES, burn
from running_cockpit import Cockpit, eventually, running_cockpit

import flows.choose_engine as choose_engine
from flows.cockpit.start_service import SERVER, WORKER
from flows.gather_motions import gather_motions
from flows.make_dataset import make_dataset, plan_shards
from flows.make_shard import make_shard
from flows.open_lake import open_lake, recorded_run
from flows.plan_dataset import Shard, configuration_id
from flows.run_shards import run_shards
from flows.settings import TurnSettings
from simulator import load_body

pytestmark = pytest.mark.timeout(3600)

N_RUNS = int(os.environ.get("MMFLYWHEEL_BENCH_RUNS", "20"))
BURN = float(os.environ.get("MMFLYWHEEL_BENCH_BURN_S", "1.0"))
# what the pages of the UI ask for while somebody watches a run
PAGES: tuple[tuple[str, Any], ...] = (
    ("/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 50}),
    ("/task_runs/filter", {"sort": "EXPECTED_START_TIME_DESC", "limit": 50}),
    ("/logs/filter", {"limit": 200}),
    ("/artifacts/latest/filter", {}),
    ("/deployments/filter", {}),
    ("/flow_runs/count", {}),
)


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    with running_cockpit(tmp_path_factory.mktemp("orchestration")) as running:
        yield running


def run_as_flow(cockpit: Cockpit, settings: TurnSettings, shards: list[Shard]) -> tuple[float, float]:
    """Shards as tasks of a flow of the cockpit's server: wall time of all, and what the shards took together."""
    from prefect import flow
    from prefect.settings import PREFECT_API_URL, temporary_settings
    from prefect.task_runners import ThreadPoolTaskRunner

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=64))  # type: ignore[arg-type]
    def many_shards() -> tuple[float, float]:
        with choose_engine.engine(settings, "none", "none") as (start, at_once):
            # the first answer comes when the workers are there: their start is no overhead of a shard
            run_shards(shards[: settings.workers], start, at_once, 0.0)
            started = time.monotonic()
            made = run_shards(shards[settings.workers :], start, at_once, 0.0)
            return time.monotonic() - started, sum(report.seconds for report in made.reports)

    with temporary_settings({PREFECT_API_URL: cockpit.state.api_url}):
        return many_shards()


@pytest.mark.parametrize("n_samples", [2000])
def test_overhead_of_a_shard(
    n_samples: int, cockpit: Cockpit, table: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose_engine, "make_shard", burn)
    monkeypatch.setenv(BURNT_S, str(BURN))
    n_shards = -(-n_samples // SAMPLES)
    rows = []
    for workers in (1, 2):
        settings = TurnSettings(workspace=tmp_path, workers=workers)
        shards = [Shard(index, (), ()) for index in range(n_shards + workers)]
        wall, compute = run_as_flow(cockpit, settings, shards)
        extra = max(0.0, wall * workers - compute)
        real_s = SAMPLES * seconds_a_sample(tmp_path / "real")
        rows.append(
            [
                workers,
                n_shards,
                BURN,
                wall,
                100 * extra / compute,
                extra / n_shards,
                100 * extra / n_shards / real_s,
            ]
        )
    header = ["workers", "shards", "CPU s each", "wall s", "overhead %", "s a shard", "% of 64 real samples"]
    table(f"{n_samples} samples in shards of {SAMPLES}, maker replaced by one that burns time", header, rows)
    print(f"  64 real samples take {real_s:.1f} s of processor time on one core")


@lru_cache(maxsize=1)
def seconds_a_sample(workspace: Path) -> float:
    """Processor time of a real sample, measured once on a few of them in this process."""
    settings = TurnSettings(workspace=workspace, n_motions=6, views=2, workers=1)
    lake = open_lake(settings)
    with recorded_run(lake, "bench", settings) as run:
        gathered = gather_motions(settings, lake, load_body(settings.body), run)
        (shard,) = plan_shards(settings, gathered)
        first = Shard(0, shard.sources[:1], shard.activities)
        make_shard(settings, first, configuration_id(settings), run.run_id)  # compiles
        started = time.process_time()
        report = make_shard(settings, shard, configuration_id(settings), run.run_id)
    return (time.process_time() - started) / report.n_made


def test_a_real_run_beside_plain_functions(cockpit: Cockpit, table: Callable, tmp_path: Path) -> None:
    few = {"n_motions": 32, "views": 2, "workers": 2}
    settings = TurnSettings.model_validate({**few, "dataset": "plain", "workspace": tmp_path})
    started = time.monotonic()
    lake = open_lake(settings)
    with recorded_run(lake, "bench", settings) as record:
        plain = make_dataset(settings, lake, record, lambda text: None)
    plain_s = time.monotonic() - started
    run = cockpit.start("generate-dataset", {**few, "dataset": "real", "start_training": False})
    eventually(lambda: cockpit.ended(run), 600.0)
    seen = cockpit.call(f"/flow_runs/{run}")
    flow_s = moment(seen["end_time"]) - moment(seen["start_time"])
    click_s = moment(seen["end_time"]) - moment(seen["created"])
    shards_s = sum(one.seconds for one in plain.shards)
    header = ["64 samples", "plain s", "flow s", "from click s", "shards s (plain, all workers)"]
    table("One real run, 2 workers", header, [["", plain_s, flow_s, click_s, shards_s]])


def test_the_api_while_500_shards_run(
    cockpit: Cockpit, table: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose_engine, "make_shard", burn)
    monkeypatch.setenv(BURNT_S, "0.0")
    database = cockpit.settings.files.home / "prefect.db"
    before = size_mib(database)
    latencies: list[float] = []
    refused: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for path, body in PAGES:
                started = time.monotonic()
                try:
                    cockpit.call(path, body)
                except urllib.error.HTTPError as error:
                    refused.append(error.code)
                latencies.append(time.monotonic() - started)
            done.wait(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    settings = TurnSettings(workspace=tmp_path, workers=2)
    try:
        wall, _ = run_as_flow(cockpit, settings, [Shard(index, (), ()) for index in range(502)])
    finally:
        done.set()
        watcher.join()
    time.sleep(5.0)  # events are written in batches
    ordered = sorted(latencies)
    header = ["requests", "refused", "p50 s", "p99 s", "max s", "s a shard", "database MiB before", "after"]
    row = [
        len(ordered), len(refused), statistics.median(ordered), ordered[int(0.99 * len(ordered))], ordered[-1],
        wall / 500, before, size_mib(database),
    ]  # fmt: skip
    table("Pages of the UI while 500 shards run", header, [row])


def size_mib(database: Path) -> float:
    """Size of an SQLite database with the log that is not yet merged into it."""
    return sum(path.stat().st_size for path in database.parent.glob(database.name + "*")) / 2**20


def moment(text: str) -> float:
    """Seconds since the epoch of a time as Prefect's API writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_reaction_times(cockpit: Cockpit, table: Callable) -> None:
    rows = []
    for name in ("maintain-lake", "generate-dataset"):
        waits = []
        few = (
            {}
            if name == "maintain-lake"
            else {"n_motions": 1, "views": 1, "workers": 1, "start_training": False}
        )
        for _ in range(3):
            run = cockpit.start(name, few)
            eventually(lambda run=run: cockpit.ended(run), 300.0)
            seen = cockpit.call(f"/flow_runs/{run}")
            waits.append(moment(seen["start_time"]) - moment(seen["created"]))
        rows.append([f"click -> {name} running", statistics.median(waits), max(waits)])
    created, running = [], []
    for index in range(3):
        version = f"nobody@{index + 1}"
        at = time.time()
        cockpit.publish(version)
        (run,) = eventually(
            lambda v=version: [r for r in cockpit.runs_of("train-models") if version_of(r) == v]
        )
        eventually(lambda run=run: cockpit.ended(run["id"]), 300.0)
        seen = cockpit.call(f"/flow_runs/{run['id']}")
        created.append(moment(seen["created"]) - at)
        running.append(moment(seen["start_time"]) - at)
    rows.append(["event -> training run made", statistics.median(created), max(created)])
    rows.append(["event -> training run running", statistics.median(running), max(running)])
    table("Reaction times", ["what", "median s", "max s"], rows)


def version_of(run: dict[str, Any]) -> str:
    """The dataset version that a run was started for."""
    return str(run["parameters"].get("dataset_version"))


def test_dask_with_two_workers_beside_one(table: Callable, cockpit: Cockpit, tmp_path: Path) -> None:
    pytest.importorskip("prefect_dask", reason="engine dask is an extra")
    rows: list[list[Any]] = []
    for workers in (1, 2):
        settings = TurnSettings(
            workspace=tmp_path / str(workers), n_motions=56, views=1, workers=workers, engine="dask"
        )
        lake = open_lake(settings)
        with recorded_run(lake, "bench", settings) as run:
            gathered = gather_motions(settings, lake, load_body(settings.body), run)
        small = [
            Shard(index, gathered.sources[4 * index : 4 * index + 4], gathered.activities)
            for index in range(14)
        ]
        # the first shards of each worker compile, and are not counted
        wall, busy = run_as_flow(cockpit, settings, small)
        n_samples = sum(len(shard.sources) for shard in small[workers:])
        rows.append([workers, n_samples, wall, n_samples / wall, busy / n_samples])
    rows[0].append(1.0)
    rows[1].append(rows[1][3] / rows[0][3])
    header = ["workers", "samples", "wall s", "samples/s", "s a sample in a worker", "times one worker"]
    table("Dask, processes with one thread each, after warm-up", header, rows)


def test_memory_over_many_runs(cockpit: Cockpit, table: Callable) -> None:
    parts = {name: cockpit.state.process(name) for name in (SERVER, WORKER)}
    rows = []
    for index in range(N_RUNS):
        run = cockpit.start("maintain-lake", {})
        eventually(lambda run=run: cockpit.ended(run), 300.0)
        rows.append([index + 1, *(rss_mib(process) for process in parts.values())])
    table("Memory after each run, MiB", ["run", *parts], rows)
    half = len(rows) // 2
    for column, name in enumerate(parts, start=1):
        first, last = (statistics.median(row[column] for row in part) for part in (rows[:half], rows[half:]))
        print(f"  {name}: median of the second half less that of the first {last - first:+.1f} MiB")


def rss_mib(process: psutil.Process | None) -> float:
    """Resident memory of one process."""
    return float("nan") if process is None else process.memory_info().rss / 2**20
