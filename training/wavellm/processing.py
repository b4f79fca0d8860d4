"""The processor: questions and maps to token ids with their wave placeholders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import AutoProcessor, BatchFeature, PreTrainedTokenizerBase, ProcessorMixin

from ..errors import ConfigurationError, TrainingInputError
from ..preprocessing import DEFAULT_PREPROCESSING, PreprocessingOptions
from .configuration import WAVE_BOS, WAVE_EOS, WAVE_PATCH, WAVE_TOKEN, WaveLLMConfig

CAPTION_PROMPT = "describe the motion of the person."
CAPTION_PROMPTS = (
    CAPTION_PROMPT,
    "what does the radar see?",
    "describe what happens in this recording.",
    "write one sentence about this motion.",
)

# For tokenizers that bring no chat template of their own.
PLAIN_CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['content'] }}"
    "{% if message['role'] == 'user' %}{{ '\n' }}{% else %}{{ eos_token }}{% endif %}{% endfor %}"
)


def add_wave_tokens(tokenizer: PreTrainedTokenizerBase) -> None:
    """Make the three wave tokens special tokens of the tokenizer; those it has stay as they are."""
    missing = [token for token in (WAVE_BOS, WAVE_PATCH, WAVE_EOS) if token not in tokenizer.get_vocab()]
    if missing:
        tokenizer.add_special_tokens({"extra_special_tokens": missing}, replace_extra_special_tokens=False)


class WaveLLMProcessor(ProcessorMixin):
    """Chat prompts with `<wave>` to model inputs; `<wave>` becomes bos, one patch token per valid patch, eos."""

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        preprocessing: dict[str, float] | None = None,
        chat_template: str | None = None,
    ) -> None:
        """Wrap a tokenizer that has the wave tokens.

        Args:
            tokenizer: see `add_wave_tokens`; without a chat template it gets a plain one.
            preprocessing: the recorded options of the maps, as plain values.
            chat_template: given by transformers when it loads a saved processor; the tokenizer's own is used.
        """
        if WAVE_PATCH not in tokenizer.get_vocab():
            raise ConfigurationError(f"the tokenizer lacks {WAVE_PATCH}: call add_wave_tokens first")
        if tokenizer.chat_template is None:
            tokenizer.chat_template = chat_template or PLAIN_CHAT_TEMPLATE
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        super().__init__(tokenizer)
        self.preprocessing = preprocessing or DEFAULT_PREPROCESSING.to_dict()
        self.patch_id = int(tokenizer.convert_tokens_to_ids(WAVE_PATCH))
        self.wave_eos_id = int(tokenizer.convert_tokens_to_ids(WAVE_EOS))
        self.wave_bos_id = int(tokenizer.convert_tokens_to_ids(WAVE_BOS))
        self.end_id = self._end_of_turn()

    @property
    def preprocessing_options(self) -> PreprocessingOptions:
        """The recorded options as an object."""
        return PreprocessingOptions.from_dict(self.preprocessing)

    def _render(self, messages: list[dict[str, str]], generate: bool) -> str:
        """A conversation as text."""
        return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=generate)

    def _end_of_turn(self) -> int:
        """The special token that the chat template puts after an answer, else the end-of-text token."""
        question, answer = {"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}
        prompt = self._render([question], generate=True)
        whole = self._render([question, answer], generate=False)
        if not whole.startswith(prompt + "y"):
            raise ConfigurationError(
                "the tokenizer's chat template does not continue its own generation prompt with the answer; "
                "set tokenizer.chat_template to one that does"
            )
        special = set(self.tokenizer.all_special_ids) | set(self.tokenizer.added_tokens_decoder)
        tail = self.tokenizer(whole[len(prompt) + 1 :], add_special_tokens=False)["input_ids"]
        return next((token for token in tail if token in special), int(self.tokenizer.eos_token_id))

    def prompt(self, question: str, context: str = WAVE_TOKEN) -> str:
        """The text that asks `question` about a wave (or about `context`, a text in its place)."""
        return self._render([{"role": "user", "content": f"{context}\n{question}"}], generate=True)

    def token_ids(self, text: str, patches: int | None = None) -> list[int]:
        """Token ids of a text; `<wave>` becomes bos + `patches` patch tokens + eos."""
        if WAVE_TOKEN in text and patches is None:
            raise TrainingInputError("a text with <wave> needs the number of its valid patches")
        one_patch = text.replace(WAVE_TOKEN, WAVE_BOS + WAVE_PATCH + WAVE_EOS)
        ids = self.tokenizer(one_patch, add_special_tokens=False)["input_ids"]
        return [
            copy
            for token in ids
            for copy in ([token] * (patches or 1) if token == self.patch_id else [token])
        ]

    def answer_ids(self, prompt: str, answer: str) -> list[int]:
        """Token ids that continue `prompt` with `answer` and end the turn."""
        text = (prompt + answer).replace(WAVE_TOKEN, WAVE_PATCH)
        start = len(prompt.replace(WAVE_TOKEN, WAVE_PATCH))
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        pairs = zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
        return [token for token, (_, end) in pairs if end > start] + [self.end_id]

    def __call__(
        self,
        text: Sequence[str],
        input_features: np.ndarray | torch.Tensor | None = None,
        input_features_mask: np.ndarray | torch.Tensor | None = None,
        **_: Any,
    ) -> BatchFeature:
        """A left-padded batch for generation.

        Args:
            text: prompts from `prompt`, one `<wave>` each.
            input_features: float (B, 496, 128), one map per text.
            input_features_mask: bool (B, 248).

        Returns:
            input_ids, attention_mask [B, L], and the maps as tensors [B, 1, 496, 128] and [B, 248].
        """
        data: dict[str, torch.Tensor] = {}
        counts: list[int | None] = [None] * len(text)
        if input_features is not None and input_features_mask is not None:
            masks = torch.as_tensor(input_features_mask).bool()
            waves = torch.as_tensor(input_features).float()
            if not len(text) == len(masks) == len(waves):
                raise TrainingInputError(
                    f"{len(text)} texts, {len(waves)} maps and {len(masks)} masks: need one each"
                )
            counts = [int(count) for count in masks.sum(dim=1)]
            data = {
                "input_features": waves.reshape(len(waves), 1, *waves.shape[-2:]),
                "input_features_mask": masks,
            }
        rows = [self.token_ids(one, count) for one, count in zip(text, counts, strict=True)]
        longest = max(len(row) for row in rows)
        pad = self.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (longest - len(row)) + row for row in rows])
        attention = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
        return BatchFeature({"input_ids": ids, "attention_mask": attention, **data})


AutoProcessor.register(WaveLLMConfig, WaveLLMProcessor, exist_ok=True)
