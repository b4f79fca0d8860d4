"""The lake beside other ways to keep samples: writing, reading, looking up, and how all that grows.

    python -m pytest -s --timeout=0 tests/benchmarks/bench_lake.py
    BENCH_SAMPLES=20000 BENCH_TINY=2000,20000,200000 python -m pytest -s --timeout=0 tests/benchmarks/bench_lake.py

Maps are synthetic (noise floor and a moving body) and compress as simulated ones do. Hugging Face datasets takes
part where it is installed. CPU time counts all threads and worker processes.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data_lake"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from lake_rivals import BATCH, START, HuggingFace, NpyFiles, PlainParquet
from loader_clock import read_all
from many_rows import fill, many_ids, many_motions, many_samples, many_scripts
from torch.utils.data import DataLoader

from data_lake import Lake, SampleStream
from training.streaming import StreamedBatches

N = int(os.environ.get("BENCH_SAMPLES", "4000"))
SHARD = int(os.environ.get("BENCH_SHARD", "250"))
TINY = [int(n) for n in os.environ.get("BENCH_TINY", "200,2000,20000").split(",")]
WORKERS = 2


class Clock:
    """Time between two moments: of the wall, and of all threads and ended children."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0

    def __enter__(self) -> Clock:
        self._began = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        wall, cpu = self._now()
        self.wall_s += wall - self._began[0]
        self.cpu_s += cpu - self._began[1]

    @staticmethod
    def _now() -> tuple[float, float]:
        times = os.times()  # counts in hundredths of a second: for children only
        return time.perf_counter(), time.process_time() + times.children_user + times.children_system


class OurLake:
    """The lake, with the key index, the log and the quality gate at work."""

    name = "lake"

    def __init__(self, root: Path) -> None:
        self.lake = Lake.create(root)

    def write(self, rows: list[dict], shard: int) -> None:
        self.lake.append("samples", rows, f"shard-{shard}", "run-1")

    def finish(self) -> None:
        for start in range(0, N, 2000):
            indices = range(start, min(N, start + 2000))
            self.lake.append("scripts", list(many_scripts(indices)), f"{start}", "run-1")
            self.lake.append("motions", list(many_motions(indices)), f"{start}", "run-1")
        with Clock() as self.publishing:
            self.lake.publish("bench", many_ids(range(N)), "run-1")
        self.reader = self.lake.open_version("bench")

    def find(self, identity: str) -> object:
        return self.lake.row("samples", identity, ["doppler_time"])

    def loader(self, workers: int) -> DataLoader:
        stream = SampleStream(self.reader, columns=["doppler_time"], batch_size=BATCH, shuffle_seed=0)
        return DataLoader(
            StreamedBatches(stream), batch_size=None, num_workers=workers, multiprocessing_context=START
        )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The same samples, kept in every way; with the time that it took."""
    makers: list[type[Any]] = [
        OurLake,
        NpyFiles,
        PlainParquet,
        *([HuggingFace] if HuggingFace.installed() else []),
    ]
    root = tmp_path_factory.mktemp("bench")
    ways: dict[str, Any] = {}
    for maker in makers:
        folder = root / maker.__name__
        folder.mkdir()
        way, clock = maker(folder), Clock()
        early = 0.0
        for number, start in enumerate(range(0, N, SHARD)):
            rows = list(many_samples(range(start, min(N, start + SHARD))))
            with clock:
                way.write(rows, number)
            if start < N / 10:
                early = clock.cpu_s / (start + len(rows))
        way.finish()
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        ways[maker.name] = (way, clock, early, size)
    yield ways


def test_ways_to_write_samples_and_to_find_one(kept: dict[str, Any], table: Callable) -> None:
    ids = many_ids(range(0, N, max(1, N // 40)))
    rows = []
    for name, (way, writing, _, size) in kept.items():
        way.find(ids[0])
        found = []
        for identity in ids[1:]:
            with Clock() as clock:
                assert way.find(identity) is not None
            found.append(clock.wall_s)
        rows.append(
            [name, N / writing.wall_s, N / writing.cpu_s, size / N / 1024, float(np.median(found)) * 1e3]
        )
    rows = [[*row, row[2] / rows[0][2]] for row in rows]
    header = ["", "write/s", "write/s of CPU", "KiB/sample", "find ms", "write ratio of CPU"]
    table(
        f"{N} samples in shards of {SHARD}; ratios to the lake (files of joined shards count twice)",
        header,
        rows,
    )


def test_ways_to_read_all_samples(kept: dict[str, Any], table: Callable) -> None:
    rows: list[list] = []
    for name, (way, *_) in kept.items():
        found = read_all(way.loader(WORKERS))
        assert found.n_samples == N
        rows.append(
            [name, found.first_batch_s, found.steady_per_s, found.steady_per_cpu_s, found.peak_worker_mib]
        )
    rows = [[*row, row[2] / rows[0][2], row[3] / rows[0][3]] for row in rows]
    header = [
        "",
        "first batch s",
        "then read/s",
        "read/s of CPU",
        "peak MiB a worker",
        "ratio",
        "ratio of CPU",
    ]
    table(
        f"{N} samples read in batches of {BATCH} by {WORKERS} spawned workers; ratios to the lake",
        header,
        rows,
    )


def test_flat_cost_and_publishing(kept: dict[str, Any], table: Callable) -> None:
    way, writing, early, _ = kept["lake"]
    rows = [
        ["append, first tenth", early * 1e3, "CPU ms a sample"],
        ["append, all", writing.cpu_s / N * 1e3, "CPU ms a sample"],
        ["publish", way.publishing.wall_s, f"s (CPU {way.publishing.cpu_s:.2f})"],
    ]
    table("growth and publication", ["what", "measured", "unit"], rows)


def test_shuffle_quality(kept: dict[str, Any], table: Callable) -> None:
    reader = kept["lake"][0].reader
    group_of: dict[str, int] = {}
    for number, group in enumerate(reader.row_groups()):
        group_of |= dict.fromkeys(
            reader.read_row_group(group, ["sample_id"])["sample_id"].to_pylist(), number
        )
    places = {identity: place for place, identity in enumerate(group_of)}
    shuffled = list(group_of)
    np.random.default_rng(0).shuffle(shuffled)
    orders = {"order of the files": list(group_of), "full shuffle": shuffled}
    for buffer in (1, 128, 1024, 4096):
        stream = SampleStream(
            reader, columns=["sample_id"], batch_size=BATCH, shuffle_seed=0, buffer_samples=buffer
        )
        orders[f"row groups + buffer of {buffer}"] = [one for batch in stream for one in batch["sample_id"]]
    rows = []
    for name, order in orders.items():
        assert sorted(order) == sorted(shuffled)
        groups = [group_of[one] for one in order]
        batches = [groups[start : start + BATCH] for start in range(0, N - BATCH + 1, BATCH)]
        jumps = np.abs(np.diff([places[one] for one in order])) / N
        rows.append([
            name,
            float(np.mean([a == b for a, b in itertools.pairwise(groups)])) * 100,
            float(np.mean([len(set(batch)) for batch in batches])),
            float(jumps.mean()),
        ])  # fmt: skip
    header = ["", "neighbours of one row group %", f"row groups in a batch of {BATCH}", "mean jump / N (1/3)"]
    table("how well the stream is mixed", header, rows)


def test_look_up_at_ten_times_the_rows(tmp_path: Path, table: Callable) -> None:
    lake, rows, done = Lake.create(tmp_path / "lake"), [], 0
    for n in TINY:
        with Clock() as filling:
            fill(lake, n - done, 1000, done, tiny=True)
        added, done = n - done, n
        with Clock() as publishing:
            lake.publish("tiny", many_ids(range(n)), "run-1")
        ids = many_ids(range(0, n, max(1, n // 30)))
        spent: dict[str, list[Clock]] = {"find": [], "lineage": [], "first": []}
        for attempt in range(5):
            with Clock() as clock:
                Lake.open(lake.root).lineage(ids[attempt])
            spent["first"].append(clock)
        for identity in ids:
            for name, call in (("find", lambda i=identity: lake.row("samples", i, ["facts"])),
                               ("lineage", lambda i=identity: lake.lineage(i))):  # fmt: skip
                with Clock() as clock:
                    call()
                spent[name].append(clock)
        for what, publish_s in (("wall_s", publishing.wall_s), ("cpu_s", publishing.cpu_s)):
            medians = (float(np.median([getattr(one, what) for one in clocks])) * 1e3
                       for clocks in spent.values())  # fmt: skip
            rows.append([n, what, *medians, getattr(filling, what) / added * 1e3, publish_s])
    header = ["tiny samples", "time", "find ms", "lineage ms", "lineage, lake opened anew, ms",
              "append and making ms a sample", "publish s"]  # fmt: skip
    table("look-up, medians", header, rows)
