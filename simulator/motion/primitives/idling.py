"""Doing nothing in particular: shifting weight, and the small movements that never stop."""

from __future__ import annotations

import numpy as np

from ..stage import Stage
from ..strokes import Array, slow_noise, window
from ..timeline import SIDES
from ..vocabulary import Idle


def idle(stage: Stage, step: Idle, slot: tuple[float, float]) -> None:
    """Keep the posture, sway and look about; the arms sink to rest if they were busy."""
    timeline = stage.timeline
    start, end = slot
    upright = timeline.value("root", start)[1] > 0.8 * stage.frame.stand_height
    if upright:
        for side in SIDES:
            timeline.ease(f"arm_{side}", start, min(start + 0.8, end), stage.hanging_arm())
    open_s = min(0.6, 0.4 * (end - start))
    inside = window(timeline.time_s, start, end, open_s, open_s) * step.sway
    looks = slow_noise(stage.rng, timeline.time_s, 2, 0.12, 0.4)
    turn = np.zeros((len(timeline.time_s), 3))
    turn[:, 2] = 0.30 * inside * looks[:, 0]
    timeline.add("head", turn)
    if upright:
        shift = 0.035 * stage.manner.sway * inside * looks[:, 1]
        timeline.add("root", np.outer(shift, stage.leftward(start)))
        timeline.add("pelvis", np.outer(-1.0 * shift, [0.0, 1.0, 0.0]))


def add_life(stage: Stage) -> None:
    """Breathing and slow swaying over the whole clip, so that nobody ever stands like a statue."""
    timeline, manner, rng = stage.timeline, stage.manner, stage.rng
    time_s = timeline.time_s
    # What lies on the floor breathes but does not sway.
    upright = np.clip(timeline.tracks["root"][:, 1] / stage.frame.stand_height - 0.3, 0.0, 0.5) * 2.0
    breath = np.sin(2.0 * np.pi * (manner.breathing_hz * time_s + rng.random()))
    stage.pulse("spine", breath, [np.radians(-0.7), 0.0, 0.0])
    stage.pulse("shrug", breath, np.radians([0.8, 0.8]))
    sway = slow_noise(rng, time_s, 2, 0.12, 0.9)
    shift = slow_noise(rng, time_s, 2, 0.06, 0.25)
    across, along = (0.0045 * sway[:, i] + 0.006 * shift[:, i] for i in (0, 1))
    planar = np.stack([across, np.zeros(len(time_s)), along], axis=-1)
    timeline.add("root", planar * (manner.sway * upright)[:, None])
    _jitter(stage, "pelvis", [0.35, 0.35, 0.5], upright)
    _jitter(stage, "spine", [0.6, 0.6, 0.8], 0.3 + 0.7 * upright)
    _jitter(stage, "head", [1.2, 0.8, 1.8], 0.1 + 0.9 * upright)
    for side in SIDES:
        _jitter(stage, f"arm_{side}", [1.3, 1.3, 1.5, 1.6], 0.05 + 0.95 * upright)


def _jitter(stage: Stage, name: str, degrees: list[float], weight: Array) -> None:
    noise = slow_noise(stage.rng, stage.timeline.time_s, len(degrees), 0.15, 1.6)
    stage.timeline.add(name, noise * np.radians(degrees) * weight[:, None])
