"""BVH files: parsing and forward kinematics, in the units and axes of the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from simulator.body.skeleton import Array
from simulator.errors import MotionFileError

_ROTATIONS = {"Xrotation": "X", "Yrotation": "Y", "Zrotation": "Z"}
_POSITIONS = {"Xposition": 0, "Yposition": 1, "Zposition": 2}
# A colon may be followed by a blank, a tab or nothing at all, and the time begin with its point
_MOTION_HEAD = re.compile(r"\s*Frames:\s*(\d+)\s+Frame\s+Time:\s*([-+.\deE]+)\s")


@dataclass(frozen=True)
class BvhJoint:
    """One joint of the hierarchy; `offset` (3,) from its parent, `first_channel` its column in the frames."""

    name: str
    parent: int
    offset: tuple[float, float, float]
    channels: tuple[str, ...]
    first_channel: int


@dataclass(frozen=True)
class BvhClip:
    """A parsed file: joints in the order of the file, `values` (T, channels), seconds per frame.

    `ends` are the end sites: index of the joint that has one -> offset (3,) from it.
    """

    joints: tuple[BvhJoint, ...]
    values: Array
    frame_time_s: float
    ends: dict[int, tuple[float, float, float]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Joint names in the order of the file; end sites are not joints."""
        return tuple(joint.name for joint in self.joints)

    @property
    def parents(self) -> tuple[int, ...]:
        """Index of each joint's parent, -1 for the root."""
        return tuple(joint.parent for joint in self.joints)


def read_bvh(path: Path) -> BvhClip:
    """Parse a BVH file.

    Raises:
        MotionFileError: not BVH, truncated, or with values that are not finite numbers.
    """
    text = (
        path.read_bytes().decode("latin-1").removeprefix("\xef\xbb\xbf")
    )  # some tools write a byte-order mark
    words = text.split()
    if not words:
        raise MotionFileError("the file is empty: it does not begin with HIERARCHY")
    if words[0].upper() != "HIERARCHY":
        raise MotionFileError("it does not begin with HIERARCHY, so it is not BVH")
    motion = re.search(r"\bMOTION(\s|$)", text)
    if motion is None:
        raise MotionFileError("it has no MOTION part: truncated within the hierarchy")
    try:
        joints, ends = _parse_hierarchy(text[: motion.start()].split()[1:])
        return _parse_motion(joints, ends, text[motion.end() :])
    except (IndexError, ValueError) as error:
        if isinstance(error, MotionFileError):
            raise
        raise MotionFileError(f"it is not well-formed BVH ({error})") from error


def _parse_hierarchy(
    words: list[str],
) -> tuple[tuple[BvhJoint, ...], dict[int, tuple[float, float, float]]]:
    joints: list[BvhJoint] = []
    ends: dict[int, tuple[float, float, float]] = {}
    open_joints: list[int] = []  # -1 stands for an end site
    name = ""
    position = n_channels = 0
    offset = (0.0, 0.0, 0.0)
    while position < len(words):
        word = words[position]
        if word in ("ROOT", "JOINT"):
            if word == "ROOT" and joints:
                raise MotionFileError(
                    "it holds more than one skeleton; give one person per file", "wrong shape"
                )
            brace = words.index("{", position)
            name, position = " ".join(words[position + 1 : brace]), brace  # Biped's names have blanks
        elif word == "End":
            name, position = "", position + 2
        elif word == "{":
            position += 1
            if not name:
                open_joints.append(-1)
        elif word == "OFFSET":
            x, y, z = (float(value) for value in words[position + 1 : position + 4])
            offset, position = (x, y, z), position + 4
            if open_joints[-1:] == [-1]:
                ends.setdefault(open_joints[-2], offset)
        elif word == "CHANNELS":
            count = int(words[position + 1])
            channels = tuple(words[position + 2 : position + 2 + count])
            unknown = [c for c in channels if c not in _ROTATIONS and c not in _POSITIONS]
            if unknown:
                raise MotionFileError(f"joint {name} has unknown channels {unknown}", "wrong shape")
            parent = open_joints[-1] if open_joints else -1
            joints.append(BvhJoint(name, parent, offset, channels, n_channels))
            open_joints.append(len(joints) - 1)
            n_channels += count
            position += 2 + count
        elif word == "}":
            open_joints.pop()
            position += 1
        else:
            raise MotionFileError(f"unexpected word {word!r} in the hierarchy")
    if not joints or open_joints:
        raise MotionFileError("its hierarchy is cut short")
    return tuple(joints), ends


def _parse_motion(
    joints: tuple[BvhJoint, ...], ends: dict[int, tuple[float, float, float]], text: str
) -> BvhClip:
    head = _MOTION_HEAD.match(text)
    if head is None:
        raise MotionFileError("after MOTION it must say Frames: and Frame Time:, each with a number")
    n_frames, frame_time_s = int(head[1]), float(head[2])
    n_channels = sum(len(joint.channels) for joint in joints)
    values = np.array(text[head.end() :].split(), dtype=np.float64)
    if len(values) != n_frames * n_channels:
        raise MotionFileError(
            f"it promises {n_frames} frames of {n_channels} channels but holds "
            f"{len(values) / n_channels:.1f} frames: truncated or damaged"
        )
    if not n_frames or not frame_time_s > 0 or not np.isfinite(values).all():
        raise MotionFileError(
            f"it must hold finite numbers, at least one frame and a positive frame time; it has {n_frames} "
            f"frames, {frame_time_s} s, {int((~np.isfinite(values)).sum())} values that are not finite",
            "damaged" if np.isfinite(values).all() else "not finite",
        )
    return BvhClip(joints, values.reshape(n_frames, n_channels), frame_time_s, ends)


def bvh_positions(clip: BvhClip) -> Array:
    """World positions (T, joints, 3) in the file's units and axes."""
    return bvh_kinematics(clip)[0]


def bvh_kinematics(clip: BvhClip) -> tuple[Array, Array]:
    """World positions (T, joints, 3) in the file's units and axes, and world rotations (T, joints, 3, 3).

    Rotations are intrinsic, in the order of the channels. Position channels are absolute: they replace the
    joint's OFFSET (adding both puts a Rokoko body 94 cm too high).
    """
    n_frames = len(clip.values)
    positions = np.empty((n_frames, len(clip.joints), 3))
    world = np.empty((n_frames, len(clip.joints), 3, 3))
    for index, joint in enumerate(clip.joints):
        columns = clip.values[:, joint.first_channel : joint.first_channel + len(joint.channels)]
        local = np.tile(np.array(joint.offset), (n_frames, 1))
        for channel, values in zip(joint.channels, columns.T, strict=True):
            if channel in _POSITIONS:
                local[:, _POSITIONS[channel]] = values
        turning = [k for k, channel in enumerate(joint.channels) if channel in _ROTATIONS]
        order = "".join(_ROTATIONS[joint.channels[k]] for k in turning)
        rotation = (
            Rotation.from_euler(order, columns[:, turning], degrees=True).as_matrix()
            if order
            else np.tile(np.eye(3), (n_frames, 1, 1))
        )
        if joint.parent < 0:
            positions[:, index], world[:, index] = local, rotation
        else:
            parent = world[:, joint.parent]
            positions[:, index] = positions[:, joint.parent] + np.einsum("tij,tj->ti", parent, local)
            world[:, index] = parent @ rotation
    return positions, world
