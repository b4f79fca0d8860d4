"""Which parts of the body touch the floor, measured on the skin of any motion, synthesised or imported."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.body.model import BodyModel, pose_vertices
from simulator.body.skeleton import JOINT

from .body_motion import BodyMotion

CONTACT_PARTS: tuple[str, ...] = (
    "left_heel",
    "right_heel",
    "left_ball",
    "right_ball",
    "left_knee",
    "right_knee",
    "left_hand",
    "right_hand",
    "seat",
    "back",
    "belly",
    "head",
)
HEIGHT_M, SPEED_MPS = 0.02, 0.45
"""A part touches where its lowest skin lies below the height and moves along the floor below the speed."""
SHORTEST_S = 0.05
"""Shorter contacts and gaps are left out."""
POINTS_PER_PART = 48


@dataclass(frozen=True)
class Contacts:
    """Floor contacts of one motion.

    Attributes:
        touching: (T, 12) bool, columns as `CONTACT_PARTS`.
        rate_hz: poses per second.
    """

    touching: NDArray[np.bool_]
    rate_hz: float

    def of(self, part: str) -> NDArray[np.bool_]:
        """(T,) whether a part touches the floor; `part` is one of `CONTACT_PARTS`."""
        return self.touching[:, CONTACT_PARTS.index(part)]

    def foot(self, side: str) -> NDArray[np.bool_]:
        """(T,) whether heel or ball of the "left" or "right" foot touches the floor."""
        return self.of(f"{side}_heel") | self.of(f"{side}_ball")

    def spans_s(self, touching: NDArray[np.bool_]) -> list[tuple[float, float]]:
        """Begin and end of every unbroken contact in a column, s."""
        edges = np.flatnonzero(np.diff(np.concatenate([[0], touching.astype(np.int8), [0]])))
        return [
            (first / self.rate_hz, (last - 1) / self.rate_hz)
            for first, last in zip(edges[::2], edges[1::2], strict=True)
        ]


def contacts_of(
    motion: BodyMotion, body: BodyModel, height_m: float = HEIGHT_M, speed_mps: float = SPEED_MPS
) -> Contacts:
    """Measure the floor contacts of a motion by height and speed of its skin; the floor is z = 0.

    Args:
        motion: at least two poses.
        body: the body model whose skin is posed.
        height_m: highest skin that still touches.
        speed_mps: fastest sliding that still is a contact (a shuffling foot is one, a swinging foot is not).
    """
    ids = _part_vertices(body)
    points = pose_vertices(body, motion, ids.reshape(-1)).astype(np.float64)
    points = points.reshape(motion.n_poses, *ids.shape, 3)
    speed = np.linalg.norm(np.gradient(points[..., :2], axis=0), axis=-1) * motion.rate_hz
    lowest = points[..., 2].argmin(axis=2)[..., None]
    height = np.take_along_axis(points[..., 2], lowest, axis=2)[..., 0]
    sliding = np.take_along_axis(speed, lowest, axis=2)[..., 0]
    touching = (height < height_m) & (sliding < speed_mps)
    least = max(1, round(SHORTEST_S * motion.rate_hz))
    for part in range(touching.shape[1]):
        for value in (False, True):
            _drop_short(touching[:, part], value, least)
    return Contacts(touching, motion.rate_hz)


def _drop_short(flags: NDArray[np.bool_], value: bool, least: int) -> None:
    """Flip, in place, inner runs of a value that are shorter than `least` poses."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8))) + 1
    bounds = np.concatenate([[0], edges, [len(flags)]])
    for first, last in pairwise(bounds):
        inner = first > 0 and last < len(flags)
        if inner and flags[first] == value and last - first < least:
            flags[first:last] = not value


@lru_cache(maxsize=8)
def _part_vertices(body: BodyModel) -> NDArray[np.int64]:
    """(12, 48) vertices that stand for each part, spread evenly over it."""
    rest = body.v_template - body.rest_joints(np.zeros(10))[0]
    joints = body.rest_joints(np.zeros(10)) - body.rest_joints(np.zeros(10))[0]
    owner = body.weights.argmax(axis=1)
    chosen = []
    for part in CONTACT_PARTS:
        ids = np.flatnonzero(_belongs(part, rest, joints, owner))
        chosen.append(ids[np.linspace(0, len(ids) - 1, POINTS_PER_PART).round().astype(np.int64)])
    return np.stack(chosen)


def _belongs(
    part: str, rest: NDArray[np.float64], joints: NDArray[np.float64], owner: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(V,) which vertices of the rest pose (y up, facing +z, pelvis at 0) belong to a part."""
    spine = np.isin(owner, [JOINT[name] for name in ("spine1", "spine2", "spine3")])
    trunk = {
        "seat": (owner == JOINT["pelvis"]) & (rest[:, 2] < -0.02),
        "back": spine & (rest[:, 2] < -0.03),
        "belly": (spine | (owner == JOINT["pelvis"])) & (rest[:, 2] > 0.05),
        "head": owner == JOINT["head"],
    }
    if part in trunk:
        return trunk[part]
    side, limb = part.split("_")
    on_side = (rest[:, 0] > 0.0) == (side == "left")
    sole = rest[:, 1] < rest[:, 1].min() + 0.03
    if limb in ("heel", "ball"):
        # The heel ends half-way between the ankle and the ball of the foot.
        ankle, ball = joints[JOINT[f"{side}_ankle"]], joints[JOINT[f"{side}_foot"]]
        behind = rest[:, 2] < 0.5 * (ankle[2] + ball[2])
        return on_side & sole & (behind if limb == "heel" else ~behind)
    if limb == "knee":
        return np.linalg.norm(rest - joints[JOINT[f"{side}_knee"]], axis=1) < 0.085
    return np.isin(owner, [JOINT[f"{side}_wrist"], JOINT[f"{side}_hand"]])
