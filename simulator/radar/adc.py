"""ADC samples of many scatterers: the compiled kernel of `beat` as a non-uniform FFT.

Windowed range bins cannot be turned back into ADC samples: a Hann window is zero at the edge. So each
scatterer, a tone at range bin b, is spread over a grid of 2N half range bins with a smooth kernel psi(x), moved
to 2b; the inverse FFT of the grid, at sample n, is the tone times the transform of psi at (n - N/2) / 2N cycles
per half bin, and that is divided out (A. Dutt and V. Rokhlin, Fast Fourier transforms for nonequispaced data,
SIAM J. Sci. Comput. 14, 1993). psi is the exponential of a semicircle (A. H. Barnett, J. Magland, L. af
Klinteberg, SIAM J. Sci. Comput. 41, 2019). Its error, with the polynomials of the kernel, is below -110 dB of a
sample; what is left comes from float32.

As in `beat`, phases refer to ADC sample N/2, the residual video phase is kept, and delay is taken at that sample
and held during the chirp.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ..errors import RadarConfigError
from .beat import add_up_tracks, polynomial_taps
from .config import RadarConfig
from .tracks import FacetTracks, ScattererTracks, Tracks, poses_per_frame, tracks_of_channels

OVERSAMPLING = 2  # grid points per range bin
KERNEL_HALF_WIDTH = 5.0  # grid points; the taps reach half a point and the migration of a run further
KERNEL_SHAPE = 20.0  # exponent: error of taps and polynomials together is least
GRID_BYTES = 1 << 24  # of the grid that is in work at a time


def synthesize_adc(
    tracks: Tracks, radar: RadarConfig, first_frame: int, n_frames: int, workers: int = 1
) -> NDArray[np.complex64]:
    """Noise-free ADC samples of some frames, sqrt(mW).

    Agrees with `beat_reference.reference_adc` to -110 dB over all samples. A frame comes out the
    same, byte by byte, whatever block of frames and however many threads make it. Beside the result, memory for
    GRID_BYTES of grid (at least one frame) and a copy of it is needed. Ranges beyond the span wrap around.

    Args:
        tracks: of each virtual channel, in the order of `radar.channels`; one alone for one antenna. A channel
            of TDM slot s is measured s slots later.
        radar: chirp, frame and antennas.
        first_frame: of the tracks.
        n_frames: how many.
        workers: threads, each with frames of its own.

    Returns:
        (frame, chirp, virtual, adc_sample) complex64.

    Raises:
        RadarConfigError: there are not as many tracks as the radar has channels, or they lack these frames.
    """
    per_channel = tracks_of_channels(tracks, radar)
    n_held = min(own.n_frames(radar) for own in per_channel)
    if not (n_frames >= 1 and 0 <= first_frame <= n_held - n_frames):
        raise RadarConfigError(
            f"{n_frames} frames from frame {first_frame} on are not within the motion: it has {n_held} frames of "
            f"radar {radar.name!r}, counted from 0; ask for at least one of them"
        )
    n_samples, n_grid = radar.n_adc_samples, OVERSAMPLING * radar.n_adc_samples
    adc = np.empty((n_frames, radar.n_chirps, radar.n_virtual, n_samples), dtype=np.complex64)
    taps, gains = polynomial_taps(spreading_kernel), (1.0 / _kernel_transform(n_samples)).astype(np.float32)
    step = min(n_frames, frames_in_work(radar))
    grid = np.empty((step, *adc.shape[1:3], n_grid), dtype=np.complex64)
    for start in range(0, n_frames, step):
        block = slice(start, min(start + step, n_frames))
        part = grid[: block.stop - start]
        in_block = [_frames_of(own, radar, first_frame + start, len(part)) for own in per_channel]
        add_up_tracks(in_block, radar, taps, OVERSAMPLING, np.zeros(len(part), np.int64), part, workers)
        tones = scipy.fft.ifft(part, axis=-1, norm="forward", workers=workers)
        half = n_samples // 2  # sample N/2 is time 0; those before it have wrapped to the end
        np.multiply(tones[..., -half:], gains[:half], out=adc[block, ..., :half])
        np.multiply(tones[..., :half], gains[half:], out=adc[block, ..., half:])
    return adc


def frames_in_work(radar: RadarConfig) -> int:
    """Frames whose grid takes GRID_BYTES; at least one."""
    values_per_frame = radar.n_chirps * radar.n_virtual * OVERSAMPLING * radar.n_adc_samples
    return max(1, GRID_BYTES // (8 * values_per_frame))


def spreading_kernel(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """psi(x) = exp(beta (sqrt(1 - (x / w)^2) - 1)), 0 for |x| >= w; x in grid points."""
    inside = np.maximum(1.0 - (points / KERNEL_HALF_WIDTH) ** 2, 0.0)
    return np.asarray(np.where(inside > 0.0, np.exp(KERNEL_SHAPE * (np.sqrt(inside) - 1.0)), 0.0))


def _kernel_transform(n_samples: int) -> NDArray[np.float64]:
    """(adc_sample,) integral of psi(x) cos(2 pi x (n - N/2) / 2N) dx, by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(100)
    points = KERNEL_HALF_WIDTH * nodes
    cycles = (np.arange(n_samples) - n_samples // 2) / (OVERSAMPLING * n_samples)
    turns = np.cos(2.0 * np.pi * cycles[:, None] * points)
    return np.asarray(turns @ (KERNEL_HALF_WIDTH * weights * spreading_kernel(points)))


def _frames_of(tracks: ScattererTracks, radar: RadarConfig, first: int, n_frames: int) -> ScattererTracks:
    """Views of the poses of some frames; entries of facets keep their numbers."""
    per_frame = poses_per_frame(radar)
    poses = slice(first * per_frame, (first + n_frames) * per_frame + 1)
    facets = tracks.facets
    if facets is not None:
        facets = FacetTracks(
            facets.first_entry[poses], facets.range_m, facets.range_rate_mps, facets.amplitude
        )
    return replace(
        tracks,
        range_m=tracks.range_m[poses],
        range_rate_mps=tracks.range_rate_mps[poses],
        amplitude=tracks.amplitude[poses],
        facets=facets,
    )
