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
from .manifest import MANIFEST_NAME, ManifestClip
from .planting import planted
from .pose_fit import fit_pose
from .smpl_on_body import motion_of_recording
from .smpl_params import SmplRecording, read_smpl_params

IMPORT_VERSION = "1"
"""Goes into the identity of imported motion: raise it when the same file would give another motion."""

LONGEST_S = 9.92  # what a capture holds: 496 frames at 50 frames a second
SHORTEST_S = 1.0

MOTION_SUFFIXES = (".bvh", ".npy", ".npz", ".pkl")
KINDS = ".bvh, (T, 22, 3) joints as .npy, AMASS as .npz, or SMPL parameters as .npz or .pkl"
_BEGINNINGS = {b"HIERARCHY": ".bvh", b"\x93NUMPY": ".npy", b"PK\x03\x04": ".npz", b"\x80": ".pkl"}
_RATE_RANGE_HZ = (1.0, 1000.0)


@dataclass(frozen=True)
class MotionClip:
    """A recorded motion on a body, with what is known of its origin.

    Attributes:
        fit_error_mm: mean distance of the body's joints from the clip's, the clip scaled to the body's legs;
            0 where the file has rotations, which are taken as they are.
        content_hash: sha256 of the file.
        notes: what was assumed or left out on reading, a sentence each.
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
    notes: tuple[str, ...] = ()


def read_motion_file(path: Path | str, body: BodyModel, rate_hz: float | None = None) -> MotionClip:
    """Read one file of recorded motion and put it on a body.

    Kinds: BVH (usual names, units and axes), HumanML3D's (T, 22, 3) joints (.npy, metres, y up), AMASS
    (.npz, SMPL-H or SMPL-X) and plain SMPL parameters (.npz, .pkl). The motion starts with the pelvis over
    (0, 0), facing -y, on the floor z = 0, at 50 poses/s at most; T-poses at the start are cut, and all after
    9.92 s. Hands are straight.

    Args:
        path: the file; where its ending is none of the usual ones, its first bytes tell the kind.
        body: whose pose is wanted. Its shape follows the clip's legs; for SMPL parameters it is the file's
            betas on a licensed SMPL body and the mean shape on any other.
        rate_hz: poses per second of a file that does not state them (joints: 20 if not given, SMPL
            parameters: 30); a rate in the file wins.

    Raises:
        MotionFileError: no such file, an unknown kind, or no usable motion; it names file and reason.
    """
    path = Path(path)
    if rate_hz is not None and not _RATE_RANGE_HZ[0] <= rate_hz <= _RATE_RANGE_HZ[1]:
        low, high = _RATE_RANGE_HZ
        raise MotionFileError(f"{path}: rate_hz is {rate_hz}; it must be {low:g} to {high:g} poses/s")
    if not path.is_file():
        raise MotionFileError(f"{path}: no such file; give motion as {KINDS}")
    try:
        entry = ManifestClip(id=path.stem, file=path.name)
        return clip_from_file(path, entry, body, rate_hz)
    except MotionFileError as error:
        raise MotionFileError(f"{path}: {error}") from error


def clip_from_file(path: Path, entry: ManifestClip, body: BodyModel, rate_hz: float | None) -> MotionClip:
    """The clip of an existing file that `entry` describes; `rate_hz` is for files that state none.

    Raises:
        MotionFileError: the reason only, without the file's name.
    """
    content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
    if entry.sha256 is not None and entry.sha256.lower() != content_hash:
        raise MotionFileError(f"its content is not what {MANIFEST_NAME} states (sha256 differs)")
    recording = _read(path, rate_hz)
    if isinstance(recording, SmplRecording):
        motion, notes = motion_of_recording(recording, body, entry.t_pose_lead_in_frames, LONGEST_S)
        _check_duration(motion.duration_s)
        motion, fit_error_mm = planted(motion, body, feet_are_known=True), 0.0
    else:
        clip = recording.without_lead_in(entry.t_pose_lead_in_frames).at_most().first(LONGEST_S)
        _check_duration(clip.duration_s)
        fit = fit_pose(clip.from_origin(), body)
        motion, fit_error_mm, notes = planted(fit.motion, body), fit.fit_error_mm, ()
    return MotionClip(
        clip_id=entry.id,
        motion=motion,
        label=entry.label,
        captions=entry.all_captions,
        source=entry.source,
        licence=entry.licence,
        may_ship=entry.may_ship,
        fit_error_mm=fit_error_mm,
        content_hash=content_hash,
        notes=notes,
    )


def _check_duration(duration_s: float) -> None:
    if duration_s < SHORTEST_S:
        raise MotionFileError(f"it lasts {duration_s:.2f} s, a clip needs at least {SHORTEST_S} s")


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
