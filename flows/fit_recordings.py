"""Files of recorded motion on a body, in a pool of processes that one bad file cannot bring down."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from simulator import (
    BodyModel,
    BodyMotion,
    ManifestClip,
    MotionClip,
    SimulatorError,
    SkippedFile,
    load_body,
    measure_facts,
    read_listed_recording,
)

from .engines import worker_pool
from .one_thread import in_one_thread

_AHEAD = 4  # files that wait for each worker: results of more would fill the memory


@dataclass(frozen=True)
class FittedRecording:
    """One file: its clips with their measured facts, in the order of time, and what of it cannot be used."""

    entry: ManifestClip
    clips: tuple[tuple[MotionClip, dict[str, Any]], ...]
    skipped: tuple[SkippedFile, ...]


@in_one_thread
def fit_recording(folder: Path, entry: ManifestClip, body_file: Path | None) -> FittedRecording:
    """Read one file and fit it to the body of `body_file`; motion is rounded to the float32 of the lake.

    An importer that fails in a way that it should not costs the batch one file: its reason says so.
    """
    body = _body(body_file)
    try:
        found = read_listed_recording(folder, entry, body)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        reason = (
            f"reading it failed ({what}): damaged in a way that the importer does not know; please report it"
        )
        return FittedRecording(entry, (), (SkippedFile(entry.file, reason),))
    skipped = list(found.skipped)
    clips: list[tuple[MotionClip, dict[str, Any]]] = []
    for clip in found.clips:
        rounded = replace(clip, motion=_as_stored(clip.motion))
        try:
            clips.append((rounded, measure_facts(rounded.motion, body).to_dict()))
        except SimulatorError as error:
            skipped.append(SkippedFile(f"{entry.file}@{clip.start_s:.2f}s", str(error)))
    return FittedRecording(entry, tuple(clips), tuple(skipped))


def fit_recordings(
    folder: Path, entries: Sequence[ManifestClip], body_file: Path | None, workers: int
) -> Iterator[FittedRecording]:
    """Fit files as `fit_recording` does, in the order in which they get done.

    A file that ends the process that reads it (memory) is tried once more, alone, and then skipped; the
    others go on.
    """
    if workers == 1 or len(entries) < 2:
        for entry in entries:
            yield fit_recording(folder, entry, body_file)
        return
    waiting = deque(entries)
    while waiting:
        running: dict[Future[FittedRecording], ManifestClip] = {}
        try:
            with worker_pool(min(workers, len(waiting))) as pool:
                while waiting or running:
                    _submit(pool, running, waiting, folder, body_file, workers * _AHEAD)
                    for job in wait(running, return_when=FIRST_COMPLETED).done:
                        fitted = job.result()
                        del running[job]
                        yield fitted
        except BrokenProcessPool:
            yield from _fit_one_by_one(folder, list(running.values()), body_file)


def _submit(
    pool: ProcessPoolExecutor,
    running: dict[Future[FittedRecording], ManifestClip],
    waiting: deque[ManifestClip],
    folder: Path,
    body_file: Path | None,
    at_most: int,
) -> None:
    while waiting and len(running) < at_most:
        job = pool.submit(fit_recording, folder, waiting[0], body_file)
        running[job] = waiting.popleft()


def _fit_one_by_one(
    folder: Path, entries: Sequence[ManifestClip], body_file: Path | None
) -> Iterator[FittedRecording]:
    """Fit files of which one ended its process, one at a time, so that it is known which."""
    waiting = deque(entries)
    while waiting:
        try:
            with worker_pool(1) as pool:
                while waiting:
                    yield pool.submit(fit_recording, folder, waiting[0], body_file).result()
                    waiting.popleft()
        except BrokenProcessPool:
            entry = waiting.popleft()
            reason = "reading it ended the process, probably for lack of memory: cut the recording into parts"
            yield FittedRecording(entry, (), (SkippedFile(entry.file, reason),))


def _as_stored(motion: BodyMotion) -> BodyMotion:
    """The motion as the lake gives it back, so that what is measured and simulated is what is stored."""
    arrays = (motion.betas, motion.global_orient, motion.body_pose, motion.transl)
    betas, orient, pose, transl = (array.astype(np.float32).astype(np.float64) for array in arrays)
    return BodyMotion(betas, orient, pose, transl, motion.rate_hz)


@lru_cache(maxsize=1)
def _body(body_file: Path | None) -> BodyModel:
    return load_body(body_file)
