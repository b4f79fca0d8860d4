"""Bootstrap intervals over groups of items.

The views of one motion, and the motions of one script family, are not independent: resampling items would
make the interval too narrow. Groups are drawn with replacement and all items of a drawn group come along
(cluster bootstrap, Davison and Hinkley 1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from .errors import MetricInputError

__all__ = ["STATISTICS_VERSION", "GroupBootstrap", "Interval"]

STATISTICS_VERSION = "group-bootstrap-percentile-1"


class Interval(BaseModel):
    """A percentile interval of a bootstrap over groups."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: float
    high: float
    level: float = 0.95
    groups: int
    resamples: int


class GroupBootstrap:
    """Resamples of groups, drawn once and used for every statistic of the same items."""

    def __init__(
        self, groups: Sequence[Hashable], resamples: int = 1000, seed: int = 0, level: float = 0.95
    ) -> None:
        """Draw the resamples.

        Args:
            groups: the group of each of N items (script family or motion).
            resamples: number B of bootstrap resamples.
            seed: of the resampling; the same input gives the same intervals.
            level: share of the resamples inside of an interval.

        Raises:
            MetricInputError: no item, less than one resample, or a level outside 0..1.
        """
        if not len(groups) or resamples < 1 or not 0.0 < level < 1.0:
            raise MetricInputError(
                f"bootstrap of {len(groups)} items, {resamples} resamples, level {level}: "
                "need at least one item and one resample, and a level between 0 and 1"
            )
        numbers: dict[Hashable, int] = {}
        self.member = np.array([numbers.setdefault(group, len(numbers)) for group in groups])
        self.n_groups, self.level = len(numbers), level
        rng = np.random.Generator(np.random.PCG64(seed))
        share = np.full(self.n_groups, 1.0 / self.n_groups)
        self._drawn = rng.multinomial(self.n_groups, share, size=resamples).astype(np.float64)

    def totals(self, values: np.ndarray, items: np.ndarray | None = None) -> np.ndarray:
        """Sum over items in each resample.

        Args:
            values: (R,) or (R, ...) values.
            items: (R,) index of the item that each value belongs to; None: values are those of the N items.

        Returns:
            (B,) or (B, ...) sums.
        """
        array = np.asarray(values, dtype=np.float64)
        owner = self.member if items is None else self.member[items]
        if len(owner) != len(array):
            raise MetricInputError(f"{len(array)} values for {len(owner)} items")
        sums = np.zeros((self.n_groups, *array.shape[1:]))
        np.add.at(sums, owner, array)
        return np.tensordot(self._drawn, sums, axes=1)

    def interval(self, values: np.ndarray) -> Interval | None:
        """Percentile interval of a statistic's values (B,), NaN left out; None where it is undefined.

        One group alone has no spread to resample, so it gets no interval rather than one of width zero.
        """
        array = np.asarray(values, dtype=np.float64)
        valid = array[np.isfinite(array)]
        if self.n_groups < 2 or not len(valid):
            return None
        low, high = np.quantile(valid, [(1 - self.level) / 2, (1 + self.level) / 2])
        return Interval(
            low=float(low), high=float(high), level=self.level, groups=self.n_groups, resamples=len(valid)
        )

    def mean(self, values: np.ndarray, items: np.ndarray | None = None) -> Interval | None:
        """Interval of the mean of ``values`` (R,), as `totals` otherwise."""
        total, count = self.totals(values, items), self.totals(np.ones(len(values)), items)
        return self.interval(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0))

    def median(self, values: np.ndarray, items: np.ndarray | None = None) -> Interval | None:
        """Interval of the (lower) median of ``values`` (R,), as `totals` otherwise."""
        levels, place = np.unique(values, return_inverse=True)
        below = np.cumsum(self.totals(np.eye(len(levels))[place], items), axis=1)
        reached = below >= 0.5 * below[:, -1:] - 1e-9
        medians = np.where(below[:, -1] > 0, levels[np.argmax(reached, axis=1)], np.nan)
        return self.interval(medians)
