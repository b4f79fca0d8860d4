"""One view of a posed body: range, light and received amplitude of every material point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.array import AntennaArray
from ..radar.config import RadarConfig
from ..radar.link_budget import two_way_roll_off
from ..radar.scattering import observe_points
from ..radar.tracks import ScattererTracks, Tracks, channel_tracks, pose_rate_hz
from .placement import Placement
from .posed_body import PosedBody
from .visibility import ease_visibility, poses_to_test, visible_points

NEAREST_RANGE_M = 0.3  # nearer, a body fills the antennas' near field and the radar equation means nothing


@dataclass(frozen=True, eq=False)
class Observation:
    """What the radar receives from each point.

    Attributes:
        tracks: ranges and amplitudes for the beat signal.
        lit: (E, P) float32 share of light, 0..1.
        rcs_m2: (E,) sum of the points' radar cross sections.
        mean_range_m: (E,) mean distance of all points, lit or dark: where the body is.
        behind_share: share of points and poses that lie behind the antenna's plane.
    """

    tracks: ScattererTracks
    lit: NDArray[np.float32]
    rcs_m2: NDArray[np.float64]
    mean_range_m: NDArray[np.float64]
    behind_share: float


def observe(posed: PosedBody, radar: RadarConfig, placement: Placement, reflectivity: float) -> Observation:
    """Look at a posed body from a placed radar.

    Args:
        posed: mesh and points over time.
        radar: link budget and beam.
        placement: where the body stands.
        reflectivity: gamma of the diffuse model, radar cross section per area at normal incidence.

    Raises:
        RadarConfigError: the body comes nearer than NEAREST_RANGE_M.
    """
    radar_m, boresight = placement.radar_in_body_frame_m, placement.boresight_in_body_frame
    range_m, cosine = observe_points(posed.points, posed.normals, radar_m, boresight)
    nearest = float(range_m.min())
    if nearest < NEAREST_RANGE_M:
        raise RadarConfigError(
            f"the body comes within {nearest:.2f} m of the radar; {NEAREST_RANGE_M} m is the least: place it "
            f"further away than {placement.range_m:g} m, or turn its path aside"
        )
    poses = poses_to_test(len(range_m), pose_rate_hz(radar))
    seen = visible_points(
        posed.vertices, posed.faces, posed.points, posed.scatterers.face_ids, cosine > 0.0, radar_m, poses
    )
    lit = ease_visibility(seen, poses, len(range_m))
    # Root of gamma A cos^2(theta), dark where not lit.
    root_rcs = lit * np.maximum(cosine, np.float32(0.0)) * np.float32(np.sqrt(reflectivity * posed.area_m2))
    amplitude = root_rcs * (np.sqrt(radar.received_power_mw(1.0, 1.0)) / range_m**2).astype(np.float32)
    if radar.azimuth_beamwidth_deg is not None or radar.elevation_beamwidth_deg is not None:
        amplitude *= _beam(posed.points, radar, placement)
    return Observation(
        ScattererTracks.from_ranges(range_m, amplitude, posed.scatterers.phase_cycles, radar),
        lit,
        np.einsum("ep,ep->e", root_rcs, root_rcs, dtype=np.float64),
        range_m.mean(axis=1),
        float((cosine == -1.0).mean()),
    )


def received_tracks(posed: PosedBody, radar: RadarConfig, placement: Placement, seen: Observation) -> Tracks:
    """Tracks of each virtual channel, by the paths from its transmitter to each point and to its receiver."""
    if radar.array == AntennaArray():
        return seen.tracks  # one antenna at the radar's position
    position_m = _position_m(posed.points, placement)
    return channel_tracks(position_m, seen.tracks.amplitude, seen.tracks.phase_cycles, radar)


def _position_m(points: NDArray[np.float32], placement: Placement) -> NDArray[np.float64]:
    """(E, P, 3) points of the body frame relative to the radar: x right, y ahead, z up."""
    forward = placement.boresight_in_body_frame
    axes = np.stack([[forward[1], -forward[0], 0.0], forward, [0.0, 0.0, 1.0]])
    return (points - placement.radar_in_body_frame_m) @ axes.T


def _beam(points: NDArray[np.float32], radar: RadarConfig, placement: Placement) -> NDArray[np.float32]:
    """(E, P) two-way amplitude factor of the antennas' main lobe."""
    right, ahead, up = np.moveaxis(_position_m(points, placement), -1, 0)
    azimuth_rad = np.arctan2(right, ahead)
    elevation_rad = np.arctan2(up, np.hypot(ahead, right))
    return two_way_roll_off(
        azimuth_rad, elevation_rad, radar.azimuth_beamwidth_deg, radar.elevation_beamwidth_deg
    ).astype(np.float32)
