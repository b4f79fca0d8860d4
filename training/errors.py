"""What training raises: one root, few children."""

from __future__ import annotations


class TrainingError(Exception):
    """Root of every error that this package raises on purpose."""


class TrainingInputError(TrainingError, ValueError):
    """A sample, an array or a dataset version that cannot be trained on."""


class ConfigurationError(TrainingError, ValueError):
    """A training option that is impossible or that contradicts another one."""


class CheckpointError(TrainingError):
    """A checkpoint directory that is absent, partial, or of another kind."""
