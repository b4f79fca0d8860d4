"""Where a posed body is lowest: the vertices that can touch the floor, and their height."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from .model import BodyModel, pose_vertices
from .skeleton import JOINT, N_JOINTS, Array

if TYPE_CHECKING:
    from ..motion.body_motion import BodyMotion

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
