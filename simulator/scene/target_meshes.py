"""Triangles of simple targets, about their own middle.

Curved surfaces are cut so finely that the chords of the facets stay within lambda / 256 of them (edges L with
L^2 / 8r below that), which puts the radar cross section of a sphere within 0.1 dB of its limit. Flat ones are
exact with any facets and are cut at 1 cm, for shadows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import SceneError
from .targets import CylinderTarget, DiscTarget, PlateTarget, SolidTarget, SphereTarget

LARGEST_EDGE_M = 0.01
CHORD_WAVELENGTHS = 1.0 / 256.0
MAX_FACETS = 250_000  # of one target: minutes of work for a long capture
# Turns the icosahedron's axes of symmetry away from the radar's: facets around such an axis would err in phase.
_GENERIC_TURN_RAD = (0.35, 0.8, 0.2)


@dataclass(frozen=True, eq=False)
class TargetMesh:
    """A closed surface, or a flat one with both sides.

    Attributes:
        vertices: (V, 3) float64 m, relative to the target's position.
        faces: (F, 3) int32, counter-clockwise seen from outside.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]


def target_mesh(target: SolidTarget, wavelength_m: float, refinement: float = 1.0) -> TargetMesh:
    """The target's surface.

    Args:
        target: any but a point.
        wavelength_m: the shortest edges that it asks for are those of curved surfaces.
        refinement: edges are this many times shorter.

    Raises:
        SceneError: more than MAX_FACETS would be needed; the message says which size could be done.
    """
    edge_m = LARGEST_EDGE_M / refinement
    if isinstance(target, PlateTarget):
        _check_count(
            target.kind, "size_m", list(target.size_m), _plate_count(target.size_m, edge_m), wavelength_m
        )
        return _plate(target.size_m, edge_m, edge_axes(target))
    r = target.true_radius_m
    curved_m = min(edge_m, curved_edge_m(r, wavelength_m) / refinement)
    if isinstance(target, SphereTarget):
        # Edges of a geodesic sphere are 1.18 / frequency times the radius at the middle of a face of the icosahedron.
        frequency = math.ceil(1.18 * r / curved_m)
        _check_count(target.kind, "radius_m", r, 20 * frequency**2, wavelength_m)
        return _sphere(r, frequency)
    n_rings = max(math.ceil(r / edge_m), math.ceil(2.0 * math.pi * r / (6.0 * curved_m)))
    if isinstance(target, DiscTarget):
        _check_count(target.kind, "radius_m", r, 12 * n_rings**2, wavelength_m)
        return _disc(r, n_rings, edge_axes(target))
    n_lengths = math.ceil(target.length_m / edge_m)
    count = 12 * n_rings**2 + 12 * n_rings * n_lengths
    _check_count(target.kind, "radius_m, length_m", [r, target.length_m], count, wavelength_m)
    return _cylinder(r, target.length_m, n_rings, n_lengths, edge_axes(target))


def curved_edge_m(radius_m: float, wavelength_m: float) -> float:
    """Longest edge on a surface of this radius of curvature: L^2 / 8r = lambda / 256."""
    return math.sqrt(8.0 * radius_m * wavelength_m * CHORD_WAVELENGTHS)


def edge_axes(target: PlateTarget | DiscTarget | CylinderTarget) -> NDArray[np.float64]:
    """(3, 3) rows: level across the normal (or axis), across both, the normal itself.

    Where the normal points straight up or down the first row is x.
    """
    given = target.axis if isinstance(target, CylinderTarget) else target.normal
    normal = np.array(given) / np.linalg.norm(given)
    level = np.array([-normal[1], normal[0], 0.0])
    length = np.linalg.norm(level)
    level = level / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])
    return np.stack([level, np.cross(normal, level), normal])


def _check_count(kind: str, field: str, given: object, n_facets: int, wavelength_m: float) -> None:
    if n_facets > MAX_FACETS:
        ratio = n_facets / MAX_FACETS
        smaller = ratio if kind == "sphere" else math.sqrt(ratio)  # facets per area grow as 1 / radius
        raise SceneError(
            f"a {kind} with {field} {given} needs {n_facets} facets at a wavelength of {1e3 * wavelength_m:.2f} mm; "
            f"at most {MAX_FACETS} are made: make it {smaller:.1f} times smaller"
        )


def _plate_count(size_m: tuple[float, float], edge_m: float) -> int:
    return 4 * math.ceil(size_m[0] / edge_m) * math.ceil(size_m[1] / edge_m)


def _plate(size_m: tuple[float, float], edge_m: float, axes: NDArray[np.float64]) -> TargetMesh:
    n_u, n_v = (math.ceil(size / edge_m) for size in size_m)
    u, v = np.meshgrid(
        np.linspace(-0.5, 0.5, n_u + 1) * size_m[0],
        np.linspace(-0.5, 0.5, n_v + 1) * size_m[1],
        indexing="ij",
    )
    flat = np.stack([u.ravel(), v.ravel(), np.zeros(u.size)], axis=1)
    front = _grid_faces(n_u, n_v)
    return TargetMesh(flat @ axes, np.concatenate([front, front[:, ::-1]]))


def _grid_faces(n_u: int, n_v: int) -> NDArray[np.int32]:
    """(2 n_u n_v, 3) of a grid of (n_u + 1) (n_v + 1) vertices, the second index fastest, seen from +w."""
    corner = (np.arange(n_u)[:, None] * (n_v + 1) + np.arange(n_v)).ravel()
    a, b, c, d = corner, corner + n_v + 1, corner + n_v + 2, corner + 1
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]).astype(np.int32)


def _rings(radius_m: float, n_rings: int) -> TargetMesh:
    """A flat disc seen from +w: a middle, then rings of 6, 12, 18 ... vertices; the rim comes last."""
    points = [np.zeros((1, 3))]
    faces = []
    inner_start, inner_n = 0, 1
    for ring in range(1, n_rings + 1):
        n = 6 * ring
        angle = 2.0 * np.pi * np.arange(n) / n
        at = radius_m * ring / n_rings
        points.append(np.stack([at * np.cos(angle), at * np.sin(angle), np.zeros(n)], axis=1))
        start = inner_start + inner_n
        # A sixth has `ring` outer edges and ring - 1 inner ones: triangles that stand on either.
        sixth, step = np.divmod(np.arange(n), ring)
        inner = inner_start + (np.arange(n) - sixth) % inner_n
        outer, after = start + np.arange(n), start + (np.arange(n) + 1) % n
        faces.append(np.stack([inner, outer, after], axis=1))
        inward = step < ring - 1
        inner_after = inner_start + (np.arange(n) - sixth + 1) % inner_n
        faces.append(np.stack([inner, after, inner_after], axis=1)[inward])
        inner_start, inner_n = start, n
    return TargetMesh(np.concatenate(points), np.concatenate(faces).astype(np.int32))


def _disc(radius_m: float, n_rings: int, axes: NDArray[np.float64]) -> TargetMesh:
    front = _rings(radius_m, n_rings)
    return TargetMesh(front.vertices @ axes, np.concatenate([front.faces, front.faces[:, ::-1]]))


def _cylinder(
    radius_m: float, length_m: float, n_rings: int, n_lengths: int, axes: NDArray[np.float64]
) -> TargetMesh:
    """Two caps whose rims are the ends of the side."""
    cap, n = _rings(radius_m, n_rings), 6 * n_rings
    n_cap = len(cap.vertices)
    rim = cap.vertices[-n:]
    up = np.array([0.0, 0.0, 1.0])
    heights = np.linspace(-0.5, 0.5, n_lengths + 1) * length_m
    between = [rim + height * up for height in heights[1:-1]]
    vertices = np.concatenate([cap.vertices + heights[0] * up, cap.vertices + heights[-1] * up, *between])
    first_of_row = [n_cap - n, *(2 * n_cap + n * np.arange(n_lengths - 1)), 2 * n_cap - n]
    i, after = np.arange(n), (np.arange(n) + 1) % n
    side = []
    for low, high in pairwise(first_of_row):
        side.append(np.stack([low + i, low + after, high + after], axis=1))
        side.append(np.stack([low + i, high + after, high + i], axis=1))
    faces = np.concatenate([cap.faces[:, ::-1], cap.faces + n_cap, *side]).astype(np.int32)
    return TargetMesh(vertices @ axes, faces)


def _sphere(radius_m: float, frequency: int) -> TargetMesh:
    """Geodesic sphere: every face of an icosahedron cut into frequency^2 triangles and put on the sphere."""
    corners, coarse = _icosahedron()
    k = frequency
    i, j = np.array([(i, j) for i in range(k + 1) for j in range(k + 1 - i)]).T
    weights = np.stack([k - i - j, i, j], axis=1) / k
    index = np.full((k + 2, k + 2), -1)
    index[i, j] = np.arange(len(i))
    up = i + j < k
    down = i + j < k - 1
    within = np.concatenate(
        [
            np.stack([index[i, j], index[i + 1, j], index[i, j + 1]], axis=1)[up],
            np.stack([index[i + 1, j], index[i + 1, j + 1], index[i, j + 1]], axis=1)[down],
        ]
    )
    points = np.einsum("wc,fcx->fwx", weights, corners[coarse]).reshape(-1, 3)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    # Neighbouring faces share the vertices of their common edge.
    _, first, owner = np.unique(np.rint(points * 1e9), axis=0, return_index=True, return_inverse=True)
    faces = (within[None] + (len(i) * np.arange(len(coarse)))[:, None, None]).reshape(-1, 3)
    return TargetMesh(radius_m * points[first], owner.ravel()[faces].astype(np.int32))


def _icosahedron() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Corners (12, 3) on the unit sphere and faces (20, 3), counter-clockwise from outside."""
    golden = 0.5 * (1.0 + math.sqrt(5.0))
    signs = [(a, b) for a in (1.0, -1.0) for b in (1.0, -1.0)]
    corners = np.array(
        [(0.0, a, b * golden) for a, b in signs]
        + [(a, b * golden, 0.0) for a, b in signs]
        + [(b * golden, 0.0, a) for a, b in signs]
    )
    gap = np.linalg.norm(corners[:, None] - corners[None], axis=2)
    near = np.abs(gap - 2.0) < 1e-6
    faces = []
    for a in range(12):
        for b in range(a + 1, 12):
            for c in range(b + 1, 12):
                if near[a, b] and near[b, c] and near[a, c]:
                    outward = (
                        np.dot(np.cross(corners[b] - corners[a], corners[c] - corners[a]), corners[a]) > 0.0
                    )
                    faces.append((a, b, c) if outward else (a, c, b))
    turned = corners / np.linalg.norm(corners[0])
    for axis, angle in enumerate(_GENERIC_TURN_RAD):
        turn = np.eye(3)
        p, q = (axis + 1) % 3, (axis + 2) % 3
        turn[p, p] = turn[q, q] = math.cos(angle)
        turn[p, q], turn[q, p] = -math.sin(angle), math.sin(angle)
        turned = turned @ turn.T
    return turned, np.array(faces)
