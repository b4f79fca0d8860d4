"""A dataset version as torch batches, read while training runs instead of before it.

    stream = SampleStream(reader, "train", batch_size=64, shuffle_seed=0, rank=rank, n_ranks=world)
    loader = DataLoader(StreamedBatches(stream), batch_size=None, num_workers=2, multiprocessing_context="spawn")
    for epoch in range(epochs):
        stream.start(epoch)
        for batch in loader: ...

The stream forms the batches, so the loader must not (`batch_size=None`). Every worker reads its own row groups.
Workers must be fresh interpreters: a fork copies the locks of Arrow's and the lake's threads but not the threads, and
then waits for them for ever, sometimes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from data_lake import SampleStream
from data_lake.errors import InvalidInput


class StreamedBatches(IterableDataset):
    """The batches of a stream: codes as a uint8 tensor [samples, 496, 128], the other columns as lists."""

    def __init__(self, stream: SampleStream) -> None:
        """Wrap a stream; its `start` and `resume` decide where the next pass over this data set begins."""
        super().__init__()
        self.stream = stream
        self._process = os.getpid()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Arrive in another process by being sent there, which a fork does not do."""
        self.__dict__.update(state, _process=os.getpid())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The share of this worker, or all of the rank's where the loader has no workers.

        Raises:
            InvalidInput: the workers of the loader were forked.
        """
        info = get_worker_info()
        if os.getpid() != self._process:
            raise InvalidInput(
                "the loader forked its workers, and a forked worker may wait for ever for threads of Arrow that it "
                'does not have; give the DataLoader multiprocessing_context="spawn"'
            )
        worker, n_workers = (0, 1) if info is None else (info.id, info.num_workers)
        for batch in self.stream.batches(worker, n_workers):
            for name, values in batch.items():
                if isinstance(values, np.ndarray):  # maps
                    batch[name] = torch.from_numpy(values)
            yield batch
