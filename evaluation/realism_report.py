"""The motion report: engine beside recordings as a page, its values as JSON, and pictures."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from .figures import save_figure
from .realism_drawing import fidelity_figure, ranges_figure, windows_figure
from .realism_ranges import FEWEST_FOR_RANGE, ClassRanges, MetricRange, Percentiles
from .realism_study import AS_RECORDED, ON_ONE_BODY, SLOW_PART, WALKS, MotionStudy, SetComparison, WindowCloud
from .realism_targets import Target, judge_targets
from .realism_words import HOW_TO_READ, LIMITS_OF_EVIDENCE, TOLERANCES
from .scorecard_rendering import markdown_table

__all__ = ["IMAGES_FOLDER", "PAGE_FILE", "VALUES_FILE", "render_targets", "to_markdown", "write_report"]

PAGE_FILE = "motion-report.md"
VALUES_FILE = "motion-report.json"
IMAGES_FOLDER = Path("images") / "motion-report"
_RANGES, _WINDOWS, _FIDELITY = "ranges.png", "windows.png", "fidelity.png"
_DPI = 100


def write_report(study: MotionStudy, clouds: Sequence[WindowCloud], folder: Path) -> Path:
    """Write page, values and pictures; returns the page's path. The same study gives the same bytes."""
    pictures = folder / IMAGES_FOLDER
    pictures.mkdir(parents=True, exist_ok=True)
    save_figure(ranges_figure(study.classes), pictures / _RANGES, _DPI)
    if clouds:
        save_figure(windows_figure(clouds), pictures / _WINDOWS, _DPI)
    if study.fidelity is not None:
        save_figure(fidelity_figure(study.fidelity), pictures / _FIDELITY, _DPI)
    targets = [target.model_dump(mode="json") for target in judge_targets(study)]
    values = {"targets": targets, **study.model_dump(mode="json")}
    _write(folder / VALUES_FILE, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
    page = folder / PAGE_FILE
    _write(page, to_markdown(study, bool(clouds)))
    return page


def render_targets(targets: Sequence[Target]) -> Table:
    """The targets for the terminal."""
    table = Table(title="Motion engine against recorded motion", title_justify="left")
    for title in ("target", "wanted", "measured", "verdict"):
        table.add_column(title, overflow="fold")
    for target in targets:
        style = {"met": None, "missed": "red", "not measured": "dim"}[target.verdict]
        table.add_row(target.name, target.wanted, target.measured, target.verdict, style=style)
    return table


def to_markdown(study: MotionStudy, has_windows: bool = True) -> str:
    """The page."""
    targets = judge_targets(study)
    missed = [target.name for target in targets if target.verdict == "missed"]
    headline = f"**Missed: {', '.join(missed)}.**" if missed else "**No target is missed.**"
    lines = ["# Motion report", "", headline, ""]
    cells = [(target.name, target.wanted, target.measured, target.verdict) for target in targets]
    lines += markdown_table(("target", "wanted", "measured", "verdict"), cells, range(4))
    n_recordings = len(study.classes[-1].real_clips)
    lines += [
        "",
        f"{study.clips_per_class} engine clips of each class, seed {study.seed}, beside {study.real_clips} "
        f"recordings, of which {n_recordings} are an adult's and have a class on both sides. To make it again: "
        f"`mmflywheel motion-report --motions DIR`; `{VALUES_FILE}` holds every value.",
        "",
        *HOW_TO_READ,
        "",
        "## Classes",
        "",
        *markdown_table(
            ("class", "engine clips", "recordings", "judged", "inside", "cleaner", "below", "above"),
            [_class_cells(row) for row in study.classes],
        ),
        "",
        f"![metrics by class](<{(IMAGES_FOLDER / _RANGES).as_posix()}>)",
    ]
    lines += _sets(study, has_windows)
    lines += _joint_limits(study)
    lines += _fidelity(study)
    for row in study.classes:
        lines += _class_table(row)
    return "\n".join([*lines, *_left_out(study), "", *LIMITS_OF_EVIDENCE, ""])


def _class_cells(row: ClassRanges) -> tuple[str, ...]:
    made = str(row.engine_clips) if row.engine_clips else "the vocabulary has no such motion"
    recorded = str(len(row.real_clips)) if row.real_clips else "no real clips"
    if not row.judged:
        return (row.name, made, recorded, "–", "–", "–", "–", "–")
    counts = (row.count("inside"), row.count("cleaner"), row.count("below"), row.count("above"))
    return (row.name, made, recorded, str(row.judged), *map(str, counts))


def _class_table(row: ClassRanges) -> list[str]:
    if not row.engine_clips and not row.real_clips:
        return []
    names = ", ".join(row.real_clips) if len(row.real_clips) <= 6 else f"{len(row.real_clips)} recordings"
    header = (
        "metric",
        "engine p10",
        "p50",
        "p90",
        "real p10",
        "p50",
        "p90",
        "real n",
        "engine inside",
        "median",
    )
    return [
        "",
        f"### {row.name}: {row.engine_clips} engine clips, {names or 'no real clips'}",
        "",
        *markdown_table(header, [_metric_cells(each) for each in row.metrics], (0, 9)),
    ]


def _metric_cells(row: MetricRange) -> tuple[str, ...]:
    inside = "–" if row.share_inside is None else f"{row.share_inside:.0%}"
    clips = "0" if row.real is None else str(row.real.clips)
    return (f"`{row.metric}`", *_three(row.engine), *_three(row.real), clips, inside, row.verdict)


def _three(values: Percentiles | None) -> tuple[str, str, str]:
    if values is None:
        return ("–", "–", "–")
    low, middle, high = (_number(value) for value in (values.p10, values.p50, values.p90))
    return (low, middle, high)


def _number(value: float) -> str:
    if value and abs(value) < 0.0005:
        return "< 0.001" if value > 0 else "> -0.001"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _sets(study: MotionStudy, has_windows: bool) -> list[str]:
    lines = ["", "## Distance and classifier", ""]
    if not study.sets:
        return [*lines, "Too few recordings of 0.8 s or more for either."]
    header = (
        "group",
        "form",
        "recordings (windows)",
        "engine clips (windows)",
        "Fréchet real to real",
        "engine to real",
        "AUC engine against real",
        "95 % interval",
        "AUC real against real",
    )
    lines += markdown_table(header, [_set_cells(each) for each in study.sets], (0, 1))
    if has_windows:
        lines += ["", f"![windows](<{(IMAGES_FOLDER / _WINDOWS).as_posix()}>)"]
    for form in (ON_ONE_BODY, SLOW_PART, AS_RECORDED):
        found = study.comparison(WALKS, form)
        if found is not None and found.gaps:
            lines += [
                "",
                f"What differs most between engine and recorded walks ({form}), in standard deviations:",
                "",
            ]
            gaps = [(gap.joint, gap.feature, f"{gap.gap:+.1f}") for gap in found.gaps]
            lines += markdown_table(("joint", "feature", "engine less real"), gaps, (0, 1))
    return lines


def _set_cells(each: SetComparison) -> tuple[str, ...]:
    d, test = each.distance, each.test
    interval = "–" if test.interval is None else f"{test.interval.low:.2f} to {test.interval.high:.2f}"
    return (
        each.group,
        each.form,
        f"{d.real_clips} ({d.real_windows})",
        f"{d.engine_clips} ({d.engine_windows})",
        _with_spread(d.real_mean, d.real_std, 0),
        _with_spread(d.engine_mean, d.engine_std, 0),
        "–" if test.auc is None else f"{test.auc:.2f}",
        interval,
        _with_spread(each.baseline_auc, each.baseline_auc_std, 2),
    )


def _with_spread(mean: float | None, std: float | None, digits: int) -> str:
    return "–" if mean is None or std is None else f"{mean:.{digits}f} ± {std:.{digits}f}"


def _joint_limits(study: MotionStudy) -> list[str]:
    cells = [(name, str(beyond), str(clips)) for name, beyond, clips in study.class_limit_clips if clips]
    if study.fidelity is not None:
        cells.append(("random scripts", str(study.fidelity.limit_scripts), str(study.fidelity.scripts)))
    lines = ["", "## Joint limits", ""]
    lines += markdown_table(("motions", "with an angle beyond its limit", "all"), cells)
    found = [f"{angle}: {clips} clips" for angle, clips in study.class_limit_angles]
    found += [] if study.fidelity is None else study.fidelity.limit_examples
    return [*lines, "", *(f"- {line}" for line in found)] if found else lines


def _fidelity(study: MotionStudy) -> list[str]:
    found = study.fidelity
    lines = ["", "## Script fidelity", ""]
    if found is None:
        return [*lines, "Not asked for (`--scripts 0`)."]
    lines += [
        f"{found.whole} of {found.scripts} scripts of the grammar author agree with their motion in every fact "
        f"({found.whole_share:.1%}); {found.fact_share:.1%} of single comparisons agree.",
        "",
        *markdown_table(
            ("fact", "compared", "agree", "share", "tolerance and why"),
            [
                (
                    row.fact,
                    str(row.compared),
                    str(row.agree),
                    f"{row.share:.1%}",
                    TOLERANCES.get(row.fact, "–"),
                )
                for row in found.facts
            ],
            (0, 4),
        ),
        "",
        f"![agreement of facts](<{(IMAGES_FOLDER / _FIDELITY).as_posix()}>)",
        "",
    ]
    lines += [f"- {name}: {bad} of {total} scripts disagree" for name, bad, total in found.worst_activities]
    lines += [f"- e.g. {example}" for row in found.facts for example in row.examples[:2]]
    return [*lines, *(f"- not performed: {failure}" for failure in found.failures[:5])]


def _left_out(study: MotionStudy) -> list[str]:
    lines = ["", "## Left out", ""]
    lines += [f"- `{name}`: {reason}" for name, reason in study.left_out]
    lines += [
        f"- label {label} ({clips} clips): no script stands beside it" for label, clips in study.unmatched
    ]
    lines += [f"- `{path}`: {reason}" for path, reason in study.skipped]
    few = [
        row.name for row in study.classes if 0 < len(row.real_clips) < FEWEST_FOR_RANGE and row.engine_clips
    ]
    return [*lines, f"- no range, for one recording is none: {', '.join(few)}"] if few else lines


def _write(path: Path, text: str) -> None:
    """A text file, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
