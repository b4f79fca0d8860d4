"""What tells gaits apart: step rate laws, foot roll, bounce, arms and lean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .body_frame import BodyFrame
from .footsteps import FootRoll
from .strokes import Array, minimum_jerk

BOULIC_STRIDE = 1.346
"""Stride = 1.346 sqrt(v / L) L for a leg of length L (Boulic, Thalmann and Thalmann 1990)."""
RUN_STRIDES_HZ = (1.16, 0.062)
"""Strides per second of a run: 1.16 + 0.062 v (v in m/s); real clip: 1.27 Hz at 3.44 m/s."""
FLIGHT = -0.335
"""Overlap of a run at speed: the swings of both feet share this phase twice, less their slow beginnings."""


@dataclass(frozen=True)
class Gait:
    """Shape of one gait; angles in rad, lengths in m, of an adult at ordinary amplitude."""

    roll: FootRoll
    rate_factor: float = 1.0
    """Step rate against the walking law."""
    bounce_m: float | None = None
    """Half range of the pelvis's rise and fall; None follows speed."""
    crouch_m: float = 0.0
    """How far the pelvis lies below standing when it is highest."""
    lean: float = 0.0
    arm_swing: float = 0.48
    """Half range of the upper arm's swing at 1.3 m/s."""
    elbow: float = 0.28
    elbow_swing: float = 0.46
    elbow_sharpness: float = 1.9
    """Above 1 the elbow bends late and shortly while its arm swings forward."""
    arm_lead: float = 0.07
    """How much earlier than the other side's foot lands the arm is foremost, steps."""
    arms_back: float = 0.0
    """How far behind hanging a runner's upper arms swing in the mean."""
    sway_m: float = 0.022
    twist: float = 0.08
    roll_tilt: float = 0.08
    arms_out: float = 0.0
    limp: float = 0.0
    unsteady: float = 0.0
    """How uneven steps, trunk and path are; 0 for a person in control."""
    overlap: float = 0.0
    """Phase between the ends of neighbouring swings, halved. 0: the ball of one foot creeps off the floor
    while the other foot rolls down from its heel, so the feet carry together for a fifth of a step."""
    bounce_lead: float = -0.07
    """How much earlier than mid-swing the pelvis is highest, steps."""
    least_vigour: float = 0.0
    """Least share of roll and clearance that slow steps develop."""
    surge: float = 1.0
    """How much the pelvis speeds up and slows down in every step, against a walk."""
    unrest: float = 1.0
    """How much the steps shake the body, against a walk."""
    run: bool = False


_HALF = 0.078  # half step width of an ordinary walk, m
_DEG = float(np.radians(1.0))
_WALK = Gait(FootRoll(_HALF, 0.080, 24 * _DEG, 58 * _DEG, ahead=-0.077, least=0.5, fullness=1.1), twist=0.11)
# Step plans without a heel-first landing need the feet to carry together for a while.
_LEVEL = replace(
    _WALK,
    overlap=0.05,
    roll=replace(_WALK.roll, edge=0.42, ahead=-0.055, heel_off_lead=0.4, peak_at=0.5, fullness=2.5),
)


def _level(roll: dict[str, Any], **changes: Any) -> Gait:
    return replace(_LEVEL, roll=replace(_LEVEL.roll, **roll), **changes)


def _walk(roll: dict[str, Any], **changes: Any) -> Gait:
    return replace(_WALK, roll=replace(_WALK.roll, **roll), **changes)


_RUN_ROLL = {"ahead": -0.145, "edge": 0.44, "peak_at": 0.335, "heel_off_lead": 0.32, "heel_off_peak": 0.21}
_RUN_ROLL |= {"toe_up_by": 0.86, "flat_after": 0.12, "rise_power": 2.2}


GAIT_SHAPES: dict[str, Gait] = {
    "walk": _WALK,
    "stroll": _walk(
        {"half_width": _HALF + 0.01, "clearance": 0.078, "heel_off": 56 * _DEG, "fullness": 1.2},
        rate_factor=0.94,
        sway_m=0.026,
        twist=0.08,
    ),
    "march": _level(
        {"half_width": _HALF + 0.01, "clearance": 0.30, "heel_strike": 4 * _DEG, "heel_off": 30 * _DEG}
        | {"peak_at": 0.45, "least": 0.8, "fullness": 1.4},
        arm_swing=0.75,
        elbow=0.22,
        twist=0.05,
        least_vigour=0.7,
    ),
    "run": Gait(
        FootRoll(_HALF - 0.025, 0.24, 12 * _DEG, 49 * _DEG, swing_pitch=0.65, least=0.2, **_RUN_ROLL),
        lean=0.11,
        arm_swing=0.33,
        elbow=1.70,
        elbow_swing=0.4,
        elbow_sharpness=1.0,
        arm_lead=0.17,
        arms_back=0.24,
        sway_m=0.012,
        twist=0.10,
        bounce_lead=0.045,
        surge=0.2,
        run=True,
    ),
    "jog": Gait(
        FootRoll(_HALF - 0.015, 0.19, 12 * _DEG, 49 * _DEG, swing_pitch=0.5, least=0.25, **_RUN_ROLL),
        lean=0.10,
        arm_swing=0.32,
        elbow=1.80,
        elbow_swing=0.35,
        elbow_sharpness=1.0,
        arm_lead=0.17,
        arms_back=0.33,
        sway_m=0.015,
        twist=0.09,
        bounce_lead=0.045,
        surge=0.2,
        run=True,
    ),
    "sidestep": _level(
        {"half_width": 0.22, "clearance": 0.075, "heel_strike": 0.0, "heel_off": 18 * _DEG, "ahead": 0.0}
        | {"least": 0.8},
        rate_factor=1.6,
        surge=0.3,
        unrest=0.6,
        bounce_m=0.012,
        arm_swing=0.06,
        twist=0.0,
        sway_m=0.008,
        roll_tilt=0.03,
    ),
    "backward": _level(
        {"half_width": _HALF + 0.03, "clearance": 0.075, "heel_strike": -16 * _DEG, "heel_off": 10 * _DEG}
        | {"ahead": 0.02, "least": 0.8},
        rate_factor=1.05,
        lean=0.04,
        arm_swing=0.20,
        twist=0.06,
    ),
    "shuffle": _level(
        {"half_width": _HALF + 0.02, "clearance": 0.022, "heel_strike": 3 * _DEG, "heel_off": 12 * _DEG}
        | {"least": 0.8},
        rate_factor=1.35,
        bounce_m=0.006,
        lean=0.10,
        arm_swing=0.14,
        sway_m=0.026,
        twist=0.03,
        crouch_m=0.02,
    ),
    "tiptoe": _level(
        {"half_width": _HALF - 0.01, "clearance": 0.075, "heel_strike": -8 * _DEG, "heel_off": 20 * _DEG}
        | {"base_pitch": -36 * _DEG, "least": 0.8},
        rate_factor=1.10,
        bounce_m=0.010,
        arm_swing=0.12,
        arms_out=0.30,
        elbow=0.6,
        elbow_swing=0.1,
        twist=0.05,
    ),
    "limp": _walk(
        {"half_width": _HALF + 0.015, "clearance": 0.082, "heel_strike": 14 * _DEG, "heel_off": 36 * _DEG}
        | {"peak_at": 0.5, "fullness": 2.2},
        arm_swing=0.25,
        sway_m=0.030,
        roll_tilt=0.09,
        lean=0.05,
        limp=1.0,
        overlap=0.05,
    ),
    "stagger": _walk(
        {"half_width": _HALF + 0.055, "clearance": 0.075, "heel_strike": 12 * _DEG, "heel_off": 40 * _DEG}
        | {"peak_at": 0.48, "fullness": 1.8},
        rate_factor=1.05,
        arm_swing=0.20,
        arms_out=0.22,
        sway_m=0.045,
        roll_tilt=0.085,
        crouch_m=0.012,
        overlap=0.04,
        unsteady=1.0,
    ),
    "stairs_step": _level(
        {"half_width": _HALF + 0.005, "clearance": 0.24, "heel_strike": -3 * _DEG, "heel_off": 24 * _DEG}
        | {"peak_at": 0.52, "least": 0.9, "fullness": 1.4},
        rate_factor=0.72,
        surge=0.5,
        bounce_m=0.022,
        lean=0.10,
        arm_swing=0.30,
        sway_m=0.030,
        twist=0.05,
        least_vigour=0.85,
    ),
}


def steps_per_second(gait: Gait, frame: BodyFrame, speed_mps: Array, cadence: float) -> Array:
    """Step rate (T,) at speeds (T,); both legs' steps count, so twice the stride rate."""
    # People begin and end a walk at a good part of their cadence, with short steps.
    speed = np.maximum(speed_mps, 0.22 + 0.65 * float(np.max(speed_mps)))
    walking = np.sqrt(speed / frame.leg_length) / BOULIC_STRIDE * gait.rate_factor
    if gait.run:
        base, slope = RUN_STRIDES_HZ
        running = (base + slope * speed) * np.sqrt(0.82 / frame.leg_length)
        share = run_share(speed)
        walking = (1.0 - share) * walking + share * running
    return 2.0 * cadence * walking


def run_share(speed_mps: Array) -> Array:
    """0 for walking speeds, 1 for running ones: how far a run shows its flight."""
    return minimum_jerk((np.asarray(speed_mps) - 0.6) / 1.2)


def bounce(gait: Gait, frame: BodyFrame, speed_mps: Array) -> Array:
    """Half range (T,) of the pelvis's vertical path: growing with the speed in a walk, else a run's.

    Positive is highest in mid-stance (walking), negative in mid-flight (running). Real walks: 2.6 cm from
    lowest to highest at 1 m/s, 3.4 to 4.5 at 1.5 m/s.
    """
    if gait.bounce_m is not None:
        return np.full_like(speed_mps, gait.bounce_m)
    walking = frame.leg_length * np.clip(0.003 + 0.0155 * speed_mps, 0.004, 0.035)
    if not gait.run:
        return walking
    share = run_share(speed_mps)
    return (1.0 - share) * walking - share * 0.050 * frame.leg_length / 0.82
