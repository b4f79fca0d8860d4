"""What a number must beat: majority class, best constant caption, majority answer.

None of these looks at the radar. All are fitted on the training split, but for the best constant caption,
which is chosen among the training captions by its BLEU-4 on the evaluated references themselves: no constant
from the training split can do better, so a model above it reads something from its input.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import MetricInputError
from .question_answering import AnsweredQuestion, normalised_answer
from .text_metrics import (
    MAX_N,
    Ngram,
    Tokens,
    bleu_from_counts,
    closest_length,
    ngram_counts,
    reference_maxima,
)

__all__ = [
    "BASELINES_VERSION",
    "ConstantCaption",
    "MajorityAnswers",
    "best_constant_caption",
    "majority_label",
]

BASELINES_VERSION = "baselines-1"


def majority_label(labels: Iterable[str]) -> str:
    """The most frequent label; of equally frequent ones the first in alphabetical order.

    Raises:
        MetricInputError: no label.
    """
    counts = Counter(labels)
    if not counts:
        raise MetricInputError("no label to take the majority of: the training split has no labelled sample")
    return min(counts, key=lambda label: (-counts[label], label))


@dataclass(frozen=True)
class ConstantCaption:
    """A caption given as the answer to every item, with its corpus BLEU-4 there."""

    text: str
    tokens: tuple[str, ...]
    bleu_4: float


class _ConstantBleu:
    """BLEU of one caption for all items in time that does not grow with the number of items.

    For a caption c the pooled clipped matches are sum over its n-grams g of sum over items i of
    min(count_c(g), max_i(g)). The inner sum depends only on g and the count, and is tabulated once.
    """

    def __init__(self, references: Sequence[Sequence[Tokens]]) -> None:
        maxima: dict[Ngram, Counter[int]] = defaultdict(Counter)
        for group in references:
            for ngram, count in reference_maxima(group).items():
                maxima[ngram][count] += 1
        self._matches = {ngram: _matches_by_count(histogram) for ngram, histogram in maxima.items()}
        self._lengths = [sorted({len(tokens) for tokens in group}) for group in references]
        self._closest: dict[int, int] = {}

    def bleu_4(self, tokens: Tokens) -> float:
        """Corpus BLEU-4 of ``tokens`` as the caption of every item."""
        items, length = len(self._lengths), len(tokens)
        correct = np.zeros((1, MAX_N))
        for ngram, count in ngram_counts(tokens).items():
            table = self._matches.get(ngram)
            if table is not None:
                correct[0, len(ngram) - 1] += table[min(count, len(table) - 1)]
        if length not in self._closest:
            self._closest[length] = sum(closest_length(length, lengths) for lengths in self._lengths)
        guess = np.array([[items * max(0, length - k) for k in range(MAX_N)]])
        total = np.array([items * length]), np.array([self._closest[length]])
        return float(bleu_from_counts(correct, guess, *total)[0, MAX_N - 1])


def _matches_by_count(histogram: Counter[int]) -> list[int]:
    """table[c] = sum over items of min(c, largest count in a reference of the item)."""
    table = [0]
    for count in range(1, max(histogram) + 1):
        table.append(table[-1] + sum(items for maximum, items in histogram.items() if maximum >= count))
    return table


def best_constant_caption(
    captions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]
) -> ConstantCaption:
    """The caption that scores the highest corpus BLEU-4 when it is the answer to every item.

    Exact, in time linear in the number of captions plus the number of references.

    Args:
        captions: tokens of the captions to choose from, those of the training split.
        references: tokens of the references of each item that it is scored on.

    Raises:
        MetricInputError: no caption, no item, or an item without references.
    """
    distinct = sorted({tuple(tokens) for tokens in captions if tokens})
    if not distinct or not references or not all(references):
        raise MetricInputError(
            f"{len(distinct)} captions for {len(references)} items: "
            "need a caption, an item, and references for each"
        )
    scorer = _ConstantBleu(references)
    score, tokens = max(((scorer.bleu_4(tokens), tokens) for tokens in distinct), key=lambda pair: pair[0])
    return ConstantCaption(" ".join(tokens), tokens, score)


@dataclass(frozen=True)
class MajorityAnswers:
    """The most frequent training answer of each question kind and of each exact question text."""

    of_kind: dict[str, str]
    of_question: dict[tuple[str, str], str]

    @classmethod
    def fit(cls, training: Iterable[tuple[str, str, str]]) -> MajorityAnswers:
        """Count (kind, question, answer) triples of the training split; alphabetical order breaks ties."""
        by_kind: dict[str, list[str]] = defaultdict(list)
        by_question: dict[tuple[str, str], list[str]] = defaultdict(list)
        for kind, question, answer in training:
            by_kind[kind].append(normalised_answer(answer))
            by_question[kind, normalised_answer(question)].append(normalised_answer(answer))
        return cls(
            {kind: majority_label(answers) for kind, answers in by_kind.items()},
            {key: majority_label(answers) for key, answers in by_question.items()},
        )

    def kind_accuracy(self, items: Sequence[AnsweredQuestion]) -> np.ndarray:
        """(N,) 1.0 where the majority answer of the kind is right; an unseen kind is wrong."""
        return np.array([float(self.of_kind.get(i.kind) == normalised_answer(i.answer)) for i in items])

    def question_accuracy(self, items: Sequence[AnsweredQuestion]) -> np.ndarray:
        """(N,) 1.0 where the majority answer of the exact question (unseen: of its kind) is right."""
        guesses = (
            self.of_question.get((i.kind, normalised_answer(i.question)), self.of_kind.get(i.kind))
            for i in items
        )
        return np.array(
            [float(g == normalised_answer(i.answer)) for g, i in zip(guesses, items, strict=True)]
        )
