"""Repeated exercises; every repetition differs a little, as people's do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arms import arm_pose, bent_arm, sagittal_arm
from ..ballistics import plan_hop
from ..footsteps import FootRoll, StepPlan, plan_phase, write_feet
from ..posture_rules import FLOOR_EXERCISES
from ..stage import Stage
from ..strokes import Array, minimum_jerk, stroke, window
from ..timeline import SIDES, foot_columns, side_sign
from ..vocabulary import Exercise
from .floor_exercises import push_up, sit_up
from .jumps import perform_hop
from .variation import uneven_phase, uneven_spans

Slot = tuple[float, float]


def exercise(stage: Stage, step: Exercise, slot: Slot) -> None:
    """Perform all repetitions within the slot."""
    if step.action not in FLOOR_EXERCISES:
        for side in SIDES:
            stage.timeline.ease(f"arm_{side}", slot[0], slot[0] + 0.5 * step.period_s, stage.hanging_arm())
    _EXERCISES[step.action](stage, step, slot)


def pulses(stage: Stage, spans: list[Slot], rise: float, fall: float) -> list[Array]:
    """One (T,) bump with a plateau per repetition; rise and fall are shares of the repetition."""
    time_s = stage.timeline.time_s
    return [
        stage.rng.uniform(0.93, 1.06) * window(time_s, start, end, rise * (end - start), fall * (end - start))
        for start, end in spans
    ]


def _spans(stage: Stage, step: Exercise, slot: Slot, per_repetition: int = 1) -> list[Slot]:
    return uneven_spans(stage, slot[0], slot[1], per_repetition * step.count)


def running_phase(stage: Stage, step: Exercise, slot: Slot) -> tuple[Array, Array]:
    """Repetitions run so far (T,) and a window (T,) that is open while they run."""
    phase = uneven_phase(stage, slot[0], slot[1], step.count)
    edge = 0.45 * min(step.period_s, 1.2)
    return phase, window(stage.timeline.time_s, slot[0], slot[1], edge, edge)


def _blend_arms(stage: Stage, pose: Array, weight: Array) -> None:
    for side in SIDES:
        stage.timeline.blend(f"arm_{side}", pose, np.clip(weight, 0.0, 1.0))


def _jumping_jack(stage: Stage, step: Exercise, slot: Slot) -> None:
    """Hop to feet apart and arms up, hop back."""
    timeline = stage.timeline
    spread = 0.24 * stage.frame.leg_length * stage.manner.amplitude
    opening = np.zeros_like(timeline.time_s)
    for number, (start, end) in enumerate(_spans(stage, step, slot, per_repetition=2)):
        half = end - start
        flight = min(0.42 * half, 0.27)
        hop = plan_hop(start, end, 9.81 * flight**2 / 8.0 + 0.03, 0.06, 0.03, 0.07)
        perform_hop(stage, hop, 0.0, tuck=0.0)
        sign = 1.0 if number % 2 == 0 else -1.0
        for side in SIDES:
            moved = np.zeros((len(timeline.time_s), 7))
            aside = stroke(timeline.time_s, hop.takeoff_s, hop.landing_s) * sign * spread * side_sign(side)
            moved[:, :3] = np.outer(aside, stage.leftward(start))
            timeline.add(f"foot_{side}", moved)
        opening += sign * stroke(timeline.time_s, start - 0.02 * half, start + 1.02 * half)
    low, high = -np.pi / 2 + stage.manner.arm_abduction, np.radians(48.0 + 26.0 * stage.manner.amplitude)
    angle = low + (high - low) * opening
    pose = arm_pose(np.stack([np.cos(angle), np.sin(angle), np.full_like(angle, 0.06)], axis=-1), 0.0, 0.22)
    _blend_arms(stage, pose, window(timeline.time_s, slot[0], slot[1], 0.25, 0.25))


def _squat(stage: Stage, step: Exercise, slot: Slot) -> None:
    total = np.sum(pulses(stage, _spans(stage, step, slot), 0.44, 0.46), axis=0)
    drop = 0.44 * stage.frame.leg_length * (0.85 + 0.15 * stage.manner.amplitude)
    stage.pulse("root", total, stage.offset(slot[0], ahead=-0.15, up=-drop))
    stage.pulse("pelvis", total, [np.radians(24), 0.0, 0.0])
    stage.pulse("spine", total, [np.radians(14), 0.0, 0.0])
    stage.pulse("head", total, [np.radians(-24), 0.0, 0.0])
    _blend_arms(stage, arm_pose([0.16, 0.30, 1.0], 0.0, 0.20), total)
    for side in SIDES:
        stage.pulse(f"foot_{side}", total, np.nan_to_num(foot_columns(swivel=np.radians(16))))


def _lunge(stage: Stage, step: Exercise, slot: Slot) -> None:
    """Step forward and down with one foot, push back; the left foot begins."""
    frame = stage.frame
    length = 0.72 * frame.leg_length
    spans = _spans(stage, step, slot)
    for number, weight in enumerate(pulses(stage, spans, 0.46, 0.46)):
        side, rear = SIDES[number % 2], SIDES[(number + 1) % 2]
        start, period = spans[number][0], spans[number][1] - spans[number][0]
        stage.swing_foot(side, start + 0.02 * period, start + 0.34 * period, 0.0, length, 0.09)
        stage.swing_foot(side, start + 0.64 * period, start + 0.97 * period, 0.0, -length, 0.09)
        stage.pulse("root", weight, stage.offset(start, ahead=0.52 * length, up=-0.36 * frame.leg_length))
        heel = np.nan_to_num(foot_columns(pitch=np.radians(-58)))
        stage.pulse(f"foot_{rear}", weight, heel)
        stage.pulse("pelvis", weight, [np.radians(3), 0.0, 0.0])
        stage.pulse("spine", weight, [np.radians(5), 0.0, 0.0])
    _, opened = running_phase(stage, step, slot)
    for side in SIDES:  # hands on the hips
        stage.hand_path(side, [0.05, -0.66, 0.12], opened, (1.0, 0.0, -0.6))


def _arm_circle(stage: Stage, step: Exercise, slot: Slot) -> None:
    """Stretched arms draw big circles about the shoulders: front, up, back, down."""
    phase, opened = running_phase(stage, step, slot)
    turn = 2.0 * np.pi * phase
    cone = np.radians(42.0) * stage.manner.amplitude
    direction = np.stack(
        [np.full_like(turn, np.cos(cone)), -np.sin(cone) * np.cos(turn), np.sin(cone) * np.sin(turn)], axis=-1
    )
    _blend_arms(stage, arm_pose(direction, 0.0, 0.16), opened)


def _side_bend(stage: Stage, step: Exercise, slot: Slot) -> None:
    """Bend to one side with the other arm overhead; sides alternate, the left begins."""
    for number, weight in enumerate(pulses(stage, _spans(stage, step, slot), 0.42, 0.44)):
        sign = 1.0 if number % 2 == 0 else -1.0
        angle = np.radians(30.0 * stage.manner.amplitude)
        stage.pulse("spine", weight, [0.0, sign * angle, 0.0])
        stage.pulse("pelvis", weight, [0.0, 0.30 * sign * angle, 0.0])
        stage.pulse("head", weight, [0.0, 0.3 * sign * angle, 0.0])
        stage.pulse("root", weight, stage.offset(slot[0], left=-0.07 * sign))
        arm = "right" if sign > 0 else "left"
        stage.timeline.blend(f"arm_{arm}", arm_pose([0.45, 0.9, 0.12], 0.0, 0.45), np.clip(weight, 0.0, 1.0))


def _toe_touch(stage: Stage, step: Exercise, slot: Slot) -> None:
    total = np.sum(pulses(stage, _spans(stage, step, slot), 0.44, 0.46), axis=0)
    pelvis, spine = np.radians(70.0), np.radians(58.0)
    stage.pulse("pelvis", total, [pelvis, 0.0, 0.0])
    stage.pulse("spine", total, [spine, 0.0, 0.0])
    stage.pulse("head", total, [np.radians(10.0), 0.0, 0.0])
    stage.pulse("root", total, stage.offset(slot[0], ahead=-0.17, up=-0.02))
    bend = (pelvis + spine) * np.clip(total, 0.0, 1.0)
    down = np.stack([np.full_like(bend, 0.10), -np.cos(bend), np.sin(bend)], axis=-1)
    _blend_arms(stage, arm_pose(down, 0.0, 0.12), total)


def _twist(stage: Stage, step: Exercise, slot: Slot) -> None:
    """Turn the trunk left and right with raised, bent arms."""
    phase, opened = running_phase(stage, step, slot)
    swing = np.sin(2.0 * np.pi * phase) * opened
    angle = np.radians(46.0 * stage.manner.amplitude)
    stage.pulse("spine", swing, [0.0, 0.0, angle])
    stage.pulse("pelvis", swing, [0.0, 0.0, 0.30 * angle])
    stage.pulse("head", swing, [0.0, 0.0, 0.15 * angle])
    _blend_arms(stage, bent_arm([0.92, -0.05, 0.40], [-0.6, 0.1, 1.0], np.radians(80)), opened)


def _high_knees(stage: Stage, step: Exercise, slot: Slot) -> None:
    """March on the spot with knees to hip height; the left knee begins."""
    timeline = stage.timeline
    rate = np.full(len(timeline.time_s), 1.0 / step.period_s)
    phase, n_steps = plan_phase(timeline.time_s, slot[0], slot[1], rate)
    fast = step.period_s < 0.62
    overlap = np.full(n_steps, -0.02 if fast else 0.04)
    plan = StepPlan(timeline.time_s, phase, n_steps, "left", overlap, np.full(n_steps, 1.0))
    root = np.tile(stage.standing_root(slot[0]), (len(timeline.time_s), 1))
    facing = np.full(len(timeline.time_s), stage.facing(slot[0]))
    lift = 0.46 * stage.frame.leg_length * (0.8 + 0.2 * stage.manner.amplitude) / stage.manner.clearance
    roll = FootRoll(stage.stand_half_width(), lift, 0.0, np.radians(28), peak_at=0.5, ahead=0.0)
    write_feet(stage, plan, root, facing, roll)
    _, opened = running_phase(stage, step, slot)
    knee = np.abs(np.sin(np.pi * phase))
    for index, side in enumerate(SIDES):
        lifted = knee * (np.floor(phase) % 2 == index) * opened
        # The thigh rises forward, so the foot hangs ahead of the hip.
        stage.pulse(
            f"foot_{side}", lifted**2, np.concatenate([stage.offset(slot[0], ahead=0.20), np.zeros(4)])
        )
        forward = -side_sign(side) * np.sin(np.pi * phase)
        angle = 0.15 + 0.75 * forward * stage.manner.amplitude
        stage.timeline.blend(f"arm_{side}", sagittal_arm(angle, 0.22, np.radians(85)), opened)
    stage.pulse(
        "root", opened * (0.5 - 0.5 * np.cos(2.0 * np.pi * phase) - 0.4), stage.offset(slot[0], up=0.030)
    )
    stage.pulse("spine", opened * np.sin(np.pi * phase), [0.0, 0.0, 0.16])


def _dance_sway(stage: Stage, step: Exercise, slot: Slot) -> None:
    """Sway from foot to foot with swinging hips, bouncing knees and loose arms."""
    phase, opened = running_phase(stage, step, slot)
    swing = np.sin(2.0 * np.pi * phase) * opened
    dip = (0.5 - 0.5 * np.cos(4.0 * np.pi * phase)) * opened
    size = stage.manner.amplitude
    stage.pulse("root", swing, stage.offset(slot[0], left=0.13 * size))
    stage.pulse("root", dip, stage.offset(slot[0], up=-0.08 * size))
    stage.pulse("pelvis", swing, [0.0, -0.19 * size, 0.20 * size])
    stage.pulse("spine", swing, [0.0, 0.32 * size, -0.45 * size])
    stage.pulse("spine", dip, [0.14 * size, 0.0, 0.0])
    stage.pulse("head", swing, [0.0, 0.14, 0.20])
    stage.pulse("head", dip, [-0.16 * size, 0.0, 0.0])
    for side in SIDES:
        lively = side_sign(side) * np.sin(2.0 * np.pi * phase - 0.6)
        # The heel of the foot that carries less comes up.
        heel = np.zeros((len(swing), 7))
        heel[:, 4] = -0.45 * size * minimum_jerk(-side_sign(side) * swing)
        stage.timeline.add(f"foot_{side}", heel)
        pose = sagittal_arm(0.30 + 0.62 * size * lively, 0.40, np.radians(46.0 + 22.0 * lively))
        stage.timeline.blend(f"arm_{side}", pose, opened)


def _dance_step(stage: Stage, step: Exercise, slot: Slot) -> None:
    """Step aside with one foot, draw the other up to it, and back again: left first, with loose arms."""
    timeline, size = stage.timeline, stage.manner.amplitude
    way = 0.0
    for number, (start, end) in enumerate(_spans(stage, step, slot)):
        side, sign = (SIDES[0], 1.0) if number % 2 == 0 else (SIDES[1], -1.0)
        span, follower = end - start, SIDES[(number + 1) % 2]
        if number % 2 == 0:  # the step back is as long, so that nobody wanders off
            way = 0.42 * size * stage.rng.uniform(0.93, 1.07) * stage.frame.leg_length / 0.82
        stage.swing_foot(side, start + 0.02 * span, start + 0.44 * span, sign * way, 0.0, 0.11)
        stage.swing_foot(follower, start + 0.50 * span, start + 0.92 * span, sign * way, 0.0, 0.09)
        moved = stroke(timeline.time_s, start + 0.05 * span, start + 0.85 * span)
        stage.pulse("root", moved, stage.offset(start, left=sign * way))
        dip = window(timeline.time_s, start, end, 0.4 * span, 0.4 * span)
        stage.pulse("root", dip, stage.offset(start, up=-0.06 * size))
        stage.pulse("pelvis", dip, [0.0, -0.12 * sign * size, 0.18 * sign])
        stage.pulse("spine", dip, [0.06, 0.22 * sign * size, -0.40 * sign * size])
        stage.pulse("head", dip, [0.06, 0.0, 0.10 * sign])
    phase, opened = running_phase(stage, step, slot)
    for side in SIDES:
        lively = side_sign(side) * np.cos(np.pi * phase)
        pose = sagittal_arm(0.32 + 0.62 * size * lively, 0.40, np.radians(46.0 + 22.0 * lively))
        timeline.blend(f"arm_{side}", pose, opened)


_EXERCISES: dict[str, Callable[[Stage, Exercise, Slot], None]] = {
    "jumping_jack": _jumping_jack,
    "squat": _squat,
    "lunge": _lunge,
    "arm_circle": _arm_circle,
    "side_bend": _side_bend,
    "toe_touch": _toe_touch,
    "twist": _twist,
    "high_knees": _high_knees,
    "dance_sway": _dance_sway,
    "dance_step": _dance_step,
    "sit_up": sit_up,
    "push_up": push_up,
}
