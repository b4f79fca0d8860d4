"""Checkpoint directories: written whole or not at all, read back strictly."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from .contrastive import WaveTextEncoder
from .errors import CheckpointError
from .preprocessing import PreprocessingOptions
from .text_encoder import SentenceEncoder
from .wave_encoder import WaveEncoderConfig

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
METRICS_FILE = "metrics.jsonl"
ENCODER_KIND = "wave_text_encoder"


@contextmanager
def written_atomically(out_dir: Path) -> Iterator[Path]:
    """Yield a temporary sibling directory that becomes `out_dir` only if the block ends without an error."""
    out_dir = Path(out_dir)
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    partial = out_dir.parent / f".{out_dir.name}.partial-{os.getpid()}"
    replaced = out_dir.parent / f".{out_dir.name}.replaced-{os.getpid()}"
    for leftover in (partial, replaced):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        if out_dir.exists():
            out_dir.rename(replaced)
        partial.rename(out_dir)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(replaced, ignore_errors=True)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write JSON with sorted keys, so that equal content is equal bytes."""
    path.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_json(path: Path, what: str) -> dict[str, Any]:
    """Read a checkpoint's JSON or say what is missing."""
    if not path.is_file():
        raise CheckpointError(
            f"{path.parent} is no {what}: {path.name} is missing; train it, or give its directory"
        )
    return json.loads(path.read_text(encoding="utf-8"))


class MetricsLog:
    """Appends one JSON object per line, flushed, so that a killed run leaves its curve."""

    def __init__(self, directory: Path) -> None:
        """Log into `directory`/metrics.jsonl."""
        self._path = directory / METRICS_FILE

    def write(self, **values: float | int | str | None) -> None:
        """Append one line."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values, sort_keys=True) + "\n")


def load_strictly(model: nn.Module, path: Path) -> None:
    """Load weights where every name and shape must match.

    Raises:
        CheckpointError: the file is absent or damaged, or weights are missing, unexpected or of another shape.
    """
    try:
        state = load_file(str(path))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"cannot read the weights {path}: {error}; the checkpoint is partial"
        ) from error
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise CheckpointError(f"the weights in {path} do not fit their config: {error}") from error


def save_encoder(model: WaveTextEncoder, directory: Path, training: Mapping[str, Any]) -> None:
    """Write config.json (shapes, preprocessing, text encoder, dataset version, training options) and the weights."""
    write_json(
        directory / CONFIG_FILE,
        {
            "kind": ENCODER_KIND,
            "wave_config": model.tower.config.to_dict(),
            "embed_dim": model.embed_dim,
            "pooling": model.pooling.kind,
            "loss": model.loss,
            "text_encoder": {"name": model.text_encoder.name, "sha256": model.text_encoder.fingerprint},
            "preprocessing": model.preprocessing.to_dict(),
            "dataset_version": model.dataset_version,
            "training": dict(training),
        },
    )
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    save_file(state, str(directory / WEIGHTS_FILE), metadata={"format": "pt"})


def load_encoder(directory: Path | str) -> WaveTextEncoder:
    """Load what `pretrain_encoder` wrote, in eval mode on the CPU.

    Raises:
        CheckpointError: not an encoder directory, partial weights, or another text encoder under the same name.
    """
    directory = Path(directory)
    config = read_json(directory / CONFIG_FILE, "wave encoder checkpoint")
    if config.get("kind") != ENCODER_KIND:
        raise CheckpointError(
            f"{directory} holds {config.get('kind') or config.get('model_type')!r}, no wave encoder"
        )
    text_encoder = SentenceEncoder(config["text_encoder"]["name"])
    expected = config["text_encoder"]["sha256"]
    if expected and text_encoder.fingerprint != expected:
        raise CheckpointError(
            f"text encoder {text_encoder.name!r} has weights {text_encoder.fingerprint}, but this checkpoint was "
            f"trained against {expected}: install that version, or train again"
        )
    with torch.random.fork_rng():
        model = WaveTextEncoder(
            WaveEncoderConfig(**config["wave_config"]),
            text_encoder,
            embed_dim=config["embed_dim"],
            pooling=config["pooling"],
            loss=config["loss"],
            preprocessing=PreprocessingOptions.from_dict(config["preprocessing"]),
            dataset_version=config["dataset_version"],
        )
    load_strictly(model, directory / WEIGHTS_FILE)
    return model.eval()
