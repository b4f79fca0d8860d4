"""From body motion to doppler_time: the simulator's one entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from .dsp.azimuth_view import azimuth_time
from .dsp.range_cube import RangeCube
from .dsp.range_gate import SMOOTHING_S
from .dsp.range_view import range_time
from .dsp.spectrogram import SpectrogramOptions, doppler_time
from .dsp.views import tells_azimuth
from .errors import RadarConfigError
from .radar.beat import synthesize_range_cube
from .radar.config import RadarConfig
from .radar.echo_facts import EchoFacts, measure_echo, noise_floor_db
from .radar.noise import add_thermal_noise
from .radar.tracks import ScattererTracks, Tracks, poses_per_frame, tracks_of_channels
from .scene.observation import Observation, observe, received_tracks
from .scene.placement import Placement
from .scene.posed_body import PosedBody, pose_body

if TYPE_CHECKING:
    from .body.model import BodyModel
    from .motion.body_motion import BodyMotion

SIMULATOR_VERSION = "2"
GATE_MARGIN_BINS = 10  # the gate finds its own place within the strip that is simulated
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SimulationOptions:
    """Everything about a simulation that is neither body, radar nor placement; stored with every sample.

    Attributes:
        n_scatterers: material points on the body.
        surface_reflectivity: gamma of the diffuse model; the default makes a standing adult -6 dBsm on
            average over all sides (docs/physics.md says where that figure comes from).
        thermal_noise: add receiver noise.
        surface_seed: another value gives another skin: other points and phases.
        all_views: make range_time and azimuth_time beside doppler_time.
        spectrogram: how the range-chirp cube becomes doppler_time.
    """

    n_scatterers: int = 2000
    surface_reflectivity: float = 0.8
    thermal_noise: bool = True
    surface_seed: int = 0
    all_views: bool = False
    spectrogram: SpectrogramOptions = field(default_factory=SpectrogramOptions)

    def __post_init__(self) -> None:
        """Check what nothing else checks."""
        if not self.surface_reflectivity > 0.0:
            raise RadarConfigError(f"surface_reflectivity is {self.surface_reflectivity}, must be above 0")
        if self.n_scatterers < 1:
            raise RadarConfigError(f"n_scatterers is {self.n_scatterers}, must be at least 1")

    def to_dict(self) -> dict[str, Any]:
        """JSON values; equal dictionaries mean equal options."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Capture:
    """One body motion seen by one radar from one view.

    Attributes:
        doppler_time: (n_frames, n_chirps) float32, linear, sqrt(mW): 20 log10 of it is dBm. Zero from row
            `n_valid_frames` on, where the motion has ended.
        n_valid_frames: rows that hold signal.
        time_s: (n_frames,) middle of each frame.
        velocity_mps: (n_chirps,) range rate of each Doppler bin, positive = receding.
        wrapped_fraction: share of received power whose range rate lies beyond the radar's +-max_velocity_mps.
        mean_range_m: mean distance of the body's points over the capture.
        radial_displacement_m: change of that distance from first to last pose; positive = further away.
        min_range_rate_mps: 1st percentile, by received power, of the points' range rates.
        mean_range_rate_mps: mean by received power.
        max_range_rate_mps: 99th percentile by received power.
        mean_rcs_m2: mean over time of the body's radar cross section.
        gate_loss: share of received power that lies outside the range gate.
        noise_floor_db: mean noise in a cell of doppler_time, dBm; None without noise.
        flags: what a user of this sample should know, of CAPTURE_FLAGS.
        range_time: (n_frames, 128) float32, sqrt(mW); with the other views None unless `all_views` asks for it.
        range_m: (128,) middle of each of its cells.
        azimuth_time: (n_frames, 128) float32, sqrt(mW); None also where the radar has no row of two channels.
        azimuth_rad: (128,) of its cells, positive to the right.
    """

    doppler_time: NDArray[np.float32]
    n_valid_frames: int
    time_s: NDArray[np.float64]
    velocity_mps: NDArray[np.float64]
    wrapped_fraction: float
    mean_range_m: float
    radial_displacement_m: float
    min_range_rate_mps: float
    mean_range_rate_mps: float
    max_range_rate_mps: float
    mean_rcs_m2: float
    gate_loss: float
    noise_floor_db: float | None
    flags: tuple[str, ...]
    range_time: NDArray[np.float32] | None = None
    range_m: NDArray[np.float64] | None = None
    azimuth_time: NDArray[np.float32] | None = None
    azimuth_rad: NDArray[np.float64] | None = None


CAPTURE_FLAGS = {
    "velocity_wraps": "more than 0.1 % of the received power (a fast foot) is too fast to tell",
    "beyond_range_span": "part of the body is further away than the radar's range span, and wraps in range",
    "behind_radar": "part of the body is behind the antenna's plane, and dark",
    "gate_cuts_body": "more than 5 % of the received power lies outside the range gate",
    "static_removed": "the mean over chirps was taken off and almost nothing moved: most of the echo is gone",
}


def simulate(
    motion: BodyMotion,
    body: BodyModel,
    radar: RadarConfig,
    placement: Placement,
    noise_seed: int,
    options: SimulationOptions | None = None,
    vertices: NDArray[np.float32] | None = None,
) -> Capture:
    """Simulate one capture. The same arguments give the same bytes on one platform.

    Args:
        motion: body motion, at any rate.
        body: the body that moves.
        radar: the radar.
        placement: where the body stands and how it is turned.
        noise_seed: of the thermal noise.
        options: see SimulationOptions.
        vertices: (E, V, 3) if `scene.posed_body.pose_instants(motion, radar)` is skinned already.

    Raises:
        RadarConfigError: the motion is too short, or the body comes too near to the radar.
    """
    return simulate_views(motion, body, radar, [placement], [noise_seed], options, vertices)[0]


def simulate_views(
    motion: BodyMotion,
    body: BodyModel,
    radar: RadarConfig,
    placements: Sequence[Placement],
    noise_seeds: Sequence[int],
    options: SimulationOptions | None = None,
    vertices: NDArray[np.float32] | None = None,
    progress: Progress | None = None,
) -> list[Capture]:
    """Simulate several views of one motion; the body is skinned once. Each equals `simulate` of its view."""
    options = options or SimulationOptions()
    if len(placements) != len(noise_seeds):
        raise RadarConfigError(
            f"{len(placements)} placements need as many noise seeds, not {len(noise_seeds)}"
        )
    posed = pose_body(
        motion,
        body,
        radar,
        n_scatterers=options.n_scatterers,
        surface_seed=options.surface_seed,
        vertices=vertices,
    )
    captures = []
    for placement, noise_seed in zip(placements, noise_seeds, strict=True):
        captures.append(capture_view(posed, radar, placement, noise_seed, options))
        if progress is not None:
            progress("simulate views", len(captures), len(placements))
    return captures


def capture_view(
    posed: PosedBody, radar: RadarConfig, placement: Placement, noise_seed: int, options: SimulationOptions
) -> Capture:
    """One view of a body that is already posed."""
    seen = observe(posed, radar, placement, options.surface_reflectivity)
    tracks = received_tracks(posed, radar, placement, seen)
    cube = simulate_range_cube(tracks, radar, options.spectrogram)
    if options.thermal_noise:
        cube = add_thermal_noise(cube, radar, noise_seed, in_place=True)
    spectrogram = doppler_time(cube, radar, options.spectrogram)
    echo = measure_echo(seen.tracks, radar, spectrogram.gate_first_bin, spectrogram.n_gate_bins)
    noise_db = None
    if options.thermal_noise:
        noise_db = noise_floor_db(
            radar,
            _summed_cells(options.spectrogram, spectrogram.n_gate_bins, radar),
            sums_magnitude=options.spectrogram.sums_magnitude,
        )
    return Capture(
        doppler_time=_padded(spectrogram.magnitude, radar),
        n_valid_frames=posed.n_frames,
        time_s=radar.frame_times_s,
        velocity_mps=radar.velocity_axis_mps,
        mean_range_m=float(seen.mean_range_m.mean()),
        radial_displacement_m=float(seen.mean_range_m[-1] - seen.mean_range_m[0]),
        mean_rcs_m2=float(seen.rcs_m2.mean()),
        wrapped_fraction=echo.wrapped_fraction,
        gate_loss=echo.gate_loss,
        min_range_rate_mps=echo.min_range_rate_mps,
        mean_range_rate_mps=echo.mean_range_rate_mps,
        max_range_rate_mps=echo.max_range_rate_mps,
        noise_floor_db=noise_db,
        flags=_flags(seen, echo, radar, options),
        **_other_views(cube, tracks, radar, noise_seed, options, spectrogram.gate_first_bin),
    )


def _other_views(
    cube: RangeCube,
    tracks: Tracks,
    radar: RadarConfig,
    noise_seed: int,
    options: SimulationOptions,
    gate_first_bin: NDArray[np.int64],
) -> dict[str, NDArray[Any]]:
    """Fields of Capture for range_time and azimuth_time, where they are asked for."""
    if not options.all_views:
        return {}
    spectrogram = options.spectrogram
    fixed = spectrogram.fixed_bins(radar)
    whole, whole_radar = cube, radar
    if fixed is None:
        # The strip has all channels but only the bins near the body; the first channel shows the whole span.
        array = radar.array.first_channel(radar.tx_order)
        whole_radar = replace(radar, array=array, tx_order=(0,))
        first = np.zeros_like(cube.first_bin)
        own = tracks_of_channels(tracks, radar)[0]
        whole = synthesize_range_cube(own, whole_radar, first, radar.n_adc_samples)
        if options.thermal_noise:
            whole = add_thermal_noise(whole, whole_radar, noise_seed, in_place=True)
    profile = range_time(
        whole, whole_radar, n_range_bins=fixed, remove_static=bool(spectrogram.remove_static)
    )
    views: dict[str, NDArray[Any]] = {
        "range_time": _padded(profile.magnitude, radar),
        "range_m": profile.range_m,
    }
    if tells_azimuth(radar):
        gate = gate_first_bin if fixed is None else None
        azimuth = azimuth_time(cube, radar, spectrogram, gate_first_bin=gate)
        views |= {"azimuth_time": _padded(azimuth.magnitude, radar), "azimuth_rad": azimuth.azimuth_rad}
    return views


def _padded(rows: NDArray[np.float32], radar: RadarConfig) -> NDArray[np.float32]:
    """Rows of the motion, then zeros to the radar's number of frames."""
    padded = np.zeros((radar.n_frames, rows.shape[1]), dtype=np.float32)
    padded[: len(rows)] = rows
    return padded


def _summed_cells(options: SpectrogramOptions, n_gate_bins: int, radar: RadarConfig) -> int:
    """Range-Doppler cells whose powers or magnitudes add up in one cell of doppler_time."""
    if options.projection == "multi_view":
        return 1  # a mean
    return n_gate_bins * (radar.n_virtual if options.sums_magnitude else 1)


def simulate_range_cube(tracks: Tracks, radar: RadarConfig, options: SpectrogramOptions) -> RangeCube:
    """Noise-free cube with the range bins that the projection needs: all, or a strip around the body."""
    first_tracks = tracks_of_channels(tracks, radar)[0]
    n_frames = first_tracks.n_frames(radar)
    if options.fixed_bins(radar) is not None:
        return synthesize_range_cube(tracks, radar, np.zeros(n_frames, np.int64), radar.n_adc_samples)
    n_bins = min(options.gate_bins(radar) + 2 * GATE_MARGIN_BINS, radar.n_adc_samples)
    middle = _echo_middle_bins(first_tracks, radar, n_frames)
    first = np.rint(middle - 0.5 * (n_bins - 1)).astype(np.int64)
    return synthesize_range_cube(tracks, radar, np.clip(first, 0, radar.n_adc_samples - n_bins), n_bins)


def _echo_middle_bins(tracks: ScattererTracks, radar: RadarConfig, n_frames: int) -> NDArray[np.float64]:
    """(frame,) power-weighted range bin of the echo, smooth in time, held where nothing is received."""
    edges = np.arange(n_frames) * poses_per_frame(radar)
    power = tracks.amplitude[edges] ** 2
    weight = power.sum(axis=1, dtype=np.float64)
    moment = np.einsum("ep,ep->e", tracks.range_m[edges], power) / radar.range_bin_m
    sigma_frames = SMOOTHING_S / radar.frame_period_s
    smooth_weight = gaussian_filter1d(weight, sigma_frames, mode="nearest")
    smooth_moment = gaussian_filter1d(moment, sigma_frames, mode="nearest")
    known = smooth_weight > 0.0
    if not known.any():
        return np.full(n_frames, float(tracks.range_m.mean() / radar.range_bin_m))
    return np.interp(np.arange(n_frames), np.flatnonzero(known), smooth_moment[known] / smooth_weight[known])


def _flags(
    seen: Observation, echo: EchoFacts, radar: RadarConfig, options: SimulationOptions
) -> tuple[str, ...]:
    """Names of CAPTURE_FLAGS that hold, in their order."""
    holds = {
        "velocity_wraps": echo.wrapped_fraction > 0.001,
        "beyond_range_span": bool((seen.tracks.range_m >= radar.range_span_m).any()),
        "behind_radar": seen.behind_share > 0.0,
        "gate_cuts_body": options.spectrogram.fixed_bins(radar) is None and echo.gate_loss > 0.05,
        "static_removed": options.spectrogram.remove_static and echo.still_fraction > 0.9,
    }
    return tuple(name for name in CAPTURE_FLAGS if holds[name])
