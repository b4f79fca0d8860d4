"""The main action of a brief as steps of a motion script, drawn within the engine's bounds."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from simulator.motion.script import (
    CRAWL_POSTURE,
    FALL_DURATION_S,
    FALL_RECOVER_DURATION_S,
    FLOOR_EXERCISES,
    FLOOR_POSTURE_DURATION_S,
    FLOOR_POSTURES,
    POSTURE_DURATION_S,
    REACH_DURATION_S,
    REACH_HEIGHT_FRACTION,
    REPETITION_S,
    SPEED_RANGE_MPS,
    TURN_DURATION_S,
    Exercise,
    Fall,
    Gesture,
    Jump,
    Locomote,
    Posture,
    Reach,
    Step,
    Strike,
    Turn,
    ramp_s,
)

from .briefs import Brief
from .pace_limits import CURVE_PER_REACH
from .plans import LONGEST_FLOOR_S, LONGEST_MAIN_S, PACE_FRACTION, PLANS
from .step_details import slow_and_fast_mps

TURN_RATE_DEG_PER_S = {"slow": (30.0, 45.0), "ordinary": (58.0, 90.0), "fast": (108.0, 160.0)}
TURN_ANGLES_DEG = {"slow": (90.0, 180.0), "ordinary": (180.0, 270.0, 360.0), "fast": (270.0, 360.0)}
RECOVER_SHARE = 0.3
LEAST_RADIUS_M = {"run": 1.55, "jog": 1.25}
FALL_CAUSES = {
    "forward": ("trip", "faint", "push"),
    "backward": ("slip", "push", "faint"),
    "left": ("slip", "push", "faint"),
    "right": ("slip", "push", "faint"),
    "down": ("faint",),
}
STRIKE_HEIGHTS = {
    "punch": ("low", "mid", "mid", "high"),
    "kick": ("low", "mid", "high"),
    "swing": ("low", "mid", "high"),
    "slap": ("mid", "high"),
    "pull": ("low", "mid", "high"),
}
POSTURES = {
    "sit_down": ("sit_chair",),
    "stand_up": ("stand",),
    "crouch": ("crouch", "squat"),
    "kneel": ("kneel",),
    "bend": ("bend",),
    "sit_on_floor": ("sit_floor",),
    "go_on_all_fours": ("hands_and_knees",),
}


def main_steps(brief: Brief, rng: Random, facing_deg: float) -> list[Step]:
    """The steps of the brief's activity; empty where this draw does not fit and another may.

    Args:
        brief: what is asked.
        rng: stream of this attempt.
        facing_deg: facing of the person before, relative to the initial one.
    """
    shape = PLANS[brief.activity].shape
    if shape == "locomote":
        way = _travel(brief, rng, facing_deg)
        return [posture_step(CRAWL_POSTURE, "fast", 0.0, rng), *way] if brief.activity == "crawl" else way
    if shape == "posture":
        return _posture(brief, rng)
    step: Step
    if shape == "turn":
        step = _turn(brief, rng)
    elif shape == "jump":
        step = _jump(brief, rng)
    elif shape == "fall":
        step = _fall(brief, rng)
    elif shape == "reach":
        step = reach_step(brief.activity, brief.side or "right", brief.pace, brief.subject.height_m, rng)
    elif brief.activity in FLOOR_EXERCISES:
        return _floor_exercise(brief, rng)
    else:
        step = counted_step(
            brief.activity, brief.count or 1, brief.side or "both", brief.pace, rng, LONGEST_MAIN_S
        )
    return [step]


def _floor_exercise(brief: Brief, rng: Random) -> list[Step]:
    """Lying down first, as quickly as it goes, then the repetitions in the time that is left."""
    down = posture_step(FLOOR_EXERCISES[brief.activity], "fast", 0.0, rng)
    left = LONGEST_FLOOR_S - down.duration_s
    return [down, counted_step(brief.activity, brief.count or 1, "both", brief.pace, rng, left)]


def counted_step(
    activity: str, count: int, side: str, pace: str, rng: Random, longest_s: float
) -> Strike | Gesture | Exercise:
    """A strike, gesture or exercise: as quick as its pace allows where many repetitions leave little time for each.

    Where they do not fit even so (beside a main action), there are fewer.
    """
    kind = PLANS[activity].shape
    beside, shortest, longest = REPETITION_S[(kind, activity)]
    fraction = rng.uniform(*PACE_FRACTION[pace])
    quickest = shortest + PACE_FRACTION[pace][0] * (longest - shortest)
    each = max(quickest, min(shortest + fraction * (longest - shortest), (longest_s - beside) / count))
    while count > 1 and beside + count * each > longest_s:
        count -= 1
    if kind == "exercise":
        return Exercise.model_validate(
            {"kind": kind, "action": activity, "count": count, "period_s": round(each, 3)}
        )
    fields: dict[str, Any] = {
        "kind": kind,
        "action": activity,
        "side": side,
        "count": count,
        "duration_s": round(beside + count * each, 2),
    }
    if kind == "gesture":
        return Gesture.model_validate(fields)
    heights = STRIKE_HEIGHTS.get(activity, ("mid",))
    return Strike.model_validate({**fields, "height": rng.choice(heights)})


def reach_step(action: str, side: str, pace: str, height_m: float, rng: Random) -> Reach:
    """A reach at a height that the subject can reach."""
    low, high = REACH_HEIGHT_FRACTION[action]
    fraction = rng.uniform(low + 0.03, high - 0.03)
    if action in ("pick_up", "put_down") and rng.random() < 0.7:
        fraction = rng.uniform(0.03, 0.1)  # from or to the floor
    duration = _at_pace(REACH_DURATION_S[action], pace, rng)
    return Reach.model_validate(
        {
            "kind": "reach",
            "action": action,
            "side": side,
            "height_m": round(fraction * height_m, 2),
            "duration_s": min(duration, LONGEST_MAIN_S),
        }
    )


def posture_step(to: str, pace: str, hold_s: float, rng: Random) -> Posture:
    """Going to a posture at a pace, and holding it."""
    fields = {"kind": "posture", "to": to, "hold_s": round(hold_s, 2)}
    bounds = FLOOR_POSTURE_DURATION_S if to in FLOOR_POSTURES else POSTURE_DURATION_S
    return Posture.model_validate({**fields, "duration_s": _at_pace(bounds, pace, rng)})


def turn_step(angle_deg: float, rate_deg_per_s: float) -> Turn:
    """A turn on the spot, positive left."""
    angle = round(angle_deg)
    duration = max(TURN_DURATION_S[0], abs(angle) / rate_deg_per_s)
    return Turn(kind="turn", angle_deg=float(angle), duration_s=round(duration + 0.005, 2))


def walk_step(
    gait: str, speed_mps: float, distance_m: float, heading_deg: float, turn_deg: float = 0.0
) -> Locomote:
    """A locomote step of a given length."""
    return Locomote.model_validate(
        {
            "kind": "locomote",
            "gait": gait,
            "speed_mps": speed_mps,
            "distance_m": round(distance_m, 2),
            "duration_s": None,
            "heading_deg": round(heading_deg, 1),
            "turn_deg": round(turn_deg, 1),
        }
    )


def _at_pace(bounds: tuple[float, float], pace: str, rng: Random) -> float:
    low, high = bounds
    return round(low + rng.uniform(*PACE_FRACTION[pace]) * (high - low), 2)


def _gait(brief: Brief, rng: Random) -> str:
    gait = {"walk_backward": "backward"}.get(brief.activity, brief.activity)
    if gait == "walk" and brief.pace == "slow" and rng.random() < 0.4:
        return "stroll"
    if gait == "run" and (brief.pace == "slow" or (brief.pace == "ordinary" and rng.random() < 0.5)):
        return "jog"
    return gait


def _speed_mps(gait: str, pace: str, longest_path_m: float, rng: Random) -> float | None:
    """A speed of the pace from which one can stop within the path; None if no speed is slow enough."""
    lowest, highest = SPEED_RANGE_MPS[gait]
    slow, fast = slow_and_fast_mps(gait)
    low, high = {"slow": (lowest, slow), "ordinary": (max(slow, lowest), fast), "fast": (fast, highest)}[pace]
    inset = 0.08 * (high - low)
    # Solves speed x ramp_s(speed) = path for the speed (ramp_s is linear).
    constant, per_speed = ramp_s(0.0), ramp_s(1.0) - ramp_s(0.0)
    attainable = (math.sqrt(constant**2 + 4.0 * per_speed * longest_path_m) - constant) / (2.0 * per_speed)
    high = min(high - inset, attainable - 0.03)
    low = min(low + inset, high)
    return round(rng.uniform(low, high), 2) if high >= lowest else None


def _travel(brief: Brief, rng: Random, facing_deg: float) -> list[Step]:
    gait, room, path = _gait(brief, rng), brief.reach_limit_m, brief.direction
    curved = path in ("curve_left", "curve_right")
    speed = _speed_mps(gait, brief.pace, CURVE_PER_REACH * room if curved else room, rng)
    if speed is None:
        return []
    least = speed * ramp_s(speed) + 0.02
    longest = (LONGEST_MAIN_S - ramp_s(speed)) * speed
    if curved:
        return _curve(gait, speed, facing_deg, (least, longest), room, path == "curve_left", rng)
    heading = facing_deg + {"left": 90.0, "right": -90.0, "backward": 180.0}.get(path or "", 0.0)
    if path == "there_and_back":
        longest /= 2.0
    farthest = min(room, longest, 4.0)
    nearest = max(least, 0.55 * farthest)
    if nearest > farthest:
        return []
    there = walk_step(gait, speed, rng.uniform(nearest, farthest), heading)
    if path != "there_and_back":
        return [there]
    turn = turn_step(rng.choice((-180.0, 180.0)), rng.uniform(105.0, 140.0))
    assert there.distance_m is not None
    back_m = max(least, rng.uniform(0.85, 1.0) * there.distance_m)
    return [there, turn, walk_step(gait, speed, back_m, heading + turn.angle_deg)]


def _curve(
    gait: str,
    speed_mps: float,
    facing_deg: float,
    lengths_m: tuple[float, float],
    room_m: float,
    left: bool,
    rng: Random,
) -> list[Step]:
    angle = rng.uniform(60.0, 160.0)
    turned = math.radians(angle)
    smallest = max(LEAST_RADIUS_M.get(gait, 0.6), lengths_m[0] / turned)
    # The farthest point of an arc is its end, as long as it turns by less than 180 degrees.
    largest = min(room_m / (2.0 * math.sin(turned / 2.0)), lengths_m[1] / turned)
    if smallest > largest:
        return []
    length = rng.uniform(smallest, largest) * turned
    return [walk_step(gait, speed_mps, length, facing_deg, angle if left else -angle)]


def _turn(brief: Brief, rng: Random) -> Turn:
    angle = rng.choice(TURN_ANGLES_DEG[brief.pace])
    if angle < 360.0:
        angle += rng.uniform(-8.0, 8.0)
    return turn_step(
        angle if brief.direction == "left" else -angle, rng.uniform(*TURN_RATE_DEG_PER_S[brief.pace])
    )


def _posture(brief: Brief, rng: Random) -> list[Step]:
    lying = (f"lie_{brief.direction}",)
    to = rng.choice(lying if brief.activity == "lie_down" else POSTURES[brief.activity])
    main = posture_step(to, brief.pace, rng.uniform(1.0, 2.2), rng)
    if brief.activity != "stand_up":
        return [main]
    longest = 0.7 * (main.duration_s + main.hold_s)
    seat = posture_step("sit_chair", "fast", 0.0, rng)
    hold = max(0.0, min(longest - seat.duration_s, rng.uniform(0.3, 1.0)))
    return [seat.model_copy(update={"hold_s": round(hold, 2)}), main]


def _jump(brief: Brief, rng: Random) -> Jump:
    count = brief.count or 1
    forward = 0.0
    if brief.direction == "forward":
        forward = min(rng.uniform(0.25, 0.7), brief.reach_limit_m / count)
    height = rng.uniform(0.12, 0.25) + 0.2 * brief.style.energy * rng.random()
    return Jump(
        kind="jump",
        height_m=round(height, 2),
        forward_m=round(forward - 0.005, 2) if forward else 0.0,
        count=count,
    )


def _fall(brief: Brief, rng: Random) -> Fall:
    direction = brief.direction or "forward"
    recover = brief.n_actions == 1 and rng.random() < RECOVER_SHARE
    low, high = FALL_RECOVER_DURATION_S if recover else FALL_DURATION_S
    return Fall.model_validate(
        {
            "kind": "fall",
            "direction": direction,
            "cause": rng.choice(FALL_CAUSES[direction]),
            "recover": recover,
            "duration_s": round(rng.uniform(low + 0.4, min(high, low + 2.2)), 2),
        }
    )
