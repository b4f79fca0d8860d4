"""The beat signal by torch, on a GPU or on the CPU: the law and the arguments of `beat`, another way to add up.

All scatterers that shine in some frame are one list, of several captures if they are given together, so that the
work is vectorised over frames, chirps and scatterers. On a GPU sums are made in no fixed order: two runs differ by
float32 rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..dsp.range_cube import RangeCube
from ..errors import RadarConfigError
from .config import RadarConfig
from .splat_torch import IntervalSplat, cell_window
from .tracks import Tracks, poses_per_frame, tracks_of_channels

if TYPE_CHECKING:
    import torch

# Work space: on a CPU what its caches hold (more is slower), on a GPU enough to keep it busy.
DEFAULT_MAX_BYTES = {"cpu": 1 << 24, "cuda": 1 << 30}


def synthesize_range_cube(
    tracks: Tracks,
    radar: RadarConfig,
    first_bin: NDArray[np.int64],
    n_bins: int,
    device: str = "cuda",
    max_bytes: int | None = None,
) -> RangeCube:
    """What `beat.synthesize_range_cube` makes, by torch.

    Agrees with `beat_reference.reference_range_cube` to -50 dB. On a GPU sums are made in no fixed order, so two
    runs differ by float32 rounding.

    Args:
        tracks: see `beat.synthesize_range_cube`.
        radar: see there.
        first_bin: see there.
        n_bins: see there.
        device: "cuda", "cuda:1", "cpu", ... as torch names it.
        max_bytes: ceiling of the work space on the device; None = DEFAULT_MAX_BYTES.

    Raises:
        RadarConfigError: the device is not there, or there are not as many tracks as the radar has channels.
    """
    return synthesize_range_cubes([tracks], radar, [first_bin], n_bins, device, max_bytes)[0]


def synthesize_range_cubes(
    captures: Sequence[Tracks],
    radar: RadarConfig,
    first_bins: Sequence[NDArray[np.int64]],
    n_bins: int,
    device: str = "cuda",
    max_bytes: int | None = None,
) -> list[RangeCube]:
    """Cubes of several captures (views, motions) in one pass; each equals `synthesize_range_cube` of its own.

    Memory: the cubes lie in one array on the host, which the result refers to. Beside it there are `max_bytes` of
    work space on the device (16 MiB on a CPU, 1 GiB on a GPU unless given), whatever the number of captures and
    frames; more only where one frame alone needs more (128 chirps of 256 bins and 7,000 points: 9 MB).

    Args:
        captures: tracks of each capture, for one radar; lengths may differ.
        first_bins: (frame,) of each capture.
        n_bins: bins per frame, the same for all.

    Raises:
        RadarConfigError: the device is not there; captures and first bins do not match; a capture has not as many
            tracks as the radar has channels.
    """
    import torch

    place = torch_device(device)
    work_bytes = DEFAULT_MAX_BYTES[place.type] if max_bytes is None else max_bytes
    if len(captures) != len(first_bins):
        raise RadarConfigError(f"{len(captures)} captures need as many first_bins, not {len(first_bins)}")
    window = torch.from_numpy(cell_window(radar.n_adc_samples, n_bins)).to(place)
    starts = np.cumsum([0, *(len(first) for first in first_bins)])
    values = np.empty((starts[-1], radar.n_chirps, radar.n_virtual, n_bins), dtype=np.complex64)
    all_first = np.concatenate([np.zeros(0, np.int64), *first_bins]).astype(np.int64)
    per_capture = [tracks_of_channels(tracks, radar) for tracks in captures]
    for v, channel in enumerate(radar.channels):
        of_channel = [own[v] for own in per_capture]
        for interval in range(poses_per_frame(radar)):
            beat = IntervalSplat.of(radar, channel.slot, interval, window)
            if len(beat.u):
                beat.fill(of_channel, starts, all_first, work_bytes, values[:, beat.chirps, v, :])
    return [RangeCube(values[a:b], all_first[a:b]) for a, b in pairwise(starts)]


def torch_device(name: str) -> torch.device:
    """The CPU or GPU of that name.

    Raises:
        RadarConfigError: it is not there, or it is neither of the two.
    """
    import torch

    reason = "only 'cpu' and 'cuda' will do"
    try:
        device = torch.device(name)
        if device.type in DEFAULT_MAX_BYTES:
            torch.zeros(1, device=device)
            return device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
    raise RadarConfigError(
        f"device {name!r} cannot be used: {reason}; torch {torch.__version__} sees {torch.cuda.device_count()} "
        "CUDA devices here: name one of them, or use device='cpu', or simulator.radar.beat, which needs no GPU"
    )
