"""A scorecard for people: Markdown for a file, a rich table for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table

from .scorecard import Confusion, Measure, Scorecard

__all__ = ["markdown_table", "render_table", "to_markdown"]

_TITLES = {
    "retrieval": "Retrieval",
    "zero-shot": "Zero-shot activity",
    "captions": "Captions",
    "questions": "Questions",
}
_COLUMNS = (
    "measure",
    "value",
    "95 % interval",
    "chance",
    "best baseline",
    "ratio",
    "items",
    "groups",
)
# In the headline no title says what "top-1" and "accuracy" are of.
_PREFIXES = {"zero-shot": "zero-shot ", "questions": "question "}
# What a reader takes for granted is left out of a measure's name.
_USUAL = {"hit": "own sample only", "questions": "all"}


def format_number(value: float | None, scale: str) -> str:
    """A value with the digits that its scale deserves."""
    if value is None:
        return "–"
    if scale == "count":
        return f"{value:g}"
    if scale == "rank":
        return f"{value:.1f}"
    return f"{value:.4f}" if 0 < abs(value) < 0.01 else f"{value:.3f}"


def format_interval(measure: Measure) -> str:
    """Both ends of the interval, or a dash."""
    if measure.interval is None:
        return "–"
    ends = (measure.interval.low, measure.interval.high)
    return " … ".join(format_number(end, measure.scale) for end in ends)


def describe(measure: Measure) -> str:
    """Name and slice in one line."""
    slices = [value for key, value in measure.of.items() if _USUAL.get(key) != value]
    return " · ".join([measure.name, *slices])


def _cells(measure: Measure, prefix: str = "") -> tuple[str, ...]:
    """The columns of a measure; a metric that was not run says so and why."""
    name = prefix + describe(measure)
    counts = (str(measure.n_items), str(measure.n_groups))
    if measure.value is None:
        return (name, "not run", "–", "–", f"{measure.not_run}", "–", *counts)
    strongest = measure.strongest
    ratio = measure.ratio_to(strongest.value) if strongest else None
    return (
        name,
        format_number(measure.value, measure.scale),
        format_interval(measure),
        format_number(measure.chance, measure.scale),
        f"{format_number(strongest.value, measure.scale)} ({strongest.name})" if strongest else "–",
        f"{ratio:.2f}×" if ratio is not None else "–",
        *counts,
    )


def beats_baselines(measure: Measure) -> bool:
    """Whether the value is better than chance and every trivial baseline; True where there is none."""
    strongest = measure.strongest
    if measure.value is None or strongest is None:
        return measure.value is not None
    return measure.value > strongest.value if measure.higher_is_better else measure.value < strongest.value


def render_table(scorecard: Scorecard, everything: bool = False) -> Table:
    """A rich table of the headline measures, or of all; yellow is what beats no baseline or was not run."""
    table = Table(title=f"Scorecard of {scorecard.dataset}, split {scorecard.split}", title_justify="left")
    for index, column in enumerate(_COLUMNS):
        table.add_column(column, justify="left" if index in (0, 4) else "right", no_wrap=index == 1)
    previous = ""
    for measure in scorecard.measures if everything else scorecard.headline():
        if measure.section != previous:
            table.add_section()
            table.add_row(f"[bold]{_TITLES[measure.section]}[/bold]")
            previous = measure.section
        table.add_row(*_cells(measure), style=None if beats_baselines(measure) else "yellow")
    return table


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], left: Iterable[int] = (0,)
) -> list[str]:
    """A Markdown table; columns other than ``left`` are aligned to the right."""
    rule = ["---" if index in set(left) else "---:" for index in range(len(header))]
    return [
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |"
        for line in (header, rule, *rows)
    ]


def _measure_rows(measures: Iterable[Measure]) -> list[str]:
    return markdown_table(_COLUMNS, map(_cells, measures), (0, 4))


def _retrieval_rows(measures: Sequence[Measure]) -> list[str]:
    """One line a protocol and direction; each value with that of chance in brackets."""
    names = list(dict.fromkeys(measure.name for measure in measures))
    keys = list(dict.fromkeys(key for measure in measures for key in measure.of))
    lines: dict[tuple[str, ...], dict[str, Measure]] = {}
    for measure in measures:
        lines.setdefault(tuple(measure.of.get(key, "") for key in keys), {})[measure.name] = measure

    def cell(measure: Measure | None) -> str:
        if measure is None:
            return "–"
        value, chance = (format_number(v, measure.scale) for v in (measure.value, measure.chance))
        return f"{value} ({chance})"

    body = [(*slices, *(cell(found.get(name)) for name in names)) for slices, found in lines.items()]
    return markdown_table((*keys, *names), body, range(len(keys)))


def _confusion_rows(confusion: Confusion) -> list[str]:
    body = [
        (label, *(str(count) if count else "·" for count in counts))
        for label, counts in zip(confusion.labels, confusion.counts, strict=True)
    ]
    return markdown_table(("true \\ predicted", *confusion.classes), body)


def _baseline_lines(measures: Iterable[Measure]) -> list[str]:
    """Each baseline once, with what it scores on every headline measure."""
    values: dict[tuple[str, str], list[str]] = {}
    for measure in measures:
        for baseline in measure.baselines if measure.headline else ():
            value = f"{describe(measure)} {format_number(baseline.value, measure.scale)}"
            values.setdefault((baseline.name, baseline.note), []).append(value)
    named = {f"{name} ({note})" if note else name: found for (name, note), found in values.items()}
    return [f"- {name}: {', '.join(found)}" for name, found in named.items()]


def _protocol_lines(measures: Iterable[Measure]) -> list[str]:
    """Each note once, with the measures that it belongs to."""
    names: dict[str, list[str]] = {}
    for measure in measures:
        if measure.note and measure.name not in names.setdefault(measure.note, []):
            names[measure.note].append(measure.name)
    return [f"- {', '.join(found)}: {note}" for note, found in names.items()]


def _section(scorecard: Scorecard, section: str, measures: Sequence[Measure]) -> list[str]:
    """One part of the scorecard."""
    table = _retrieval_rows(measures) if section == "retrieval" else _measure_rows(measures)
    lines = ["", f"## {_TITLES[section]}", "", *table]
    if section == "retrieval":
        lines += ["", "Chance in brackets; intervals are in scorecard.json."]
    for title, found in (("Baselines", _baseline_lines(measures)), ("Protocol", _protocol_lines(measures))):
        lines += ["", f"{title}:", "", *found] if found else []
    if section == "zero-shot" and scorecard.confusion is not None:
        title = "Samples by true label (rows) and predicted class:"
        lines += ["", title, "", *_confusion_rows(scorecard.confusion)]
    return lines


def to_markdown(scorecard: Scorecard) -> str:
    """The whole scorecard as Markdown; the headline comes first."""
    lines = [
        "# Scorecard",
        "",
        f"Dataset `{scorecard.dataset}`, split `{scorecard.split}`, encoder `{scorecard.encoder}`, "
        f"WaveLLM `{scorecard.wavellm or 'none'}`.",
        "",
        "Ratios compare with the hardest of chance and all trivial baselines. Intervals are a bootstrap over "
        "groups of samples that belong together, never over views.",
        "",
        "## Headline",
        "",
        *markdown_table(
            _COLUMNS, (_cells(m, _PREFIXES.get(m.section, "")) for m in scorecard.headline()), (0, 4)
        ),
    ]
    for section in _TITLES:
        measures = scorecard.select(section)
        lines += _section(scorecard, section, measures) if measures else []
    lines += ["", "## Notes", "", *(f"- {note}" for note in scorecard.notes)] if scorecard.notes else []
    versions = ", ".join(f"{name} {version}" for name, version in sorted(scorecard.versions.items()))
    return "\n".join([*lines, "", f"Metric versions: {versions}.", ""])
