"""Strokes across the body and towards it: swing, slap, pull."""

from __future__ import annotations

import numpy as np

from ..stage import Stage
from ..strokes import Array, stroke, window
from ..timeline import SIDES, other, side_sign
from ..vocabulary import Strike

Slot = tuple[float, float]
_SWING_HEIGHT = {"low": -0.62, "mid": -0.24, "high": 0.18}
"""Height of the hands above the shoulder as they pass before the body, in arm lengths."""
_PULL_HEIGHT = {"low": -0.50, "mid": -0.14, "high": 0.30}


def stroke_seconds(stage: Stage, ordinary_s: float, shortest_s: float) -> float:
    """Seconds of one fast stroke of this person; every one differs a little."""
    pause = 0.06 * stage.manner.hesitation
    return float(max(ordinary_s / stage.manner.quickness * stage.rng.uniform(0.92, 1.08), shortest_s) + pause)


def swing(stage: Stage, step: Strike, slot: Slot, slots: list[Slot]) -> None:
    """A bat or racket: wind up beside the body, swing level across it, follow through, come back."""
    time_s = stage.timeline.time_s
    sides = SIDES if step.side == "both" else (step.side,)
    lead = sides[-1]  # with both hands, as right-handed people swing
    sign, frame = side_sign(lead), stage.frame
    half = frame.joint("left_shoulder")[0] / frame.arm_length
    pass_height = _SWING_HEIGHT[step.height]
    for start, end in slots:
        span = end - start
        whip = min(stroke_seconds(stage, 0.34, 0.26), 0.34 * span)
        through = start + 0.50 * span
        wound = through - 0.5 * whip
        size = stage.manner.amplitude * stage.rng.uniform(0.93, 1.07)
        for side in sides:
            # Written for a left arm; the partner's hand holds on beside the leading one.
            shift = 0.0 if side == lead else -2.0 * half + 0.12
            outward = 1.0 if side == lead else -1.0
            back = np.array([shift + 0.60, pass_height * 0.4 + 0.10, -0.12])
            if side != lead:  # as far across as an upper arm goes
                back = np.array([shift - 0.25, pass_height * 0.4 + 0.10, 0.42])
            front = np.array([shift - outward * 0.02, pass_height, 0.82])
            past = np.array([shift - outward * 0.78, pass_height + 0.22, 0.42])
            if side != lead:
                past = np.array([shift + 1.15 * 2.0 * half + 0.25, pass_height + 0.22, 0.30])
            path = _through_points(time_s, (wound, wound + whip), (back, front, past))
            weight = window(time_s, start, end, 0.42 * span, 0.34 * span)
            stage.hand_path(side, path, weight, (0.8, -0.7, -0.3))
        turned = window(time_s, start, wound + 0.5 * whip, wound - start, whip)
        thrown = stroke(time_s, wound, wound + whip) * (1.0 - stroke(time_s, wound + whip + 0.05, end))
        twist = np.radians(34.0) * size * (turned - thrown)
        stage.pulse("spine", twist, [0.0, 0.0, sign])
        stage.pulse("pelvis", twist, [0.0, 0.0, 0.45 * sign])
        stage.pulse("head", twist, [0.0, 0.0, -0.9 * sign])
        stage.pulse("root", turned, stage.offset(start, left=0.05 * sign, ahead=-0.02, up=-0.02))
        stage.pulse("root", thrown, stage.offset(start, left=-0.04 * sign, ahead=0.03, up=-0.015))


def _through_points(time_s: Array, times: tuple[float, float], points: tuple[Array, Array, Array]) -> Array:
    """(T, 3) path: wait at the first point, minimum-jerk stroke over the second to the third, stay there."""
    share = stroke(time_s, *times)[:, None]
    first, middle, last = points
    # A parabola through the three points, the middle one at half of the stroke.
    bend = 4.0 * share * (1.0 - share)
    straight = first + share * (last - first)
    return straight + bend * (middle - 0.5 * (first + last))


def slap(stage: Stage, step: Strike, slot: Slot, slots: list[Slot]) -> None:
    """An open hand drawn back beside the head, then across, mostly from the shoulder."""
    time_s, side = stage.timeline.time_s, step.side
    sign = side_sign(side)
    height = {"low": -0.30, "mid": -0.02, "high": 0.30}[step.height]
    for start, end in slots:
        span = end - start
        whip = min(stroke_seconds(stage, 0.24, 0.18), 0.32 * span)
        through = start + 0.48 * span
        wound = through - 0.5 * whip
        points = (
            np.array([0.72, height + 0.12, 0.10]),
            np.array([0.10, height, 0.86]),
            np.array([-0.42, height - 0.06, 0.58]),
        )
        path = _through_points(time_s, (wound, wound + whip), points)
        stage.hand_path(side, path, window(time_s, start, end, 0.40 * span, 0.36 * span), (0.8, -0.7, -0.2))
        turned = window(time_s, start, through, wound - start, 0.7 * whip)
        thrown = stroke(time_s, wound, wound + whip) * (1.0 - stroke(time_s, wound + whip, end))
        twist = np.radians(20.0) * stage.manner.amplitude * (turned - thrown)
        stage.pulse("spine", twist, [0.0, 0.0, sign])
        stage.pulse("pelvis", twist, [0.0, 0.0, 0.3 * sign])
        stage.pulse("head", twist, [0.0, 0.0, -0.9 * sign])
        stage.pulse("root", thrown, stage.offset(start, ahead=0.04, up=-0.01))
    stage.timeline.blend(
        f"arm_{other(side)}", stage.hanging_arm(), window(time_s, slot[0], slot[1], 0.3, 0.3)
    )


def pull(stage: Stage, step: Strike, slot: Slot, slots: list[Slot]) -> None:
    """Reach out, take hold, and draw the hands to the body with the weight leaning back."""
    time_s = stage.timeline.time_s
    sides = SIDES if step.side == "both" else (step.side,)
    height = _PULL_HEIGHT[step.height]
    far = np.array([-0.06, height, 1.0])
    far *= 0.95 / np.linalg.norm(far)
    near = np.array([0.10, min(0.5 * height - 0.38, -0.20), 0.22])
    for start, end in slots:
        span = end - start
        draw = min(stroke_seconds(stage, 0.50, 0.36), 0.38 * span)
        grasp = start + 0.34 * span
        pulled = stroke(time_s, grasp + 0.06 * span, grasp + 0.06 * span + draw)
        weight = window(time_s, start, end, 0.30 * span, 0.26 * span)
        for side in sides:
            path = far + pulled[:, None] * (near - far)
            stage.hand_path(side, path, weight, (0.9, -0.7, -0.4))
        out = window(time_s, start, grasp + 0.06 * span + 0.5 * draw, 0.30 * span, 0.6 * draw)
        back = pulled * (1.0 - stroke(time_s, end - 0.30 * span, end))
        lean = np.radians(12.0) * stage.manner.amplitude * stage.rng.uniform(0.93, 1.07)
        stage.pulse("pelvis", out, [0.5 * lean, 0.0, 0.0])
        stage.pulse("spine", out, [0.7 * lean, 0.0, 0.0])
        stage.pulse("pelvis", back, [-0.4 * lean, 0.0, 0.0])
        stage.pulse("spine", back, [-0.5 * lean, 0.0, 0.0])
        stage.pulse("head", back, [0.5 * lean, 0.0, 0.0])
        stage.pulse("root", out, stage.offset(start, ahead=0.05, up=-0.01))
        stage.pulse("root", back, stage.offset(start, ahead=-0.07, up=-0.035))
        if len(sides) == 1:
            twist = side_sign(sides[0]) * 0.28
            stage.pulse("spine", back - out, [0.0, 0.0, twist])
