from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from training.errors import ConfigurationError, TrainingInputError
from training.wavellm.base_model import train_tokenizer
from training.wavellm.packing import branch_mask
from training.wavellm.processing import WaveLLMProcessor, add_wave_tokens

TEXTS = ["A person walks slowly.", "does the person wave?", "3.5 metres", "describe the motion."]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return train_tokenizer(TEXTS * 2, 400)


@pytest.fixture(scope="module")
def processor(tokenizer: PreTrainedTokenizerFast) -> WaveLLMProcessor:
    return WaveLLMProcessor(tokenizer)


def test_any_text_comes_back_in_lower_case(tokenizer: PreTrainedTokenizerFast) -> None:
    for text in (*TEXTS, "unseen: Zürich, 42%!"):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids).strip() == text.lower()
        assert tokenizer.unk_token_id is None or tokenizer.unk_token_id not in ids


def test_wave_becomes_bos_patches_eos(processor: WaveLLMProcessor) -> None:
    ids = processor.token_ids(processor.prompt("what is this?"), patches=40)
    start = ids.index(processor.wave_bos_id)
    assert ids[start : start + 42] == [
        processor.wave_bos_id,
        *[processor.patch_id] * 40,
        processor.wave_eos_id,
    ]
    assert ids.count(processor.patch_id) == 40
    with pytest.raises(TrainingInputError, match="<wave>"):
        processor.token_ids(processor.prompt("what is this?"))


def test_prompt_and_answer_make_the_whole_conversation(processor: WaveLLMProcessor) -> None:
    prompt = processor.prompt("what is this?", context="a text")
    whole = processor.token_ids(prompt) + processor.answer_ids(prompt, "a person walks")
    text = processor.tokenizer.decode(whole)
    assert text.endswith("a person walks<|end|>") and whole[-1] == processor.end_id
    assert processor.tokenizer.decode(processor.answer_ids(prompt, "yes")[:-1]).strip() == "yes"


def test_batches_are_left_padded_and_follow_the_mask(processor: WaveLLMProcessor) -> None:
    masks = np.zeros((2, 248), dtype=bool)
    masks[0, :16] = masks[1, :40] = True
    texts = [processor.prompt("what?"), processor.prompt("what is this, if anything?")]
    batch = processor(texts, input_features=np.zeros((2, 496, 128), np.float32), input_features_mask=masks)
    assert batch["input_features"].shape == (2, 1, 496, 128)
    assert (batch["input_ids"] == processor.patch_id).sum(dim=1).tolist() == [16, 40]
    assert batch["attention_mask"][:, -1].tolist() == [1, 1] and batch["attention_mask"][0, 0] == 0
    padded = batch["input_ids"][batch["attention_mask"] == 0]
    assert (padded == processor.tokenizer.pad_token_id).all()
    with pytest.raises(TrainingInputError, match="need one each"):
        processor(texts[:1], input_features=np.zeros((2, 496, 128), np.float32), input_features_mask=masks)


def test_it_is_saved_and_loaded_with_its_preprocessing(processor: WaveLLMProcessor, tmp_path) -> None:
    processor.save_pretrained(tmp_path)
    again = WaveLLMProcessor.from_pretrained(tmp_path)
    assert again.preprocessing_options == processor.preprocessing_options
    prompt = processor.prompt("does the person wave?")
    assert again.prompt("does the person wave?") == prompt
    assert again.token_ids(prompt, 8) == processor.token_ids(prompt, 8) and again.end_id == processor.end_id


def test_a_tokenizer_without_template_gets_a_plain_one(tokenizer: PreTrainedTokenizerFast) -> None:
    bare = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer, eos_token="<|endoftext|>", pad_token="<pad>"
    )
    add_wave_tokens(bare)
    processor = WaveLLMProcessor(bare)
    prompt = processor.prompt("what?")
    assert prompt == "<wave>\nwhat?\n" and processor.end_id == bare.eos_token_id
    ids = processor.answer_ids(prompt, "a person walks")
    assert bare.decode(ids[:-1]).strip() == "a person walks"


def test_templates_that_do_not_continue_their_prompt_are_refused(tokenizer: PreTrainedTokenizerFast) -> None:
    odd = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer,
        eos_token="<|endoftext|>",
        chat_template="{% for m in messages %}[{{ m['content'] }}]{% endfor %}"
        "{% if add_generation_prompt %}>{% endif %}",
    )
    with pytest.raises(ConfigurationError, match="chat template"):
        WaveLLMProcessor(odd)


def test_branches_see_the_prefix_and_themselves_only() -> None:
    branches = torch.tensor([[0, 0, 1, 1, 2, -1]])
    mask = branch_mask(branches)[0, 0].int().tolist()
    assert mask == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 0, 0],
        [1, 1, 0, 0, 1, 0],
        [1, 1, 0, 0, 0, 1],
    ]
