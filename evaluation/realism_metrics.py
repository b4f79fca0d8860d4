"""Realism metrics of a motion that need no trained weights: feet, floor, smoothness, joints and speed.

They are defined on joints (T, 22, 3), metres, z up, at 20 frames/s and change with the rate and with the
smoothing before it: compare motions only after `comparable_joints`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .realism_joints import (
    ANKLES,
    BONES,
    ELBOWS,
    FEET,
    HIPS,
    KNEES,
    PELVIS,
    RATE_HZ,
    SHOULDERS,
    WRISTS,
    Array,
    checked_joints,
)

__all__ = ["MAX_FLEXION_DEG", "MotionMetrics", "flexion_deg", "motion_metrics"]

MAX_FLEXION_DEG = 155.0
"""Of knee and elbow: 150 (AAOS 1965) and 142 +- 5 (Boone and Azen 1979) are active, kneeling reaches 155."""
_CONTACT_M, _SLIDE_M = 0.05, 0.025
_STANCE_M, _STANCE_MPS, _STANCE_S = 0.04, 0.35, 0.2
_FAST_HZ = 5.0
_HYPEREXTENSION_DEG = 10.0
_BACKWARD = -0.5


@dataclass(frozen=True)
class MotionMetrics:
    """Metrics of one motion.

    Attributes:
        skate_ratio: share of frame pairs in which a foot joint in contact moves more than 2.5 cm over the
            floor; contact: less than 5 cm above the 5th percentile of the lower foot joint, in both frames.
        toe_speed_in_contact_mps: mean horizontal speed of foot joints in contact; 0 without contact.
        contact_ratio: share of frame pairs with a foot joint in contact.
        stance_drift_mean_cm, stance_drift_p90_cm: over stances (a foot joint below 4 cm and slower than
            0.35 m/s for 0.2 s at least), the largest horizontal distance from the stance's mean place; None
            without a stance.
        penetration_cm, float_cm: mean over frames of the lowest joint below and above z = 0.
        jerk_mean_mps3, jerk_p99_mps3: norms of the third difference of positions x rate^3, over all joints.
        acceleration_p99_mps2: of the second difference x rate^2.
        velocity_energy_above_5hz: share of the power of the joints' mean-free velocities.
        bone_length_std_max_mm: largest standard deviation over time of a bone's length.
        knee_flexion_max_deg, elbow_flexion_max_deg: largest angle between upper and lower limb.
        joint_speed_max_mps: of any joint.
        root_speed_mean_mps: horizontal, of the pelvis joint.
        joint_limit_violations: frames in which a knee or an elbow bends by more than 155 degrees, or a knee
            the wrong way (by more than 10 degrees, as far as positions can tell); counted per joint.
    """

    skate_ratio: float
    toe_speed_in_contact_mps: float
    contact_ratio: float
    stance_drift_mean_cm: float | None
    stance_drift_p90_cm: float | None
    penetration_cm: float
    float_cm: float
    jerk_mean_mps3: float
    jerk_p99_mps3: float
    acceleration_p99_mps2: float
    velocity_energy_above_5hz: float
    bone_length_std_max_mm: float
    knee_flexion_max_deg: float
    elbow_flexion_max_deg: float
    joint_speed_max_mps: float
    root_speed_mean_mps: float
    joint_limit_violations: int

    def to_dict(self) -> dict[str, float | int | None]:
        """Plain values by field name."""
        return asdict(self)


def motion_metrics(joints: ArrayLike) -> MotionMetrics:
    """Measure joints (T >= 4, 22, 3), metres, z up, at 20 frames/s, z = 0 the floor.

    Raises:
        MetricInputError: another shape, too few frames, or values that are not finite.
    """
    places = checked_joints(joints)
    near, step_m = _contacts(places)
    drifts_cm = [100.0 * drift for drift in _stance_drifts_m(places)]
    lowest = places[:, :, 2].min(axis=1)
    velocity = np.diff(places, axis=0) * RATE_HZ
    speed = np.linalg.norm(velocity, axis=-1)
    acceleration = np.linalg.norm(np.diff(places, 2, axis=0), axis=-1) * RATE_HZ**2
    jerk = np.linalg.norm(np.diff(places, 3, axis=0), axis=-1) * RATE_HZ**3
    knees, elbows = flexion_deg(places, HIPS, KNEES, ANKLES), flexion_deg(places, SHOULDERS, ELBOWS, WRISTS)
    beyond = int((knees > MAX_FLEXION_DEG).sum() + (elbows > MAX_FLEXION_DEG).sum())
    return MotionMetrics(
        skate_ratio=float((near & (step_m > _SLIDE_M)).any(axis=1).mean()),
        toe_speed_in_contact_mps=float(step_m[near].mean() * RATE_HZ) if near.any() else 0.0,
        contact_ratio=float(near.any(axis=1).mean()),
        stance_drift_mean_cm=float(np.mean(drifts_cm)) if drifts_cm else None,
        stance_drift_p90_cm=float(np.percentile(drifts_cm, 90)) if drifts_cm else None,
        penetration_cm=float(100.0 * np.maximum(-lowest, 0.0).mean()),
        float_cm=float(100.0 * np.maximum(lowest, 0.0).mean()),
        jerk_mean_mps3=float(jerk.mean()),
        jerk_p99_mps3=float(np.percentile(jerk, 99)),
        acceleration_p99_mps2=float(np.percentile(acceleration, 99)),
        velocity_energy_above_5hz=_energy_above(velocity, _FAST_HZ),
        bone_length_std_max_mm=float(1000.0 * _bone_lengths(places).std(axis=0).max()),
        knee_flexion_max_deg=float(knees.max()),
        elbow_flexion_max_deg=float(elbows.max()),
        joint_speed_max_mps=float(speed.max()),
        root_speed_mean_mps=float(np.linalg.norm(velocity[:, PELVIS, :2], axis=-1).mean()),
        joint_limit_violations=beyond + int(_knees_backward(places, knees).sum()),
    )


def flexion_deg(
    joints: Array, upper: tuple[int, ...], middle: tuple[int, ...], lower: tuple[int, ...]
) -> Array:
    """(T, L) angle between upper and lower limb, degrees, 0 = straight; one column for each of L limbs."""
    first = joints[:, list(middle)] - joints[:, list(upper)]
    second = joints[:, list(lower)] - joints[:, list(middle)]
    lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    return np.degrees(np.arccos(np.clip((first * second).sum(axis=-1) / lengths, -1.0, 1.0)))


def _contacts(joints: Array) -> tuple[NDArray[np.bool_], Array]:
    """For each pair of frames and foot: whether it is in contact, and how far it moves over the floor, m."""
    feet = joints[:, list(FEET)]
    low = feet[..., 2] < np.percentile(feet[..., 2].min(axis=1), 5) + _CONTACT_M
    return low[:-1] & low[1:], np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=-1)


def _stance_drifts_m(joints: Array) -> list[float]:
    """Largest distance of a foot joint from its mean place, for each stance of both feet."""
    drifts = []
    for foot in FEET:
        track = joints[:, foot]
        speed = np.linalg.norm(np.gradient(track[:, :2], axis=0), axis=1) * RATE_HZ
        stands = (track[:, 2] < _STANCE_M) & (speed < _STANCE_MPS)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], stands, [False]]).astype(int)))
        for first, last in list(pairwise(edges))[::2]:
            if last - first >= _STANCE_S * RATE_HZ:
                places = track[first:last, :2]
                drifts.append(float(np.linalg.norm(places - places.mean(axis=0), axis=1).max()))
    return drifts


def _energy_above(velocity: Array, frequency_hz: float) -> float:
    """Share of the power of mean-free velocities (T, J, 3) above a frequency; 0 for a motion at rest."""
    power = np.abs(np.fft.rfft(velocity - velocity.mean(axis=0), axis=0)) ** 2
    total = float(power.sum())
    above = np.fft.rfftfreq(len(velocity), 1.0 / RATE_HZ) > frequency_hz
    return float(power[above].sum()) / total if total > 0.0 else 0.0


def _bone_lengths(joints: Array) -> Array:
    """(T, 21) metres."""
    ends, starts = zip(*BONES, strict=True)
    return np.linalg.norm(joints[:, list(ends)] - joints[:, list(starts)], axis=-1)


def _knees_backward(joints: Array, knees_deg: Array) -> NDArray[np.bool_]:
    """(T, 2) whether a knee bends the wrong way: about an axis that points to the body's right."""
    thigh = joints[:, list(KNEES)] - joints[:, list(HIPS)]
    shank = joints[:, list(ANKLES)] - joints[:, list(KNEES)]
    axis = np.cross(thigh, shank)
    left = (joints[:, HIPS[0]] - joints[:, HIPS[1]])[:, None]
    lengths = np.linalg.norm(axis, axis=-1) * np.linalg.norm(left, axis=-1)
    towards_left = (axis * left).sum(axis=-1) / np.maximum(lengths, 1e-12)
    return (knees_deg > _HYPEREXTENSION_DEG) & (towards_left < _BACKWARD)
