"""What a sample was to the models of a version that contains it: a matter of its split."""

from __future__ import annotations

from collections.abc import Mapping

ALL_SPLITS = "all"
_ROLES = {
    "train": "trained on it",
    "val": "watched while training, not trained on",
    "test": "held out: never seen in training",
}


def training_role(split: str) -> str:
    """Say what a sample of this split was to a checkpoint of its version: models are fitted to `train` only."""
    return _ROLES.get(split, f"in split {split!r}, which training does not know")


def reads_sample(metrics: object, split: str) -> bool:
    """Tell whether a scorecard covers samples of this split; its metrics name the split that was scored."""
    scored = metrics.get("split") if isinstance(metrics, Mapping) else None
    return scored in (split, ALL_SPLITS)
