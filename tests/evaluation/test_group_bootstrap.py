"""Bootstrap over groups: coverage, width and reproducibility."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.errors import MetricInputError
from evaluation.statistics import GroupBootstrap


def test_views_of_a_motion_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(0).random(50)
    one_view = GroupBootstrap(range(50)).mean(values)
    eight_views = GroupBootstrap(np.repeat(np.arange(50), 8).tolist()).mean(np.repeat(values, 8))
    as_if_independent = GroupBootstrap(range(400)).mean(np.repeat(values, 8))
    assert one_view and eight_views and as_if_independent
    width = one_view.high - one_view.low
    assert eight_views.high - eight_views.low == pytest.approx(width, rel=1e-9)
    assert as_if_independent.high - as_if_independent.low < 0.5 * width


def test_width_follows_the_standard_error() -> None:
    values = np.random.default_rng(1).normal(size=400)
    interval = GroupBootstrap(range(400), resamples=4000).mean(values)
    assert interval is not None
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)
    assert interval.low < values.mean() < interval.high


def test_coverage_is_near_its_level() -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for seed in range(200):
        interval = GroupBootstrap(range(40), resamples=200, seed=seed).mean(rng.normal(size=40))
        assert interval is not None
        covered += interval.low <= 0.0 <= interval.high
    assert 0.88 <= covered / 200 <= 0.99


def test_median_interval_and_repeated_items() -> None:
    items = np.repeat(np.arange(30), 3)
    values = np.repeat(np.arange(30.0), 3)
    bootstrap = GroupBootstrap(range(30), resamples=2000)
    interval = bootstrap.median(values, items)
    assert interval is not None
    assert interval.low < 14.5 < interval.high
    assert interval == bootstrap.median(np.arange(30.0))


def test_same_seed_same_interval_and_other_seed_another() -> None:
    values = np.random.default_rng(3).random(20)
    first = GroupBootstrap(range(20), seed=5).mean(values)
    assert first == GroupBootstrap(range(20), seed=5).mean(values)
    assert first != GroupBootstrap(range(20), seed=6).mean(values)


def test_one_group_has_no_interval() -> None:
    assert GroupBootstrap(["m"] * 6).mean(np.arange(6.0)) is None


def test_bad_input_is_refused() -> None:
    with pytest.raises(MetricInputError):
        GroupBootstrap([])
    with pytest.raises(MetricInputError):
        GroupBootstrap(["a"], resamples=0)
    with pytest.raises(MetricInputError):
        GroupBootstrap(["a", "b"]).totals(np.ones(3))
