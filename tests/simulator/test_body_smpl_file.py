"""Licensed SMPL files, tried on a synthetic one in the true layout: SMPL's own may not be shipped."""

from __future__ import annotations

import os
import pickle
import sys
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from simulator.body.model import BodyModel, load_body, pose_joints, pose_vertices
from simulator.body.shape import height_m, mass_kg
from simulator.errors import BodyFileError
from simulator.motion.body_motion import BodyMotion


def smpl_layout(with_posedirs: bool = True) -> dict[str, Any]:
    data = dict(_layout())
    if not with_posedirs:
        del data["posedirs"]
    return data


@cache
def _layout() -> dict[str, Any]:
    body = load_body()
    rng = np.random.default_rng(0)
    kintree = np.stack(
        [body.parents.astype(np.uint32), np.arange(24, dtype=np.uint32)]
    )  # -1 becomes 2**32 - 1
    data: dict[str, Any] = {
        "v_template": body.v_template,
        "f": body.faces.astype(np.uint32),
        "shapedirs": np.concatenate([body.shapedirs, rng.normal(0, 1e-3, (body.n_vertices, 3, 6))], axis=2),
        "J_regressor": body.joint_regressor,
        "weights": body.weights,
        "kintree_table": kintree,
        "bs_style": "lbs",
        "bs_type": "lrotmin",
    }
    data["posedirs"] = rng.normal(0, 2e-3, (body.n_vertices, 3, 207))
    return data


@pytest.fixture
def chumpy() -> Iterator[types.ModuleType]:
    """Modules named like chumpy's for as long as a test pickles their objects."""

    class Ch:
        def __init__(self, x: np.ndarray) -> None:
            self.x, self._dirty_vars, self._itr = x, set(), None

    class Select:
        def __init__(self, a: Any, idxs: np.ndarray, preferred_shape: tuple[int, ...]) -> None:
            self.a, self.idxs, self.preferred_shape = a, idxs, preferred_shape

    package, ch, reordering = (types.ModuleType(f"chumpy{tail}") for tail in ("", ".ch", ".reordering"))
    for module, cls in ((ch, Ch), (reordering, Select)):
        cls.__module__, cls.__qualname__ = module.__name__, cls.__name__
        setattr(module, cls.__name__, cls)
        setattr(package, module.__name__.split(".")[1], module)
    modules = {"chumpy": package, "chumpy.ch": ch, "chumpy.reordering": reordering}
    sys.modules.update(modules)
    yield package
    for name in modules:
        del sys.modules[name]


def dump(path: Path, data: Any, protocol: int) -> Path:
    path.write_bytes(pickle.dumps(data, protocol=protocol))
    return path


def some_motion(n_poses: int = 5) -> BodyMotion:
    rng = np.random.default_rng(3)
    pose = rng.normal(0, 0.4, (n_poses, 23, 3))
    return BodyMotion(
        rng.normal(0, 1, 10), rng.normal(0, 1, (n_poses, 3)), pose, rng.normal(0, 1, (n_poses, 3)), 50
    )


@pytest.mark.parametrize("protocol", [0, 2])
def test_official_style_pickles_with_chumpy_and_sparse_are_read(
    tmp_path: Path, chumpy: types.ModuleType, protocol: int
) -> None:
    plain = smpl_layout()
    order = np.arange(plain["v_template"].size)[::-1].copy()
    official = plain | {
        "shapedirs": chumpy.ch.Ch(plain["shapedirs"]),
        "v_template": chumpy.reordering.Select(
            chumpy.ch.Ch(plain["v_template"].ravel()[::-1].copy()), order, plain["v_template"].shape
        ),
        "J_regressor": csc_matrix(plain["J_regressor"]),
    }
    path = dump(tmp_path / "SMPL_NEUTRAL.pkl", official, protocol)
    for name in ("chumpy", "chumpy.ch", "chumpy.reordering"):
        sys.modules[name] = None  # type: ignore[assignment]  # an import of chumpy would now fail
    body = load_body(path)
    assert np.array_equal(body.v_template, plain["v_template"])
    assert np.array_equal(body.shapedirs, plain["shapedirs"][:, :, :10])
    assert np.allclose(body.joint_regressor, plain["J_regressor"])
    assert np.array_equal(body.posedirs, plain["posedirs"])
    assert body.name == "SMPL_NEUTRAL"
    assert "may not be redistributed" in body.licence


def test_npz_gives_the_same_body_as_pkl(tmp_path: Path) -> None:
    data = smpl_layout(False)
    np.savez(tmp_path / "a.npz", **data)
    from_npz, from_pkl = load_body(tmp_path / "a.npz"), load_body(dump(tmp_path / "a.pkl", data, 2))
    assert from_npz.content_hash == from_pkl.content_hash != load_body().content_hash


def test_code_in_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    class Attack:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {marker}",)

    for protocol in (0, 2, 4):
        path = dump(tmp_path / "evil.pkl", {"v_template": Attack()}, protocol)
        with pytest.raises(BodyFileError, match=r"refused to read it, it asks for (posix|nt)\.system"):
            load_body(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "opcodes",
    [
        b"c__builtin__\neval\n(S'1'\ntR.",
        b"cnumpy\nload\n(S'x'\ntR.",
        b"\x80\x04\x8c\x0bchumpy.ch.os\x8c\x06system\x93.",
        b"ccopy_reg\n_reconstructor\n(cnumpy\nndarray\nc__builtin__\nobject\nNtR.",
    ],
)
def test_other_ways_out_of_a_pickle_are_refused(tmp_path: Path, opcodes: bytes) -> None:
    (tmp_path / "x.pkl").write_bytes(opcodes)
    with pytest.raises(BodyFileError):
        load_body(tmp_path / "x.pkl")


def faulty(change: str, data: dict[str, Any]) -> dict[str, Any]:
    if change == "missing":
        del data["weights"]
    elif change == "smplx":
        data["kintree_table"] = np.zeros((2, 55), np.uint32)
    elif change == "parents":
        data["kintree_table"] = np.where(data["kintree_table"] == 3, 0, data["kintree_table"])
    elif change == "nan":
        data["v_template"] = data["v_template"] * np.nan
    elif change == "rows":
        data["weights"] = data["weights"] * 0.9
    elif change == "faces":
        data["f"] = data["f"] + 1
    elif change == "betas":
        data["shapedirs"] = data["shapedirs"][:, :, :4]
    elif change == "posedirs":
        data["posedirs"] = data["posedirs"][:, :, :200]
    return data


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("missing", "weights missing"),
        ("smplx", "SMPL-H and SMPL-X files are not read"),
        ("parents", "hang together otherwise"),
        ("nan", "v_template is empty or holds values that are not finite"),
        ("rows", "rows of weights must sum to 1; one is off by 0.1"),
        ("faces", "indices up to 13348, there are 13348 vertices"),
        ("betas", r"shapedirs is \(13348, 3, 4\)"),
        ("posedirs", r"posedirs is \(13348, 3, 200\), must be \(13348, 3, 207\)"),
    ],
)
def test_what_is_not_in_smpls_layout_is_refused_by_name(tmp_path: Path, change: str, reason: str) -> None:
    with pytest.raises(BodyFileError, match=reason):
        load_body(dump(tmp_path / "m.pkl", faulty(change, smpl_layout(change == "posedirs")), 2))


def test_missing_truncated_and_foreign_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BodyFileError, match="no such file"):
        load_body(tmp_path / "absent.pkl")
    whole = pickle.dumps(smpl_layout(False), protocol=2)
    (tmp_path / "cut.pkl").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BodyFileError, match=r"cut.pkl: damaged"):
        load_body(tmp_path / "cut.pkl")
    (tmp_path / "zip.npz").write_bytes(b"PK nothing")
    with pytest.raises(BodyFileError, match="not readable as plain arrays"):
        load_body(tmp_path / "zip.npz")
    (tmp_path / "body.fbx").write_bytes(b"")
    with pytest.raises(BodyFileError, match=r"not \.fbx"):
        load_body(tmp_path / "body.fbx")


def test_pose_correctives_move_vertices_but_no_joints(tmp_path: Path) -> None:
    body = load_body(dump(tmp_path / "m.pkl", smpl_layout(), 2))
    bare = load_body(dump(tmp_path / "n.pkl", smpl_layout(False), 2))
    motion = some_motion()
    assert np.array_equal(pose_joints(body, motion), pose_joints(bare, motion))
    assert np.abs(pose_vertices(body, motion) - pose_vertices(bare, motion)).max() > 1e-3
    ids = np.array([3, 1, 9000])
    assert np.allclose(pose_vertices(body, motion, ids), pose_vertices(body, motion)[:, ids], atol=1e-6)
    rest = BodyMotion(motion.betas, np.zeros((1, 3)), np.zeros((1, 23, 3)), np.zeros((1, 3)), 50.0)
    assert np.allclose(pose_vertices(body, rest), pose_vertices(bare, rest), atol=1e-6)


@pytest.mark.parametrize("build", ["slim", "heavy"])
def test_a_body_without_builds_of_its_own_still_takes_height_and_build(tmp_path: Path, build: str) -> None:
    body: BodyModel = load_body(dump(tmp_path / "m.pkl", smpl_layout(False), 2))
    assert not body.build_betas
    betas = body.betas_for(1.75, build)
    assert height_m(body, betas) == pytest.approx(1.75, abs=1e-3)
    assert mass_kg(body, betas) == pytest.approx({"slim": 18.5, "heavy": 29.0}[build] * 1.75**2, abs=0.1)


def test_smplx_agrees(tmp_path: Path) -> None:
    smplx = pytest.importorskip(
        "smplx", reason="smplx (non-commercial, optional extra [smpl]) is not installed"
    )
    torch = pytest.importorskip("torch")
    path = dump(tmp_path / "SMPL_NEUTRAL.pkl", smpl_layout(), 2)
    motion = some_motion()
    body = load_body(path)
    theirs = smplx.SMPL(str(path), num_betas=10, batch_size=motion.n_poses, dtype=torch.float64)
    n = motion.n_poses
    with torch.no_grad():
        out = theirs(
            betas=torch.tensor(motion.betas).expand(n, 10),
            global_orient=torch.tensor(motion.global_orient),
            body_pose=torch.tensor(motion.body_pose.reshape(n, 69)),
            transl=torch.tensor(motion.transl),
        )
    assert np.abs(out.vertices.numpy() - pose_vertices(body, motion)).max() <= 1e-5
    assert np.abs(out.joints.numpy()[:, :24] - pose_joints(body, motion)).max() <= 1e-5
