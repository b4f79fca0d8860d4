"""No space, no rights, a clock that went back, many writers: clear errors, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lake_rows import run_row
from lake_worker import (
    append_many,
    append_shard,
    append_with_little_space,
    publish_with_little_space,
    shard_ids,
    start,
    told,
    use_without_rights,
)

from data_lake.check import check_lake
from data_lake.errors import LakeError
from data_lake.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Two shards, the first of them published."""
    lake = Lake.create(tmp_path / "lake")
    for shard in range(2):
        append_shard(lake, shard)
    lake.publish("many", shard_ids(0), "run-1")
    return lake


def nothing_is_lost(lake: Lake, shards: int = 2) -> None:
    again = Lake.open(lake.root)
    stored = Counter(again.read("samples", columns=["sample_id"])["sample_id"].to_pylist())
    assert stored == Counter(one for shard in range(shards) for one in shard_ids(shard))
    assert check_lake(lake.root, deep=True).sound
    assert again.open_version("many@1").info.n_samples == 12


@pytest.mark.parametrize("most_bytes", [0, 2_000, 9_000])
def test_an_append_that_runs_out_of_space_leaves_no_trace(lake: Lake, most_bytes: int) -> None:
    process, pipe = start(append_with_little_space, lake.root, 2, most_bytes)
    said = told(pipe)
    process.join()
    assert process.exitcode == 0 and [kind for kind, _ in said] == ["LakeError"], said
    assert "cannot be written: a file would grow beyond what this user may write" in said[0][1]
    nothing_is_lost(lake)
    append_shard(Lake.open(lake.root), 2)
    nothing_is_lost(lake, 3)


@pytest.mark.parametrize("most_bytes", [0, 2_000])
def test_a_publication_that_runs_out_of_space_makes_no_version(lake: Lake, most_bytes: int) -> None:
    process, pipe = start(publish_with_little_space, lake.root, 2, most_bytes)
    said = told(pipe)
    process.join()
    assert process.exitcode == 0 and [kind for kind, _ in said] == ["LakeError"], said
    assert [version.name for version in Lake.open(lake.root).versions()] == ["many@1"]
    nothing_is_lost(lake)
    ids = shard_ids(0) + shard_ids(1)
    assert Lake.open(lake.root).publish("many", ids, "run-1").name == "many@2"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs rights that this user does not have")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_fills_up_loses_nothing_that_was_stored(
    small_disk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lake = Lake.create(small_disk / "lake")
    stored = []
    with pytest.raises(LakeError, match=r"cannot be written: the disk is full: .* free.*gc --remove"):
        for shard in range(200):
            append_shard(lake, shard)
            stored.append(shard)
    assert stored and "panicked" not in capfd.readouterr().err
    again = Lake.open(lake.root)
    ids = set(again.read("samples", columns=["sample_id"])["sample_id"].to_pylist())
    assert ids == {one for shard in stored for one in shard_ids(shard)}
    assert check_lake(lake.root, deep=True).sound
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    append_shard(lake, len(stored))
    assert again.known("samples", shard_ids(len(stored))) == set(shard_ids(len(stored)))


def test_garbage_can_be_removed_from_a_full_disk(small_disk: Path, capfd: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["mount", "-o", "remount,size=2m", str(small_disk)], check=True)
    lake = Lake.create(small_disk / "lake")
    for shard in range(4):
        append_shard(lake, shard)
    lake.compact()
    with suppress(OSError), open(small_disk / "fill", "wb", buffering=0) as fill:
        while fill.write(bytes(2048)):
            pass
    with pytest.raises(LakeError, match="the disk is full"):
        append_shard(lake, 4)
    counted = lake.collect_garbage(0)
    assert {one.table for one in counted} >= {"samples"}
    assert lake.collect_garbage(0, dry_run=False) == counted
    assert lake.collect_garbage(0) == [] and "panicked" not in capfd.readouterr().err
    append_shard(lake, 4)
    assert check_lake(lake.root, deep=True).sound
    assert len(lake.ids("samples")) == sum(len(shard_ids(shard)) for shard in range(5))


def test_who_may_only_read_reads_all_and_is_told_when_he_writes(
    lake: Lake, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(Path(lake.root) / "scenarios")  # as in a lake of an earlier release
    place = Path(tempfile.mkdtemp(prefix="lake-"))
    try:
        shutil.copytree(lake.root, place / "lake")
        for path in [place, *place.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        process, pipe = start(use_without_rights, str(place / "lake"), 2)
        said = told(pipe)
        process.join()
        assert said[:4] == [24, {"view": "A"}, 0, 12], said
        assert [kind for kind, _ in said[4:]] == ["LakeError", "LakeError"], said
        assert all("may not write to" in text and "can be read only" in text for _, text in said[4:]), said
        assert "panicked" not in capfd.readouterr().err
    finally:
        for path in [place, *place.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(place)


@pytest.fixture
def read_only_mount(lake: Lake) -> Iterator[str]:
    """The lake on a file system that is mounted read-only, as it seems also to root."""
    mount = ["mount", "--bind", lake.root, lake.root]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs rights that this user does not have")
    subprocess.run(["mount", "-o", "remount,ro,bind", lake.root], check=True)
    yield lake.root
    subprocess.run(["umount", "--lazy", lake.root], check=True)


def test_a_read_only_file_system_is_named_as_such(
    read_only_mount: str, capfd: pytest.CaptureFixture[str]
) -> None:
    lake = Lake.open(read_only_mount)
    assert lake.row("samples", shard_ids(0)[0], ["view"]) == {"view": "A"}
    for write in (
        lambda: append_shard(lake, 2),
        lambda: lake.publish("many", shard_ids(0) + shard_ids(1), "run-1"),
        lake.compact,
        lambda: lake.collect_garbage(0, dry_run=False),
        lambda: lake.start_run(run_row("run-2")),
    ):
        with pytest.raises(LakeError, match="mounted read-only"):
            write()
    assert "panicked" not in capfd.readouterr().err


def test_a_clock_that_went_back_changes_nothing(lake: Lake) -> None:
    future = time.time() + 40 * 86_400  # as all files look once the clock is 40 days behind them
    for path in Path(lake.root).rglob("*"):
        os.utime(path, (future, future))
    later = Lake.open(lake.root)
    append_shard(later, 2)
    assert later.publish("many", shard_ids(0) + shard_ids(2), "run-1").name == "many@2"
    later.compact()
    later.collect_garbage(age_hours=24, dry_run=False)
    nothing_is_lost(lake, 3)
    assert later.open_version("many").info.n_samples == 24


def test_four_processes_store_the_same_and_different_shards_once(lake: Lake) -> None:
    plans = [[2, 3, 10 + k, 4, 20 + k, 5] for k in range(4)]
    started = [start(append_many, lake.root, plan) for plan in plans]
    assert [told(pipe) for _, pipe in started] == plans
    for process, _ in started:
        process.join()
    stored = Counter(Lake.open(lake.root).read("samples", columns=["sample_id"])["sample_id"].to_pylist())
    shards = [0, 1, *sorted({shard for plan in plans for shard in plan})]
    assert stored == Counter(one for shard in shards for one in shard_ids(shard))
    assert check_lake(lake.root).sound
