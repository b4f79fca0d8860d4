"""Samples of a dataset version as training sees them.

Training knows the lake only by the seam below: anything that answers `samples(split, columns)` with an Arrow table
of the lake's columns will do, be its rows simulated or recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from data_lake.errors import InvalidInput
from data_lake.tensor_codec import codes_of, decode_db

from .errors import TrainingInputError
from .preprocessing import DOPPLER_BINS, FRAMES, PATCHES, PreprocessingOptions, to_model_input

COLUMNS = (
    "sample_id", "motion_id", "clip_id", "family_key", "origin", "activity", "view", "n_valid_frames", "doppler_time",
    "shape", "dtype", "db_offset", "db_step", "captions", "qa_pairs",
)  # fmt: skip


class VersionInfo(Protocol):
    """What training records of a dataset version."""

    @property
    def name(self) -> str:
        """`dataset@number`."""


class SampleReader(Protocol):
    """What training asks of a dataset version."""

    @property
    def info(self) -> VersionInfo:
        """The version's description; its name is stored with what is trained."""

    def samples(self, split: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of a split (None: all) with at least the columns asked for."""


@dataclass(frozen=True)
class QuestionAnswer:
    """One question about a sample with its true answer."""

    role: str
    kind: str
    question: str
    answer: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class WaveSample:
    """One row of the lake: the coded map with its texts.

    A recording of a real radar has no motion of its own: its clip stands for it. Its view may be unknown: "".
    """

    sample_id: str
    motion_id: str
    family_key: str
    origin: str
    activity: str | None
    view: str
    n_valid: int
    codes: np.ndarray = field(repr=False)
    db_offset: float
    db_step: float
    captions: tuple[str, ...]
    qa: tuple[QuestionAnswer, ...]

    def decibels(self) -> np.ndarray:
        """The map in dB, float32 [frames, 128]."""
        return decode_db(self.codes, self.db_offset, self.db_step)


def clean_text(text: str) -> str:
    """Collapse white space: a newline inside a caption breaks chat templates and metrics alike."""
    return " ".join(text.split())


def _codes_of(row: dict[str, Any]) -> np.ndarray:
    """The coded map behind a row's bytes, with its shape checked."""
    try:
        codes = codes_of(row)
    except InvalidInput as error:
        raise TrainingInputError(
            f"sample {row['sample_id']} is damaged: {error}; simulate it again or leave it out of the version"
        ) from error
    if codes.ndim != 2 or codes.shape[1] != DOPPLER_BINS:
        raise TrainingInputError(
            f"sample {row['sample_id']} has shape {codes.shape}: training reads maps of [frames, {DOPPLER_BINS}]"
        )
    return codes


def _sample_of(row: dict[str, Any]) -> WaveSample:
    """A lake row as a `WaveSample`."""
    qa = tuple(
        QuestionAnswer(
            role=pair["role"],
            kind=pair["kind"],
            question=clean_text(pair["question"]),
            answer=clean_text(pair["answer"]),
            options=tuple(pair["options"] or ()),
        )
        for pair in row["qa_pairs"] or ()
    )
    return WaveSample(
        sample_id=row["sample_id"],
        motion_id=row["motion_id"] or row["clip_id"],
        family_key=row["family_key"],
        origin=row["origin"],
        activity=row["activity"],
        view=row["view"] or "",
        n_valid=int(row["n_valid_frames"]),
        codes=_codes_of(row),
        db_offset=float(row["db_offset"]),
        db_step=float(row["db_step"]),
        captions=tuple(clean_text(caption["text"]) for caption in row["captions"] or ()),
        qa=qa,
    )


def read_samples(reader: SampleReader, split: str | None) -> list[WaveSample]:
    """All samples of a split, ordered by id so that storage order never reaches a random stream."""
    table = reader.samples(split=split, columns=list(COLUMNS))
    samples = [_sample_of(row) for batch in table.to_batches() for row in batch.to_pylist()]
    return sorted(samples, key=lambda sample: sample.sample_id)


def require_captions(samples: Sequence[WaveSample], split: str) -> None:
    """Refuse an empty split and samples without a caption."""
    if not samples:
        raise TrainingInputError(
            f"the split {split!r} of this dataset version is empty: generate more motions, or change the split rule"
        )
    silent = [sample.sample_id for sample in samples if not sample.captions]
    if silent:
        raise TrainingInputError(
            f"{len(silent)} of {len(samples)} samples of split {split!r} have no caption (first: {silent[0]}); "
            "training aligns radar with text, so caption them or leave them out of the version"
        )


def model_inputs(
    samples: Sequence[WaveSample], options: PreprocessingOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Unaugmented inputs of many samples: float32 (N, 496, 128) in 0..1 and masks bool (N, 248)."""
    inputs = np.zeros((len(samples), FRAMES, DOPPLER_BINS), dtype=np.float32)
    masks = np.zeros((len(samples), PATCHES), dtype=bool)
    for index, sample in enumerate(samples):
        inputs[index], masks[index] = to_model_input(sample.decibels(), sample.n_valid, options)
    return inputs, masks


def length_bucketed_order(lengths: Sequence[int], batch_size: int, rng: np.random.Generator) -> np.ndarray:
    """A random order in which neighbours have like lengths, so that batches carry little padding.

    Samples are shuffled, cut into windows of eight batches, sorted by length inside a window, and the batches are
    shuffled again. The incomplete batch, if any, stays last.
    """
    shuffled = rng.permutation(len(lengths))
    window = 8 * batch_size
    by_length = [
        part[np.argsort(np.asarray(lengths)[part], kind="stable")]
        for part in (shuffled[start : start + window] for start in range(0, len(shuffled), window))
    ]
    order = np.concatenate(by_length) if by_length else shuffled
    full = len(order) // batch_size
    batches = order[: full * batch_size].reshape(full, batch_size)
    return np.concatenate([batches[rng.permutation(full)].reshape(-1), order[full * batch_size :]])
