"""Animated picture files: one palette, real time, never half of one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .errors import MetricInputError

FORMATS = {".gif": "GIF", ".png": "PNG"}
COLOURS = 72
RATE_RANGE_HZ = (1.0, 50.0)
"""Viewers show pictures that last less than 0.02 s more slowly than they say."""
LAST_STAYS_S = 0.6


def check_animation(path: Path, rate_hz: float) -> None:
    """Refuse what cannot be written before anything is drawn.

    Raises:
        MetricInputError: another ending than .gif or .png, or an impossible rate.
    """
    if path.suffix.lower() not in FORMATS:
        raise MetricInputError(
            f"{path}: animated pictures are .gif or .png, not {path.suffix or 'without one'}"
        )
    low, high = RATE_RANGE_HZ
    if not low <= rate_hz <= high:
        raise MetricInputError(f"{rate_hz:g} pictures per second: it must be {low:g} to {high:g}")


def write_animation(
    pictures: Iterable[Image.Image], times_s: NDArray[np.float64], rate_hz: float, path: Path
) -> Path:
    """Write pictures shown from `times_s` on, in an endless loop whose last picture stays a little.

    Raises:
        MetricInputError: see `check_animation`.
    """
    check_animation(path, rate_hz)
    indexed = _indexed(list(pictures))
    # hundredths of a second are what a GIF can say: rounding the times, not the steps, keeps it in time
    ends_s = np.append(times_s[1:], times_s[-1] + LAST_STAYS_S)
    last_ms = 10 * np.diff(np.round(100.0 * np.append(times_s[:1], ends_s))).astype(int)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        indexed[0].save(
            partial,
            format=FORMATS[path.suffix.lower()],
            save_all=True,
            append_images=indexed[1:],
            duration=last_ms.tolist(),
            loop=0,
            optimize=True,
        )
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _indexed(pictures: list[Image.Image]) -> list[Image.Image]:
    """The pictures in one palette, taken from some of them."""
    chosen = pictures[:: max(1, len(pictures) // 6)]
    sheet = Image.new("RGB", (chosen[0].width, chosen[0].height * len(chosen)))
    for row, picture in enumerate(chosen):
        sheet.paste(picture, (0, row * picture.height))
    palette = sheet.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
