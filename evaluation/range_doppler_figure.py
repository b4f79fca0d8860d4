"""Picture of one range-Doppler map with its targets marked: range in m, range rate in m/s, level in dBm."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from .errors import MetricInputError
from .figures import COLOURS, INK, SOFT, colour_bar, new_figure, save_figure

__all__ = ["TargetMark", "draw_range_doppler", "range_doppler_figure"]

MARK = "#7fe7dc"
MOST_DB, LEAST_DB = 70.0, 12.0
CIRCLE_PT = 15.0
BESIDE_PT = 11.0  # from a circle's middle to its text
STEPS_PT = tuple(height for step in range(12) for height in (9.0 + 11.0 * step, -19.0 - 11.0 * step))


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
    low, high = _limits_dbm(dbm)
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
    axes.set_title(title, fontsize=11, color=INK, loc="left", pad=8)
    axes.set_xlabel("range in m", fontsize=10, color=INK)
    axes.set_ylabel("range rate in m/s  (above 0: moving away)", fontsize=10, color=INK)
    axes.tick_params(labelsize=8, colors=SOFT, length=3, width=0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    colour_bar(figure, image, [axes])
    _draw_marks(figure, axes, marks)
    return figure


def _limits_dbm(dbm: np.ndarray) -> tuple[float, float]:
    """From the noise (the median), at most MOST_DB below the top, to the strongest cell: a target may be one cell."""
    high = float(dbm.max())
    return min(max(float(np.median(dbm)), high - MOST_DB), high - LEAST_DB), high


def _draw_marks(figure: Figure, axes: Axes, marks: Sequence[TargetMark]) -> None:
    """Circles, and each one's text in the nearest place beside it that is free and within the map."""
    for mark in marks:
        axes.plot(mark.range_m, mark.velocity_mps, "o", ms=CIRCLE_PT, mfc="none", mec=MARK, mew=1.0)
    figure.draw_without_rendering()  # places the axes, so that sizes on paper are known
    frame, pixels = axes.get_window_extent(), figure.dpi / 72.0
    radius = 0.5 * CIRCLE_PT * pixels
    centres = [axes.transData.transform((mark.range_m, mark.velocity_mps)) for mark in marks]
    taken = [Bbox.from_extents(x - radius, y - radius, x + radius, y + radius) for x, y in centres]
    for mark, (x, _) in zip(marks, centres, strict=True):
        text = axes.annotate(
            mark.label,
            (mark.range_m, mark.velocity_mps),
            xytext=(0.0, 0.0),
            textcoords="offset points",
            va="bottom",
            fontsize=8,
            color=MARK,
        )
        at_middle = text.get_window_extent()
        sides = {"left": BESIDE_PT * pixels, "right": -BESIDE_PT * pixels - at_middle.width}
        order = reversed(sides) if x > 0.5 * (frame.x0 + frame.x1) else iter(sides)
        places = {
            (up_pt, side): at_middle.translated(sides[side], up_pt * pixels)
            for up_pt, side in itertools.product(STEPS_PT, tuple(order))
        }
        inside = [key for key, box in places.items() if _within(box, frame)]
        free = [key for key in inside if not places[key].count_overlaps(taken)]
        up_pt, side = (free or inside or list(places))[0]
        text.set(ha=side, position=(BESIDE_PT if side == "left" else -BESIDE_PT, up_pt))
        taken.append(places[up_pt, side])


def _within(box: Bbox, frame: Bbox) -> bool:
    return bool(frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1)


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
