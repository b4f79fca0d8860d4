"""Body models in SMPL's layout: what a body is, its rest joints, and its posed joints and vertices."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BodyShapeError
from ..threads import in_threads
from .skeleton import N_BETAS, Array, joint_positions, rotation_matrices, turned_bones
from .skinning import Single, n_blocks, skin_columns, skin_rows, skinned_blocks

if TYPE_CHECKING:
    from ..motion.body_motion import BodyMotion

# One motion asks for the same shape from many places; a dataset asks for the same few thousand people.
_KEPT_SHAPES, _KEPT_BETAS, _KEPT_COLUMNS = 4, 4096, 4
_KEPT_POSES = 1  # a motion is posed, moved up or down, and measured
_KEEPING = threading.Lock()
T = TypeVar("T")
N = TypeVar("N", np.float32, np.float64)


@dataclass(frozen=True, eq=False)
class BodyModel:
    """A skinned body with SMPL's 24 joints; rest pose T, y up, facing +z, metres.

    Attributes:
        v_template: (V, 3) mean shape, float64.
        faces: (F, 3) int32 triangles, counter-clockwise seen from outside.
        shapedirs: (V, 3, 10) float64, metres per unit of beta.
        joint_regressor: (24, V) float64, rows sum to 1.
        weights: (V, 24) float64 skinning weights, rows sum to 1.
        parents: (24,) int64, -1 for the pelvis.
        posedirs: (V, 3, 207) float64 pose correctives, or None.
        build_betas: build -> (2, 10): betas = row 0 + row 1 * height in metres; empty when the file has none.
    """

    v_template: Array
    faces: NDArray[np.int32]
    shapedirs: Array
    joint_regressor: Array
    weights: Array
    parents: NDArray[np.int64]
    name: str
    source: str
    licence: str
    posedirs: Array | None = None
    build_betas: Mapping[str, Array] = field(default_factory=dict)

    @cached_property
    def _joint_shape(self) -> tuple[Array, Array]:
        template = self.joint_regressor @ self.v_template
        return template, np.einsum("jv,vcb->jcb", self.joint_regressor, self.shapedirs)

    @cached_property
    def content_hash(self) -> str:
        """Hash of every number that decides how the body is posed; equal hashes pose equal meshes."""
        digest = hashlib.sha256()
        for name in ("v_template", "faces", "shapedirs", "joint_regressor", "weights", "parents", "posedirs"):
            array = getattr(self, name)
            if array is not None:
                digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
        for build in sorted(self.build_betas):
            digest.update(build.encode() + np.ascontiguousarray(self.build_betas[build]).tobytes())
        return digest.hexdigest()[:20]

    @property
    def n_vertices(self) -> int:
        """Number of vertices of the mesh."""
        return len(self.v_template)

    def rest_joints(self, betas: ArrayLike) -> Array:
        """(24, 3) joints of the shaped body in its rest pose, metres."""
        template, directions = self._joint_shape
        return template + directions @ self._checked(betas)

    def rest_vertices(self, betas: ArrayLike) -> Array:
        """(V, 3) vertices of the shaped body in its rest pose, metres; read-only, shared by equal shapes."""
        values = self._checked(betas)
        return _recalled(
            self._shaped,
            values.tobytes(),
            lambda: _fixed(self.v_template + self.shapedirs @ values),
            _KEPT_SHAPES,
        )

    def betas_for(self, height_m: float, build: str = "average") -> Array:
        """(10,) betas of a body of that height and build ("slim", "average", "heavy", "muscular"); read-only.

        Raises:
            BodyShapeError: unknown build, or a height that the body's shapes do not reach.
        """
        from .shape import betas_for

        key = (float(height_m), build)
        return _recalled(
            self._found_betas, key, lambda: _fixed(betas_for(self, height_m, build)), _KEPT_BETAS
        )

    @cached_property
    def _shaped(self) -> dict[Hashable, Array]:
        return {}

    @cached_property
    def _columns(self) -> dict[Hashable, Single]:
        return {}

    @cached_property
    def _turns(self) -> dict[Hashable, _Turned]:
        return {}

    @cached_property
    def _found_betas(self) -> dict[Hashable, Array]:
        return {}

    def _checked(self, betas: ArrayLike) -> Array:
        values = np.asarray(betas, dtype=np.float64)
        if values.shape != (N_BETAS,) or not np.isfinite(values).all():
            raise BodyShapeError(f"betas must be {N_BETAS} finite numbers, got {np.asarray(betas)!r}")
        return values


def _fixed(array: NDArray[N]) -> NDArray[N]:
    """The array, read-only from now on."""
    array.setflags(write=False)
    return array


def _recalled(kept: dict[Hashable, T], key: Hashable, make: Callable[[], T], most: int) -> T:
    """What was made for this key before, or else now; of more than `most` the oldest is forgotten."""
    found = kept.get(key)
    if found is None:
        found = make()
        with _KEEPING:
            kept[key] = found
            while len(kept) > most:
                kept.pop(next(iter(kept)))
    return found


def load_body(path: Path | str | None = None, sex: str = "neutral") -> BodyModel:
    """Read a body model; a stand-in is read once per process and then shared.

    Args:
        path: None for a stand-in that ships with the package; else a licensed SMPL file (.pkl, .npz).
        sex: which stand-in: "neutral", "female" or "male"; a file is taken whatever it says.

    Raises:
        BodyFileError: the file is missing, unsafe, or not in SMPL's layout; no stand-in of that name.
    """
    from .files import read_smpl, read_standin

    return read_standin(sex) if path is None else read_smpl(Path(path))


def pose_joints(body: BodyModel, motion: BodyMotion) -> Array:
    """(T, 24, 3) joints of the posed body in the world, metres, float64."""
    rest = body.rest_joints(motion.betas)
    return joint_positions(_turned(body, motion).bones, rest[0] + motion.transl)


def pose_vertices(
    body: BodyModel, motion: BodyMotion, vertex_ids: ArrayLike | None = None, workers: int = 1
) -> NDArray[np.float32]:
    """Skin the body: (T, V, 3) float32 vertices in the world, metres (only `vertex_ids` where given).

    Linear blend skinning as SMPL's (Loper et al. 2015): shape, pose correctives where the body has them,
    then `sum_k w_k G_k (v - J_k)`. All poses go through one matrix product, (3T, 96) @ (96, V), in `workers`
    threads.
    """
    ids = None if vertex_ids is None else np.asarray(vertex_ids, dtype=np.int64)
    rows, pelvis = skinning_rows(body, motion)
    columns = skinning_columns(body, motion.betas, ids)
    posedirs = body.posedirs if body.posedirs is None or ids is None else body.posedirs[ids]
    turned = _turned(body, motion)
    vertices = np.empty((len(rows), columns.shape[1], 3), dtype=np.float32)

    def skin(blocks: tuple[int, int]) -> None:
        for block, skinned in skinned_blocks(rows, columns, *blocks):
            skinned += pelvis[block, :, None]
            if posedirs is not None:
                weights = body.weights if ids is None else body.weights[ids]
                world = turned.world[:, block].transpose(1, 0, 2, 3)
                skinned += _pose_correction(posedirs, weights, turned.local[block], world)
            vertices[block] = skinned.transpose(0, 2, 1)

    in_threads(skin, n_blocks(len(rows)), workers)
    return vertices


def skinning_rows(
    body: BodyModel, motion: BodyMotion, poses: NDArray[np.int64] | None = None
) -> tuple[Single, Single]:
    """Skinning matrices (T, 3, 96) about the pelvis, and pelvis (T, 3), m, of all poses or of some.

    See `simulator.body.skinning`.
    """
    joints, world = pose_joints(body, motion), _turned(body, motion).world
    if poses is not None:
        joints, world = joints[poses], world[:, poses]
    return skin_rows(world, joints, body.rest_joints(motion.betas)), joints[:, 0].astype(np.float32)


def skinning_columns(body: BodyModel, betas: ArrayLike, ids: NDArray[np.int64] | None) -> Single:
    """(96, V) of the vertices `ids` of a shape, or of all; see `simulator.body.skinning`."""
    shaped = body.rest_vertices(betas)
    if ids is None:
        return skin_columns(shaped, body.weights)
    key = (np.asarray(betas, dtype=np.float64).tobytes(), ids.tobytes())
    return _recalled(
        body._columns, key, lambda: _fixed(skin_columns(shaped[ids], body.weights[ids])), _KEPT_COLUMNS
    )


class _Turned(NamedTuple):
    """Rotations (T, 24, 3, 3) to the parents, (24, T, 3, 3) to the world; bones (24, T, 3)."""

    local: Array
    world: Array
    bones: Array


def _turned(body: BodyModel, motion: BodyMotion) -> _Turned:
    """What of a posed body does not depend on where it is."""

    def turn() -> _Turned:
        local = rotation_matrices(np.concatenate([motion.global_orient[:, None], motion.body_pose], axis=1))
        world, bones = turned_bones(local, body.rest_joints(motion.betas))
        return _Turned(_fixed(local), _fixed(world), _fixed(bones))

    key = (motion.betas.tobytes(), motion.global_orient.tobytes(), motion.body_pose.tobytes())
    return _recalled(body._turns, key, turn, _KEPT_POSES)


def _pose_correction(posedirs: Array, weights: Array, local: Array, world: Array) -> NDArray[np.float32]:
    """(T, 3, V) world displacement by pose correctives, each turned with its vertex's blended rotation."""
    features = (local[:, 1:] - np.eye(3)).reshape(len(local), -1)
    shift = np.einsum("tp,vcp->tvc", features, posedirs, optimize=True)
    blended = np.einsum("vj,tjab->tvab", weights, world, optimize=True)
    return np.einsum("tvab,tvb->tav", blended, shift, optimize=True).astype(np.float32)
