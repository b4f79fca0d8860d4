"""Pictures of the motion report: ranges of metrics, windows in principal components, agreement of facts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from .figures import INK, SOFT, new_figure
from .realism_fidelity import Fidelity
from .realism_ranges import ClassRanges, Percentiles
from .realism_study import WindowCloud
from .realism_targets import MIN_FIDELITY

__all__ = ["fidelity_figure", "ranges_figure", "windows_figure"]

REAL_COLOUR, ENGINE_COLOUR = "#5b5b6b", "#c2410c"
_DRAWN = (
    ("skate_ratio", "skate ratio", False),
    ("toe_speed_in_contact_mps", "toe speed in contact, m/s", False),
    ("jerk_mean_mps3", "mean jerk, m/s³", True),
    ("acceleration_p99_mps2", "acceleration, 99th percentile, m/s²", True),
    ("velocity_energy_above_5hz", "share of energy above 5 Hz", True),
    ("joint_speed_max_mps", "fastest joint, m/s", False),
    ("knee_flexion_max_deg", "largest knee flexion, degrees", False),
    ("root_speed_mean_mps", "root speed, m/s", False),
)


def ranges_figure(classes: Sequence[ClassRanges]) -> Figure:
    """p10 to p90 of eight metrics, engine and recordings side by side; classes with both sides only."""
    rows = [row for row in classes if row.engine_clips and row.real_clips]
    figure = new_figure(11.0, 1.2 + 2 * (0.8 + 0.34 * len(rows)))
    grid = figure.subplots(2, 4, squeeze=False, sharey=True)
    for axes, (metric, title, is_log) in zip(grid.ravel(), _DRAWN, strict=True):
        for place, row in enumerate(rows):
            found = next(each for each in row.metrics if each.metric == metric)
            _bar(axes, found.real, place - 0.16, REAL_COLOUR)
            _bar(axes, found.engine, place + 0.16, ENGINE_COLOUR)
        if is_log:
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter(NullFormatter())
        _plain(axes, title)
        axes.set_yticks(range(len(rows)), [f"{row.name} ({len(row.real_clips)})" for row in rows], fontsize=8)
    grid[0, 0].invert_yaxis()
    _legend(figure, "recorded (number of clips beside the class)", "engine")
    return figure


def windows_figure(clouds: Sequence[WindowCloud]) -> Figure:
    """Two-second windows in the first two principal components of the recorded ones."""
    figure = new_figure(4.1 * max(len(clouds), 1), 4.2)
    panels = np.ravel(figure.subplots(1, max(len(clouds), 1), squeeze=False))
    for axes, cloud in zip(panels, clouds, strict=False):
        axes.scatter(*cloud.engine.T, s=14, color=ENGINE_COLOUR, alpha=0.55, linewidth=0, zorder=2)
        axes.scatter(*cloud.real.T, s=22, color=REAL_COLOUR, marker="D", linewidth=0, zorder=3)
        _plain(axes, f"{cloud.group}: {cloud.form}")
        axes.set_xlabel("component 1", fontsize=8, color=INK)
        axes.set_ylabel("component 2", fontsize=8, color=INK)
    _legend(figure, "recorded windows", "engine windows")
    return figure


def fidelity_figure(fidelity: Fidelity) -> Figure:
    """Share of comparisons that agree, fact by fact, from 80 % up."""
    figure = new_figure(7.0, 1.1 + 0.32 * len(fidelity.facts))
    axes = figure.subplots()
    shares = [row.share for row in fidelity.facts]
    axes.plot(shares, range(len(shares)), "o", color=ENGINE_COLOUR, markersize=7)
    for place, row in enumerate(fidelity.facts):
        axes.text(1.006, place, f"{row.agree} of {row.compared}", va="center", fontsize=8, color=INK)
    axes.axvline(MIN_FIDELITY, color=INK, linewidth=0.8, linestyle=":")
    axes.set_xlim(min([0.8, *(share - 0.02 for share in shares)]), 1.002)
    axes.set_yticks(range(len(shares)), [row.fact for row in fidelity.facts], fontsize=8)
    axes.invert_yaxis()
    _plain(axes, f"share of comparisons that agree, {fidelity.scripts} scripts (dotted: {MIN_FIDELITY:.0%})")
    return figure


def _bar(axes: Axes, values: Percentiles | None, place: float, colour: str) -> None:
    if values is None:
        return
    axes.plot([values.p10, values.p90], [place, place], color=colour, linewidth=3.5, solid_capstyle="butt")
    axes.plot([values.p50], [place], "o", color=colour, markersize=5, markeredgecolor="white")


def _plain(axes: Axes, title: str) -> None:
    axes.set_title(title, fontsize=9, color=INK, loc="left")
    axes.tick_params(labelsize=8, colors=SOFT, length=3, width=0.6)
    axes.grid(axis="x", color="#e6e6ec", linewidth=0.6)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(SOFT)


def _legend(figure: Figure, real: str, engine: str) -> None:
    handles = [
        figure.axes[0].plot([], [], "o-", color=colour, label=label)[0]
        for colour, label in ((REAL_COLOUR, real), (ENGINE_COLOUR, engine))
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=2, fontsize=9, frameon=False)
