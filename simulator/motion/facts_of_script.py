"""What a script says should be measurable, and whether a motion's measured facts agree with it.

Facts come from the motion alone; only here are they laid beside the script: a step's repetitions are those
that fall into its planned time. Facts may be given as `MotionFacts` or as the plain values of its `to_dict`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .count_rules import measured_count, measured_reach_height_m, measured_side
from .durations import locomote_distance_m, script_duration_s, step_duration_s
from .path_rules import plan_path
from .vocabulary import (
    Exercise,
    Fall,
    Gesture,
    Jump,
    Locomote,
    MotionScript,
    Posture,
    Reach,
    Step,
    Strike,
    Turn,
)

FACTS = ("duration", "speed", "distance", "turn", "height", "count", "side", "posture", "order")
"""Names of the facts that scripts and motions can be compared by."""

DURATION_TOLERANCE_S = 0.1
TRAVEL_TOLERANCE_S, TRAVEL_TOLERANCE = 0.7, 0.15
SPEED_TOLERANCE_MPS, SPEED_TOLERANCE = 0.08, 0.12
DISTANCE_TOLERANCE_M, DISTANCE_TOLERANCE = 0.15, 0.10
TURN_TOLERANCE_DEG = 12.0
JUMP_TOLERANCE_M = 0.05
HAND_TOLERANCE_M = 0.12
CHEST_M = 1.35
"""What is caught below is drawn up to the chest: then the catching hand has no turning point of its own."""
GRASP_M, FINGERS_M = 0.09, 0.19
"""Wrist to the grasping hand; height of a wrist whose fingertips touch the floor."""

_POSTURES: dict[str, tuple[str, ...]] = {
    "stand": ("stand",),
    "sit_chair": ("sit", "squat"),
    "squat": ("squat", "sit"),
    "kneel": ("kneel", "squat"),
    "crouch": ("squat", "sit"),
    "bend": ("bend",),
    "lie_back": ("lie_back",),
    "lie_front": ("lie_front",),
    "lie_side": ("lie_side",),
    "sit_floor": ("sit_floor",),
    "hands_and_knees": ("hands_and_knees", "kneel"),
}
"""Script's posture -> measured ones that count as it: a chair cannot be seen, heels may rise in a squat."""
_HEIGHT_REACHES = ("pick_up", "put_down", "reach", "lift", "catch")
_UPRIGHT = ("stand", "bend")
_FALLEN = {"forward": "lie_front", "backward": "lie_back"}


class HasPlainValues(Protocol):
    """Measured facts that give their plain values, as `MotionFacts` does."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values by field name."""


@dataclass(frozen=True)
class Comparison:
    """One scripted fact beside the measured one; step is None for the script as a whole."""

    fact: str
    step: int | None
    what: str
    scripted: str
    measured: str
    agrees: bool

    @property
    def text(self) -> str:
        """The comparison in words."""
        place = "script" if self.step is None else f"step {self.step}"
        return f"{place}: {self.what} should be {self.scripted}, measured is {self.measured}"


def disagreements(script: MotionScript, facts: HasPlainValues | Mapping[str, Any]) -> list[str]:
    """In words, every scripted fact that the measured ones contradict."""
    return [row.text for row in compare_with_script(script, facts) if not row.agrees]


def compare_with_script(script: MotionScript, facts: HasPlainValues | Mapping[str, Any]) -> list[Comparison]:
    """Every fact of a script that can be measured, with what was measured.

    Args:
        script: a valid script.
        facts: measured on its motion.
    """
    values = facts if isinstance(facts, Mapping) else facts.to_dict()
    slots = step_slots(script)
    rows = [_duration(script, values), *_order(script, values)]
    for first, last in travels(script):
        rows += _travel(script, values, first, last, (slots[first][0], slots[last][1]))
    for index, step in enumerate(script.steps):
        rows += _step(script, step, index, slots[index], values)
    for layer in script.layers:
        begin, end = slots[layer.start_step][0], slots[layer.end_step][1]
        start = begin + 0.5 * (end - begin - layer.primitive.duration_s)
        slot = (start, start + layer.primitive.duration_s)
        rows += _limbs(layer.primitive, layer.start_step, slot, values)
    return rows


def step_slots(script: MotionScript) -> list[tuple[float, float]]:
    """Planned begin and end of every step, s."""
    slots: list[tuple[float, float]] = []
    for step in script.steps:
        begin = slots[-1][1] if slots else 0.0
        slots.append((begin, begin + step_duration_s(step, script.style)))
    return slots


def travels(script: MotionScript) -> list[tuple[int, int]]:
    """First and last index of steps that are travelled without a stop between them."""
    found: list[tuple[int, int]] = []
    for index, step in enumerate(script.steps):
        if not isinstance(step, Locomote):
            continue
        if found and found[-1][1] == index - 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return found


def _row(
    fact: str, step: int | None, what: str, scripted: float, measured: float, tolerance: float, unit: str
) -> Comparison:
    agrees = abs(measured - scripted) <= tolerance
    return Comparison(
        fact, step, what, f"{scripted:.2f} {unit} +- {tolerance:.2f}", f"{measured:.2f} {unit}", agrees
    )


def _duration(script: MotionScript, facts: Mapping[str, Any]) -> Comparison:
    planned = script_duration_s(script)
    return _row("duration", None, "the duration", planned, facts["duration_s"], DURATION_TOLERANCE_S, "s")


def _segments(facts: Mapping[str, Any], kind: str, slot: tuple[float, float]) -> list[Mapping[str, Any]]:
    """Segments of a kind of which more than half lies in a slot, or which fill more than half of it."""
    found = []
    for segment in facts["segments"]:
        overlap = min(segment["end_s"], slot[1]) - max(segment["start_s"], slot[0])
        shorter = min(segment["end_s"] - segment["start_s"], slot[1] - slot[0])
        if segment["kind"] == kind and overlap > 0.5 * shorter:
            found.append(segment)
    return found


def _travel(
    script: MotionScript, facts: Mapping[str, Any], first: int, last: int, slot: tuple[float, float]
) -> Iterator[Comparison]:
    steps = [step for step in script.steps[first : last + 1] if isinstance(step, Locomote)]
    found = _segments(facts, "travelling", slot)
    points = plan_path(script)
    planned_m = sum(locomote_distance_m(step) for step in steps)
    turn = points[last + 1].facing_deg - points[first].facing_deg
    speed = max(step.speed_mps for step in steps)
    seconds = slot[1] - slot[0]
    top = max((segment["top_speed_mps"] for segment in found), default=0.0)
    way = sum(segment["path_m"] for segment in found)
    taken = sum(segment["end_s"] - segment["start_s"] for segment in found)
    turned = sum(segment["turn_deg"] for segment in found)
    yield _row("speed", first, "the speed", speed, top, SPEED_TOLERANCE_MPS + SPEED_TOLERANCE * speed, "m/s")
    far = DISTANCE_TOLERANCE_M + DISTANCE_TOLERANCE * planned_m
    yield _row("distance", first, "the distance", planned_m, way, far, "m")
    long = TRAVEL_TOLERANCE_S + TRAVEL_TOLERANCE * seconds
    yield _row("duration", first, "the time of travelling", seconds, taken, long, "s")
    yield _row("turn", first, "the turn along the path", turn, turned, TURN_TOLERANCE_DEG, "deg")


def _step(
    script: MotionScript, step: Step, index: int, slot: tuple[float, float], facts: Mapping[str, Any]
) -> list[Comparison]:
    if isinstance(step, Turn):
        turned = sum(segment["turn_deg"] for segment in _segments(facts, "turning", slot))
        return [_row("turn", index, "the turn", step.angle_deg, turned, TURN_TOLERANCE_DEG, "deg")]
    if isinstance(step, Jump):
        flights = [jump for jump in facts["jumps"] if slot[0] <= jump["takeoff_s"] < slot[1]]
        rows = [_row("count", index, "the number of jumps", step.count, len(flights), 0.0, "")]
        if flights:
            height = sum(jump["height_m"] for jump in flights) / len(flights)
            rows.append(
                _row("height", index, "the height of the jump", step.height_m, height, JUMP_TOLERANCE_M, "m")
            )
        return rows
    if isinstance(step, Posture):
        return [_held(index, step.to, _POSTURES.get(step.to, (step.to,)), slot[1] - 0.05, facts)]
    if isinstance(step, Fall):
        lying = ("stand",) if step.recover else (_FALLEN.get(step.direction, "lie_side"),)
        return [_held(index, f"fall {step.direction}", lying, slot[1] - 0.05, facts)]
    if isinstance(step, Strike | Gesture | Exercise | Reach):
        return _limbs(step, index, slot, facts)
    return []


def _held(
    index: int, name: str, allowed: tuple[str, ...], time_s: float, facts: Mapping[str, Any]
) -> Comparison:
    spans = [span for span in facts["postures"] if span["start_s"] <= time_s + 0.1]
    measured = spans[-1]["posture"] if spans else "none"
    return Comparison(
        "posture", index, f"the posture ({name})", " or ".join(allowed), measured, measured in allowed
    )


def _limbs(
    step: Strike | Gesture | Exercise | Reach, index: int, slot: tuple[float, float], facts: Mapping[str, Any]
) -> list[Comparison]:
    rows = []
    repetitions = facts["repetitions"]
    if not isinstance(step, Reach):
        counted = measured_count(step, slot, repetitions)
        if counted is not None:
            rows.append(_row("count", index, f"the count of {step.action}", step.count, counted, 0.0, ""))
    shown = isinstance(step, Reach) and (step.action != "catch" or step.height_m > CHEST_M)
    if isinstance(step, Reach) and shown and step.action in _HEIGHT_REACHES:
        grasping = step.action in ("pick_up", "put_down")
        wanted = max(step.height_m + GRASP_M, FINGERS_M) if grasping else step.height_m
        height = measured_reach_height_m(step, slot, repetitions, wanted)
        if height is not None:
            what = f"the wrist's height of {step.action}"
            rows.append(_row("height", index, what, wanted, height, HAND_TOLERANCE_M, "m"))
    if not isinstance(step, Exercise):
        side = measured_side(step, slot, repetitions)
        if side is not None:
            what = f"the side of {step.action}"
            rows.append(Comparison("side", index, what, step.side, side, side == step.side))
    return rows


def _order(script: MotionScript, facts: Mapping[str, Any]) -> Iterator[Comparison]:
    """The stretches of travelling, turning, lying and rising that steps ask for, one after another."""
    wanted, posture = [], "stand"
    for index, step in enumerate(script.steps):
        wanted += [(index, kind) for kind in _stretches(step, posture)]
        posture = step.to if isinstance(step, Posture) else posture
    merged = [
        item
        for number, item in enumerate(wanted)
        if not (
            number
            and item[1] == "travelling" == wanted[number - 1][1]
            and item[0] == wanted[number - 1][0] + 1
        )
    ]
    if len(merged) < 2:
        return
    kinds = [segment["kind"] for segment in facts["segments"]]
    place = 0
    for _, kind in merged:
        while place < len(kinds) and kinds[place] != kind:
            place += 1
        place += 1
    scripted = ", ".join(kind for _, kind in merged)
    seen = ", ".join(kind for kind in kinds if kind not in ("still", "acting"))
    yield Comparison("order", None, "the order", scripted, seen, place <= len(kinds))


def _stretches(step: Step, posture: str) -> tuple[str, ...]:
    """Kinds of segments that a step must show, given the posture before it."""
    if isinstance(step, Locomote):
        return ("travelling",)
    if isinstance(step, Turn):
        return ("turning",)
    if isinstance(step, Fall):
        return ("going_down", "on_floor", "getting_up") if step.recover else ("going_down", "on_floor")
    if not isinstance(step, Posture):
        return ()
    if step.to in _UPRIGHT:
        return () if posture in _UPRIGHT else ("getting_up",)
    return ("going_down",) if posture in _UPRIGHT else ()
