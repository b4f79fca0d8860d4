"""The language model under the WaveLLM: a stock one by name or path, or a little Phi-3 made from scratch.

The little one has the architecture of Phi-3-mini and is saved as an ordinary Hugging Face directory, so that what
comes after it cannot tell the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Phi3Config,
    Phi3ForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)

from ..errors import CheckpointError, TrainingInputError
from ..wave_encoder import WaveEncoder
from .configuration import WAVE_BOS, WAVE_EOS, WAVE_PATCH, WaveLLMConfig
from .modeling import WaveLLMForCausalLM, WaveProjector
from .processing import add_wave_tokens

PAD, BOS, EOS, USER, ASSISTANT, END = "<pad>", "<s>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<|end|>"
# Phi-3's conversation format without its line breaks, each of which would cost the little model a token.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'user' %}{{ '<|user|>' + message['content'] + '<|end|>' }}"
    "{% else %}{{ '<|assistant|>' + message['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def train_tokenizer(texts: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """A lower-case byte-level BPE tokenizer (Sennrich et al., 2016) from the training texts.

    Frequent words become one token each, and no text of any kind is unknown.
    """
    if not texts:
        raise TrainingInputError(
            "no training texts: a tokenizer needs the captions and questions of the train split"
        )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    special = [PAD, BOS, EOS, USER, ASSISTANT, END, WAVE_BOS, WAVE_PATCH, WAVE_EOS]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sorted(set(texts)), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        extra_special_tokens=special[3:],
        chat_template=CHAT_TEMPLATE,
    )


def little_phi3(tokenizer: PreTrainedTokenizerBase, width: int, depth: int, heads: int) -> Phi3ForCausalLM:
    """A Phi-3 of any size with fresh weights from the current torch seed."""
    rows = -(-len(tokenizer) // 64) * 64
    config = Phi3Config(
        vocab_size=rows,
        hidden_size=width,
        intermediate_size=-(-8 * width // 3 // 32) * 32,
        num_hidden_layers=depth,
        num_attention_heads=heads,
        max_position_embeddings=1024,
        original_max_position_embeddings=1024,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return Phi3ForCausalLM(config)


def load_base(name_or_path: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A causal language model and its tokenizer by hub name or path: bfloat16 on a GPU, else float32.

    Raises:
        CheckpointError: nothing loadable is there (a hub name needs the network or a filled cache).
    """
    dtype = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    try:
        tokenizer = AutoTokenizer.from_pretrained(name_or_path)
        model = AutoModelForCausalLM.from_pretrained(name_or_path, dtype=dtype)
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"cannot load the base language model {name_or_path!r}: {error}; give a directory with config.json, "
            "weights and tokenizer, or a hub name that this machine can fetch"
        ) from error
    return model, tokenizer


def save_base(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, directory: Path) -> None:
    """Save as an ordinary Hugging Face directory."""
    model.save_pretrained(directory)
    tokenizer.save_pretrained(directory)


@torch.no_grad()
def assemble(
    tower: WaveEncoder,
    base: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    wave_feature_layer: int = -1,
) -> WaveLLMForCausalLM:
    """Join a trained tower and a language model by a fresh projector.

    The embedding table is resized only if the wave tokens do not fit into its spare rows, and never shrunk. The
    rows of the wave tokens become the mean of the table. The projector starts at the scale of the table, so that
    patches look like words to the first layer.
    """
    add_wave_tokens(tokenizer)
    rows = base.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        base.resize_token_embeddings(-(-len(tokenizer) // 64) * 64)
    ids = {token: int(tokenizer.convert_tokens_to_ids(token)) for token in (WAVE_PATCH, WAVE_BOS, WAVE_EOS)}
    config = WaveLLMConfig(
        wave_config=tower.config.to_dict(),
        text_config=base.config.to_dict(),
        wave_token_id=ids[WAVE_PATCH],
        wave_bos_token_id=ids[WAVE_BOS],
        wave_eos_token_id=ids[WAVE_EOS],
        wave_feature_layer=wave_feature_layer,
        tie_word_embeddings=bool(base.config.tie_word_embeddings),
    )
    config.dtype = base.dtype
    with torch.device(
        "meta"
    ):  # every part is replaced below; a big model must not be initialised for nothing
        model = WaveLLMForCausalLM(config)
    model.model.wave_tower = tower
    model.model.multi_modal_projector = WaveProjector(config)
    model.model.language_model = base.base_model
    model.lm_head = base.get_output_embeddings()
    table = base.get_input_embeddings().weight
    ordinary = [row for row in range(len(tokenizer)) if row not in ids.values()]
    table[list(ids.values())] = table[ordinary].mean(dim=0)
    match_projector_scale(model, float(table[ordinary].std()))
    return model.to(base.dtype)


@torch.no_grad()
def match_projector_scale(model: WaveLLMForCausalLM, target_std: float) -> None:
    """Scale the projector's last layer so that unit-variance patch tokens leave it with `target_std`."""
    projector: Any = model.model.multi_modal_projector
    width = model.config.wave_config.hidden_size
    for layer in projector.layers:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
            torch.nn.init.zeros_(layer.bias)
    probe = projector(torch.randn(512, width, device=projector.layers[0].weight.device))
    projector.layers[-1].weight.mul_(target_std / probe.std())
