"""22 joint positions over time, whatever file they came from: checks, lead-ins, rate and starting place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from simulator.body.skeleton import JOINT, JOINT_NAMES, PARENTS, Y_UP_TO_Z_UP, Array
from simulator.errors import MotionFileError

ADULT_LEG_M = 0.82
LEG_RANGE_M = (0.35, 1.15)
"""Hip to ankle along the bones, from a small child to a very tall adult."""

_OTHER_UNITS = (  # and the lengths that legs have in them
    ("inches", 14.0, 45.0, "multiply by 0.0254"),
    ("centimetres", 45.0, 120.0, "divide by 100"),
    ("millimetres", 300.0, 1200.0, "divide by 1000"),
)

MAX_RATE_HZ = 50.0
_FASTEST_MPS = 13.0  # sprinters reach 12.4 m/s
_JUMP_MPS, _JUMP_WITHIN_S = 20.0, 0.05
_LEAST_FEET_AHEAD = 0.3  # share of the frames; real clips have 0.88 at least, mirrored ones 0
_LONGEST_BONE_M = 1.2
_LEAD_IN_COSINE = float(np.cos(np.deg2rad(25.0)))
_ARMS_DOWN_COSINE = float(np.cos(np.deg2rad(45.0)))
_ARMS_DOWN_WITHIN_S = 1.5


@dataclass(frozen=True)
class JointClip:
    """Joint positions (T, 22, 3), metres, z up, in HumanML3D's order, at `rate_hz`.

    `notes` say what was assumed or changed on reading, a sentence each.
    """

    joints: Array
    rate_hz: float
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be a person.

        Raises:
            MotionFileError: wrong shape, values that are not finite, or legs of no person's length.
        """
        if self.joints.ndim != 3 or self.joints.shape[1:] != (22, 3) or not len(self.joints):
            raise MotionFileError(f"joints have shape {self.joints.shape}, must be (T, 22, 3)", "wrong shape")
        bad = (~np.isfinite(self.joints)).any((1, 2))
        if bad.any():
            raise MotionFileError(
                f"{int(bad.sum())} of {len(self.joints)} frames hold values that are not finite (NaN), the first is "
                f"frame {int(bad.argmax())}: repair or cut the clip",
                "not finite",
            )
        leg = leg_length_m(self.joints)
        if not LEG_RANGE_M[0] <= leg <= LEG_RANGE_M[1]:
            raise MotionFileError(
                f"its legs are {leg:.3g} m long, a person's are {LEG_RANGE_M[0]} to {LEG_RANGE_M[1]} m"
                f"{_likely_unit(leg)}",
                "wrong units",
            )

    @classmethod
    def from_y_up(cls, joints: Array, rate_hz: float, notes: tuple[str, ...] = ()) -> JointClip:
        """The same from y-up positions, turned once into z up."""
        return cls(joints @ Y_UP_TO_Z_UP.T, rate_hz, notes)

    @property
    def duration_s(self) -> float:
        """Time from the first to the last pose, seconds."""
        return (len(self.joints) - 1) / self.rate_hz

    def without_lead_in(self, known_frames: int = 0) -> JointClip:
        """Without a calibration T-pose at the start and the arms' way down from it.

        Args:
            known_frames: frames of T-pose that the clip's description counts; the poses are looked at too.
        """
        start = max(known_frames, _t_pose_frames(self.joints))
        if not start:
            return self
        limit = min(len(self.joints) - 1, start + round(_ARMS_DOWN_WITHIN_S * self.rate_hz))
        spread = _arm_spread(self.joints)
        while start < limit and spread[start].min() > _ARMS_DOWN_COSINE:
            start += 1
        if start >= len(self.joints) - 1:
            raise MotionFileError("all of it is a calibration T-pose", "T-pose only")
        return replace(self, joints=self.joints[start:])

    def span(self, poses: slice) -> JointClip:
        """Some consecutive poses of it."""
        return replace(self, joints=self.joints[poses])

    def at_most(self, rate_hz: float = MAX_RATE_HZ) -> JointClip:
        """At `rate_hz` where the clip is faster: low-pass filtered, then read off a cubic spline."""
        if self.rate_hz <= rate_hz * 1.01:
            return self
        smooth = gaussian_filter1d(self.joints, 0.32 * self.rate_hz / rate_hz, axis=0, mode="nearest")
        own_times = np.arange(len(smooth)) / self.rate_hz
        times = np.arange(int(np.floor(own_times[-1] * rate_hz + 1e-6)) + 1) / rate_hz
        joints = CubicSpline(own_times, smooth)(np.minimum(times, own_times[-1]))
        return replace(self, joints=joints, rate_hz=rate_hz)

    def from_origin(self, pose: int = 0) -> JointClip:
        """Turned and moved so that it starts with the pelvis over (0, 0), facing -y, on the floor z = 0.

        The floor is the 2nd percentile over time of the lowest ankle or foot joint.

        Args:
            pose: the pose that is over (0, 0) and faces -y, where that is not the first.
        """
        joints = self.joints - self.joints[pose, 0] * [1.0, 1.0, 0.0]
        joints = joints @ heading_turn(joints[pose]).T
        lowest = joints[:, [JOINT[f"{s}_{j}"] for s in ("left", "right") for j in ("ankle", "foot")], 2].min(
            1
        )
        return replace(self, joints=joints - [0.0, 0.0, np.percentile(lowest, 2)])


def _likely_unit(leg: float) -> str:
    """A hint for legs of that length, should they be in another unit than metres; "" where none fits."""
    for unit, low, high, mend in _OTHER_UNITS:
        if low <= leg < high:
            return f"; it looks like {unit}: {mend}"
    return ""


def check_bones(joints: Array) -> None:
    """Refuse joints (T, 22, 3), m, of which one is far away from its neighbour in some frame.

    Raises:
        MotionFileError: a bone is longer than any person's.
    """
    lengths = np.linalg.norm(joints[:, 1:] - joints[:, list(PARENTS[1:22])], axis=2)
    t, bone = (int(index) for index in np.unravel_index(int(lengths.argmax()), lengths.shape))
    if lengths[t, bone] > _LONGEST_BONE_M:
        raise MotionFileError(
            f"in frame {t} {JOINT_NAMES[bone + 1]} is {lengths[t, bone]:.3g} m away from "
            f"{JOINT_NAMES[PARENTS[bone + 1]]}: bones have up to {_LONGEST_BONE_M:g} m; repair or cut the clip"
        )


def check_handedness(joints: Array) -> None:
    """Refuse joints (T, 22, 3) of which the feet point backwards most of the time.

    Raises:
        MotionFileError: left and right, or one axis, are exchanged.
    """
    across = joints[:, JOINT["left_hip"]] - joints[:, JOINT["right_hip"]]
    ahead = np.cross(across, joints[:, JOINT["neck"]] - joints[:, 0])
    feet = sum(
        joints[:, JOINT[f"{side}_foot"]] - joints[:, JOINT[f"{side}_ankle"]] for side in ("left", "right")
    )
    share = float(((feet * ahead).sum(axis=1) > 0.0).mean())
    if share < _LEAST_FEET_AHEAD:
        raise MotionFileError(
            f"its feet point backwards in {1.0 - share:.0%} of the frames: left and right are exchanged, or the "
            "axes are left-handed; exchange the sides or negate one axis"
        )


def check_pelvis_speed(pelvis: Array, rate_hz: float) -> None:
    """Refuse a pelvis path (T, 3), m, that is faster than people most of the time, or jumps once.

    Raises:
        MotionFileError: it is.
    """
    if len(pelvis) < 2:
        return
    fast = float(np.percentile(np.linalg.norm(np.diff(pelvis, axis=0), axis=1), 90)) * rate_hz
    if fast > _FASTEST_MPS:
        raise MotionFileError(
            f"its pelvis moves at {fast:.3g} m/s, people at up to {_FASTEST_MPS:g}: the translation must be "
            f"in metres and the rate ({rate_hz:g} frames/s) the recording's",
            "wrong units",
        )
    apart = max(1, round(_JUMP_WITHIN_S * rate_hz))  # of fast recordings: noise of a frame is no jump
    jumps = np.linalg.norm(pelvis[apart:] - pelvis[:-apart], axis=1)
    if len(jumps) and jumps.max() * rate_hz / apart > _JUMP_MPS:
        frame = int(jumps.argmax())
        raise MotionFileError(
            f"its pelvis jumps by {jumps.max():.3g} m between frames {frame} and {frame + apart}: a frame is wrong, "
            "or axes or units change within the file; repair or cut the clip",
        )


def heading_turn(pose: Array) -> Array:
    """(3, 3) rotation about z after which a pose (22, 3) faces -y."""
    x, y = _facing(pose)
    # (x, y) -> (0, -1): its own angle is atan2(y, x), the wanted one -90 degrees
    turn = -np.pi / 2 - np.arctan2(y, x)
    return np.array([[np.cos(turn), -np.sin(turn), 0.0], [np.sin(turn), np.cos(turn), 0.0], [0.0, 0.0, 1.0]])


def leg_length_m(joints: Array) -> float:
    """Median over time of hip-knee-ankle along the bones, mean of both legs."""
    total = 0.0
    for side in ("left", "right"):
        hip, knee, ankle = (joints[:, JOINT[f"{side}_{j}"]] for j in ("hip", "knee", "ankle"))
        bones = np.linalg.norm(knee - hip, axis=1) + np.linalg.norm(ankle - knee, axis=1)
        total += float(np.median(bones)) / 2
    return total


def _arm_spread(joints: Array) -> Array:
    """(T, 2) cosine between shoulder-to-wrist and straight out sideways, of the left and the right arm."""
    out = joints[:, JOINT["left_shoulder"]] - joints[:, JOINT["right_shoulder"]]
    out = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    cosines = []
    for side, sign in (("left", 1.0), ("right", -1.0)):
        arm = joints[:, JOINT[f"{side}_wrist"]] - joints[:, JOINT[f"{side}_shoulder"]]
        cosines.append(sign * (arm * out).sum(1) / np.maximum(np.linalg.norm(arm, axis=1), 1e-12))
    return np.stack(cosines, axis=1)


def _t_pose_frames(joints: Array) -> int:
    """How many frames at the start hold both arms straight out, the body upright and the legs straight."""
    upright = joints[:, JOINT["neck"]] - joints[:, JOINT["pelvis"]]
    is_t = (_arm_spread(joints) > _LEAD_IN_COSINE).all(1)
    is_t &= upright[:, 2] > _LEAD_IN_COSINE * np.linalg.norm(upright, axis=1)
    for side in ("left", "right"):
        leg = joints[:, JOINT[f"{side}_hip"]] - joints[:, JOINT[f"{side}_ankle"]]
        is_t &= leg[:, 2] > _LEAD_IN_COSINE * np.linalg.norm(leg, axis=1)
    return len(joints) if is_t.all() else int(np.argmin(is_t))


def _facing(pose: Array) -> Array:
    """(2,) horizontal direction that a pose (22, 3) faces; for a lying one, facing after sitting up."""
    across = (
        pose[JOINT["left_hip"]]
        - pose[JOINT["right_hip"]]
        + pose[JOINT["left_shoulder"]]
        - pose[JOINT["right_shoulder"]]
    )
    trunk = pose[JOINT["neck"]] - pose[JOINT["pelvis"]]
    front = np.cross(across, trunk)
    if np.linalg.norm(front[:2]) > 0.3 * np.linalg.norm(front):
        return front[:2]
    return trunk[:2] if front[2] < 0 else -trunk[:2]
