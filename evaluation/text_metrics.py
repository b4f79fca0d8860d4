"""Caption metrics equal to coco-caption: corpus BLEU-1..4, ROUGE-L (beta 1.2) and CIDEr-D.

Every function takes tokens (`evaluation.ptb_tokenizer.ptb_tokens`), one candidate and at least one reference
an item. Sources: Papineni et al. 2002 (BLEU), Lin 2004 (ROUGE-L), Vedantam et al. 2015 (CIDEr-D), in the
conventions of coco-caption (Chen et al. 2015), to which the values are equal within 1e-9.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import MetricInputError

__all__ = [
    "TEXT_METRICS_VERSION",
    "BleuStatistics",
    "bleu_scores",
    "bleu_statistics",
    "cider_d",
    "rouge_l",
]

TEXT_METRICS_VERSION = "coco-caption-equal-1"
MAX_N = 4
_ROUGE_BETA = 1.2
_CIDER_SIGMA = 6.0
# coco-caption keeps empty n-gram classes off zero by these two.
_TINY, _SMALL = 1e-15, 1e-9

Tokens = Sequence[str]
Ngram = tuple[str, ...]


def ngram_counts(tokens: Tokens, max_n: int = MAX_N) -> Counter[Ngram]:
    """Counts of all n-grams of 1..``max_n`` tokens."""
    counts: Counter[Ngram] = Counter()
    for n in range(1, max_n + 1):
        counts.update(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
    return counts


def check_items(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> None:
    """Raise `MetricInputError` unless there is one candidate and at least one reference an item."""
    if len(candidates) != len(references):
        raise MetricInputError(
            f"{len(candidates)} candidates for {len(references)} reference lists: give one candidate an item"
        )
    if not candidates:
        raise MetricInputError("no candidate to score: a corpus metric needs at least one item")
    for index, group in enumerate(references):
        if not group:
            raise MetricInputError(f"item {index} has no reference: leave it out or give it one")
        if isinstance(group, str) or any(isinstance(tokens, str) for tokens in group):
            raise MetricInputError(
                f"item {index}: references must be token lists, not strings; tokenise them first"
            )


@dataclass(frozen=True)
class BleuStatistics:
    """Integers behind BLEU, one row an item; sums of rows give the corpus value.

    Attributes:
        correct: (N, 4) clipped matches of 1- to 4-grams.
        guess: (N, 4) n-grams in the candidate.
        candidate_length: (N,) tokens of the candidate.
        reference_length: (N,) tokens of the reference closest in length (the shorter of two equally close).
    """

    correct: np.ndarray
    guess: np.ndarray
    candidate_length: np.ndarray
    reference_length: np.ndarray

    def corpus(self) -> np.ndarray:
        """Corpus BLEU-1..4 (4,)."""
        rows = (self.correct, self.guess, self.candidate_length, self.reference_length)
        return bleu_from_counts(*(row.sum(axis=0, keepdims=True) for row in rows))[0]

    def per_item(self) -> np.ndarray:
        """(N, 4) sentence-level values; their mean is not corpus BLEU."""
        return bleu_from_counts(self.correct, self.guess, self.candidate_length, self.reference_length)


def bleu_from_counts(
    correct: np.ndarray, guess: np.ndarray, candidate_length: np.ndarray, reference_length: np.ndarray
) -> np.ndarray:
    """BLEU-1..4 (B, 4) from pooled counts (B, 4), (B, 4), (B,), (B,), with coco's two guards against zero."""
    precision = (np.asarray(correct, float) + _TINY) / (np.asarray(guess, float) + _SMALL)
    scores = np.cumprod(precision, axis=1) ** (1.0 / np.arange(1, MAX_N + 1))
    ratio = (np.asarray(candidate_length, float) + _TINY) / (np.asarray(reference_length, float) + _SMALL)
    penalty = np.where(ratio < 1.0, np.exp(1.0 - 1.0 / np.minimum(ratio, 1.0)), 1.0)
    return scores * penalty[:, None]


def closest_length(candidate_length: int, reference_lengths: Iterable[int]) -> int:
    """The reference length nearest to the candidate's; of two equally near, the shorter."""
    return min((abs(length - candidate_length), length) for length in reference_lengths)[1]


def reference_maxima(references: Sequence[Tokens]) -> dict[Ngram, int]:
    """For each n-gram the largest count in any one reference: the clip of BLEU."""
    maxima: dict[Ngram, int] = {}
    for tokens in references:
        for ngram, count in ngram_counts(tokens).items():
            if count > maxima.get(ngram, 0):
                maxima[ngram] = count
    return maxima


def bleu_statistics(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> BleuStatistics:
    """Counts behind BLEU for N items.

    Raises:
        MetricInputError: no item, unequal lengths, or an item without a reference.
    """
    check_items(candidates, references)
    correct = np.zeros((len(candidates), MAX_N), dtype=np.int64)
    guess = np.zeros_like(correct)
    reference_length = np.zeros(len(candidates), dtype=np.int64)
    for row, (tokens, group) in enumerate(zip(candidates, references, strict=True)):
        maxima = reference_maxima(group)
        for ngram, count in ngram_counts(tokens).items():
            correct[row, len(ngram) - 1] += min(count, maxima.get(ngram, 0))
        guess[row] = [max(0, len(tokens) - k) for k in range(MAX_N)]
        reference_length[row] = closest_length(len(tokens), (len(reference) for reference in group))
    lengths = np.array([len(tokens) for tokens in candidates], dtype=np.int64)
    return BleuStatistics(correct, guess, lengths, reference_length)


def bleu_scores(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> tuple[float, ...]:
    """Corpus BLEU-1..4 with the closest reference length."""
    return tuple(float(value) for value in bleu_statistics(candidates, references).corpus())


def lcs_length(first: Tokens, second: Tokens) -> int:
    """Length of the longest common subsequence (bit-parallel, Hyyrö 2004)."""
    positions: dict[str, int] = {}
    for index, token in enumerate(first):
        positions[token] = positions.get(token, 0) | (1 << index)
    every = (1 << len(first)) - 1
    unmatched = every
    for token in second:
        matches = unmatched & positions.get(token, 0)
        unmatched = ((unmatched + matches) | (unmatched - matches)) & every
    return len(first) - unmatched.bit_count()


def rouge_l(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> np.ndarray:
    """ROUGE-L of each item (N,); the corpus value is the mean.

    F-measure with beta 1.2 of the best precision and the best recall over the references, taken separately.
    """
    check_items(candidates, references)
    scores = np.zeros(len(candidates))
    for row, (tokens, group) in enumerate(zip(candidates, references, strict=True)):
        if not tokens:
            continue
        common = [lcs_length(tokens, reference) for reference in group]
        precision = max(common) / len(tokens)
        recall = max(
            c / len(reference) if reference else 0.0 for c, reference in zip(common, group, strict=True)
        )
        if precision and recall:
            squared = _ROUGE_BETA**2
            scores[row] = (1 + squared) * precision * recall / (recall + squared * precision)
    return scores


def _tfidf(
    counts: Counter[Ngram], document_frequency: Counter[Ngram], log_n: float
) -> tuple[list[dict[Ngram, float]], int]:
    """tf-idf vectors of n = 1..4 and the number of bigrams, which CIDEr-D takes as the length."""
    vectors: list[dict[Ngram, float]] = [{} for _ in range(MAX_N)]
    bigrams = 0
    for ngram, count in counts.items():
        idf = log_n - math.log(max(1, document_frequency[ngram]))
        vectors[len(ngram) - 1][ngram] = count * idf
        bigrams += count if len(ngram) == 2 else 0
    return vectors, bigrams


def _norms(vectors: Sequence[dict[Ngram, float]]) -> list[float]:
    return [math.sqrt(sum(value * value for value in vector.values())) for vector in vectors]


def cider_d(candidates: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> np.ndarray:
    """CIDEr-D of each item (N,), a perfect item scores 10; the corpus value is the mean.

    n = 1..4, sigma 6, clipped counts, no stemming; document frequencies come from the evaluated references,
    so the value belongs to the set: one item alone scores 0 whatever it says.
    """
    check_items(candidates, references)
    counted = [[ngram_counts(tokens) for tokens in group] for group in references]
    document_frequency: Counter[Ngram] = Counter()
    for group in counted:
        document_frequency.update(set().union(*group))
    log_n = math.log(float(len(references)))
    scores = np.zeros(len(candidates))
    for row, (tokens, group) in enumerate(zip(candidates, counted, strict=True)):
        hypothesis, length = _tfidf(ngram_counts(tokens), document_frequency, log_n)
        hypothesis_norms = _norms(hypothesis)
        total = 0.0
        for counts in group:
            reference, reference_length = _tfidf(counts, document_frequency, log_n)
            penalty = math.exp(-((length - reference_length) ** 2) / (2 * _CIDER_SIGMA**2))
            for n, norm in enumerate(_norms(reference)):
                product = sum(
                    min(value, reference[n].get(ngram, 0.0)) * reference[n].get(ngram, 0.0)
                    for ngram, value in hypothesis[n].items()
                )
                if norm and hypothesis_norms[n]:
                    product /= norm * hypothesis_norms[n]
                total += product * penalty
        scores[row] = 10.0 * total / (MAX_N * len(group))
    return scores
