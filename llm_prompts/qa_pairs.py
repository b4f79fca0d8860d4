"""Question-answer pairs of a sample: the truth comes from script and measurement, the wording from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from simulator.motion.script import ACTIVITIES, Fall, MotionScript, Posture, activity_of, on_floor

from .captions import TEXT_VERSION
from .confirmation import unconfirmed
from .facts import SampleFacts
from .qa_items import QAPair
from .qa_measured import floor_question, measured_questions, unseen_question
from .qa_script import activity_questions, detail_questions, order_questions, present_activities
from .seeding import stream

MIN_PAIRS, MAX_PAIRS = 5, 8
MIN_DETAILS = 2
UNSEEN_SHARE = 0.25
FLOOR_SHARE = 0.3
CLIP_LABELS_ON_FLOOR = frozenset({"fall", "get_up", "roll", "crawl"})


def write_qa(
    script: MotionScript, facts: SampleFacts, seed: int = 0, activities: Sequence[str] = ACTIVITIES
) -> list[QAPair]:
    """Ask 5 to 8 different questions about one sample of a script-made motion, of all four roles.

    Args:
        script: the script that the motion was made from.
        facts: measured on the motion and on this view.
        seed: chooses questions and phrasings; the same seed gives the same pairs.
        activities: labels that could have been done: the options of the activity question.

    Returns:
        Pairs whose answer is one of their options.
    """
    rng = stream("questions", TEXT_VERSION, seed)
    named = activity_questions(present_activities(script), activity_of(script), activities, rng)
    named += _one_of(order_questions(script, activities, rng), rng)
    may_lie = any(
        isinstance(step, Fall) or (isinstance(step, Posture) and on_floor(step.to)) for step in script.steps
    )
    details = detail_questions(script, rng, unconfirmed(script, facts))
    return _selected(named, _one_per_kind(details, rng), facts, may_lie, rng)


def write_clip_qa(
    label: str | None, facts: SampleFacts, seed: int = 0, activities: Sequence[str] = ACTIVITIES
) -> list[QAPair]:
    """Ask 5 to 8 questions about one sample of an imported clip: from its label and measurements only.

    Args:
        label: the clip's label; without one no activity is asked for.
        facts: measured on the motion and on this view.
        seed: as in `write_qa`.
        activities: as in `write_qa`.
    """
    rng = stream("questions", TEXT_VERSION, seed)
    named = activity_questions(None, label, activities, rng) if label else []
    return _selected(named, [], facts, label in CLIP_LABELS_ON_FLOOR, rng)


def _selected(
    named: list[QAPair], details: list[QAPair], facts: SampleFacts, may_lie: bool, rng: Random
) -> list[QAPair]:
    """All of `named`, the radial direction, now and then floor and unseen, and others as fit."""
    measured = measured_questions(facts, rng)
    first = [*named, *[item for item in measured if item.kind == "radial_direction"]]
    if may_lie or rng.random() < FLOOR_SHARE:
        first += floor_question(facts, rng)
    if rng.random() < UNSEEN_SHARE:
        first.append(unseen_question(rng))
    first += details[:MIN_DETAILS]
    more = [*details[MIN_DETAILS:], *[item for item in measured if item.kind != "radial_direction"]]
    rng.shuffle(more)
    chosen = (first + more)[:MAX_PAIRS]
    while len(chosen) < MIN_PAIRS:  # a clip without a label, most of whose measurements lie near a limit
        extra = unseen_question(rng)
        if extra.question not in {item.question for item in chosen}:
            chosen.append(extra)
    return chosen


def _one_of(items: list[QAPair], rng: Random) -> list[QAPair]:
    """One of the questions of order; the number of actions only half as often where there are others."""
    if not items:
        return []
    weights = [0.5 if item.kind == "action_count" else 1.0 for item in items]
    return rng.choices(items, weights)


def _one_per_kind(items: list[QAPair], rng: Random) -> list[QAPair]:
    order = list(items)
    rng.shuffle(order)
    return list({item.kind: item for item in order}.values())
