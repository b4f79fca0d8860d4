"""Thermal noise, drawn where it is needed: in the windowed range bins."""

from __future__ import annotations

import numpy as np

from ..dsp.range_cube import RangeCube
from ..dsp.windows import periodic_hann
from .config import RadarConfig

FRAMES_PER_BLOCK = 62


def add_thermal_noise(cube: RangeCube, radar: RadarConfig, seed: int) -> RangeCube:
    """The cube plus receiver noise k T B F.

    White noise of the ADC samples has a white DFT; the periodic Hann window mixes three neighbouring bins of
    it with weights 1/2, 1, 1/2 (relative, with the phase reference at sample N/2). Drawing the white bins of
    the strip and mixing them so gives exactly the statistics of noise added to the ADC samples, without
    making those.

    Args:
        cube: noise-free cube in sqrt(mW).
        radar: gives the noise power of an ADC sample.
        seed: of the noise stream.
    """
    generator = np.random.Generator(np.random.SFC64(seed))
    # Each white DFT bin has variance P/N; real and imaginary part have half of that.
    scale = np.float32(np.sqrt(0.5 * radar.noise_power_mw / radar.n_adc_samples))
    n_frames, n_chirps, n_bins = cube.values.shape
    wraps = n_bins == radar.n_adc_samples
    values = np.empty_like(cube.values)
    for start in range(0, n_frames, FRAMES_PER_BLOCK):
        block = slice(start, min(start + FRAMES_PER_BLOCK, n_frames))
        shape = (block.stop - start, n_chirps, n_bins if wraps else n_bins + 2)
        white = generator.standard_normal((*shape, 2), dtype=np.float32).view(np.complex64)[..., 0]
        white *= scale
        if wraps:
            white = np.concatenate([white[..., -1:], white, white[..., :1]], axis=-1)
        mixed = white[..., 1:-1] + np.float32(0.5) * (white[..., :-2] + white[..., 2:])
        np.add(cube.values[block], mixed, out=values[block])
    return RangeCube(values, cube.first_bin)


def cell_noise_mw(radar: RadarConfig) -> float:
    """Mean noise power of one range-Doppler cell under periodic Hann windows in both axes, mW.

    P / (N K) times the product of the windows' equivalent noise bandwidths.
    """
    power = radar.noise_power_mw
    for n in (radar.n_adc_samples, radar.n_chirps):
        window = periodic_hann(n)
        power *= (window**2).sum() / window.sum() ** 2
    return float(power)
