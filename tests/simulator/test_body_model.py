from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from simulator.body.contact import contact_vertices, lowest_point_m
from simulator.body.model import BodyModel, load_body, pose_joints, pose_vertices
from simulator.body.shape import BMI_KG_PER_M2, BUILDS, height_m, mass_kg, volume_m3
from simulator.body.skeleton import JOINT, JOINT_NAMES, Y_UP_TO_Z_UP, axis_angles
from simulator.errors import BodyShapeError
from simulator.motion.body_motion import BodyMotion

FACING_RADAR = axis_angles(Y_UP_TO_Z_UP)


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


def random_motion(body: BodyModel, n_poses: int = 12, spread: float = 0.3, seed: int = 0) -> BodyMotion:
    rng = np.random.default_rng(seed)
    return BodyMotion(
        rng.normal(0, 0.5, 10),
        FACING_RADAR + rng.normal(0, spread, (n_poses, 3)),
        rng.normal(0, spread, (n_poses, 23, 3)),
        rng.normal(0, 2, (n_poses, 3)),
        50.0,
    )


def edges_of(faces: np.ndarray) -> Counter[tuple[int, int]]:
    return Counter(map(tuple, faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).tolist()))


def test_the_stand_in_is_a_closed_surface_like_a_sphere(body: BodyModel) -> None:
    edges = edges_of(body.faces)
    assert set(edges.values()) == {1}
    assert all((b, a) in edges for a, b in edges)
    assert set(body.faces.ravel()) == set(range(body.n_vertices))
    assert body.n_vertices - len(edges) // 2 + len(body.faces) == 2


def test_the_stand_in_has_the_size_of_an_adult(body: BodyModel) -> None:
    rest = body.rest_vertices(np.zeros(10))
    a, b, c = (rest[body.faces[:, corner]] for corner in range(3))
    surface = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert 1.68 < height_m(body, np.zeros(10)) < 1.72
    assert 0.055 < volume_m3(rest, body.faces) < 0.066
    assert 1.6 < surface < 1.85


def test_rest_pose_is_a_t_pose_that_faces_plus_z(body: BodyModel) -> None:
    joints = body.rest_joints(np.zeros(10))
    hand, foot = joints[JOINT["left_hand"]], joints[JOINT["left_foot"]]
    shoulder, ankle = joints[JOINT["left_shoulder"]], joints[JOINT["left_ankle"]]
    assert hand[0] > 0.6
    assert np.abs((hand - shoulder)[1:]).max() < 0.01
    assert foot[2] - ankle[2] > 0.1
    assert joints[JOINT["head"], 1] > joints[0, 1] > ankle[1]
    mirrored = joints * [-1.0, 1.0, 1.0]
    for joint, name in enumerate(JOINT_NAMES):
        other = name.replace("left", "R").replace("right", "left").replace("R", "right")
        assert np.allclose(mirrored[joint], joints[JOINT[other]], atol=2e-3), name


def test_rows_of_weights_and_regressor_sum_to_one(body: BodyModel) -> None:
    assert np.allclose(body.weights.sum(1), 1.0, atol=1e-12)
    assert np.allclose(body.joint_regressor.sum(1), 1.0, atol=1e-12)
    assert body.weights.min() >= 0


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("height", [1.45, 1.7, 1.95])
def test_betas_give_the_height_asked_for_and_a_build_like_it(
    body: BodyModel, build: str, height: float
) -> None:
    betas = body.betas_for(height, build)
    assert height_m(body, betas) == pytest.approx(height, abs=1e-3)
    assert mass_kg(body, betas) / height**2 == pytest.approx(BMI_KG_PER_M2[build], rel=0.06)
    assert volume_m3(body.rest_vertices(betas), body.faces) > 0


def test_builds_differ_as_their_names_say(body: BodyModel) -> None:
    masses = {build: mass_kg(body, body.betas_for(1.75, build)) for build in BUILDS}
    assert masses["slim"] < masses["average"] < masses["muscular"] < masses["heavy"]


def test_longer_bodies_have_longer_legs(body: BodyModel) -> None:
    legs = []
    for height in (1.5, 1.7, 1.9):
        joints = body.rest_joints(body.betas_for(height, "average"))
        legs.append(joints[JOINT["left_hip"], 1] - joints[JOINT["left_ankle"], 1])
    assert legs[0] < legs[1] < legs[2]


def test_impossible_shapes_are_refused_in_words(body: BodyModel) -> None:
    with pytest.raises(BodyShapeError, match=r"'round' is unknown: use one of slim"):
        body.betas_for(1.7, "round")
    with pytest.raises(BodyShapeError, match=r"2.5 m: bodies are 1.35 to 2.1 m"):
        body.betas_for(2.5, "slim")
    with pytest.raises(BodyShapeError, match="10 finite numbers"):
        body.rest_joints(np.zeros(16))


def test_the_unposed_body_stands_at_its_translation(body: BodyModel) -> None:
    motion = BodyMotion(
        np.zeros(10), FACING_RADAR[None], np.zeros((1, 23, 3)), np.array([[1.0, 2.0, 0.9]]), 50.0
    )
    rest = body.rest_vertices(np.zeros(10))
    pelvis = body.rest_joints(np.zeros(10))[0]
    expected = (rest - pelvis) @ Y_UP_TO_Z_UP.T + pelvis + [1.0, 2.0, 0.9]
    assert np.allclose(pose_vertices(body, motion)[0], expected, atol=1e-6)
    assert np.allclose(pose_joints(body, motion)[0, 0], pelvis + np.array([1.0, 2.0, 0.9]))


def test_skinning_equals_its_definition_vertex_by_vertex(body: BodyModel) -> None:
    motion = random_motion(body, n_poses=3)
    ids = np.random.default_rng(1).choice(body.n_vertices, 40, replace=False)
    skinned = pose_vertices(body, motion, ids)
    rest, shaped = body.rest_joints(motion.betas), body.rest_vertices(motion.betas)
    joints = pose_joints(body, motion)
    from simulator.body.skeleton import PARENTS, rotation_matrices

    for t in range(motion.n_poses):
        local = rotation_matrices(np.vstack([motion.global_orient[t], motion.body_pose[t]]))
        world = [local[0]]
        for joint in range(1, 24):
            world.append(world[PARENTS[joint]] @ local[joint])
        for row, vertex in enumerate(ids):
            parts = [
                body.weights[vertex, k] * (world[k] @ (shaped[vertex] - rest[k]) + joints[t, k])
                for k in range(24)
            ]
            assert np.allclose(skinned[t, row], np.sum(parts, axis=0), atol=5e-6)


def test_some_vertices_are_the_same_as_among_all(body: BodyModel) -> None:
    motion = random_motion(body)
    ids = np.array([7, 5, 13_000])
    assert np.allclose(pose_vertices(body, motion)[:, ids], pose_vertices(body, motion, ids), atol=1e-6)


def test_moving_and_turning_the_root_moves_the_body_rigidly(body: BodyModel) -> None:
    motion = random_motion(body, n_poses=4)
    far = BodyMotion(
        motion.betas,
        motion.global_orient,
        motion.body_pose,
        motion.transl + np.array([30.0, -40.0, 0.0]),
        50.0,
    )
    shift = pose_vertices(body, far).astype(np.float64) - pose_vertices(body, motion)
    assert np.abs(shift - [30.0, -40.0, 0.0]).max() < 1e-5  # float32 at 50 m: 4e-6


def test_the_posed_body_keeps_its_volume(body: BodyModel) -> None:
    motion = random_motion(body, spread=0.2)
    at_rest = volume_m3(body.rest_vertices(motion.betas), body.faces)
    for vertices in pose_vertices(body, motion).astype(np.float64):
        assert volume_m3(vertices, body.faces) == pytest.approx(at_rest, rel=0.08)


def test_the_lowest_point_is_found_among_the_contact_vertices(body: BodyModel) -> None:
    motion = random_motion(body)
    assert len(contact_vertices(body)) < 0.3 * body.n_vertices
    everywhere = pose_vertices(body, motion)[:, :, 2].min(1)
    assert np.abs(lowest_point_m(body, motion) - everywhere).max() < 5e-3
    without_feet = lowest_point_m(body, motion, ("left_ankle", "right_ankle", "left_foot", "right_foot"))
    assert (without_feet >= lowest_point_m(body, motion)).all()


def test_content_hash_follows_the_arrays(body: BodyModel) -> None:
    from dataclasses import replace

    assert load_body().content_hash == body.content_hash
    assert replace(body, name="other").content_hash == body.content_hash
    assert replace(body, v_template=body.v_template * 1.0001).content_hash != body.content_hash
