"""Footsteps first: when which foot swings, where it lands, and how it rolls over the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .stage import Stage
from .strokes import Array, cruise, hump
from .timeline import foot_columns, other, side_sign

BEND_WIDTH_M, BEND_BOW_M = 0.06, 0.12
"""How much farther from the middle a foot is set down, and swung past the other leg, per radian turned."""
FARTHEST_PLANT = 0.37
"""Farthest landing of an ankle ahead of the hip, in leg lengths."""
FIRST_LIFT = 0.12
"""When the first foot leaves the floor, share of its step: the weight goes over to the other one before."""


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
    rise_power: float = 3.0
    """How softly the foot leaves and meets the floor; above 2 its acceleration has no step."""
    fullness: float = 1.0
    """How long the foot stays high: rise r becomes 1 - (1 - r)^fullness."""
    swing_pitch: float = 0.0
    """Extra heel-up pitch in mid-swing (running)."""
    peak_at: float = 0.41
    """When the clearance peaks, share of the swing."""
    least: float = 0.8
    """Share of the clearance that slow steps keep."""
    ahead: float = -0.055
    """Shift of the plants along the facing: an early heel-off lets the body travel ahead of its foot."""
    heel_off_lead: float = 0.215
    """When the heel begins to rise: share of the swing's time before lift-off."""
    heel_off_peak: float = 0.205
    """When the heel is highest above the toes, share of the swing."""
    toe_up_by: float = 0.87
    """When the toes are up for the landing, share of the swing."""
    flat_after: float = 0.10
    """When the foot is flat on the floor, share of the swing's time after the landing."""
    scatter: float = 0.0
    """Deviation of single plants from even ones, in leg lengths ahead (half as much sideways)."""
    edge: float = 0.40
    """Share of the swing over which the foot speeds up, and as much over which it slows down."""


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
        lift = step + (self.overlap[step] if step else max(self.overlap[step], FIRST_LIFT))
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


def write_feet(
    stage: Stage,
    plan: StepPlan,
    roots: Array,
    facings: Array,
    shape: FootRoll,
    last_shape: FootRoll | None = None,
) -> None:
    """Write both feet's tracks: planted where the body will be in the middle of each stance.

    Args:
        stage: what to write on.
        plan: the steps.
        roots: (T, 3) path of the body (without sway).
        facings: (T,) facing of the body, rad.
        shape: shape of the steps.
        last_shape: shape of the last two steps, with which the feet come side by side; None for the same.
    """
    for step in range(plan.n_steps):
        roll = last_shape if last_shape and step >= plan.n_steps - 2 else shape
        side = plan.side(step)
        lift, land = plan.swing(step)
        middle = plan.stance_middle(step)
        closing = step >= plan.n_steps - 2
        half_width = stage.stand_half_width() if closing else roll.half_width
        index = stage.timeline.frame(middle)
        # On the inside of a bend the legs would brush past each other.
        turned = min(_turned(facings, stage, lift, middle), 0.8)
        half_width += BEND_WIDTH_M * turned * (not closing)
        home = stage.foot_home(side, roots[index], facings[index], half_width)
        if not closing:
            shift = roll.ahead * plan.vigour[step]
            home += _in_facing(facings[index], shift, 0.0)
            home += _in_facing(facings[index], *_scattered(stage, roll.scatter * stage.frame.leg_length))
            home += _in_facing(facings[index], -_overreach(stage, roots, home, facings[index], land), 0.0)
        elif step == plan.n_steps - 1 and roll.scatter > 0.0:
            home += _in_facing(facings[index], -stage.manner.settle_m, 0.0)
        write_swing(stage, f"foot_{side}", home, lift, land, plan.vigour[step], roll)
        if step + 2 < plan.n_steps and roll.scatter > 0.0:
            _write_creep(stage, f"foot_{side}", home, facings[index], land, plan.swing(step + 2)[0])
        _write_bow(stage, side, facings, lift, land, BEND_BOW_M * turned)
        _write_roll(stage, plan, step, roll)


def _full(rise: Array, fullness: float) -> Array:
    """A rise within 0..1 that stays high for longer."""
    return 1.0 - np.maximum(1.0 - rise, 0.0) ** fullness


def _in_facing(facing: float, ahead: float, left: float) -> Array:
    """(7,) addition to a foot track: a shift in the axes of a facing, m."""
    shift = np.zeros(7)
    shift[0] = ahead * np.sin(facing) + left * np.cos(facing)
    shift[2] = ahead * np.cos(facing) - left * np.sin(facing)
    return shift


def _turned(facings: Array, stage: Stage, start_s: float, end_s: float) -> float:
    """Angle turned between two times, rad."""
    return float(abs(facings[stage.timeline.frame(end_s)] - facings[stage.timeline.frame(start_s)]))


def _overreach(stage: Stage, roots: Array, home: Array, facing: float, land_s: float) -> float:
    """How much too far ahead of the body a plant lies at the landing, for a leg that does not lock, m."""
    body = roots[stage.timeline.frame(land_s)]
    forward = np.array([np.sin(facing), np.cos(facing)])
    ahead = float((home - [*body, 0.0, 0.0, 0.0, 0.0])[[0, 2]] @ forward) - stage.frame.ball_ahead
    return max(ahead - FARTHEST_PLANT * stage.frame.leg_length, 0.0)


def _scattered(stage: Stage, size: float) -> tuple[float, float]:
    """Seeded deviation of a plant: ahead and left, m."""
    ahead, left = np.clip(stage.rng.normal(0.0, [size, 0.5 * size]), -2.0 * size, 2.0 * size)
    return float(ahead), float(left)


def _write_bow(stage: Stage, side: str, facings: Array, lift: float, land: float, width: float) -> None:
    """Swing a foot past the standing leg on an outward bow of a width, m."""
    time_s = stage.timeline.time_s
    outward = _in_facing(facings[stage.timeline.frame(0.5 * (lift + land))], 0.0, side_sign(side) * width)
    stage.timeline.add(f"foot_{side}", np.outer(hump((time_s - lift) / (land - lift)), outward))


def _write_creep(stage: Stage, name: str, home: Array, facing: float, land: float, lift: float) -> None:
    """The loaded ball of a foot is no nail: it rolls on by millimetres and the heel pivots about it."""
    ahead, left, pivot = stage.rng.normal([0.003, 0.0, 0.05], [0.0015, 0.0012, 0.03])
    target = home + _in_facing(facing, float(np.clip(ahead, 0.0, 0.006)), float(np.clip(left, -0.003, 0.003)))
    target[[1, 4, 5, 6]] = np.nan
    target[3] += pivot * np.sign(home[3] - facing)
    stage.timeline.ease(name, land + 0.05, lift + 0.05, target)


def write_swing(
    stage: Stage, name: str, home: Array, lift: float, land: float, vigour: float, roll: FootRoll
) -> None:
    """Move a foot to its next place (7,) between two times, lifted as the roll and the person have it."""
    timeline = stage.timeline
    progress = (timeline.time_s - lift) / (land - lift)
    target = home.copy()
    target[[1, 4, 5, 6]] = np.nan
    timeline.blend(name, target, cruise(progress, roll.edge))
    height = roll.clearance * stage.manner.clearance * (roll.least + (1.0 - roll.least) * vigour)
    rise = np.zeros((len(timeline.time_s), 7))
    rise[:, 1] = height * _full(hump(progress, roll.peak_at, roll.rise_power), roll.fullness)
    rise[:, 4] = -roll.swing_pitch * vigour * hump(progress, roll.peak_at, roll.rise_power)
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
    # A foot that stood beside the other one rolls off slowly and little.
    rested = step == 0
    heel_rise = roll.heel_off_lead * swing
    peak = lift + (max(roll.heel_off_peak, 0.42) if rested else roll.heel_off_peak) * swing
    heel_off = roll.heel_off * vigour * (0.6 if rested else 1.0)
    pitch(max(lift - heel_rise, plan.time_at(0.0)), peak, roll.base_pitch - heel_off)
    landing = 0.0 if last and roll.base_pitch == 0.0 else roll.base_pitch
    toe_up = landing + roll.heel_strike * vigour * (0.75 if last else 1.0)
    pitch(peak - 0.06 * swing, lift + roll.toe_up_by * swing, toe_up)
    pitch(land - 0.02, land + roll.flat_after * swing, 0.0 if last else roll.base_pitch)
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
