"""Body motion in SMPL words: shape, root rotation, joint rotations and translation over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation, RotationSpline

from simulator.errors import MotionError

N_BODY_JOINTS = 23
TIME_TOLERANCE_S = 1e-9


@dataclass(frozen=True)
class BodyMotion:
    """One person's motion, world z up, in the body frame (starts over (0, 0), facing -y).

    The rest pose is SMPL's (T-pose, y up, facing +z); `global_orient` includes the turn to z up.
    The pelvis joint lies at `J_0(betas) + transl`, because the root turns about its own joint.

    Attributes:
        betas: (10,) shape coefficients of the body model.
        global_orient: (T, 3) root rotation, axis-angle, rad.
        body_pose: (T, 23, 3) rotations local to the parent joint, axis-angle, rad.
        transl: (T, 3) translation, m.
        rate_hz: poses per second.
    """

    betas: NDArray[np.float64]
    global_orient: NDArray[np.float64]
    body_pose: NDArray[np.float64]
    transl: NDArray[np.float64]
    rate_hz: float

    def __post_init__(self) -> None:
        """Make the arrays float64, check their shapes and that every value is finite."""
        for name in ("betas", "global_orient", "body_pose", "transl"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.float64))
        n = len(self.transl)
        wanted = {
            "betas": (10,),
            "global_orient": (n, 3),
            "body_pose": (n, N_BODY_JOINTS, 3),
            "transl": (n, 3),
        }
        for name, shape in wanted.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise MotionError(f"{name} has shape {array.shape}; a motion of {n} poses needs {shape}")
            if not np.isfinite(array).all():
                raise MotionError(f"{name} holds values that are not finite: repair or cut the clip")
        if n < 1:
            raise MotionError("a motion needs at least one pose; this one has none")
        if not self.rate_hz > 0:
            raise MotionError(f"rate_hz is {self.rate_hz}; poses per second must be positive")

    @property
    def n_poses(self) -> int:
        """Number of poses T."""
        return len(self.transl)

    @property
    def duration_s(self) -> float:
        """Time from the first pose to the last, s."""
        return (self.n_poses - 1) / self.rate_hz

    def resampled(self, rate_hz: float, start_s: float = 0.0) -> BodyMotion:
        """The same motion at another pose rate, over the same span (never beyond the last pose).

        Joint rotations follow a rotation spline (C2), `transl` a cubic spline (C2), so velocity
        has no steps. The last sample is the last multiple of 1/rate_hz after the first within the motion.

        Args:
            rate_hz: poses per second.
            start_s: time of the first sample, seconds; the splines begin with the motion all the same.

        Raises:
            MotionError: rate_hz is not positive, or start_s lies outside the motion.
        """
        if not rate_hz > 0:
            raise MotionError(f"rate_hz is {rate_hz}; poses per second must be positive")
        if not 0.0 <= start_s <= self.duration_s:
            raise MotionError(
                f"start_s is {start_s}; it must lie in the motion, 0 to {self.duration_s:.3f} s"
            )
        n_out = int(np.floor((self.duration_s - start_s) * rate_hz + 1e-6)) + 1
        return self._at(np.minimum(start_s + np.arange(n_out) / rate_hz, self.duration_s), rate_hz)

    def cut(self, start_s: float, end_s: float) -> BodyMotion:
        """The part from start_s to end_s, both within the motion; poses between samples are splined.

        Raises:
            MotionError: the span is empty or reaches outside 0..duration_s.
        """
        inside = 0.0 <= start_s < end_s <= self.duration_s + TIME_TOLERANCE_S
        if not inside:
            raise MotionError(
                f"cannot cut {start_s}..{end_s} s from a motion of {self.duration_s:.3f} s: "
                "the span must not be empty and must lie inside"
            )
        n_out = int(np.floor((end_s - start_s) * self.rate_hz + 1e-6)) + 1
        first = start_s * self.rate_hz
        if abs(first - round(first)) < 1e-6:
            return self._slice(round(first), round(first) + n_out)
        times = np.minimum(start_s + np.arange(n_out) / self.rate_hz, self.duration_s)
        return self._at(times, self.rate_hz)

    def _slice(self, first: int, stop: int) -> BodyMotion:
        return BodyMotion(
            self.betas,
            self.global_orient[first:stop],
            self.body_pose[first:stop],
            self.transl[first:stop],
            self.rate_hz,
        )

    def _at(self, times_s: NDArray[np.float64], rate_hz: float) -> BodyMotion:
        if self.n_poses < 3:
            raise MotionError(f"a spline needs at least 3 poses; this motion has {self.n_poses}")
        own_times = np.arange(self.n_poses) / self.rate_hz
        pose = np.empty((len(times_s), N_BODY_JOINTS, 3))
        for joint in range(N_BODY_JOINTS):
            pose[:, joint] = _spline_rotations(own_times, self.body_pose[:, joint], times_s)
        orient = _spline_rotations(own_times, self.global_orient, times_s)
        transl = CubicSpline(own_times, self.transl)(times_s)
        return BodyMotion(self.betas, orient, pose, transl, rate_hz)


def _spline_rotations(
    own_times: NDArray[np.float64], rotvecs: NDArray[np.float64], times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Axis-angle (T, 3) at own_times to axis-angle at times_s by a C2 rotation spline."""
    if np.ptp(rotvecs, axis=0).max() == 0.0:
        return np.repeat(rotvecs[:1], len(times_s), axis=0)
    return RotationSpline(own_times, Rotation.from_rotvec(rotvecs))(times_s).as_rotvec()
