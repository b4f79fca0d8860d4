"""Answers that follow from the script, with its counts, sides, turns and speeds as they were measured."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.motion.script import (
    SPEED_RANGE_MPS,
    Fall,
    Gesture,
    Locomote,
    Reach,
    Strike,
    Turn,
    activity_of,
    step_activity,
)

from .known_facts import Answerer, Known, yes_or_no_word
from .lexicon import labels_said
from .qa_compare import LONGER, held_level, lasting_s
from .qa_items import SEQUENCE_LINK
from .qa_script import occurs
from .question_reading import Query
from .step_details import SLOW_AND_FAST_MPS
from .wording import NUMBER_WORDS, wording_of

_PACES = {"slow": "slowly", "ordinary": "at a normal pace", "fast": "quickly"}


def _main(known: Known, query: Query) -> str | None:
    label = activity_of(known.grounding.script) if known.grounding is not None else known.label
    return known.option_of(label)


def _intent(known: Known, query: Query) -> str | None:
    label = activity_of(known.grounding.script) if known.grounding is not None else known.label
    return wording_of(label).intent if label else None


def _is_main(known: Known, query: Query) -> str | None:
    label = activity_of(known.grounding.script) if known.grounding is not None else known.label
    return None if label is None else yes_or_no_word(label in query.labels[0])


def _presence(known: Known, query: Query) -> str | None:
    if known.grounding is None:
        return None
    present = known.present
    if query.labels[0] & set(present):
        return "yes"
    unsure = any(occurs(label, present) for label in query.labels[0])  # its movements are part of another one
    return None if unsure else "no"


def _action_count(known: Known, query: Query) -> str | None:
    return NUMBER_WORDS[len(known.actions)] if 0 < len(known.actions) < len(NUMBER_WORDS) else None


def _sequence(known: Known, query: Query) -> str | None:
    labels = [step_activity(step) for _, step in known.actions]
    for option in known.options:
        parts = option.split(SEQUENCE_LINK)
        if len(parts) == len(labels) and all(a in labels_said(b) for a, b in zip(labels, parts, strict=True)):
            return option
    return None


def _first(known: Known, query: Query) -> str | None:
    return known.option_of(step_activity(known.actions[0][1])) if known.actions else None


def _last(known: Known, query: Query) -> str | None:
    return known.option_of(step_activity(known.actions[-1][1])) if known.actions else None


def _beside(known: Known, query: Query, offset: int) -> str | None:
    labels = [step_activity(step) for _, step in known.actions]
    places = [place for place, label in enumerate(labels) if label in query.labels[0]]
    if len(places) != 1 or not 0 <= places[0] + offset < len(labels):
        return None
    return known.option_of(labels[places[0] + offset])


def _before(known: Known, query: Query) -> str | None:
    first, second = (known.only(labels) for labels in query.labels)
    return (
        None if first is None or second is None or first == second else yes_or_no_word(first[0] < second[0])
    )


def _count(known: Known, query: Query) -> str | None:
    found = known.only(query.labels[0], counted=True)
    if found is None or known.doubted("count", found[0]):
        return None
    measured = known.measured("count", found[0])
    count = round(measured) if measured is not None else getattr(found[1], "count", None)
    return NUMBER_WORDS[count] if count is not None and 0 < count < len(NUMBER_WORDS) else None


def _side(known: Known, query: Query) -> str | None:
    found = known.only(query.labels[0])
    if found is None or known.doubted("side", found[0]) or known.grounding is None:
        return None
    index, step = found
    if not isinstance(step, Strike | Reach | Gesture):
        return None
    return known.grounding.measured("side", index) or step.side


def _turn_side(known: Known, query: Query) -> str | None:
    found = [(index, step) for index, step in known.actions if isinstance(step, Turn)]
    if len(found) != 1 or known.doubted("turn", found[0][0]):
        return None
    angle = known.measured("turn", found[0][0])
    return "left" if (angle if angle is not None else found[0][1].angle_deg) > 0 else "right"


def _curve(known: Known, query: Query) -> str | None:
    found = [(index, step) for index, step in known.actions if isinstance(step, Locomote) and step.turn_deg]
    if len(found) != 1 or known.doubted("turn", found[0][0]):
        return None
    return "left" if found[0][1].turn_deg > 0 else "right"


def _fall_way(known: Known, query: Query) -> str | None:
    found = [step for _, step in known.actions if isinstance(step, Fall)]
    return found[0].direction if len(found) == 1 else None


def _move_way(known: Known, query: Query) -> str | None:
    found = [
        item
        for item in known.actions
        if isinstance(item[1], Locomote) and (not query.labels or step_activity(item[1]) in query.labels[0])
    ]
    if len(found) != 1 or known.grounding is None:
        return None
    step = found[0][1]
    assert isinstance(step, Locomote)
    if step.gait == "sidestep":
        return known.grounding.steps[found[0][0]].direction
    if step.turn_deg:
        return None
    return "backward" if step.gait == "backward" else "forward"


def _pace(known: Known, query: Query) -> str | None:
    found = known.only(query.labels[0])
    if found is None or known.grounding is None:
        return None
    index, step = found
    if known.doubted("speed", index) or known.doubted("duration", index):
        return None
    planned = known.grounding.steps[index].pace
    speed = known.measured("speed", index)
    if isinstance(step, Locomote) and speed is not None:
        lowest, highest = SPEED_RANGE_MPS[step.gait]
        third = (highest - lowest) / 3.0
        slow, fast = SLOW_AND_FAST_MPS.get(step.gait, (lowest + third, highest - third))
        seen = "slow" if speed < slow else "fast" if speed > fast else "ordinary"
        return _PACES[seen] if seen == planned else None  # between two words: nobody is asked
    return _PACES[planned]


def _longer(known: Known, query: Query) -> str | None:
    found = [known.only(labels) for labels in query.labels]
    if known.grounding is None or any(item is None for item in found):
        return None
    places = [item[0] for item in found if item is not None]
    if any(known.doubted("duration", place) for place in places):
        return None
    spans = [lasting_s(known.grounding.steps[place]) for place in places]
    named = {_greater(known, query, seconds, LONGER) for seconds in zip(*spans, strict=True)}
    return named.pop() if len(named) == 1 else None  # it would hang on what the words mean


def _faster(known: Known, query: Query) -> str | None:
    found = [known.only(labels) for labels in query.labels]
    steps = [item for item in found if item is not None and isinstance(item[1], Locomote)]
    if len(steps) != 2 or any(known.doubted("speed", index) for index, _ in steps):
        return None
    speeds = [known.measured("speed", index) or float(step.speed_mps) for index, step in steps]  # type: ignore[union-attr]
    return _greater(known, query, speeds, 1.1)


def _lower(known: Known, query: Query) -> str | None:
    found = [known.only(labels) for labels in query.labels]
    if known.grounding is None or any(item is None for item in found):
        return None
    levels = [held_level(known.grounding, item[0]) for item in found if item is not None]
    if None in levels or levels[0] == levels[1]:
        return None
    lower = 0 if levels[0] < levels[1] else 1  # type: ignore[operator]
    return _named(known, query, 1 - lower if query.inverse else lower)


def _greater(known: Known, query: Query, values: Sequence[float], factor: float) -> str | None:
    """The option of the greater of two values, if it is clearly greater (of the smaller one for "shorter")."""
    if max(values) < factor * min(values):
        return None
    greater = values.index(max(values))
    return _named(known, query, 1 - greater if query.inverse else greater)


def _named(known: Known, query: Query, place: int) -> str | None:
    found = [option for option in known.options if labels_said(option) & query.labels[place]]
    return found[0] if len(found) == 1 else None


SCRIPT_ANSWERS: dict[str, Answerer] = {
    "main": _main, "intent": _intent, "is_main": _is_main, "presence": _presence, "action_count": _action_count,
    "sequence": _sequence, "first": _first, "last": _last, "before": _before, "count": _count, "side": _side,
    "next": lambda known, query: _beside(known, query, 1),
    "previous": lambda known, query: _beside(known, query, -1),
    "turn_side": _turn_side, "curve": _curve, "fall_way": _fall_way, "move_way": _move_way, "pace": _pace,
    "longer": _longer, "faster": _faster, "lower": _lower,
}  # fmt: skip
"""What is asked -> how it is answered."""
