"""A damaged lake says what is damaged, and never passes for an empty one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lake_rows import sample_ids, store

from data_lake.errors import LakeCorrupt
from data_lake.lake import Lake


@pytest.fixture
def filled(lake: Lake) -> Lake:
    store(lake, range(12), "shard-0")
    lake.publish("mmwave-sim", sample_ids(range(12)), "run-1")
    return lake


def data_files(lake: Lake, table: str) -> list[Path]:
    return sorted((Path(lake.root) / table).rglob("*.parquet"))


def log_files(lake: Lake, table: str) -> list[Path]:
    return sorted((Path(lake.root) / table / "_delta_log").glob("*.json"))


def test_a_missing_data_file(filled: Lake) -> None:
    for path in data_files(filled, "samples"):
        path.unlink()
    reader = Lake.open(filled.root).open_version("mmwave-sim")
    for read in (reader.samples, lambda: list(reader.iter_samples()), lambda: filled.read("samples")):
        with pytest.raises(LakeCorrupt, match=r"samples.*missing or damaged"):
            read()


def test_a_cut_data_file(filled: Lake) -> None:
    for path in data_files(filled, "motions"):
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(LakeCorrupt, match=r"motions.*missing or damaged"):
        Lake.open(filled.root).lineage(sample_ids([0])[0])


def test_a_damaged_commit(filled: Lake) -> None:
    log_files(filled, "samples")[1].write_text('{"add": {')
    with pytest.raises(LakeCorrupt, match=r"0{19}1\.json is cut or damaged.*restore the file"):
        Lake.open(filled.root).ids("samples")


def test_a_missing_commit(filled: Lake) -> None:
    store(filled, range(12, 14), "shard-1")
    log_files(filled, "samples")[1].unlink()
    told = r"log of table .*samples.* commit 1 is gone \(_delta_log/0{19}1\.json\).*restore the file"
    with pytest.raises(LakeCorrupt, match=told):
        store(Lake.open(filled.root), range(14, 16), "shard-2")


def test_a_table_set_back_behind_a_published_version(filled: Lake) -> None:
    log_files(filled, "samples")[-1].unlink()
    reader = Lake.open(filled.root).open_version("mmwave-sim")
    for read in (reader.samples, reader.row_groups):
        with pytest.raises(LakeCorrupt, match="which is gone"):
            read()


def test_a_missing_table(filled: Lake) -> None:
    shutil.rmtree(Path(filled.root) / "versions")
    with pytest.raises(LakeCorrupt, match="lacks the tables versions"):
        Lake.open(filled.root)


def test_data_without_a_log_is_never_taken_for_an_empty_table(filled: Lake) -> None:
    shutil.rmtree(Path(filled.root) / "samples" / "_delta_log")
    with pytest.raises(LakeCorrupt, match="no Delta log"):
        Lake.create(filled.root)


def test_membership_that_was_cut_short(filled: Lake) -> None:
    for path in data_files(filled, "version_samples"):
        path.unlink()
    with pytest.raises(LakeCorrupt, match="version_samples"):
        Lake.open(filled.root).open_version("mmwave-sim")
