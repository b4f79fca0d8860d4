"""Going down to the floor on purpose: sitting on it, lying on back, front or side, hands and knees."""

from __future__ import annotations

import numpy as np

from ..arms import arm_pose
from ..stage import Stage
from ..strokes import Array, stroke, window
from ..support import ankle_behind_ball
from ..timeline import SIDES, foot_columns, other, side_sign
from .all_fours import hands_and_knees, lie_front
from .hand_contact import PALM_M, hold_hand, knee_point
from .keyed_move import KeyedMove

SEATED_BACK = 0.44
"""How far behind its standing place the pelvis sits down, m, for a leg of 0.82 m."""
SEAT_SHARE = 1.22
"""Height of the pelvis of a sitter over that of one who lies on the back."""
SITTING_SHARE = 0.56
"""Share of the time of lying down after which the body sits."""


def to_floor(stage: Stage, name: str, start: float, end: float) -> None:
    """Go to a floor posture from a stand; between the first two directly."""
    seated = stage.timeline.value("root", start)[1] < 0.35 * stage.frame.stand_height
    if name in ("lie_front", "hands_and_knees"):
        (lie_front if name == "lie_front" else hands_and_knees)(stage, start, end)
        return
    if seated and name == "sit_floor":
        _rise_to_seat(stage, start, end)
        return
    if name == "sit_floor":
        _sit(stage, start, end)
        _rest_hands(stage, start + 0.8 * (end - start), end)
        return
    sitting = start if seated else start + SITTING_SHARE * (end - start)
    if not seated:
        _sit(stage, start, sitting)
    if name == "lie_back":
        _lie_back(stage, sitting, end)
    else:
        _lie_side(stage, sitting, end)


def _scale(stage: Stage) -> float:
    return stage.frame.leg_length / 0.82


def _sit(stage: Stage, start: float, end: float) -> None:
    """Squat far down, reach back with one hand, let the seat down behind the heels."""
    frame, rng = stage.frame, stage.rng
    move = KeyedMove(stage, start, end - start)
    stand, size = frame.stand_height, _scale(stage)
    support = SIDES[int(rng.random() < 0.5)]
    aside = 0.05 * side_sign(support)
    back = -SEATED_BACK * size * rng.uniform(0.92, 1.08)
    seat = SEAT_SHARE * frame.back_depth
    move.root(
        (0.35, 0.2 * aside, 0.66 * stand, 0.28 * back),
        (0.64, aside, 0.34 * stand, 0.66 * back),
        (0.88, 0.6 * aside, seat + 0.012, 0.97 * back),
        (1.0, 0.0, seat, back),
    )
    lean = rng.uniform(24.0, 34.0)
    tilt = 4.0 * side_sign(support)
    move.angles("pelvis", (0.35, lean, 0, 0), (0.64, 0.6 * lean, tilt, 0), (0.9, -12, 0, 0), (1.0, -12, 0, 0))
    move.angles("spine", (0.4, 26, 0, 0), (0.66, 22, tilt, 0), (1.0, 14, 0, 0))
    move.angles("head", (0.4, -14, 0, 0), (1.0, -2, 0, 0))
    far = rng.uniform(0.0, 0.30) * size
    for side in SIDES:
        sideways = 0.02 * side_sign(side) + 0.3 * far * rng.uniform(-0.1, 0.1)
        moved = foot_columns(sideways, 0.0, far, pitch=np.radians(8.0 + 60.0 * far), swivel=np.radians(8))
        move.foot(side, (0.86, foot_columns(pitch=0.0, swivel=np.radians(14))), (1.0, moved))
    time_s = stage.timeline.time_s
    root = stage.timeline.value("root", start)
    span = end - start
    ahead = arm_pose([0.20, -0.55, 0.80], 0.0, np.radians(25))
    floor = root + stage.offset(start, ahead=back - 0.20 * size, left=0.30 * side_sign(support) * size)
    floor[1] = PALM_M
    down = window(time_s, start + 0.30 * span, end + 0.35, 0.40 * span, 0.45)
    hold_hand(stage, support, floor, down, (0.7, 0.0, -1.0), palm_down=True)
    stage.timeline.ease(f"arm_{other(support)}", start, start + 0.5 * span, ahead)
    stage.timeline.ease(f"arm_{other(support)}", start + 0.5 * span, end, _toward_knee())


def _toward_knee() -> Array:
    """Arm pose of a hand that comes to a bent knee before the body."""
    return arm_pose([0.22, -0.40, 0.90], 0.0, np.radians(35))


def _rest_hands(stage: Stage, start: float, end: float) -> None:
    """Both hands on the knees."""
    for side in SIDES:
        knee = knee_point(stage, side, end) + np.array([0.0, 0.07, 0.0])
        hold_hand(stage, side, knee, stroke(stage.timeline.time_s, start, end + 0.2), (0.8, -0.6, -0.2))


def _lie_back(stage: Stage, start: float, end: float) -> None:
    """From sitting: roll down over the back, let the legs out or keep the knees up."""
    frame, rng = stage.frame, stage.rng
    move = KeyedMove(stage, start, end - start)
    low = frame.back_depth
    move.root((0.5, 0.0, 0.95 * low, -0.03), (1.0, 0.0, low, -0.06))
    move.angles("pelvis", (0.45, -44, 0, 0), (0.82, -84, 0, 0), (1.0, -90, 0, 0))
    move.angles("spine", (0.35, 32, 0, 0), (0.75, 16, 0, 0), (1.0, -5, 0, 0))
    move.angles("head", (0.4, 24, 0, 0), (0.8, 24, 0, 0), (1.0, -2, 0, rng.uniform(-12, 12)))
    hips = stage.timeline.value("root", start) + stage.offset(start, ahead=-0.06 + 0.085 * _scale(stage))
    knees_up = rng.random() < 0.4
    for side in SIDES:
        pitch = np.radians(0.0 if knees_up else 56.0)
        reach = (0.50 if knees_up else 0.99 - 0.03 * rng.random()) * frame.leg_length
        reach += ankle_behind_ball(frame, float(pitch))
        foot = stage.timeline.value(f"foot_{side}", start)[:3]
        far = reach - float((foot - hips) @ stage.ahead(start))
        lag = 0.08 * rng.random()
        lifted = foot_columns(0.0, 0.03, 0.5 * far, pitch=0.5 * pitch)
        move.foot(side, (0.45 + lag, lifted), (0.9 + lag, foot_columns(0.0, 0.0, far, pitch=pitch)))
        aside = arm_pose([rng.uniform(0.3, 0.5), -0.86, -0.23], -0.3, np.radians(rng.uniform(10, 22)))
        forward = arm_pose([0.25, -0.45, 0.90], 0.0, np.radians(25))
        move.arm(side, (0.40, forward), (1.0, aside))


def _rise_to_seat(stage: Stage, start: float, end: float) -> None:
    """From lying on the back: curl up, swing the arms forward, sit with bent knees."""
    frame = stage.frame
    move = KeyedMove(stage, start, end - start)
    move.root((0.6, 0.0, frame.back_depth + 0.005, 0.03), (1.0, 0.0, SEAT_SHARE * frame.back_depth, 0.06))
    move.angles("pelvis", (0.35, -66, 0, 0), (0.75, -22, 0, 0), (1.0, -12, 0, 0))
    move.angles("spine", (0.3, 34, 0, 0), (0.7, 34, 0, 0), (1.0, 14, 0, 0))
    move.angles("head", (0.25, 26, 0, 0), (0.7, 8, 0, 0), (1.0, -2, 0, 0))
    hips = stage.timeline.value("root", start)
    for side in SIDES:
        foot = stage.timeline.value(f"foot_{side}", start)[:3]
        near = 0.62 * frame.leg_length - float((foot - hips) @ stage.ahead(start))
        move.foot(
            side,
            (0.3, foot_columns(0.0, 0.02, 0.5 * near, pitch=np.radians(12))),
            (0.8, foot_columns(0.0, 0.0, near, pitch=np.radians(8))),
        )
        ahead = arm_pose([0.18, -0.35, 0.94], 0.0, np.radians(15))
        move.arm(side, (0.45, ahead), (1.0, _toward_knee()))
    _rest_hands(stage, start + 0.7 * move.span_s, end)


def _lie_side(stage: Stage, start: float, end: float) -> None:
    """From sitting: over one hip and a hand down onto the side, knees drawn up."""
    frame, rng, size = stage.frame, stage.rng, _scale(stage)
    below = SIDES[int(rng.random() < 0.5)]
    sign, low = side_sign(below), frame.side_depth
    move = KeyedMove(stage, start, end - start)
    move.root((0.4, 0.05 * sign, 0.9 * low, 0.0), (0.75, 0.12 * sign, low, 0.0), (1.0, 0.14 * sign, low, 0.0))
    move.angles(
        "pelvis",
        (0.35, -4, 24 * sign, 0),
        (0.72, 0, 66 * sign, 0),
        (0.95, 2, 84 * sign, 0),
        (1.1, 2, 85 * sign, 0),
    )
    move.angles("spine", (0.4, 18, 4 * sign, 0), (0.8, 18, 4 * sign, 0), (1.0, 16, 2 * sign, 0))
    move.angles("head", (0.5, 6, -20 * sign, 0), (1.05, 10, 14 * sign, 0))
    hips = stage.timeline.value("root", start)
    hip_flexion, knee_flexion = np.radians(rng.uniform(48, 62)), np.radians(rng.uniform(70, 92))
    along = frame.thigh * np.cos(hip_flexion) + frame.shin * np.cos(hip_flexion - knee_flexion)
    before = frame.thigh * np.sin(hip_flexion) + frame.shin * np.sin(hip_flexion - knee_flexion)
    goal = hips + stage.offset(start, ahead=before + 0.04, left=sign * (0.14 - along - 0.085 * size))
    tilt = np.radians(70) * sign
    for side in SIDES:
        foot = stage.timeline.value(f"foot_{side}", start)[:3]
        moved = goal - foot
        left, ahead = float(moved @ stage.leftward(start)), float(moved @ stage.ahead(start))
        stacked = 0.02 if side == below else 1.4 * frame.hip_half_width
        lift = 0.04 if side == below else 0.75 * stacked
        half = foot_columns(0.55 * left, lift, 0.6 * ahead, pitch=-0.1, swivel=0.0, roll=0.6 * tilt)
        last = foot_columns(left, stacked, ahead, pitch=np.radians(-24), swivel=0.0, roll=tilt)
        move.foot(side, (0.55, half), (1.0, last))
    _lower_onto_arm(stage, below, (start, end), hips)


def _lower_onto_arm(stage: Stage, below: str, slot: tuple[float, float], hips: Array) -> None:
    """The lower hand takes the weight beside the seat and slides out ahead of the chest; the upper one rests."""
    (start, end), size, sign = slot, _scale(stage), side_sign(below)
    time_s, span = stage.timeline.time_s, end - start
    above = arm_pose([-0.30, -0.55, 0.80], 0.0, np.radians(50))
    stage.timeline.ease(f"arm_{other(below)}", start + 0.2 * span, end, above)
    beside = hips + stage.offset(start, left=0.46 * sign * size, ahead=0.06)
    out = hips + stage.offset(start, left=(0.14 + 0.46 * size) * sign, ahead=0.36 * size)
    points = beside + np.outer(stroke(time_s, start + 0.30 * span, start + 0.85 * span), out - beside)
    points[:, 1] = PALM_M
    taken = stroke(time_s, start - 0.05, start + 0.30 * span)
    hold_hand(stage, below, points, taken, (0.7, -0.2, -0.9), palm_down=True)
    # Lying, the elbow points to the feet along the floor.
    lying = stroke(time_s, start + 0.40 * span, start + 0.85 * span)
    hold_hand(stage, below, points, lying, (-0.1, -1.0, 0.0), palm_down=True)
