"""A wave encoder aligned with text, and a language model that reads its tokens. Sees only what the lake stores."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "EncoderTrainingConfig": ".encoder_config",
    "SMOKE_BASE": ".wavellm_config",
    "StreamedBatches": ".streaming",
    "WaveLLM": ".wavellm.inference",
    "WaveLLMTrainingConfig": ".wavellm_config",
    "WaveTextEncoder": ".contrastive",
    "finetune_wavellm": ".wavellm_finetuning",
    "load_encoder": ".checkpoints",
    "load_wavellm": ".wavellm.inference",
    "pretrain_encoder": ".encoder_pretraining",
    "pretrain_language": ".language_pretraining",
    "to_model_input": ".preprocessing",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that the package itself imports nothing heavy."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_PUBLIC[name], __name__), name)
