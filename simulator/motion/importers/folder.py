"""A folder of real motion: its clips as body motion, and what could not be read, with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from simulator.body.model import BodyModel
from simulator.errors import MotionFileError
from simulator.motion.body_motion import BodyMotion

from .bvh import read_bvh
from .bvh_skeletons import joints_of_bvh
from .humanml3d import read_joint_array
from .joint_clip import JointClip
from .manifest import MANIFEST_NAME, ManifestClip, read_manifest
from .planting import planted
from .pose_fit import fit_pose

IMPORT_VERSION = "1"
"""Goes into the identity of imported motion: raise it when the same file would give another motion."""

LONGEST_S = 9.92  # what a capture holds: 496 frames at 50 frames a second
SHORTEST_S = 1.0

_READERS = (".bvh", ".npy")
_NOT_YET = {
    ".npz": "AMASS-style arrays are not read yet: give BVH, or (T, 22, 3) joints as .npy",
    ".txt": "DeepMimic text is not read yet: give BVH, or (T, 22, 3) joints as .npy",
}


@dataclass(frozen=True)
class SkippedFile:
    """A file that is no usable clip, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class MotionClip:
    """A recorded motion on a body, with what is known of its origin.

    Attributes:
        content_hash: sha256 of the file.
        fit_error_mm: mean distance of the body's joints from the clip's, the clip scaled to the body's legs.
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


@dataclass(frozen=True)
class MotionFolder:
    """What a folder held: its clips, in order, and the files left out."""

    clips: list[MotionClip] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)


def read_motion_folder(
    folder: Path | str, body: BodyModel, progress: Callable[[str, int, int], None] | None = None
) -> MotionFolder:
    """Read every clip of a folder and fit it to a body.

    With a `manifest.json` its list names the clips; without one every .bvh file (any up axis and usual unit)
    and every .npy file of (T, 22, 3) joints (HumanML3D's convention: metres, y up, 20 frames/s), in
    subfolders too, is a clip without label or captions. T-poses at the start are cut, and all after 9.92 s.

    Args:
        folder: where the files are.
        body: whose pose is fitted; the clip's leg length sets its betas.
        progress: called as (what, done, total).

    Raises:
        MotionFileError: no such folder, an unreadable manifest, or not one usable clip.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MotionFileError(f"{folder}: no such folder; give one with .bvh or .npy motion files")
    found = MotionFolder()
    listed = read_manifest(folder)
    if listed is None:
        entries = _entries_of_files(folder, found)
    else:
        entries = listed[0]
        found.skipped.extend(SkippedFile(path, reason) for path, reason in listed[1])
    hashes: dict[str, str] = {}
    for done, entry in enumerate(entries, start=1):
        try:
            clip = _read_clip(folder, entry, body)
            if clip.content_hash in hashes:
                raise MotionFileError(f"it has the same content as {hashes[clip.content_hash]}")
            hashes[clip.content_hash] = entry.file
            found.clips.append(clip)
        except MotionFileError as error:
            found.skipped.append(SkippedFile(entry.file, str(error)))
        if progress:
            progress("clips", done, len(entries))
    if not found.clips:
        reasons = "; ".join(f"{skip.path}: {skip.reason}" for skip in found.skipped[:5])
        raise MotionFileError(
            f"{folder}: no usable motion clip among {len(found.skipped)} files"
            f"{f' ({reasons})' if reasons else ''}; give .bvh files or (T, 22, 3) joint arrays as .npy"
        )
    return found


def _entries_of_files(folder: Path, found: MotionFolder) -> list[ManifestClip]:
    entries = []
    for path in _motion_files(folder):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() in _READERS:
            entries.append(ManifestClip(id=name.rsplit(".", 1)[0].replace("/", "_"), file=name))
        else:
            found.skipped.append(SkippedFile(name, _NOT_YET[path.suffix.lower()]))
    ids = [entry.id for entry in entries]
    # Two formats of one name are two clips: then the ending tells them apart.
    return [
        entry.model_copy(update={"id": entry.file.replace("/", "_")}) if ids.count(entry.id) > 1 else entry
        for entry in entries
    ]


def _motion_files(folder: Path) -> Iterator[Path]:
    """Files that are, or could be taken for, motion; captions, licences and pictures beside them are not."""
    for path in sorted(folder.rglob("*")):
        suffix = path.suffix.lower()
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        is_text_motion = suffix == ".txt" and '"Frames"' in _beginning(path)
        if suffix in _READERS or suffix == ".npz" or is_text_motion:
            yield path


def _beginning(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(2000).decode("latin-1")


def _read_clip(folder: Path, entry: ManifestClip, body: BodyModel) -> MotionClip:
    path = (folder / entry.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise MotionFileError(f"{MANIFEST_NAME} points outside the folder")
    if not path.is_file():
        raise MotionFileError(f"{MANIFEST_NAME} names it, but there is no such file")
    content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
    if entry.sha256 is not None and entry.sha256.lower() != content_hash:
        raise MotionFileError(f"its content is not what {MANIFEST_NAME} states (sha256 differs)")
    clip = _read_joints(path, entry.rate_hz).without_lead_in(entry.t_pose_lead_in_frames)
    clip = clip.at_most().first(LONGEST_S)
    if clip.duration_s < SHORTEST_S:
        raise MotionFileError(f"it lasts {clip.duration_s:.2f} s, a clip needs at least {SHORTEST_S} s")
    fit = fit_pose(clip.from_origin(), body)
    return MotionClip(
        clip_id=entry.id,
        motion=planted(fit.motion, body),
        label=entry.label,
        captions=entry.all_captions,
        source=entry.source,
        licence=entry.licence,
        may_ship=entry.may_ship,
        fit_error_mm=fit.fit_error_mm,
        content_hash=content_hash,
    )


def _read_joints(path: Path, rate_hz: float) -> JointClip:
    suffix = path.suffix.lower()
    if suffix == ".bvh":
        return joints_of_bvh(read_bvh(path))
    if suffix == ".npy":
        return read_joint_array(path, rate_hz)
    raise MotionFileError(_NOT_YET.get(suffix, f"motion comes as {' or '.join(_READERS)}, not {suffix!r}"))
