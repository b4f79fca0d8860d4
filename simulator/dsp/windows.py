"""Window functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def periodic_hann(n: int) -> NDArray[np.float64]:
    """(n,) Hann window of period n: sin^2(pi i / n), so 0 at i = 0 and symmetric about i = n/2."""
    return np.sin(np.pi * np.arange(n) / n) ** 2
