from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.body.skeleton import Y_UP_TO_Z_UP, rotation_matrices
from simulator.errors import MotionFileError
from simulator.motion.importers.humanml3d import read_array, read_joint_array
from simulator.motion.importers.humanml3d_vectors import (
    joints_to_vectors,
    show_a_person,
    vectors_to_joints,
)

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "motion"
SERVE = ROOT.parent / "shared" / "real_motion" / "evaluation_only" / "original"
needs_serve = pytest.mark.skipif(not SERVE.is_dir(), reason="HumanML3D's own clip is not on this machine")


@pytest.fixture(scope="module")
def walk() -> np.ndarray:
    """(26, 22, 3) real joints, y up, which start at the origin, facing +z."""
    return np.load(DATA / "dm_walk.npy").astype(np.float64)


@pytest.fixture(scope="module")
def kick() -> np.ndarray:
    return np.load(DATA / "dm_kick.npy").astype(np.float64)


def both(name: str) -> tuple[np.ndarray, np.ndarray]:
    return np.load(SERVE / f"{name}_new_joints.npy"), np.load(SERVE / f"{name}_new_joint_vecs.npy")


@needs_serve
def test_joints_of_a_published_vector_are_the_published_joints() -> None:
    joints, vectors = both("h3d_012314")
    assert np.abs(vectors_to_joints(vectors) - joints).max() < 1e-6


@needs_serve
def test_features_of_published_joints_are_the_published_features() -> None:
    joints, vectors = both("h3d_012314")
    ours = joints_to_vectors(joints)
    assert ours.shape == (169, 263)
    apart = np.abs(ours - vectors[:-1])
    # The heading is smoothed over 20 frames and 4 widths; the published one knew the frame after the last.
    assert apart[:85].max() < 1e-5
    assert apart[:, 1:].max() < 0.02 and apart[:, 0].max() < 1e-3
    assert np.array_equal(ours[:, 259:], vectors[:-1, 259:])


@pytest.mark.parametrize("name", ["walk", "kick"])
def test_joints_survive_the_way_to_features_and_back(name: str, request: pytest.FixtureRequest) -> None:
    joints = request.getfixturevalue(name)
    vectors = joints_to_vectors(joints)
    assert vectors.shape == (len(joints) - 1, 263)
    assert np.abs(vectors_to_joints(vectors) - joints[:-1]).max() < 1e-12
    in_half = vectors_to_joints(vectors.astype(np.float32))  # as files hold them
    assert np.abs(in_half - joints[:-1]).max() < 1e-5


def test_features_do_not_depend_on_where_a_clip_is_or_which_way_it_faces(walk: np.ndarray) -> None:
    """But for the first frame, whose heading counts as +z, and the rotations, swings from directions in the world."""
    turn = rotation_matrices([0.0, 0.8, 0.0])
    elsewhere = joints_to_vectors((walk @ turn.T) + [2.0, 0.0, -5.0])
    here = joints_to_vectors(walk)
    kept = np.r_[0:67, 193:263]
    assert np.allclose(elsewhere[1:, kept], here[1:, kept], atol=1e-9)
    assert elsewhere[0, 3] == pytest.approx(here[0, 3])


def test_a_body_that_glides_has_features_in_closed_form(walk: np.ndarray) -> None:
    """A rigid pose that moves along +z by 6 cm a frame: no yaw, one step, no contact; standing still: contact."""
    steps = np.arange(30)[:, None, None] * [0.0, 0.0, 0.06]
    gliding = joints_to_vectors(np.repeat(walk[:1], 30, axis=0) + steps)
    # heading is 0 in the first frame by definition and constant from the second on
    assert np.allclose(gliding[1:, 0], 0.0, atol=1e-12)
    assert np.allclose(np.linalg.norm(gliding[:, 1:3], axis=1), 0.06)
    assert np.allclose(gliding[:, 3], walk[0, 0, 1])
    assert np.allclose(np.linalg.norm(gliding[:, 193:259].reshape(-1, 22, 3), axis=2), 0.06)
    assert not gliding[:, 259:].any()
    assert joints_to_vectors(np.repeat(walk[:1], 30, axis=0))[:, 259:].all()
    columns = gliding[:, 67:193].reshape(-1, 21, 2, 3)
    assert np.allclose(np.linalg.norm(columns, axis=3), 1.0)
    assert np.allclose((columns[:, :, 0] * columns[:, :, 1]).sum(2), 0.0, atol=1e-12)


def test_rotations_turn_the_rest_bones_into_the_bones(kick: np.ndarray) -> None:
    """Along a leg's chain the product of rotations points the rest bones, which hang down, along the bones."""
    vectors = joints_to_vectors(kick)
    sixd = vectors[:, 67:193].reshape(-1, 21, 2, 3)
    matrices = np.stack([sixd[:, :, 0], sixd[:, :, 1], np.cross(sixd[:, :, 0], sixd[:, :, 1])], axis=-1)
    yaw = -2 * np.concatenate([[0.0], np.cumsum(vectors[:-1, 0])])
    world = rotation_matrices(np.stack([0 * yaw, -yaw, 0 * yaw], axis=1))
    for parent, joint in ((0, 1), (1, 4), (4, 7)):
        world = world @ matrices[:, joint - 1]
        if parent:
            bone = kick[:-1, joint] - kick[:-1, parent]
            bone = bone / np.linalg.norm(bone, axis=1, keepdims=True)
            assert np.allclose(world @ [0.0, -1.0, 0.0], bone, atol=1e-9)


def scales(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As the data set has them: about the mean pose, one deviation per block."""
    blocks = [
        slice(0, 1),
        slice(1, 3),
        slice(3, 4),
        slice(4, 67),
        slice(67, 193),
        slice(193, 259),
        slice(259, 263),
    ]
    std = np.empty(263)
    for block, size in zip(blocks, (0.01, 0.02, 0.1, 0.15, 0.3, 0.02, 0.4), strict=True):
        std[block] = size
    return vectors.mean(0) + np.random.default_rng(5).normal(0, 0.3, 263) * std, std


def test_normalised_features_are_refused_or_undone_with_their_scales(
    tmp_path: Path, walk: np.ndarray
) -> None:
    vectors = joints_to_vectors(walk)
    mean, std = scales(vectors)
    normalised = (vectors - mean) / std
    assert show_a_person(vectors) and not show_a_person(normalised)
    folder = tmp_path / "new_joint_vecs"
    folder.mkdir()
    np.save(folder / "a.npy", normalised)
    with pytest.raises(MotionFileError, match=r"put the Mean\.npy and Std\.npy") as refused:
        read_array(folder / "a.npy")
    assert refused.value.kind == "normalised"
    np.save(tmp_path / "Mean.npy", mean)
    np.save(tmp_path / "Std.npy", std)  # in the data set's folder, above
    kind, clip = read_array(folder / "a.npy")
    assert kind == "HumanML3D vectors" and "undone with Mean.npy and Std.npy" in clip.notes[0]
    assert np.abs(clip.joints - (walk[:-1] @ Y_UP_TO_Z_UP.T)).max() < 1e-9
    np.save(folder / "raw.npy", vectors)
    assert read_array(folder / "raw.npy")[1].notes == ()  # not normalised: left as it is
    np.save(tmp_path / "Std.npy", std * np.random.default_rng(1).uniform(0.1, 9, 263))
    with pytest.raises(MotionFileError, match="neither as they are nor after"):
        read_array(folder / "a.npy")
    np.save(tmp_path / "Std.npy", std[:5])
    with pytest.raises(MotionFileError, match=r"have shapes \(263,\) and \(5,\)"):
        read_array(folder / "a.npy")


def test_arrays_of_other_layouts_are_the_same_joints(tmp_path: Path, walk: np.ndarray) -> None:
    expected = walk @ Y_UP_TO_Z_UP.T
    for name, array in {
        "batch": walk[None],
        "flat": walk.reshape(-1, 66),
        "smpl": np.concatenate([walk, walk[:, -2:] + 0.1], axis=1),
        "single": walk.astype(np.float32),
    }.items():
        np.save(tmp_path / f"{name}.npy", array)
        kind, clip = read_array(tmp_path / f"{name}.npy")
        assert kind == "HumanML3D joints" and np.allclose(clip.joints, expected, atol=1e-6), name
    assert "the hands, are left out" in read_array(tmp_path / "smpl.npy")[1].notes[0]


@pytest.mark.parametrize("name", ["z", "-y"])
@pytest.mark.parametrize("raised_m", [-1.0, 0.0, 1.0])
def test_a_standing_body_in_other_axes_is_turned_and_told(
    tmp_path: Path, walk: np.ndarray, name: str, raised_m: float
) -> None:
    turn = Y_UP_TO_Z_UP if name == "z" else np.diag([1.0, -1.0, -1.0])
    np.save(tmp_path / "a.npy", walk @ turn.T + [0.0, raised_m, 0.0])
    clip = read_joint_array(tmp_path / "a.npy")
    assert clip.notes == (f"up axis {name}, told from the trunk and the floor; y was expected",)
    expected = walk @ Y_UP_TO_Z_UP.T
    assert np.allclose(clip.joints - clip.joints[0, 0], expected - expected[0, 0], atol=1e-6)


def test_a_body_that_crawls_along_z_is_not_stood_up(tmp_path: Path, walk: np.ndarray) -> None:
    """Lying on its front, head towards +z, gliding on: the joints are those of a z-up body that stands."""
    lying = walk - walk[:, :1]
    lying = np.stack([lying[..., 0], -lying[..., 2], lying[..., 1]], axis=-1)
    lying[..., 1] += 0.2
    lying[..., 2] += np.linspace(0.0, 1.5, len(lying))[:, None]
    np.save(tmp_path / "a.npy", lying)
    clip = read_joint_array(tmp_path / "a.npy")
    assert clip.notes == () and np.allclose(clip.joints, lying @ Y_UP_TO_Z_UP.T)
