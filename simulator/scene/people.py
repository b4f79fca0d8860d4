"""Several people in one scene: one mesh, so that they hide each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..dsp.spectrogram_options import WIDEST_GATE_M
from ..errors import RadarConfigError
from ..radar.config import RadarConfig
from ..radar.scattering import Scatterers
from .placement import Placement, place_vertices
from .posed_body import PosedBody

GATE_SLACK_M = 0.4  # the gate lags behind what moves


def join_bodies(bodies: Sequence[PosedBody], placements: Sequence[Placement]) -> PosedBody:
    """All bodies as one, in the body frame of the first: to be looked at with the first placement.

    The scene lasts as long as the shortest motion. Parts are named "1_torso", "2_torso" and so on.

    Args:
        bodies: posed for the same radar; give each a `surface_seed` of its own, else their points share phases.
        placements: where each stands; the radar must be the same for all.

    Raises:
        RadarConfigError: no bodies, not as many placements, or placements of different radars.
    """
    if not bodies or len(bodies) != len(placements):
        raise RadarConfigError(
            f"{len(bodies)} bodies and {len(placements)} placements: give one placement for each of at least one body"
        )
    mounts = {(placement.radar_height_m, placement.radar_tilt_deg) for placement in placements}
    if len(mounts) > 1:
        raise RadarConfigError(
            f"the placements put the radar at heights and tilts {sorted(mounts)}: one scene has one radar, give all "
            "the same radar_height_m and radar_tilt_deg"
        )
    if len(bodies) == 1:
        return bodies[0]
    n_poses = min(len(posed.vertices) for posed in bodies)
    moved = [
        _moved(posed, own, placements[0], n_poses) for posed, own in zip(bodies, placements, strict=True)
    ]
    n_vertices = np.cumsum([0] + [posed.vertices.shape[1] for posed in moved])
    n_materials = np.cumsum([0] + [len(posed.materials) for posed in moved])
    n_parts = np.cumsum([0] + [len(posed.parts) for posed in moved])
    return PosedBody(
        vertices=np.concatenate([posed.vertices for posed in moved], axis=1),
        faces=np.concatenate(
            [posed.faces + np.int32(n) for posed, n in zip(moved, n_vertices, strict=False)]
        ),
        scatterers=_joined_scatterers(moved),
        points=np.concatenate([posed.points for posed in moved], axis=1),
        normals=np.concatenate([posed.normals for posed in moved], axis=1),
        area_m2=np.concatenate([posed.area_m2 for posed in moved]),
        velocities=np.concatenate([posed.velocities for posed in moved], axis=1),
        n_frames=min(posed.n_frames for posed in bodies),
        materials=tuple(material for posed in moved for material in posed.materials),
        material_of_face=np.concatenate(
            [posed.material_of_face + n for posed, n in zip(moved, n_materials, strict=False)]
        ),
        parts=tuple(f"{i}_{part}" for i, posed in enumerate(moved, 1) for part in posed.parts),
        part_of_face=np.concatenate(
            [posed.part_of_face + n for posed, n in zip(moved, n_parts, strict=False)]
        ),
    )


def gate_width_for_all_m(posed: PosedBody, placement: Placement, radar: RadarConfig) -> float:
    """Width of a range gate that holds all people wherever among them it is centred, in whole decimetres.

    Twice the distance from the nearest to the farthest point at the time when that is largest, and some slack: the
    gate is centred on the power of what moves. At most the radar's range span, and what a gate may be.
    """
    away = posed.points - placement.radar_in_body_frame_m.astype(np.float32)
    range_m = np.sqrt(np.einsum("epk,epk->ep", away, away))
    needed_m = 2.0 * float(np.ptp(range_m, axis=1).max()) + GATE_SLACK_M
    return min(math.ceil(10.0 * needed_m) / 10.0, radar.range_span_m, WIDEST_GATE_M)


def _moved(posed: PosedBody, own: Placement, first: Placement, n_poses: int) -> PosedBody:
    """A body in the frame of the first one, cut to the first poses."""
    turn = own.rotation.T @ first.rotation

    def points(values: NDArray[np.float32]) -> NDArray[np.float32]:
        world = place_vertices(values[:n_poses], own) - first.origin_m
        return np.ascontiguousarray(world @ first.rotation, dtype=np.float32)

    def directions(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.ascontiguousarray(values[:n_poses] @ turn, dtype=np.float32)

    return replace(
        posed,
        vertices=points(posed.vertices),
        points=points(posed.points),
        normals=directions(posed.normals),
        velocities=directions(posed.velocities),
    )


def _joined_scatterers(bodies: Sequence[PosedBody]) -> Scatterers:
    """Points of all bodies; faces and neighbours are those of the joined mesh."""
    parts = [posed.scatterers for posed in bodies]
    n_points = np.cumsum([0] + [len(part.face_ids) for part in parts])
    n_faces = np.cumsum([0] + [len(posed.faces) for posed in bodies])
    return Scatterers(
        np.concatenate([part.face_ids + np.int32(n) for part, n in zip(parts, n_faces, strict=False)]),
        np.concatenate([part.barycentric for part in parts]),
        np.concatenate([part.phase_cycles for part in parts]),
        np.concatenate([part.neighbours + np.int32(n) for part, n in zip(parts, n_points, strict=False)]),
        np.concatenate([part.nearest_to_face + n for part, n in zip(parts, n_points, strict=False)]),
    )
