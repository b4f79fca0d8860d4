"""Where a script leads: facing and place after every step, and whether that stays in the radar's field."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .durations import locomote_distance_m
from .vocabulary import Jump, Locomote, MotionScript, Turn

FIELD_RANGE_M = (0.7, 10.5)
"""Distances from the radar that a path may touch, whichever way a view turns it."""
MAX_HEADING_GAP_DEG = 30.0


@dataclass(frozen=True)
class PathPoint:
    """Where the person stands after a step, in the body frame: m and degrees (0 = facing -y)."""

    x_m: float
    y_m: float
    facing_deg: float
    reach_m: float
    """Largest distance from the start during the step."""


def signed_deg(angle_deg: float) -> float:
    """The same angle within (-180, 180]."""
    return 180.0 - (180.0 - angle_deg) % 360.0


def travel_facing_deg(step: Locomote, facing_deg: float) -> float:
    """Facing that the gait asks for at the start of a locomote step, nearest to the present one."""
    if step.gait == "backward":
        return step.heading_deg + 180.0
    if step.gait == "sidestep":
        options = (step.heading_deg - 90.0, step.heading_deg + 90.0)
        return min(options, key=lambda option: abs(signed_deg(option - facing_deg)))
    return step.heading_deg


def plan_path(script: MotionScript) -> list[PathPoint]:
    """Where each step ends; the first point is the start. Arcs turn evenly along their length."""
    points = [PathPoint(0.0, 0.0, 0.0, 0.0)]
    for step in script.steps:
        last = points[-1]
        if isinstance(step, Locomote):
            points.append(_travelled(step, last))
        elif isinstance(step, Jump):
            length = step.forward_m * step.count
            points.append(_moved(last, length, last.facing_deg, last.facing_deg))
        elif isinstance(step, Turn):
            points.append(PathPoint(last.x_m, last.y_m, last.facing_deg + step.angle_deg, 0.0))
        else:
            points.append(PathPoint(last.x_m, last.y_m, last.facing_deg, 0.0))
    return points


def _moved(last: PathPoint, length_m: float, direction_deg: float, facing_deg: float) -> PathPoint:
    angle = math.radians(direction_deg)
    x, y = last.x_m + length_m * math.sin(angle), last.y_m - length_m * math.cos(angle)
    return PathPoint(x, y, facing_deg, math.hypot(x, y))


def _travelled(step: Locomote, last: PathPoint) -> PathPoint:
    length = locomote_distance_m(step)
    n_pieces = 24
    reach = 0.0
    for piece in range(n_pieces):
        direction = step.heading_deg + step.turn_deg * (piece + 0.5) / n_pieces
        last = _moved(last, length / n_pieces, direction, last.facing_deg)
        reach = max(reach, last.reach_m)
    gap = signed_deg(travel_facing_deg(step, last.facing_deg) - last.facing_deg)
    facing = last.facing_deg + gap + step.turn_deg
    return PathPoint(last.x_m, last.y_m, facing, reach)


def path_problems(script: MotionScript) -> list[str]:
    """Facings that need a turn first, and paths that leave the field."""
    problems = []
    points = plan_path(script)
    for index, (step, before) in enumerate(zip(script.steps, points, strict=False)):
        if not isinstance(step, Locomote):
            continue
        gap = signed_deg(travel_facing_deg(step, before.facing_deg) - before.facing_deg)
        if abs(gap) > MAX_HEADING_GAP_DEG:
            problems.append(
                f"step {index}: {step.gait} with heading {step.heading_deg:g} deg needs a facing "
                f"{gap:+.0f} deg from the present {before.facing_deg:g} deg: put a turn step before it"
            )
    reach = max(point.reach_m for point in points)
    nearest, farthest = FIELD_RANGE_M
    if script.start.range_m - reach < nearest or script.start.range_m + reach > farthest:
        start_m, middle_m = script.start.range_m, (nearest + farthest) / 2
        here_m = _advised_m(min(start_m - nearest, farthest - start_m))
        problems.append(
            f"the path leads {reach:.2f} m from a start at {start_m:g} m; seen from every view it must stay within "
            f"{nearest} to {farthest} m of the radar: lead it at most {here_m:.2f} m away from there, or "
            f"{_advised_m(middle_m - nearest):.2f} m from a start at {middle_m:.2f} m"
        )
    return problems


def _advised_m(limit_m: float) -> float:
    """A length in whole centimetres that is surely below the limit, sums of pieces included."""
    return math.floor(100.0 * max(0.0, limit_m) - 1e-6) / 100.0 if limit_m > 0.01 else 0.0
