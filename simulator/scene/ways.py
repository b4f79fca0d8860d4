"""Ways between the antennas and the points of a body: straight, or over a reflecting plane.

An echo goes out one way and comes back one way. With g = sqrt(sqrt(light) * cosine) of the diffuse law (power goes
with the share of a patch that is seen, which each way has half of), b the antenna's one-way gain, G the reflection
on the way and r its length, the ways i and j carry the amplitude

    root_power * sqrt(gamma A) * g_i g_j * b_i b_j * G_i G_j / (r_i r_j),

which for the straight way both times is the radar equation with the cross section gamma A cos^2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..radar.config import RadarConfig
from ..radar.link_budget import two_way_roll_off
from ..radar.scattering import observe_points
from ..radar.tracks import pose_rate_hz
from .light import light_on_points
from .placement import Placement, place_vertices
from .posed_body import PosedBody
from .room import Plane, Room, plane_reflection


@dataclass(frozen=True, eq=False)
class Way:
    """One way between the radar and all points.

    Attributes:
        plane: what it bounces off; None = straight.
        range_m: (E, P) float64 its length.
        lit: (E, P) float32 share of light.
        strength: (E, P) float32 g b G / r of the module's formula, 1/m.
        behind_share: share of points and poses that lie behind the antenna's plane.
    """

    plane: Plane | None
    range_m: NDArray[np.float64]
    lit: NDArray[np.float32]
    strength: NDArray[np.float32]
    behind_share: float


def straight_way(posed: PosedBody, radar: RadarConfig, placement: Placement, workers: int = 1) -> Way:
    """The direct way."""
    radar_m, boresight = placement.radar_in_body_frame_m, placement.boresight_in_body_frame
    range_m, cosine = observe_points(posed.points, posed.normals, radar_m, boresight)
    lit = light_on_points(posed, cosine > 0.0, radar_m, pose_rate_hz(radar), workers)
    strength = np.sqrt(np.sqrt(lit) * np.maximum(cosine, np.float32(0.0)))
    strength /= range_m.astype(np.float32)
    if has_beam(radar):
        strength *= one_way_beam(placement.seen_from_radar_m(posed.points), radar)
    return Way(None, range_m, lit, strength, float((cosine < -1.5).mean()))


def bounced_way(
    posed: PosedBody, radar: RadarConfig, placement: Placement, room: Room, plane: Plane, workers: int = 1
) -> Way:
    """The way over one plane: the straight way to the antennas' image behind it."""
    to_world, origin = placement.rotation, placement.origin_m
    image_m = (plane.mirrored(np.array([0.0, 0.0, placement.radar_height_m])) - origin) @ to_world
    # The mirrored scene is seen along the mirrored axis.
    normal = np.array(plane.normal)
    ahead = to_world @ placement.boresight_in_body_frame
    boresight = (ahead - 2.0 * (ahead @ normal) * normal) @ to_world
    range_m, cosine = observe_points(posed.points, posed.normals, image_m, boresight)
    world_m = place_vertices(posed.points, placement)
    facing = (cosine > 0.0) & (plane.height_m(world_m) > 0.0)
    images = np.ascontiguousarray((plane.mirrored(world_m) - origin) @ to_world, dtype=np.float32)
    first_leg = (images, placement.radar_in_body_frame_m)
    lit = light_on_points(posed, facing, image_m, pose_rate_hz(radar), workers, first_leg)
    strength = np.sqrt(np.sqrt(lit) * np.maximum(cosine, np.float32(0.0)))
    outwards = (posed.points - image_m) @ to_world.T
    outwards /= range_m[..., None]
    reflection = plane_reflection(plane, outwards, room.polarisation, radar.mid_wavelength_m)
    strength *= (reflection / range_m).astype(np.float32)
    if has_beam(radar):
        strength *= one_way_beam(placement.seen_from_radar_m(images), radar)
    return Way(plane, range_m, lit, strength, 0.0)


def has_beam(radar: RadarConfig) -> bool:
    """Whether the antennas have a main lobe."""
    return radar.azimuth_beamwidth_deg is not None or radar.elevation_beamwidth_deg is not None


def two_way_beam(position_m: NDArray[np.floating], radar: RadarConfig) -> NDArray[np.float32]:
    """(...) amplitude factor of both antennas' main lobes towards points (..., 3) right, ahead, up of the radar."""
    right, ahead, up = np.moveaxis(position_m, -1, 0)
    azimuth_rad = np.arctan2(right, ahead)
    elevation_rad = np.arctan2(up, np.hypot(ahead, right))
    return two_way_roll_off(
        azimuth_rad, elevation_rad, radar.azimuth_beamwidth_deg, radar.elevation_beamwidth_deg
    ).astype(np.float32)


def one_way_beam(position_m: NDArray[np.floating], radar: RadarConfig) -> NDArray[np.float32]:
    """(...) amplitude factor of one antenna's main lobe."""
    return np.sqrt(two_way_beam(position_m, radar))
