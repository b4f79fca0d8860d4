"""The compiled kernel of `beat`: phasors of many scatterers, added to the range bins of every chirp.

Each scatterer needs the window's transform W(tap - s) at its place s within a bin. W is a polynomial in s, so
scatterers of one bin first add up as moments, sum a s^k exp(j phase), chirp by chirp; one small product with
the coefficients of W per bin then makes the taps. Loops run over a fixed number of chirps, which the compiler
turns into vector instructions without remainders.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from .tracks import AMPLITUDE_NODES

Array = NDArray[np.float64]

N_TERMS = 8  # of the polynomial in s
BLOCK = 32  # chirps that are worked on together; a multiple of all vector lengths
SHORT = 16  # run of a scatterer that moves fast, or whose amplitude changes fast
MAX_MIGRATION_BINS = 0.35  # within half a run, so that |s| stays where the polynomial holds
N_SINE, N_COSINE = 6, 6

MAX_BEND = 0.01  # of a facet's amplitude over BLOCK chirps, below which it counts as linear

_STRIDE = 2 * N_TERMS * BLOCK  # floats of one bin's moments: real parts, then imaginary parts
_COMPILE: dict[str, Any] = {"cache": True, "nogil": True, "fastmath": True, "boundscheck": False}


@numba.njit(**_COMPILE)
def splat_scatterers(  # type: ignore[no-untyped-def]
    points, facets, chirp_grid, law, n_range_bins, tables, first_bin, frames, values
) -> None:
    """Fill `values` (frame, chirp, bin) complex64 with the sum of all scatterers, for some frames.

    Args:
        points: range_m (E, P), range_rate_mps (E, P), amplitude (E, P) float32, phase_cycles (P,).
        facets: the arrays of `FacetTracks` in their order.
        chirp_grid: (intervals per frame, 3) first chirp, end chirp, time of the first within the pose
            interval.
        law: pose interval s, chirp interval s, carrier cycles per m, RVP cycles per m^2, range bins per m.
        n_range_bins: N; `values` of N bins wrap around.
        tables: (N_TERMS, taps) polynomials of W, then those of sine and cosine.
        first_bin: (frame,) absolute bin of `values[frame, :, 0]`.
        frames: first frame and end frame to make.
        values: written in full for those frames.
    """
    window = tables[0]
    n_bins = values.shape[2]
    half = window.shape[1] // 2
    # Taps that fall beside the strip land in its margins.
    moments = np.zeros((n_bins + 2 * half) * _STRIDE, np.float32)
    touched = np.zeros(n_bins + 2 * half, np.bool_)
    real = np.zeros((n_bins + 4 * half) * BLOCK, np.float32)
    imag = np.zeros((n_bins + 4 * half) * BLOCK, np.float32)
    n_intervals = chirp_grid.shape[0]
    for frame in range(frames[0], frames[1]):
        for i in range(n_intervals):
            edge = frame * n_intervals + i
            stop = int(chirp_grid[i, 1])
            for start in range(int(chirp_grid[i, 0]), stop, BLOCK):
                u_start = (chirp_grid[i, 2] + (start - chirp_grid[i, 0]) * law[1]) / law[0]
                shared = (law, n_range_bins, first_bin[frame], half, tables[1], tables[2])
                _add_points(points, edge, u_start, shared, moments, touched)
                _add_facets(facets, edge, u_start, shared, moments, touched)
                real[:] = np.float32(0.0)
                imag[:] = np.float32(0.0)
                for base in range(n_bins + 2 * half):
                    if touched[base]:
                        touched[base] = False
                        _spread(base, moments, window, real, imag)
                _write_block(real, imag, n_range_bins, half, start, min(stop, start + BLOCK), values[frame])


@numba.njit(**_COMPILE)
def _add_points(points, edge, u_start, shared, moments, touched):  # type: ignore[no-untyped-def]
    """All points over one block; amplitudes are linear over the pose interval."""
    range_m, range_rate_mps, amplitude, phase_cycles = points
    step_s, pri_s = shared[0][0], shared[0][1]
    du = pri_s / step_s
    for p in range(range_m.shape[1]):
        a0, a1 = amplitude[edge, p], amplitude[edge + 1, p]
        if a0 == 0.0 and a1 == 0.0:
            continue
        cubic = _cubic(
            range_m[edge, p],
            range_rate_mps[edge, p] * step_s,
            range_m[edge + 1, p],
            range_rate_mps[edge + 1, p] * step_s,
        )
        length = _run_length(cubic, du, shared[0][4], BLOCK)
        start = 0
        while start < BLOCK:
            u = u_start + (start + 0.5 * (length - 1)) * du
            a = a0 + (a1 - a0) * u
            _add_run(
                cubic, (a, 0.0, (a1 - a0) * du, 0.0), phase_cycles[p], (start, length, u, du), shared, moments,
                touched,
            )  # fmt: skip
            start += length


@numba.njit(**_COMPILE)
def _add_facets(facets, edge, u_start, shared, moments, touched):  # type: ignore[no-untyped-def]
    """All facets of this pose interval over one block; amplitudes are complex and linear between nodes."""
    first_entry, range_m, range_rate_mps, amplitude = facets
    step_s, pri_s = shared[0][0], shared[0][1]
    du = pri_s / step_s
    for n in range(first_entry[edge], first_entry[edge + 1]):
        cubic = _cubic(
            range_m[n, 0], range_rate_mps[n, 0] * step_s, range_m[n, 1], range_rate_mps[n, 1] * step_s
        )
        first, last = (
            _node_value(amplitude, n, u_start),
            _node_value(amplitude, n, u_start + (BLOCK - 1) * du),
        )
        bend = _node_value(amplitude, n, u_start + 0.5 * (BLOCK - 1) * du) - 0.5 * (first + last)
        size = abs(first.real) + abs(first.imag) + abs(last.real) + abs(last.imag)
        is_straight = abs(bend.real) + abs(bend.imag) < MAX_BEND * size
        length = _run_length(cubic, du, shared[0][4], BLOCK if is_straight else SHORT)
        start = 0
        while start < BLOCK:
            u = u_start + (start + 0.5 * (length - 1)) * du
            before = _node_value(amplitude, n, u - 0.5 * (length - 1) * du)
            after = _node_value(amplitude, n, u + 0.5 * (length - 1) * du)
            middle, slope = 0.5 * (before + after), (after - before) / max(length - 1, 1)
            _add_run(
                cubic, (middle.real, middle.imag, slope.real, slope.imag), 0.0, (start, length, u, du), shared,
                moments, touched,
            )  # fmt: skip
            start += length


@numba.njit(**_COMPILE)
def _node_value(amplitude, n, u):  # type: ignore[no-untyped-def]
    """Complex amplitude of entry n at u = 0..1 of its pose interval, linear between nodes."""
    at = min(max(u, 0.0), 1.0) * (AMPLITUDE_NODES - 1)
    node = min(int(at), AMPLITUDE_NODES - 2)
    return amplitude[n, node] + (amplitude[n, node + 1] - amplitude[n, node]) * (at - node)


@numba.njit(**_COMPILE)
def _cubic(r0, m0, r1, m1):  # type: ignore[no-untyped-def]
    """Coefficients of the Hermite cubic in u = 0..1."""
    rise = r1 - r0
    return r0, m0, 3.0 * rise - 2.0 * m0 - m1, m0 + m1 - 2.0 * rise


@numba.njit(**_COMPILE)
def _run_length(cubic, du, bins_per_m, longest):  # type: ignore[no-untyped-def]
    """Chirps over which the scatterer stays near one bin: `longest`, SHORT, or fewer for the very fast."""
    fastest = (abs(cubic[1]) + 2.0 * abs(cubic[2]) + 3.0 * abs(cubic[3])) * du * bins_per_m
    allowed = 2.0 * MAX_MIGRATION_BINS / max(fastest, 1e-9)
    if allowed >= longest:
        return longest
    length = SHORT
    while length > 1 and allowed < length:
        length //= 2
    return length


@numba.njit(**_COMPILE)
def _add_run(cubic, amplitudes, phase_cycles, run, shared, moments, touched):  # type: ignore[no-untyped-def]
    """One scatterer over one run of chirps, as moments of the bin that it is nearest to."""
    c0, c1, c2, c3 = cubic
    start, length, u, du = run
    (_, _, cycles_per_m, cycles_per_m2, bins_per_m), n_range_bins, first_bin, half, sine, cosine = shared
    r = c0 + u * (c1 + u * (c2 + u * c3))
    position = r * bins_per_m
    position -= n_range_bins * math.floor(position / n_range_bins) + first_bin
    nearest = math.floor(position + 0.5)
    base = int(nearest) + half
    if base < 0 or base >= touched.shape[0]:
        return
    touched[base] = True
    # Cycles are reduced in float64; what is left within the run is small enough for float32.
    cycles = r * (cycles_per_m - cycles_per_m2 * r) + phase_cycles
    phase = (
        np.float32(cycles - math.floor(cycles)),
        np.float32(cycles_per_m - 2.0 * cycles_per_m2 * r),
        np.float32(cycles_per_m2),
    )
    path = (
        np.float32((c1 + u * (2.0 * c2 + 3.0 * u * c3)) * du),
        np.float32((c2 + 3.0 * u * c3) * du * du),
        np.float32(c3 * du * du * du),
    )
    place = (np.float32(position - nearest), np.float32(bins_per_m))
    amplitude = (
        np.float32(amplitudes[0]),
        np.float32(amplitudes[1]),
        np.float32(amplitudes[2]),
        np.float32(amplitudes[3]),
    )
    at = base * _STRIDE + start
    waves = (
        (sine[0], sine[1], sine[2], sine[3], sine[4], sine[5]),
        (cosine[0], cosine[1], cosine[2], cosine[3], cosine[4], cosine[5]),
    )
    if length == BLOCK:
        _moments_of_block(at, phase, path, place, amplitude, waves, moments)
    elif length == SHORT:
        _moments_of_short(at, phase, path, place, amplitude, waves, moments)
    else:
        middle = np.float32(0.5 * (length - 1))
        for c in range(length):
            _add_moments(
                np.uintp(at + c), np.float32(c) - middle, phase, path, place, amplitude, waves,
                moments,
            )  # fmt: skip


@numba.njit(**_COMPILE)
def _moments_of_block(at, phase, path, place, amplitude, waves, moments):  # type: ignore[no-untyped-def]
    for c in range(BLOCK):
        t = np.float32(c) - np.float32(0.5 * (BLOCK - 1))
        _add_moments(np.uintp(at + c), t, phase, path, place, amplitude, waves, moments)


@numba.njit(**_COMPILE)
def _moments_of_short(at, phase, path, place, amplitude, waves, moments):  # type: ignore[no-untyped-def]
    for c in range(SHORT):
        t = np.float32(c) - np.float32(0.5 * (SHORT - 1))
        _add_moments(np.uintp(at + c), t, phase, path, place, amplitude, waves, moments)


@numba.njit(inline="always", **_COMPILE)
def _add_moments(at, t, phase, path, place, amplitude, waves, moments):  # type: ignore[no-untyped-def]
    """One chirp: phasor times powers of the place within the bin, in float32."""
    sine, cosine = waves
    dr = t * (path[0] + t * (path[1] + t * path[2]))
    y = phase[0] + dr * (phase[1] - phase[2] * dr)
    y -= np.floor(y + np.float32(0.5))
    z = y * y
    c = cosine[0] + z * (cosine[1] + z * (cosine[2] + z * (cosine[3] + z * (cosine[4] + z * cosine[5]))))
    s = y * (sine[0] + z * (sine[1] + z * (sine[2] + z * (sine[3] + z * (sine[4] + z * sine[5])))))
    a, b = amplitude[0] + t * amplitude[2], amplitude[1] + t * amplitude[3]
    re, im = a * c - b * s, a * s + b * c
    x = place[0] + place[1] * dr
    for k in range(N_TERMS):
        moments[at + np.uintp(k * BLOCK)] += re
        moments[at + np.uintp((N_TERMS + k) * BLOCK)] += im
        re *= x
        im *= x


@numba.njit(**_COMPILE)
def _spread(base, moments, window, real, imag):  # type: ignore[no-untyped-def]
    """Moments of one bin to its taps; leaves the moments at zero."""
    at = np.uintp(base * _STRIDE)
    for tap in range(window.shape[1]):
        row = np.uintp((base + tap) * BLOCK)
        w0, w1, w2, w3 = window[0, tap], window[1, tap], window[2, tap], window[3, tap]
        w4, w5, w6, w7 = window[4, tap], window[5, tap], window[6, tap], window[7, tap]
        for c in range(np.uintp(BLOCK)):
            m = at + c
            real[row + c] += (
                w0 * moments[m] + w1 * moments[m + 1 * BLOCK] + w2 * moments[m + 2 * BLOCK]
                + w3 * moments[m + 3 * BLOCK] + w4 * moments[m + 4 * BLOCK] + w5 * moments[m + 5 * BLOCK]
                + w6 * moments[m + 6 * BLOCK] + w7 * moments[m + 7 * BLOCK]
            )  # fmt: skip
            imag[row + c] += (
                w0 * moments[m + 8 * BLOCK] + w1 * moments[m + 9 * BLOCK] + w2 * moments[m + 10 * BLOCK]
                + w3 * moments[m + 11 * BLOCK] + w4 * moments[m + 12 * BLOCK] + w5 * moments[m + 13 * BLOCK]
                + w6 * moments[m + 14 * BLOCK] + w7 * moments[m + 15 * BLOCK]
            )  # fmt: skip
    moments[at : at + np.uintp(_STRIDE)] = np.float32(0.0)


@numba.njit(**_COMPILE)
def _write_block(real, imag, n_range_bins, half, start, stop, frame_values):  # type: ignore[no-untyped-def]
    """Rows to (chirp, bin); where the strip is the whole span, margins wrap around."""
    n_bins = frame_values.shape[1]
    if n_bins == n_range_bins:
        for margin in range(2 * half * BLOCK):
            real[n_bins * BLOCK + margin] += real[margin]
            imag[n_bins * BLOCK + margin] += imag[margin]
            real[2 * half * BLOCK + margin] += real[(n_bins + 2 * half) * BLOCK + margin]
            imag[2 * half * BLOCK + margin] += imag[(n_bins + 2 * half) * BLOCK + margin]
    for c in range(stop - start):
        for b in range(n_bins):
            row = (b + 2 * half) * BLOCK + c
            frame_values[start + c, b] = complex(real[row], imag[row])
