"""`mmflywheel simulate --scene`: simple targets as one radar sees them, beside what the radar equation says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import typer
from rich.markup import escape
from rich.table import Table

from data_lake import content_id, seed_of
from evaluation import TargetMark, draw_range_doppler
from simulator import (
    SCENE_FLAGS,
    SIMULATOR_VERSION,
    SceneCapture,
    TargetReading,
    read_scene,
    resolve_radar,
    simulate_scene,
)

from .adc_file import remove_other_adc
from .console import console, fail, progress_bars
from .output_files import ARRAYS_FILE, PICTURE_FILE, check_folder, write_arrays

OF_A_SCENE = ("clip", "scene", "out", "radar", "seed", "threads")


def refuse_options_of_clips(context: typer.Context) -> None:
    """End with an error where options that place a body are given beside --scene, which has none."""
    given = []
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name not in OF_A_SCENE and source is not None and source.name == "COMMANDLINE":
            given.append(parameter.opts[0])
    if given:
        fail(
            f"{', '.join(given)} cannot be given beside --scene: a scene file says itself where its targets are"
        )


def simulate_targets(scene_path: Path, radar_name: str, seed: int, out: Path, threads: int = 1) -> None:
    """Simulate a scene file and write `out/capture.npz` and `out/capture.png`.

    Raises:
        SimulatorError: the scene or the radar is impossible; nothing is written.
    """
    check_folder(out)
    scene = read_scene(scene_path)
    radar = resolve_radar(radar_name, n_frames=1)
    what = {"scene": scene.to_dict(), "radar": radar.to_dict(), "seed": seed}
    used_seed = seed_of(content_id("cap", what), "scene") if scene.seed is None else scene.seed
    with progress_bars() as bars:
        capture = simulate_scene(scene, radar, used_seed, threads, bars)
    console.print(
        f"{scene_path.name}: {len(scene.targets)} targets, {len(capture.time_s)} frames; radar {radar.name}, "
        f"{'plane waves' if scene.wavefront == 'plane' else 'spherical waves'}"
    )
    console.print(_table(capture))
    for reading in capture.targets:
        for note in reading.notes:
            console.print(f"  targets[{reading.number}]: {escape(note)}", soft_wrap=True)
    for flag in capture.flags:
        console.print(f"  flag {flag}: {SCENE_FLAGS[flag]}")
    out.mkdir(parents=True, exist_ok=True)
    made_from = {
        **what,
        "radar": capture.radar.to_dict(),
        "used_seed": used_seed,
        "simulator_version": SIMULATOR_VERSION,
    }
    n_frames = len(capture.time_s)
    arrays = write_arrays(_arrays(capture), n_frames, capture.flags, made_from, out / ARRAYS_FILE)
    for path in remove_other_adc(out, made_from):
        console.print(f"removed, as it was of another capture: {path}", soft_wrap=True)
    picture = _draw(capture, scene_path.stem, out / PICTURE_FILE)
    console.print(f"arrays: {arrays}\npicture: {picture}", soft_wrap=True)


def _table(capture: SceneCapture) -> Table:
    """Each target by the radar equation and in the map."""
    time_s = capture.time_s[capture.read_frame]
    title = f"frame {capture.read_frame} ({time_s:.3f} s), virtual channel 0"
    table = Table(title=title, title_justify="left", show_edge=False)
    table.add_column("target")
    for column in ("range m", "rate m/s", "RCS dBsm", "equation dBm", "map dBm", "difference dB"):
        table.add_column(column, justify="right")
    table.add_column("closed form of the RCS", overflow="fold")
    for reading in capture.targets:
        rcs_dbsm = None if not reading.rcs_m2 else 10.0 * np.log10(reading.rcs_m2)
        numbers = (rcs_dbsm, reading.expected_dbm, reading.measured_dbm, reading.difference_db)
        table.add_row(
            f"{reading.number} {reading.kind}",
            f"{reading.range_m:.3f}",
            f"{reading.range_rate_mps:+.3f}",
            *("-" if number is None else f"{number:.2f}" for number in numbers),
            reading.formula,
        )
    return table


def _arrays(capture: SceneCapture) -> dict[str, np.ndarray]:
    """Maps and views under their names with their axes."""
    names = (
        "range_doppler_dbm", "doppler_time", "range_time", "azimuth_time",
        "time_s", "velocity_mps", "range_m", "range_time_m", "azimuth_rad",
    )  # fmt: skip
    return {name: value for name in names if (value := getattr(capture, name)) is not None}


def _draw(capture: SceneCapture, name: str, path: Path) -> Path:
    """The middle frame with each target where the radar equation puts it."""
    title = (
        f"{name}, {capture.radar.name}: range-Doppler map at {capture.time_s[capture.read_frame]:.2f} s, "
        "virtual channel 0"
    )
    marks = [_mark(reading, capture) for reading in capture.targets]
    return draw_range_doppler(
        capture.range_doppler_dbm[capture.read_frame].astype(np.float64),
        capture.velocity_mps,
        capture.range_m,
        marks,
        title,
        path,
    )


def _mark(reading: TargetReading, capture: SceneCapture) -> TargetMark:
    level = "" if reading.measured_dbm is None else f", {reading.measured_dbm:.1f} dBm"
    return TargetMark(
        float(capture.velocity_mps[0]) + reading.doppler_cell * capture.radar.velocity_bin_mps,
        reading.range_cell * capture.radar.range_bin_m,
        f"{reading.kind} {reading.number}{level}",
    )
