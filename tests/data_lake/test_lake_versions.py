from __future__ import annotations

import pickle

import numpy as np
import pytest
from lake_rows import motion_row, noise_amplitude, sample_ids, sample_row, script_row, store

from data_lake.errors import InvalidInput, NotInLake
from data_lake.lake import Lake
from data_lake.splits import SPLIT_RULE, SPLITS, split_of
from data_lake.tensor_codec import TensorCodec, decode_row, encode_db


@pytest.fixture
def published(lake: Lake) -> Lake:
    """48 samples, of which the even half is mmwave-sim@1."""
    for first in range(0, 48, 12):
        store(lake, range(first, first + 12), f"shard-{first}")
    lake.publish("mmwave-sim", EVEN, "run-1", {"scale": "smoke"}, "abc", "env-0")
    return lake


EVEN = sample_ids(range(0, 48, 2))


def test_a_version_says_what_it_is(published: Lake) -> None:
    version = published.versions()[0]
    assert (version.name, version.dataset, version.number) == ("mmwave-sim@1", "mmwave-sim", 1)
    assert (version.n_samples, version.n_motions, version.parent_version) == (24, 24, None)
    assert version.counts["view"] == {"A": 24} and sum(version.counts["split"].values()) == 24
    assert version.codec == {"db_offset": -140, "db_step": 0.4, "dtype": "uint8", "shape": [496, 128]}
    assert version.split_rule == SPLIT_RULE
    assert version.parameters == {"scale": "smoke"}
    assert (version.code_commit, version.environment_hash, version.run_id) == ("abc", "env-0", "run-1")
    assert set(version.tables) == {"scripts", "motions", "samples", "version_samples"}


def test_the_same_content_is_published_once(published: Lake) -> None:
    version = published.versions()[0]
    again = published.publish("mmwave-sim", [*reversed(EVEN), EVEN[0]], "run-2")
    assert again == version and again.reused and again.run_id == "run-1"
    second = published.publish("mmwave-sim", sample_ids(range(20)), "run-2")
    assert (second.name, second.parent_version, second.reused) == ("mmwave-sim@2", "mmwave-sim@1", False)
    assert published.publish("mmwave-sim", EVEN, "run-3").name == "mmwave-sim@1"
    other = published.publish("elsewhere", EVEN, "run-3")
    assert other.name == "elsewhere@1" and other.content_hash == version.content_hash
    assert [v.name for v in published.versions("mmwave-sim")] == ["mmwave-sim@1", "mmwave-sim@2"]
    assert published.read("version_samples").num_rows == 24 + 20


def test_a_version_is_opened_by_name_and_number(published: Lake) -> None:
    published.publish("mmwave-sim", sample_ids(range(20)), "run-2")
    assert published.open_version("mmwave-sim").info.number == 2
    assert published.open_version("mmwave-sim@1").info.number == 1
    with pytest.raises(NotInLake, match=r"published: mmwave-sim@1, mmwave-sim@2"):
        published.open_version("mmwave-sim@3")
    with pytest.raises(NotInLake, match="published: mmwave-sim@1"):
        published.open_version("mmwave")
    with pytest.raises(InvalidInput, match="dataset@number"):
        published.open_version("mmwave-sim@latest")


@pytest.mark.parametrize("name", ["", "Sim", "a_b", "a@1", "-a", "a-", "a--b", "a.b", "a/b", "../a"])
def test_names_that_pages_and_file_systems_refuse(lake: Lake, name: str) -> None:
    with pytest.raises(InvalidInput, match="dataset name"):
        lake.publish(name, ["sample-0"], "run-1")


def test_only_committed_and_complete_samples_are_published(published: Lake) -> None:
    with pytest.raises(NotInLake, match=r"1 of 25 samples are not committed: sample-0"):
        published.publish("mmwave-sim", [*EVEN, "sample-0"], "run-2")
    with pytest.raises(InvalidInput, match="no samples"):
        published.publish("mmwave-sim", [], "run-2")
    published.append("samples", [sample_row(100)], "shard-x", "run-1")
    with pytest.raises(NotInLake, match="1 motions that are not committed"):
        published.publish("mmwave-sim", sample_ids([0, 100]), "run-2")
    published.append("motions", [motion_row(50)], "shard-x", "run-1")
    with pytest.raises(NotInLake, match="1 scripts that are not committed"):
        published.publish("mmwave-sim", sample_ids([0, 100]), "run-2")
    published.append("scripts", [script_row(50)], "shard-x", "run-1")
    assert published.publish("mmwave-sim", sample_ids([0, 100]), "run-2").n_samples == 2


def test_views_of_one_motion_cannot_be_torn_apart(lake: Lake) -> None:
    store(lake, [0], "shard-0")
    families = (f"family-{i}" for i in range(100))
    family = next(f for f in families if split_of(f) != sample_row(0)["split"])
    torn = sample_row(1, family_key=family, split=split_of(family))
    lake.append("samples", [torn], "shard-1", "run-1")
    with pytest.raises(InvalidInput, match=r"motion_id .* several splits"):
        lake.publish("mmwave-sim", sample_ids([0, 1]), "run-1")


def test_a_version_has_one_db_law(lake: Lake) -> None:
    store(lake, [0], "shard-0")
    codec = TensorCodec(db_offset=-150.0)
    other = sample_row(1, **codec.columns(encode_db(noise_amplitude(1), 400, codec)))
    lake.append("samples", [other], "shard-1", "run-1")
    with pytest.raises(InvalidInput, match="2 dB laws"):
        lake.publish("mmwave-sim", sample_ids([0, 1]), "run-1")
    assert lake.publish("mmwave-sim", sample_ids([1]), "run-1").codec["db_offset"] == -150


def test_a_reader_sees_its_version_whatever_is_written_later(published: Lake) -> None:
    reader = published.open_version("mmwave-sim@1")
    before = reader.samples()
    for first in range(48, 96, 12):
        store(published, range(first, first + 12), f"shard-{first}")
    published.publish("mmwave-sim", sample_ids(range(96)), "run-2")
    for later in (reader, Lake.open(published.root).open_version("mmwave-sim@1")):
        assert later.samples().equals(before)
        assert later.motions(["motion_id"]).num_rows == 24 and later.scripts().num_rows == 24
    assert published.open_version("mmwave-sim").samples(columns=["view"]).num_rows == 96


def test_samples_are_sorted_and_split(published: Lake) -> None:
    reader = published.open_version("mmwave-sim")
    assert reader.sample_ids() == sorted(EVEN)
    parts = {split: reader.samples(split, ["split", "sample_id"]) for split in SPLITS}
    assert sum(part.num_rows for part in parts.values()) == 24
    for split, part in parts.items():
        assert part.column_names == ["split", "sample_id"]
        assert set(part["split"].to_pylist()) <= {split}
        assert part.num_rows == reader.info.counts["split"].get(split, 0)
    with pytest.raises(InvalidInput, match="split 'dev'"):
        reader.samples("dev")


def test_row_groups_give_every_sample_of_the_version_once(published: Lake) -> None:
    reader = published.open_version("mmwave-sim")
    for split in (None, "train"):
        parts = list(reader.iter_samples(split, ["sample_id", "activity"]))
        ids = [identity for part in parts for identity in part["sample_id"].to_pylist()]
        assert sorted(ids) == reader.sample_ids(split)
        assert max(part.num_rows for part in parts) <= 16
        again = [
            i for part in reader.iter_samples(split, ["sample_id"]) for i in part["sample_id"].to_pylist()
        ]
        assert again == ids
    orders = {
        seed: [
            i
            for part in reader.iter_samples(None, ["sample_id"], seed)
            for i in part["sample_id"].to_pylist()
        ]
        for seed in range(6)
    }
    assert all(sorted(order) == sorted(EVEN) for order in orders.values())
    assert len({tuple(order) for order in orders.values()}) > 1


def test_decoding_gives_the_maps_in_dbm(published: Lake) -> None:
    reader = published.open_version("mmwave-sim")
    rows = reader.samples()
    maps = reader.decode(rows)
    assert maps.shape == (24, 496, 128) and maps.dtype == np.float32
    index = rows["sample_id"].to_pylist().index(EVEN[3])
    np.testing.assert_array_equal(maps[index], decode_row(sample_row(6)))
    loud = noise_amplitude(6)[:400] > 10 ** (-139 / 20)
    assert np.abs(maps[index][:400] - 20 * np.log10(noise_amplitude(6)[:400]))[loud].max() <= 0.2 + 1e-4
    with pytest.raises(InvalidInput, match=r"missing: .*shape"):
        reader.decode(rows.select(["doppler_time"]))


def test_a_reader_goes_to_another_process(published: Lake) -> None:
    reader = published.open_version("mmwave-sim")
    copy = pickle.loads(pickle.dumps(reader))
    assert copy.samples(columns=["sample_id"]).equals(reader.samples(columns=["sample_id"]))
    group = reader.row_groups()[0]
    assert copy.read_row_group(group).equals(reader.read_row_group(group))
