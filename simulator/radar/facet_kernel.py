"""Compiled passes of `facets`: which triangles shine, and their ranges and complex amplitudes."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from .materials import RESPONSE_STEPS
from .tracks import AMPLITUDE_NODES

MAX_NODE_PHASE_RAD = 0.5  # by which corners' phases move, at most, between nodes that are not interpolated
SMALL_PHASE_RAD = 1.0  # below, the integral is a power series
SERIES_TERMS = 12

_COMPILE: dict[str, Any] = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}


@numba.njit(fastmath=True, **_COMPILE)
def middle_velocities(y, step_s, poses, velocity) -> None:  # type: ignore[no-untyped-def]
    """Central differences; pose i of `poses` is pose i + 2."""
    scale = 1.0 / (12.0 * step_s)
    for t in range(poses[0] + 2, poses[1] + 2):
        for v in range(y.shape[1]):
            for axis in range(3):
                rise = 8.0 * (y[t + 1, v, axis] - y[t - 1, v, axis]) - (y[t + 2, v, axis] - y[t - 2, v, axis])
                velocity[t, v, axis] = rise * scale


@numba.njit(fastmath=True, **_COMPILE)
def find_specular(vertices, faces, radar, boresight, anchor, cones, poses, specular) -> None:  # type: ignore[no-untyped-def]
    """Fill `specular` (E, F) for some poses.

    Args:
        anchor: (E, 3), or empty for true directions.
        cones: material of each facet, and the square of each material's least cosine.
    """
    bx, by, bz = np.float32(boresight[0]), np.float32(boresight[1]), np.float32(boresight[2])
    x0, y0, z0 = np.float32(radar[0]), np.float32(radar[1]), np.float32(radar[2])
    third = np.float32(1.0 / 3.0)
    material, least_squared = cones
    plane = anchor.shape[0] > 0
    for t in range(poses[0], poses[1]):
        if plane:
            px, py, pz = np.float32(anchor[t, 0]), np.float32(anchor[t, 1]), np.float32(anchor[t, 2])
        for f in range(faces.shape[0]):
            i, j, k = np.uintp(faces[f, 0]), np.uintp(faces[f, 1]), np.uintp(faces[f, 2])
            ax, ay, az = vertices[t, i, 0], vertices[t, i, 1], vertices[t, i, 2]
            ux, uy, uz = vertices[t, j, 0] - ax, vertices[t, j, 1] - ay, vertices[t, j, 2] - az
            vx, vy, vz = vertices[t, k, 0] - ax, vertices[t, k, 1] - ay, vertices[t, k, 2] - az
            nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
            if plane:
                dx, dy, dz = x0 - px, y0 - py, z0 - pz
            else:
                dx, dy, dz = (
                    x0 - ax - (ux + vx) * third,
                    y0 - ay - (uy + vy) * third,
                    z0 - az - (uz + vz) * third,
                )
            along = dx * nx + dy * ny + dz * nz
            lengths = (nx * nx + ny * ny + nz * nz) * (dx * dx + dy * dy + dz * dz)
            ahead = dx * bx + dy * by + dz * bz < np.float32(0.0)
            near = along * along > least_squared[material[f]] * lengths
            specular[t, f] = ahead & near & (along > np.float32(0.0))


@numba.njit(**_COMPILE)
def count_entries(lit, intervals, count) -> None:  # type: ignore[no-untyped-def]
    """Fill `count` (E - 1,) with the number of facets that shine in each pose interval."""
    specular, light, place = lit
    for e in range(intervals[0], intervals[1]):
        n = 0
        for f in range(specular.shape[1]):
            if (specular[e, f] | specular[e + 1, f]) and light[e, place[f]] + light[e + 1, place[f]] > 0.0:
                n += 1
        count[e] = n


@numba.njit(**_COMPILE)
def fill_entries(mesh, lit, surface, where, numbers, first_entry, intervals, out) -> None:  # type: ignore[no-untyped-def]
    """All arrays of FacetEchoes for some pose intervals.

    Most facets shine in several intervals on end: what is known at the end of one is the start of the next.
    """
    vertices, velocities, faces = mesh
    specular, light, place = lit
    response, material = surface
    radar, anchor = where
    face_ids, centroid, velocity, root_rcs = out
    pose_of = np.full(faces.shape[0], -1, np.int64)  # at which the last entry of a facet ended
    entry_of = np.empty(faces.shape[0], np.int64)
    aspect_of = np.empty((faces.shape[0], 4))
    for e in range(intervals[0], intervals[1]):
        n = first_entry[e]
        for f in range(faces.shape[0]):
            if not (specular[e, f] | specular[e + 1, f]):
                continue
            share = (light[e, place[f]], light[e + 1, place[f]])
            if share[0] + share[1] <= 0.0:
                continue
            face_ids[n] = f
            before = (aspect_of[f, 0], aspect_of[f, 1], aspect_of[f, 2], aspect_of[f, 3])
            goes_on = pose_of[f] == e
            if goes_on:
                last = entry_of[f]
                for axis in range(3):
                    centroid[n, 0, axis] = centroid[last, 1, axis]
                    velocity[n, 0, axis] = velocity[last, 1, axis]
            for end in range(1 if goes_on else 0, 2):
                x, y, z = _mean_of_corners(vertices, faces, e + end, f)
                centroid[n, end, 0], centroid[n, end, 1], centroid[n, end, 2] = x, y, z
                x, y, z = _mean_of_corners(velocities, faces, e + end, f)
                velocity[n, end, 0], velocity[n, end, 1], velocity[n, end, 2] = x, y, z
            if not goes_on:
                before = _aspect(vertices, faces, e, f, _to_radar(radar, anchor, centroid, n, 0, e))
            after = _aspect(vertices, faces, e + 1, f, _to_radar(radar, anchor, centroid, n, 1, e + 1))
            pose_of[f], entry_of[f] = e + 1, n
            aspect_of[f, 0], aspect_of[f, 1], aspect_of[f, 2], aspect_of[f, 3] = after
            _nodes(before, after, share, response, material[f], numbers, root_rcs, n)
            n += 1


@numba.njit(**_COMPILE)
def fill_ranges(first_entry, centroid, velocity, tx, rx, anchor, intervals, range_m, rate) -> None:  # type: ignore[no-untyped-def]
    """Fill `range_m` (N, 2), half the way tx - centroid - rx, and its rate, for some pose intervals."""
    monostatic = tx[0] == rx[0] and tx[1] == rx[1] and tx[2] == rx[2]
    for e in range(intervals[0], intervals[1]):
        for n in range(first_entry[e], first_entry[e + 1]):
            for end in range(2):
                out_m, out_mps = _one_way(tx, anchor, centroid, velocity, n, end, e + end)
                back_m, back_mps = out_m, out_mps
                if not monostatic:
                    back_m, back_mps = _one_way(rx, anchor, centroid, velocity, n, end, e + end)
                range_m[n, end] = 0.5 * (out_m + back_m)
                rate[n, end] = 0.5 * (out_mps + back_mps)


@numba.njit(**_COMPILE)
def _mean_of_corners(values, faces, pose, f):  # type: ignore[no-untyped-def]
    """Mean of vectors at the corners of a facet, in float64."""
    i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
    x = np.float64(values[pose, i, 0]) + np.float64(values[pose, j, 0]) + np.float64(values[pose, k, 0])
    y = np.float64(values[pose, i, 1]) + np.float64(values[pose, j, 1]) + np.float64(values[pose, k, 1])
    z = np.float64(values[pose, i, 2]) + np.float64(values[pose, j, 2]) + np.float64(values[pose, k, 2])
    return x / 3.0, y / 3.0, z / 3.0


@numba.njit(**_COMPILE)
def _to_radar(radar, anchor, centroid, n, end, pose):  # type: ignore[no-untyped-def]
    """Unit vector towards the radar."""
    if anchor.shape[0] > 0:
        dx, dy, dz = radar[0] - anchor[pose, 0], radar[1] - anchor[pose, 1], radar[2] - anchor[pose, 2]
    else:
        dx, dy, dz = (
            radar[0] - centroid[n, end, 0],
            radar[1] - centroid[n, end, 1],
            radar[2] - centroid[n, end, 2],
        )
    r = math.sqrt(dx * dx + dy * dy + dz * dz)
    return dx / r, dy / r, dz / r


@numba.njit(**_COMPILE)
def _one_way(antenna, anchor, centroid, velocity, n, end, pose):  # type: ignore[no-untyped-def]
    """Way from an antenna to a centroid and its rate; along the direction of the anchor where there is one."""
    ax, ay, az = centroid[n, end, 0], centroid[n, end, 1], centroid[n, end, 2]
    vx, vy, vz = velocity[n, end, 0], velocity[n, end, 1], velocity[n, end, 2]
    bx, by, bz = 0.0, 0.0, 0.0
    if anchor.shape[0] > 0:
        bx, by, bz = ax - anchor[pose, 0], ay - anchor[pose, 1], az - anchor[pose, 2]
        ax, ay, az = anchor[pose, 0], anchor[pose, 1], anchor[pose, 2]
    dx, dy, dz = ax - antenna[0], ay - antenna[1], az - antenna[2]
    way = math.sqrt(dx * dx + dy * dy + dz * dz)
    along = (dx * bx + dy * by + dz * bz) / way
    away = (dx * vx + dy * vy + dz * vz) / way
    # The direction turns as the anchor moves; it moves as the facet does.
    turning = (bx * vx + by * vy + bz * vz - away * along) / way
    return way + along, away + turning


@numba.njit(**_COMPILE)
def _aspect(vertices, faces, pose, f, d):  # type: ignore[no-untyped-def]
    """What the echo depends on: both edges from the first corner along d, cosine, and twice the area.

    Args:
        d: unit vector towards the radar.
    """
    i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
    ax, ay, az = vertices[pose, i, 0], vertices[pose, i, 1], vertices[pose, i, 2]
    ux, uy, uz = vertices[pose, j, 0] - ax, vertices[pose, j, 1] - ay, vertices[pose, j, 2] - az
    vx, vy, vz = vertices[pose, k, 0] - ax, vertices[pose, k, 1] - ay, vertices[pose, k, 2] - az
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    twice_area = max(math.sqrt(nx * nx + ny * ny + nz * nz), 1e-30)
    dx, dy, dz = d
    cosine = (dx * nx + dy * ny + dz * nz) / twice_area
    return dx * ux + dy * uy + dz * uz, dx * vx + dy * vy + dz * vz, cosine, twice_area


@numba.njit(**_COMPILE)
def _nodes(before, after, share, response, material, numbers, root_rcs, n):  # type: ignore[no-untyped-def]
    """Complex amplitude at the nodes of one interval; computed as often as the corners' phases move."""
    u0, v0, cosine0, area0 = before
    du, dv, dcosine, darea = after[0] - u0, after[1] - v0, after[2] - cosine0, after[3] - area0
    travel = numbers[0] * max(abs(du), abs(dv))
    last = AMPLITUDE_NODES - 1
    step = last
    while step > 1 and travel * step > MAX_NODE_PHASE_RAD * last:
        step //= 2
    for node in range(0, last + 1, step):
        t = node / last
        light = share[0] + t * (share[1] - share[0])
        cosine = min(cosine0 + t * dcosine, 1.0)
        if cosine <= 0.0:
            root_rcs[n, node] = 0.0
            continue
        at = cosine * RESPONSE_STEPS
        row = min(int(at), RESPONSE_STEPS - 1)
        factor = response[material, row] + (response[material, row + 1] - response[material, row]) * (
            at - row
        )
        # Phase grows with distance: towards the radar it falls.
        b, c = -numbers[0] * (u0 + t * du), -numbers[0] * (v0 + t * dv)
        middle = (b + c) / 3.0
        size = light * numbers[1] * factor * cosine * 0.5 * (area0 + t * darea)
        root_rcs[n, node] = size * triangle_mean(-middle, b - middle, c - middle)
    for start in range(0, last, step):
        for node in range(start + 1, start + step):
            t = np.float32(node - start) / np.float32(step)
            root_rcs[n, node] = root_rcs[n, start] + (root_rcs[n, start + step] - root_rcs[n, start]) * t


@numba.njit(**_COMPILE)
def triangle_mean(p0: float, p1: float, p2: float) -> complex:
    """Mean of exp(j p) over a triangle on which p is linear, with corner values p0 + p1 + p2 = 0.

    Args:
        p0, p1, p2: phases at the corners, rad.

    Returns:
        Complex mean, 1 where all are 0.
    """
    if max(abs(p0), max(abs(p1), abs(p2))) < SMALL_PHASE_RAD:
        return _series(p0 * p1 + p0 * p2 + p1 * p2, p0 * p1 * p2)
    low, high = min(p0, min(p1, p2)), max(p0, max(p1, p2))
    # With sum 0 the middle value is -(low + high); chords join low - middle and middle - high.
    half_low, half_high = -low - 0.5 * high, high + 0.5 * low
    cos_low, sin_low = _cos_sin(0.5 * low)
    cos_high, sin_high = _cos_sin(0.5 * high)
    # Sines of the half differences by the addition theorem, from the four values above.
    chord_low = -(2.0 * sin_low * cos_low * cos_high + (1.0 - 2.0 * sin_low * sin_low) * sin_high)
    chord_high = 2.0 * sin_high * cos_high * cos_low + (1.0 - 2.0 * sin_high * sin_high) * sin_low
    upper = chord_high / half_high if half_high > 1e-6 else 1.0
    lower = chord_low / half_low if half_low > 1e-6 else 1.0
    scale = 2.0 / (high - low)
    return complex(lower * sin_high - upper * sin_low, lower * cos_high - upper * cos_low) * scale


@numba.njit(**_COMPILE)
def _cos_sin(x):  # type: ignore[no-untyped-def]
    """Cosine and sine to 1e-10, by their series after a reduction to an eighth of a turn."""
    turns = math.floor(x * (2.0 / math.pi) + 0.5)
    y = x - turns * (0.5 * math.pi)
    z = y * y
    c = 1.0 + z * (-1 / 2 + z * (1 / 24 + z * (-1 / 720 + z * (1 / 40320 + z * (-1 / 3628800)))))
    s = y * (1.0 + z * (-1 / 6 + z * (1 / 120 + z * (-1 / 5040 + z * (1 / 362880 + z * (-1 / 39916800))))))
    quadrant = int(turns) & 3
    if quadrant == 0:
        return c, s
    if quadrant == 1:
        return -s, c
    if quadrant == 2:
        return -c, -s
    return s, -c


@numba.njit(**_COMPILE)
def between_ends(at_ends, root_rcs, amplitude) -> None:  # type: ignore[no-untyped-def]
    """Fill `amplitude` (N, nodes) with `root_rcs` times a factor that is linear between its ends (N, 2)."""
    last = root_rcs.shape[1] - 1
    for n in range(root_rcs.shape[0]):
        start, rise = np.float32(at_ends[n, 0]), np.float32((at_ends[n, 1] - at_ends[n, 0]) / last)
        for node in range(last + 1):
            amplitude[n, node] = root_rcs[n, node] * (start + rise * np.float32(node))


@numba.njit(**_COMPILE)
def coherent_rcs(first_entry, range_m, root_rcs, cycles_per_m, rcs) -> None:  # type: ignore[no-untyped-def]
    """Fill `rcs` (E - 1,) with the squared magnitude of the sum at the start of each pose interval."""
    for e in range(rcs.shape[0]):
        total = 0.0j
        for n in range(first_entry[e], first_entry[e + 1]):
            cycles = cycles_per_m * range_m[n, 0]
            c, s = _cos_sin(2.0 * math.pi * (cycles - math.floor(cycles)))
            total += root_rcs[n, 0] * complex(c, s)
        rcs[e] = total.real * total.real + total.imag * total.imag


@numba.njit(**_COMPILE)
def _series(e2, e3):  # type: ignore[no-untyped-def]
    """2 sum j^n h_n / (n + 2)!, with the complete homogeneous polynomials h_n of three values of sum 0."""
    h0, h1, h2 = 1.0, 0.0, -e2
    real, imag = 1.0, 0.0
    factorial = 2.0
    for n in range(2, SERIES_TERMS):
        factorial *= n + 1  # (n + 2)! / 1 after the next factor
        term = 2.0 * h2 / (factorial * (n + 2))
        if n % 4 == 0:
            real += term
        elif n % 4 == 1:
            imag += term
        elif n % 4 == 2:
            real -= term
        else:
            imag -= term
        h0, h1, h2 = h1, h2, -e2 * h1 + e3 * h0
    return complex(real, imag)
