"""Options of stage 1 and their presets by scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .augmentation import AugmentationOptions
from .config_overrides import with_overrides
from .errors import ConfigurationError
from .preprocessing import DEFAULT_PREPROCESSING, PreprocessingOptions
from .text_encoder import PACKAGED_MINILM
from .wave_encoder import WaveEncoderConfig

SCALES = ("smoke", "small", "paper")


@dataclass(frozen=True)
class EncoderTrainingConfig:
    """Everything that decides stage 1, beside the dataset version.

    Attributes:
        width, depth, heads: of the ViT (ViT-B: 768, 12, 12).
        max_patches: how many random patches of a map a training pass reads (Li et al., 2023, FLIP): cheaper steps
            and an augmentation in one; evaluation always reads all 248.
        texts_per_step: captions that the waves of a step are contrasted with: their own and, up to this number,
            others of the split. They cost little because the text tower is frozen.
        caption_cosine_ignore: pairs of texts with at least this cosine (sentence encoder) are no negatives
            (Petrovich et al., 2023, TMR); 1.0 or more switches it off.
        min_validation_motions: below this many validation motions the best checkpoint is the one of lowest
            validation loss, since R@1 of a tiny pool is luck; else of highest mean R@1 both ways.
        threads: torch threads; None takes the cores available. The smoke models are too small for a second to help.
    """

    scale: str = "smoke"
    seed: int = 0
    threads: int | None = 1
    precision: str = "auto"
    width: int = 128
    depth: int = 4
    heads: int = 4
    embed_dim: int = 256
    pooling: str = "attention"
    loss: str = "info_nce"
    text_encoder: str = PACKAGED_MINILM
    dropout: float = 0.0
    max_patches: int = 64
    texts_per_step: int = 1024
    caption_cosine_ignore: float = 0.9
    epochs: int = 45
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    betas: tuple[float, float] = (0.9, 0.98)
    warmup_fraction: float = 0.1
    max_grad_norm: float = 1.0
    validations: int = 10
    min_validation_motions: int = 32
    preprocessing: PreprocessingOptions = DEFAULT_PREPROCESSING
    augmentation: AugmentationOptions = field(default_factory=AugmentationOptions)

    def __post_init__(self) -> None:
        """Refuse what cannot train."""
        if self.max_patches < 1:
            raise ConfigurationError(
                f"max_patches {self.max_patches}: a training pass must read at least one patch"
            )
        if self.batch_size < 2:
            raise ConfigurationError(
                f"batch_size {self.batch_size}: a contrastive batch needs at least 2 samples"
            )
        if self.width % self.heads:
            raise ConfigurationError(f"width {self.width} is not a multiple of heads {self.heads}")

    @classmethod
    def for_scale(cls, scale: str, **overrides: Any) -> EncoderTrainingConfig:
        """The preset of a scale: smoke (minutes on two cores), small (one GPU, hours), paper (ViT-B/16)."""
        if scale == "smoke":
            preset = cls()
        elif scale == "small":
            preset = cls(
                scale=scale, threads=None, width=384, depth=8, heads=6, max_patches=128, epochs=60, batch_size=256,
                learning_rate=5e-4, validations=30,
            )  # fmt: skip
        elif scale == "paper":
            preset = cls(
                scale=scale, threads=None, width=768, depth=12, heads=12, max_patches=248, epochs=50, batch_size=256,
                learning_rate=1e-4, validations=50,
            )  # fmt: skip
        else:
            raise ConfigurationError(f"scale {scale!r}: expected one of {SCALES}")
        return with_overrides(preset, overrides)

    def wave_config(self) -> WaveEncoderConfig:
        """The ViT's shape."""
        return WaveEncoderConfig(
            hidden_size=self.width,
            num_hidden_layers=self.depth,
            num_attention_heads=self.heads,
            intermediate_size=4 * self.width,
            hidden_dropout_prob=self.dropout,
        )

    def to_dict(self) -> Mapping[str, Any]:
        """Plain values, stored with the run."""
        return asdict(self)
