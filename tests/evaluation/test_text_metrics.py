"""BLEU, ROUGE-L and CIDEr-D against coco-caption, and their closed forms."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.errors import MetricInputError
from evaluation.text_metrics import (
    bleu_from_counts,
    bleu_scores,
    bleu_statistics,
    cider_d,
    lcs_length,
    rouge_l,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "metric_vectors"
TOLERANCE = 1e-9
SMALL = json.loads((GOLDEN / "small_vectors.json").read_text(encoding="utf-8"))
words = st.lists(
    st.sampled_from(["a", "person", "walks", "turns", "left", "right", "fast", "the"]), min_size=1, max_size=9
)
corpora = st.lists(st.tuples(words, st.lists(words, min_size=1, max_size=4)), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def coco() -> dict[str, Any]:
    items = json.loads((GOLDEN / "fakecap_subset_inputs.json").read_text(encoding="utf-8"))
    return {
        "ids": [str(item["image_id"]) for item in items],
        "candidates": [item["candidate_ptb"].split() for item in items],
        "references": [[text.split() for text in item["references_ptb"]] for item in items],
        "expected": json.loads((GOLDEN / "fakecap_subset_expected.json").read_text(encoding="utf-8")),
    }


def test_bleu_equals_coco_caption(coco: dict[str, Any]) -> None:
    statistics = bleu_statistics(coco["candidates"], coco["references"])
    expected = coco["expected"]
    assert statistics.guess.sum(axis=0).tolist() == expected["bleu_stats"]["guess"]
    assert statistics.correct.sum(axis=0).tolist() == expected["bleu_stats"]["correct"]
    assert statistics.candidate_length.sum() == expected["bleu_stats"]["testlen"]
    assert statistics.reference_length.sum() == expected["bleu_stats"]["reflen"]
    corpus = bleu_scores(coco["candidates"], coco["references"])
    for n in range(4):
        name = f"Bleu_{n + 1}"
        assert corpus[n] == pytest.approx(expected["corpus"][name], abs=TOLERANCE)
        per_image = [expected["per_image"][name][key] for key in coco["ids"]]
        np.testing.assert_allclose(statistics.per_item()[:, n], per_image, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(("metric", "name"), [(rouge_l, "ROUGE_L"), (cider_d, "CIDEr")])
def test_rouge_and_cider_equal_coco_caption(coco: dict[str, Any], metric: Any, name: str) -> None:
    values = metric(coco["candidates"], coco["references"])
    assert values.mean() == pytest.approx(coco["expected"]["corpus"][name], abs=TOLERANCE)
    per_image = [coco["expected"]["per_image"][name][key] for key in coco["ids"]]
    np.testing.assert_allclose(values, per_image, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("case", SMALL, ids=[case["name"] for case in SMALL])
def test_small_cases(case: dict[str, Any]) -> None:
    keys = list(case["tokens"]["cands"])
    candidates = [case["tokens"]["cands"][key].split() for key in keys]
    references = [[text.split() for text in case["tokens"]["refs"][key]] for key in keys]
    found = dict(
        zip(("Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4"), bleu_scores(candidates, references), strict=True)
    )
    found["ROUGE_L"] = float(rouge_l(candidates, references).mean())
    found["CIDEr"] = float(cider_d(candidates, references).mean())
    for name, value in found.items():
        assert value == pytest.approx(case["pycocoevalcap_1_2"][name], abs=TOLERANCE), name


def test_bleus_last_step_on_the_published_coco_example() -> None:
    correct, guess = np.array([[5732, 2510, 1043, 423]]), np.array([[9893, 8893, 7893, 6893]])
    scores = bleu_from_counts(correct, guess, np.array([9893]), np.array([9855]))
    assert [round(float(score), 3) for score in scores[0]] == [0.579, 0.404, 0.279, 0.191]


def test_cider_of_one_item_is_zero_and_of_identical_items_ten() -> None:
    one, two, three = (
        ["a", "person", "walks", "to", "the", "left"],
        ["someone", "kicks", "twice", "now"],
        ["he", "sits", "down", "again"],
    )
    assert cider_d([one], [[one]])[0] == 0.0
    np.testing.assert_allclose(cider_d([one, two, three], [[one], [two], [three]]), 10.0, rtol=1e-12)


def test_rouge_takes_precision_and_recall_from_different_references() -> None:
    # Precision is best (1) on the long reference, recall is best (1) on the short one.
    value = rouge_l([["a", "b"]], [[["a", "b", "c", "d"], ["a"]]])[0]
    assert value == pytest.approx(1.0)
    alone = rouge_l([["a", "b"]], [[["a", "b", "c", "d"]]])[0]
    assert alone == pytest.approx((1 + 1.44) * 1.0 * 0.5 / (0.5 + 1.44 * 1.0))


def test_brevity_penalty_is_the_closed_form() -> None:
    candidate, reference = ["a", "person", "walks"], ["a", "person", "walks", "to", "the", "left"]
    assert bleu_scores([candidate], [[reference]])[0] == pytest.approx(math.exp(1 - 6 / 3), abs=1e-8)


def test_empty_candidate_scores_zero() -> None:
    references = [[["a", "person", "walks"]], [["he", "sits"]]]
    candidates: list[list[str]] = [[], ["he", "sits"]]
    assert rouge_l(candidates, references)[0] == 0.0
    assert cider_d(candidates, references)[0] == 0.0
    assert 0.0 < bleu_scores(candidates, references)[0] < 1.0


@pytest.mark.parametrize(
    ("candidates", "references"),
    [([], []), ([["a"]], []), ([["a"]], [[]]), ([["a"]], [["a person"]]), ([["a"]], ["a person"])],
)
def test_bad_input_is_refused(candidates: Any, references: Any) -> None:
    for metric in (bleu_scores, rouge_l, cider_d):
        with pytest.raises(MetricInputError):
            metric(candidates, references)


@given(words, words)
def test_lcs_equals_the_textbook_recursion(first: list[str], second: list[str]) -> None:
    table = np.zeros((len(first) + 1, len(second) + 1), dtype=int)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            table[i + 1, j + 1] = table[i, j] + 1 if a == b else max(table[i, j + 1], table[i + 1, j])
    assert lcs_length(first, second) == table[-1, -1]


@settings(max_examples=40)
@given(corpora, st.randoms(use_true_random=False))
def test_order_of_items_and_references_does_not_matter(corpus: list, rng: Any) -> None:
    def totals(items: list) -> list[float]:
        candidates, references = [c for c, _ in items], [r for _, r in items]
        rouge, cider = rouge_l(candidates, references), cider_d(candidates, references)
        return [*bleu_scores(candidates, references), float(rouge.mean()), float(cider.mean())]

    shuffled = [(candidate, rng.sample(references, len(references))) for candidate, references in corpus]
    rng.shuffle(shuffled)
    assert totals(shuffled) == pytest.approx(totals(corpus), rel=1e-9, abs=1e-12)


@settings(max_examples=40)
@given(corpora)
def test_scores_lie_in_their_ranges_and_perfect_is_best(corpus: list) -> None:
    candidates, references = [c for c, _ in corpus], [r for _, r in corpus]
    assert all(0.0 <= score <= 1.0 for score in bleu_scores(candidates, references))
    assert ((rouge_l(candidates, references) >= 0) & (rouge_l(candidates, references) <= 1 + 1e-12)).all()
    assert ((cider_d(candidates, references) >= 0) & (cider_d(candidates, references) <= 10 + 1e-9)).all()
    copies = [group[0] for group in references]
    assert bleu_scores(copies, references)[0] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(rouge_l(copies, references), 1.0, rtol=1e-12)
