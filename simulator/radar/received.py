"""What an imperfect receiver delivers of a scene: ADC samples of any frames, and range cubes made from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..dsp.range_cube import RangeCube, range_cube_from_adc
from .adc import frames_in_work, synthesize_adc
from .config import RadarConfig
from .receiver import receive, saturated_share
from .receiver_options import ReceiverOptions
from .tracks import Tracks, tracks_of_channels


@dataclass(frozen=True, eq=False)
class ReceivedCubes:
    """Range cubes of one capture that went through ADC samples.

    Attributes:
        strip: the range bins that were asked for, all channels.
        first_channel: all range bins of the first channel, as a cube of one channel; None if not asked for.
        saturated_share: share of the samples in which a converter reads an end code.
    """

    strip: RangeCube
    first_channel: RangeCube | None
    saturated_share: float


def received_adc(
    tracks: Tracks,
    radar: RadarConfig,
    receiver: ReceiverOptions,
    noise_seed: int,
    first_frame: int,
    n_frames: int,
    *,
    thermal_noise: bool,
    workers: int = 1,
) -> NDArray[np.complex64]:
    """(frame, chirp, virtual, adc_sample) complex64 of some frames, sqrt(mW): echoes, effects and noise.

    Random numbers come from a stream of each frame, so a frame has the same bytes in whatever block it is made.

    Raises:
        RadarConfigError: tracks or receiver do not fit the radar, or the tracks lack these frames.
    """
    echoes = synthesize_adc(tracks, radar, first_frame, n_frames, workers)
    received = receive(echoes, radar, receiver, noise_seed, first_frame, thermal_noise=thermal_noise)
    return received.astype(np.complex64, copy=False)


def receive_cubes(
    tracks: Tracks,
    radar: RadarConfig,
    receiver: ReceiverOptions,
    noise_seed: int,
    first_bin: NDArray[np.int64],
    n_bins: int,
    *,
    thermal_noise: bool,
    with_first_channel: bool = False,
    workers: int = 1,
) -> ReceivedCubes:
    """Range cubes of all frames by way of ADC samples, a few frames at a time.

    Beside the result, memory for about four times `adc.GRID_BYTES` is needed (four times one frame's grid where
    that is more).

    Args:
        tracks: of each virtual channel.
        radar: chirp, frame and antennas.
        receiver: which effects.
        noise_seed: of noise and effects.
        first_bin: (frame,) first absolute range bin to keep.
        n_bins: how many to keep.
        thermal_noise: add k T B F to the ADC samples.
        with_first_channel: keep all range bins of the first channel as well.
        workers: threads.

    Raises:
        RadarConfigError: tracks or receiver do not fit the radar.
    """
    n_frames = len(first_bin)
    strip = np.empty((n_frames, radar.n_chirps, radar.n_virtual, n_bins), dtype=np.complex64)
    first_channel = None
    if with_first_channel:
        first_channel = np.empty((n_frames, radar.n_chirps, 1, radar.n_adc_samples), dtype=np.complex64)
    n_saturated = 0.0
    step = frames_in_work(radar)
    tracks = list(tracks_of_channels(tracks, radar))  # every block of frames needs all channels
    for start in range(0, n_frames, step):
        block = slice(start, min(start + step, n_frames))
        adc = received_adc(
            tracks, radar, receiver, noise_seed, start, block.stop - start, thermal_noise=thermal_noise,
            workers=workers,
        )  # fmt: skip
        n_saturated += saturated_share(adc, receiver) * len(adc)
        whole = range_cube_from_adc(adc, radar, workers=workers).values
        for kept, values, first in zip(strip[block], whole, first_bin[block], strict=True):
            kept[:] = values[..., first : first + n_bins]
        if first_channel is not None:
            first_channel[block] = whole[:, :, :1]
    return ReceivedCubes(
        RangeCube(strip, first_bin),
        None if first_channel is None else RangeCube(first_channel, np.zeros(n_frames, dtype=np.int64)),
        n_saturated / n_frames,
    )
