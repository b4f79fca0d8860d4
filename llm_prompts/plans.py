"""How each activity can be asked for as the main action: its kind, counts, sides and directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.motion.script import FLOOR_EXERCISES, FLOOR_POSTURE_DURATION_S, REPETITION_S

Shape = Literal["locomote", "turn", "posture", "jump", "strike", "fall", "reach", "gesture", "exercise"]

_HANDS = ("left", "right")
_ALL_SIDES = ("left", "right", "both")
_WHOLE = ("both",)


@dataclass(frozen=True)
class Plan:
    """What the sampler may ask of an activity; empty where it has no such attribute.

    `directions` of a locomote step are paths: straight, there_and_back, curve_left, curve_right.
    """

    shape: Shape
    counts: tuple[int, ...] = ()
    sides: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()


_PATHS = ("straight", "there_and_back", "curve_left", "curve_right")

PLANS: dict[str, Plan] = {
    "walk": Plan("locomote", directions=_PATHS),
    "run": Plan("locomote", directions=_PATHS),
    "march": Plan("locomote", directions=_PATHS),
    "shuffle": Plan("locomote", directions=("straight",)),
    "tiptoe": Plan("locomote", directions=("straight", "curve_left", "curve_right")),
    "limp": Plan("locomote", directions=("straight", "there_and_back")),
    "sidestep": Plan("locomote", directions=("left", "right")),
    "walk_backward": Plan("locomote", directions=("backward",)),
    "stagger": Plan("locomote", directions=("straight", "there_and_back")),
    "hop": Plan("locomote", directions=("straight",)),
    "skip": Plan("locomote", directions=("straight", "curve_left", "curve_right")),
    "stairs_step": Plan("locomote", directions=("straight",)),
    "crawl": Plan("locomote", directions=("straight",)),
    "turn": Plan("turn", directions=("left", "right")),
    "sit_down": Plan("posture"),
    "sit_on_floor": Plan("posture"),
    "lie_down": Plan("posture", directions=("back", "front", "side")),
    "go_on_all_fours": Plan("posture"),
    "stand_up": Plan("posture"),
    "crouch": Plan("posture"),
    "kneel": Plan("posture"),
    "bend": Plan("posture"),
    "jump": Plan("jump", counts=(1, 2, 3, 4), directions=("up", "forward")),
    "punch": Plan("strike", counts=(2, 3, 4, 5), sides=_ALL_SIDES),
    "kick": Plan("strike", counts=(1, 2, 3), sides=_HANDS),
    "throw": Plan("strike", counts=(1, 2), sides=_HANDS),
    "push": Plan("strike", counts=(1, 2, 3), sides=_ALL_SIDES),
    "swing": Plan("strike", counts=(1, 2, 3), sides=_ALL_SIDES),
    "slap": Plan("strike", counts=(1, 2, 3), sides=_HANDS),
    "pull": Plan("strike", counts=(1, 2, 3), sides=_ALL_SIDES),
    "fall": Plan("fall", directions=("forward", "backward", "left", "right", "down")),
    "pick_up": Plan("reach", sides=_ALL_SIDES),
    "put_down": Plan("reach", sides=_ALL_SIDES),
    "reach": Plan("reach", sides=_ALL_SIDES),
    "lift": Plan("reach", sides=_WHOLE),
    "carry": Plan("reach", sides=_ALL_SIDES),
    "catch": Plan("reach", sides=_ALL_SIDES),
    "sweep": Plan("reach", sides=_WHOLE),
    "drink": Plan("reach", sides=_HANDS),
    "phone": Plan("reach", sides=_HANDS),
    "touch_face": Plan("reach", sides=_HANDS),
    "wave": Plan("gesture", counts=(2, 3, 4, 5), sides=_ALL_SIDES),
    "clap": Plan("gesture", counts=(2, 3, 4, 5, 6), sides=_WHOLE),
    "point": Plan("gesture", counts=(1, 2), sides=_HANDS),
    "beckon": Plan("gesture", counts=(2, 3, 4), sides=_HANDS),
    "raise": Plan("gesture", counts=(1, 2, 3), sides=_ALL_SIDES),
    "circle": Plan("gesture", counts=(2, 3, 4), sides=_ALL_SIDES),
    "bow": Plan("gesture", counts=(1, 2), sides=_WHOLE),
    "nod": Plan("gesture", counts=(2, 3, 4, 5), sides=_WHOLE),
    "shake_head": Plan("gesture", counts=(2, 3, 4, 5), sides=_WHOLE),
    "stretch": Plan("gesture", counts=(1, 2), sides=_WHOLE),
    "shrug": Plan("gesture", counts=(2, 3, 4), sides=_WHOLE),
    "salute": Plan("gesture", counts=(1, 2), sides=_HANDS),
    "cross_arms": Plan("gesture", counts=(1, 2), sides=_WHOLE),
    "jumping_jack": Plan("exercise", counts=(3, 4, 5, 6)),
    "squat": Plan("exercise", counts=(1, 2, 3)),
    "lunge": Plan("exercise", counts=(1, 2)),
    "arm_circle": Plan("exercise", counts=(3, 4, 5)),
    "side_bend": Plan("exercise", counts=(2, 3, 4)),
    "toe_touch": Plan("exercise", counts=(1, 2, 3)),
    "twist": Plan("exercise", counts=(2, 3, 4)),
    "high_knees": Plan("exercise", counts=(6, 8, 10)),
    "dance_sway": Plan("exercise", counts=(2, 3, 4)),
    "dance_step": Plan("exercise", counts=(3, 4, 5)),
    "sit_up": Plan("exercise", counts=(2, 3)),
    "push_up": Plan("exercise", counts=(2, 3)),
}
"""activity -> what may be asked of it, for every activity that can be a main action."""


def least_actions(activity: str, direction: object = None) -> int:
    """How many actions the activity takes at least: there and back needs a turn, a sit-up lying down."""
    if direction == "there_and_back":
        return 3
    return 2 if activity in ("stand_up", "crawl", *FLOOR_EXERCISES) else 1


# Fractions of the range between the shortest and the longest, inside the words' limits in step_details.
PACE_FRACTION: dict[str, tuple[float, float]] = {
    "slow": (0.55, 0.8),
    "ordinary": (0.25, 0.45),
    "fast": (0.04, 0.16),
}
LONGEST_MAIN_S = 6.8
LONGEST_FLOOR_S = 8.9


def repetitions_fit(activity: str, count: int, pace: str) -> bool:
    """Whether so many repetitions at this pace leave time for a script's other steps."""
    repetition = REPETITION_S.get((PLANS[activity].shape, activity))
    if repetition is None:
        return True
    beside, shortest, longest = repetition
    room_s = LONGEST_MAIN_S
    if activity in FLOOR_EXERCISES:
        down = FLOOR_POSTURE_DURATION_S
        room_s = LONGEST_FLOOR_S - (down[0] + PACE_FRACTION["fast"][1] * (down[1] - down[0]))
    return beside + count * (shortest + PACE_FRACTION[pace][0] * (longest - shortest)) <= room_s
