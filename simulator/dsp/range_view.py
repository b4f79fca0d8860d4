"""range_time: how much comes back from where, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from .range_cube import RangeCube
from .range_gate import range_profiles
from .spectrogram import check_cube

RANGE_CELLS = 128


@dataclass(frozen=True, eq=False)
class RangeTime:
    """A range profile over time.

    Attributes:
        magnitude: (frame, 128) float32, sqrt(mW): root of the summed power of the range bins in each cell, mean
            over chirps and channels.
        range_m: (128,) middle of each cell.
    """

    magnitude: NDArray[np.float32]
    range_m: NDArray[np.float64]


def range_time(
    cube: RangeCube,
    radar: RadarConfig,
    *,
    n_range_bins: int | None = None,
    remove_static: bool = False,
    fill_outside: bool = False,
) -> RangeTime:
    """Range profiles in 128 cells of equal width.

    Powers are added, so the squares of a row sum to the mean power of an ADC sample times the range window's
    equivalent noise bandwidth (1.5), wherever in range it comes from.

    Args:
        cube: the range bins from 0 to `n_range_bins`; more are left out.
        radar: range axis.
        n_range_bins: bins from 0 on that the cells share; all N (the whole span) unless given. Where it is no
            multiple of 128, a bin's power goes to the cells that it overlaps, by overlap.
        remove_static: only what differs from the frame's mean over chirps.
        fill_outside: accept a strip; cells that it does not hold read 0.

    Raises:
        RadarConfigError: the cube is another radar's, or a strip where all bins are needed.
    """
    check_cube(cube, radar)
    n_wanted = radar.n_adc_samples if n_range_bins is None else n_range_bins
    if not 0 < n_wanted <= radar.n_adc_samples:
        raise RadarConfigError(
            f"n_range_bins is {n_wanted}; radar {radar.name!r} has 1 to {radar.n_adc_samples} range bins"
        )
    if not fill_outside and (cube.first_bin.any() or cube.n_bins < n_wanted):
        raise RadarConfigError(
            f"range_time over range bins 0 to {n_wanted - 1} needs a cube that holds them; this one is a strip of "
            f"{cube.n_bins} bins: make the whole span, or ask for fill_outside=True to read 0 beside the strip"
        )
    moving, total = range_profiles(cube)
    profile = np.zeros((cube.n_frames, radar.n_adc_samples))
    columns = cube.first_bin[:, None] + np.arange(cube.n_bins)
    np.put_along_axis(profile, columns, moving if remove_static else total, axis=1)
    power = profile[:, :n_wanted] @ _bin_shares(n_wanted)
    width = n_wanted / RANGE_CELLS
    middle = (np.arange(RANGE_CELLS) + 0.5) * width - 0.5  # bin k stands for k - 1/2 to k + 1/2
    range_m = np.asarray(middle * radar.range_bin_m, dtype=np.float64)
    return RangeTime(np.sqrt(power).astype(np.float32), range_m)


def _bin_shares(n_bins: int) -> NDArray[np.float64]:
    """(bin, cell): the share of each bin that lies in each of RANGE_CELLS cells of equal width."""
    edges = np.arange(RANGE_CELLS + 1) * n_bins / RANGE_CELLS
    start = np.arange(n_bins)[:, None]
    overlap = np.minimum(start + 1, edges[1:]) - np.maximum(start, edges[:-1])
    return np.asarray(np.maximum(overlap, 0.0))
