from __future__ import annotations

import json
import re

import pytest
from lake_rows import motion_row, run_row, sample_ids, sample_row, script_row, store

from data_lake.errors import InvalidInput, NotInLake
from data_lake.lake import Lake
from data_lake.lineage_graph import story_graph, to_mermaid
from data_lake.lineage_terms import parse_where
from data_lake.schemas import SAMPLES


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
    with pytest.raises(NotInLake, match=r"no.*begins with 'sample-0'.*motion.*dataset@number"):
        lake.lineage("sample-0")
    assert script_row(0)["script_id"] not in lake.ids("scripts")


def test_a_sample_that_was_refused_says_why(lake: Lake) -> None:
    refused = sample_row(0, captions=[])
    lake.append("samples", [refused], "shard-0", "run-1")
    with pytest.raises(NotInLake, match=r"was refused.*no captions"):
        lake.lineage(refused["sample_id"])


def test_a_beginning_is_enough_where_it_is_the_only_one(lake: Lake) -> None:
    store(lake, range(4), "shard-0")
    whole = sample_ids([0])[0]
    assert lake.lineage(whole[:16])["id"] == whole
    with pytest.raises(InvalidInput, match=r"4 ids begin with 'sample-'.*and 1 more.*give more"):
        lake.lineage("sample-")
    with pytest.raises(InvalidInput, match="too short"):
        lake.lineage("s")


def model_script(lake: Lake) -> dict:
    """A script that a model wrote in two rounds, for a scenario and a gap, and all that is behind it."""
    request = {
        "purpose": "script", "model": "m-1", "answered_by": "m-1b", "templates": "{}", "brief_hash": "brief-1",
        "messages": json.dumps([{"role": "user", "content": "write <b>a fall</b>"}]), "seed": 3,
        "schema_hash": "schema-1", "format": "json_schema", "status": "answered", "answer": "{}", "latency_s": 1.0,
    }  # fmt: skip
    lake.append("requests", [{**request, "request_id": "req-1", "cost_usd": 0.25}], "one", "run-1")
    lake.append("requests", [{**request, "request_id": "req-2", "cost_usd": None}], "two", "run-1")
    scenario = {
        "scenario_id": "sco-1", "name": "falls", "version": "2", "source": "file", "scenario": json.dumps({"a": 1})
    }  # fmt: skip
    lake.append("scenarios", [scenario], "sco-1", "run-1")
    brief = json.dumps({"activity": "fall", "gap": "gap-1"})
    return {
        **script_row(0), "author": "model", "author_model": "m-1", "request_hash": "req-1", "brief": brief,
        "scenario_id": "sco-1", "gap_id": "gap-1", "cost_usd": 0.25,
    }  # fmt: skip


def test_a_script_of_a_model_walks_back_to_prompt_scenario_and_gap(lake: Lake) -> None:
    lake.start_run(run_row("run-1"))
    lake.append("scripts", [model_script(lake)], "shard-0", "run-1")
    lake.append("motions", [motion_row(0)], "shard-0", "run-1")
    lake.append("samples", [sample_row(0), sample_row(1)], "shard-0", "run-1")
    lake.publish("falls", sample_ids([1]), "run-1")
    found = lake.lineage(sample_ids([0])[0])
    assert [row["request_id"] for row in found["requests"]] == ["req-1", "req-2"]  # the second: a repair
    assert found["requests"][0]["messages"][0]["content"] == "write <b>a fall</b>"
    assert found["scenario"]["scenario"] == {"a": 1} and found["gap"] == {"gap_id": "gap-1"}
    assert found["versions"] == [] and found["missing"] == []
    script = lake.lineage(script_row(0)["script_id"])
    assert script["kind"] == "script" and [m["motion_id"] for m in script["motions"]] == [
        motion_row(0)["motion_id"]
    ]
    in_versions = {row["sample_id"]: row["in_versions"] for row in script["samples"]}
    assert in_versions == {sample_ids([0])[0]: [], sample_ids([1])[0]: ["falls@1"]}
    motion = lake.lineage(motion_row(0)["motion_id"])
    assert motion["kind"] == "motion" and motion["samples"] == script["samples"]
    assert motion["scenario"]["name"] == "falls"


def test_mermaid_holds_every_thing_and_no_sign_of_its_own_language(lake: Lake) -> None:
    lake.append("scripts", [{**model_script(lake), "title": 'a "fall"] --> n9[<b>x</b>'}], "shard-0", "run-1")
    lake.append("motions", [motion_row(0)], "shard-0", "run-1")
    lake.append("samples", [sample_row(0)], "shard-0", "run-1")
    graph = story_graph(lake.lineage(sample_ids([0])[0]))
    text = to_mermaid(graph)
    assert (
        text.startswith("flowchart LR\n") and len(graph.nodes) == 7
    )  # a gap, but no run: it was never recorded
    boxes = re.findall(r'^  n\d+\["(.*)"\]$', text, re.MULTILINE)
    assert len(boxes) == len(graph.nodes) and all('"' not in box for box in boxes)
    assert "<b>" not in text and "#34;fall#34;#93;" in text
    arrows = re.findall(r'^  (n\d+) -->\|"([\w ]+)"\| (n\d+)$', text, re.MULTILINE)
    assert len(arrows) == len(graph.edges) == 6


def test_a_graph_of_a_version_knows_its_parents_and_what_was_trained(lake: Lake) -> None:
    store(lake, range(4), "shard-0")
    lake.publish("mmwave-sim", sample_ids(range(2)), "run-1")
    lake.publish("mmwave-sim", sample_ids(range(4)), "run-1")
    row = {
        "kind": "encoder",
        "config_hash": "c",
        "path": "p",
        "metrics": "{}",
        "dataset_version": "mmwave-sim@2",
    }
    lake.append("checkpoints", [{**row, "checkpoint_id": "enc-1"}], "enc-1", "run-1")
    lake.append("checkpoints", [{**row, "checkpoint_id": "llm-1", "parent": "enc-1"}], "llm-1", "run-1")
    graph = story_graph(lake.lineage("mmwave-sim"))
    assert graph.focus == "mmwave-sim@2"
    assert [node.identity for _, node in graph.before("mmwave-sim@2")] == ["mmwave-sim@1"]
    assert [node.identity for _, node in graph.after("mmwave-sim@2")] == ["enc-1", "llm-1"]
    encoder = lake.lineage("enc-1")
    assert encoder["version"]["name"] == "mmwave-sim@2"
    assert [other["checkpoint_id"] for other in encoder["checkpoints"]] == ["llm-1"]


def test_a_hash_that_a_story_shows_leads_to_what_has_it(lake: Lake) -> None:
    store(lake, range(2), "shard-0")
    version = lake.publish("mmwave-sim", sample_ids(range(2)), "run-1")
    row = {"kind": "encoder", "path": "p", "metrics": "{}", "dataset_version": "mmwave-sim@1"}
    lake.append("checkpoints", [{**row, "config_hash": "cfg-1", "checkpoint_id": "enc-1"}], "enc-1", "run-1")
    for shown, told in (
        (version.content_hash, "the content of version mmwave-sim@1: mmflywheel lineage mmwave-sim@1"),
        ("cfg-1", "the configuration of checkpoint enc-1: mmflywheel lineage enc-1"),
        ("cfg-2", "samples --where config_hash=cfg-2"),
    ):
        with pytest.raises(NotInLake, match=told):
            lake.lineage(shown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("activity=walk", [0, 1]),
        ("activity=walk view=B", [1]),
        ("activity!=walk range_m<=3", [2, 3]),
        ("noise_seed>1 noise_seed<3", [2]),
        ("may_ship=true 'radar_name=mmexpert-iwr1843' view=A", [0, 2]),
        ("clip_id=null", [0, 1, 2, 3]),
        ("clip_id!=null", []),
        ("quality_flags=odd", [3]),
        ("created_at>2001-01-01 quality_flags!=odd", [0, 1, 2]),
    ],
)
def test_terms_choose_rows(lake: Lake, text: str, expected: list[int]) -> None:
    rows = [sample_row(index) for index in range(3)] + [sample_row(3, quality_flags=["odd", "b"])]
    lake.append("samples", rows, "shard-0", "run-1")
    found = lake.table("samples").read(["noise_seed"], parse_where(SAMPLES, text))["noise_seed"].to_pylist()
    assert sorted(found) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no term"),
        ("walk", "'walk' is no term"),
        ("activty=walk", "no column 'activty'.*did you mean activity.*sample_id, motion_id"),
        ("doppler_time=1", "no column 'doppler_time'"),
        ("facts=1", "no column 'facts'"),
        ("range_m=far", "range_m holds numbers, 'far' is none"),
        ("noise_seed=1.5", "whole numbers"),
        ("activity>walk", "holds text; compare it with = or !="),
        ("may_ship=perhaps", "true or false"),
        ("range_m>null", "`null` is compared with"),
        ("quality_flags>odd", "list of texts"),
        ("activity='walk", "stands in quotes"),
    ],
)
def test_terms_that_cannot_be_read_are_explained(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_where(SAMPLES, text)
