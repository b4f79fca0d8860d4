"""One file of recorded motion, of any kind that is read, as body motion."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.body.model import BodyModel
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion

from .file_kinds import KINDS, Recording, read_recording
from .joint_clip import JointClip, heading_turn
from .joints_on_body import JointsOnBody
from .manifest import MANIFEST_NAME, CaptionedPart, ManifestClip
from .smpl_on_body import SmplOnBody, smpl_on_body
from .smpl_params import SmplRecording
from .windows import SHORTEST_S, Window, part_of, window_at, windows_of

IMPORT_VERSION = "2"
"""Goes into the identity of imported motion: raise it when the same file would give another motion."""

_RATE_RANGE_HZ = (1.0, 1000.0)
_TOLD_LEAD_IN_S = 0.1  # below is what another rate rounds away


@dataclass(frozen=True)
class MotionClip:
    """A recorded motion on a body, with what is known of its origin; of a long recording, a window of it.

    Attributes:
        fit_error_mm: mean distance of the body's joints from the clip's, the clip scaled to the body's legs;
            0 where the file has rotations, which are taken as they are.
        content_hash: sha256 of the file, the same for all its windows; a part with captions of its own has
            one of its own, and then a family.
        recording_s: duration of the whole recording, after calibration T-poses at its start.
        notes: what was assumed or left out on reading, a sentence each.
        start_s: where the motion starts in the recording, after those T-poses.
        format: what the file was, such as "BVH", "HumanML3D joints", "DeepMimic" or "AMASS SMPL-H".
        n_frames: how many poses the file holds.
        file_rate_hz: at how many poses per second.
        family: names what must stay in one split: clips of one original, such as a motion and its mirror
            image; "" where only the file itself is known.
        split: the split that the data set puts the clip in, such as "train"; "" where it states none.
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
    format: str = ""
    n_frames: int = 0
    file_rate_hz: float = 0.0
    family: str = ""
    split: str = ""


def read_motion_file(
    path: Path | str, body: BodyModel, rate_hz: float | None = None, start_s: float = 0.0
) -> MotionClip:
    """Read one file of recorded motion, or a window of a long one, and put it on a body.

    Kinds: BVH (usual names, units and axes), HumanML3D's (T, 22, 3) joints (.npy, metres, y up), AMASS
    (.npz, SMPL-H or SMPL-X), plain SMPL parameters (.npz, .pkl) and DeepMimic's text (.txt). The motion
    starts with the pelvis over (0, 0), facing -y, on the floor z = 0, at 50 poses/s at most, and lasts 9.92 s
    at most; T-poses at the start are cut. Hands are straight.

    Args:
        path: the file; its first bytes tell the kind, whatever its ending is.
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
    if path.is_dir():
        raise MotionFileError(f"{path} is a folder; give one file, or `mmflywheel import` it", "missing file")
    if not path.is_file():
        raise MotionFileError(f"{path}: no such file; give motion as {KINDS}", "missing file")
    try:
        entry = ManifestClip(id=path.stem, file=path.name)
        recorded = read_recorded_file(path, entry, body, rate_hz)
        return recorded.clip(recorded.window_at(start_s))
    except MotionFileError as error:
        raise MotionFileError(f"{path}: {error}", error.kind) from error


@dataclass(frozen=True)
class RecordedFile:
    """A file of motion, read and ready to be put on a body window by window.

    Attributes:
        entry: what is known of it.
        content_hash: sha256 of the file.
        recording: what the file holds.
        motion: the recording without lead-in; its poses are those that windows count.
    """

    entry: ManifestClip
    content_hash: str
    recording: Recording
    motion: JointsOnBody | SmplOnBody

    @property
    def has_whole(self) -> bool:
        """Whether the recording is a clip of its own, and not only its parts are."""
        return bool(self.entry.all_captions) or not self.entry.parts

    @property
    def lead_in_s(self) -> float:
        """How much was cut off at its start."""
        return self.recording.n_frames / self.recording.rate_hz - self.motion.n_poses / self.motion.rate_hz

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
        start_s = window.first / self.motion.rate_hz
        clip_id = f"{self.entry.id}@{start_s:.2f}s" if window.first else self.entry.id
        return self._clip(window, clip_id, self.entry.all_captions, self._notes_on(window, start_s))

    def clip_of_part(self, part: CaptionedPart) -> MotionClip:
        """The motion of a part that has captions of its own.

        Raises:
            MotionFileError: the reason only, without the file's name.
        """
        window = part_of(
            part.start_s - self.lead_in_s,
            part.end_s - self.lead_in_s,
            self.motion.n_poses,
            self.motion.rate_hz,
        )
        name = f"{part.start_s:.2f}-{part.end_s:.2f}s"
        clip = self._clip(window, f"{self.entry.id}@{name}", part.captions, ())
        content_hash = hashlib.sha256(f"{self.content_hash}@{name}".encode()).hexdigest()
        return replace(clip, content_hash=content_hash, family=clip.family or self.content_hash)

    def _clip(
        self, window: Window, clip_id: str, captions: tuple[str, ...], more_notes: tuple[str, ...]
    ) -> MotionClip:
        motion, fit_error_mm, notes = self.motion.motion_in(window)
        return MotionClip(
            clip_id=clip_id,
            motion=motion,
            label=self.entry.label,
            captions=captions,
            source=self.entry.source,
            licence=self.entry.licence,
            may_ship=self.entry.may_ship,
            fit_error_mm=fit_error_mm,
            content_hash=self.content_hash,
            recording_s=(self.motion.n_poses - 1) / self.motion.rate_hz,
            notes=self.entry.notes + notes + self._notes_on_facing() + more_notes,
            start_s=window.first / self.motion.rate_hz,
            format=self.recording.format,
            n_frames=self.recording.n_frames,
            file_rate_hz=self.recording.rate_hz,
            family=self.entry.family or "",
            split=self.entry.split or "",
        )

    def _notes_on_facing(self) -> tuple[str, ...]:
        """HumanML3D's clips should start facing forwards; some of HumanAct12's do not."""
        poses = self.recording.poses
        if not (self.entry.faces_forwards and isinstance(poses, JointClip)):
            return ()
        if heading_turn(poses.joints[0])[0, 0] > 0:
            return ()
        return ("it does not face +z at the start, as the format has it: turned",)

    def _notes_on(self, window: Window, start_s: float) -> tuple[str, ...]:
        """What a window of a longer recording leaves out."""
        end_s = start_s + (window.n_poses - 1) / self.motion.rate_hz
        left = self.motion.n_poses - window.first - window.n_poses
        left_s = left / self.motion.rate_hz
        notes: tuple[str, ...] = ()
        if not window.first and self.lead_in_s > _TOLD_LEAD_IN_S:
            notes = (
                f"its first {self.lead_in_s:.2f} s are left out: a calibration T-pose and the way out of it",
            )
        if (window.first or left) and (self.entry.label or self.entry.all_captions):
            notes += (
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
    recording = read_recording(path, rate_hz)
    poses = recording.poses
    if isinstance(poses, SmplRecording):
        on_body = smpl_on_body(poses, body, entry.t_pose_lead_in_frames)
        return RecordedFile(entry, content_hash, recording, on_body)
    clip = poses.without_lead_in(entry.t_pose_lead_in_frames).at_most()
    return RecordedFile(entry, content_hash, recording, JointsOnBody(clip, body))
