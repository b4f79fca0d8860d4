"""Travelling on foot: straight, along arcs, sideways, backwards, and turning on the spot."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..arms import sagittal_arm
from ..durations import locomote_distance_m, ramp_s
from ..footsteps import FootRoll, StepPlan, first_foot, plan_phase, write_feet
from ..gaits import DOUBLE_SUPPORT, FLIGHT, GAIT_SHAPES, Gait, bounce, run_share, steps_per_second
from ..path_rules import signed_deg, travel_facing_deg
from ..stage import Stage
from ..strokes import Array, minimum_jerk, slow_noise, smooth, stroke, window
from ..timeline import SIDES, side_sign
from ..vocabulary import Locomote, Turn

KEEP = np.nan
CLOSING_S = 0.17
"""The body stands this long before the last foot has closed up."""
LONGEST_STEP = 1.08
"""Longest step in steps of the cruising speed."""
JOINABLE = {"walk", "stroll", "jog", "run"}
"""Gaits that change into one another without a stop."""
TURN_ROLL = FootRoll(0.09, 0.075, 0.0, np.radians(20))


@dataclass(frozen=True)
class Path:
    """A planned way: root (T, 3), facing (T,), speed (T,) and direction (T, 3) of travel."""

    root: Array
    facing: Array
    speed: Array
    direction: Array


def locomote(stage: Stage, steps: list[Locomote], slots: list[tuple[float, float]]) -> None:
    """Perform adjoining locomote steps of one facing as one way, without stopping between them."""
    start, end = slots[0][0], slots[-1][1]
    gaits = [GAIT_SHAPES[step.gait] for step in steps]
    time_s = stage.timeline.time_s
    halt = end - CLOSING_S
    path = _plan_path(stage, steps, slots, halt)
    shares = _shares(time_s, slots)
    rates = sum(
        share * steps_per_second(gait, stage.frame, path.speed, stage.manner.cadence)
        for share, gait in zip(shares, gaits, strict=True)
    )
    # A run shows its flight only at speed, so its shape also serves the walking before and after it.
    gait = next((gait for gait in gaits if gait.run), gaits[0])
    phase, n_steps = _even_steps(time_s, (start + 0.05, end), np.asarray(rates), path)
    phase = _limping(phase, gait, stage)
    side = first_foot(stage, start, path.direction[stage.timeline.frame(start + 0.3)])
    if steps[0].gait == "sidestep":
        lead = float(path.direction[stage.timeline.frame(start + 0.3)] @ stage.leftward(start))
        side = "left" if lead > 0 else "right"
    plan = _step_plan(time_s, phase, n_steps, side, gait, path, start)
    roll = _scaled_roll(stage, gait)
    write_feet(stage, plan, path.root, path.facing, roll)
    _write_body(stage, plan, path, gait, (start, end))


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
    overlap = np.full(n_steps, DOUBLE_SUPPORT)
    plan = StepPlan(timeline.time_s, phase, n_steps, side, overlap, np.full(n_steps, 0.5))
    write_feet(stage, plan, root, facing, TURN_ROLL)
    timeline.blend("facing", facing[:, None], np.ones(len(timeline.time_s)))
    busy = window(timeline.time_s, start, end, 0.35, 0.4)
    _write_sway(stage, plan, path, busy * 0.016, busy * 0.03)
    lead = window(timeline.time_s, start, end - 0.2, 0.35, 0.5) * np.sign(angle) * min(abs(angle), 0.5)
    twist = np.zeros((len(timeline.time_s), 3))
    twist[:, 2] = 0.22 * stage.manner.trunk_twist * lead
    timeline.add("spine", twist)
    timeline.add("head", 1.3 * twist)
    _ease_arms_down(stage, start)


def adjoining(first: Locomote, second: Locomote, facing_deg: float) -> bool:
    """Whether a second locomote step goes on from the first without a stop (same kind of facing)."""
    if first.gait != second.gait and not {first.gait, second.gait} <= JOINABLE:
        return False
    if first.gait == "sidestep" and abs(signed_deg(first.heading_deg - second.heading_deg)) > 90.0:
        return False
    return abs(signed_deg(travel_facing_deg(second, facing_deg) - facing_deg)) <= 45.0


def _even_steps(time_s: Array, span: tuple[float, float], rates: Array, path: Path) -> tuple[Array, int]:
    """Step phase without a step much longer than those at cruising speed, as too few steps would need."""
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path.root, axis=0), axis=1))])
    fastest = int(np.argmax(path.speed))
    ordinary = path.speed[fastest] / rates[fastest]
    phase, n_steps = plan_phase(time_s, *span, rates)
    for extra in (1, 2):
        plants = np.interp(np.minimum(np.arange(-0.5, n_steps + 1.0), n_steps), phase, way)
        if np.diff(plants).max() <= LONGEST_STEP * ordinary:
            break
        phase, n_steps = plan_phase(time_s, *span, rates, extra)
    return phase, n_steps


def _shares(time_s: Array, slots: list[tuple[float, float]]) -> list[Array]:
    """Soft partition of time into slots, blended over 0.5 s around each boundary."""
    edges = [stroke(time_s, slot[0] - 0.25, slot[0] + 0.25) for slot in slots[1:]]
    bounds = [np.ones_like(time_s), *edges, np.zeros_like(time_s)]
    return [bounds[i] - bounds[i + 1] for i in range(len(slots))]


def _plan_path(stage: Stage, steps: list[Locomote], slots: list[tuple[float, float]], halt: float) -> Path:
    timeline = stage.timeline
    time_s = timeline.time_s
    start = slots[0][0]
    dt = time_s[1] - time_s[0]
    total = halt - start
    # Ramps shorter by the closing time keep the planned duration and the cruising speed both.
    rise = min(ramp_s(steps[0].speed_mps) - CLOSING_S, 0.5 * total)
    fall = min(ramp_s(steps[-1].speed_mps) - CLOSING_S, 0.5 * total)
    envelope = window(time_s, start, halt, rise, fall)
    profiles = [share * envelope for share in _shares(time_s, slots)]
    inside = [(time_s > a) & (time_s <= b) for a, b in slots]
    covered = np.array([[float(profile[mask].sum() * dt) for profile in profiles] for mask in inside])
    lengths = np.array([locomote_distance_m(step) for step in steps])
    speed = np.asarray(sum(v * p for v, p in zip(np.linalg.solve(covered, lengths), profiles, strict=True)))
    facing, direction_angle = _plan_facing(stage, steps, slots, speed * dt)
    ahead = np.stack([np.sin(direction_angle), np.zeros_like(speed), np.cos(direction_angle)], axis=-1)
    root = timeline.value("root", start) + np.cumsum(ahead * (speed * dt)[:, None], axis=0)
    if stage.manner.weave > 0.0:
        aside = np.cross([0.0, 1.0, 0.0], ahead)
        wander = slow_noise(stage.rng, time_s, 1, 0.15, 0.45)
        root = root + stage.manner.weave * wander * aside * envelope[:, None]
    return Path(root, facing, speed, ahead)


def _plan_facing(
    stage: Stage, steps: list[Locomote], slots: list[tuple[float, float]], moved: Array
) -> tuple[Array, Array]:
    """Facing (T,) and direction of travel (T,): arcs turn with the way covered, corners are rounded."""
    time_s = stage.timeline.time_s
    now = np.degrees(stage.facing(slots[0][0]))
    facing = np.full(len(time_s), now)
    offset = 0.0
    for step, (start, end) in zip(steps, slots, strict=True):
        inside = (time_s > start) & (time_s <= end)
        covered = np.cumsum(np.where(inside, moved, 0.0))
        share = covered / max(covered[-1], 1e-9)
        wanted = now + signed_deg(travel_facing_deg(step, now) - now)
        offset = signed_deg(step.heading_deg - wanted)
        onset = minimum_jerk((time_s - start) / min(1.0, 0.5 * (end - start)))
        facing = facing + (wanted - now) * onset + step.turn_deg * share
        now = wanted + step.turn_deg
    smoothed = smooth(np.radians(facing), 0.16, 1.0 / (time_s[1] - time_s[0]))
    return smoothed, smoothed + np.radians(offset)


def _limping(phase: Array, gait: Gait, stage: Stage) -> Array:
    """Uneven step times: natural asymmetry, and the short stance of a limp."""
    unevenness = stage.manner.asymmetry + 0.16 * gait.limp
    return phase + unevenness * (1.0 - np.cos(np.pi * phase)) * 0.5


def _step_plan(
    time_s: Array, phase: Array, n_steps: int, side: str, gait: Gait, path: Path, start: float
) -> StepPlan:
    phase = np.clip(phase, 0.0, n_steps)
    instants = [np.interp(np.arange(n_steps) + share, phase, time_s) for share in (0.5, 0.05, 0.95)]
    speeds = np.interp(instants[0], time_s, path.speed)
    faster = np.max([np.interp(instant, time_s, path.speed) for instant in instants], axis=0)
    overlap = np.full(n_steps, DOUBLE_SUPPORT)
    if gait.run:
        overlap = DOUBLE_SUPPORT + (FLIGHT - DOUBLE_SUPPORT) * run_share(speeds)
    vigour = np.clip(faster / (2.2 if gait.run else 1.2), 0.25, 1.15)
    if gait.bounce_m is not None or gait.roll.clearance > 0.2:
        vigour = np.maximum(vigour, 0.7)
    return StepPlan(time_s, phase, n_steps, side, overlap, vigour)


def _scaled_roll(stage: Stage, gait: Gait) -> FootRoll:
    size = stage.frame.leg_length / 0.82
    roll = gait.roll
    half_width = roll.half_width * size * (0.5 + 0.5 * stage.manner.step_width)
    return replace(roll, half_width=half_width, clearance=roll.clearance * size, ahead=roll.ahead * size)


def _write_body(stage: Stage, plan: StepPlan, path: Path, gait: Gait, slot: tuple[float, float]) -> None:
    """Root along the path with bounce and sway, pelvis, trunk and arms in phase with the feet."""
    timeline, frame, manner = stage.timeline, stage.frame, stage.manner
    start, end = slot
    time_s = timeline.time_s
    after = (time_s >= start).astype(float)
    along = path.root.copy()
    along[:, 1] = np.nan
    timeline.blend("root", along, after)
    timeline.blend("facing", path.facing[:, None], after)
    cruising = float(np.quantile(path.speed[path.speed > 0.05], 0.8))
    going = np.clip(path.speed / cruising, 0.0, 1.2) * window(time_s, start, end, 0.3, 0.3)
    swinging = 2.0 * np.pi * (plan.phase - 0.5)
    rise = bounce(gait, frame, path.speed) * np.cos(swinging) * going
    lower = (gait.crouch_m + 0.004 * path.speed + np.abs(bounce(gait, frame, path.speed))) * going
    lift = frame.ball_ahead * 0.62 * np.sin(-gait.roll.base_pitch) * 1.25
    if gait.limp:  # the body sinks onto the sore leg, and shuns it again at once
        lower = lower + 0.032 * gait.limp * going * np.clip(np.sin(np.pi * plan.phase), 0.0, 1.0)
    height = np.zeros((len(time_s), 3))
    height[:, 1] = rise - lower + lift * window(time_s, start, end, 0.4, 0.5)
    timeline.add("root", height)
    _write_sway(stage, plan, path, gait.sway_m * going * manner.step_width, gait.roll_tilt * going)
    vigour = np.clip(path.speed / 1.3, 0.0, 1.25) if not gait.run else np.clip(path.speed / 2.6, 0.0, 1.2)
    sign = side_sign(plan.first_side)
    beat = sign * np.cos(np.pi * plan.phase)
    lean = np.zeros((len(time_s), 3))
    lean[:, 0] = gait.lean * going
    twist = gait.twist * manner.trunk_twist * vigour * beat
    timeline.add("pelvis", 0.5 * lean + np.outer(twist, [0.0, 0.0, 1.0]))
    timeline.add("spine", 0.5 * lean - np.outer(2.1 * twist, [0.0, 0.0, 1.0]))
    timeline.add("head", -0.7 * lean + np.outer(1.0 * twist, [0.0, 0.0, 1.0]))
    _write_arm_swing(stage, plan, gait, vigour, slot)


def _write_sway(stage: Stage, plan: StepPlan, path: Path, sway: Array, tilt: Array) -> None:
    """Shift the pelvis over the standing foot and let the swinging side drop."""
    beat = side_sign(plan.first_side) * np.sin(np.pi * plan.phase)
    aside = np.stack([np.cos(path.facing), np.zeros_like(sway), -np.sin(path.facing)], axis=-1)
    stage.timeline.add("root", -aside * (sway * beat)[:, None])
    roll = np.zeros((len(sway), 3))
    roll[:, 1] = tilt * beat
    stage.timeline.add("pelvis", roll)
    stage.timeline.add("spine", -1.1 * roll)


def _ease_arms_down(stage: Stage, start: float) -> None:
    for side in SIDES:
        stage.timeline.ease(f"arm_{side}", start, start + 0.6, stage.hanging_arm())


def _write_arm_swing(
    stage: Stage, plan: StepPlan, gait: Gait, vigour: Array, slot: tuple[float, float]
) -> None:
    """Arms against the legs: each swings forward with the other side's foot."""
    start, end = slot
    timeline, manner = stage.timeline, stage.manner
    _ease_arms_down(stage, start)
    elbow_share = np.clip(vigour, 0.0, 1.0) if gait.run else np.ones_like(vigour)
    for side in SIDES:
        sign = side_sign(side) * side_sign(plan.first_side)
        # The feet land at whole phases; the arms follow by a twentieth of a stride.
        forward = sign * np.cos(np.pi * (plan.phase - 0.1))
        uneven = 1.0 + side_sign(side) * 3.0 * manner.asymmetry
        angle = 0.06 + gait.arm_swing * manner.arm_swing * uneven * vigour * (forward + 0.12)
        out = manner.arm_abduction + gait.arms_out
        outward = np.tan(out) * (1.0 - 0.35 * np.clip(angle, 0.0, 1.0))
        rest = (
            manner.elbow_rest
            if not gait.run
            else gait.elbow * elbow_share + manner.elbow_rest * (1 - elbow_share)
        )
        flexion = rest + gait.elbow_swing * np.clip(vigour, 0.0, 1.2) * 0.5 * (1.0 + forward)
        pose = sagittal_arm(angle, outward, flexion)
        pose[:, 2] = (0.25 if gait.run else 0.0) * elbow_share
        timeline.overlay(f"arm_{side}", start, end, pose, 0.55, 0.55)
