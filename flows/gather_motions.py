"""The first step of the wheel: scripts from an author, or clips from a folder of real motion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_lake import Lake, canonical_json, seed_of
from llm_prompts import Brief, Screener, gap_quotas, load_scenario, write_captions
from simulator import BodyModel, SkippedFile, list_recordings

from .author_scripts import Draft, Order, Tally, Written, write_scripts
from .count_authoring import count_authoring
from .describe_scripts import Words, script_id_of
from .import_motions import Listing, import_motions, refuse_unusable
from .open_author import open_author
from .place_radar import Site
from .plan_dataset import MotionSource, ScriptSource
from .record_run import RunRecord
from .settings import TurnSettings
from .store_clips import clips_in
from .store_scripts import ScriptRows

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Gathered:
    """The motions to make, and what was reused, refused or skipped on the way."""

    sources: tuple[MotionSource, ...]
    activities: tuple[str, ...]
    origin: str
    n_reused: int
    skipped: tuple[SkippedFile, ...] = ()
    author_report: str = ""
    authored: tuple[tuple[str, int], ...] = ()
    """What was asked of the author and what became of it, step by step; empty for clips."""


def gather_motions(
    settings: TurnSettings, lake: Lake, body: BodyModel, run: RunRecord, progress: Progress | None = None
) -> Gathered:
    """Write the scripts of a scenario, or import the clips of `settings.motions` that the lake does not hold yet.

    Raises:
        AuthoringError: the author's server refuses the key or fails, or a limit is reached; what was written is
            in the lake.
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


def _write_scripts(settings: TurnSettings, lake: Lake, run: RunRecord, progress: Progress | None) -> Gathered:
    """Scripts by the author, screened by their words alone: their motions are made and measured with the samples."""
    order = order_of_turn(settings)
    known = lake.ids("scripts")
    tally, screener = Tally(), Screener()
    with open_author(settings, settings.seed, lake, run.run_id) as author:
        rows = ScriptRows(lake, order, author, run.run_id)
        drafts = []
        for draft in write_scripts(order, author, by_their_words, screener, tally, progress):
            rows.add(draft)
            drafts.append(draft)
        rows.flush()
        said = author.report()
        counted = count_authoring(order, author, tally, screener, drafts, {})
        run.report["authoring"] = counted.to_dict()
    if tally.stopped is not None:
        raise tally.stopped  # what was written is in the lake: the same command goes on from there
    rejected = ", ".join(f"{reason} {count}" for reason, count in sorted(tally.rejected.items()))
    return Gathered(
        tuple(
            ScriptSource(draft.script_id, author.name, draft.script, site_of(draft.brief), draft.brief.gap)
            for draft in drafts
        ),
        order.scenario.activity_labels,
        f"scripts by {author.name}, scenario {settings.scenario}{_for_gaps(order, drafts)}",
        sum(draft.script_id in known for draft in drafts),
        authored=(
            ("scripts asked for", counted.requested),
            ("briefs put to the author", counted.briefs),
            ("answered", counted.answered),
            ("accepted", counted.accepted),
        ),
        author_report=f"{said}; screened out: {rejected}" if rejected else said,
    )


def _for_gaps(order: Order, drafts: Sequence[Draft]) -> str:
    n = sum(draft.brief.gap is not None for draft in drafts)
    return f", {n} of them for {len(order.gaps)} gaps" if order.gaps else ""


def order_of_turn(settings: TurnSettings) -> Order:
    """The scripts that a turn asks for.

    Raises:
        InvalidScenario: no such scenario, or one that the author cannot write, or that does not have the gaps.
    """
    scenario = load_scenario(settings.scenario)
    scenario.require_english()
    n, views = settings.n_motions or settings.preset.n_motions, settings.views_per_motion
    gap_quotas(scenario, n, settings.gaps, views)
    return Order(scenario, n, settings.seed, settings.gaps, views)


def by_their_words(written: Sequence[Written]) -> Iterator[tuple[Brief, Draft | str]]:
    """Drafts with captions from the script alone."""
    for brief, script in written:
        captions = write_captions(script, None, seed_of(script_id_of(script), "captions"))
        yield brief, Draft(brief, script, Words(tuple(captions), ()))


def site_of(brief: Brief) -> Site:
    """Radar and room that a brief has drawn."""
    return Site.of_brief(canonical_json(brief.model_dump(mode="json")))
