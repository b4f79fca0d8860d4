"""DeepMimic's motion text: JSON with a list `Frames`, one row of 44 numbers per pose (Peng et al. 2018).

A row holds the pose's duration, the root's position (m, y up) and local rotations: quaternions w x y z, or one
angle about the local z axis for knees and elbows. The humanoid's bone offsets are not in the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation, RotationSpline

from simulator.body.skeleton import JOINT, Array
from simulator.errors import MotionFileError

from .joint_clip import JointClip

N_COLUMNS = 44
_EVEN_WITHIN = 0.01  # durations that differ by less, relative to their median, are rounding
_SHORTEST_QUATERNION = 0.3

# Joint -> its parent, its offset there (m), the columns of its rotation. The character faces +x, left is -z.
_HUMANOID: dict[str, tuple[str, tuple[float, float, float], slice]] = {
    "root": ("", (0.0, 0.0, 0.0), slice(4, 8)),
    "chest": ("root", (0.0, 0.236151, 0.0), slice(8, 12)),
    "neck": ("chest", (0.0, 0.223894, 0.0), slice(12, 16)),
    "right_hip": ("root", (0.0, 0.0, 0.084887), slice(16, 20)),
    "right_knee": ("right_hip", (0.0, -0.421546, 0.0), slice(20, 21)),
    "right_ankle": ("right_knee", (0.0, -0.40987, 0.0), slice(21, 25)),
    "right_shoulder": ("chest", (-0.02405, 0.2435, 0.18311), slice(25, 29)),
    "right_elbow": ("right_shoulder", (0.0, -0.274788, 0.0), slice(29, 30)),
    "left_hip": ("root", (0.0, 0.0, -0.084887), slice(30, 34)),
    "left_knee": ("left_hip", (0.0, -0.421546, 0.0), slice(34, 35)),
    "left_ankle": ("left_knee", (0.0, -0.40987, 0.0), slice(35, 39)),
    "left_shoulder": ("chest", (-0.02405, 0.2435, -0.18311), slice(39, 43)),
    "left_elbow": ("left_shoulder", (0.0, -0.274788, 0.0), slice(43, 44)),
}
# Ends that the file does not turn, and points that the humanoid does not have: parent and offset there.
_ENDS: dict[str, tuple[str, tuple[float, float, float]]] = {
    "right_wrist": ("right_elbow", (0.0, -0.258947, 0.0)),
    "left_wrist": ("left_elbow", (0.0, -0.258947, 0.0)),
    "head": ("neck", (0.0, 0.12, 0.0)),
    "right_foot": ("right_ankle", (0.13, -0.045, 0.0)),
    "left_foot": ("left_ankle", (0.13, -0.045, 0.0)),
}
_COLLAR_SHARE, _COLLAR_DROP_M = 0.25, 0.02  # of the way from neck to shoulder, and how much lower


def read_deepmimic(path: Path) -> JointClip:
    """The 22 joints of a humanoid's motion, z up, metres; rows of unequal duration are splined to even ones.

    Raises:
        MotionFileError: no JSON, no humanoid's rows, or values that are no motion.
    """
    frames = _frames(path)
    times_s = np.concatenate([[0.0], np.cumsum(frames[:-1, 0])])
    notes: tuple[str, ...] = ()
    position, rotations = frames[:, 1:4], {name: _rotation(name, frames) for name in _HUMANOID}
    if len(frames) == 1:
        raise MotionFileError("it holds one pose; a motion needs more", "too short")
    steps_s = np.diff(times_s)
    n_steps = round(float(times_s[-1] / np.median(steps_s)))
    rate_hz = n_steps / float(times_s[-1])
    if np.abs(steps_s * rate_hz - 1.0).max() > _EVEN_WITHIN:
        even_s = np.linspace(0.0, times_s[-1], n_steps + 1)
        position = CubicSpline(times_s, position)(even_s)
        rotations = {name: RotationSpline(times_s, turn)(even_s) for name, turn in rotations.items()}
        notes = (f"durations of its rows differ: splined to even {rate_hz:.4g} poses/s",)
    return JointClip.from_y_up(_joints(position, rotations), rate_hz, notes)


def _frames(path: Path) -> Array:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise MotionFileError(f"it is not well-formed JSON ({error}): truncated or damaged") from error
    rows = data.get("Frames") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not rows:
        raise MotionFileError(
            "DeepMimic's text has a list `Frames` with a row per pose; this has none", "wrong shape"
        )
    widths = sorted({len(row) if isinstance(row, list) else 0 for row in rows})
    if widths != [N_COLUMNS]:
        raise MotionFileError(
            f"rows of `Frames` hold {', '.join(map(str, widths))} numbers; the humanoid's hold {N_COLUMNS} "
            "(duration, root position, rotations); other characters are not read",
            "wrong shape",
        )
    try:
        frames = np.array(rows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MotionFileError(f"`Frames` holds something else than numbers ({error})") from error
    bad = int((~np.isfinite(frames)).any(1).sum())
    if bad:
        raise MotionFileError(
            f"{bad} of {len(frames)} rows hold values that are not finite (NaN)", "not finite"
        )
    # The last row's duration is 0: nothing follows it.
    if (frames[:-1, 0] <= 0).any():
        raise MotionFileError(
            f"{int((frames[:-1, 0] <= 0).sum())} of {len(frames)} rows have no positive duration (column 0); "
            "only the last one may be 0",
            "wrong shape",
        )
    return frames


def _rotation(name: str, frames: Array) -> Rotation:
    values = frames[:, _HUMANOID[name][2]]
    if values.shape[1] == 1:
        return Rotation.from_rotvec(values * [0.0, 0.0, 1.0])
    shortest = float(np.linalg.norm(values, axis=1).min())
    if (
        shortest < _SHORTEST_QUATERNION
    ):  # the published kick has some of length 0.58: only their direction counts
        raise MotionFileError(
            f"rotations of {name} are no quaternions (w x y z): one has length {shortest:.2g}", "wrong shape"
        )
    return Rotation.from_quat(values[:, [1, 2, 3, 0]])


def _joints(position: Array, rotations: dict[str, Rotation]) -> Array:
    """(T, 22, 3) by forward kinematics, y up."""
    points, world = {"root": position}, {"root": rotations["root"]}
    for name, (parent, offset, _) in _HUMANOID.items():
        if parent:
            points[name] = points[parent] + world[parent].apply(offset)
            world[name] = world[parent] * rotations[name]
    for name, (parent, offset) in _ENDS.items():
        points[name] = points[parent] + world[parent].apply(offset)
    points["pelvis"], points["spine3"] = points["root"], points["chest"]
    for name, share in (("spine1", 1 / 3), ("spine2", 2 / 3)):
        points[name] = points["root"] * (1 - share) + points["chest"] * share
    for side in ("left", "right"):
        between = points["neck"] * (1 - _COLLAR_SHARE) + points[f"{side}_shoulder"] * _COLLAR_SHARE
        points[f"{side}_collar"] = between - [0.0, _COLLAR_DROP_M, 0.0]
    joints = np.empty((len(position), 22, 3))
    for name, index in JOINT.items():
        if index < 22:
            joints[:, index] = points[name]
    return joints
