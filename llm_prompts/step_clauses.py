"""One step as a clause: "waves with the left hand three times", "sitting down slowly"."""

from __future__ import annotations

import re
from random import Random
from typing import Literal

from simulator.motion.script import (
    Exercise,
    Fall,
    Gesture,
    Jump,
    Locomote,
    Posture,
    Reach,
    Strike,
    Turn,
    locomote_distance_m,
    step_activity,
)

from .step_details import StepDetail
from .wording import NUMBER_WORDS, Form, inflect, limb_words, times_words, wording_of

Detail = Literal["brief", "full", "rich"]

# A gesture that is held says its number only when it is repeated.
HELD_GESTURES = frozenset({"point", "raise", "bow", "salute", "stretch", "cross_arms"})
MIN_HOLD_S = 1.0
ROUNDING_M = 0.3
LONG_PHRASE_GAPS = 4

_TOWARDS = {
    "left": "to the left",
    "right": "to the right",
    "curve left": "in a curve to the left",
    "curve right": "in a curve to the right",
    "back": "back",
    "up": "up",
    "down": "down",
    "forward": "forward",
    "backward": "backward",
}
_LYING = {
    "lie_back": (" on their back",),
    "lie_front": (" on their stomach", " face down"),
    "lie_side": (" on their side",),
}
_CAUSES = {
    "trip": ("[trip] and [fall]",),
    "slip": ("[slip] and [fall]",),
    "faint": ("[faint] and [fall]",),
    "push": ("[lose] balance after a push and [fall]",),
}

# The first may stand before its verb; the last is said of who goes somewhere.
_PACE_WORDS = {"slow": ("slowly", "at a slow pace"), "fast": ("quickly", "fast", "at a quick pace")}
# Gaits that have a word of their own.
_GAIT_VERBS = {"stroll": "[stroll]", "jog": "[jog]"}

_HOW = re.compile(r"^\[\w+\] (?:on |with |unsteadily$)")


def clause_of(
    detail: StepDetail, rng: Random, form: Form, level: Detail = "full", distance_known: bool = False
) -> str:
    """One step as a verb phrase.

    Args:
        detail: the step.
        rng: chooses among equal wordings.
        form: third person ("waves") or gerund ("waving").
        level: brief = the activity alone; full = direction, pace, side and count; rich = distance and
            hold as well.
        distance_known: whether the measured path agrees with the planned one, so that it may be said.
    """
    if level == "brief":
        phrase = _brief(detail, rng)
    elif isinstance(detail.step, Turn):
        phrase = _turn(detail, rng)
    elif isinstance(detail.step, Fall):
        phrase = _fall(detail, rng)
    elif detail.is_idle:
        phrase = "[stand] still" if detail.posture == "stand" else "[stay] still"
    else:
        phrase = _with_attributes(detail, rng, level, distance_known)
    clause = inflect(phrase, form)
    for layer in detail.layers:
        clause += " while " + inflect(_layer(layer, rng, level, detail.layer_side_known), "gerund")
    return clause


def is_held(detail: StepDetail) -> bool:
    """Whether a step ends in a posture that is kept for a while; to stand is no posture to be told of."""
    step = detail.step
    if isinstance(step, Fall):
        return detail.is_last and not step.recover
    return isinstance(step, Posture) and step.to != "stand" and step.hold_s >= MIN_HOLD_S


def _brief(detail: StepDetail, rng: Random) -> str:
    if isinstance(detail.step, Fall):
        return "[fall] down"
    if detail.is_idle:
        return "[stand] still"
    wording = wording_of(detail.activity)
    one = [said for said in wording.counted if "{n}" in said] if detail.count == 1 else []
    if one and wording.cores[0].startswith("[do]"):  # "does squats" are several
        return _numbered(rng.choice(one), detail)
    way = " back" if detail.direction == "back" else ""
    core = _filled(rng.choice(wording.cores), way)
    return core.replace("{limb}", "both arms" if detail.side == "both" else "one arm")


def _filled(core: str, way: str) -> str:
    """A core with the words of direction: one word stands behind its verb, "hops forward on one leg"."""
    short = way.replace("straight ahead", "forward")
    if _HOW.search(core) and short.count(" ") == 1:
        return core.replace("]", f"]{short}", 1)
    return core + way


def _turn(detail: StepDetail, rng: Random) -> str:
    assert isinstance(detail.step, Turn)
    angle, towards = abs(detail.step.angle_deg), _TOWARDS[detail.direction]
    if angle <= 60.0:
        phrases = [f"[turn] slightly {towards}", f"[make] a small turn {towards}"]
    elif angle <= 135.0:
        phrases = [f"[turn] {towards}", f"[make] a quarter turn {towards}"]
    elif angle <= 225.0:
        phrases = [f"[turn] around {towards}", f"[pivot] around {towards}", f"[make] a half turn {towards}"]
    elif angle <= 315.0:
        phrases = [
            f"[make] three quarters of a turn {towards}",
            f"[turn] {towards} by three quarters of a circle",
        ]
    else:
        phrases = [f"[turn] {towards} in a full circle", f"[make] a full turn {towards}"]
    return _paced(rng.choice(phrases), detail, rng)


def _fall(detail: StepDetail, rng: Random) -> str:
    assert isinstance(detail.step, Fall)
    phrase = rng.choice(_CAUSES[detail.step.cause])
    phrase += " to the floor" if detail.direction == "down" else f" {_TOWARDS[detail.direction]}"
    if detail.step.recover:
        return phrase + " and [get] up again"
    stay = rng.choice(("", " and [stay] there"))
    return phrase + stay if detail.is_last else phrase


def _with_attributes(detail: StepDetail, rng: Random, level: Detail, distance_known: bool) -> str:
    wording = wording_of(detail.activity)
    times = _times(detail, rng)
    limb = limb_words(wording.limb, detail.side) if wording.limb and detail.side else ""
    phrase = _counted(detail, rng) if detail.count else ""
    if phrase:
        times = "" if "{n}" in phrase else times
        phrase = _numbered(phrase, detail)
    else:
        phrase = rng.choice(_cores(detail))
        if limb and wording.limb_cores and rng.random() < 0.35:
            phrase = rng.choice(wording.limb_cores)
        if "{limb}" in phrase:
            phrase, limb = phrase.replace("{limb}", limb or f"one {wording.limb}"), ""
    phrase = _placed(phrase, detail, rng)
    is_counted = bool(times)
    if limb:
        phrase += _strike_height(detail) if phrase in ("[kick]", "[punch]") else ""
        if times and rng.random() < 0.5:  # "waves twice with the left hand"
            phrase, times = f"{phrase} {times}", ""
        phrase += f" with {limb}"
    if level == "rich" and isinstance(detail.step, Locomote) and distance_known:
        phrase += _distance(detail)
    phrase = _paced(phrase, detail, rng, is_counted)
    if level == "rich" and is_held(detail):
        return phrase + " and [stay] there for a moment"
    return f"{phrase} {times}" if times else phrase


def _counted(detail: StepDetail, rng: Random) -> str:
    """A phrase with the number in it: always where the activity is a plural, "does squats"; else sometimes."""
    counted = wording_of(detail.activity).counted
    verbs = [core for core in _cores(detail) if not core.startswith(("[do]", "[perform]"))]
    return "" if not counted or (verbs and rng.random() < 0.4) else rng.choice(counted)


def _numbered(phrase: str, detail: StepDetail) -> str:
    """A phrase with its number: "does [three high] kick[s]"."""
    number = NUMBER_WORDS[detail.count or 0] + _strike_height(detail)
    return phrase.format(n=number, s="" if detail.count == 1 else "s")


def _cores(detail: StepDetail) -> list[str]:
    """The phrases that may stand beside a number: nobody takes "a bow" twice, or does "squats" once."""
    cores = list(wording_of(detail.activity).cores)
    if isinstance(detail.step, Locomote) and detail.step.gait in _GAIT_VERBS:
        cores.append(_GAIT_VERBS[detail.step.gait])
    if detail.pace != "ordinary":  # nobody holds something quickly
        cores = [core for core in cores if not core.startswith("[hold]")]
    if detail.count is None:
        return cores
    verbs = [core for core in cores if not core.startswith(("[do]", "[perform]"))]
    once = [core for core in verbs if detail.count == 1 or " a " not in core]
    return once or cores


def _times(detail: StepDetail, rng: Random) -> str:
    if detail.count is None:
        return ""
    if detail.count == 1:
        held = isinstance(detail.step, Gesture) and detail.step.action in HELD_GESTURES
        return "" if held or (rng.random() < 0.5 and not isinstance(detail.step, Exercise)) else "once"
    return times_words(detail.count)


def _strike_height(detail: StepDetail) -> str:
    if isinstance(detail.step, Strike):
        return {"low": " low", "mid": "", "high": " high"}[detail.step.height]
    return ""


def _placed(phrase: str, detail: StepDetail, rng: Random) -> str:
    """A phrase with the words of direction, where it does not hold them already."""
    step = detail.step
    if isinstance(step, Reach) and step.action == "reach":
        way = rng.choice(("out", "forward")) if detail.direction == "forward" else _TOWARDS[detail.direction]
        return f"[reach] {way}"
    if (
        isinstance(step, Jump)
        and step.height_m >= 0.3
        and detail.direction != "forward"
        and " jump" in phrase
    ):
        return f"{phrase.replace(' jump', ' high jump')} in place"
    if isinstance(step, Posture) and step.to in _LYING:
        phrase = "[lie] down"
    return _filled(phrase, _place(detail, rng))


def _place(detail: StepDetail, rng: Random) -> str:
    step = detail.step
    if isinstance(step, Locomote):
        if detail.direction == "forward":
            if detail.activity == "stairs_step":
                return ""
            return rng.choice((" forward", " forward", " straight ahead"))
        return "" if detail.direction == "backward" else f" {_TOWARDS[detail.direction]}"
    if isinstance(step, Jump):
        if detail.direction == "forward":
            return " forward"
        return " high in place" if step.height_m >= 0.3 else rng.choice((" in place", " on the spot"))
    if isinstance(step, Posture):
        return rng.choice(_LYING[step.to]) if step.to in _LYING else ""
    if isinstance(step, Reach) and detail.low:
        return {"pick_up": " from the floor", "put_down": " on the floor"}.get(step.action, "")
    return ""


def _distance(detail: StepDetail) -> str:
    assert isinstance(detail.step, Locomote)
    length = locomote_distance_m(detail.step)
    whole = round(length)
    if not 1 <= whole <= 12 or abs(length - whole) > ROUNDING_M:
        return ""
    return f" for about {NUMBER_WORDS[whole]} meter{'s' if whole > 1 else ''}"


def _paced(phrase: str, detail: StepDetail, rng: Random, is_counted: bool = False) -> str:
    """A phrase with its pace, which stands before what is long or goes on: "quickly waves twice"."""
    if detail.pace == "ordinary":
        return phrase
    before, *behind = _PACE_WORDS[detail.pace]
    how = rng.choice((before, *behind) if isinstance(detail.step, Locomote) else (before, *behind[:-1]))
    is_long = is_counted or phrase.count(" ") >= LONG_PHRASE_GAPS or " and " in phrase
    is_long = is_long or phrase.endswith((" low", " face down", " unsteadily"))
    if is_long or (how == before and rng.random() < 0.35):
        return f"{before} {phrase}"
    return f"{phrase} {how}"


def _layer(primitive: Gesture | Reach, rng: Random, level: Detail, side_known: bool) -> str:
    wording = wording_of(step_activity(primitive))
    limb = limb_words(wording.limb, primitive.side if side_known else "") if wording.limb else ""
    core = rng.choice(wording.cores)
    if "{limb}" in core:
        return core.replace("{limb}", limb)
    return f"{core} with {limb}" if limb and side_known and level != "brief" else core
