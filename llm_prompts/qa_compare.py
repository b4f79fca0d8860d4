"""Questions that compare two parts of one motion: which lasts longer, is faster, holds the hips lower."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from random import Random

from simulator.motion.script import Locomote, Posture

from .confirmation import Grounding
from .facts import SampleFacts
from .qa_items import QAPair, pair
from .step_details import StepDetail, longest_step
from .wording import activity_answer

LONGER, FASTER = 1.35, 1.4
HANDS, FEET = "the hands", "the feet"
_UPRIGHT, _LOW = frozenset({"stand"}), frozenset({"sit", "squat", "kneel"})
_ON_FLOOR = frozenset({"lie_back", "lie_front", "lie_side", "sit_floor", "hands_and_knees"})


def comparison_questions(grounding: Grounding, rng: Random) -> list[QAPair]:
    """All comparisons of two activities that are clear: at least a third longer, faster, or of another posture."""
    once = _named_once(grounding)
    found = []
    for first, second in combinations(once, 2):
        options = (activity_answer(first.activity), activity_answer(second.activity))
        listed = list(options)
        rng.shuffle(listed)
        asked = " or ".join(listed)
        for ask, winner in (
            (_LONGER_QUESTIONS, _longer(first, second, grounding)),
            (_FASTER_QUESTIONS, _faster(first, second, grounding)),
            (_LOWER_QUESTIONS, _lower(first, second, grounding)),
        ):
            if winner is not None:
                questions = [question.format(asked) for question in ask]
                found.append(pair("comparison", questions, activity_answer(winner.activity), options, rng))
    return found


def limb_comparison(facts: SampleFacts, rng: Random) -> list[QAPair]:
    """Whether hands or feet reach the higher speed, where one is clearly faster."""
    speeds = limb_speeds(facts)
    if speeds is None:
        return []
    hands, feet = speeds
    if max(hands, feet) < FASTER * min(hands, feet):
        return []
    return [pair("comparison", _LIMB_QUESTIONS, HANDS if hands > feet else FEET, (HANDS, FEET), rng)]


def limb_speeds(facts: SampleFacts) -> tuple[float, float] | None:
    """Largest measured speed of a hand and of a foot, m/s; None where it was not measured."""
    found: list[float] = []
    for limb in ("hand", "foot"):
        sides = [facts.measured.get(f"max_{limb}_speed_{side}_mps") for side in ("left", "right")]
        found += [max(float(speed) for speed in sides if speed is not None)] if None not in sides else []
    return (found[0], found[1]) if len(found) == 2 else None


def _named_once(grounding: Grounding) -> Sequence[StepDetail]:
    steps = [step for step in grounding.moving if not step.is_idle]
    times = Counter(step.activity for step in steps)
    return [step for step in steps if times[step.activity] == 1 and not step.layers]


def _longer(first: StepDetail, second: StepDetail, grounding: Grounding) -> StepDetail | None:
    doubted = {("duration", grounding.index_of(step)) for step in (first, second)}
    if doubted & grounding.doubts:
        return None
    for longer, shorter in ((first, second), (second, first)):
        if all(a >= LONGER * b for a, b in zip(lasting_s(longer), lasting_s(shorter), strict=True)):
            return longer
    return None


def rivals_of_main(grounding: Grounding) -> set[str]:
    """Activities of steps that do not last clearly less than the longest one: "mainly" might mean them as well."""
    steps = [step for step in grounding.moving if not step.is_idle]
    if not steps:
        return set()
    main = longest_step(steps)
    return {
        step.activity
        for step in steps
        if step.activity != main.activity
        and any(a < LONGER * b for a, b in zip(lasting_s(main), lasting_s(step), strict=True))
    }


def lasting_s(detail: StepDetail) -> tuple[float, float]:
    """How long a step lasts, s: with the posture that it ends in, and the way there alone ("sitting down")."""
    held = detail.step.hold_s if isinstance(detail.step, Posture) else 0.0
    return detail.duration_s, detail.duration_s - held


def _faster(first: StepDetail, second: StepDetail, grounding: Grounding) -> StepDetail | None:
    if not (isinstance(first.step, Locomote) and isinstance(second.step, Locomote)):
        return None
    if {("speed", grounding.index_of(step)) for step in (first, second)} & grounding.doubts:
        return None
    slower, faster = sorted((first.step, second.step), key=lambda step: step.speed_mps)
    if (
        abs(grounding.index_of(first) - grounding.index_of(second)) < 2
        or faster.speed_mps < FASTER * slower.speed_mps
    ):
        return None
    return first if first.step is faster else second


def _lower(first: StepDetail, second: StepDetail, grounding: Grounding) -> StepDetail | None:
    levels = [held_level(grounding, grounding.index_of(step)) for step in (first, second)]
    if None in levels or levels[0] == levels[1]:
        return None
    return first if levels[0] < levels[1] else second  # type: ignore[operator]


def held_level(grounding: Grounding, index: int) -> int | None:
    """How high the hips are held all through a step by the measured postures: 2 standing, 1 low, 0 on the floor.

    None where the posture changes within the step, or does not tell the height.
    """
    facts = grounding.facts
    spans = facts.measured.get("postures", ()) if facts is not None else ()
    begin, end = grounding.slots[index]
    edge = 0.1 * (end - begin)
    during = {
        span["posture"] for span in spans if span["start_s"] < end - edge and span["end_s"] > begin + edge
    }
    for level, postures in ((2, _UPRIGHT), (1, _LOW), (0, _ON_FLOOR)):
        if during and during <= postures:
            return level
    return None


_LONGER_QUESTIONS = ("which takes longer, {}?", "what lasts longer, {}?")
_FASTER_QUESTIONS = ("which is faster, {}?", "during which is the person faster, {}?")
_LOWER_QUESTIONS = ("when are the hips lower, during {}?", "during which are the hips lower, {}?")
_LIMB_QUESTIONS = (
    "what moves faster, the hands or the feet?",
    "which reach the higher speed, the hands or the feet?",
)
