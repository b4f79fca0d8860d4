from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from training.checkpoints import load_encoder
from training.dataset import WaveSample, model_inputs
from training.errors import CheckpointError, ConfigurationError
from training.language_pretraining import pretrain_language
from training.optimisation import require_every_parameter_once
from training.wavellm.base_model import assemble, little_phi3, save_base, train_tokenizer
from training.wavellm.inference import WaveLLM, load_wavellm
from training.wavellm.phases import language_groups
from training.wavellm.turns import ReadingDataset, training_texts
from training.wavellm_config import PhaseOptions, WaveLLMTrainingConfig
from training.wavellm_finetuning import add_adapter, finetune_wavellm

REPOSITORY = Path(__file__).resolve().parents[2]
LOGITS_PROGRAM = """
import sys, numpy as np, torch
from training.wavellm.inference import load_wavellm
torch.set_num_threads(1)
assistant = load_wavellm(sys.argv[1])
data = np.load(sys.argv[2])
batch = assistant.processor(
    [assistant.processor.prompt("what does the person do?")] * len(data["inputs"]),
    input_features=data["inputs"], input_features_mask=data["masks"],
)
with torch.inference_mode():
    np.save(sys.argv[3], assistant.model(**batch).logits.numpy())
"""


@pytest.fixture(scope="module")
def config() -> WaveLLMTrainingConfig:
    return WaveLLMTrainingConfig.for_scale(
        "smoke",
        threads=1,
        precision="float32",
        base_width=32,
        base_depth=2,
        base_heads=2,
        vocabulary=320,
        language=PhaseOptions(20.0, 16, 5e-3),
        align=PhaseOptions(2.0, 9, 3e-3),
        tune=PhaseOptions(12.0, 9, 5e-3),
        max_patches=248,
    )


@pytest.fixture(scope="module")
def language_dir(reader, config: WaveLLMTrainingConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pretrain_language(reader, config, tmp_path_factory.mktemp("language") / "checkpoint")


@pytest.fixture(scope="module")
def wavellm_dir(
    reader,
    encoder_dir: Path,
    language_dir: Path,
    config: WaveLLMTrainingConfig,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    out_dir = tmp_path_factory.mktemp("wavellm") / "checkpoint"
    return finetune_wavellm(reader, encoder_dir, config, out_dir, language_dir=language_dir)


@pytest.fixture(scope="module")
def assistant(wavellm_dir: Path) -> WaveLLM:
    return load_wavellm(wavellm_dir)


def test_every_phase_lowers_its_loss(wavellm_dir: Path, language_dir: Path) -> None:
    rows = [json.loads(line) for line in (wavellm_dir / "metrics.jsonl").read_text().splitlines()]
    val = {row["phase"]: row["val_loss"] for row in rows if "val_loss" in row}
    assert val["tune language model"] < val["align projector"]
    assert {row["phase"] for row in rows} >= {"align projector", "tune language model"}
    read = [json.loads(line)["loss"] for line in (language_dir / "metrics.jsonl").read_text().splitlines()]
    assert read[-1] < 0.7 * read[0]


def test_the_little_language_model_is_an_ordinary_directory(
    reader, language_dir: Path, config: WaveLLMTrainingConfig, tmp_path: Path
) -> None:
    assert AutoModelForCausalLM.from_pretrained(language_dir).config.model_type == "phi3"
    assert AutoTokenizer.from_pretrained(language_dir).chat_template
    other_tuning = replace(config, tune=PhaseOptions(1.0, 3, 1e-3))
    again = pretrain_language(reader, other_tuning, tmp_path / "again")
    for name in ("model.safetensors", "tokenizer.json", "language.json"):
        assert (again / name).read_bytes() == (language_dir / name).read_bytes(), name


def test_the_little_language_model_must_be_there(
    reader, encoder_dir: Path, config: WaveLLMTrainingConfig, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="pretrain_language"):
        finetune_wavellm(reader, encoder_dir, config, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_the_directory_alone_is_enough_in_a_new_process(
    wavellm_dir: Path, assistant: WaveLLM, train_samples: list[WaveSample], tmp_path: Path
) -> None:
    inputs, masks = model_inputs(train_samples[:3], assistant.preprocessing)
    np.savez(tmp_path / "in.npz", inputs=inputs, masks=masks)
    moved = tmp_path / "moved"
    shutil.copytree(wavellm_dir, moved)
    program = [sys.executable, "-c", LOGITS_PROGRAM]
    subprocess.run(
        [*program, str(moved), str(tmp_path / "in.npz"), str(tmp_path / "out.npy")],
        check=True,
        cwd=REPOSITORY,
    )
    batch = assistant.processor(
        [assistant.processor.prompt("what does the person do?")] * 3,
        input_features=inputs,
        input_features_mask=masks,
    )
    with torch.inference_mode():
        here = assistant.model(**batch).logits.numpy()
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), here)


def test_the_trained_model_and_the_loaded_one_agree_bit_for_bit(
    reader,
    encoder_dir: Path,
    language_dir: Path,
    config: WaveLLMTrainingConfig,
    wavellm_dir: Path,
    tmp_path: Path,
) -> None:
    again = finetune_wavellm(reader, encoder_dir, config, tmp_path / "again", language_dir=language_dir)
    for name in ("model.safetensors", "adapter/adapter_model.safetensors", "wavellm.json", "tokenizer.json"):
        assert (again / name).read_bytes() == (wavellm_dir / name).read_bytes(), name


def test_answers_come_in_order_and_in_words(assistant: WaveLLM, train_samples: list[WaveSample]) -> None:
    inputs, masks = model_inputs(train_samples, assistant.preprocessing)
    captions = assistant.generate_captions(inputs, masks)
    assert len(captions) == len(train_samples) and all(captions)
    assert not any("<" in caption for caption in captions)
    question = [train_samples[0].qa[0].question] * len(train_samples)
    answers = assistant.generate_answers(inputs, masks, question, max_new_tokens=6)
    truth = [sample.qa[0].answer for sample in train_samples]
    assert np.mean([answer == true for answer, true in zip(answers, truth, strict=True)]) > 0.5
    assert assistant.dataset_version == "tiny@1"


def test_only_adapter_projector_and_two_rows_learn(
    encoder_dir: Path, train_samples: list[WaveSample], config: WaveLLMTrainingConfig
) -> None:
    tokenizer = train_tokenizer(training_texts(train_samples), 320)
    model = assemble(load_encoder(encoder_dir).tower, little_phi3(tokenizer, 32, 2, 2), tokenizer)
    adapted = add_adapter(model, config)
    trainable = {name for name, parameter in adapted.named_parameters() if parameter.requires_grad}
    lora = {name for name in trainable if "lora_" in name}
    assert len(lora) == 2 * 2 * 4 and all("language_model" in name for name in lora)
    rest = trainable - lora
    projector = {name for name in rest if "multi_modal_projector.modules_to_save" in name}
    assert len(projector) == 4
    assert len(rest - projector) == 1 and "trainable_tokens_delta" in next(iter(rest - projector))
    delta = next(p for name, p in adapted.named_parameters() if "trainable_tokens_delta" in name)
    assert delta.shape == (2, 32)
    require_every_parameter_once(adapted, language_groups(adapted, config.tune, 1e-4))


def test_the_frozen_parts_stay_as_they_were(wavellm_dir: Path, encoder_dir: Path) -> None:
    whole = load_file(str(wavellm_dir / "model.safetensors"))
    tower = load_encoder(encoder_dir).tower.state_dict()
    for name, weight in tower.items():
        torch.testing.assert_close(whole[f"model.wave_tower.{name}"], weight, atol=0, rtol=0)


def test_adapter_and_projector_moved(wavellm_dir: Path) -> None:
    whole = load_file(str(wavellm_dir / "model.safetensors"))
    adapter = load_file(str(wavellm_dir / "adapter" / "adapter_model.safetensors"))
    lora_b = [weight for name, weight in adapter.items() if "lora_B" in name]
    assert len(lora_b) == 8 and all(weight.abs().max() > 0 for weight in lora_b)
    before = whole["model.multi_modal_projector.layers.0.weight"]
    after = next(w for name, w in adapter.items() if name.endswith("multi_modal_projector.layers.0.weight"))
    assert not torch.equal(before, after)
    assert not any(name.endswith("embed_tokens.weight") for name in adapter), "the table must not be dumped"


@pytest.mark.parametrize("part", ["model.safetensors", "adapter/adapter_model.safetensors"])
def test_partial_weights_are_refused(wavellm_dir: Path, tmp_path: Path, part: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(wavellm_dir, copy)
    state = load_file(str(copy / part))
    lost = next(name for name in state if "projector" in name or "wave_tower.layernorm" in name)
    save_file(
        {name: w for name, w in state.items() if name != lost}, str(copy / part), metadata={"format": "pt"}
    )
    with pytest.raises(CheckpointError, match="partial"):
        load_wavellm(copy)
    (copy / part).unlink()
    with pytest.raises(CheckpointError):
        load_wavellm(copy)


def test_any_causal_model_in_a_directory_goes_the_same_way(
    reader, encoder_dir: Path, train_samples: list[WaveSample], config: WaveLLMTrainingConfig, tmp_path: Path
) -> None:
    tokenizer = train_tokenizer(training_texts(train_samples), 320)
    save_base(little_phi3(tokenizer, 32, 1, 2), tokenizer, tmp_path / "phi3")
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "phi3").config.model_type == "phi3"
    assert AutoTokenizer.from_pretrained(tmp_path / "phi3").chat_template
    stock = replace(config, base=str(tmp_path / "phi3"), tune=PhaseOptions(1.0, 9, 1e-3))
    made = load_wavellm(finetune_wavellm(reader, encoder_dir, stock, tmp_path / "run"))
    assert made.model.config.text_config.num_hidden_layers == 1


def test_a_base_that_is_not_there_is_explained(
    reader, encoder_dir: Path, config: WaveLLMTrainingConfig, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match="nowhere"):
        finetune_wavellm(
            reader, encoder_dir, replace(config, base=str(tmp_path / "nowhere")), tmp_path / "run"
        )
    assert list(tmp_path.iterdir()) == []


def test_reading_puts_a_caption_where_the_wave_will_stand(train_samples: list[WaveSample]) -> None:
    dataset = ReadingDataset(train_samples, PhaseOptions(1.0, 8, 1e-3), seed=0)
    assert len(dataset) == sum(len(sample.captions) + len(sample.qa) for sample in train_samples)
    by_words = {tuple(sorted(text.split())): sample for sample in train_samples for text in sample.captions}
    shuffled = 0
    for index in range(len(dataset)):
        context, turn = dataset[index]
        sample = by_words[tuple(sorted(context.split()))]
        shuffled += context not in sample.captions
        activity = sample.activity or ""
        assert turn.answer in ("yes", "no") or activity in turn.answer
    assert 0.2 < shuffled / len(dataset) < 0.6, "about half lose their word order, some by chance keep it"
    assert dataset[3] == dataset[3]


def test_a_trained_model_generates_with_its_cache(wavellm_dir: Path, train_samples: list[WaveSample]) -> None:
    assistant = load_wavellm(wavellm_dir)
    tower = assistant.model.get_base_model().model.wave_tower
    calls: list[int] = []
    tower.register_forward_hook(lambda *_: calls.append(1))
    inputs, masks = model_inputs(train_samples[:4], assistant.preprocessing)
    assistant.generate_captions(inputs, masks)
    assert len(calls) == 1, "the tower must run once a batch, not once a token"
    assert assistant.model.config.text_config.use_cache is not False
