"""Simple targets to range-Doppler maps in dBm and the three views: for teaching, and to check the radar equation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .dsp.azimuth_view import azimuth_axis_rad, azimuth_power, covariance
from .dsp.map_level import first_channel_dbm
from .dsp.range_view import range_time
from .dsp.spectrogram import range_doppler_maps
from .dsp.views import tells_azimuth
from .radar.beat import synthesize_range_cube
from .radar.config import RadarConfig
from .radar.noise import add_thermal_noise
from .radar.tracks import poses_per_frame
from .scene.target_echoes import target_tracks
from .scene.target_readings import TargetReading, read_targets
from .scene.target_scene import PlacedTarget, place_targets, scene_frames
from .scene.targets import TargetScene

BLOCK_BYTES = 1 << 28  # of facets and cubes in work
MAX_BLOCK_FRAMES = 16

SCENE_FLAGS = {
    "velocity_wraps": "a target is faster than the radar can tell, and its Doppler wraps around",
    "in_shadow": "a target lies in the shadow of another, at least in part and for some time",
    "near_field": "a target is nearer than 2 D^2 / lambda, where its true echo is not that of the far field",
}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class SceneCapture:
    """What a radar makes of a scene of simple targets.

    Attributes:
        range_doppler_dbm: (frame, doppler, range) float32, received power in dBm over all range bins of virtual
            channel 0: a point on the middle of a cell reads its received power there. Without noise never below
            LEAST_DBM.
        doppler_time: (frame, doppler) float32, sqrt(mW): root of the power summed over all range bins, mean over
            channels.
        range_time: (frame, 128) float32, sqrt(mW); see `dsp.range_view`.
        azimuth_time: (frame, 128) float32, sqrt(mW), of all range bins (MVDR); None where the radar has no row of two
            channels.
        time_s: (frame,) middle of each frame.
        velocity_mps: (doppler,) positive = receding.
        range_m: (range,) of the map's range bins.
        range_time_m: (128,) middle of each cell of `range_time`.
        azimuth_rad: (128,) positive to the right; None without `azimuth_time`.
        radar: as it was simulated, with the scene's number of frames.
        read_frame: the middle frame, which `targets` are read in.
        targets: each target by the radar equation and in the map.
        flags: names of SCENE_FLAGS that hold.
    """

    range_doppler_dbm: NDArray[np.float32]
    doppler_time: NDArray[np.float32]
    range_time: NDArray[np.float32]
    azimuth_time: NDArray[np.float32] | None
    time_s: NDArray[np.float64]
    velocity_mps: NDArray[np.float64]
    range_m: NDArray[np.float64]
    range_time_m: NDArray[np.float64]
    azimuth_rad: NDArray[np.float64] | None
    radar: RadarConfig
    read_frame: int
    targets: tuple[TargetReading, ...]
    flags: tuple[str, ...]


def simulate_scene(
    scene: TargetScene, radar: RadarConfig, seed: int = 0, workers: int = 1, progress: Progress | None = None
) -> SceneCapture:
    """Simulate simple targets. The same arguments give the same bytes on one platform.

    Args:
        scene: targets, length, wavefront and whether there is noise.
        radar: at the origin, looking along +y; its own number of frames does not matter.
        seed: of noise and rough surfaces, where the scene brings none.
        workers: threads.
        progress: called with (what, done, total).

    Raises:
        SceneError: a duration that the radar cannot do, or a target that cannot be where it is put.
    """
    n_frames = scene_frames(scene, radar)
    radar = replace(radar, n_frames=n_frames)
    seed = seed if scene.seed is None else scene.seed
    placed = place_targets(scene, radar, n_frames, seed, workers)
    step = _frames_at_a_time(placed, radar)
    blocks = []
    for first in range(0, n_frames, step):
        blocks.append(_block(scene, placed, radar, seed, first, min(step, n_frames - first), workers))
        if progress is not None:
            progress("frames", min(first + step, n_frames), n_frames)
    dbm = np.concatenate([block.dbm for block in blocks])
    found = [block.azimuth for block in blocks if block.azimuth is not None]
    azimuth = np.concatenate(found) if found else None
    middle = n_frames // 2
    plane_wave = scene.wavefront == "plane"
    readings = read_targets(dbm[middle], placed, radar, middle, plane_wave=plane_wave, noise=scene.noise)
    return SceneCapture(
        dbm, np.concatenate([block.doppler for block in blocks]),
        np.concatenate([block.range_time for block in blocks]), azimuth, radar.frame_times_s, radar.velocity_axis_mps,
        np.asarray(np.arange(radar.n_adc_samples) * radar.range_bin_m), blocks[0].range_time_m,
        None if azimuth is None else azimuth_axis_rad(), radar, middle, readings,
        tuple(flag for flag in SCENE_FLAGS if any(flag in reading.flags for reading in readings)),
    )  # fmt: skip


class _Block(NamedTuple):
    """Some frames: the map, doppler_time, range_time, azimuth_time, and the axis of range_time."""

    dbm: NDArray[np.float32]
    doppler: NDArray[np.float32]
    range_time: NDArray[np.float32]
    azimuth: NDArray[np.float32] | None
    range_time_m: NDArray[np.float64]


def _block(
    scene: TargetScene,
    placed: list[PlacedTarget],
    radar: RadarConfig,
    seed: int,
    first: int,
    n_frames: int,
    workers: int,
) -> _Block:
    """The same bytes in whatever block a frame is made."""
    per_frame = poses_per_frame(radar)
    poses = slice(first * per_frame, (first + n_frames) * per_frame + 1)
    tracks = target_tracks(placed, radar, poses, plane_wave=scene.wavefront == "plane", workers=workers)
    n_bins = radar.n_adc_samples
    cube = synthesize_range_cube(tracks, radar, np.zeros(n_frames, np.int64), n_bins, workers)
    if scene.noise:
        cube = add_thermal_noise(cube, radar, seed, first_frame=first, in_place=True)
    dbm = first_channel_dbm(cube.values, workers)
    maps = range_doppler_maps(cube, radar, workers=workers)
    doppler = np.sqrt(np.einsum("fdr,fdr->fd", maps, maps, dtype=np.float64))
    azimuth = None
    if tells_azimuth(radar):
        whole_span = covariance(cube, radar, n_bins, gate_first_bin=cube.first_bin, workers=workers)
        azimuth = np.sqrt(azimuth_power(whole_span, radar)).astype(np.float32)
    profile = range_time(cube, radar)
    return _Block(dbm, doppler.astype(np.float32), profile.magnitude, azimuth, profile.range_m)


def _frames_at_a_time(placed: list[PlacedTarget], radar: RadarConfig) -> int:
    """Frames whose facets and cubes fit in BLOCK_BYTES together."""
    n_facets = sum(0 if one.mesh is None else len(one.mesh.faces) for one in placed)
    per_frame = poses_per_frame(radar) * n_facets * (160 + 32 * radar.n_virtual)
    per_frame += 32 * radar.n_chirps * radar.n_virtual * radar.n_adc_samples
    return max(1, min(MAX_BLOCK_FRAMES, BLOCK_BYTES // per_frame))
