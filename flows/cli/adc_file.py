"""`mmflywheel simulate --adc`: ADC samples of a capture as adc.npy, and what its axes mean as adc.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simulator import (
    Placement,
    PosedBody,
    RadarConfig,
    SimulationOptions,
    SimulatorError,
    raw_adc_blocks,
)

from .output_files import written_whole

SAMPLES_FILE = "adc.npy"
AXES_FILE = "adc.json"


class FramesError(SimulatorError, ValueError):
    """Frames that were asked for are not in the motion."""


def frames_of_text(text: str, option: str = "--adc") -> tuple[int, int] | None:
    """First frame and the one after the last of "FIRST:END"; None for "all".

    Raises:
        FramesError: another form, or no frames at all.
    """
    if text == "all":
        return None
    match = re.fullmatch(r"(\d+):(\d+)", text)
    if match is None:
        raise FramesError(f"{option} {text}: give FIRST:END, such as 0:10 for the first ten frames, or `all`")
    first, end = int(match[1]), int(match[2])
    if first >= end:
        raise FramesError(f"{option} {text}: FIRST must be below END, which is not included, as in 0:10")
    return first, end


def chosen_frames(text: str, n_frames: int, option: str = "--adc") -> range:
    """Frames of "all" or of "FIRST:END", END not included, as in Python.

    Raises:
        FramesError: another form, or frames that the motion does not have.
    """
    first, end = frames_of_text(text, option) or (0, n_frames)
    if end > n_frames:
        raise FramesError(
            f"{option} {text}: the motion has {n_frames} frames, so FIRST must be below END and END at most "
            f"{n_frames}"
        )
    return range(first, end)


def remove_other_adc(out: Path, made_from: Mapping[str, Any]) -> list[Path]:
    """Remove ADC samples that an earlier run left in a folder, unless they are of this very capture.

    Only files that `write_adc` made, by what adc.json says, are touched.

    Returns:
        What was removed.
    """
    samples, axes = out / SAMPLES_FILE, out / AXES_FILE
    try:
        left = json.loads(axes.read_text())
    except (OSError, ValueError):
        return []
    if not isinstance(left, dict) or left.get("file") != SAMPLES_FILE or "made_from" not in left:
        return []
    if left["made_from"] == json.loads(json.dumps(made_from)):
        return []
    removed = [path for path in (axes, samples) if path.is_file()]
    for path in removed:
        path.unlink()
    return removed


def write_adc(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    options: SimulationOptions,
    frames: range,
    made_from: dict[str, Any],
    out: Path,
    name: str = SAMPLES_FILE,
) -> Path:
    """Write `out/adc.npy` block by block, then `out/adc.json`; each whole or not at all.

    Args:
        posed: people of the capture, as all that follows.
        radar: the radar.
        placement: where the first of them stands.
        options: of the simulation.
        frames: which frames, in one piece.
        made_from: all that the samples depend on, `noise_seed` among it.
        out: an existing folder.
        name: of the samples' file, if another; the axes then bear it too.
    """
    shape = (len(frames), radar.n_chirps, radar.n_virtual, radar.n_adc_samples)
    blocks = raw_adc_blocks(
        posed, radar, placement, made_from["noise_seed"], options, frames.start, len(frames)
    )
    path = out / name
    axes = path.with_suffix(".json")
    with written_whole(path) as partial:
        samples = np.lib.format.open_memmap(partial, mode="w+", dtype=np.complex64, shape=shape)
        at = 0
        for block in blocks:
            samples[at : at + len(block)] = block
            at += len(block)
        samples.flush()
        del samples
        axes.unlink(missing_ok=True)  # never axes of other samples beside these
    _write_axes(radar, frames, made_from, axes)
    return path


def _write_axes(radar: RadarConfig, frames: range, made_from: dict[str, Any], path: Path) -> None:
    """What each axis counts, and when: chirp c of slot s in frame f was sampled from the time that this tells."""
    axes = {
        "file": path.with_suffix(".npy").name,
        "axes": ["frame", "chirp", "virtual", "adc_sample"],
        "shape": [len(frames), radar.n_chirps, radar.n_virtual, radar.n_adc_samples],
        "dtype": "complex64",
        "unit": "sqrt(mW); 20 log10 of the magnitude is dBm",
        "first_frame": frames.start,
        "frame_period_s": radar.frame_period_s,
        "chirp_period_s": radar.pri_s,
        "slot_s": radar.slot_s,
        "first_adc_sample_s": radar.idle_s + radar.adc_start_s,
        "adc_rate_hz": radar.adc_rate_hz,
        "virtual": [{"tx": channel.tx, "rx": channel.rx, "slot": channel.slot} for channel in radar.channels],
        "made_from": made_from,
    }
    with written_whole(path) as partial:
        partial.write_text(json.dumps(axes, indent=1) + "\n")
