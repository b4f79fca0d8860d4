"""What a room adds to the echoes of people: its own standing echo, and theirs over its planes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.array import AntennaArray
from ..radar.config import RadarConfig
from ..radar.tracks import ChannelTracks, ScattererTracks, channel_tracks
from .observation import Observation, root_power
from .placement import Placement, place_vertices
from .posed_body import PosedBody
from .room import Plane, Room
from .ways import bounced_way, has_beam, two_way_beam

OUTSIDE_M = 0.1  # soles sink into the floor by less
FAINT = 1e-3  # of the strongest direct echo: what never reaches -60 dB of it is left out


def check_in_room(posed: PosedBody, placement: Placement, room: Room) -> None:
    """Refuse a radar or people behind a plane of their room.

    Raises:
        RadarConfigError: naming the plane and how far behind it they are.
    """
    radar_m = np.array([0.0, 0.0, placement.radar_height_m])
    world_m = place_vertices(posed.points, placement)
    for plane in room.planes:
        height_m = float(plane.height_m(radar_m))
        if height_m <= 0.0:
            raise RadarConfigError(
                f"the radar is outside of the room: {-height_m:.2f} m behind plane {plane.name!r}; the room must hold "
                "the radar, which stands over the origin, and all people"
            )
        lowest_m = float(plane.height_m(world_m).min())
        if lowest_m < -OUTSIDE_M:
            raise RadarConfigError(
                f"a body comes {-lowest_m:.2f} m behind plane {plane.name!r} of the room: place it elsewhere (it "
                f"stands at {placement.range_m:g} m, {placement.azimuth_deg:g} deg), or take a larger room"
            )


def multipath_tracks(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    seen: Observation,
    room: Room,
    workers: int = 1,
) -> list[ChannelTracks]:
    """Echoes of the body that come or go over one plane, or both over the same.

    Args:
        posed: mesh and points.
        radar: antennas and link budget.
        placement: where the body stands.
        seen: the body seen straight.
        room: whose planes reflect.
        workers: threads.

    Returns:
        Tracks of each way that is not faint; none without planes or with `multipath` off.
    """
    strongest = float(seen.tracks.amplitude.max(initial=0.0))
    tracks: list[ChannelTracks] = []
    for plane in room.planes if room.multipath else ():
        bounced = bounced_way(posed, radar, placement, room, plane, workers)
        ways = [(seen.way, bounced, 1.0), (bounced, seen.way, 1.0), (bounced, bounced, 1.0)]
        if radar.array == AntennaArray():
            # One antenna: both mixed ways are the same, walked in either direction.
            ways = [(seen.way, bounced, 2.0), (bounced, bounced, 1.0)]
        for out, back, times in ways:
            amplitude = times * root_power(radar) * seen.root_rcs_m * out.strength * back.strength
            kept = np.abs(amplitude).max(axis=0) > FAINT * strongest
            if kept.any():
                ends = (out.plane, back.plane)
                tracks.append(_of_way(posed, radar, placement, amplitude[:, kept], kept, ends))
    return tracks


def _of_way(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    amplitude: NDArray[np.float32],
    kept: NDArray[np.bool_],
    planes: tuple[Plane | None, Plane | None],
) -> ChannelTracks:
    """Tracks of the kept points out and back over these planes (None = straight)."""
    tx_m, rx_m = (_antennas_m(radar, placement, plane)[end] for end, plane in enumerate(planes))
    phases = posed.scatterers.phase_cycles[kept]

    def make(channel: int) -> ScattererTracks:
        return channel_tracks(posed.points[:, kept], amplitude, phases, radar, tx_m, rx_m)[channel]

    return ChannelTracks(radar.n_virtual, make)


def clutter_tracks(
    radar: RadarConfig, placement: Placement, room: Room, n_poses: int
) -> Sequence[ScattererTracks] | None:
    """Standing echoes of planes and furniture for each virtual channel; None where there are none.

    People neither hide them nor are hidden by furniture.
    """
    radar_m = np.array([0.0, 0.0, placement.radar_height_m])
    places, root_rcs, phases = _clutter(radar, radar_m, room)
    body_frame = (places - placement.origin_m) @ placement.rotation
    position_m = placement.seen_from_radar_m(body_frame)
    range_m = np.linalg.norm(position_m, axis=1)
    # The foot of a floor or a side wall lies in the antenna's plane but for rounding: not in front of it.
    kept = (position_m[:, 1] > 1e-6 * range_m) & (range_m < radar.range_span_m)
    if not kept.any():
        return None
    position_m, range_m = position_m[kept], range_m[kept]
    amplitude = root_power(radar) * root_rcs[kept] / range_m**2
    if has_beam(radar):
        amplitude = amplitude * two_way_beam(position_m, radar)
    shape = (n_poses, len(range_m))
    still = np.broadcast_to(position_m, (*shape, 3))
    return channel_tracks(still, np.broadcast_to(amplitude, shape), phases[kept], radar)


def _clutter(
    radar: RadarConfig, radar_m: NDArray[np.float64], room: Room
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Places (n, 3), roots of radar cross section (n,) and phases in cycles (n,) of all that stands still."""
    generator = np.random.default_rng(room.clutter_seed)
    places, roots, phases = [np.empty((0, 3))], [np.empty(0)], [np.empty(0)]
    for plane in room.planes:
        height_m = float(plane.height_m(radar_m))
        if height_m > 0.0:
            foot = radar_m - height_m * np.array(plane.normal)
            mirror = plane.material.coherent_response(radar.mid_wavelength_m)[-1]
            places.append(foot[None])
            roots.append(np.array([np.sqrt(np.pi) * height_m * mirror]))
            phases.append(np.array([0.5]))  # the field turns over
        patches, cosine = _patches(plane, radar, radar_m, room)
        gamma = plane.material.diffuse_reflectivity
        places.append(patches)
        roots.append(np.sqrt(gamma) * room.clutter_spacing_m * cosine)
        phases.append(generator.random(len(patches)))
    if room.furniture:
        places.append(np.array([item.position_m for item in room.furniture]))
        roots.append(np.sqrt([item.rcs_m2 for item in room.furniture]))
        phases.append(generator.random(len(room.furniture)))
    return np.concatenate(places), np.concatenate(roots), np.concatenate(phases)


def _patches(
    plane: Plane, radar: RadarConfig, radar_m: NDArray[np.float64], room: Room
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Grid over the part of a plane that lies in the room and in range: (n, 3) and cosine to the radar (n,)."""
    if plane.material.diffuse_reflectivity == 0.0:
        return np.empty((0, 3)), np.empty(0)
    normal = np.array(plane.normal)
    along = np.cross(normal, [0.0, 0.0, 1.0] if abs(normal[2]) < 0.9 else [1.0, 0.0, 0.0])
    along /= np.linalg.norm(along)
    foot = radar_m - plane.height_m(radar_m) * normal
    steps = np.arange(-radar.range_span_m, radar.range_span_m, room.clutter_spacing_m)
    u, v = np.meshgrid(steps, steps)
    places = foot + u.reshape(-1, 1) * along + v.reshape(-1, 1) * np.cross(normal, along)
    inside = np.ones(len(places), np.bool_)
    for other in room.planes:
        if other is not plane:
            inside &= other.height_m(places) > 0.0
    to_radar = radar_m - places[inside]
    cosine = np.maximum(to_radar @ normal, 0.0) / np.linalg.norm(to_radar, axis=1)
    return places[inside], cosine


def _antennas_m(
    radar: RadarConfig, placement: Placement, plane: Plane | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transmitters and receivers in the body frame; their images where the way bounces off a plane."""
    axes = placement.radar_axes_in_body_frame @ placement.rotation.T
    radar_m = np.array([0.0, 0.0, placement.radar_height_m])
    ends = (radar.array.tx_m @ axes + radar_m, radar.array.rx_m @ axes + radar_m)
    if plane is not None:
        ends = (plane.mirrored(ends[0]), plane.mirrored(ends[1]))
    tx_m, rx_m = ((end - placement.origin_m) @ placement.rotation for end in ends)
    return tx_m, rx_m
