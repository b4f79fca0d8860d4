"""From a caption to the user's own clip: the right one, or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from data_lake.errors import NotInLake
from flows.cli.commands import app
from flows.import_request import ImportSettings, run_import
from flows.retrieve_motion import (
    DEFAULT_THRESHOLD,
    CaptionVectors,
    contradicts,
    nearest_clip,
    rank_clips,
)
from llm_prompts import GrammarAuthor, draw_briefs, load_scenario
from simulator import activity_of

WALK = Path(__file__).parents[1] / "data" / "motion" / "dm_walk.npy"
REAL = {
    "walk": "a person walks",
    "run": "a person runs",
    "jump": "a person jumps",
    "kick": "a person kicks",
    "punch": "a person punches",
    "dance": "a person dances",
    "cartwheel": "a person does a cartwheel",
    "crawl": "a person crawls on hands and knees",
    "get_up": "a person gets up from lying on the back",
}


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> CaptionVectors:
    return CaptionVectors(tmp_path_factory.mktemp("vectors") / "vectors.npz")


def row(name: str, *captions: str, start_s: float = 0.0, **columns: Any) -> dict[str, Any]:
    label = columns.get("label")
    return {
        "name": name, "sha256": name, "part": None, "captions": list(captions), "label": label, "start_s": start_s
    }  # fmt: skip


CLIPS = [row(label, caption) for label, caption in REAL.items()]


@pytest.mark.parametrize(
    ("caption", "clip"),
    [
        ("a man is walking forward", "walk"),
        ("a person kicks with the right leg", "kick"),
        ("someone jumps up", "jump"),
        ("the person throws a punch", "punch"),
        ("a person is jogging", "run"),
    ],
)
def test_the_nearest_clip_shows_what_is_asked_for(caption: str, clip: str, vectors: CaptionVectors) -> None:
    match = nearest_clip(caption, CLIPS, vectors, threshold=0.6)
    assert match.row["name"] == clip and match.caption == REAL[clip]


@pytest.mark.parametrize(
    "caption", ["a person drinks a glass of water", "a person squats twice", "a dog barks"]
)
def test_what_nobody_recorded_is_refused_with_the_nearest_named(
    caption: str, vectors: CaptionVectors
) -> None:
    with pytest.raises(NotInLake, match=r'no clip is near enough.*the nearest, "a person'):
        nearest_clip(caption, CLIPS, vectors)


def test_directions_and_sides_are_compared_as_words(vectors: CaptionVectors) -> None:
    assert contradicts("a person walks backward", "a person walks")
    assert contradicts("a person walks", "a person steps sideways")
    assert contradicts("waves with the left hand", "waves with the right hand")
    assert not contradicts("waves with the left hand", "a person waves")
    assert not contradicts("turns left", "turns left, then right")
    clips = [row("back", "a person walks backwards"), row("ahead", "a person walks")]
    assert nearest_clip("a person walks backward", clips, vectors).row["name"] == "back"
    with pytest.raises(NotInLake, match="all contradict it"):
        nearest_clip("a person walks backward", clips[1:], vectors)


def test_a_recording_counts_once_with_its_best_caption(vectors: CaptionVectors) -> None:
    windows = [row("long", "someone is here", "a person walks", start_s=start_s) for start_s in (0.0, 9.9)]
    unnamed = row("unnamed", label="run")
    ranked = rank_clips("a person walks", [*windows, unnamed, row("silent")], vectors)
    assert [match.row["name"] for match in ranked] == ["long", "unnamed"]
    assert ranked[0].caption == "a person walks" and ranked[0].row["start_s"] == 0.0
    assert ranked[0].score == pytest.approx(1.0, abs=1e-5) and ranked[1].caption == "run"
    assert len(rank_clips("a person walks", CLIPS, vectors, top=3)) == 3


def test_the_threshold_keeps_precision_on_captions_of_the_embedded_author(vectors: CaptionVectors) -> None:
    author = GrammarAuthor(0)
    scripts = [author.write(brief) for brief in draw_briefs(load_scenario("daily-living"), 120, 0)]
    kept = right = 0
    for script in filter(None, scripts):
        best = rank_clips(script.caption, CLIPS, vectors, top=1)
        if best and best[0].score >= DEFAULT_THRESHOLD:
            kept += 1
            right += best[0].row["name"] == activity_of(script)
    assert kept >= 8
    assert right / kept >= 0.85


def test_vectors_are_kept_from_one_search_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "vectors.npz"
    first = CaptionVectors(path)(["a person walks", "a person runs"])
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1.0, rtol=1e-5)
    again = CaptionVectors(path)
    with monkeypatch.context() as patched:
        patched.setattr(again._encoder, "embed", lambda texts: pytest.fail(f"{texts} are known"))
        assert np.array_equal(again(["a person runs"]), first[1:])
    path.write_bytes(b"damaged")
    assert np.allclose(CaptionVectors(path)(["a person runs"]), first[1:], atol=1e-5)


def test_the_command_finds_imported_clips_or_refuses(tmp_path: Path) -> None:
    folder, workspace = tmp_path / "clips", tmp_path / "ws"
    folder.mkdir()
    np.save(folder / "w1.npy", np.load(WALK))
    clip = {"id": "w1", "file": "w1.npy", "caption": "a person walks", "licence": "CC0"}
    (folder / "manifest.json").write_text(json.dumps({"clips": [clip]}))
    run_import(ImportSettings(folder=folder, workspace=workspace, workers=1))
    where = ["--workspace", str(workspace)]
    found = CliRunner().invoke(app, ["retrieve", "someone is walking", "--json", *where])
    assert found.exit_code == 0, found.output
    (match,) = json.loads(found.stdout)["clips"]
    assert (match["name"], match["licence"]) == ("w1", "CC0") and match["score"] >= DEFAULT_THRESHOLD
    shown = CliRunner().invoke(app, ["retrieve", "someone is walking", *where])
    assert "a person walks" in shown.stdout and match["clip_id"][:8] in shown.stdout
    refused = CliRunner().invoke(app, ["retrieve", "a person plays the piano", *where])
    assert isinstance(refused.exception, NotInLake) and "import more clips" in str(refused.exception)
    author = GrammarAuthor(0)
    script = author.write(draw_briefs(load_scenario("daily-living"), 1, 0)[0])
    assert script is not None
    (tmp_path / "script.json").write_text(script.model_dump_json())
    asked = CliRunner().invoke(
        app, ["retrieve", str(tmp_path / "script.json"), "--threshold", "0", "--json", *where]
    )
    said = json.loads(asked.stdout) if asked.exit_code == 0 else {"caption": str(asked.exception)}
    assert script.caption in said["caption"]
