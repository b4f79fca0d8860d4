"""Isotropic remeshing on surfaces whose form is known: spheres, tori, a box; then its three edge operations."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from simulator.body.edge_operations import (
    Mesh,
    collapse_short_edges,
    edges_of,
    flip_edges,
    is_closed,
    relative_lengths,
    roundness,
    split_long_edges,
)
from simulator.body.remesh import CHORD_SHARE, LEAST_SHARE, Surface, remesh, wanted_lengths


def sphere(radius_m: float = 0.1, subdivisions: int = 4) -> Surface:
    made = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius_m)
    return Surface(np.asarray(made.vertices), np.asarray(made.faces, dtype=np.int64))


def lopsided_sphere() -> Surface:
    """A unit of 0.2 m whose triangles crowd at one pole and are slivers at the other."""
    made = trimesh.creation.uv_sphere(radius=0.2, count=[60, 24])
    made.merge_vertices()
    vertices = np.asarray(made.vertices).copy()
    vertices[:, 2] += 0.35 * (0.2**2 - vertices[:, 2] ** 2) / 0.2  # pushed along the axis: an egg
    return Surface(vertices, np.asarray(made.faces, dtype=np.int64))


def torus() -> Surface:
    made = trimesh.creation.torus(0.2, 0.06, major_sections=80, minor_sections=16)
    return Surface(np.asarray(made.vertices), np.asarray(made.faces, dtype=np.int64))


def least_angles_deg(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    corners = vertices[faces]
    one, other = np.roll(corners, -1, 1) - corners, np.roll(corners, -2, 1) - corners
    cosine = (one * other).sum(2) / (np.linalg.norm(one, axis=2) * np.linalg.norm(other, axis=2))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1))).min(1)


def euler_number(faces: np.ndarray) -> int:
    return len(np.unique(faces)) - len(faces) * 3 // 2 + len(faces)


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    return float(trimesh.Trimesh(vertices, faces, process=False).volume)


@pytest.mark.parametrize(
    ("surface", "euler"),
    [(sphere(), 2), (lopsided_sphere(), 2), (torus(), 0)],
    ids=["sphere", "egg", "torus"],
)
@pytest.mark.parametrize("edge_m", [0.014, 0.03])
def test_triangles_become_round_and_the_surface_stays_what_it_was(
    surface: Surface, euler: int, edge_m: float
) -> None:
    faces, places = remesh(surface, edge_m)
    vertices = places.of(surface.vertices, surface.faces)
    assert is_closed(faces) and euler_number(faces) == euler
    assert set(faces.ravel()) == set(range(len(vertices)))
    angles = least_angles_deg(vertices, faces)
    assert angles.min() > 20 and np.percentile(angles, 1) > 30 and np.median(angles) > 48
    ends = edges_of(faces).ends
    length = np.linalg.norm(vertices[ends[:, 0]] - vertices[ends[:, 1]], axis=1)
    assert length.max() < 1.5 * edge_m
    assert length.mean() > 0.5 * edge_m
    assert volume(vertices, faces) == pytest.approx(volume(surface.vertices, surface.faces), rel=0.05)


def test_places_are_on_the_surface(recwarn: pytest.WarningsRecorder) -> None:
    surface = torus()
    _, places = remesh(surface, 0.03)
    assert (places.shares >= -1e-9).all() and np.allclose(places.shares.sum(1), 1.0)
    points = places.of(surface.vertices, surface.faces)
    ring = np.linalg.norm(points[:, :2], axis=1) - 0.2
    assert np.hypot(ring, points[:, 2]) == pytest.approx(0.06, abs=0.0015)  # the given mesh's own chords
    assert not len(recwarn)


def test_equal_input_gives_equal_meshes() -> None:
    first, second = (remesh(lopsided_sphere(), 0.03) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1].faces, second[1].faces) and np.array_equal(
        first[1].shares, second[1].shares
    )


def test_wanted_lengths_keep_chords_close_to_a_sphere() -> None:
    for radius_m, edge_m in ((0.02, 0.05), (0.1, 0.02), (0.002, 0.03)):
        wanted = wanted_lengths(sphere(radius_m), edge_m)
        expected = np.clip(np.sqrt(6 * CHORD_SHARE * edge_m * radius_m), LEAST_SHARE * edge_m, edge_m)
        assert wanted == pytest.approx(expected, rel=0.05)


def test_nearest_places_equal_those_of_a_full_search() -> None:
    surface = lopsided_sphere()
    whole = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
    rng = np.random.default_rng(2)
    outward = surface.vertices[rng.choice(len(surface.vertices), 60)]
    points = outward * rng.uniform(0.9, 1.1, (60, 1)) + rng.normal(0, 0.004, (60, 3))
    found = surface.nearest(points, outward).of(surface.vertices, surface.faces)
    _, distance, _ = trimesh.proximity.closest_point_naive(whole, points)
    assert np.linalg.norm(found - points, axis=1) == pytest.approx(distance, abs=1e-6)


def test_the_nearest_place_is_not_on_the_other_side_of_a_thin_plate() -> None:
    plate = trimesh.creation.box((0.2, 0.2, 0.002)).subdivide().subdivide().subdivide()
    surface = Surface(np.asarray(plate.vertices), np.asarray(plate.faces, dtype=np.int64))
    inside = np.array([[0.01, 0.02, -0.0005]])
    for side in (1.0, -1.0):
        place = surface.nearest(inside, np.array([[0.0, 0.0, side]]))
        assert place.of(surface.vertices, surface.faces)[0] == pytest.approx([0.01, 0.02, 0.001 * side])


def test_each_operation_does_what_it_says() -> None:
    surface = lopsided_sphere()
    mesh = Mesh(surface.vertices.copy(), surface.faces.copy(), np.full(len(surface.vertices), 0.012))
    split_long_edges(mesh)
    assert is_closed(mesh.faces) and relative_lengths(mesh, edges_of(mesh.faces).ends).max() <= 4 / 3
    n_before = len(mesh.vertices)
    collapse_short_edges(mesh)
    lengths = relative_lengths(mesh, edges_of(mesh.faces).ends)
    assert is_closed(mesh.faces) and len(mesh.vertices) < n_before
    assert lengths.max() <= 4 / 3 and (lengths < 4 / 5).mean() < 0.15
    round_before = roundness(mesh.vertices, mesh.faces)
    flip_edges(mesh)
    round_after = roundness(mesh.vertices, mesh.faces)
    assert is_closed(mesh.faces) and len(round_after) == len(round_before)
    assert np.percentile(round_after, 5) > np.percentile(round_before, 5)
    assert euler_number(mesh.faces) == 2


def test_a_tetrahedron_is_never_collapsed_away() -> None:
    solid = trimesh.creation.icosphere(subdivisions=0, radius=0.001)
    mesh = Mesh(np.asarray(solid.vertices).copy(), np.asarray(solid.faces, dtype=np.int64), np.full(12, 1.0))
    collapse_short_edges(mesh)
    assert is_closed(mesh.faces) and euler_number(mesh.faces) == 2 and len(mesh.faces) >= 4
