"""Questions about what this radar view can tell: Doppler sees the way along the beam, not left and right."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from simulator.motion.script import MotionScript, Turn

from .facts import SampleFacts
from .lexicon import find_mentions, tokens_of
from .qa_items import QAPair, pair, yes_or_no
from .step_details import StepDetail
from .wording import MOVING, WORDINGS, activity_answer, wording_of

MIN_WAY_M = 1.0
ALONG_SHARE, ACROSS_SHARE = 0.8, 0.25
"""Change of range as a share of the way: above the first it leads along the beam, below the second across it."""
CLEAR_RADIAL_M = 0.4
_ON_THE_WAY = frozenset(label for label, wording in WORDINGS.items() if wording.intent == MOVING)
ALONG, ACROSS = "along the beam", "across the beam"


def beam_share(facts: SampleFacts) -> float | None:
    """|change of range| / net way; None for somebody who ends up near the start.

    Doppler measures the change of range only: of a way across the beam it shows next to nothing.
    """
    if facts.net_displacement_m < MIN_WAY_M:
        return None
    return abs(facts.radial_displacement_m) / facts.net_displacement_m


def is_observable(item: QAPair, facts: SampleFacts) -> bool:
    """Whether this view of the motion can hold a pair's answer.

    Sides never show in the Doppler of one antenna; of a way across the beam neither length nor speed does.
    """
    share = beam_share(facts)
    across = share is not None and share <= ACROSS_SHARE
    hidden = item.kind == "distance" or (
        item.kind == "speed" and any(labels & _ON_THE_WAY for labels in _named(item))
    )
    return item.observable and not (across and hidden)


def qa_record(item: QAPair, facts: SampleFacts) -> dict[str, Any]:
    """A pair with its full marks and whether this view can hold the answer, as plain values."""
    seen = {"full_marks": item.full_marks, "observable": is_observable(item, facts)}
    return {**item.model_dump(), **seen}


def _named(item: QAPair) -> list[frozenset[str]]:
    return [mention.labels for mention in find_mentions(tokens_of(item.question))]


def view_questions(
    script: MotionScript | None, moving: Sequence[StepDetail], facts: SampleFacts, rng: Random
) -> list[QAPair]:
    """What this view can and cannot tell, where that is clear; at most one of each kind."""
    asked: list[tuple[Sequence[str], bool]] = []
    share = beam_share(facts)
    found = []
    if share is not None and (share >= ALONG_SHARE or share <= ACROSS_SHARE):
        along = share >= ALONG_SHARE
        asked.append((_SPEED_QUESTIONS, along))
        found.append(
            pair("beam_direction", _BEAM_QUESTIONS, ALONG if along else ACROSS, (ALONG, ACROSS), rng)
        )
    if abs(facts.radial_displacement_m) >= CLEAR_RADIAL_M:
        asked.append((_RADIAL_QUESTIONS, True))
    for step in moving if script is not None else ():
        limb = wording_of(step.activity).limb
        if limb and step.side in ("left", "right"):
            doing = activity_answer(step.activity)
            asked.append(([question.format(limb=limb, doing=doing) for question in _LIMB_QUESTIONS], False))
        elif isinstance(step.step, Turn):
            asked.append((_TURN_QUESTIONS, False))
    if asked:
        truth = rng.choice(
            sorted({answer for _, answer in asked})
        )  # yes and no alike, where both can be asked
        questions, answer = rng.choice([item for item in asked if item[1] == truth])
        found.append(yes_or_no("view_tells", questions, answer, rng))
    return found


_SPEED_QUESTIONS = (
    "can the doppler of this view tell how fast the person travels?",
    "does this view show the speed of travelling?",
)
_RADIAL_QUESTIONS = (
    "can this radar view tell whether the person comes closer or goes away?",
    "does the radar see whether the person comes closer or goes away?",
)
_LIMB_QUESTIONS = (
    "can the doppler of one antenna tell which {limb} is used for {doing}?",
    "does the doppler of one antenna show whether {doing} is done with the left or the right {limb}?",
)
_TURN_QUESTIONS = (
    "can the doppler of one antenna tell to which side the person turns?",
    "does the doppler of one antenna show whether the person turns left or right?",
)
_BEAM_QUESTIONS = (
    "does the person travel along the radar beam or across it?",
    "does the path lead along the beam or across it?",
)
