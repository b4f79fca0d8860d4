from __future__ import annotations

import json

import numpy as np
import pytest
from lake_rows import noise_amplitude, sample_row

from data_lake.lake import Lake
from data_lake.quality import check_rows
from data_lake.splits import SPLITS
from data_lake.tensor_codec import DEFAULT_CODEC, TENSOR_SHAPE, encode_db

GOOD = sample_row(0)
OTHER_SPLIT = next(split for split in SPLITS if split != GOOD["split"])
CODES = np.frombuffer(GOOD["doppler_time"], np.uint8).reshape(TENSOR_SHAPE)
BAD_PADDING = np.where(np.arange(496)[:, None] == 495, 1, CODES).astype(np.uint8)
QA = {"role": "r", "kind": "k", "question": "q?", "answer": "yes", "options": ["no"]}

FAULTS = {
    "short tensor": ({"doppler_time": GOOD["doppler_time"][:-1]}, "63487 bytes"),
    "other shape": (DEFAULT_CODEC.columns(CODES[:, :64]), r"shape \[496, 64\]"),
    "swapped axes": ({"shape": [128, 496]}, r"shape \[128, 496\]"),
    "unknown dtype": ({"dtype": "float16"}, "dtype 'float16'"),
    "no step": ({"db_step": 0.0}, "step above 0"),
    "silence": (DEFAULT_CODEC.columns(np.zeros(TENSOR_SHAPE, np.uint8)), "saw nothing"),
    "signal in the padding": (DEFAULT_CODEC.columns(BAD_PADDING), "after n_valid_frames"),
    "no frames": ({"n_valid_frames": 0}, "outside 1 ... 496"),
    "too many frames": ({"n_valid_frames": 497}, "outside 1 ... 496"),
    "half a frame": ({"n_valid_frames": 40.5}, "no integer"),
    "NaN": ({"range_m": float("nan")}, "range_m is nan"),
    "infinity": ({"velocity_step_mps": float("inf")}, "velocity_step_mps is inf"),
    "missing value": ({"family_key": None}, "no value for family_key"),
    "no captions": ({"captions": []}, "no captions"),
    "blank caption": ({"captions": [{"text": "  ", "style": "short"}]}, "an empty caption"),
    "empty answer": ({"qa_pairs": [{**QA, "answer": ""}]}, "without question or answer"),
    "answer not offered": ({"qa_pairs": [QA]}, "'yes' is not among its options"),
    "facts": ({"facts": "{"}, "facts are no JSON"),
    "wrong split": ({"split": OTHER_SPLIT}, f"split '{OTHER_SPLIT}'"),
    "no family": ({"family_key": ""}, "family_key is empty"),
    "unknown origin": ({"origin": "dream"}, "origin 'dream'"),
    "simulated without a motion": ({"motion_id": None}, "without motion_id"),
    "from nowhere": ({"script_id": None}, "where it comes from"),
}


@pytest.mark.parametrize(("changes", "reason"), FAULTS.values(), ids=FAULTS)
def test_the_gate_names_what_is_wrong(changes: dict, reason: str) -> None:
    report = check_rows([{**GOOD, **changes}, sample_row(2)])
    assert len(report.accepted) == 1 and report.accepted[0]["sample_id"] == sample_row(2)["sample_id"]
    with pytest.raises(ValueError, match=reason):
        raise ValueError("; ".join(report.rejected[0].reasons))


def test_good_rows_pass_and_clipping_is_reported() -> None:
    codes = encode_db(noise_amplitude(0), 400)
    loud = codes.copy()
    loud[:40] = 255
    quiet = codes.copy()
    quiet[:100] = 0
    quiet[100:400] = np.maximum(quiet[100:400], 1)
    report = check_rows([{**GOOD, **DEFAULT_CODEC.columns(quiet)}])
    assert not report.rejected
    assert report.floor_share == pytest.approx(0.25)
    assert check_rows([{**GOOD, **DEFAULT_CODEC.columns(loud)}]).ceiling_share == pytest.approx(0.1)


def test_a_repeated_id_is_turned_away_unless_the_first_was_bad() -> None:
    report = check_rows([GOOD, {**GOOD, "view": "B"}])
    assert [row["view"] for row in report.accepted] == ["A"]
    assert report.rejected[0].reasons == ("the sample_id occurs twice",)
    assert len(check_rows([{**GOOD, "captions": []}, GOOD]).accepted) == 1


def test_bad_rows_go_to_quarantine_and_not_to_samples(lake: Lake) -> None:
    bad = {**sample_row(1), "range_m": float("nan"), "captions": []}
    rows = [sample_row(0), bad, sample_row(2), {**bad, "sample_id": None}]
    for _ in range(2):
        report = lake.append_samples(rows, "shard-0", "run-1")
        assert len(report.rejected) == 2
        assert report.inserted + report.already_there == 2
    assert lake.ids("samples") == {sample_row(0)["sample_id"], sample_row(2)["sample_id"]}
    stored = lake.read("quarantine").to_pylist()
    assert sorted(str(row["sample_id"]) for row in stored) == sorted([bad["sample_id"], "None"])
    for row in stored:
        assert {"range_m is nan", "no captions"} <= set(row["reasons"])
        assert "doppler_time" not in json.loads(row["row"]) and json.loads(row["row"])["range_m"] == "nan"
        assert row["shard"] == "shard-0" and row["run_id"] == "run-1"


def test_a_shard_of_bad_rows_only_stores_nothing(lake: Lake) -> None:
    assert lake.append("samples", [{**GOOD, "captions": []}], "shard-0", "run-1") == 0
    assert lake.ids("samples") == set() and lake.read("quarantine").num_rows == 1
