"""Hands and knees on the floor: down to them, on to lying on the front, and back up to a stand.

The balls of the feet stay where they are with the toes tucked under, so the knees touch the floor at one
place and the thighs turn about them.
"""

from __future__ import annotations

import numpy as np

from ..arms import arm_pose
from ..floor_heights import TUCKED_RAD
from ..rotations import about_left
from ..stage import Stage
from ..strokes import Array, stroke, window
from ..timeline import SIDES, foot_columns, other, side_sign
from .hand_contact import hand_point, hold_hand
from .keyed_move import KeyedMove

ON_ALL_FOURS_DEG = 78.5
"""Pitch of the pelvis on hands and knees."""
ON_KNEES_SHARE = 0.56
"""Share of the time of lying down on the front after which the body is on hands and knees."""
_ELBOWS = (1.0, -0.5, -0.5)


def hands_and_knees(stage: Stage, start: float, end: float) -> None:
    """Onto hands and knees: down from a stand, or up from lying on the front."""
    if _is_prone(stage, start):
        _raise_from_front(stage, start, end)
    else:
        _down_to_knees(stage, start, end)


def lie_front(stage: Stage, start: float, end: float) -> None:
    """Onto the front, from a stand over hands and knees, or from hands and knees."""
    upright = float(stage.timeline.value("pelvis", start)[0]) < 0.8
    on_knees = start + ON_KNEES_SHARE * (end - start) if upright else start
    if upright:
        _down_to_knees(stage, start, on_knees)
    _lower_to_front(stage, on_knees, end)


def _is_prone(stage: Stage, time_s: float) -> bool:
    low = stage.timeline.value("root", time_s)[1] < 0.32 * stage.frame.stand_height
    return bool(low and stage.timeline.value("pelvis", time_s)[0] > 0.8)


def _above_hip(stage: Stage) -> float:
    return float(stage.frame.joint("pelvis")[1] - stage.frame.joint("left_hip")[1])


def over_knees(stage: Stage, pitch_rad: float) -> tuple[float, float]:
    """Height of the pelvis, and how far it is ahead of the knees, m, of a body whose thighs stand upright on them."""
    frame = stage.frame
    hip = 0.5 * (frame.joint("left_hip") + frame.joint("right_hip"))
    to_pelvis = about_left(pitch_rad) @ (frame.joint("pelvis") - hip)
    return frame.over_floor.knee + frame.thigh + float(to_pelvis[1]), float(to_pelvis[2])


def _ankle_over_toes(stage: Stage) -> Array:
    """(3,) ankle from the ball of a foot whose toes are tucked under."""
    return about_left(-TUCKED_RAD) @ stage.frame.ankle_from_ball[0]


def knees_before_toes(stage: Stage) -> float:
    """How far ahead of the balls of the feet the knees touch the floor, m."""
    frame, ankle = stage.frame, _ankle_over_toes(stage)
    above = frame.over_floor.tucked_ball + float(ankle[1]) - frame.over_floor.knee
    return float(ankle[2] + np.sqrt(max(frame.shin**2 - above**2, 0.01)))


def lying_before_toes(stage: Stage) -> float:
    """How far ahead of the balls of the feet the pelvis of a body with straight legs lies, m."""
    return float(_ankle_over_toes(stage)[2]) + 0.998 * stage.frame.leg_length + _above_hip(stage)


def _toes_behind(stage: Stage, time_s: float) -> float:
    """How far the balls of the feet lie behind the pelvis, m (negative: ahead)."""
    feet = [stage.timeline.value(f"foot_{side}", time_s)[:3] for side in SIDES]
    return float((stage.timeline.value("root", time_s) - 0.5 * (feet[0] + feet[1])) @ stage.ahead(time_s))


def _hands_down(stage: Stage, start: float, toes_behind: float, before_toes: float, weight: Array) -> None:
    """Palms flat on the floor at a distance before the toes, from where the hands are."""
    base = stage.timeline.value("root", start)
    size = stage.frame.leg_length / 0.82
    for side in SIDES:
        point = base + stage.offset(
            start, ahead=before_toes - toes_behind, left=0.27 * size * side_sign(side)
        )
        point[1] = stage.frame.over_floor.wrist
        hold_hand(stage, side, point, weight, _ELBOWS, palm_down=True)


def _shoulders_before_pelvis(stage: Stage) -> float:
    frame = stage.frame
    return float(frame.joint("left_shoulder")[1] - frame.joint("pelvis")[1])


def _down_to_knees(stage: Stage, start: float, end: float) -> None:
    frame, timeline = stage.frame, stage.timeline
    move = KeyedMove(stage, start, end - start)
    behind = _toes_behind(stage, start)
    knees, hip = knees_before_toes(stage) - behind, _above_hip(stage)
    lead = stage.rng.uniform(-0.05, 0.05)
    last = ON_ALL_FOURS_DEG + stage.rng.uniform(-3.0, 3.0)
    height, before = over_knees(stage, np.radians(last))
    move.root(
        (0.40 + lead, 0.0, 0.74 * frame.stand_height, 0.10),
        (0.72, 0.0, height + 0.10, knees - 0.02),
        (1.0, 0.0, height, knees + before),
    )
    move.angles("pelvis", (0.40, 30, 0, 0), (0.72, 50, 0, 0), (1.0, last, 0, 0))
    move.angles("spine", (0.40, 20, 0, 0), (0.72, 24, 0, 0), (1.0, 4, 0, 0))
    move.angles("head", (0.72, -20, 0, 0), (1.0, -26, 0, 0))
    for side in SIDES:
        lag = 0.08 * stage.rng.random()
        move.foot(
            side,
            (0.26 + lag, foot_columns(pitch=np.radians(-30))),
            (0.68 + lag, foot_columns(clearance=frame.tucked_clearance, pitch=TUCKED_RAD)),
        )
        timeline.ease(f"foot_{side}", start, end, foot_columns(swivel=0.0, roll=0.0))
    span = end - start
    hands = knees_before_toes(stage) + hip + _shoulders_before_pelvis(stage) + 0.02
    weight = stroke(timeline.time_s, start + 0.34 * span, start + 0.86 * span)
    _hands_down(stage, start, behind, hands, weight)


def _lower_to_front(stage: Stage, start: float, end: float) -> None:
    frame, timeline = stage.frame, stage.timeline
    move = KeyedMove(stage, start, end - start)
    behind, hip = _toes_behind(stage, start), _above_hip(stage)
    knees, reach = knees_before_toes(stage), lying_before_toes(stage)
    low = frame.front_depth + 0.01
    # Half way down the thighs slope at 45 degrees from knees that stay on the floor.
    move.root(
        (0.38, 0.0, frame.over_floor.knee + 0.71 * frame.thigh, knees + 0.71 * frame.thigh + hip - behind),
        (0.78, 0.0, low + 0.015, 0.985 * reach - behind),
        (1.0, 0.0, low, reach - behind),
    )
    move.angles("pelvis", (0.75, 88, 0, 0), (1.0, 89, 0, 0))
    move.angles("spine", (0.75, -8, 0, 0), (1.0, -3, 0, 0))
    turn = 45.0 if stage.rng.random() < 0.5 else -45.0
    move.angles("head", (0.5, -24, 0, 0), (1.2, -4, 0, turn))
    span = end - start
    hands = reach + _shoulders_before_pelvis(stage) - 0.09 * frame.leg_length / 0.82
    weight = stroke(timeline.time_s, start, start + 0.45 * span)
    _hands_down(stage, start, behind, hands, weight)


def _raise_from_front(stage: Stage, start: float, end: float) -> None:
    frame, timeline = stage.frame, stage.timeline
    move = KeyedMove(stage, start, end - start)
    behind, hip, knees = _toes_behind(stage, start), _above_hip(stage), knees_before_toes(stage)
    height, before = over_knees(stage, np.radians(ON_ALL_FOURS_DEG))
    move.root(
        (0.50, 0.0, frame.over_floor.knee + 0.71 * frame.thigh, knees + 0.71 * frame.thigh + hip - behind),
        (1.0, 0.0, height, knees + before - behind),
    )
    move.angles("pelvis", (0.45, 80, 0, 0), (1.0, ON_ALL_FOURS_DEG, 0, 0))
    move.angles("spine", (0.5, 0, 0, 0), (1.0, 4, 0, 0))
    move.angles("head", (0.5, -20, 0, 0), (1.0, -24, 0, 0))
    for side in SIDES:
        tucked = foot_columns(clearance=frame.tucked_clearance, pitch=TUCKED_RAD)
        timeline.ease(f"foot_{side}", start, start + 0.3 * move.span_s, tucked)
    hands = knees + hip + _shoulders_before_pelvis(stage) + 0.02
    weight = stroke(timeline.time_s, start, start + 0.6 * move.span_s)
    _hands_down(stage, start, behind, hands, weight)


def get_up_from_front(stage: Stage, start: float, end: float) -> None:
    """To hands and knees, one foot forward under the body, and up over it; the other foot joins it."""
    if _is_prone(stage, start):
        kneeling = start + 0.34 * (end - start)
        _raise_from_front(stage, start, kneeling)
        start = kneeling
    frame, manner = stage.frame, stage.manner
    front = SIDES[int(stage.rng.random() < 0.5)]
    rear = other(front)
    behind, knees = _toes_behind(stage, start), knees_before_toes(stage)
    planted = knees + 0.20 * frame.leg_length / 0.82
    move = KeyedMove(stage, start, end - start)
    hip = _above_hip(stage)
    move.root(
        (0.22, 0.0, frame.over_floor.knee + frame.thigh + 0.3 * hip, knees + 0.6 * hip - behind),
        (0.46, 0.0, frame.over_floor.knee + frame.thigh + 0.9 * hip, knees + 0.04 - behind),
        (0.72, 0.0, 0.74 * frame.stand_height, 0.5 * (knees + planted - frame.ball_ahead) - behind),
        (0.98, 0.0, frame.stand_height, planted - frame.ball_ahead - behind),
    )
    rest = float(np.degrees(manner.stoop + 0.6 * manner.lean))
    head = float(np.degrees(manner.head_pitch - 0.8 * manner.stoop))
    lean = float(np.degrees(0.4 * manner.lean))
    move.angles("pelvis", (0.22, 62, 0, 0), (0.46, 24, 0, 0), (0.68, 30, 0, 0), (0.98, lean, 0, 0))
    move.angles("spine", (0.22, 16, 0, 0), (0.46, 26, 0, 0), (0.70, 24, 0, 0), (0.98, rest, 0, 0))
    move.angles("head", (0.46, -16, 0, 0), (0.70, -14, 0, 0), (0.98, head, 0, 0))
    span = move.span_s
    _step(stage, front, (start + 0.10 * span, start + 0.42 * span), planted, 0.07)
    _step(stage, rear, (start + 0.62 * span, start + 0.95 * span), planted, 0.10)
    _hands_leave(stage, front, move)


def _step(stage: Stage, side: str, slot: tuple[float, float], ahead: float, height: float) -> None:
    """Bring a foot flat to a place ahead of where it is, m; a second foot beside the first."""
    timeline = stage.timeline
    partner = timeline.value(f"foot_{other(side)}", slot[1])
    goal = timeline.value(f"foot_{side}", slot[0])[:3] + stage.offset(slot[0], ahead=ahead)
    if partner[4] > 0.5 * TUCKED_RAD:
        goal = partner[:3] + stage.offset(slot[0], left=2.0 * side_sign(side) * stage.stand_half_width())
    yaw = stage.facing(slot[0]) + side_sign(side) * stage.manner.toe_out
    timeline.ease(f"foot_{side}", *slot, foot_columns(goal[0], 0.0, goal[2], yaw=yaw, pitch=0.0, roll=0.0))
    rise = np.zeros((len(timeline.time_s), 7))
    progress = np.clip((timeline.time_s - slot[0]) / (slot[1] - slot[0]), 0.0, 1.0)
    rise[:, 1] = height * np.sin(np.pi * progress) ** 2
    timeline.add(f"foot_{side}", rise)


def _hands_leave(stage: Stage, front: str, move: KeyedMove) -> None:
    """The hands stay on the floor until the foot stands, then one helps on the knee, and both hang down."""
    start, span = move.start_s, move.span_s
    time_s = stage.timeline.time_s
    for side in SIDES:
        place = hand_point(stage, side, start)
        place[1] = stage.frame.over_floor.wrist
        weight = window(time_s, start - 0.2, start + 0.46 * span, 0.2, 0.22 * span)
        helping = arm_pose([0.20, -0.70, 0.68], 0.0, np.radians(50 if side == front else 20))
        stage.timeline.ease(f"arm_{side}", start + 0.24 * span, start + 0.50 * span, helping)
        hold_hand(stage, side, place, weight, _ELBOWS, palm_down=True)
        stage.timeline.ease(f"arm_{side}", start + 0.55 * span, start + 0.98 * span, stage.hanging_arm())
        stage.timeline.ease(f"hand_{side}", start + 0.24 * span, start + 0.5 * span, 0.0)
