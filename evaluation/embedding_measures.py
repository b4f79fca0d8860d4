"""Scorecard entries of the wave-text encoder: retrieval both ways and zero-shot activity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .baselines import BASELINES_VERSION, majority_label
from .ptb_tokenizer import ptb_tokens
from .retrieval import (
    RECALL_AT,
    RETRIEVAL_VERSION,
    RankTable,
    Relevance,
    draw_pools,
    rank_in_pools,
    rank_rows,
)
from .scorecard import Baseline, Confusion, Measure
from .statistics import GroupBootstrap
from .zero_shot import ZERO_SHOT_VERSION, ZeroShotResult, f1_counts, macro_f1

__all__ = ["RetrievalItems", "retrieval_measures", "zero_shot_measures", "zero_shot_not_run"]

_POOLS_NOTE = (
    "samples of different motions, {repetitions} shuffles from seed {seed} for each view "
    "in turn, the last incomplete pool dropped"
)
_FULL_NOTE = "all {size} samples in one gallery, other views of the query's motion included"


@dataclass(frozen=True)
class RetrievalItems:
    """Paired rows: one text and one wave a sample.

    Attributes:
        sample_ids: N ids.
        motion_ids: N ids; views of one motion share it.
        texts: N query texts.
        waves: (N, D) wave embeddings.
        text_vectors: (N, D) text embeddings in the same space.
        sentence_vectors: (N, W) of a frozen sentence encoder, for the threshold protocol; or None.
    """

    sample_ids: tuple[str, ...]
    motion_ids: tuple[str, ...]
    texts: tuple[str, ...]
    waves: np.ndarray
    text_vectors: np.ndarray
    sentence_vectors: np.ndarray | None = None

    def relevances(self, cosine: float) -> dict[str, Relevance]:
        """What counts as a hit, by name."""
        same_text = tuple(" ".join(ptb_tokens(text)) for text in self.texts)
        rules = {
            "own sample only": Relevance(),
            "same motion or same text": Relevance(labels=(self.motion_ids, same_text)),
        }
        if self.sentence_vectors is not None:
            rules[f"same motion or text cosine > {cosine:g}"] = Relevance(
                labels=(self.motion_ids, same_text), text_vectors=self.sentence_vectors, cosine=cosine
            )
        return rules


def _rank_measures(
    table: RankTable, of: dict[str, str], bootstrap: GroupBootstrap, note: str, headline: bool
) -> list[Measure]:
    """R@k, median rank and MRR of one protocol in one direction."""
    common: dict[str, Any] = {
        "section": "retrieval",
        "of": of,
        "n_items": len(np.unique(table.query)),
        "n_groups": bootstrap.n_groups,
        "n_references": int(table.pool_size[0]),
        "version": RETRIEVAL_VERSION,
        "note": note,
    }
    measures = []
    for k in (k for k in RECALL_AT if k < table.pool_size.max() or k == 1):
        found = table.recall_at(k)
        measures.append(
            Measure(
                name=f"R@{k}",
                value=float(found.mean()),
                scale="share",
                chance=table.chance_recall_at(k),
                interval=bootstrap.mean(found, table.query),
                headline=headline and k == 1,
                **common,
            )
        )
    reciprocal = table.reciprocal_rank()
    measures += [
        Measure(
            name="median rank",
            value=table.median_rank(),
            scale="rank",
            chance=table.chance_median_rank(),
            interval=bootstrap.median(table.rank, table.query),
            **common,
        ),
        Measure(
            name="MRR",
            value=float(reciprocal.mean()),
            scale="share",
            chance=table.chance_reciprocal_rank(),
            interval=bootstrap.mean(reciprocal, table.query),
            **common,
        ),
    ]
    return measures


def retrieval_measures(
    items: RetrievalItems,
    bootstrap: GroupBootstrap,
    pool_size: int = 32,
    repetitions: int = 20,
    seed: int = 0,
    cosine: float = 0.9,
) -> list[Measure]:
    """Retrieval in pools and in the full split, both ways, under each rule of what counts as a hit."""
    pools = draw_pools(items.sample_ids, items.motion_ids, pool_size, seed, repetitions)
    size = len(pools[0])
    pool_note = _POOLS_NOTE.format(size=size, repetitions=repetitions, seed=seed)
    if size < pool_size:
        pool_note += f"; the split has only {size} motions, so the pools are smaller than {pool_size}"
    directions = {
        "text to wave": (items.text_vectors, items.waves),
        "wave to text": (items.waves, items.text_vectors),
    }
    measures = []
    for protocol in (f"pools of {size}", "full split"):
        for hit, relevance in items.relevances(cosine).items():
            for direction, (queries, gallery) in directions.items():
                pooled = protocol != "full split"
                table = (
                    rank_in_pools(queries, gallery, pools, relevance)
                    if pooled
                    else rank_rows(queries, gallery, relevance)
                )
                note = pool_note if pooled else _FULL_NOTE.format(size=len(items.sample_ids))
                of = {"direction": direction, "protocol": protocol, "hit": hit}
                headline = pooled and hit == "own sample only"
                measures += _rank_measures(table, of, bootstrap, f"in {protocol}: {note}", headline)
    return measures


def _recall_measures(
    result: ZeroShotResult, bootstrap: GroupBootstrap, common: dict[str, Any]
) -> list[Measure]:
    """Recall of each class that occurs."""
    truth, measures = np.array(result.truth), []
    for label, (recall, count) in result.per_class().items():
        members = np.flatnonzero(truth == label)
        measures.append(
            Measure(
                name="recall",
                of={"class": label},
                value=recall,
                scale="share",
                interval=bootstrap.mean(result.correct[members], members),
                n_items=count,
                chance=1.0 / len(result.classes) if label in result.classes else 0.0,
                **{**common, "n_groups": len(set(bootstrap.member[members].tolist()))},
            )
        )
    return measures


def zero_shot_measures(
    result: ZeroShotResult, training_labels: Sequence[str], bootstrap: GroupBootstrap
) -> tuple[list[Measure], Confusion]:
    """Top-1 and macro-F1 beside chance and constant answers, recall of each class, confusion."""
    constants = _constant_answers(result, training_labels)
    strangers = sum(label not in result.classes for label in result.truth)
    note = f"{len(result.classes)} classes of the training split; prompts averaged, normalised; nearest wins"
    if strangers:
        note += f"; {strangers} samples are of other classes and count as errors"
    common: dict[str, Any] = {
        "section": "zero-shot",
        "n_groups": bootstrap.n_groups,
        "n_references": len(result.classes),
        "version": ZERO_SHOT_VERSION,
    }
    measures = [
        Measure(
            name="top-1",
            value=result.top_1(),
            scale="share",
            interval=bootstrap.mean(result.correct),
            n_items=len(result.truth),
            chance=1.0 / len(result.classes),
            baselines=tuple(
                Baseline(name=name, value=result.truth.count(label) / len(result.truth), note=note_)
                for name, label, note_ in constants
            ),
            headline=True,
            note=note,
            **common,
        ),
        Measure(
            name="macro-F1",
            value=result.macro_f1(),
            scale="share",
            interval=bootstrap.interval(
                macro_f1(*(bootstrap.totals(counts) for counts in result.f1_counts()))
            ),
            n_items=len(result.truth),
            baselines=tuple(
                Baseline(name=name, value=_constant_f1(result.truth, label), note=note_)
                for name, label, note_ in constants
            ),
            headline=True,
            note="mean over the classes that occur as truth or prediction",
            **common,
        ),
    ]
    measures += _recall_measures(result, bootstrap, common)
    counts = tuple(tuple(int(count) for count in row) for row in result.confusion())
    return measures, Confusion(labels=result.labels, classes=result.classes, counts=counts)


def _constant_answers(
    result: ZeroShotResult, training_labels: Sequence[str]
) -> tuple[tuple[str, str, str], ...]:
    """Name, class and note of the answers that look at no wave: training's favourite, and hindsight's."""
    majority, best = majority_label(training_labels), majority_label(result.truth)
    return (
        (
            "majority class",
            majority,
            f"always {majority!r}, the most frequent class of the training split ({BASELINES_VERSION})",
        ),
        (
            "best constant class",
            best,
            f"always {best!r}, the most frequent class of the evaluated labels ({BASELINES_VERSION})",
        ),
    )


def _constant_f1(truth: Sequence[str], label: str) -> float:
    """Macro-F1 of one label for all items."""
    return float(macro_f1(*(counts.sum(axis=0) for counts in f1_counts(truth, [label] * len(truth)))))


def zero_shot_not_run(reason: str) -> list[Measure]:
    """Top-1 with the reason why it has no value."""
    return [
        Measure(section="zero-shot", name="top-1", value=None, scale="share", n_items=0, n_groups=0,
                version=ZERO_SHOT_VERSION, headline=True, not_run=reason)
    ]  # fmt: skip
