"""What can be said of each step of a script: activity, pace, count, side, direction, in order.

Captions and questions both read these, so they never disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.motion.script import (
    SPEED_RANGE_MPS,
    Exercise,
    Fall,
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
    duration_range_s,
    on_floor,
    plan_path,
    posture_after,
    signed_deg,
    step_activity,
    step_duration_s,
)

Pace = Literal["slow", "ordinary", "fast"]

# Everyday words: below the first an adult walks or runs slowly, above the second fast.
SLOW_AND_FAST_MPS: dict[str, tuple[float, float]] = {
    "walk": (0.9, 1.4),
    "stroll": (0.9, 1.4),
    "run": (1.8, 2.2),
    "jog": (1.8, 2.2),
}
SLOW_AND_FAST_TURN_DEG_PER_S = (50.0, 100.0)
# Of the range between the shortest and the longest that the engine makes.
FAST_BELOW_FRACTION, SLOW_ABOVE_FRACTION = 0.2, 0.5
MIN_CURVE_DEG = 20.0
MIN_RETURN_DEG = 150.0
MIN_FORWARD_JUMP_M = 0.15


@dataclass(frozen=True)
class StepDetail:
    """One step in words: empty strings and None where a step has no such attribute.

    `direction` is relative to the body at the step's start: forward, backward, left, right, back (the
    way it came), up, down; for a turn left or right; for a curve "curve left" or "curve right". `is_last`:
    nothing follows but idle steps.
    """

    step: Step
    activity: str
    duration_s: float
    pace: Pace
    posture: str
    count: int | None = None
    side: str = ""
    direction: str = ""
    low: bool = False
    layers: tuple[Gesture | Reach, ...] = ()
    layer_side_known: bool = True
    is_last: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether the person only keeps the present posture."""
        return isinstance(self.step, Idle)

    @property
    def is_named(self) -> bool:
        """Whether a caption must name it: anything happens, be it a gesture of somebody who stands still."""
        return not self.is_idle or bool(self.layers)


def read_steps(script: MotionScript) -> list[StepDetail]:
    """Describe all steps of a script, idle ones included, in order."""
    details: list[StepDetail] = []
    posture, travelled_deg = "stand", None
    last = max((index for index, step in enumerate(script.steps) if not isinstance(step, Idle)), default=0)
    for index, (step, before) in enumerate(zip(script.steps, plan_path(script), strict=False)):
        direction = _direction(step, before.facing_deg, script.subject.height_m)
        if isinstance(step, Locomote):
            if (
                direction == "forward"
                and travelled_deg is not None
                and abs(signed_deg(step.heading_deg - travelled_deg)) > MIN_RETURN_DEG
            ):
                direction = "back"
            travelled_deg = step.heading_deg
        details.append(
            StepDetail(
                step=step,
                activity=step_activity(step),
                duration_s=step_duration_s(step, script.style),
                pace=pace_of(step, script.style, lying=on_floor(posture)),
                posture=posture,
                count=step.count if isinstance(step, Jump | Strike | Gesture | Exercise) else None,
                side=step.side if isinstance(step, Strike | Reach | Gesture) else "",
                direction=direction,
                low=isinstance(step, Reach) and step.height_m < 0.2 * script.subject.height_m,
                layers=tuple(layer.primitive for layer in script.layers if layer.start_step == index),
                is_last=index >= last,
            )
        )
        posture = posture_after(step, posture)
    return details


def moving_steps(script: MotionScript) -> list[StepDetail]:
    """The steps that a caption names: all with an activity or a gesture, or the first if every step is idle."""
    details = read_steps(script)
    return [detail for detail in details if detail.is_named] or details[:1]


def main_step(script: MotionScript) -> StepDetail:
    """The longest of the steps that are not idle, the first of equals."""
    return longest_step(moving_steps(script))


def longest_step(steps: Sequence[StepDetail]) -> StepDetail:
    """The longest step, an idle one only if all are; the first of equals."""
    return max(steps, key=lambda detail: (not detail.is_idle, detail.duration_s))


def pace_of(step: Step, style: Style, lying: bool = False) -> Pace:
    """Slow, ordinary or fast, from the script's own numbers."""
    if isinstance(step, Locomote):
        return _between(step.speed_mps, *slow_and_fast_mps(step.gait))
    if isinstance(step, Turn):
        return _between(abs(step.angle_deg) / step.duration_s, *SLOW_AND_FAST_TURN_DEG_PER_S)
    if isinstance(step, Jump | Fall | Idle):
        return "ordinary"
    low, high = duration_range_s(step, style, lying)
    planned = step.duration_s if isinstance(step, Posture) else step_duration_s(step, style)
    fraction = (planned - low) / (high - low)
    if fraction < FAST_BELOW_FRACTION:
        return "fast"
    return "slow" if fraction > SLOW_ABOVE_FRACTION else "ordinary"


def slow_and_fast_mps(gait: str) -> tuple[float, float]:
    """Speeds of a gait below which it is slow, and above which it is fast, m/s."""
    lowest, highest = SPEED_RANGE_MPS[gait]
    third = (highest - lowest) / 3.0
    return SLOW_AND_FAST_MPS.get(gait, (lowest + third, highest - third))


def _between(value: float, slow: float, fast: float) -> Pace:
    if value < slow:
        return "slow"
    return "fast" if value > fast else "ordinary"


def _direction(step: Step, facing_deg: float, height_m: float) -> str:
    if isinstance(step, Locomote):
        if abs(step.turn_deg) >= MIN_CURVE_DEG:
            return "curve left" if step.turn_deg > 0 else "curve right"
        if step.gait == "backward":
            return "backward"
        if step.gait == "sidestep":
            return "left" if signed_deg(step.heading_deg - facing_deg) > 0 else "right"
        return "forward"
    if isinstance(step, Turn):
        return "left" if step.angle_deg > 0 else "right"
    if isinstance(step, Fall):
        return step.direction
    if isinstance(step, Jump):
        return "forward" if step.forward_m >= MIN_FORWARD_JUMP_M else "up"
    if isinstance(step, Reach) and step.action == "reach":
        fraction = step.height_m / height_m
        return "up" if fraction > 0.95 else "down" if fraction < 0.6 else "forward"
    return ""
