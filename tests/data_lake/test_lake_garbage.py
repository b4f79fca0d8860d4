"""Garbage goes, everything that somebody may read stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from lake_rows import sample_ids, store

from data_lake.check import check_lake
from data_lake.errors import InvalidInput, LakeError
from data_lake.lake import Lake


def data_files(lake: Lake) -> set[str]:
    return {str(path.relative_to(lake.root)) for path in Path(lake.root).rglob("*.parquet")}


def readable(lake: Lake) -> dict[str, list]:
    return {v.name: lake.open_version(v.name).samples().to_pylist() for v in lake.versions()}


@pytest.fixture
def used(lake: Lake) -> Lake:
    """Two versions with a compaction before each, small files from before them, and an orphan."""
    for first in range(0, 24, 4):
        store(lake, range(first, first + 4), f"shard-{first}")
    lake.publish("mmwave-sim", sample_ids(range(0, 24, 2)), "run-1")
    for first in range(24, 36, 4):
        store(lake, range(first, first + 4), f"shard-{first}")
    lake.publish("mmwave-sim", sample_ids(range(36)), "run-1")
    orphan = Path(lake.root) / "samples" / "split=train" / "part-00000-of-a-killed-writer.parquet"
    orphan.write_bytes(b"PAR1")
    return lake


def test_a_dry_run_counts_and_removes_nothing(used: Lake) -> None:
    before = data_files(used)
    found = used.collect_garbage(age_hours=0)
    assert data_files(used) == before
    by_table = {one.table: one for one in found}
    assert {"samples", "motions", "scripts"} <= set(by_table)
    assert by_table["samples"].n_bytes > 10_000 and len(by_table["samples"].kept_versions) == 2


def test_what_a_version_or_the_newest_state_reads_stays(used: Lake) -> None:
    before, files = readable(used), data_files(used)
    found = used.collect_garbage(age_hours=0, dry_run=False)
    gone = files - data_files(used)
    assert len(gone) == sum(one.n_files for one in found) > 10
    assert any("killed-writer" in file for file in gone)
    for lake in (used, Lake.open(used.root)):
        assert readable(lake) == before
        assert lake.read("samples").num_rows == 36
    assert check_lake(used.root, deep=True).sound
    assert used.collect_garbage(age_hours=0) == []
    assert store(used, range(30, 40), "shard-x") == 4
    assert used.publish("mmwave-sim", sample_ids(range(40)), "run-1").n_samples == 40
    assert used.row("samples", sample_ids([1])[0], ["view"]) == {"view": "B"}


def test_young_files_stay(used: Lake) -> None:
    assert used.collect_garbage() == []
    with pytest.raises(InvalidInput, match="0 or more"):
        used.collect_garbage(age_hours=-1)


def test_an_index_that_names_removed_files_only_goes_too(used: Lake) -> None:
    used.collect_garbage(age_hours=0, dry_run=False)
    table = used.table("samples")
    files = data_files(used)
    for folder in (Path(used.root) / "samples" / "_keys").iterdir():
        for run in folder.glob("*.run"):
            named = run.read_bytes()
            assert any(Path(file).name.encode() in named for file in files), run
    assert table.damaged_index() == []


def test_nothing_goes_while_a_checkpoint_is_of_an_unknown_version(used: Lake) -> None:
    row = {
        "checkpoint_id": "checkpoint-1",
        "kind": "encoder",
        "dataset_version": "mmwave-sim@7",
        "config_hash": "config",
        "path": "models/encoder",
        "metrics": "{}",
    }
    used.append("checkpoints", [row], "checkpoint-1", "run-1")
    before = data_files(used)
    with pytest.raises(LakeError, match=r"checkpoint-1 \(mmwave-sim@7\).*nothing is removed"):
        used.collect_garbage(age_hours=0, dry_run=False)
    assert data_files(used) == before


def test_a_clock_that_went_back_removes_nothing_younger(used: Lake) -> None:
    future = time.time() + 10 * 86_400
    for path in Path(used.root).rglob("*.parquet"):
        os.utime(path, (future, future))
    before = readable(used)
    used.collect_garbage(age_hours=24, dry_run=False)
    assert readable(used) == before


def test_compaction_is_told_and_keeps_every_row(lake: Lake) -> None:
    for first in range(0, 24, 4):
        store(lake, range(first, first + 4), f"shard-{first}")
    before = lake.read("samples").sort_by("sample_id")
    changed = lake.compact()
    assert changed["scripts"] == (6, 1) and changed["samples"][1] <= 3
    assert lake.read("samples").sort_by("sample_id").equals(before)
    assert lake.compact() == {}
