"""Train what a dataset version has no checkpoint of yet: wave encoder and language, then the WaveLLM on top."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_lake import Lake, VersionReader, content_id

from .engines import run_side_by_side
from .lock_work import sole_maker
from .record_run import RunRecord, source_hash
from .settings import TurnSettings, Workspace

if TYPE_CHECKING:
    from training import EncoderTrainingConfig, WaveLLMTrainingConfig

# `training` is imported where it is used: it brings torch, and a flow should show as running before that.
Progress = Callable[[str, int, int], None]
ENCODER, LANGUAGE, WAVELLM = "encoder", "language", "wavellm"
_ID_PREFIX = {ENCODER: "enc", LANGUAGE: "lng", WAVELLM: "llm"}


@dataclass(frozen=True)
class Checkpoint:
    """A trained model on disk, of one of the kinds above, and whether it was there before."""

    kind: str
    checkpoint_id: str
    path: Path
    reused: bool


def encoder_config(settings: TurnSettings) -> EncoderTrainingConfig:
    """Training options of the wave encoder: the scale's, then the user's."""
    from training import EncoderTrainingConfig

    options = {"seed": settings.seed, **settings.options_for("encoder")}
    return EncoderTrainingConfig.for_scale(settings.scale, **options)


def wavellm_config(settings: TurnSettings) -> WaveLLMTrainingConfig:
    """Training options of the WaveLLM, likewise."""
    from training import WaveLLMTrainingConfig

    options = {"seed": settings.seed, **settings.options_for("wavellm")}
    return WaveLLMTrainingConfig.for_scale(settings.scale, **options)


@dataclass(frozen=True)
class Foundations:
    """What a WaveLLM is built on; `language` is None where the base is a stock language model."""

    encoder: Checkpoint
    language: Checkpoint | None


def train_foundations(
    settings: TurnSettings,
    lake: Lake,
    reader: VersionReader,
    run: RunRecord,
    progress: Progress | None = None,
) -> Foundations:
    """The wave encoder and, under the smoke preset, the little language model, each trained unless it exists.

    Neither needs the other: they are trained side by side where there are two cores.
    """
    planned = _planned(settings, reader)
    missing = [checkpoint for checkpoint, _ in planned if not checkpoint.reused]
    if len(missing) > 1 and settings.workers > 1:
        jobs = [partial(train_foundation, settings, reader.info.name, checkpoint) for checkpoint in missing]
        run_side_by_side(jobs, progress)
    else:
        for checkpoint in missing:
            train_foundation(settings, reader.info.name, checkpoint, progress)
    for checkpoint, options in planned:
        _record(lake, checkpoint, reader, options, None, run)
    by_kind = {checkpoint.kind: checkpoint for checkpoint, _ in planned}
    return Foundations(by_kind[ENCODER], by_kind.get(LANGUAGE))


def _planned(settings: TurnSettings, reader: VersionReader) -> list[tuple[Checkpoint, Mapping[str, Any]]]:
    """Encoder and, unless the base is a stock model, language model, each with the options that decide it."""
    from training import SMOKE_BASE

    decided: dict[str, Mapping[str, Any]] = {ENCODER: encoder_config(settings).to_dict()}
    language = wavellm_config(settings)
    if language.base == SMOKE_BASE:
        decided[LANGUAGE] = language.language_options()
    return [
        (_checkpoint(settings, kind, reader, options, parents=()), options)
        for kind, options in decided.items()
    ]


def train_foundation(
    settings: TurnSettings, version: str, checkpoint: Checkpoint, progress: Progress | None = None
) -> None:
    """Train one of them, in whatever process this is called, unless another run has just done so."""
    from training import pretrain_encoder, pretrain_language

    reader = Lake.open(Workspace(settings.workspace).lake).open_version(version)
    with sole_maker(checkpoint.path) as is_missing:
        if not is_missing:
            return
        if checkpoint.kind == ENCODER:
            pretrain_encoder(reader, encoder_config(settings), checkpoint.path, progress)
        else:
            pretrain_language(reader, wavellm_config(settings), checkpoint.path, progress)


def train_wavellm(
    settings: TurnSettings,
    lake: Lake,
    reader: VersionReader,
    foundations: Foundations,
    run: RunRecord,
    progress: Progress | None = None,
) -> Checkpoint:
    """The WaveLLM of this version, its foundations and configuration, trained unless it exists."""
    from training import finetune_wavellm

    config = wavellm_config(settings)
    encoder, language = foundations.encoder, foundations.language
    parents = [part.checkpoint_id for part in (encoder, language) if part is not None]
    checkpoint = _checkpoint(settings, WAVELLM, reader, config.to_dict(), parents)
    with sole_maker(checkpoint.path) as is_missing:
        if is_missing:
            finetune_wavellm(
                reader, encoder.path, config, checkpoint.path, progress, language.path if language else None
            )
    _record(lake, checkpoint, reader, config.to_dict(), encoder.checkpoint_id, run)
    return checkpoint


def _checkpoint(
    settings: TurnSettings,
    kind: str,
    reader: VersionReader,
    options: Mapping[str, Any],
    parents: Sequence[str],
) -> Checkpoint:
    identity = {
        "content": reader.info.content_hash,  # not the name: equal data is not trained on twice
        "config": _plain(options),
        "parents": list(parents),
        "code": source_hash("training"),
    }
    checkpoint_id = content_id(_ID_PREFIX[kind], identity)
    path = Workspace(settings.workspace).checkpoint(checkpoint_id)
    return Checkpoint(kind, checkpoint_id, path, reused=path.is_dir())


def _record(
    lake: Lake,
    checkpoint: Checkpoint,
    reader: VersionReader,
    options: Mapping[str, Any],
    parent: str | None,
    run: RunRecord,
) -> None:
    """One row per checkpoint; a run killed between training and this row adds it when it is run again."""
    metrics = checkpoint.path / "metrics.jsonl"
    log = metrics.read_text(encoding="utf-8").splitlines() if metrics.is_file() else []
    row = {
        "checkpoint_id": checkpoint.checkpoint_id,
        "kind": checkpoint.kind,
        "dataset_version": reader.info.name,
        "config_hash": content_id("cfg", _plain(options)),
        "parent": parent,
        "path": str(checkpoint.path),
        "metrics": log[-1] if log else "{}",
        "run_id": run.run_id,
        "created_at": datetime.now(UTC),
    }
    lake.append("checkpoints", [row], shard=checkpoint.checkpoint_id, run_id=run.run_id)


def _plain(options: Mapping[str, Any]) -> Any:
    """JSON values of training options, for hashing."""
    return json.loads(json.dumps(options, default=str))
