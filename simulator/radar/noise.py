"""Thermal noise, drawn where it is needed: in the windowed range bins."""

from __future__ import annotations

import numpy as np

from ..dsp.range_cube import RangeCube
from ..dsp.windows import periodic_hann
from ..threads import in_threads
from .config import RadarConfig
from .noise_kernel import add_noise_rows


def add_thermal_noise(
    cube: RangeCube,
    radar: RadarConfig,
    seed: int,
    *,
    first_frame: int = 0,
    in_place: bool = False,
    workers: int = 1,
) -> RangeCube:
    """The cube plus receiver noise k T B F, independent from channel to channel.

    White noise of the ADC samples has a white DFT; the periodic Hann window mixes three neighbouring bins of
    it with weights 1/2, 1, 1/2 (relative, with the phase reference at sample N/2). Drawing the white bins of
    the strip and mixing them so gives exactly the statistics of noise added to the ADC samples, without
    making those. A bin's noise depends on the seed, its frame, chirp, channel and absolute range bin only.

    Args:
        cube: noise-free cube in sqrt(mW).
        radar: gives the noise power of an ADC sample.
        seed: of the noise stream, not negative.
        first_frame: number of the cube's first frame within its capture, where a capture is made in parts.
        in_place: add to the cube's own values and return it.
        workers: threads.
    """
    key = np.random.SeedSequence(seed).generate_state(2, np.uint32)
    # Each white DFT bin has variance P/N; real and imaginary part have half of that.
    variance = np.float32(0.5 * radar.noise_power_mw / radar.n_adc_samples)
    values = cube.values if in_place else np.empty_like(cube.values)
    words, first_bin = (int(key[0]), int(key[1])), cube.first_bin.astype(np.int64)

    def work(frames: tuple[int, int]) -> None:
        part = slice(*frames)
        add_noise_rows(
            cube.values[part], first_bin[part], radar.n_adc_samples, words, first_frame + frames[0], variance,
            values[part],
        )  # fmt: skip

    in_threads(work, len(first_bin), workers)
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
