"""A body in motion as the radar needs it: mesh and material points at every pose, shared by all views."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..body.model import pose_vertices
from ..body.parts import BODY_PARTS, body_parts
from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from ..radar.facets import vertex_velocities
from ..radar.materials import CLOTHED_SKIN, Material
from ..radar.scattering import Scatterers, follow_surface, place_scatterers, triangle_areas
from ..radar.tracks import MIN_POSES, pose_rate_hz, poses_per_frame
from .mesh_rules import check_mesh

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
        area_m2: (P,) float64 surface that each point stands for.
        velocities: (E, V, 3) float32 m/s of the vertices.
        n_frames: whole radar frames that the poses span.
        materials: what the surface is made of.
        material_of_face: (F,) int64 index into `materials`.
        parts: names of the parts that the surface falls into.
        part_of_face: (F,) int64 index into `parts`.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    scatterers: Scatterers
    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    area_m2: NDArray[np.float64]
    velocities: NDArray[np.float32]
    n_frames: int
    materials: tuple[Material, ...]
    material_of_face: NDArray[np.int64]
    parts: tuple[str, ...]
    part_of_face: NDArray[np.int64]


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
    material: Material = CLOTHED_SKIN,
    vertices: NDArray[np.float32] | None = None,
    workers: int = 1,
) -> PosedBody:
    """Skin the body at the radar's pose instants and put the scatterers on it.

    The scatterers depend on the body model, their number and `surface_seed` only: the same material points
    with the same phases in every motion, view and shape of that body.

    Args:
        motion: any rate; resampled to the radar's pose rate.
        vertices: (E, V, 3), where the caller has skinned `pose_instants(motion, radar)` already.
        workers: threads.

    Raises:
        RadarConfigError: the motion is too short, or `vertices` does not fit it.
    """
    instants = pose_instants(motion, radar)
    if vertices is None:
        vertices = pose_vertices(body, instants, workers=workers)
    wanted = (instants.n_poses, len(body.v_template), 3)
    if vertices.shape != wanted:
        raise RadarConfigError(
            f"vertices have shape {vertices.shape}; poses at {pose_rate_hz(radar):g} Hz of this body need "
            f"{wanted}: skin pose_instants(motion, radar)"
        )
    vertices = np.ascontiguousarray(vertices, dtype=np.float32)
    scatterers = _scatterers_on(body, n_scatterers, surface_seed)
    return posed_mesh(
        vertices,
        body.faces,
        scatterers,
        radar,
        material=material,
        parts=BODY_PARTS,
        part_of_face=body_parts(body),
        workers=workers,
    )


def posed_mesh(
    vertices: NDArray[np.float32],
    faces: NDArray[np.int32],
    scatterers: Scatterers,
    radar: RadarConfig,
    *,
    material: Material = CLOTHED_SKIN,
    parts: tuple[str, ...] = ("whole",),
    part_of_face: NDArray[np.int64] | None = None,
    workers: int = 1,
) -> PosedBody:
    """A mesh of any kind, already posed at the radar's pose instants.

    Args:
        vertices: (E, V, 3).
        faces: (F, 3), counter-clockwise seen from outside.
        scatterers: P points on the faces.
        material: of the whole surface.
        parts: names of its parts.
        part_of_face: (F,) which of them; None = all the first.
        workers: threads.

    Raises:
        RadarConfigError: a mesh that is open or has coordinates that are not finite.
    """
    faces = np.ascontiguousarray(faces, dtype=np.int32)
    check_mesh(vertices, faces)
    points, normals = follow_surface(scatterers, faces, vertices, workers)
    n_points = len(scatterers.face_ids)
    share_m2 = float(triangle_areas(faces, vertices[0]).sum()) / n_points if n_points else 0.0
    n_frames = (len(vertices) - 1) // poses_per_frame(radar)
    of_face = np.zeros(len(faces), np.int64)
    return PosedBody(
        vertices, faces, scatterers, points, normals, np.full(n_points, share_m2),
        vertex_velocities(vertices, 1.0 / pose_rate_hz(radar), workers), n_frames, (material,), of_face, parts,
        of_face if part_of_face is None else part_of_face,
    )  # fmt: skip


@lru_cache(maxsize=8)
def _scatterers_on(body: BodyModel, n_scatterers: int, surface_seed: int) -> Scatterers:
    """The same points for every motion of a body."""
    seed = zlib.crc32(f"{body.name}/{surface_seed}".encode())
    return place_scatterers(body.faces, body.v_template, n_scatterers, seed)
