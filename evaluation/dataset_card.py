"""A dataset version's card, written from the data: Markdown, with pictures beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .dataset_card_facts import CardFacts
from .dataset_card_figures import draw_coverage
from .dataset_card_text import card_text
from .figures import Spectrogram, draw_spectrograms

__all__ = ["write_dataset_card"]

COVERAGE_TITLE, EXAMPLES_TITLE = "Samples by activity, view and range", "One sample of some activities"


def write_dataset_card(
    facts: CardFacts,
    path: Path,
    examples: Sequence[Spectrogram] = (),
    data_files: Mapping[str, str] | None = None,
    loading: Sequence[str] = (),
) -> Path:
    """Write the card to `path`, and its pictures into the folder NAME-pictures beside it (card-pictures for README).

    Args:
        facts: what the lake says; see `gather_card_facts`.
        path: the Markdown file.
        examples: maps to be drawn; none: no second picture.
        data_files: split as Hugging Face names it -> its files; None for a card without data beside it.
        loading: lines of Markdown on how to load the files beside the card.
    """
    stem = "card" if path.name == "README.md" else path.stem
    folder = path.with_name(f"{stem}-pictures")
    pictures = {COVERAGE_TITLE: draw_coverage(facts.coverage, folder / "coverage.png")}
    if examples:
        pictures[EXAMPLES_TITLE] = draw_spectrograms(examples, folder / "examples.png", dpi=100)
    names = {title: f"{folder.name}/{picture.name}" for title, picture in pictures.items()}
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_text(card_text(facts, names, data_files or {}, loading), encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path
