"""Users' own motion in the lake: every file once, whatever became of earlier attempts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data_lake import Lake
from simulator import BodyModel, ManifestClip, SkippedFile
from simulator.errors import MotionFileError

from .fit_recordings import FittedRecording, fit_recordings
from .plan_dataset import ClipSource
from .store_clips import clip_row, motion_row, reading_of, recording_id_of, recordings_in, reworded

Progress = Callable[[str, int, int], None]
FILES_PER_COMMIT = 32  # a kill loses the fits of at most so many files


@dataclass(frozen=True)
class Listing:
    """What is to be imported: files of a folder, what is known of each, and what is refused unread.

    Attributes:
        generators: entry id -> command, caption and seed that made the file, where one did.
        unlisted: motion files that lie beside a manifest which does not name them; they are left alone.
    """

    folder: Path
    entries: Sequence[ManifestClip]
    refused: Sequence[SkippedFile] = ()
    generators: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    unlisted: Sequence[str] = ()


@dataclass(frozen=True)
class ImportedFile:
    """A used file and its rows of `clips`, one for each window; `is_new` tells whether it had to be fitted."""

    file: str
    is_new: bool
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class ImportReport:
    """What became of every file of a folder, in the folder's order.

    Attributes:
        n_added: rows that table `clips` did not have; 0 when all was imported before.
    """

    files: tuple[ImportedFile, ...]
    skipped: tuple[SkippedFile, ...]
    n_added: int

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of `clips` of all used files."""
        return [row for file in self.files for row in file.rows]


def import_motions(
    listing: Listing,
    lake: Lake,
    body: BodyModel,
    body_file: Path | None,
    run_id: str,
    workers: int = 1,
    progress: Progress | None = None,
) -> ImportReport:
    """Put every readable file of a listing into the lake, on a body, with all that is known of it.

    A file whose content is there on this body, read in the same way by this release's importer, is not
    fitted again; where more or other words are given with it now, a row with these is added. Killed at any
    moment, the same call completes the lake: the rows of a file are there whole or not at all.

    Raises:
        LakeError: the storage refuses.
    """
    importer = _Importer(listing, lake, body, run_id)
    to_fit, twins = importer.reuse()
    total = len(listing.entries)
    if progress:
        progress("files", total - len(to_fit), total)
    for done, fitted in enumerate(fit_recordings(listing.folder, to_fit, body_file, workers), start=1):
        importer.add(fitted)
        if progress:
            progress("files", total - len(to_fit) + done, total)
    importer.commit()
    return importer.report(twins)


def refuse_unusable(report: ImportReport, folder: Path) -> None:
    """Refuse a folder without one usable file.

    Raises:
        MotionFileError: it names the first reasons.
    """
    if not report.files:
        reasons = "; ".join(f"{skip.path}: {skip.reason}" for skip in report.skipped[:5])
        raise MotionFileError(
            f"{folder}: no usable motion clip among {len(report.skipped)} files"
            f"{f' ({reasons})' if reasons else ''}"
        )


class _Importer:
    """The state of one import: what is used, what is skipped, and rows that are not committed yet."""

    def __init__(self, listing: Listing, lake: Lake, body: BodyModel, run_id: str) -> None:
        self.listing = listing
        self.lake = lake
        self.body = body
        self.run_id = run_id
        self.used: dict[str, ImportedFile] = {}
        self.skipped: dict[str, list[SkippedFile]] = {}
        self.n_added = 0
        self._motions: list[dict[str, Any]] = []
        self._clips: list[dict[str, Any]] = []
        self._n_files = 0
        self._sha256: dict[str, str] = {}

    def reuse(self) -> tuple[list[ManifestClip], dict[str, str]]:
        """Note files whose clips are in the lake; return those to fit, and ids of files with another's content."""
        stored = recordings_in(self.lake, self.body)
        first_with: dict[str, ManifestClip] = {}
        twins: dict[str, str] = {}
        to_fit = []
        for entry in self.listing.entries:
            digest = _sha256(self.listing.folder, entry)
            if digest is None:
                to_fit.append(entry)  # reading it will tell the reason
                continue
            self._sha256[entry.id] = digest
            recording_id = recording_id_of(digest, entry)
            first = first_with.setdefault(recording_id, entry)
            rows = stored.get(recording_id)
            if first is not entry:
                twins[entry.id] = first.id
            elif rows is None:
                to_fit.append(entry)
            else:
                self._reword(entry, rows)
        return to_fit, twins

    def _reword(self, entry: ManifestClip, stored: Sequence[Mapping[str, Any]]) -> None:
        """Rows of a file that is there, with the words that are given now."""
        generator = self.listing.generators.get(entry.id)
        rows = [reworded(row, entry, generator) for row in stored]
        self._note(entry, [], rows, is_new=False)

    def add(self, fitted: FittedRecording) -> None:
        """Take over a file that was read."""
        entry = fitted.entry
        if fitted.skipped:
            self.skipped[entry.id] = list(fitted.skipped)
        if not fitted.clips:
            return
        reading = reading_of(entry)
        generator = self.listing.generators.get(entry.id)
        sources = [(ClipSource(clip, reading), facts) for clip, facts in fitted.clips]
        motions = [motion_row(source, facts, self.body) for source, facts in sources]
        sha256 = self._sha256.get(entry.id, sources[0][0].clip.content_hash)
        clips = [clip_row(source, entry, sha256, self.body, generator) for source, _ in sources]
        self._note(entry, motions, clips, is_new=True)

    def _note(
        self,
        entry: ManifestClip,
        motions: list[dict[str, Any]],
        clips: list[dict[str, Any]],
        is_new: bool,
    ) -> None:
        self.used[entry.id] = ImportedFile(entry.file, is_new, tuple(clips))
        self._motions += motions
        self._clips += clips
        self._n_files += 1
        if self._n_files >= FILES_PER_COMMIT:
            self.commit()

    def commit(self) -> None:
        """Store what was gathered; motions first, so that no clip is there without its motion."""
        self.lake.append("motions", self._motions, "import", self.run_id)
        self.n_added += self.lake.append("clips", self._clips, "import", self.run_id)
        self._motions, self._clips, self._n_files = [], [], 0

    def report(self, twins: Mapping[str, str]) -> ImportReport:
        """What became of every file, files with another's content included."""
        files = {entry.id: entry.file for entry in self.listing.entries}
        for twin, first in twins.items():
            reasons = [(skip.reason, skip.kind) for skip in self.skipped.get(first, [])]
            if first in self.used:
                reasons = [(f"it has the same content as {files[first]}", "duplicate")]
            self.skipped[twin] = [SkippedFile(files[twin], reason, kind) for reason, kind in reasons]
        return ImportReport(
            files=tuple(self.used[name] for name in files if name in self.used),
            skipped=(*self.listing.refused, *(skip for name in files for skip in self.skipped.get(name, []))),
            n_added=self.n_added,
        )


def _sha256(folder: Path, entry: ManifestClip) -> str | None:
    """Hash of a file; None where it cannot be read, lies outside the folder, or is not what its list states."""
    path = (folder / entry.file).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
    return digest if entry.sha256 is None or entry.sha256.lower() == digest else None
