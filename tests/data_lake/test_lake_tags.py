"""Tags move, versions do not; what changed between two versions."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest
from lake_rows import sample_ids, sample_row, store

from data_lake import facts_of, story_graph
from data_lake import rows as rows_module
from data_lake.errors import InvalidInput, NotInLake
from data_lake.lake import Lake


@pytest.fixture
def published(lake: Lake) -> Lake:
    """mmwave-sim@1 holds samples 0 ... 11, mmwave-sim@2 samples 4 ... 19; other@1 those of the first."""
    store(lake, range(20), "shard-0")
    lake.publish("mmwave-sim", sample_ids(range(12)), "run-1", {"scale": "smoke", "seed": 0}, "abc")
    lake.publish("mmwave-sim", sample_ids(range(4, 20)), "run-2", {"scale": "small", "seed": 0}, "def")
    lake.publish("other", sample_ids(range(12)), "run-2")
    return lake


def test_a_tag_opens_the_version_that_it_names_now(published: Lake) -> None:
    assert published.tags("mmwave-sim") == {}
    assert published.tag("mmwave-sim", "published", "mmwave-sim@1", "run-1", "first")
    assert published.tag("mmwave-sim", "candidate", "mmwave-sim", "run-1")
    assert published.tags("mmwave-sim") == {"candidate": "mmwave-sim@2", "published": "mmwave-sim@1"}
    assert published.open_version("mmwave-sim@published").info.number == 1
    rows = published.read("versions")
    assert published.tag("mmwave-sim", "published", "mmwave-sim@2", "run-2", "better")
    assert not published.tag("mmwave-sim", "published", "mmwave-sim@2", "run-3", "again")
    assert Lake.open(published.root).open_version("mmwave-sim@published").info.number == 2
    assert published.read("versions").equals(rows)
    moves = [m for m in published.tag_history("mmwave-sim") if m.tag == "published"]
    assert [(m.number, m.previous, m.version, m.reason) for m in moves] == [
        (1, None, "mmwave-sim@1", "first"),
        (2, "mmwave-sim@1", "mmwave-sim@2", "better"),
    ]
    assert published.tag("mmwave-sim", "published", None, "run-4")
    assert published.tags("mmwave-sim") == {"candidate": "mmwave-sim@2"}
    with pytest.raises(InvalidInput, match="tags: candidate"):
        published.open_version("mmwave-sim@published")


def test_tags_that_cannot_be(published: Lake) -> None:
    for tag in ("2", "Published", "a b", "", "-a", "a--b"):
        with pytest.raises(InvalidInput, match="begin with a letter"):
            published.tag("mmwave-sim", tag, "mmwave-sim@1", "run-1")
    with pytest.raises(NotInLake, match="mmwave-sim@3"):
        published.tag("mmwave-sim", "published", "mmwave-sim@3", "run-1")
    with pytest.raises(InvalidInput, match="no version of dataset mmwave-sim"):
        published.tag("mmwave-sim", "published", "other@1", "run-1")
    with pytest.raises(InvalidInput, match=r"Lake\.tag only"):
        published.append("version_tags", [{}], "shard-0", "run-1")


def test_a_clock_that_goes_back_does_not_bring_an_old_tag_back(
    published: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.tag("mmwave-sim", "published", "mmwave-sim@1", "run-1")

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime(1999, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(rows_module, "datetime", Earlier)
    published.tag("mmwave-sim", "published", "mmwave-sim@2", "run-1")
    moves = published.tag_history("mmwave-sim")
    assert moves[1].created_at < moves[0].created_at
    assert published.tags("mmwave-sim") == {"published": "mmwave-sim@2"}
    third = published.publish("mmwave-sim", sample_ids(range(3)), "run-1")
    assert third.name == "mmwave-sim@3" and third.parent_version == "mmwave-sim@2"
    assert published.open_version("mmwave-sim").info.number == 3


def test_two_who_move_a_tag_at_once_are_put_in_order(published: Lake) -> None:
    def move(number: int) -> None:
        Lake.open(published.root).tag("mmwave-sim", "published", f"mmwave-sim@{number}", f"run-{number}")

    threads = [threading.Thread(target=move, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moves = published.tag_history("mmwave-sim")
    assert [move.number for move in moves] == [1, 2] and moves[1].previous == moves[0].version


def test_a_difference_names_samples_counts_settings_and_scores(published: Lake) -> None:
    scores = {"mmwave-sim@1": 0.5, "mmwave-sim@2": 0.625}
    for index, (version, score) in enumerate(scores.items()):
        row = {
            "scorecard_id": f"scorecard-{index}",
            "dataset_version": version,
            "config_hash": "config",
            "checkpoints": [],
            "path": "scorecard.json",
            "metrics": json.dumps({"retrieval": {"r_at_1": score}, "name": "text"}),
        }
        published.append("scorecards", [row], f"scorecard-{index}", "run-1")
    found = published.diff("mmwave-sim@1", "mmwave-sim")
    assert (found["before"], found["after"]) == ("mmwave-sim@1", "mmwave-sim@2")
    assert found["samples"] == {"common": 8, "added": 8, "removed": 4}
    assert found["added"] == sorted(sample_ids(range(12, 20)))
    assert found["removed"] == sorted(sample_ids(range(4)))
    splits = [sample_row(index)["split"] for index in range(20)]
    for split, (before, after) in found["counts"]["split"].items():
        assert (before, after) == (splits[:12].count(split), splits[4:].count(split))
    assert found["changed"] == {"code_commit": ["abc", "def"], "parameters.scale": ["smoke", "small"]}
    assert found["scores"] == {"retrieval.r_at_1": [0.5, 0.625]}
    same = published.diff("mmwave-sim@1", "other@1")
    assert same["samples"] == {"common": 12, "added": 0, "removed": 0} and same["counts"] == {}


def test_a_difference_tells_the_headline_of_scorecards_and_not_their_settings(published: Lake) -> None:
    for index, value in enumerate((0.5, 0.625)):
        measures = [
            {"section": "retrieval", "name": "R@1", "of": {"hit": "own"}, "value": value, "headline": True},
            {"section": "retrieval", "name": "R@5", "of": {}, "value": value, "headline": False},
            {"section": "captions", "name": "METEOR", "of": {}, "value": None, "headline": True},
        ]
        row = {
            "scorecard_id": f"scorecard-{index}",
            "dataset_version": f"mmwave-sim@{index + 1}",
            "config_hash": "config",
            "checkpoints": [],
            "path": "scorecard.json",
            "metrics": json.dumps({"schema_version": 1, "config": {"seed": 0}, "measures": measures}),
        }
        published.append("scorecards", [row], f"scorecard-{index}", "run-1")
    scores = published.diff("mmwave-sim@1", "mmwave-sim@2")["scores"]
    assert scores == {"retrieval: R@1, own": [0.5, 0.625]}


def test_scores_of_different_splits_are_not_compared(published: Lake) -> None:
    scored = [("mmwave-sim@1", "test", 0.5), ("mmwave-sim@2", "test", 0.6), ("mmwave-sim@2", "all", 0.9)]
    for index, (version, split, value) in enumerate(scored):
        measure = {"section": "zero-shot", "name": "top-1", "of": {}, "value": value, "headline": True}
        row = {
            "scorecard_id": f"scorecard-{index}", "dataset_version": version, "config_hash": "config",
            "checkpoints": [], "path": "p", "metrics": json.dumps({"split": split, "measures": [measure]}),
        }  # fmt: skip
        published.append("scorecards", [row], f"scorecard-{index}", "run-1")
    assert published.diff("mmwave-sim@1", "mmwave-sim@2")["scores"] == {"zero-shot: top-1": [0.5, 0.6]}
    graph = story_graph(published.lineage("scorecard-2"))
    assert dict(facts_of("scorecard", graph.nodes["scorecard-2"].row))["scores"] == "zero-shot: top-1 0.9"
