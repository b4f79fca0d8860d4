"""Vertical motion of a jump: crouch, push-off, free flight, landing; flight obeys gravity exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BPoly

from .durations import GRAVITY_MPS2
from .strokes import Array


@dataclass(frozen=True)
class Hop:
    """One jump; times in s from the timeline's start, heights in m relative to standing."""

    start_s: float
    bottom_s: float
    takeoff_s: float
    landing_s: float
    lowest_s: float
    """When the pelvis is lowest after the landing."""
    end_s: float
    depth: float
    """How far the pelvis sinks before the push-off."""
    release: float
    """Height of the pelvis above standing when the toes leave the floor."""
    takeoff_mps: float
    absorb: float
    """How far the pelvis sinks after landing."""


def plan_hop(start_s: float, end_s: float, apex_m: float, depth: float, release: float, absorb: float) -> Hop:
    """A hop between two times whose pelvis rises apex_m above standing; what is not flight is shared out."""
    release = min(release, 0.45 * apex_m)
    takeoff = float(np.sqrt(2.0 * GRAVITY_MPS2 * (apex_m - release)))
    flight = 2.0 * takeoff / GRAVITY_MPS2
    ground = max(end_s - start_s - flight, 0.1)
    # Speeding up or down over a distance at an even rate takes twice distance / speed; hurry shortens it.
    push = min(0.30 * ground, 2.3 * (depth + release) / takeoff)
    give = min(0.28 * ground, 2.3 * (absorb + release) / takeoff)
    spare = ground - push - give
    bottom = start_s + 0.55 * spare
    lift = bottom + push
    lowest = lift + flight + give
    return Hop(start_s, bottom, lift, lift + flight, lowest, end_s, depth, release, takeoff, absorb)


def hop_height(hop: Hop, time_s: Array) -> Array:
    """(T,) pelvis height relative to standing; zero outside the hop."""
    g, v = GRAVITY_MPS2, hop.takeoff_mps
    knots = [hop.start_s, hop.bottom_s, hop.takeoff_s, hop.landing_s, hop.lowest_s, hop.end_s]
    states = [
        [0.0, 0.0, 0.0],
        [-hop.depth, 0.0, 0.5 * g],
        [hop.release, v, -g],
        [hop.release, -v, -g],
        [-hop.absorb, 0.0, 0.5 * g],
        [0.0, 0.0, 0.0],
    ]
    curve = BPoly.from_derivatives(knots, states)
    inside = (time_s >= hop.start_s) & (time_s <= hop.end_s)
    height = np.zeros_like(time_s)
    height[inside] = curve(time_s[inside])
    return height


def flight_share(hop: Hop, time_s: Array) -> Array:
    """(T,) 0 before the flight, 1 after it, linear between."""
    return np.clip((time_s - hop.takeoff_s) / (hop.landing_s - hop.takeoff_s), 0.0, 1.0)
