"""What a mesh must be before rays are cast at it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError


def check_mesh(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> None:
    """Refuse a mesh that has no inside, or no place.

    Args:
        vertices: (E, V, 3).
        faces: (F, 3) int32.

    Raises:
        RadarConfigError: coordinates that are not finite, triangles of vertices that do not exist, or an open
            surface, through which rays would see the back of the other side.
    """
    finite = np.isfinite(vertices)
    if not finite.all():
        pose, vertex, _ = (int(i) for i in np.argwhere(~finite)[0])
        n_bad = int((~finite).any(axis=(1, 2)).sum())
        raise RadarConfigError(
            f"vertex {vertex} of pose {pose} is {vertices[pose, vertex].tolist()}, and {n_bad} of {len(vertices)} "
            "poses have such values: all coordinates must be finite, look for gaps in the motion"
        )
    if len(faces) and (faces.min() < 0 or faces.max() >= vertices.shape[1]):
        raise RadarConfigError(
            f"a triangle names vertex {int(faces.max())}, the mesh has {vertices.shape[1]}: these faces belong to "
            "another mesh"
        )
    n_open = _open_edges(np.ascontiguousarray(faces, np.int32).tobytes())
    if n_open:
        raise RadarConfigError(
            f"the mesh is open along {n_open} edges: it must be closed, each edge with one triangle on either side and "
            "all wound counter-clockwise seen from outside; close the holes, or give flat things a back"
        )


@lru_cache(maxsize=16)
def _open_edges(faces: bytes) -> int:
    """Edges that are not walked as often one way as the other."""
    triangles = np.frombuffer(faces, np.int32).reshape(-1, 3).astype(np.int64)
    start = triangles.ravel()
    end = np.roll(triangles, -1, axis=1).ravel()
    low, high = np.minimum(start, end), np.maximum(start, end)
    _, edge = np.unique(low * (int(triangles.max(initial=0)) + 1) + high, return_inverse=True)
    balance = np.bincount(edge, weights=np.where(start < end, 1.0, -1.0))
    return int(np.count_nonzero(balance))
