"""Question-answer pairs, their roles and kinds, and what a radar can see of them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal

from pydantic import BaseModel, ConfigDict

Role = Literal["QA01", "QA02", "QA03", "QA04"]
ROLES: dict[str, str] = {
    "QA01": "activity category",
    "QA02": "action sequence",
    "QA03": "high-level intent",
    "QA04": "motion detail",
}

QA_KINDS: dict[str, Role] = {
    "activity": "QA01",
    "yes_no": "QA01",
    "order": "QA02",
    "order_yes_no": "QA02",
    "sequence": "QA02",
    "action_count": "QA02",
    "intent": "QA03",
    "on_floor": "QA03",
    "count": "QA04",
    "side": "QA04",
    "direction": "QA04",
    "speed": "QA04",
    "distance": "QA04",
    "duration": "QA04",
    "radial_direction": "QA04",
    "height_change": "QA04",
    "goes_down": "QA04",
    "travel": "QA04",
    "turn_angle": "QA04",
    "comparison": "QA04",
    "view_tells": "QA04",
    "beam_direction": "QA04",
    "cannot_tell": "QA04",
}
"""kind of question -> its role."""

UNOBSERVABLE_KINDS = frozenset({"side", "direction"})
"""Kinds whose answer follows from the script but not from one antenna's Doppler spectrum.

Left and right, and directions relative to a body whose facing is unknown, mirror into the same spectrum.
Score them, but do not expect more than chance.
"""


SEQUENCE_LINK = ", then "
"""Stands between the actions of an answer to a `sequence` question."""


class QAPair(BaseModel):
    """A question with its short answer and the closed set that the answer comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str
    kind: str
    question: str
    answer: str
    options: list[str]

    @property
    def observable(self) -> bool:
        """Whether the radar's tensor can hold the answer."""
        return self.kind not in UNOBSERVABLE_KINDS

    @property
    def full_marks(self) -> int:
        """Points that a whole answer earns: the number of facts in it, one but for a sequence of actions."""
        return self.answer.count(SEQUENCE_LINK) + 1 if self.kind == "sequence" else 1


def pair(kind: str, questions: Sequence[str], answer: str, options: Sequence[str], rng: Random) -> QAPair:
    """One pair of a kind, with one of several equal phrasings of its question.

    The order of the options is alphabetical, so that it tells nothing.
    """
    if answer not in options:
        raise ValueError(
            f"the answer {answer!r} to a {kind} question is none of its options {tuple(options)}"
        )
    return QAPair(
        role=QA_KINDS[kind],
        kind=kind,
        question=rng.choice(list(questions)),
        answer=answer,
        options=sorted(options),
    )


def yes_or_no(kind: str, questions: Sequence[str], truth: bool, rng: Random) -> QAPair:
    """A pair answered by yes or no."""
    return pair(kind, questions, "yes" if truth else "no", ("yes", "no"), rng)
