"""kill -9 at any time pays nothing twice: counted in the server's own log."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fault_server import FaultServer, fingerprint, read_log

from data_lake import JOURNAL_FOLDER, Lake

HERE = Path(__file__).resolve().parent
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `author_process.py`; whatever still runs afterwards is ended."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: object) -> subprocess.Popen[str]:
        paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
        process = subprocess.Popen(
            [sys.executable, str(HERE / "author_process.py"), *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def kept(lake: Path) -> set[str]:
    """Fingerprints of all calls that journal and table hold."""
    rows = [
        json.loads(line)
        for path in lake.glob(f"{JOURNAL_FOLDER}/*.jsonl")
        for line in path.read_bytes().split(b"\n")[:-1]
    ]
    if (lake / "requests").exists():
        rows += Lake.open(lake).read("requests", columns=["model", "messages"]).to_pylist()
    return {fingerprint({"model": row["model"], "messages": json.loads(row["messages"])}) for row in rows}


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    ends = time.monotonic() + 60.0
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < ends
        time.sleep(0.002)


def test_killed_at_any_time_nothing_that_was_received_is_asked_again(start: Start, tmp_path: Path) -> None:
    n, concurrency, rng = 60, 8, random.Random(5)
    lake, log = tmp_path / "lake", tmp_path / "server.jsonl"
    Lake.create(lake)
    with FaultServer(["ok"], log, slots=concurrency, service_s=0.03) as server:
        asked_before: Counter[str] = Counter()
        for kills in range(3):
            process = start(lake, server.address, n, concurrency, 5)  # commits now and then
            goal = 12 + 14 * kills + rng.randrange(6)
            wait_for(lambda goal=goal: sum(read_log(log, "answered").values()) >= goal, process)  # type: ignore[misc]
            time.sleep(rng.random() * 0.04)
            process.kill()
            process.wait()
            time.sleep(0.1)  # the server ends what it was serving
            received, asked_before = kept(lake), read_log(log)
            assert len(received) >= goal - (kills + 1) * concurrency
            twice = sum(count - 1 for count in asked_before.values())
            assert twice <= kills * concurrency
        process = start(lake, server.address, n, concurrency)
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        asked = read_log(log)
    assert not [one for one in received if asked[one] > asked_before[one]]  # received: never again
    assert sum(count - 1 for count in asked.values()) <= 3 * concurrency  # in flight at a kill: once more
    calls, reused = map(int, out.splitlines()[-1].split())
    assert reused == len(received)
    assert calls + reused == len(asked)
    assert out.splitlines()[:-1].count("None") == 0
    assert len(out.splitlines()) == n + 1
    assert not list(lake.glob(f"{JOURNAL_FOLDER}/*.jsonl"))
    assert Lake.open(lake).read("requests").num_rows == len(asked)


def test_two_processes_at_once_share_what_they_are_answered(start: Start, tmp_path: Path) -> None:
    n, concurrency = 60, 4
    lake, log = tmp_path / "lake", tmp_path / "server.jsonl"
    Lake.create(lake)
    with FaultServer(["ok"], log, slots=2 * concurrency, service_s=0.03) as server:
        both = [start(lake, server.address, n, concurrency) for _ in range(2)]
        outputs = [process.communicate(timeout=60) for process in both]
        assert [process.returncode for process in both] == [0, 0], outputs
        asked = read_log(log)
        third = start(lake, server.address, n, concurrency)
        last, _ = third.communicate(timeout=60)
        assert read_log(log) == asked
    scripts = [out.splitlines()[:-1] for out, _ in outputs]
    assert scripts[0] == scripts[1] == last.splitlines()[:-1]
    assert max(asked.values()) == 1  # both walk through the same list, and each question is paid once
    assert Lake.open(lake).read("requests").num_rows == len(asked)
    assert not list(lake.glob(f"{JOURNAL_FOLDER}/*.jsonl"))
