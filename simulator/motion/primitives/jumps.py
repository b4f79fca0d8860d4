"""Jumps on the spot and forward: crouch with the arms back, push off, fly, land, straighten."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import BPoly

from ..arms import arm_pose
from ..ballistics import Hop, flight_share, hop_height, plan_hop
from ..durations import GRAVITY_MPS2, jump_duration_s
from ..stage import Stage
from ..strokes import Array, cruise, hump, smooth, stroke, window
from ..timeline import SIDES, foot_columns
from ..vocabulary import Jump

TOES_S = 0.030
"""Gaussian width of the toes' take-off and landing."""


def jump(stage: Stage, step: Jump, slot: tuple[float, float]) -> None:
    """Jump count times, one after another."""
    period = jump_duration_s(step, stage.style)
    for number in range(step.count):
        start = slot[0] + number * period
        depth = (0.15 + 0.28 * step.height_m + 0.08 * step.forward_m) * stage.rng.uniform(0.84, 1.05)
        give = stage.rng.uniform(0.8, 1.1) * depth
        hop = plan_hop(start, start + period, step.height_m, depth, 0.08, give)
        perform_hop(stage, hop, step.forward_m, tuck=0.04 + 0.1 * step.forward_m)
        _lean(stage, hop, step.forward_m)
        _swing_arms(stage, hop)


def perform_hop(stage: Stage, hop: Hop, forward_m: float, tuck: float) -> None:
    """Root and feet of one hop: feet push off over the toes, follow the body in flight, land flat."""
    timeline = stage.timeline
    time_s = timeline.time_s
    height = hop_height(hop, time_s)
    rise = np.zeros((len(time_s), 3))
    rise[:, 1] = height
    rise += np.outer(_forward(hop, time_s, forward_m), stage.ahead(hop.start_s))
    timeline.add("root", rise)
    lift = np.where((time_s > hop.takeoff_s) & (time_s < hop.landing_s), height - hop.release, 0.0)
    rate_hz = 1.0 / (time_s[1] - time_s[0])
    share = flight_share(hop, time_s)
    forward = np.outer(forward_m * cruise(share, 0.3), stage.ahead(hop.start_s))
    for side in SIDES:
        name = f"foot_{side}"
        moved = np.zeros((len(time_s), 7))
        moved[:, [0, 2]] = forward[:, [0, 2]]
        # The toes give way over some hundredths of a second; the floor lets go of nobody in an instant.
        moved[:, 1] = smooth(np.maximum(lift, 0.0), TOES_S, rate_hz) + tuck * hump(share, 0.5)
        timeline.add(name, moved)
        push = hop.takeoff_s - hop.bottom_s
        timeline.ease(name, hop.bottom_s + 0.35 * push, hop.takeoff_s + 0.04, foot_columns(pitch=-0.75))
        timeline.ease(name, hop.takeoff_s + 0.03, hop.landing_s, foot_columns(pitch=-0.22))
        timeline.ease(name, hop.landing_s - 0.03, hop.landing_s + 0.17, foot_columns(pitch=0.0))


def _forward(hop: Hop, time_s: Array, forward_m: float) -> Array:
    """(T,) the body's way forward: it leads before take-off, flies evenly, comes over the feet on landing."""
    if forward_m == 0.0:
        return np.zeros_like(time_s)
    speed = 0.72 * forward_m / (hop.landing_s - hop.takeoff_s)
    knots = [hop.start_s + 0.5 * (hop.bottom_s - hop.start_s), hop.takeoff_s, hop.landing_s, hop.end_s]
    states = [
        [0.0, 0.0, 0.0],
        [0.16 * forward_m, speed, 0.0],
        [0.88 * forward_m, speed, 0.0],
        [forward_m, 0.0, 0.0],
    ]
    curve = BPoly.from_derivatives(knots, states)
    return curve(np.clip(time_s, knots[0], knots[-1]))


def _lean(stage: Stage, hop: Hop, forward_m: float) -> None:
    time_s = stage.timeline.time_s
    crouch = stroke(time_s, hop.start_s, hop.bottom_s) * (1.0 - stroke(time_s, hop.bottom_s, hop.takeoff_s))
    landing = window(time_s, hop.landing_s - 0.06, hop.end_s, 0.2, 0.6 * (hop.end_s - hop.landing_s))
    pitch = (np.radians(21) + 0.25 * forward_m) * stage.rng.uniform(0.85, 1.15)
    stage.pulse("pelvis", crouch, [pitch, 0.0, 0.0])
    stage.pulse("spine", crouch, [0.45 * pitch, 0.0, 0.0])
    stage.pulse("head", crouch, [-0.8 * pitch, 0.0, 0.0])
    stage.pulse("pelvis", landing, [0.7 * pitch, 0.0, 0.0])
    stage.pulse("spine", landing, [0.4 * pitch, 0.0, 0.0])
    stage.pulse("head", landing, [-0.6 * pitch, 0.0, 0.0])
    back = -0.10 * (crouch + 0.8 * landing)
    stage.timeline.add("root", np.outer(back, stage.ahead(hop.start_s)))


def _swing_arms(stage: Stage, hop: Hop) -> None:
    """Back while crouching, up while flying, down while landing."""
    timeline = stage.timeline
    size = stage.manner.amplitude * stage.rng.uniform(0.9, 1.1)
    back = arm_pose([0.16, -0.88, -0.45], 0.0, np.radians(25))
    apex_m = hop.takeoff_mps**2 / (2.0 * GRAVITY_MPS2)
    up = arm_pose(
        [0.24, -0.95 + (0.20 + 1.1 * apex_m) * size, 0.72], 0.0, np.radians(stage.rng.uniform(40.0, 85.0))
    )
    apex = 0.5 * (hop.takeoff_s + hop.landing_s)
    for side in SIDES:
        name = f"arm_{side}"
        timeline.ease(name, hop.start_s, hop.bottom_s, back)
        timeline.ease(name, hop.bottom_s - 0.10, apex, up)
        timeline.ease(name, apex - 0.05, min(hop.landing_s + 0.35, hop.end_s), stage.hanging_arm())
