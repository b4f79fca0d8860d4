"""Scorecard entries of the WaveLLM's answers: accuracy beside chance and what needs no radar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from .baselines import MajorityAnswers
from .question_answering import (
    QA_VERSION,
    AnsweredQuestion,
    chance_accuracy,
    count_error,
    exact_match,
    normalised_answer,
    within_options,
)
from .scorecard import Baseline, Measure
from .statistics import GroupBootstrap

__all__ = ["question_measures", "questions_not_run"]


def question_measures(
    items: Sequence[AnsweredQuestion], training: Sequence[tuple[str, str, str]], bootstrap: GroupBootstrap
) -> list[Measure]:
    """Exact-match accuracy of all questions, by kind and by role, beside chance and two training majorities.

    Where questions offer no options, chance guesses among all answers of their kind, those of training and the
    true ones. There is no chance where a kind is new and has one true answer only: nobody knows what else it could be.

    Args:
        items: answered questions.
        training: (kind, question, answer) of every training question.
        bootstrap: over ``items``.
    """
    majority = MajorityAnswers.fit(training)
    correct = exact_match(items)
    chance = chance_accuracy(items, _known_answers(items, training).__getitem__)
    rivals = {
        "majority answer of the kind": (
            majority.kind_accuracy(items),
            "most frequent training answer of the kind",
        ),
        "majority answer of the question": (
            majority.question_accuracy(items),
            "most frequent training answer of the very same question text, else of its kind",
        ),
    }

    def accuracy(members: np.ndarray, of: dict[str, str], headline: bool, note: str = "") -> Measure:
        return Measure(
            section="questions",
            name="accuracy",
            of=of,
            value=float(correct[members].mean()),
            scale="share",
            interval=bootstrap.mean(correct[members], members),
            n_items=len(members),
            n_groups=len(set(bootstrap.member[members].tolist())),
            chance=None if np.isnan(chance[members]).any() else float(chance[members].mean()),
            baselines=tuple(
                Baseline(name=name, value=float(values[members].mean()), note=reason)
                for name, (values, reason) in rivals.items()
            ),
            version=QA_VERSION,
            headline=headline,
            note=note,
        )

    everything = np.arange(len(items))
    note = "exact match after white space, letter case and punctuation at the end are evened out"
    measures = [accuracy(everything, {"questions": "all"}, True, note)]
    for value, members in _members([item.kind for item in items]).items():
        measures.append(accuracy(members, {"kind": value}, True))
    for value, members in _members([item.role for item in items]).items():
        measures.append(accuracy(members, {"role": value}, False))
    return measures + _answer_form_measures(items, bootstrap)


def _known_answers(
    items: Sequence[AnsweredQuestion], training: Sequence[tuple[str, str, str]]
) -> dict[str, int]:
    """Number of different answers of each kind of the items; 0 where nothing can be guessed among."""
    trained: dict[str, set[str]] = defaultdict(set)
    for kind, _, answer in training:
        trained[kind].add(normalised_answer(answer))
    asked: dict[str, set[str]] = defaultdict(set)
    for item in items:
        asked[item.kind].add(normalised_answer(item.answer))
    return {
        kind: len(trained[kind] | answers) if trained[kind] or len(answers) > 1 else 0
        for kind, answers in asked.items()
    }


def _members(keys: Sequence[str]) -> dict[str, np.ndarray]:
    """Indices of the items of each key, keys sorted."""
    array = np.array(keys)
    return {str(key): np.flatnonzero(array == key) for key in np.unique(array)}


def _answer_form_measures(items: Sequence[AnsweredQuestion], bootstrap: GroupBootstrap) -> list[Measure]:
    """How often the answer is one of those offered, and how far counts are off."""
    measures = []
    offered = np.flatnonzero([bool(item.options) for item in items])
    if len(offered):
        inside = within_options(items)
        measures.append(
            Measure(
                section="questions",
                name="answers among the options",
                value=float(inside.mean()),
                scale="share",
                interval=bootstrap.mean(inside, offered),
                n_items=len(offered),
                n_groups=len(set(bootstrap.member[offered].tolist())),
                version=QA_VERSION,
            )
        )
    errors = count_error(items)
    if len(errors):
        measures.append(
            Measure(
                section="questions",
                name="count error",
                value=float(errors.mean()),
                scale="error",
                n_items=len(errors),
                n_groups=bootstrap.n_groups,
                version=QA_VERSION,
                note="mean absolute error where answer and prediction both say one number",
            )
        )
    return measures


def questions_not_run(reason: str) -> list[Measure]:
    """The overall accuracy with the reason why it has no value."""
    return [
        Measure(section="questions", name="accuracy", of={"questions": "all"}, value=None, scale="share",
                n_items=0, n_groups=0, version=QA_VERSION, headline=True, not_run=reason)
    ]  # fmt: skip
