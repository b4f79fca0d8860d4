"""Where a posed body is lowest: the vertices that can touch the floor, and their height."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from .model import BodyModel, pose_joints, pose_vertices, skinning_columns, skinning_rows
from .skeleton import JOINT, N_JOINTS, Array
from .skinning import POSES_PER_BLOCK, rough_heights, skinned_blocks

if TYPE_CHECKING:
    from ..motion.body_motion import BodyMotion

ROUGH_M = 1e-5
"""More than a rough height is off."""

N_OWNERS = 4
FARTHEST_M = 3.0
"""How far a further joint can lower a vertex by all of its weight."""

_found: WeakKeyDictionary[BodyModel, NDArray[np.int64]] = WeakKeyDictionary()


def contact_vertices(body: BodyModel) -> NDArray[np.int64]:
    """Indices of the vertices on the convex hull of each joint's part of the mesh (about a tenth of all).

    The lowest point of a part that moves rigidly always is one of them, whatever way it is turned.
    """
    if body not in _found:
        owner = body.weights.argmax(1)
        hulls = []
        for joint in range(N_JOINTS):
            members = np.flatnonzero(owner == joint)
            if len(members) > 3:
                hulls.append(members[ConvexHull(body.v_template[members]).vertices])
        _found[body] = np.unique(np.concatenate(hulls))
    return _found[body]


def lowest_point_m(body: BodyModel, motion: BodyMotion, without: tuple[str, ...] = ()) -> Array:
    """(T,) height z of the lowest point of the posed body, metres, leaving out what some joints move."""
    vertices = contact_vertices(body)
    left_out = np.isin(body.weights[vertices].argmax(1), [JOINT[name] for name in without])
    return pose_vertices(body, motion, vertices[~left_out])[:, :, 2].min(1).astype(np.float64)


def lowest_skin_m(
    body: BodyModel,
    motion: BodyMotion,
    vertices: NDArray[np.int64],
    below_m: float,
    exact: NDArray[np.bool_],
    poses: NDArray[np.int64] | None = None,
) -> Array:
    """(T,) height z of the lowest of some vertices, metres, where it is low or asked for.

    Args:
        body: its model.
        motion: of T poses.
        vertices: indices of those that count.
        below_m: lower heights, and those of `exact` poses, are the very ones of `pose_vertices`; the others are only
            known to be higher.
        exact: (T,) which poses.
        poses: indices of the T poses where not all of the motion's are wanted.
    """
    if body.posedirs is not None:
        posed = pose_vertices(body, motion, vertices)[..., 2].min(axis=1).astype(np.float64)
        return posed if poses is None else posed[poses]
    rows, pelvis = skinning_rows(body, motion, poses)
    heights = np.full(len(rows), below_m + 1.0, dtype=np.float32)
    low = _can_be_below(body, motion, vertices, below_m + ROUGH_M, poses)
    if len(low):
        heights = rough_heights(rows, skinning_columns(body, motion.betas, low)) + pelvis[:, 2]
    near = np.flatnonzero(exact | (heights < below_m + ROUGH_M))
    if len(near):
        columns = skinning_columns(body, motion.betas, vertices)
        for number in np.unique(near // POSES_PER_BLOCK).tolist():
            for block, skinned in skinned_blocks(rows, columns, number, number + 1):
                heights[block] = skinned[:, 2].min(axis=1) + pelvis[block, 2]
    return heights.astype(np.float64)


def _can_be_below(
    body: BodyModel,
    motion: BodyMotion,
    vertices: NDArray[np.int64],
    height_m: float,
    poses: NDArray[np.int64] | None,
) -> NDArray[np.int64]:
    """Those of the vertices that some pose can bring below a height: none sinks farther than joint and arm reach."""
    joints = pose_joints(body, motion)[..., 2]
    lowest = (joints if poses is None else joints[poses]).min(axis=0)
    rest, skin = body.rest_joints(motion.betas), body.rest_vertices(motion.betas)[vertices]
    owners, weights = (part[:, vertices] for part in _owners(body))
    height = (1.0 - weights.sum(axis=0)) * -FARTHEST_M
    for owner, weight in zip(owners, weights, strict=True):
        away = skin - rest[owner]
        height += weight * (lowest[owner] - np.sqrt(np.einsum("vc,vc->v", away, away)))
    return vertices[height < height_m + ROUGH_M]


@lru_cache(maxsize=8)
def _owners(body: BodyModel) -> tuple[NDArray[np.int64], Array]:
    """The joints (4, V) that move each vertex most, and their weights."""
    owners = np.argsort(-body.weights, axis=1, kind="stable")[:, :N_OWNERS]
    weights = np.take_along_axis(body.weights, owners, axis=1)
    return np.ascontiguousarray(owners.T), np.ascontiguousarray(weights.T)
