"""The compiled kernel of `noise`: counter-based white Gaussian noise, mixed as a Hann window mixes it.

Every white range bin is a function of (seed, frame, chirp, channel, absolute bin) alone: a strip of bins reads
the noise that the whole span reads there (to rounding), and blocks of frames may be made in any order.
Philox4x32-10 (J. K. Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011) turns a counter into
four words, the Box-Muller transform turns two words into one complex normal number.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

_COMPILE: dict[str, Any] = {
    "cache": True, "nogil": True, "fastmath": True, "boundscheck": False, "error_model": "numpy",
}  # fmt: skip

ROWS_PER_BATCH = 16  # long loops for the vector units, and buffers that stay in the cache
_MASK, _WORD = np.uint64(0xFFFFFFFF), np.uint64(32)
# Multipliers and key increments of Philox4x32.
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_ROUNDS = 10
# Taylor series in x^2 of sin(pi x) / x and cos(pi x): exact to 1e-7 for |x| <= 1/2.
S0, S1, S2, S3, S4, S5 = (
    np.float32((-1) ** k * math.pi ** (2 * k + 1) / math.factorial(2 * k + 1)) for k in range(6)
)
C0, C1, C2, C3, C4, C5, C6 = (
    np.float32((-1) ** k * math.pi ** (2 * k) / math.factorial(2 * k)) for k in range(7)
)
# ln((1 + s) / (1 - s)) / 2s = 1 + s^2 / 3 + s^4 / 5 + ...
L1, L2, L3, L4 = (np.float32(1.0 / k) for k in (3, 5, 7, 9))
_LN2, _SQRT2, _WORD_SCALE = np.float32(math.log(2.0)), np.float32(math.sqrt(2.0)), np.float32(2.0**-32)
_HALF, _ONE, _TWO = np.float32(0.5), np.float32(1.0), np.float32(2.0)


@numba.njit(**_COMPILE)
def add_noise_rows(
    values: NDArray[np.complex64],
    first_bin: NDArray[np.int64],
    n_range_bins: int,
    key: tuple[int, int],
    first_frame: int,
    variance: np.float32,
    out: NDArray[np.complex64],
) -> None:
    """Write `values` plus noise to `out`.

    Args:
        values: (frame, chirp, virtual, range) complex64; may be `out` itself.
        first_bin: (frame,) absolute bin of `values[frame, :, :, 0]`.
        n_range_bins: N, even; bins wrap around at its ends.
        key: two words of 32 bits.
        first_frame: the frame that `values[0]` counts as.
        variance: of the real part of a white bin.
        out: like `values`.
    """
    n_frames, n_chirps, n_virtual, n_bins = values.shape
    n_pairs = n_bins // 2 + 2  # counters are pairs of bins; the strip and one bin at either side lie in these
    size = ROWS_PER_BATCH * n_pairs
    words = np.empty((4, size), np.uint32)
    scratch = np.empty((2, size), np.float32)
    even, odd = np.empty((2, size), np.float32), np.empty((2, size), np.float32)
    white = np.empty(4 * n_pairs, np.float32)
    source, target = values.view(np.float32), out.view(np.float32)
    n_rows = n_chirps * n_virtual
    for frame in range(n_frames):
        before = (first_bin[frame] - 1) % n_range_bins
        for start in range(0, n_rows, ROWS_PER_BATCH):
            stop = min(start + ROWS_PER_BATCH, n_rows)
            for row in range(start, stop):
                counter = (row // n_virtual, row % n_virtual, first_frame + frame)
                at = (row - start) * n_pairs
                philox_words(before // 2, n_range_bins // 2, counter, key, words[:, at : at + n_pairs])
            n = (stop - start) * n_pairs
            box_muller(words[0], words[1], n, variance, scratch, even)
            box_muller(words[2], words[3], n, variance, scratch, odd)
            for row in range(start, stop):
                at, chirp, channel = (row - start) * n_pairs, row // n_virtual, row % n_virtual
                for i in range(n_pairs):
                    white[4 * i], white[4 * i + 1] = even[0, at + i], even[1, at + i]
                    white[4 * i + 2], white[4 * i + 3] = odd[0, at + i], odd[1, at + i]
                shifted = white[2 * (before % 2) :]
                _add_mixed(source[frame, chirp, channel], shifted, target[frame, chirp, channel])


@numba.njit(**_COMPILE)
def _add_mixed(source, white, target):  # type: ignore[no-untyped-def]
    """One row plus its three neighbouring white bins with weights 1/2, 1, 1/2; real and imaginary in turn."""
    for b in range(len(target)):
        target[b] = source[b] + (white[b + 2] + _HALF * (white[b] + white[b + 4]))


@numba.njit(**_COMPILE)
def philox_words(
    first: int,
    period: int,
    counter: tuple[int, int, int],
    key: tuple[int, int],
    words: NDArray[np.uint32],
) -> None:
    """Fill `words` (4, n) uint32 with Philox4x32-10 of the counters ((first + i) % period, *counter).

    At most period + 2 counters, and first < period.
    """
    for i in range(words.shape[1]):
        at = first + i
        at -= (period if at >= period else 0) + (period if at >= 2 * period else 0)
        x0, x1, x2, x3 = np.uint64(at), np.uint64(counter[0]), np.uint64(counter[1]), np.uint64(counter[2])
        k0, k1 = np.uint64(key[0]), np.uint64(key[1])
        for _ in range(_ROUNDS):
            p0, p1 = _M0 * x0, _M1 * x2
            x0, x1, x2, x3 = (p1 >> _WORD) ^ x1 ^ k0, p1 & _MASK, (p0 >> _WORD) ^ x3 ^ k1, p0 & _MASK
            k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
        words[0, i], words[1, i], words[2, i], words[3, i] = x0, x1, x2, x3


@numba.njit(**_COMPILE)
def box_muller(
    radius_words: NDArray[np.uint32],
    angle_words: NDArray[np.uint32],
    n: int,
    variance: np.float32,
    scratch: NDArray[np.float32],
    normal: NDArray[np.float32],
) -> None:
    """`normal` (2, >= n) float32: real and imaginary parts, each of `variance`, from two words a number.

    `scratch` is (2, >= n) float32.
    """
    uniform, mantissa = scratch[0], scratch[1]
    bits, mantissa_bits = uniform.view(np.int32), mantissa.view(np.int32)
    for i in range(n):
        uniform[i] = (np.float32(radius_words[i]) + _HALF) * _WORD_SCALE  # in (0, 1]
    for i in range(n):
        mantissa_bits[i] = (bits[i] & np.int32(0x007FFFFF)) | np.int32(0x3F800000)
    for i in range(n):
        exponent, m = np.float32((bits[i] >> np.int32(23)) - np.int32(127)), mantissa[i]
        high = m > _SQRT2
        m = _HALF * m if high else m
        exponent = exponent + _ONE if high else exponent
        s = (m - _ONE) / (m + _ONE)
        z = s * s
        logarithm = exponent * _LN2 + _TWO * s * (_ONE + z * (L1 + z * (L2 + z * (L3 + z * L4))))
        radius = math.sqrt(max(-_TWO * variance * logarithm, np.float32(0.0)))
        x = np.float32(np.int32(angle_words[i])) * _WORD_SCALE  # half the angle, in half turns
        y = x * x
        sine = x * (S0 + y * (S1 + y * (S2 + y * (S3 + y * (S4 + y * S5)))))
        cosine = C0 + y * (C1 + y * (C2 + y * (C3 + y * (C4 + y * (C5 + y * C6)))))
        normal[0, i] = radius * (_ONE - _TWO * sine * sine)
        normal[1, i] = radius * _TWO * sine * cosine
