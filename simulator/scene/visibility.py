"""Which points of a mesh the radar sees: the first hit of a primary ray from the antenna to each point.

Every pose is projected through the antenna onto a plane in front of it. Triangles stay triangles there and
inverse depth is linear across them, so "does this triangle cut the ray to that point, nearer than the point?"
is a two-dimensional test and exact: no depth-buffer pixels, no bias. Points wait in a grid, triangles pass
over it once.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from ..threads import in_threads

NEAREST_DEPTH_M = 0.05  # what is nearer to the antenna's plane, or behind it, neither shades nor is seen
DEPTH_TOLERANCE_M = 5e-4  # a point is not hidden by the triangles that meet at it
GRID_CELLS = 256  # per side, over the points on the screen
RATE_HZ = 25.0  # rays are cast at this rate or faster

_COMPILE: dict[str, Any] = {"cache": True, "nogil": True, "boundscheck": False}


def visible_points(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    points: NDArray[np.float32],
    face_ids: NDArray[np.int32],
    facing: NDArray[np.bool_],
    radar_m: NDArray[np.float64],
    poses: NDArray[np.int64] | None = None,
    workers: int = 1,
) -> NDArray[np.bool_]:
    """First-hit test of every point.

    Args:
        vertices: (T, V, 3) mesh.
        faces: (F, 3) triangles of a closed mesh, counter-clockwise seen from outside.
        points: (T, P, 3) material points on the mesh, or its vertices.
        face_ids: (P,) the triangle that each point lies on, which never hides it; -1 for vertices, which the
            triangles that meet there do not hide either.
        facing: (T, P) only these are tested, the others are dark.
        radar_m: (3,) antenna, in the frame of the vertices.
        poses: (S,) which poses to test; None = all.
        workers: threads.

    Returns:
        (S, P) bool.
    """
    poses = np.arange(len(vertices)) if poses is None else poses
    seen = np.zeros((len(poses), points.shape[1]), dtype=np.bool_)
    radar_m = np.asarray(radar_m, np.float64)

    def work(part: tuple[int, int]) -> None:
        some = slice(*part)
        _first_hits(vertices, faces, points, face_ids, facing, radar_m, poses[some], seen[some])

    in_threads(work, len(poses), workers)
    return seen


def poses_to_test(n_poses: int, pose_rate_hz: float) -> NDArray[np.int64]:
    """Every so many poses that rays are cast at RATE_HZ or faster, the first and the last included."""
    step = max(1, int(pose_rate_hz / RATE_HZ + 1e-9))
    return np.unique(np.append(np.arange(0, n_poses, step), n_poses - 1))


def ease_visibility(
    share: NDArray[np.bool_] | NDArray[np.float32], poses: NDArray[np.int64], n_poses: int
) -> NDArray[np.float32]:
    """(n_poses, P) share of light in 0..1: that of the tested poses, linear in between.

    A shadow's edge is not sharp: behind it lies a diffraction zone of about sqrt(wavelength x distance), 3 cm
    for a limb 0.3 m in front of the torso at 4 mm, which a shadow that moves at 1 m/s needs 30 ms to cross. A
    switch between two chirps would instead click over the whole Doppler axis.
    """
    light = np.empty((n_poses, share.shape[1]), dtype=np.float32)
    light[poses] = share
    for start, end in pairwise(poses):
        for pose in range(start + 1, end):
            part = np.float32((pose - start) / (end - start))
            light[pose] = light[start] + part * (light[end] - light[start])
    return light


def soften(
    seen: NDArray[np.bool_], facing: NDArray[np.bool_], neighbours: NDArray[np.int32]
) -> NDArray[np.float32]:
    """(S, P) share of each point's patch that is seen: mean over its neighbours that face the radar.

    Args:
        seen: (S, P) first-hit test.
        facing: (S, P) points on the side that the radar looks at.
        neighbours: (P, N) with the point itself among them.
    """
    share = np.zeros(seen.shape, np.float32)
    _soften(seen, facing, neighbours, share)
    return share


@numba.njit(**_COMPILE)
def _soften(seen, facing, neighbours, share):  # type: ignore[no-untyped-def]
    for s in range(seen.shape[0]):
        for p in range(seen.shape[1]):
            if not facing[s, p]:
                continue
            n_seen, n_facing = 0, 0
            for k in range(neighbours.shape[1]):
                n_facing += facing[s, neighbours[p, k]]
                n_seen += seen[s, neighbours[p, k]]
            share[s, p] = np.float32(n_seen) / np.float32(n_facing)


@numba.njit(**_COMPILE)
def _first_hits(vertices, faces, points, face_ids, facing, radar, poses, seen):  # type: ignore[no-untyped-def]
    """Fill `seen` (S, P)."""
    screen = np.empty((3, vertices.shape[1]), np.float32)
    targets = np.empty((3, points.shape[1]), np.float32)
    index = np.empty(points.shape[1], np.int32)
    order = np.empty(points.shape[1], np.int32)
    cell_start = np.empty(GRID_CELLS * GRID_CELLS + 1, np.int32)
    for s in range(poses.shape[0]):
        t = poses[s]
        forward = _direction(points[t], facing[t], radar)
        _project(points[t], radar, forward, targets)
        n = 0
        for p in range(points.shape[1]):
            if facing[t, p] and targets[2, p] > 0.0:
                seen[s, p] = True
                targets[0, n], targets[1, n], targets[2, n] = targets[0, p], targets[1, p], targets[2, p]
                index[n] = p
                n += 1
        if n > 0:
            grid = _grid(targets, n)
            _sort_into_cells(targets, n, grid, cell_start, order)
            _project(vertices[t], radar, forward, screen)
            _shade(faces, screen, targets, index, face_ids, grid, cell_start, order, seen[s])


@numba.njit(**_COMPILE)
def _direction(points, facing, radar):  # type: ignore[no-untyped-def]
    """Unit vector from the antenna to the middle of the points that face it."""
    x, y, z = 0.0, 0.0, 0.0
    for p in range(points.shape[0]):
        if facing[p]:
            x += points[p, 0] - radar[0]
            y += points[p, 1] - radar[1]
            z += points[p, 2] - radar[2]
    norm = max(math.sqrt(x * x + y * y + z * z), 1e-12)
    return x / norm, y / norm, z / norm


@numba.njit(**_COMPILE)
def _screen_axes(forward):  # type: ignore[no-untyped-def]
    """Level unit vector to the right, and the one up the screen: right x forward."""
    fx, fy, fz = forward
    level = math.hypot(fx, fy)
    right_x, right_y = 1.0, 0.0  # straight up or down every level direction will do
    if level > 1e-6:
        right_x, right_y = fy / level, -fx / level
    return right_x, right_y, right_y * fz, -right_x * fz, right_x * fy - right_y * fx


@numba.njit(fastmath=True, **_COMPILE)
def _project(points, radar, forward, screen):  # type: ignore[no-untyped-def]
    """Central projection to (right, up, 1) / depth; 0 as inverse depth for what lies behind or too near."""
    right_x, right_y, up_x, up_y, up_z = _screen_axes(forward)
    rx, ry = np.float32(right_x), np.float32(right_y)
    ux, uy, uz = np.float32(up_x), np.float32(up_y), np.float32(up_z)
    fx, fy, fz = np.float32(forward[0]), np.float32(forward[1]), np.float32(forward[2])
    x0, y0, z0 = np.float32(radar[0]), np.float32(radar[1]), np.float32(radar[2])
    nearest = np.float32(NEAREST_DEPTH_M)
    for p in range(np.uintp(points.shape[0])):
        dx, dy, dz = points[p, 0] - x0, points[p, 1] - y0, points[p, 2] - z0
        depth = dx * fx + dy * fy + dz * fz
        inverse = np.float32(1.0) / max(depth, nearest)
        screen[0, p] = (dx * rx + dy * ry) * inverse
        screen[1, p] = (dx * ux + dy * uy + dz * uz) * inverse
        screen[2, p] = inverse if depth > nearest else np.float32(0.0)


@numba.njit(**_COMPILE)
def _grid(targets, n):  # type: ignore[no-untyped-def]
    """Lower corner of the points on the screen, and grid cells per unit in both directions."""
    x0, x1, y0, y1 = targets[0, 0], targets[0, 0], targets[1, 0], targets[1, 0]
    for i in range(n):
        x0, x1 = min(x0, targets[0, i]), max(x1, targets[0, i])
        y0, y1 = min(y0, targets[1, i]), max(y1, targets[1, i])
    inner = np.float32(GRID_CELLS * 0.9999)
    least = np.float32(1e-6)
    return x0, y0, inner / max(x1 - x0, least), inner / max(y1 - y0, least)


@numba.njit(**_COMPILE)
def _sort_into_cells(targets, n, grid, cell_start, order):  # type: ignore[no-untyped-def]
    """Counting sort of the points by cell: `order[cell_start[k] : cell_start[k + 1]]` are those of cell k."""
    x0, y0, scale_x, scale_y = grid
    cell_start[:] = 0
    for i in range(n):
        k = int((targets[1, i] - y0) * scale_y) * GRID_CELLS + int((targets[0, i] - x0) * scale_x)
        cell_start[k] += 1
    for k in range(1, len(cell_start)):
        cell_start[k] += cell_start[k - 1]
    for i in range(n - 1, -1, -1):
        k = int((targets[1, i] - y0) * scale_y) * GRID_CELLS + int((targets[0, i] - x0) * scale_x)
        cell_start[k] -= 1
        order[cell_start[k]] = i


@numba.njit(error_model="numpy", **_COMPILE)
def _shade(faces, screen, targets, index, face_ids, grid, cell_start, order, seen):  # type: ignore[no-untyped-def]
    """Darken the points that lie behind a triangle."""
    x0, y0, scale_x, scale_y = grid
    for face in range(faces.shape[0]):
        a, b, c = np.uintp(faces[face, 0]), np.uintp(faces[face, 1]), np.uintp(faces[face, 2])
        ax, ay, bx, by, cx, cy = (
            screen[0, a],
            screen[1, a],
            screen[0, b],
            screen[1, b],
            screen[0, c],
            screen[1, c],
        )
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if area <= 0.0:
            continue  # seen from behind: a closed mesh has a front side on the same ray, nearer
        left, right = (min(ax, min(bx, cx)) - x0) * scale_x, (max(ax, max(bx, cx)) - x0) * scale_x
        low, high = (min(ay, min(by, cy)) - y0) * scale_y, (max(ay, max(by, cy)) - y0) * scale_y
        if right < 0.0 or high < 0.0 or left >= GRID_CELLS or low >= GRID_CELLS:
            continue
        qa, qb, qc = screen[2, a], screen[2, b], screen[2, c]
        if qa == 0.0 or qb == 0.0 or qc == 0.0:
            continue
        first, last = max(int(left), 0), min(int(right), GRID_CELLS - 1)
        for row in range(max(int(low), 0), min(int(high), GRID_CELLS - 1) + 1):
            for k in range(cell_start[row * GRID_CELLS + first], cell_start[row * GRID_CELLS + last + 1]):
                point = order[k]
                p = index[point]
                if not seen[p] or face_ids[p] == face:
                    continue
                x, y, q = targets[0, point] - ax, targets[1, point] - ay, targets[2, point]
                u = (x * (cy - ay) - (cx - ax) * y) / area
                v = ((bx - ax) * y - x * (by - ay)) / area
                if u >= 0.0 and v >= 0.0 and u + v <= 1.0:
                    nearer = qa + u * (qb - qa) + v * (qc - qa)
                    if nearer > q * (1.0 + DEPTH_TOLERANCE_M * q):
                        seen[p] = False
