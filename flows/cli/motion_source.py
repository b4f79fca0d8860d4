"""The motion that a command is given: a script to be performed, or a recorded clip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from evaluation import RadarMark
from simulator import BodyModel, BodyMotion, Placement, load_body, read_motion_file, synthesize

from .console import console, fail
from .script_file import read_script_file

SCRIPT_SUFFIX = ".json"


@dataclass(frozen=True)
class FoundMotion:
    """A motion on its body, the first of its captions, and where the radar stands."""

    motion: BodyMotion
    body: BodyModel
    caption: str
    radar: RadarMark


def motion_of(source: Path, seed: int, body_path: Path | None, start_s: float) -> FoundMotion:
    """Perform a script or read a clip, and say in a line which.

    Args:
        source: a motion script (.json), or a motion file.
        seed: of the person who performs a script.
        body_path: licensed body; None = the stand-in, of the sex that a script says.
        start_s: where the window of a long clip starts, seconds.

    Raises:
        SimulatorError: the script or the file is unusable.
    """
    if source.suffix.lower() != SCRIPT_SUFFIX:
        return _recorded(source, load_body(body_path), start_s)
    if start_s:
        fail("--start-s picks a window of a recorded clip; a script is shown from its start")
    script = read_script_file(source)
    body = load_body(body_path, sex=script.subject.sex)
    motion, start = synthesize(script, seed, body), script.start
    x, y, _ = Placement(start.range_m, start.azimuth_deg, start.heading_deg).radar_in_body_frame_m
    console.print(f"{escape(script.title)}: script of {motion.duration_s:.2f} s, performed with seed {seed}")
    return FoundMotion(motion, body, script.caption, RadarMark((x, y), f"radar, {start.range_m:g} m"))


def _recorded(path: Path, body: BodyModel, start_s: float) -> FoundMotion:
    clip = read_motion_file(path, body, start_s=start_s)
    end_s = clip.start_s + clip.motion.duration_s
    console.print(f"{path.name}: {clip.start_s:.2f} ... {end_s:.2f} s of {clip.recording_s:.2f} s")
    for note in clip.notes:
        console.print(f"  note: {escape(note)}")
    caption = clip.captions[0] if clip.captions else clip.clip_id
    return FoundMotion(clip.motion, body, caption, RadarMark((0.0, -1.0), "radar of view A"))
