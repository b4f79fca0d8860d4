"""The torch backend of the kernel: against brute force, against the numba kernel, batched, and on a GPU."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from simulator.dsp.range_cube import range_cube_from_adc
from simulator.errors import RadarConfigError
from simulator.radar import beat, beat_torch
from simulator.radar.array import AntennaArray
from simulator.radar.beat_reference import beat_phase_cycles, reference_range_cube, sample_times_s
from simulator.radar.boards import MMEXPERT_IWR1843, RF_GENESIS, radar_preset
from simulator.radar.config import RadarConfig
from simulator.radar.link_budget import SPEED_OF_LIGHT_MPS
from simulator.radar.tracks import (
    AMPLITUDE_NODES,
    FacetTracks,
    ScattererTracks,
    Tracks,
    channel_tracks,
    pose_rate_hz,
    poses_per_frame,
)

SMALL = radar_preset("mmexpert-iwr1843", n_adc_samples=64, n_chirps=32)
GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device on this machine")


def moving_points(
    radar: RadarConfig,
    n_frames: int,
    range_m: tuple[float, float],
    rate_mps: tuple[float, float],
    acceleration_mps2: float,
    n_points: int = 40,
    seed: int = 11,
) -> ScattererTracks:
    """Points with constant accelerations and amplitudes that go up and down, some of them dark at times."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(n_frames * poses_per_frame(radar) + 1)[:, None] / pose_rate_hz(radar)
    ranges = rng.uniform(*range_m, n_points) + rng.uniform(*rate_mps, n_points) * times_s
    ranges = ranges + 0.5 * rng.uniform(-acceleration_mps2, acceleration_mps2, n_points) * times_s**2
    amplitude = np.maximum(0.0, rng.uniform(-0.3, 1.0, ranges.shape))
    return ScattererTracks.from_ranges(ranges, amplitude, rng.random(n_points), radar)


def glinting_facets(tracks: ScattererTracks, radar: RadarConfig) -> FacetTracks:
    """A few facets in every pose interval but the first, with complex amplitudes that change fast."""
    rng = np.random.default_rng(5)
    n_intervals = len(tracks.range_m) - 1
    per_interval = np.array([0, *rng.integers(1, 6, n_intervals - 1)])
    first = np.concatenate([[0], np.cumsum(per_interval)])
    start = rng.uniform(1.0, 2.0, first[-1])
    rate = rng.uniform(-4.0, 4.0, (first[-1], 2))
    end = start + rate.mean(axis=1) / pose_rate_hz(radar)
    nodes = rng.normal(size=(first[-1], AMPLITUDE_NODES, 2)) @ (1.0, 1j)
    return FacetTracks(first, np.stack([start, end], axis=1), rate, nodes.astype(np.complex64))


def facet_reference(facets: FacetTracks, radar: RadarConfig, n_frames: int) -> NDArray[np.complex128]:
    """(frame, chirp, 1, adc_sample) by definition, for one antenna and one pose interval per frame."""
    adc = np.zeros((n_frames, radar.n_chirps, 1, radar.n_adc_samples), complex)
    u = radar.chirp_times_s / radar.frame_period_s
    nodes_u = np.linspace(0.0, 1.0, AMPLITUDE_NODES)
    for frame in range(n_frames):
        for n in range(facets.first_entry[frame], facets.first_entry[frame + 1]):
            (r0, r1), (m0, m1) = facets.range_m[n], facets.range_rate_mps[n] * radar.frame_period_s
            cubic = np.polynomial.Polynomial([r0, m0, 3 * (r1 - r0) - 2 * m0 - m1, m0 + m1 - 2 * (r1 - r0)])
            amplitude = np.interp(u, nodes_u, facets.amplitude[n].astype(complex))
            delay_s = 2.0 * cubic(u)[:, None] / SPEED_OF_LIGHT_MPS
            adc[frame, :, 0] += amplitude[:, None] * np.exp(
                2j * np.pi * beat_phase_cycles(delay_s, sample_times_s(radar), radar)
            )
    return adc


def by_torch(
    tracks: Tracks, radar: RadarConfig, first_bin: NDArray[np.int64], n_bins: int
) -> NDArray[np.complex64]:
    return beat_torch.synthesize_range_cube(tracks, radar, first_bin, n_bins, device="cpu").values


def error_db(values: NDArray[np.complexfloating], wanted: NDArray[np.complexfloating]) -> float:
    """Relative L2 error; the Doppler FFT is unitary up to a factor, so this is the range-Doppler map's too."""
    return float(20.0 * np.log10(np.linalg.norm(values - wanted) / np.linalg.norm(wanted)))


@pytest.mark.parametrize(
    ("case", "range_m", "rate_mps", "acceleration_mps2"),
    [
        ("migration and acceleration", (5.2, 6.0), (-1.0, 5.5), 20.0),
        ("near edge of the range", (0.01, 0.3), (0.1, 2.0), 5.0),
        ("far edge of the range, and over it", (10.9, 11.15), (-1.0, 6.0), 5.0),
        ("Doppler edges", (3.0, 3.5), (5.9, 6.2), 0.0),
        ("ten times too fast", (3.0, 3.6), (-60.0, 60.0), 0.0),
    ],
)
def test_within_50_db_of_brute_force_and_of_numba(
    case: str, range_m: tuple[float, float], rate_mps: tuple[float, float], acceleration_mps2: float
) -> None:
    tracks = moving_points(MMEXPERT_IWR1843, 4, range_m, rate_mps, acceleration_mps2)
    first = np.zeros(4, int)
    values = by_torch(tracks, MMEXPERT_IWR1843, first, 256)
    assert error_db(values, reference_range_cube(tracks, MMEXPERT_IWR1843, first, 256).values) < -58.0, case
    assert error_db(values, beat.synthesize_range_cube(tracks, MMEXPERT_IWR1843, first, 256).values) < -50.0


@pytest.mark.parametrize("n_bins", [40, 60])
def test_a_strip_at_the_far_edge_sees_what_wraps_around(n_bins: int) -> None:
    tracks = moving_points(SMALL, 4, (SMALL.range_span_m - 0.4, SMALL.range_span_m + 0.1), (-1.0, 1.0), 5.0)
    first = np.full(4, 64 - n_bins)
    values = by_torch(tracks, SMALL, first, n_bins)
    assert error_db(values, reference_range_cube(tracks, SMALL, first, n_bins).values) < -50.0


def test_strips_that_move_hold_what_the_whole_span_holds_there() -> None:
    tracks = moving_points(MMEXPERT_IWR1843, 4, (3.0, 3.6), (-2.0, 2.0), 10.0)
    first = np.array([60, 61, 63, 58])
    strip = by_torch(tracks, MMEXPERT_IWR1843, first, 40)
    whole = by_torch(tracks, MMEXPERT_IWR1843, np.zeros(4, int), 256)
    for frame in range(4):
        there = whole[frame, ..., first[frame] : first[frame] + 40]
        np.testing.assert_allclose(strip[frame], there, atol=1e-4)


def test_time_division_channels_with_a_pause_and_five_poses_a_frame() -> None:
    radar = replace(RF_GENESIS, n_chirps=32)
    rng = np.random.default_rng(3)
    times_s = np.arange(2 * poses_per_frame(radar) + 1)[:, None, None] / pose_rate_hz(radar)
    start = rng.uniform((-1.0, 2.0, -0.5), (1.0, 4.0, 0.8), (6, 3))
    position = start + rng.uniform(-3.0, 3.0, (6, 3)) * times_s
    tracks = channel_tracks(position, np.ones(position.shape[:2]), rng.random(6), radar)
    first = np.zeros(2, int)
    values = by_torch(tracks, radar, first, 256)
    assert error_db(values, reference_range_cube(tracks, radar, first, 256).values) < -58.0
    with pytest.raises(RadarConfigError, match="1 channels do not fit radar 'rf-genesis' with 12"):
        by_torch(tracks[0], radar, first, 256)


def test_facets_by_definition_and_beside_points() -> None:
    points = moving_points(SMALL, 6, (1.0, 2.0), (-3.0, 3.0), 10.0)
    dark = replace(points, amplitude=0 * points.amplitude)
    facets = glinting_facets(points, SMALL)
    first = np.zeros(6, int)
    alone = by_torch(replace(dark, facets=facets), SMALL, first, 64)
    exact = range_cube_from_adc(facet_reference(facets, SMALL, 6), SMALL).values
    assert error_db(alone, exact) < -58.0
    assert not alone[0].any()
    both = by_torch(replace(points, facets=facets), SMALL, first, 64)
    np.testing.assert_allclose(both, alone + by_torch(points, SMALL, first, 64), atol=1e-5)


def test_facets_agree_with_numba() -> None:
    points = moving_points(MMEXPERT_IWR1843, 6, (1.0, 2.0), (-3.0, 3.0), 10.0)
    facets = glinting_facets(points, MMEXPERT_IWR1843)
    tracks = replace(points, facets=facets)
    first = np.zeros(6, int)
    values = by_torch(tracks, MMEXPERT_IWR1843, first, 256)
    # Random nodes change as fast as nodes can; the numba kernel joins them up over runs of 16 chirps.
    assert error_db(values, beat.synthesize_range_cube(tracks, MMEXPERT_IWR1843, first, 256).values) < -30.0
    smooth = replace(points, facets=replace(facets, amplitude=_slow(facets.amplitude)))
    values = by_torch(smooth, MMEXPERT_IWR1843, first, 256)
    assert error_db(values, beat.synthesize_range_cube(smooth, MMEXPERT_IWR1843, first, 256).values) < -50.0


def _slow(nodes: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """Amplitudes with the same ends, straight in between."""
    u = np.linspace(0.0, 1.0, nodes.shape[1])
    return (nodes[:, :1] * (1.0 - u) + nodes[:, -1:] * u).astype(np.complex64)


def test_a_batch_equals_one_by_one_whatever_the_work_space() -> None:
    captures: list[Tracks] = []
    firsts = []
    for seed, n_frames in enumerate((5, 3, 7)):
        points = moving_points(SMALL, n_frames, (1.0, 2.0), (-4.0, 4.0), 10.0, 20 + seed, seed)
        captures.append(replace(points, facets=glinting_facets(points, SMALL)) if seed else points)
        firsts.append(np.full(n_frames, 4 * seed))
    alone = [by_torch(tracks, SMALL, first, 30) for tracks, first in zip(captures, firsts, strict=True)]
    for max_bytes in (1, 1 << 20, 1 << 24):  # one frame and scatterer at a time; parts; all at once
        batch = beat_torch.synthesize_range_cubes(captures, SMALL, firsts, 30, "cpu", max_bytes)
        assert [cube.n_frames for cube in batch] == [5, 3, 7]
        for cube, wanted, first in zip(batch, alone, firsts, strict=True):
            np.testing.assert_array_equal(cube.first_bin, first)
            np.testing.assert_allclose(cube.values, wanted, atol=1e-5)
    assert beat_torch.synthesize_range_cubes([], SMALL, [], 30, "cpu") == []


def test_a_channel_of_the_8_row_alone_and_among_the_others() -> None:
    array = AntennaArray(rx=((0.0, 0.0), (1.0, 0.0)))
    radar = replace(SMALL, array=array)
    points = moving_points(SMALL, 4, (1.0, 2.0), (-3.0, 3.0), 10.0)
    later = moving_points(SMALL, 4, (1.0, 2.0), (-3.0, 3.0), 10.0, seed=12)
    first = np.zeros(4, int)
    two = by_torch([points, later], radar, first, 64)
    np.testing.assert_allclose(two[:, :, :1], by_torch(points, SMALL, first, 64), atol=1e-5)
    np.testing.assert_allclose(two[:, :, 1:], by_torch(later, SMALL, first, 64), atol=1e-5)


@pytest.mark.parametrize("device", ["cuda:99", "meta", "no such thing"])
def test_a_device_that_is_not_there_is_refused(device: str) -> None:
    tracks = moving_points(SMALL, 4, (1.0, 2.0), (-3.0, 3.0), 10.0)
    with pytest.raises(RadarConfigError, match=f"device '{device}' cannot be used: .* CUDA devices here"):
        beat_torch.synthesize_range_cube(tracks, SMALL, np.zeros(4, int), 64, device)
    with pytest.raises(RadarConfigError, match="2 captures need as many first_bins, not 1"):
        beat_torch.synthesize_range_cubes([tracks] * 2, SMALL, [np.zeros(4, int)], 64, "cpu")


@GPU
def test_gpu_agrees_with_brute_force_and_cpu() -> None:
    points = moving_points(MMEXPERT_IWR1843, 4, (5.2, 6.0), (-1.0, 5.5), 20.0)
    first = np.zeros(4, int)
    values = beat_torch.synthesize_range_cube(points, MMEXPERT_IWR1843, first, 256, "cuda").values
    assert error_db(values, reference_range_cube(points, MMEXPERT_IWR1843, first, 256).values) < -55.0
    tracks = replace(points, facets=glinting_facets(points, MMEXPERT_IWR1843))
    batch = beat_torch.synthesize_range_cubes([tracks, points], MMEXPERT_IWR1843, [first] * 2, 256, "cuda")
    assert error_db(batch[0].values, by_torch(tracks, MMEXPERT_IWR1843, first, 256)) < -70.0
    assert error_db(batch[1].values, values) < -70.0
