from __future__ import annotations

import json

import pytest
from lake_rows import motion_row, run_row, sample_ids, sample_row, script_row, store

from data_lake.errors import NotInLake
from data_lake.lake import Lake


def test_a_sample_walks_back_to_its_script_and_on_to_its_scores(lake: Lake) -> None:
    for run_id in ("run-made", "run-published", "run-unrelated"):
        lake.start_run(run_row(run_id))
    store(lake, range(20), "shard-0", "run-made")
    lake.publish("mmwave-sim", sample_ids(range(12)), "run-published")
    lake.publish("mmwave-sim", sample_ids(range(20)), "run-published")
    lake.publish("other", sample_ids(range(12, 20)), "run-published")
    checkpoint = {
        "checkpoint_id": "checkpoint-1",
        "kind": "encoder",
        "dataset_version": "mmwave-sim@2",
        "config_hash": "config-1",
        "path": "models/encoder",
        "metrics": json.dumps({"loss": 1.5}),
    }
    lake.append("checkpoints", [checkpoint], "checkpoint-1", "run-trained")
    scorecard = {
        "scorecard_id": "scorecard-1",
        "dataset_version": "mmwave-sim@1",
        "config_hash": "config-2",
        "checkpoints": ["checkpoint-1"],
        "path": "scorecard.json",
        "answers_path": "answers.jsonl",
        "metrics": json.dumps({"r_at_1": 0.5}),
    }
    lake.append("scorecards", [scorecard], "scorecard-1", "run-made")

    found = lake.lineage(sample_ids([5])[0])
    assert found["sample"]["view"] == "B" and found["sample"]["facts"] == {"duration_s": 8.0}
    assert "doppler_time" not in found["sample"] and "body_pose" not in found["motion"]
    assert found["motion"]["motion_id"] == motion_row(2)["motion_id"]
    assert found["script"]["script"] == {"steps": [{"kind": "locomote", "index": 2}]}
    assert [version["name"] for version in found["versions"]] == ["mmwave-sim@1", "mmwave-sim@2"]
    assert [row["metrics"] for row in found["checkpoints"]] == [{"loss": 1.5}]
    assert [row["answers_path"] for row in found["scorecards"]] == ["answers.jsonl"]
    assert [run["run_id"] for run in found["runs"]] == ["run-made", "run-published"]
    assert found["missing"] == ["run-trained"]

    late = lake.lineage(sample_ids([15])[0])
    assert [version["name"] for version in late["versions"]] == ["mmwave-sim@2", "other@1"]
    assert late["scorecards"] == []


def test_captured_motion_has_no_script_and_gaps_are_named(lake: Lake) -> None:
    clip = sample_row(0, script_id=None, clip_id="clip-1", origin="mocap")
    lake.append("samples", [clip], "shard-0", "run-1")
    found = lake.lineage(clip["sample_id"])
    assert found["script"] is None and found["motion"] is None
    assert found["missing"] == [motion_row(0)["motion_id"], "run-1"]
    assert found["versions"] == found["checkpoints"] == found["scorecards"] == []


def test_a_sample_that_is_not_there(lake: Lake) -> None:
    with pytest.raises(NotInLake, match=r"no sample 'sample-0'.*quarantine"):
        lake.lineage("sample-0")
    assert script_row(0)["script_id"] not in lake.ids("scripts")
