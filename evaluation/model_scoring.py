"""Score an encoder and a WaveLLM on one split of a dataset version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from training.checkpoints import load_encoder
from training.dataset import SampleReader, WaveSample, read_samples
from training.optimisation import default_device, torch_session
from training.wavellm.inference import load_wavellm

from .answers import ANSWERS_FILE, Readings, answer_records
from .baselines import BASELINES_VERSION
from .caption_measures import captions_not_run
from .errors import EvaluationError
from .evaluation_config import ALL_SPLITS, EvaluationConfig, Progress
from .ptb_tokenizer import TOKENIZER_VERSION
from .question_measures import questions_not_run
from .score_encoder import score_encoder
from .score_wavellm import score_wavellm
from .scorecard import Measure, Scorecard, jsonl, write_scorecard, write_text
from .statistics import STATISTICS_VERSION
from .training_split import dataset_label, read_training_split, refuse_leak

__all__ = ["checkpoint_fingerprint", "evaluate_models"]


def evaluate_models(
    reader: SampleReader,
    encoder_dir: Path,
    wavellm_dir: Path | None,
    class_prompts: Mapping[str, Sequence[str]] | None = None,
    config: EvaluationConfig | None = None,
    out_dir: Path | None = None,
    progress: Progress | None = None,
    trained_on: SampleReader | None = None,
) -> Scorecard:
    """Score a pair of checkpoints and return the scorecard.

    Args:
        reader: of the evaluated dataset version.
        encoder_dir: what `pretrain_encoder` wrote.
        wavellm_dir: what `finetune_wavellm` wrote; None: captions and questions are "not run".
        class_prompts: prompts of each class; a class of the training split that is not in it gets those
            of `llm_prompts.class_prompts.activity_prompts`. Classes that training never saw are left out.
        config: see `EvaluationConfig`.
        out_dir: where scorecard.json, scorecard.md and answers.jsonl go; None: nowhere.
        progress: called as (what, done, total).
        trained_on: the models' own version, where it is another one; its training split gives classes, baselines.

    Raises:
        EvaluationError: the split is empty, has no captions, or shares a motion with the training split.
        CheckpointError: a checkpoint directory is absent or partial.
    """
    config = config or EvaluationConfig()
    training = read_training_split(trained_on or reader)
    samples = _captioned_samples(reader, config.split)
    refuse_leak(training, samples, config.split)
    with torch_session(config.threads, config.seed):
        encoder = load_encoder(encoder_dir).to(default_device())
        embedded, confusion, activity = score_encoder(
            encoder, samples, training, class_prompts or {}, config, progress
        )
        if wavellm_dir is None:
            answered, readings = _not_run("no WaveLLM was given"), Readings()
        else:
            wavellm = load_wavellm(wavellm_dir)
            wavellm.model.to(default_device())
            answered, readings = score_wavellm(wavellm, samples, training, config, progress)
    measures = (*embedded, *answered)
    scorecard = Scorecard(
        dataset=dataset_label(reader),
        split=config.split,
        encoder=checkpoint_fingerprint(encoder_dir),
        wavellm=None if wavellm_dir is None else checkpoint_fingerprint(wavellm_dir),
        config=config.model_dump(mode="json"),
        versions=_versions(measures),
        measures=measures,
        confusion=confusion,
        notes=_notes(samples, trained_on),
    )
    if out_dir is not None:
        write_text(
            out_dir / ANSWERS_FILE, jsonl(answer_records(samples, replace(readings, activity=activity)))
        )
        write_scorecard(scorecard, out_dir)
    return scorecard


def _not_run(reason: str) -> list[Measure]:
    """Captions and questions without a value."""
    return [*captions_not_run(reason), *questions_not_run(reason)]


def _captioned_samples(reader: SampleReader, split: str) -> list[WaveSample]:
    """The samples of the split, ordered by id; all of them must have a caption."""
    samples = read_samples(reader, None if split == ALL_SPLITS else split)
    silent = [sample.sample_id for sample in samples if not sample.captions]
    if not samples:
        raise EvaluationError(
            f"split {split!r} of {dataset_label(reader)} has no samples: a motion's split follows from its id, and of "
            "a few motions there may be none; make a dataset of more motions (some 20), or score these models on "
            "another one: mmflywheel score"
        )
    if silent:
        raise EvaluationError(
            f"{len(silent)} of {len(samples)} samples of split {split!r} of {dataset_label(reader)} have no caption, "
            f"such as {silent[0]}: evaluation compares radar with text; give them captions and make them again"
        )
    return samples


def _versions(measures: Sequence[Measure]) -> dict[str, str]:
    """Versions of the metrics that are in the scorecard, and of what they stand on."""
    own = {("METEOR" if m.name == "METEOR" else m.section): m.version for m in measures}
    shared = {"tokenizer": TOKENIZER_VERSION, "baselines": BASELINES_VERSION, "intervals": STATISTICS_VERSION}
    return own | shared


def _notes(samples: Sequence[WaveSample], trained_on: SampleReader | None) -> tuple[str, ...]:
    """What a reader must know to read the numbers."""
    motions = len({sample.motion_id for sample in samples})
    families = len({sample.family_key for sample in samples})
    views = ", ".join(sorted({sample.view for sample in samples} - {""})) or "not stated"
    return (
        f"{len(samples)} samples of {motions} motions in {families} families; views {views}, all evaluated.",
        "The retrieval text of a sample is the caption with index sha256(sample id) mod number of captions; "
        "all captions of a sample are references of its generated caption.",
        "Groups in the tables and units of the bootstrap are families.",
        *([f"Models, classes and baselines are of {dataset_label(trained_on)}."] if trained_on else []),
    )


def checkpoint_fingerprint(directory: Path) -> str:
    """First 12 hex digits of the sha256 over the names and bytes of all weight files in a directory.

    Raises:
        EvaluationError: there are none.
    """
    directory = Path(directory)
    files = sorted(directory.rglob("*.safetensors"))
    if not files:
        raise EvaluationError(
            f"{directory.name} holds no *.safetensors weights: train the model, or name its folder"
        )
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(directory).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()[:12]
