from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from training.contrastive import WaveTextEncoder, info_nce, siglip
from training.errors import ConfigurationError, TrainingError
from training.optimisation import parameter_groups, require_every_parameter_once, warmup_cosine
from training.text_encoder import SentenceEncoder
from training.wave_encoder import WaveEncoderConfig


@pytest.fixture(scope="module")
def sentences() -> SentenceEncoder:
    return SentenceEncoder()


def small_model(sentences: SentenceEncoder, **options: str) -> WaveTextEncoder:
    torch.manual_seed(0)
    config = WaveEncoderConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    return WaveTextEncoder(config, sentences, embed_dim=16, **options)


def test_with_one_positive_each_it_is_symmetric_cross_entropy() -> None:
    logits = torch.randn(5, 5, generator=torch.Generator().manual_seed(0))
    target = torch.arange(5)
    expected = 0.5 * (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target))
    torch.testing.assert_close(info_nce(logits, torch.eye(5, dtype=torch.bool)), expected)


def test_twins_are_not_punished_for_being_equal() -> None:
    positives = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    perfect = torch.tensor([[50.0, 50.0, 0.0], [50.0, 50.0, 0.0], [0.0, 0.0, 50.0]])
    assert info_nce(perfect, positives).item() == pytest.approx(2 / 3 * math.log(2), abs=1e-5)
    unequal = perfect + torch.tensor([[5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 0.0]])
    assert info_nce(unequal, positives) > info_nce(perfect, positives)
    assert info_nce(unequal, torch.eye(3, dtype=torch.bool)) < info_nce(
        perfect, torch.eye(3, dtype=torch.bool)
    )


def test_texts_of_no_wave_are_negatives_for_waves_only() -> None:
    logits = torch.tensor([[3.0, 0.0, 1.0], [0.0, 3.0, 2.0]])
    positives = torch.tensor([[True, False, False], [False, True, False]])
    wave_to_text = functional.cross_entropy(logits, torch.arange(2))
    text_to_wave = functional.cross_entropy(logits[:, :2].T, torch.arange(2))
    torch.testing.assert_close(info_nce(logits, positives), 0.5 * (wave_to_text + text_to_wave))


def test_ignored_pairs_take_no_part() -> None:
    positives = torch.eye(3, dtype=torch.bool)
    ignored = torch.zeros(3, 3, dtype=torch.bool)
    ignored[0, 1] = ignored[1, 0] = True
    logits = torch.randn(3, 3, generator=torch.Generator().manual_seed(1))
    moved = logits.clone()
    moved[0, 1] = moved[1, 0] = 30.0
    for loss in (info_nce, siglip):
        torch.testing.assert_close(loss(moved, positives, ignored), loss(logits, positives, ignored))
        assert loss(moved, positives) > loss(logits, positives)
        assert torch.isfinite(loss(moved, positives, torch.ones(3, 3, dtype=torch.bool)))


def test_siglip_of_two_pairs_in_closed_form() -> None:
    logits = torch.tensor([[2.0, -1.0], [0.0, 3.0]])
    terms = [math.log1p(math.exp(-z)) for z in (2.0, 1.0, 0.0, 3.0)]
    assert siglip(logits, torch.eye(2, dtype=torch.bool)).item() == pytest.approx(sum(terms) / 2, abs=1e-6)


@pytest.mark.parametrize("loss", ["info_nce", "siglip"])
@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_every_trainable_parameter_is_in_one_group_and_moves(
    sentences: SentenceEncoder, loss: str, pooling: str
) -> None:
    model = small_model(sentences, loss=loss, pooling=pooling)
    groups = parameter_groups(model, 1e-2, 0.05)
    listed = [id(parameter) for group in groups for parameter in group["params"]]
    trainable = [id(parameter) for parameter in model.parameters() if parameter.requires_grad]
    assert sorted(listed) == sorted(trainable) and len(set(listed)) == len(listed)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimiser = torch.optim.AdamW(groups, weight_decay=0.0)
    waves = torch.rand(4, 496, 128)
    texts = torch.from_numpy(sentences.embed(["a person walks", "he falls", "she waves", "a man jumps"]))
    for _ in range(2):  # the attention query starts at zero, so its keys move from the second step on
        vectors = model.encode_waves(waves, torch.ones(4, 248, dtype=torch.bool))
        model.contrastive_loss(
            vectors, model.encode_sentences(texts), torch.eye(4, dtype=torch.bool)
        ).backward()
        optimiser.step()
        optimiser.zero_grad()
    still = [name for name, parameter in model.named_parameters() if torch.equal(before[name], parameter)]
    # A bias added to all keys alike cancels in the softmax: its gradient is zero by construction.
    assert [name for name in still if "k_proj.bias" not in name] == []


def test_scales_norms_and_positions_have_no_weight_decay(sentences: SentenceEncoder) -> None:
    model = small_model(sentences, loss="siglip", pooling="attention")
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    free = {
        names[id(p)]
        for g in parameter_groups(model, 1.0, 0.05)
        if g["weight_decay"] == 0
        for p in g["params"]
    }
    assert {"logit_scale", "logit_bias", "pooling.query", "tower.embeddings.position_embeddings"} <= free
    assert {"tower.layernorm.weight", "tower.layers.0.mlp.fc1.bias"} <= free
    assert "tower.layers.0.mlp.fc1.weight" not in free


def test_a_forgotten_parameter_is_found(sentences: SentenceEncoder) -> None:
    model = small_model(sentences)
    groups = parameter_groups(model, 1.0, 0.0)
    groups[1]["params"] = [p for p in groups[1]["params"] if p is not model.logit_scale]
    with pytest.raises(TrainingError, match="logit_scale"):
        require_every_parameter_once(model, groups)


def test_the_temperature_is_clamped_at_100(sentences: SentenceEncoder) -> None:
    model = small_model(sentences)
    assert model.logit_scale.exp().item() == pytest.approx(1 / 0.07)
    with torch.no_grad():
        model.logit_scale.fill_(9.0)
    model.clamp_scale()
    assert model.logit_scale.exp().item() == pytest.approx(100.0)


def test_the_text_tower_has_no_trainable_part_in_the_model(sentences: SentenceEncoder) -> None:
    model = small_model(sentences).train()
    assert not sentences._model.training
    assert not any(name.startswith("text_encoder") for name, _ in model.named_parameters())


def test_unknown_losses_and_poolings_are_refused(sentences: SentenceEncoder) -> None:
    with pytest.raises(ConfigurationError, match="triplet"):
        small_model(sentences, loss="triplet")
    with pytest.raises(ConfigurationError, match="cls"):
        small_model(sentences, pooling="cls")


def test_learning_rate_warms_up_and_falls_to_zero() -> None:
    factors = [warmup_cosine(step, 10, 100) for step in range(101)]
    assert factors[0] == pytest.approx(0.1) and factors[9] == pytest.approx(1.0)
    assert factors[10:] == sorted(factors[10:], reverse=True) and factors[100] == pytest.approx(0.0, abs=1e-9)
