"""Clips of both sides in one form: recorded ones from a folder, made ones from the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from simulator import BodyModel, BodyMotion, SimulatorError, SkippedFile, list_recordings, pose_joints
from simulator.errors import MotionFileError
from simulator.motion.importers.joints_on_body import JointsOnBody
from simulator.motion.importers.manifest import ManifestClip
from simulator.motion.importers.motion_file import RecordedFile, read_recorded_file

from .errors import EvaluationError
from .realism_joints import ANKLES, HIPS, KNEES, RATE_HZ, Array, comparable_joints, leg_length_m, mid_hip

__all__ = [
    "ComparedClip",
    "RealClips",
    "active_part",
    "cruising_part",
    "joints_on_one_body",
    "made_clip",
    "read_real_clips",
]

Progress = Callable[[str, int, int], None]
_SHORTEST_ADULT_LEG_M = 0.65
_FLOATING_M = 0.06
_SHORTEST_FRAMES = round(0.8 * RATE_HZ)
_RESTING_MPS = 0.5
_CRUISING, _CRUISE_SMOOTHING_S = 0.7, 0.5


@dataclass(frozen=True, eq=False)
class ComparedClip:
    """One clip, prepared by `comparable_joints`.

    Attributes:
        joints: (T, 22, 3) as recorded, or as the engine's body has them.
        on_body: the same motion on one body for all clips; several arrays where a long recording was fitted
            in windows, none where it could not be fitted.
        left_out: why it takes no part in comparisons; empty if it does.
    """

    name: str
    label: str
    joints: Array
    on_body: tuple[Array, ...]
    left_out: str = ""


@dataclass(frozen=True)
class RealClips:
    """What a folder held: clips, and the files that could not be read."""

    clips: list[ComparedClip]
    skipped: list[SkippedFile]

    @property
    def compared(self) -> list[ComparedClip]:
        """The clips that take part in comparisons."""
        return [clip for clip in self.clips if not clip.left_out]


def read_real_clips(folder: Path, body: BodyModel, progress: Progress | None = None) -> RealClips:
    """Read every recording of a folder, as recorded and fitted to a body; classes are the manifest's labels.

    Children and clips that float take no part: sizes and floors of theirs would be compared, not motion.

    Raises:
        EvaluationError: not one clip can be read.
        MotionFileError: no such folder, or an unreadable manifest.
    """
    entries, listed = list_recordings(folder)
    clips: list[ComparedClip] = []
    skipped = list(listed)
    hashes: set[str] = set()
    for done, entry in enumerate(entries, start=1):
        try:
            recorded = _read(folder, entry, body)
            if recorded.content_hash not in hashes:
                clips.append(_real_clip(entry, recorded, body))
                hashes.add(recorded.content_hash)
        except SimulatorError as error:
            skipped.append(SkippedFile(entry.file, str(error)))
        if progress is not None:
            progress("real clips", done, len(entries))
    if not clips:
        reasons = "; ".join(f"{skip.path}: {skip.reason}" for skip in skipped[:3])
        raise EvaluationError(f"{folder}: no readable motion among {len(skipped)} files ({reasons})")
    return RealClips(clips, skipped)


def made_clip(name: str, label: str, motion: BodyMotion, body: BodyModel) -> ComparedClip:
    """A clip of the engine."""
    joints = comparable_joints(pose_joints(body, motion), motion.rate_hz)
    return ComparedClip(name, label, joints, (joints_on_one_body(motion, body),))


def joints_on_one_body(motion: BodyMotion, body: BodyModel) -> Array:
    """The motion's rotations on the body's mean shape, the path scaled by the legs, prepared for comparison."""
    mean = np.zeros_like(motion.betas)
    scale = _rest_leg_m(body, mean) / _rest_leg_m(body, motion.betas)
    pelvis = (motion.transl + body.rest_joints(motion.betas)[0]) * scale
    same = replace(motion, betas=mean, transl=pelvis - body.rest_joints(mean)[0])
    return comparable_joints(pose_joints(body, same), motion.rate_hz)


def active_part(joints: Array) -> Array:
    """Without standing still before and after (no joint faster than 0.5 m/s); all of it where 0.8 s are not left."""
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max(axis=1) * RATE_HZ
    moving = np.flatnonzero(speed > _RESTING_MPS)
    if not len(moving):
        return joints
    part = joints[moving[0] : moving[-1] + 2]
    return part if len(part) >= _SHORTEST_FRAMES else joints


def cruising_part(joints: Array) -> Array:
    """The longest part at 70 % or more of the cruising speed, smoothed over a step; below 0.8 s all of the clip.

    Recorded gaits are mostly cut out of a longer way, the engine's start and stop.
    """
    steps = np.linalg.norm(np.diff(mid_hip(joints)[:, :2], axis=0), axis=1) * RATE_HZ
    speed = gaussian_filter1d(steps, _CRUISE_SMOOTHING_S * RATE_HZ, mode="nearest")
    fast = speed >= _CRUISING * np.quantile(speed, 0.75)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], fast, [False]]).astype(int)))
    spans = edges.reshape(-1, 2)
    first, last = spans[np.argmax(spans[:, 1] - spans[:, 0])]
    return joints[first : last + 1] if last + 1 - first >= _SHORTEST_FRAMES else joints


def _read(folder: Path, entry: ManifestClip, body: BodyModel) -> RecordedFile:
    path = (folder / entry.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise MotionFileError("the manifest points outside the folder")
    if not path.is_file():
        raise MotionFileError("the manifest names it, but there is no such file")
    rate_hz = entry.rate_hz if "rate_hz" in entry.model_fields_set else None
    return read_recorded_file(path, entry, body, rate_hz)


def _real_clip(entry: ManifestClip, recorded: RecordedFile, body: BodyModel) -> ComparedClip:
    motion = recorded.motion
    if isinstance(motion, JointsOnBody):
        joints = comparable_joints(motion.clip.joints, motion.clip.rate_hz)
    else:
        joints = comparable_joints(motion.joints, motion.recorded.rate_hz)
    return ComparedClip(
        entry.id, entry.label or "unlabelled", joints, _fitted(recorded, body), _reason_to_leave_out(joints)
    )


def _fitted(recorded: RecordedFile, body: BodyModel) -> tuple[Array, ...]:
    """Every window of the recording on one body; none where it is too short to be fitted."""
    try:
        return tuple(joints_on_one_body(recorded.clip(window).motion, body) for window in recorded.windows)
    except SimulatorError:
        return ()


def _reason_to_leave_out(joints: Array) -> str:
    leg = leg_length_m(joints)
    if leg < _SHORTEST_ADULT_LEG_M:
        return f"legs of {leg:.2f} m: a child"
    lowest = float(np.percentile(joints[..., 2].min(axis=1), 10))
    if lowest > _FLOATING_M:
        return f"floats: the lowest joint is above {100.0 * lowest:.0f} cm in 90 % of the frames"
    return ""


def _rest_leg_m(body: BodyModel, betas: Array) -> float:
    joints = body.rest_joints(betas)
    bones = [(HIPS, KNEES), (KNEES, ANKLES)]
    return float(sum(np.linalg.norm(joints[list(b)] - joints[list(a)], axis=1).mean() for a, b in bones))
