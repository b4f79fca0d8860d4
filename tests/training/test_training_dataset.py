from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from training.dataset import WaveSample, length_bucketed_order, read_samples, require_captions
from training.errors import TrainingInputError


def test_samples_come_sorted_whatever_the_storage_order(reader) -> None:
    ids = [sample.sample_id for sample in read_samples(reader, "train")]
    assert ids == sorted(ids) and len(ids) == 18


def test_a_row_arrives_whole(train_samples: list[WaveSample]) -> None:
    sample = train_samples[0]
    assert sample.captions == ("a person walks", "someone walks here")
    assert sample.qa[0].answer == "walk" and sample.qa[0].options == ("walk", "wave", "fall")
    assert sample.qa[1].options == ()
    db = sample.decibels()
    assert db.shape == (496, 128) and db[sample.n_valid :].max() == -120.0
    assert db[: sample.n_valid].max() == pytest.approx(-60.0, abs=1.0)


def test_white_space_in_texts_is_collapsed(reader) -> None:
    row = reader.table.slice(0, 1).to_pylist()[0]
    row["captions"] = [{"text": " a person\n walks ", "style": "short"}]
    row["split"] = "train"
    changed = type(reader)(pa.Table.from_pylist([row]))
    assert read_samples(changed, "train")[0].captions == ("a person walks",)


def test_damaged_rows_are_named(reader) -> None:
    row = reader.table.filter(pa.compute.equal(reader.table["split"], "train")).slice(0, 1).to_pylist()[0]
    row["doppler_time"] = row["doppler_time"][:-1]
    with pytest.raises(TrainingInputError, match=row["sample_id"]):
        read_samples(type(reader)(pa.Table.from_pylist([row])), "train")


def test_empty_splits_and_silent_samples_are_refused(train_samples: list[WaveSample]) -> None:
    with pytest.raises(TrainingInputError, match="'val' of this dataset version is empty"):
        require_captions([], "val")
    silent = WaveSample(**{**vars(train_samples[0]), "captions": ()})
    with pytest.raises(TrainingInputError, match=silent.sample_id):
        require_captions([silent], "train")


def test_length_buckets_keep_every_sample_once_and_cut_padding() -> None:
    lengths = np.random.default_rng(0).integers(1, 500, size=130)
    order = length_bucketed_order(lengths.tolist(), 16, np.random.default_rng(1))
    assert sorted(order) == list(range(130))

    def padded(indices: np.ndarray) -> int:
        batches = [lengths[indices[start : start + 16]] for start in range(0, 130, 16)]
        return sum(len(batch) * int(batch.max()) for batch in batches)

    assert padded(order) < 0.7 * padded(np.arange(130))
