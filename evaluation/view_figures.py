"""Pictures of one capture's views over time: range rate, range and azimuth, each with its own dB scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from .errors import MetricInputError
from .figures import COLOURS, INK, SOFT, colour_bar, level_limits_db, new_figure, save_figure

__all__ = ["View", "draw_views", "views_figure"]


@dataclass(frozen=True)
class View:
    """One map over time.

    Attributes:
        db: (T, C) level in dB re 1 mW.
        axis: (C,) evenly spaced, rising, in the label's unit.
        label: quantity and unit of the axis.
        limits: part of the axis that is drawn; None: all.
    """

    db: np.ndarray
    axis: np.ndarray
    label: str
    limits: tuple[float, float] | None = None


def views_figure(views: Sequence[View], time_s: np.ndarray, title: str) -> Figure:
    """The views below one another on one time axis.

    Raises:
        MetricInputError: no view, or one that does not fit the times or its axis.
    """
    if not views or any(view.db.shape != (len(time_s), len(view.axis)) for view in views):
        shapes = [(view.db.shape, len(view.axis)) for view in views]
        raise MetricInputError(
            f"{len(time_s)} times do not fit views (shape, cells) {shapes}; give at least one"
        )
    figure = new_figure(9.0, 2.6 * len(views) + 0.7)
    panels = figure.subplots(len(views), 1, squeeze=False, sharex=True)[:, 0]
    half_s = 0.5 * (time_s[1] - time_s[0]) if len(time_s) > 1 else 0.5
    for axes, view in zip(panels, views, strict=True):
        half = 0.5 * (view.axis[1] - view.axis[0])
        low, high = level_limits_db([view.db])
        image = axes.imshow(
            view.db.T,
            origin="lower",
            aspect="auto",
            extent=(time_s[0] - half_s, time_s[-1] + half_s, view.axis[0] - half, view.axis[-1] + half),
            cmap=COLOURS,
            vmin=low,
            vmax=high,
            interpolation="nearest",
        )
        if view.limits is not None:
            axes.set_ylim(*view.limits)
        axes.set_ylabel(view.label, fontsize=9, color=INK)
        axes.tick_params(labelsize=8, colors=SOFT, length=3, width=0.6)
        for spine in axes.spines.values():
            spine.set_visible(False)
        colour_bar(figure, image, [axes])
    panels[0].set_title(title, fontsize=11, color=INK, loc="left", pad=8)
    panels[-1].set_xlabel("time in s", fontsize=10, color=INK)
    return figure


def draw_views(views: Sequence[View], time_s: np.ndarray, title: str, path: Path, dpi: int = 130) -> Path:
    """Write `views_figure` as a PNG and return its path."""
    return save_figure(views_figure(views, time_s, title), path, dpi)
