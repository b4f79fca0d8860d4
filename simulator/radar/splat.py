"""The compiled kernel of `beat`: phasors times window transforms, added to range bins of every chirp.

Loops run over the chirps of one range bin, which the compiler turns into vector instructions; one frame's
bins stay in the cache.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MAX_MIGRATION_BINS = 0.35  # within half a run of chirps, so that the Taylor series of W holds

_COMPILE: dict[str, Any] = {"cache": True, "nogil": True, "fastmath": True, "boundscheck": False}


@numba.njit(**_COMPILE)
def splat_scatterers(
    tracks: tuple[Array, Array, NDArray[np.float32], Array],
    chirp_grid: Array,
    law: tuple[float, float, float, float, float],
    n_range_bins: int,
    tables: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]],
    first_bin: NDArray[np.int64],
    values: NDArray[np.complex64],
) -> None:
    """Fill `values` (frame, chirp, bin) complex64 with the sum of all scatterers.

    Args:
        tracks: range_m (E, P), range_rate_mps (E, P), amplitude (E, P) float32, phase_cycles (P,).
        chirp_grid: (intervals per frame, 3) first chirp, end chirp, time of the first within the pose
            interval.
        law: pose interval s, chirp interval s, carrier cycles per m, RVP cycles per m^2, range bins per m.
        n_range_bins: N; `values` of N bins wrap around.
        tables: Taylor table of W, sine and cosine polynomials.
        first_bin: (frame,) absolute bin of `values[frame, :, 0]`.
        values: written in full.
    """
    range_m, range_rate_mps, amplitude, phase_cycles = tracks
    n_frames, n_chirps, n_bins = values.shape
    half = tables[0].shape[2] // 2
    # Taps that fall beside the strip land in its margins.
    real = np.zeros((n_bins + 4 * half, n_chirps), np.float32)
    imag = np.zeros((n_bins + 4 * half, n_chirps), np.float32)
    phasor = np.zeros((3, n_chirps), np.float32)
    for frame in range(n_frames):
        real[:] = np.float32(0.0)
        imag[:] = np.float32(0.0)
        for i in range(chirp_grid.shape[0]):
            start, stop = int(chirp_grid[i, 0]), int(chirp_grid[i, 1])
            u_start = chirp_grid[i, 2] / law[0]
            edge = frame * chirp_grid.shape[0] + i
            for p in range(range_m.shape[1]):
                a0, a1 = amplitude[edge, p], amplitude[edge + 1, p]
                if stop > start and (a0 != 0.0 or a1 != 0.0):
                    r0, m0 = range_m[edge, p], range_rate_mps[edge, p] * law[0]
                    rise, m1 = range_m[edge + 1, p] - r0, range_rate_mps[edge + 1, p] * law[0]
                    cubic = (r0, m0, 3.0 * rise - 2.0 * m0 - m1, m0 + m1 - 2.0 * rise)
                    _add_scatterer(
                        cubic, (a0, a1), phase_cycles[p], (start, stop, u_start), law, n_range_bins, tables,
                        first_bin[frame], real, imag, phasor,
                    )  # fmt: skip
        _write_frame(real, imag, n_range_bins, half, values[frame])


@numba.njit(**_COMPILE)
def _add_scatterer(  # type: ignore[no-untyped-def]
    cubic, amplitudes, phase_cycles, chirps, law, n_range_bins, tables, first_bin, real, imag, phasor
):
    """One scatterer over the chirps of one pose interval, cut into runs of little range migration."""
    c0, c1, c2, c3 = cubic  # range in the interval as a cubic in u = t / pose interval
    start, stop, u_start = chirps
    step_s, pri_s, cycles_per_m, cycles_per_m2, bins_per_m = law
    table, sine, cosine = tables
    steps, half = table.shape[0], table.shape[2] // 2
    du = pri_s / step_s
    fastest = (abs(c1) + 2.0 * abs(c2) + 3.0 * abs(c3)) * du * bins_per_m
    longest = max(1, int(2.0 * MAX_MIGRATION_BINS / max(fastest, 1e-9)))
    n_runs = (stop - start + longest - 1) // longest
    for run in range(n_runs):
        first = start + (stop - start) * run // n_runs
        end = start + (stop - start) * (run + 1) // n_runs
        middle = 0.5 * (first + end - 1)
        u = u_start + (middle - start) * du
        r = c0 + u * (c1 + u * (c2 + u * c3))
        position = r * bins_per_m
        position -= n_range_bins * math.floor(position / n_range_bins) + first_bin
        base = math.floor(position + 0.5)
        if base < -half or base > real.shape[0] - 3 * half - 1:
            continue
        cell = min(max(int((position - base + 0.5) * steps), 0), steps - 1)
        offset = position - base - ((cell + 0.5) / steps - 0.5)
        # Cycles are reduced in float64; what is left within the run is small enough for float32.
        cycles = r * (cycles_per_m - cycles_per_m2 * r) + phase_cycles
        start_values = (
            cycles - math.floor(cycles),
            offset,
            amplitudes[0] + (amplitudes[1] - amplitudes[0]) * u,
        )
        slopes = (cycles_per_m - 2.0 * cycles_per_m2 * r, bins_per_m, (amplitudes[1] - amplitudes[0]) * du)
        path = ((c1 + u * (2.0 * c2 + 3.0 * u * c3)) * du, (c2 + 3.0 * u * c3) * du * du, c3 * du * du * du)
        _run_phasors(phasor, first, end, middle, path, start_values, slopes, cycles_per_m2, sine, cosine)
        for tap in range(table.shape[2]):
            _add_tap(real, imag, np.uintp(base + tap + half), phasor, first, end, table, cell, tap)


@numba.njit(**_COMPILE)
def _run_phasors(  # type: ignore[no-untyped-def]
    phasor, first, end, middle, path, start_values, slopes, cycles_per_m2, sine, cosine
):
    """Real part, imaginary part and bin offset of the run's chirps, in float32."""
    d1, d2, d3 = np.float32(path[0]), np.float32(path[1]), np.float32(path[2])
    y0, s0, a0 = np.float32(start_values[0]), np.float32(start_values[1]), np.float32(start_values[2])
    dy, ds, da = np.float32(slopes[0]), np.float32(slopes[1]), np.float32(slopes[2])
    rvp, mid, half = np.float32(cycles_per_m2), np.float32(middle), np.float32(0.5)
    p0, p1, p2, p3, p4, p5, p6 = sine[0], sine[1], sine[2], sine[3], sine[4], sine[5], sine[6]
    q0, q1, q2, q3, q4, q5, q6 = cosine[0], cosine[1], cosine[2], cosine[3], cosine[4], cosine[5], cosine[6]
    for c in range(np.uintp(first), np.uintp(end)):  # unsigned: no test for negative indices
        t = np.float32(c) - mid
        dr = t * (d1 + t * (d2 + t * d3))
        y = y0 + dr * (dy - rvp * dr)
        y -= math.floor(y + half)
        z = y * y
        a = a0 + t * da
        phasor[0, c] = a * (q0 + z * (q1 + z * (q2 + z * (q3 + z * (q4 + z * (q5 + z * q6))))))
        phasor[1, c] = a * y * (p0 + z * (p1 + z * (p2 + z * (p3 + z * (p4 + z * (p5 + z * p6))))))
        phasor[2, c] = s0 + ds * dr


@numba.njit(**_COMPILE)
def _add_tap(real, imag, row, phasor, first, end, table, cell, tap):  # type: ignore[no-untyped-def]
    """Add the phasors, times W at this tap, to one range bin."""
    w0, w1, w2 = table[cell, 0, tap], table[cell, 1, tap], table[cell, 2, tap]
    w3, w4 = table[cell, 3, tap], table[cell, 4, tap]
    for c in range(np.uintp(first), np.uintp(end)):  # unsigned: no test for negative indices
        s = phasor[2, c]
        w = w0 + s * (w1 + s * (w2 + s * (w3 + s * w4)))
        real[row, c] += w * phasor[0, c]
        imag[row, c] += w * phasor[1, c]


@numba.njit(**_COMPILE)
def _write_frame(real, imag, n_range_bins, half, frame_values):  # type: ignore[no-untyped-def]
    """Rows to (chirp, bin); where the strip is the whole span, margins wrap around."""
    n_chirps, n_bins = frame_values.shape
    if n_bins == n_range_bins:
        for margin in range(2 * half):
            for c in range(n_chirps):
                real[n_bins + margin, c] += real[margin, c]
                imag[n_bins + margin, c] += imag[margin, c]
                real[2 * half + margin, c] += real[n_bins + 2 * half + margin, c]
                imag[2 * half + margin, c] += imag[n_bins + 2 * half + margin, c]
    for c in range(n_chirps):
        for b in range(n_bins):
            frame_values[c, b] = complex(real[b + 2 * half, c], imag[b + 2 * half, c])
