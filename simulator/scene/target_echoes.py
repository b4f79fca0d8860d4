"""What a radar receives from simple targets: constant points, coherent facets, diffuse points of rough surfaces."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..radar.config import RadarConfig
from ..radar.facets import FacetEchoes, FacetScene, facet_echoes, specular_facets
from ..radar.link_budget import two_way_roll_off
from ..radar.scattering import triangle_areas
from ..radar.track_joining import join_tracks
from ..radar.tracks import ScattererTracks
from .target_meshes import TargetMesh
from .target_scene import PlacedTarget
from .targets import PointTarget, SolidTarget

ORIGIN_M = np.zeros(3)
BORESIGHT = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, eq=False)
class _Points:
    """P places that move with one target, over some poses.

    Attributes:
        position_m: (E, P, 3).
        amplitude: (E, P) sqrt(mW).
        phase_cycles: (P,).
    """

    position_m: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    phase_cycles: NDArray[np.float64]


def target_tracks(
    placed: list[PlacedTarget], radar: RadarConfig, poses: slice, *, plane_wave: bool, workers: int = 1
) -> list[ScattererTracks]:
    """Tracks of all targets together, one for each virtual channel.

    Args:
        placed: the targets.
        radar: antennas and link budget.
        poses: which poses, frame edges at both ends.
        plane_wave: see `TargetScene.wavefront`.
        workers: threads.
    """
    of_targets = [_one_target(one, radar, poses, plane_wave, workers) for one in placed]
    return [join_tracks(of_channel) for of_channel in zip(*of_targets, strict=True)]


def beam_gain(position_m: NDArray[np.floating], radar: RadarConfig) -> NDArray[np.float64]:
    """(...) two-way amplitude factor of the antennas' main lobe at places (..., 3); 1 on the axis."""
    right, ahead, up = np.moveaxis(np.asarray(position_m, np.float64), -1, 0)
    return two_way_roll_off(
        np.arctan2(right, ahead),
        np.arctan2(up, np.hypot(ahead, right)),
        radar.azimuth_beamwidth_deg,
        radar.elevation_beamwidth_deg,
    )


def _one_target(
    one: PlacedTarget, radar: RadarConfig, poses: slice, plane_wave: bool, workers: int
) -> list[ScattererTracks]:
    position = one.position_m[poses]
    target = one.target
    if isinstance(target, PointTarget):
        root_rcs = one.light[poses] * 10.0 ** (target.rcs_dbsm / 20.0)
        return _point_tracks(_received(position[:, None], root_rcs, np.zeros(1), radar), one, radar)
    points = _point_tracks(_diffuse_points(one, target, radar, poses), one, radar)
    if one.mesh is None or not one.light[poses].any():
        return points
    echoes = _coherent(one, one.mesh, target, radar, poses, plane_wave, workers)
    factor = _level(echoes, position, radar) if plane_wave else beam_gain(echoes.centroid_m, radar)
    root_power = _root_power(radar)
    facets_of = echoes.tracks(root_power, factor)
    return [replace(own, facets=facets_of(channel)) for channel, own in enumerate(points)]


def _root_power(radar: RadarConfig) -> float:
    """sqrt(mW) received from 1 m^2 at 1 m on the axis."""
    return float(np.sqrt(radar.received_power_mw(1.0, 1.0)))


def _received(
    position_m: NDArray[np.float64],
    root_rcs_m: NDArray[np.floating],
    phase_cycles: NDArray[np.float64],
    radar: RadarConfig,
) -> _Points:
    square_m2 = np.einsum("epx,epx->ep", position_m, position_m)
    amplitude = root_rcs_m * _root_power(radar) / square_m2 * beam_gain(position_m, radar)
    return _Points(position_m, amplitude, phase_cycles)


def _diffuse_points(one: PlacedTarget, target: SolidTarget, radar: RadarConfig, poses: slice) -> _Points:
    """Probes as diffuse echoes: gamma A cos^2 each and a phase of its own; none of a smooth surface."""
    gamma = target.material.diffuse_reflectivity
    position = one.position_m[poses]
    if one.mesh is None or one.probes is None or gamma == 0.0:
        return _Points(np.empty((len(position), 0, 3)), np.empty((len(position), 0)), np.empty(0))
    corners = one.mesh.vertices[one.mesh.faces[one.probes.face_ids]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    places = position[:, None] + np.einsum("pc,pcx->px", one.probes.barycentric, corners)
    cosine = -np.einsum("epx,px->ep", places, normal) / np.linalg.norm(places, axis=2)
    area_m2 = triangle_areas(one.mesh.faces, one.mesh.vertices).sum() / len(normal)
    root_rcs = one.light[poses] * np.maximum(cosine, 0.0) * np.sqrt(gamma * area_m2)
    return _received(places, root_rcs, one.probes.phase_cycles, radar)


def _point_tracks(points: _Points, one: PlacedTarget, radar: RadarConfig) -> list[ScattererTracks]:
    """Exact paths of each channel; the rates are those of straight motion."""
    amplitude = points.amplitude.astype(np.float32)
    tracks = []
    for channel in radar.channels:
        out_m, out_mps = _way(points.position_m - radar.array.tx_m[channel.tx], one.velocity_mps)
        back_m, back_mps = _way(points.position_m - radar.array.rx_m[channel.rx], one.velocity_mps)
        tracks.append(
            ScattererTracks(
                0.5 * (out_m + back_m), 0.5 * (out_mps + back_mps), amplitude, points.phase_cycles
            )
        )
    return tracks


def _way(
    offset_m: NDArray[np.float64], velocity_mps: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    length = np.linalg.norm(offset_m, axis=2)
    return length, offset_m @ velocity_mps / length


def _coherent(
    one: PlacedTarget,
    mesh: TargetMesh,
    target: SolidTarget,
    radar: RadarConfig,
    poses: slice,
    plane_wave: bool,
    workers: int,
) -> FacetEchoes:
    """Echoes of the facets for every channel."""
    position, material, probes = one.position_m[poses], target.material, one.probes
    assert probes is not None
    vertices = (mesh.vertices[None] + position[:, None]).astype(np.float32)
    velocities = np.broadcast_to(one.velocity_mps.astype(np.float32), vertices.shape).copy()
    anchor = np.ascontiguousarray(position) if plane_wave else None
    of_face = np.zeros(len(mesh.faces), np.int64)
    specular = specular_facets(
        vertices, mesh.faces, of_face, [material], ORIGIN_M, BORESIGHT, anchor, workers
    )
    scene = FacetScene(
        vertices,
        velocities,
        mesh.faces,
        np.ascontiguousarray(one.light[poses]),
        probes.nearest_to_face,
        specular,
        of_face,
        material.coherent_response(radar.mid_wavelength_m)[None],
        anchor,
    )
    tx_m = np.array([radar.array.tx_m[channel.tx] for channel in radar.channels])
    rx_m = np.array([radar.array.rx_m[channel.rx] for channel in radar.channels])
    return facet_echoes(scene, ORIGIN_M, tx_m, rx_m, radar.mid_wavelength_m, workers)


def _level(echoes: FacetEchoes, position_m: NDArray[np.float64], radar: RadarConfig) -> NDArray[np.float64]:
    """(N, 2) amplitude factor that gives all facets the beam and the 1 / R^2 of the target's position."""
    interval = np.repeat(np.arange(len(position_m) - 1), np.diff(echoes.first_entry))
    at_pose = beam_gain(position_m, radar) / np.einsum("ex,ex->e", position_m, position_m)
    return echoes.ranges(0)[0] ** 2 * at_pose[np.stack([interval, interval + 1], axis=1)]
