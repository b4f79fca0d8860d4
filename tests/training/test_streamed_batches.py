"""Batches of a stream through torch's loader, with and without worker processes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data_lake"))

from many_rows import fill, many_ids

from data_lake import Lake, SampleStream, VersionReader
from data_lake.errors import InvalidInput
from training.streaming import StreamedBatches


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> VersionReader:
    lake = Lake.create(tmp_path_factory.mktemp("streamed") / "lake")
    fill(lake, 120, 60, tiny=True)
    lake.publish("many", many_ids(range(120)), "run-1")
    return lake.open_version("many")


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_hands_out_every_sample_once_and_goes_on(reader: VersionReader, workers: int) -> None:
    stream = SampleStream(reader, batch_size=16, shuffle_seed=0)
    loader = DataLoader(
        StreamedBatches(stream),
        batch_size=None,
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
    )
    batches = list(loader)
    assert len(batches) == stream.n_batches(max(workers, 1))
    assert sorted(i for batch in batches for i in batch["sample_id"]) == reader.sample_ids()
    assert batches[0]["doppler_time"].dtype == torch.uint8
    assert batches[0]["doppler_time"].shape[1:] == (496, 128)
    stream.resume(stream.state(3))
    rest = list(loader)
    assert [b["sample_id"] for b in rest] == [b["sample_id"] for b in batches[3:]]
    stream.start(1)
    again = [batch["sample_id"] for batch in loader]
    assert sorted(i for ids in again for i in ids) == reader.sample_ids()
    assert again[0] != batches[0]["sample_id"]


def test_forked_workers_are_refused_before_they_hang(reader: VersionReader) -> None:
    batches = StreamedBatches(SampleStream(reader))
    loader = DataLoader(batches, batch_size=None, num_workers=1, multiprocessing_context="fork")
    with pytest.raises(InvalidInput, match='multiprocessing_context="spawn"'):
        list(loader)


def test_the_documented_loop_works(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "lake.md").read_text()
    block = re.search(r"## Training from a stream.*?```python\n(.*?)```", page, re.DOTALL)
    assert block
    lake = Lake.create(tmp_path / "lake")
    fill(lake, 40, tiny=True)
    lake.publish("mmwave-sim", many_ids(range(40)), "run-1")
    lake.tag("mmwave-sim", "published", "mmwave-sim", "run-1")
    names: dict = {"__name__": "__main__"}  # as a script
    exec(block[1].replace("workspace/lake", str(tmp_path / "lake")), names)
    assert names["batch"]["doppler_time"].shape[1:] == (496, 128) and names["epoch"] == 2
    assert names["done"] == names["stream"].n_batches(2)
