"""The scorecard: round trip, comparison with baselines, Markdown and table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from rich.console import Console

from evaluation.errors import ScorecardError
from evaluation.scorecard import Baseline, Confusion, Measure, Scorecard, read_scorecard, write_scorecard
from evaluation.scorecard_rendering import render_table, to_markdown
from evaluation.statistics import Interval


def measure(**changes) -> Measure:  # type: ignore[no-untyped-def]
    fields = {
        "section": "retrieval", "name": "R@1", "of": {"direction": "text to wave"}, "value": 0.5,
        "scale": "share", "interval": Interval(low=0.4, high=0.6, groups=20, resamples=1000),
        "n_items": 64,
        "n_groups": 20, "n_references": 32, "chance": 1 / 32, "version": "retrieval-1",
        "headline": True, "note": "pools of 32",
    }  # fmt: skip
    return Measure(**{**fields, **changes})


@pytest.fixture
def scorecard() -> Scorecard:
    constant = Baseline(name="best constant caption", value=0.125, note="chosen | here: 'a person walks'")
    caption = {
        "section": "captions",
        "of": {},
        "scale": "score",
        "chance": None,
        "version": "coco-caption-equal-1",
    }
    return Scorecard(
        dataset="daily-living@3",
        split="test",
        encoder="0123456789ab",
        wavellm="ba9876543210",
        config={"pool_size": 32},
        versions={"retrieval": "retrieval-1"},
        measures=(
            measure(),
            measure(section="zero-shot", name="top-1", value=0.2, chance=0.1, of={}, headline=True,
                    baselines=(Baseline(name="majority class", value=0.25),)),
            measure(name="BLEU-4", value=0.25, baselines=(constant,), **caption),
            measure(name="METEOR", value=None, interval=None, not_run="java is not on the PATH", **caption),
            measure(name="median rank", value=2.0, chance=16.0, scale="rank", headline=False),
        ),
        confusion=Confusion(
            labels=("kick", "walk", "dab"), classes=("kick", "walk"), counts=((3, 0), (1, 4), (0, 1))
        ),
        notes=("64 samples of 20 motions",),
    )  # fmt: skip


def test_json_round_trip(scorecard: Scorecard, tmp_path: Path) -> None:
    path, _ = write_scorecard(scorecard, tmp_path)
    assert read_scorecard(path) == scorecard
    assert read_scorecard(path).to_json() == path.read_text(encoding="utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["scorecard.json", "scorecard.md"]


def test_json_holds_the_comparison(scorecard: Scorecard) -> None:
    stored = json.loads(scorecard.to_json())["measures"]
    assert stored[0]["derived"] == {
        "ratio_to_chance": 16.0, "strongest_baseline": "chance", "ratio_to_strongest_baseline": 16.0,
    }  # fmt: skip
    assert stored[1]["derived"]["strongest_baseline"] == "majority class"
    assert stored[1]["derived"]["ratio_to_strongest_baseline"] == pytest.approx(0.8)
    assert stored[3]["value"] is None
    assert stored[4]["derived"]["ratio_to_chance"] == 8.0


def test_smaller_is_better_for_ranks() -> None:
    rank = measure(scale="rank", value=2.0, chance=16.0, baselines=(Baseline(name="easy", value=30.0),))
    assert rank.strongest is not None
    assert rank.strongest.name == "chance"
    assert rank.ratio_to(16.0) == 8.0
    assert measure(value=0.5, chance=0.0).ratio_to(0.0) is None


def test_a_value_or_a_reason_but_not_both() -> None:
    for changes in ({"value": None}, {"not_run": "no java"}, {"value": float("nan")}, {"unknown": 1}):
        with pytest.raises(ValidationError):
            measure(**changes)


def test_not_a_scorecard(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"measures": [{}]}', '{"measures": "x"}'):
        path = tmp_path / "scorecard.json"
        path.write_text(text)
        with pytest.raises(ScorecardError):
            read_scorecard(path)


def test_one_names_what_there_is(scorecard: Scorecard) -> None:
    assert scorecard.one("retrieval", "R@1", direction="text to wave").value == 0.5
    with pytest.raises(ScorecardError, match="captions/BLEU-4"):
        scorecard.one("captions", "SPICE")


def test_markdown_shows_every_number_with_its_rival(scorecard: Scorecard) -> None:
    text = to_markdown(scorecard)
    head = text[text.index("## Headline") : text.index("## Retrieval")]
    row = next(line for line in head.splitlines() if line.startswith("| R@1"))
    assert row.split(" | ")[1:] == [
        "0.500",
        "0.400 … 0.600",
        "0.031",
        "0.031 (chance)",
        "16.00×",
        "64",
        "20 |",
    ]
    meteor = next(line for line in head.splitlines() if "METEOR" in line)
    assert "not run" in meteor and "java is not on the PATH" in meteor and "0.0" not in meteor
    assert "median rank" not in head and "median rank" in text
    assert "daily-living@3" in text and "pools of 32" in text
    assert "here: 'a person walks'): BLEU-4 0.125" in text
    assert "0.500 (0.031)" in text and "2.0 (16.0)" in text
    assert "| dab | · | 1 |" in text
    columns = {line.replace("\\|", "").count("|") for line in head.splitlines() if line.startswith("|")}
    assert columns == {9}


def test_table_has_the_headline_and_marks_what_is_not_beaten(scorecard: Scorecard) -> None:
    console = Console(width=160, record=True, force_terminal=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render_table(scorecard))
    coloured, plain = console.export_text(styles=True, clear=False), console.export_text()
    assert "daily-living@3" in plain and "R@1" in plain and "median rank" not in plain
    top_1 = next(line for line in coloured.splitlines() if "top-1" in line)
    assert "\x1b[33m" in top_1
    assert "\x1b[33m" not in next(line for line in coloured.splitlines() if "R@1" in line)
    assert len(render_table(scorecard, everything=True).rows) > len(render_table(scorecard).rows)
