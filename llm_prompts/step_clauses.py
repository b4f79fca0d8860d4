"""One step as a clause: "waves with the left hand three times", "sitting down slowly"."""

from __future__ import annotations

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
    "lie_back": (" on the back",),
    "lie_front": (" on the stomach", " face down"),
    "lie_side": (" on one side",),
}
_CAUSES = {
    "trip": ("[trip] and [fall]",),
    "slip": ("[slip] and [fall]",),
    "faint": ("[faint] and [fall]",),
    "push": ("[lose] balance after a push and [fall]",),
}


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


def _brief(detail: StepDetail, rng: Random) -> str:
    if isinstance(detail.step, Fall):
        return "[fall] down"
    if detail.is_idle:
        return "[stand] still"
    core = rng.choice(wording_of(detail.activity).cores)
    return core.replace("{limb}", "both arms" if detail.side == "both" else "one arm")


def _turn(detail: StepDetail, rng: Random) -> str:
    assert isinstance(detail.step, Turn)
    angle, towards = abs(detail.step.angle_deg), _TOWARDS[detail.direction]
    if angle <= 60.0:
        phrases = [f"[turn] slightly {towards}", f"[make] a small turn {towards}"]
    elif angle <= 135.0:
        phrases = [f"[turn] {towards}", f"[make] a quarter turn {towards}"]
    elif angle <= 225.0:
        phrases = [f"[turn] around {towards}", f"[make] a half turn {towards}"]
    else:
        phrases = [f"[turn] {towards} in a full circle", f"[make] a full turn {towards}"]
    return _paced(rng.choice(phrases), detail.pace, rng)


def _fall(detail: StepDetail, rng: Random) -> str:
    assert isinstance(detail.step, Fall)
    phrase = rng.choice(_CAUSES[detail.step.cause])
    phrase += " to the floor" if detail.direction == "down" else f" {_TOWARDS[detail.direction]}"
    if detail.step.recover:
        return phrase + " and [get] up again"
    return phrase + rng.choice(("", " and [stay] there"))


def _with_attributes(detail: StepDetail, rng: Random, level: Detail, distance_known: bool) -> str:
    wording = wording_of(detail.activity)
    times = _times(detail, rng)
    if wording.counted and detail.count and times and rng.random() < 0.6:
        chosen = rng.choice(wording.counted)
        if "{n}" in chosen:
            plural = "s" if detail.count > 1 else ""
            chosen, times = chosen.format(n=NUMBER_WORDS[detail.count], s=plural), ""
        phrase = chosen
    else:
        phrase = rng.choice(wording.cores)
        limb = limb_words(wording.limb, detail.side) if wording.limb and detail.side else ""
        if limb and wording.limb_cores and rng.random() < 0.35:
            phrase = rng.choice(wording.limb_cores)
        if "{limb}" in phrase:
            phrase = phrase.replace("{limb}", limb)
        elif limb:
            phrase += f"{_strike_height(detail)} with {limb}"
    phrase += _place(detail, rng)
    if level == "rich" and isinstance(detail.step, Locomote) and distance_known:
        phrase += _distance(detail)
    phrase = _paced(phrase, detail.pace, rng)
    if level == "rich" and isinstance(detail.step, Posture) and detail.step.hold_s >= MIN_HOLD_S:
        return phrase + " and [stay] there for a moment"
    return f"{phrase} {times}" if times else phrase


def _times(detail: StepDetail, rng: Random) -> str:
    if detail.count is None:
        return ""
    if detail.count == 1:
        held = isinstance(detail.step, Gesture) and detail.step.action in HELD_GESTURES
        return "" if held or (rng.random() < 0.5 and not isinstance(detail.step, Exercise)) else "once"
    return times_words(detail.count)


def _strike_height(detail: StepDetail) -> str:
    if isinstance(detail.step, Strike) and detail.step.action in ("kick", "punch"):
        return {"low": " low", "mid": "", "high": " high"}[detail.step.height]
    return ""


def _place(detail: StepDetail, rng: Random) -> str:
    """The words of direction, where the core does not hold them already."""
    step = detail.step
    if isinstance(step, Locomote):
        if detail.direction == "forward":
            return rng.choice((" forward", " forward", " straight ahead"))
        return "" if detail.direction == "backward" else f" {_TOWARDS[detail.direction]}"
    if isinstance(step, Jump):
        if detail.direction == "forward":
            return " forward"
        return " high in place" if step.height_m >= 0.3 else rng.choice((" in place", " on the spot"))
    if isinstance(step, Posture):
        return rng.choice(_LYING[step.to]) if step.to in _LYING else ""
    if isinstance(step, Reach):
        if step.action == "reach":
            return f" {_TOWARDS[detail.direction]}"
        if detail.low:
            return {"pick_up": " from the floor", "put_down": " on the floor"}.get(step.action, "")
    return ""


def _distance(detail: StepDetail) -> str:
    assert isinstance(detail.step, Locomote)
    length = locomote_distance_m(detail.step)
    whole = round(length)
    if not 1 <= whole <= 12 or abs(length - whole) > ROUNDING_M:
        return ""
    return f" about {NUMBER_WORDS[whole]} meter{'s' if whole > 1 else ''}"


def _paced(phrase: str, pace: str, rng: Random) -> str:
    if pace == "ordinary":
        return phrase
    adverb = "slowly" if pace == "slow" else "quickly"
    return f"{adverb} {phrase}" if rng.random() < 0.35 else f"{phrase} {adverb}"


def _layer(primitive: Gesture | Reach, rng: Random, level: Detail, side_known: bool) -> str:
    wording = wording_of(step_activity(primitive))
    limb = limb_words(wording.limb, primitive.side if side_known else "") if wording.limb else ""
    core = rng.choice(wording.cores)
    if "{limb}" in core:
        return core.replace("{limb}", limb)
    return f"{core} with {limb}" if limb and side_known and level != "brief" else core
