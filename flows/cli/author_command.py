"""`mmflywheel author`: scripts with facts, captions and questions in a file, and a table of what came of it."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from llm_prompts import AuthoringReport

from ..author_samples import STOPPED_SUFFIX, Authored, AuthoringSettings, author_samples
from ..settings import Workspace
from .console import console, fail, progress_bars
from .output_files import check_folder

SHOWN_CELLS = 8
SHOWN_KINDS = 5
SHOWN_SENTENCES = 3
MIN_ANSWERS = 20
ONE_ANSWER = frozenset({"cannot_tell"})


def write_author_file(values: dict[str, Any], is_dry: bool) -> None:
    """Write the file and print the report; with `is_dry` show what would be asked, and ask nobody.

    Status 1 where a limit or a failing server ended the run early.

    Raises:
        AuthoringError, LakeError: nothing could be written at all.
    """
    settings = _settings(values)
    if is_dry:
        from .author_plan import show_plan

        show_plan(settings)
        return
    check_folder(settings.out.absolute().parent)
    try:
        settings.out.absolute().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"--out {settings.out}: its folder cannot be made: {error}")
    if settings.out.is_dir():
        fail(
            f"--out {settings.out} is a folder; give the name of a file, such as {settings.out}/samples.jsonl"
        )
    if settings.author == "model":
        from .author_plan import show_estimate

        show_estimate(settings)
    try:
        with progress_bars() as bars:
            authored = author_samples(settings, bars)
    except OSError as error:
        fail(f"--out {settings.out} cannot be written: {error}")
    console.print(report_table(authored.report))
    _print_places(authored, settings)


def _settings(values: dict[str, Any]) -> AuthoringSettings:
    try:
        return AuthoringSettings(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        lines = [
            f"--{'-'.join(map(str, one['loc'])).replace('_', '-')} {one['input']}: {one['msg']}"
            for one in error.errors()
        ]
        fail("\n".join(lines))


def _print_places(authored: Authored, settings: AuthoringSettings) -> None:
    report = authored.report
    console.print(
        f"run {authored.run_id}; lake: {escape(str(Workspace(settings.workspace).lake))}", soft_wrap=True
    )
    console.print(f"report: {escape(str(authored.report_path))}", soft_wrap=True)
    console.print(f"samples: {escape(str(authored.path))}", soft_wrap=True)
    if report.stopped is not None:
        kept = f"; {settings.out} stays as it was" if settings.out.exists() else ""
        fail(
            f"ended early, {report.accepted} of {report.requested} samples are in "
            f"{settings.out}{STOPPED_SUFFIX}{kept}: {report.stopped}"
        )
    if report.accepted < report.requested:
        fail(
            f"only {report.accepted} of {report.requested} samples were accepted after {report.briefs} briefs; the "
            "table tells why the others were rejected"
        )


def report_table(report: AuthoringReport) -> Table:
    """The report in two columns; what a model or a user named is escaped."""
    by = escape(report.model) if report.model else "no language model"
    table = Table(
        title=f"author {report.author} ({by})", title_justify="left", show_edge=False, show_header=False
    )
    table.add_column("what", no_wrap=True)
    table.add_column("value", overflow="fold")
    for name, value in _rows(report):
        table.add_row(name, value)
    return table


def _rows(report: AuthoringReport) -> list[tuple[str, str]]:
    rejected = ", ".join(f"{escape(reason)} {count}" for reason, count in report.rejected.items())
    cells = report.coverage
    missing = [f"{activity} {attribute} {value}" for activity, attribute, value in cells.missing]
    more = f" and {len(missing) - SHOWN_CELLS} more" if len(missing) > SHOWN_CELLS else ""
    not_covered = f"; missing: {escape(', '.join(missing[:SHOWN_CELLS]))}{more}" if missing else ""
    return [
        ("scenario", escape(report.scenario)),
        ("requested", f"{report.requested} samples, {report.briefs} briefs put to the author"),
        ("answered", f"{report.answered} ({report.repaired} after repair)"),
        ("accepted", f"{report.accepted} ({report.acceptance:.1%} of the briefs)"),
        ("rejected", rejected or "none"),
        *[("", f"{escape(reason)}, the first one: {escape(why)}") for reason, why in report.examples.items()],
        (
            "duplicates",
            f"{report.near_duplicate_share:.2%} of what was answered, rejected; of what is accepted, "
            f"{report.alike_captions_share:.2%} have captions alike but another motion",
        ),
        ("distinct-1, distinct-2", f"{report.distinct_1:.4f}, {report.distinct_2:.4f} of the captions"),
        ("coverage", f"{cells.n_covered} of {cells.n_possible} cells ({cells.fraction:.1%}){not_covered}"),
        (
            "balance",
            f"{len(report.activities)} activities, {report.imbalance:.3f} away from the shares asked for",
        ),
        ("questions", f"{sum(report.questions.values())} of {len(report.questions)} kinds"),
        ("answers", _answers(report)),
        *([("phrased", _phrased(report))] if report.model else []),
        *[
            ("", f"{escape(repr(said) if said else 'no answer')}: {escape(why)}")
            for said, why in report.phrased.examples[:SHOWN_SENTENCES]
        ],
        ("spent", _spent(report)),
        ("time", _times(report)),
    ]


def _answers(report: AuthoringReport) -> str:
    """The kinds of question that a guess answers most often; those with one answer by nature are left out."""
    kinds = [
        (kind, one) for kind, one in report.answers.items() if one.n >= MIN_ANSWERS and kind not in ONE_ANSWER
    ]
    if not kinds:
        return f"too few of each kind (under {MIN_ANSWERS}) to tell how even they are"
    worst = sorted(kinds, key=lambda item: -item[1].majority)[:SHOWN_KINDS]
    listed = ", ".join(f"{kind} {one.majority:.0%} {escape(repr(one.common))}" for kind, one in worst)
    return f"share of the most common one, largest first of {len(kinds)} kinds: {listed}"


def _phrased(report: AuthoringReport) -> str:
    phrased = report.phrased
    if not phrased.requested:
        return "nothing: all words are by rules"
    refused = ", ".join(f"{escape(reason)} {count}" for reason, count in phrased.rejected.items())
    return f"{phrased.accepted} of {phrased.requested} sentences by the model; refused: {refused or 'none'}"


def _spent(report: AuthoringReport) -> str:
    if report.model is None:
        return "nothing: no server was asked"
    each = report.cost_per_accepted_usd
    per_sample = "unknown" if each is None else f"{each:.6f} USD"
    return f"{report.spent}; {report.calls_reused} answers reused; for each accepted sample: {per_sample}"


def _times(report: AuthoringReport) -> str:
    seconds = report.seconds
    rate = report.accepted / seconds["all"] if seconds.get("all") else 0.0
    return (
        f"{seconds.get('all', 0.0):.1f} s ({rate:.1f} samples/s), of it the engine's motion and facts "
        f"{seconds.get('motion', 0.0):.1f} s, captions and questions {seconds.get('words', 0.0):.1f} s"
    )
