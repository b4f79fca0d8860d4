"""Diffuse echo: material points on a surface, and how they stand to the radar.

A patch of area A whose normal makes the angle theta with the direction to the radar has the radar cross section
gamma A cos^2(theta), that of a Lambert surface with reflectivity gamma / 4, and each material point keeps one
random phase for ever. The phases stand for the roughness of skin and cloth at 4 mm wavelength; they make the
power of many points add up on average, whatever the mesh. What stays in phase is the part of `facets`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..errors import RadarConfigError
from ..threads import in_threads

N_NEIGHBOURS = 7  # points that share the light of a patch

_COMPILE: dict[str, Any] = {"cache": True, "nogil": True, "boundscheck": False}


@dataclass(frozen=True, eq=False)
class Scatterers:
    """P points fixed to triangles.

    Attributes:
        face_ids: (P,) int32 triangle of each point.
        barycentric: (P, 3) float64, its place in the triangle.
        phase_cycles: (P,) float64 in 0..1.
        neighbours: (P, N_NEIGHBOURS) int32 the nearest points of its side at rest, the point itself first; fewer points
            than that repeat themselves.
        nearest_to_face: (F,) int64 the nearest point of its side to the centroid of each triangle, at rest.
    """

    face_ids: NDArray[np.int32]
    barycentric: NDArray[np.float64]
    phase_cycles: NDArray[np.float64]
    neighbours: NDArray[np.int32]
    nearest_to_face: NDArray[np.int64]


def place_scatterers(
    faces: NDArray[np.int32], vertices: NDArray[np.floating], n_scatterers: int, seed: int
) -> Scatterers:
    """Spread points over a mesh by area.

    One point falls in each of `n_scatterers` equal shares of the cumulative area, at a random place in the
    share, so that neighbouring triangles get neighbouring points; within its triangle it is uniform.

    Args:
        faces: (F, 3).
        vertices: (V, 3) of the body at rest.
        n_scatterers: P.
        seed: the same seed, mesh and P give the same points and phases.

    Raises:
        RadarConfigError: no points asked for, or a mesh without area.
    """
    if n_scatterers < 1:
        raise RadarConfigError(f"n_scatterers is {n_scatterers}; at least 1 is needed")
    cumulative = np.cumsum(triangle_areas(faces, vertices))
    if not cumulative[-1] > 0.0:
        raise RadarConfigError("the mesh has no area, so no scatterers can be placed on it")
    generator = np.random.default_rng(seed)
    at = (np.arange(n_scatterers) + generator.random(n_scatterers)) / n_scatterers * cumulative[-1]
    face_ids = np.minimum(np.searchsorted(cumulative, at, side="right"), len(faces) - 1)
    u, v = generator.random((2, n_scatterers))
    root = np.sqrt(u)
    barycentric = np.stack([1.0 - root, root * (1.0 - v), root * v], axis=1)
    phase_cycles = generator.random(n_scatterers)
    corners = vertices[faces].astype(np.float64)
    at_rest = np.einsum("pc,pcx->px", barycentric, corners[face_ids])
    # The two sides of something thin lie close to each other: a point whose normal looks the other way counts as
    # eight mean spacings further away.
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    turned = 4.0 * np.sqrt(cumulative[-1] / n_scatterers) * normals
    tree = cKDTree(np.hstack([at_rest, turned[face_ids]]))
    n = min(N_NEIGHBOURS, n_scatterers)
    neighbours = tree.query(tree.data, k=n)[1].reshape(n_scatterers, n)
    neighbours = np.pad(neighbours, ((0, 0), (0, N_NEIGHBOURS - n)), mode="edge").astype(np.int32)
    nearest = tree.query(np.hstack([corners.mean(axis=1), turned]))[1]
    return Scatterers(face_ids.astype(np.int32), barycentric, phase_cycles, neighbours, nearest)


def triangle_areas(faces: NDArray[np.int32], vertices: NDArray[np.floating]) -> NDArray[np.float64]:
    """(F,) areas, m^2."""
    corners = vertices[faces].astype(np.float64)
    return 0.5 * np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )


def follow_surface(
    scatterers: Scatterers, faces: NDArray[np.int32], vertices: NDArray[np.float32], workers: int = 1
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where the points are in each pose.

    Args:
        scatterers: P points.
        faces: (F, 3), counter-clockwise seen from outside.
        vertices: (T, V, 3).
        workers: threads.

    Returns:
        Points (T, P, 3) and outward unit normals (T, P, 3).
    """
    corners = np.ascontiguousarray(faces[scatterers.face_ids])
    shape = (len(vertices), len(corners), 3)
    points, normals = np.empty(shape, np.float32), np.empty(shape, np.float32)
    in_threads(
        lambda poses: _follow(vertices, corners, scatterers.barycentric, poses, points, normals),
        len(vertices),
        workers,
    )
    return points, normals


def observe_points(
    points: NDArray[np.float32],
    normals: NDArray[np.float32],
    radar_m: NDArray[np.float64],
    boresight: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """How each point stands to the radar.

    Args:
        points: (T, P, 3).
        normals: (T, P, 3) outward unit normals.
        radar_m: (3,) antenna, in the frame of the points.
        boresight: (3,) unit vector along which the radar looks, in that frame.

    Returns:
        Distance (T, P) float64, m; cosine between the normal and the direction to the radar (T, P) float32,
        and -2 for what lies behind the antenna's plane.
    """
    range_m = np.empty(points.shape[:2])
    cosine = np.empty(points.shape[:2], np.float32)
    _observe(
        points, normals, np.asarray(radar_m, np.float64), np.asarray(boresight, np.float64), range_m, cosine
    )
    return range_m, cosine


@numba.njit(**_COMPILE)
def _follow(vertices, corners, barycentric, poses, points, normals):  # type: ignore[no-untyped-def]
    for t in range(poses[0], poses[1]):
        for p in range(corners.shape[0]):
            a, b, c = vertices[t, corners[p, 0]], vertices[t, corners[p, 1]], vertices[t, corners[p, 2]]
            w0, w1, w2 = barycentric[p, 0], barycentric[p, 1], barycentric[p, 2]
            for k in range(3):
                points[t, p, k] = w0 * a[k] + w1 * b[k] + w2 * c[k]
            ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
            vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
            nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
            norm = max(np.sqrt(nx * nx + ny * ny + nz * nz), np.float32(1e-20))
            normals[t, p, 0], normals[t, p, 1], normals[t, p, 2] = nx / norm, ny / norm, nz / norm


@numba.njit(**_COMPILE)
def _observe(points, normals, radar, boresight, range_m, cosine):  # type: ignore[no-untyped-def]
    for t in range(points.shape[0]):
        for p in range(points.shape[1]):
            dx, dy, dz = radar[0] - points[t, p, 0], radar[1] - points[t, p, 1], radar[2] - points[t, p, 2]
            r = np.sqrt(dx * dx + dy * dy + dz * dz)
            range_m[t, p] = r
            along = dx * normals[t, p, 0] + dy * normals[t, p, 1] + dz * normals[t, p, 2]
            ahead = -(dx * boresight[0] + dy * boresight[1] + dz * boresight[2])
            cosine[t, p] = along / max(r, 1e-9) if ahead > 0.0 else -2.0
