"""`mmflywheel simulate`: recorded motion as one radar sees it, as arrays and as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape

from data_lake import content_id, seed_of
from evaluation import View, draw_views
from simulator import (
    CAPTURE_FLAGS,
    SIMULATOR_VERSION,
    Capture,
    MotionClip,
    Placement,
    PosedBody,
    RadarConfig,
    SimulationOptions,
    capture_view,
    gate_width_for_all_m,
    load_body,
    pose_people,
    range_doppler_dbm,
    read_motion_file,
    resolve_radar,
)

from .adc_file import chosen_frames, frames_of_text, remove_other_adc, write_adc
from .console import console
from .output_files import ARRAYS_FILE, PICTURE_FILE, check_folder, write_arrays
from .people_options import Person
from .radar_words import radar_in_words

FACTS = (
    "wrapped_fraction", "gate_loss", "mean_rcs_m2", "mean_range_m", "min_range_rate_mps", "mean_range_rate_mps",
    "max_range_rate_mps", "noise_floor_db",
)  # fmt: skip


def simulate_clips(
    people: Sequence[Person],
    radar_name: str,
    body_path: Path | None,
    seed: int,
    out: Path,
    options: SimulationOptions,
    adc_frames: str | None = None,
    map_frames: str | None = None,
    workers: int = 1,
    keeps_gate: bool = False,
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
        map_frames: the same for range-Doppler maps.
        workers: threads.
        keeps_gate: do not widen the range gate, where there are several people, until all fit into it.

    Raises:
        SimulatorError: a file, the radar, a placement or the frames are impossible; nothing is written.
    """
    check_folder(out)
    _check_frames(adc_frames, map_frames)
    body = load_body(body_path)
    clips = [read_motion_file(person.clip, body, person.file_rate_hz, person.start_s) for person in people]
    placements = [person.placement for person in people]
    radar = _radar_for(radar_name, min(clip.motion.duration_s for clip in clips))
    options = replace(options, all_views=True)
    _tell_of_clips(people, clips)
    console.print(f"radar {radar_in_words(radar)}", soft_wrap=True)
    posed = pose_people([clip.motion for clip in clips], body, radar, placements, options, workers)
    frames = chosen_frames(adc_frames, posed.n_frames) if adc_frames else None
    mapped = chosen_frames(map_frames, posed.n_frames, "--maps") if map_frames else None
    if len(people) > 1 and not keeps_gate:
        options = _with_room_for_all(options, posed, placements[0], radar)
    what = {
        "clips": [clip.content_hash for clip in clips],
        "radar": radar.to_dict(),
        "placements": [placement.to_dict() for placement in placements],
        "options": options.to_dict(),
        "body": body.content_hash,
        "seed": seed,
    }
    made = _lineage(what, [clip.start_s for clip in clips])
    noise_seed = made["noise_seed"]
    capture = capture_view(posed, radar, placements[0], noise_seed, options, workers)
    maps = _maps(posed, radar, placements[0], noise_seed, options, mapped, workers) if mapped else {}
    _tell_of_capture(capture, radar)
    _write(capture, _arrays(capture) | maps, made, _title(clips, radar, placements[0]), out)
    if frames is not None:
        samples = write_adc(posed, radar, placements[0], options, frames, made, out)
        console.print(f"ADC samples: {samples}", soft_wrap=True)


def _check_frames(adc_frames: str | None, map_frames: str | None) -> None:
    """Refuse words that name no frames before anything is computed."""
    for text, option in ((adc_frames, "--adc"), (map_frames, "--maps")):
        if text:
            frames_of_text(text, option)


def _title(clips: Sequence[MotionClip], radar: RadarConfig, placement: Placement) -> str:
    names = " and ".join(clip.clip_id for clip in clips)
    return f"{names}, {radar.name}, view {placement.view}, {placement.range_m:g} m"


def _lineage(what: dict[str, Any], start_s: list[float]) -> dict[str, Any]:
    """All that a capture depends on, with the seed of the noise, which the simulator's version does not change."""
    starts = {"start_s": start_s}
    # windows at the start keep the noise that they had before there were others
    hashed = {**what, **starts} if any(start_s) else what
    noise_seed = seed_of(content_id("cap", hashed), "noise")
    return {**what, **starts, "noise_seed": noise_seed, "simulator_version": SIMULATOR_VERSION}


def _with_room_for_all(
    options: SimulationOptions, posed: PosedBody, placement: Placement, radar: RadarConfig
) -> SimulationOptions:
    """The range gate widened, if it must be, until all people are in it."""
    own_m = options.spectrogram.gate_width_m or 0.0
    wide_m = gate_width_for_all_m(posed, placement, radar)
    if wide_m <= own_m:
        return options
    console.print(
        f"range gate: {wide_m:.1f} m instead of {own_m:g} m, so that all people are in it; "
        "--set simulation.spectrogram.gate_width_m=... sets another",
        soft_wrap=True,
    )
    return replace(options, spectrogram=replace(options.spectrogram, gate_width_m=wide_m))


def _write(
    capture: Capture, arrays: dict[str, np.ndarray], made: dict[str, Any], title: str, out: Path
) -> None:
    """Arrays and picture; ADC samples of another capture go."""
    out.mkdir(parents=True, exist_ok=True)
    written = write_arrays(arrays, capture.n_valid_frames, capture.flags, made, out / ARRAYS_FILE)
    for path in remove_other_adc(out, made):
        console.print(f"removed, as it was of another capture: {path}", soft_wrap=True)
    picture = draw_views(*_pictured(capture), title, out / PICTURE_FILE)
    console.print(f"arrays: {written}\npicture: {picture}", soft_wrap=True)


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


def _tell_of_capture(capture: Capture, radar: RadarConfig) -> None:
    """Numbers and flags of what the radar saw, on the terminal."""
    level = "nothing received" if capture.mean_rcs_m2 <= 0.0 else (
        f"mean RCS {10.0 * math.log10(capture.mean_rcs_m2):.1f} dBsm at {capture.mean_range_m:.2f} m"
    )  # fmt: skip
    floor = (
        "" if capture.noise_floor_db is None else f"; noise floor of a row {capture.noise_floor_db:.1f} dBm"
    )
    console.print(
        f"  {level}; range rates {capture.min_range_rate_mps:+.2f} to {capture.max_range_rate_mps:+.2f} m/s "
        f"(98 % of the power), {100.0 * capture.wrapped_fraction:.3g} % of it beyond "
        f"+-{radar.max_velocity_mps:.2f} m/s{floor}",
        soft_wrap=True,
    )
    for flag in capture.flags:
        console.print(f"  flag {flag}: {CAPTURE_FLAGS[flag]}")


def _maps(
    posed: PosedBody,
    radar: RadarConfig,
    placement: Placement,
    noise_seed: int,
    options: SimulationOptions,
    frames: range,
    workers: int,
) -> dict[str, np.ndarray]:
    """Whole range-Doppler maps with those axes that the views do not have."""
    maps = range_doppler_dbm(posed, radar, placement, noise_seed, options, frames.start, len(frames), workers)
    return {
        "range_doppler_dbm": maps,
        "range_doppler_time_s": radar.frame_times_s[frames.start : frames.stop],
        "range_doppler_range_m": np.arange(radar.n_adc_samples) * radar.range_bin_m,
    }


def _radar_for(name: str, duration_s: float) -> RadarConfig:
    """A preset as it is; a .cfg file, which often means endless frames, for as long as the motion lasts."""
    if not name.lower().endswith(".cfg"):
        return resolve_radar(name)
    period_s = resolve_radar(name, n_frames=1).frame_period_s
    return resolve_radar(name, n_frames=max(1, math.floor(duration_s / period_s + 1e-9)))


def _arrays(capture: Capture) -> dict[str, np.ndarray]:
    """The views under their names with their axes, and what cannot be seen in them."""
    names = (
        "doppler_time", "range_time", "azimuth_time", "time_s", "velocity_mps", "range_m", "azimuth_rad"
    )  # fmt: skip
    arrays = {name: value for name in names if (value := getattr(capture, name)) is not None}
    arrays |= {name: np.array(value) for name in FACTS if (value := getattr(capture, name)) is not None}
    return arrays | {f"doppler_time_{part}": view for part, view in (capture.part_doppler_time or {}).items()}


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
