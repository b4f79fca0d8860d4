"""Whole range-Doppler maps of a capture in dBm, made again on demand: they are not stored (65 MB for 496 frames)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .dsp.map_level import first_channel_dbm
from .echoes import scene_echoes
from .errors import RadarConfigError
from .products import first_channel_span
from .radar.config import RadarConfig
from .scene.placement import Placement
from .scene.posed_body import PosedBody
from .simulation_options import SimulationOptions

FRAMES_AT_A_TIME = 16


def range_doppler_dbm(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    noise_seed: int,
    options: SimulationOptions,
    first_frame: int,
    n_frames: int,
    workers: int = 1,
) -> NDArray[np.float32]:
    """Range-Doppler maps of some frames of the capture that `capture_view` makes of the same arguments.

    They show virtual channel 0 with its noise, over the whole span of range bins, before any gate or removal of what
    stands still. Summed over the gate's bins, the power of a one-antenna radar's map is the square of its "gated"
    doppler_time.

    Args:
        posed: the body in motion, of `pose_body`.
        radar: the radar.
        placement: where the body stands and how it is turned.
        noise_seed: of the capture.
        options: of the capture; the views and their projection do not matter.
        first_frame: of the motion.
        n_frames: how many.
        workers: threads.

    Returns:
        (frame, doppler, range) received power in dBm; see `dsp.map_level.first_channel_dbm`.

    Raises:
        RadarConfigError: the motion lacks these frames, or what `capture_view` refuses.
    """
    end = first_frame + n_frames
    if not 0 <= first_frame < end <= posed.n_frames:
        raise RadarConfigError(
            f"frames {first_frame} to {end} (not included) are not in the motion, which has {posed.n_frames}"
        )
    tracks = scene_echoes(posed, radar, placement, options, workers).tracks
    values = first_channel_span(tracks, radar, noise_seed, options, workers).values
    maps = np.empty((n_frames, radar.n_chirps, radar.n_adc_samples), np.float32)
    for start in range(first_frame, end, FRAMES_AT_A_TIME):
        stop = min(start + FRAMES_AT_A_TIME, end)
        maps[start - first_frame : stop - first_frame] = first_channel_dbm(values[start:stop], workers)
    return maps
