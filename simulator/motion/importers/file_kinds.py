"""Which reader a file of recorded motion needs, by its first bytes or, where those tell nothing, its ending."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from simulator.errors import MotionFileError

from .bvh import read_bvh
from .bvh_skeletons import joints_of_bvh
from .deepmimic import read_deepmimic
from .foreign_files import why_not_read
from .humanml3d import HUMANML3D_RATE_HZ, read_array
from .joint_clip import JointClip, check_bones, check_handedness, check_pelvis_speed
from .smpl_params import SmplRecording, read_smpl_params

MOTION_SUFFIXES = (".bvh", ".npy", ".npz", ".pkl")
KINDS = (
    ".bvh, (T, 22, 3) joints or (T, 263) features as .npy, AMASS as .npz, SMPL parameters as .npz or .pkl, "
    "or DeepMimic's text (.txt)"
)
_BEGINNINGS = {b"HIERARCHY": ".bvh", b"\x93NUMPY": ".npy", b"PK\x03\x04": ".npz", b"\x80": ".pkl"}


@dataclass(frozen=True)
class Recording:
    """What a file of motion holds: all its poses, at its own rate, and the name of its format."""

    poses: JointClip | SmplRecording
    format: str

    @property
    def n_frames(self) -> int:
        """Number of poses."""
        return len(self.poses.rotations if isinstance(self.poses, SmplRecording) else self.poses.joints)

    @property
    def rate_hz(self) -> float:
        """Poses per second."""
        return self.poses.rate_hz


def read_recording(path: Path, rate_hz: float | None) -> Recording:
    """Read an existing file; `rate_hz` is for kinds that state none.

    Raises:
        MotionFileError: the reason only, without the file's name.
    """
    recording = _read(path, _kind_of(path), rate_hz)
    if isinstance(recording.poses, JointClip):
        check_bones(recording.poses.joints)
        check_handedness(recording.poses.joints)
        check_pelvis_speed(recording.poses.joints[:, 0], recording.rate_hz)
    ending = path.suffix.lower()
    if ending in MOTION_SUFFIXES and _kind_of(path) != ending:
        note = f"its ending is {ending}, its content that of {_kind_of(path)}: read as such"
        poses = replace(recording.poses, notes=(*recording.poses.notes, note))
        return replace(recording, poses=poses)
    return recording


def _read(path: Path, kind: str, rate_hz: float | None) -> Recording:
    if kind == ".bvh":
        return Recording(joints_of_bvh(read_bvh(path)), "BVH")
    if kind == ".npy":
        name, clip = read_array(path, HUMANML3D_RATE_HZ if rate_hz is None else rate_hz)
        return Recording(clip, name)
    if kind == ".txt":
        return Recording(read_deepmimic(path), "DeepMimic")
    params = read_smpl_params(path, rate_hz)
    return Recording(params, params.format)


def _kind_of(path: Path) -> str:
    """The kind that the first bytes tell, else the ending."""
    with path.open("rb") as file:
        beginning = file.read(2000)
    if is_deepmimic_text(beginning):
        return ".txt"
    ending = path.suffix.lower()
    for mark, kind in _BEGINNINGS.items():
        if beginning.lstrip().startswith(mark):
            # SMPL parameters come as either, whatever they are called
            return ending if {kind, ending} == {".npz", ".pkl"} else kind
    if ending in MOTION_SUFFIXES:
        return ending
    advice = why_not_read(path)
    raise MotionFileError(advice or f"motion comes as {KINDS}, not {path.suffix.lower()!r}", "unknown format")


def is_deepmimic_text(beginning: bytes) -> bool:
    """Whether a file that begins so is DeepMimic's text: JSON with `Frames`, perhaps after other entries."""
    return beginning.lstrip().startswith(b"{") and b'"Frames"' in beginning
