"""Wave and text in one space: the two-tower model and its losses."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from .errors import ConfigurationError
from .preprocessing import DEFAULT_PREPROCESSING, PreprocessingOptions
from .text_encoder import SentenceEncoder, masked_mean
from .wave_encoder import WaveEncoder, WaveEncoderConfig

MAX_LOG_SCALE = math.log(100.0)
LOSSES = ("info_nce", "siglip")
POOLINGS = ("mean", "attention")


def info_nce(
    similarity: torch.Tensor, positives: torch.Tensor, ignored: torch.Tensor | None = None
) -> torch.Tensor:
    """Symmetric InfoNCE with several positives per anchor.

    Each anchor's target is uniform over its positives (Khosla et al., 2020, L_out); with as many texts as waves and
    one positive each this is CLIP's loss (Radford et al., 2021).

    Args:
        similarity: scaled logits [B, K], wave by text. There may be more texts than waves: those of no wave in the
            batch serve as negatives only.
        positives: bool [B, K], True where wave i and text j belong together; every wave needs one.
        ignored: bool [B, K], pairs that are neither (texts that nearly say the same); dropped from the sums.
    """
    if ignored is not None:
        similarity = similarity.masked_fill(ignored & ~positives, float("-inf"))

    def one_way(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        log_probability = functional.log_softmax(logits, dim=1).masked_fill(~targets, 0.0)
        return -(log_probability.sum(dim=1) / targets.sum(dim=1)).mean()

    wanted = positives.any(dim=0)
    return 0.5 * (one_way(similarity, positives) + one_way(similarity.T[wanted], positives.T[wanted]))


def siglip(
    similarity: torch.Tensor, positives: torch.Tensor, ignored: torch.Tensor | None = None
) -> torch.Tensor:
    """Pairwise sigmoid loss (Zhai et al., 2023), summed over pairs and divided by the number of waves.

    `similarity` [B, K] holds scaled and biased logits; `positives`, `ignored` as in `info_nce`.
    """
    signs = positives.to(similarity.dtype) * 2.0 - 1.0
    losses = -functional.logsigmoid(signs * similarity)
    if ignored is not None:
        losses = losses.masked_fill(ignored & ~positives, 0.0)
    return losses.sum() / similarity.shape[0]


class PatchPooling(nn.Module):
    """Patch tokens to one vector: masked mean, or attention of a learned query (Lee et al., 2019)."""

    def __init__(self, width: int, heads: int, kind: str) -> None:
        """`kind` is one of POOLINGS."""
        super().__init__()
        if kind not in POOLINGS:
            raise ConfigurationError(f"pooling {kind!r}: expected one of {POOLINGS}")
        self.kind = kind
        if kind == "attention":
            self.query = nn.Parameter(torch.zeros(1, 1, width))
            self.attention = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """[B, N, W] and bool [B, N] to [B, W]."""
        mean = masked_mean(tokens, mask)
        if self.kind == "mean":
            return mean
        query = self.query.expand(len(tokens), -1, -1)
        attended, _ = self.attention(query, tokens, tokens, key_padding_mask=~mask, need_weights=False)
        return mean + attended[:, 0]


class WaveTextEncoder(nn.Module):
    """Two towers in one space: a trained wave encoder and a frozen sentence encoder with linear heads."""

    def __init__(
        self,
        wave_config: WaveEncoderConfig,
        text_encoder: SentenceEncoder,
        embed_dim: int = 256,
        pooling: str = "mean",
        loss: str = "info_nce",
        preprocessing: PreprocessingOptions = DEFAULT_PREPROCESSING,
        dataset_version: str | None = None,
    ) -> None:
        """A fresh model; weights come from the current torch seed."""
        super().__init__()
        if loss not in LOSSES:
            raise ConfigurationError(f"loss {loss!r}: expected one of {LOSSES}")
        self.text_encoder = text_encoder
        self.preprocessing = preprocessing
        self.dataset_version = dataset_version
        self.loss = loss
        self.tower = WaveEncoder(wave_config)
        self.pooling = PatchPooling(wave_config.hidden_size, wave_config.num_attention_heads, pooling)
        self.wave_head = nn.Linear(wave_config.hidden_size, embed_dim, bias=False)
        self.text_head = nn.Linear(text_encoder.width, embed_dim, bias=False)
        # Start values: Radford et al. (2021) for InfoNCE, Zhai et al. (2023) for the sigmoid loss.
        start = math.log(1.0 / 0.07) if loss == "info_nce" else math.log(10.0)
        self.logit_scale = nn.Parameter(torch.tensor(start))
        if loss == "siglip":
            self.logit_bias = nn.Parameter(torch.tensor(-10.0))
        with torch.no_grad():
            # Both heads begin as isometries: the text space keeps its geometry, so near captions start near.
            nn.init.orthogonal_(self.wave_head.weight)
            nn.init.orthogonal_(self.text_head.weight)

    @property
    def embed_dim(self) -> int:
        """Width of the common space."""
        return int(self.wave_head.out_features)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.logit_scale.device

    def encode_waves(self, inputs: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """[B, 496, 128] and bool [B, 248] to unit vectors [B, embed_dim]."""
        output = self.tower(inputs, masks)
        pooled = self.pooling(output.last_hidden_state, output.patch_mask)
        return functional.normalize(self.wave_head(pooled).float(), dim=-1)

    def encode_sentences(self, sentence_vectors: torch.Tensor) -> torch.Tensor:
        """Frozen sentence vectors [B, text width] to unit vectors [B, embed_dim]."""
        return functional.normalize(self.text_head(sentence_vectors).float(), dim=-1)

    def contrastive_loss(
        self,
        waves: torch.Tensor,
        texts: torch.Tensor,
        positives: torch.Tensor,
        ignored: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The configured loss of unit vectors [B, D] and [K, D] with relations bool [B, K]."""
        similarity = self.logit_scale.exp() * (waves @ texts.T)
        if self.loss == "siglip":
            return siglip(similarity + self.logit_bias, positives, ignored)
        return info_nce(similarity, positives, ignored)

    @torch.no_grad()
    def clamp_scale(self) -> None:
        """Keep the temperature where CLIP keeps it: at most 100. Call it after each step."""
        self.logit_scale.clamp_(max=MAX_LOG_SCALE)

    @torch.inference_mode()
    def embed_waves(self, inputs: np.ndarray, masks: np.ndarray, batch_size: int = 64) -> np.ndarray:
        """Unit vectors of many inputs, float32 (N, embed_dim), in eval mode whatever mode the model is in.

        Args:
            inputs: float32 (N, 496, 128) from `preprocessing.to_model_input` with `self.preprocessing`.
            masks: bool (N, 248).
            batch_size: maps per pass; inputs of like length are passed together.
        """
        was_training = self.training
        self.eval()
        vectors = np.zeros((len(inputs), self.embed_dim), dtype=np.float32)
        order = np.argsort(masks.sum(axis=1), kind="stable")
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            waves = torch.from_numpy(inputs[chosen]).to(self.device)
            vectors[chosen] = (
                self.encode_waves(waves, torch.from_numpy(masks[chosen]).to(self.device)).cpu().numpy()
            )
        self.train(was_training)
        return vectors

    @torch.inference_mode()
    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of texts, float32 (len(texts), embed_dim)."""
        sentences = torch.from_numpy(self.text_encoder.embed(texts))
        return self.encode_sentences(sentences.to(self.device)).cpu().numpy()
