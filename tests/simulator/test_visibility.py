"""Which points the radar sees."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray

from simulator.radar.scattering import follow_surface, observe_points, place_scatterers
from simulator.scene.placement import Placement
from simulator.scene.visibility import ease_visibility, poses_to_test, visible_points

AHEAD = np.array([0.0, 1.0, 0.0])


def look_at(
    mesh: trimesh.Trimesh,
    radar_m: NDArray[np.float64],
    n_points: int,
    seed: int = 0,
    ahead: NDArray[np.float64] = AHEAD,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.int32]]:
    """Points on a mesh, their cosines, what is seen, and their triangles; one pose."""
    vertices, faces = np.asarray(mesh.vertices, np.float32)[None], np.asarray(mesh.faces, np.int32)
    scatterers = place_scatterers(faces, vertices[0], n_points, seed)
    points, normals = follow_surface(scatterers, faces, vertices)
    _, cosine = observe_points(points, normals, radar_m, ahead)
    seen = visible_points(vertices, faces, points, scatterers.face_ids, cosine > 0, radar_m)
    return points[0], cosine[0], seen[0], scatterers.face_ids


def first_hits_by_ray(
    mesh: trimesh.Trimesh, radar_m: NDArray[np.float64], points: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Moeller-Trumbore against every triangle in float64: is the first hit on the ray the point itself?"""
    corners = np.asarray(mesh.vertices)[np.asarray(mesh.faces)]
    edge1, edge2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    clear = np.empty(len(points), bool)
    for i, point in enumerate(points.astype(np.float64)):
        ray = point - radar_m
        across = np.cross(ray, edge2)
        determinant = np.einsum("fk,fk->f", edge1, across)
        with np.errstate(divide="ignore", invalid="ignore"):
            offset = radar_m - corners[:, 0]
            u = np.einsum("fk,fk->f", offset, across) / determinant
            upright = np.cross(offset, edge1)
            v = (upright @ ray) / determinant
            at = np.einsum("fk,fk->f", edge2, upright) / determinant
            hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (at > 0)
        clear[i] = not (at[hit] * np.linalg.norm(ray) < np.linalg.norm(ray) - 1e-3).any()
    return clear


def limbs() -> trimesh.Trimesh:
    """A torso, a head and two arms, one of them in front: closed pieces that shade each other."""
    torso = trimesh.creation.capsule(height=0.5, radius=0.16).apply_translation([0.0, 3.0, 0.8])
    head = trimesh.creation.icosphere(subdivisions=3, radius=0.11).apply_translation([0.02, 2.95, 1.6])
    front = trimesh.creation.capsule(height=0.5, radius=0.05).apply_translation([0.05, 2.7, 0.8])
    side = trimesh.creation.capsule(height=0.5, radius=0.05).apply_translation([-0.3, 3.1, 0.8])
    return trimesh.util.concatenate([torso, head, front, side])


@pytest.mark.parametrize("radar_m", [[0.0, 0.0, 1.0], [0.8, 1.2, 0.3], [0.3, 2.0, 1.2]])
def test_agrees_with_exact_ray_casting(radar_m: list[float]) -> None:
    mesh, radar = limbs(), np.array(radar_m)
    points, cosine, seen, _ = look_at(mesh, radar, 1500)
    facing = cosine > 0
    expected = first_hits_by_ray(mesh, radar, points[facing])
    assert 0.2 < expected.mean() < 0.999  # something is shaded
    assert (seen[facing] == expected).mean() > 0.998  # the rest grazes an edge within the tolerance
    assert not seen[~facing].any()


@pytest.mark.parametrize(
    "placement",
    [
        Placement(0.01, radar_height_m=3.0, radar_tilt_deg=-85.0),
        Placement(0.3, 40.0, radar_height_m=2.6, radar_tilt_deg=-70.0),
        Placement(0.8, radar_height_m=0.0, radar_tilt_deg=60.0),
    ],
)
def test_an_overhead_radar_sees_what_exact_rays_see(placement: Placement) -> None:
    mesh = limbs().apply_translation([0.0, -3.0, 0.0])  # around the body's own origin
    mesh = trimesh.util.concatenate([mesh, trimesh.creation.icosphere(3, 0.1).apply_translation([0, 0, 0.1])])
    radar = placement.radar_in_body_frame_m
    points, cosine, seen, _ = look_at(mesh, radar, 1500, ahead=placement.boresight_in_body_frame)
    facing = cosine > 0
    assert facing.mean() > 0.3
    expected = first_hits_by_ray(mesh, radar, points[facing])
    assert 0.2 < expected.mean() < 0.999
    assert (seen[facing] == expected).mean() > 0.998
    assert not seen[~facing].any()


def test_a_radar_right_above_sees_the_near_one_of_two_plates() -> None:
    upper = trimesh.creation.box([0.4, 0.4, 0.02]).apply_translation([0.0, 0.0, 1.5])
    lower = trimesh.creation.box([0.3, 0.3, 0.02]).apply_translation([0.0, 0.0, 0.5])
    down, radar = np.array([0.0, 0.0, -1.0]), np.array([0.0, 0.0, 3.0])
    points, cosine, seen, _ = look_at(trimesh.util.concatenate([upper, lower]), radar, 2000, ahead=down)
    top = (cosine > 0) & (points[:, 2] > 1.505)
    assert top.any() and seen[top].all()
    assert not seen[points[:, 2] < 1.0].any()


def test_agrees_with_embree_on_the_same_mesh() -> None:
    mesh, radar = limbs(), np.array([0.3, 0.0, 1.2])
    points, cosine, seen, face_ids = look_at(mesh, radar, 4000)
    facing = np.flatnonzero(cosine > 0.05)
    rays = points[facing] - radar
    hit = mesh.ray.intersects_first(np.tile(radar, (len(rays), 1)), rays)
    assert (seen[facing] == (hit == face_ids[facing])).mean() > 0.995


def test_back_faces_are_dark_and_half_a_sphere_is_lit() -> None:
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=0.2).apply_translation([0.0, 4.0, 1.0])
    points, cosine, seen, _ = look_at(sphere, np.array([0.0, 0.0, 1.0]), 4000)
    assert not seen[points[:, 1] > 4.0].any()
    assert seen[cosine > 0.05].all()
    # Seen from 4 m, the lit cap is (1 - r/R) / 2 of the surface.
    assert seen.mean() == pytest.approx(0.5 * (1 - 0.2 / 4.0), abs=0.01)


def test_an_arm_behind_the_torso_is_dark() -> None:
    torso = trimesh.creation.capsule(height=0.5, radius=0.16).apply_translation([0.0, 3.0, 0.8])
    arm = trimesh.creation.capsule(height=0.3, radius=0.04).apply_translation([0.0, 3.3, 0.9])
    mesh = trimesh.util.concatenate([torso, arm])
    points, _, seen, _ = look_at(mesh, np.array([0.0, 0.0, 1.0]), 3000)
    assert not seen[points[:, 1] > 3.2].any()
    # Seen from behind it is the arm that is lit, and shades the torso.
    assert not look_at(mesh, np.array([0.0, 6.0, 1.0]), 3000)[
        2
    ].any()  # the radar looks along +y, away from them
    turned = trimesh.util.concatenate([torso.copy(), arm.copy()])
    turned.apply_transform(trimesh.transformations.rotation_matrix(np.pi, [0, 0, 1], [0, 3, 0]))
    points, cosine, seen, _ = look_at(turned, np.array([0.0, 0.0, 1.0]), 3000)
    is_arm = points[:, 1] < 2.8
    assert seen[is_arm & (cosine > 0.05)].all()
    assert not seen[~is_arm & (np.abs(points[:, 0]) < 0.02) & (np.abs(points[:, 2] - 0.97) < 0.03)].any()


def test_the_shadow_moves_with_the_radar() -> None:
    mesh = limbs()
    seen_from = [look_at(mesh, np.array([x, 0.0, 1.0]), 1500)[2] for x in (-1.0, 1.0)]
    assert (seen_from[0] != seen_from[1]).mean() > 0.05


def test_what_is_behind_or_beside_the_antenna_shades_nothing() -> None:
    target = trimesh.creation.icosphere(subdivisions=3, radius=0.2).apply_translation([0.0, 3.0, 1.0])
    behind = trimesh.creation.box([2.0, 0.2, 2.0]).apply_translation([0.0, -1.0, 1.0])
    around = trimesh.creation.box([0.02, 1.0, 0.02]).apply_translation([0.3, 0.0, 1.0])
    both = trimesh.util.concatenate([target, behind, around])
    points, cosine, seen, _ = look_at(both, np.array([0.0, 0.0, 1.0]), 6000)
    on_target = points[:, 1] > 2.0
    assert seen[on_target & (cosine > 0.05)].all()
    assert not seen[points[:, 1] < -0.5].any()


def test_rays_are_cast_at_25_hz_and_light_is_eased_in_and_out() -> None:
    poses = poses_to_test(8, 50.0)
    assert poses.tolist() == [0, 2, 4, 6, 7]
    assert poses_to_test(4, 30.0).tolist() == [0, 1, 2, 3]
    seen = np.array([[False], [False], [True], [True], [False]])
    assert ease_visibility(seen, poses, 8)[:, 0] == pytest.approx([0, 0, 0, 0.5, 1, 1, 1, 0])


def test_only_the_poses_asked_for_are_tested() -> None:
    mesh, radar = limbs(), np.array([0.0, 0.0, 1.0])
    shifts = np.array([[0.0, 0.0, 0.0], [0.4, 0.0, 0.0], [-0.2, 0.5, 0.0]])
    vertices = (np.asarray(mesh.vertices)[None] + shifts[:, None]).astype(np.float32)
    faces = np.asarray(mesh.faces, np.int32)
    scatterers = place_scatterers(faces, vertices[0], 800, 0)
    points, normals = follow_surface(scatterers, faces, vertices)
    facing = observe_points(points, normals, radar, AHEAD)[1] > 0
    every = visible_points(vertices, faces, points, scatterers.face_ids, facing, radar)
    some = visible_points(vertices, faces, points, scatterers.face_ids, facing, radar, np.array([2, 0]))
    np.testing.assert_array_equal(some, every[[2, 0]])
