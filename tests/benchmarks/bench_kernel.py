"""Error and time of the beat-signal kernel and of the other ways to add up the same scatterers.

    python -m pytest -s tests/benchmarks/bench_kernel.py

Work item: 496 frames x 128 chirps x 256 range samples, one antenna, 3,500 lit scatterers that migrate and accelerate.
Baselines, each written here with numpy, torch or finufft as fast as its idea allows:

- brute force: every ADC sample of every scatterer, phases reduced to cycles in float64, sines and sums in float32;
- NUFFT per frame: constant velocity over the frame makes a scatterer a 2-D tone, so the frame's ADC samples are one
  type-1 transform; window and range FFT follow, as for real samples. It leaves out range migration, acceleration,
  and changes of amplitude within the frame; in blocks of 8 chirps it leaves out the same within 8 chirps.

Errors are relative L2 norms against `radar.beat_reference` (float64, every sample) on a few frames, over the range
bins of the strip. The Doppler FFT is unitary, so they are those of the range-Doppler cube. Times of slow methods are
measured on a few frames and scaled to 496; the row says so. Times of one thread are compared by CPU time, which a busy
machine changes least.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import finufft
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from simulator.dsp.range_cube import range_cube_from_adc
from simulator.radar import beat_torch
from simulator.radar.array import AntennaArray
from simulator.radar.beat import synthesize_range_cube
from simulator.radar.beat_reference import reference_adc, reference_range_cube
from simulator.radar.boards import MMEXPERT_IWR1843 as RADAR
from simulator.radar.link_budget import SPEED_OF_LIGHT_MPS
from simulator.radar.tracks import ScattererTracks

N_LIT = 3500
FIRST_BIN, N_BINS = 68, 75  # the strip that the default range gate needs
CHECKED_FRAMES = (100, 317)
GPU = torch.cuda.is_available()


def swinging_points(n_points: int, n_frames: int = RADAR.n_frames) -> ScattererTracks:
    """Points that swing at 4 rad/s with up to 5 m/s and 20 m/s^2, within 3.2 ... 6.1 m."""
    rng = np.random.default_rng(1)
    times_s = np.arange(n_frames + 1)[:, None] * RADAR.frame_period_s
    reach_m = rng.uniform(0.0, 1.25, n_points)
    phase = rng.uniform(0.0, 2.0 * np.pi, n_points)
    range_m = rng.uniform(4.5, 4.8, n_points) + reach_m * np.sin(4.0 * times_s + phase)
    amplitude = 0.6 + 0.4 * np.sin(2.0 * times_s + 3.0 * phase)
    return ScattererTracks.from_ranges(range_m, amplitude, rng.random(n_points), RADAR)


def cut(tracks: ScattererTracks, frame: int, n_frames: int) -> ScattererTracks:
    """Some frames of it."""
    poses = slice(frame, frame + n_frames + 1)
    return ScattererTracks(
        tracks.range_m[poses], tracks.range_rate_mps[poses], tracks.amplitude[poses], tracks.phase_cycles
    )


@pytest.fixture(scope="module")
def tracks() -> ScattererTracks:
    return swinging_points(N_LIT)


@pytest.fixture(scope="module")
def exact(tracks: ScattererTracks) -> NDArray[np.complex64]:
    """(checked frame, chirp, 1, bin) by the float64 reference."""
    first = np.array([FIRST_BIN])
    parts = [reference_range_cube(cut(tracks, f, 1), RADAR, first, N_BINS).values for f in CHECKED_FRAMES]
    return np.concatenate(parts)


def states(
    tracks: ScattererTracks, frame: int, times_s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(time, P) range, range rate and amplitude at times within a frame (Hermite, linear amplitude)."""
    step_s = RADAR.frame_period_s
    u = (times_s / step_s)[:, None]
    r0, r1 = tracks.range_m[frame], tracks.range_m[frame + 1]
    m0, m1 = tracks.range_rate_mps[frame] * step_s, tracks.range_rate_mps[frame + 1] * step_s
    c2, c3 = 3.0 * (r1 - r0) - 2.0 * m0 - m1, m0 + m1 - 2.0 * (r1 - r0)
    range_m = r0 + u * (m0 + u * (c2 + u * c3))
    rate_mps = (m0 + u * (2.0 * c2 + u * 3.0 * c3)) / step_s
    return range_m, rate_mps, tracks.amplitude[frame] * (1.0 - u) + tracks.amplitude[frame + 1] * u


def carrier_cycles(
    tracks: ScattererTracks, range_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Phase at ADC sample N/2, modulo one, and its slope per m."""
    delay_per_m = 2.0 / SPEED_OF_LIGHT_MPS
    linear = RADAR.mid_frequency_hz * delay_per_m
    square = 0.5 * RADAR.slope_hz_per_s * delay_per_m**2
    cycles = range_m * (linear - square * range_m) + tracks.phase_cycles
    return cycles - np.floor(cycles), linear - 2.0 * square * range_m


def strip(adc: NDArray[np.complexfloating]) -> NDArray[np.complex64]:
    """Window and range FFT of (frame, chirp, 1, adc_sample), then the bins of the strip."""
    return range_cube_from_adc(adc, RADAR).values[..., FIRST_BIN : FIRST_BIN + N_BINS]


def brute_force(tracks: ScattererTracks, frame: int, by_torch: bool) -> NDArray[np.complex64]:
    """One frame, every sample of every scatterer in complex64."""
    range_m, _, amplitude = states(tracks, frame, RADAR.chirp_times_s)
    phase = carrier_cycles(tracks, range_m)[0].astype(np.float32)
    turns = (range_m / RADAR.range_span_m).astype(np.float32)  # cycles per ADC sample
    weights = amplitude.astype(np.float32)
    n = np.arange(RADAR.n_adc_samples, dtype=np.float32)[:, None] - np.float32(RADAR.n_adc_samples // 2)
    adc = np.empty((1, RADAR.n_chirps, 1, RADAR.n_adc_samples), np.complex64)
    for c in range(RADAR.n_chirps):
        if by_torch:
            row = torch.from_numpy
            cycles = torch.addcmul(row(phase[c]), row(n), row(turns[c])).mul_(2.0 * np.pi)
            real, imag = torch.cos(cycles) @ row(weights[c]), torch.sin(cycles) @ row(weights[c])
            adc[0, c, 0] = torch.complex(real, imag).numpy()
        else:
            angle = np.float32(2.0 * np.pi) * (phase[c] + n * turns[c])
            adc[0, c, 0] = np.cos(angle) @ weights[c] + 1j * (np.sin(angle) @ weights[c])
    return strip(adc)


def nufft(tracks: ScattererTracks, frame: int, block: int, plan: finufft.Plan) -> NDArray[np.complex64]:
    """One frame in blocks of so many chirps, each scatterer one 2-D tone in a block."""
    n_blocks = RADAR.n_chirps // block
    middle_s = RADAR.chirp_times_s[block // 2 :: block]
    range_m, rate_mps, amplitude = states(tracks, frame, middle_s)
    cycles, per_m = carrier_cycles(tracks, range_m)
    strengths = (amplitude * np.exp(2j * np.pi * cycles)).astype(np.complex64)

    def angle(turns: NDArray[np.float64]) -> NDArray[np.float32]:
        return (2.0 * np.pi * (turns - np.rint(turns))).astype(np.float32)

    along_chirps = angle(rate_mps * per_m * RADAR.pri_s)
    along_samples = angle(range_m / RADAR.range_span_m)
    adc = np.empty((1, n_blocks, block, RADAR.n_adc_samples), np.complex64)
    for b in range(n_blocks):
        plan.setpts(along_chirps[b], along_samples[b])
        adc[0, b] = plan.execute(strengths[b])
    return strip(adc.reshape(1, RADAR.n_chirps, 1, RADAR.n_adc_samples))


def nufft_plan(block: int) -> finufft.Plan:
    """Type 1, samples and chirps counted from their middle, single precision, one thread."""
    return finufft.Plan(
        1, (block, RADAR.n_adc_samples), eps=1e-4, isign=1, dtype="complex64", nthreads=1, modeord=0
    )


def error_db(values: NDArray[np.complexfloating], wanted: NDArray[np.complexfloating]) -> float:
    return float(20.0 * np.log10(np.linalg.norm(values - wanted) / np.linalg.norm(wanted)))


def test_error_and_time_of_each_way(
    tracks: ScattererTracks,
    exact: NDArray[np.complex64],
    measure: Callable[..., Any],
    table: Callable[..., None],
) -> None:
    torch.set_num_threads(1)
    first = np.full(RADAR.n_frames, FIRST_BIN)
    kernel = partial(synthesize_range_cube, tracks, RADAR, first, N_BINS)
    whole = partial(synthesize_range_cube, tracks, RADAR, 0 * first, RADAR.n_adc_samples)
    by_torch = partial(beat_torch.synthesize_range_cube, tracks, RADAR, first, N_BINS)
    frames = list(CHECKED_FRAMES)
    errors: dict[str, float] = {}
    rows: list[tuple[str, float | str, float | str, float | str, float | str, str]] = []

    def add(name: str, how: str, call: Callable[[], object], values: NDArray[np.complex64], n: int) -> None:
        wall_s, cpu_s = measure(call, 3 if n == RADAR.n_frames else 1)
        scale = RADAR.n_frames / n
        if values is not exact:
            errors[name] = error_db(values, exact)
        base = rows[0][2] if rows else cpu_s
        assert isinstance(base, float)
        how = how if n == RADAR.n_frames else f"{how}; timed on {n} of {RADAR.n_frames} frames, scaled"
        rows.append((name, wall_s * scale, cpu_s * scale, errors.get(name, "-"), cpu_s * scale / base, how))

    def over(one_frame: Callable[[int], NDArray[np.complex64]], n: int) -> Callable[[], object]:
        return lambda: [one_frame(frame) for frame in range(100, 100 + n)]

    add("kernel", "1 thread, strip of 75 bins", kernel, kernel().values[frames], 496)
    add("kernel, 2 threads", "the same", partial(kernel, workers=2), kernel(workers=2).values[frames], 496)
    strip = slice(FIRST_BIN, FIRST_BIN + N_BINS)
    add("kernel, whole span", "1 thread, all 256 bins", whole, whole().values[frames][..., strip], 496)
    add("torch backend, CPU", "1 thread", partial(by_torch, "cpu"), by_torch("cpu").values[frames], 496)
    if GPU:
        add("torch backend, GPU", "to and from the host", by_torch, by_torch().values[frames], 496)
    for name, one_frame, n in (
        ("NUFFT per frame", partial(nufft, tracks, block=128, plan=nufft_plan(128)), 62),
        ("NUFFT per 8 chirps", partial(nufft, tracks, block=8, plan=nufft_plan(8)), 8),
        ("brute force, numpy complex64", partial(brute_force, tracks, by_torch=False), 1),
        ("brute force, torch complex64", partial(brute_force, tracks, by_torch=True), 1),
    ):
        values = np.concatenate([one_frame(frame) for frame in frames])
        add(name, "1 thread", over(one_frame, n), values, n)
    few = cut(tracks, 100, 1)
    add("brute force, numpy complex128", "the reference", lambda: reference_adc(few, RADAR), exact, 1)
    if not GPU:
        rows.append(("torch backend, GPU", "-", "-", "-", "-", "not run: torch sees no CUDA device"))
    table(
        f"{N_LIT:,} lit scatterers, 496 frames x 128 chirps, one antenna; errors on frames {CHECKED_FRAMES}",
        ("method", "wall s", "CPU s", "error dB", "x kernel", "how"),
        rows,
    )
    for name in ("kernel", "kernel, 2 threads", "kernel, whole span", "torch backend, CPU"):
        assert errors[name] < -50.0, name
    assert errors.get("torch backend, GPU", -60.0) < -50.0
    for library in ("numpy", "torch"):
        assert errors[f"brute force, {library} complex64"] < -80.0
    assert errors["NUFFT per frame"] > errors["NUFFT per 8 chirps"] > errors["kernel"]


@pytest.mark.parametrize("block", [128, 8])
def test_the_nufft_is_right_where_almost_nothing_moves(block: int) -> None:
    """So that its error above is what it leaves out, not a mistake made here."""
    moving = cut(swinging_points(200), 100, 3)
    middle_m = moving.range_m[1]
    slow = ScattererTracks.from_ranges(
        np.stack([middle_m + 2e-4 * step for step in range(-1, 3)]),
        np.tile(moving.amplitude[1], (4, 1)),
        moving.phase_cycles,
        RADAR,
    )
    wanted = reference_range_cube(slow, RADAR, np.array([FIRST_BIN]), N_BINS).values
    assert error_db(nufft(slow, 0, block, nufft_plan(block)), wanted) < -50.0


def test_growth_with_scatterers_frames_and_antennas(
    measure: Callable[..., Any], table: Callable[..., None]
) -> None:
    rows: list[tuple[str, int, float, float, str]] = []

    def add(axis: str, number: int, tracks: ScattererTracks, n_frames: int, n_rx: int = 1) -> None:
        radar = replace(RADAR, array=AntennaArray(rx=tuple((float(i), 0.0) for i in range(n_rx))))
        first = np.full(n_frames, FIRST_BIN)
        spent = measure(partial(synthesize_range_cube, [tracks] * n_rx, radar, first, N_BINS), 2)
        ones = [row for row in rows if row[0] == axis]
        base = ones[0][2] / ones[0][1] if ones else spent[1] / number
        rows.append(
            (
                axis,
                number,
                spent[1],
                spent[1] / number / base,
                f"{n_frames} frames, {n_rx} antenna{'s' * (n_rx > 1)}",
            )
        )

    for n_points in (900, 1750, 3500, 7000):
        add("scatterers", n_points, swinging_points(n_points), 496)
    full = swinging_points(N_LIT)
    for n_frames in (62, 124, 248, 496):
        add("frames", n_frames, cut(full, 0, n_frames), n_frames)
    few = cut(full, 0, 124)
    for n_rx in (1, 2, 4, 8):
        add("antennas", n_rx, few, 124, n_rx)
    table(
        f"Growth of the kernel's cost, 1 thread; {N_LIT:,} scatterers where not said",
        ("of", "number", "CPU s", "per one, x first", "at"),
        rows,
    )
    assert len(rows) == 12


@pytest.mark.skipif(not GPU, reason="torch sees no CUDA device on this machine")
def test_batch_of_views_on_a_gpu(measure: Callable[..., Any], table: Callable[..., None]) -> None:
    tracks = swinging_points(N_LIT)
    first = np.full(RADAR.n_frames, FIRST_BIN)
    rows = []
    for n in (1, 4, 8):
        call = partial(beat_torch.synthesize_range_cubes, [tracks] * n, RADAR, [first] * n, N_BINS, "cuda")
        rows.append((n, measure(call).wall_s * 1e3 / n))
        for cube in call()[1:]:
            assert error_db(cube.values, call()[0].values) < -80.0
    table("torch backend on a GPU, several views in one call", ("views", "ms per view"), rows)
