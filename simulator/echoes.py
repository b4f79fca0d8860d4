"""All echoes of one view: the body's, straight and over planes, and the room's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .radar.config import RadarConfig
from .radar.track_joining import join_tracks
from .radar.tracks import ChannelTracks, FacetTracks, ScattererTracks
from .scene.observation import Observation, observe, received_tracks
from .scene.placement import Placement
from .scene.posed_body import PosedBody
from .scene.room_echoes import check_in_room, clutter_tracks, multipath_tracks
from .simulation_options import SimulationOptions

ROOM = "room"  # beside the parts of a body: what comes from the room or over it


@dataclass(frozen=True, eq=False)
class SceneEchoes:
    """What comes back to the radar, for each virtual channel.

    Attributes:
        seen: the body, straight.
        direct: its tracks.
        from_room: tracks of the ways over planes, and of clutter; none in free space.
    """

    seen: Observation
    direct: Sequence[ScattererTracks]
    from_room: list[Sequence[ScattererTracks]]

    @property
    def tracks(self) -> Sequence[ScattererTracks]:
        """Everything."""
        return _joined([self.direct, *self.from_room])


def scene_echoes(
    posed: PosedBody, radar: RadarConfig, placement: Placement, options: SimulationOptions, workers: int = 1
) -> SceneEchoes:
    """Echoes of a posed body, and of its room if there is one.

    Raises:
        RadarConfigError: the body comes too near to the radar, or radar or body are not in the room.
    """
    if options.room is not None:
        check_in_room(posed, placement, options.room)
    seen = observe(posed, radar, placement, options.scattering, workers)
    from_room: list[Sequence[ScattererTracks]] = []
    if options.room is not None:
        from_room += multipath_tracks(posed, radar, placement, seen, options.room, workers)
        clutter = clutter_tracks(radar, placement, options.room, len(posed.vertices))
        if clutter is not None:
            from_room.append(clutter)
    return SceneEchoes(seen, received_tracks(posed, radar, placement, seen), from_room)


def echoes_by_part(echoes: SceneEchoes, posed: PosedBody) -> Iterator[tuple[str, Sequence[ScattererTracks]]]:
    """Name and tracks of each part of the body, and of the room where there is one; together they are the whole.

    A scatterer belongs to the part that its triangle belongs to.
    """
    of_point = posed.part_of_face[posed.scatterers.face_ids]
    coherent = echoes.seen.coherent
    of_entry = None if coherent is None else posed.part_of_face[coherent.face_ids]
    for index, name in enumerate(posed.parts):
        yield (
            name,
            _of_part(echoes.direct, of_point == index, None if of_entry is None else of_entry == index),
        )
    if echoes.from_room:
        yield ROOM, _joined(echoes.from_room)


def _joined(sources: Sequence[Sequence[ScattererTracks]]) -> Sequence[ScattererTracks]:
    """Tracks of each channel from all sources."""
    if len(sources) == 1:
        return sources[0]
    return ChannelTracks(
        len(sources[0]), lambda channel: join_tracks([source[channel] for source in sources])
    )


def _of_part(
    tracks: Sequence[ScattererTracks], points: NDArray[np.bool_], entries: NDArray[np.bool_] | None
) -> ChannelTracks:
    """Chosen points and facet entries of each channel."""
    return ChannelTracks(len(tracks), lambda channel: _some(tracks[channel], points, entries))


def _some(
    tracks: ScattererTracks, points: NDArray[np.bool_], entries: NDArray[np.bool_] | None
) -> ScattererTracks:
    """Chosen points and facet entries."""
    facets = tracks.facets
    if facets is not None and entries is not None:
        kept = np.concatenate([[0], np.cumsum(entries)])
        facets = FacetTracks(
            kept[facets.first_entry].astype(np.int64),
            facets.range_m[entries],
            facets.range_rate_mps[entries],
            facets.amplitude[entries],
        )
    return replace(
        tracks,
        range_m=np.ascontiguousarray(tracks.range_m[:, points]),
        range_rate_mps=np.ascontiguousarray(tracks.range_rate_mps[:, points]),
        amplitude=np.ascontiguousarray(tracks.amplitude[:, points]),
        phase_cycles=tracks.phase_cycles[points],
        facets=facets,
    )
