"""The page of a thing of the lake: whole, self-contained, and no place for what a model wrote to become markup."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_lake import LineageEdge, LineageGraph, LineageNode
from evaluation.answer_lookup import find_answer
from evaluation.errors import EvaluationError
from evaluation.figures import Spectrogram
from evaluation.lineage_page import LineagePage, render_lineage_page
from evaluation.lineage_page_chain import chain_picture
from evaluation.lineage_page_data import Skeleton, page_json

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&`${7*7}"
WHEN = datetime(2030, 1, 2, tzinfo=UTC)
RUN = {
    "run_id": "run-1", "command": HOSTILE, "code_commit": "abc", "environment_hash": "env", "seeds": {"seed": 7},
    "started_at": WHEN, "status": "completed", "created_at": WHEN,
}  # fmt: skip
SAMPLE: dict[str, Any] = {
    "sample_id": "smp-1", "motion_id": "mot-1", "script_id": "scp-1", "clip_id": None, "activity": HOSTILE, "view": "B",
    "split": "test", "origin": "script", "range_m": 3.0, "azimuth_deg": 5.0, "heading_deg": -5.0, "radar_height_m": 1.0,
    "radar_name": "board", "radar_hash": "rad-1", "noise_seed": 11, "simulator_version": "3", "body_source": "standin",
    "code_version": "0.1.0", "config_hash": "cfg-1", "n_valid_frames": 100, "frame_rate_hz": 50.0, "licence": HOSTILE,
    "may_ship": True, "quality_flags": [HOSTILE], "captions": [{"text": HOSTILE, "style": HOSTILE}],
    "facts": {"duration_s": 2.0, "mean_range_m": 3.0, HOSTILE: HOSTILE, "postures": [HOSTILE]}, "setup_id": None,
    "qa_pairs": [
        {"role": "QA01", "kind": "activity", "question": f"what? {HOSTILE}", "answer": HOSTILE, "options": [HOSTILE]},
        {"role": "QA02", "kind": "count", "question": "how many?", "answer": "two", "options": ["one", "two"]},
    ],
    "in_versions": ["mmwave-sim@1"], "run_id": "run-1", "created_at": WHEN,
}  # fmt: skip
SCRIPT = {
    "script_id": "scp-1", "scenario": HOSTILE, "brief": {"activity": HOSTILE}, "author": "model",
    "author_model": HOSTILE, "request_hash": "req-1", "title": HOSTILE,
    "script": {"steps": [HOSTILE]}, "seed": 7, "cost_usd": 0.5, "run_id": "run-1", "created_at": WHEN,
}  # fmt: skip
REQUEST = {
    "request_id": "req-1", "purpose": "script", "model": HOSTILE, "answered_by": HOSTILE, "status": "answered",
    "messages": [{"role": "user", "content": HOSTILE}], "answer": HOSTILE, "prompt_tokens": 10,
    "completion_tokens": None,
    "cost_usd": 0.5, "latency_s": 1.0, "templates": {HOSTILE: "1"}, "brief_hash": "b", "seed": 1, "run_id": "run-1",
    "created_at": WHEN,
}  # fmt: skip


def scorecard(identity: str, answers: list[tuple[str, bool]]) -> dict[str, Any]:
    """A scorecard whose models answered the questions of SAMPLE so."""
    asked = [
        {"question": pair["question"], "kind": pair["kind"], "predicted": text, "correct": right}
        for pair, (text, right) in zip(SAMPLE["qa_pairs"], answers, strict=False)
    ]
    answer = {"predicted_activity": HOSTILE, "predicted_caption": HOSTILE, "questions": asked}
    return {
        "scorecard_id": identity, "dataset_version": "mmwave-sim@1", "checkpoints": [], "config_hash": "c",
        "metrics": {"split": "test"}, "answer": answer, "scored": True, "run_id": "run-1", "created_at": WHEN,
    }  # fmt: skip


def story(**changes: Any) -> dict[str, Any]:
    """A story of SAMPLE in which every text is hostile."""
    absent = dict.fromkeys(
        ("setup", "motion", "clip", "scenario", "gap", "version", "checkpoint", "scorecard")
    )
    several: dict[str, Any] = {
        name: [] for name in ("motions", "samples", "versions", "checkpoints", "scorecards")
    }
    return {
        "kind": "sample", "id": "smp-1", **absent, **several, "sample": SAMPLE, "script": SCRIPT, "requests": [REQUEST],
        "runs": [RUN], "missing": [HOSTILE], **changes,
    }  # fmt: skip


def spectrogram() -> Spectrogram:
    rng = np.random.default_rng(0)
    db = rng.uniform(-120.0, -60.0, (120, 128))
    return Spectrogram(db, np.arange(120) / 50.0, (np.arange(128) - 64) * 0.1, HOSTILE, 100)


def skeleton() -> Skeleton:
    joints = np.random.default_rng(1).normal(0.0, 1.0, (101, 3, 3))
    return Skeleton(joints, 50.0, [-1, 0, 1], ["pelvis", "left_hip", "head"], (0.0, -3.0), HOSTILE)


class Reader(HTMLParser):
    """Notes elements, their attributes, and the text of tables."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attributes)))
        if tag not in ("meta", "input", "rect", "path", "img"):
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "path"):
            assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, text: str) -> None:
        if any(tag in ("td", "th") for tag in self.open):
            self.cells[-1] += text


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_what_a_model_wrote_stays_text() -> None:
    cards = [scorecard("scr-1", [(HOSTILE, False)])]
    text = render_lineage_page(
        LineagePage(story(scorecards=cards), spectrogram(), skeleton(), HOSTILE, HOSTILE)
    )
    seen = read(text).seen
    assert sum(tag == "script" for tag, _ in seen) == 2 and not any(tag == "img" for tag, _ in seen)
    assert not any(name.startswith("on") for _, attributes in seen for name in attributes)
    assert text.count("alert(1)") >= 15  # it is all there, as text
    assert "<script>alert" not in text and "$" + "{7*7}" in text


def test_nothing_is_fetched_from_elsewhere() -> None:
    text = render_lineage_page(LineagePage(story(), spectrogram(), skeleton()))
    for _, attributes in read(text).seen:
        assert not attributes.keys() & {"src", "srcset", "data", "action", "background"}
        assert (attributes.get("href") or "#").startswith("#")
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style and "@import" not in style
    assert "http:" not in text and "https:" not in text and "fetch(" not in text
    assert "default-src 'none'" in text


def test_links_lead_somewhere_and_labels_are_there() -> None:
    seen = read(render_lineage_page(LineagePage(story(), spectrogram(), skeleton()))).seen
    ids = [attributes["id"] for _, attributes in seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in seen:
        if tag == "a":
            assert (attributes["href"] or "")[1:] in ids
        if tag in ("canvas", "input", "svg"):
            assert attributes.get("aria-label")
    assert {"map", "stage", "play", "time"} <= set(ids)


def test_each_models_answers_stand_side_by_side() -> None:
    cards = [
        scorecard("scr-1", [("walking", False), ("two", True)]),
        scorecard("scr-2", [("running", False)]),
    ]
    cells = read(render_lineage_page(LineagePage(story(scorecards=cards)))).cells
    assert cells[:5] == ["role", "question", "true answer", "scr-1", "scr-2"]
    first, second = cells[5:10], cells[10:15]
    assert first[3] == "walking✗ wrong" and first[4] == "running✗ wrong"
    assert second[2:] == ["two", "two✓ right", "not asked"]


def test_the_map_and_the_joints_come_back_from_the_page() -> None:
    shown, body = spectrogram(), skeleton()
    content = json.loads(page_json(shown, body))
    record = content["map"]
    levels = np.frombuffer(base64.b64decode(record["levels"]), np.uint8).reshape(
        record["frames"], record["bins"]
    )
    np.testing.assert_allclose(
        record["low_db"] + levels * record["step_db"], shown.valid_db, atol=0.51 * record["step_db"]
    )
    assert record["step_db"] < 0.25 and record["frame_s"] == pytest.approx(0.02)
    assert record["first_velocity"] == pytest.approx(-6.4)
    assert len(base64.b64decode(record["colours"])) == 768
    motion = content["motion"]
    joints = np.frombuffer(base64.b64decode(motion["joints"]), "<i2").reshape(-1, 3, 3) / 1000.0
    np.testing.assert_allclose(joints, body.joints_m[::2], atol=0.51e-3)
    assert motion["rate_hz"] == 25.0 and motion["sides"] == [0, 1, 0] and motion["head"] == 2
    assert motion["towards"] == [0.0, -1.0]
    assert page_json(None, None) == '{"map":null,"motion":null,"shown_s":0.0}'


@pytest.mark.parametrize("kind", ["script", "version"])
def test_pages_of_other_things_have_no_map(kind: str) -> None:
    version = {
        "name": "mmwave-sim@1", "content_hash": "content-1", "counts": {"split": {"train": 2}}, "n_samples": 2,
        "n_motions": 1, "parent_version": None, "code_commit": None, "environment_hash": None, "run_id": "run-1",
        "created_at": WHEN,
    }  # fmt: skip
    listed = {
        key: SAMPLE[key]
        for key in ("sample_id", "motion_id", "split", "activity", "view", "range_m", "in_versions")
    }
    changes: dict[str, Any] = {"kind": kind, "id": "scp-1", "sample": None, "samples": [listed]}
    if kind == "version":
        changes |= {"id": "mmwave-sim@1", "version": version, "script": None, "requests": []}
    text = render_lineage_page(LineagePage(story(**changes)))
    ids = {attributes.get("id") for _, attributes in read(text).seen}
    assert "map" not in ids and "stage" not in ids and "play" not in ids
    assert "smp-1" in text


def answers_file(folder: Path, ids: list[str]) -> Path:
    path = folder / "answers.jsonl"
    lines = [
        json.dumps({"sample_id": name, "caption": "x" * (7 * index % 90)}) for index, name in enumerate(ids)
    ]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize("n", [0, 1, 2, 3, 64, 257])
def test_every_answer_is_found_and_no_other(n: int, tmp_path: Path) -> None:
    ids = [f"smp-{2 * index:05d}" for index in range(n)]
    path = answers_file(tmp_path, ids)
    for name in ids:
        assert (find_answer(path, name) or {})["sample_id"] == name
    for index in range(-1, n):
        assert find_answer(path, f"smp-{2 * index + 1:05d}") is None
    assert find_answer(path, "a") is None and find_answer(path, "z") is None


def test_a_damaged_answers_file_is_named(tmp_path: Path) -> None:
    path = answers_file(tmp_path, ["smp-1", "smp-2", "smp-3"])
    path.write_text(path.read_text().replace('{"sample_id": "smp-2"', '{"sample"'))
    with pytest.raises(EvaluationError, match=re.escape(f"{path} is damaged")):
        find_answer(path, "smp-2")


def test_the_scorecard_that_showed_a_gap_stands_before_it_and_the_sample_s_own_one_last() -> None:
    kinds = {
        "gap-1": "gap",
        "scp-1": "script",
        "smp-1": "sample",
        "scr-old": "scorecard",
        "scr-new": "scorecard",
    }
    nodes = {
        identity: LineageNode(kind, identity, {"title": "", "slice": ""}) for identity, kind in kinds.items()
    }
    ways = [("scr-old", "gap-1", "shown by"), ("gap-1", "scp-1", "fills"), ("smp-1", "scr-new", "scored on")]
    picture = chain_picture(LineageGraph("smp-1", nodes, tuple(LineageEdge(*way) for way in ways)))
    at = {name: int(x) for x, name in re.findall(r'<rect x="(\d+)".*?class="small"[^>]*>([\w-]+)<', picture)}
    assert sorted(at, key=lambda name: at[name]) == ["scr-old", "gap-1", "scp-1", "smp-1", "scr-new"]
    assert "<title>shown by</title>" in picture
