"""What the body does above walking feet: rise and fall, sway, trunk, head and arms in phase with the steps."""

from __future__ import annotations

import numpy as np

from ..arms import sagittal_arm
from ..footsteps import StepPlan
from ..gaits import Gait, bounce
from ..stage import Stage
from ..strokes import Array, ringing, shaking, slow_noise, window
from ..timeline import SIDES, side_sign
from .ways import Path

IMPACT_HZ, IMPACT_DECAY_S = 7.0, 0.055
"""The shock of a landing heel, as accelerometers on the sacrum show it."""
IMPACT_M = 0.0028
"""Its size at 1 m/s."""
UNREST_MPS2 = np.array([0.7, 0.7, 0.8])
UNREST_RAD_PER_S2 = {
    "pelvis": np.array([1.2, 1.0, 2.0]),
    "spine": np.array([2.4, 2.4, 4.5]),
    "head": np.array([4.5, 4.0, 6.0]),
    "shrug": np.array([4.5, 4.5]),
    "arm_left": np.array([6.0, 6.0, 9.0, 12.0]),
    "arm_right": np.array([6.0, 6.0, 9.0, 12.0]),
}
"""Accelerations (rms) of the shaking: of the pelvis joint, and of the angles of the tracks."""
RUNNER_BELOW = 0.02
"""How far the mean pelvis of a run lies below standing, in half ranges of its bounce."""
LEAN_SHARE = 0.7
"""How far people lean into a bend, against what the centripetal acceleration asks for."""
SURGE_M = 0.012
"""Half range at 1 m/s by which the pelvis runs ahead of and falls behind its mean speed in every step."""

SLOW_SURGE_M, SLOW_SWAY_DEG = 0.008, 1.3
"""What slow steps add to that, and to the wandering of the trunk: they are walked one by one."""


def write_body(stage: Stage, plan: StepPlan, path: Path, gait: Gait, slot: tuple[float, float]) -> None:
    """Root along the path with bounce and sway, pelvis, trunk and arms in phase with the feet."""
    timeline, manner = stage.timeline, stage.manner
    start, end = slot
    time_s = timeline.time_s
    after = (time_s >= start).astype(float)
    along = path.root.copy()
    along[:, 1] = np.nan
    timeline.blend("root", along, after)
    timeline.blend("facing", path.facing[:, None], after)
    cruising = float(np.quantile(path.speed[path.speed > 0.05], 0.8))
    going = np.clip(path.speed / cruising, 0.0, 1.2) * window(time_s, start, end, 0.3, 0.3)
    _write_height(stage, plan, path, gait, going, slot)
    tilt = gait.roll_tilt * manner.pelvis_tilt
    write_sway(stage, plan, path, gait.sway_m * going * manner.step_width, tilt * going)
    vigour = np.clip(path.speed / 2.6, 0.0, 1.2) if gait.run else np.clip(path.speed / 1.3, 0.0, 1.3) ** 1.25
    _write_trunk(stage, plan, path, gait, going, vigour)
    _write_arm_swing(stage, plan, gait, vigour, slot)
    # Slow steps shake a body no less than quick ones.
    shaken = 2.6 if gait.run else np.clip(2.4 - 0.32 * path.speed, 1.7, 2.25)
    _write_unrest(stage, gait.unrest * shaken * going)


def _write_unrest(stage: Stage, weight: Array) -> None:
    """The shaking between 3.5 and 9 Hz that steps leave in a body of flesh, and slow drifts of posture.

    Sizes are those of real walks: accelerations of 1.0 to 1.5 m/s^2 (rms) at neck, shoulders and head,
    0.6 to 1.2 at the pelvis, over half of it above 3 Hz.
    """
    timeline, rng = stage.timeline, stage.rng
    time_s = timeline.time_s
    size = (stage.manner.unrest * weight)[:, None]
    for name, accelerations in UNREST_RAD_PER_S2.items():
        timeline.add(name, size * accelerations * shaking(rng, time_s, len(accelerations), 3.5, 9.0))
    timeline.add("root", size * UNREST_MPS2 * shaking(rng, time_s, 3, 3.5, 9.0))
    drift = slow_noise(rng, time_s, 6, 0.12, 0.6) * np.minimum(weight, 1.0)[:, None]
    timeline.add("pelvis", np.radians([1.2, 0.8, 1.5]) * drift[:, :3])
    timeline.add("spine", np.radians([2.2, 1.2, 1.5]) * drift[:, 3:])


def _write_height(
    stage: Stage, plan: StepPlan, path: Path, gait: Gait, going: Array, slot: tuple[float, float]
) -> None:
    timeline, frame, manner = stage.timeline, stage.frame, stage.manner
    time_s = timeline.time_s
    swinging = 2.0 * np.pi * (plan.phase - 0.5 + gait.bounce_lead)
    half_range = bounce(gait, frame, path.speed) * manner.bounce
    # A walker is highest over a straight leg; a runner's pelvis rises above that in flight.
    below = np.abs(half_range) * np.where(half_range < 0.0, RUNNER_BELOW, 1.0)
    lower = (gait.crouch_m + manner.sink_m + 0.004 * path.speed + below) * going
    if gait.limp:  # the body sinks onto the sore leg, and shuns it again at once
        lower = lower + 0.032 * gait.limp * going * np.clip(np.sin(np.pi * plan.phase), 0.0, 1.0)
    lift = frame.ball_ahead * 0.62 * np.sin(-gait.roll.base_pitch) * 1.25
    landings = [plan.swing(step)[1] for step in range(plan.n_steps)]
    speeds = np.interp(landings, time_s, path.speed)
    shock = np.zeros_like(time_s)
    for landing, speed in zip(landings, speeds, strict=True):
        size = IMPACT_M * manner.heel_impact * (0.35 + 0.65 * speed) * stage.rng.uniform(0.7, 1.3)
        shock -= size * ringing(time_s - landing, IMPACT_HZ, IMPACT_DECAY_S)
    moved = np.zeros((len(time_s), 3))
    moved[:, 1] = half_range * np.cos(swinging) * going - lower + shock
    moved[:, 1] += lift * window(time_s, *slot, 0.4, 0.5)
    # Fastest while both feet carry, slowest over the standing leg.
    surge_m = SURGE_M * (0.4 + 0.55 * path.speed) + SLOW_SURGE_M * _slowness(path, gait)
    surge = -surge_m * gait.surge * np.sin(swinging) * going
    timeline.add("root", moved + path.direction * surge[:, None])


def _write_trunk(stage: Stage, plan: StepPlan, path: Path, gait: Gait, going: Array, vigour: Array) -> None:
    timeline, manner = stage.timeline, stage.manner
    n_poses = len(going)
    beat = side_sign(plan.first_side) * np.cos(np.pi * plan.phase)
    lean = np.zeros((n_poses, 3))
    # The trunk falls forward at each landing and comes back; nobody does so exactly alike twice.
    nodding = np.cos(2.0 * np.pi * (plan.phase - 0.12))
    lean[:, 0] = gait.lean * going + 0.016 * vigour * manner.bounce * nodding
    twist = gait.twist * manner.trunk_twist * vigour * beat
    timeline.add("pelvis", 0.5 * lean + np.outer(twist, [0.0, 0.0, 1.0]))
    timeline.add("spine", 0.5 * lean - np.outer(2.1 * twist, [0.0, 0.0, 1.0]))
    head = -0.7 * lean + np.outer(1.0 * twist, [0.0, 0.0, 1.0])
    head[:, 0] += 0.012 * manner.head_nod * vigour * np.cos(2.0 * np.pi * (plan.phase - 0.3))
    timeline.add("head", head)
    noise = slow_noise(stage.rng, timeline.time_s, 5, 0.4, 2.2) * going[:, None]
    # Slow steps leave the trunk the time to sway.
    size = np.radians(0.9 + 3.5 * gait.unsteady + SLOW_SWAY_DEG * _slowness(path, gait))[:, None]
    timeline.add("spine", size * noise[:, :3] * [1.0, 1.0, 1.3])
    timeline.add("pelvis", 0.85 * size * noise[:, 3:] @ np.array([[1.0, 0.0, 0.0], [0.0, 0.6, 1.4]]))
    lean_in = LEAN_SHARE * path.lean_rad(1.0 / (timeline.time_s[1] - timeline.time_s[0]))
    timeline.add("pelvis", np.outer(lean_in, [0.0, 1.0, 0.0]))


def _slowness(path: Path, gait: Gait) -> Array:
    """(T,) 0 at an ordinary walking speed, 1 at half of it: how much a step comes to rest in between."""
    return np.zeros_like(path.speed) if gait.run else np.clip((1.15 - path.speed) / 0.6, 0.0, 1.0)


def feet_path(stage: Stage, path: Path) -> Array:
    """(T, 3) what the feet follow: in a bend they run outside the body that leans in."""
    lean = LEAN_SHARE * path.lean_rad(1.0 / (stage.timeline.time_s[1] - stage.timeline.time_s[0]))
    return path.root - path.leftward() * (stage.frame.stand_height * np.sin(lean))[:, None]


def write_sway(stage: Stage, plan: StepPlan, path: Path, sway: Array, tilt: Array) -> None:
    """Shift the pelvis over the standing foot and let the swinging side drop."""
    beat = side_sign(plan.first_side) * np.sin(np.pi * plan.phase)
    late = side_sign(plan.first_side) * np.sin(np.pi * (plan.phase - 0.12))
    stage.timeline.add("root", -path.leftward() * (sway * late)[:, None])
    roll = np.zeros((len(sway), 3))
    roll[:, 1] = tilt * beat
    stage.timeline.add("pelvis", roll)
    stage.timeline.add("spine", -1.1 * roll)


def ease_arms_down(stage: Stage, start: float) -> None:
    """Let both arms sink to hanging."""
    for side in SIDES:
        stage.timeline.ease(f"arm_{side}", start, start + 0.6, stage.hanging_arm())


def _write_arm_swing(
    stage: Stage, plan: StepPlan, gait: Gait, vigour: Array, slot: tuple[float, float]
) -> None:
    """Arms against the legs: each swings forward with the other side's foot."""
    start, end = slot
    timeline, manner = stage.timeline, stage.manner
    ease_arms_down(stage, start)
    running = np.clip(vigour, 0.0, 1.0) if gait.run else np.zeros_like(vigour)
    rest = gait.elbow * running + manner.elbow_rest * (1.0 - running) if gait.run else manner.elbow_rest
    noise = slow_noise(stage.rng, timeline.time_s, 4, 0.3, 1.5)
    drift, going = slow_noise(stage.rng, timeline.time_s, 4, 0.1, 0.6), np.minimum(3.0 * vigour, 1.0)
    for index, side in enumerate(SIDES):
        sign = side_sign(side) * side_sign(plan.first_side)
        # The feet land at whole phases; no two swings of an arm are alike.
        wandering = manner.arm_lead + gait.arm_lead + 0.03 * noise[:, index]
        forward = sign * np.cos(np.pi * (plan.phase + wandering))
        uneven = 1.0 + side_sign(side) * manner.arm_uneven + 0.08 * noise[:, 2 + index]
        angle = gait.arm_swing * manner.arm_swing * uneven * vigour * forward - gait.arms_back * running
        out = manner.arm_abduction + gait.arms_out + 0.02 * noise[:, 2 + index]
        out += 0.03 * drift[:, index] * going
        outward = np.tan(out) * (1.0 - 0.35 * np.clip(angle, 0.0, 1.0))
        curl = (0.5 * (1.0 + forward)) ** gait.elbow_sharpness
        lively = 1.0 if gait.run else manner.elbow_swing * np.clip(vigour, 0.0, 1.4)
        flexion = rest + gait.elbow_swing * lively * curl + 0.07 * drift[:, 2 + index] * going
        pose = sagittal_arm(angle, outward, np.maximum(flexion, 0.04))
        pose[:, 2] = 0.25 * running
        timeline.overlay(f"arm_{side}", start, end, pose, 0.55, 0.55)
