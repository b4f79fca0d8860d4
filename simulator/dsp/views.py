"""The three views of one capture: range, Doppler and azimuth over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from .azimuth_view import AzimuthTime, azimuth_row, azimuth_time
from .range_cube import RangeCube
from .range_view import RangeTime, range_time
from .spectrogram import Spectrogram, doppler_time
from .spectrogram_options import SpectrogramOptions


@dataclass(frozen=True, eq=False)
class RadarViews:
    """Raw views, in sqrt(mW).

    Attributes:
        doppler_time: rows over `radar.velocity_axis_mps`.
        range_time: rows over range.
        azimuth_time: rows over azimuth; None where the radar has no row of two channels.
    """

    doppler_time: Spectrogram
    range_time: RangeTime
    azimuth_time: AzimuthTime | None


def radar_views(
    cube: RangeCube,
    radar: RadarConfig,
    options: SpectrogramOptions | None = None,
    *,
    range_view: RangeTime | None = None,
    fill_outside: bool = False,
    workers: int = 1,
) -> RadarViews:
    """All views that the radar can make, with one set of options, from simulated or recorded data.

    range_time covers the range bins that "multi_view" takes (the first half), else the whole span. The gate
    of doppler_time serves the azimuth view too; "legacy" and "multi_view", which have none, find one for it.

    Args:
        cube: all range bins (a strip is enough for gated projections if `fill_outside`).
        radar: axes and antennas.
        options: the projection.
        range_view: range_time, where it is made already because `cube` is a strip.
        fill_outside: see `range_time`.
        workers: threads of the FFT.

    Raises:
        RadarConfigError: the cube lacks chirps, channels or range bins.
    """
    options = options or SpectrogramOptions()
    doppler = doppler_time(cube, radar, options, workers=workers)
    fixed = options.fixed_bins(radar)
    profile = range_view or range_time(
        cube, radar, n_range_bins=fixed, remove_static=bool(options.remove_static), fill_outside=fill_outside
    )
    azimuth = None
    if tells_azimuth(radar):
        gate = doppler.gate_first_bin if fixed is None else None
        azimuth = azimuth_time(cube, radar, options, gate_first_bin=gate, workers=workers)
    return RadarViews(doppler, profile, azimuth)


def tells_azimuth(radar: RadarConfig) -> bool:
    """Whether two channels lie side by side at one height."""
    try:
        azimuth_row(radar)
    except RadarConfigError:
        return False
    return True


def frame_scaled(view: NDArray[np.float32], *, compress: bool = False) -> NDArray[np.float32]:
    """A view for display, each frame from 0 to 1: the absolute level is lost, so keep the raw view as well.

    Args:
        view: (frame, cell) magnitudes.
        compress: log1p first, of magnitudes over the frame's median (log1p wants numbers without a unit).
    """
    rows = view.astype(np.float64)
    if compress:
        median = np.median(rows, axis=1, keepdims=True)
        rows = np.log1p(rows / np.where(median > 0.0, median, 1.0))
    rows -= rows.min(axis=1, keepdims=True)
    highest = rows.max(axis=1, keepdims=True)
    return (rows / np.where(highest > 0.0, highest, 1.0)).astype(np.float32)
