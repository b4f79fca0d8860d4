"""`manifest.json`: what a folder of clips says about itself."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.errors import MotionFileError

MANIFEST_NAME = "manifest.json"


class CaptionedPart(BaseModel):
    """A part of a recording that has captions of its own; seconds from its first frame."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    start_s: float = Field(ge=0, allow_inf_nan=False)
    end_s: float = Field(gt=0, allow_inf_nan=False)
    captions: tuple[str, ...] = ()


class ManifestClip(BaseModel):
    """One clip of a manifest; fields that are not listed here are ignored.

    Attributes:
        family: names what must stay in one split; `split_family` in the file, whose `family` is ignored.
        parts: of the recording, each a clip too.
        notes: what its list says about it, or misses.
        faces_forwards: the format has it face forwards at the start, so that another facing is worth a note.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(min_length=1)
    file: str = Field(min_length=1)
    label: str | None = None
    caption: str | None = None
    captions: tuple[str, ...] = ()
    licence: str | None = None
    may_ship: bool | None = None
    rate_hz: float = Field(default=20.0, gt=0, le=1000)
    t_pose_lead_in_frames: int = Field(default=0, ge=0)
    sha256: str | None = None
    family: str | None = Field(default=None, min_length=1, validation_alias="split_family")
    split: str | None = None
    parts: tuple[CaptionedPart, ...] = ()
    notes: tuple[str, ...] = ()
    faces_forwards: bool = False
    source_repo: str | None = None
    source_path: str | None = None
    source_commit: str | None = None

    @property
    def all_captions(self) -> tuple[str, ...]:
        """Every caption, the single one first, none twice."""
        given = ((self.caption,) if self.caption else ()) + self.captions
        return tuple(dict.fromkeys(text.strip() for text in given if text.strip()))

    @property
    def source(self) -> str:
        """Where the clip comes from: repository, path and commit as far as given, else its file."""
        if not self.source_repo:
            return self.file
        path = f"/{self.source_path}" if self.source_path else ""
        commit = f"@{self.source_commit}" if self.source_commit else ""
        return f"{self.source_repo}{path}{commit}"


def read_manifest(folder: Path) -> tuple[list[ManifestClip], list[tuple[str, str]]] | None:
    """The clips of a folder's manifest and the entries that are no clips (name, reason); None without one.

    Raises:
        MotionFileError: there is a manifest, but it cannot be read.
    """
    path = folder / MANIFEST_NAME
    if not path.is_file():
        return None
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["clips"]
    except (ValueError, KeyError, TypeError) as error:
        raise MotionFileError(
            f"{path}: must be JSON with a list under `clips` ({type(error).__name__}: {error}); "
            "correct it, or remove it to read every file as a clip"
        ) from error
    if not isinstance(entries, list):
        raise MotionFileError(f"{path}: `clips` must be a list of clips, it is a {type(entries).__name__}")
    clips: list[ManifestClip] = []
    faulty: list[tuple[str, str]] = []
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        try:
            clip = ManifestClip.model_validate(entry)
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            faulty.append((f"{MANIFEST_NAME} entry {number}", problems))
            continue
        if clip.id in seen:
            faulty.append((clip.file, f"the manifest names clip {clip.id!r} twice; the first one is used"))
            continue
        seen.add(clip.id)
        clips.append(clip)
    return clips, faulty
