"""Picture of one range-Doppler map with its targets marked: range in m, range rate in m/s, level in dBm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from .errors import MetricInputError
from .figures import COLOURS, INK, SOFT, colour_bar, level_limits_db, new_figure, save_figure

__all__ = ["TargetMark", "draw_range_doppler", "range_doppler_figure"]

MARK = "#7fe7dc"


class TargetMark(NamedTuple):
    """Where a target should be, and what to write beside it."""

    velocity_mps: float
    range_m: float
    label: str


def range_doppler_figure(
    dbm: np.ndarray, velocity_mps: np.ndarray, range_m: np.ndarray, marks: Sequence[TargetMark], title: str
) -> Figure:
    """A map as an image.

    Args:
        dbm: (doppler, range) received power in dBm.
        velocity_mps: (doppler,) rising.
        range_m: (range,) rising.
        marks: targets.
        title: above the image.

    Raises:
        MetricInputError: the map does not fit its axes, or has fewer than two cells in one of them.
    """
    if dbm.shape != (len(velocity_mps), len(range_m)) or min(dbm.shape) < 2:
        raise MetricInputError(
            f"a map of shape {dbm.shape} does not fit {len(velocity_mps)} velocities and {len(range_m)} ranges; rows "
            "are Doppler bins, columns are range bins, and both need at least 2"
        )
    figure = new_figure(9.0, 5.2)
    axes = figure.subplots()
    low, high = level_limits_db([dbm])
    half_m, half_mps = 0.5 * (range_m[1] - range_m[0]), 0.5 * (velocity_mps[1] - velocity_mps[0])
    extent = (
        range_m[0] - half_m, range_m[-1] + half_m, velocity_mps[0] - half_mps, velocity_mps[-1] + half_mps
    )  # fmt: skip
    image = axes.imshow(
        dbm,
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap=COLOURS,
        vmin=low,
        vmax=high,
        interpolation="nearest",
    )
    axes.axhline(0.0, color="white", linewidth=0.5, alpha=0.35)
    for mark in marks:
        axes.plot(mark.range_m, mark.velocity_mps, "o", ms=15, mfc="none", mec=MARK, mew=1.0)
        high_up = mark.velocity_mps > velocity_mps[-1] - 0.06 * (velocity_mps[-1] - velocity_mps[0])
        right = mark.range_m > 0.5 * (range_m[0] + range_m[-1])
        axes.annotate(
            mark.label,
            (mark.range_m, mark.velocity_mps),
            xytext=(-11 if right else 11, -15 if high_up else 9),
            textcoords="offset points",
            ha="right" if right else "left",
            fontsize=8,
            color=MARK,
        )
    axes.set_title(title, fontsize=11, color=INK, loc="left", pad=8)
    axes.set_xlabel("range in m", fontsize=10, color=INK)
    axes.set_ylabel("range rate in m/s  (above 0: moving away)", fontsize=10, color=INK)
    axes.tick_params(labelsize=8, colors=SOFT, length=3, width=0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    colour_bar(figure, image, [axes])
    return figure


def draw_range_doppler(
    dbm: np.ndarray,
    velocity_mps: np.ndarray,
    range_m: np.ndarray,
    marks: Sequence[TargetMark],
    title: str,
    path: Path,
    dpi: int = 130,
) -> Path:
    """Write `range_doppler_figure` as a PNG and return its path."""
    return save_figure(range_doppler_figure(dbm, velocity_mps, range_m, marks, title), path, dpi)
