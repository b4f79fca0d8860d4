"""One file of recorded motion, of any kind that is read, as body motion."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from simulator.body.model import BodyModel
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion

from .bvh import read_bvh
from .bvh_skeletons import joints_of_bvh
from .humanml3d import HUMANML3D_RATE_HZ, read_joint_array
from .joint_clip import JointClip
from .joints_on_body import JointsOnBody
from .manifest import MANIFEST_NAME, ManifestClip
from .smpl_on_body import SmplOnBody, smpl_on_body
from .smpl_params import SmplRecording, read_smpl_params
from .windows import SHORTEST_S, Window, window_at, windows_of

IMPORT_VERSION = "1"
"""Goes into the identity of imported motion: raise it when the same file would give another motion."""

MOTION_SUFFIXES = (".bvh", ".npy", ".npz", ".pkl")
KINDS = ".bvh, (T, 22, 3) joints as .npy, AMASS as .npz, or SMPL parameters as .npz or .pkl"
_BEGINNINGS = {b"HIERARCHY": ".bvh", b"\x93NUMPY": ".npy", b"PK\x03\x04": ".npz", b"\x80": ".pkl"}
_RATE_RANGE_HZ = (1.0, 1000.0)


@dataclass(frozen=True)
class MotionClip:
    """A recorded motion on a body, with what is known of its origin; of a long recording, a window of it.

    Attributes:
        fit_error_mm: mean distance of the body's joints from the clip's, the clip scaled to the body's legs;
            0 where the file has rotations, which are taken as they are.
        content_hash: sha256 of the file, the same for all its windows.
        recording_s: duration of the whole recording, after calibration T-poses at its start.
        notes: what was assumed or left out on reading, a sentence each.
        start_s: where the motion starts in the recording, after those T-poses.
    """

    clip_id: str
    motion: BodyMotion
    label: str | None
    captions: tuple[str, ...]
    source: str
    licence: str | None
    may_ship: bool | None
    fit_error_mm: float
    content_hash: str
    recording_s: float
    notes: tuple[str, ...] = ()
    start_s: float = 0.0


def read_motion_file(
    path: Path | str, body: BodyModel, rate_hz: float | None = None, start_s: float = 0.0
) -> MotionClip:
    """Read one file of recorded motion, or a window of a long one, and put it on a body.

    Kinds: BVH (usual names, units and axes), HumanML3D's (T, 22, 3) joints (.npy, metres, y up), AMASS
    (.npz, SMPL-H or SMPL-X) and plain SMPL parameters (.npz, .pkl). The motion starts with the pelvis over
    (0, 0), facing -y, on the floor z = 0, at 50 poses/s at most, and lasts 9.92 s at most; T-poses at the
    start are cut. Hands are straight.

    Args:
        path: the file; where its ending is none of the usual ones, its first bytes tell the kind.
        body: whose pose is wanted. Its shape follows the clip's legs; for SMPL parameters it is the file's
            betas on a licensed SMPL body and the mean shape on any other.
        rate_hz: poses per second of a file that does not state them (joints: 20 if not given, SMPL
            parameters: 30); a rate in the file wins.
        start_s: where the window starts, seconds after the T-poses; the nearest pose is taken, and the clip
            says its time.

    Raises:
        MotionFileError: no such file, an unknown kind, no usable motion, or nothing at `start_s`; it names
            file and reason.
    """
    path = Path(path)
    if rate_hz is not None and not _RATE_RANGE_HZ[0] <= rate_hz <= _RATE_RANGE_HZ[1]:
        low, high = _RATE_RANGE_HZ
        raise MotionFileError(f"{path}: rate_hz is {rate_hz}; it must be {low:g} to {high:g} poses/s")
    if not path.is_file():
        raise MotionFileError(f"{path}: no such file; give motion as {KINDS}")
    try:
        entry = ManifestClip(id=path.stem, file=path.name)
        recorded = read_recorded_file(path, entry, body, rate_hz)
        return recorded.clip(recorded.window_at(start_s))
    except MotionFileError as error:
        raise MotionFileError(f"{path}: {error}") from error


@dataclass(frozen=True)
class RecordedFile:
    """A file of motion, read and ready to be put on a body window by window.

    Attributes:
        entry: what is known of it.
        content_hash: sha256 of the file.
        motion: the recording without lead-in; its poses are those that windows count.
    """

    entry: ManifestClip
    content_hash: str
    motion: JointsOnBody | SmplOnBody

    @property
    def windows(self) -> list[Window]:
        """All of it, in windows that do not overlap."""
        return windows_of(self.motion.n_poses, self.motion.rate_hz)[0]

    def window_at(self, start_s: float) -> Window:
        """The window that starts nearest to `start_s`.

        Raises:
            MotionFileError: less than a window follows.
        """
        return window_at(start_s, self.motion.n_poses, self.motion.rate_hz)

    def clip(self, window: Window) -> MotionClip:
        """The motion of one window.

        Raises:
            MotionFileError: the reason only, without the file's name.
        """
        motion, fit_error_mm, notes = self.motion.motion_in(window)
        start_s = window.first / self.motion.rate_hz
        return MotionClip(
            clip_id=f"{self.entry.id}@{start_s:.2f}s" if window.first else self.entry.id,
            motion=motion,
            label=self.entry.label,
            captions=self.entry.all_captions,
            source=self.entry.source,
            licence=self.entry.licence,
            may_ship=self.entry.may_ship,
            fit_error_mm=fit_error_mm,
            content_hash=self.content_hash,
            recording_s=(self.motion.n_poses - 1) / self.motion.rate_hz,
            notes=notes + self._notes_on(window, start_s, start_s + motion.duration_s),
            start_s=start_s,
        )

    def _notes_on(self, window: Window, start_s: float, end_s: float) -> tuple[str, ...]:
        """What a window of a longer recording leaves out."""
        left = self.motion.n_poses - window.first - window.n_poses
        left_s = left / self.motion.rate_hz
        notes: tuple[str, ...] = ()
        if (window.first or left) and (self.entry.label or self.entry.all_captions):
            notes = (
                f"label and captions are of the whole recording, of which this is {start_s:.2f} to {end_s:.2f} s",
            )
        if 0 < left_s < SHORTEST_S:
            return (
                *notes,
                f"the last {left_s:.2f} s of the recording are left out: a window has {SHORTEST_S:g} s at least",
            )
        return notes


def read_recorded_file(
    path: Path, entry: ManifestClip, body: BodyModel, rate_hz: float | None
) -> RecordedFile:
    """Read an existing file that `entry` describes; `rate_hz` is for files that state none.

    Raises:
        MotionFileError: the reason only, without the file's name.
    """
    content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
    if entry.sha256 is not None and entry.sha256.lower() != content_hash:
        raise MotionFileError(f"its content is not what {MANIFEST_NAME} states (sha256 differs)")
    recording = _read(path, rate_hz)
    if isinstance(recording, SmplRecording):
        on_body = smpl_on_body(recording, body, entry.t_pose_lead_in_frames)
        return RecordedFile(entry, content_hash, on_body)
    clip = recording.without_lead_in(entry.t_pose_lead_in_frames).at_most()
    return RecordedFile(entry, content_hash, JointsOnBody(clip, body))


def _read(path: Path, rate_hz: float | None) -> JointClip | SmplRecording:
    kind = path.suffix.lower()
    if kind not in MOTION_SUFFIXES:
        kind = _kind_of_content(path)
    if kind == ".bvh":
        return joints_of_bvh(read_bvh(path))
    if kind == ".npy":
        return read_joint_array(path, HUMANML3D_RATE_HZ if rate_hz is None else rate_hz)
    return read_smpl_params(path, rate_hz)


def _kind_of_content(path: Path) -> str:
    with path.open("rb") as file:
        beginning = file.read(2000)
    if path.suffix.lower() == ".txt" and b'"Frames"' in beginning:
        raise MotionFileError(f"DeepMimic text is not read yet: give {KINDS}")
    for mark, kind in _BEGINNINGS.items():
        if beginning.lstrip().startswith(mark):
            return kind
    raise MotionFileError(f"motion comes as {KINDS}, not {path.suffix.lower()!r}")
