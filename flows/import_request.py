"""One import from request to report: a folder of motion files, or captions for a text-to-motion command."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from data_lake import Lake
from simulator import (
    IMPORT_VERSION,
    BodyModel,
    ManifestClip,
    MotionGenerator,
    list_recordings,
    load_body,
    unlisted_files,
)

from .generate_clips import generate_clips, put_refused_aside, read_captions
from .import_motions import ImportReport, Listing, Progress, import_motions
from .open_lake import recorded_run
from .settings import Workspace


class ImportSettings(BaseModel):
    """What is to be imported, and what is said of clips that say nothing of it themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = None
    captions: Path | None = Field(None, description="text file, a caption a line, for the generator")
    generator: str | None = Field(None, description="command with {caption}, {out} and, if it likes, {seed}")
    generator_name: str | None = None
    timeout_s: float = Field(600.0, gt=0, description="how long one motion of the generator may take")
    seed: int = Field(0, ge=0, description="given to the generator")
    licence: str | None = None
    may_ship: bool | None = None
    rate_hz: float | None = Field(None, ge=1, le=1000, description="of files that state no rate")
    body: Path | None = None
    workspace: Path = Path("workspace")
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)

    @property
    def words(self) -> dict[str, object]:
        """What is said of clips that say nothing of it themselves; what was not given is left out."""
        said = {"licence": self.licence, "may_ship": self.may_ship, "rate_hz": self.rate_hz}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class Imported:
    """A finished import; `unlisted` are motion files of the folder that its manifest does not name."""

    report: ImportReport
    run_id: str
    body_source: str
    import_version: str
    seconds: float
    unlisted: tuple[str, ...] = ()


def run_import(settings: ImportSettings, progress: Progress | None = None) -> Imported:
    """Carry out an import and record it as a run.

    Raises:
        SimulatorError: no such folder, captions, command or body; nothing is written.
        LakeError: the lake cannot be written.
    """
    started = time.monotonic()
    body = load_body(settings.body)
    listing = _listing_of(settings)
    lake = Lake.create(Workspace(settings.workspace).lake)
    with recorded_run(lake, "import", settings) as run:
        if listing is None:
            report = _import_generated(settings, lake, body, run.run_id, progress)
        else:
            report = _import(settings, listing, lake, body, run.run_id, progress)
    seconds, unlisted = time.monotonic() - started, tuple(listing.unlisted) if listing else ()
    return Imported(report, run.run_id, body.source, IMPORT_VERSION, seconds, unlisted)


def _listing_of(settings: ImportSettings) -> Listing | None:
    """The files of the folder; None for a generator, whose command and captions are checked."""
    if settings.folder is None:
        _generator_of(settings)
        return None
    entries, refused = list_recordings(settings.folder)
    said = settings.words
    entries = [
        entry.model_copy(update={name: value for name, value in said.items() if _is_open(entry, name)})
        for entry in entries
    ]
    return Listing(settings.folder, entries, refused, unlisted=unlisted_files(settings.folder, entries))


def _is_open(entry: ManifestClip, name: str) -> bool:
    return name not in entry.model_fields_set or getattr(entry, name) is None


def _generator_of(settings: ImportSettings) -> tuple[MotionGenerator, list[str]]:
    assert settings.generator is not None and settings.captions is not None  # the command line asks for both
    generator = MotionGenerator.from_text(settings.generator, settings.generator_name, settings.timeout_s)
    return generator, read_captions(settings.captions)


def _import_generated(
    settings: ImportSettings, lake: Lake, body: BodyModel, run_id: str, progress: Progress | None
) -> ImportReport:
    generator, captions = _generator_of(settings)
    template = ManifestClip.model_validate({"id": "-", "file": "-", **settings.words})
    folder = Workspace(settings.workspace).generated
    listing = generate_clips(captions, generator, folder, settings.seed, template, progress)
    report = _import(settings, listing, lake, body, run_id, progress)
    return put_refused_aside(report, listing)


def _import(
    settings: ImportSettings,
    listing: Listing,
    lake: Lake,
    body: BodyModel,
    run_id: str,
    progress: Progress | None,
) -> ImportReport:
    return import_motions(listing, lake, body, settings.body, run_id, settings.workers, progress)
