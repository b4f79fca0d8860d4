"""Retrieval and zero-shot scores of a wave-text encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from llm_prompts.class_prompts import activity_prompts
from training.contrastive import WaveTextEncoder
from training.dataset import WaveSample, model_inputs

from .embedding_measures import RetrievalItems, retrieval_measures, zero_shot_measures, zero_shot_not_run
from .evaluation_config import EvaluationConfig, Progress, batches_of, family_bootstrap
from .retrieval import fixed_choice
from .scorecard import Confusion, Measure
from .training_split import TrainingSplit
from .zero_shot import ZeroShotResult, class_vectors, classify

__all__ = ["score_encoder"]


def _embed(
    encoder: WaveTextEncoder,
    samples: Sequence[WaveSample],
    config: EvaluationConfig,
    progress: Progress | None,
) -> RetrievalItems:
    """Embed each sample's map and its test text."""
    vectors = []
    for start, batch in batches_of(samples, config.batch_size):
        vectors.append(encoder.embed_waves(*model_inputs(batch, encoder.preprocessing)))
        if progress is not None:
            progress("embed waves", start + len(batch), len(samples))
    waves = np.concatenate(vectors)
    texts = tuple(sample.captions[fixed_choice(sample.sample_id, len(sample.captions))] for sample in samples)
    return RetrievalItems(
        sample_ids=tuple(sample.sample_id for sample in samples),
        motion_ids=tuple(sample.motion_id for sample in samples),
        texts=texts,
        waves=waves,
        text_vectors=encoder.embed_texts(texts),
        sentence_vectors=encoder.text_encoder.embed(texts),
    )


def score_encoder(
    encoder: WaveTextEncoder,
    samples: Sequence[WaveSample],
    training: TrainingSplit,
    class_prompts: Mapping[str, Sequence[str]],
    config: EvaluationConfig,
    progress: Progress | None,
) -> tuple[list[Measure], Confusion | None, dict[str, str]]:
    """Retrieval and zero-shot.

    Args:
        encoder: the model.
        samples: the evaluated split, ordered by id, each with captions.
        training: labels of the training split; they are the classes.
        class_prompts: prompts of each class; a class without gets those of `activity_prompts`.
        config: of the evaluation.
        progress: called as ("embed waves", done, total).

    Returns:
        Measures, the confusion of the labelled samples, and the predicted class by sample id.
    """
    items = _embed(encoder, samples, config, progress)
    measures = retrieval_measures(
        items,
        family_bootstrap(samples, config),
        config.pool_size,
        config.pool_repetitions,
        config.seed,
        config.same_text_cosine,
    )
    labelled = [index for index, sample in enumerate(samples) if sample.activity]
    if not labelled or not training.classes:
        reason = f"no sample of the split {config.split!r} (or of training) has an activity label"
        return [*measures, *zero_shot_not_run(reason)], None, {}
    prompts = {name: list(class_prompts.get(name) or activity_prompts(name)) for name in training.classes}
    names, class_embeddings = class_vectors(prompts, encoder.embed_texts)
    result = classify(items.waves, class_embeddings, names, [sample.activity or "" for sample in samples])
    scored = ZeroShotResult(
        names, tuple(result.truth[index] for index in labelled), result.predicted[labelled]
    )
    bootstrap = family_bootstrap([samples[index] for index in labelled], config)
    zero_shot, confusion = zero_shot_measures(scored, training.labels, bootstrap)
    predicted = {s.sample_id: names[p] for s, p in zip(samples, result.predicted, strict=True)}
    return [*measures, *zero_shot], confusion, predicted
