"""Exports hold exactly the version's samples: Parquet, tar, and mmExpert's files read back bit for bit."""

from __future__ import annotations

import importlib.util
import io
import json
import tarfile
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from lake_rows import sample_ids, store
from PIL import Image

from data_lake import (
    Lake,
    Selection,
    croissant_document,
    parquet_schema,
    select_samples,
    write_croissant,
    write_mmexpert,
    write_parquet_shards,
    write_tar_shards,
)
from data_lake.exports.mmexpert import _questions, magnitude_of, one_mark
from data_lake.exports.preview import preview_png
from data_lake.tensor_codec import codes_of

N_SAMPLES = 40


@pytest.fixture
def selection(lake: Lake) -> Selection:
    """20 motions of two views, all of which may be passed on."""
    store(lake, range(N_SAMPLES), "all")
    return select_samples(
        lake.open_version(lake.publish("mmwave-sim", sample_ids(range(N_SAMPLES)), "run-1").name)
    )


def codes_by_id(selection: Selection) -> dict[str, np.ndarray]:
    rows = selection.rows(None, ["sample_id", "doppler_time", "shape", "dtype"])
    return {row["sample_id"]: codes_of(row) for row in rows}


def test_parquet_holds_every_sample_once_with_its_codes(selection: Selection, tmp_path: Path) -> None:
    shards = write_parquet_shards(selection, tmp_path, rows_per_shard=10)
    assert sum(shard.n_rows for shard in shards) == N_SAMPLES
    assert {path.name for path in (tmp_path / "data").iterdir()} == {Path(s.path).name for s in shards}
    expected = codes_by_id(selection)
    seen: dict[str, np.ndarray] = {}
    for shard in shards:
        table = pq.read_table(tmp_path / shard.path)
        assert table.num_rows == shard.n_rows <= 10
        assert set(table["split"].to_pylist()) == {shard.split}
        for row in table.to_pylist():
            assert row["sample_id"] not in seen
            seen[row["sample_id"]] = np.array(row["doppler_time"], dtype=np.uint8)
            assert row["captions"][0]["text"] == "a person walks away"
            assert row["qa_pairs"][0]["options"] == ["walk"]
    assert seen.keys() == expected.keys()
    for sample_id, codes in seen.items():
        np.testing.assert_array_equal(codes, expected[sample_id])


def test_names_of_shards_state_how_many_there_are(selection: Selection, tmp_path: Path) -> None:
    shards = write_parquet_shards(selection, tmp_path, previews=False, rows_per_shard=10)
    train = [shard.path for shard in shards if shard.split == "train"]
    total = -(-selection.split_counts["train"] // 10)
    assert train == [f"data/train-{i:05d}-of-{total:05d}.parquet" for i in range(total)]
    assert not any("/val-" in shard.path for shard in shards)  # Hugging Face says validation


def test_columns_carry_unit_meaning_and_features(selection: Selection) -> None:
    schema = parquet_schema(selection, previews=True)
    assert schema.field("range_m").metadata[b"unit"] == b"m"
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == schema.names
    assert features["doppler_time"] == {"shape": [496, 128], "dtype": "uint8", "_type": "Array2D"}
    assert features["preview"] == {"_type": "Image"}
    assert features["captions"][0]["text"] == {"dtype": "string", "_type": "Value"}
    assert "preview" not in parquet_schema(selection, previews=False).names


@pytest.mark.skipif(
    importlib.util.find_spec("datasets") is None, reason="Hugging Face's datasets is not installed"
)
def test_hugging_face_reads_the_folder(
    selection: Selection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    write_parquet_shards(selection, tmp_path)
    files = {"train": str(tmp_path / "data" / "train-*.parquet")}
    data = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))["train"]
    assert data.num_rows == selection.split_counts["train"]
    assert data.with_format("numpy")[0]["doppler_time"].shape == (496, 128)
    assert data[0]["preview"].size == (400, 128)


def test_previews_show_time_to_the_right_and_receding_up() -> None:
    codes = np.full((496, 128), 50, dtype=np.uint8)
    codes[10, 100] = 200  # early, receding
    codes[300:] = 0
    row = {"n_valid_frames": 300, "doppler_time": codes.tobytes(), "shape": [496, 128], "dtype": "uint8",
           "db_step": 0.4}  # fmt: skip
    picture = Image.open(io.BytesIO(preview_png(row)))
    assert picture.size == (300, 128) and picture.mode == "P"
    levels = np.asarray(picture)
    assert np.argwhere(levels == levels.max()).tolist() == [[127 - 100, 10]]
    assert levels.min() == 0


def test_tar_shards_group_the_files_of_a_sample(selection: Selection, tmp_path: Path) -> None:
    shards = write_tar_shards(selection, tmp_path, samples_per_shard=10)
    expected = codes_by_id(selection)
    seen = set()
    for shard in shards:
        with tarfile.open(tmp_path / shard.path) as tar:
            names = tar.getnames()
            assert len(names) == 2 * shard.n_samples
            for array, text in zip(names[::2], names[1::2], strict=True):
                key = array.partition(".")[0]
                assert (array, text) == (f"{key}.doppler_time.npy", f"{key}.json")  # side by side, one key
                about = json.loads(_member(tar, text))
                codes = np.load(io.BytesIO(_member(tar, array)), allow_pickle=False)
                np.testing.assert_array_equal(codes, expected[key])
                assert about["sample_id"] == key and about["split"] == shard.split
                assert about["facts"]["duration_s"] == 8.0
                seen.add(key)
    assert seen == expected.keys()


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None
    return file.read()


def test_equal_versions_give_equal_tar_files(selection: Selection, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_tar_shards(selection, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_memory_does_not_grow_with_the_version(lake: Lake, tmp_path: Path) -> None:
    def peak_bytes(n: int) -> int:
        ids = sample_ids(range(n))
        chosen = select_samples(lake.open_version(lake.publish("mmwave-sim", ids, f"run-{n}").name))
        (tmp_path / str(n)).mkdir()
        tracemalloc.start()
        write_tar_shards(chosen, tmp_path / str(n), samples_per_shard=50)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    for first in range(0, 160, 40):
        store(lake, range(first, first + 40), f"shard-{first}")
    assert peak_bytes(160) < 1.5 * peak_bytes(40) + 1e6


def law_of_the_reference(values: np.ndarray) -> np.ndarray:
    """What mmExpert's loader makes of a map: log10(x / max + 1e-6), then 0 ... 1."""
    levels = np.log10(values / values.max() + 1e-6)
    return (levels - levels.min()) / (levels.max() - levels.min() + 1e-6)


def test_mmexpert_files_are_where_its_loaders_look(selection: Selection, tmp_path: Path) -> None:
    report = write_mmexpert(selection, tmp_path)
    assert report.n_maps == N_SAMPLES and report.n_records["all"] == 20
    assert report.incomplete == 20  # two views of eight
    splits = {
        name: json.loads((tmp_path / "dataset/HumanML3D/_split" / f"{name}.json").read_text())
        for name in ("train", "val", "test", "all", "train_QAs", "test_QAs")
    }
    assert len(splits["all"]) == sum(len(splits[name]) for name in ("train", "val", "test"))
    assert splits["train_QAs"] == splits["train"]
    for record in splits["all"].values():
        folder = record["filefolder"].replace("udoppler", "udoppler_rotation")  # as its loaders do
        for view in "AB":
            values = np.load(tmp_path / folder / f"{record['fileindex']}{view}.npy")
            assert values.dtype == np.float32 and values.shape == (400, 128)  # valid frames only
            assert values.min() >= 1.0
            assert np.isfinite(law_of_the_reference(values)).all()
        assert record["captions"] == ["a person walks away"]
        assert (
            record["questions"]["QA01" if "QA01" in record["questions"] else "category"]["answer"] == "walk"
        )
        text = (tmp_path / "dataset/HumanML3D/texts" / f"{record['fileindex']}.txt").read_text()
        assert text.split("#")[0] == "a person walks away"


def test_a_record_asks_only_what_holds_for_all_its_views() -> None:
    def pair(kind: str, question: str, answer: str) -> dict[str, Any]:
        return {"role": "QA04", "kind": kind, "question": question, "answer": answer, "options": []}

    captures = {
        "A": {"qa_pairs": [pair("count", "how often?", "2"), pair("speed", "how fast?", "fast")]},
        "B": {"qa_pairs": [pair("radial_direction", "nearer?", "yes"), pair("speed", "how fast?", "slow")]},
    }
    kept = _questions(captures, lambda pair: 3)
    assert [one["question"] for one in kept.values()] == ["how often?"]
    assert kept["QA04"]["full marks"] == 3
    alone = _questions({"": captures["B"]}, one_mark)
    assert set(alone) == {"QA04", "QA04_2"}  # with one view all of them hold


def test_the_magnitudes_follow_the_law_of_the_lake(selection: Selection, tmp_path: Path) -> None:
    write_mmexpert(selection, tmp_path)
    law = json.loads((tmp_path / "mmflywheel.json").read_text())
    rows = {
        row["file"]: row for row in map(json.loads, (tmp_path / "samples.jsonl").read_text().splitlines())
    }
    assert len(rows) == N_SAMPLES
    expected = codes_by_id(selection)
    for file, row in rows.items():
        levels_dbm = law["reference_dbm"] + 20.0 * np.log10(np.load(tmp_path / file))
        true_dbm = -140.0 + 0.4 * expected[row["sample_id"]][: row["n_valid_frames"]]
        np.testing.assert_allclose(levels_dbm, true_dbm, atol=1e-4)


def test_a_doubling_of_the_amplitude_is_6_db() -> None:
    codes = np.array([[0, 15, 255]], dtype=np.uint8)
    np.testing.assert_allclose(magnitude_of(codes, 0.4), [[1.0, 10**0.3, 10**5.1]], rtol=1e-6)


def about() -> dict[str, Any]:
    return {"name": "mmwave-sim", "description": "d", "version": "1.0.0", "datePublished": "2026-11-23",
            "citeAs": "@misc{x}", "url": "https://example.org"}  # fmt: skip


def test_croissant_lists_every_file_with_its_hash(selection: Selection, tmp_path: Path) -> None:
    shards = write_parquet_shards(selection, tmp_path, previews=False, rows_per_shard=20)
    schema = parquet_schema(selection, previews=False)
    document = croissant_document(
        about(), {"dataCollection": "x"}, selection.ledger, tmp_path, shards, schema
    )
    files = {node["@id"]: node for node in document["distribution"] if node["@type"] == "cr:FileObject"}
    assert set(files) == {shard.path for shard in shards}
    import hashlib

    for path, node in files.items():
        assert node["sha256"] == hashlib.sha256((tmp_path / path).read_bytes()).hexdigest()
    fields = {field["name"]: field for field in document["recordSet"][0]["field"]}
    assert set(fields) == set(schema.names)
    assert fields["doppler_time"]["arrayShape"] == "496,128"
    assert fields["range_m"]["description"].endswith("[m]")
    assert document["license"] == ["https://spdx.org/licenses/Apache-2.0.html"]
    assert document["rai:dataCollection"] == "x"


def test_mlcroissant_finds_no_fault(selection: Selection, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="the extra `croissant` is not installed")
    shards = write_parquet_shards(selection, tmp_path, previews=False)
    schema = parquet_schema(selection, previews=False)
    document = croissant_document(
        about(), {"dataCollection": "x"}, selection.ledger, tmp_path, shards, schema
    )
    data = mlcroissant.Dataset(jsonld=write_croissant(document, tmp_path))
    assert not data.metadata.ctx.issues.errors and not data.metadata.ctx.issues.warnings
    assert len(list(data.records("samples"))) == N_SAMPLES
