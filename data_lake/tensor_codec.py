"""The one dB law: how a doppler_time map of linear amplitude becomes the integer codes of the lake, and back.

    dB   = 20 log10(amplitude in sqrt(mW))          [dBm]
    code = round((dB - db_offset) / db_step)        clipped to 0 ... 255

One law for all samples keeps absolute levels comparable: a person at 2 m stays 24 dB above one at 8 m, and
the noise floor lies at the same code everywhere. Per-sample scaling would throw both away.

Offset and step: thermal noise of the default radar is -133 dBm in one range-Doppler cell (kTBF over
256 x 128 ADC samples at 15 dB noise figure, 2-D Hann). doppler_time sums the cells of a range gate: measured
on simulated people, noise lies at -116 dBm (standard deviation 0.8 dB, minimum -120) and the strongest cell
at -60 dBm for a body at 1 m, -94 dBm at 8 m; the sum over all range bins reaches -51 dBm. The law spans
-140 ... -38 dBm, from below the noise of a single cell to 13 dB above all that, so nothing clips at either
end unless noise is switched off. Rounding is off by at most half a step, 0.2 dB (0.12 dB rms): beside the
noise's 0.8 dB it adds 1 %. Every row of the lake carries its offset, step and dtype, so the law may move
without making old rows unreadable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import InvalidInput

MAPS = ("doppler_time", "range_time", "azimuth_time")
"""Columns of a samples row that hold a map; all have the shape and the law that the row states."""
DB_OFFSET = -140.0
DB_STEP = 0.4
TENSOR_SHAPE = (496, 128)
CODE_DTYPES: dict[str, np.dtype] = {"uint8": np.dtype("u1"), "uint16": np.dtype("<u2")}


@dataclass(frozen=True)
class TensorCodec:
    """The dB law as numbers: what the columns `db_offset`, `db_step` and `dtype` of a sample say."""

    db_offset: float = DB_OFFSET
    """dBm of code 0; whatever is weaker, silence and padding included, is code 0."""
    db_step: float = DB_STEP
    """dB from one code to the next; the error inside the span is at most half of it."""
    dtype: str = "uint8"
    """Type of the codes: "uint8", or "uint16" (little-endian) where a finer step is wanted."""

    def __post_init__(self) -> None:
        """Refuse laws that cannot be decoded."""
        if self.dtype not in CODE_DTYPES:
            raise InvalidInput(f"dtype {self.dtype!r} of a tensor code; allowed: {', '.join(CODE_DTYPES)}")
        if not (np.isfinite(self.db_offset) and np.isfinite(self.db_step) and self.db_step > 0):
            raise InvalidInput(
                f"db_offset {self.db_offset}, db_step {self.db_step}: finite numbers, step above 0 needed"
            )

    @property
    def largest_code(self) -> int:
        """Code of `db_ceiling`."""
        return int(np.iinfo(CODE_DTYPES[self.dtype]).max)

    @property
    def db_ceiling(self) -> float:
        """dBm of the largest code; whatever is stronger is clipped to it."""
        return self.db_offset + self.largest_code * self.db_step

    @property
    def max_error_db(self) -> float:
        """Largest error inside the span: half a step."""
        return self.db_step / 2

    def columns(self, codes: NDArray[np.integer]) -> dict[str, object]:
        """Return the columns of a samples row that hold codes [T, D] and say how to read them."""
        return {
            "doppler_time": self.packed(codes),
            "shape": [int(length) for length in codes.shape],
            "dtype": self.dtype,
            "db_offset": self.db_offset,
            "db_step": self.db_step,
        }

    def packed(self, codes: NDArray[np.integer]) -> bytes:
        """Return codes as a binary column holds them: row-major, little-endian."""
        return np.ascontiguousarray(codes, dtype=CODE_DTYPES[self.dtype]).tobytes()


DEFAULT_CODEC = TensorCodec()


@dataclass(frozen=True)
class ClipShares:
    """Share (0 ... 1) of the valid cells that lie outside the span of the law."""

    floor: float
    ceiling: float


def encode_db(magnitude: NDArray, n_valid: int, codec: TensorCodec = DEFAULT_CODEC) -> NDArray:
    """Turn linear amplitude into codes.

    Args:
        magnitude: [T, D] amplitude, sqrt(mW), finite and not negative; 0 becomes code 0.
        n_valid: frames of the recording; rows from there on are padding and become code 0.
        codec: the law.

    Returns:
        [T, D] codes, uint8 (or uint16).

    Raises:
        InvalidInput: wrong shape, NaN, infinite or negative amplitude, or n_valid outside 0 ... T.
    """
    db = _valid_db(magnitude, n_valid)
    codes = np.zeros(np.shape(magnitude), dtype=CODE_DTYPES[codec.dtype])
    codes[:n_valid] = np.clip(np.rint((db - codec.db_offset) / codec.db_step), 0, codec.largest_code)
    return codes


def decode_db(codes: NDArray[np.integer], db_offset: float, db_step: float) -> NDArray[np.float32]:
    """Turn codes of any shape into dBm (float32); code 0 means `db_offset` or weaker."""
    return np.float32(db_offset) + np.float32(db_step) * codes.astype(np.float32)


def clip_shares(magnitude: NDArray, n_valid: int, codec: TensorCodec = DEFAULT_CODEC) -> ClipShares:
    """Report which share of the valid cells of [T, D] amplitude the law cannot represent.

    A cell counts as clipped when the law moves it by more than its rounding error.

    Raises:
        InvalidInput: as `encode_db`, or no valid frame at all.
    """
    if n_valid == 0:
        raise InvalidInput("clip shares of 0 valid frames are undefined; n_valid must be at least 1")
    db = _valid_db(magnitude, n_valid)
    floor = float(np.mean(db < codec.db_offset - codec.max_error_db))
    ceiling = float(np.mean(db > codec.db_ceiling + codec.max_error_db))
    return ClipShares(floor, ceiling)


def codes_of(row: Mapping[str, object], name: str = "doppler_time") -> NDArray[np.integer]:
    """Return the codes [T, D] of one of the MAPS of a samples row (read-only view of its bytes).

    Raises:
        InvalidInput: the dtype is unknown, the map was not made, or its bytes do not fill the shape.
    """
    dtype = CODE_DTYPES.get(str(row["dtype"]))
    if dtype is None:
        raise InvalidInput(f"dtype {row['dtype']!r} of a tensor; allowed: {', '.join(CODE_DTYPES)}")
    shape = tuple(int(length) for length in row["shape"])  # type: ignore[attr-defined]
    data = row.get(name)
    if not isinstance(data, bytes):
        raise InvalidInput(
            f"sample {row.get('sample_id', '')} has no {name}: it was not made with it (--set "
            "simulation.all_views=true makes range_time, and azimuth_time where the radar can tell azimuths)"
        )
    expected = int(np.prod(shape)) * dtype.itemsize
    if len(data) != expected:
        raise InvalidInput(f"{name} has {len(data)} bytes; shape {shape} of {row['dtype']} needs {expected}")
    return np.frombuffer(data, dtype=dtype).reshape(shape)


def decode_row(row: Mapping[str, object], name: str = "doppler_time") -> NDArray[np.float32]:
    """Return one of the MAPS of a samples row, [T, D] in dBm.

    Raises:
        InvalidInput: as `codes_of`.
    """
    return decode_db(codes_of(row, name), float(row["db_offset"]), float(row["db_step"]))  # type: ignore[arg-type]


def range_axis_m(row: Mapping[str, object]) -> NDArray[np.float64]:
    """Return the middles of the cells of a row's range_time."""
    cells = int(row["shape"][1])  # type: ignore[index]
    start_m, step_m = float(row["range_time_start_m"]), float(row["range_time_step_m"])  # type: ignore[arg-type]
    return start_m + step_m * np.arange(cells, dtype=np.float64)


def azimuth_axis_deg(cells: int = TENSOR_SHAPE[1]) -> NDArray[np.float64]:
    """Return the middles of the cells of azimuth_time: equal ones from -90 to 90 degrees, positive to the right."""
    return ((np.arange(cells, dtype=np.float64) + 0.5) / cells - 0.5) * 180.0


def pack_float32(values: NDArray) -> bytes:
    """Write an array as the lake's binary columns hold them: float32, little-endian, row-major."""
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def unpack_float32(data: bytes, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Read a binary column of float32; one entry of shape may be -1.

    Raises:
        InvalidInput: the bytes do not fill the shape.
    """
    values = np.frombuffer(data, dtype="<f4")
    try:
        return values.reshape(shape)
    except ValueError as error:
        raise InvalidInput(f"{len(data)} bytes are {values.size} floats, not of shape {shape}") from error


def _valid_db(magnitude: NDArray, n_valid: int) -> NDArray[np.float64]:
    """Return dBm of the first n_valid frames; silence is minus infinity."""
    amplitude = np.asarray(magnitude, dtype=np.float64)
    if amplitude.ndim != 2:
        raise InvalidInput(f"magnitude has shape {amplitude.shape}; [frames, Doppler bins] needed")
    if not 0 <= n_valid <= amplitude.shape[0]:
        raise InvalidInput(f"n_valid {n_valid} is outside 0 ... {amplitude.shape[0]} frames")
    valid = amplitude[:n_valid]
    if not np.isfinite(valid).all() or (valid < 0).any():
        raise InvalidInput("magnitude has NaN, infinite or negative cells; linear amplitude is >= 0")
    with np.errstate(divide="ignore"):
        return 20.0 * np.log10(valid)
