"""The way of a locomote step: where the body is, how fast it goes and where it faces, over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..durations import GRAVITY_MPS2, locomote_distance_m, ramp_s
from ..path_rules import signed_deg, travel_facing_deg
from ..rotations import cross
from ..stage import Stage
from ..strokes import Array, minimum_jerk, slow_noise, smooth, stroke, window
from ..vocabulary import Locomote

CLOSING_S = 0.17
"""The body stands this long before the last foot has closed up."""
MAX_LEAN_RAD = 0.21
STAGGER_WEAVE_M, STAGGER_TURN_RAD = 0.065, 0.13
UP: Array = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Path:
    """A planned way: root (T, 3), facing (T,), speed (T,) and direction (T, 3) of travel."""

    root: Array
    facing: Array
    speed: Array
    direction: Array

    def lean_rad(self, rate_hz: float) -> Array:
        """(T,) lean to the left that the centripetal acceleration of a bend asks for, at most 12 degrees."""
        turning = np.gradient(self.facing) * rate_hz
        angle = np.arctan(self.speed * turning / GRAVITY_MPS2)
        return smooth(np.clip(angle, -MAX_LEAN_RAD, MAX_LEAN_RAD), 0.15, rate_hz)

    def leftward(self) -> Array:
        """(T, 3) unit vectors to the left of the facing."""
        return np.stack([np.cos(self.facing), np.zeros_like(self.facing), -np.sin(self.facing)], axis=-1)

    def forward(self) -> Array:
        """(T, 3) unit vectors along the facing."""
        return np.stack([np.sin(self.facing), np.zeros_like(self.facing), np.cos(self.facing)], axis=-1)


def plan_way(
    stage: Stage,
    steps: list[Locomote],
    slots: list[tuple[float, float]],
    halt: float,
    unsteady: float = 0.0,
) -> Path:
    """The way of adjoining steps, at rest at the first slot's start and from `halt` on.

    Args:
        stage: what is walked on; the way begins at the pelvis as its tracks stand.
        steps: adjoining locomote steps.
        slots: begin and end of each step, s.
        halt: when the body has arrived, s.
        unsteady: 0-1, how far the way weaves beyond what the person's manner does.
    """
    timeline = stage.timeline
    time_s = timeline.time_s
    start = slots[0][0]
    dt = time_s[1] - time_s[0]
    total = halt - start
    # Ramps shorter by the closing time keep the planned duration and the cruising speed both.
    rise = min(ramp_s(steps[0].speed_mps) - CLOSING_S, 0.5 * total)
    fall = min(ramp_s(steps[-1].speed_mps) - CLOSING_S, 0.5 * total)
    envelope = window(time_s, start, halt, rise, fall)
    profiles = [share * envelope for share in shares_of_slots(time_s, slots)]
    inside = [(time_s > a) & (time_s <= b) for a, b in slots]
    covered = np.array([[float(profile[mask].sum() * dt) for profile in profiles] for mask in inside])
    lengths = np.array([locomote_distance_m(step) for step in steps])
    speed = np.asarray(sum(v * p for v, p in zip(np.linalg.solve(covered, lengths), profiles, strict=True)))
    facing, direction_angle = _plan_facing(stage, steps, slots, speed * dt)
    ahead = np.stack([np.sin(direction_angle), np.zeros_like(speed), np.cos(direction_angle)], axis=-1)
    root = timeline.value("root", start) + np.cumsum(ahead * (speed * dt)[:, None], axis=0)
    # Who goes slowly has no room to weave widely: the way would be much longer than planned.
    weave = max(stage.manner.weave, STAGGER_WEAVE_M * unsteady) * min(1.0, float(speed.max())) ** 1.5
    if weave > 0.0:
        aside = cross(UP, ahead)
        wander = slow_noise(stage.rng, time_s, 2, 0.15, 0.45)
        root = root + weave * wander[:, :1] * aside * envelope[:, None]
        facing = facing + STAGGER_TURN_RAD * unsteady * wander[:, 1] * envelope
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


def shares_of_slots(time_s: Array, slots: list[tuple[float, float]]) -> list[Array]:
    """Soft partition of time into slots, blended over 0.5 s around each boundary."""
    edges = [stroke(time_s, slot[0] - 0.25, slot[0] + 0.25) for slot in slots[1:]]
    bounds = [np.ones_like(time_s), *edges, np.zeros_like(time_s)]
    return [bounds[i] - bounds[i + 1] for i in range(len(slots))]
