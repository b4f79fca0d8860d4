"""Joined tracks: the signal of all is the sum of the signals of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.errors import RadarConfigError
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.track_joining import join_facets, join_tracks
from simulator.radar.tracks import AMPLITUDE_NODES, FacetTracks, ScattererTracks

N_POSES = 5


def random_facets(generator: np.random.Generator, counts: list[int]) -> FacetTracks:
    n = sum(counts)
    first_entry = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    start = generator.uniform(2.0, 8.0, (n, 1))
    shape = (n, AMPLITUDE_NODES)
    amplitude = (generator.normal(size=shape) + 1j * generator.normal(size=shape)).astype(np.complex64)
    rate = np.tile(generator.uniform(-2.0, 2.0, (n, 1)), (1, 2))
    return FacetTracks(first_entry, start + rate * [0.0, RADAR.frame_period_s], rate, amplitude)


def random_tracks(generator: np.random.Generator, n_points: int, counts: list[int] | None) -> ScattererTracks:
    range_m = np.repeat(generator.uniform(2.0, 8.0, (1, n_points)), N_POSES, axis=0)
    amplitude = np.repeat(generator.uniform(0.5, 1.0, (1, n_points)), N_POSES, axis=0)
    tracks = ScattererTracks.from_ranges(range_m, amplitude, generator.random(n_points), RADAR)
    return replace(tracks, facets=None if counts is None else random_facets(generator, counts))


def cube(tracks: ScattererTracks) -> np.ndarray:
    return synthesize_range_cube(tracks, RADAR, np.zeros(N_POSES - 1, np.int64), 256).values


def test_signals_add_up() -> None:
    generator = np.random.default_rng(0)
    parts = [
        random_tracks(generator, 3, [2, 0, 1, 4]),
        random_tracks(generator, 2, None),
        random_tracks(generator, 0, [0, 3, 1, 0]),
    ]
    joined = join_tracks(parts)
    total = np.sum([cube(part) for part in parts], axis=0)
    error = np.abs(cube(joined) - total).max() / np.abs(total).max()
    assert error < 1e-5
    assert joined.range_m.shape == (N_POSES, 5)


def test_facets_stay_in_their_interval_in_the_order_of_the_parts() -> None:
    generator = np.random.default_rng(1)
    a, b = random_facets(generator, [2, 0, 1, 4]), random_facets(generator, [0, 3, 1, 0])
    joined = join_facets([a, b])
    assert joined.first_entry.tolist() == [0, 2, 5, 7, 11]
    for e in range(4):
        own = slice(joined.first_entry[e], joined.first_entry[e + 1])
        expected = [part.range_m[part.first_entry[e] : part.first_entry[e + 1]] for part in (a, b)]
        np.testing.assert_array_equal(joined.range_m[own], np.concatenate(expected))


def test_one_part_is_itself_and_nothing_else_is_refused() -> None:
    generator = np.random.default_rng(2)
    tracks = random_tracks(generator, 2, None)
    assert join_tracks([tracks]) is tracks
    with pytest.raises(RadarConfigError, match="no tracks"):
        join_tracks([])
    shorter = ScattererTracks.from_ranges(
        tracks.range_m[:4], tracks.amplitude[:4], tracks.phase_cycles, RADAR
    )
    with pytest.raises(RadarConfigError, match=r"\[4, 5\] poses"):
        join_tracks([tracks, shorter])
