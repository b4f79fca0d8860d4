"""SMPL parameters on a body of this project: shape, rate, lead-in and starting place.

Rotations are taken as they are, so twists survive that joint positions cannot show. What differs between
bodies is the length of bones: the path is scaled so that feet that stand do not slide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from simulator.body.model import BodyModel, pose_joints
from simulator.body.skeleton import JOINT, N_BETAS, Array, axis_angles, rotation_matrices
from simulator.motion.body_motion import BodyMotion

from .joint_clip import MAX_RATE_HZ, JointClip, heading_turn
from .planting import planted
from .smpl_params import SmplRecording
from .windows import LONGEST_S, Window

_SOLES = [JOINT[f"{side}_{joint}"] for side in ("left", "right") for joint in ("ankle", "foot")]
_SCALE_RANGE = (0.75, 1.3)  # shortest and tallest adults against the mean
# Real clips whose scale is known: with quartiles this close together the median is right to 0.02 (the
# HumanML3D clip, a walk, a cartwheel), without it is off by up to 0.7 (jumps, rolls, sliding feet).
_LARGEST_SPREAD = 0.1
_SMALLEST_CHANGE = 0.03
_MOVING_MPS = 0.4
_LEAST_S = 1.0
_MARGIN_S = 1.0  # beyond the poses that are wanted, so that smoothing and splines end where nobody looks


@dataclass(frozen=True)
class SmplOnBody:
    """A recording without lead-in on a body: windows of it at 50 poses/s at most.

    Attributes:
        body: who moves.
        recorded: the motion at its own rate, the path not scaled yet.
        joints: (T, 22, 3) of it, metres.
        is_own_shape: the body has the recorded person's shape.
        notes: what was assumed for the recording as a whole.
    """

    body: BodyModel
    recorded: BodyMotion
    joints: Array
    is_own_shape: bool
    notes: tuple[str, ...]

    @property
    def rate_hz(self) -> float:
        """Poses per second of the windows."""
        own = self.recorded.rate_hz
        return own if own <= MAX_RATE_HZ * 1.01 else MAX_RATE_HZ

    @property
    def n_poses(self) -> int:
        """Number of poses at that rate."""
        return int(np.floor(self.recorded.duration_s * self.rate_hz + 1e-6)) + 1

    def motion_in(self, window: Window) -> tuple[BodyMotion, float, tuple[str, ...]]:
        """A window's motion on the floor, its joint error (0: rotations are kept), and what was assumed."""
        rest_pelvis = self.body.rest_joints(self.recorded.betas)[0]
        start_s = window.first / self.rate_hz
        seen_s = window.seen.start / self.rate_hz
        end_s = start_s + LONGEST_S + window.after / self.rate_hz
        first = max(0, int(np.floor((seen_s - _MARGIN_S) * self.recorded.rate_hz)))
        stop = int(np.ceil((end_s + _MARGIN_S) * self.recorded.rate_hz)) + 1
        motion, notes = _poses(self.recorded, first, stop), self.notes
        if not self.is_own_shape:
            scale = self._path_scale(first, stop)
            motion = replace(motion, transl=(motion.transl + rest_pelvis) * scale - rest_pelvis)
            if scale != 1.0:
                notes += (f"path scaled by {scale:.2f}, so that standing feet do not slide on this body",)
        skipped_s = max(0.0, seen_s - first / self.recorded.rate_hz)
        motion = _at_most(motion, MAX_RATE_HZ, skipped_s)
        motion = _poses(motion, 0, window.seen.stop - window.seen.start)
        pose = min(round(start_s * self.recorded.rate_hz), len(self.joints) - 1)
        motion = _from_origin(motion, self.joints[pose], rest_pelvis)
        return window.of(planted(motion, self.body, feet_are_known=True), rest_pelvis), 0.0, notes

    def _path_scale(self, first: int, stop: int) -> float:
        """One for all windows where the first one tells it, else that of the poses asked for."""
        rate_hz = self.recorded.rate_hz
        n_first = int(np.ceil((LONGEST_S + _MARGIN_S) * rate_hz)) + 1
        scale = path_scale(self.joints[:n_first], rate_hz)
        return scale if scale != 1.0 or not first else path_scale(self.joints[first:stop], rate_hz)


def smpl_on_body(recording: SmplRecording, body: BodyModel, known_lead_in: int) -> SmplOnBody:
    """A recording's rotations and path on a body; calibration T-poses at the start are cut.

    Betas are used on a licensed SMPL body only: they mean nothing in another shape space.

    Raises:
        MotionFileError: all of it is a calibration T-pose.
    """
    betas, is_own_shape, notes = _shape(recording, body)
    rest = body.rest_joints(betas)
    vectors = recording.rotations
    motion = BodyMotion(betas, vectors[:, 0], vectors[:, 1:], recording.pelvis - rest[0], recording.rate_hz)
    clip = JointClip(pose_joints(body, motion)[:, :22], recording.rate_hz)
    moving = clip.without_lead_in(known_lead_in).joints
    motion = _poses(motion, len(clip.joints) - len(moving), len(clip.joints))
    return SmplOnBody(body, motion, moving, is_own_shape, recording.notes + notes)


def _shape(recording: SmplRecording, body: BodyModel) -> tuple[Array, bool, tuple[str, ...]]:
    """Betas, whether they are the recorded person's, and notes."""
    if recording.betas is None:
        return np.zeros(N_BETAS), False, ("the file has no betas of SMPL: the body's mean shape is used",)
    if not body.source.startswith("SMPL file"):
        note = (
            f"betas of the file are not used: they belong to SMPL's shapes, body {body.name!r} has others; "
            "its mean shape is used"
        )
        return np.zeros(N_BETAS), False, (note,)
    if recording.gender and not _is_of_gender(body.name.lower(), recording.gender):
        note = f"betas were fitted to the {recording.gender} SMPL model, used on {body.name!r}"
        return recording.betas, True, (note,)
    return recording.betas, True, ()


def _is_of_gender(name: str, gender: str) -> bool:
    return gender in name and not (gender == "male" and "female" in name)


def path_scale(joints: Array, rate_hz: float) -> float:
    """By how much a path must be scaled for joints (T, J, 3), posed on another body, not to slide.

    A standing sole moves backwards against the pelvis as fast as the pelvis goes forwards: the ratio of both
    is the ratio of the bodies' legs. It is the median over the poses in which the pelvis moves, the lowest
    sole joint taken for the standing one; 1 where there are too few of them, where they do not agree, or
    where the ratio is that of no two adults.
    """
    velocity = np.diff(joints[:, [0, *_SOLES]], axis=0)[..., :2] * rate_hz
    pelvis = velocity[:, 0]
    lowest = joints[:-1, _SOLES, 2].argmin(1)
    sole = velocity[np.arange(len(velocity)), 1 + lowest] - pelvis
    speed = np.linalg.norm(pelvis, axis=1)
    moving = speed > _MOVING_MPS
    if moving.sum() < _LEAST_S * rate_hz:
        return 1.0
    ratio = -(sole * pelvis).sum(1)[moving] / speed[moving] ** 2
    low, scale, high = (float(value) for value in np.percentile(ratio, [25, 50, 75]))
    is_sure = high - low < _LARGEST_SPREAD and _SCALE_RANGE[0] <= scale <= _SCALE_RANGE[1]
    return scale if is_sure and abs(scale - 1.0) > _SMALLEST_CHANGE else 1.0


def _poses(motion: BodyMotion, start: int, stop: int) -> BodyMotion:
    return replace(
        motion,
        global_orient=motion.global_orient[start:stop],
        body_pose=motion.body_pose[start:stop],
        transl=motion.transl[start:stop],
    )


def _at_most(motion: BodyMotion, rate_hz: float, start_s: float) -> BodyMotion:
    """From `start_s` on; at `rate_hz` where the motion is faster: filtered as joint clips are, then resampled."""
    if motion.rate_hz <= rate_hz * 1.01:
        return _poses(motion, round(start_s * motion.rate_hz), motion.n_poses)
    sigma = 0.32 * motion.rate_hz / rate_hz
    vectors = np.concatenate([motion.global_orient[:, None], motion.body_pose], axis=1)
    quaternions = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_quat().reshape(*vectors.shape[:2], 4)
    # q and -q are one rotation: keep to the one near the pose before
    signs = np.where((quaternions[1:] * quaternions[:-1]).sum(2) < 0, -1.0, 1.0)
    quaternions[1:] *= np.cumprod(signs, axis=0)[..., None]
    smooth = gaussian_filter1d(quaternions, sigma, axis=0, mode="nearest").reshape(-1, 4)
    vectors = Rotation.from_quat(smooth).as_rotvec().reshape(vectors.shape)
    transl = gaussian_filter1d(motion.transl, sigma, axis=0, mode="nearest")
    filtered = replace(motion, global_orient=vectors[:, 0], body_pose=vectors[:, 1:], transl=transl)
    return filtered.resampled(rate_hz, start_s)


def _from_origin(motion: BodyMotion, first_pose: Array, rest_pelvis: Array) -> BodyMotion:
    """Turned and moved as `JointClip.from_origin` does with joints; planting finds the floor."""
    turn = heading_turn(first_pose)
    pelvis = (motion.transl + rest_pelvis) @ turn.T
    orient = axis_angles(turn @ rotation_matrices(motion.global_orient))
    start = pelvis[0] * [1.0, 1.0, 0.0]
    return replace(motion, global_orient=orient, transl=pelvis - start - rest_pelvis)
