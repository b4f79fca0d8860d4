"""Range-Doppler maps as received power in dBm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .spectrogram import doppler_maps

LEAST_DBM = -300.0  # what a map reads where nothing is received


def first_channel_dbm(values: NDArray[np.complex64], workers: int = 1) -> NDArray[np.float32]:
    """Received power of the first virtual channel.

    Args:
        values: (frame, chirp, virtual, range) of a range cube, sqrt(mW).
        workers: threads of the FFT.

    Returns:
        (frame, doppler, range) dBm, zero Doppler in the middle: a point on the middle of a cell reads its received
        power there. Never below LEAST_DBM.
    """
    level = np.abs(doppler_maps(values[:, :, 0], workers=workers)).astype(np.float64)
    dbm = 20.0 * np.log10(np.maximum(level, 10.0 ** (LEAST_DBM / 20.0)))
    return np.asarray(dbm, dtype=np.float32)
