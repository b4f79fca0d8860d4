"""Question-answer pairs of a sample: the truth comes from script and measurement, the wording from a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random

from simulator.motion.script import ACTIVITIES, MotionScript, activity_of

from .answer_priors import asked_share
from .captions import TEXT_VERSION
from .confirmation import Grounding, ground
from .errors import InvalidScenario
from .facts import SampleFacts
from .qa_compare import comparison_questions, limb_comparison, rivals_of_main
from .qa_items import ROLES, QAPair
from .qa_measured import floor_question, measured_questions, unseen_question
from .qa_script import activity_questions, detail_questions, order_questions, present_activities
from .qa_view import view_questions
from .question_check import answer_of_question
from .seeding import stream
from .wording import NUMBER_WORDS

MIN_PAIRS, MAX_PAIRS = 5, 8
MIN_DETAILS = 1
UNSEEN_SHARE = 0.2
VIEW_SHARE = 0.3
ACTION_COUNT_SHARE = 0.5
MEASURED_SHARE = 0.4
MAX_YES_NO = 3


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
    grounding, weighing = ground(script, facts), _Weighing(seed, activities)
    asked = _script_questions(grounding, facts, seed, weighing, roles)
    kept, spare = weighing.split(_true(asked, grounding, facts, None))
    if roles is not None:
        return _by_role(kept, spare, roles)
    missing = set(ROLES) - {item.role for item in kept}
    only = list({item.role: item for item in reversed(spare) if item.role in missing}.values())
    return _taken([*only, *kept], spare, seed)


def possible_pairs(
    script: MotionScript, facts: SampleFacts, seed: int, activities: Sequence[str] = ACTIVITIES
) -> list[QAPair]:
    """All pairs that a sample could have, however common their answers are: what the priors count."""
    grounding, weighing = ground(script, facts), _Weighing(seed, activities)
    asked = _script_questions(grounding, facts, seed, weighing, dict.fromkeys(ROLES, 1.0))
    return list(_true(asked, grounding, facts, None))


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
    asked = _ordered(named, [], facts, None, rng)
    kept, spare = _Weighing(seed, activities).split(_true(asked, None, facts, label))
    return _taken(kept, spare, seed)


@dataclass(frozen=True)
class _Weighing:
    """Which of a sample's questions are asked, so that no kind is answered by its most common answer."""

    seed: int
    activities: Sequence[str]

    def keeps(self, item: QAPair) -> bool:
        """Whether a pair is asked: decided by the sample's seed and the priors alone, for each kind by itself."""
        share = asked_share(item, self.activities)
        return share >= 1.0 or stream("balance", TEXT_VERSION, self.seed, item.kind).random() < share

    def split(self, pairs: Iterable[QAPair]) -> tuple[list[QAPair], list[QAPair]]:
        """Those that are asked, and those for a sample that has too few of them."""
        kept: list[QAPair] = []
        spare: list[QAPair] = []
        for item in pairs:
            (kept if self.keeps(item) else spare).append(item)
        return kept, spare


def _script_questions(
    grounding: Grounding,
    facts: SampleFacts,
    seed: int,
    weighing: _Weighing,
    roles: Mapping[str, float] | None,
) -> Iterator[QAPair]:
    rng = stream("questions", TEXT_VERSION, seed)
    script, activities = grounding.script, weighing.activities
    n_yes_no = 1 if roles is None else MAX_YES_NO
    named = activity_questions(
        present_activities(script), activity_of(script), activities, rng, n_yes_no, rivals_of_main(grounding)
    )
    order = list(_true(order_questions(grounding, activities, rng), grounding, facts, None))
    named += _of_order(order, weighing, rng) if roles is None else order
    details = detail_questions(grounding, rng) + comparison_questions(grounding, rng)
    share = MEASURED_SHARE if roles is None else 1.0
    return _ordered(named, _one_per_kind(details, rng), facts, grounding, rng, share)


def _of_order(items: list[QAPair], weighing: _Weighing, rng: Random) -> list[QAPair]:
    """One of the questions of order; of several actions sometimes their number as well."""
    counts = [item for item in items if item.kind == "action_count"]
    others = [item for item in items if item.kind != "action_count"]
    chosen = rng.choice(others) if others else None
    if rng.random() >= ACTION_COUNT_SHARE or not all(map(weighing.keeps, counts)):
        counts = counts if chosen is None else []
    is_alone = any(item.answer == NUMBER_WORDS[1] for item in counts)
    return counts if is_alone or chosen is None else [chosen, *counts]


def _ordered(
    named: list[QAPair],
    details: list[QAPair],
    facts: SampleFacts,
    grounding: Grounding | None,
    rng: Random,
    measured_share: float = MEASURED_SHARE,
) -> Iterator[QAPair]:
    """All questions, those first that every sample is asked where they tell something, then others."""
    measured = measured_questions(facts, rng) + limb_comparison(facts, rng)
    first = [*named, *[item for item in measured if item.kind == "radial_direction"]]
    first += floor_question(facts, rng)
    if rng.random() < UNSEEN_SHARE:
        first.append(unseen_question(rng))
    script, moving = (grounding.script, grounding.moving) if grounding is not None else (None, ())
    views = view_questions(script, moving, facts, rng)
    rng.shuffle(views)
    if rng.random() < VIEW_SHARE:
        first += views[:1]
    first += details[:MIN_DETAILS]
    more = [*views, *[item for item in measured if item.kind != "radial_direction"]]
    # Drawn one by one: who travels has more to be asked than who stays, and none may crowd out the others.
    more = [item for item in more if rng.random() < measured_share]
    rng.shuffle(more)
    return chain(first, more, details[MIN_DETAILS:])


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


def _taken(kept: list[QAPair], spare: list[QAPair], seed: int) -> list[QAPair]:
    """At most `MAX_PAIRS`; of too few, others are asked as well, at last what no radar can tell."""
    missing = max(0, MIN_PAIRS - len(kept))
    chosen = [*kept[:MAX_PAIRS], *[item for item in spare if item not in kept][:missing]]
    rng, asked = stream("unseen", TEXT_VERSION, seed), {item.question for item in chosen}
    while len(chosen) < MIN_PAIRS:
        item = unseen_question(rng)
        if item.question not in asked:
            chosen.append(item)
            asked.add(item.question)
    return chosen


def _by_role(kept: list[QAPair], spare: list[QAPair], roles: Mapping[str, float]) -> list[QAPair]:
    """Up to `MAX_PAIRS` pairs, the roles among them by their shares as far as there are questions."""
    strangers = sorted(set(roles) - set(ROLES))
    if strangers or not roles or min(roles.values()) < 0 or not 0 < sum(roles.values()) < float("inf"):
        raise InvalidScenario(
            f"the roles {dict(roles)} are not shares of {', '.join(ROLES)}: name at least one of these, "
            "no share below 0 and not all 0"
        )
    wanted = {role: share for role, share in roles.items() if share > 0}
    chosen: list[QAPair] = []
    waiting = {role: [item for item in kept if item.role == role] for role in wanted}
    extra = {role: [item for item in spare if item.role == role] for role in wanted}
    for role, items in waiting.items():
        items += [extra[role].pop(0)] if not items and extra[role] else []
    while len(chosen) < MAX_PAIRS:
        if not any(waiting.values()) and len(chosen) < MIN_PAIRS:
            waiting = {role: [items.pop(0)] if items else [] for role, items in extra.items()}
        open_roles = [role for role, items in waiting.items() if items]
        if not open_roles:
            break
        given = {role: sum(item.role == role for item in chosen) for role in open_roles}
        role = max(
            sorted(open_roles), key=lambda name: wanted[name] / (given[name] + 1)
        )  # as seats by D'Hondt
        chosen.append(waiting[role].pop(0))
    return chosen


def _one_per_kind(items: list[QAPair], rng: Random) -> list[QAPair]:
    order = list(items)
    rng.shuffle(order)
    return list({item.kind: item for item in order}.values())
