"""Going to a posture and back to standing: sit, squat, crouch, kneel, bend, stand up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arms import arm_pose
from ..durations import FLOOR_POSTURES
from ..floor_heights import TUCKED_RAD
from ..stage import Stage
from ..strokes import Array
from ..timeline import SIDES, foot_columns, other
from ..vocabulary import Posture
from .all_fours import knees_before_toes, over_knees
from .floor_postures import to_floor
from .getting_up import get_up

KNEELING_LEAN_RAD = np.radians(4.0)


@dataclass(frozen=True)
class LowPose:
    """A lowered body over planted feet; lengths in m, angles in rad."""

    height: float
    back: float
    pelvis_pitch: float
    spine_pitch: float
    head_pitch: float
    arm: Array
    """Arm pose of both arms."""
    knees_out: float = 0.0


def posture(stage: Stage, step: Posture, slot: tuple[float, float]) -> None:
    """Go to a posture within the step's duration and hold it."""
    start, end = slot[0], slot[0] + step.duration_s
    if step.to == "stand":
        low = stage.timeline.value("root", start)[1] < 0.35 * stage.frame.stand_height
        on_hands = stage.timeline.value("pelvis", start)[0] > 1.1
        (get_up if low or on_hands else stand_up)(stage, start, end)
    elif step.to in FLOOR_POSTURES:
        to_floor(stage, step.to, start, end)
    elif step.to == "sit_chair":
        _sit(stage, start, end)
    elif step.to == "kneel":
        _kneel(stage, start, end)
    else:
        _lower(stage, low_pose(stage, step.to), start, end)


def low_pose(stage: Stage, name: str) -> LowPose:
    """The body's target in a squat, a crouch or a bend."""
    frame, manner = stage.frame, stage.manner
    deep = 0.94 + 0.06 * manner.amplitude
    rad = np.radians
    if name == "squat":
        arm = arm_pose([0.22, -0.35, 1.0], 0.0, rad(35))
        return LowPose(0.46 * frame.stand_height / deep, 0.12, rad(22), rad(28), rad(-25), arm, rad(22))
    if name == "crouch":
        arm = arm_pose([0.35, -0.95, 0.55], 0.0, rad(70))
        return LowPose(0.66 * frame.stand_height / deep, 0.13, rad(26), rad(22), rad(-25), arm, rad(10))
    pitch, bend = rad(44) * deep, rad(38) * deep
    down = arm_pose([0.16, -np.cos(pitch + bend), np.sin(pitch + bend)], 0.0, rad(14))
    return LowPose(0.955 * frame.stand_height, 0.14, pitch, bend, rad(5), down)


def _lower(stage: Stage, pose: LowPose, start: float, end: float) -> None:
    timeline = stage.timeline
    root = stage.standing_root(start) - stage.offset(start, ahead=pose.back)
    root[1] = pose.height
    timeline.ease("root", start, end, root)
    timeline.ease("pelvis", start, end, [pose.pelvis_pitch, 0.0, 0.0])
    timeline.ease("spine", start + 0.05, end, [pose.spine_pitch + stage.manner.stoop, 0.0, 0.0])
    timeline.ease("head", start, end, [pose.head_pitch, 0.0, 0.0])
    for side in SIDES:
        timeline.ease(f"arm_{side}", start, end, pose.arm)
        timeline.ease(f"foot_{side}", start, end, foot_columns(swivel=pose.knees_out))


def _sit(stage: Stage, start: float, end: float) -> None:
    """Onto a chair of the height of one's own shins: lean, lower backwards, straighten."""
    frame, timeline = stage.frame, stage.timeline
    above_hip = frame.joint("pelvis")[1] - frame.joint("left_hip")[1]
    seat = frame.joint("left_knee")[1] + 0.03 + above_hip
    stand = stage.standing_root(start)
    seated = stand - stage.offset(start, ahead=0.86 * frame.thigh)
    seated[1] = seat
    span = end - start
    half_way = stand + 0.62 * (seated - stand)
    half_way[1] = stand[1] + 0.42 * (seat - stand[1])
    timeline.through("root", start, [(start + 0.52 * span, half_way), (start + 0.92 * span, seated)])
    _lean_and_straighten(stage, start, end, np.radians(32), np.radians(-6))
    hands_on_thighs = arm_pose([0.12, -0.9, 0.42], 0.0, np.radians(52))
    for side in SIDES:
        timeline.ease(f"arm_{side}", start + 0.2 * span, end, hands_on_thighs)


def _lean_and_straighten(stage: Stage, start: float, end: float, lean: float, rest: float) -> None:
    timeline, manner = stage.timeline, stage.manner
    peak = start + 0.5 * (end - start)
    timeline.through("pelvis", start, [(peak, [lean, 0.0, 0.0]), (end, [rest, 0.0, 0.0])])
    spine = [manner.stoop + 0.6 * manner.lean, 0.0, 0.0]
    timeline.through("spine", start, [(peak, [0.4 * lean + manner.stoop, 0.0, 0.0]), (end, spine)])
    head = manner.head_pitch - 0.8 * manner.stoop
    timeline.through("head", start, [(peak, [head - 0.6 * lean, 0.0, 0.0]), (end, [head, 0.0, 0.0])])


def stand_up(stage: Stage, start: float, end: float) -> None:
    """Back to a relaxed stand over the feet as they are; a seated body leans forward first."""
    frame, timeline = stage.frame, stage.timeline
    feet_apart = _gather_feet(stage, start, end)
    stand = stage.standing_root(end)
    here = timeline.value("root", start)
    low = (frame.stand_height - here[1]) / frame.stand_height
    behind = float((stand - here) @ stage.ahead(start))
    span = end - start
    if behind > 0.25 and low > 0.3:
        half_way = here + 0.55 * (stand - here)
        half_way[1] = here[1] + 0.28 * (stand[1] - here[1])
        timeline.through("root", start, [(start + 0.5 * span, half_way), (start + 0.95 * span, stand)])
        _lean_and_straighten(stage, start, end, np.radians(40), 0.4 * stage.manner.lean)
    else:
        timeline.ease("root", start, end, stand)
        timeline.ease("pelvis", start, end, [0.4 * stage.manner.lean, 0.0, 0.0])
        rest = stage.manner.stoop + 0.6 * stage.manner.lean
        timeline.ease("spine", start, end, [rest, 0.0, 0.0])
        head = stage.manner.head_pitch - 0.8 * stage.manner.stoop
        timeline.ease("head", start, end, [head, 0.0, 0.0])
    for side in SIDES:
        timeline.ease(f"arm_{side}", start + 0.25 * span, end, stage.hanging_arm())
        timeline.ease(f"foot_{side}", start, end, foot_columns(swivel=0.0))
        if not feet_apart:
            timeline.ease(f"foot_{side}", start, end, foot_columns(pitch=0.0, roll=0.0, clearance=0.0))


def _gather_feet(stage: Stage, start: float, end: float) -> bool:
    """Bring a foot that stands far behind up beside the other one; whether there was one."""
    timeline = stage.timeline
    places = {side: timeline.value(f"foot_{side}", start)[:3] for side in SIDES}
    lead = float((places["left"] - places["right"]) @ stage.ahead(start))
    if abs(lead) < 0.25:
        return False
    rear = "right" if lead > 0 else "left"
    span = end - start
    lift, land = start + 0.45 * span, start + 0.95 * span
    timeline.ease(f"foot_{rear}", lift - 0.1, land, foot_columns(clearance=0.0))
    stage.swing_foot(rear, lift, land, 0.0, abs(lead), 0.10)
    timeline.ease(f"foot_{rear}", lift - 0.1, land, foot_columns(pitch=0.0))
    return True


def _kneel(stage: Stage, start: float, end: float) -> None:
    """Down on one knee: step forward, lower until the rear knee touches the floor."""
    frame, timeline = stage.frame, stage.timeline
    front = "left" if stage.rng.random() < 0.5 else "right"
    rear = other(front)
    span = end - start
    stage.swing_foot(front, start, start + 0.42 * span, 0.0, 0.78 * frame.leg_length, 0.10)
    height, before = over_knees(stage, KNEELING_LEAN_RAD)
    ahead = frame.ball_ahead + knees_before_toes(stage) + before
    root = stage.standing_root(start) + stage.offset(start, ahead=ahead)
    root[1] = height
    timeline.through(
        "root",
        start,
        [
            (start + 0.42 * span, _between(stage.standing_root(start), root, 0.45, 0.22)),
            (end, root),
        ],
    )
    tucked = foot_columns(clearance=frame.tucked_clearance, pitch=TUCKED_RAD)
    timeline.ease(f"foot_{rear}", start + 0.2 * span, start + 0.85 * span, tucked)
    timeline.ease("pelvis", start, end, [KNEELING_LEAN_RAD, 0.0, 0.0])
    timeline.ease("spine", start, end, [stage.manner.stoop + np.radians(10), 0.0, 0.0])
    timeline.ease(f"arm_{front}", start + 0.3 * span, end, arm_pose([0.12, -0.85, 0.5], 0.0, np.radians(45)))
    timeline.ease(f"arm_{rear}", start, end, stage.hanging_arm())


def _between(first: Array, last: Array, along: float, down: float) -> Array:
    """A point between two roots: a share of the way, another share of the height."""
    point = first + along * (last - first)
    point[1] = first[1] + down * (last[1] - first[1])
    return point
