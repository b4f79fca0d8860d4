"""Question-answer pairs of a sample: the truth comes from script and measurement, the wording from a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from random import Random

from simulator.motion.script import ACTIVITIES, Fall, MotionScript, Posture, activity_of, on_floor

from .captions import TEXT_VERSION
from .confirmation import Grounding, ground
from .errors import InvalidScenario
from .facts import SampleFacts
from .qa_compare import comparison_questions, limb_comparison
from .qa_items import ROLES, QAPair
from .qa_measured import floor_question, measured_questions, unseen_question
from .qa_script import activity_questions, detail_questions, order_questions, present_activities
from .qa_view import view_questions
from .question_check import answer_of_question
from .seeding import stream

MIN_PAIRS, MAX_PAIRS = 5, 8
MIN_DETAILS = 2
UNSEEN_SHARE = 0.2
VIEW_SHARE = 0.3
FLOOR_SHARE = 0.25
MAX_YES_NO = 3
CLIP_LABELS_ON_FLOOR = frozenset({"fall", "get_up", "roll", "crawl"})


def write_qa(
    script: MotionScript,
    facts: SampleFacts,
    seed: int = 0,
    activities: Sequence[str] = ACTIVITIES,
    roles: Mapping[str, float] | None = None,
) -> list[QAPair]:
    """Ask 5 to 8 different questions about one sample of a script-made motion, of all four roles.

    Every pair is read and answered again from the facts by `answer_from_facts`; one that differs is not given.

    Args:
        script: the script that the motion was made from.
        facts: measured on the motion and on this view.
        seed: chooses questions and phrasings; the same seed gives the same pairs.
        activities: labels that could have been done: the options of the activity question.
        roles: role -> its share of the pairs; None = the usual mix. A role has no more pairs than its
            motion has different questions for.

    Returns:
        Pairs whose answer is one of their options.

    Raises:
        InvalidScenario: a role that does not exist, or shares that are not positive numbers.
    """
    rng = stream("questions", TEXT_VERSION, seed)
    grounding = ground(script, facts)
    present = present_activities(script)
    n_yes_no = 1 if roles is None else MAX_YES_NO
    named = activity_questions(present, activity_of(script), activities, rng, n_yes_no)
    order = order_questions(grounding, activities, rng)
    named += _one_of(order, rng) if roles is None else order
    may_lie = any(
        isinstance(step, Fall) or (isinstance(step, Posture) and on_floor(step.to)) for step in script.steps
    )
    details = detail_questions(grounding, rng) + comparison_questions(grounding, rng)
    asked = _ordered(named, _one_per_kind(details, rng), facts, may_lie, grounding, rng)
    true = _true(asked, grounding, facts, None)
    return _taken(true) if roles is None else _by_role(list(true), roles)


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
    asked = _ordered(named, [], facts, label in CLIP_LABELS_ON_FLOOR, None, rng)
    return _taken(_true(asked, None, facts, label))


def _ordered(
    named: list[QAPair],
    details: list[QAPair],
    facts: SampleFacts,
    may_lie: bool,
    grounding: Grounding | None,
    rng: Random,
) -> Iterator[QAPair]:
    """All questions, those first that every sample is asked, then others; unseen ones at last without end."""
    measured = measured_questions(facts, rng) + limb_comparison(facts, rng)
    first = [*named, *[item for item in measured if item.kind == "radial_direction"]]
    if may_lie or rng.random() < FLOOR_SHARE:
        first += floor_question(facts, rng)
    if rng.random() < UNSEEN_SHARE:
        first.append(unseen_question(rng))
    script, moving = (grounding.script, grounding.moving) if grounding is not None else (None, ())
    views = view_questions(script, moving, facts, rng)
    rng.shuffle(views)
    if rng.random() < VIEW_SHARE:
        first += views[:1]
    first += details[:MIN_DETAILS]
    more = [*details[MIN_DETAILS:], *views, *[item for item in measured if item.kind != "radial_direction"]]
    rng.shuffle(more)
    # A clip without a label, most of whose measurements lie near a limit, still gets enough questions.
    return chain(first, more, (unseen_question(rng) for _ in range(8 * MIN_PAIRS)))


def _true(
    pairs: Iterable[QAPair], grounding: Grounding | None, facts: SampleFacts, label: str | None
) -> Iterator[QAPair]:
    """The pairs, each question once, whose question the facts answer as the pair does."""
    asked: set[str] = set()
    for item in pairs:
        if item.question in asked:
            continue
        asked.add(item.question)
        if answer_of_question(item.question, item.options, grounding, facts, label) == item.answer:
            yield item


def _taken(pairs: Iterator[QAPair]) -> list[QAPair]:
    chosen: list[QAPair] = []
    for item in pairs:
        unseen = item.kind == "cannot_tell" and any(other.kind == "cannot_tell" for other in chosen)
        if unseen and len(chosen) >= MIN_PAIRS:
            break
        chosen.append(item)
        if len(chosen) == MAX_PAIRS:
            break
    return chosen


def _by_role(pairs: list[QAPair], roles: Mapping[str, float]) -> list[QAPair]:
    """Up to `MAX_PAIRS` pairs, the roles among them by their shares as far as there are questions."""
    strangers = sorted(set(roles) - set(ROLES))
    if strangers or not roles or min(roles.values()) < 0 or not 0 < sum(roles.values()) < float("inf"):
        raise InvalidScenario(
            f"the roles {dict(roles)} are not shares of {', '.join(ROLES)}: name at least one of these, "
            "no share below 0 and not all 0"
        )
    chosen: list[QAPair] = []
    unseen = [item for item in pairs if item.kind == "cannot_tell"][1:]
    waiting = {role: [item for item in pairs if item.role == role and item not in unseen] for role in ROLES}
    while len(chosen) < MAX_PAIRS:
        open_roles = [role for role, share in roles.items() if share > 0 and waiting[role]]
        if not open_roles:
            break
        given = {role: sum(item.role == role for item in chosen) for role in open_roles}
        role = max(
            sorted(open_roles), key=lambda name: roles[name] / (given[name] + 1)
        )  # as seats by D'Hondt
        chosen.append(waiting[role].pop(0))
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
