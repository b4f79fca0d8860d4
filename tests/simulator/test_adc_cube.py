"""ADC samples from the fast kernel against the sum over scatterers, sample by sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.dsp.range_cube import range_cube_from_adc
from simulator.errors import RadarConfigError
from simulator.radar import adc as adc_module
from simulator.radar.adc import frames_in_work, spreading_kernel, synthesize_adc
from simulator.radar.array import AntennaArray
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.beat_reference import beat_phase_cycles, reference_adc, sample_times_s
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.boards import RF_GENESIS, radar_preset
from simulator.radar.config import RadarConfig
from simulator.radar.link_budget import SPEED_OF_LIGHT_MPS
from simulator.radar.tracks import (
    AMPLITUDE_NODES,
    FacetTracks,
    ScattererTracks,
    channel_tracks,
    pose_rate_hz,
    poses_per_frame,
)

# What float32 leaves: a tone's phase is kept to 1e-6 of a turn.
NUFFT_ERROR_DB = -105.0


def moving_points(
    radar: RadarConfig,
    n_frames: int,
    span_m: tuple[float, float],
    span_mps: tuple[float, float],
    span_mps2: float,
    n_points: int = 12,
) -> ScattererTracks:
    rng = np.random.default_rng(5)
    times_s = np.arange(n_frames * poses_per_frame(radar) + 1)[:, None] / pose_rate_hz(radar)
    ranges = rng.uniform(*span_m, n_points) + rng.uniform(*span_mps, n_points) * times_s
    ranges = ranges + 0.5 * rng.uniform(-span_mps2, span_mps2, n_points) * times_s**2
    return ScattererTracks.from_ranges(ranges, rng.random(ranges.shape), rng.random(n_points), radar)


def flashing_facets(radar: RadarConfig, n_frames: int) -> FacetTracks:
    """Three facets in each pose interval, with flashes of another width each that start and end dark."""
    rng = np.random.default_rng(6)
    n_intervals = n_frames * poses_per_frame(radar)
    start_m = rng.uniform(2.0, 6.0, 3 * n_intervals)
    rate_mps = rng.uniform(-3.0, 3.0, (3 * n_intervals, 2))
    end_m = start_m + rate_mps.mean(axis=1) / pose_rate_hz(radar)
    u = np.arange(AMPLITUDE_NODES) / (AMPLITUDE_NODES - 1)
    flash = np.sin(np.pi * u) * np.exp(2j * np.pi * (rng.random((3 * n_intervals, 1)) + 0.1 * u))
    return FacetTracks(
        3 * np.arange(n_intervals + 1),
        np.stack([start_m, end_m], axis=1),
        rate_mps,
        flash.astype(np.complex64),
    )


def facet_adc(facets: FacetTracks, radar: RadarConfig, n_frames: int) -> NDArray[np.complex128]:
    """Echoes of the facets by definition: cubic range, amplitude linear between nodes, held during a chirp."""
    per_frame = poses_per_frame(radar)
    step_s = 1.0 / pose_rate_hz(radar)
    adc = np.zeros((n_frames, radar.n_chirps, 1, radar.n_adc_samples), complex)
    for frame, chirp in np.ndindex(n_frames, radar.n_chirps):
        interval = int(radar.chirp_times_s[chirp] / step_s)
        u = radar.chirp_times_s[chirp] / step_s - interval
        edge = frame * per_frame + interval
        for n in range(facets.first_entry[edge], facets.first_entry[edge + 1]):
            (r0, r1), (m0, m1) = facets.range_m[n], facets.range_rate_mps[n] * step_s
            range_m = (
                r0 * (1 + 2 * u) * (1 - u) ** 2 + r1 * u**2 * (3 - 2 * u)
                + m0 * u * (1 - u) ** 2 - m1 * u**2 * (1 - u)
            )  # fmt: skip
            node = u * (AMPLITUDE_NODES - 1)
            amplitude = np.interp(node, np.arange(AMPLITUDE_NODES), facets.amplitude[n])
            delay_s = np.array(2 * range_m / SPEED_OF_LIGHT_MPS)
            cycles = beat_phase_cycles(delay_s, sample_times_s(radar), radar)
            adc[frame, chirp, 0] += amplitude * np.exp(2j * np.pi * cycles)
    return adc


def ratio_db(error: NDArray[np.complexfloating], exact: NDArray[np.complexfloating]) -> float:
    return float(20 * np.log10(np.linalg.norm(error) / np.linalg.norm(exact)))


CASES = {
    "migration and acceleration": ((5.2, 6.0), (-1.0, 5.5), 20.0),
    "near edge of the range": ((0.01, 0.3), (0.1, 2.0), 5.0),
    "far edge of the range, and over it": ((10.9, 11.15), (-1.0, 6.0), 5.0),
    "beyond the span": ((12.0, 40.0), (-2.0, 2.0), 5.0),
    "Doppler edges": ((3.0, 3.5), (5.9, 6.2), 0.0),
    "standing": ((3.0, 3.5), (0.0, 0.0), 0.0),
    "very fast": ((3.0, 3.6), (-60.0, 60.0), 0.0),
}


@pytest.mark.parametrize("case", CASES)
def test_samples_equal_the_definition(case: str) -> None:
    tracks = moving_points(RADAR, 3, *CASES[case])
    fast, exact = synthesize_adc(tracks, RADAR, 0, 3), reference_adc(tracks, RADAR)
    assert fast.dtype == np.complex64 and fast.shape == exact.shape == (3, 128, 1, 256)
    assert ratio_db(fast - exact, exact) < NUFFT_ERROR_DB
    edges = [0, 1, -2, -1]  # where the kernel's transform, which is divided out, is smallest
    assert ratio_db((fast - exact)[..., edges], exact[..., edges]) < NUFFT_ERROR_DB
    # Its range FFT is what the kernel makes directly, whose taps end after five bins.
    through_adc = range_cube_from_adc(fast, RADAR).values
    direct = synthesize_range_cube(tracks, RADAR, np.zeros(3, int), 256).values
    assert ratio_db(direct - through_adc, through_adc) < -50.0


def test_facets_and_points_together() -> None:
    facets = flashing_facets(RADAR, 3)
    dark = replace(moving_points(RADAR, 3, (3.0, 4.0), (-1.0, 1.0), 5.0), facets=facets)
    dark = replace(dark, amplitude=0 * dark.amplitude)
    exact = facet_adc(facets, RADAR, 3)
    fast = synthesize_adc(dark, RADAR, 0, 3)
    # A run of 16 chirps sees the kinks at the amplitude's nodes as one straight line.
    assert ratio_db(fast - exact, exact) < -50.0
    smooth = replace(facets, amplitude=np.repeat(facets.amplitude[:, 3:4], AMPLITUDE_NODES, axis=1))
    exact = facet_adc(smooth, RADAR, 3)
    assert ratio_db(synthesize_adc(replace(dark, facets=smooth), RADAR, 0, 3) - exact, exact) < NUFFT_ERROR_DB
    points = moving_points(RADAR, 3, (3.0, 4.0), (-1.0, 1.0), 5.0)
    both = synthesize_adc(replace(points, facets=facets), RADAR, 0, 3)
    np.testing.assert_allclose(both, fast + synthesize_adc(points, RADAR, 0, 3), atol=2e-5)


def test_every_channel_has_its_own_paths_and_slot() -> None:
    radar = replace(RF_GENESIS, n_chirps=32)
    rng = np.random.default_rng(3)
    times_s = np.arange(poses_per_frame(radar) + 1)[:, None, None] / pose_rate_hz(radar)
    start = rng.uniform((-1.0, 2.0, -0.5), (1.0, 4.0, 0.8), (5, 3))
    position = start + rng.uniform(-3.0, 3.0, (5, 3)) * times_s
    tracks = channel_tracks(position, np.ones(position.shape[:2]), rng.random(5), radar)
    exact = reference_adc(tracks, radar)
    assert exact.shape == (1, 32, 12, 256)
    assert ratio_db(synthesize_adc(tracks, radar, 0, 1) - exact, exact) < NUFFT_ERROR_DB
    with pytest.raises(RadarConfigError, match="1 channels do not fit radar 'rf-genesis' with 12"):
        synthesize_adc(tracks[0], radar, 0, 1)


@pytest.mark.parametrize(
    "radar",
    [
        replace(RF_GENESIS, array=AntennaArray(), tx_order=(0,)),  # five poses a frame, then a pause
        radar_preset("mmexpert-iwr1843", n_adc_samples=64, n_chirps=32),
        radar_preset("mmexpert-iwr1843", n_adc_samples=90, n_chirps=30),
    ],
    ids=["pause", "small", "no power of two"],
)
def test_other_radars(radar: RadarConfig) -> None:
    tracks = moving_points(radar, 4, (1.0, 2.0), (-4.0, 4.0), 10.0, n_points=6)
    exact = reference_adc(tracks, radar)
    assert ratio_db(synthesize_adc(tracks, radar, 0, 4) - exact, exact) < NUFFT_ERROR_DB


def test_a_frame_has_the_same_bytes_in_any_block_and_by_any_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    radar = replace(RF_GENESIS, array=AntennaArray(), tx_order=(0,))
    for used, n_frames in ((RADAR, 7), (radar, 4)):
        points = moving_points(used, n_frames, (3.0, 4.0), (-4.0, 4.0), 10.0)
        tracks = replace(points, facets=flashing_facets(used, n_frames))
        whole = synthesize_adc(tracks, used, 0, n_frames)
        assert synthesize_adc(tracks, used, 0, n_frames, workers=3).tobytes() == whole.tobytes()
        for first, n in ((0, 1), (1, 3), (n_frames - 1, 1)):
            assert synthesize_adc(tracks, used, first, n).tobytes() == whole[first : first + n].tobytes()
        monkeypatch.setattr(adc_module, "GRID_BYTES", 3 * 128 * 512 * 8)
        assert frames_in_work(used) == 3
        assert synthesize_adc(tracks, used, 0, n_frames).tobytes() == whole.tobytes()


@pytest.mark.parametrize(("first", "n"), [(0, 5), (4, 1), (-1, 2), (2, 0), (2, -1)])
def test_frames_that_the_motion_lacks_are_refused(first: int, n: int) -> None:
    tracks = moving_points(RADAR, 4, (3.0, 4.0), (0.0, 0.0), 0.0)
    with pytest.raises(RadarConfigError, match=f"{n} frames from frame {first} on .* it has 4 frames"):
        synthesize_adc(tracks, RADAR, first, n)


def test_spreading_kernel_ends_before_the_taps_do() -> None:
    assert spreading_kernel(np.array([0.0, 5.0, -6.0])) == pytest.approx([1.0, 0.0, 0.0])
    points = np.linspace(-5.0, 5.0, 101)
    assert spreading_kernel(points) == pytest.approx(spreading_kernel(-points))
    assert spreading_kernel(np.array([4.99])) < 1e-6
