"""From a motion script to body motion: perform the steps on a timeline, then solve the joints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from simulator.body.model import BodyModel

from .body_frame import measure_body
from .body_motion import BodyMotion
from .durations import script_duration_s, step_duration_s
from .floor import settle_on_floor
from .lying import rest_on_floor
from .manner import draw_manner
from .path_rules import plan_path
from .primitives import exercises, falls, gestures, idling, jumps, locomotion, postures, reaches, strikes
from .script_rules import validate_script
from .solver import solve, to_body_motion
from .stage import Stage, standing_values
from .strokes import smooth
from .timeline import Timeline
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
    Turn,
)

SYNTHESIS_VERSION = "4"
RATE_HZ = 50.0
INNER_RATE_HZ = 100.0
AT_REST = (Posture, Fall, Idle)
"""Steps after, or within, which a body may lie and do nothing."""


def synthesize(script: MotionScript, seed: int, body: BodyModel) -> BodyMotion:
    """Perform a script.

    The same script, seed and body give the same motion; another seed gives another person's way of
    doing the same. The motion starts with the pelvis over (0, 0), facing -y, the floor at z = 0.

    Args:
        script: a valid script.
        seed: seeds the individual variation.
        body: body model, which brings the lengths.

    Returns:
        Body motion at 50 poses per second, round(planned seconds * 50) + 1 poses.

    Raises:
        ScriptError: the script breaks a rule of the vocabulary.
    """
    validate_script(script)
    rng = np.random.default_rng(seed)
    frame = measure_body(body, body.betas_for(script.subject.height_m, script.subject.build))
    manner = draw_manner(script.style, rng)
    duration = script_duration_s(script)
    n_out = round(duration * RATE_HZ)
    values = standing_values(frame, manner, frame.hip_half_width * (1.05 + 0.25 * manner.step_width))
    timeline = Timeline.at_rest(n_out / RATE_HZ, INNER_RATE_HZ, values)
    stage = Stage(frame, manner, script.style, timeline, rng)
    slots = _perform_steps(stage, script)
    busy = _perform_layers(stage, script, slots)
    busy += [slot for step, slot in zip(script.steps, slots, strict=True) if not isinstance(step, AT_REST)]
    idling.add_life(stage)
    for name, track in timeline.tracks.items():
        timeline.tracks[name] = smooth(track, manner.seconds_softer, INNER_RATE_HZ)
    rest_on_floor(frame, body, timeline, busy)
    local, root = solve(frame, timeline)
    every = round(INNER_RATE_HZ / RATE_HZ)
    motion = to_body_motion(frame, local[::every], root[::every], RATE_HZ)
    falls = [slot for step, slot in zip(script.steps, slots, strict=True) if isinstance(step, Fall)]
    return settle_on_floor(motion, body, frame.stand_height, falls)


PERFORMERS: dict[type, Callable[[Stage, Any, tuple[float, float]], None]] = {
    Turn: locomotion.turn,
    Posture: postures.posture,
    Jump: jumps.jump,
    Strike: strikes.strike,
    Fall: falls.fall,
    Reach: reaches.reach,
    Gesture: gestures.gesture,
    Exercise: exercises.exercise,
    Idle: idling.idle,
}
"""What performs each kind of step but Locomote, whose adjoining steps are performed as one."""


def _perform_steps(stage: Stage, script: MotionScript) -> list[tuple[float, float]]:
    """Perform all steps in order; returns their slots."""
    slots: list[tuple[float, float]] = []
    for step in script.steps:
        begin = slots[-1][1] if slots else 0.0
        slots.append((begin, begin + step_duration_s(step, script.style)))
    facings = [point.facing_deg for point in plan_path(script)]
    index = 0
    while index < len(script.steps):
        step = script.steps[index]
        if not isinstance(step, Locomote):
            PERFORMERS[type(step)](stage, step, _hesitant(stage, step, slots[index]))
            index += 1
            continue
        walk = [step]
        for following in script.steps[index + 1 :]:
            facing = facings[index + len(walk)]
            if not (isinstance(following, Locomote) and locomotion.adjoining(walk[-1], following, facing)):
                break
            walk.append(following)
        locomotion.locomote(stage, walk, slots[index : index + len(walk)])
        index += len(walk)
    return slots


def _hesitant(stage: Stage, step: Step, slot: tuple[float, float]) -> tuple[float, float]:
    """The slot, begun late by a hesitating person where the step leaves the time for it."""
    if not isinstance(step, Gesture | Strike | Reach | Turn):
        return slot
    longest = min(0.4, 0.12 * (slot[1] - slot[0]))
    return (slot[0] + stage.manner.hesitation * longest * stage.rng.uniform(0.4, 1.0), slot[1])


def _perform_layers(
    stage: Stage, script: MotionScript, slots: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Lay gestures over finished steps, in the middle of their span; returns their slots."""
    performed = []
    for layer in script.layers:
        begin, end = slots[layer.start_step][0], slots[layer.end_step][1]
        spare = end - begin - layer.primitive.duration_s
        start = begin + 0.5 * spare
        performed.append((start, start + layer.primitive.duration_s))
        PERFORMERS[type(layer.primitive)](stage, layer.primitive, performed[-1])
    return performed
