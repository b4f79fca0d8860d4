"""A scene of simple targets in front of a radar: where they are at every pose, and which of them lie in shadow."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import SceneError
from ..radar.config import RadarConfig
from ..radar.scattering import Scatterers, place_scatterers
from ..radar.tracks import MIN_POSES, pose_rate_hz, poses_per_frame
from .observation import NEAREST_RANGE_M
from .target_meshes import TargetMesh, target_mesh
from .targets import PointTarget, SolidTarget, TargetScene
from .visibility import ease_visibility, poses_to_test, soften, visible_points

MAX_PROBES = 4000  # places on one target where the light is known
MAX_MAP_VALUES = 1 << 28  # of range_doppler_dbm: 1 GiB
POSES_AT_A_TIME = 32  # of rays cast


@dataclass(frozen=True, eq=False)
class PlacedTarget:
    """One target at E poses, in the radar's frame: x right, y ahead, z up.

    Attributes:
        target: as the scene has it.
        number: its place in the scene's list.
        position_m: (E, 3).
        velocity_mps: (3,).
        mesh: None for a point.
        probes: places on the mesh where the light is known, and from where diffuse echoes come; None for a point.
        light: (E, P) float32 share of light at the probes, 0..1; P = 1 for a point.
    """

    target: PointTarget | SolidTarget
    number: int
    position_m: NDArray[np.float64]
    velocity_mps: NDArray[np.float64]
    mesh: TargetMesh | None
    probes: Scatterers | None
    light: NDArray[np.float32]


def scene_frames(scene: TargetScene, radar: RadarConfig) -> int:
    """Whole frames that the scene lasts.

    Raises:
        SceneError: too few for the simulator's splines, or too many to hold.
    """
    n_frames = math.floor(scene.duration_s / radar.frame_period_s + 1e-9)
    least = math.ceil((MIN_POSES - 1) / poses_per_frame(radar))
    most = MAX_MAP_VALUES // (radar.n_chirps * radar.n_adc_samples)
    if not least <= n_frames <= most:
        raise SceneError(
            f"duration_s is {scene.duration_s:g}, {n_frames} whole frames of radar {radar.name!r} "
            f"({radar.frame_period_s * 1e3:g} ms each); it takes {least} to {most} frames: give "
            f"{least * radar.frame_period_s:g} to {most * radar.frame_period_s:g} s"
        )
    return n_frames


def place_targets(
    scene: TargetScene, radar: RadarConfig, n_frames: int, seed: int, workers: int = 1
) -> list[PlacedTarget]:
    """Every target at the radar's pose instants, with the shadows that the others cast on it.

    A target does not shade itself: all kinds are convex, and what faces away has no echo.

    Args:
        scene: the targets.
        radar: its wavelength sets the size of facets.
        n_frames: of the capture.
        seed: of the places and phases of diffuse echoes.
        workers: threads.

    Raises:
        SceneError: a target with too many facets, or behind the radar, too near, or beyond its range.
    """
    n_poses = n_frames * poses_per_frame(radar) + 1
    times_s = np.arange(n_poses) / pose_rate_hz(radar)
    placed = []
    for number, target in enumerate(scene.targets):
        velocity = np.array(target.velocity_mps)
        position = np.array(target.position_m) + times_s[:, None] * velocity
        mesh, probes, n_probes = None, None, 1
        if not isinstance(target, PointTarget):
            mesh = _named_mesh(target, number, radar.mid_wavelength_m)
            n_probes = min(len(mesh.faces), MAX_PROBES)
            own_seed = zlib.crc32(f"{seed}/{number}".encode())
            probes = place_scatterers(mesh.faces, mesh.vertices, n_probes, own_seed)
        _check_place(target, number, position, mesh, radar)
        bright = np.ones((n_poses, n_probes), np.float32)
        placed.append(PlacedTarget(target, number, position, velocity, mesh, probes, bright))
    return [_with_shadows(one, placed, radar, workers) for one in placed]


def _named_mesh(target: SolidTarget, number: int, wavelength_m: float) -> TargetMesh:
    try:
        return target_mesh(target, wavelength_m)
    except SceneError as error:
        raise SceneError(f"targets[{number}]: {error}") from error


def _check_place(
    target: PointTarget | SolidTarget,
    number: int,
    position_m: NDArray[np.float64],
    mesh: TargetMesh | None,
    radar: RadarConfig,
) -> None:
    """Refuse what is behind the radar, in its near field, or beyond its range.

    Raises:
        SceneError: says which, when and how far.
    """
    offsets = np.zeros((1, 3)) if mesh is None else mesh.vertices
    reach_m = float(np.linalg.norm(offsets, axis=1).max())
    name = f"targets[{number}] ({target.kind})"
    rate_hz = pose_rate_hz(radar)
    lowest = position_m[:, 1] + offsets[:, 1].min()
    pose = int(lowest.argmin())
    if lowest[pose] <= 0.0:
        raise SceneError(
            f"{name} is or reaches behind the radar at {pose / rate_hz:.3f} s: y = {lowest[pose]:.3f} m; the radar is "
            "at the origin and looks along +y: all of a target must have y > 0 all the time"
        )
    distance = np.linalg.norm(position_m, axis=1)
    near = np.flatnonzero(distance - reach_m < NEAREST_RANGE_M)
    nearest = [float(np.linalg.norm(position_m[pose] + offsets, axis=1).min()) for pose in near]
    if nearest and min(nearest) < NEAREST_RANGE_M:
        pose = int(near[int(np.argmin(nearest))])
        raise SceneError(
            f"{name} comes within {min(nearest):.3f} m of the radar at {pose / rate_hz:.3f} s; {NEAREST_RANGE_M} m is "
            "the least: put it further away"
        )
    pose = int(distance.argmax())
    furthest = float(np.linalg.norm(position_m[pose] + offsets, axis=1).max())
    if furthest >= radar.range_span_m:
        raise SceneError(
            f"{name} reaches {furthest:.3f} m at {pose / rate_hz:.3f} s, beyond the range span "
            f"{radar.range_span_m:.3f} m of radar {radar.name!r}, where the beat frequency is that of the ADC: put it "
            "nearer, or take a radar with a lower slope"
        )


def _with_shadows(
    one: PlacedTarget, all_placed: list[PlacedTarget], radar: RadarConfig, workers: int
) -> PlacedTarget:
    """The target with the light that the others let through, by rays from the antenna."""
    others = [other for other in all_placed if other is not one and other.mesh is not None]
    if not others:
        return one
    n_poses = len(one.position_m)
    poses = poses_to_test(n_poses, pose_rate_hz(radar))
    faces, first = [], 0
    for other in others:
        assert other.mesh is not None
        faces.append(other.mesh.faces + first)
        first += len(other.mesh.vertices)
    share = np.empty((len(poses), one.light.shape[1]), np.float32)
    for start in range(0, len(poses), POSES_AT_A_TIME):
        some = poses[start : start + POSES_AT_A_TIME]
        vertices = np.concatenate(
            [
                _moved(other.mesh.vertices, other.position_m[some])
                for other in others
                if other.mesh is not None
            ],
            axis=1,
        )
        points = _moved(_probe_places(one), one.position_m[some])
        facing = np.ones(points.shape[:2], np.bool_)
        loose = np.full(points.shape[1], -1, np.int32)
        seen = visible_points(
            vertices,
            np.concatenate(faces).astype(np.int32),
            points,
            loose,
            facing,
            np.zeros(3),
            workers=workers,
        )
        if one.probes is None:
            share[start : start + len(some)] = seen
        else:
            share[start : start + len(some)] = soften(seen, facing, one.probes.neighbours)
    light = ease_visibility(share, poses, n_poses)
    return PlacedTarget(one.target, one.number, one.position_m, one.velocity_mps, one.mesh, one.probes, light)


def _probe_places(one: PlacedTarget) -> NDArray[np.float64]:
    """(P, 3) relative to the target's position."""
    if one.mesh is None or one.probes is None:
        return np.zeros((1, 3))
    corners = one.mesh.vertices[one.mesh.faces[one.probes.face_ids]]
    return np.einsum("pc,pcx->px", one.probes.barycentric, corners)


def _moved(places: NDArray[np.float64], position_m: NDArray[np.float64]) -> NDArray[np.float32]:
    """(E, P, 3)."""
    return (places[None] + position_m[:, None]).astype(np.float32)
