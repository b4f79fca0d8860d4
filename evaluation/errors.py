"""Errors of the evaluation package."""

from __future__ import annotations


class EvaluationError(Exception):
    """Root of every error that the evaluation package raises."""


class MetricInputError(EvaluationError, ValueError):
    """A metric was given data that it cannot score (wrong shape, missing key, nothing to score)."""


class ScorecardError(EvaluationError, ValueError):
    """A scorecard cannot be written, read or rendered."""
