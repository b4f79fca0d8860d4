"""One view of a posed mesh in its room: range, light and received amplitude of everything that sends back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from ..radar.array import AntennaArray
from ..radar.config import RadarConfig
from ..radar.facets import FacetEchoes, FacetScene, facet_echoes, specular_facets
from ..radar.tracks import ChannelTracks, ScattererTracks, channel_tracks
from .placement import Placement
from .posed_body import PosedBody
from .ways import Way, has_beam, straight_way, two_way_beam

NEAREST_RANGE_M = 0.3  # nearer, a body fills the antennas' near field and the radar equation means nothing
Scattering = Literal["both", "diffuse", "coherent"]


@dataclass(frozen=True, eq=False)
class Observation:
    """What the radar receives from a mesh straight away.

    Attributes:
        tracks: diffuse echoes of the points, as one antenna at the radar's position receives them.
        way: the straight way to them.
        root_rcs_m: (P,) sqrt(gamma A) of each point.
        rcs_m2: (E,) radar cross section: sum over the points, plus that of the coherent sum.
        mean_range_m: (E,) mean distance of all points, lit or dark: where the body is.
        coherent: coherent echoes for each virtual channel; None without them.
        coherent_beam: (N, 2) amplitude factor of the antennas for those; None = 1.
    """

    tracks: ScattererTracks
    way: Way
    root_rcs_m: NDArray[np.float32]
    rcs_m2: NDArray[np.float64]
    mean_range_m: NDArray[np.float64]
    coherent: FacetEchoes | None = None
    coherent_beam: NDArray[np.float32] | None = None


def observe(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    scattering: Scattering = "both",
    workers: int = 1,
) -> Observation:
    """Look at a posed body from a placed radar.

    Args:
        posed: mesh and points over time.
        radar: link budget, antennas and beam.
        placement: where the body stands.
        scattering: which of the two parts of the echo to make.
        workers: threads.

    Raises:
        RadarConfigError: the body comes nearer than NEAREST_RANGE_M.
    """
    way = straight_way(posed, radar, placement, workers)
    nearest = float(way.range_m.min())
    if nearest < NEAREST_RANGE_M:
        raise RadarConfigError(
            f"the body comes within {nearest:.2f} m of the radar; {NEAREST_RANGE_M} m is the least: place it "
            f"further away than {placement.range_m:g} m, or turn its path aside"
        )
    root_rcs = _root_rcs(posed, scattering)
    amplitude = root_power(radar) * root_rcs * way.strength**2
    beam = (
        two_way_beam(placement.seen_from_radar_m(posed.points), radar) if has_beam(radar) else np.float32(1.0)
    )
    share = way.strength * way.range_m.astype(np.float32)
    cross_section = (root_rcs * share**2 / beam) ** 2
    seen = Observation(
        ScattererTracks.from_ranges(way.range_m, amplitude, posed.scatterers.phase_cycles, radar),
        way,
        root_rcs,
        cross_section.sum(axis=1, dtype=np.float64),
        way.range_m.mean(axis=1),
    )
    return seen if scattering == "diffuse" else _with_coherent(seen, posed, radar, placement, workers)


def received_tracks(
    posed: PosedBody, radar: RadarConfig, placement: Placement, seen: Observation
) -> Sequence[ScattererTracks]:
    """Direct echoes in each virtual channel, by the ways from its transmitter and to its receiver."""
    if radar.array == AntennaArray():
        points: Sequence[ScattererTracks] = [seen.tracks]  # one antenna at the radar's position
    else:
        points = channel_tracks(
            posed.points,
            seen.tracks.amplitude,
            seen.tracks.phase_cycles,
            radar,
            *_antennas_m(radar, placement),
        )
    if seen.coherent is None:
        return points
    facets_of = seen.coherent.tracks(root_power(radar), seen.coherent_beam)
    return ChannelTracks(len(points), lambda channel: replace(points[channel], facets=facets_of(channel)))


def root_power(radar: RadarConfig) -> float:
    """sqrt(mW) received from 1 m^2 at 1 m."""
    return float(np.sqrt(radar.received_power_mw(1.0, 1.0)))


def _root_rcs(posed: PosedBody, scattering: Scattering) -> NDArray[np.float32]:
    """(P,) root of reflectivity times area."""
    if scattering == "coherent":
        return np.zeros(len(posed.area_m2), np.float32)
    reflectivity = np.array([material.diffuse_reflectivity for material in posed.materials])
    gamma = reflectivity[posed.material_of_face[posed.scatterers.face_ids]]
    return np.sqrt(gamma * posed.area_m2).astype(np.float32)


def _antennas_m(radar: RadarConfig, placement: Placement) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transmitters (n_tx, 3) and receivers (n_rx, 3) in the body frame."""
    axes, radar_m = placement.radar_axes_in_body_frame, placement.radar_in_body_frame_m
    return radar.array.tx_m @ axes + radar_m, radar.array.rx_m @ axes + radar_m


def _with_coherent(
    seen: Observation, posed: PosedBody, radar: RadarConfig, placement: Placement, workers: int
) -> Observation:
    """The observation with the coherent echoes of the mesh."""
    radar_m, axes = placement.radar_in_body_frame_m, placement.radar_axes_in_body_frame
    tx_m, rx_m = _antennas_m(radar, placement)
    tx_m, rx_m = (
        tx_m[[channel.tx for channel in radar.channels]],
        rx_m[[channel.rx for channel in radar.channels]],
    )
    scene = FacetScene(
        posed.vertices,
        posed.velocities,
        posed.faces,
        seen.way.lit,
        posed.scatterers.nearest_to_face,
        specular_facets(
            posed.vertices,
            posed.faces,
            posed.material_of_face,
            posed.materials,
            radar_m,
            axes[1],
            workers=workers,
        ),
        posed.material_of_face,
        np.stack([material.coherent_response(radar.mid_wavelength_m) for material in posed.materials]),
    )
    echoes = facet_echoes(scene, radar_m, tx_m, rx_m, radar.mid_wavelength_m, workers)
    coherent_m2 = echoes.rcs_m2(radar.mid_wavelength_m)
    beam = None
    if has_beam(radar):
        beam = two_way_beam(placement.seen_from_radar_m(echoes.centroid_m), radar)
    return replace(
        seen,
        rcs_m2=seen.rcs_m2 + np.append(coherent_m2, coherent_m2[-1]),
        coherent=echoes,
        coherent_beam=beam,
    )
