"""Footsteps first: when which foot swings, where it lands, and how it rolls over the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .stage import Stage
from .strokes import Array, bump, cruise
from .timeline import foot_columns, other


@dataclass(frozen=True)
class FootRoll:
    """How the feet of a gait move; angles in rad, lengths in m."""

    half_width: float
    clearance: float
    """Peak height of the ball during a swing."""
    heel_strike: float
    """Toe-up pitch at landing."""
    heel_off: float
    """Heel-up pitch at lift-off."""
    base_pitch: float = 0.0
    """Pitch of the supporting foot (negative on tiptoe)."""
    swing_pitch: float = 0.0
    """Extra heel-up pitch in mid-swing (running)."""
    peak_at: float = 0.4
    """When the clearance peaks, share of the swing."""
    least: float = 0.8
    """Share of the clearance that slow steps keep."""
    ahead: float = -0.055
    """Shift of the plants along the facing: an early heel-off lets the body travel ahead of its foot."""


@dataclass(frozen=True)
class StepPlan:
    """Alternating steps: step k swings one foot around phase k + 0.5.

    Attributes:
        time_s: (T,) the time grid.
        phase: (T,) phase in steps, rising from 0 to n_steps.
        n_steps: number of steps.
        first_side: the foot of step 0.
        overlap: (n_steps,) phase between the ends of neighbouring swings, halved: positive is double
            support, negative is flight.
        vigour: (n_steps,) 0-1, how far roll and clearance are developed (slow steps roll less).
    """

    time_s: Array
    phase: Array
    n_steps: int
    first_side: str
    overlap: Array
    vigour: Array

    def side(self, step: int) -> str:
        """Which foot a step swings."""
        even = step % 2 == 0
        return self.first_side if even else other(self.first_side)

    def time_at(self, phase: float) -> float:
        """Time at which the phase is reached."""
        moving = np.flatnonzero(np.diff(self.phase) > 0)
        first, last = moving[0], moving[-1] + 2
        return float(np.interp(phase, self.phase[first:last], self.time_s[first:last]))

    def swing(self, step: int) -> tuple[float, float]:
        """Lift-off and landing times of a step."""
        lift = max(step + self.overlap[step], 0.0)
        land = min(step + 1.0 - self.overlap[step], float(self.n_steps))
        return self.time_at(lift), self.time_at(land)

    def stance_middle(self, step: int) -> float:
        """Time in the middle of the stance that follows a step."""
        return self.time_at(min(step + 1.5, float(self.n_steps)))


def plan_phase(
    time_s: Array, start_s: float, end_s: float, steps_per_s: Array, extra: int = 0
) -> tuple[Array, int]:
    """Phase (T,) over start_s..end_s from a wanted step rate (T,), scaled to whole steps (>= 2)."""
    inside = (time_s >= start_s) & (time_s <= end_s)
    rate = np.where(inside, steps_per_s, 0.0)
    dt = time_s[1] - time_s[0]
    phase = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * dt)])
    n_steps = max(2, round(float(phase[-1]))) + extra
    return phase * (n_steps / phase[-1]), n_steps


def write_feet(stage: Stage, plan: StepPlan, roots: Array, facings: Array, roll: FootRoll) -> None:
    """Write both feet's tracks: planted where the body will be in the middle of each stance.

    Args:
        stage: what to write on.
        plan: the steps.
        roots: (T, 3) path of the body (without sway).
        facings: (T,) facing of the body, rad.
        roll: shape of the steps.
    """
    for step in range(plan.n_steps):
        side = plan.side(step)
        lift, land = plan.swing(step)
        middle = plan.stance_middle(step)
        closing = step >= plan.n_steps - 2
        half_width = stage.stand_half_width() if closing else roll.half_width
        index = stage.timeline.frame(middle)
        home = stage.foot_home(side, roots[index], facings[index], half_width)
        if not closing:
            shift = roll.ahead * plan.vigour[step]
            home[[0, 2]] += shift * np.array([np.sin(facings[index]), np.cos(facings[index])])
        _write_swing(stage, f"foot_{side}", home, lift, land, plan.vigour[step], roll)
        _write_roll(stage, plan, step, roll)


def _write_swing(
    stage: Stage, name: str, home: Array, lift: float, land: float, vigour: float, roll: FootRoll
) -> None:
    timeline = stage.timeline
    progress = (timeline.time_s - lift) / (land - lift)
    target = home.copy()
    target[[1, 4, 5, 6]] = np.nan
    timeline.blend(name, target, cruise(progress))
    height = roll.clearance * stage.manner.clearance * (roll.least + (1.0 - roll.least) * vigour)
    rise = np.zeros((len(timeline.time_s), 7))
    rise[:, 1] = height * bump(progress, roll.peak_at, 3.0)
    rise[:, 4] = -roll.swing_pitch * vigour * bump(progress, 0.42)
    timeline.add(name, rise)


def _write_roll(stage: Stage, plan: StepPlan, step: int, roll: FootRoll) -> None:
    """Heel-off before the swing, toes up towards landing, flat after it."""
    timeline, name = stage.timeline, f"foot_{plan.side(step)}"
    lift, land = plan.swing(step)
    vigour = plan.vigour[step]
    last = step >= plan.n_steps - 2

    def pitch(start_s: float, end_s: float, value: float) -> None:
        timeline.ease(name, start_s, end_s, foot_columns(pitch=value))

    swing = land - lift
    heel_rise = 0.75 * swing if step >= 1 else 0.35 * swing
    pitch(
        max(lift - heel_rise, plan.time_at(0.0)),
        lift + 0.28 * swing,
        roll.base_pitch - roll.heel_off * vigour,
    )
    landing = 0.0 if last and roll.base_pitch == 0.0 else roll.base_pitch
    pitch(
        lift + 0.22 * swing, lift + 0.95 * swing, landing + roll.heel_strike * vigour * (0.4 if last else 1.0)
    )
    pitch(land - 0.02, land + 0.32 * swing, 0.0 if last else roll.base_pitch)
    if last and roll.base_pitch != 0.0:
        end = plan.time_at(plan.n_steps)
        pitch(end - 0.40, end - 0.02, 0.0)


def first_foot(stage: Stage, start_s: float, direction: Array | None) -> str:
    """The foot to begin with: the one that lies behind along the direction, else a seeded one."""
    feet = {side: stage.timeline.value(f"foot_{side}", start_s)[[0, 2]] for side in ("left", "right")}
    if direction is not None:
        lead = float((feet["left"] - feet["right"]) @ np.asarray(direction)[[0, 2]])
        if abs(lead) > 0.04:
            return "right" if lead > 0 else "left"
    return "left" if stage.rng.random() < 0.5 else "right"
