from __future__ import annotations

import numpy as np
import pytest

from evaluation.realism_classifier import fit_logistic, real_baseline, two_sample_test
from evaluation.realism_windows import N_FEATURES, WindowSet


def clips(seed: int, shift: float = 0.0, n_clips: int = 10, spread: float = 0.0) -> WindowSet:
    """Windows of normal noise, five a clip; ``spread`` gives each clip a style of its own."""
    rng = np.random.default_rng(seed)
    names = np.repeat([f"clip {index}" for index in range(n_clips)], 5)
    style = np.repeat(spread * rng.normal(size=(n_clips, N_FEATURES)), 5, axis=0)
    features = style + rng.normal(size=(len(names), N_FEATURES))
    features[:, :10] += shift
    return WindowSet(features, names)


def test_the_same_distribution_cannot_be_told_apart() -> None:
    found = two_sample_test(clips(1), clips(2))
    assert found.auc is not None and 0.3 < found.auc < 0.7
    assert found.interval is not None and found.interval.low < 0.5 < found.interval.high
    assert (found.first_clips, found.second_windows) == (10, 50)


def test_a_shift_is_found_and_the_interval_is_narrow() -> None:
    found = two_sample_test(clips(1), clips(2, shift=1.5))
    assert found.auc is not None and found.auc > 0.95
    assert found.interval is not None and found.interval.low > 0.85
    assert found == two_sample_test(clips(1), clips(2, shift=1.5))


def test_a_clips_own_style_gives_nothing_away() -> None:
    """With its windows in several folds each clip would be known again and the AUC be near 1."""
    found = two_sample_test(clips(5, spread=3.0), clips(6, spread=3.0))
    assert found.auc is not None and found.auc < 0.75


def test_one_clip_is_no_sample() -> None:
    alone = two_sample_test(clips(1, n_clips=1), clips(2))
    assert alone.auc is None and alone.interval is None
    assert real_baseline(clips(1, n_clips=3)) is None


def test_the_baseline_of_like_clips_is_about_one_half() -> None:
    baseline = real_baseline(clips(3, n_clips=12), splits=6)
    assert baseline is not None
    assert baseline[0] == pytest.approx(0.5, abs=0.2) and 0.0 < baseline[1] < 0.3


def test_the_weights_are_the_optimum_of_the_balanced_loss() -> None:
    rng = np.random.default_rng(0)
    is_second = np.arange(60) < 15
    features = rng.normal(size=(60, 3)) + np.where(is_second, 1.0, 0.0)[:, None]
    weights, offset = fit_logistic(features, is_second)

    def loss(values: np.ndarray) -> float:
        margin = np.where(is_second, 1.0, -1.0) * (features @ values[:3] + values[3])
        balance = np.where(is_second, 0.5 / 0.25, 0.5 / 0.75)
        return float((balance * np.log1p(np.exp(-margin))).sum() + 0.5 * (values[:3] ** 2).sum())

    best = np.append(weights, offset)
    for direction in np.eye(4):
        assert loss(best) <= min(loss(best + 0.01 * direction), loss(best - 0.01 * direction))
