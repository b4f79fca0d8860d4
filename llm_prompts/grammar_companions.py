"""Short actions that come before or after a main one, so that there is an order to tell."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from simulator.motion.script import GET_UP_DURATION_S, Posture, Step, on_floor, ramp_s

from .briefs import Brief
from .grammar_steps import counted_step, posture_step, reach_step, turn_step, walk_step

Companion = Callable[[Brief, Random, float], Step]


def companion(brief: Brief, rng: Random, facing_deg: float, posture: str, used: set[str]) -> Step:
    """A short action that is possible from a posture and is not used yet.

    Args:
        brief: gives the person and the room.
        rng: stream of this attempt.
        facing_deg: the person's facing.
        posture: the present one; from all but stand and sit_chair only standing up is drawn.
        used: activities that the script has already.
    """
    if on_floor(posture):
        low, _ = GET_UP_DURATION_S
        return Posture(
            kind="posture", to="stand", duration_s=round(rng.uniform(low, low + 0.8), 2), hold_s=0.0
        )
    if posture != "stand":
        seated = [name for name in ("wave", "nod") if name not in used]
        if posture != "sit_chair" or not seated or rng.random() < 0.6:
            return posture_step("stand", "fast", 0.0, rng)
        return _MAKERS[rng.choice(seated)](brief, rng, facing_deg)
    free = [name for name in _MAKERS if name not in used and name != "nod"]
    return _MAKERS[rng.choice(free)](brief, rng, facing_deg)


def _walk(brief: Brief, rng: Random, facing_deg: float) -> Step:
    speed = round(rng.uniform(0.95, 1.3), 2)
    return walk_step("walk", speed, speed * ramp_s(speed) + rng.uniform(0.02, 0.5), facing_deg)


def _turn(brief: Brief, rng: Random, facing_deg: float) -> Step:
    angle = rng.choice((90.0, 180.0)) + rng.uniform(-8.0, 8.0)
    return turn_step(rng.choice((-1.0, 1.0)) * angle, rng.uniform(70.0, 98.0))


def _counted(activity: str, counts: tuple[int, ...], sides: tuple[str, ...]) -> Companion:
    def make(brief: Brief, rng: Random, facing_deg: float) -> Step:
        return counted_step(activity, rng.choice(counts), rng.choice(sides), "fast", rng, 3.0)

    return make


def _reach(action: str) -> Companion:
    def make(brief: Brief, rng: Random, facing_deg: float) -> Step:
        return reach_step(action, rng.choice(("left", "right")), "fast", brief.subject.height_m, rng)

    return make


_MAKERS: dict[str, Companion] = {
    "walk": _walk,
    "turn": _turn,
    "wave": _counted("wave", (2, 3), ("left", "right")),
    "clap": _counted("clap", (3, 4), ("both",)),
    "bow": _counted("bow", (1,), ("both",)),
    "nod": _counted("nod", (2,), ("both",)),
    "punch": _counted("punch", (2,), ("left", "right")),
    "kick": _counted("kick", (1,), ("left", "right")),
    "squat": _counted("squat", (1,), ("both",)),
    "pick_up": _reach("pick_up"),
    "reach": _reach("reach"),
}
