"""doppler_time from a range-chirp cube: one function for simulated and recorded data."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from .range_cube import RangeCube
from .range_gate import FRAMES_PER_BLOCK, track_gate
from .windows import periodic_hann

Projection = Literal["gated", "legacy"]


@dataclass(frozen=True)
class SpectrogramOptions:
    """How range bins become one Doppler row per frame; stored with every sample.

    Attributes:
        projection: "gated": root of the summed power of the range bins within a gate that follows the body.
            "legacy": summed magnitude of all range bins, as the reference work does it.
        gate_width_m: full width of the gate ("gated" only).
        remove_static: take each frame's mean over chirps off first (MTI); dims what stands still.
        repair_zero_bin: set the zero-Doppler bin to the mean of its neighbours.
    """

    projection: Projection = "gated"
    gate_width_m: float = 2.4
    remove_static: bool = False
    repair_zero_bin: bool = False

    def __post_init__(self) -> None:
        """Refuse what the projection cannot do."""
        if self.projection not in ("gated", "legacy"):
            raise RadarConfigError(f"projection is {self.projection!r}; it must be 'gated' or 'legacy'")
        if not 0.1 <= self.gate_width_m <= 20.0:
            raise RadarConfigError(
                f"gate_width_m is {self.gate_width_m}; a gate is 0.1 to 20 m wide (a person needs 2)"
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    def gate_bins(self, radar: RadarConfig) -> int:
        """Width of the gate in range bins, at most all of them."""
        return min(math.ceil(self.gate_width_m / radar.range_bin_m), radar.n_adc_samples)


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
    cube: RangeCube, radar: RadarConfig, options: SpectrogramOptions | None = None
) -> Spectrogram:
    """Doppler FFT of every frame under a periodic Hann window, projected over range.

    Raises:
        RadarConfigError: the cube has another number of chirps, or too few range bins for the projection.
    """
    options = options or SpectrogramOptions()
    n_bins = options.gate_bins(radar) if options.projection == "gated" else radar.n_adc_samples
    if cube.values.shape[1] != radar.n_chirps or cube.n_bins < n_bins:
        raise RadarConfigError(
            f"a cube of {cube.values.shape[1]} chirps x {cube.n_bins} range bins cannot make the "
            f"{options.projection!r} projection of radar {radar.name!r}: it needs {radar.n_chirps} chirps "
            f"and at least {n_bins} range bins"
        )
    if options.projection == "gated":
        first = track_gate(cube, n_bins, radar.n_adc_samples, radar.frame_period_s)
    else:
        first = cube.first_bin
    magnitude = np.empty((cube.n_frames, radar.n_chirps), dtype=np.float32)
    for start in range(0, cube.n_frames, FRAMES_PER_BLOCK):
        block = slice(start, start + FRAMES_PER_BLOCK)
        maps = doppler_maps(_strip(cube, first, n_bins, block), remove_static=options.remove_static)
        power = maps.real**2 + maps.imag**2
        if options.projection == "gated":
            magnitude[block] = np.sqrt(power.sum(axis=2))
        else:
            magnitude[block] = np.sqrt(power).sum(axis=2)
    if options.repair_zero_bin:
        zero = radar.n_chirps // 2
        magnitude[:, zero] = 0.5 * (magnitude[:, zero - 1] + magnitude[:, zero + 1])
    return Spectrogram(magnitude, first, n_bins)


def doppler_maps(strips: NDArray[np.complex64], *, remove_static: bool = False) -> NDArray[np.complex64]:
    """(frame, chirp, range) to (frame, doppler, range): Hann, FFT over chirps, zero Doppler in the middle.

    A target whose Doppler falls on a bin reads the amplitude that it has in the cube.
    """
    if remove_static:
        strips = strips - strips.mean(axis=1, keepdims=True)
    window = periodic_hann(strips.shape[1])
    weights = (window / window.sum()).astype(np.float32)[None, :, None]
    return scipy.fft.fftshift(scipy.fft.fft(strips * weights, axis=1), axes=1)


def _strip(cube: RangeCube, first: NDArray[np.int64], n_bins: int, block: slice) -> NDArray[np.complex64]:
    """(frame, chirp, n_bins) of the block's frames, each from its own first absolute bin."""
    values = cube.values[block]
    if n_bins == values.shape[2]:
        return values
    offsets = first[block] - cube.first_bin[block]
    return np.stack([frame[:, at : at + n_bins] for frame, at in zip(values, offsets, strict=True)])
