"""Options of stage 2 and their presets by scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .augmentation import AugmentationOptions
from .config_overrides import with_overrides
from .encoder_config import SCALES
from .errors import ConfigurationError

SMOKE_BASE = "smoke"
PHI3_MINI = "microsoft/Phi-3-mini-4k-instruct"
# Inside the language model only: tower and projector have layers of like names in other architectures.
LORA_TARGETS = r".*language_model\..*\.(qkv_proj|o_proj|gate_up_proj|down_proj)"


@dataclass(frozen=True)
class PhaseOptions:
    """One phase of optimisation: passes over the training samples, samples per step, learning rate."""

    epochs: float
    batch_size: int
    learning_rate: float
    warmup_fraction: float = 0.03
    weight_decay: float = 0.0


@dataclass(frozen=True)
class WaveLLMTrainingConfig:
    """Everything that decides stage 2, beside the dataset version and the encoder.

    Attributes:
        base: "smoke" is a little Phi-3 that has read the train split first (`pretrain_language`); anything else is
            the hub name or path of a causal language model.
        base_width, base_depth, base_heads, vocabulary: of the little Phi-3.
        language: the little Phi-3's own pre-training, counted in passes over its texts.
        align: phase 2a, projector only, captions.
        tune: phase 2b, LoRA, projector and the two token rows, captions and questions.
        threads: torch threads; None takes the cores available.
        projector_learning_rate: of the projector in phase 2b.
        captions_per_sample, questions_per_sample: turns drawn per map and epoch in phase 2b.
        max_patches: how many random patches of a map a training pass reads; generation always reads all.
        share_prefix: lay the turns of one map behind one copy of its tokens (needs sdpa or eager attention).
        lora_targets: regular expression over module names.
    """

    scale: str = "smoke"
    base: str = SMOKE_BASE
    seed: int = 0
    threads: int | None = 1
    precision: str = "auto"
    base_width: int = 128
    base_depth: int = 3
    base_heads: int = 4
    vocabulary: int = 1024
    language: PhaseOptions = field(default_factory=lambda: PhaseOptions(4.5, 16, 3e-3, 0.05, 0.05))
    align: PhaseOptions = field(default_factory=lambda: PhaseOptions(3.0, 8, 2e-3))
    tune: PhaseOptions = field(default_factory=lambda: PhaseOptions(7.0, 8, 2e-3))
    projector_learning_rate: float = 1e-3
    captions_per_sample: int = 2
    questions_per_sample: int = 4
    max_patches: int = 64
    share_prefix: bool = True
    wave_feature_layer: int = -1
    lora_rank: int = 16
    lora_alpha: int = 32
    lora_dropout: float = 0.0
    lora_targets: str = LORA_TARGETS
    max_grad_norm: float = 1.0
    augmentation: AugmentationOptions = field(default_factory=AugmentationOptions)

    def __post_init__(self) -> None:
        """Refuse what cannot train."""
        if self.max_patches < 1:
            raise ConfigurationError(
                f"max_patches {self.max_patches}: a training pass must read at least one patch"
            )
        if self.captions_per_sample < 1:
            raise ConfigurationError("captions_per_sample below 1: phase 2a would have nothing to learn")

    @classmethod
    def for_scale(cls, scale: str, **overrides: Any) -> WaveLLMTrainingConfig:
        """The preset of a scale: smoke (little Phi-3), small and paper (Phi-3-mini).

        Learning rates and batches of small and paper follow LLaVA-1.5 (Liu et al., 2024).
        """
        if scale not in SCALES:
            raise ConfigurationError(f"scale {scale!r}: expected one of {SCALES}")
        if scale == "smoke":
            return with_overrides(cls(), overrides)
        preset = cls(
            scale=scale,
            base=PHI3_MINI,
            threads=None,
            align=PhaseOptions(1.0, 256 if scale == "paper" else 32, 1e-3),
            tune=PhaseOptions(1.0 if scale == "paper" else 2.0, 128 if scale == "paper" else 16, 2e-4),
            projector_learning_rate=2e-5,
            captions_per_sample=1,
            questions_per_sample=1 if scale == "paper" else 4,
            max_patches=248,
        )
        return with_overrides(preset, overrides)

    def language_options(self) -> Mapping[str, Any]:
        """The options that decide the little Phi-3, beside the dataset version."""
        names = (
            "base_width", "base_depth", "base_heads", "vocabulary", "language", "seed", "threads", "precision",
            "max_grad_norm",
        )  # fmt: skip
        return {name: value for name, value in asdict(self).items() if name in names}

    def to_dict(self) -> Mapping[str, Any]:
        """Plain values, stored with the run."""
        return asdict(self)
