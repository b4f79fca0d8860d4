"""Handling things for a while: carrying, catching, sweeping."""

from __future__ import annotations

import numpy as np

from ..stage import Stage
from ..strokes import slow_noise, stroke, window
from ..timeline import SIDES, side_sign
from ..vocabulary import Reach

Slot = tuple[float, float]
SWEEP_S = 1.15
"""Seconds of one stroke of a broom to and fro."""


def carry(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """Hold a thing before the body at a height; it bobs a little, and its weight bends the trunk back."""
    time_s = stage.timeline.time_s
    rise = min(0.8, 0.3 * (slot[1] - slot[0])) / min(stage.manner.quickness, 1.2)
    weight = window(time_s, slot[0], slot[1], rise, rise)
    shoulder = stage.chest_axes(slot[0])[1][sides[0]][1]
    up = float(np.clip((step.height_m - shoulder) / stage.frame.arm_length, -0.80, 0.10))
    ahead = float(np.sqrt(max(0.72 - up**2, 0.20)))
    bob = 0.012 * slow_noise(stage.rng, time_s, 2, 0.4, 2.0)
    for side in sides:
        inward = -0.10 if len(sides) == 2 else 0.0
        path = np.stack([np.full_like(time_s, inward), up + bob[:, 0], ahead + bob[:, 1]], axis=-1)
        stage.hand_path(side, path, weight, (0.6, -1.0, -0.3))
    stage.pulse("spine", weight, [-0.05, 0.0, 0.0])
    if len(sides) == 1:
        stage.pulse("spine", weight, [0.0, -0.05 * side_sign(sides[0]), 0.0])


def catch(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """Hands up towards what comes flying, give way as it arrives, bring it to the chest, lower the arms."""
    time_s, span = stage.timeline.time_s, slot[1] - slot[0]
    caught = slot[0] + 0.42 * span
    give = max(0.22 / stage.manner.quickness, 0.16)
    shoulder = stage.chest_axes(slot[0])[1][sides[0]][1]
    up = float(np.clip((step.height_m - shoulder) / stage.frame.arm_length, -0.75, 0.90))
    far = np.array([-0.12 if len(sides) == 2 else 0.06, up, np.sqrt(max(0.88 - up**2, 0.05))])
    near = np.array([-0.10 if len(sides) == 2 else 0.0, -0.32, 0.44])
    ready = window(time_s, slot[0], slot[1], min(0.5, 0.34 * span) / stage.manner.quickness, 0.30 * span)
    drawn = stroke(time_s, caught, caught + 2.2 * give)
    jolt = window(time_s, caught - 0.02, caught + 3.0 * give, 0.7 * give, 2.2 * give)
    for side in sides:
        path = far + drawn[:, None] * (near - far)
        stage.hand_path(side, path, ready, (0.6, -1.0, -0.2))
    stage.pulse("root", ready, stage.offset(slot[0], up=-0.025))
    stage.pulse("root", jolt, stage.offset(slot[0], ahead=-0.03, up=-0.02))
    stage.pulse("spine", ready, [0.06, 0.0, 0.0])
    stage.pulse("spine", jolt, [-0.05, 0.0, 0.0])
    stage.pulse("head", ready * (1.0 - drawn), [-0.35 * up, 0.0, 0.0])
    stage.pulse("head", drawn * ready, [0.22, 0.0, 0.0])


def sweep(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """A broom held by both hands, the upper one at the height; strokes to one side and back."""
    timeline, time_s = stage.timeline, stage.timeline.time_s
    seconds = SWEEP_S / (0.6 + 0.4 * stage.manner.quickness) * stage.rng.uniform(0.92, 1.08)
    rise = min(0.8, 0.3 * (slot[1] - slot[0]))
    held = window(time_s, slot[0], slot[1], rise, rise)
    running = window(time_s, slot[0] + 0.5 * rise, slot[1] - 0.5 * rise, 0.5, 0.5)
    wander = 0.06 * slow_noise(stage.rng, time_s, 1, 0.1, 0.4)[:, 0]
    phase = (time_s - slot[0] - 0.5 * rise) / seconds + wander
    swing = np.sin(2.0 * np.pi * phase) * running * stage.manner.amplitude
    lower = SIDES[int(stage.rng.random() < 0.7)]
    half = stage.frame.joint("left_shoulder")[0] / stage.frame.arm_length
    shoulder = stage.chest_axes(slot[0])[1]["left"][1]
    up = float(np.clip((step.height_m - shoulder) / stage.frame.arm_length, -0.80, -0.10))
    sign = side_sign(lower)
    for side in SIDES:
        low = side == lower
        # Across the chest, positive to the lower hand's side; then from this shoulder, as for a left arm.
        across = (0.42 if low else 0.10) * half + (0.30 if low else 0.16) * swing
        outward = across - half if low else -across - half
        path = np.stack(
            [outward, up - (0.30 if low else 0.0) - 0.03 * np.abs(swing), np.full_like(swing, 0.50)], axis=-1
        )
        stage.hand_path(side, path, held, (0.9, -0.7, -0.2))
    stage.pulse("spine", swing, [0.0, 0.03, 0.30 * sign])
    stage.pulse("pelvis", swing, [0.0, 0.0, 0.10 * sign])
    stage.pulse("root", swing, stage.offset(slot[0], left=0.03 * sign))
    bent = np.radians(17.0 + 8.0 * stage.rng.random())
    stage.pulse("spine", held, [0.7 * bent, 0.0, 0.0])
    stage.pulse("pelvis", held, [0.5 * bent, 0.0, 0.0])
    stage.pulse("root", held, stage.offset(slot[0], ahead=-0.05, up=-0.02))
    stage.pulse("head", held, [0.10, 0.0, 0.0])
    for side in SIDES:
        timeline.ease(f"arm_{side}", slot[1] - 0.6 * rise, slot[1] + 0.1, stage.hanging_arm())
