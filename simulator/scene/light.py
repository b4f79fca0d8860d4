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
    first_leg: tuple[NDArray[np.float32], NDArray[np.float64]] | None = None,
) -> NDArray[np.float32]:
    """(E, P) share of each material point's patch that the antenna sees, 0..1.

    Args:
        posed: mesh and points.
        facing: (E, P) points on the side that the antenna looks at.
        radar_m: (3,) antenna in the frame of the mesh, or its image behind a plane.
        pose_rate_hz: poses per second.
        workers: threads.
        first_leg: for an image, the points' own images (E, P, 3) and the antenna (3,): the straight ray between
            them is the way from the antenna to the plane, where the body may stand in the way too.
    """
    poses = poses_to_test(len(facing), pose_rate_hz)
    mesh = (posed.vertices, posed.faces)
    seen = visible_points(*mesh, posed.points, posed.scatterers.face_ids, facing, radar_m, poses, workers)
    if first_leg is not None:
        images, antenna_m = first_leg
        on_no_face = np.full(images.shape[1], -1, np.int32)
        seen &= visible_points(*mesh, images, on_no_face, facing, antenna_m, poses, workers)
    return ease_visibility(soften(seen, facing[poses], posed.scatterers.neighbours), poses, len(facing))
