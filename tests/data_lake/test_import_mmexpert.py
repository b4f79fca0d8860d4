"""mmExpert's files into rows: laws, axes, signs as they are said to be, and nothing read outside the folder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from lake_rows import sample_ids, store

from data_lake import (
    Lake,
    MapReading,
    UnusableMap,
    WaveOrigin,
    check_rows,
    imported_sample_row,
    list_mmexpert,
    read_levels_db,
    select_samples,
    write_mmexpert,
)
from data_lake.errors import InvalidInput
from data_lake.imports.wave_maps import mirrored
from data_lake.tensor_codec import codes_of, decode_row

RADAR = {
    "radar_name": "mmexpert-iwr1843", "radar_hash": "rad-0", "frame_rate_hz": 50.0, "velocity_step_mps": 0.0946
}  # fmt: skip


def origin(**changes: Any) -> WaveOrigin:
    values = {
        "origin": "real", "radar": RADAR, "reading": MapReading(), "reference_dbm": -140.0, "calibrated": True,
        "licence": "CC-BY-4.0", "may_ship": True, "config_hash": "cfg-0", "code_version": "0",
    }  # fmt: skip
    return WaveOrigin(**{**values, **changes})


def write_record(folder: Path, index: str, values: np.ndarray, view: str = "", **record: Any) -> None:
    place = folder / "dataset" / "REAL" / "udoppler"
    place.mkdir(parents=True, exist_ok=True)
    np.save(place / f"{index}{view}.npy", values)
    file = folder / "dataset" / "REAL" / "all.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    entry = {
        "filefolder": "dataset/REAL/udoppler",
        "fileindex": index,
        "captions": ["A person walks."],
        **record,
    }
    file.write_text(json.dumps({**known, f"{len(known):06d}": entry}))


def walk(n_frames: int = 200, bin_of_peak: int = 80) -> np.ndarray:
    """Magnitudes with a strong bin that recedes."""
    values = np.random.default_rng(0).rayleigh(1.0, (n_frames, 128)).astype(np.float32) + 0.1
    values[:, bin_of_peak] = 1000.0
    return values


def levels_of(tmp_path: Path, array: np.ndarray, **reading: Any) -> np.ndarray:
    np.save(tmp_path / "map.npy", array)
    return read_levels_db(tmp_path / "map.npy", MapReading(**reading))


def test_linear_magnitude_decibels_and_log10_say_the_same(tmp_path: Path) -> None:
    values = walk().astype(np.float64)
    linear = levels_of(tmp_path, values)
    np.testing.assert_allclose(linear, 20.0 * np.log10(values))
    np.testing.assert_allclose(levels_of(tmp_path, 20.0 * np.log10(values), values="db"), linear)
    np.testing.assert_allclose(levels_of(tmp_path, np.log10(values), values="log10"), linear, atol=1e-9)


def test_axes_and_the_sign_of_the_range_rate(tmp_path: Path) -> None:
    values = walk(bin_of_peak=80)
    expected = levels_of(tmp_path, values)
    assert (expected.argmax(axis=1) == 80).all()
    np.testing.assert_array_equal(levels_of(tmp_path, values.T, axes="doppler-frame"), expected)
    turned = levels_of(tmp_path, values, receding="below")
    assert (turned.argmax(axis=1) == 64 - (80 - 64)).all()
    np.savez(tmp_path / "three.npz", doppler_time=values.T, range_time=values.T)
    np.testing.assert_array_equal(read_levels_db(tmp_path / "three.npz", MapReading()), expected)


@settings(max_examples=20, deadline=None)
@given(arrays(np.float64, (16, 128), elements=st.floats(-200, 0)))
def test_mirroring_twice_is_nothing_and_keeps_zero_doppler(levels: np.ndarray) -> None:
    np.testing.assert_array_equal(mirrored(mirrored(levels)), levels)
    np.testing.assert_array_equal(mirrored(levels)[:, [0, 64]], levels[:, [0, 64]])
    np.testing.assert_array_equal(mirrored(levels)[:, 65], levels[:, 63])


def test_zero_frames_at_the_end_are_padding(tmp_path: Path) -> None:
    padded = np.concatenate([walk(150), np.zeros((346, 128), np.float32)])
    assert levels_of(tmp_path, padded).shape == (150, 128)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (-walk(), "--values db"),
        (walk(8), "at least 16"),
        (np.zeros((100, 128)), "0 frames"),
        (walk().T, "--axes doppler-frame"),
        (walk()[:, :64], "64 Doppler bins"),
        (np.where(np.arange(128) == 3, np.nan, walk()), "NaN or infinite"),
        (walk()[None], r"shape \(1, 200, 128\)"),
        (walk() * 1j, "complex"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_out(
    tmp_path: Path, values: np.ndarray, message: str
) -> None:
    with pytest.raises(UnusableMap, match=message):
        levels_of(tmp_path, values)


@pytest.mark.parametrize("content", [b"", b"no array", b"PK\x03\x04half", b"\x93NUMPY\x01\x00"])
@pytest.mark.parametrize("ending", [".npy", ".npz"])
def test_damaged_files_are_refused(tmp_path: Path, content: bytes, ending: str) -> None:
    path = tmp_path / f"map{ending}"
    path.write_bytes(content)
    with pytest.raises(UnusableMap):
        read_levels_db(path, MapReading())


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "map.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(UnusableMap, match="readable"):
        read_levels_db(tmp_path / "map.npy", MapReading())


def test_records_are_found_with_their_words(tmp_path: Path) -> None:
    question = {"question": "What is done?", "answer": "Walking.", "full marks": 2}
    write_record(tmp_path, "a", walk(), "A", questions={"QA01": question}, subject="anna")
    write_record(tmp_path, "b", walk(), captions=[], classname="walk back and forth")
    listing = list_mmexpert(tmp_path)
    assert not listing.refused
    first, second = sorted(listing.records, key=lambda record: record.name)
    assert [view for view, _ in first.files] == ["A"] and [view for view, _ in second.files] == [None]
    assert first.captions == (("a person walks", "given"),) and first.family == "anna"
    assert first.questions[0]["role"] == "QA01" and first.questions[0]["answer"] == "Walking."
    assert second.label == "walk_back_and_forth"
    assert second.captions == (("a person walk back and forth", "label"),)


def test_a_path_of_another_machine_is_found_by_its_end(tmp_path: Path) -> None:
    write_record(tmp_path, "a", walk(), filefolder="/home/someone/mmExpert/dataset/REAL/udoppler")
    assert len(list_mmexpert(tmp_path).records) == 1


@pytest.mark.parametrize(
    "record",
    [
        {"fileindex": "../secret"},
        {"filefolder": "../outside"},
        {"filefolder": "/../outside"},
        {"fileindex": ""},
        {"fileindex": 7},
        {"captions": 7},
        {"captions": ["\ud800"]},
        {"questions": {"QA01": {"question": "why?"}}},
    ],
)
def test_bad_records_are_refused_and_the_others_read(tmp_path: Path, record: dict) -> None:
    inside = tmp_path / "inside"
    outside = tmp_path / "outside"
    outside.mkdir()
    np.save(outside / "bad.npy", walk())
    np.save(tmp_path / "secret.npy", walk())
    write_record(inside, "good", walk())
    write_record(inside, "bad", walk(), **record)
    listing = list_mmexpert(inside)
    assert [record.name.rpartition("/")[2] for record in listing.records] == ["good"]
    assert len(listing.refused) == 1 and listing.refused[0].reason


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"fileindex": 7}, r"`fileindex` is a number \(7\); a text is needed"),
        ({"fileindex": None}, "`fileindex` is null"),
        ({"fileindex": ""}, "`fileindex` is empty"),
        ({"captions": "a person walks"}, r"`captions` is a text; a list of texts is needed, such as"),
        ({"captions": ["walks", 3]}, "caption 2 is a number"),
        ({"classname": ["walk"]}, "`classname` is a list; a text is needed, or none"),
        ({"questions": "why?"}, "`questions` is a text; an object of questions is needed"),
        ({"questions": {"QA01": "why?"}}, "question QA01 is a text"),
        ({"questions": {"QA01": {"question": "why?"}}}, "question QA01: there is no `answer`"),
        ({"questions": [{"question": "why?", "answer": 3}]}, "question QA0: `answer` is a number"),
        ({"questions": [{"question": "w?", "answer": "a", "options": "ab"}]}, "`options` is a text; a list"),
        ({"questions": [{"question": "w?", "answer": "a", "kind": []}]}, "`kind` is a list"),
        ({"captions": ["\ud800"]}, "no Unicode"),
    ],
)
def test_a_refused_record_is_named_with_file_and_what_is_allowed(
    tmp_path: Path, record: dict, reason: str
) -> None:
    write_record(tmp_path, "good", walk())
    write_record(tmp_path, "bad", walk(), **record)
    listing = list_mmexpert(tmp_path)
    assert len(listing.records) == 1
    (refused,) = listing.refused
    assert refused.name.startswith("dataset/REAL/all.json record 000001")
    assert re.search(reason, refused.reason), refused.reason


def test_entries_that_are_no_records_are_told_and_broken_files_too(tmp_path: Path) -> None:
    write_record(tmp_path, "good", walk())
    file = tmp_path / "dataset/REAL/all.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "x": 3, "y": {"fileindex": "a"}}))
    (tmp_path / "test.json").write_text('{"0":\n {"filefolder": }}')
    (tmp_path / "other.json").write_text('{"version": 1}')  # nobody's business
    listing = list_mmexpert(tmp_path)
    assert [(one.name, one.reason.partition(";")[0].partition(" (")[0]) for one in listing.refused] == [
        ("test.json", "line 2, column 17 is no JSON"),
        ("dataset/REAL/all.json record x", "is a number"),
        ("dataset/REAL/all.json record y: 'a'", "has no `filefolder`"),
    ]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    write_record(inside, "a", walk())
    np.save(tmp_path / "outside.npy", walk())
    file = inside / "dataset/REAL/udoppler/a.npy"
    file.unlink()
    file.symlink_to(tmp_path / "outside.npy")
    assert not list_mmexpert(inside).records


def test_a_folder_without_records_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[1]")
    with pytest.raises(InvalidInput, match="filefolder"):
        list_mmexpert(tmp_path)
    with pytest.raises(InvalidInput, match="does not exist"):
        list_mmexpert(tmp_path / "nowhere")


@pytest.mark.parametrize(("kind", "view"), [("real", None), ("mocap", "C")])
def test_rows_pass_the_gate(tmp_path: Path, kind: str, view: str | None) -> None:
    write_record(tmp_path, "a", walk(600))
    record = list_mmexpert(tmp_path).records[0]
    levels = read_levels_db(record.files[0][1], MapReading())
    row = imported_sample_row(origin(origin=kind), record, view, "a.npy", ("0", "1"), levels)
    report = check_rows([row])
    assert not report.rejected, report.rejected[0].reasons
    assert row["n_valid_frames"] == 496 and row["quality_flags"] == ["cut_at_496_frames"]
    stored = decode_row(row)
    np.testing.assert_allclose(stored, np.clip(levels[:496] - 140.0, -140.0, None), atol=0.2 + 1e-4)


def test_a_motion_of_our_own_simulator_still_needs_its_placement(tmp_path: Path) -> None:
    write_record(tmp_path, "a", walk())
    record = list_mmexpert(tmp_path).records[0]
    levels = read_levels_db(record.files[0][1], MapReading())
    row = imported_sample_row(origin(origin="mocap"), record, "A", "a.npy", ("0", "1"), levels)
    rejected = check_rows([{**row, "simulator_version": "3"}]).rejected
    assert "motion_id" in rejected[0].reasons[0]


def test_ids_follow_what_is_said_of_a_map(tmp_path: Path) -> None:
    write_record(tmp_path, "a", walk())
    record = list_mmexpert(tmp_path).records[0]
    levels = read_levels_db(record.files[0][1], MapReading())

    def id_of(about: WaveOrigin, view: str | None = None, file_hash: str = "1") -> str:
        return str(imported_sample_row(about, record, view, "f", ("0", file_hash), levels)["sample_id"])

    base = id_of(origin())
    assert base == id_of(origin())
    others = [
        id_of(origin(), "B"),
        id_of(origin(), file_hash="2"),
        id_of(origin(may_ship=False)),
        id_of(origin(reference_dbm=-100.0)),
        id_of(origin(radar={**RADAR, "radar_hash": "rad-1"})),
        id_of(origin(reading=MapReading(receding="below"))),
    ]
    assert len({base, *others}) == 7


def test_the_round_trip_gives_the_same_codes_words_and_families(lake: Lake, tmp_path: Path) -> None:
    store(lake, range(12), "all")
    reader = lake.open_version(lake.publish("mmwave-sim", sample_ids(range(12)), "run-1").name)
    out = tmp_path / "export"
    out.mkdir()
    write_mmexpert(select_samples(reader), out)
    columns = ["sample_id", "motion_id", "view", "activity", "doppler_time", "shape", "dtype", "captions"]
    stored = {(row["motion_id"], row["view"]): row for row in reader.samples(columns=columns).to_pylist()}
    listing = list_mmexpert(out)
    assert not listing.refused and len(listing.records) == 6
    about = origin(origin="mocap", reference_dbm=listing.law["reference_dbm"])
    for record in listing.records:
        for view, path in record.files:
            row = imported_sample_row(
                about, record, view, path.name, ("0", "1"), read_levels_db(path, about.reading)
            )
            original = stored.pop((record.name.rpartition("/")[2], view))
            np.testing.assert_array_equal(codes_of(row), codes_of(original))
            assert row["n_valid_frames"] == 400 and row["activity"] == original["activity"]
            assert row["captions"][0]["text"] == original["captions"][0]["text"]
    assert not stored
