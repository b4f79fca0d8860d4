"""Streams of a version: every sample once, shares without overlap, resumable, well mixed, in bounded memory."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many_rows import fill, many_ids, many_samples

from data_lake import stream as stream_module
from data_lake.errors import InvalidInput, LakeCorrupt
from data_lake.lake import Lake
from data_lake.reader import VersionReader
from data_lake.splits import SPLITS
from data_lake.stream import Batch, SampleStream
from data_lake.tensor_codec import codes_of

N = 300
LIGHT = ("sample_id",)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> VersionReader:
    """300 tiny samples in shards of 40; every third is not of the version."""
    lake = Lake.create(tmp_path_factory.mktemp("stream") / "lake")
    fill(lake, N, 40, tiny=True)
    lake.publish("many", [one for index, one in enumerate(many_ids(range(N))) if index % 3], "run-1")
    return lake.open_version("many")


def ids_of(batches: list[Batch] | SampleStream) -> list[str]:
    return [identity for batch in batches for identity in batch["sample_id"]]


@pytest.mark.parametrize("seed", [None, 7])
@pytest.mark.parametrize("split", [None, *SPLITS])
def test_every_sample_of_the_split_comes_once(
    reader: VersionReader, split: str | None, seed: int | None
) -> None:
    stream = SampleStream(reader, split, LIGHT, batch_size=16, shuffle_seed=seed)
    batches = list(stream)
    assert sorted(ids_of(batches)) == reader.sample_ids(split)
    assert [len(batch["sample_id"]) for batch in batches[:-1]] == [16] * (len(batches) - 1)
    assert len(batches) == stream.n_batches()


@settings(max_examples=25, deadline=None)
@given(
    n_ranks=st.integers(1, 4),
    n_workers=st.integers(1, 3),
    batch_size=st.integers(1, 50),
    buffer_samples=st.integers(1, 400),
    seed=st.one_of(st.none(), st.integers(0, 5)),
    epoch=st.integers(0, 3),
)
def test_shares_do_not_overlap_and_leave_nothing_out(
    reader: VersionReader, n_ranks: int, n_workers: int, batch_size: int, buffer_samples: int,
    seed: int | None, epoch: int,
) -> None:  # fmt: skip
    found: list[str] = []
    for rank in range(n_ranks):
        stream = SampleStream(
            reader, None, LIGHT, batch_size=batch_size, shuffle_seed=seed, buffer_samples=buffer_samples,
            rank=rank, n_ranks=n_ranks,
        )  # fmt: skip
        stream.start(epoch)
        shares = [list(stream.batches(worker, n_workers)) for worker in range(n_workers)]
        assert sum(map(len, shares)) == stream.n_batches(n_workers)
        for worker, share in enumerate(shares):
            assert len(ids_of(share)) == stream.n_samples(worker, n_workers)
            found += ids_of(share)
    assert sorted(found) == reader.sample_ids()


def taken_in_turns(stream: SampleStream, n_workers: int) -> list[list[str]]:
    """The batches as a loader with workers hands them out."""
    shares = [list(stream.batches(worker, n_workers)) for worker in range(n_workers)]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*shares))
    return [batch["sample_id"] for batch in turns if batch is not None]


@pytest.mark.parametrize(("n_workers", "seed"), [(1, None), (1, 3), (2, 3), (3, 3)])
def test_a_stream_goes_on_in_the_middle_of_an_epoch(
    reader: VersionReader, n_workers: int, seed: int | None
) -> None:
    def made() -> SampleStream:
        return SampleStream(
            reader, "train", LIGHT, batch_size=9, shuffle_seed=seed, buffer_samples=40, rank=1, n_ranks=2
        )

    whole = made()
    whole.start(epoch=2)
    expected = taken_in_turns(whole, n_workers)
    for n_done in (0, 1, 2, 5, len(expected) - 1, len(expected)):
        stream = made()
        stream.resume({**whole.state(n_done)})
        assert taken_in_turns(stream, n_workers) == expected[n_done:]


def test_going_on_reads_no_more_than_what_is_left(
    reader: VersionReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = SampleStream(reader, None, LIGHT, batch_size=10, shuffle_seed=1, buffer_samples=16)
    n_batches = stream.n_batches()
    read: list[object] = []
    original = reader.read_row_group
    monkeypatch.setattr(
        reader, "read_row_group", lambda group, columns: read.append(group) or original(group, columns)
    )
    stream.start(0, n_batches - 2)
    assert len(ids_of(stream)) <= 20
    assert len(read) < len(reader.row_groups()) / 2


def test_a_place_in_another_stream_is_refused(reader: VersionReader) -> None:
    place = SampleStream(reader, "train", LIGHT, batch_size=8, shuffle_seed=1).state(3)
    other = SampleStream(reader, "train", LIGHT, batch_size=16, shuffle_seed=2)
    with pytest.raises(InvalidInput, match=r"another batch_size, shuffle_seed \(batch_size 8, here 16"):
        other.resume(place)
    with pytest.raises(InvalidInput, match="rank one of"):
        SampleStream(reader, rank=2, n_ranks=2)
    with pytest.raises(InvalidInput, match="no column colour"):
        SampleStream(reader, columns=["colour"])
    with pytest.raises(InvalidInput, match="at least one"):
        SampleStream(reader, columns=[])
    with pytest.raises(InvalidInput, match="split 'dev'"):
        SampleStream(reader, "dev")
    with pytest.raises(InvalidInput, match="at least 0"):
        other.start(-1)


def test_epochs_and_seeds_give_other_orders_and_equal_ones_the_same(reader: VersionReader) -> None:
    def order(seed: int, epoch: int) -> tuple[str, ...]:
        stream = SampleStream(reader, None, LIGHT, shuffle_seed=seed)
        stream.start(epoch)
        return tuple(ids_of(stream))

    orders = {(seed, epoch): order(seed, epoch) for seed in range(2) for epoch in range(2)}
    assert len(set(orders.values())) == 4
    assert order(1, 1) == orders[1, 1]


def test_even_shares_have_equally_many_steps(reader: VersionReader) -> None:
    streams = [
        SampleStream(reader, None, LIGHT, batch_size=7, shuffle_seed=0, rank=rank, n_ranks=3, even=True)
        for rank in range(3)
    ]
    found = [ids_of(stream) for stream in streams]
    assert len({len(ids) for ids in found}) == 1 and len({stream.n_batches() for stream in streams}) == 1
    everything = [identity for ids in found for identity in ids]
    assert len(set(everything)) == len(everything) > len(reader.sample_ids()) - 3 * 16


def test_tensors_come_as_they_were_stored_and_only_asked_columns_are_read(reader: VersionReader) -> None:
    stream = SampleStream(reader, "val", ("doppler_time", "sample_id", "captions"), shuffle_seed=0)
    rows = {row["sample_id"]: row for row in many_samples(range(N), tiny=True)}
    for batch in stream:
        assert list(batch) == ["doppler_time", "sample_id", "captions"]
        assert batch["doppler_time"].shape == (len(batch["sample_id"]), 496, 128)
        assert batch["doppler_time"].dtype == np.uint8
        for codes, identity, captions in zip(*batch.values(), strict=True):
            np.testing.assert_array_equal(codes, codes_of(rows[identity]))
            assert captions == rows[identity]["captions"]


def test_neighbours_in_storage_are_rarely_neighbours_in_the_stream(reader: VersionReader) -> None:
    def torn(stream: SampleStream) -> float:
        """Share of successive pairs that come from one row group."""
        group_of = {
            identity: group
            for group in reader.row_groups()
            for identity in reader.read_row_group(group, LIGHT)["sample_id"].to_pylist()
        }
        groups = [group_of[identity] for identity in ids_of(stream)]
        return float(np.mean([a == b for a, b in itertools.pairwise(groups)]))

    assert torn(SampleStream(reader, None, LIGHT)) > 0.8
    assert torn(SampleStream(reader, None, LIGHT, shuffle_seed=0, buffer_samples=160)) < 0.15


def test_memory_is_bounded_by_the_buffer(reader: VersionReader, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[stream_module._Held] = []
    original = stream_module._Held
    monkeypatch.setattr(stream_module, "_Held", lambda *given: held.append(original(*given)) or held[-1])
    most = 0
    for _ in SampleStream(reader, None, LIGHT, batch_size=1, shuffle_seed=0, buffer_samples=48):
        most = max(most, sum(map(len, held[0]._rows.values())))
    assert 16 < most <= 48 + 16
    assert held[0]._rows == {}


def test_a_stream_goes_to_another_process(reader: VersionReader) -> None:
    stream = SampleStream(reader, "train", LIGHT, shuffle_seed=4)
    stream.start(3, 1)
    assert ids_of(pickle.loads(pickle.dumps(stream))) == ids_of(stream)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    fill(lake, 40, tiny=True)
    lake.publish("many", many_ids(range(40)), "run-1")
    stream = SampleStream(lake.open_version("many"))
    for path in (tmp_path / "lake" / "samples").rglob("*.parquet"):
        path.write_bytes(b"PAR1" + path.read_bytes()[4:200])
    with pytest.raises(LakeCorrupt, match=r"samples.*missing or damaged"):
        list(stream)
