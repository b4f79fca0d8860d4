"""Whole-body moves written as keys: shares of a span of time and values, in the person's own axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..stage import Stage
from ..strokes import Array

AngleKey = tuple[float, float, float, float]
"""Share of the span, then pitch, roll, twist in degrees."""
PlaceKey = tuple[float, float, float, float]
"""Share of the span, then left (m, from the start), height (m), ahead (m, from the start)."""


@dataclass(frozen=True)
class KeyedMove:
    """A move that begins at start_s and whose keys lie at shares of span_s; splines never overshoot a key."""

    stage: Stage
    start_s: float
    span_s: float

    def root(self, *keys: PlaceKey) -> None:
        """Lead the pelvis through places relative to where it is; heights are absolute."""
        base = self.stage.timeline.value("root", self.start_s)
        timed = []
        for share, left, height, ahead in keys:
            place = base + self.stage.offset(self.start_s, ahead=ahead, left=left)
            place[1] = height
            timed.append((self._time(share), place))
        self.stage.timeline.through("root", self.start_s, timed, monotone=True)

    def angles(self, name: str, *keys: AngleKey) -> None:
        """Lead pelvis, spine or head through angles."""
        timed = [(self._time(share), np.radians(angles)) for share, *angles in keys]
        self.stage.timeline.through(name, self.start_s, timed, monotone=True)

    def arm(self, side: str, *keys: tuple[float, Array]) -> None:
        """Lead an arm through arm poses."""
        timed = [(self._time(share), pose) for share, pose in keys]
        self.stage.timeline.through(f"arm_{side}", self.start_s, timed, monotone=True)

    def foot(self, side: str, *keys: tuple[float, Array]) -> None:
        """Lead a foot through track values; left, ahead and yaw count from where it is, NaN keeps them."""
        base = self.stage.timeline.value(f"foot_{side}", self.start_s)
        timed = []
        for share, value in keys:
            shift = np.nan_to_num(value)
            moved = np.where(np.isnan(value), base, value)
            place = base[:3] + self.stage.offset(self.start_s, ahead=shift[2], left=shift[0])
            moved[[0, 2, 3]] = place[0], place[2], base[3] + shift[3]
            timed.append((self._time(share), moved))
        self.stage.timeline.through(f"foot_{side}", self.start_s, timed, monotone=True)

    def _time(self, share: float) -> float:
        return self.start_s + share * self.span_s
