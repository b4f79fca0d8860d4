"""What may go wrong around a run: full disk, refused key, twice at once, killed workers, clock changes, late starts."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest
from prefect.server.schemas.schedules import CronSchedule

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "llm_prompts"))
from fault_server import FaultServer

import flows.generate_dataset
import flows.maintain_lake
from data_lake import Lake, check_lake
from flows.choose_night import night_of, seed_of_night
from flows.lock_work import sole_maker
from flows.make_dataset import make_dataset
from flows.open_lake import open_lake, recorded_run
from flows.settings import TurnSettings, Workspace
from llm_prompts.errors import AuthorUnavailable

BERLIN = ZoneInfo("Europe/Berlin")
FEW = ("--n-motions", "10", "--views", "1", "--workers", "1")
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from flows.cli import main
main()
"""


def mmflywheel(largest_file: int, *arguments: str) -> subprocess.Popen[str]:
    """The command in a process that may write no larger file: to it, storage is full."""
    command = [sys.executable, "-c", LIMITED, str(largest_file), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def said_by(process: subprocess.Popen[str]) -> str:
    return " ".join(process.communicate(timeout=600)[0].split())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_full_disk_stops_with_words_and_two_runs_at_once_end_complete(tmp_path: Path) -> None:
    night = str(seed_of_night(0, night_of(None, "UTC")))
    arguments = ("generate", *FEW, "--seed", night, "--failure-quota", "1", "--workspace", str(tmp_path))
    full = mmflywheel(300_000, *arguments)
    said = said_by(full)
    assert full.returncode == 1, said
    assert "storage is full" in said and "ulimit" in said and "make room, then run the same again" in said
    assert "shard 00000 (8 motions)" in said and "Traceback" not in said
    root = Workspace(tmp_path).lake
    lake = Lake.open(root)
    assert lake.versions() == [] and check_lake(root).sound
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    both = [mmflywheel(unlimited, *arguments) for _ in range(2)]
    said = " ".join([said_by(process) for process in both])
    assert [process.returncode for process in both] == [0, 0], said
    assert said.count("mmwave-sim@1, 10 samples of 10 motions") == 2
    assert check_lake(root).sound
    assert [version.name for version in lake.versions()] == ["mmwave-sim@1"]
    for table in ("scripts", "motions", "samples"):
        ids = lake.read(table)[lake.table(table).spec.key_column].to_pylist()
        assert len(ids) == len(set(ids)) == 10, table
    assert lake.read("runs")["status"].to_pylist().count("failed") == 1


def test_a_refused_key_stops_a_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-0123456789")
    monkeypatch.setenv("MMFLYWHEEL_MODEL", "test-model")
    settings = TurnSettings(n_motions=4, author="model", concurrency=1, workspace=tmp_path, workers=1)
    with FaultServer(["auth"] * 9) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.address)
        lake = open_lake(settings)
        with pytest.raises(AuthorUnavailable) as caught, recorded_run(lake, "test", settings) as run:
            make_dataset(settings, lake, run, announce=lambda text: None)
        assert len(server.requests) == 1
    assert "key" in str(caught.value) and "secret" not in str(caught.value)
    assert lake.read("runs")["status"].to_pylist() == ["failed"]
    condition = flows.generate_dataset.gather_task.retry_condition_fn
    assert condition is not None
    assert not condition(None, None, State(caught.value))  # type: ignore[arg-type]


class State:
    """A failed state, as far as a retry condition looks at it."""

    def __init__(self, data: BaseException) -> None:
        self.data = data


def test_a_version_announced_twice_is_trained_once(tmp_path: Path) -> None:
    """Two runs want the same checkpoint at once, as when an event is delivered twice."""
    made: list[Path] = []
    there = threading.Barrier(2)

    def train(path: Path) -> None:
        there.wait(30)
        with sole_maker(path) as is_missing:
            if is_missing:
                time.sleep(0.05)
                path.mkdir()
                made.append(path)

    threads = [threading.Thread(target=train, args=(tmp_path / "enc-1",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert made == [tmp_path / "enc-1"]


def test_what_a_killed_maker_has_staged_is_removed(tmp_path: Path) -> None:
    result = tmp_path / "enc-1"
    for left in (".enc-1.partial-17", ".enc-1.partial-18", ".enc-10.partial-17"):
        (tmp_path / left).mkdir()
        (tmp_path / left / "model.safetensors").write_bytes(b"half")
    with sole_maker(result) as is_missing:
        assert is_missing
        assert [path.name for path in tmp_path.glob(".*partial*")] == [".enc-10.partial-17"]


ORPHANS = """
import os, time
from flows.engines import run_in_worker

if __name__ == "__main__":
    print(run_in_worker(1, os.getpid), flush=True)
    run_in_worker(1, time.sleep, 600)
"""


def test_workers_end_when_their_run_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(ORPHANS)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as run:
        assert run.stdout is not None
        worker = psutil.Process(int(run.stdout.readline()))
        assert worker.ppid() == run.pid
        os.kill(run.pid, signal.SIGKILL)
    gone, alive = psutil.wait_procs([worker], timeout=60)
    assert gone and not alive


@pytest.mark.parametrize(("month", "day"), [(3, 27), (10, 23)])
def test_each_night_around_a_clock_change_runs_exactly_once(month: int, day: int) -> None:
    start = datetime(2026, month, day, tzinfo=BERLIN)
    cron = CronSchedule(cron="0 2 * * *", timezone="Europe/Berlin")
    due = asyncio.run(cron.get_dates(n=7, start=start))
    nights = Counter(night_of(one, "Europe/Berlin") for one in due)
    assert nights == Counter(start.date() + timedelta(days=days) for days in range(7))
    assert len({seed_of_night(3, night) for night in nights}) == 7


class Due:
    """Prefect's runtime, in a run that was due at a given time."""

    def __init__(self, due: datetime) -> None:
        self.due = due

    def get_scheduled_start_time(self) -> datetime:
        return self.due

    def get_id(self) -> None:
        return None


def test_nights_that_a_sleeping_machine_missed_are_skipped_but_for_the_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now, begun = datetime.now(UTC), []

    def made(settings: TurnSettings, start_training: bool) -> str:
        begun.append(settings.seed)
        return "nightly@1"

    monkeypatch.setattr(flows.generate_dataset, "make_version", made)
    for days in range(4, -1, -1):  # the server hands over all that were due, oldest first
        due = now - timedelta(days=days, hours=5)
        monkeypatch.setattr(flows.generate_dataset, "flow_run", Due(due))
        flows.generate_dataset.generate_dataset.fn(seed_by_night=True)
    assert begun == [seed_of_night(0, night_of(now - timedelta(hours=5), "UTC"))]
    assert capsys.readouterr().out.count("a newer night has taken its place") == 4


def test_mornings_of_upkeep_that_were_missed_are_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(flows.maintain_lake, "flow_run", Due(datetime.now(UTC) - timedelta(days=2)))
    assert flows.maintain_lake.maintain_lake.fn(workspace=str(tmp_path / "none")) == ""
    assert "skipped" in capsys.readouterr().out and not list(tmp_path.iterdir())
