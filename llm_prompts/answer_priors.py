"""How common each answer is before anything is seen, and how often its question is asked so that it tells something.

The counts in `data/answer_priors.json` are of motions of every activity that the grammar writes; the file says how
they were made. A scenario's priors are the mean over its activities, so they need no count of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from .lexicon_phrases import word_set
from .qa_compare import FEET, HANDS
from .qa_items import QAPair

PRIORS_PATH = Path(__file__).with_name("data") / "answer_priors.json"
WEIGHED_KINDS = word_set(
    "action_count on_floor count side direction speed distance duration radial_direction height_change goes_down "
    "travel turn_angle view_tells beam_direction"
)
"""Kinds whose answers come from one small set. The others are even by the activities' shares (`activity`, `intent`),
by how they are made (`yes_no`, `order_yes_no`: yes and no at equal odds), or have other answers each time."""
_LIMBS = frozenset({HANDS, FEET})

Priors = Mapping[str, Mapping[str, float]]
"""kind -> answer -> share of the samples that could be asked for it and give this answer."""


class ActivityCounts(BaseModel):
    """Of n samples of one activity: kind -> answer -> in how many it is the true one and can be asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    answers: dict[str, dict[str, int]]


class _PriorFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    provenance: dict[str, str | int]
    activities: dict[str, ActivityCounts]


def is_weighed(pair: QAPair) -> bool:
    """Whether how often a pair is asked depends on how common its answer is."""
    return pair.kind in WEIGHED_KINDS or (pair.kind == "comparison" and pair.answer in _LIMBS)


@lru_cache(maxsize=1)
def counted_answers() -> Mapping[str, ActivityCounts]:
    """activity -> counts, as they ship."""
    return _PriorFile.model_validate_json(PRIORS_PATH.read_text(encoding="utf-8")).activities


def priors_of(activities: Iterable[str]) -> Priors:
    """Shares over some activities in equal parts; over all that were counted where none of them was."""
    counted = counted_answers()
    known = [counted[name] for name in sorted(set(activities)) if name in counted] or list(counted.values())
    found: dict[str, dict[str, float]] = {}
    for one in known:
        for kind, answers in one.answers.items():
            shares = found.setdefault(kind, {})
            for answer, count in answers.items():
                shares[answer] = shares.get(answer, 0.0) + count / (one.n * len(known))
    return found


@lru_cache(maxsize=64)
def _asked(activities: tuple[str, ...]) -> dict[tuple[str, str], float]:
    """(kind, its most common answer) -> probability of being asked."""
    asked: dict[tuple[str, str], float] = {}
    for kind, shares in priors_of(activities).items():
        by_share = sorted(shares, key=lambda answer: (shares[answer], answer), reverse=True)
        second = shares[by_share[1]] if len(by_share) > 1 else 0.0
        asked[kind, by_share[0]] = second / shares[by_share[0]]
    return asked


def asked_share(pair: QAPair, activities: Iterable[str]) -> float:
    """Probability with which a question is asked, 0 to 1, by the answer that it has.

    The most common answer of a kind is asked for as often as the second most common one of these activities: never
    where there is no other. All other answers are asked for wherever they are true.
    """
    if not is_weighed(pair):
        return 1.0
    return _asked(tuple(sorted(set(activities)))).get((pair.kind, pair.answer), 1.0)


def prior_file_text(provenance: Mapping[str, str | int], counted: Mapping[str, ActivityCounts]) -> str:
    """The file's text, an activity a line."""
    lines = [
        f"  {json.dumps(name)}: {json.dumps(counted[name].model_dump(), sort_keys=True)}"
        for name in sorted(counted)
    ]
    told = json.dumps(dict(provenance), indent=2).replace("\n", "\n ")
    return f'{{\n "provenance": {told},\n "activities": {{\n' + ",\n".join(lines) + "\n }\n}\n"
