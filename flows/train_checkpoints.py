"""Train what a dataset version has no checkpoint of yet: the wave encoder, then the WaveLLM on top."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_lake import Lake, VersionReader, content_id
from training import EncoderTrainingConfig, WaveLLMTrainingConfig, finetune_wavellm, pretrain_encoder

from .record_run import RunRecord, source_hash
from .settings import TurnSettings, Workspace

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Checkpoint:
    """A trained model on disk and whether this run made it."""

    checkpoint_id: str
    path: Path
    reused: bool


def encoder_config(settings: TurnSettings) -> EncoderTrainingConfig:
    """Training options of the wave encoder: the scale's, then the user's."""
    options = {"seed": settings.seed, **settings.options_for("encoder")}
    return EncoderTrainingConfig.for_scale(settings.scale, **options)


def wavellm_config(settings: TurnSettings) -> WaveLLMTrainingConfig:
    """Training options of the WaveLLM, likewise."""
    options = {"seed": settings.seed, **settings.options_for("wavellm")}
    return WaveLLMTrainingConfig.for_scale(settings.scale, **options)


def train_encoder(
    settings: TurnSettings,
    lake: Lake,
    reader: VersionReader,
    run: RunRecord,
    progress: Progress | None = None,
) -> Checkpoint:
    """The wave encoder of this version and configuration, trained unless it exists."""
    config = encoder_config(settings)
    checkpoint = _checkpoint(settings, "enc", reader, config.to_dict(), parent=None)
    if not checkpoint.reused:
        pretrain_encoder(reader, config, checkpoint.path, progress)
    _record(lake, checkpoint, "encoder", reader, config.to_dict(), None, run)
    return checkpoint


def train_wavellm(
    settings: TurnSettings,
    lake: Lake,
    reader: VersionReader,
    encoder: Checkpoint,
    run: RunRecord,
    progress: Progress | None = None,
) -> Checkpoint:
    """The WaveLLM of this version, encoder and configuration, trained unless it exists."""
    config = wavellm_config(settings)
    checkpoint = _checkpoint(settings, "llm", reader, config.to_dict(), parent=encoder.checkpoint_id)
    if not checkpoint.reused:
        finetune_wavellm(reader, encoder.path, config, checkpoint.path, progress)
    _record(lake, checkpoint, "wavellm", reader, config.to_dict(), encoder.checkpoint_id, run)
    return checkpoint


def _checkpoint(
    settings: TurnSettings, kind: str, reader: VersionReader, options: Mapping[str, Any], parent: str | None
) -> Checkpoint:
    identity = {
        "content": reader.info.content_hash,  # not the name: equal data is not trained on twice
        "config": _plain(options),
        "parent": parent,
        "code": source_hash("training"),
    }
    checkpoint_id = content_id(kind, identity)
    path = Workspace(settings.workspace).checkpoint(checkpoint_id)
    return Checkpoint(checkpoint_id, path, reused=path.is_dir())


def _record(
    lake: Lake,
    checkpoint: Checkpoint,
    kind: str,
    reader: VersionReader,
    options: Mapping[str, Any],
    parent: str | None,
    run: RunRecord,
) -> None:
    """One row per checkpoint; a run killed between training and this row adds it when it is run again."""
    log = (checkpoint.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    row = {
        "checkpoint_id": checkpoint.checkpoint_id,
        "kind": kind,
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
