"""Travelling on foot: straight, along arcs, sideways, backwards, and turning on the spot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.interpolate import CubicSpline

from ..footsteps import FootRoll, StepPlan, first_foot, plan_phase, write_feet
from ..gaits import FLIGHT, GAIT_SHAPES, Gait, run_share, steps_per_second
from ..path_rules import signed_deg, travel_facing_deg
from ..rotations import length
from ..stage import Stage
from ..strokes import Array, stroke, window
from ..vocabulary import Locomote, Turn
from .crawling import crawl
from .gait_body import ease_arms_down, feet_path, write_body, write_sway
from .hopping import hop, skip
from .ways import CLOSING_S, Path, plan_way, shares_of_slots

LONGEST_STEP = 1.08
"""Longest step in steps of the cruising speed."""
JOINABLE = {"walk", "stroll", "jog", "run"}
"""Gaits that change into one another without a stop."""
TRAVELS: dict[str, Callable[[Stage, Path, tuple[float, float]], None]] = {
    "hop": hop,
    "skip": skip,
    "crawl": crawl,
}
"""Gaits that are no alternation of steps."""
TURN_ROLL = FootRoll(
    0.09, 0.08, 0.0, np.radians(20), heel_off_lead=0.5, edge=0.38, ahead=-0.055, peak_at=0.5, fullness=2.2
)
TURN_OVERLAP = 0.10
"""Phase between the ends of neighbouring swings of a turn on the spot, halved."""


def locomote(stage: Stage, steps: list[Locomote], slots: list[tuple[float, float]]) -> None:
    """Perform adjoining locomote steps of one facing as one way, without stopping between them."""
    start, end = slots[0][0], slots[-1][1]
    if steps[0].gait in TRAVELS:
        TRAVELS[steps[0].gait](stage, plan_way(stage, steps, slots, end - CLOSING_S), (start, end))
        return
    gaits = [GAIT_SHAPES[step.gait] for step in steps]
    time_s = stage.timeline.time_s
    halt = end - CLOSING_S
    path = plan_way(stage, steps, slots, halt, max(gait.unsteady for gait in gaits))
    shares = shares_of_slots(time_s, slots)
    rates = sum(
        share * steps_per_second(gait, stage.frame, path.speed, stage.manner.cadence)
        for share, gait in zip(shares, gaits, strict=True)
    )
    # A run shows its flight only at speed, so its shape also serves the walking before and after it.
    gait = next((gait for gait in gaits if gait.run), gaits[0])
    phase, n_steps = _even_steps(time_s, (start + 0.05, end), np.asarray(rates), path)
    phase = _uneven(phase, n_steps, gait, stage)
    side = first_foot(stage, start, path.direction[stage.timeline.frame(start + 0.3)])
    if steps[0].gait == "sidestep":
        lead = float(path.direction[stage.timeline.frame(start + 0.3)] @ stage.leftward(start))
        side = "left" if lead > 0 else "right"
    plan = _step_plan(time_s, phase, n_steps, side, gait, path, start)
    roll = _scaled_roll(stage, gait)
    # A run ends in walking steps, over bent knees and with flat feet.
    walk = _scaled_roll(stage, GAIT_SHAPES["walk"])
    last = replace(walk, heel_strike=0.4 * walk.heel_strike) if gait.run else None
    write_feet(stage, plan, feet_path(stage, path), path.facing, roll, last)
    write_body(stage, plan, path, gait, (start, end))


def turn(stage: Stage, step: Turn, slot: tuple[float, float]) -> None:
    """Turn on the spot: small steps, head and chest leading the pelvis."""
    start, end = slot
    timeline = stage.timeline
    angle = np.radians(step.angle_deg)
    n_wanted = max(2.0, min(abs(step.angle_deg) / 38.0, 2.1 * (end - start)))
    rate = np.full(len(timeline.time_s), n_wanted / (end - start - 0.1))
    phase, n_steps = plan_phase(timeline.time_s, start + 0.05, end, rate)
    progress = stroke(timeline.time_s, start, end - 0.25)
    facing = timeline.value("facing", start)[0] + angle * progress
    root = np.tile(timeline.value("root", start), (len(timeline.time_s), 1))
    still = np.zeros(len(timeline.time_s))
    path = Path(root, facing, still, root * 0.0)
    side = "left" if angle > 0 else "right"
    overlap = np.full(n_steps, TURN_OVERLAP)
    plan = StepPlan(timeline.time_s, phase, n_steps, side, overlap, np.full(n_steps, 0.5))
    write_feet(stage, plan, root, facing, TURN_ROLL)
    timeline.blend("facing", facing[:, None], (timeline.time_s >= start).astype(float))
    busy = window(timeline.time_s, start, end, 0.35, 0.4)
    write_sway(stage, plan, path, busy * 0.016, busy * 0.03)
    lead = window(timeline.time_s, start, end - 0.2, 0.35, 0.5) * np.sign(angle) * min(abs(angle), 0.5)
    twist = np.zeros((len(timeline.time_s), 3))
    twist[:, 2] = 0.22 * stage.manner.trunk_twist * lead
    timeline.add("spine", twist)
    timeline.add("head", 1.3 * twist)
    ease_arms_down(stage, start)


def adjoining(first: Locomote, second: Locomote, facing_deg: float) -> bool:
    """Whether a second locomote step goes on from the first without a stop (same kind of facing)."""
    if first.gait != second.gait and not {first.gait, second.gait} <= JOINABLE:
        return False
    if first.gait == "sidestep" and abs(signed_deg(first.heading_deg - second.heading_deg)) > 90.0:
        return False
    return abs(signed_deg(travel_facing_deg(second, facing_deg) - facing_deg)) <= 45.0


def _even_steps(time_s: Array, span: tuple[float, float], rates: Array, path: Path) -> tuple[Array, int]:
    """Step phase without a step much longer than those at cruising speed, as too few steps would need."""
    way = np.concatenate([[0.0], np.cumsum(length(np.diff(path.root, axis=0)))])
    fastest = int(np.argmax(path.speed))
    ordinary = path.speed[fastest] / rates[fastest]
    phase, n_steps = plan_phase(time_s, *span, rates)
    for extra in (1, 2):
        plants = np.interp(np.minimum(np.arange(-0.5, n_steps + 1.0), n_steps), phase, way)
        if np.diff(plants).max() <= LONGEST_STEP * ordinary:
            break
        phase, n_steps = plan_phase(time_s, *span, rates, extra)
    return phase, n_steps


def _uneven(phase: Array, n_steps: int, gait: Gait, stage: Stage) -> Array:
    """Uneven step times: natural asymmetry and jitter, and the short stance of a limp."""
    unevenness = stage.manner.asymmetry + 0.16 * gait.limp
    uneven = phase + unevenness * (1.0 - np.cos(np.pi * phase)) * 0.5
    size = stage.manner.step_jitter + 0.05 * gait.unsteady
    nodes = np.zeros(n_steps + 1)
    nodes[1:-1] = np.clip(stage.rng.normal(0.0, size, n_steps - 1), -0.12, 0.12)
    jitter = CubicSpline(np.arange(n_steps + 1), nodes, bc_type="clamped")(np.clip(phase, 0.0, n_steps))
    return uneven + jitter


def _step_plan(
    time_s: Array, phase: Array, n_steps: int, side: str, gait: Gait, path: Path, start: float
) -> StepPlan:
    phase = np.clip(phase, 0.0, n_steps)
    instants = [np.interp(np.arange(n_steps) + share, phase, time_s) for share in (0.5, 0.05, 0.95)]
    speeds = np.interp(instants[0], time_s, path.speed)
    faster = np.max([np.interp(instant, time_s, path.speed) for instant in instants], axis=0)
    overlap = np.full(n_steps, gait.overlap)
    if gait.run:
        overlap = gait.overlap + (FLIGHT - gait.overlap) * run_share(speeds)
        overlap[-2:] = np.maximum(overlap[-2:], gait.overlap)
    vigour = np.clip(faster / 2.2, 0.25, 1.15) if gait.run else np.clip(0.4 + 0.5 * faster, 0.25, 1.15)
    return StepPlan(time_s, phase, n_steps, side, overlap, np.maximum(vigour, gait.least_vigour))


def _scaled_roll(stage: Stage, gait: Gait) -> FootRoll:
    size = stage.frame.leg_length / 0.82
    roll = gait.roll
    half_width = roll.half_width * size * (0.5 + 0.5 * stage.manner.step_width)
    return replace(
        roll,
        half_width=half_width,
        clearance=roll.clearance * size,
        ahead=roll.ahead * size,
        heel_strike=roll.heel_strike * stage.manner.foot_roll,
        heel_off=roll.heel_off * stage.manner.foot_roll,
        scatter=stage.manner.step_jitter + 0.05 * gait.unsteady,
    )
