"""`mmflywheel simulate`: one recording of motion as one radar sees it, as arrays and as a picture."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape

from data_lake import canonical_json, content_id, seed_of
from evaluation import View, draw_views
from simulator import (
    CAPTURE_FLAGS,
    Capture,
    MotionClip,
    Placement,
    RadarConfig,
    SimulationOptions,
    load_body,
    read_motion_file,
    resolve_radar,
    simulate,
)

from .adc_file import chosen_frames, write_adc
from .console import console

ARRAYS_FILE = "capture.npz"
PICTURE_FILE = "capture.png"


def simulate_clip(
    clip_path: Path,
    radar_name: str,
    placement: Placement,
    body_path: Path | None,
    seed: int,
    out: Path,
    options: SimulationOptions | None = None,
    adc_frames: str | None = None,
) -> None:
    """Simulate a motion file and write `out/capture.npz` and `out/capture.png`, and ADC samples if asked for.

    Raises:
        SimulatorError: the file, the radar, the placement or the frames are impossible; nothing is written.
    """
    body = load_body(body_path)
    clip = read_motion_file(clip_path, body)
    radar = _radar_for(radar_name, clip)
    options = replace(options or SimulationOptions(), all_views=True)
    what = {
        "clip": clip.content_hash,
        "radar": radar.to_dict(),
        "placement": placement.to_dict(),
        "options": options.to_dict(),
        "body": body.content_hash,
        "seed": seed,
    }
    noise_seed = seed_of(content_id("cap", what), "noise")
    console.print(
        f"{clip_path.name}: {clip.motion.duration_s:.2f} s; radar {radar.name}, view {placement.view}"
    )
    for note in clip.notes:
        console.print(f"  note: {escape(note)}")
    capture = simulate(clip.motion, body, radar, placement, noise_seed, options)
    for flag in capture.flags:
        console.print(f"  flag {flag}: {CAPTURE_FLAGS[flag]}")
    frames = chosen_frames(adc_frames, capture.n_valid_frames) if adc_frames else None
    out.mkdir(parents=True, exist_ok=True)
    arrays = _write_arrays(capture, {**what, "noise_seed": noise_seed}, out / ARRAYS_FILE)
    title = f"{clip_path.stem}, {radar.name}, view {placement.view}, {placement.range_m:g} m"
    picture = draw_views(*_pictured(capture), title, out / PICTURE_FILE)
    console.print(f"arrays: {arrays}\npicture: {picture}", soft_wrap=True)
    if frames is not None:
        made = {**what, "noise_seed": noise_seed}
        samples = write_adc(clip.motion, body, radar, placement, options, frames, made, out)
        console.print(f"ADC samples: {samples}", soft_wrap=True)


def _radar_for(name: str, clip: MotionClip) -> RadarConfig:
    """A preset as it is; a .cfg file, which often means endless frames, for as long as the clip lasts."""
    if not name.lower().endswith(".cfg"):
        return resolve_radar(name)
    period_s = resolve_radar(name, n_frames=1).frame_period_s
    return resolve_radar(name, n_frames=max(1, math.floor(clip.motion.duration_s / period_s + 1e-9)))


def _write_arrays(capture: Capture, what: dict[str, Any], path: Path) -> Path:
    """The views under their names with their axes; whole or not at all."""
    names = (
        "doppler_time", "range_time", "azimuth_time", "time_s", "velocity_mps", "range_m", "azimuth_rad"
    )  # fmt: skip
    arrays = {name: value for name in names if (value := getattr(capture, name)) is not None}
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        np.savez_compressed(
            file,
            **arrays,
            n_valid_frames=np.array(capture.n_valid_frames),
            flags=np.array(capture.flags, dtype=str),
            radar=np.array(canonical_json(what["radar"])),
            made_from=np.array(canonical_json(what)),
        )
    os.replace(partial, path)
    return path


def _pictured(capture: Capture) -> tuple[list[View], np.ndarray]:
    """Views in dB over the valid frames, and their times."""

    def level_db(view: np.ndarray) -> np.ndarray:
        rows = view[: capture.n_valid_frames].astype(np.float64)
        return 20.0 * np.log10(np.maximum(rows, np.finfo(np.float32).tiny))

    views = [View(level_db(capture.doppler_time), capture.velocity_mps, "range rate in m/s (above 0: away)")]
    if capture.range_time is not None and capture.range_m is not None:
        views.append(View(level_db(capture.range_time), capture.range_m, "range in m"))
    if capture.azimuth_time is not None and capture.azimuth_rad is not None:
        degrees = np.degrees(capture.azimuth_rad)
        views.append(View(level_db(capture.azimuth_time), degrees, "azimuth in degrees (above 0: right)"))
    return views, capture.time_s[: capture.n_valid_frames]
