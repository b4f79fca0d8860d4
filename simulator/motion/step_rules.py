"""Bounds of single steps: speeds, counts, sides, heights, durations."""

from __future__ import annotations

import math

from .durations import (
    HOLD_S,
    MAX_SCRIPT_S,
    SPEED_RANGE_MPS,
    TURN_RATE_DEG_PER_S,
    duration_range_s,
    locomote_distance_m,
    ramp_s,
    step_duration_s,
)
from .vocabulary import (
    Exercise,
    Gesture,
    Idle,
    Jump,
    Locomote,
    MotionScript,
    Posture,
    Reach,
    Step,
    Strike,
    Style,
    Turn,
)

JUMP_HEIGHT_M = (0.05, 0.5)
JUMP_FORWARD_M = (0.0, 1.2)
MAX_COUNT = 12
_TURN_HINT = "less is swaying, more are two turn steps"
_JUMP_HINT = "people without training jump no higher and no farther: set a value within it"
STRAIGHT_GAITS: tuple[str, ...] = ("sidestep", "backward", "hop", "crawl")
MIN_TURN_RADIUS_M = {"run": 1.5, "jog": 1.2}

REACH_HEIGHT_FRACTION: dict[str, tuple[float, float]] = {
    "pick_up": (0.0, 0.45),
    "put_down": (0.0, 0.6),
    "reach": (0.45, 1.2),
    "lift": (0.5, 1.15),
    "carry": (0.5, 0.78),
    "catch": (0.45, 1.15),
    "sweep": (0.42, 0.62),
    "drink": (0.75, 0.95),
    "phone": (0.8, 1.0),
    "touch_face": (0.8, 1.0),
}
"""Hand heights that each reach can end at, as fractions of the subject's height."""

ALLOWED_SIDES: dict[tuple[str, str], tuple[str, ...]] = {
    ("gesture", "clap"): ("both",),
    ("gesture", "stretch"): ("both",),
    ("gesture", "cross_arms"): ("both",),
    ("gesture", "shrug"): ("both",),
    ("gesture", "bow"): ("both",),
    ("gesture", "nod"): ("both",),
    ("gesture", "shake_head"): ("both",),
    ("gesture", "point"): ("left", "right"),
    ("gesture", "beckon"): ("left", "right"),
    ("gesture", "salute"): ("left", "right"),
    ("reach", "drink"): ("left", "right"),
    ("reach", "phone"): ("left", "right"),
    ("reach", "touch_face"): ("left", "right"),
    ("reach", "lift"): ("both",),
    ("reach", "sweep"): ("both",),
    ("strike", "slap"): ("left", "right"),
}
"""Sides that an action knows where not all three make sense; whole-body gestures say "both"."""


def outside(name: str, value: float, low: float, high: float, unit: str = "", hint: str = "") -> list[str]:
    """The problem in words, if a value lies outside its bounds; the hint says why and what to do."""
    if low - 1e-6 <= value <= high + 1e-6:
        return []
    return [f"{name} is {value:g}{unit}, allowed are {low:g} to {high:g}{unit}{hint and f' ({hint})'}"]


def step_problems(step: Step, script: MotionScript) -> list[str]:
    """Everything wrong with one step by itself."""
    if isinstance(step, Locomote):
        return _locomote_problems(step)
    problems = []
    if isinstance(step, Jump | Strike | Gesture | Exercise) and not 1 <= step.count <= MAX_COUNT:
        return [
            f"count is {step.count}, allowed are 1 to {MAX_COUNT} "
            f"(a script lasts at most {MAX_SCRIPT_S:g} s: repeat less often)"
        ]
    if isinstance(step, Strike | Gesture | Reach):
        sides = ALLOWED_SIDES.get((step.kind, step.action), ("left", "right", "both"))
        if step.side not in sides:
            problems.append(
                f"{step.action} takes side {' or '.join(sides)}, not {step.side}: "
                f"that is how people do it, set side to {sides[0]}"
            )
    if isinstance(step, Turn):
        problems += outside("abs(angle_deg)", abs(step.angle_deg), 15.0, 360.0, " deg", _TURN_HINT)
    elif isinstance(step, Jump):
        problems += outside("height_m", step.height_m, *JUMP_HEIGHT_M, " m", _JUMP_HINT)
        problems += outside("forward_m", step.forward_m, *JUMP_FORWARD_M, " m", _JUMP_HINT)
    elif isinstance(step, Reach):
        low, high = REACH_HEIGHT_FRACTION[step.action]
        tall = script.subject.height_m
        hint = (
            f"{step.action} brings the hands to {low:g} to {high:g} of the body height, here {tall:g} m: "
            "set height_m within it"
        )
        problems += outside("height_m", step.height_m, low * tall, high * tall, " m", hint)
    elif isinstance(step, Posture):
        problems += outside("hold_s", step.hold_s, *HOLD_S, " s", "hold shorter, or add an idle step")
    elif isinstance(step, Idle):
        problems += outside("sway", step.sway, 0.0, 1.0, "", "0 stands still, 1 sways as much as people do")
    # A posture's duration depends on the posture before it: see _posture_problems.
    if not isinstance(step, Posture | Jump):
        problems += duration_problems(step, script.style)
    return problems


def duration_problems(step: Step, style: Style, lying: bool = False) -> list[str]:
    """A step's planned seconds against what its action takes."""
    low, high = duration_range_s(step, style, lying)
    if isinstance(step, Exercise):
        hint = f"one {step.action} takes that long: change period_s"
        return outside("period_s", step.period_s, low / step.count, high / step.count, " s", hint)
    planned = step.duration_s if isinstance(step, Posture) else step_duration_s(step, style)
    counted = f" with count {step.count}" if isinstance(step, Strike | Gesture) else ""
    hint = f"people need that long for it{counted}: change duration_s{counted and ' or the count'}"
    if isinstance(step, Turn):
        slowest, fastest = TURN_RATE_DEG_PER_S
        hint = f"turning on the spot goes at {slowest:g} to {fastest:g} deg/s: change duration_s or angle_deg"
    return outside("duration_s", planned, low, high, " s", hint)


def _locomote_problems(step: Locomote) -> list[str]:
    fitting = [gait for gait, (low, high) in SPEED_RANGE_MPS.items() if low <= step.speed_mps <= high]
    hint = f"at that speed people {' or '.join(fitting)}" if fitting else "nobody moves on foot at that speed"
    problems = outside(f"speed_mps of {step.gait}", step.speed_mps, *SPEED_RANGE_MPS[step.gait], " m/s", hint)
    problems += outside(
        "heading_deg", step.heading_deg, -720.0, 720.0, " deg", "take the same angle within it"
    )
    hint = "that is more than a full circle: split it into two steps"
    problems += outside("turn_deg", step.turn_deg, -360.0, 360.0, " deg", hint)
    if (step.distance_m is None) == (step.duration_s is None):
        return [*problems, "give exactly one of distance_m and duration_s, the other is null"]
    if problems:
        return problems
    length, shortest = locomote_distance_m(step), step.speed_mps * ramp_s(step.speed_mps)
    if length < shortest - 1e-6:
        return [
            f"{length:.2f} m is too short to reach {step.speed_mps:g} m/s and stop again: "
            f"at least {shortest:.2f} m (or {2.0 * ramp_s(step.speed_mps):.2f} s) is needed"
        ]
    radius = length / max(abs(math.radians(step.turn_deg)), 1e-9)
    least = MIN_TURN_RADIUS_M.get(step.gait, 0.5)
    if radius < least:
        return [
            f"turn_deg {step.turn_deg:g} over {length:.2f} m is a radius of {radius:.2f} m; "
            f"{step.gait} needs at least {least} m: turn less, go farther, or put a turn step beside it"
        ]
    if step.turn_deg and step.gait in STRAIGHT_GAITS:
        return [f"{step.gait} goes straight: turn_deg must be 0, put a turn step beside it"]
    return []
