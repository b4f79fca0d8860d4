"""How much light from the antenna falls on each point of a mesh in motion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .posed_body import PosedBody
from .visibility import ease_visibility, poses_to_test, soften, visible_points


def light_on_points(
    posed: PosedBody,
    facing: NDArray[np.bool_],
    radar_m: NDArray[np.float64],
    pose_rate_hz: float,
    workers: int = 1,
) -> NDArray[np.float32]:
    """(E, P) share of each material point's patch that the antenna sees, 0..1.

    Args:
        posed: mesh and points.
        facing: (E, P) points on the side that the antenna looks at.
        radar_m: (3,) antenna in the frame of the mesh.
        pose_rate_hz: poses per second.
        workers: threads.
    """
    poses = poses_to_test(len(facing), pose_rate_hz)
    seen = visible_points(
        posed.vertices, posed.faces, posed.points, posed.scatterers.face_ids, facing, radar_m, poses, workers
    )
    return ease_visibility(soften(seen, facing[poses], posed.scatterers.neighbours), poses, len(facing))
