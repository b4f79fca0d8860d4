"""Questions answered by measurement alone; asked only where the answer is clear."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from .facts import SampleFacts
from .qa_items import QAPair, pair, yes_or_no

TOWARDS, AWAY, NEITHER = "towards the radar", "away from the radar", "neither"
CANNOT_TELL = "cannot be told"

# (answer, from, to); between two of them nothing is asked, so that no answer hangs on a few centimetres.
_DISTANCES_M = (
    ("less than one meter", 0.0, 0.9),
    ("one to two meters", 1.1, 1.9),
    ("two to four meters", 2.1, 3.8),
    ("more than four meters", 4.2, 1e3),
)
_DURATIONS_S = (
    ("less than four seconds", 0.0, 3.9),
    ("four to six seconds", 4.0, 5.9),
    ("six to eight seconds", 6.1, 7.9),
    ("more than eight seconds", 8.1, 1e3),
)
_RADIAL_M = ((TOWARDS, -1e3, -0.4), (NEITHER, -0.15, 0.15), (AWAY, 0.4, 1e3))
_RISES_M = (("lower", -1e3, -0.25), ("at the same height", -0.06, 0.06), ("higher", 0.25, 1e3))
_TURNS_DEG = (
    ("not at all", 0.0, 20.0),
    ("by a quarter turn", 65.0, 115.0),
    ("by a half turn", 150.0, 210.0),
    ("by a full turn", 325.0, 395.0),
)
_STAYS, _TRAVELS = "stays in one place", "travels"
# The pelvis of somebody who stays also sways and shifts; somebody who comes back has no net displacement.
STAYS_NET_M, STAYS_PATH_M, TRAVELS_NET_M = 0.35, 0.8, 1.0
_LOWERED_M = ((False, -1e3, 0.1), (True, 0.25, 1e3))
ON_FLOOR_BELOW_M, UPRIGHT_ABOVE_M = 0.4, 0.6
LYING = frozenset({"", "lie_back", "lie_front", "lie_side"})
"""Measured postures of who lies; "" = not measured. Sitting on the floor or on all fours the hips are low too."""

_UNSEEN = (
    ("what color are the person's clothes?", ("red", "blue", "black")),
    ("what is the person looking at?", ("a screen", "a window", "a picture")),
    ("is the person smiling?", ("yes", "no")),
    ("what is the name of the person?", ("anna", "peter", "maria")),
    ("what color is the person's hair?", ("brown", "black", "gray")),
    ("does the person wear glasses?", ("yes", "no")),
)


def measured_questions(facts: SampleFacts, rng: Random) -> list[QAPair]:
    """All questions that the measurement answers clearly, in a fixed order of kinds."""
    rise = facts.pelvis_height_end_m - facts.pelvis_height_start_m
    lowered = facts.pelvis_height_start_m - facts.pelvis_height_min_m
    found = [
        _ranged("radial_direction", _RADIAL_QUESTIONS, facts.radial_displacement_m, _RADIAL_M, rng),
        _ranged("distance", _DISTANCE_QUESTIONS, facts.net_displacement_m, _DISTANCES_M, rng),
        _ranged("duration", _DURATION_QUESTIONS, facts.duration_s, _DURATIONS_S, rng),
        _ranged("height_change", _RISE_QUESTIONS, rise, _RISES_M, rng),
        _travel(facts, rng),
        _ranged("turn_angle", _TURN_QUESTIONS, abs(facts.net_turn_deg), _TURNS_DEG, rng),
    ]
    down = _answer_in(lowered, _LOWERED_M)
    if down is not None:
        found.append(yes_or_no("goes_down", _DOWN_QUESTIONS, bool(down), rng))
    return [item for item in found if item is not None]


def floor_question(facts: SampleFacts, rng: Random) -> list[QAPair]:
    """Whether the person lies on the floor at the end, from the height of the pelvis."""
    height = facts.pelvis_height_end_m
    if height <= UPRIGHT_ABOVE_M and (height >= ON_FLOOR_BELOW_M or facts.posture_end not in LYING):
        return []
    return [yes_or_no("on_floor", _FLOOR_QUESTIONS, height < ON_FLOOR_BELOW_M, rng)]


def unseen_question(rng: Random) -> QAPair:
    """A question that no radar can answer."""
    question, others = rng.choice(_UNSEEN)
    return pair("cannot_tell", (question,), CANNOT_TELL, (CANNOT_TELL, *others), rng)


def _travel(facts: SampleFacts, rng: Random) -> QAPair | None:
    if facts.net_displacement_m >= TRAVELS_NET_M:
        return pair("travel", _TRAVEL_QUESTIONS, _TRAVELS, (_STAYS, _TRAVELS), rng)
    if facts.net_displacement_m <= STAYS_NET_M and facts.path_length_m <= STAYS_PATH_M:
        return pair("travel", _TRAVEL_QUESTIONS, _STAYS, (_STAYS, _TRAVELS), rng)
    return None


def _answer_in(value: float, ranges: Sequence[tuple[str | bool, float, float]]) -> str | bool | None:
    for answer, low, high in ranges:
        if low <= value <= high:
            return answer
    return None


def _ranged(
    kind: str, questions: Sequence[str], value: float, ranges: Sequence[tuple[str, float, float]], rng: Random
) -> QAPair | None:
    answer = _answer_in(value, ranges)
    if answer is None:
        return None
    return pair(kind, questions, str(answer), [name for name, _, _ in ranges], rng)


_RADIAL_QUESTIONS = (
    "does the person end up nearer to the radar or farther away?",
    "compared with the start, is the person closer to the radar at the end or further from it?",
)
_DISTANCE_QUESTIONS = (
    "how far from the start is the person at the end?",
    "what is the distance between the start and the end?",
)
_DURATION_QUESTIONS = (
    "how long does the motion last?",
    "how many seconds does the motion take?",
    "how long is the recording?",
)
_RISE_QUESTIONS = (
    "are the hips lower or higher at the end than at the start?",
    "how does the height of the hips at the end compare with the start?",
)
_TRAVEL_QUESTIONS = (
    "does the person travel or stay in one place?",
    "does the person stay in one place or travel across the floor?",
)
_TURN_QUESTIONS = (
    "how far has the person turned at the end?",
    "compared with the start, how far is the person turned at the end?",
)
_DOWN_QUESTIONS = (
    "do the hips go down at any time?",
    "does the person lower the hips during the motion?",
)
_FLOOR_QUESTIONS = (
    "does the person lie on the floor at the end?",
    "is the person on the floor when the motion ends?",
)
