"""Splits, collapses and flips of edges on a closed triangle mesh, many at a time.

Of all edges that ask for an operation, those are served together that share no triangle and no corner with each
other; the rest wait for the next pass. Order follows lengths and indices only, so equal meshes give equal results.
All triangles are counter-clockwise seen from outside, and every edge has exactly two of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .skeleton import Array

Indices = NDArray[np.int64]

SPLIT_ABOVE = 4.0 / 3.0  # of the wanted length; with 4/5, no edge is split and collapsed in turn
COLLAPSE_BELOW = 4.0 / 5.0
_LEAST_NORMAL_COSINE = 0.5  # a triangle that turns further, or stands so on its neighbour, is a fold
_LEAST_ROUNDNESS = 0.15  # that a collapse or flip may leave, or what was there if that was less
_MOST_PASSES = 200


@dataclass
class Mesh:
    """A closed mesh that is being remeshed.

    Attributes:
        vertices: (V, 3) metres.
        faces: (F, 3).
        wanted_m: (V,) edge length wanted there.
    """

    vertices: Array
    faces: Indices
    wanted_m: Array


@dataclass(frozen=True)
class Edges:
    """Edges a-b with the triangles (a, b, c) and (b, a, d) beside them.

    Attributes:
        ends: (E, 2) a and b.
        faces: (E, 2) rows of the mesh's faces.
        across: (E, 2) corners c and d.
    """

    ends: Indices
    faces: Indices
    across: Indices


def edges_of(faces: Indices) -> Edges:
    """All edges of a closed mesh, each once, sorted by their ends."""
    start, end, apex = faces.ravel(), np.roll(faces, -1, 1).ravel(), np.roll(faces, -2, 1).ravel()
    face = np.repeat(np.arange(len(faces)), 3)
    n = int(faces.max()) + 1
    order = np.argsort((np.minimum(start, end) * n + np.maximum(start, end)) * 2 + (start > end))
    first, second = order[0::2], order[1::2]
    return Edges(
        np.stack([start[first], end[first]], 1),
        np.stack([face[first], face[second]], 1),
        np.stack([apex[first], apex[second]], 1),
    )


def is_closed(faces: Indices) -> bool:
    """Whether every edge has one triangle on either side."""
    start, end = faces.ravel(), np.roll(faces, -1, 1).ravel()
    n = int(faces.max()) + 1
    there, back = np.sort(start * n + end), np.sort(end * n + start)
    return bool(np.array_equal(there, back) and (np.diff(there) > 0).all())


def normals(vertices: Array, faces: Indices) -> Array:
    """(F, 3) normals, as long as twice the area."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return np.asarray(np.cross(b - a, c - a))


def roundness(vertices: Array, faces: Indices) -> Array:
    """(F,) 4 sqrt(3) area / sum of squared edges: 1 for an equilateral triangle, 0 for a sliver."""
    corners = vertices[faces]
    squares = (np.diff(corners[:, [0, 1, 2, 0]], axis=1) ** 2).sum((1, 2))
    return np.asarray(2.0 * np.sqrt(3.0) * np.linalg.norm(normals(vertices, faces), axis=1) / squares)


def relative_lengths(mesh: Mesh, ends: Indices) -> Array:
    """Length of edges by the length that is wanted there."""
    length = np.linalg.norm(mesh.vertices[ends[:, 0]] - mesh.vertices[ends[:, 1]], axis=1)
    return np.asarray(length / mesh.wanted_m[ends].mean(1))


def split_long_edges(mesh: Mesh) -> None:
    """Cut every edge that is too long in the middle."""
    for _ in range(_MOST_PASSES):
        edges = edges_of(mesh.faces)
        length = relative_lengths(mesh, edges.ends)
        long = np.flatnonzero(length > SPLIT_ABOVE)
        if not len(long):
            return
        order = long[np.argsort(-length[long], kind="stable")]
        rank = np.full(len(mesh.faces), len(length))
        for side in range(2):
            np.minimum.at(rank, edges.faces[order, side], np.arange(len(order)))
        chosen = order[(rank[edges.faces[order]] == np.arange(len(order))[:, None]).all(1)]
        _split(mesh, edges, chosen)


def _split(mesh: Mesh, edges: Edges, chosen: Indices) -> None:
    (a, b), (c, d) = edges.ends[chosen].T, edges.across[chosen].T
    middle = len(mesh.vertices) + np.arange(len(chosen))
    mesh.vertices = np.concatenate([mesh.vertices, (mesh.vertices[a] + mesh.vertices[b]) / 2])
    mesh.wanted_m = np.concatenate([mesh.wanted_m, (mesh.wanted_m[a] + mesh.wanted_m[b]) / 2])
    mesh.faces[edges.faces[chosen, 0]] = np.stack([a, middle, c], 1)
    mesh.faces[edges.faces[chosen, 1]] = np.stack([b, middle, d], 1)
    halves = (np.stack([middle, b, c], 1), np.stack([middle, a, d], 1))
    mesh.faces = np.concatenate([mesh.faces, *halves])


def collapse_short_edges(mesh: Mesh) -> None:
    """Join the ends of edges that are too short, where that leaves a closed surface without folds and slivers."""
    refused: Indices = np.empty((0,), np.int64)
    n = len(mesh.vertices)
    alive = np.ones(n, bool)
    for _ in range(_MOST_PASSES):
        edges = edges_of(mesh.faces)
        length = relative_lengths(mesh, edges.ends)
        key = edges.ends.min(1) * n + edges.ends.max(1)
        short = np.flatnonzero((length < COLLAPSE_BELOW) & ~np.isin(key, refused))
        if not len(short):
            break
        chosen = _apart(edges.ends, short[np.argsort(length[short], kind="stable")], n)
        good = _may_collapse(mesh, edges, chosen)
        refused = np.concatenate([refused, key[chosen[~good]]])
        done = chosen[good]
        if len(done):
            keep, gone = edges.ends[done].T
            mesh.vertices[keep] = (mesh.vertices[keep] + mesh.vertices[gone]) / 2
            mesh.wanted_m[keep] = (mesh.wanted_m[keep] + mesh.wanted_m[gone]) / 2
            renamed = np.arange(n)
            renamed[gone] = keep
            mesh.faces = renamed[np.delete(mesh.faces, edges.faces[done].ravel(), axis=0)]
            alive[gone] = False
            # What was refused beside a collapse may be possible now.
            around = np.isin(refused // n, keep) | np.isin(refused % n, keep)
            refused = refused[~around]
    _drop(mesh, alive)


def _apart(ends: Indices, order: Indices, n_vertices: int) -> Indices:
    """Those of the edges in `order` that have no edge before them within one step of their ends."""
    rank = np.full(n_vertices, len(order))
    for side in range(2):
        np.minimum.at(rank, ends[order, side], np.arange(len(order)))
    near = rank.copy()
    for side in range(2):
        np.minimum.at(near, ends[:, side], rank[ends[:, 1 - side]])
    return order[near[ends[order]].min(1) == np.arange(len(order))]


def _may_collapse(mesh: Mesh, edges: Edges, chosen: Indices) -> NDArray[np.bool_]:
    """Which collapses keep the surface closed (link condition), unfolded, round and fine enough."""
    n = len(mesh.vertices)
    ones = np.ones(len(edges.ends))
    graph = csr_matrix((ones, (edges.ends[:, 0], edges.ends[:, 1])), shape=(n, n))
    graph = graph + graph.T
    u, v = edges.ends[chosen].T
    shared = np.asarray(graph[u].multiply(graph[v]).sum(1)).ravel()
    valence = np.asarray(graph.sum(1)).ravel()
    good = (shared == 2) & (valence[edges.across[chosen]].min(1) > 3)
    owner = np.full(n, -1)
    owner[u], owner[v] = np.arange(len(chosen)), np.arange(len(chosen))
    of_corner = owner[mesh.faces]
    touched = np.flatnonzero((of_corner >= 0).sum(1) == 1)
    faces, which = mesh.faces[touched], of_corner[touched].max(1)
    moved = mesh.vertices.copy()
    moved[u] = moved[v] = (mesh.vertices[u] + mesh.vertices[v]) / 2
    fine = _stays_unfolded(mesh.vertices, moved, faces)
    rim = np.stack([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]], 1).reshape(-1, 2)
    rim_length = np.linalg.norm(moved[rim[:, 0]] - moved[rim[:, 1]], axis=1) / mesh.wanted_m[rim].mean(1)
    fine &= (rim_length < SPLIT_ABOVE).reshape(-1, 3).all(1)
    np.logical_and.at(good, which, fine)
    return good


def _stays_unfolded(before: Array, after: Array, faces: Indices) -> NDArray[np.bool_]:
    old, new = normals(before, faces), normals(after, faces)
    cosine = (old * new).sum(1) / np.maximum(np.linalg.norm(old, axis=1) * np.linalg.norm(new, axis=1), 1e-30)
    least = np.minimum(_LEAST_ROUNDNESS, roundness(before, faces))
    return np.asarray((cosine > _LEAST_NORMAL_COSINE) & (roundness(after, faces) >= least))


def _drop(mesh: Mesh, alive: NDArray[np.bool_]) -> None:
    renumber = np.cumsum(alive) - 1
    mesh.vertices, mesh.wanted_m = mesh.vertices[alive], mesh.wanted_m[alive]
    mesh.faces = renumber[mesh.faces]


def flip_edges(mesh: Mesh) -> None:
    """Turn edges whose opposite angles sum to more than 180 degrees (Delaunay's criterion), where the surface is
    nearly flat across them: the least angles grow."""
    n = len(mesh.vertices)
    for _ in range(_MOST_PASSES):
        edges = edges_of(mesh.faces)
        gain = _flip_gain(mesh, edges)
        wanting = np.flatnonzero(gain > 1e-6)
        if not len(wanting):
            return
        order = wanting[np.argsort(-gain[wanting], kind="stable")]
        corners = np.concatenate([edges.ends[order], edges.across[order]], 1)
        rank = np.full(n, len(order))
        for corner in range(4):
            np.minimum.at(rank, corners[:, corner], np.arange(len(order)))
        chosen = order[(rank[corners] == np.arange(len(order))[:, None]).all(1)]
        (a, b), (c, d) = edges.ends[chosen].T, edges.across[chosen].T
        mesh.faces[edges.faces[chosen, 0]] = np.stack([a, d, c], 1)
        mesh.faces[edges.faces[chosen, 1]] = np.stack([d, b, c], 1)


def _flip_gain(mesh: Mesh, edges: Edges) -> Array:
    """(E,) how much rounder the worse of two triangles becomes by the flip; negative where it is not allowed."""
    (a, b), (c, d) = edges.ends.T, edges.across.T
    before = np.minimum(
        roundness(mesh.vertices, mesh.faces)[edges.faces[:, 0]],
        roundness(mesh.vertices, mesh.faces)[edges.faces[:, 1]],
    )
    left, right = np.stack([a, d, c], 1), np.stack([d, b, c], 1)
    after = np.minimum(roundness(mesh.vertices, left), roundness(mesh.vertices, right))
    unit = [_unit(normals(mesh.vertices, faces)) for faces in (mesh.faces, left, right)]
    mean = _unit(unit[0][edges.faces].sum(1))
    flat = (unit[0][edges.faces[:, 0]] * unit[0][edges.faces[:, 1]]).sum(1) > _LEAST_NORMAL_COSINE
    unfolded = ((unit[1] * mean).sum(1) > _LEAST_NORMAL_COSINE) & (
        (unit[2] * mean).sum(1) > _LEAST_NORMAL_COSINE
    )
    n = len(mesh.vertices)
    keys = edges.ends.min(1) * n + edges.ends.max(1)
    is_edge = np.isin(edges.across.min(1) * n + edges.across.max(1), keys)
    valence = np.bincount(edges.ends.ravel(), minlength=n)
    allowed = flat & unfolded & ~is_edge & (valence[a] > 3) & (valence[b] > 3)
    return np.where(allowed, after - before, -1.0)


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30))
