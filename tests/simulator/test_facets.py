"""Coherent echoes: the integral over a triangle, textbook cross sections, and facets in motion."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from simulator.body.model import load_body
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.facet_kernel import triangle_mean
from simulator.radar.facets import FacetEchoes, FacetScene, facet_echoes, specular_facets, vertex_velocities
from simulator.radar.link_budget import SPEED_OF_LIGHT_MPS
from simulator.radar.materials import METAL, Material
from simulator.radar.scattering import place_scatterers
from simulator.radar.tracks import ScattererTracks
from simulator.scene.observation import observe
from simulator.scene.placement import Placement
from simulator.scene.posed_body import posed_mesh

WAVELENGTH_M = SPEED_OF_LIGHT_MPS / 77e9
AHEAD = np.array([0.0, 1.0, 0.0])


def rectangle(width_m: float, height_m: float, n: int, tilt_deg: float = 0.0) -> tuple[NDArray, NDArray]:
    """Plate of 2 n^2 triangles around the origin that looks along -y, turned about z."""
    x, z = np.meshgrid(np.linspace(-0.5, 0.5, n + 1), np.linspace(-0.5, 0.5, n + 1), indexing="ij")
    tilt = np.radians(tilt_deg)
    vertices = np.stack([width_m * x * np.cos(tilt), width_m * x * np.sin(tilt), height_m * z], axis=-1)
    a = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
    b, c, d = a + n + 1, a + n + 2, a + 1
    return vertices.reshape(-1, 3), np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


def echoes_of(
    poses: NDArray,
    faces: NDArray,
    radar_m: NDArray,
    material: Material = METAL,
    far: bool = True,
    **known: float,
) -> FacetEchoes:
    """Fully lit mesh (E, V, 3); `far` takes the wave as plane around the origin."""
    vertices = np.ascontiguousarray(poses, np.float32)
    anchor = np.zeros((len(vertices), 3)) if far else None
    faces = np.ascontiguousarray(faces, np.int32)
    wavelength_m = known.get("wavelength_m", WAVELENGTH_M)
    of_face = np.zeros(len(faces), np.int64)
    scene = FacetScene(
        vertices,
        vertex_velocities(vertices, known.get("pose_interval_s", 0.02)),
        faces,
        np.ones((len(vertices), 1), np.float32),
        np.zeros(len(faces), np.int64),
        specular_facets(
            vertices, faces, of_face, [material], radar_m, vertices.mean(axis=(0, 1)) - radar_m, anchor
        ),
        of_face,
        material.coherent_response(wavelength_m)[None],
        anchor,
    )
    return facet_echoes(scene, radar_m, radar_m[None], radar_m[None], wavelength_m)


def rcs_dbsm(vertices: NDArray, faces: NDArray, radar_m: NDArray, material: Material = METAL) -> float:
    echoes = echoes_of(np.repeat(vertices[None], 4, axis=0), faces, radar_m, material)
    return float(10 * np.log10(echoes.rcs_m2(WAVELENGTH_M)[0]))


@pytest.mark.parametrize("scale", [0.01, 0.3, 0.9, 1.1, 3.0, 20.0])
def test_the_integral_over_a_triangle_is_exact(scale: float) -> None:
    generator = np.random.default_rng(int(scale * 100))
    n = 400
    i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    up, down = i + j < n, i + j < n - 1
    u = np.concatenate([(i[up] + 1 / 3) / n, (i[down] + 2 / 3) / n])
    v = np.concatenate([(j[up] + 1 / 3) / n, (j[down] + 2 / 3) / n])
    for edge in generator.normal(scale=scale, size=(5, 2)):
        corners = np.array([0.0, *edge]) - edge.sum() / 3
        phase = corners[0] + u * (corners[1] - corners[0]) + v * (corners[2] - corners[0])
        quadrature = np.exp(1j * phase).mean()
        for order in ([0, 1, 2], [2, 0, 1], [1, 0, 2]):
            assert triangle_mean(*corners[order]) == pytest.approx(
                quadrature, abs=2e-5 * max(1, scale**2 / 9)
            )


def test_equal_corners_need_no_care() -> None:
    assert triangle_mean(0.0, 0.0, 0.0) == 1.0
    close = [triangle_mean(5.0, 5.0 + step, -10.0 - step) for step in (0.0, 1e-9, 1e-6)]
    assert np.ptp(np.real(close)) < 1e-6
    assert np.ptp(np.imag(close)) < 1e-6


@pytest.mark.parametrize(
    ("tilt_deg", "expected_dbsm"), [(0.0, 19.19), (0.5, 16.10), (1.0, 0.28), (2.0, -0.18)]
)
@pytest.mark.parametrize("n", [1, 8])
def test_a_plate_has_the_textbook_cross_section(tilt_deg: float, expected_dbsm: float, n: int) -> None:
    vertices, faces = rectangle(0.1, 0.1, n, tilt_deg)
    assert rcs_dbsm(vertices, faces, -5.0 * AHEAD) == pytest.approx(expected_dbsm, abs=0.01)


@pytest.mark.parametrize("null_deg", [1.115, 2.231, 3.348])
def test_a_tilted_plate_has_nulls(null_deg: float) -> None:
    vertices, faces = rectangle(0.1, 0.1, 8, null_deg)
    assert rcs_dbsm(vertices, faces, -5.0 * AHEAD) < -40.0


def test_finer_spheres_approach_the_optical_limit() -> None:
    generator = np.random.default_rng(0)
    directions = generator.normal(size=(16, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    spread = []
    for subdivisions in (3, 4, 5):
        mesh = trimesh.creation.icosphere(subdivisions, 0.1)
        levels = [rcs_dbsm(mesh.vertices, mesh.faces, 5.0 * d) for d in directions]
        assert np.mean(levels) == pytest.approx(10 * np.log10(np.pi * 0.1**2), abs=0.5)
        spread.append(np.std(levels))
    assert spread[1] < 0.6
    assert spread[2] < 0.15


def test_the_far_field_is_the_limit_of_true_distances() -> None:
    vertices, faces = rectangle(0.1, 0.1, 8)
    poses = np.repeat(vertices[None], 4, axis=0)
    far = echoes_of(poses, faces, -300.0 * AHEAD).rcs_m2(WAVELENGTH_M)[0]
    true = echoes_of(poses, faces, -300.0 * AHEAD, far=False).rcs_m2(WAVELENGTH_M)[0]
    near = echoes_of(poses, faces, -3.0 * AHEAD, far=False).rcs_m2(WAVELENGTH_M)[0]
    assert 10 * np.log10(true / far) == pytest.approx(0.0, abs=0.01)
    # Near by, the edges lag: mean over the plate of exp(j 2 k (x^2 + z^2) / 2 R), both ways.
    x = np.linspace(-0.05, 0.05, 4001)
    lag = np.abs(np.exp(2j * np.pi * x**2 / (3.0 * WAVELENGTH_M)).mean()) ** 4
    assert 10 * np.log10(near / far) == pytest.approx(10 * np.log10(lag), abs=0.05)


def test_skin_and_roughness_take_their_share() -> None:
    vertices, faces = rectangle(0.1, 0.1, 4)
    metal = rcs_dbsm(vertices, faces, -5.0 * AHEAD)
    smooth = Material("skin", 6.44, 8.70)
    rough = Material("rough skin", 6.44, 8.70, rms_height_m=3e-4)
    index = np.sqrt(6.44 + 8.70j)
    fresnel = 20 * np.log10(abs((1 - index) / (1 + index)))
    assert rcs_dbsm(vertices, faces, -5.0 * AHEAD, smooth) - metal == pytest.approx(fresnel, abs=1e-3)
    ament = -10 * np.log10(np.e) * (4 * np.pi / WAVELENGTH_M * 3e-4) ** 2
    assert rcs_dbsm(vertices, faces, -5.0 * AHEAD, rough) - metal == pytest.approx(fresnel + ament, abs=1e-3)


def test_facets_that_turn_away_fade_and_end() -> None:
    fading = Material("coat", 1.0, np.inf, specular_taper_deg=(10.0, 20.0))
    count = []
    for tilt_deg in (5.0, 15.0, 25.0):
        vertices, faces = rectangle(0.01, 0.01, 1, tilt_deg)
        poses = np.repeat(vertices[None], 4, axis=0)
        echoes = [echoes_of(poses, faces, -5.0 * AHEAD, m) for m in (METAL, fading)]
        count.append(len(echoes[1].face_ids))
        if count[-1]:
            ratio = echoes[1].rcs_m2(WAVELENGTH_M)[0] / echoes[0].rcs_m2(WAVELENGTH_M)[0]
            assert ratio == pytest.approx({5.0: 1.0, 15.0: 0.25}[tilt_deg], rel=0.01)
    assert count == [6, 6, 0]


def test_velocities_are_of_fourth_order() -> None:
    def error(step_s: float, where: slice) -> float:
        times = np.arange(0.0, 8.0, step_s)
        there = np.sin(times + 1.0)[:, None, None] * np.ones((1, 2, 3))
        return float(np.abs(vertex_velocities(there, step_s)[:, 0, 0] - np.cos(times + 1.0))[where].max())

    assert error(0.2, slice(2, -2)) / error(0.1, slice(2, -2)) == pytest.approx(16.0, rel=0.05)
    assert error(0.2, slice(0, 1)) / error(0.1, slice(0, 1)) == pytest.approx(8.0, rel=0.2)


def test_a_turning_plate_sends_what_its_points_send() -> None:
    # The same plate as 1.2 cm facets with exact integrals, and as points of 1 mm^2 with their share each.
    times_s = np.arange(8) / 50.0
    turn = Rotation.from_euler("z", 6.0 * (times_s[:, None] - 0.07)).as_matrix()
    shift = np.stack([0.2 * times_s, 3.0 + 1.5 * times_s + 4.0 * times_s**2, 0.1 * times_s], axis=-1)
    coarse, faces = rectangle(0.06, 0.06, 5)
    fine = rectangle(0.06, 0.06, 60)
    radar_m = np.zeros(3)
    k = {"wavelength_m": RADAR.mid_wavelength_m, "pose_interval_s": 0.02}
    poses = coarse @ turn.transpose(0, 2, 1) + shift[:, None]
    echoes = echoes_of(poses, faces, radar_m, far=False, **k)
    facets = echoes.tracks(1.0, None)(0)
    none = np.zeros((8, 0))
    with_facets = ScattererTracks(none, none, none.astype(np.float32), np.zeros(0), facets)

    vertices = fine[0] @ turn.transpose(0, 2, 1) + shift[:, None]
    corners = vertices[:, fine[1]]
    points = corners.mean(axis=2)
    normal = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    range_m = np.linalg.norm(points, axis=2)
    along = -np.einsum("epk,epk->ep", points, normal) / 2.0 / range_m
    amplitude = np.sqrt(4 * np.pi) / RADAR.mid_wavelength_m * along / range_m**2
    dense = ScattererTracks.from_ranges(range_m, amplitude, np.zeros(range_m.shape[1]), RADAR)

    first = np.full(7, 40)
    ours = synthesize_range_cube(with_facets, RADAR, first, 80).values
    expected = synthesize_range_cube(dense, RADAR, first, 80).values
    error_db = 20 * np.log10(np.linalg.norm(ours - expected) / np.linalg.norm(expected))
    assert error_db < -35.0


def test_the_order_of_facets_changes_nothing() -> None:
    mesh = trimesh.creation.icosphere(3, 0.1)
    spin = Rotation.from_euler("z", np.linspace(0.0, 0.6, 5)[:, None]).as_matrix()
    poses = np.asarray(mesh.vertices) @ spin.transpose(0, 2, 1)
    shuffled = np.random.default_rng(0).permutation(mesh.faces)
    expected = echoes_of(poses, mesh.faces, -5.0 * AHEAD, far=False).rcs_m2(WAVELENGTH_M)
    assert echoes_of(poses, shuffled, -5.0 * AHEAD, far=False).rcs_m2(WAVELENGTH_M) == pytest.approx(
        expected, rel=1e-5
    )


def test_a_body_of_four_times_as_many_facets_sends_back_the_same() -> None:
    body = load_body()
    fine_vertices, fine_faces = trimesh.remesh.subdivide(body.v_template, body.faces)
    upright = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # y up to z up
    levels = []
    for vertices, faces in ((body.v_template, body.faces), (fine_vertices, fine_faces)):
        poses = np.repeat((vertices @ upright.T)[None].astype(np.float32), 4, axis=0)
        poses[..., 2] -= poses[..., 2].min()
        faces = np.asarray(faces, np.int32)
        posed = posed_mesh(poses, faces, place_scatterers(faces, poses[0], 2000, 1), RADAR)
        placements = [Placement(4.0, heading_deg=30.0 * i) for i in range(12)]
        seen = [observe(posed, RADAR, placement, "coherent").rcs_m2[0] for placement in placements]
        levels.append(10 * np.log10(np.mean(seen)))
    assert levels[1] == pytest.approx(levels[0], abs=0.5)
