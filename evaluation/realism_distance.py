"""How far engine windows lie from real ones: Frechet distance, always beside its real-against-real baseline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from simulator.body.skeleton import JOINT_NAMES

from .errors import MetricInputError
from .realism_joints import N_JOINTS, Array
from .realism_windows import FEATURES, FeatureSpace, WindowSet

__all__ = [
    "FeatureGap",
    "KinematicDistance",
    "feature_gaps",
    "kinematic_distance",
    "small_set_frechet_distance",
]

Rows = NDArray[np.intp]
N_SPLITS = 50
_FEWEST_CLIPS, _FEWEST_WINDOWS = 4, 8


class KinematicDistance(BaseModel):
    """Frechet distances in the space of real windows; None where there are too few clips for halves.

    Attributes:
        distance: between all engine and all real windows. The more windows, the smaller, at equal motion.
        real_mean, real_std: between random halves of the real clips.
        engine_mean, engine_std: between one such half and as many engine windows as the other half has; this
            is what may be compared with the real halves, for both are raised alike by few windows.
        explained: share of the variance of all real windows in the space.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    real_clips: int
    real_windows: int
    engine_clips: int
    engine_windows: int
    splits: int
    explained: float
    distance: float | None
    real_mean: float | None
    real_std: float | None
    engine_mean: float | None
    engine_std: float | None

    @property
    def inside(self) -> bool | None:
        """Whether the engine's matched distance is at most the real mean + std; None: it cannot be told."""
        if self.engine_mean is None or self.real_mean is None or self.real_std is None:
            return None
        return self.engine_mean <= self.real_mean + self.real_std


class FeatureGap(BaseModel):
    """How far the engine's mean of one feature lies from the real mean, in real standard deviations."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    joint: str
    feature: str
    gap: float


def kinematic_distance(
    real: WindowSet, engine: WindowSet, space: FeatureSpace, splits: int = N_SPLITS, seed: int = 0
) -> KinematicDistance:
    """Distance of engine windows from real ones, and that of real halves from each other (split by clip).

    A comparison needs 4 real clips with 8 windows, and as many engine windows as half of the real ones.
    """
    places, made = space.project(real), space.project(engine)
    real_pairs, engine_pairs = [], []
    if len(real.names) >= _FEWEST_CLIPS and min(len(real), 2 * len(engine)) >= _FEWEST_WINDOWS:
        rng = np.random.default_rng(seed)
        for _ in range(splits):
            first, second = _halves(real, rng)
            drawn = _draw(engine, np.arange(len(engine)), len(second), rng)
            second = _draw(real, second, len(drawn), rng)
            if min(len(first), len(second)) >= 2:
                real_pairs.append(small_set_frechet_distance(places[first], places[second]))
                engine_pairs.append(small_set_frechet_distance(places[first], made[drawn]))
    enough = min(len(real), len(engine)) >= 2
    return KinematicDistance(
        real_clips=len(real.names),
        real_windows=len(real),
        engine_clips=len(engine.names),
        engine_windows=len(engine),
        splits=len(real_pairs),
        explained=space.explained,
        distance=small_set_frechet_distance(places, made) if enough else None,
        real_mean=float(np.mean(real_pairs)) if real_pairs else None,
        real_std=float(np.std(real_pairs)) if real_pairs else None,
        engine_mean=float(np.mean(engine_pairs)) if engine_pairs else None,
        engine_std=float(np.std(engine_pairs)) if engine_pairs else None,
    )


def small_set_frechet_distance(first: Array, second: Array) -> float:
    """Fréchet distance of normal fits to rows (N, C) and (M, C), covariances with ddof 1, for N or M below C too.

    Fewer rows than columns make singular covariances, of whose product a matrix root is inaccurate; the trace of
    the root of the symmetric form A^(1/2) B A^(1/2) is the same and always exists.

    Raises:
        MetricInputError: widths differ, or a set has fewer than two rows.
    """
    if (
        first.ndim != 2
        or second.ndim != 2
        or first.shape[1] != second.shape[1]
        or min(map(len, (first, second))) < 2
    ):
        raise MetricInputError(
            f"sets of shapes {first.shape} and {second.shape}: need (N, C), (M, C), N and M >= 2"
        )
    offset = first.mean(axis=0) - second.mean(axis=0)
    a, b = np.atleast_2d(np.cov(first, rowvar=False)), np.atleast_2d(np.cov(second, rowvar=False))
    values, vectors = np.linalg.eigh(a)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ b @ root), 0.0)).sum()
    return float(offset @ offset + np.trace(a) + np.trace(b) - 2.0 * shared)


def feature_gaps(real: WindowSet, engine: WindowSet, most: int = 10) -> list[FeatureGap]:
    """The features whose means differ most, in standard deviations of the real windows (at least 3)."""
    if len(real) < 3 or not len(engine):
        return []
    spread = real.features.std(axis=0)
    varies = spread > 1e-3
    difference = engine.features.mean(axis=0) - real.features.mean(axis=0)
    gaps = np.where(varies, difference / np.where(varies, spread, 1.0), 0.0)
    found = []
    for index in np.argsort(-np.abs(gaps), kind="stable")[:most]:
        joint, feature = divmod(int(index), len(FEATURES))
        found.append(
            FeatureGap(
                joint="mid_hip" if joint == 0 else JOINT_NAMES[:N_JOINTS][joint],
                feature=FEATURES[feature],
                gap=float(gaps[index]),
            )
        )
    return found


def _halves(windows: WindowSet, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Rows of the windows of one random half of the clips, and of the other."""
    order = rng.permutation(windows.names)
    first = np.isin(windows.clips, order[: len(order) // 2])
    return np.flatnonzero(first), np.flatnonzero(~first)


def _draw(windows: WindowSet, rows: Rows, count: int, rng: np.random.Generator) -> Rows:
    """Up to ``count`` of some rows, clip after clip in random order, as a half of real clips has them."""
    clips = windows.clips[rows]
    parts = [rows[clips == name] for name in rng.permutation(np.unique(clips))]
    return np.concatenate(parts)[:count]
