"""Getting up from the floor: gather the legs under the body, crouch, rise."""

from __future__ import annotations

import numpy as np

from ..arms import arm_pose
from ..stage import Stage
from ..strokes import Array, bump
from ..timeline import SIDES
from .keyed_move import KeyedMove

GATHERED, CROUCHED, UPRIGHT = 0.30, 0.56, 0.97
"""Shares of the span at which the body is gathered, crouches over its feet, and stands."""


def get_up(stage: Stage, start: float, end: float) -> None:
    """From lying on back, front or side to a stand near the same place."""
    frame, manner = stage.frame, stage.manner
    pitch = float(stage.timeline.value("pelvis", start)[0])
    on_back, prone = pitch < -0.8, pitch > 0.8
    # The feet come under what lies nearest to them: ahead of a sitter, behind one on hands and knees.
    forth = 0.30 if on_back else (-0.34 if prone else 0.05)
    move = KeyedMove(stage, start, end - start)
    move.root(
        (GATHERED, 0.0, (0.24 if on_back else 0.30) * frame.stand_height, 0.5 * (forth - 0.10)),
        (CROUCHED, 0.0, 0.42 * frame.stand_height, forth - 0.10),
        (UPRIGHT, 0.0, frame.stand_height, forth),
    )
    half_way = -30.0 if on_back else (70.0 if prone else 25.0)
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
    for number, side in enumerate(SIDES):
        move.arm(side, (GATHERED, support), (CROUCHED, low), (UPRIGHT, stage.hanging_arm()))
        lift = start + (0.06 + 0.12 * number) * move.span_s
        _plant(stage, side, place, lift, lift + 0.36 * move.span_s)


def _plant(stage: Stage, side: str, place: Array, lift: float, land: float) -> None:
    """Bring a foot flat under where the body will stand."""
    timeline = stage.timeline
    home = stage.foot_home(side, place, stage.facing(lift), stage.stand_half_width())
    timeline.ease(f"foot_{side}", lift, land, home)
    rise = np.zeros((len(timeline.time_s), 7))
    rise[:, 1] = 0.07 * bump((timeline.time_s - lift) / (land - lift), 0.45)
    timeline.add(f"foot_{side}", rise)
