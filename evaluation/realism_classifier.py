"""Can a classifier tell engine windows from real ones? A two-sample test with folds and intervals by clip.

Logistic regression on the z-scored features of windows (Lopez-Paz and Oquab 2017, "Revisiting classifier
two-sample tests"). A clip lies in one fold with all its windows, or its own style would give it away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import minimize
from scipy.special import expit

from .realism_joints import Array
from .realism_windows import WindowSet
from .statistics import Interval

__all__ = ["TwoSampleTest", "fit_logistic", "real_baseline", "two_sample_test"]

_RIDGE = 1.0
_FOLDS, _REPEATS = 5, 8
_RESAMPLES, _LEVEL = 1000, 0.95
_FEWEST_CLIPS = 2
_BASELINE_SPLITS = 20


class TwoSampleTest(BaseModel):
    """Area under the ROC curve of a classifier that tells a second set of clips from a first.

    Attributes:
        auc: 0.5 = cannot tell, 1 = always right; of windows in folds that were not trained on. Few clips that
            differ among themselves can give less than 0.5. None: fewer than two clips on a side.
        interval: bootstrap over the clips of both sides, the classifier held as it is: too narrow for few clips.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    first_clips: int
    second_clips: int
    first_windows: int
    second_windows: int
    auc: float | None
    interval: Interval | None


def two_sample_test(first: WindowSet, second: WindowSet, seed: int = 0) -> TwoSampleTest:
    """AUC of telling ``second`` (engine) from ``first`` (real), cross-validated by clip."""
    sizes = {
        "first_clips": len(first.names),
        "second_clips": len(second.names),
        "first_windows": len(first),
        "second_windows": len(second),
    }
    if min(len(first.names), len(second.names)) < _FEWEST_CLIPS:
        return TwoSampleTest(**sizes, auc=None, interval=None)
    wins, pairs = _pair_table(first, second, np.random.default_rng(seed))
    total = pairs.sum()
    return TwoSampleTest(
        **sizes, auc=float(wins.sum() / total), interval=_interval(wins, pairs, np.random.default_rng(seed))
    )


def real_baseline(
    real: WindowSet, splits: int = _BASELINE_SPLITS, seed: int = 0
) -> tuple[float, float] | None:
    """Mean and standard deviation of the AUC between random halves of the real clips; None below 4 clips."""
    names = real.names
    if len(names) < 2 * _FEWEST_CLIPS:
        return None
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(splits):
        order = rng.permutation(names)
        one, other = (real.of_clips(part) for part in (order[: len(order) // 2], order[len(order) // 2 :]))
        wins, pairs = _pair_table(one, other, rng, repeats=1)
        values.append(float(wins.sum() / pairs.sum()))
    return float(np.mean(values)), float(np.std(values))


def fit_logistic(features: Array, is_second: NDArray[np.bool_], ridge: float = _RIDGE) -> tuple[Array, float]:
    """Weights (D,) and offset of a ridge-regularised logistic regression; both classes weigh the same.

    Args:
        features: (N, D), of comparable scale.
        is_second: (N,) which of the two classes each is of.
        ridge: weight of half the squared norm of the weights, beside the sum of N log losses.
    """
    signs = np.where(is_second, 1.0, -1.0)
    share = np.where(signs > 0, (signs > 0).mean(), (signs < 0).mean())
    weight = 0.5 / share

    def loss(values: Array) -> tuple[float, Array]:
        margin = signs * (features @ values[:-1] + values[-1])
        pull = -weight * signs * expit(-margin)
        gradient = np.append(features.T @ pull + ridge * values[:-1], pull.sum())
        total = float((weight * np.logaddexp(0.0, -margin)).sum() + 0.5 * ridge * values[:-1] @ values[:-1])
        return total, gradient

    found = minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B")
    return found.x[:-1], float(found.x[-1])


def _pair_table(
    first: WindowSet, second: WindowSet, rng: np.random.Generator, repeats: int = _REPEATS
) -> tuple[Array, Array]:
    """Over clips of both sides: in how many pairs of held-out windows the second scores higher, of how many."""
    names = first.names, second.names
    wins = np.zeros((len(names[0]), len(names[1])))
    pairs = np.zeros_like(wins)
    features = np.concatenate([first.features, second.features])
    is_second = np.repeat([False, True], [len(first), len(second)])
    clips = [np.searchsorted(part, each.clips) for part, each in zip(names, (first, second), strict=True)]
    folds = min(_FOLDS, len(names[0]), len(names[1]))
    for _ in range(repeats):
        drawn = [rng.permutation(np.arange(len(part)) % folds) for part in names]
        fold = np.concatenate([part[clip] for part, clip in zip(drawn, clips, strict=True)])
        for held_out in range(folds):
            test = fold == held_out
            mean, spread = features[~test].mean(axis=0), features[~test].std(axis=0)
            scaled = (features - mean) / np.where(spread > 1e-9, spread, 1.0)
            weights, offset = fit_logistic(scaled[~test], is_second[~test])
            score = scaled[test] @ weights + offset
            _count_pairs(score, is_second[test], np.concatenate(clips)[test], wins, pairs)
    return wins, pairs


def _count_pairs(
    score: Array, is_second: NDArray[np.bool_], clip: NDArray[np.int64], wins: Array, pairs: Array
) -> None:
    """Add a fold's pairs of one window of each side to the tables; equal scores count half."""
    one, other = score[~is_second], score[is_second]
    higher = (other[None] > one[:, None]) + 0.5 * (other[None] == one[:, None])
    rows = (clip[~is_second][:, None] == np.arange(len(wins))).astype(float)
    columns = (clip[is_second][:, None] == np.arange(wins.shape[1])).astype(float)
    wins += rows.T @ higher @ columns
    pairs += rows.sum(axis=0)[:, None] * columns.sum(axis=0)


def _interval(wins: Array, pairs: Array, rng: np.random.Generator) -> Interval:
    """Percentile interval over resampled clips of both sides."""
    sides = [rng.multinomial(n, np.full(n, 1.0 / n), size=_RESAMPLES).astype(float) for n in wins.shape]
    total = np.einsum("bi,ij,bj->b", sides[0], pairs, sides[1])
    right = np.einsum("bi,ij,bj->b", sides[0], wins, sides[1])
    values = right[total > 0] / total[total > 0]
    low, high = np.quantile(values, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(
        low=float(low), high=float(high), level=_LEVEL, groups=sum(wins.shape), resamples=len(values)
    )
