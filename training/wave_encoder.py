"""The wave encoder: a ViT over one-channel doppler_time maps that skips padding instead of computing it.

Parameters carry the names of transformers' ViTModel (Dosovitskiy et al., 2021), so its checkpoints load by name once
the patch projection is summed to one channel. The forward pass differs in one thing: only patches that hold data
are embedded and attended to, which makes a short clip cheap and its embedding independent of the padding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel
from transformers.masking_utils import create_bidirectional_mask
from transformers.modeling_outputs import ModelOutput
from transformers.models.vit.configuration_vit import ViTConfig
from transformers.models.vit.modeling_vit import ViTEmbeddings, ViTLayer, ViTPreTrainedModel

from .errors import TrainingInputError
from .preprocessing import DOPPLER_BINS, FRAMES, PATCH


class WaveEncoderConfig(ViTConfig):
    """ViTConfig with the shape of a doppler_time map: one channel, 496 x 128, patches of 16 x 16."""

    model_type = "wave_encoder"

    image_size: int | list[int] | tuple[int, int] = (FRAMES, DOPPLER_BINS)
    patch_size: int | list[int] | tuple[int, int] = PATCH
    num_channels: int = 1
    layer_norm_eps: float = 1e-6


@dataclass
class WaveEncoderOutput(ModelOutput):
    """Patch tokens in patch order: `last_hidden_state` [B, N, width] and `patch_mask` bool [B, N].

    N is the largest number of patches kept in the batch; rows with fewer are filled up and masked. `hidden_states`
    holds every layer's patch tokens when asked for.
    """

    last_hidden_state: torch.Tensor | None = None
    patch_mask: torch.Tensor | None = None
    hidden_states: tuple[torch.Tensor, ...] | None = None


def sine_positions(rows: int, columns: int, width: int) -> torch.Tensor:
    """Two-dimensional sine-cosine positions, [rows * columns, width] (He et al., 2022, MAE): a start that already
    knows which patches are neighbours, which a few hundred samples could not teach."""
    quarter = max(1, width // 4)
    frequency = 1.0 / 10000 ** (torch.arange(quarter, dtype=torch.float64) / quarter)
    row_angle = torch.arange(rows, dtype=torch.float64)[:, None] * frequency
    column_angle = torch.arange(columns, dtype=torch.float64)[:, None] * frequency
    row_part = torch.cat([row_angle.sin(), row_angle.cos()], dim=1)
    column_part = torch.cat([column_angle.sin(), column_angle.cos()], dim=1)
    grid = torch.cat([row_part.repeat_interleave(columns, dim=0), column_part.repeat(rows, 1)], dim=1)
    return functional.pad(grid, (0, max(0, width - grid.shape[1])))[:, :width].float()


def kept_first(mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Indices of the True entries, in order, moved to the front of each row.

    Args:
        mask: bool [B, P].

    Returns:
        index int64 [B, N] and kept bool [B, N], N the largest count; places beyond a row's count point at patches
        that are not to be used.
    """
    counts = mask.sum(dim=1)
    if int(counts.min()) == 0:
        raise TrainingInputError(
            "a sample's patch mask is empty: every sample needs at least one valid patch"
        )
    longest = int(counts.max())
    index = torch.argsort((~mask).to(torch.int8), dim=1, stable=True)[:, :longest]
    return index, torch.arange(longest, device=mask.device)[None] < counts[:, None]


class WaveEncoder(ViTPreTrainedModel):
    """ViT over 31 x 8 patches with a CLS token; returns the patch tokens."""

    config_class = WaveEncoderConfig
    main_input_name = "input_features"

    def __init__(self, config: WaveEncoderConfig) -> None:
        """Build from a config; positions start as sine-cosine."""
        super().__init__(config)
        self.embeddings = ViTEmbeddings(config)
        self.layers = nn.ModuleList([ViTLayer(config) for _ in range(config.num_hidden_layers)])
        self.layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        """Positions get their own start; all else as in ViT."""
        super()._init_weights(module)
        if isinstance(module, ViTEmbeddings):
            height, width = self.config.image_size
            grid = sine_positions(height // PATCH, width // PATCH, self.config.hidden_size)
            # Scaled to the size of the patch embeddings, which start near 0.1: positions must not drown them.
            module.position_embeddings[:, 1:].copy_(0.1 * grid)

    def _embed_patches(self, waves: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
        """Embed only the patches in `index` [B, N]: the convolution of ViT as one matrix product."""
        batch, channels, height, width = waves.shape
        patches = waves.reshape(batch, channels, height // PATCH, PATCH, width // PATCH, PATCH)
        patches = patches.permute(0, 2, 4, 1, 3, 5).reshape(batch, -1, channels * PATCH * PATCH)
        patches = patches.gather(1, index[..., None].expand(-1, -1, patches.shape[-1]))
        projection = self.embeddings.patch_embeddings.projection
        embedded = functional.linear(patches, projection.weight.flatten(1), projection.bias)
        positions = self.embeddings.position_embeddings[0, 1:]
        return embedded + positions[index]

    def forward(
        self,
        input_features: torch.Tensor,
        input_features_mask: torch.Tensor | None = None,
        output_hidden_states: bool = False,
        **_: Any,
    ) -> WaveEncoderOutput:
        """Encode maps.

        Args:
            input_features: float [B, 1, 496, 128] (or [B, 496, 128]) in 0..1.
            input_features_mask: bool [B, 248], True where a patch is to be used; None uses all.
            output_hidden_states: also return each layer's patch tokens (before the final norm).
        """
        waves = input_features[:, None] if input_features.ndim == 3 else input_features
        expected = (self.config.num_channels, *self.config.image_size)
        if tuple(waves.shape[1:]) != tuple(expected):
            raise TrainingInputError(
                f"input_features of shape {tuple(waves.shape)}: expected [B, {expected}]"
            )
        waves = waves.to(self.embeddings.patch_embeddings.projection.weight.dtype)
        patches = self.embeddings.position_embeddings.shape[1] - 1
        if input_features_mask is None:
            input_features_mask = torch.ones(waves.shape[0], patches, dtype=torch.bool, device=waves.device)
        index, kept = kept_first(input_features_mask.bool())
        cls_token = (self.embeddings.cls_token + self.embeddings.position_embeddings[:, :1]).expand(
            len(waves), -1, -1
        )
        hidden = torch.cat([cls_token, self._embed_patches(waves, index)], dim=1)
        hidden = self.embeddings.dropout(hidden)
        attention_mask = create_bidirectional_mask(
            config=self.config,
            inputs_embeds=hidden,
            attention_mask=None if bool(kept.all()) else functional.pad(kept, (1, 0), value=True),
        )
        layers = []
        for layer in self.layers:
            if output_hidden_states:
                layers.append(hidden[:, 1:])
            hidden = layer(hidden, attention_mask)
        tokens = self.layernorm(hidden)[:, 1:]
        return WaveEncoderOutput(
            last_hidden_state=tokens,
            patch_mask=kept,
            hidden_states=(*layers, hidden[:, 1:]) if output_hidden_states else None,
        )


AutoConfig.register("wave_encoder", WaveEncoderConfig, exist_ok=True)
AutoModel.register(WaveEncoderConfig, WaveEncoder, exist_ok=True)
