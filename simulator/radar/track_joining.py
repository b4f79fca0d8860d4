"""Several sets of echoes as one: targets, people and mirror images that one antenna receives together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import RadarConfigError
from .tracks import FacetTracks, ScattererTracks


def join_tracks(parts: Sequence[ScattererTracks]) -> ScattererTracks:
    """All points and facets of one virtual channel; the signal of the result is the sum of the parts' signals.

    Points stand in the order of the parts. Within each pose interval so do the facets.

    Args:
        parts: at least one, all over the same E poses.

    Raises:
        RadarConfigError: nothing to join, or parts over different numbers of poses.
    """
    if not parts:
        raise RadarConfigError("there are no tracks to join: give at least one ScattererTracks")
    n_poses = {len(part.range_m) for part in parts}
    if len(n_poses) > 1:
        raise RadarConfigError(
            f"tracks over {sorted(n_poses)} poses cannot be joined: make all over the same poses"
        )
    if len(parts) == 1:
        return parts[0]
    facets = [part.facets for part in parts if part.facets is not None]
    return ScattererTracks(
        np.concatenate([part.range_m for part in parts], axis=1),
        np.concatenate([part.range_rate_mps for part in parts], axis=1),
        np.concatenate([part.amplitude for part in parts], axis=1),
        np.concatenate([part.phase_cycles for part in parts]),
        join_facets(facets) if facets else None,
    )


def join_facets(parts: Sequence[FacetTracks]) -> FacetTracks:
    """Entries of all parts, interval by interval.

    Args:
        parts: at least one, all over the same pose intervals.
    """
    if len(parts) == 1:
        return parts[0]
    first_entry = np.sum([part.first_entry for part in parts], axis=0)
    n = int(first_entry[-1])
    joined = FacetTracks(
        first_entry.astype(np.int64),
        np.empty((n, *parts[0].range_m.shape[1:])),
        np.empty((n, *parts[0].range_rate_mps.shape[1:])),
        np.empty((n, *parts[0].amplitude.shape[1:]), np.complex64),
    )
    start = first_entry[:-1].copy()  # of the next part's entries in each interval
    for part in parts:
        count = np.diff(part.first_entry)
        at = _places(start, part.first_entry, count)
        joined.range_m[at] = part.range_m
        joined.range_rate_mps[at] = part.range_rate_mps
        joined.amplitude[at] = part.amplitude
        start += count
    return joined


def _places(
    start: NDArray[np.int64], first_entry: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(N,) where each entry of a part goes, if those of interval e go to start[e], start[e] + 1, ..."""
    return np.arange(first_entry[-1]) + np.repeat(start - first_entry[:-1], count)
