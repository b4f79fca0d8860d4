"""Kinematic features of two-second windows, and the space in which sets of windows are compared.

Per joint: how fast, how unevenly and how abruptly it moves, how high it is and how far it gets. Lengths are in
legs and places relative to the middle of the hips, so that neither size nor the place of the pelvis joint, on
which skeletons differ, tells motions apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import MetricInputError
from .realism_joints import N_JOINTS, PELVIS, RATE_HZ, Array, checked_joints, leg_length_m, mid_hip

__all__ = ["FEATURES", "MEAN_HEIGHT", "N_FEATURES", "FeatureSpace", "WindowSet", "window_features"]

MEAN_HEIGHT = "mean height above mid-hip"
FEATURES = (
    "log(1 + mean speed)",
    "log(1 + std of speed)",
    "log(1 + mean acceleration)",
    MEAN_HEIGHT,
    "std of height above mid-hip",
    "largest distance from its mean place relative to mid-hip",
)
"""Of each joint; speed in legs/s, acceleration in legs/s^2, lengths in legs."""
N_FEATURES = N_JOINTS * len(FEATURES)
WINDOW_S, HOP_S = 2.0, 1.0
SHORTEST_S = 0.8
"""A clip shorter than a window counts as one window if it lasts this long: one cycle of a run."""
N_COMPONENTS = 12
FEWEST_WINDOWS = 3
"""That span a space."""


def window_features(joints: Array) -> Array:
    """(W, 132) features of windows of 2 s every 1 s; a shorter clip is one window, below 0.8 s none.

    Args:
        joints: (T, 22, 3) metres, z up, 20 frames/s, as `comparable_joints` makes them.

    Raises:
        MetricInputError: no joints of a person.
    """
    places = checked_joints(joints, frames=3)
    frames, hop = round(WINDOW_S * RATE_HZ), round(HOP_S * RATE_HZ)
    if len(places) < round(SHORTEST_S * RATE_HZ):
        return np.empty((0, N_FEATURES))
    starts = range(0, max(len(places) - frames, 0) + 1, hop)
    legs = places / leg_length_m(places)
    return np.stack([_features(legs[start : start + frames]) for start in starts])


@dataclass(frozen=True, eq=False)
class WindowSet:
    """Windows of several clips.

    Attributes:
        features: (W, 132).
        clips: (W,) name of the clip that each window is of.
    """

    features: Array
    clips: NDArray[np.str_]

    @classmethod
    def of(cls, clips: Iterable[tuple[str, Array]]) -> WindowSet:
        """Windows of clips (name, joints); clips shorter than 0.8 s have none."""
        names, parts = [], [np.empty((0, N_FEATURES))]
        for name, joints in clips:
            parts.append(window_features(joints))
            names += [name] * len(parts[-1])
        return cls(np.concatenate(parts), np.array(names, dtype=np.str_))

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.features)

    @property
    def names(self) -> list[str]:
        """The clips that have windows, sorted."""
        return sorted(set(self.clips.tolist()))

    def of_clips(self, names: Iterable[str]) -> WindowSet:
        """The windows of some clips."""
        chosen = np.isin(self.clips, list(names))
        return WindowSet(self.features[chosen], self.clips[chosen])

    def without(self, feature: str) -> WindowSet:
        """The same windows with one of FEATURES set to zero for all joints, so that it tells nothing."""
        kept = np.tile([name != feature for name in FEATURES], N_JOINTS)
        return WindowSet(np.where(kept, self.features, 0.0), self.clips)


@dataclass(frozen=True, eq=False)
class FeatureSpace:
    """Principal components of the z-scored features of real windows.

    Attributes:
        mean: (132,) of the real windows.
        scale: (132,) their standard deviation; 1 where a feature does not vary.
        components: (132, C) orthonormal columns.
        explained: share of the real windows' variance in them.
    """

    mean: Array
    scale: Array
    components: Array
    explained: float

    @classmethod
    def of(cls, real: WindowSet, n_components: int = N_COMPONENTS) -> FeatureSpace:
        """The space of real windows.

        Raises:
            MetricInputError: fewer than three windows.
        """
        if len(real) < FEWEST_WINDOWS:
            raise MetricInputError(
                f"{len(real)} real windows span no space: need at least {FEWEST_WINDOWS}, each of 0.8 s or more"
            )
        mean, spread = real.features.mean(axis=0), real.features.std(axis=0)
        scale = np.where(spread > 1e-9, spread, 1.0)
        _, singular, rows = np.linalg.svd((real.features - mean) / scale, full_matrices=False)
        power = singular**2
        kept = min(n_components, len(real) - 1)
        return cls(mean, scale, rows[:kept].T, float(power[:kept].sum() / power.sum()))

    def project(self, windows: WindowSet) -> Array:
        """(W, C) places of windows."""
        return ((windows.features - self.mean) / self.scale) @ self.components


def _features(window: Array) -> Array:
    """(132,) of joints (T, 22, 3) in legs, joint by joint in the order of FEATURES."""
    root = mid_hip(window)
    places = window.copy()
    places[:, PELVIS] = root
    speed = np.linalg.norm(np.diff(places, axis=0), axis=-1) * RATE_HZ
    acceleration = np.linalg.norm(np.diff(places, 2, axis=0), axis=-1) * RATE_HZ**2
    relative = places - root[:, None]
    height = relative[..., 2]
    away = np.linalg.norm(relative - relative.mean(axis=0), axis=-1)
    return np.stack(
        [
            np.log1p(speed.mean(axis=0)),
            np.log1p(speed.std(axis=0)),
            np.log1p(acceleration.mean(axis=0)),
            height.mean(axis=0),
            height.std(axis=0),
            away.max(axis=0),
        ],
        axis=1,
    ).ravel()
