"""The ADC samples of a capture, made again on demand: they are never stored (1 GB for eight channels)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .echoes import scene_echoes
from .radar.adc import frames_in_work
from .radar.config import RadarConfig
from .radar.received import received_adc
from .scene.placement import Placement
from .scene.posed_body import PosedBody
from .simulation_options import SimulationOptions


def raw_adc(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    noise_seed: int,
    options: SimulationOptions,
    first_frame: int,
    n_frames: int,
    workers: int = 1,
) -> NDArray[np.complex64]:
    """ADC samples of some frames of the capture that `capture_view` makes of the same arguments.

    With an effect of `options.receiver`, these are the very samples that the capture was made from. Without any,
    a capture is made of range bins directly: echoes agree to -50 dB, and thermal noise is another draw of the
    same process, with the same statistics. A frame has the same bytes in whatever block it is asked for.

    Args:
        posed: the body in motion, of `pose_body`.
        radar: the radar.
        placement: where the body stands and how it is turned.
        noise_seed: of the capture.
        options: of the capture; the views and their projection do not matter.
        first_frame: of the motion.
        n_frames: how many.
        workers: threads; they do not change a byte.

    Returns:
        (frame, chirp, virtual, adc_sample) complex64, sqrt(mW): 20 log10 of it is dBm.

    Raises:
        RadarConfigError: the motion lacks these frames, or what `capture_view` refuses.
    """
    blocks = raw_adc_blocks(posed, radar, placement, noise_seed, options, first_frame, n_frames, workers)
    return np.concatenate(list(blocks))


def raw_adc_blocks(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    noise_seed: int,
    options: SimulationOptions,
    first_frame: int,
    n_frames: int,
    workers: int = 1,
) -> Iterator[NDArray[np.complex64]]:
    """`raw_adc` in blocks of a few frames, one after the other, for what does not fit in memory at once."""
    tracks = list(scene_echoes(posed, radar, placement, options, workers).tracks)
    step = frames_in_work(radar)
    end = first_frame + n_frames
    # One block at least, so that an impossible number of frames is refused and not passed over.
    for start in range(first_frame, max(end, first_frame + 1), step):
        yield received_adc(
            tracks, radar, options.receiver, noise_seed, start, min(step, end - start),
            thermal_noise=options.thermal_noise, workers=workers,
        )  # fmt: skip
