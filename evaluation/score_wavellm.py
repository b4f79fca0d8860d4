"""Caption and question scores of a WaveLLM."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from training.dataset import QuestionAnswer, WaveSample, model_inputs
from training.wavellm.inference import WaveLLM

from .answers import Readings
from .caption_measures import caption_measures
from .evaluation_config import EvaluationConfig, Progress, batches_of, family_bootstrap
from .question_answering import AnsweredQuestion
from .question_measures import question_measures, questions_not_run
from .scorecard import Measure
from .statistics import GroupBootstrap
from .training_split import TrainingSplit

__all__ = ["score_wavellm"]


def _chosen_questions(sample: WaveSample, limit: int | None) -> list[QuestionAnswer]:
    """The questions of a sample that are asked: all, or ``limit`` of them in an order given by its id."""
    if limit is None or len(sample.qa) <= limit:
        return list(sample.qa)
    order = sorted(
        range(len(sample.qa)),
        key=lambda index: hashlib.sha256(f"{sample.sample_id}/{index}".encode()).digest(),
    )
    return [sample.qa[index] for index in sorted(order[:limit])]


def _shifted(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Progress of one call as progress of all."""
    if progress is None:
        return None
    return lambda _, done, __: progress("ask the WaveLLM", before + done, total)


def _ask(
    wavellm: WaveLLM,
    batch: Sequence[WaveSample],
    asked: Sequence[tuple[int, QuestionAnswer]],
    config: EvaluationConfig,
    progress: Progress | None,
) -> tuple[list[str], list[str]]:
    """A caption for each row of the batch, and an answer to each (row, question)."""
    inputs, masks = model_inputs(batch, wavellm.preprocessing)
    longest = config.max_new_tokens
    captions = wavellm.generate_captions(
        inputs, masks, longest, num_beams=config.caption_beams, progress=progress
    )
    rows = [row for row, _ in asked]
    after_captions = (
        None if progress is None else lambda what, done, all_: progress(what, len(batch) + done, all_)
    )
    prompts = [question.question for _, question in asked]
    answers = wavellm.generate_answers(inputs[rows], masks[rows], prompts, longest, progress=after_captions)
    return captions, answers


def score_wavellm(
    wavellm: WaveLLM,
    samples: Sequence[WaveSample],
    training: TrainingSplit,
    config: EvaluationConfig,
    progress: Progress | None,
) -> tuple[list[Measure], Readings]:
    """Captions and answers.

    Args:
        wavellm: the model.
        samples: the evaluated split, ordered by id, each with captions.
        training: captions and questions of the training split, for the baselines.
        config: of the evaluation.
        progress: called as ("ask the WaveLLM", done, total) in prompts.

    Returns:
        Measures, and what was said about each sample.
    """
    questions = {s.sample_id: _chosen_questions(s, config.questions_per_sample) for s in samples}
    total = len(samples) + sum(len(chosen) for chosen in questions.values())
    captions: dict[str, str] = {}
    answered: list[AnsweredQuestion] = []
    families: list[str] = []
    for _, batch in batches_of(samples, config.batch_size):
        asked = [(row, question) for row, s in enumerate(batch) for question in questions[s.sample_id]]
        done = len(captions) + len(answered)
        spoken, replies = _ask(wavellm, batch, asked, config, _shifted(progress, done, total))
        captions |= {sample.sample_id: text for sample, text in zip(batch, spoken, strict=True)}
        for (row, question), reply in zip(asked, replies, strict=True):
            answered.append(_answered(batch[row], question, reply))
            families.append(batch[row].family_key)
    measures = caption_measures(
        [captions[sample.sample_id] for sample in samples],
        [sample.captions for sample in samples],
        training.captions,
        family_bootstrap(samples, config),
        config.meteor,
    )
    if answered:
        bootstrap = GroupBootstrap(families, config.resamples, config.seed)
        measures += question_measures(answered, training.questions, bootstrap)
    else:
        measures += questions_not_run(f"no sample of the split {config.split!r} has a question")
    return measures, Readings(caption=captions, questions=tuple(answered))


def _answered(sample: WaveSample, question: QuestionAnswer, reply: str) -> AnsweredQuestion:
    return AnsweredQuestion(
        sample_id=sample.sample_id,
        role=question.role,
        kind=question.kind,
        question=question.question,
        answer=question.answer,
        predicted=reply,
        options=question.options,
    )
