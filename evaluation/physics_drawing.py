"""How the pictures of the validation page look: small, with units, closed forms as lines and results as "
"dots."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .figures import INK, SOFT, new_figure

__all__ = ["LAW_STYLE", "MARK", "SIMULATED_STYLE", "new_axes", "style_axes"]

MARK = "#7bdff2"  # on dark maps
LAW_STYLE: dict[str, Any] = {"color": "#d1495b", "linewidth": 1.4}
SIMULATED_STYLE: dict[str, Any] = {"color": "#1b4965", "linestyle": "", "marker": "o", "markersize": 3.2}


def new_axes(
    x_label: str, y_label: str, width_in: float = 6.4, height_in: float = 3.2
) -> tuple[Figure, Axes]:
    """One panel with labelled axes."""
    figure = new_figure(width_in, height_in)
    axes = figure.subplots()
    style_axes(axes, x_label, y_label)
    axes.grid(color="0.9", linewidth=0.6)
    return figure, axes


def style_axes(axes: Axes, x_label: str, y_label: str) -> None:
    """Labels, and the project's sizes and colours."""
    axes.set_xlabel(x_label, fontsize=9, color=INK)
    axes.set_ylabel(y_label, fontsize=9, color=INK)
    axes.tick_params(labelsize=8, colors=SOFT, length=3, width=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
