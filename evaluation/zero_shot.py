"""Zero-shot activity recognition: the class whose prompts lie nearest to the wave embedding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import MetricInputError
from .retrieval import unit_rows

__all__ = [
    "ZERO_SHOT_VERSION",
    "ZeroShotResult",
    "class_vectors",
    "classify",
]

ZERO_SHOT_VERSION = "zero-shot-1"


def class_vectors(
    prompts: Mapping[str, Sequence[str]], embed_texts: Callable[[list[str]], np.ndarray]
) -> tuple[tuple[str, ...], np.ndarray]:
    """One vector a class: its prompts embedded, normalised, averaged and normalised again.

    Args:
        prompts: class name to at least one prompt.
        embed_texts: embeds M texts as (M, D).

    Returns:
        Class names in sorted order and their vectors (K, D) of length 1.
    """
    if not prompts:
        raise MetricInputError("zero-shot needs at least one class; no prompts were given")
    empty = sorted(name for name, texts in prompts.items() if not texts or isinstance(texts, str))
    if empty:
        raise MetricInputError(
            f"classes without a list of prompts: {', '.join(empty)}; give each at least one text"
        )
    names = tuple(sorted(prompts))
    texts = [text for name in names for text in prompts[name]]
    vectors = unit_rows(embed_texts(texts))
    owner = np.repeat(np.arange(len(names)), [len(prompts[name]) for name in names])
    return names, unit_rows(np.stack([vectors[owner == index].mean(axis=0) for index in range(len(names))]))


@dataclass(frozen=True)
class ZeroShotResult:
    """Predictions of N samples over K classes.

    Attributes:
        classes: K class names.
        truth: N true labels; a label outside of ``classes`` cannot be predicted and counts as an error.
        predicted: (N,) index of the predicted class.
    """

    classes: tuple[str, ...]
    truth: tuple[str, ...]
    predicted: np.ndarray

    @property
    def correct(self) -> np.ndarray:
        """(N,) 1.0 where the prediction is right."""
        return np.array(
            [float(self.classes[p] == t) for p, t in zip(self.predicted, self.truth, strict=True)]
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes and then the true labels that are not among them."""
        return self.classes + tuple(sorted(set(self.truth) - set(self.classes)))

    def top_1(self) -> float:
        """Share of right predictions."""
        return float(self.correct.mean())

    def macro_f1(self) -> float:
        """Mean F1 over the labels that occur as truth or prediction."""
        return float(macro_f1(*(counts.sum(axis=0) for counts in self.f1_counts())))

    def f1_counts(self) -> tuple[np.ndarray, np.ndarray]:
        """`f1_counts` of truth and prediction."""
        return f1_counts(self.truth, [self.classes[index] for index in self.predicted])

    def per_class(self) -> dict[str, tuple[float, int]]:
        """Recall and number of items of each label that occurs as truth."""
        correct, truth = self.correct, np.array(self.truth)
        return {
            label: (float(correct[truth == label].mean()), int((truth == label).sum()))
            for label in self.labels
            if (truth == label).any()
        }

    def confusion(self) -> np.ndarray:
        """Counts (L, K): true label of `labels` by predicted class."""
        table = np.zeros((len(self.labels), len(self.classes)), dtype=np.int64)
        row_of = {label: row for row, label in enumerate(self.labels)}
        np.add.at(table, (np.array([row_of[label] for label in self.truth]), self.predicted), 1)
        return table


def f1_counts(truth: Sequence[str], predicted: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Two (N, L) by item and label: 1 where it is a hit; truth plus prediction. Sums of rows give F1."""
    labels = sorted(set(truth) | set(predicted))
    true = np.array([[label == item for label in labels] for item in truth], dtype=float)
    guess = np.array([[label == item for label in labels] for item in predicted], dtype=float)
    return true * guess, true + guess


def macro_f1(hits: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Mean F1 = 2 hits / totals over labels (..., L) that occur; a label that never does is left out."""
    f1 = np.divide(2.0 * hits, totals, out=np.zeros_like(hits, dtype=float), where=totals > 0)
    present = (totals > 0).sum(axis=-1)
    return f1.sum(axis=-1) / np.maximum(present, 1)


def classify(
    waves: np.ndarray, vectors: np.ndarray, classes: Sequence[str], truth: Sequence[str]
) -> ZeroShotResult:
    """Class with the largest cosine for each wave embedding (N, D); the first of equal ones.

    Args:
        waves: (N, D) wave embeddings.
        vectors: (K, D) class vectors of `class_vectors`.
        classes: K class names.
        truth: N true labels.
    """
    if len(waves) != len(truth) or len(vectors) != len(classes):
        raise MetricInputError(
            f"{len(waves)} waves, {len(truth)} labels; {len(vectors)} vectors, {len(classes)} classes"
        )
    return ZeroShotResult(
        tuple(classes), tuple(truth), np.argmax(unit_rows(waves) @ unit_rows(vectors).T, axis=1)
    )
