"""The dataset card: every number from the data, foreign words shown and never read as markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from PIL import Image

from data_lake import LedgerEntry
from evaluation import CardFacts, Spectrogram, croissant_properties, responsible_ai, write_dataset_card
from evaluation.dataset_card_facts import AuthorCosts, QuarantineReason, SplitCount, range_bin
from evaluation.dataset_card_figures import MOST_ACTIVITIES, coverage_figure
from evaluation.dataset_card_radar import radar_rows
from evaluation.dataset_card_text import card_text
from evaluation.errors import MetricInputError
from evaluation.markdown_escaping import escape_markdown, safe_table
from simulator import radar_preset

HOSTILE = "<script>alert(1)</script> [x](http://evil.example) ![i](y) `c` **b** | cell\n# head www.evil.example a@b.c"
RADAR = radar_preset("mmexpert-iwr1843")


def facts(**changes: Any) -> CardFacts:
    info = SimpleNamespace(
        name="mmwave-sim@3", dataset="mmwave-sim", number=3, content_hash="content-1", parent_version="mmwave-sim@2",
        codec={"shape": [496, 128], "db_offset": -140.0, "db_step": 0.4, "dtype": "uint8"}, run_id="run-1",
        split_rule={"name": "sha256-of-family-key", "version": 1, "train": 0.7, "val": 0.08, "test": 0.22},
        code_commit=None, environment_hash=None, created_at=datetime(2026, 11, 23, tzinfo=UTC), parameters={},
    )  # fmt: skip
    values: dict[str, Any] = {
        "reader": SimpleNamespace(info=info),
        "splits": (SplitCount("train", 6, 3, 3, 60.0), SplitCount("val", 0, 0, 0, 0.0),
                   SplitCount("test", 2, 1, 1, 20.0)),
        "origins": {"script": 6, "real": 2},
        "coverage": {("walk", "A", "3-4"): 5, ("fall", "B", "4-5"): 1, ("not stated", "not stated", "not stated"): 2},
        "radars": {"rad-1": RADAR, "rad-2": None},
        "radar_samples": {(RADAR.name, "rad-1"): 6, ("lab", "rad-2"): 2},
        "stored": {"rad-1": (50.0, 0.0946), "rad-2": (25.0, 0.05)},
        "flags": {"velocity_wraps": 2},
        "quarantine": (QuarantineReason(HOSTILE, 4),),
        "costs": (AuthorCosts("model", HOSTILE, 3, 5, 1000, 500, 0.03), AuthorCosts("grammar", None, 1, 0, 0, 0, 0.0)),
        "ledger": (LedgerEntry("Apache-2.0", None, 6, 3), LedgerEntry(HOSTILE, False, 2, 1)),
        "made_with": {"author": {"grammar": 8}, "body_source": {HOSTILE: 8}, "simulator_version": {"3": 8},
                      "synthesis_version": {"2": 8}},
        "captions_by_style": {HOSTILE: 8},
        "questions_by_role": {"QA01": 8},
    }  # fmt: skip
    return CardFacts(**{**values, **changes})


def rendered(text: str) -> str:
    """The card as a browser gets it, with tables and HTML on, as hubs render it."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(body)


def test_no_word_of_others_becomes_markup() -> None:
    html = rendered(card_text(facts(), {}, {}, []))
    assert "<script" not in html and "evil.example</a>" not in html and "<img" not in html
    assert not re.findall(r'href="[^"]*evil', html)
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert html.count("<table>") == html.count("</table>") > 5
    for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL):
        assert row.count("<td") in (0, 2, 3, 4, 5, 8)  # a | in a word makes no cell


@given(st.text(max_size=60))
@example("- a")
@example("1. a")
@example("\\")
@example("a|b\\|c")
@example("http://x.y www.z")
@example("~~~")
@example("&amp; &#35;")
def test_escaped_text_renders_as_itself(text: str) -> None:
    words = " ".join(text.split())
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(escape_markdown(text))
    shown = re.sub(r"\A<p>|</p>\n?\Z", "", html)
    assert "<" not in shown
    plain = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert plain.strip() == words.replace("\0", "\ufffd")


def test_long_words_are_cut_and_cells_stay_cells() -> None:
    assert len(escape_markdown("x" * 1000)) < 310
    lines = safe_table(("a", "b"), [("x | y", 1.5)])
    assert lines == ["| a | b |", "| --- | ---: |", "| x \\| y | 1.5 |"]


def test_the_card_says_the_numbers() -> None:
    text = card_text(facts(), {"Coverage": "p/coverage.png"}, {"train": "data/train-*.parquet"}, ["load it"])
    for words in (
        "8 radar maps", "of 4 motions", "| train | 6 | 3 | 3 | 1.0 |", "0.0300", "0.0100", "load it",
        "velocity\\_wraps | 2 | 25.0%", "75% of the samples are simulated", "±6.06 m/s", "![Coverage](p/coverage.png)",
        "content-1", "2509.16521",
        "Its configuration is not stored", "25 | Hz", 'path: "data/train-*.parquet"', "**may not** be passed on",
    ):  # fmt: skip
        assert words in text, words
    assert text.startswith("---\n")


def test_front_matter_names_open_licences_only_where_all_are() -> None:
    opened = card_text(facts(ledger=(LedgerEntry("Apache-2.0; CC0-1.0", None, 8, 4),)), {}, {}, [])
    assert 'license:\n- "apache-2.0"\n- "cc0-1.0"\n' in opened
    assert 'license:\n- "other"\n' in card_text(facts(), {}, {}, [])


def test_unknown_prices_are_not_zero() -> None:
    unknown = (AuthorCosts("model", "m", 3, 5, 0, 0, None),)
    assert "| not known | not known |" in card_text(facts(costs=unknown), {}, {}, [])


def test_derived_numbers_of_the_radar_are_the_config_s_own() -> None:
    rows = {name: (value, unit) for name, value, unit in radar_rows(RADAR)}
    assert rows["unambiguous range rate (derived)"] == (f"±{RADAR.max_velocity_mps:.4f}", "m/s")
    assert rows["range per bin (derived)"] == ("0.0436", "m")
    assert rows["frequency at mid sweep (derived)"] == ("79.2101", "GHz")


@pytest.mark.parametrize(
    ("range_m", "name"), [(0.0, "0-1"), (2.999, "2-3"), (3.0, "3-4"), (12.5, "12-13"), (None, "not stated")]
)
def test_ranges_fall_into_metres(range_m: float | None, name: str) -> None:
    assert range_bin(range_m) == name


def test_the_coverage_picture_counts_and_orders() -> None:
    counts = {("walk", "A", "10-11"): 3, ("walk", "B", "2-3"): 4, ("fall", "A", "2-3"): 5}
    figure = coverage_figure(counts)
    by_view, by_range, views = (axes for axes in figure.axes)
    assert [label.get_text() for label in by_view.get_yticklabels()] == ["fall", "walk"]
    assert [label.get_text() for label in by_range.get_xticklabels()] == ["2-3", "10-11"]
    assert [text.get_text() for text in by_view.texts] == ["5", "·", "3", "4"]
    assert [text.get_text() for text in by_range.texts] == ["5", "·", "4", "3"]
    assert [text.get_text() for text in views.texts] == ["5", "3", "4", "·"]


def test_many_activities_are_joined_and_none_are_refused() -> None:
    counts = {(f"activity $ {i:03d}", "A", "3-4"): 1 + (i == 7) for i in range(100)}
    labels = [label.get_text() for label in coverage_figure(counts).axes[0].get_yticklabels()]
    assert len(labels) == MOST_ACTIVITIES and "61 rarer ones" in labels
    with pytest.raises(MetricInputError):
        coverage_figure({})


def test_card_and_pictures_lie_side_by_side(tmp_path: Path) -> None:
    example = Spectrogram(
        np.random.default_rng(0).normal(size=(50, 128)), np.arange(50) / 50, np.arange(128) - 64.0, "$x$"
    )
    path = write_dataset_card(facts(), tmp_path / "README.md", [example])
    linked = re.findall(r"!\[[^]]*\]\(([^)]*)\)", path.read_text())
    assert linked == ["card-pictures/coverage.png", "card-pictures/examples.png"]
    for name in linked:
        with Image.open(tmp_path / name) as picture:
            assert min(picture.size) > 100
    assert {file.name for file in tmp_path.iterdir()} == {"README.md", "card-pictures"}


def test_croissant_properties_come_from_the_facts() -> None:
    about = croissant_properties(facts())
    assert (
        about["name"] == "mmwave-sim"
        and about["version"] == "3.0.0"
        and about["datePublished"] == "2026-11-23"
    )
    said = responsible_ai(facts())
    assert said["dataCollectionMissingData"].startswith("4 refused")
    assert said["dataCollectionType"] == ["Synthetic", "Experiments"]
    assert "velocity_wraps 2" in said["dataLimitations"][-1]
    assert "people" in said["personalSensitiveInformation"][0]
