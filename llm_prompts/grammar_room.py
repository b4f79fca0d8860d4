"""Whether a script stays between the walls, whichever of the brief's views turns it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator.motion.script import (
    Fall,
    Locomote,
    MotionScript,
    Posture,
    locomote_distance_m,
    plan_path,
)

from .briefs import Brief
from .scenario import ALL_VIEWS

NEAREST_M = 0.1
"""Distance ahead of the radar that nothing of a body comes nearer to."""
_PIECES = 8
_LYING = 0.95
"""Where the head of a fallen body lies, in body heights from where it stood."""
_FALLS_DEG = {"forward": 0.0, "backward": 180.0, "left": 90.0, "right": -90.0}


def room_problem(script: MotionScript, brief: Brief) -> str:
    """Why the script does not fit between the walls; empty where it does, or where the brief names no walls."""
    if brief.side_limit_m is None:
        return ""
    start = brief.start
    azimuth = math.radians(start.azimuth_deg)
    origin_x, origin_y = start.range_m * math.sin(azimuth), start.range_m * math.cos(azimuth)
    places = list(_places_m(script))
    for view in brief.views:
        turn = math.radians(start.heading_deg + 45.0 * ALL_VIEWS.index(view) - start.azimuth_deg)
        cosine, sine = math.cos(turn), math.sin(turn)
        for x, y in places:
            across, ahead = origin_x + cosine * x - sine * y, origin_y + sine * x + cosine * y
            if abs(across) > brief.side_limit_m:
                return (
                    f"view {view} leads {abs(across):.2f} m to the side, walls allow {brief.side_limit_m:g} m"
                )
            if not NEAREST_M <= ahead <= brief.far_limit_m:
                return (
                    f"view {view} leads to {ahead:.2f} m ahead of the radar, walls allow {NEAREST_M:g} to "
                    f"{brief.far_limit_m:g} m"
                )
    return ""


def _places_m(script: MotionScript) -> Iterator[tuple[float, float]]:
    """Where the body comes to, in its own frame: points of the path, and where the head of a fallen one lies."""
    height = script.subject.height_m
    for step, before, after in zip(script.steps, plan_path(script)[:-1], plan_path(script)[1:], strict=True):
        x, y = before.x_m, before.y_m
        if isinstance(step, Locomote):
            piece = locomote_distance_m(step) / _PIECES
            for index in range(_PIECES):
                x, y = _moved(x, y, piece, step.heading_deg + step.turn_deg * (index + 0.5) / _PIECES)
                yield x, y
        elif isinstance(step, Fall) and step.direction in _FALLS_DEG:
            yield _moved(x, y, _LYING * height, before.facing_deg + _FALLS_DEG[step.direction])
        elif isinstance(step, Posture) and step.to.startswith("lie_"):
            for angle in (0.0, 90.0, 180.0, 270.0):
                yield _moved(x, y, 0.6 * height, angle)
        yield after.x_m, after.y_m


def _moved(x: float, y: float, length_m: float, direction_deg: float) -> tuple[float, float]:
    angle = math.radians(direction_deg)
    return x + length_m * math.sin(angle), y - length_m * math.cos(angle)
