from __future__ import annotations

import json

import pytest

from training.encoder_config import EncoderTrainingConfig
from training.errors import ConfigurationError
from training.wavellm_config import PHI3_MINI, SMOKE_BASE, WaveLLMTrainingConfig


@pytest.mark.parametrize("scale", ["smoke", "small", "paper"])
def test_presets_exist_and_are_plain_values(scale: str) -> None:
    for config in (
        EncoderTrainingConfig.for_scale(scale, seed=3),
        WaveLLMTrainingConfig.for_scale(scale, seed=3),
    ):
        assert config.scale == scale and config.seed == 3
        assert json.loads(json.dumps(config.to_dict()))["seed"] == 3


def test_paper_is_vit_b_and_phi_3_mini() -> None:
    wave = EncoderTrainingConfig.for_scale("paper").wave_config()
    assert (wave.hidden_size, wave.num_hidden_layers, wave.num_attention_heads) == (768, 12, 12)
    assert WaveLLMTrainingConfig.for_scale("paper").base == PHI3_MINI
    assert WaveLLMTrainingConfig.for_scale("smoke").base == SMOKE_BASE


def test_single_options_can_be_overridden_also_nested_ones() -> None:
    config = WaveLLMTrainingConfig.for_scale(
        "smoke", **{"tune.epochs": 2, "augmentation.noise_above_floor_db": [1, 2]}
    )
    assert config.tune.epochs == 2.0 and config.augmentation.noise_above_floor_db == (1, 2)
    assert config.align == WaveLLMTrainingConfig.for_scale("smoke").align


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epoch": 3}, "did you mean 'epochs'"),
        ({"epochs": "many"}, "is a str"),
        ({"epochs.count": 3}, "has no parts"),
        ({"max_patches": 0}, "max_patches"),
        ({"batch_size": 1}, "batch_size"),
        ({"heads": 5}, "heads"),
    ],
)
def test_wrong_options_are_explained(options: dict, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        EncoderTrainingConfig.for_scale("smoke", **options)


def test_unknown_scales_are_refused() -> None:
    for config in (EncoderTrainingConfig, WaveLLMTrainingConfig):
        with pytest.raises(ConfigurationError, match="huge"):
            config.for_scale("huge")
