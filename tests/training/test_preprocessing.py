from __future__ import annotations

import numpy as np
import pytest

from training.dataset import WaveSample, model_inputs
from training.errors import ConfigurationError, TrainingInputError
from training.preprocessing import DEFAULT_PREPROCESSING, PreprocessingOptions, to_model_input


def noisy_map(frames: int, noise_db: float = -110.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    # a map is summed over range bins: eight looks
    power = 10 ** (noise_db / 10) * rng.gamma(8.0, 1.0 / 8.0, size=(frames, 128))
    return (10 * np.log10(power)).astype(np.float32)


def body_and_limb(frames: int = 320, limb_db: float = -30.0) -> np.ndarray:
    db = noisy_map(frames)
    db[:, 62:67] = -60.0
    db[:, 90:92] = -60.0 + limb_db
    return db


def test_output_has_the_model_shape_and_range() -> None:
    values, mask = to_model_input(body_and_limb(), 320)
    assert values.shape == (496, 128) and values.dtype == np.float32
    assert mask.shape == (248,) and mask.dtype == bool
    assert values.min() == 0.0 and values.max() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("n_valid", "patches"), [(496, 248), (320, 160), (335, 160), (16, 8), (9, 8), (600, 248)]
)
def test_mask_counts_eight_patches_per_sixteen_frames(n_valid: int, patches: int) -> None:
    values, mask = to_model_input(noisy_map(max(n_valid, 496)), n_valid)
    assert mask.sum() == patches
    assert mask[:patches].all(), "patch index must be time row * 8 + Doppler column"
    assert not values[patches * 2 :].any(), "frames beyond the last whole patch row must be zero"


def test_a_constant_gain_changes_nothing() -> None:
    db = body_and_limb()
    np.testing.assert_allclose(to_model_input(db + 17.0, 320)[0], to_model_input(db, 320)[0], atol=1e-4)


def test_weak_limbs_stay_visible_and_noise_does_not() -> None:
    values, _ = to_model_input(body_and_limb(limb_db=-30.0), 320)
    assert values[:320, 90:92].min() > 0.2
    assert (values[:320, :50] > 0.0).mean() < 0.02, "the noise floor must be dark"


def test_the_span_reaches_no_deeper_than_the_noise_floor() -> None:
    loud_noise = noisy_map(320, noise_db=-85.0)
    loud_noise[:, 62:67] = -60.0
    values, _ = to_model_input(loud_noise, 320)
    assert (values[:, :50] > 0.0).mean() < 0.02


def test_padding_is_never_looked_at() -> None:
    db = body_and_limb(496)
    dirty = db.copy()
    dirty[320:] = np.nan
    np.testing.assert_array_equal(to_model_input(dirty, 320)[0], to_model_input(db[:320], 320)[0])


def test_a_sample_of_noise_alone_stays_dark() -> None:
    values, _ = to_model_input(noisy_map(320), 320)
    assert values[:320].mean() < 0.01


def test_synthetic_and_real_samples_take_the_same_way(train_samples: list[WaveSample]) -> None:
    sample = train_samples[0]
    real = WaveSample(**{**vars(sample), "origin": "real", "activity": None})
    inputs, masks = model_inputs([sample, real], DEFAULT_PREPROCESSING)
    np.testing.assert_array_equal(inputs[0], inputs[1])
    np.testing.assert_array_equal(inputs[0], to_model_input(sample.decibels(), sample.n_valid)[0])
    assert masks[0].sum() == 8 * (sample.n_valid // 16)


@pytest.mark.parametrize(
    ("db", "n_valid", "said"),
    [
        (np.zeros((100, 64), np.float32), 50, "128"),
        (np.zeros((100, 128), np.float32), 0, "1..100"),
        (np.zeros((100, 128), np.float32), 101, "1..100"),
        (np.full((100, 128), np.nan, np.float32), 50, "NaN"),
    ],
)
def test_impossible_maps_are_refused(db: np.ndarray, n_valid: int, said: str) -> None:
    with pytest.raises(TrainingInputError, match=said):
        to_model_input(db, n_valid)


def test_options_round_trip_and_unknown_ones_are_refused() -> None:
    options = PreprocessingOptions(span_db=50.0)
    assert PreprocessingOptions.from_dict(options.to_dict()) == options
    with pytest.raises(ConfigurationError, match="gamma"):
        PreprocessingOptions.from_dict({"gamma": 0.65})
    with pytest.raises(ConfigurationError, match="min_span_db"):
        PreprocessingOptions(span_db=5.0)
