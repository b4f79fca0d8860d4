"""A body with another mesh: near-equilateral triangles of a wanted size, moving as the given body does."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from ..errors import BodyShapeError
from .edge_operations import is_closed
from .model import BodyModel
from .remesh import Surface, remesh
from .skeleton import N_BETAS, N_JOINTS, Array

EDGE_RANGE_M = (0.008, 0.05)
"""Finer than the stand-ins' own 10.5 mm gains nothing; coarser is no body."""
_NEAR_JOINT = 400  # vertices that define a joint


@lru_cache(maxsize=8)
def remeshed(body: BodyModel, edge_m: float) -> BodyModel:
    """The same body with isotropic triangles of `edge_m`, finer where it bends; joints stay exactly the same.

    Skinning weights, shape directions and pose correctives are interpolated at each vertex's place on the given
    mesh; a motion made for the body poses its level, too. Equal arguments give equal meshes; one to eight
    seconds of CPU for 30 to 10 mm, once per process.

    Args:
        edge_m: longest wanted edge, metres; see `EDGE_RANGE_M`.

    Raises:
        BodyShapeError: an edge length out of range, or a body whose mesh is not closed.
    """
    low, high = EDGE_RANGE_M
    if not low <= edge_m <= high:
        raise BodyShapeError(
            f"edges of {edge_m} m: a body's mesh can have {low} to {high} m; ask for one of those"
        )
    faces = body.faces.astype(np.int64)
    if not is_closed(faces):
        raise BodyShapeError(
            f"the mesh of body {body.name!r} is not closed: only a closed one can be remeshed"
        )
    new_faces, places = remesh(Surface(body.v_template, faces), edge_m)
    weights = places.of(body.weights, body.faces)
    level = replace(
        body,
        v_template=places.of(body.v_template, body.faces),
        faces=new_faces.astype(np.int32),
        shapedirs=places.of(body.shapedirs, body.faces),
        weights=weights / weights.sum(1, keepdims=True),
        posedirs=None if body.posedirs is None else places.of(body.posedirs, body.faces),
        joint_regressor=np.zeros((N_JOINTS, len(weights))),
        name=f"{body.name}, {1e3 * edge_m:g} mm",
        source=f"{body.source}; remeshed with edges of {1e3 * edge_m:g} mm",
    )
    return replace(level, joint_regressor=_same_joints(body, level))


def _same_joints(body: BodyModel, level: BodyModel) -> Array:
    """(24, V) regressor of the level: the smallest one that gives the body's own joints at every shape."""
    # Template, ten directions and the sum of a row are 34 linear conditions on each row.
    conditions = np.concatenate(
        [level.v_template[:, :, None], level.shapedirs], axis=2
    ).reshape(len(level.v_template), -1)  # fmt: skip
    wanted = np.concatenate([body.v_template[:, :, None], body.shapedirs], axis=2).reshape(
        body.n_vertices, -1
    )
    targets = body.joint_regressor @ wanted
    regressor = np.zeros((N_JOINTS, len(conditions)))
    step = 1 + N_BETAS
    for joint, target in enumerate(targets):
        away = np.linalg.norm(level.v_template - target[::step], axis=1)
        near = np.argsort(away, kind="stable")[:_NEAR_JOINT]
        matrix = np.vstack([conditions[near].T, np.ones(len(near))])
        matrix[::step][:3] -= target[::step, None]  # centred at the joint
        goal = np.append(target, 1.0)
        goal[::step][:3] = 0.0
        regressor[joint, near] = np.linalg.lstsq(matrix, goal, rcond=None)[0]
    return regressor
