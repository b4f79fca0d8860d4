"""The fast kernel against the brute-force sum over ADC samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.errors import RadarConfigError
from simulator.radar.array import AntennaArray
from simulator.radar.beat import synthesize_range_cube, window_transform
from simulator.radar.beat_reference import reference_range_cube
from simulator.radar.boards import MMEXPERT_IWR1843, RF_GENESIS, radar_preset
from simulator.radar.config import RadarConfig
from simulator.radar.tracks import ScattererTracks, Tracks, channel_tracks, pose_rate_hz, poses_per_frame


def random_tracks(
    radar: RadarConfig,
    n_frames: int,
    near_m: float,
    far_m: float,
    slow_mps: float,
    fast_mps: float,
    accelerations: float,
    n_points: int = 40,
) -> ScattererTracks:
    rng = np.random.default_rng(7)
    times_s = np.arange(n_frames * poses_per_frame(radar) + 1)[:, None] / pose_rate_hz(radar)
    ranges = rng.uniform(near_m, far_m, n_points) + rng.uniform(slow_mps, fast_mps, n_points) * times_s
    ranges = ranges + 0.5 * rng.uniform(-accelerations, accelerations, n_points) * times_s**2
    amplitude = rng.uniform(0.0, 1.0, ranges.shape)
    return ScattererTracks.from_ranges(ranges, amplitude, rng.random(n_points), radar)


def error_db(tracks: Tracks, radar: RadarConfig, first_bin: int, n_bins: int) -> float:
    one = tracks if isinstance(tracks, ScattererTracks) else tracks[0]
    first = np.full(one.n_frames(radar), first_bin)
    fast = synthesize_range_cube(tracks, radar, first, n_bins).values.astype(np.complex128)
    exact = reference_range_cube(tracks, radar, first, n_bins).values
    return float(20 * np.log10(np.linalg.norm(fast - exact) / np.linalg.norm(exact)))


@pytest.mark.parametrize(
    ("case", "track_values"),
    [
        ("migration and acceleration", (5.2, 6.0, -1.0, 5.5, 20.0)),
        ("near edge of the range", (0.01, 0.3, 0.1, 2.0, 5.0)),
        ("far edge of the range, and over it", (10.9, 11.15, -1.0, 6.0, 5.0)),
        ("Doppler edges", (3.0, 3.5, 5.9, 6.2, 0.0)),
        ("standing", (3.0, 3.5, 0.0, 0.0, 0.0)),
    ],
)
def test_kernel_is_within_50_db_of_brute_force(case: str, track_values: tuple[float, ...]) -> None:
    tracks = random_tracks(MMEXPERT_IWR1843, 4, *track_values)
    assert error_db(tracks, MMEXPERT_IWR1843, 0, 256) < -50.0, case


def test_a_strip_of_bins_holds_what_the_whole_span_holds_there() -> None:
    tracks = random_tracks(MMEXPERT_IWR1843, 4, 3.0, 3.6, -2.0, 2.0, 10.0)
    assert error_db(tracks, MMEXPERT_IWR1843, 60, 40) < -50.0
    first = np.full(4, 60)
    strip = synthesize_range_cube(tracks, MMEXPERT_IWR1843, first, 40).values
    whole = synthesize_range_cube(tracks, MMEXPERT_IWR1843, np.zeros(4, int), 256).values
    np.testing.assert_array_equal(strip, whole[..., 60:100])


def test_frames_with_a_pause_and_several_poses() -> None:
    # Ten frames a second: five poses a frame, chirps in the first 27.6 ms only.
    radar = replace(RF_GENESIS, array=AntennaArray(), tx_order=(0,))
    tracks = random_tracks(radar, 3, 3.0, 3.6, -2.0, 2.0, 4.0, n_points=15)
    assert error_db(tracks, radar, 0, 256) < -50.0


def test_every_channel_has_its_own_paths_and_slot() -> None:
    radar = replace(RF_GENESIS, n_chirps=32)
    rng = np.random.default_rng(3)
    times_s = np.arange(poses_per_frame(radar) + 1)[:, None, None] / pose_rate_hz(radar)
    start = rng.uniform((-1.0, 2.0, -0.5), (1.0, 4.0, 0.8), (6, 3))
    position = start + rng.uniform(-3.0, 3.0, (6, 3)) * times_s
    tracks = channel_tracks(position, np.ones(position.shape[:2]), rng.random(6), radar)
    assert error_db(tracks, radar, 0, 256) < -50.0
    with pytest.raises(RadarConfigError, match="1 channels do not fit radar 'rf-genesis' with 12"):
        synthesize_range_cube(tracks[0], radar, np.zeros(1, int), 256)


def test_very_fast_scatterers() -> None:
    tracks = random_tracks(MMEXPERT_IWR1843, 3, 3.0, 3.6, -60.0, 60.0, 0.0)
    assert error_db(tracks, MMEXPERT_IWR1843, 0, 256) < -50.0


def test_small_radar_with_other_sizes() -> None:
    radar = radar_preset("mmexpert-iwr1843", n_adc_samples=64, n_chirps=32)
    tracks = random_tracks(radar, 5, 1.0, 2.0, -4.0, 4.0, 10.0)
    assert error_db(tracks, radar, 0, 64) < -50.0


def test_dark_points_add_nothing_and_light_is_linear() -> None:
    tracks = random_tracks(MMEXPERT_IWR1843, 3, 3.0, 3.6, -2.0, 2.0, 10.0)
    first = np.zeros(3, int)
    both = synthesize_range_cube(tracks, MMEXPERT_IWR1843, first, 256).values
    halves = []
    for half in (slice(0, 20), slice(20, 40)):
        amplitude = np.zeros_like(tracks.amplitude)
        amplitude[:, half] = tracks.amplitude[:, half]
        part = ScattererTracks(tracks.range_m, tracks.range_rate_mps, amplitude, tracks.phase_cycles)
        halves.append(synthesize_range_cube(part, MMEXPERT_IWR1843, first, 256).values)
    np.testing.assert_allclose(halves[0] + halves[1], both, atol=2e-5)
    dark = ScattererTracks(tracks.range_m, tracks.range_rate_mps, 0 * tracks.amplitude, tracks.phase_cycles)
    assert not synthesize_range_cube(dark, MMEXPERT_IWR1843, first, 256).values.any()


def test_order_of_the_points_does_not_matter() -> None:
    tracks = random_tracks(MMEXPERT_IWR1843, 3, 3.0, 3.6, -2.0, 2.0, 10.0)
    order = np.random.default_rng(0).permutation(40)
    turned = ScattererTracks(
        np.ascontiguousarray(tracks.range_m[:, order]),
        np.ascontiguousarray(tracks.range_rate_mps[:, order]),
        np.ascontiguousarray(tracks.amplitude[:, order]),
        tracks.phase_cycles[order],
    )
    first = np.zeros(3, int)
    a = synthesize_range_cube(tracks, MMEXPERT_IWR1843, first, 256).values
    b = synthesize_range_cube(turned, MMEXPERT_IWR1843, first, 256).values
    np.testing.assert_allclose(a, b, atol=2e-5)


def test_window_transform_of_a_periodic_hann() -> None:
    bins = np.array([0.0, 0.5, 1.0, 2.0, 3.0])
    assert window_transform(256, bins) == pytest.approx([1.0, 0.8488, 0.5, 0.0, 0.0], abs=1e-4)
