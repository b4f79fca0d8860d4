"""Bodies that lie rest on the floor with all that rests there: pelvis, chest, head, knees, feet, elbows, hands.

The tracks of a pose that lies still are corrected by Gauss-Newton steps on the heights of the skin, and the
correction comes in smoothly as the body comes to lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.body.model import BodyModel, pose_vertices
from simulator.body.skeleton import JOINT

from .body_frame import BodyFrame
from .floor import outer_vertices
from .leg_range import axial_turn
from .rotations import length, posture_rotation
from .solver import NECK_SHARE, pelvis_rotation, solve, to_body_motion
from .strokes import Array, soft_max_zero, window
from .timeline import SIDES, Timeline, other

LYING_BELOW = 0.27
"""Share of the standing height below which the pelvis of a lying body is."""
LEVEL = 0.42
"""Largest rise of the pelvis' long axis, as a sine."""
STILL_MPS, STILL_RAD_PER_S = 0.12, 0.5
SHORTEST_S = 0.15
COMES_S, GOES_S = 0.35, 0.5
"""Seconds within which the correction comes before, and goes after, a body lies still."""
HANDS_S = 0.3
"""Seconds within which bent hands come down after, and rise before the end of, the stillness."""
PASSES = ((3, 7), (1, 4))
"""Every how many-th outer vertex stands for the skin, and the most rounds."""
BENT_HAND_RAD, STRAIGHTENING_ROUNDS = 0.3, 10
"""Hands bent by more need so many exact rounds to come to lie straight."""
FIRST_DAMPING = 0.01**2
ENOUGH = 0.002**2
"""A round that gains no more than this, m^2, is the last one."""
STEP = 0.04
"""Size of the differences that give slopes, in scales."""
EASE = 0.003
"""Height, m, that a correction by one scale of every control is worth."""
SINKS = 2.0
"""How much worse skin below the floor is than skin above it."""
MOST_NECK_RAD, MOST_NECK_TURN_RAD = 0.75, 1.1
NECK_ROUNDS = 2
BEYOND_M = 1.0
"""Height, m, that 1 rad beyond a control's range is worth."""
PARTS: tuple[str, ...] = (
    "pelvis",
    "chest",
    "head",
    *(f"{side}_{part}" for part in ("knee", "foot", "elbow", "hand") for side in SIDES),
)
ROUND_JOINT_M = 0.09
STACKED_M = 0.16
"""Two knees, or feet, nearer than this lie on each other."""
_AROUND = {
    "pelvis": ("left_hip", "right_hip"),
    "chest": ("left_shoulder", "right_shoulder"),
    **{f"{side}_{part}": (f"{side}_{part}",) for side in SIDES for part in ("knee", "elbow")},
}
"""Joints whose surroundings belong to a part, and joints whose skin does."""
_OWNERS = {
    "pelvis": ("pelvis",),
    "chest": ("spine3", "left_collar", "right_collar"),
    "head": ("head",),
    **{f"{side}_foot": (f"{side}_ankle", f"{side}_foot") for side in SIDES},
    **{f"{side}_hand": (f"{side}_wrist", f"{side}_hand") for side in SIDES},
}


@dataclass(frozen=True)
class Control:
    """One number of a pose that may change: a column of a track, how much of a change is much, and its range."""

    track: str
    column: int
    scale: float
    lowest: float = -np.inf
    highest: float = np.inf


CONTROLS: tuple[Control, ...] = (
    Control("root", 1, 0.05),
    Control("root", 2, 0.04),
    *(Control("pelvis", column, 0.15) for column in (0, 1)),
    Control("spine", 0, 0.30, -0.38, 1.2),
    Control("spine", 1, 0.30, -0.50, 0.50),
    *(Control("head", column, 0.40, -0.68, 0.68) for column in (0, 1)),
    *(Control(f"foot_{side}", 1, 0.06) for side in SIDES),
    *(Control(f"foot_{side}", 5, 0.40) for side in SIDES),
    *(Control(f"arm_{side}", column, 0.50) for side in SIDES for column in (0, 1, 2)),
    *(Control(f"arm_{side}", 3, 0.30, 0.05, 2.5) for side in SIDES),
)
"""Of the root, column 2 stands for the way along the facing."""


def rest_on_floor(
    frame: BodyFrame, body: BodyModel, timeline: Timeline, busy_s: Sequence[tuple[float, float]] = ()
) -> None:
    """Correct, in place, the tracks of every stretch in which the body lies still.

    Args:
        frame: the body's measures.
        body: its model, whose skin is posed.
        timeline: finished tracks, before the joints are solved.
        busy_s: begin and end of what the body does on purpose, which is left as it is.
    """
    spans = [
        (start, end)
        for start, end in lying_spans(frame, timeline)
        if not any(begin < end + COMES_S and start - GOES_S < stop for begin, stop in busy_s)
    ]
    for start, end in spans:
        middle = timeline.frame(0.5 * (start + end))
        pose = {name: track[middle] for name, track in timeline.tracks.items()}
        change = _resting_change(frame, body, pose)
        weight = window(timeline.time_s, start - COMES_S, end + GOES_S, COMES_S, GOES_S)
        for name, offset in _as_tracks(change, pose).items():
            timeline.add(name, np.outer(weight, offset))
        # Straight hands of forearms that still slope would reach into the floor.
        span = min(HANDS_S, 0.5 * (end - start))
        last = end if end < timeline.time_s[-1] - span else end + GOES_S
        weight = window(timeline.time_s, start, last, span, span)
        for side in SIDES:
            timeline.add(f"hand_{side}", np.outer(weight, -pose[f"hand_{side}"]))
    if spans:  # on the way there the head may be bent already
        neck = timeline.tracks["head"][:, :2]
        neck -= soft_max_zero(neck - MOST_NECK_RAD, 0.02) - soft_max_zero(-neck - MOST_NECK_RAD, 0.02)
        turn_neck_back(timeline.tracks["head"])


def turn_neck_back(head: Array) -> None:
    """Keep, in place, the turn of a neck (T, 3) in range: bent to a side and forward at once it turns further."""
    for _ in range(NECK_ROUNDS):
        turn = axial_turn(neck_rotation(head))
        head[:, 2] -= soft_max_zero(turn - MOST_NECK_TURN_RAD, 0.02)
        head[:, 2] += soft_max_zero(-turn - MOST_NECK_TURN_RAD, 0.02)


def neck_rotation(head: Array) -> Array:
    """(T, 3, 3) rotation of the head to the chest of a head track (T, 3), over neck and head."""
    return posture_rotation(NECK_SHARE * head) @ posture_rotation((1.0 - NECK_SHARE) * head)


def lying_spans(frame: BodyFrame, timeline: Timeline) -> list[tuple[float, float]]:
    """Begin and end (s) of the stretches in which the pelvis is low, level and still."""
    tracks = timeline.tracks
    low = tracks["root"][:, 1] < LYING_BELOW * frame.stand_height
    if not low.any():
        return []
    rate_hz = 1.0 / (timeline.time_s[1] - timeline.time_s[0])
    level = np.abs(pelvis_rotation(tracks)[:, 1, 1]) < LEVEL
    slow = length(np.gradient(tracks["root"], axis=0)) * rate_hz < STILL_MPS
    slow &= length(np.gradient(tracks["pelvis"], axis=0)) * rate_hz < STILL_RAD_PER_S
    still = np.concatenate([[0], (low & level & slow).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(still))
    spans = [
        (timeline.time_s[i], timeline.time_s[j - 1]) for i, j in zip(edges[::2], edges[1::2], strict=True)
    ]
    return [(float(begin), float(end)) for begin, end in spans if end - begin >= SHORTEST_S]


def _resting_change(frame: BodyFrame, body: BodyModel, pose: dict[str, Array]) -> Array:
    """Change of the controls, in scales, that brings the parts to the floor: coarsely first, then exactly.

    Hands that carried the body down are bent back, and would stand up on forearms that lie: at last they are straight.
    """
    straight = pose | {f"hand_{side}": np.zeros_like(pose[f"hand_{side}"]) for side in SIDES}
    bent = any(abs(float(pose[f"hand_{side}"][0])) > BENT_HAND_RAD for side in SIDES)
    (coarse, coarse_rounds), (fine, fine_rounds) = PASSES
    change = _descended(frame, body, pose, np.zeros(len(CONTROLS)), coarse, coarse_rounds)
    return _descended(frame, body, straight, change, fine, STRAIGHTENING_ROUNDS if bent else fine_rounds)


def _descended(
    frame: BodyFrame, body: BodyModel, pose: dict[str, Array], trial: Array, stride: int, rounds: int
) -> Array:
    """The best change found from a first one within some rounds of Levenberg-Marquardt."""
    wanted = _wanted_parts(pose)
    n_controls = len(CONTROLS)
    best, least, damping = trial, np.inf, FIRST_DAMPING
    slopes, errors = np.zeros((0, n_controls)), np.zeros(0)
    for _ in range(rounds):
        around = trial + np.concatenate([np.zeros((1, n_controls)), STEP * np.eye(n_controls)])
        found = _errors(frame, body, pose, around, wanted, stride)
        cost = float(found[0] @ found[0] + EASE**2 * trial @ trial)
        if cost < least:
            gained = least - cost
            best, least, errors, slopes = trial, cost, found[0], (found[1:] - found[0]).T / STEP
            damping *= 0.3
            if gained < ENOUGH:
                break
        else:
            damping *= 6.0
        normal = slopes.T @ slopes + (EASE**2 + damping) * np.eye(n_controls)
        trial = best + np.linalg.solve(normal, -slopes.T @ errors - EASE**2 * best)
    return best


def _wanted_parts(pose: dict[str, Array]) -> dict[str, str]:
    """What lies on what: the floor, or the same part of the other side; a part left out only stays above."""
    pitch, roll = pose["pelvis"][:2]
    parts = [part for part in PARTS if not part.endswith("knee") and not part.endswith("elbow")]
    wanted = dict.fromkeys(parts, "floor")
    if abs(roll) < 0.8:  # on the back knees may be up, on the front they rest
        resting = ["elbow"] if pitch < 0.0 else ["elbow", "knee"]
        return wanted | {f"{side}_{part}": "floor" for part in resting for side in SIDES}
    below = "left" if roll > 0.0 else "right"
    stacked = {f"{other(below)}_{part}": f"{below}_{part}" for part in ("knee", "foot")}
    return wanted | stacked | {f"{below}_knee": "floor"}


def _errors(
    frame: BodyFrame,
    body: BodyModel,
    pose: dict[str, Array],
    changes: Array,
    wanted: dict[str, str],
    stride: int,
) -> Array:
    """(N, M) of N changes: heights of the parts off what they rest on, depths below the floor, angles out of range."""
    tracks = {name: np.tile(value, (len(changes), 1)) for name, value in pose.items()}
    for name, offset in _as_tracks(changes, pose).items():
        tracks[name] = tracks[name] + offset
    # These poses do not follow each other: nothing may be smoothed over them.
    apart = Timeline(1e6 * np.arange(len(changes), dtype=np.float64), tracks)
    local, root = solve(frame, apart)
    chosen, members = _part_vertices(body, stride)
    skin = pose_vertices(body, to_body_motion(frame, local, root, 1.0), chosen)
    heights, first = skin[..., 2].astype(np.float64), skin[0].astype(np.float64)
    lowest = {part: heights[:, members[part]].min(axis=1) for part in PARTS}
    errors = []
    for part in PARTS:
        height = lowest[part]
        if wanted.get(part, "floor") != "floor":
            height = height - _top_below(body.v_template[chosen], first, lowest, wanted[part], members)
        errors.append(height if part in wanted else np.zeros_like(height))
        errors.append(SINKS * np.minimum(lowest[part], 0.0))
    errors.append(SINKS * np.minimum(heights.min(axis=1), 0.0))
    for control in CONTROLS:
        value = tracks[control.track][:, control.column]
        errors.append(BEYOND_M * (value - np.clip(value, control.lowest, control.highest)))
    return np.stack(errors, axis=1)


def _top_below(
    rest: Array, first: Array, lowest: dict[str, Array], part: str, members: dict[str, NDArray[np.int64]]
) -> Array:
    """(N,) height of what carries the upper knee or foot: the lower one, or the floor where that is elsewhere."""
    lower = members[part]
    upper = members[other(part.split("_")[0]) + "_" + part.split("_")[1]]
    apart = np.linalg.norm((first[upper].mean(axis=0) - first[lower].mean(axis=0))[:2])
    width = float(np.ptp(rest[lower, 0]))
    return (lowest[part] + width) * float(apart < STACKED_M)


def _as_tracks(change: Array, pose: dict[str, Array]) -> dict[str, Array]:
    """Offsets (..., columns) of the tracks that a change (..., controls) of the controls asks for."""
    offsets: dict[str, Array] = {}
    for index, control in enumerate(CONTROLS):
        width = len(pose[control.track])
        offset = offsets.setdefault(control.track, np.zeros((*change.shape[:-1], width)))
        amount = control.scale * change[..., index]
        if control.track == "root" and control.column == 2:
            offset[..., 0] += np.sin(pose["facing"][0]) * amount
            offset[..., 2] += np.cos(pose["facing"][0]) * amount
        else:
            offset[..., control.column] += amount
    return offsets


@lru_cache(maxsize=16)
def _part_vertices(body: BodyModel, stride: int) -> tuple[NDArray[np.int64], dict[str, NDArray[np.int64]]]:
    """Vertices that stand for the skin, and which of them belong to each part."""
    outer = outer_vertices(body)[::stride]
    owner = body.weights.argmax(axis=1)[outer]
    joints = body.rest_joints(np.zeros(10))
    belongs = {}
    for part in PARTS:
        flags = np.isin(owner, [JOINT[name] for name in _OWNERS.get(part, ())])
        for name in _AROUND.get(part, ()):
            flags |= np.linalg.norm(body.v_template[outer] - joints[JOINT[name]], axis=1) < ROUND_JOINT_M
        belongs[part] = flags
    return outer, {part: np.flatnonzero(flags) for part, flags in belongs.items()}
