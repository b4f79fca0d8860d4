"""A body in motion as the radar needs it: mesh and material points at every pose, shared by all views."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..body.model import pose_vertices
from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from ..radar.scattering import Scatterers, follow_surface, place_scatterers, triangle_areas
from ..radar.tracks import MIN_POSES, pose_rate_hz, poses_per_frame

if TYPE_CHECKING:
    from ..body.model import BodyModel
    from ..motion.body_motion import BodyMotion


@dataclass(frozen=True, eq=False)
class PosedBody:
    """Mesh and scatterers over time, in the body frame.

    Attributes:
        vertices: (E, V, 3) float32 m at E pose instants, frame edges among them.
        faces: (F, 3) int32.
        scatterers: P points on the faces.
        points: (E, P, 3) float32 m.
        normals: (E, P, 3) float32, outward.
        area_m2: surface that each point stands for.
        n_frames: whole radar frames that the poses span.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    scatterers: Scatterers
    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    area_m2: float
    n_frames: int


def pose_instants(motion: BodyMotion, radar: RadarConfig) -> BodyMotion:
    """The motion at the radar's pose rate, cut to whole frames and to the radar's number of frames.

    Raises:
        RadarConfigError: the motion is shorter than a few frames.
    """
    rate_hz = pose_rate_hz(radar)
    span_s = radar.n_frames * radar.frame_period_s
    if motion.duration_s > span_s + 0.5 / rate_hz and motion.rate_hz > 0:
        # Splines look a little beyond the cut, so that its last frame is that of the whole motion.
        motion = motion.cut(0.0, min(motion.duration_s, span_s + 0.5))
    resampled = motion if motion.rate_hz == rate_hz else motion.resampled(rate_hz)
    per_frame = poses_per_frame(radar)
    n_frames = min((resampled.n_poses - 1) // per_frame, radar.n_frames)
    n_poses = n_frames * per_frame + 1
    if n_poses < MIN_POSES:
        raise RadarConfigError(
            f"a motion of {motion.duration_s:.3f} s gives {n_frames} frames of {radar.frame_period_s:.3f} s "
            f"and {n_poses} poses; at least {MIN_POSES} poses are needed: use a longer motion"
        )
    return resampled if resampled.n_poses == n_poses else resampled.cut(0.0, (n_poses - 1) / rate_hz)


def pose_body(
    motion: BodyMotion,
    body: BodyModel,
    radar: RadarConfig,
    *,
    n_scatterers: int,
    surface_seed: int = 0,
    vertices: NDArray[np.float32] | None = None,
) -> PosedBody:
    """Skin the body at the radar's pose instants and put the scatterers on it.

    The scatterers depend on the body model, their number and `surface_seed` only: the same material points
    with the same phases in every motion, view and shape of that body.

    Args:
        motion: any rate; resampled to the radar's pose rate.
        vertices: (E, V, 3), where the caller has skinned `pose_instants(motion, radar)` already.

    Raises:
        RadarConfigError: the motion is too short, or `vertices` does not fit it.
    """
    instants = pose_instants(motion, radar)
    if vertices is None:
        vertices = pose_vertices(body, instants)
    wanted = (instants.n_poses, len(body.v_template), 3)
    if vertices.shape != wanted:
        raise RadarConfigError(
            f"vertices have shape {vertices.shape}; poses at {pose_rate_hz(radar):g} Hz of this body need "
            f"{wanted}: skin pose_instants(motion, radar)"
        )
    vertices = np.ascontiguousarray(vertices, dtype=np.float32)
    seed = zlib.crc32(f"{body.name}/{surface_seed}".encode())
    scatterers = place_scatterers(body.faces, body.v_template, n_scatterers, seed)
    return posed_mesh(vertices, body.faces, scatterers, radar)


def posed_mesh(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], scatterers: Scatterers, radar: RadarConfig
) -> PosedBody:
    """A mesh of any kind, already posed at the radar's pose instants."""
    faces = np.ascontiguousarray(faces, dtype=np.int32)
    points, normals = follow_surface(scatterers, faces, vertices)
    area_m2 = float(triangle_areas(faces, vertices[0]).sum()) * scatterers.area_share
    n_frames = (len(vertices) - 1) // poses_per_frame(radar)
    return PosedBody(vertices, faces, scatterers, points, normals, area_m2, n_frames)
