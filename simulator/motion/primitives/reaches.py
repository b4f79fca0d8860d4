"""Bringing hands to a height: pick up, put down, reach, lift, and things done at the head."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arms import sagittal_arm
from ..solver import shoulder_points
from ..stage import Stage
from ..strokes import Array, slow_noise, stroke, window
from ..timeline import SIDES, side_sign
from ..vocabulary import Reach
from .handling import carry, catch, sweep
from .variation import add_tremor

Slot = tuple[float, float]
GRASP_M = 0.09
"""Wrist to the middle of the grasping hand."""
FARTHEST = 0.93
"""Share of the arm's length at which a hand grasps."""


def reach(stage: Stage, step: Reach, slot: Slot) -> None:
    """Perform a reach within its slot."""
    sides = SIDES if step.side == "both" else (step.side,)
    _REACHES[step.action](stage, step, slot, sides)
    rise = 0.3 * (slot[1] - slot[0])
    for side in sides:
        add_tremor(stage, side, window(stage.timeline.time_s, slot[0], slot[1], rise, rise))


def _bow_offsets(stage: Stage, share: float, squat: float) -> dict[str, Array]:
    """Track offsets of a body lowered by a share (0 upright, 1 to the floor), between stoop and squat."""
    stoop = 1.0 - squat
    bow = min(share, 1.15 + 0.45 * squat)
    back = (0.13 * stoop + 0.10 * squat) * min(share, 1.0)
    # Who only stoops cannot reach the floor: towards the end the knees give way as well.
    knees = (0.06 * stoop + 0.46 * squat) * share + 0.8 * stoop * max(share - 0.7, 0.0) ** 2
    drop = min(knees, 0.60) * stage.frame.leg_length
    return {
        "root": np.array([0.0, -drop, -back]),
        "pelvis": np.array([np.radians(58 * stoop + 26 * squat) * bow, 0.0, 0.0]),
        "spine": np.array([np.radians(44 * stoop + 30 * squat) * bow, 0.0, 0.0]),
        "head": np.array([np.radians(-14) * bow, 0.0, 0.0]),
    }


def _lowering(stage: Stage, time_s: float, targets: dict[str, Array], squat: float) -> dict[str, Array]:
    """Offsets of the least lowered body whose shoulders have the targets (engine axes) within reach."""
    index = stage.timeline.frame(time_s)
    shares = np.linspace(0.0, 1.6, 33)
    turn = stage.facing(time_s)
    spin = np.array([[np.cos(turn), 0.0, np.sin(turn)], [0.0, 1.0, 0.0], [-np.sin(turn), 0.0, np.cos(turn)]])
    tracks = {
        name: np.repeat(track[index : index + 1], len(shares), axis=0)
        for name, track in stage.timeline.tracks.items()
    }
    rows = [_bow_offsets(stage, share, squat) for share in shares]
    for name in ("root", "pelvis", "spine", "head"):
        offsets = np.stack([row[name] for row in rows])
        tracks[name] = tracks[name] + (offsets @ spin.T if name == "root" else offsets)
    _, left, right = shoulder_points(stage.frame, tracks)
    points = {"left": left, "right": right}
    farthest = np.max([np.linalg.norm(points[s] - target, axis=-1) for s, target in targets.items()], axis=0)
    near = np.flatnonzero(farthest <= FARTHEST * stage.frame.arm_length)
    chosen = rows[int(near[0]) if len(near) else int(np.argmin(farthest))]
    return {name: spin @ value if name == "root" else value for name, value in chosen.items()}


def _ground_targets(
    stage: Stage, time_s: float, height: float, sides: tuple[str, ...], ahead: float
) -> dict[str, Array]:
    root = stage.standing_root(time_s)
    targets = {}
    for side in sides:
        lateral = (0.13 if len(sides) == 2 else 0.10) * side_sign(side)
        point = root + stage.offset(time_s, ahead=ahead, left=lateral)
        # Hands hang down here: their fingertips touch the floor first.
        point[1] = max(height + GRASP_M, stage.frame.hand_length + 0.01)
        targets[side] = point
    return targets


def _bend_to(
    stage: Stage, targets: dict[str, Array], weight: Array, when: float, squat: float, arm_weight: Array
) -> None:
    """Lower the body with one weight, bring the hands to the targets with another; a free arm hangs down."""
    timeline = stage.timeline
    offsets = _lowering(stage, when, targets, squat)
    for name, offset in offsets.items():
        stage.pulse(name, weight, offset)
    for side, target in targets.items():
        pose = stage.arm_to_point(side, when, target, np.array([0.5, -0.8, -0.5]))
        timeline.blend(f"arm_{side}", pose, arm_weight)
    bow = timeline.tracks["pelvis"][:, 0] + timeline.tracks["spine"][:, 0]
    for side in SIDES:
        if side not in targets:
            # A deeply bowed person rests the free hand towards the knee instead of on the floor.
            hanging = sagittal_arm(0.6 * bow, 0.2, stage.manner.elbow_rest + 0.95 * bow)
            timeline.blend(f"arm_{side}", hanging, weight)


def _squat_share(stage: Stage) -> float:
    return float(np.clip(stage.rng.normal(0.45, 0.28), 0.05, 0.95))


def _pick_up(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """Down to the thing, grasp, up with it, hold it before the body, lower the arms."""
    span = slot[1] - slot[0]
    when = slot[0] + 0.46 * span
    time_s = stage.timeline.time_s
    body = window(time_s, slot[0], slot[0] + 0.88 * span, 0.42 * span, 0.38 * span)
    hands = stroke(time_s, slot[0] + 0.06 * span, when - 0.02 * span)
    targets = _ground_targets(stage, slot[0], step.height_m, sides, stage.frame.ball_ahead + 0.22)
    _bend_to(stage, targets, body, when, _squat_share(stage), hands)
    for side in sides:
        carried = window(time_s, when + 0.06 * span, slot[1] + 9.0, 0.32 * span, 0.1)
        stage.hand_path(side, [-0.08 if len(sides) == 2 else 0.02, -0.42, 0.50], carried)
        stage.timeline.ease(f"arm_{side}", slot[0] + 0.84 * span, slot[1], stage.hanging_arm())


def _put_down(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """Bring a thing from the chest down to its place, let go, and straighten."""
    span = slot[1] - slot[0]
    when = slot[0] + 0.56 * span
    time_s = stage.timeline.time_s
    for side in sides:
        lifted = window(time_s, slot[0], slot[0] + 0.8 * span, 0.24 * span, 0.2)
        stage.hand_path(side, [-0.08 if len(sides) == 2 else 0.02, -0.36, 0.52], lifted)
    body = window(time_s, slot[0] + 0.16 * span, slot[1], 0.38 * span, 0.36 * span)
    hands = stroke(time_s, slot[0] + 0.24 * span, when - 0.02 * span)
    targets = _ground_targets(stage, slot[0], step.height_m, sides, stage.frame.ball_ahead + 0.26)
    _bend_to(stage, targets, body, when, _squat_share(stage), hands)
    for side in sides:
        stage.timeline.ease(f"arm_{side}", when + 0.08 * span, slot[1], stage.hanging_arm())


def _reach(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """Stretch a hand out to a height in front, stay there for a moment, take it back."""
    span = slot[1] - slot[0]
    when = slot[0] + 0.5 * span
    time_s = stage.timeline.time_s
    weight = window(time_s, slot[0], slot[1], 0.38 * span, 0.40 * span)
    shoulder = stage.chest_axes(slot[0])[1][sides[0]][1]
    up = step.height_m - GRASP_M * 0.3 - shoulder
    ahead = np.sqrt(max((0.97 * stage.frame.arm_length) ** 2 - up**2, 0.01)) + 0.04
    # What stands low is not reached straight below the shoulder: the body bends towards it.
    if up < -0.3 * stage.frame.arm_length:
        ahead = max(float(ahead), 0.75 * stage.frame.arm_length)
    root = stage.timeline.value("root", slot[0])
    targets = {}
    for side in sides:
        half = abs(stage.frame.joint(f"{side}_shoulder")[0]) * 0.8 * side_sign(side)
        targets[side] = root + stage.offset(slot[0], ahead=float(ahead), left=half)
        targets[side][1] = step.height_m
    twist = 0.0 if len(sides) == 2 else -0.20 * side_sign(sides[0])
    stage.pulse("spine", weight, [0.10, 0.0, twist])
    if root[1] > 0.8 * stage.frame.stand_height:
        _bend_to(stage, targets, weight, when, 0.15, weight)
    else:
        for side, target in targets.items():
            pose = stage.arm_to_point(side, when, target, np.array([0.6, -1.0, -0.3]))
            stage.timeline.blend(f"arm_{side}", pose, weight)
    stage.pulse("head", weight, [np.clip(-0.5 * up, -0.5, 0.4), 0.0, 0.0])
    # Whoever reaches higher than the arm is long lifts the shoulder after it.
    lifted = np.clip((up - 0.8 * stage.frame.arm_length) / 0.10, 0.0, 1.0) * np.radians(17)
    stage.pulse("shrug", weight, [lifted if side in sides else 0.0 for side in SIDES])


def _lift(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """Squat to a thing near the floor and lift it with both hands to a height; lower the hands empty."""
    span = slot[1] - slot[0]
    when = slot[0] + 0.34 * span
    time_s = stage.timeline.time_s
    body = window(time_s, slot[0], slot[0] + 0.68 * span, 0.31 * span, 0.33 * span)
    targets = _ground_targets(stage, slot[0], 0.22, sides, stage.frame.ball_ahead + 0.20)
    hands = stroke(time_s, slot[0] + 0.03 * span, when - 0.03 * span)
    _bend_to(stage, targets, body, when, 0.80, hands)
    shoulder = stage.chest_axes(slot[0])[1]["left"][1]
    up = (step.height_m - shoulder) / stage.frame.arm_length
    ahead = np.sqrt(max(0.80 - up**2, 0.06)) * 0.9
    for side in sides:
        lifted = stroke(time_s, slot[0] + 0.40 * span, slot[0] + 0.76 * span)
        stage.hand_path(side, [-0.06, up, ahead], lifted, (0.5, -1.0, 0.0))
        stage.timeline.ease(f"arm_{side}", slot[0] + 0.84 * span, slot[1], stage.hanging_arm())


def _at_head(stage: Stage, side: str, outward: float, up: float, ahead: float) -> Array:
    """(3,) wrist from the shoulder in arm lengths, for a left arm, of a point near the head joint."""
    frame = stage.frame
    head = frame.joint("head") - frame.joint(f"{side}_shoulder")
    return np.array([head[0] * side_sign(side) + outward, head[1] + up, head[2] + ahead]) / frame.arm_length


def _drink(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """Take a cup from in front, bring it to the mouth, tip the head back, set it down again."""
    span = slot[1] - slot[0]
    side = sides[0]
    time_s = stage.timeline.time_s
    cup = window(time_s, slot[0], slot[1], 0.24 * span, 0.22 * span)
    stage.hand_path(side, [0.0, -0.34, 0.68], cup)
    sip = window(time_s, slot[0] + 0.24 * span, slot[0] + 0.80 * span, 0.20 * span, 0.20 * span)
    stage.hand_path(side, _at_head(stage, side, 0.06, -0.05, 0.17), sip, (0.75, -0.75, 0.1))
    tip = window(time_s, slot[0] + 0.38 * span, slot[0] + 0.72 * span, 0.12 * span, 0.12 * span)
    stage.pulse("head", tip, [np.radians(-20), 0.0, 0.0])
    stage.pulse("spine", tip, [np.radians(-4), 0.0, 0.0])


def _phone(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """Hold a phone to the ear for most of the slot, with small movements of talking."""
    side = sides[0]
    time_s = stage.timeline.time_s
    rise = min(0.8, 0.25 * (slot[1] - slot[0])) / stage.manner.quickness
    weight = window(time_s, slot[0], slot[1], rise, rise)
    stage.hand_path(side, _at_head(stage, side, 0.10, 0.01, 0.05), weight, (0.7, -0.9, 0.25))
    talk = slow_noise(stage.rng, time_s, 3, 0.3, 1.2) * weight[:, None]
    stage.timeline.add(
        "head", talk * np.radians([2.5, 1.5, 5.0]) + np.outer(weight, [0.10, 0.10 * side_sign(side), 0.0])
    )
    stage.timeline.add("spine", talk * np.radians([0.8, 0.8, 2.0]))


def _touch_face(stage: Stage, step: Reach, slot: Slot, sides: tuple[str, ...]) -> None:
    """A hand to the face, a few small rubs, and down."""
    side = sides[0]
    time_s = stage.timeline.time_s
    span = slot[1] - slot[0]
    weight = window(time_s, slot[0], slot[1], 0.32 * span, 0.36 * span)
    rub = 0.018 * np.sin(2.0 * np.pi * 2.2 * (time_s - slot[0])) * weight**2
    place = _at_head(stage, side, 0.05, -0.03, 0.14) + np.stack([0.3 * rub, rub, 0.0 * rub], axis=-1)
    stage.hand_path(side, place, weight, (0.7, -0.9, 0.1))
    stage.pulse("head", weight, [np.radians(9), 0.0, 0.0])


_REACHES: dict[str, Callable[[Stage, Reach, Slot, tuple[str, ...]], None]] = {
    "pick_up": _pick_up,
    "put_down": _put_down,
    "reach": _reach,
    "lift": _lift,
    "carry": carry,
    "catch": catch,
    "sweep": sweep,
    "drink": _drink,
    "phone": _phone,
    "touch_face": _touch_face,
}
