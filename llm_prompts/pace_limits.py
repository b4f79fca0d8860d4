"""What makes a step slow or fast, as a number that its script holds: for prompts, and for what a repair is told."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.motion.script import (
    FLOOR_POSTURE_DURATION_S,
    POSTURE_DURATION_S,
    REACH_DURATION_S,
    REPETITION_S,
    Exercise,
    Fall,
    Idle,
    Jump,
    Locomote,
    MotionScript,
    Turn,
    duration_range_s,
    on_floor,
    ramp_s,
)

from .briefs import Brief
from .plans import PLANS
from .step_details import (
    FAST_BELOW_FRACTION,
    SLOW_ABOVE_FRACTION,
    SLOW_AND_FAST_TURN_DEG_PER_S,
    StepDetail,
    slow_and_fast_mps,
)

CURVE_PER_REACH = 1.4
"""An arc of 160 degrees is 1.4 times as long as the distance that it leads away."""
_GAITS = {"walk_backward": "backward"}
_TO_FLOOR = frozenset({"sit_on_floor", "lie_down", "go_on_all_fours"})


@dataclass(frozen=True)
class PaceLimits:
    """Limits of one field of a step: beyond `slow` it is slow, beyond `fast` fast, between them ordinary."""

    field: str
    slow: float
    fast: float

    def in_words(self, pace: str) -> str:
        """What the field must be for a pace, such as "speed_mps above 1.40"."""
        low, high = sorted((self.slow, self.fast))
        if pace == "ordinary":
            return f"{self.field} between {low:.2f} and {high:.2f}"
        limit = self.slow if pace == "slow" else self.fast
        return f"{self.field} {'above' if limit == high else 'below'} {limit:.2f}"


def asked_limits(brief: Brief) -> PaceLimits | None:
    """Limits for the main step of a brief; None for jumps and falls, whose pace gravity sets."""
    shape, activity = PLANS[brief.activity].shape, brief.activity
    if shape == "locomote":
        return PaceLimits("speed_mps", *slow_and_fast_mps(_GAITS.get(activity, activity)))
    if shape == "turn":
        return PaceLimits("degrees per second", *SLOW_AND_FAST_TURN_DEG_PER_S)
    if shape in ("jump", "fall"):
        return None
    if shape == "posture":
        return _by_seconds(FLOOR_POSTURE_DURATION_S if activity in _TO_FLOOR else POSTURE_DURATION_S)
    if shape == "reach":
        return _by_seconds(REACH_DURATION_S[activity])
    beside, shortest, longest = REPETITION_S[(shape, activity)]
    if shape == "exercise":
        return _by_seconds((shortest, longest), "period_s")
    count = brief.count or 1
    return _by_seconds((beside + count * shortest, beside + count * longest))


def pace_problem(main: StepDetail, script: MotionScript, brief: Brief) -> str:
    """Why the pace of the main step is not the asked one, with the number that it needs; empty where it is.

    Jumps and falls have none, and nobody can be asked to go faster than the room lets them stop again.
    """
    step = main.step
    if main.pace == brief.pace or isinstance(step, Jump | Fall | Idle):
        return ""
    if isinstance(step, Locomote):
        limits = PaceLimits("speed_mps", *slow_and_fast_mps(step.gait))
        if step.speed_mps < limits.fast and _is_too_fast_for(brief, limits):
            return ""
    elif isinstance(step, Turn):
        limits = PaceLimits("degrees per second", *SLOW_AND_FAST_TURN_DEG_PER_S)
    else:
        seconds = duration_range_s(step, script.style, on_floor(main.posture))
        if isinstance(step, Exercise):
            limits = _by_seconds((seconds[0] / step.count, seconds[1] / step.count), "period_s")
        else:
            limits = _by_seconds(seconds)
    return f"the pace of the main step is {main.pace}, asked was {brief.pace}: {limits.in_words(brief.pace)}"


def _is_too_fast_for(brief: Brief, limits: PaceLimits) -> bool:
    """Whether the slowest speed of the asked pace needs a longer way than the room has."""
    slowest = {"slow": 0.0, "ordinary": limits.slow, "fast": limits.fast}[brief.pace]
    is_curve = brief.direction in ("curve_left", "curve_right")
    longest_m = brief.reach_limit_m * (CURVE_PER_REACH if is_curve else 1.0)
    return slowest * ramp_s(slowest) > longest_m


def _by_seconds(seconds: tuple[float, float], field: str = "duration_s") -> PaceLimits:
    shortest, longest = seconds
    room = longest - shortest
    return PaceLimits(field, shortest + SLOW_ABOVE_FRACTION * room, shortest + FAST_BELOW_FRACTION * room)
