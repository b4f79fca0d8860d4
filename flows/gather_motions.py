"""The first step of the wheel: scripts from an author, or clips from a folder of real motion."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_lake import Lake, canonical_json, content_id
from llm_prompts import (
    Author,
    Brief,
    GrammarAuthor,
    ModelAuthor,
    draw_briefs,
    load_model_settings,
    load_scenario,
)
from simulator import BodyModel, MotionScript, SkippedFile, activity_of, list_recordings

from .import_motions import Listing, import_motions, refuse_unusable
from .plan_dataset import MotionSource, ScriptSource
from .record_run import RunRecord
from .settings import TurnSettings
from .store_clips import clips_in

Progress = Callable[[str, int, int], None]
# Scripts are committed in small groups: an LLM's answers cost money, a crash loses at most these.
SCRIPTS_PER_COMMIT = 16


@dataclass(frozen=True)
class Gathered:
    """The motions to make, and what was reused, refused or skipped on the way."""

    sources: tuple[MotionSource, ...]
    activities: tuple[str, ...]
    origin: str
    n_reused: int
    skipped: tuple[SkippedFile, ...] = ()
    author_report: str = ""


def gather_motions(
    settings: TurnSettings, lake: Lake, body: BodyModel, run: RunRecord, progress: Progress | None = None
) -> Gathered:
    """Write the scripts of a scenario, or import the clips of `settings.motions` that the lake does not hold yet.

    Raises:
        AuthoringError: the author's server refuses the key, or nothing usable was written.
        SimulatorError: no file of the motion folder is readable.
    """
    if settings.motions is not None:
        return _import_clips(settings.motions, settings, lake, body, run, progress)
    return _write_scripts(settings, lake, run, progress)


def _import_clips(
    folder: Path,
    settings: TurnSettings,
    lake: Lake,
    body: BodyModel,
    run: RunRecord,
    progress: Progress | None,
) -> Gathered:
    report = import_motions(
        Listing(folder, *list_recordings(folder)),
        lake,
        body,
        settings.body,
        run.run_id,
        settings.workers,
        progress,
    )
    refuse_unusable(report, folder)
    clips = tuple(clips_in(lake, report.rows))
    labels = tuple(sorted({clip.activity for clip in clips if clip.activity}))
    n_reused = sum(len(file.rows) for file in report.files if not file.is_new)
    return Gathered(clips, labels, f"clips of {folder.name}", n_reused, skipped=report.skipped)


def _author_of(settings: TurnSettings) -> Author:
    if settings.author == "model":
        return ModelAuthor(load_model_settings(os.environ))
    return GrammarAuthor(settings.seed)


def _write_scripts(settings: TurnSettings, lake: Lake, run: RunRecord, progress: Progress | None) -> Gathered:
    author = _author_of(settings)
    scenario = load_scenario(settings.scenario)
    briefs = draw_briefs(scenario, settings.n_motions or settings.preset.n_motions, settings.seed)
    stored = {row["request_hash"]: row for row in lake.read("scripts").to_pylist()}
    rows: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    for done, brief in enumerate(briefs, start=1):
        row = stored.get(author.request_hash(brief))
        if row is None:
            script = author.write(brief)
            if script is not None:
                row = _script_row(author, scenario.name, brief, script, settings, run)
                fresh.append(row)
        if row is not None:
            rows.append(row)
        if len(fresh) == SCRIPTS_PER_COMMIT or done == len(briefs):
            lake.append("scripts", fresh, "scripts", run.run_id)
            fresh.clear()
        if progress:
            progress(f"scripts ({author.name})", done, len(briefs))
    sources = tuple(
        ScriptSource(r["script_id"], r["author"], MotionScript.model_validate_json(r["script"])) for r in rows
    )
    origin = f"scripts by {author.name}, scenario {settings.scenario}"
    n_reused = sum(row["run_id"] != run.run_id for row in rows)
    return Gathered(sources, scenario.activity_labels, origin, n_reused, author_report=author.report())


def _script_row(
    author: Author, scenario: str, brief: Brief, script: MotionScript, settings: TurnSettings, run: RunRecord
) -> dict[str, Any]:
    content = script.model_dump(mode="json")
    return {
        "script_id": content_id("scp", content),
        "scenario": scenario,
        "brief": canonical_json(brief.model_dump(mode="json")),
        "author": author.name,
        "author_model": author.model,
        "request_hash": author.request_hash(brief),
        "activity": activity_of(script),
        "title": script.title,
        "script": canonical_json(content),
        "captions": None,
        "seed": settings.seed,
        "run_id": run.run_id,
        "created_at": datetime.now(UTC),
    }
