"""Exact match: what is evened out and what is not."""

from __future__ import annotations

import numpy as np
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
from evaluation.question_measures import question_measures
from evaluation.statistics import GroupBootstrap


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


def test_chance_of_an_answer_that_is_not_offered_and_of_one_that_nobody_knows() -> None:
    items = [
        item("a", "a", options=("B", "b.")),
        item("b", "b", options=("B", "b. ")),
        item("x", "x", kind="new"),
    ]
    chance = chance_accuracy(items, {"new": 0}.__getitem__)
    assert chance[:2].tolist() == [0.0, 1.0] and np.isnan(chance[2])


def measured(items: list[AnsweredQuestion], training: list[tuple[str, str, str]]) -> dict[str, float | None]:
    bootstrap = GroupBootstrap([str(number) for number in range(len(items))], 20, 0)
    measures = question_measures(items, training, bootstrap)
    return {measure.of["kind"]: measure.chance for measure in measures if "kind" in measure.of} | {
        "all": next(measure.chance for measure in measures if measure.of == {"questions": "all"})
    }


def test_chance_of_kinds_that_training_never_saw_comes_from_their_options() -> None:
    unseen = [item("a", "a", "new", ("a", "b", "c")), item("b", "a", "new", ("a", "b"))]
    seen = [item("left", "left", "side", ("left", "right"))]
    chance = measured(unseen + seen, [("side", "which way?", "left")])
    assert chance["new"] == pytest.approx((1 / 3 + 1 / 2) / 2) and chance["side"] == 0.5
    assert chance["all"] == pytest.approx((1 / 3 + 1 / 2 + 1 / 2) / 3)


def test_chance_without_options_is_that_of_all_known_answers_or_not_known() -> None:
    training = [("free", "q", "walking"), ("free", "q", "Waving.")]
    assert measured([item("sitting", "walking", "free")], training)["free"] == pytest.approx(1 / 3)
    new = [item("yes", "no", "new"), item("no", "no", "new")]
    assert measured(new, training)["new"] == 0.5
    only = measured([item("yes", "no", "only"), *new], training)
    assert only["only"] is None and only["all"] is None and only["new"] == 0.5


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
