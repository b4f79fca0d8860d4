"""Configuration of the wave-language model."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig, PreTrainedConfig
from transformers.configuration_utils import SubConfigSpec

from ..wave_encoder import WaveEncoderConfig

WAVE_TOKEN = "<wave>"
WAVE_BOS = "<wave_bos>"
WAVE_PATCH = "<wave_patch>"
WAVE_EOS = "<wave_eos>"


class WaveLLMConfig(PreTrainedConfig):
    """A wave tower, a projector and a stock causal language model (Liu et al., 2023, LLaVA).

    Attributes:
        wave_config: shape of the tower (`WaveEncoderConfig`).
        text_config: config of any causal language model, Phi-3 by default.
        wave_token_id, wave_bos_token_id, wave_eos_token_id: rows of the three wave tokens; the first is
            `<wave_patch>`, whose embedding is always replaced by a projected patch.
        projector_layers: 2 = MLP with an activation, 1 = one linear map.
        wave_feature_layer: which layer's patch tokens are handed over; -1 is the tower's normed output, -2 the
            layer before the last.
    """

    model_type = "wavellm"
    sub_configs_defaults = {  # noqa: RUF012 - transformers reads this class attribute
        "wave_config": SubConfigSpec(config_class=AutoConfig, model_type="wave_encoder"),
        "text_config": SubConfigSpec(config_class=AutoConfig, model_type="phi3"),
    }

    wave_config: Any = None
    text_config: Any = None
    wave_token_id: int = 0
    wave_bos_token_id: int = 0
    wave_eos_token_id: int = 0
    projector_layers: int = 2
    projector_hidden_act: str = "gelu"
    wave_feature_layer: int = -1
    initializer_range: float = 0.02
    tie_word_embeddings: bool = False


AutoConfig.register("wave_encoder", WaveEncoderConfig, exist_ok=True)
AutoConfig.register("wavellm", WaveLLMConfig, exist_ok=True)
