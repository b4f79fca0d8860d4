"""From body motion to doppler_time: the simulator's one entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .dsp.spectrogram import doppler_time
from .dsp.views import RadarViews, radar_views
from .echoes import SceneEchoes, echoes_by_part, scene_echoes
from .errors import RadarConfigError
from .products import Received, padded, range_cube, receive_echoes, summed_cells
from .radar.config import RadarConfig
from .radar.echo_facts import EchoFacts, measure_echo, noise_floor_db
from .scene.observation import Observation
from .scene.people import join_bodies
from .scene.placement import Placement
from .scene.posed_body import PosedBody, pose_body
from .simulation_options import SimulationOptions

if TYPE_CHECKING:
    from .body.model import BodyModel
    from .motion.body_motion import BodyMotion

SIMULATOR_VERSION = "3"
SATURATED_SHARE = 0.001  # of the samples: rare peaks clip without harm
Progress = Callable[[str, int, int], None]


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
        noise_floor_db: mean thermal noise in a cell of doppler_time, dBm; None without noise.
        flags: what a user of this sample should know, of CAPTURE_FLAGS.
        range_time: (n_frames, 128) float32, sqrt(mW); with the other views None unless `all_views` asks for it.
        range_m: (128,) middle of each of its cells.
        azimuth_time: (n_frames, 128) float32, sqrt(mW); None also where the radar has no row of two channels.
        azimuth_rad: (128,) of its cells, positive to the right.
        part_doppler_time: part of the body -> doppler_time of its echoes alone, without noise, in the range gate
            of the whole; None unless `by_part` asks for it. The complex signals of the parts add up to the whole.
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
    part_doppler_time: dict[str, NDArray[np.float32]] | None = None


CAPTURE_FLAGS = {
    "velocity_wraps": "more than 0.1 % of the received power (a fast foot) is too fast to tell",
    "beyond_range_span": "part of the body is further away than the radar's range span, and wraps in range",
    "behind_radar": "part of the body is behind the antenna's plane, and dark",
    "gate_cuts_body": "more than 5 % of the received power lies outside the range gate",
    "static_removed": "the mean over chirps was taken off and almost nothing moved: most of the echo is gone",
    "adc_saturated": "more than 0.1 % of the ADC samples read an end code of the converters",
}


def simulate(
    motion: BodyMotion,
    body: BodyModel,
    radar: RadarConfig,
    placement: Placement,
    noise_seed: int,
    options: SimulationOptions | None = None,
    vertices: NDArray[np.float32] | None = None,
    workers: int = 1,
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
        workers: threads, which do not change a byte.

    Raises:
        RadarConfigError: the motion is too short, or the body comes too near to the radar.
    """
    return simulate_views(motion, body, radar, [placement], [noise_seed], options, vertices, workers=workers)[
        0
    ]


def simulate_views(
    motion: BodyMotion,
    body: BodyModel,
    radar: RadarConfig,
    placements: Sequence[Placement],
    noise_seeds: Sequence[int],
    options: SimulationOptions | None = None,
    vertices: NDArray[np.float32] | None = None,
    progress: Progress | None = None,
    workers: int = 1,
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
        material=options.material,
        vertices=vertices,
        workers=workers,
    )
    captures = []
    for placement, noise_seed in zip(placements, noise_seeds, strict=True):
        captures.append(capture_view(posed, radar, placement, noise_seed, options, workers))
        if progress is not None:
            progress("simulate views", len(captures), len(placements))
    return captures


def simulate_people(
    motions: Sequence[BodyMotion],
    body: BodyModel,
    radar: RadarConfig,
    placements: Sequence[Placement],
    noise_seed: int,
    options: SimulationOptions | None = None,
    workers: int = 1,
) -> Capture:
    """Simulate several people in one scene, who hide each other, for as long as the shortest motion lasts.

    Facts of the capture, and the range gate, are those of all of them together: a gate of one body's width finds
    one of them, `gate_width_for_all_m` says how wide it must be.

    Args:
        motions: one for each person.
        body: whose surface all of them have, each with points of its own.
        radar: the radar.
        placements: where each stands.
        noise_seed: of the receiver's noise.
        options: see SimulationOptions.
        workers: threads.

    Raises:
        RadarConfigError: a motion is too short, or the placements do not fit.
    """
    options = options or SimulationOptions()
    posed = pose_people(motions, body, radar, placements, options, workers)
    return capture_view(posed, radar, placements[0], noise_seed, options, workers)


def pose_people(
    motions: Sequence[BodyMotion],
    body: BodyModel,
    radar: RadarConfig,
    placements: Sequence[Placement],
    options: SimulationOptions,
    workers: int = 1,
) -> PosedBody:
    """All people posed as one mesh, to be captured with the first placement; see `simulate_people`."""
    bodies = [
        pose_body(
            motion,
            body,
            radar,
            n_scatterers=options.n_scatterers,
            surface_seed=options.surface_seed + person,
            material=options.material,
            workers=workers,
        )
        for person, motion in enumerate(motions)
    ]
    return join_bodies(bodies, placements)


def capture_view(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    noise_seed: int,
    options: SimulationOptions,
    workers: int = 1,
) -> Capture:
    """One view of a body that is already posed; `workers` threads, which do not change a byte."""
    echoes = scene_echoes(posed, radar, placement, options, workers)
    seen, tracks = echoes.seen, echoes.tracks
    received = receive_echoes(tracks, echoes.direct[0], radar, noise_seed, options, workers)
    views: dict[str, NDArray[Any]] = {}
    if options.all_views:
        all_views = radar_views(
            received.strip, radar, options.spectrogram, range_view=received.range_view, workers=workers
        )
        spectrogram, views = all_views.doppler_time, _other_views(all_views, radar)
    else:
        spectrogram = doppler_time(received.strip, radar, options.spectrogram, workers=workers)
    gate = spectrogram.gate_first_bin
    echo = measure_echo(echoes.direct[0], radar, gate, spectrogram.n_gate_bins)
    noise_db = None
    if options.thermal_noise:
        noise_db = noise_floor_db(
            radar,
            summed_cells(options.spectrogram, spectrogram.n_gate_bins, radar),
            sums_magnitude=options.spectrogram.sums_magnitude,
        )
    return Capture(
        doppler_time=padded(spectrogram.magnitude, radar),
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
        flags=_flags(seen, echo, received.saturated_share, radar, options),
        part_doppler_time=_parts(echoes, posed, received, radar, options, gate) if options.by_part else None,
        **views,
    )


def _other_views(views: RadarViews, radar: RadarConfig) -> dict[str, NDArray[Any]]:
    """Fields of Capture for range_time and azimuth_time."""
    profile, azimuth = views.range_time, views.azimuth_time
    fields: dict[str, NDArray[Any]] = {
        "range_time": padded(profile.magnitude, radar),
        "range_m": profile.range_m,
    }
    if azimuth is not None:
        fields |= {"azimuth_time": padded(azimuth.magnitude, radar), "azimuth_rad": azimuth.azimuth_rad}
    return fields


def _parts(
    echoes: SceneEchoes,
    posed: PosedBody,
    received: Received,
    radar: RadarConfig,
    options: SimulationOptions,
    gate_first_bin: NDArray[np.int64],
) -> dict[str, NDArray[np.float32]]:
    """doppler_time of each part alone."""
    views = {}
    for name, tracks in echoes_by_part(echoes, posed):
        strip = received.strip
        cube = range_cube(tracks, radar, strip.first_bin, strip.n_bins, options.backend)
        part = doppler_time(cube, radar, options.spectrogram, gate_first_bin=gate_first_bin)
        views[name] = padded(part.magnitude, radar)
    return views


def _flags(
    seen: Observation,
    echo: EchoFacts,
    saturated_share: float,
    radar: RadarConfig,
    options: SimulationOptions,
) -> tuple[str, ...]:
    """Names of CAPTURE_FLAGS that hold, in their order."""
    holds = {
        "velocity_wraps": echo.wrapped_fraction > 0.001,
        "beyond_range_span": bool((seen.tracks.range_m >= radar.range_span_m).any()),
        "behind_radar": seen.way.behind_share > 0.0,
        "gate_cuts_body": options.spectrogram.fixed_bins(radar) is None and echo.gate_loss > 0.05,
        "static_removed": options.spectrogram.remove_static and echo.still_fraction > 0.9,
        "adc_saturated": saturated_share > SATURATED_SHARE,
    }
    return tuple(name for name in CAPTURE_FLAGS if holds[name])
