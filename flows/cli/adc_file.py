"""`mmflywheel simulate --adc`: ADC samples of a capture as adc.npy, and what its axes mean as adc.json."""

from __future__ import annotations

import json
import os
import re
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

SAMPLES_FILE = "adc.npy"
AXES_FILE = "adc.json"


class FramesError(SimulatorError, ValueError):
    """Frames that were asked for are not in the motion."""


def chosen_frames(text: str, n_frames: int) -> range:
    """Frames of "all" or of "FIRST:END", END not included, as in Python.

    Raises:
        FramesError: another form, or frames that the motion does not have.
    """
    if text == "all":
        return range(n_frames)
    match = re.fullmatch(r"(\d+):(\d+)", text)
    if match is None:
        raise FramesError(
            f"--adc {text}: give FIRST:END, such as 0:10 for the first ten frames, or `all` ({n_frames} frames)"
        )
    first, end = int(match[1]), int(match[2])
    if not first < end <= n_frames:
        raise FramesError(
            f"--adc {text}: the motion has {n_frames} frames, so FIRST must be below END and END at most {n_frames}"
        )
    return range(first, end)


def write_adc(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    options: SimulationOptions,
    frames: range,
    made_from: dict[str, Any],
    out: Path,
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
    """
    shape = (len(frames), radar.n_chirps, radar.n_virtual, radar.n_adc_samples)
    blocks = raw_adc_blocks(
        posed, radar, placement, made_from["noise_seed"], options, frames.start, len(frames)
    )
    path, partial = out / SAMPLES_FILE, out / f"{SAMPLES_FILE}.partial"
    try:
        samples = np.lib.format.open_memmap(partial, mode="w+", dtype=np.complex64, shape=shape)
        at = 0
        for block in blocks:
            samples[at : at + len(block)] = block
            at += len(block)
        samples.flush()
        del samples
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    _write_axes(radar, frames, made_from, out / AXES_FILE)
    return path


def _write_axes(radar: RadarConfig, frames: range, made_from: dict[str, Any], path: Path) -> None:
    """What each axis counts, and when: chirp c of slot s in frame f was sampled from the time that this tells."""
    axes = {
        "file": SAMPLES_FILE,
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
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(axes, indent=1) + "\n")
    os.replace(partial, path)
