"""Maps of other tools as levels in dB: what the values, axes and signs of a file mean is said, never guessed."""

from __future__ import annotations

import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidInput
from ..tensor_codec import TENSOR_SHAPE

Values = Literal["linear", "db", "log10"]
Axes = Literal["frame-doppler", "doppler-frame"]
Receding = Literal["above", "below"]
FEWEST_FRAMES = 16
MOST_FRAMES = 1_000_000
_NPZ_KEY = "doppler_time"


class UnusableMap(InvalidInput):
    """A map's file cannot be read as it is said to be."""


@dataclass(frozen=True)
class MapReading:
    """How the maps are to be read.

    Attributes:
        values: linear magnitude (amplitude, not power), dB, or log10 of the magnitude.
        axes: which axis comes first in a .npy; a .npz of mmExpert holds doppler_time as Doppler x frame.
        receding: whether bins above the middle one recede (as after fftshift of exp(+j 2 pi f0 tau)), or those below.
    """

    values: Values = "linear"
    axes: Axes = "frame-doppler"
    receding: Receding = "above"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def read_levels_db(path: Path, reading: MapReading) -> NDArray[np.float64]:
    """Read a map as levels [T, 128] in dB relative to magnitude 1; silence is minus infinity, nothing else is.

    Frames at the end that hold nothing but zeros are padding and are left out. Bin 64 is zero Doppler and bins above it
    recede, whatever the file has.

    Raises:
        UnusableMap: not an array of numbers, of another shape, or with values that cannot be meant; the message says
            what was found and which option would read it.
    """
    values, transposed = _load(path)
    values = _oriented(values, transposed or reading.axes == "doppler-frame", transposed, reading)
    if not np.isfinite(values).all():
        raise UnusableMap(f"{np.count_nonzero(~np.isfinite(values))} of its values are NaN or infinite")
    if reading.values == "linear":
        values = _without_padding(values)
        if values.min(initial=0.0) < 0.0:
            raise UnusableMap(
                f"its smallest value is {values.min():.4g}, and magnitudes are not negative: if these are decibels or "
                "logarithms, say --values db or --values log10"
            )
        with np.errstate(divide="ignore"):
            levels = 20.0 * np.log10(values)
    else:
        levels = values * (20.0 if reading.values == "log10" else 1.0)
    if len(levels) < FEWEST_FRAMES:
        raise UnusableMap(f"{len(levels)} frames that hold anything; at least {FEWEST_FRAMES} are needed")
    if reading.receding == "below":
        levels = mirrored(levels)
    return levels


def mirrored(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the sign of the range rate: bin b goes to 128 - b, bin 0 (both signs at once) and bin 64 stay."""
    bins = levels.shape[1]
    return levels[:, (bins - np.arange(bins)) % bins]


def _load(path: Path) -> tuple[NDArray, bool]:
    """The array of a file, and whether it is stored Doppler x frame by its format."""
    try:
        found = np.load(path, mmap_mode="r" if path.suffix == ".npy" else None, allow_pickle=False)
        if isinstance(found, np.lib.npyio.NpzFile):
            with found:
                if _NPZ_KEY not in found:
                    raise UnusableMap(f"holds {', '.join(found.files) or 'nothing'}, and no {_NPZ_KEY}")
                return np.asarray(found[_NPZ_KEY]), True
        return found, False
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, UnusableMap):
            raise
        raise UnusableMap(f"is no readable NumPy file: {str(error).splitlines()[0]}") from error


def _oriented(values: NDArray, turn: bool, transposed: bool, reading: MapReading) -> NDArray[np.float64]:
    bins = TENSOR_SHAPE[1]
    if values.dtype.kind not in "fiu" or values.ndim != 2:
        raise UnusableMap(
            f"is {values.dtype} of shape {values.shape}; real numbers [frames, {bins}] are needed"
        )
    turned = values.T if turn else values
    if turned.shape[1] != bins:
        if values.shape[0 if not turn else 1] == bins and not transposed:
            other = "doppler-frame" if reading.axes == "frame-doppler" else "frame-doppler"
            raise UnusableMap(
                f"has shape {values.shape}; if the other axis holds the frames, say --axes {other}"
            )
        raise UnusableMap(
            f"has {turned.shape[1]} Doppler bins (shape {values.shape}); {bins} are needed: resample its velocity "
            "axis first"
        )
    if len(turned) > MOST_FRAMES:
        raise UnusableMap(f"has {len(turned)} frames; cut it into recordings of at most {MOST_FRAMES}")
    return np.array(turned, dtype=np.float64)


def _without_padding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    filled = np.flatnonzero(values.any(axis=1))
    return values[: filled[-1] + 1] if len(filled) else values[:0]
