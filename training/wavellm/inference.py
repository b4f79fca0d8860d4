"""A trained WaveLLM in use: load it, ask it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from peft import PeftConfig, PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file
from transformers import PreTrainedModel

from ..checkpoints import read_json
from ..errors import CheckpointError, TrainingInputError
from ..optimisation import Progress, quiet_transformers
from ..preprocessing import PreprocessingOptions
from .modeling import WaveLLMForCausalLM
from .processing import CAPTION_PROMPT, WaveLLMProcessor

DESCRIPTION_FILE = "wavellm.json"
ADAPTER_DIR = "adapter"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
WAVELLM_KIND = "wavellm"
LENGTH_PENALTY = 0.0  # a beam search for the likeliest text; transformers' default of 1 favours long ones


class WaveLLM:
    """Model and processor, ready to answer questions about maps."""

    def __init__(
        self,
        model: PreTrainedModel | PeftModel,
        processor: WaveLLMProcessor,
        dataset_version: str | None = None,
    ) -> None:
        """Put the model into eval mode."""
        self.model = model.eval()
        self.processor = processor
        self.dataset_version = dataset_version

    @property
    def preprocessing(self) -> PreprocessingOptions:
        """The options that its inputs must be made with."""
        return self.processor.preprocessing_options

    @torch.inference_mode()
    def _generate(
        self,
        inputs: np.ndarray,
        masks: np.ndarray,
        prompts: Sequence[str],
        max_new_tokens: int,
        num_beams: int,
    ) -> list[str]:
        """Answers of one batch."""
        tokenizer = self.processor.tokenizer
        texts = [self.processor.prompt(prompt) for prompt in prompts]
        batch = self.processor(texts, input_features=inputs, input_features_mask=masks)
        batch = {name: tensor.to(self.model.device) for name, tensor in batch.items()}
        output = self.model.generate(
            **batch,
            max_new_tokens=max_new_tokens,
            do_sample=False,
            num_beams=num_beams,
            length_penalty=LENGTH_PENALTY if num_beams > 1 else None,
            use_cache=True,  # the Trainer leaves it off in the config; without it every token runs the tower again
            eos_token_id=sorted({self.processor.end_id, int(tokenizer.eos_token_id)}),
            pad_token_id=tokenizer.pad_token_id,
        )
        new = output[:, batch["input_ids"].shape[1] :]
        return [" ".join(text.split()) for text in tokenizer.batch_decode(new, skip_special_tokens=True)]

    def generate_answers(
        self,
        inputs: np.ndarray,
        masks: np.ndarray,
        prompts: Sequence[str],
        max_new_tokens: int = 64,
        batch_size: int = 32,
        num_beams: int = 1,
        progress: Progress | None = None,
    ) -> list[str]:
        """Answer one prompt per map: greedily, or by beam search; never by sampling.

        Args:
            inputs: float32 (N, 496, 128) from `to_model_input` with `self.preprocessing`.
            masks: bool (N, 248).
            prompts: N questions in plain words (no `<wave>`, no chat marks).
            max_new_tokens: longest answer.
            batch_size: maps per pass; maps of like length are passed together. It does not change an answer.
            num_beams: of the search; 1 is greedy.
            progress: called as ("generate answers", done, total).

        Returns:
            N answers, in the order of the prompts.
        """
        if not len(inputs) == len(masks) == len(prompts):
            raise TrainingInputError(
                f"{len(inputs)} maps, {len(masks)} masks, {len(prompts)} prompts: need one each"
            )
        answers = [""] * len(prompts)
        order = sorted(range(len(prompts)), key=lambda i: (int(masks[i].sum()), len(prompts[i]), i))
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            texts = self._generate(
                inputs[chosen], masks[chosen], [prompts[index] for index in chosen], max_new_tokens, num_beams
            )
            for index, text in zip(chosen, texts, strict=True):
                answers[index] = text
            if progress is not None:
                progress("generate answers", min(start + batch_size, len(order)), len(order))
        return answers

    def generate_captions(
        self,
        inputs: np.ndarray,
        masks: np.ndarray,
        max_new_tokens: int = 64,
        batch_size: int = 32,
        num_beams: int = 1,
        progress: Progress | None = None,
    ) -> list[str]:
        """One caption per map, by the one fixed prompt of evaluation; arguments as for `generate_answers`."""
        prompts = [CAPTION_PROMPT] * len(inputs)
        return self.generate_answers(inputs, masks, prompts, max_new_tokens, batch_size, num_beams, progress)


def _load_base(directory: Path) -> WaveLLMForCausalLM:
    """The model below the adapter; every weight must be there."""
    try:
        with quiet_transformers():
            model, report = WaveLLMForCausalLM.from_pretrained(directory, output_loading_info=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise CheckpointError(f"cannot load the WaveLLM in {directory}: {error}") from error
    wrong = {
        name: report[name]
        for name in ("missing_keys", "unexpected_keys", "mismatched_keys")
        if report.get(name)
    }
    if wrong:
        raise CheckpointError(
            f"the WaveLLM in {directory} is partial: {wrong}; a model with fresh weights is no model"
        )
    return model


def _load_adapter(base: WaveLLMForCausalLM, directory: Path) -> PeftModel:
    """Put the stored adapter onto the model; PEFT alone would fill what is missing with start values."""
    weights = directory / ADAPTER_WEIGHTS
    if not weights.is_file():
        raise CheckpointError(f"the WaveLLM in {directory.parent} is partial: {weights.name} is missing")
    try:
        state = load_file(str(weights))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"cannot read the adapter {weights}: {error}; the checkpoint is partial"
        ) from error
    config = PeftConfig.from_pretrained(str(directory))
    with torch.random.fork_rng():
        model = PeftModel(base, config)
    expected = set(get_peft_model_state_dict(model))
    if set(state) != expected:
        raise CheckpointError(
            f"the adapter {weights} is partial: missing {sorted(expected - set(state))[:5]}, "
            f"unexpected {sorted(set(state) - expected)[:5]}"
        )
    set_peft_model_state_dict(model, state)
    return model.requires_grad_(False)


def load_wavellm(directory: Path | str) -> WaveLLM:
    """Load what `finetune_wavellm` wrote, in eval mode, from that one directory.

    Raises:
        CheckpointError: not such a directory, or any weight missing.
    """
    directory = Path(directory)
    description = read_json(directory / DESCRIPTION_FILE, "WaveLLM checkpoint")
    model = _load_adapter(_load_base(directory), directory / ADAPTER_DIR)
    processor = WaveLLMProcessor.from_pretrained(directory)
    return WaveLLM(model, processor, description["dataset_version"])
