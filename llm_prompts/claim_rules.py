"""Whether what a sentence claims of a step is what script and measurement say of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
)

from .claims import Claims
from .confirmation import Grounding
from .step_details import MIN_CURVE_DEG, MIN_FORWARD_JUMP_M, StepDetail

FAR_OFF_M, FAR_OFF = 0.3, 0.15
LONG_OFF_S, LONG_OFF = 0.75, 0.25
HIGH_JUMP_M = 0.28
MIN_RADIAL_M = 0.4
_ANY_WAY = frozenset({"left", "right", "forward", "backward", "back", "sideways", "curve", "away"})
_FALLEN = {"forward": {"lie_front"}, "backward": {"lie_back"}}
# Directions that belong to the action itself and say nothing wrong of it.
_OWN_WAYS: dict[str, frozenset[str]] = {
    "push": frozenset({"forward", "away"}), "point": frozenset({"forward"}), "punch": frozenset({"forward"}),
    "bend": frozenset({"forward"}), "bow": frozenset({"forward"}), "toe_touch": frozenset({"forward"}),
    "pick_up": frozenset({"forward"}), "put_down": frozenset({"forward"}), "side_bend": frozenset({"sideways"}),
    "reach": frozenset({"forward"}), "pull": frozenset({"back"}), "stand_up": frozenset({"back"}),
}  # fmt: skip
_CIRCLES = frozenset({"circle", "arm_circle"})


@dataclass(frozen=True)
class Role:
    """A part that a sentence may speak of: a step, or a gesture done during it."""

    detail: StepDetail
    activity: str
    layer: Gesture | Reach | None
    index: int


def conflicts(claims: Claims, role: Role, grounding: Grounding, beside: bool = False) -> list[str]:
    """In words, every claim that the facts of a step contradict or do not hold.

    Args:
        claims: what is said.
        role: the step that it is said of.
        grounding: script and measurement.
        beside: only accompanies the step ("bends down" before picking up): its direction is its own.
    """
    name = role.activity.replace("_", " ")
    found = [f"{word!r} cannot be checked" for word in claims.odd]
    found += _side_conflicts(claims, role, name, grounding)
    found += _count_conflicts(claims, role, name, grounding)
    if not beside:
        found += _direction_conflicts(claims, role, name)
    found += _pace_conflicts(claims, role, name)
    found += _place_conflicts(claims, role, name)
    found += _extent_conflicts(claims, role, name, grounding)
    return found


def _side_conflicts(claims: Claims, role: Role, name: str, grounding: Grounding) -> Iterator[str]:
    step = role.layer or role.detail.step
    said = claims.sides - {"one"} if isinstance(step, Locomote) and step.gait == "hop" else claims.sides
    if said:
        truth = _true_side(role)
        if ("side", role.index) in grounding.doubts:
            yield f"{name}: its side {_listed(said)} was measured otherwise than scripted"
        elif truth is None:
            yield f"{name} has no side, said is {_listed(said)}"
        elif not all(side == truth or (side == "one" and truth != "both") for side in said):
            yield f"{name} is done with {truth}, said is {_listed(said)}"
    leg = isinstance(step, Strike) and step.action == "kick"
    armed = isinstance(step, Strike | Reach | Gesture) and not leg
    if (leg and "arm" in claims.limbs) or (armed and "leg" in claims.limbs):
        yield f"{name} is done with {'a leg' if leg else 'an arm'}, said is the other limb"


def _true_side(role: Role) -> str | None:
    step = role.layer or role.detail.step
    if isinstance(step, Exercise):
        return "both"
    return step.side if isinstance(step, Strike | Reach | Gesture) else None


def _count_conflicts(claims: Claims, role: Role, name: str, grounding: Grounding) -> Iterator[str]:
    step = role.layer or role.detail.step
    truth = step.count if isinstance(step, Jump | Strike | Gesture | Exercise) else None
    if not claims.counts and not claims.repeated:
        return
    if ("count", role.index) in grounding.doubts:
        yield f"{name}: its count was measured otherwise than scripted"
    elif truth is None and (claims.repeated or any(count != 1 for count in claims.counts)):
        yield f"{name} has no count, said is {_listed(claims.counts) or 'several'}"
    elif truth is not None and any(count != truth for count in claims.counts):
        yield f"{name} is done {truth} times, said is {_listed(claims.counts)}"
    elif truth is not None and claims.repeated and truth < 3:
        yield f"{name} is done {truth} times, said is several"


def _direction_conflicts(claims: Claims, role: Role, name: str) -> Iterator[str]:
    step, true = role.layer or role.detail.step, role.detail.direction
    said = set(claims.directions)
    if isinstance(step, Locomote):
        wrong = {way for way in said if way in _ANY_WAY | {"place"} and not _goes(way, true, step)}
    elif isinstance(step, Turn):
        wrong = said - {
            true,
            "up",
            "down",
            "back",
            "place",
            *({"curve"} if abs(step.angle_deg) > 220 else ()),
        }
    elif isinstance(step, Fall):
        aside = {"sideways"} if true in ("left", "right") else set[str]()
        wrong = said - {true, "down", *aside, *({"up", "back"} if step.recover else ())}
    elif isinstance(step, Jump):
        ahead = step.forward_m >= MIN_FORWARD_JUMP_M
        wrong = said - ({"forward", "up"} if ahead else {"up", "place", "down"})
    elif isinstance(step, Reach) and step.action == "reach":
        wrong = said - {true, *({"forward"} if true != "down" else ())}
    else:
        wrong = said - {"up", "down", "place", *_OWN_WAYS.get(role.activity, ())}
    if wrong:
        yield f"{name} goes {true or 'nowhere'}, said is {_listed(wrong)}"


def _goes(way: str, true: str, step: Locomote) -> bool:
    if true.startswith("curve "):
        return way in ("curve", "forward", "back", true.removeprefix("curve "))
    if true in ("left", "right"):
        return way in (true, "sideways")
    if true == "back":
        return way in ("back", "forward")
    if true == "backward":
        return way in ("backward", "back", "away")
    return way == true


def _pace_conflicts(claims: Claims, role: Role, name: str) -> Iterator[str]:
    if claims.paces and (role.layer is not None or claims.paces != {role.detail.pace}):
        yield f"the pace of {name} is {role.detail.pace}, said is {_listed(claims.paces)}"


def _place_conflicts(claims: Claims, role: Role, name: str) -> Iterator[str]:
    step, said = role.layer or role.detail.step, claims
    if said.heights:
        allowed = {step.height} if isinstance(step, Strike) else set[str]()
        if isinstance(step, Jump):
            allowed = {"high"} if step.height_m >= HIGH_JUMP_M else {"low"}
        elif role.activity in ("high_knees", "crouch"):
            allowed = {"high"} if role.activity == "high_knees" else {"low"}
        elif isinstance(step, Reach) and step.action == "reach":
            allowed = {{"up": "high", "down": "low"}.get(role.detail.direction, "")}
        if not said.heights <= allowed:
            yield f"{name}: {_listed(said.heights)} is not so"
    if said.lying:
        lies = {step.to} if isinstance(step, Posture) else set[str]()
        if isinstance(step, Fall):
            lies = _FALLEN.get(step.direction, {"lie_side"})
        if isinstance(step, Fall) and step.direction in ("left", "right"):
            lies = {"lie_side"}
        if not said.lying <= lies:
            yield f"{name}: {_listed(said.lying)} is not so"
    if said.causes and not (isinstance(step, Fall) and said.causes == {step.cause}):
        yield f"{name}: the cause {_listed(said.causes)} is not so"
    if said.floor and not _touches_floor(role):
        yield f"{name}: nothing of it is on the floor"
    if said.chair and not (isinstance(step, Posture) and step.to in ("sit_chair", "stand")):
        yield f"{name}: there is no chair"


def _touches_floor(role: Role) -> bool:
    step = role.layer or role.detail.step
    if isinstance(step, Reach):
        return step.action == "sweep" or (role.layer is None and role.detail.low)
    return isinstance(step, Fall | Posture | Jump) or role.activity in (
        "crawl",
        "sit_up",
        "push_up",
        "toe_touch",
    )


def _extent_conflicts(claims: Claims, role: Role, name: str, grounding: Grounding) -> Iterator[str]:
    step = role.layer or role.detail.step
    for low, high in claims.angles:
        if isinstance(step, Turn | Locomote):
            turned = abs(step.angle_deg if isinstance(step, Turn) else step.turn_deg)
            if not low <= turned <= high and not (
                isinstance(step, Locomote) and high <= 70 and turned < MIN_CURVE_DEG
            ):
                yield f"{name} turns by {turned:.0f} degrees, said is {low:.0f} to {high:.0f}"
        elif high > 70 and role.activity not in _CIRCLES and "face" not in name:
            yield f"{name} does not turn"
    for metres in claims.distances_m:
        length = locomote_distance_m(step) if isinstance(step, Locomote) else None
        doubted = ("distance", role.index) in grounding.doubts
        if length is None or doubted or abs(length - metres) > FAR_OFF_M + FAR_OFF * length:
            yield f"{name}: {metres:g} meters is not its way"
    for seconds in claims.durations_s:
        if abs(role.detail.duration_s - seconds) > LONG_OFF_S + LONG_OFF * role.detail.duration_s:
            yield f"{name} lasts {role.detail.duration_s:.1f} s, said is {seconds:g}"
    if claims.radial:
        moved = grounding.facts.radial_displacement_m if grounding.facts is not None else 0.0
        true = "away" if moved >= MIN_RADIAL_M else "towards" if moved <= -MIN_RADIAL_M else ""
        if claims.radial != {true}:
            yield f"{name}: the measured way is not {_listed(claims.radial)} the radar"


def _listed(values: object) -> str:
    items = (
        sorted(str(value) for value in values) if isinstance(values, set | list | tuple) else [str(values)]
    )
    return " and ".join(items)
