"""The range-chirp cube: what simulated and recorded data have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from .windows import periodic_hann

BLOCK_VALUES = 1 << 18  # complex values in work at a time: 2 MB, near the size of a cache


@dataclass(frozen=True, eq=False)
class RangeCube:
    """Complex range profiles of every chirp, or of a strip of range bins around the body.

    Attributes:
        values: (frame, chirp, virtual, range) complex64, sqrt(mW): a point target of received power P reads
            sqrt(P) at its bin in every virtual channel (order of `RadarConfig.channels`). Phases refer to ADC
            sample N/2, so the window's response is real.
        first_bin: (frame,) absolute range bin of `values[frame, :, :, 0]`.

    Raises:
        RadarConfigError: the axes are not these four, or `first_bin` does not name one bin per frame.
    """

    values: NDArray[np.complex64]
    first_bin: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Check the axes."""
        if self.values.ndim != 4 or self.first_bin.shape != self.values.shape[:1]:
            raise RadarConfigError(
                f"a range cube of shape {self.values.shape} with first bins of shape {self.first_bin.shape}: "
                "(frame, chirp, virtual, range) and (frame,) are needed; one antenna is a virtual axis of "
                "length 1: values[:, :, None, :]"
            )

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return self.values.shape[0]

    @property
    def n_chirps(self) -> int:
        """Number of chirps per frame and channel."""
        return self.values.shape[1]

    @property
    def n_virtual(self) -> int:
        """Number of virtual channels."""
        return self.values.shape[2]

    @property
    def n_bins(self) -> int:
        """Number of range bins held per frame."""
        return self.values.shape[3]

    def parts(self) -> NDArray[np.float32]:
        """(frame, chirp, virtual, 2 range) float32: real and imaginary parts in turn, a view if possible."""
        return np.ascontiguousarray(self.values, dtype=np.complex64).view(np.float32)


def range_cube_from_adc(
    adc: NDArray[np.complexfloating], radar: RadarConfig, *, workers: int = 1
) -> RangeCube:
    """Range FFT of ADC samples under a periodic Hann window.

    Args:
        adc: (frame, chirp, virtual, adc_sample) complex, sqrt(mW) (or counts: then the cube is in counts).
        radar: says how many chirps, channels and samples there are.
        workers: threads of the FFT.

    Raises:
        RadarConfigError: the array is not (frame, n_chirps, n_virtual, n_adc_samples) of complex numbers.
    """
    wanted = (radar.n_chirps, radar.n_virtual, radar.n_adc_samples)
    if adc.ndim != 4 or adc.shape[1:] != wanted or not np.iscomplexobj(adc):
        raise RadarConfigError(
            f"ADC data of shape {adc.shape} and type {adc.dtype} do not fit radar {radar.name!r}: "
            f"(frame, chirp, virtual, adc_sample) = (any, {wanted[0]}, {wanted[1]}, {wanted[2]}) complex is "
            "needed" + ("; add the axis of one antenna with adc[:, :, None, :]" if adc.ndim == 3 else "")
        )
    window = periodic_hann(radar.n_adc_samples)
    # e^{j pi k} moves the phase reference from sample 0 to sample N/2: bins of odd k change sign.
    weights = window / window.sum()
    values = np.empty(adc.shape, dtype=np.complex64)
    n_frames = frames_per_block(adc[:1].size)
    for start in range(0, len(adc), n_frames):
        block = slice(start, start + n_frames)
        values[block] = scipy.fft.fft(adc[block] * weights, axis=-1, overwrite_x=True, workers=workers)
    values[..., 1::2] *= np.float32(-1.0)
    return RangeCube(values, np.zeros(len(adc), dtype=np.int64))


def frames_per_block(values_per_frame: int) -> int:
    """Frames that are worked on at a time, so that memory stays bounded."""
    return max(1, BLOCK_VALUES // max(values_per_frame, 1))
