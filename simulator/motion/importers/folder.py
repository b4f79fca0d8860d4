"""A folder of real motion: its clips as body motion, and what could not be read, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from simulator.body.model import BodyModel
from simulator.errors import MotionFileError

from .manifest import MANIFEST_NAME, ManifestClip, read_manifest
from .motion_file import KINDS, MOTION_SUFFIXES, MotionClip, clip_from_file


@dataclass(frozen=True)
class SkippedFile:
    """A file that is no usable clip, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class MotionFolder:
    """What a folder held: its clips, in order, and the files left out."""

    clips: list[MotionClip] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)


def read_motion_folder(
    folder: Path | str, body: BodyModel, progress: Callable[[str, int, int], None] | None = None
) -> MotionFolder:
    """Read every clip of a folder and fit it to a body.

    With a `manifest.json` its list names the clips; without one every file of a kind that `read_motion_file`
    reads (.bvh, .npy, .npz, .pkl), in subfolders too, is a clip without label or captions. T-poses at the
    start are cut, and all after 9.92 s.

    Args:
        folder: where the files are.
        body: whose pose is wanted (see `read_motion_file`).
        progress: called as (what, done, total).

    Raises:
        MotionFileError: no such folder, an unreadable manifest, or not one usable clip.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MotionFileError(f"{folder}: no such folder; give one with motion files: {KINDS}")
    found = MotionFolder()
    listed = read_manifest(folder)
    if listed is None:
        entries = _entries_of_files(folder)
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
            f"{f' ({reasons})' if reasons else ''}; give {KINDS}"
        )
    return found


def _entries_of_files(folder: Path) -> list[ManifestClip]:
    names = [path.relative_to(folder).as_posix() for path in _motion_files(folder)]
    entries = [ManifestClip(id=name.rsplit(".", 1)[0].replace("/", "_"), file=name) for name in names]
    ids = [entry.id for entry in entries if Path(entry.file).suffix.lower() in MOTION_SUFFIXES]
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
        if suffix in MOTION_SUFFIXES or is_text_motion:
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
    # The manifest's default rate is that of joints: other files state theirs or have their own default
    rate_hz = entry.rate_hz if "rate_hz" in entry.model_fields_set else None
    return clip_from_file(path, entry, body, rate_hz)
