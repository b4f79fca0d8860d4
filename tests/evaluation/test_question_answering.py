"""Exact match: what is evened out and what is not."""

from __future__ import annotations

import pytest

from evaluation.errors import MetricInputError
from evaluation.question_answering import (
    AnsweredQuestion,
    chance_accuracy,
    count_error,
    exact_match,
    normalised_answer,
    within_options,
)


def item(
    answer: str, predicted: str, kind: str = "direction", options: tuple[str, ...] = ()
) -> AnsweredQuestion:
    return AnsweredQuestion("s", "detail", kind, "which way?", answer, predicted, options)


@pytest.mark.parametrize(
    ("answer", "predicted", "right"),
    [
        ("left", " Left. ", True),
        ("to the left", "To  the\nleft!", True),
        ("left", "let", False),
        ("none", "zero", False),
        ("left", "the left", False),
        ("left", "left and right", False),
        ("walk", "walking", False),
        ("left", "", False),
        ("3.5 m", "35 m", False),
    ],
)
def test_exact_match(answer: str, predicted: str, right: bool) -> None:
    assert exact_match([item(answer, predicted)]).tolist() == [float(right)]


def test_only_punctuation_at_the_end_goes() -> None:
    assert normalised_answer(" (Twice)... ") == "(twice)"
    assert normalised_answer("a, b.") == "a, b"


def test_chance_uses_the_options_or_else_the_known_answers() -> None:
    items = [item("a", "a", options=("a", "b", "c", "d")), item("x", "y", kind="count")]
    assert chance_accuracy(items, {"count": 5}.__getitem__).tolist() == [0.25, 0.2]


def test_answers_outside_of_the_options_are_seen() -> None:
    items = [item("a", "A.", options=("a", "b")), item("a", "c", options=("a", "b")), item("a", "b")]
    assert within_options(items).tolist() == [1.0, 0.0]


def test_count_error_reads_digits_and_words_and_skips_the_rest() -> None:
    items = [
        item("3", "five", "count"),
        item("two times", "2", "count"),
        item("1", "many", "count"),
        item("1", "9"),
    ]
    assert count_error(items).tolist() == [2.0, 0.0]


def test_nothing_to_score_is_refused() -> None:
    with pytest.raises(MetricInputError):
        exact_match([])
