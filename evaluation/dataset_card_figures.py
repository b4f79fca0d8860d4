"""Coverage of a dataset version as a picture: how many samples of what, seen from where, how far away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .dataset_card_facts import NOT_STATED
from .errors import MetricInputError
from .figures import INK, SOFT, new_figure, save_figure

__all__ = ["coverage_figure", "draw_coverage"]

MOST_ACTIVITIES = 40
_CELL_IN = 0.3
_LONGEST_LABEL = 28
_COLOURS = "Blues"


def coverage_figure(coverage: Mapping[tuple[str, str, str], int]) -> Figure:
    """Three tables of counts with colours: activity x view, activity x range, and view x range.

    Empty cells are what the dataset does not hold. Beyond 40 activities, the rarest ones are shown as one row.

    Args:
        coverage: (activity, view, range bin) -> samples.

    Raises:
        MetricInputError: there is nothing to show.
    """
    if not coverage:
        raise MetricInputError("no samples to show: a coverage picture needs at least one")
    merged = _with_few_activities(coverage)
    activities = _ordered({key[0] for key in merged})
    views = _ordered({key[1] for key in merged})
    ranges = sorted({key[2] for key in merged}, key=_range_order)
    height = max(_CELL_IN * len(activities), _CELL_IN * len(views)) + 1.5
    width = _CELL_IN * 1.5 * (len(views) + 2 * len(ranges)) + 5.6
    figure = new_figure(min(width, 24.0), height)
    panels = figure.subplots(
        1, 3, width_ratios=[len(views) + 1, len(ranges) + 1, len(ranges) + 1], squeeze=False
    )[0]
    _table(panels[0], _counts(merged, activities, views, (0, 1)), activities, views, "view", "activity")
    _table(panels[1], _counts(merged, activities, ranges, (0, 2)), activities, ranges, "range in m", None)
    _table(panels[2], _counts(merged, views, ranges, (1, 2)), views, ranges, "range in m", "view")
    panels[1].set_yticklabels([])
    figure.suptitle(f"samples ({sum(coverage.values())})", fontsize=10, color=INK, x=0.01, ha="left")
    return figure


def draw_coverage(coverage: Mapping[tuple[str, str, str], int], path: Path, dpi: int = 110) -> Path:
    """Write `coverage_figure` as a PNG and return its path."""
    return save_figure(coverage_figure(coverage), path, dpi)


def _with_few_activities(coverage: Mapping[tuple[str, str, str], int]) -> dict[tuple[str, str, str], int]:
    totals: Counter[str] = Counter()
    for (activity, _, _), number in coverage.items():
        totals[activity] += number
    if len(totals) <= MOST_ACTIVITIES:
        return dict(coverage)
    kept = {activity for activity, _ in totals.most_common(MOST_ACTIVITIES - 1)}
    rest = f"{len(totals) - len(kept)} rarer ones"
    merged: Counter[tuple[str, str, str]] = Counter()
    for (activity, view, range_bin), number in coverage.items():
        merged[(activity if activity in kept else rest, view, range_bin)] += number
    return dict(merged)


def _ordered(values: set[str]) -> list[str]:
    return sorted(values, key=lambda value: (value == NOT_STATED, value))


def _range_order(range_bin: str) -> tuple[bool, int]:
    return (range_bin == NOT_STATED, 0 if range_bin == NOT_STATED else int(range_bin.partition("-")[0]))


def _counts(
    coverage: Mapping[tuple[str, str, str], int],
    rows: Sequence[str],
    columns: Sequence[str],
    axes: tuple[int, int],
) -> np.ndarray:
    table = np.zeros((len(rows), len(columns)), dtype=int)
    row_of, column_of = ({name: place for place, name in enumerate(names)} for names in (rows, columns))
    for key, number in coverage.items():
        table[row_of[key[axes[0]]], column_of[key[axes[1]]]] += number
    return table


def _table(
    axes: Axes, counts: np.ndarray, rows: Sequence[str], columns: Sequence[str], across: str, down: str | None
) -> None:
    axes.imshow(np.sqrt(counts), cmap=_COLOURS, aspect="auto", vmin=0.0, vmax=np.sqrt(counts.max()))
    for (row, column), number in np.ndenumerate(counts):
        light = number > 0.35 * counts.max()
        text = str(number) if number else "·"
        axes.text(column, row, text, ha="center", va="center", fontsize=7, color="white" if light else SOFT)
    axes.set_xticks(range(len(columns)), [_short(name) for name in columns], fontsize=8)
    axes.set_yticks(range(len(rows)), [_short(name) for name in rows], fontsize=8)
    axes.set_xlabel(across, fontsize=9, color=INK)
    if down:
        axes.set_ylabel(down, fontsize=9, color=INK)
    if len(columns) > 1 and max(map(len, columns)) > 5:
        axes.tick_params(axis="x", rotation=45)
    axes.tick_params(length=0, colors=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _short(name: str) -> str:
    """A label of an axis; `$` would begin a formula."""
    name = name.replace("_", " ").replace("$", r"\$")
    return name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…"
