"""METEOR 1.5 through the Java program that pycocoevalcap brings, where both are installed.

METEOR without its paraphrase table is another metric, so there is no Python stand-in: where it cannot run,
the reason is reported and no number is made up.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .text_metrics import Tokens, check_items

__all__ = ["METEOR_VERSION", "MeteorResult", "meteor", "meteor_obstacle"]

METEOR_VERSION = "meteor-1.5-java"


@dataclass(frozen=True)
class MeteorResult:
    """Corpus METEOR (from pooled statistics, not the mean) and the value of each item (N,)."""

    corpus: float
    per_item: np.ndarray


def meteor_obstacle() -> str | None:
    """Why METEOR cannot run here; None when it can."""
    missing = []
    if shutil.which("java") is None:
        missing.append("java is not on the PATH")
    if importlib.util.find_spec("pycocoevalcap") is None:
        missing.append("the package pycocoevalcap (it brings the METEOR 1.5 jar) is not installed")
    return "; ".join(missing) or None


def _line(tokens: Tokens) -> str:
    """One text as the program reads it: its pipe breaks on three vertical bars and on line breaks."""
    return re.sub(r"[ \r\n]+", " ", " ".join(tokens).replace("|||", " ")).strip()


def meteor(
    systems: Mapping[str, Sequence[Tokens]], references: Sequence[Sequence[Tokens]]
) -> dict[str, MeteorResult]:
    """METEOR 1.5 (``-l en -norm``) of one or more systems; call `meteor_obstacle` first.

    Several systems share one Java process, whose start takes longer than the scoring.

    Args:
        systems: by name, one candidate for each of N items.
        references: at least one reference for each of N items.

    Raises:
        MetricInputError: no item, unequal lengths, or an item without a reference.
        ImportError: pycocoevalcap is absent.
    """
    for candidates in systems.values():
        check_items(candidates, references)
    scorer = importlib.import_module("pycocoevalcap.meteor.meteor").Meteor()
    expected = {key: [_line(tokens) for tokens in group] for key, group in enumerate(references)}
    results = {}
    for name, candidates in systems.items():
        found = {key: [_line(tokens)] for key, tokens in enumerate(candidates)}
        corpus, per_item = scorer.compute_score(expected, found)
        results[name] = MeteorResult(float(corpus), np.array(per_item, dtype=float))
    return results
