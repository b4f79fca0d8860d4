"""Metrics of engine clips beside those of recorded ones, class by class, as 10th, 50th and 90th percentiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from .realism_metrics import MotionMetrics

__all__ = ["FAULTS", "METRICS", "ClassRanges", "MetricRange", "Percentiles", "compare_ranges"]

METRICS: tuple[str, ...] = tuple(field.name for field in fields(MotionMetrics))
FAULTS = (
    "skate_ratio",
    "toe_speed_in_contact_mps",
    "stance_drift_mean_cm",
    "stance_drift_p90_cm",
    "penetration_cm",
    "bone_length_std_max_mm",
    "joint_limit_violations",
)
"""Faults of a recording or of an engine: less than in recordings is not inside their range, but cleaner."""
FEWEST_FOR_RANGE = 2
Verdict = Literal["inside", "cleaner", "below", "above", "not judged"]


class Percentiles(BaseModel):
    """10th, 50th and 90th percentile over ``clips`` clips in which the metric exists."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    clips: int
    p10: float
    p50: float
    p90: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Percentiles:
        """Of at least one value, interpolated linearly."""
        low, middle, high = np.percentile(values, [10, 50, 90])
        return cls(clips=len(values), p10=float(low), p50=float(middle), p90=float(high))


class MetricRange(BaseModel):
    """One metric of one class on both sides.

    Attributes:
        engine, real: None where no clip has the metric.
        share_inside: share of the engine's clips between the real p10 and p90.
        verdict: where the engine's median lies; not judged with fewer than two real clips.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    metric: str
    engine: Percentiles | None
    real: Percentiles | None
    share_inside: float | None
    verdict: Verdict


class ClassRanges(BaseModel):
    """All metrics of one class; ``real_clips`` names the recordings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    engine_clips: int
    real_clips: list[str]
    metrics: list[MetricRange]

    def count(self, *verdicts: Verdict) -> int:
        """How many metrics have one of these verdicts."""
        return sum(row.verdict in verdicts for row in self.metrics)

    @property
    def judged(self) -> int:
        """How many metrics have a verdict."""
        return len(self.metrics) - self.count("not judged")


def compare_ranges(
    name: str, engine: Sequence[MotionMetrics], real: Sequence[tuple[str, MotionMetrics]]
) -> ClassRanges:
    """Ranges of every metric on both sides; ``real`` are (name of the clip, metrics)."""
    rows = []
    for metric in METRICS:
        made = _values(engine, metric)
        recorded = _values([metrics for _, metrics in real], metric)
        rows.append(_range(metric, made, recorded))
    return ClassRanges(
        name=name, engine_clips=len(engine), real_clips=[clip for clip, _ in real], metrics=rows
    )


def _values(metrics: Sequence[MotionMetrics], name: str) -> list[float]:
    found = (getattr(each, name) for each in metrics)
    return [float(value) for value in found if value is not None]


def _range(metric: str, made: list[float], recorded: list[float]) -> MetricRange:
    engine = Percentiles.of(made) if made else None
    real = Percentiles.of(recorded) if recorded else None
    share, verdict = None, "not judged"
    if engine is not None and real is not None and real.clips >= FEWEST_FOR_RANGE:
        margin = 1e-9 * max(abs(real.p10), abs(real.p90))
        low, high = real.p10 - margin, real.p90 + margin
        share = float(np.mean([low <= value <= high for value in made]))
        if low <= engine.p50 <= high:
            verdict = "inside"
        elif engine.p50 > high:
            verdict = "above"
        else:
            verdict = "cleaner" if metric in FAULTS else "below"
    return MetricRange.model_validate(
        {"metric": metric, "engine": engine, "real": real, "share_inside": share, "verdict": verdict}
    )
