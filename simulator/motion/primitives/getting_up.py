"""Getting up from the floor: gather the legs under the body, crouch, rise."""

from __future__ import annotations

import numpy as np

from ..arms import arm_pose
from ..stage import Stage
from ..strokes import Array, bump, window
from ..timeline import SIDES, side_sign
from .all_fours import get_up_from_front
from .hand_contact import PALM_M, hand_point, hold_hand
from .keyed_move import KeyedMove

Slot = tuple[float, float]
GATHERED, CROUCHED, UPRIGHT = 0.30, 0.56, 0.97
"""Shares of the span at which the body is gathered, crouches over its feet, and stands."""


def get_up(stage: Stage, start: float, end: float) -> None:
    """From lying on back, front or side to a stand near the same place."""
    frame, manner = stage.frame, stage.manner
    pitch, roll = stage.timeline.value("pelvis", start)[:2]
    # Whoever sits on the floor gets up over the feet ahead, as one who lies on the back does after sitting up.
    if pitch > 0.8:
        get_up_from_front(stage, start, end)
        return
    on_back = abs(roll) < 0.8
    # The feet come under what lies nearest to them: ahead of a sitter.
    forth = 0.30 if on_back else 0.05
    move = KeyedMove(stage, start, end - start)
    move.root(
        (GATHERED, 0.0, (0.19 if on_back else 0.24) * frame.stand_height, 0.10 if on_back else -0.26),
        (CROUCHED, 0.0, 0.42 * frame.stand_height, forth - 0.10),
        (UPRIGHT, 0.0, frame.stand_height, forth),
    )
    half_way = -30.0 if on_back else -14.0
    rest, head = (
        np.degrees(manner.stoop + 0.6 * manner.lean),
        np.degrees(manner.head_pitch - 0.8 * manner.stoop),
    )
    lean = np.degrees(0.4 * manner.lean)
    move.angles("pelvis", (GATHERED, half_way, 0, 0), (CROUCHED, 42, 0, 0), (UPRIGHT, lean, 0, 0))
    move.angles("spine", (GATHERED, 26, 0, 0), (CROUCHED, 34, 0, 0), (UPRIGHT, rest, 0, 0))
    move.angles("head", (GATHERED, -8, 0, 0), (CROUCHED, -22, 0, 0), (UPRIGHT, head, 0, 0))
    support = arm_pose([0.35, -0.80, -0.45 if on_back else 0.40], 0.0, np.radians(20))
    low = arm_pose([0.25, -0.75, 0.62], 0.0, np.radians(25))
    place = stage.timeline.value("root", end)
    lying = stage.timeline.value("root", start)
    resting = {side: hand_point(stage, side, start) for side in SIDES}
    for number, side in enumerate(SIDES):
        move.arm(side, (GATHERED, support), (CROUCHED, low), (UPRIGHT, stage.hanging_arm()))
        lift, takes = (0.06 + 0.12 * number, 0.36) if on_back else (0.02 + 0.07 * number, 0.30)
        # From the side the feet come round ahead of the body that sits up, not through it.
        round_m = 0.0 if on_back else 0.26 * frame.leg_length / 0.82
        _plant(
            stage, side, place, (start + lift * move.span_s, start + (lift + takes) * move.span_s), round_m
        )
        stage.timeline.ease(f"hand_{side}", start + 0.35 * move.span_s, start + 0.7 * move.span_s, 0.0)
    below = None if on_back else SIDES[int(roll < 0.0)]
    for side in SIDES:
        ahead = -0.26 if on_back else 0.28
        place = lying + stage.offset(start, ahead=ahead, left=0.28 * side_sign(side))
        _push_off(stage, side, resting[side] if side == below else place, move)


def _push_off(stage: Stage, side: str, point: Array, move: KeyedMove) -> None:
    """A hand on the floor carries the body until the feet do."""
    floor = np.array([point[0], PALM_M, point[2]])
    start, span = move.start_s, move.span_s
    weight = window(stage.timeline.time_s, start, start + 0.52 * span, 0.2 * span, 0.2 * span)
    hold_hand(stage, side, floor, weight, (0.8, -0.1, -0.7), palm_down=True)


def _plant(stage: Stage, side: str, place: Array, slot: Slot, round_m: float) -> None:
    """Bring a foot flat under where the body will stand, round_m ahead of the straight way at its middle."""
    timeline, (lift, land) = stage.timeline, slot
    home = stage.foot_home(side, place, stage.facing(lift), stage.stand_half_width())
    timeline.ease(f"foot_{side}", lift, land, home)
    way = bump((timeline.time_s - lift) / (land - lift), 0.4)
    rise = np.zeros((len(timeline.time_s), 7))
    rise[:, :3] = np.outer(way, stage.offset(lift, ahead=round_m, up=0.07 if round_m == 0.0 else 0.04))
    timeline.add(f"foot_{side}", rise)
