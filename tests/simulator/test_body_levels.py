"""Bodies with coarser meshes: the same joints, nearly the same skin in every pose, the same echo on average."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.body.contact import lowest_point_m
from simulator.body.edge_operations import is_closed
from simulator.body.levels import remeshed
from simulator.body.model import BodyModel, load_body, pose_joints, pose_vertices
from simulator.body.parts import BODY_PARTS, body_parts
from simulator.body.remesh import Surface, vertex_normals
from simulator.body.shape import height_m, mass_kg
from simulator.body.skeleton import Y_UP_TO_Z_UP, axis_angles
from simulator.capture import simulate
from simulator.errors import BodyShapeError
from simulator.motion.body_motion import BodyMotion
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.scene.placement import Placement
from simulator.simulation_options import SimulationOptions


@pytest.fixture(scope="module", params=["neutral", "female"])
def body(request: pytest.FixtureRequest) -> BodyModel:
    return load_body(sex=request.param)


@pytest.fixture(scope="module")
def level(body: BodyModel) -> BodyModel:
    return remeshed(body, 0.03)


def some_motion(n_poses: int = 10, spread: float = 0.3) -> BodyMotion:
    rng = np.random.default_rng(5)
    return BodyMotion(
        rng.normal(0, 0.7, 10),
        axis_angles(Y_UP_TO_Z_UP) + rng.normal(0, spread, (n_poses, 3)),
        rng.normal(0, spread, (n_poses, 23, 3)),
        rng.normal(0, 1, (n_poses, 3)),
        50.0,
    )


def test_a_level_is_a_closed_mesh_of_round_triangles(body: BodyModel, level: BodyModel) -> None:
    assert is_closed(level.faces.astype(np.int64))
    assert level.n_vertices - len(level.faces) // 2 == 2
    assert len(level.faces) < 0.27 * len(body.faces)
    corners = level.v_template[level.faces]
    edges = np.sort(np.linalg.norm(np.roll(corners, -1, 1) - corners, axis=2), axis=1)
    ratio = edges[:, 2] / edges[:, 0]
    assert ratio.max() < 3.0 and np.percentile(ratio, 99) < 1.8 and np.median(ratio) < 1.25
    assert edges.max() < 1.5 * 0.03
    area = np.linalg.norm(vertex_area(corners), axis=1)
    assert np.sqrt((area**2).sum() / area.sum() * 4 / np.sqrt(3)) == pytest.approx(0.029, abs=0.002)


def vertex_area(corners: np.ndarray) -> np.ndarray:
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2


def test_joints_are_exactly_the_body_s_own_at_every_shape(body: BodyModel, level: BodyModel) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        betas = rng.normal(0, 1.5, 10)
        assert np.abs(level.rest_joints(betas) - body.rest_joints(betas)).max() < 1e-9
    assert np.abs(level.joint_regressor.sum(1) - 1.0).max() < 1e-9
    assert np.allclose(pose_joints(level, some_motion()), pose_joints(body, some_motion()), atol=1e-9)


def test_the_posed_skin_is_within_millimetres(body: BodyModel, level: BodyModel) -> None:
    motion = some_motion(n_poses=3)
    fine = pose_vertices(body, motion).astype(np.float64)
    coarse = pose_vertices(level, motion).astype(np.float64)
    away = []
    for skin, of_level in zip(fine, coarse, strict=True):
        surface = Surface(of_level, level.faces.astype(np.int64))
        found = surface.nearest(skin, vertex_normals(skin, body.faces.astype(np.int64)))
        away.append(np.linalg.norm(found.of(of_level, level.faces) - skin, axis=1))
    assert np.mean(away) < 2e-3
    assert np.percentile(away, 99) < 8e-3
    assert np.abs(lowest_point_m(level, motion) - lowest_point_m(body, motion)).max() < 8e-3


def test_size_and_parts_are_the_body_s(body: BodyModel, level: BodyModel) -> None:
    betas = body.betas_for(1.72, "heavy")
    assert height_m(level, betas) == pytest.approx(1.72, abs=0.005)
    assert mass_kg(level, betas) == pytest.approx(mass_kg(body, betas), rel=0.03)
    assert np.allclose(level.weights.sum(1), 1.0) and level.weights.min() >= 0
    shares = []
    for one in (body, level):
        area = np.linalg.norm(vertex_area(one.v_template[one.faces]), axis=1)
        of_part = np.bincount(body_parts(one), weights=area, minlength=len(BODY_PARTS))
        shares.append(of_part / area.sum())
    assert shares[1] == pytest.approx(shares[0], abs=0.02)


def test_pose_correctives_are_carried_over() -> None:
    body = load_body()
    waves = np.random.default_rng(2).normal(0, 1, (3, 207))
    smooth = np.sin(4 * body.v_template @ waves)[:, None] * [[[0.0], [0.004], [0.002]]]
    level = remeshed(replace(body, posedirs=smooth), 0.04)
    assert level.posedirs is not None
    expected = 0.004 * np.sin(4 * level.v_template @ waves)
    assert np.abs(level.posedirs[:, 1] - expected).max() < 4e-4


def test_a_level_is_made_once_and_says_what_it_is(body: BodyModel, level: BodyModel) -> None:
    assert remeshed(body, 0.03) is level
    assert level.name == f"{body.name}, 30 mm"
    assert level.source == f"{body.source}; remeshed with edges of 30 mm"
    assert level.licence == body.licence and level.content_hash != body.content_hash


def test_what_cannot_be_remeshed_is_refused() -> None:
    body = load_body()
    with pytest.raises(BodyShapeError, match=r"edges of 0.2 m: a body's mesh can have 0.008 to 0.05 m"):
        remeshed(body, 0.2)
    with pytest.raises(BodyShapeError, match="is not closed"):
        remeshed(replace(body, faces=body.faces[1:]), 0.03)


def test_the_radar_sees_nearly_as_much_of_a_coarser_body() -> None:
    body = load_body()
    upright = np.tile(axis_angles(Y_UP_TO_Z_UP), (30, 1))
    path = np.zeros((30, 3))
    path[:, 1] = -np.arange(30) / 50.0  # one metre a second towards the radar
    path[:, 2] = 0.95 - body.rest_joints(np.zeros(10))[0, 2]
    motion = BodyMotion(np.zeros(10), upright, np.zeros((30, 23, 3)), path, 50.0)
    options = SimulationOptions(thermal_noise=False)
    views = "ABCDEFGH"
    rcs = [
        np.mean([simulate(motion, one, RADAR, Placement(4.0, view=view), 0, options).mean_rcs_m2 for view in views])
        for one in (body, remeshed(body, 0.03))
    ]  # fmt: skip
    assert 10 * np.log10(rcs[1] / rcs[0]) == pytest.approx(0.0, abs=1.0)
