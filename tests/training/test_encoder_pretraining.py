from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
import torch
from safetensors.torch import load_file, save_file

from training.checkpoints import load_encoder
from training.dataset import WaveSample, model_inputs
from training.encoder_config import EncoderTrainingConfig
from training.encoder_pretraining import CaptionBank, TrainingBatches, Validation, pretrain_encoder
from training.errors import CheckpointError, TrainingInputError
from training.text_encoder import SentenceEncoder


def logged(directory: Path) -> list[dict]:
    return [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]


def test_it_learns_to_tell_the_patterns_apart(
    reader, encoder_dir: Path, train_samples: list[WaveSample]
) -> None:
    losses = [row["loss"] for row in logged(encoder_dir) if "loss" in row]
    assert np.mean(losses[-4:]) < 0.7 * np.mean(losses[:2])
    model = load_encoder(encoder_dir)
    inputs, masks = model_inputs(train_samples, model.preprocessing)
    prompts = ["a person walks", "a person waves", "a person falls"]
    chosen = (model.embed_waves(inputs, masks) @ model.embed_texts(prompts).T).argmax(axis=1)
    truth = [["walk", "wave", "fall"].index(sample.activity or "") for sample in train_samples]
    assert (chosen == truth).mean() > 0.8


def test_the_checkpoint_says_what_it_is(encoder_dir: Path, encoder_config: EncoderTrainingConfig) -> None:
    config = json.loads((encoder_dir / "config.json").read_text())
    assert config["dataset_version"] == "tiny@1"
    assert config["preprocessing"] == encoder_config.preprocessing.to_dict()
    assert config["training"]["seed"] == encoder_config.seed
    assert sorted(path.name for path in encoder_dir.iterdir()) == [
        "config.json",
        "metrics.jsonl",
        "model.safetensors",
    ]
    assert [path.name for path in encoder_dir.parent.iterdir()] == [encoder_dir.name]


def test_two_runs_with_one_seed_make_the_same_bytes(
    reader, encoder_config: EncoderTrainingConfig, encoder_dir: Path, tmp_path: Path
) -> None:
    short = replace(encoder_config, epochs=2)
    calls: list[tuple[str, int, int]] = []
    first = pretrain_encoder(reader, short, tmp_path / "first", lambda *call: calls.append(call))
    second = pretrain_encoder(reader, short, tmp_path / "second")
    other = pretrain_encoder(reader, replace(short, seed=1), tmp_path / "other")
    weights = [(path / "model.safetensors").read_bytes() for path in (first, second, other)]
    assert weights[0] == weights[1] and weights[0] != weights[2]
    assert calls == [("pretrain encoder", step, 4) for step in (1, 2, 3, 4)]


def test_embedding_does_not_depend_on_the_batch(encoder_dir: Path, train_samples: list[WaveSample]) -> None:
    model = load_encoder(encoder_dir)
    inputs, masks = model_inputs(train_samples, model.preprocessing)
    together = model.embed_waves(inputs, masks, batch_size=7)
    for index in (0, 5):
        alone = model.embed_waves(inputs[index : index + 1], masks[index : index + 1])
        np.testing.assert_allclose(together[index], alone[0], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


def test_a_failing_run_leaves_nothing(reader, encoder_config: EncoderTrainingConfig, tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain_encoder(reader, encoder_config, tmp_path / "run", stop)
    assert list(tmp_path.iterdir()) == []


def test_a_diverging_run_says_so(reader, encoder_config: EncoderTrainingConfig, tmp_path: Path) -> None:
    with pytest.raises(TrainingInputError, match="learning_rate"):
        pretrain_encoder(reader, replace(encoder_config, learning_rate=1e30), tmp_path / "run")


def test_partial_or_foreign_checkpoints_are_refused(encoder_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"config\.json is missing"):
        load_encoder(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(encoder_dir, copy)
    state = load_file(str(copy / "model.safetensors"))
    save_file({name: state[name] for name in list(state)[1:]}, str(copy / "model.safetensors"))
    with pytest.raises(CheckpointError, match="Missing key"):
        load_encoder(copy)
    (copy / "model.safetensors").write_bytes((encoder_dir / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="partial"):
        load_encoder(copy)


def test_another_text_encoder_under_the_same_name_is_refused(encoder_dir: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(encoder_dir, copy)
    config = json.loads((copy / "config.json").read_text())
    config["text_encoder"]["sha256"] = "0" * 64
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="trained against"):
        load_encoder(copy)


@pytest.fixture(scope="module")
def bank(train_samples: list[WaveSample]) -> CaptionBank:
    return CaptionBank(train_samples, SentenceEncoder(), ignore_cosine=0.9)


def test_batches_are_decided_by_seed_epoch_and_sample(
    train_samples: list[WaveSample], bank: CaptionBank, encoder_config: EncoderTrainingConfig
) -> None:
    batches = TrainingBatches(train_samples, bank, encoder_config)
    order = batches.order(3)
    assert sorted(np.concatenate(order)) == list(range(18))
    whole = batches.make(3, order[0])
    alone = batches.make(3, order[0][2:3])
    np.testing.assert_array_equal(whole["inputs"][2], alone["inputs"][0])
    np.testing.assert_array_equal(whole["masks"][2], alone["masks"][0])
    assert whole["positives"].any(dim=1).all()


def test_same_motion_and_same_caption_are_positive(bank: CaptionBank) -> None:
    chosen = bank.choose(["mot-000", "mot-006", "mot-001"], size=1, rng=np.random.default_rng(0))
    assert len(chosen) == 4, "two captions of walking, shared by two motions, and two of waving"
    pairs = bank.relate(["mot-000", "mot-006", "mot-001"], chosen)
    assert pairs["positives"].sum(dim=1).tolist() == [2, 2, 2]
    assert torch.equal(pairs["positives"][0], pairs["positives"][1])
    assert not (pairs["positives"][0] & pairs["positives"][2]).any()
    everything = bank.choose(["mot-000"], size=99, rng=np.random.default_rng(0))
    assert everything.tolist() == list(range(6))


def test_tiny_validation_sets_are_judged_by_loss(
    train_samples: list[WaveSample], bank: CaptionBank, encoder_config: EncoderTrainingConfig
) -> None:
    tiny = Validation(train_samples, bank, encoder_config)
    enough = Validation(train_samples, bank, replace(encoder_config, min_validation_motions=9))
    measured = {"val_loss": 2.0, "val_wave_to_text_r1": 0.25, "val_text_to_wave_r1": 0.75}
    assert (tiny.score(measured, 7), enough.score(measured, 7)) == (-2.0, 0.5)


def test_a_version_without_validation_samples_keeps_the_last_weights(
    reader, encoder_config: EncoderTrainingConfig, tmp_path: Path
) -> None:
    only_train = type(reader)(reader.table.filter(pc.equal(reader.table["split"], "train")))
    made = pretrain_encoder(only_train, replace(encoder_config, epochs=1), tmp_path / "run")
    assert not any("val_loss" in row for row in logged(made))
    assert load_encoder(made).dataset_version == "tiny@1"
