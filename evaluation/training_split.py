"""What baselines need to know of the training split: labels, captions and questions, without the tensors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from training.dataset import SampleReader, WaveSample

from .errors import EvaluationError

__all__ = ["TrainingSplit", "dataset_label", "read_training_split", "refuse_leak"]

_COLUMNS = ["sample_id", "motion_id", "clip_id", "family_key", "activity", "captions", "qa_pairs"]


@dataclass(frozen=True)
class TrainingSplit:
    """Texts and labels of the training split.

    Attributes:
        motion_ids: its motions.
        family_keys: its families.
        labels: the activity of each labelled sample.
        captions: all captions of each sample.
        questions: (kind, question, answer) of every question.
    """

    motion_ids: frozenset[str]
    family_keys: frozenset[str]
    labels: tuple[str, ...]
    captions: tuple[tuple[str, ...], ...]
    questions: tuple[tuple[str, str, str], ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The different labels, sorted."""
        return tuple(sorted(set(self.labels)))


def read_training_split(reader: SampleReader, split: str = "train") -> TrainingSplit:
    """Read the texts and labels of a split.

    Raises:
        EvaluationError: the split is empty.
    """
    rows: list[dict[str, Any]] = sorted(
        reader.samples(split=split, columns=_COLUMNS).to_pylist(), key=lambda row: row["sample_id"]
    )
    if not rows:
        raise EvaluationError(
            f"split {split!r} of {dataset_label(reader)} is empty: baselines are fitted on it, "
            "so publish a version with more motions"
        )
    return TrainingSplit(
        frozenset(row["motion_id"] or row["clip_id"] for row in rows),
        frozenset(row["family_key"] for row in rows),
        tuple(row["activity"] for row in rows if row["activity"]),
        tuple(tuple(caption["text"] for caption in row["captions"] or ()) for row in rows),
        tuple((q["kind"], q["question"], q["answer"]) for row in rows for q in row["qa_pairs"] or ()),
    )


def refuse_leak(training: TrainingSplit, samples: Iterable[WaveSample], split: str) -> None:
    """Raise where a motion or a family of the evaluated split is in the training split too.

    A score on such a split would measure memory.
    """
    evaluated = list(samples)
    motions = sorted({sample.motion_id for sample in evaluated} & training.motion_ids)
    families = sorted({sample.family_key for sample in evaluated} & training.family_keys)
    if motions or families:
        raise EvaluationError(
            f"{len(motions)} motions and {len(families)} families are in the training split and in {split!r} "
            f"(first: {(motions or families)[0]}): split by family key and publish the version again, or score "
            "models that were trained on another dataset"
        )


def dataset_label(reader: SampleReader) -> str:
    """The dataset version as ``name@N``."""
    return str(reader.info.name)
