"""Batches of one dataset version for training: shuffled, shared among processes, resumable, in bounded memory.

Order: the row groups of the version are shuffled by seed and epoch, and dealt out to the shares (every worker of
every rank is one), so no sample is in two shares and none is left out. Inside a share the samples pass through a
buffer: each that comes in pushes out a random one. The order follows from the sizes of the row groups alone, so a
stream that goes on in the middle of an epoch computes its place instead of reading what was read before.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import InvalidInput, LakeCorrupt
from .reader import RowGroup, VersionReader
from .rows import some
from .tensor_codec import CODE_DTYPES, MAPS

Batch = dict[str, Any]
"""Column -> list of values; doppler_time, range_time and azimuth_time are arrays of codes, [samples, 496, 128]."""

_TENSOR = "doppler_time"


@dataclass(frozen=True)
class StreamSettings:
    """What is streamed and how; two streams of equal settings give equal batches."""

    version: str
    split: str | None
    columns: tuple[str, ...]
    batch_size: int
    shuffle_seed: int | None
    buffer_samples: int
    rank: int
    n_ranks: int
    even: bool


class SampleStream:
    """An iterable of batches; see `batches` for the share of one worker."""

    def __init__(
        self,
        reader: VersionReader,
        split: str | None = None,
        columns: Sequence[str] = ("sample_id", "n_valid_frames", _TENSOR),
        *,
        batch_size: int = 32,
        shuffle_seed: int | None = None,
        buffer_samples: int = 1024,
        rank: int = 0,
        n_ranks: int = 1,
        even: bool = False,
    ) -> None:
        """Plan a stream; the sizes of the row groups are read, no tensor is.

        Args:
            reader: of the version.
            split: one split, or all.
            columns: only these are read.
            batch_size: samples in a batch; the last one of a share may be smaller.
            shuffle_seed: of the order, together with the epoch; None: the order of the files.
            buffer_samples: how many samples are mixed; each takes 62 KiB with its tensor.
            rank, n_ranks: which of several training processes this is.
            even: every share ends after as many samples as the smallest has, so that ranks that wait for each
                other take equally many steps; up to a row group per share is left out of an epoch.

        Raises:
            InvalidInput: an unknown split or column, or a number out of range.
        """
        if min(batch_size, buffer_samples, n_ranks) < 1 or not 0 <= rank < n_ranks:
            raise InvalidInput(
                f"batch_size {batch_size}, buffer_samples {buffer_samples}, rank {rank} of {n_ranks}: "
                "sizes must be at least 1, and the rank one of 0 ... n_ranks - 1"
            )
        reader.check_columns(columns)
        if not columns:
            raise InvalidInput("no columns to stream; give at least one, such as sample_id")
        self.reader = reader
        self.settings = StreamSettings(
            reader.info.name,
            split,
            tuple(columns),
            batch_size,
            shuffle_seed,
            buffer_samples,
            rank,
            n_ranks,
            even,
        )
        self.epoch = 0
        self._done = 0
        # listed here, once: the workers of a loader get the list and read nothing but their row groups
        self._groups = reader.row_groups(split)
        self._sizes = {group: reader.group_size(group) for group in self._groups}

    def start(self, epoch: int, batches_done: int = 0) -> None:
        """Begin an epoch, or go on in it after so many batches of this rank, counted over its workers."""
        if epoch < 0 or batches_done < 0:
            raise InvalidInput(f"epoch {epoch}, batches_done {batches_done}: both must be at least 0")
        self.epoch, self._done = epoch, batches_done

    def state(self, batches_done: int) -> dict[str, Any]:
        """What to store to go on after so many batches of this epoch: `resume` takes it."""
        return {**vars(self.settings), "columns": list(self.settings.columns),
                "epoch": self.epoch, "batches_done": batches_done}  # fmt: skip

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on where a stream of the same settings was.

        Raises:
            InvalidInput: it had other settings, so its place means nothing here.
        """
        mine = self.state(0)
        differing = [
            name for name in mine if name not in ("epoch", "batches_done") and mine[name] != state.get(name)
        ]
        if differing:
            raise InvalidInput(
                f"the stored place is of a stream with another {some(differing, 9)} "
                f"({some(f'{name} {state.get(name)!r}, here {mine[name]!r}' for name in differing)}); "
                "go on with the settings that it had, or start the epoch again"
            )
        self.start(int(state["epoch"]), int(state["batches_done"]))

    def __iter__(self) -> Iterator[Batch]:
        """All batches of this rank, in one process."""
        return self.batches()

    def n_samples(self, worker: int = 0, n_workers: int = 1) -> int:
        """Return how many samples one worker's share of this epoch has."""
        counts = [sum(self._sizes[g] for g in share) for share in self._shares(n_workers)]
        mine = self.settings.rank * n_workers + worker
        return min(counts) if self.settings.even else counts[mine]

    def n_batches(self, n_workers: int = 1) -> int:
        """Return how many batches this rank has in an epoch, with so many workers."""
        return sum(self._batches_of(worker, n_workers) for worker in range(n_workers))

    def batches(self, worker: int = 0, n_workers: int = 1) -> Iterator[Batch]:
        """Yield the batches of one of this rank's workers; taken in turns they are those of the rank.

        Raises:
            InvalidInput: a sample was made without a map that is asked for.
            LakeCorrupt: a data file is missing or damaged.
        """
        turn, done = self._place_of(n_workers)
        worker = (worker + turn) % n_workers  # a loader begins with its first worker, whoever's turn it was
        mine = self.settings.rank * n_workers + worker
        places = self._places(self._shares(n_workers)[mine], mine)
        size, left = self.settings.batch_size, self.n_samples(worker, n_workers)
        skipped = done[worker] * size
        held = _Held(self.reader, self.settings.columns)
        batch: list[tuple] = []
        for number, (group, row) in enumerate(places):
            if number >= left:
                break
            if number < skipped:
                held.pass_over(group, row)
                continue
            batch.append(held.take(group, row))
            if len(batch) == size or number == left - 1:
                yield self._batch(batch)
                batch = []

    def _shares(self, n_workers: int) -> list[list[RowGroup]]:
        groups = list(self._groups)
        if self.settings.shuffle_seed is not None:
            random.Random(f"{self.settings.shuffle_seed}:{self.epoch}").shuffle(groups)
        n_shares = self.settings.n_ranks * n_workers
        return [groups[share::n_shares] for share in range(n_shares)]

    def _places(self, groups: Sequence[RowGroup], share: int) -> Iterator[tuple[RowGroup, int]]:
        """The order of one share: which row of which group comes next."""
        incoming = ((group, row) for group in groups for row in range(self._sizes[group]))
        if self.settings.shuffle_seed is None:
            yield from incoming
            return
        draw = random.Random(f"{self.settings.shuffle_seed}:{self.epoch}:{share}")
        buffer: list[tuple[RowGroup, int]] = []
        for place in incoming:
            if len(buffer) < self.settings.buffer_samples:
                buffer.append(place)
            else:
                slot = int(draw.random() * len(buffer))
                buffer[slot], out = place, buffer[slot]
                yield out
        draw.shuffle(buffer)
        yield from buffer

    def _batches_of(self, worker: int, n_workers: int) -> int:
        return -(-self.n_samples(worker, n_workers) // self.settings.batch_size)

    def _place_of(self, n_workers: int) -> tuple[int, list[int]]:
        """Whose turn it is after `_done` batches of the rank, and how many of them each worker gave."""
        totals = [self._batches_of(worker, n_workers) for worker in range(n_workers)]
        done, turn = [0] * n_workers, 0
        for _ in range(min(self._done, sum(totals))):
            while done[turn] == totals[turn]:  # this one has run dry
                turn = (turn + 1) % n_workers
            done[turn] += 1
            turn = (turn + 1) % n_workers
        return turn, done

    def _batch(self, rows: Sequence[tuple]) -> Batch:
        columns: Batch = dict(zip(self.settings.columns, map(list, zip(*rows, strict=True)), strict=True))
        for name in MAPS:
            if name in columns:
                columns[name] = self._codes(name, columns[name])
        return columns

    def _codes(self, name: str, values: Sequence[bytes | None]) -> np.ndarray:
        codec = self.reader.info.codec
        shape = tuple(int(n) for n in codec["shape"])  # type: ignore[attr-defined]
        codes = np.empty((len(values), *shape), CODE_DTYPES[str(codec["dtype"])])
        for index, value in enumerate(values):
            if value is None:
                raise InvalidInput(
                    f"some samples of {self.reader.info.name} have no {name}: they were not made with it (--set "
                    "simulation.all_views=true makes range_time, and azimuth_time where the radar can tell azimuths)"
                )
            if len(value) != codes[index].nbytes:
                raise LakeCorrupt(
                    f"a tensor of {self.reader.info.name} has {len(value)} bytes, not {codes[index].nbytes}; "
                    "`mmflywheel lake check` names it"
                )
            codes[index] = np.frombuffer(value, codes.dtype).reshape(shape)
        return codes


class _Held:
    """Rows that were read and not handed out yet: a group is read when its first row is due."""

    def __init__(self, reader: VersionReader, columns: Sequence[str]) -> None:
        self._reader, self._columns = reader, columns
        self._rows: dict[RowGroup, dict[int, tuple]] = {}
        self._passed: dict[RowGroup, set[int]] = {}

    def pass_over(self, group: RowGroup, row: int) -> None:
        """Note a row that was handed out before the stream went on."""
        self._passed.setdefault(group, set()).add(row)

    def take(self, group: RowGroup, row: int) -> tuple:
        """Hand out a row; nothing keeps it afterwards."""
        rows = self._rows.get(group)
        if rows is None:
            read = self._reader.read_row_group(group, self._columns)
            values = zip(*(column.to_pylist() for column in read.columns), strict=True)
            passed = self._passed.pop(group, set())
            rows = self._rows[group] = {n: one for n, one in enumerate(values) if n not in passed}
        one = rows.pop(row)
        if not rows:
            del self._rows[group]
        return one
