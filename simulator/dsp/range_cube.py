"""The range-chirp cube: what simulated and recorded data have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from .windows import periodic_hann


@dataclass(frozen=True, eq=False)
class RangeCube:
    """Complex range profiles of every chirp, or of a strip of range bins around the body.

    Attributes:
        values: (frame, chirp, range) complex64, sqrt(mW): a point target of received power P reads sqrt(P) at
            its bin. Phases refer to ADC sample N/2, so the window's response is real.
        first_bin: (frame,) absolute range bin of `values[frame, :, 0]`.
    """

    values: NDArray[np.complex64]
    first_bin: NDArray[np.int64]

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.values.shape[0]

    @property
    def n_bins(self) -> int:
        """Number of range bins held per frame."""
        return self.values.shape[2]


def range_cube_from_adc(adc: NDArray[np.complexfloating], radar: RadarConfig) -> RangeCube:
    """Range FFT of ADC samples under a periodic Hann window.

    Args:
        adc: (frame, chirp, adc_sample) complex, sqrt(mW) (or counts: then the cube is in counts).
        radar: says how many samples a chirp has.

    Raises:
        RadarConfigError: the array is not (frame, n_chirps, n_adc_samples) of complex numbers.
    """
    wanted = (radar.n_chirps, radar.n_adc_samples)
    if adc.ndim != 3 or adc.shape[1:] != wanted or not np.iscomplexobj(adc):
        raise RadarConfigError(
            f"ADC data of shape {adc.shape} and type {adc.dtype} do not fit radar {radar.name!r}: "
            f"(frame, chirp, adc_sample) = (any, {wanted[0]}, {wanted[1]}) complex is needed"
        )
    window = periodic_hann(radar.n_adc_samples)
    spectrum = scipy.fft.fft(adc * (window / window.sum()), axis=-1)
    # e^{j pi k} moves the phase reference from sample 0 to sample N/2.
    spectrum[..., 1::2] *= -1.0
    return RangeCube(spectrum.astype(np.complex64), np.zeros(len(adc), dtype=np.int64))
