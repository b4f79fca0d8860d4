"""What the models said about each sample, one JSON line a sample, in the order of the sample ids.

The order is what makes one sample's line findable without reading the others (answer_lookup).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.dataset import WaveSample

from .question_answering import AnsweredQuestion, normalised_answer

__all__ = ["ANSWERS_FILE", "Readings", "answer_records", "read_answers"]

ANSWERS_FILE = "answers.jsonl"


@dataclass(frozen=True)
class Readings:
    """What the models said.

    Attributes:
        activity: predicted class by sample id.
        caption: generated caption by sample id.
        questions: answered questions.
    """

    activity: dict[str, str] = field(default_factory=dict)
    caption: dict[str, str] = field(default_factory=dict)
    questions: tuple[AnsweredQuestion, ...] = ()


def answer_records(samples: Sequence[WaveSample], readings: Readings) -> Iterator[dict[str, Any]]:
    """One record a sample for the answers file: what is true beside what the models said."""
    questions: dict[str, list[dict[str, Any]]] = {}
    for item in readings.questions:
        correct = normalised_answer(item.predicted) == normalised_answer(item.answer)
        record = {"role": item.role, "kind": item.kind, "question": item.question, "answer": item.answer}
        questions.setdefault(item.sample_id, []).append(
            {**record, "predicted": item.predicted, "correct": correct}
        )
    for sample in sorted(samples, key=lambda sample: sample.sample_id):
        yield {
            "sample_id": sample.sample_id,
            "motion_id": sample.motion_id,
            "view": sample.view,
            "activity": sample.activity,
            "predicted_activity": readings.activity.get(sample.sample_id),
            "captions": list(sample.captions),
            "predicted_caption": readings.caption.get(sample.sample_id),
            "questions": questions.get(sample.sample_id, []),
        }


def read_answers(path: Path) -> dict[str, dict[str, Any]]:
    """The records of an answers file by sample id."""
    with path.open(encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return {record["sample_id"]: record for record in records}
