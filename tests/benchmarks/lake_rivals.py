"""Other ways to keep samples, for the benchmark: one .npy a sample, plain Parquet, Hugging Face datasets.

Each stores the same rows (codes as bytes, texts, numbers), gives one back by its id, and hands out batches.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from data_lake.rows import rows_to_table
from data_lake.schemas import SAMPLES

SHAPE = (496, 128)
START = "spawn"
"""How every loader starts its workers: the lake refuses forked ones, so none of the others is forked either."""
BATCH = 64


class Rival(Protocol):
    """A way to keep samples."""

    name: str

    def write(self, rows: list[dict], shard: int) -> None:
        """Store a shard."""

    def finish(self) -> None:
        """Make what was written readable."""

    def find(self, identity: str) -> np.ndarray:
        """Return the codes of one sample."""

    def loader(self, workers: int) -> DataLoader:
        """Shuffled batches of codes."""


def stored(rows: list[dict]) -> pa.Table:
    """The rows as the lake would store them."""
    return rows_to_table(SAMPLES, rows, "run-1")


def codes_of(values: Sequence[bytes]) -> np.ndarray:
    """Codes of a batch [n, 496, 128]."""
    return np.stack([np.frombuffer(value, np.uint8).reshape(SHAPE) for value in values])


def as_it_is(batch: Any) -> Any:
    """What a loader does with a batch that is one already; a function of the module, since a lambda cannot be sent."""
    return batch


class NpyFiles(Dataset):
    """One .npy and one .json a sample, found by name."""

    name = "one .npy a sample"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ids: list[str] = []

    def write(self, rows: list[dict], shard: int) -> None:
        for row in rows:
            np.save(
                self.root / f"{row['sample_id']}.npy",
                np.frombuffer(row["doppler_time"], np.uint8).reshape(SHAPE),
            )
            rest = {name: value for name, value in row.items() if name != "doppler_time"}
            (self.root / f"{row['sample_id']}.json").write_text(json.dumps(rest))
            self.ids.append(row["sample_id"])

    def finish(self) -> None:
        pass

    def find(self, identity: str) -> np.ndarray:
        return np.load(self.root / f"{identity}.npy")

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> np.ndarray:
        return np.load(self.root / f"{self.ids[index]}.npy")

    def loader(self, workers: int) -> DataLoader:
        return DataLoader(
            self, batch_size=BATCH, shuffle=True, num_workers=workers, collate_fn=np.stack,
            multiprocessing_context=START,
        )  # fmt: skip


class PlainParquet(IterableDataset):
    """A Parquet file a shard, row groups of 16, no log and no index."""

    name = "plain Parquet"

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, rows: list[dict], shard: int) -> None:
        pq.write_table(
            stored(rows), self.root / f"{shard:05d}.parquet", row_group_size=16, compression="zstd",
            compression_level=1, use_dictionary=False, write_statistics=["sample_id"],
        )  # fmt: skip

    def finish(self) -> None:
        pass

    def find(self, identity: str) -> np.ndarray:
        found = pads.dataset(self.root).to_table(["doppler_time"], filter=pc.field("sample_id") == identity)
        return codes_of(found["doppler_time"].to_pylist())[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        info = get_worker_info()
        share, n_shares = (info.id, info.num_workers) if info else (0, 1)
        groups = [
            (path, group)
            for path in sorted(self.root.glob("*.parquet"))
            for group in range(pq.ParquetFile(path).num_row_groups)
        ]
        np.random.default_rng(0).shuffle(groups)
        for path, group in groups[share::n_shares]:
            rows = pq.ParquetFile(path).read_row_group(int(group), ["doppler_time"], use_threads=False)
            yield codes_of(rows["doppler_time"].to_pylist())

    def loader(self, workers: int) -> DataLoader:
        return DataLoader(self, batch_size=None, num_workers=workers, multiprocessing_context=START)


class HuggingFace(Dataset):
    """Arrow files of the `datasets` library, memory-mapped; random access by number."""

    name = "HF datasets"

    def __init__(self, root: Path) -> None:
        import datasets

        datasets.disable_progress_bars()
        self.root = root
        self.shards: list[Any] = []
        self.data: Any = None

    @staticmethod
    def installed() -> bool:
        return importlib.util.find_spec("datasets") is not None

    def write(self, rows: list[dict], shard: int) -> None:
        import datasets

        folder = self.root / f"{shard:05d}"
        datasets.Dataset(stored(rows)).save_to_disk(str(folder))
        self.shards.append(folder)

    def finish(self) -> None:
        import datasets

        self.data = datasets.concatenate_datasets([datasets.load_from_disk(str(f)) for f in self.shards])
        self.data = self.data.select_columns(["sample_id", "doppler_time"])
        self.by_id = {identity: n for n, identity in enumerate(self.data["sample_id"])}

    def find(self, identity: str) -> np.ndarray:
        return codes_of([self.data[self.by_id[identity]]["doppler_time"]])[0]

    def __len__(self) -> int:
        return len(self.data)

    def __getitems__(self, indices: list[int]) -> np.ndarray:
        return codes_of(self.data[indices]["doppler_time"])

    def loader(self, workers: int) -> DataLoader:
        return DataLoader(
            self, batch_size=BATCH, shuffle=True, num_workers=workers, collate_fn=as_it_is,
            multiprocessing_context=START,
        )  # fmt: skip
