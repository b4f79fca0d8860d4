"""Isotropic remeshing of a closed surface (Botsch & Kobbelt 2004) with edges that follow its curvature.

Rounds of: split long edges, collapse short ones, flip towards round triangles, move vertices along the surface
towards the middle of their neighbours, and put them back on the given surface. The wanted edge length is `edge_m`
where the surface is flat and less where it bends, so that triangles leave it nowhere by more than a share of
`edge_m` (Dunyach et al. 2013): fingers keep their form at edges longer than they are thick.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .edge_operations import (
    Edges,
    Indices,
    Mesh,
    collapse_short_edges,
    edges_of,
    flip_edges,
    normals,
    split_long_edges,
)
from .skeleton import Array

N_ROUNDS = 5
CHORD_SHARE = 0.1  # a triangle may leave the surface by this share of edge_m
LEAST_SHARE = 0.3  # of edge_m: no finer
GRADING = 0.25  # by which the wanted length may grow per metre along the surface
_STEP = 0.7  # of the way to the middle of the neighbours
_NEAREST = 24  # triangles tried for the nearest point; a vertex has 6 around it
_OTHER_SIDE_M = 1.0  # added to the distance of triangles that face the other way: never the nearest


@dataclass(frozen=True)
class SurfacePoints:
    """Places on a surface: triangle and barycentric coordinates.

    Attributes:
        faces: (N,) triangle.
        shares: (N, 3) of its corners, >= 0, summing to 1.
    """

    faces: Indices
    shares: Array

    def of(self, values: Array, faces: NDArray[np.integer]) -> Array:
        """(N, ...) linear interpolation of values (V, ...) of the surface's vertices."""
        corners = values[faces[self.faces]]
        return np.asarray(np.einsum("nk,nk...->n...", self.shares, corners))


@dataclass(frozen=True, eq=False)
class Surface:
    """The given surface, on which all vertices stay.

    Attributes:
        vertices: (V, 3) metres.
        faces: (F, 3).
    """

    vertices: Array
    faces: Indices

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.vertices[self.faces].mean(1))

    @cached_property
    def _normals(self) -> Array:
        turned = normals(self.vertices, self.faces)
        return np.asarray(turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-30))

    def nearest(self, points: Array, facing: Array) -> SurfacePoints:
        """Nearest places whose normals are within 90 degrees of `facing` (N, 3)."""
        tried = self._tree.query(points, k=min(_NEAREST, len(self.faces)))[1]
        corners = self.vertices[self.faces[tried]]
        shares = _closest_shares(points[:, None], corners)
        away = np.linalg.norm(np.einsum("nkc,nkcx->nkx", shares, corners) - points[:, None], axis=2)
        away += np.where(np.einsum("nkx,nx->nk", self._normals[tried], facing) > 0, 0.0, _OTHER_SIDE_M)
        best = away.argmin(1)
        rows = np.arange(len(points))
        return SurfacePoints(tried[rows, best], shares[rows, best])


def _closest_shares(points: Array, corners: Array) -> Array:
    """Barycentric coordinates (..., 3) of the points of triangles (..., 3, 3) nearest to points (..., 3)."""
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d20, d21 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    area = np.maximum(d00 * d11 - d01 * d01, 1e-30)
    v, w = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    inside = np.stack([1.0 - v - w, v, w], -1)
    best, nearest = inside, np.where((inside >= 0).all(-1), 0.0, np.inf)
    for first, second in ((0, 1), (1, 2), (2, 0)):
        start, along = corners[..., first, :], corners[..., second, :] - corners[..., first, :]
        t = np.clip(((points - start) * along).sum(-1) / np.maximum((along * along).sum(-1), 1e-30), 0.0, 1.0)
        away = ((start + t[..., None] * along - points) ** 2).sum(-1)
        shares = np.zeros_like(inside)
        shares[..., first], shares[..., second] = 1.0 - t, t
        closer = away < nearest
        best, nearest = np.where(closer[..., None], shares, best), np.where(closer, away, nearest)
    return np.asarray(best)


def remesh(surface: Surface, edge_m: float) -> tuple[Indices, SurfacePoints]:
    """Faces of the new mesh, and where its vertices lie on the given surface."""
    wanted = wanted_lengths(surface, edge_m)
    mesh = Mesh(surface.vertices.copy(), surface.faces.copy(), wanted)

    def improved() -> SurfacePoints:
        split_long_edges(mesh)
        collapse_short_edges(mesh)
        flip_edges(mesh)
        places = _relax(mesh, surface)
        mesh.wanted_m = places.of(wanted, surface.faces)
        return places

    places = improved()
    for _ in range(N_ROUNDS - 1):
        places = improved()
    flip_edges(mesh)
    return mesh.faces, places


def wanted_lengths(surface: Surface, edge_m: float) -> Array:
    """(V,) edge length at which chords leave the surface by `CHORD_SHARE * edge_m`, at most edge_m; graded."""
    edges = edges_of(surface.faces)
    facing = vertex_normals(surface.vertices, surface.faces)
    first, second = edges.ends.T
    length = np.linalg.norm(surface.vertices[first] - surface.vertices[second], axis=1)
    bend = np.linalg.norm(facing[first] - facing[second], axis=1) / np.maximum(length, 1e-9)
    curvature = np.zeros(len(surface.vertices))
    for end in (first, second):
        np.maximum.at(curvature, end, bend)
    curvature = _averaged(curvature, edges, 3)
    chord = np.sqrt(6.0 * CHORD_SHARE * edge_m / np.maximum(curvature, 1e-6))
    wanted = np.clip(chord, LEAST_SHARE * edge_m, edge_m)
    for _ in range(60):
        before = wanted.copy()
        np.minimum.at(wanted, first, before[second] + GRADING * length)
        np.minimum.at(wanted, second, before[first] + GRADING * length)
        if np.array_equal(before, wanted):
            break
    return np.asarray(wanted)


def vertex_normals(vertices: Array, faces: Indices) -> Array:
    """(V, 3) unit normals, weighted by area."""
    summed = np.zeros_like(vertices)
    turned = normals(vertices, faces)
    for corner in range(3):
        np.add.at(summed, faces[:, corner], turned)
    return np.asarray(summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-30))


def _averaged(values: Array, edges: Edges, times: int) -> Array:
    """Means over neighbours, so that single bumps do not rule."""
    first, second = edges.ends.T
    for _ in range(times):
        total, count = values.copy(), np.ones(len(values))
        for one, other in ((first, second), (second, first)):
            np.add.at(total, one, values[other])
            np.add.at(count, one, 1.0)
        values = total / count
    return values


def _relax(mesh: Mesh, surface: Surface) -> SurfacePoints:
    """Move vertices along the surface towards the middle of their neighbours, then onto the given surface."""
    facing = vertex_normals(mesh.vertices, mesh.faces)
    first, second = edges_of(mesh.faces).ends.T
    total, weight = np.zeros_like(mesh.vertices), np.zeros(len(mesh.vertices))
    for one, other in ((first, second), (second, first)):
        np.add.at(total, one, mesh.vertices[other])
        np.add.at(weight, one, 1.0)
    shift = _STEP * (total / weight[:, None] - mesh.vertices)
    shift -= (shift * facing).sum(1, keepdims=True) * facing
    places = surface.nearest(mesh.vertices + shift, facing)
    moved = places.of(surface.vertices, surface.faces)
    folded = _folded(mesh, moved)
    if folded.any():
        start = surface.nearest(mesh.vertices[folded], facing[folded])
        places.faces[folded], places.shares[folded] = start.faces, start.shares
        moved = places.of(surface.vertices, surface.faces)
    mesh.vertices = moved
    return places


def _folded(mesh: Mesh, moved: Array) -> NDArray[np.bool_]:
    """(V,) corners of triangles that the move would turn over."""
    old, new = normals(mesh.vertices, mesh.faces), normals(moved, mesh.faces)
    folded = np.zeros(len(moved), bool)
    folded[mesh.faces[(old * new).sum(1) <= 0].ravel()] = True
    return folded
