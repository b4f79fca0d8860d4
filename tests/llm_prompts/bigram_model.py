"""A language model that says one sentence: weights set by hand, so that a real server has something to serve.

A Llama of one layer whose layer adds nothing, so that the next token depends on the last one only: after the
prompt's end comes the whole sentence (one token of its own), then the end.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TEMPLATE = (
    "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}§{% endif %}"
)


def save_model(folder: Path, sentence: str) -> None:
    """Write model and tokenizer."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {word: index for index, word in enumerate(["<s>", "</s>", *letters])}
    bytewise = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    bytewise.add_tokens([AddedToken("§", normalized=False), AddedToken(sentence, normalized=False)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bytewise, bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    prompt_end, whole = (tokenizer.convert_tokens_to_ids(text) for text in ("§", sentence))
    size = 4 * -(-(whole + 1) // 4)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=size,
            hidden_size=size,
            intermediate_size=4,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=32_768,
            bos_token_id=0,
            eos_token_id=1,
            tie_word_embeddings=False,
        )
    )
    with torch.no_grad():
        for parameter in model.model.layers.parameters():
            parameter.zero_()
        model.model.embed_tokens.weight.copy_(torch.eye(size))
        model.lm_head.weight.zero_()
        model.lm_head.weight[whole, prompt_end] = 10.0
        model.lm_head.weight[1, whole] = 10.0
    model.generation_config.do_sample = False
    model.save_pretrained(folder)


if __name__ == "__main__":
    save_model(Path(sys.argv[1]), sys.argv[2])
