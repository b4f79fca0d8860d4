"""The wave-language model: patch tokens of a frozen tower take the places of `<wave_patch>` in a causal LM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from transformers import AutoModel, AutoModelForCausalLM, Cache, GenerationMixin, PreTrainedModel
from transformers.activations import ACT2FN
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast
from transformers.modeling_utils import slice_logits_to_keep
from transformers.utils.generic import can_return_tuple

from ..errors import TrainingInputError
from ..wave_encoder import WaveEncoder
from .configuration import WaveLLMConfig

IGNORED_LABEL = -100


@dataclass
class WaveLLMOutput(CausalLMOutputWithPast):
    """Loss and logits. With labels, logits are only those of supervised positions: [supervised, vocabulary]."""


class WaveProjector(nn.Module):
    """Patch tokens to the language model's width."""

    def __init__(self, config: WaveLLMConfig) -> None:
        """Two layers with an activation (Liu et al., 2024, LLaVA-1.5), or one."""
        super().__init__()
        width, hidden = config.wave_config.hidden_size, config.text_config.hidden_size
        layers: list[nn.Module] = [nn.Linear(width, hidden)]
        if config.projector_layers == 2:
            layers += [ACT2FN[config.projector_hidden_act], nn.Linear(hidden, hidden)]
        self.layers = nn.Sequential(*layers)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """[n, wave width] to [n, text width]."""
        return self.layers(tokens)


class WaveLLMPreTrainedModel(PreTrainedModel):
    """What transformers needs to know of both models below."""

    config_class = WaveLLMConfig
    base_model_prefix = "model"
    main_input_name = "input_ids"
    supports_gradient_checkpointing = True
    _skip_keys_device_placement = ["past_key_values"]  # noqa: RUF012
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True


class WaveLLMModel(WaveLLMPreTrainedModel):
    """Tower, projector and language model without its head."""

    def __init__(self, config: WaveLLMConfig) -> None:
        """Build all three from the config."""
        super().__init__(config)
        self.wave_tower = WaveEncoder(config.wave_config)
        self.multi_modal_projector = WaveProjector(config)
        self.language_model = AutoModel.from_config(config.text_config)
        self.post_init()

    def get_wave_features(
        self, input_features: torch.Tensor, input_features_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Projected tokens of the valid patches of all items, one after another: [patches in all, text width].

        The tower is frozen in both phases, so no gradient is kept for it.
        """
        layer = self.config.wave_feature_layer
        with torch.no_grad():
            output = self.wave_tower(input_features, input_features_mask, output_hidden_states=layer != -1)
        tokens = output.last_hidden_state if layer == -1 else output.hidden_states[layer]
        return self.multi_modal_projector(tokens[output.patch_mask])

    def get_placeholder_mask(self, input_ids: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Where `<wave_patch>` stands, bool [B, L, 1]; its number must be that of the features."""
        mask = input_ids == self.config.wave_token_id
        if int(mask.sum()) != features.shape[0]:
            raise TrainingInputError(
                f"{int(mask.sum())} <wave_patch> tokens but {features.shape[0]} valid patches: let the processor "
                "expand <wave>, with the same mask that the model gets"
            )
        return mask[..., None]

    def _prepared_mask(self, mask: torch.Tensor | None, embeddings: torch.Tensor) -> torch.Tensor | None:
        """Turn a bool [B, 1, L, L] mask into the additive one that eager attention needs; leave others alone."""
        implementation = self.language_model.config._attn_implementation
        if mask is None or mask.ndim != 4 or mask.dtype != torch.bool or implementation != "eager":
            return mask
        device = embeddings.device.type
        dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else embeddings.dtype
        return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(
            ~mask, torch.finfo(dtype).min
        )

    @can_return_tuple
    def forward(
        self,
        input_ids: torch.LongTensor | None = None,
        input_features: torch.Tensor | None = None,
        input_features_mask: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.LongTensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> BaseModelOutputWithPast:
        """Splice projected patches into the token embeddings and run the language model."""
        if (input_ids is None) == (inputs_embeds is None):
            raise TrainingInputError("give exactly one of input_ids and inputs_embeds")
        if inputs_embeds is None:
            inputs_embeds = self.get_input_embeddings()(input_ids)
        if input_features is not None:
            if input_ids is None:
                raise TrainingInputError("input_features need input_ids, which say where the patches go")
            features = self.get_wave_features(input_features, input_features_mask)
            mask = self.get_placeholder_mask(input_ids, features)
            inputs_embeds = inputs_embeds.masked_scatter(mask, features.to(inputs_embeds.dtype))
        return self.language_model(
            attention_mask=self._prepared_mask(attention_mask, inputs_embeds),
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            **kwargs,
        )


class WaveLLMForCausalLM(WaveLLMPreTrainedModel, GenerationMixin):
    """The wave-language model with its vocabulary head."""

    _tied_weights_keys = {"lm_head.weight": "model.language_model.embed_tokens.weight"}  # noqa: RUF012

    def __init__(self, config: WaveLLMConfig) -> None:
        """Build from the config."""
        super().__init__(config)
        self.model = WaveLLMModel(config)
        self.lm_head = nn.Linear(config.text_config.hidden_size, config.text_config.vocab_size, bias=False)
        self.post_init()

    def get_output_embeddings(self) -> nn.Module:
        """The vocabulary head."""
        return self.lm_head

    @can_return_tuple
    def forward(
        self,
        input_ids: torch.LongTensor | None = None,
        input_features: torch.Tensor | None = None,
        input_features_mask: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.LongTensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: torch.Tensor | None = None,
        labels: torch.LongTensor | None = None,
        logits_to_keep: int | torch.Tensor = 0,
        **kwargs: Any,
    ) -> WaveLLMOutput:
        """Logits, and with labels the mean loss of the supervised tokens.

        Args:
            input_ids: int64 [B, L], `<wave_patch>` once per valid patch.
            input_features: float [B', 1, 496, 128] or [B', 496, 128], in the order of the placeholders.
            input_features_mask: bool [B', 248].
            attention_mask: [B, L], or bool [B, 1, L, L] for sequences that share a prefix (see `packing`).
            position_ids: int64 [B, L].
            past_key_values: cache of an earlier call.
            inputs_embeds: in place of input_ids.
            labels: int64 [B, L], -100 where nothing is to be learnt; token t's label is input_ids[t].
            logits_to_keep: as in transformers; set by itself where labels are given.
            kwargs: `num_items_in_batch` divides the summed loss; the rest goes to the language model.

        Raises:
            TrainingInputError: labels that are all ignored, or placeholders that do not match the patches.
        """
        num_items = kwargs.pop("num_items_in_batch", None)
        outputs = self.model(
            input_ids=input_ids,
            input_features=input_features,
            input_features_mask=input_features_mask,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            **kwargs,
        )
        hidden = outputs.last_hidden_state
        if labels is None:
            logits = self.lm_head(slice_logits_to_keep(hidden, logits_to_keep))
            return WaveLLMOutput(logits=logits, past_key_values=outputs.past_key_values)
        shifted = functional.pad(labels, (0, 1), value=IGNORED_LABEL)[..., 1:]
        supervised = shifted != IGNORED_LABEL
        if not bool(supervised.any()):
            raise TrainingInputError("every label is ignored: there is nothing to learn from this batch")
        logits = self.lm_head(slice_logits_to_keep(hidden, supervised))
        loss = self.loss_function(
            logits=logits,
            labels=None,
            vocab_size=self.config.text_config.vocab_size,
            shift_labels=shifted[supervised],
            num_items_in_batch=num_items,
        )
        return WaveLLMOutput(loss=loss, logits=logits, past_key_values=outputs.past_key_values)


AutoModel.register(WaveLLMConfig, WaveLLMModel, exist_ok=True)
AutoModelForCausalLM.register(WaveLLMConfig, WaveLLMForCausalLM, exist_ok=True)
