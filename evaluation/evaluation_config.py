"""How an evaluation is done, and what its parts share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict, Field

from training.dataset import WaveSample

from .statistics import GroupBootstrap

__all__ = ["ALL_SPLITS", "EvaluationConfig", "Progress", "batches_of", "family_bootstrap"]

Progress = Callable[[str, int, int], None]
ALL_SPLITS = "all"


class EvaluationConfig(BaseModel):
    """How an evaluation is done; stored in the scorecard.

    Attributes:
        split: the evaluated split, or "all": the whole version, for models that were trained on another one.
        pool_size: samples of a retrieval pool.
        pool_repetitions: shuffles into pools.
        seed: of pools and bootstrap.
        resamples: of the bootstrap.
        same_text_cosine: sentence vectors above it count as the same text in the threshold protocol.
        batch_size: samples in memory at a time.
        max_new_tokens: longest generated text.
        caption_beams: of the beam search for captions (questions are answered greedily). A caption's first words
            are shared by many; greedy search follows them into the wrong sentence.
        questions_per_sample: at most so many questions of each sample, chosen by id; None: all.
        threads: torch threads; None takes the cores available.
        meteor: whether to run METEOR where Java and pycocoevalcap are installed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    split: str = "test"
    pool_size: int = Field(default=32, ge=2)
    pool_repetitions: int = Field(default=20, ge=1)
    seed: int = 0
    resamples: int = Field(default=1000, ge=1)
    same_text_cosine: float = Field(default=0.9, ge=-1, le=1)
    batch_size: int = Field(default=64, ge=1)
    max_new_tokens: int = Field(default=64, ge=1)
    caption_beams: int = Field(default=3, ge=1)
    questions_per_sample: int | None = Field(default=None, ge=1)
    threads: int | None = Field(default=None, ge=1)
    meteor: bool = True


def batches_of(samples: Sequence[WaveSample], size: int) -> Iterator[tuple[int, Sequence[WaveSample]]]:
    """Chunks with the index of their first sample."""
    for start in range(0, len(samples), size):
        yield start, samples[start : start + size]


def family_bootstrap(samples: Sequence[WaveSample], config: EvaluationConfig) -> GroupBootstrap:
    """Over families: all views, and all motions of one script, stay together."""
    return GroupBootstrap([sample.family_key for sample in samples], config.resamples, config.seed)
