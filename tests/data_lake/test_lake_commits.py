"""Writing twice, writing at once, and being killed."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError
from lake_rows import sample_ids, sample_row, script_row, store

from data_lake import writer
from data_lake.errors import LakeBusy, LakeCorrupt, NotInLake
from data_lake.lake import Lake
from data_lake.rows import rows_to_table
from data_lake.schemas import TABLES

Start = Callable[..., subprocess.Popen[str]]


def stored_ids(lake: Lake, table: str = "samples") -> Counter[str]:
    column = lake.table(table).spec.key_column
    return Counter(lake.read(table, columns=[column])[column].to_pylist())


def test_a_shard_is_stored_once(lake: Lake) -> None:
    assert store(lake, range(10), "shard-0") == 10
    version = lake.table("samples").handle().version()
    assert store(lake, range(10), "shard-0") == 0
    assert store(lake, range(10), "the same rows under another name") == 0
    assert lake.table("samples").handle().version() == version
    assert store(lake, range(5, 15), "shard-1") == 5
    assert stored_ids(lake) == Counter(sample_ids(range(15)))


def test_a_changed_shard_of_the_same_name_is_not_skipped(lake: Lake) -> None:
    store(lake, range(4), "shard-0")
    assert store(lake, range(8), "shard-0") == 4


def test_the_log_tells_run_and_shard(lake: Lake) -> None:
    store(lake, range(4), "shard-0", "run-7")
    commit = DeltaTable(f"{lake.root}/samples").history(1)[0]
    assert (commit["run_id"], commit["shard"]) == ("run-7", "shard-0")


def test_a_commit_on_an_outdated_version_is_refused_by_the_storage(lake: Lake) -> None:
    # What every promise of the writer rests on; a new deltalake must keep it.
    table = lake.table("scripts")
    outdated = table.handle()
    lake.append("scripts", [script_row(0)], "shard-0", "run-1")
    rows = rows_to_table(table.spec, [script_row(1)], "run-1")
    with pytest.raises(CommitFailedError):
        write_deltalake(
            outdated, rows, mode="append", commit_properties=CommitProperties(max_commit_retries=0)
        )
    assert stored_ids(lake, "scripts") == Counter([script_row(0)["script_id"]])


def test_a_writer_that_was_overtaken_looks_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    table = lake.table("scripts")
    pauses: list[int] = []
    monkeypatch.setattr(writer, "pause", pauses.append)
    known = table.known
    rivals = [[script_row(0), script_row(1)], [script_row(2)]]

    def overtaken(handle: DeltaTable, ids: object) -> object:
        found = known(handle, ids)
        if rivals:
            Lake.open(lake.root).append("scripts", rivals.pop(0), "rival", "run-2")
        return found

    monkeypatch.setattr(table, "known", overtaken)
    assert lake.append("scripts", [script_row(i) for i in range(4)], "shard-0", "run-1") == 1
    assert pauses == [0, 1]
    assert stored_ids(lake, "scripts") == Counter(script_row(i)["script_id"] for i in range(4))


def test_a_writer_that_never_gets_a_turn_says_so(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    table, rival, n_rivals = lake.table("scripts"), Lake.open(lake.root), []
    monkeypatch.setattr(writer, "_LONGEST_PAUSE_S", 0.0)

    def overtaken(handle: DeltaTable) -> object:
        n_rivals.append(handle.version())
        rival.append("scripts", [script_row(len(n_rivals))], f"rival-{len(n_rivals)}", "run-2")
        return rows_to_table(table.spec, [script_row(0)], "run-1")

    with pytest.raises(LakeBusy, match="nothing was stored"):
        writer.commit(table, overtaken, {"run_id": "run-1"})
    assert len(n_rivals) == writer.MAX_COMMIT_ATTEMPTS
    assert script_row(0)["script_id"] not in lake.ids("scripts")


def test_pauses_grow_and_vary(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(writer.time, "sleep", slept.append)
    for attempt in range(12):
        for _ in range(20):
            writer.pause(attempt)
    assert len(set(slept)) == len(slept)
    assert max(slept[:20]) <= writer._FIRST_PAUSE_S < max(slept[60:80])
    assert max(slept) <= writer._LONGEST_PAUSE_S


def test_only_one_process_compacts_at_a_time(lake: Lake) -> None:
    # deltalake lets two compactions of the same files both succeed; then every row is there twice.
    for first in range(0, 12, 4):
        store(lake, range(first, first + 4), f"shard-{first}")
    table = lake.table("scripts")
    version = table.handle().version()
    with open(f"{table.uri}/{writer.LOCK_FILE}", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not writer.compact(table)
        assert table.handle().version() == version and len(table.handle().file_uris()) == 3
    assert writer.compact(table)
    assert len(table.handle().file_uris()) == 1
    assert stored_ids(lake, "scripts") == Counter(script_row(i)["script_id"] for i in range(6))


def test_rows_that_another_tool_doubled_are_not_published(lake: Lake) -> None:
    store(lake, range(4), "shard-0")
    handle = lake.table("samples").handle()
    write_deltalake(handle, lake.read("samples", columns=TABLES["samples"].schema.names), mode="append")
    with pytest.raises(LakeCorrupt, match="there twice"):
        lake.publish("mmwave-sim", sample_ids(range(4)), "run-1")


def test_four_processes_at_once_store_every_row_once(tmp_path: Path, start_writer: Start) -> None:
    root, go = tmp_path / "lake", tmp_path / "go"
    shards = [f"common:0:8,own-{k}:{8 + 6 * k}:{16 + 6 * k},late-{k}:0:12" for k in range(4)]
    processes = [start_writer(root, go, f"run-{k}", shards[k]) for k in range(4)]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    go.touch()
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    lake = Lake.open(root)
    assert stored_ids(lake) == Counter(sample_ids(range(34)))
    for table in ("motions", "scripts"):
        assert set(stored_ids(lake, table).values()) == {1} and len(lake.ids(table)) == 17


def test_racing_publishers_get_different_numbers_or_the_same_version(
    tmp_path: Path, start_writer: Start
) -> None:
    root, go = tmp_path / "lake", tmp_path / "go"
    plans = ["a:0:8", "a:0:8", "b:0:10", "c:4:12"]
    processes = [start_writer(root, go, f"run-{k}", plan, "mmwave-sim") for k, plan in enumerate(plans)]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    go.touch()
    outputs = [process.communicate(timeout=120) for process in processes]
    names = [output.strip() for output, _ in outputs]
    assert names[0] == names[1], outputs
    assert sorted(set(names)) == ["mmwave-sim@1", "mmwave-sim@2", "mmwave-sim@3"]
    lake = Lake.open(root)
    for name, members in zip(names[1:], (range(8), range(10), range(4, 12)), strict=True):
        assert lake.open_version(name).sample_ids() == sorted(sample_ids(members))


SHARDS = {f"shard-{k}": range(16 * k, 16 * k + 16) for k in range(8)}


def n_files(root: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(root))


def check_nothing_is_half_there(root: Path) -> int:
    """After a kill: shards whole or absent, no row twice, a version only if complete; count the samples."""
    try:
        lake = Lake.open(root)
    except (NotInLake, LakeCorrupt):  # killed while the first tables were made
        lake = Lake.create(root)
    visible = stored_ids(lake)
    assert set(visible.values()) <= {1}
    for members in SHARDS.values():
        assert sum(identity in visible for identity in sample_ids(members)) in (0, 16)
    for version in lake.versions():
        reader = lake.open_version(version.name)
        assert reader.decode(reader.samples()).shape == (128, 496, 128)
    return len(visible)


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_nothing_half_done(tmp_path: Path, start_writer: Start) -> None:
    root, go = tmp_path / "lake", tmp_path / "go"
    go.touch()
    plan = ",".join(f"{name}:{members.start}:{members.stop}" for name, members in SHARDS.items())
    moments = random.Random(0)
    n_visible = []
    for attempt in range(12):
        process = start_writer(root, go, f"run-{attempt}", plan, "mmwave-sim")
        assert process.stdout and process.stdout.readline() == "ready\n"
        enough = n_files(root) + moments.randint(1, 14)
        while n_files(root) < enough and process.poll() is None:
            time.sleep(0.002)  # so the kill lands between two files, however busy the machine is
        process.send_signal(signal.SIGKILL)
        process.wait()
        n_visible.append(check_nothing_is_half_there(root))
    assert len(set(n_visible)) > 3, n_visible
    final = start_writer(root, go, "run-final", plan, "mmwave-sim")
    output, errors = final.communicate(timeout=120)
    assert output == "ready\nmmwave-sim@1\n", errors
    lake = Lake.open(root)
    check_nothing_is_half_there(root)
    assert stored_ids(lake) == Counter(sample_ids(range(128)))
    assert lake.open_version("mmwave-sim@1").sample_ids() == sorted(sample_ids(range(128)))
    assert lake.row("samples", sample_row(5)["sample_id"], ["doppler_time"]) == {
        "doppler_time": sample_row(5)["doppler_time"]
    }
