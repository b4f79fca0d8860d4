"""What tells gaits apart: step rate laws, foot roll, bounce, arms and lean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .body_frame import BodyFrame
from .footsteps import FootRoll
from .strokes import Array, minimum_jerk

BOULIC_STRIDE = 1.346
"""Stride = 1.346 sqrt(v / L) L for a leg of length L (Boulic, Thalmann and Thalmann 1990)."""
RUN_STRIDES_HZ = (1.16, 0.062)
"""Strides per second of a run: 1.16 + 0.062 v (v in m/s); real clip: 1.27 Hz at 3.44 m/s."""
DOUBLE_SUPPORT = 0.10
FLIGHT = -0.14


@dataclass(frozen=True)
class Gait:
    """Shape of one gait; angles in rad, lengths in m, of an adult at ordinary amplitude."""

    roll: FootRoll
    rate_factor: float = 1.0
    """Step rate against the walking law."""
    bounce_m: float | None = None
    """Half range of the pelvis's rise and fall; None follows speed."""
    crouch_m: float = 0.008
    """How far the mean pelvis lies below standing."""
    lean: float = 0.0
    arm_swing: float = 0.42
    """Half range of the upper arm's swing at 1.3 m/s."""
    elbow: float = 0.28
    elbow_swing: float = 0.30
    sway_m: float = 0.022
    twist: float = 0.08
    roll_tilt: float = 0.05
    arms_out: float = 0.0
    limp: float = 0.0
    run: bool = False


_HALF = 0.078  # half step width of an ordinary walk, m

GAIT_SHAPES: dict[str, Gait] = {
    "walk": Gait(FootRoll(_HALF, 0.071, np.radians(21), np.radians(42), peak_at=0.40), twist=0.10),
    "stroll": Gait(
        FootRoll(_HALF + 0.01, 0.095, np.radians(18), np.radians(44), peak_at=0.36), 0.94, sway_m=0.026
    ),
    "march": Gait(
        FootRoll(_HALF + 0.01, 0.30, np.radians(4), np.radians(30), peak_at=0.45),
        1.0,
        arm_swing=0.75,
        elbow=0.22,
        elbow_swing=0.5,
        twist=0.05,
    ),
    "run": Gait(
        FootRoll(
            _HALF - 0.025, 0.23, np.radians(4), np.radians(50), swing_pitch=0.68, peak_at=0.36, least=0.2
        ),
        lean=0.13,
        arm_swing=0.62,
        elbow=1.45,
        elbow_swing=0.35,
        sway_m=0.012,
        twist=0.12,
        crouch_m=0.03,
        run=True,
    ),
    "jog": Gait(
        FootRoll(
            _HALF - 0.015, 0.17, np.radians(6), np.radians(46), swing_pitch=0.55, peak_at=0.36, least=0.25
        ),
        lean=0.08,
        arm_swing=0.45,
        elbow=1.35,
        elbow_swing=0.28,
        sway_m=0.015,
        twist=0.10,
        crouch_m=0.025,
        run=True,
    ),
    "sidestep": Gait(
        FootRoll(0.22, 0.075, 0.0, np.radians(18), ahead=0.0),
        1.6,
        bounce_m=0.012,
        crouch_m=0.02,
        arm_swing=0.06,
        twist=0.0,
        sway_m=0.008,
        roll_tilt=0.03,
    ),
    "backward": Gait(
        FootRoll(_HALF + 0.03, 0.090, np.radians(-16), np.radians(10), ahead=0.02),
        1.05,
        lean=0.04,
        arm_swing=0.20,
        twist=0.06,
    ),
    "shuffle": Gait(
        FootRoll(_HALF + 0.02, 0.018, np.radians(3), np.radians(12)),
        1.35,
        bounce_m=0.006,
        lean=0.10,
        arm_swing=0.14,
        sway_m=0.026,
        twist=0.03,
        crouch_m=0.035,
    ),
    "tiptoe": Gait(
        FootRoll(_HALF - 0.01, 0.075, np.radians(-8), np.radians(20), base_pitch=np.radians(-36)),
        1.10,
        bounce_m=0.010,
        arm_swing=0.12,
        arms_out=0.30,
        elbow=0.6,
        elbow_swing=0.1,
        crouch_m=0.0,
        twist=0.05,
    ),
    "limp": Gait(
        FootRoll(_HALF + 0.015, 0.082, np.radians(12), np.radians(32)),
        1.0,
        arm_swing=0.25,
        sway_m=0.030,
        roll_tilt=0.07,
        lean=0.05,
        limp=1.0,
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
    """Half range (T,) of the pelvis's vertical path: 0.015 v / (0.491 H) in a walk (Boulic), else a run's.

    Positive is highest in mid-stance (walking), negative in mid-flight (running).
    """
    if gait.bounce_m is not None:
        return np.full_like(speed_mps, gait.bounce_m)
    walking = np.minimum(0.015 * speed_mps / (0.491 * frame.body_height), 0.035)
    if not gait.run:
        return walking
    share = run_share(speed_mps)
    return (1.0 - share) * walking - share * 0.042
