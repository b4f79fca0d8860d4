"""Joint limits of a motion's rotations against normal ranges of motion.

A limit is the larger of two published values: the AAOS's ("Joint Motion: Method of Measuring and Recording",
American Academy of Orthopaedic Surgeons, 1965) and mean + 2 standard deviations of 109 male subjects (Boone and
Azen 1979, "Normal range of motion of joints in male subjects", J Bone Joint Surg 61-A, 756-759). Two differ: knees
and elbows reach 155 degrees when kneeling and folding (passive), and a loaded ankle 40 (squat, lunge).

SMPL's rest pose is no goniometer's zero and its joint sites are estimates, hence a tolerance. Axial rotation of
the upper arm and of the shank is not judged: joints cannot show it and SMPL shares it between joints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from simulator.body.skeleton import JOINT

from .errors import MetricInputError
from .realism_joints import Array

__all__ = ["LIMITS_DEG", "TOLERANCE_DEG", "LimitViolation", "joint_angles_deg", "limit_violations"]

TOLERANCE_DEG = 10.0
LIMITS_DEG: dict[str, tuple[float, float]] = {
    "hip flexion": (-30.0, 134.0),
    "hip abduction": (-35.0, 64.0),
    "hip outward rotation": (-59.0, 60.0),
    "knee flexion": (0.0, 155.0),
    "knee hyperextension": (-90.0, 0.0),
    "ankle dorsiflexion": (-68.0, 40.0),
    "ankle inversion": (-31.0, 46.0),
    "toe extension": (-45.0, 70.0),
    "spine flexion": (-25.0, 80.0),
    "spine bend to the left": (-35.0, 35.0),
    "spine turn to the left": (-45.0, 45.0),
    "neck flexion": (-45.0, 45.0),
    "neck bend to the left": (-45.0, 45.0),
    "neck turn to the left": (-60.0, 60.0),
    "arm behind the trunk": (-90.0, 81.0),
    "arm across the trunk": (-90.0, 50.0),
    "elbow flexion": (0.0, 155.0),
    "elbow hyperextension": (-90.0, 2.0),
    "wrist bend": (0.0, 87.0),
}
"""Degrees. Spine is spine1 to spine3, neck is neck and head; arm angles are of the upper arm to the chest."""
_DOWN, _FORWARD = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class LimitViolation:
    """An angle that goes beyond its limit by more than the tolerance.

    Attributes:
        angle: "left knee flexion".
        frames: how many poses.
        worst_deg: the angle that lies farthest outside.
        limit_deg: the limit it passes, without the tolerance.
    """

    angle: str
    frames: int
    worst_deg: float
    limit_deg: float


def limit_violations(body_pose: ArrayLike, tolerance_deg: float = TOLERANCE_DEG) -> list[LimitViolation]:
    """What a motion's rotations (T, 23, 3), axis-angle in radians, do beyond the limits; the worst first.

    Raises:
        MetricInputError: another shape.
    """
    found = []
    for name, angle in joint_angles_deg(body_pose).items():
        low, high = LIMITS_DEG[name.removeprefix("left ").removeprefix("right ")]
        excess = np.maximum(angle - high, low - angle)
        if excess.max() > tolerance_deg:
            worst = int(np.argmax(excess))
            limit = high if angle[worst] > high else low
            frames = int((excess > tolerance_deg).sum())
            found.append(LimitViolation(name, frames, float(angle[worst]), limit))
    return sorted(found, key=lambda each: -abs(each.worst_deg - each.limit_deg))


def joint_angles_deg(body_pose: ArrayLike) -> dict[str, Array]:
    """Anatomical angles (T,) in degrees by name, of rotations (T, 23, 3), axis-angle in radians.

    Raises:
        MetricInputError: another shape.
    """
    vectors = np.asarray(body_pose, dtype=np.float64)
    if vectors.ndim != 3 or vectors.shape[1:] != (23, 3) or not len(vectors):
        raise MetricInputError(f"body_pose has shape {vectors.shape}, must be (T, 23, 3)")
    angles = _trunk_angles(vectors)
    for side, outward in (("left", 1.0), ("right", -1.0)):
        angles |= {f"{side} {name}": angle for name, angle in _leg_angles(vectors, side, outward).items()}
        angles |= {f"{side} {name}": angle for name, angle in _arm_angles(vectors, side, outward).items()}
    return angles


def _leg_angles(vectors: Array, side: str, outward: float) -> dict[str, Array]:
    hip = _rotation(vectors, f"{side}_hip")
    thigh = hip.apply(_DOWN)
    shank = _rotation(vectors, f"{side}_knee").apply(_DOWN)
    foot = _rotation(vectors, f"{side}_ankle").apply(_FORWARD)
    sole = _rotation(vectors, f"{side}_ankle").apply(_DOWN)
    toes = _rotation(vectors, f"{side}_foot").apply(_FORWARD)
    return {
        "hip flexion": _signed(thigh[:, 2], -thigh[:, 1]),
        "hip abduction": _rise(outward * thigh[:, 0]),
        "hip outward rotation": outward * _twist(hip, 1),
        "knee flexion": np.degrees(np.arccos(np.clip(-shank[:, 1], -1.0, 1.0))),
        "knee hyperextension": _rise(shank[:, 2]),
        "ankle dorsiflexion": _rise(foot[:, 1]),
        "ankle inversion": _rise(-outward * sole[:, 0]),
        "toe extension": _rise(toes[:, 1]),
    }


def _arm_angles(vectors: Array, side: str, outward: float) -> dict[str, Array]:
    out = np.array([outward, 0.0, 0.0])
    arm = (_rotation(vectors, f"{side}_collar") * _rotation(vectors, f"{side}_shoulder")).apply(out)
    forearm = _rotation(vectors, f"{side}_elbow").apply(out)
    hand = _rotation(vectors, f"{side}_wrist").apply(out)
    return {
        "arm behind the trunk": _rise(-arm[:, 2]),
        "arm across the trunk": _rise(-outward * arm[:, 0]),
        "elbow flexion": np.degrees(np.arccos(np.clip(outward * forearm[:, 0], -1.0, 1.0))),
        "elbow hyperextension": _rise(-forearm[:, 2]),
        "wrist bend": np.degrees(np.arccos(np.clip(outward * hand[:, 0], -1.0, 1.0))),
    }


def _trunk_angles(vectors: Array) -> dict[str, Array]:
    angles = {}
    for name, joints in (("spine", ("spine1", "spine2", "spine3")), ("neck", ("neck", "head"))):
        whole = Rotation.identity(len(vectors))
        for joint in joints:
            whole = whole * _rotation(vectors, joint)
        up = whole.apply(-_DOWN)
        angles[f"{name} flexion"] = _signed(up[:, 2], up[:, 1])
        angles[f"{name} bend to the left"] = _rise(up[:, 0])
        angles[f"{name} turn to the left"] = _twist(whole, 1)
    return angles


def _rotation(vectors: Array, joint: str) -> Rotation:
    return Rotation.from_rotvec(vectors[:, JOINT[joint] - 1])


def _signed(part: Array, along: Array) -> Array:
    """Angle in a plane, degrees, whose zero lies along the second component."""
    return np.degrees(np.arctan2(part, along))


def _rise(part: Array) -> Array:
    """Angle of a unit vector out of a plane, from its component across the plane, degrees."""
    return np.degrees(np.arcsin(np.clip(part, -1.0, 1.0)))


def _twist(rotation: Rotation, axis: int) -> Array:
    """Rotation about an axis after the shortest swing of that axis, degrees, -180 to 180."""
    quaternion = rotation.as_quat()
    return (np.degrees(2.0 * np.arctan2(quaternion[:, axis], quaternion[:, 3])) + 180.0) % 360.0 - 180.0
