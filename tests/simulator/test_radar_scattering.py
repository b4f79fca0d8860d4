"""Scatterers on a mesh and the power that they send back out of phase."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from simulator.errors import RadarConfigError
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import radar_preset
from simulator.radar.config import RadarConfig
from simulator.radar.materials import Material
from simulator.radar.scattering import follow_surface, place_scatterers
from simulator.scene.observation import Observation, observe
from simulator.scene.placement import Placement
from simulator.scene.posed_body import PosedBody, posed_mesh

CHALK = Material("chalk", 1.0, 0.0, diffuse_reflectivity=1.0)


def still(mesh: trimesh.Trimesh, n_points: int, seed: int = 0, n_poses: int = 5) -> PosedBody:
    vertices = np.repeat(np.asarray(mesh.vertices, np.float32)[None], n_poses, axis=0)
    faces = np.asarray(mesh.faces, np.int32)
    scatterers = place_scatterers(faces, vertices[0], n_points, seed)
    return posed_mesh(vertices, faces, scatterers, RADAR, material=CHALK)


def look(
    mesh: trimesh.Trimesh, range_m: float, n_points: int = 2000, radar: RadarConfig = RADAR
) -> Observation:
    return observe(still(mesh, n_points), radar, Placement(range_m, radar_height_m=1.0), "diffuse")


def sphere(radius_m: float, subdivisions: int = 3) -> trimesh.Trimesh:
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius_m)
    return mesh.apply_translation([0.0, 0.0, 1.0])


def test_points_are_spread_by_area_and_stay_on_their_triangles() -> None:
    mesh = trimesh.creation.box([1.0, 2.0, 3.0])
    faces, vertices = np.asarray(mesh.faces, np.int32), np.asarray(mesh.vertices, np.float32)
    scatterers = place_scatterers(faces, vertices, 5000, 1)
    counts = np.bincount(scatterers.face_ids, minlength=len(faces))
    assert counts / 5000 == pytest.approx(mesh.area_faces / mesh.area, abs=5e-4)
    assert scatterers.barycentric.min() >= 0.0
    assert scatterers.barycentric.sum(axis=1) == pytest.approx(np.ones(5000))
    points, normals = follow_surface(scatterers, faces, vertices[None])
    assert normals[0] == pytest.approx(mesh.face_normals[scatterers.face_ids], abs=1e-6)
    assert np.einsum(
        "pk,pk->p", points[0] - vertices[faces[scatterers.face_ids, 0]], normals[0]
    ) == pytest.approx(np.zeros(5000), abs=1e-6)


def test_points_move_with_the_mesh_and_keep_their_phase() -> None:
    mesh = sphere(0.3)
    faces = np.asarray(mesh.faces, np.int32)
    scatterers = place_scatterers(faces, np.asarray(mesh.vertices), 100, 1)
    again = place_scatterers(faces, np.asarray(mesh.vertices), 100, 1)
    other = place_scatterers(faces, np.asarray(mesh.vertices), 100, 2)
    np.testing.assert_array_equal(scatterers.phase_cycles, again.phase_cycles)
    assert not np.array_equal(scatterers.phase_cycles, other.phase_cycles)
    turned = np.asarray(mesh.vertices) @ trimesh.transformations.rotation_matrix(0.7, [0, 0, 1])[:3, :3].T
    both, _ = follow_surface(scatterers, faces, np.stack([mesh.vertices, turned]).astype(np.float32))
    expected = both[0] @ trimesh.transformations.rotation_matrix(0.7, [0, 0, 1])[:3, :3].T
    assert both[1] == pytest.approx(expected, abs=1e-6)


def test_cross_section_of_a_diffuse_sphere() -> None:
    # gamma times the integral of cos^2 over the lit half sphere: 2 pi r^2 / 3.
    rcs = look(sphere(0.1, 4), 8.0, 8000).rcs_m2
    assert 10 * np.log10(rcs.mean() / (2 * np.pi * 0.1**2 / 3)) == pytest.approx(0.0, abs=0.15)


@pytest.mark.parametrize("shape", ["sphere", "capsule"])
def test_a_finer_mesh_sends_back_the_same_power(shape: str) -> None:
    mesh = sphere(0.2, 2)
    if shape == "capsule":
        mesh = trimesh.creation.capsule(height=0.5, radius=0.15, count=[16, 16]).apply_translation(
            [0, 0, 0.8]
        )
    power = [look(m, 4.0).rcs_m2.mean() for m in (mesh, mesh.subdivide(), mesh.subdivide().subdivide())]
    assert np.ptp(10 * np.log10(power)) < 0.5
    # Nor does the number of points change it.
    few, many = (look(mesh, 4.0, n).rcs_m2.mean() for n in (1000, 8000))
    assert 10 * np.log10(few / many) == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("radius_m", [0.001, 0.1])
def test_power_falls_with_the_fourth_power_of_range(radius_m: float) -> None:
    mean_range, power = [], []
    for range_m in (1.0, 10.0):
        seen = look(sphere(radius_m), range_m, 4000)
        received = seen.tracks.amplitude[0].astype(np.float64) ** 2
        mean_range.append((seen.tracks.range_m[0] * received).sum() / received.sum())
        power.append(received.sum() / seen.rcs_m2[0])
    slope_db = 10 * np.log10(power[1] / power[0]) / np.log10(mean_range[1] / mean_range[0])
    assert slope_db == pytest.approx(-40.0, abs=0.05)


def test_received_power_is_the_radar_equation() -> None:
    seen = look(sphere(0.01), 3.0)
    received = (seen.tracks.amplitude[0].astype(np.float64) ** 2).sum()
    assert received == pytest.approx(RADAR.received_power_mw(seen.rcs_m2[0], 2.992), rel=0.01)


def test_a_plate_behind_a_plate_is_dark() -> None:
    front = trimesh.creation.box([1.0, 0.02, 1.0]).apply_translation([0.0, -0.5, 1.0])
    back = trimesh.creation.box([0.5, 0.02, 0.5]).apply_translation([0.0, 0.5, 1.0])
    both = trimesh.util.concatenate([front, back])
    seen = look(both, 4.0)
    behind = seen.tracks.range_m[0] > 4.2
    assert behind.sum() > 100
    assert not seen.tracks.amplitude[:, behind].any()
    assert look(back, 4.0).tracks.amplitude.any()


def test_a_narrow_beam_dims_what_stands_aside() -> None:
    narrow = radar_preset("mmexpert-iwr1843", azimuth_beamwidth_deg=40.0)
    mesh = still(sphere(0.02), 500)
    ahead, aside = (
        [
            observe(mesh, radar, Placement(3.0, azimuth), "diffuse").tracks.amplitude[0].sum()
            for radar in (RADAR, narrow)
        ]
        for azimuth in (0.0, 20.0)
    )
    assert 20 * np.log10(ahead[1] / ahead[0]) == pytest.approx(0.0, abs=0.01)
    assert 20 * np.log10(aside[1] / aside[0]) == pytest.approx(-6.0, abs=0.1)


def test_bad_requests_are_refused() -> None:
    mesh = sphere(0.1)
    faces, vertices = np.asarray(mesh.faces, np.int32), np.asarray(mesh.vertices)
    with pytest.raises(RadarConfigError, match="n_scatterers is 0"):
        place_scatterers(faces, vertices, 0, 0)
    with pytest.raises(RadarConfigError, match="no area"):
        place_scatterers(faces, np.zeros_like(vertices), 10, 0)
    with pytest.raises(RadarConfigError, match=r"comes within 0\.1"):
        look(sphere(0.1), 0.25)
