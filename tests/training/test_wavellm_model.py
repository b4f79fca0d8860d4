from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from training.errors import TrainingInputError
from training.wave_encoder import WaveEncoder, WaveEncoderConfig
from training.wavellm.base_model import assemble, little_phi3, train_tokenizer
from training.wavellm.configuration import WaveLLMConfig
from training.wavellm.inference import WaveLLM
from training.wavellm.modeling import WaveLLMForCausalLM
from training.wavellm.packing import PackingCollator, Turn, WaveItem
from training.wavellm.processing import WaveLLMProcessor

TEXTS = [
    "a person walks slowly",
    "what does the person do?",
    "someone waves twice with the left hand",
    "how often?",
]


@pytest.fixture(scope="module")
def processor() -> WaveLLMProcessor:
    return WaveLLMProcessor(train_tokenizer(TEXTS * 2, 400))


@pytest.fixture(scope="module")
def model(processor: WaveLLMProcessor) -> WaveLLMForCausalLM:
    torch.manual_seed(0)
    tower = WaveEncoder(
        WaveEncoderConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
    )
    return assemble(tower, little_phi3(processor.tokenizer, 32, 2, 2), processor.tokenizer).eval()


@pytest.fixture(scope="module")
def items() -> list[WaveItem]:
    rng = np.random.default_rng(0)
    turns = (
        Turn("what does the person do?", "walks slowly"),
        Turn("how often?", "twice"),
        Turn("describe", "someone waves twice with the left hand"),
    )
    made = []
    for rows, count in ((3, 3), (5, 1)):
        mask = np.zeros(248, dtype=bool)
        mask[: rows * 8] = True
        made.append(WaveItem(rng.random((496, 128), dtype=np.float32), mask, turns[:count]))
    return made


def test_loss_from_supervised_logits_is_the_full_loss(model, processor, items) -> None:
    batch = PackingCollator(processor, share_prefix=False)(items)
    labels = batch.pop("labels")
    logits = model(**batch).logits
    shifted = functional.pad(labels, (0, 1), value=-100)[:, 1:]
    expected = functional.cross_entropy(logits.flatten(0, 1), shifted.flatten(), ignore_index=-100)
    output = model(**batch, labels=labels)
    torch.testing.assert_close(output.loss, expected)
    assert output.logits.shape == ((labels != -100).sum(), model.config.text_config.vocab_size)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_a_shared_prefix_gives_the_loss_and_gradients_of_separate_sequences(
    model, processor, items, attention: str
) -> None:
    model.model.language_model.set_attn_implementation(attention)
    gradients = []
    for share in (True, False):
        model.zero_grad()
        batch = PackingCollator(processor, share_prefix=share)(items)
        loss = model(**batch, use_cache=False).loss
        loss.backward()
        weight = model.model.language_model.layers[0].self_attn.qkv_proj.weight
        gradients.append((loss.detach(), weight.grad.clone(), batch["input_ids"].numel()))
    model.model.language_model.set_attn_implementation("sdpa")
    torch.testing.assert_close(gradients[0][0], gradients[1][0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(gradients[0][1], gradients[1][1], atol=1e-6, rtol=1e-4)
    assert gradients[0][2] < 0.85 * gradients[1][2], "sharing must save tokens"


def test_only_answers_are_supervised(processor, items) -> None:
    packed = PackingCollator(processor).pack(items[0].turns, 24)
    learnt = [token for token in packed.labels if token != -100]
    spelled = [processor.tokenizer.decode(learnt).replace("<|end|>", "|")]
    assert [part.strip() for part in spelled[0].split("|")[:3]] == [turn.answer for turn in items[0].turns]
    assert packed.positions.count(packed.positions[26]) >= 1 and max(packed.positions) < len(packed.ids)


def test_a_batch_without_any_label_is_an_error(model, processor, items) -> None:
    batch = PackingCollator(processor)(items)
    batch["labels"][:] = -100
    with pytest.raises(TrainingInputError, match="every label is ignored"):
        model(**batch)
    with pytest.raises(TrainingInputError, match="nothing to learn"):
        PackingCollator(processor).pack((), 8)


def test_placeholders_must_match_the_patches(model, processor, items) -> None:
    batch = PackingCollator(processor)(items)
    batch["input_features_mask"][0, 200] = True
    with pytest.raises(TrainingInputError, match="valid patches"):
        model(**batch)


def test_every_patch_reaches_the_language_model(model, processor, items) -> None:
    batch = PackingCollator(processor)(items[1:])
    loss = model(**batch).loss
    for frame in (0, 79):
        changed = {**batch, "input_features": batch["input_features"].clone()}
        changed["input_features"][0, 0, frame] += 1.0
        assert model(**changed).loss != loss
    beyond = {**batch, "input_features": batch["input_features"].clone()}
    beyond["input_features"][0, 0, 80:] = 9.0
    assert model(**beyond).loss == loss


def test_batched_answers_are_those_of_single_items_and_the_tower_runs_once(model, processor) -> None:
    rng = np.random.default_rng(1)
    inputs = rng.random((5, 496, 128), dtype=np.float32)
    masks = np.zeros((5, 248), dtype=bool)
    for index, rows in enumerate((2, 31, 7, 7, 12)):
        masks[index, : rows * 8] = True
    prompts = ["how often?", "what does the person do?", "describe", "what?", "a person"]
    assistant = WaveLLM(model, processor)
    calls = []
    hook = model.model.wave_tower.register_forward_hook(lambda *_: calls.append(1))
    together = assistant.generate_answers(inputs, masks, prompts, max_new_tokens=8, batch_size=5)
    hook.remove()
    assert len(calls) == 1
    alone = [
        assistant.generate_answers(inputs[i : i + 1], masks[i : i + 1], prompts[i : i + 1], max_new_tokens=8)[
            0
        ]
        for i in range(5)
    ]
    assert together == alone and len(set(together)) > 1
    assert assistant.generate_answers(inputs, masks, prompts, max_new_tokens=8, batch_size=2) == together


def test_tokens_that_fit_leave_the_table_alone_and_others_grow_it(processor) -> None:
    tokenizer = processor.tokenizer
    tower = WaveEncoder(
        WaveEncoderConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
    )
    base = little_phi3(tokenizer, 32, 1, 2)
    rows = base.get_input_embeddings().weight.shape[0]
    assert rows % 64 == 0 and rows >= len(tokenizer)
    joined = assemble(tower, base, tokenizer)
    assert joined.get_input_embeddings().weight.shape[0] == rows
    small = little_phi3(tokenizer, 32, 1, 2)
    small.resize_token_embeddings(len(tokenizer) - 2)
    grown = assemble(tower, small, tokenizer)
    assert grown.get_input_embeddings().weight.shape[0] == rows == grown.lm_head.weight.shape[0]
    table = grown.get_input_embeddings().weight
    torch.testing.assert_close(table[grown.config.wave_bos_token_id], table[grown.config.wave_eos_token_id])


def test_projected_patches_have_the_size_of_words(model, processor, items) -> None:
    batch = PackingCollator(processor)(items)
    patches = model.model.get_wave_features(batch["input_features"], batch["input_features_mask"])
    words = model.get_input_embeddings().weight[: len(processor.tokenizer)]
    assert 0.3 < float(patches.std() / words.std()) < 3.0


def test_the_config_survives_json(model, tmp_path) -> None:
    model.config.save_pretrained(tmp_path)
    again = WaveLLMConfig.from_pretrained(tmp_path)
    assert again.wave_config.hidden_size == 32 and again.text_config.model_type == "phi3"
    assert again.wave_token_id == model.config.wave_token_id
