from __future__ import annotations

import numpy as np
import pytest

from training.augmentation import (
    AugmentationOptions,
    add_noise_power,
    drop_patches,
    sample_generator,
    to_augmented_input,
)
from training.dataset import WaveSample
from training.preprocessing import DEFAULT_PREPROCESSING, to_model_input


def augmented(sample: WaveSample, seed: int, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    rng = sample_generator(seed, epoch, sample.sample_id)
    return to_augmented_input(
        sample.decibels(), sample.n_valid, DEFAULT_PREPROCESSING, AugmentationOptions(), rng
    )


def test_a_sample_of_an_epoch_can_be_made_again_alone(train_samples: list[WaveSample]) -> None:
    sample = train_samples[3]
    first, again, later, other = (augmented(sample, *key) for key in ((0, 4), (0, 4), (0, 5), (1, 4)))
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.array_equal(first[0], later[0])
    assert not np.array_equal(first[0], other[0])


def test_augmented_inputs_are_valid_inputs(train_samples: list[WaveSample]) -> None:
    for epoch, sample in enumerate(train_samples):
        values, mask = augmented(sample, 7, epoch)
        assert values.shape == (496, 128) and values.min() >= 0.0 and values.max() <= 1.0
        assert mask.sum() >= 8
        assert not values[2 * mask.sum() :].any()


def test_without_any_variation_it_is_the_evaluation_input(train_samples: list[WaveSample]) -> None:
    still = AugmentationOptions(
        max_crop_fraction=0.0,
        level_jitter_db=0.0,
        noise_probability=0.0,
        time_masks=0,
        doppler_masks=0,
        max_stretch=0.0,
    )
    sample = train_samples[0]
    rng = sample_generator(0, 0, sample.sample_id)
    values, mask = to_augmented_input(sample.decibels(), sample.n_valid, DEFAULT_PREPROCESSING, still, rng)
    expected, expected_mask = to_model_input(sample.decibels(), sample.n_valid)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(mask, expected_mask)


@pytest.mark.parametrize("noise_db", [-100.0, -70.0])
def test_added_noise_has_the_power_asked_for(noise_db: float) -> None:
    silence = np.full((400, 128), -200.0, dtype=np.float32)
    noisy = add_noise_power(silence, noise_db, np.random.default_rng(0))
    assert 10 * np.log10(np.mean(10 ** (noisy / 10))) == pytest.approx(noise_db, abs=0.1)


def test_added_noise_adds_powers_and_leaves_strong_cells() -> None:
    flat = np.full((400, 128), -60.0, dtype=np.float32)
    equal = add_noise_power(flat, -60.0, np.random.default_rng(0))
    assert 10 * np.log10(np.mean(10 ** (equal / 10))) == pytest.approx(-60.0 + 10 * np.log10(2.0), abs=0.1)
    assert np.abs(add_noise_power(flat, -110.0, np.random.default_rng(0)) - flat).max() < 0.2


def test_at_most_so_many_valid_patches_are_kept() -> None:
    mask = np.zeros(248, dtype=bool)
    mask[:100] = True
    kept = drop_patches(mask, 30, np.random.default_rng(0))
    assert kept.sum() == 30 and not kept[100:].any()
    np.testing.assert_array_equal(drop_patches(mask, 248, np.random.default_rng(0)), mask)
