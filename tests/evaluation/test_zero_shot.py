"""Zero-shot classification: prompts, argmax, F1 and confusion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.errors import MetricInputError
from evaluation.zero_shot import class_vectors, classify, f1_counts, macro_f1

VECTORS = {"walk a": [1.0, 0.0, 0.0], "walk b": [0.0, 2.0, 0.0], "kick": [0.0, 0.0, 5.0]}


def embed(texts: list[str]) -> np.ndarray:
    return np.array([VECTORS[text] for text in texts])


def test_prompts_are_normalised_averaged_and_normalised_again() -> None:
    names, vectors = class_vectors({"walk": ["walk a", "walk b"], "kick": ["kick"]}, embed)
    assert names == ("kick", "walk")
    np.testing.assert_allclose(vectors, [[0, 0, 1], [np.sqrt(0.5), np.sqrt(0.5), 0]])


def test_perfect_waves_are_all_right() -> None:
    names, vectors = class_vectors({"walk": ["walk a"], "kick": ["kick"]}, embed)
    truth = ["walk", "kick", "kick"]
    result = classify(np.array([[9.0, 0.1, 0], [0, 0, 1], [0, 0.1, 2]]), vectors, names, truth)
    assert result.top_1() == 1.0
    assert result.macro_f1() == 1.0
    assert result.confusion().tolist() == [[2, 0], [0, 1]]
    assert result.per_class() == {"kick": (1.0, 2), "walk": (1.0, 1)}


def test_a_class_unknown_to_training_is_an_error_with_its_own_row() -> None:
    names, vectors = class_vectors({"walk": ["walk a"], "kick": ["kick"]}, embed)
    result = classify(np.array([[1.0, 0, 0], [0, 0, 1.0]]), vectors, names, ["walk", "dab"])
    assert result.top_1() == 0.5
    assert result.labels == ("kick", "walk", "dab")
    assert result.confusion().tolist() == [[0, 0], [0, 1], [1, 0]]


def test_macro_f1_by_hand() -> None:
    truth, predicted = ["a", "a", "a", "b"], ["a", "a", "b", "b"]
    hits, totals = f1_counts(truth, predicted)
    f1_a, f1_b = 2 * 2 / (3 + 2), 2 * 1 / (1 + 2)
    assert macro_f1(hits.sum(axis=0), totals.sum(axis=0)) == pytest.approx((f1_a + f1_b) / 2)


def test_always_the_majority_has_the_macro_f1_of_one_class() -> None:
    hits, totals = f1_counts(["a", "a", "b", "c"], ["a"] * 4)
    assert macro_f1(hits.sum(axis=0), totals.sum(axis=0)) == pytest.approx((2 * 2 / 6) / 3)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), min_size=1, max_size=20),
    st.randoms(),
)
def test_macro_f1_does_not_depend_on_the_order(pairs: list, rng) -> None:  # type: ignore[no-untyped-def]
    def value(items: list) -> float:
        hits, totals = f1_counts([t for t, _ in items], [p for _, p in items])
        return float(macro_f1(hits.sum(axis=0), totals.sum(axis=0)))

    shuffled = list(pairs)
    rng.shuffle(shuffled)
    assert value(shuffled) == pytest.approx(value(pairs))
    assert 0.0 <= value(pairs) <= 1.0


def test_missing_prompts_are_refused_by_name() -> None:
    with pytest.raises(MetricInputError, match="kick"):
        class_vectors({"walk": ["walk a"], "kick": []}, embed)
    with pytest.raises(MetricInputError):
        class_vectors({}, embed)
    with pytest.raises(MetricInputError):
        classify(np.ones((2, 3)), np.ones((1, 3)), ["walk"], ["walk"])
