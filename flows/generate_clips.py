"""Captions to files of motion by a text-to-motion command; what is there already is not asked for again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data_lake import content_id
from simulator import GeneratorError, ManifestClip, MotionGenerator, MotionRequest, SkippedFile

from .import_motions import ImportReport, Listing

Progress = Callable[[str, int, int], None]
REFUSED_SUFFIX = ".refused"


def read_captions(path: Path) -> list[str]:
    """The captions of a text file, one a line; empty lines and repetitions are left out.

    Raises:
        GeneratorError: no such file, no UTF-8 text, or no caption in it.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GeneratorError(
            f"captions {path} cannot be read: {error}; give a text file, a caption a line"
        ) from error
    captions = list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
    if not captions:
        raise GeneratorError(f"captions {path} is empty; write one caption a line")
    return captions


def generate_clips(
    captions: Sequence[str],
    generator: MotionGenerator,
    folder: Path,
    seed: int,
    template: ManifestClip,
    progress: Progress | None = None,
) -> Listing:
    """Have a motion written for every caption whose file is not in `folder`, and list the files as clips to import.

    A file is named by the command, its name, the caption and the seed, and appears when it is complete, so a
    killed call goes on where it stopped. `refused` of the listing says which captions failed, and why.

    Args:
        captions: one motion is made for each.
        generator: the command.
        folder: where files are kept; it is made.
        seed: given to the command as {seed}.
        template: licence, may_ship and rate_hz of the clips.
        progress: called as (what, done, total).
    """
    folder.mkdir(parents=True, exist_ok=True)
    made_by = {"name": generator.name, "command": list(generator.words)}
    asked = [_Asked({**made_by, "caption": caption, "seed": seed}) for caption in captions]
    failed: list[SkippedFile] = []
    for done, (one, error) in enumerate(_made(asked, generator, folder), start=1):
        if error:
            failed.append(SkippedFile(one.shown, error, "generator"))
        if progress:
            progress(f"motions by {generator.name}", done, len(captions))
    there = [one for one in asked if (folder / one.file).is_file()]
    entries = [
        template.model_copy(
            update={
                "id": one.name,
                "file": one.file,
                "caption": one.made_by["caption"],
                "source_repo": f"generator: {generator.name}",
            }
        )
        for one in there
    ]
    return Listing(folder, entries, failed, {one.name: one.made_by for one in there})


@dataclass(frozen=True)
class _Asked:
    """One motion that is asked for; `made_by` holds name and command of the generator, caption and seed."""

    made_by: dict[str, object]

    @property
    def name(self) -> str:
        """Names the motion by all that decides it."""
        return content_id("gen", self.made_by)

    @property
    def file(self) -> str:
        """Where it is kept."""
        return f"{self.name}.npy"

    @property
    def shown(self) -> str:
        """How tables of skipped files name it."""
        return f'"{self.made_by["caption"]}", seed {self.made_by["seed"]}'

    def request(self, folder: Path) -> MotionRequest:
        """The request to the command; the file gets its name when it is complete."""
        unfinished = folder / f"{self.name}.unfinished-{os.getpid()}.npy"
        return MotionRequest(str(self.made_by["caption"]), int(str(self.made_by["seed"])), unfinished)


def _made(asked: Sequence[_Asked], generator: MotionGenerator, folder: Path) -> Iterator[tuple[_Asked, str]]:
    """Each motion with what went wrong, or "" where it is there; first those that need no run."""
    missing = [one for one in asked if not (folder / one.file).is_file()]
    yield from ((one, "") for one in asked if one not in missing)
    groups = [missing] if generator.takes_all and missing else [[one] for one in missing]
    for group in groups:
        requests = [one.request(folder) for one in group]
        problem = ""
        try:
            generator.write(requests)
        except GeneratorError as error:
            problem = str(error)
        # A run for all may have failed after some: what it wrote is used, and refused later if it is cut short
        written = [request.out.is_file() and (generator.takes_all or not problem) for request in requests]
        for one, request, is_there in zip(group, requests, written, strict=True):
            if is_there:
                request.out.replace(folder / one.file)
            request.out.unlink(missing_ok=True)
            yield one, "" if is_there else problem


def put_refused_aside(report: ImportReport, listing: Listing) -> ImportReport:
    """Rename generated files that are no motion, so that they are asked for again; name them by their captions."""
    asked = {entry.file: _Asked(dict(listing.generators[entry.id])) for entry in listing.entries}
    return replace(report, skipped=tuple(_renamed(report.skipped, asked, listing.folder)))


def _renamed(skipped: Sequence[SkippedFile], asked: dict[str, _Asked], folder: Path) -> Iterator[SkippedFile]:
    for skip in skipped:
        one = asked.get(skip.path)
        if one is None or skip.kind == "duplicate":
            yield skip
            continue
        kept = folder / f"{skip.path}{REFUSED_SUFFIX}"
        (folder / skip.path).replace(kept)
        yield replace(skip, path=one.shown, reason=f"{skip.reason} (the file is kept as {kept})")
