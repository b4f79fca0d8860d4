"""docs/motion.md says the vocabulary as it is, and shows a small picture of each example script."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

from evaluation.errors import MetricInputError
from evaluation.motion_pictures_page import BEGIN, END, page_with_vocabulary, vocabulary_tables
from simulator.motion.script import Step

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "motion.md"
SCRIPTS = sorted((DOCS / "examples" / "scripts").glob("*.json"))


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with_vocabulary(page), "run: python docs/images/motion/make.py --tables"


def test_every_word_and_field_is_in_the_tables() -> None:
    tables = vocabulary_tables()
    n_words = 0
    for model in get_args(Step):
        for name, field in model.model_fields.items():
            words = get_args(field.annotation)
            for word in words if all(isinstance(word, str) for word in words) else ():
                assert f"`{word}`" in tables or f"{word}" in tables, (name, word)
                n_words += 1
            assert name == "kind" or name in tables
    assert n_words > 50


def test_pages_without_marks_are_refused() -> None:
    for page in ("", BEGIN, END + BEGIN, BEGIN + BEGIN + END):
        with pytest.raises(MetricInputError, match="once each"):
            page_with_vocabulary(page)
    assert page_with_vocabulary(f"a\n{BEGIN} old {END}\nb").startswith(f"a\n{BEGIN}\n| step |")


def test_every_example_has_its_picture_on_the_page() -> None:
    assert len(SCRIPTS) == 12
    page = PAGE.read_text(encoding="utf-8")
    for script in SCRIPTS:
        picture = DOCS / "images" / "motion" / f"{script.stem}.gif"
        assert f"images/motion/{script.stem}.gif" in page and f"examples/scripts/{script.stem}.json" in page
        assert picture.stat().st_size <= 400_000, f"{picture.name}: {picture.stat().st_size} bytes"
        with Image.open(picture) as image:
            assert image.n_frames > 20  # type: ignore[attr-defined]


def test_links_of_the_page_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)", PAGE.read_text(encoding="utf-8"))
    assert len(targets) > 12
    for target in targets:
        assert target.startswith("http") or (DOCS / target).exists(), target
