"""A folder of real motion: its clips as body motion, and what could not be read, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulator.body.model import BodyModel
from simulator.errors import MotionFileError

from .file_kinds import KINDS, MOTION_SUFFIXES, is_deepmimic_text
from .foreign_files import why_not_read
from .humanml3d import NAMES_OF_SCALES
from .humanml3d_dataset import humanml3d_root, list_humanml3d
from .manifest import MANIFEST_NAME, ManifestClip, read_manifest
from .motion_file import MotionClip, RecordedFile, read_recorded_file
from .windows import Window

_TEXT_SUFFIXES = (".txt", ".json")


@dataclass(frozen=True)
class SkippedFile:
    """A file that is no usable clip, and why; `kind` is one of `refusals.REASON_KINDS`, to count by."""

    path: str
    reason: str
    kind: str = "damaged"


@dataclass(frozen=True)
class MotionFolder:
    """What a folder held: its clips, in order, and the files and windows left out."""

    clips: list[MotionClip] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)


def read_motion_folder(
    folder: Path | str, body: BodyModel, progress: Callable[[str, int, int], None] | None = None
) -> MotionFolder:
    """Read every recording of a folder and fit it to a body; one longer than 9.92 s becomes several clips.

    With a `manifest.json` its list names the clips; a folder in HumanML3D's layout gives captions, splits and
    parts with captions of their own (`012314@1.00-4.00s`). Else every file of a kind that `read_motion_file`
    reads (.bvh, .npy, .npz, .pkl, DeepMimic's .txt), in subfolders too, is one without label or captions.
    T-poses at the start are cut. Clips of a long recording follow each other without a gap or an overlap, the
    first under the recording's name and later ones with their start behind it (`walk@9.92s`), each with all
    its captions; what is left at its end counts if it lasts 1 s.

    Args:
        folder: where the files are.
        body: whose pose is wanted (see `read_motion_file`).
        progress: called as (what, done, total).

    Raises:
        MotionFileError: no such folder, an unreadable manifest, or not one usable clip.
    """
    entries, refused = list_recordings(folder)
    found = MotionFolder(skipped=list(refused))
    hashes: dict[str, str] = {}
    for done, entry in enumerate(entries, start=1):
        read = read_listed_recording(folder, entry, body)
        content = read.clips[0].content_hash if read.clips else ""
        if content in hashes:
            found.skipped.append(
                SkippedFile(entry.file, f"it has the same content as {hashes[content]}", "duplicate")
            )
        else:
            found.clips.extend(read.clips)
            found.skipped.extend(read.skipped)
        if read.clips:
            hashes.setdefault(content, entry.file)
        if progress:
            progress("clips", done, len(entries))
    if not found.clips:
        reasons = "; ".join(f"{skip.path}: {skip.reason}" for skip in found.skipped[:5])
        raise MotionFileError(
            f"{folder}: no usable motion clip among {len(found.skipped)} files"
            f"{f' ({reasons})' if reasons else ''}; give {KINDS}"
        )
    return found


def list_recordings(folder: Path | str) -> tuple[list[ManifestClip], list[SkippedFile]]:
    """The recordings of a folder, none read yet, and what its manifest or its lists name that is none.

    Without a manifest, files of known formats of motion that are not read are told too.

    Raises:
        MotionFileError: no such folder, or an unreadable manifest.
    """
    folder = Path(folder)
    if folder.is_file():
        raise MotionFileError(f"{folder} is a file: give the folder that it lies in")
    if not folder.is_dir():
        raise MotionFileError(f"{folder}: no such folder; give one with motion files: {KINDS}")
    listed = read_manifest(folder)
    root = humanml3d_root(folder)
    if listed is None and root is not None:
        clips, faults = list_humanml3d(folder, root)
        return clips, [SkippedFile(*fault) for fault in faults]
    if listed is None:
        return _entries_of_files(folder), _foreign_files(folder)
    return listed[0], [SkippedFile(path, reason, "bad list") for path, reason in listed[1]]


def unlisted_files(folder: Path | str, entries: Sequence[ManifestClip]) -> list[str]:
    """Motion files beside a manifest that it does not name; none where no manifest says what counts."""
    folder = Path(folder)
    if not (folder / MANIFEST_NAME).is_file():
        return []
    listed = {(folder / entry.file).resolve() for entry in entries}
    return [
        path.relative_to(folder).as_posix() for path in _motion_files(folder) if path.resolve() not in listed
    ]


def read_listed_recording(folder: Path | str, entry: ManifestClip, body: BodyModel) -> MotionFolder:
    """One recording of `list_recordings` on a body: its clips in order, and what of it cannot be used.

    Recordings share nothing, so a pool of processes can read a folder.
    """
    found = MotionFolder()
    try:
        recorded = _read_entry(Path(folder), entry, body)
        first, *later = recorded.windows
        if recorded.has_whole:
            found.clips.append(recorded.clip(first))
            _add_windows(found, recorded, later)
        _add_parts(found, recorded)
    except MotionFileError as error:
        found.skipped.append(SkippedFile(entry.file, str(error), error.kind))
    except OSError as error:
        found.skipped.append(SkippedFile(entry.file, f"it cannot be read: {error.strerror or error}"))
    return found


def _entries_of_files(folder: Path) -> list[ManifestClip]:
    names = [path.relative_to(folder).as_posix() for path in _motion_files(folder)]
    ids = [name.rsplit(".", 1)[0].replace("/", "_") for name in names]
    # Two formats of one name are two clips: then the ending tells them apart, and at last the folder does.
    for longer in ([name.replace("/", "_") for name in names], names, names):
        counts = Counter(ids)
        ids = [more if counts[one] > 1 else one for one, more in zip(ids, longer, strict=True)]
    return [ManifestClip(id=one, file=name) for one, name in zip(ids, names, strict=True)]


def _foreign_files(folder: Path) -> list[SkippedFile]:
    """Files that likely hold motion of a kind that is not read, each with what to do."""
    reasons = ((path, why_not_read(path)) for path in _visible_files(folder))
    return [
        SkippedFile(path.relative_to(folder).as_posix(), reason, "unknown format")
        for path, reason in reasons
        if reason
    ]


def _motion_files(folder: Path) -> Iterator[Path]:
    """Files that are, or could be taken for, motion; captions, licences and pictures beside them are not."""
    for path in _visible_files(folder):
        suffix = path.suffix.lower()
        is_text_motion = suffix in _TEXT_SUFFIXES and is_deepmimic_text(_beginning(path))
        if path.name in NAMES_OF_SCALES:
            continue
        if suffix in MOTION_SUFFIXES or is_text_motion:
            yield path


def _visible_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2000)


def _add_windows(found: MotionFolder, recorded: RecordedFile, windows: list[Window]) -> None:
    """The later windows of a recording; one that cannot be read leaves the others as they are."""
    for window in windows:
        try:
            found.clips.append(recorded.clip(window))
        except MotionFileError as error:
            start_s = window.first / recorded.motion.rate_hz
            found.skipped.append(SkippedFile(f"{recorded.entry.file}@{start_s:.2f}s", str(error), error.kind))


def _add_parts(found: MotionFolder, recorded: RecordedFile) -> None:
    """The parts that have captions of their own; one that cannot be read leaves the others as they are."""
    for part in recorded.entry.parts:
        try:
            found.clips.append(recorded.clip_of_part(part))
        except MotionFileError as error:
            name = f"{recorded.entry.file}@{part.start_s:.2f}-{part.end_s:.2f}s"
            found.skipped.append(SkippedFile(name, str(error), error.kind))


def _read_entry(folder: Path, entry: ManifestClip, body: BodyModel) -> RecordedFile:
    path = (folder / entry.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise MotionFileError(
            f"it lies outside the folder: a link, or a path in {MANIFEST_NAME}, leads there", "bad list"
        )
    if not path.is_file():
        raise MotionFileError(f"{MANIFEST_NAME} names it, but there is no such file", "missing file")
    # The manifest's default rate is that of joints: other files state theirs or have their own default
    rate_hz = entry.rate_hz if "rate_hz" in entry.model_fields_set else None
    return read_recorded_file(path, entry, body, rate_hz)
