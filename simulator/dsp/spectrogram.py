"""doppler_time and range-Doppler maps from a range-chirp cube: one function for simulated and recorded data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from .map_kernel import gather_strips, sum_channel_power, sum_magnitude, sum_power
from .range_cube import RangeCube, frames_per_block
from .range_gate import track_gate
from .spectrogram_options import SpectrogramOptions
from .windows import periodic_hann

__all__ = ["Spectrogram", "SpectrogramOptions", "doppler_maps", "doppler_time", "range_doppler_maps"]


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """A Doppler map over time.

    Attributes:
        magnitude: (frame, doppler) float32, linear, sqrt(mW) with windows' coherent gain taken out: 20 log10
            of it is dBm. Doppler runs over `radar.velocity_axis_mps`.
        gate_first_bin: (frame,) first range bin that went in.
        n_gate_bins: number of range bins that went in.
    """

    magnitude: NDArray[np.float32]
    gate_first_bin: NDArray[np.int64]
    n_gate_bins: int


def doppler_time(
    cube: RangeCube,
    radar: RadarConfig,
    options: SpectrogramOptions | None = None,
    *,
    gate_first_bin: NDArray[np.int64] | None = None,
    workers: int = 1,
) -> Spectrogram:
    """Doppler FFT of every frame under a periodic Hann window, projected over range and channels.

    Args:
        cube: all range bins, or a strip around the body for the projections with a gate.
        radar: chirps and axes.
        options: the projection; `SpectrogramOptions` says what each does.
        gate_first_bin: (frame,) a gate found before, for projections with one; None = find it.
        workers: threads of the FFT.

    Raises:
        RadarConfigError: the cube has another number of chirps or channels, or lacks range bins that the
            projection needs.
    """
    options = options or SpectrogramOptions()
    first, n_bins = projected_bins(cube, radar, options, gate_first_bin)
    row = np.empty((cube.n_frames, radar.n_chirps), dtype=np.float32)
    channels = np.arange(cube.n_virtual)
    for block, maps in spectra(cube, first, n_bins, channels, bool(options.remove_static), workers):
        if options.sums_magnitude:
            sum_magnitude(maps.view(np.float32), row[block])
        else:
            sum_power(maps.view(np.float32), row[block])
    if options.projection == "gated":
        row = np.sqrt(row / np.float32(cube.n_virtual))
    elif options.projection == "multi_view":
        row /= np.float32(cube.n_virtual * n_bins)
    if options.repair_zero_bin:
        zero = radar.n_chirps // 2
        row[:, zero] = 0.5 * (row[:, zero - 1] + row[:, zero + 1])
    return Spectrogram(row, first, n_bins)


def range_doppler_maps(
    cube: RangeCube,
    radar: RadarConfig,
    frames: slice = slice(None),
    *,
    remove_static: bool = False,
    complex_values: bool = False,
    workers: int = 1,
) -> NDArray[np.float32] | NDArray[np.complex64]:
    """Whole range-Doppler maps; pass slices of frames where all of them would not fit in memory.

    Args:
        cube: any strip of range bins.
        radar: chirps and axes.
        frames: which frames.
        remove_static: take each frame's mean over chirps off first.
        complex_values: keep phases and channels.
        workers: threads of the FFT.

    Returns:
        (frame, doppler, range) float32, sqrt(mW): root of the power's mean over channels; or (frame, doppler,
        virtual, range) complex64. Zero Doppler in the middle.

    Raises:
        RadarConfigError: the cube has another number of chirps or channels than the radar.
    """
    check_cube(cube, radar)
    values = cube.values[frames]
    if complex_values:
        return doppler_maps(values, remove_static=remove_static, workers=workers)
    part = RangeCube(values, cube.first_bin[frames])
    power = np.empty((part.n_frames, radar.n_chirps, cube.n_bins), dtype=np.float32)
    channels = np.arange(cube.n_virtual)
    for block, maps in spectra(part, part.first_bin, part.n_bins, channels, remove_static, workers):
        sum_channel_power(maps.view(np.float32), power[block])
    power /= np.float32(cube.n_virtual)
    return np.sqrt(power, out=power)


def doppler_maps(
    strips: NDArray[np.complex64], *, remove_static: bool = False, workers: int = 1
) -> NDArray[np.complex64]:
    """(frame, chirp, ...) to (frame, doppler, ...): Hann, FFT over chirps, zero Doppler in the middle.

    A target whose Doppler falls on a bin reads the amplitude that it has in the cube.
    """
    if remove_static:
        strips = strips - strips.mean(axis=1, keepdims=True)
    weights = chirp_weights(strips.shape[1]).reshape((1, -1) + (1,) * (strips.ndim - 2))
    spectrum = scipy.fft.fft(strips * weights, axis=1, overwrite_x=True, workers=workers)
    return scipy.fft.fftshift(spectrum, axes=1)


def check_cube(cube: RangeCube, radar: RadarConfig) -> None:
    """Refuse a cube of another radar.

    Raises:
        RadarConfigError: the numbers of chirps or channels differ.
    """
    if (cube.n_chirps, cube.n_virtual) != (radar.n_chirps, radar.n_virtual):
        raise RadarConfigError(
            f"a cube of {cube.n_chirps} chirps x {cube.n_virtual} channels x {cube.n_bins} range bins is not "
            f"one of radar {radar.name!r}: it needs {radar.n_chirps} chirps and {radar.n_virtual} channels"
        )


def projected_bins(
    cube: RangeCube,
    radar: RadarConfig,
    options: SpectrogramOptions,
    gate_first_bin: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], int]:
    """(frame,) first range bin of the projection, and how many there are.

    Raises:
        RadarConfigError: the cube is one of another radar, or lacks bins.
    """
    check_cube(cube, radar)
    fixed = options.fixed_bins(radar)
    n_bins = options.gate_bins(radar) if fixed is None else fixed
    starts_late = fixed is not None and bool(cube.first_bin.any())
    if cube.n_bins < n_bins or starts_late:
        raise RadarConfigError(
            f"a cube of {cube.n_bins} range bins{' that do not start at bin 0' if starts_late else ''} cannot "
            f"make the {options.projection!r} projection of radar {radar.name!r}: it needs at least {n_bins} "
            f"range bins{'' if fixed is None else ' from bin 0 on'}"
        )
    if fixed is not None:
        return np.zeros(cube.n_frames, dtype=np.int64), n_bins
    if gate_first_bin is not None:
        return gate_first_bin, n_bins
    return track_gate(cube, n_bins, radar.n_adc_samples, radar.frame_period_s), n_bins


def spectra(
    cube: RangeCube,
    first: NDArray[np.int64],
    n_bins: int,
    channels: Sequence[int] | NDArray[np.int64],
    remove_static: bool,
    workers: int,
) -> Iterator[tuple[slice, NDArray[np.complex64]]]:
    """Blocks of frames and their Doppler spectra (frame, channel, doppler, bin), zero Doppler first.

    Strips of `n_bins` from each frame's own absolute bin, the given channels only, under a periodic Hann
    window.
    """
    parts, offset = cube.parts(), (first - cube.first_bin).astype(np.int64)
    order = np.asarray(channels, dtype=np.int64)
    weights = chirp_weights(cube.n_chirps)
    step = frames_per_block(len(order) * cube.n_chirps * n_bins)
    for start in range(0, cube.n_frames, step):
        block = slice(start, min(start + step, cube.n_frames))
        strips = np.empty((block.stop - start, len(order), cube.n_chirps, n_bins), dtype=np.complex64)
        gather_strips(parts[block], offset[block], order, weights, remove_static, strips.view(np.float32))
        yield block, scipy.fft.fft(strips, axis=2, overwrite_x=True, workers=workers)


def chirp_weights(n_chirps: int) -> NDArray[np.float32]:
    """(chirp,) periodic Hann window with the coherent gain taken out."""
    window = periodic_hann(n_chirps)
    return (window / window.sum()).astype(np.float32)
