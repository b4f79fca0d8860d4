"""Whatever id a story shows can be asked for in turn, and where an imported thing is from is always told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lake_rows import motion_row, run_row, sample_ids, sample_row, script_row

from data_lake.errors import InvalidInput, NotInLake
from data_lake.lake import Lake
from data_lake.lineage import MOST_LISTED
from data_lake.lineage_graph import KEY_OF_KIND, story_graph
from data_lake.lineage_text import facts_of

RUN = "01M857ZH34GPDVM2TH5S2CSVP3"
GAP = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
NOBODY = "none stated; nobody said whether it may be passed on"


def gap_row(n_samples: int, **changes: Any) -> dict[str, Any]:
    return {
        "entry_id": f"gap-{n_samples}", "gap_id": GAP, "slice": "fall, view C", "activity": "fall", "attributes": "{}",
        "views": "C", "n_samples": n_samples, "n_scripts": n_samples, "reason": "weak", "scenario_id": "scn-1",
        **changes,
    }  # fmt: skip


def request_row(identity: str) -> dict[str, Any]:
    return {
        "request_id": identity, "purpose": "script", "model": "m-1", "templates": "{}", "brief_hash": "brief-1",
        "messages": "[]", "seed": 3, "schema_hash": "schema-1", "format": "json_schema", "status": "answered",
        "answer": "{}", "latency_s": 1.0,
    }  # fmt: skip


def clip_row(**changes: Any) -> dict[str, Any]:
    return {
        "entry_id": "ent-1", "clip_id": "clp-1", "motion_id": "mot-clip", "name": "walk", "file": "day1/walk.bvh",
        "sha256": "ab" * 32, "content_hash": "ab" * 32, "recording_id": "rec-1", "format": "BVH", "n_frames": 20,
        "file_rate_hz": 50.0, "start_s": 0.0, "duration_s": 0.4, "recording_s": 0.4, "captions": [],
        "source": "lab", "fit_error_mm": 0.0, "reading": "{}", "notes": [], "import_version": "2", "body_hash": "b",
        **changes,
    }  # fmt: skip


def setup_row() -> dict[str, Any]:
    parts = dict.fromkeys(("options", "body", "words", "versions"), "{}")
    return {"setup_id": "set-1", "radar": json.dumps({"name": "board"}), **parts}


def fill(lake: Lake) -> list[str]:
    """A lake with a thing of every kind; returns its two samples, of a model's script and of a clip."""
    lake.start_run(run_row(RUN))
    scenario = {"scenario_id": "scn-1", "name": "falls", "version": "2", "source": "file", "scenario": "{}"}
    lake.append("scenarios", [scenario], "s", RUN)
    lake.append("gaps", [gap_row(3)], "g", RUN)
    lake.append("requests", [request_row("req-1"), request_row("req-2")], "r", RUN)
    script = {
        **script_row(0), "author": "model", "author_model": "m-1", "request_hash": "req-1", "scenario_id": "scn-1",
        "gap_id": GAP, "request_ids": ["req-1", "req-2"],
    }  # fmt: skip
    lake.append("scripts", [script], "x", RUN)
    lake.append("setups", [setup_row()], "x", RUN)
    lake.append("clips", [clip_row()], "c", RUN)
    clip_motion = {
        "motion_id": "mot-clip",
        "script_id": None,
        "clip_id": "clp-1",
        "source": "lab",
        "licence": None,
    }
    lake.append("motions", [motion_row(0), {**motion_row(1), **clip_motion, "may_ship": None}], "m", RUN)
    of_clip = sample_row(
        2, script_id=None, clip_id="clp-1", motion_id="mot-clip", origin="mocap", setup_id="set-1"
    )
    lake.append("samples", [sample_row(0, setup_id="set-1", gap_id=GAP), of_clip], "x", RUN)
    lake.publish("falls", sample_ids([0, 2]), RUN)
    model = {
        "kind": "encoder",
        "config_hash": "c",
        "path": "p",
        "metrics": "{}",
        "dataset_version": "falls@1",
    }
    lake.append("checkpoints", [{**model, "checkpoint_id": "enc-1"}], "k", RUN)
    card = {
        "config_hash": "c",
        "path": "p",
        "metrics": "{}",
        "dataset_version": "falls@1",
        "checkpoints": ["enc-1"],
    }
    lake.append("scorecards", [{**card, "scorecard_id": "scr-1"}], "k", RUN)
    return sample_ids([0, 2])


def test_every_id_that_a_story_shows_can_be_asked_for(lake: Lake) -> None:
    kinds: dict[str, str] = {}
    todo = fill(lake)
    while todo:
        story = lake.lineage(todo.pop())
        assert story["missing"] == []
        graph = story_graph(story)
        assert graph.focus in graph.nodes
        for node in graph.nodes.values():
            assert facts_of(node.kind, node.row)
            if node.identity not in kinds:
                kinds[node.identity] = node.kind
                found = lake.lineage(node.identity)
                assert (found["kind"], found["id"]) == (node.kind, node.identity)
                assert found[node.kind][KEY_OF_KIND[node.kind]] == node.identity
                todo.append(node.identity)
    assert set(kinds.values()) == set(KEY_OF_KIND)


def test_beginnings_of_the_new_kinds_are_enough(lake: Lake) -> None:
    fill(lake)
    for beginning, whole in (
        ("scn", "scn-1"),
        ("set-", "set-1"),
        (RUN[:8], RUN),
        (GAP[:6], GAP),
        ("clp", "clp-1"),
    ):
        assert lake.lineage(beginning)["id"] == whole
    with pytest.raises(InvalidInput, match="2 ids begin with 'req-': req-1, req-2"):
        lake.lineage("req-")


def test_a_hash_that_is_no_thing_says_where_it_stands(lake: Lake) -> None:
    with pytest.raises(NotInLake, match=r"samples --where radar_hash=rad-1$"):
        lake.lineage("rad-1")


def test_what_a_scenario_gap_request_and_run_led_to(lake: Lake) -> None:
    fill(lake)
    script_id = script_row(0)["script_id"]
    for identity in ("scn-1", GAP, "req-1", "req-2"):
        assert [row["script_id"] for row in lake.lineage(identity)["scripts"]] == [script_id]
    assert lake.lineage(GAP)["scenario"]["name"] == "falls"
    run = lake.lineage(RUN)
    assert [len(run[name]) for name in ("versions", "checkpoints", "scorecards", "runs")] == [1, 1, 1, 0]
    assert [row["script_id"] for row in run["scripts"]] == [script_id]
    assert next(edge.how for edge in story_graph(lake.lineage(GAP)).edges if edge.target == GAP) == "slice of"
    assert ("its samples", f"mmflywheel samples --where run_id={RUN}") in facts_of("run", run["run"])
    clip = lake.lineage("clp-1")
    assert [row["in_versions"] for row in clip["samples"]] == [["falls@1"]] and clip["clip"]["n_samples"] == 1
    assert [row["motion_id"] for row in clip["motions"]] == ["mot-clip"]


def test_of_many_scripts_some_are_listed_and_all_are_counted(lake: Lake) -> None:
    rows = [{**script_row(index), "scenario_id": "scn-1", "gap_id": GAP} for index in range(MOST_LISTED + 7)]
    lake.append("scripts", rows, "x", RUN)
    story = lake.lineage(GAP)  # its scripts are older than table gaps
    assert len(story["scripts"]) == MOST_LISTED
    assert facts_of("gap", story["gap"]) == [("scripts", str(MOST_LISTED + 7))]


def test_the_asking_that_a_script_was_written_for(lake: Lake) -> None:
    start = datetime(2030, 1, 1, tzinfo=UTC)
    for number, run_id in enumerate(("run-1", "run-2", "run-3"), start=1):
        asked = gap_row(number, run_id=run_id, created_at=start + timedelta(days=number))
        lake.append("gaps", [asked], run_id, run_id)
    assert lake.lineage(GAP)["gap"]["n_samples"] == 3

    def asked_for(index: int, run_id: str, days: float) -> object:
        script = {
            **script_row(index),
            "gap_id": GAP,
            "run_id": run_id,
            "created_at": start + timedelta(days=days),
        }
        lake.append("scripts", [script], str(index), run_id)
        return lake.lineage(script["script_id"])["gap"]["n_samples"]

    assert asked_for(0, "run-2", 4) == 2  # its own run's
    assert asked_for(1, "run-9", 2.5) == 2  # the same was asked before: the last one by then
    assert asked_for(2, "run-9", 0.5) == 1  # clocks differ: the first


def source(story: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(story["source"][name] for name in ("file", "sha256", "licence", "may_ship"))


def test_a_clips_file_and_licence_are_told_also_where_nobody_stated_one(lake: Lake) -> None:
    made, recorded = fill(lake)
    assert lake.lineage(made)["source"] is None
    story = lake.lineage(recorded)
    assert source(story) == ("day1/walk.bvh", "ab" * 32, None, None)
    facts = dict(facts_of("clip", story["clip"]))
    assert facts["file"] == "day1/walk.bvh (BVH)" and facts["licence"] == NOBODY
    assert dict(facts_of("motion", story["motion"]))["licence"] == NOBODY
    lake.append("clips", [clip_row(entry_id="ent-2", licence="CC0-1.0", may_ship=True)], "c2", RUN)
    story = lake.lineage("mot-clip")
    assert source(story)[2:] == ("CC0-1.0", True)
    assert dict(facts_of("clip", story["clip"]))["licence"] == "CC0-1.0, may be passed on"


def test_an_imported_maps_file_and_licence_are_told(lake: Lake) -> None:
    facts = {
        "file": "REAL/rec<1>.npy", "sha256": "cd" * 32, "record": "REAL/rec<1>", "given_split": "test",
        "reading": {"values": "linear"}, "reference_dbm": -112.1, "import": "1",
    }  # fmt: skip
    nothing = dict.fromkeys(
        ("motion_id", "script_id", "range_m", "azimuth_deg", "heading_deg", "radar_height_m")
    )
    row = sample_row(
        0, **nothing, origin="real", clip_id="clp-9", licence=None, may_ship=False, facts=json.dumps(facts)
    )
    lake.append("samples", [row], "x", RUN)
    story = lake.lineage(row["sample_id"])
    assert source(story) == ("REAL/rec<1>.npy", "cd" * 32, None, False)
    told = dict(facts_of("sample", story["sample"]))
    assert told["source file"] == "REAL/rec<1>.npy" and told["sha256"] == "cd" * 32
    assert told["licence"] == "none stated, may not be passed on" and told["magnitude 1"] == "-112.10 dBm"


def test_a_gap_leads_to_its_samples_and_to_the_scorecard_that_its_reason_names(lake: Lake) -> None:
    shown, young = f"scr-{'0a' * 10}", f"scr-{'1b' * 10}"
    start = datetime(2020, 1, 1, tzinfo=UTC)
    card = {"config_hash": "c", "path": "p", "metrics": "{}", "dataset_version": "old@1", "checkpoints": []}
    for identity, day in ((shown, 0), (young, 9)):
        row = {**card, "scorecard_id": identity, "created_at": start + timedelta(days=day)}
        lake.append("scorecards", [row], identity, "run-0")
    reason = f"7 of 9, scorecard {shown} of old@1"
    asked = gap_row(2, reason=reason, created_at=start + timedelta(days=1), run_id=RUN)
    lake.append("gaps", [asked, gap_row(1, gap_id="9e", reason=f"see {young}", created_at=start)], "g", RUN)
    made, _ = fill(lake)
    lake.append("samples", [sample_row(5, gap_id="9e")], "y", RUN)

    def causes(identity: str) -> list[str]:
        graph = story_graph(lake.lineage(identity))
        return [edge.source for edge in graph.edges if edge.how == "shown by"]

    assert causes("9e") == []  # that scorecard is younger than the gap
    lake.append("gaps", [gap_row(4, reason=reason, run_id=RUN)], "h", RUN)  # the newest asking of this slice
    for identity in (made, GAP):
        assert causes(identity) == [shown]
        assert lake.lineage(identity)["gap"]["scorecard_id"] == shown
    story = lake.lineage(GAP)
    assert [row["sample_id"] for row in story["samples"]] == [made]
    assert [row["in_versions"] for row in story["samples"]] == [["falls@1"]]
    assert ("samples", "1") in facts_of("gap", story["gap"])
