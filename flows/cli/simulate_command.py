"""`mmflywheel simulate`: recorded motion as one radar sees it, as arrays and as a picture."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
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
    RadarConfig,
    SimulationOptions,
    capture_view,
    load_body,
    pose_people,
    read_motion_file,
    resolve_radar,
)

from .adc_file import chosen_frames, write_adc
from .console import console
from .people_options import Person

ARRAYS_FILE = "capture.npz"
PICTURE_FILE = "capture.png"


def simulate_clips(
    people: Sequence[Person],
    radar_name: str,
    body_path: Path | None,
    seed: int,
    out: Path,
    options: SimulationOptions,
    adc_frames: str | None = None,
    workers: int = 1,
) -> None:
    """Simulate motion files and write `out/capture.npz` and `out/capture.png`, and ADC samples if asked for.

    Args:
        people: who moves, and where; usually one.
        radar_name: preset or .cfg file.
        body_path: licensed body; None = the stand-in.
        seed: root of the receiver's noise.
        out: folder.
        options: of the simulation.
        adc_frames: "first:end" or "all"; None = no ADC samples.
        workers: threads.

    Raises:
        SimulatorError: a file, the radar, a placement or the frames are impossible; nothing is written.
    """
    body = load_body(body_path)
    clips = [read_motion_file(person.clip, body, start_s=person.start_s) for person in people]
    placements = [person.placement for person in people]
    radar = _radar_for(radar_name, min(clip.motion.duration_s for clip in clips))
    options = replace(options, all_views=True)
    what = {
        "clips": [clip.content_hash for clip in clips],
        "radar": radar.to_dict(),
        "placements": [placement.to_dict() for placement in placements],
        "options": options.to_dict(),
        "body": body.content_hash,
        "seed": seed,
    }
    starts = {"start_s": [clip.start_s for clip in clips]}
    if any(starts["start_s"]):  # windows at the start keep the noise that they had before there were others
        what |= starts
    noise_seed = seed_of(content_id("cap", what), "noise")
    _tell_of_clips(people, clips)
    console.print(f"radar {radar.name}, {radar.n_virtual} virtual channels")
    motions = [clip.motion for clip in clips]
    posed = pose_people(motions, body, radar, placements, options, workers)
    capture = capture_view(posed, radar, placements[0], noise_seed, options, workers)
    for flag in capture.flags:
        console.print(f"  flag {flag}: {CAPTURE_FLAGS[flag]}")
    frames = chosen_frames(adc_frames, capture.n_valid_frames) if adc_frames else None
    out.mkdir(parents=True, exist_ok=True)
    made = {**what, **starts, "noise_seed": noise_seed}
    arrays = _write_arrays(capture, made, out / ARRAYS_FILE)
    names = " and ".join(clip.clip_id for clip in clips)
    title = f"{names}, {radar.name}, view {placements[0].view}, {placements[0].range_m:g} m"
    picture = draw_views(*_pictured(capture), title, out / PICTURE_FILE)
    console.print(f"arrays: {arrays}\npicture: {picture}", soft_wrap=True)
    if frames is not None:
        samples = write_adc(posed, radar, placements[0], options, frames, made, out)
        console.print(f"ADC samples: {samples}", soft_wrap=True)


def _tell_of_clips(people: Sequence[Person], clips: Sequence[MotionClip]) -> None:
    """What is simulated of each file, on the terminal."""
    for person, clip in zip(people, clips, strict=True):
        console.print(f"{person.clip.name}: {clip.motion.duration_s:.2f} s; {person.placement_in_words}")
        if clip.recording_s > clip.motion.duration_s:
            end_s = clip.start_s + clip.motion.duration_s
            console.print(
                f"  {clip.recording_s:.1f} s long: {clip.start_s:.2f} ... {end_s:.2f} s are simulated; "
                "--start-s picks another window"
            )
        for note in clip.notes:
            console.print(f"  note: {escape(note)}")


def _radar_for(name: str, duration_s: float) -> RadarConfig:
    """A preset as it is; a .cfg file, which often means endless frames, for as long as the motion lasts."""
    if not name.lower().endswith(".cfg"):
        return resolve_radar(name)
    period_s = resolve_radar(name, n_frames=1).frame_period_s
    return resolve_radar(name, n_frames=max(1, math.floor(duration_s / period_s + 1e-9)))


def _write_arrays(capture: Capture, what: dict[str, Any], path: Path) -> Path:
    """The views under their names with their axes; whole or not at all."""
    names = (
        "doppler_time", "range_time", "azimuth_time", "time_s", "velocity_mps", "range_m", "azimuth_rad"
    )  # fmt: skip
    arrays = {name: value for name in names if (value := getattr(capture, name)) is not None}
    arrays |= {f"doppler_time_{part}": view for part, view in (capture.part_doppler_time or {}).items()}
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
