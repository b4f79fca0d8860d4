"""Hopping on one leg and skipping: travelling with a flight in every hop, which obeys gravity."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.interpolate import BPoly

from ..arms import sagittal_arm
from ..durations import GRAVITY_MPS2
from ..footsteps import FootRoll, write_swing
from ..stage import Stage
from ..strokes import Array, stroke, window
from ..timeline import SIDES, foot_columns, other, side_sign
from .gait_body import ease_arms_down
from .ways import Path

Slot = tuple[float, float]
HOP_S, HOP_FLIGHT_S = 0.55, 0.21
SKIP_S, SKIP_FLIGHT_S = 0.56, 0.19
"""Seconds of one hop and of one step-hop of an adult, and of the flight in it."""
HOP_ROLL = FootRoll(0.0, 0.085, 0.0, 0.0, peak_at=0.5, rise_power=2.1, edge=0.3)
SKIP_ROLL = FootRoll(0.05, 0.17, 0.0, 0.0, peak_at=0.62, rise_power=2.5, edge=0.4)
SHORT_S = 0.32
"""A foot that is off the floor for less than this hops, else it swings."""
PREPARE_S, RECOVER_S = 0.40, 0.45
"""Seconds from the start to the first take-off, and from the last landing of a hop to a quiet stand."""


@dataclass(frozen=True)
class Flight:
    """Both feet are off the floor from takeoff_s to landing_s."""

    takeoff_s: float
    landing_s: float


@dataclass(frozen=True)
class Contact:
    """One stance of one foot."""

    land_s: float
    lift_s: float


def hop(stage: Stage, path: Path, slot: Slot) -> None:
    """Hop along the path on one leg, the other one bent behind."""
    start, end = slot
    side = SIDES[int(stage.rng.random() < 0.5)]
    flights = _flights(stage, slot, HOP_S, HOP_FLIGHT_S)
    edges = [start, *(t for flight in flights for t in (flight.takeoff_s, flight.landing_s)), end]
    contacts = [Contact(land, lift) for land, lift in zip(edges[::2], edges[1::2], strict=True)]
    _write_contacts(stage, side, contacts, path, 0.25 * stage.frame.hip_half_width, HOP_ROLL)
    busy = window(stage.timeline.time_s, start, end, PREPARE_S, RECOVER_S)
    _write_root(stage, path, flights, slot)
    aside = path.leftward() * side_sign(side)
    stage.timeline.add("root", aside * (0.55 * stage.frame.hip_half_width * busy)[:, None])
    _carry_free_foot(stage, other(side), path, slot)
    _bounce_trunk(stage, flights, busy, 0.10)
    _pump_arms(stage, flights, slot)


def skip(stage: Stage, path: Path, slot: Slot) -> None:
    """Step and hop on one foot, step and hop on the other; arms swing against the legs."""
    start, end = slot
    first = SIDES[int(stage.rng.random() < 0.5)]
    flights = _flights(stage, slot, SKIP_S, SKIP_FLIGHT_S)
    contacts: dict[str, list[Contact]] = {side: [] for side in SIDES}
    landed = dict.fromkeys(SIDES, start)
    for number, flight in enumerate(flights):
        side = first if number % 2 == 0 else other(first)
        contacts[side].append(Contact(landed[side], flight.takeoff_s))
        last = number == len(flights) - 1
        # The other foot comes down half-way between this hop and the next, this one leaves just after.
        hop_off = end if last else flights[number + 1].takeoff_s
        step_down = flight.landing_s + 0.55 * (hop_off - flight.landing_s)
        contacts[side].append(Contact(flight.landing_s, end if last else step_down + 0.04))
        if number == 0:
            contacts[other(side)].append(Contact(start, start + 0.45 * (flight.takeoff_s - start)))
        landed[other(side)] = step_down
    contacts[other(first) if len(flights) % 2 else first].append(
        Contact(_other_landing(landed, flights, first), end)
    )
    for side in SIDES:
        half_width = 0.6 * stage.frame.hip_half_width * side_sign(side)
        _write_contacts(stage, side, contacts[side], path, abs(half_width), SKIP_ROLL)
    busy = window(stage.timeline.time_s, start, end, PREPARE_S, RECOVER_S)
    _write_root(stage, path, flights, slot)
    _bounce_trunk(stage, flights, busy, 0.06)
    _swing_arms(stage, flights, first, slot)


def _other_landing(landed: dict[str, float], flights: list[Flight], first: str) -> float:
    """When the foot that did not do the last hop has come down."""
    hopper = first if len(flights) % 2 else other(first)
    return landed[other(hopper)]


def _flights(stage: Stage, slot: Slot, period_s: float, flight_s: float) -> list[Flight]:
    """Evenly spread flights, as many as fit at the person's cadence; jittered by some per cent."""
    size = np.sqrt(stage.frame.leg_length / 0.82)
    wanted = period_s * size / stage.manner.cadence
    room = slot[1] - RECOVER_S - flight_s - (slot[0] + PREPARE_S)
    count = max(1, round(room / wanted) + 1)
    period = room / (count - 1) if count > 1 else wanted
    air = min(flight_s * size, 0.55 * period)
    starts = slot[0] + PREPARE_S + period * np.arange(count)
    starts[1:-1] += (
        np.clip(stage.rng.normal(0.0, stage.manner.step_jitter, max(count - 2, 0)), -0.05, 0.05) * period
    )
    return [Flight(float(t), float(t + air)) for t in starts]


def _write_contacts(
    stage: Stage, side: str, contacts: list[Contact], path: Path, half_width: float, roll: FootRoll
) -> None:
    """Plant a foot where the body is in the middle of each contact, and move it between them."""
    timeline, name = stage.timeline, f"foot_{side}"
    for before, after in pairwise(contacts):
        last = after is contacts[-1]
        middle = timeline.frame(after.lift_s if last else 0.5 * (after.land_s + after.lift_s))
        width = stage.stand_half_width() if last else half_width
        home = stage.foot_home(side, path.root[middle], path.facing[middle], width)
        air = after.land_s - before.lift_s
        write_swing(stage, name, home, before.lift_s, after.land_s, 1.0, HOP_ROLL if air < SHORT_S else roll)
        push = min(0.16, 0.8 * (before.lift_s - before.land_s))
        timeline.ease(name, before.lift_s - push, before.lift_s + 0.05, foot_columns(pitch=-0.75))
        timeline.ease(name, before.lift_s + 0.05, after.land_s + 0.01, foot_columns(pitch=-0.12))
        timeline.ease(name, after.land_s, after.land_s + 0.10, foot_columns(pitch=0.0))


def _write_root(stage: Stage, path: Path, flights: list[Flight], slot: Slot) -> None:
    """The pelvis along the path: free flight between take-off and landing, springy in between."""
    timeline = stage.timeline
    time_s = timeline.time_s
    after = (time_s >= slot[0]).astype(float)
    along = path.root.copy()
    along[:, 1] = np.nan
    timeline.blend("root", along, after)
    timeline.blend("facing", path.facing[:, None], after)
    release = -0.012 * stage.frame.leg_length
    knots, states = [slot[0] + 0.04], [[0.0, 0.0, 0.0]]
    for flight in flights:
        speed = 0.5 * GRAVITY_MPS2 * (flight.landing_s - flight.takeoff_s)
        knots += [flight.takeoff_s, flight.landing_s]
        states += [[release, speed, -GRAVITY_MPS2], [release, -speed, -GRAVITY_MPS2]]
    knots.append(slot[1])
    states.append([0.0, 0.0, 0.0])
    height = BPoly.from_derivatives(knots, states)(np.clip(time_s, knots[0], knots[-1]))
    rise = np.zeros((len(time_s), 3))
    rise[:, 1] = height * after
    timeline.add("root", rise)


def _carry_free_foot(stage: Stage, side: str, path: Path, slot: Slot) -> None:
    """The foot that does not hop: lifted behind the body, carried along, set down at the end."""
    timeline, frame = stage.timeline, stage.frame
    time_s = timeline.time_s
    here = timeline.tracks["root"]
    aside, ahead = path.leftward(), path.forward()
    base = here + aside * (0.8 * frame.hip_half_width * side_sign(side)) - ahead * (0.42 * frame.leg_length)
    carried = np.full((len(time_s), 7), np.nan)
    carried[:, [0, 2]] = base[:, [0, 2]]
    carried[:, 1] = here[:, 1] - frame.stand_height + 0.38 * frame.leg_length
    carried[:, 4] = np.radians(-52.0)
    home = stage.foot_home(side, path.root[-1], path.facing[-1], stage.stand_half_width())
    timeline.blend(f"foot_{side}", carried, stroke(time_s, slot[0] + 0.02, slot[0] + PREPARE_S - 0.04))
    timeline.blend(f"foot_{side}", home, stroke(time_s, slot[1] - RECOVER_S + 0.05, slot[1] - 0.03))


def _bounce_trunk(stage: Stage, flights: list[Flight], busy: Array, lean: float) -> None:
    """Bend a little at every landing, straighten at every take-off."""
    time_s = stage.timeline.time_s
    bend = np.zeros_like(time_s)
    for flight in flights:
        bend += window(time_s, flight.landing_s - 0.06, flight.landing_s + 0.30, 0.18, 0.18)
    pitch = np.zeros((len(time_s), 3))
    pitch[:, 0] = lean * busy + 0.07 * bend * stage.manner.bounce
    stage.timeline.add("pelvis", 0.6 * pitch)
    stage.timeline.add("spine", 0.7 * pitch)
    stage.timeline.add("head", -0.9 * pitch)


def _pump_arms(stage: Stage, flights: list[Flight], slot: Slot) -> None:
    """Bent arms go up together with every take-off and down with every landing."""
    time_s = stage.timeline.time_s
    ease_arms_down(stage, slot[0])
    lift = np.zeros_like(time_s)
    for flight in flights:
        lift += window(time_s, flight.takeoff_s - 0.14, flight.landing_s + 0.12, 0.24, 0.24)
    size = stage.manner.amplitude
    for side in SIDES:
        uneven = 1.0 + side_sign(side) * stage.manner.arm_uneven
        pose = sagittal_arm(-0.25 + 0.50 * size * uneven * lift, 0.42, 1.70 + 0.30 * lift)
        stage.timeline.overlay(f"arm_{side}", *slot, pose, PREPARE_S, RECOVER_S)


def _swing_arms(stage: Stage, flights: list[Flight], first: str, slot: Slot) -> None:
    """The arm of the hopping foot's side comes forward with the other side's knee."""
    time_s = stage.timeline.time_s
    ease_arms_down(stage, slot[0])
    swing = np.zeros_like(time_s)
    before = slot[0]
    for number, flight in enumerate(flights):
        sign = 1.0 if number % 2 == 0 else -1.0
        peak = 0.5 * (flight.takeoff_s + flight.landing_s)
        level = sign if number == 0 else 2.0 * sign
        swing += level * stroke(time_s, before, peak)
        before = peak
    last = 1.0 if len(flights) % 2 else -1.0
    swing -= last * stroke(time_s, before, slot[1])
    size = stage.manner.arm_swing
    for side in SIDES:
        sign = 1.0 if side == first else -1.0
        pose = sagittal_arm(0.10 + 0.62 * size * sign * swing, 0.22, 1.3 + 0.25 * sign * swing)
        stage.timeline.overlay(f"arm_{side}", *slot, pose, PREPARE_S, RECOVER_S)
    twist = np.outer(-0.10 * stage.manner.trunk_twist * side_sign(first) * swing, [0.0, 0.0, 1.0])
    stage.timeline.add("spine", twist)
