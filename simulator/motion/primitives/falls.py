"""Falls to the floor: forward over the toes, backward, to a side, and a slump; then lying still."""

from __future__ import annotations

import numpy as np

from ..arms import arm_pose, bent_arm
from ..stage import Stage
from ..support import ankle_behind_ball
from ..timeline import SIDES, foot_columns, other, side_sign
from ..vocabulary import Fall
from .all_fours import lying_before_toes
from .getting_up import get_up
from .keyed_move import KeyedMove

Slot = tuple[float, float]
FALLING_S = 1.25
"""From losing the balance to lying, for a leg of 0.82 m; toppling scales with the root of the height."""
_QUICKNESS = {"trip": 0.92, "slip": 0.85, "faint": 1.25, "push": 0.95}
GET_UP_S = 3.0


def fall(stage: Stage, step: Fall, slot: Slot) -> None:
    """Lose the balance, fall, lie; with recover, get up within the slot."""
    start, end = slot
    span = FALLING_S * _QUICKNESS[step.cause] * stage.rng.uniform(0.92, 1.08)
    span = float(np.clip(span * np.sqrt(stage.frame.leg_length / 0.82), 0.95, 1.7))
    onset = start + 0.12 + 0.25 * stage.rng.random() * (end - start > 3.0)
    move = KeyedMove(stage, onset, span)
    if step.direction == "forward":
        _forward(move, step.cause)
    elif step.direction == "backward":
        _backward(move, step.cause)
    elif step.direction == "down":
        _slump(move, "left" if stage.rng.random() < 0.5 else "right")
    else:
        _sideways(move, step.direction)
    if step.recover:
        lying = max(0.25 * (end - onset - span - GET_UP_S), 0.25)
        get_up(stage, onset + span + lying, end)


def _hip_drop(stage: Stage) -> float:
    """How far the pelvis joint lies above the hips, m."""
    return float(stage.frame.joint("pelvis")[1] - stage.frame.joint("left_hip")[1])


def _forward(move: KeyedMove, cause: str) -> None:
    """Topple over the toes onto hands and chest; in a trip one foot first saves a step."""
    stage, frame = move.stage, move.stage.frame
    stand, low = frame.stand_height, frame.front_depth + 0.01
    reach = frame.ball_ahead + lying_before_toes(stage)
    move.root(
        (0.30, 0.0, 0.95 * stand, 0.16),
        (0.58, 0.0, 0.62 * stand, 0.62 * reach),
        (0.82, 0.0, low + 0.015, 0.97 * reach),
        (0.95, 0.0, low, reach),
    )
    move.angles("pelvis", (0.30, 16, 0, 0), (0.60, 52, 0, 0), (0.84, 86, 0, 0), (1.0, 88, 0, 0))
    move.angles("spine", (0.30, 14, 0, 0), (0.60, 8, 0, 0), (0.84, -12, 0, 0), (1.0, -4, 0, 0))
    turn = 50.0 if stage.rng.random() < 0.5 else -50.0
    move.angles("head", (0.6, -28, 0, 0), (0.84, -30, 0, 0.3 * turn), (1.15, -4, 0, turn))
    ahead = arm_pose([0.30, 0.10, 1.0], 0.0, np.radians(30))
    flat = bent_arm([0.98, 0.18, 0.10], [0.0, 1.0, 0.15], np.radians(80))
    if cause == "faint":  # nobody catches the body
        flat = arm_pose([0.45, -0.85, -0.28], 0.0, np.radians(20))
        ahead = arm_pose([0.35, -0.85, 0.40], 0.0, np.radians(25))
    on_toes = np.radians(-76)
    for side in SIDES:
        move.arm(side, (0.52, ahead), (0.80, 0.35 * ahead + 0.65 * flat), (1.0, flat))
        move.foot(
            side,
            (0.35, foot_columns(pitch=np.radians(-22))),
            (0.85, foot_columns(pitch=np.radians(-72))),
            (1.0, foot_columns(pitch=on_toes)),
        )
    if cause == "trip":
        saving = SIDES[int(stage.rng.random() < 0.5)]
        onset, span = move.start_s, move.span_s
        stage.swing_foot(saving, onset - 0.05, onset + 0.42 * span, 0.0, 0.30, 0.08)
        stage.swing_foot(saving, onset + 0.5 * span, onset + 0.9 * span, 0.0, -0.30, 0.05)
        stage.timeline.ease(
            f"foot_{saving}", onset + 0.45 * span, onset + 0.9 * span, foot_columns(pitch=on_toes)
        )


def _backward(move: KeyedMove, cause: str) -> None:
    """Sit down backwards and roll onto the back; in a slip the feet fly forward first."""
    stage, frame = move.stage, move.stage.frame
    stand, low = frame.stand_height, frame.back_depth
    slip = cause == "slip"
    back = -0.28 if slip else -0.52
    move.root(
        (0.28, 0.0, 0.95 * stand, 0.25 * back),
        (0.55, 0.0, 0.52 * stand, 0.78 * back),
        (0.72, 0.0, low + 0.04, back),
        (0.90, 0.0, low, 1.08 * back),
    )
    move.angles(
        "pelvis", (0.28, -8, 0, 0), (0.55, -34 if slip else -20, 0, 0), (0.74, -62, 0, 0), (0.92, -90, 0, 0)
    )
    move.angles("spine", (0.4, 16, 0, 0), (0.72, 30, 0, 0), (0.95, -5, 0, 0))
    move.angles("head", (0.5, 24, 0, 0), (0.80, 32, 0, 0), (1.1, -2, 0, 20))
    flail = arm_pose([0.70, 0.10, 0.75], 0.0, np.radians(35))
    brace = arm_pose([0.70, -0.70, -0.35], 0.0, np.radians(20))
    spread = arm_pose([0.70, -0.62, -0.33], 0.0, np.radians(28))
    for side in SIDES:
        move.arm(side, (0.38, flail), (0.68, brace), (1.0, spread))
        bent = stage.rng.uniform(0.0, 0.22) * stage.rng.random()
        toes_up = np.radians(58.0 if slip else 55.0)
        far = 1.08 * back + _hip_drop(stage) + (0.985 - bent) * frame.leg_length - frame.ball_ahead
        far += ankle_behind_ball(frame, float(toes_up))
        if slip:
            move.foot(
                side,
                (0.40, foot_columns(0.0, 0.12, 0.42, pitch=np.radians(30))),
                (0.66, foot_columns(0.0, 0.34, far - 0.05, pitch=np.radians(45))),
                (0.98, foot_columns(0.0, 0.0, far, pitch=toes_up)),
            )
        else:
            move.foot(
                side,
                (0.50, foot_columns(pitch=np.radians(6))),
                (0.78, foot_columns(0.0, 0.10, min(far, 0.10), pitch=np.radians(24))),
                (1.05, foot_columns(0.0, 0.0, far, pitch=toes_up)),
            )


def _sideways(move: KeyedMove, direction: str) -> None:
    """Topple onto hip and shoulder of one side, an arm out below the head."""
    stage, frame = move.stage, move.stage.frame
    sign, stand, low = side_sign(direction), frame.stand_height, frame.side_depth
    move.root(
        (0.30, 0.14 * sign, 0.95 * stand, 0.0),
        (0.58, 0.42 * sign, 0.56 * stand, 0.02),
        (0.80, 0.62 * sign, low + 0.02, 0.04),
        (0.95, 0.66 * sign, low, 0.05),
    )
    move.angles(
        "pelvis",
        (0.30, 2, 12 * sign, 0),
        (0.58, 6, 42 * sign, 0),
        (0.82, 4, 84 * sign, 0),
        (1.0, 4, 86 * sign, 0),
    )
    move.angles("spine", (0.5, 12, -14 * sign, 0), (0.82, 14, -6 * sign, 0), (1.0, 14, 2 * sign, 0))
    move.angles("head", (0.7, 8, -26 * sign, 0), (1.1, 8, 8 * sign, 0))
    below, above = direction, other(direction)
    under = bent_arm([0.02, 0.55, 0.85], [-0.05, 1.0, 0.3], np.radians(40))
    before = arm_pose([-0.30, -0.55, 0.80], 0.0, np.radians(50))
    move.arm(below, (0.5, arm_pose([0.62, 0.20, 0.70], 0.0, np.radians(25))), (0.85, under), (1.0, under))
    move.arm(above, (0.5, arm_pose([0.85, 0.1, 0.5], 0.0, np.radians(30))), (1.0, before))
    for side in SIDES:
        # The legs point away from the head: the feet end a bent leg's length beyond the pelvis.
        stacked = 0.02 if side == below else 1.5 * frame.hip_half_width
        left = (0.66 - 0.74 * frame.leg_length) * sign - side_sign(side) * stage.stand_half_width()
        tilt = np.radians(70) * sign
        move.foot(
            side,
            (0.45, foot_columns(roll=0.2 * tilt)),
            (0.72, foot_columns(0.5 * left, 0.8 * stacked, 0.02, pitch=np.radians(-14), roll=0.7 * tilt)),
            (1.00, foot_columns(left, stacked, 0.05, pitch=np.radians(-30), roll=tilt)),
        )


def _slump(move: KeyedMove, direction: str) -> None:
    """Knees give way: down onto the heels, then over to one side, legs folded."""
    stage, frame = move.stage, move.stage.frame
    sign, stand, low = side_sign(direction), frame.stand_height, frame.side_depth
    move.root(
        (0.22, 0.0, 0.94 * stand, -0.02),
        (0.52, 0.02 * sign, 0.42 * stand, 0.10),
        (0.66, 0.10 * sign, 0.34 * stand, 0.14),
        (0.90, 0.36 * sign, low + 0.01, 0.16),
        (1.05, 0.38 * sign, low, 0.16),
    )
    move.angles(
        "pelvis",
        (0.5, 4, 8 * sign, 0),
        (0.68, 10, 30 * sign, 0),
        (0.92, 8, 82 * sign, 0),
        (1.1, 8, 85 * sign, 0),
    )
    move.angles("spine", (0.5, 26, 4 * sign, 0), (0.92, 30, 6 * sign, 0), (1.1, 26, 4 * sign, 0))
    move.angles("head", (0.35, 34, 0, 0), (0.9, 26, 10 * sign, 0))
    hanging = arm_pose([0.16, -0.92, 0.36], 0.0, np.radians(15))
    for side in SIDES:
        below = side == direction
        move.arm(
            side,
            (0.55, hanging),
            (1.0, arm_pose([0.0 if below else -0.25, -0.45, 0.85], 0.0, np.radians(45))),
        )
        stacked = 0.02 if below else 1.3 * frame.hip_half_width
        left = -0.16 * sign - 0.7 * side_sign(side) * stage.stand_half_width()
        yaw, roll = np.radians(-65) * sign, np.radians(72) * sign
        move.foot(
            side,
            (0.30, foot_columns(pitch=np.radians(-25))),
            (0.62, foot_columns(pitch=np.radians(-58))),
            (1.00, foot_columns(left, stacked, -0.22, yaw=yaw, pitch=np.radians(-6), roll=roll)),
        )
