"""Exact-match accuracy of short answers.

Before the comparison only white space, letter case and punctuation at the end are evened out: cleaning that
rewrites words ("none" to "zero", "let" to "left") changes what a model said. Never by substring.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import MetricInputError

__all__ = ["QA_VERSION", "AnsweredQuestion", "count_error", "exact_match", "normalised_answer"]

QA_VERSION = "qa-exact-match-1"
_END_PUNCTUATION = " .,;:!?"
_INTEGER = re.compile(r"\d+")
_NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
    )
}


@dataclass(frozen=True)
class AnsweredQuestion:
    """One question about one sample with the true and the predicted answer."""

    sample_id: str
    role: str
    kind: str
    question: str
    answer: str
    predicted: str
    options: tuple[str, ...] = ()


def normalised_answer(text: str) -> str:
    """Lower case, single blanks, no punctuation at the end."""
    return " ".join(text.lower().split()).rstrip(_END_PUNCTUATION)


def exact_match(items: Sequence[AnsweredQuestion]) -> np.ndarray:
    """(N,) 1.0 where prediction and answer are equal after `normalised_answer`.

    Raises:
        MetricInputError: no item.
    """
    if not items:
        raise MetricInputError("no answered question to score")
    return np.array([float(normalised_answer(i.predicted) == normalised_answer(i.answer)) for i in items])


def within_options(items: Sequence[AnsweredQuestion]) -> np.ndarray:
    """(M,) 1.0 where the prediction is one of the offered options, over the items that offer any."""
    return np.array(
        [
            float(normalised_answer(item.predicted) in {normalised_answer(option) for option in item.options})
            for item in items
            if item.options
        ]
    )


def chance_accuracy(items: Sequence[AnsweredQuestion], answers_of_kind: Callable[[str], int]) -> np.ndarray:
    """(N,) probability that a uniform guess is right; NaN where nobody knows what to guess among.

    A guess is among the options that the question offers (never right if the answer is none of them), else among
    the answers that are known of its kind.

    Args:
        items: the questions.
        answers_of_kind: number of different answers that are known of a kind; 0: none is.
    """
    return np.array([_chance(item, answers_of_kind) for item in items])


def _chance(item: AnsweredQuestion, answers_of_kind: Callable[[str], int]) -> float:
    options = {normalised_answer(option) for option in item.options}
    if options:
        return 1.0 / len(options) if normalised_answer(item.answer) in options else 0.0
    known = answers_of_kind(item.kind)
    return 1.0 / known if known else float("nan")


def as_count(text: str) -> int | None:
    """The number that an answer says ("3", "three", "3 times"); None unless it is exactly one."""
    words = normalised_answer(text).split()
    found = [int(word) for word in words if _INTEGER.fullmatch(word)]
    found += [_NUMBER_WORDS[word] for word in words if word in _NUMBER_WORDS]
    return found[0] if len(found) == 1 else None


def count_error(items: Sequence[AnsweredQuestion]) -> np.ndarray:
    """(M,) absolute error over the questions of a count where both answers say one number."""
    pairs = [
        (as_count(item.predicted), as_count(item.answer)) for item in items if item.kind.endswith("count")
    ]
    return np.array([float(abs(p - a)) for p, a in pairs if p is not None and a is not None])
