"""What makes no two repetitions of one person alike: uneven times, uneven sizes, tremor."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator

from ..stage import Stage
from ..strokes import Array, slow_noise

Slot = tuple[float, float]
TIMING_SPREAD = 0.035
"""Standard deviation of a repetition's time, as a share of it; hesitant people's is larger."""
TREMOR_HZ = (4.5, 7.0)
TREMOR_DEG = (0.25, 0.7)
"""Action tremor of the raised arms of old people: frequencies and sizes of the joint angles."""


def uneven_spans(stage: Stage, start: float, end: float, count: int) -> list[Slot]:
    """Begin and end of each of count repetitions that fill a time, each a little longer or shorter."""
    spread = TIMING_SPREAD * (1.0 + stage.manner.hesitation)
    shares = np.clip(stage.rng.normal(1.0, spread, count), 1.0 - 2.5 * spread, 1.0 + 2.5 * spread)
    edges = start + (end - start) * np.concatenate([[0.0], np.cumsum(shares) / shares.sum()])
    return [(float(first), float(last)) for first, last in pairwise(edges)]


def uneven_phase(stage: Stage, start: float, end: float, count: int) -> Array:
    """(T,) repetitions run so far, 0..count, with uneven times but no step in speed."""
    spans = uneven_spans(stage, start, end, count)
    times = [start, *(last for _, last in spans)]
    phase = PchipInterpolator(times, np.arange(count + 1.0))
    return phase(np.clip(stage.timeline.time_s, start, end))


def add_tremor(stage: Stage, side: str, weight: Array) -> None:
    """Tremor of an old person's arm where it is held up (weight 1); nothing for others."""
    if stage.style.age_group != "elderly":
        return
    size = np.radians(stage.rng.uniform(*TREMOR_DEG))
    shake = slow_noise(stage.rng, stage.timeline.time_s, 4, *TREMOR_HZ)
    stage.timeline.add(f"arm_{side}", size * shake * np.clip(weight, 0.0, 1.0)[:, None])
