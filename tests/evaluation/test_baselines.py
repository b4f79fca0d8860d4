"""Trivial baselines: majority and best constant, equal to brute force."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.baselines import MajorityAnswers, best_constant_caption, majority_label
from evaluation.errors import MetricInputError
from evaluation.question_answering import AnsweredQuestion
from evaluation.text_metrics import bleu_scores

words = st.lists(
    st.sampled_from(["a", "person", "walks", "turns", "left", "twice", "a"]), min_size=1, max_size=8
)


def test_majority_breaks_ties_by_the_alphabet() -> None:
    assert majority_label(["walk", "kick", "walk"]) == "walk"
    assert majority_label(["walk", "kick"]) == majority_label(["kick", "walk"]) == "kick"
    with pytest.raises(MetricInputError):
        majority_label([])


@settings(max_examples=60)
@given(
    st.lists(words, min_size=1, max_size=8),
    st.lists(st.lists(words, min_size=1, max_size=3), min_size=1, max_size=5),
)
def test_best_constant_equals_trying_every_caption(captions: list, references: list) -> None:
    found = best_constant_caption(captions, references)
    tried = {tuple(caption): bleu_scores([caption] * len(references), references)[3] for caption in captions}
    assert found.bleu_4 == pytest.approx(max(tried.values()), rel=1e-12)
    assert found.bleu_4 == pytest.approx(tried[found.tokens], rel=1e-12)


def test_best_constant_is_the_common_caption() -> None:
    references = [[["a", "person", "walks", "to", "the", "left"]]] * 3 + [[["someone", "kicks"]]]
    captions = [["someone", "kicks"], ["a", "person", "walks", "to", "the", "left"], []]
    assert best_constant_caption(captions, references).text == "a person walks to the left"


def test_no_caption_or_reference_is_refused() -> None:
    for captions, references in (([], [[["a"]]]), ([["a"]], []), ([["a"]], [[]]), ([[]], [[["a"]]])):
        with pytest.raises(MetricInputError):
            best_constant_caption(captions, references)


def test_majority_answers_by_kind_and_by_question() -> None:
    training = [
        ("side", "which hand waves?", "left"),
        ("side", "which hand waves?", "left"),
        ("side", "which leg kicks?", "Right."),
        ("side", "which leg kicks?", "right"),
        ("side", "which arm?", "right"),
        ("count", "how often?", "2"),
    ]
    majority = MajorityAnswers.fit(training)
    assert majority.of_kind == {"side": "right", "count": "2"}
    items = [
        AnsweredQuestion("s", "detail", "side", "Which hand waves?", "left", ""),
        AnsweredQuestion("s", "detail", "side", "which foot?", "right", ""),
        AnsweredQuestion("s", "detail", "order", "what first?", "walk", ""),
    ]
    assert majority.kind_accuracy(items).tolist() == [0.0, 1.0, 0.0]
    assert majority.question_accuracy(items).tolist() == [1.0, 1.0, 0.0]
