"""Pictures of doppler_time maps: time in s, range rate in m/s, level in dB."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from .errors import MetricInputError

__all__ = ["Spectrogram", "draw_sample", "draw_spectrograms", "sample_figure", "spectrograms_figure"]

COLOURS = "magma"
INK, SOFT = "#1c1c28", "#5b5b6b"
_MOST_DB, _LEAST_DB = 60.0, 12.0


@dataclass(frozen=True)
class Spectrogram:
    """A doppler_time map ready to be drawn.

    Attributes:
        db: (T, D) level in dB re 1 mW; rows are frames.
        time_s: (T,) time of each frame.
        velocity_mps: (D,) range rate of each Doppler bin, rising; positive recedes.
        title: what it shows.
        n_valid: frames that were measured; what follows is padding and is not drawn. None: all.
    """

    db: np.ndarray
    time_s: np.ndarray
    velocity_mps: np.ndarray
    title: str
    n_valid: int | None = None

    def __post_init__(self) -> None:
        if np.shape(self.db) != (len(self.time_s), len(self.velocity_mps)) or min(np.shape(self.db)) < 2:
            raise MetricInputError(
                f"map {np.shape(self.db)}, {len(self.time_s)} times, {len(self.velocity_mps)} velocities: "
                "rows are frames, columns are Doppler bins, and both need at least 2"
            )
        if self.n_valid is not None and not 2 <= self.n_valid <= len(self.time_s):
            raise MetricInputError(
                f"n_valid {self.n_valid} of {len(self.time_s)} frames: give 2 to all of them"
            )

    @property
    def valid_db(self) -> np.ndarray:
        """The measured rows."""
        return np.asarray(self.db, dtype=float)[: self.n_valid]


def _edges(centres: np.ndarray) -> tuple[float, float]:
    """Outer edges of evenly spaced bins."""
    half = (centres[-1] - centres[0]) / (len(centres) - 1) / 2
    return float(centres[0] - half), float(centres[-1] + half)


def level_limits_db(maps: Sequence[np.ndarray]) -> tuple[float, float]:
    """Colour limits that suit all maps: from the noise (their median) to their strongest echoes."""
    values = np.concatenate([np.ravel(levels) for levels in maps])
    values = values[np.isfinite(values)]
    top = float(np.quantile(values, 0.9995))
    bottom = float(np.median(values))
    return min(max(bottom, top - _MOST_DB), top - _LEAST_DB), top


def _draw(axes: Axes, spectrogram: Spectrogram, limits: tuple[float, float]) -> AxesImage:
    """One map with its axes in units."""
    times = np.asarray(spectrogram.time_s, dtype=float)[: spectrogram.n_valid]
    extent = (*_edges(times), *_edges(np.asarray(spectrogram.velocity_mps, dtype=float)))
    image = axes.imshow(
        spectrogram.valid_db.T,
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap=COLOURS,
        vmin=limits[0],
        vmax=limits[1],
        interpolation="nearest",
    )
    axes.axhline(0.0, color="white", linewidth=0.5, alpha=0.35)
    axes.xaxis.set_major_locator(
        MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=extent[1] - extent[0] >= 2)
    )
    axes.tick_params(labelsize=8, colors=SOFT, length=3, width=0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return image


def colour_bar(figure: Figure, image: AxesImage, axes: list[Axes]) -> None:
    """A dB scale beside the panels that share it."""
    bar = figure.colorbar(image, ax=axes, pad=0.015, aspect=34, extend="both")
    bar.set_label("received power in dB re 1 mW", fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, colors=SOFT, length=3, width=0.6)
    bar.outline.set_visible(False)


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty figure that needs no display."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def spectrograms_figure(spectrograms: Sequence[Spectrogram], columns: int | None = None) -> Figure:
    """A grid of maps with one colour scale.

    Args:
        spectrograms: at least one map.
        columns: of the grid; None: up to four.

    Raises:
        MetricInputError: nothing to draw.
    """
    if not spectrograms:
        raise MetricInputError("no spectrogram to draw: give at least one")
    columns = columns or (len(spectrograms) if len(spectrograms) <= 3 else 4 if len(spectrograms) > 6 else 3)
    rows = -(-len(spectrograms) // columns)
    figure = new_figure(3.1 * columns + 0.9, 2.35 * rows + 0.45)
    limits = level_limits_db([spectrogram.valid_db for spectrogram in spectrograms])
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    panels = list(grid.ravel())
    for axes, spectrogram in zip(panels, spectrograms, strict=False):
        image = _draw(axes, spectrogram, limits)
        lines = textwrap.wrap(spectrogram.title, 42, max_lines=2, placeholder=" …")
        axes.set_title("\n".join(lines), fontsize=9, color=INK, loc="left", pad=5)
    for axes in panels[len(spectrograms) :]:
        axes.remove()
    figure.supxlabel("time in s", fontsize=10, color=INK)
    figure.supylabel("range rate in m/s  (above 0: moving away)", fontsize=10, color=INK)
    colour_bar(figure, image, panels[: len(spectrograms)])
    return figure


def sample_figure(spectrogram: Spectrogram, lines: Sequence[str] = ()) -> Figure:
    """One map, large, with optional lines of text (captions, answers) below it."""
    wrapped = [part for line in lines for part in textwrap.wrap(line, 104) or [""]]
    figure = new_figure(9.0, 4.6 + 0.19 * len(wrapped))
    axes = figure.subplots()
    image = _draw(axes, spectrogram, level_limits_db([spectrogram.valid_db]))
    axes.set_title(textwrap.fill(spectrogram.title, 90), fontsize=11, color=INK, loc="left", pad=8)
    axes.set_xlabel("time in s", fontsize=10, color=INK)
    axes.set_ylabel("range rate in m/s  (above 0: moving away)", fontsize=10, color=INK)
    colour_bar(figure, image, [axes])
    if wrapped:
        axes.annotate(
            "\n".join(wrapped),
            xy=(0.0, 0.0),
            xycoords="axes fraction",
            xytext=(0, -46),
            textcoords="offset points",
            fontsize=9,
            color=INK,
            va="top",
            linespacing=1.4,
        )
    return figure


def save_figure(figure: Figure, path: Path, dpi: int) -> Path:
    """Write a PNG that is the same for the same picture, and never half of one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        figure.savefig(
            partial, format="png", dpi=dpi, bbox_inches="tight", pad_inches=0.12, metadata={"Software": None}
        )
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def draw_spectrograms(
    spectrograms: Sequence[Spectrogram], path: Path, columns: int | None = None, dpi: int = 130
) -> Path:
    """Write `spectrograms_figure` as a PNG and return its path."""
    return save_figure(spectrograms_figure(spectrograms, columns), path, dpi)


def draw_sample(spectrogram: Spectrogram, path: Path, lines: Sequence[str] = (), dpi: int = 130) -> Path:
    """Write `sample_figure` as a PNG and return its path."""
    return save_figure(sample_figure(spectrogram, lines), path, dpi)
