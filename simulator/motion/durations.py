"""Planned seconds of steps, and the bounds within which the engine makes them well."""

from __future__ import annotations

import math

from .vocabulary import (
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
)

MIN_SCRIPT_S = 2.0
MAX_SCRIPT_S = 9.92
GRAVITY_MPS2 = 9.81

SPEED_RANGE_MPS: dict[str, tuple[float, float]] = {
    "walk": (0.6, 2.0),
    "stroll": (0.4, 1.0),
    "march": (0.5, 1.5),
    "run": (2.0, 4.0),
    "jog": (1.5, 2.8),
    "sidestep": (0.2, 0.7),
    "backward": (0.3, 1.1),
    "shuffle": (0.2, 0.7),
    "tiptoe": (0.3, 1.0),
    "limp": (0.3, 1.0),
    "stagger": (0.4, 1.0),
    "hop": (0.4, 1.2),
    "skip": (1.0, 2.2),
    "stairs_step": (0.3, 0.8),
    "crawl": (0.15, 0.6),
}
"""Cruising speeds per gait for an adult of 1.7 m."""

REPETITION_S: dict[tuple[str, str], tuple[float, float, float]] = {
    ("strike", "punch"): (0.4, 0.5, 1.5),
    ("strike", "kick"): (0.4, 0.9, 2.2),
    ("strike", "throw"): (0.4, 1.2, 2.6),
    ("strike", "push"): (0.4, 0.9, 2.5),
    ("strike", "swing"): (0.4, 1.1, 2.6),
    ("strike", "pull"): (0.4, 1.0, 2.6),
    ("strike", "slap"): (0.4, 0.8, 1.8),
    ("gesture", "wave"): (1.2, 0.4, 1.1),
    ("gesture", "clap"): (1.2, 0.3, 1.0),
    ("gesture", "point"): (0.4, 1.2, 4.0),
    ("gesture", "beckon"): (1.2, 0.4, 1.2),
    ("gesture", "raise"): (0.4, 1.2, 4.0),
    ("gesture", "circle"): (1.2, 0.6, 2.0),
    ("gesture", "bow"): (0.2, 1.6, 5.0),
    ("gesture", "nod"): (0.2, 0.4, 1.2),
    ("gesture", "shake_head"): (0.2, 0.4, 1.4),
    ("gesture", "stretch"): (0.4, 2.0, 5.0),
    ("gesture", "shrug"): (0.2, 0.7, 2.0),
    ("gesture", "salute"): (0.4, 1.2, 4.0),
    ("gesture", "cross_arms"): (0.4, 1.6, 6.0),
    ("exercise", "jumping_jack"): (0.0, 0.8, 2.0),
    ("exercise", "squat"): (0.0, 1.5, 5.0),
    ("exercise", "lunge"): (0.0, 2.0, 5.0),
    ("exercise", "arm_circle"): (0.0, 0.7, 2.5),
    ("exercise", "side_bend"): (0.0, 1.4, 4.0),
    ("exercise", "toe_touch"): (0.0, 2.0, 5.0),
    ("exercise", "twist"): (0.0, 0.9, 3.0),
    ("exercise", "high_knees"): (0.0, 0.45, 1.2),
    ("exercise", "dance_sway"): (0.0, 1.0, 3.0),
    ("exercise", "dance_step"): (0.0, 0.8, 2.0),
    ("exercise", "sit_up"): (0.0, 1.6, 4.0),
    ("exercise", "push_up"): (0.0, 1.3, 4.0),
}
"""(kind, action): seconds beside the repetitions, shortest and longest seconds per repetition.

One repetition: wave, beckon, twist, dance_sway: to and fro once; side_bend, lunge, high_knees,
dance_step: one side; all others: once there and back.
"""

REACH_DURATION_S: dict[str, tuple[float, float]] = {
    "pick_up": (1.8, 6.0),
    "put_down": (1.8, 6.0),
    "reach": (1.2, 6.0),
    "lift": (2.4, 7.0),
    "carry": (2.0, 9.0),
    "catch": (1.4, 4.0),
    "sweep": (2.5, 9.0),
    "drink": (2.0, 8.0),
    "phone": (2.0, 9.0),
    "touch_face": (1.2, 6.0),
}
POSTURE_DURATION_S: tuple[float, float] = (0.9, 4.0)
FLOOR_POSTURES: tuple[str, ...] = ("sit_floor", "lie_back", "lie_front", "lie_side", "hands_and_knees")
"""Postures on the floor: going there and getting up takes longer than sitting down on a chair."""
FLOOR_POSTURE_DURATION_S: tuple[float, float] = (1.8, 5.0)
GET_UP_DURATION_S: tuple[float, float] = (2.5, 6.0)
"""Bounds of posture "stand" when the person lies on the floor."""
HOLD_S: tuple[float, float] = (0.0, 8.0)
FALL_DURATION_S: tuple[float, float] = (1.8, 9.0)
FALL_RECOVER_DURATION_S: tuple[float, float] = (4.5, 9.5)
IDLE_DURATION_S: tuple[float, float] = (0.3, 9.92)
TURN_RATE_DEG_PER_S: tuple[float, float] = (20.0, 200.0)
"""Mean rate of a turn on the spot."""
TURN_DURATION_S: tuple[float, float] = (0.8, 8.0)


def pace(style: Style) -> float:
    """How much faster than ordinary things without a duration go: 0.8 at tempo 0, 1.2 at tempo 1."""
    return 0.8 + 0.4 * style.tempo


def ramp_s(speed_mps: float) -> float:
    """Seconds of speeding up to (and as many of slowing down from) a cruising speed."""
    return 0.4 + 0.35 * speed_mps


def jump_duration_s(step: Jump, style: Style) -> float:
    """Planned seconds of one jump: crouch, push-off and landing at the style's pace, and free flight."""
    return 1.15 / pace(style) + 2.0 * math.sqrt(2.0 * step.height_m / GRAVITY_MPS2)


def locomote_distance_m(step: Locomote) -> float:
    """Length of the path of a locomote step, m."""
    if step.distance_m is not None:
        return step.distance_m
    assert step.duration_s is not None
    return step.speed_mps * (step.duration_s - ramp_s(step.speed_mps))


def step_duration_s(step: Step, style: Style) -> float:
    """Planned seconds of one step."""
    if isinstance(step, Locomote):
        if step.duration_s is not None:
            return step.duration_s
        assert step.distance_m is not None
        return step.distance_m / step.speed_mps + ramp_s(step.speed_mps)
    if isinstance(step, Jump):
        return step.count * jump_duration_s(step, style)
    if isinstance(step, Posture):
        return step.duration_s + step.hold_s
    if isinstance(step, Exercise):
        return step.count * step.period_s
    return step.duration_s


def script_duration_s(script: MotionScript) -> float:
    """Planned seconds of the whole script."""
    return sum(step_duration_s(step, script.style) for step in script.steps)


def duration_range_s(step: Step, style: Style, lying: bool = False) -> tuple[float, float]:
    """Shortest and longest planned seconds of a step with these counts, angles, distances.

    The step's own duration or period is ignored, so an author may call this with any value there.
    For a Posture the hold is left out; for a Locomote the range follows from its gait's speeds.
    """
    if isinstance(step, Locomote):
        return (2.0 * ramp_s(step.speed_mps), MAX_SCRIPT_S)
    if isinstance(step, Turn):
        slowest, fastest = TURN_RATE_DEG_PER_S
        angle = abs(step.angle_deg)
        return (max(TURN_DURATION_S[0], angle / fastest), min(TURN_DURATION_S[1], angle / slowest))
    if isinstance(step, Posture):
        if step.to in FLOOR_POSTURES:
            return FLOOR_POSTURE_DURATION_S
        return GET_UP_DURATION_S if lying and step.to == "stand" else POSTURE_DURATION_S
    if isinstance(step, Fall):
        return FALL_RECOVER_DURATION_S if step.recover else FALL_DURATION_S
    if isinstance(step, Reach):
        return REACH_DURATION_S[step.action]
    if isinstance(step, Idle):
        return IDLE_DURATION_S
    if isinstance(step, Strike | Gesture | Exercise):
        beside, shortest, longest = REPETITION_S[(step.kind, step.action)]
        return (beside + step.count * shortest, beside + step.count * longest)
    planned = step_duration_s(step, style)
    return (planned, planned)
