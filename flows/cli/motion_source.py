"""The motion that a command is given: a script to be performed, a recorded clip, or a motion of the lake."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from data_lake import Lake
from evaluation import RadarMark
from simulator import BodyModel, BodyMotion, Placement, load_body, read_motion_file, synthesize

from ..settings import Workspace
from ..stored_motion import is_motion_id, stored_motion
from .console import console, fail
from .script_file import read_script_file

SCRIPT_SUFFIX = ".json"
_VIEW_A = RadarMark((0.0, -1.0), "radar of view A")


@dataclass(frozen=True)
class FoundMotion:
    """A motion on its body, the first of its captions, and where the radar stands."""

    motion: BodyMotion
    body: BodyModel
    caption: str
    radar: RadarMark


@dataclass(frozen=True)
class Wanted:
    """What a command is asked to show or write.

    Attributes:
        source: a motion script (.json), a motion file, or the id of a motion or clip of the lake.
        seed: of the person who performs a script.
        body_path: licensed body; None = the stand-in, of the sex that a script says.
        start_s: where the window of a long clip starts, seconds.
        file_rate_hz: poses per second of a file that states none; None = what is usual for its format.
        workspace: folder of the lake.
    """

    source: Path
    seed: int = 0
    body_path: Path | None = None
    start_s: float = 0.0
    file_rate_hz: float | None = None
    workspace: Path = Path("workspace")


def motion_of(wanted: Wanted) -> FoundMotion:
    """Perform a script, read a clip or fetch a motion, and say in a line which.

    Raises:
        SimulatorError: the script or the file is unusable.
        LakeError: there is no lake, or no such motion in it.
    """
    source = wanted.source
    is_script = source.suffix.lower() == SCRIPT_SUFFIX
    is_stored = is_motion_id(str(source)) and not source.exists()
    if not (is_script or is_stored):
        return _recorded(wanted, load_body(wanted.body_path))
    what = "script" if is_script else "motion of the lake"
    if wanted.start_s:
        fail(f"--start-s picks a window of a recorded clip; a {what} is shown from its start")
    if wanted.file_rate_hz:
        fail(f"--file-rate-hz is for motion files that state no rate; a {what} has its own")
    return _performed(wanted) if is_script else _stored(wanted)


def _performed(wanted: Wanted) -> FoundMotion:
    script = read_script_file(wanted.source)
    body = load_body(wanted.body_path, sex=script.subject.sex)
    motion, start = synthesize(script, wanted.seed, body), script.start
    x, y, _ = Placement(start.range_m, start.azimuth_deg, start.heading_deg).radar_in_body_frame_m
    console.print(
        f"{escape(script.title)}: script of {motion.duration_s:.2f} s, performed with seed {wanted.seed}"
    )
    return FoundMotion(motion, body, script.caption, RadarMark((x, y), f"radar, {start.range_m:g} m"))


def _stored(wanted: Wanted) -> FoundMotion:
    lake = Lake.open(Workspace(wanted.workspace).lake)
    found = stored_motion(lake, str(wanted.source), wanted.body_path)
    console.print(f"{found.motion_id}: motion of {found.motion.duration_s:.2f} s, as the lake holds it")
    return FoundMotion(found.motion, found.body, found.caption, _VIEW_A)


def _recorded(wanted: Wanted, body: BodyModel) -> FoundMotion:
    path = wanted.source
    clip = read_motion_file(path, body, wanted.file_rate_hz, wanted.start_s)
    end_s = clip.start_s + clip.motion.duration_s
    console.print(f"{path.name}: {clip.start_s:.2f} ... {end_s:.2f} s of {clip.recording_s:.2f} s")
    for note in clip.notes:
        console.print(f"  note: {escape(note)}")
    caption = clip.captions[0] if clip.captions else clip.clip_id
    return FoundMotion(clip.motion, body, caption, _VIEW_A)
