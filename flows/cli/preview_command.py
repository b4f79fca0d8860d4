"""`mmflywheel preview`: a script, a motion file or a motion of the lake as an animated picture of a person."""

from __future__ import annotations

from pathlib import Path

from evaluation import check_animation, draw_motion

from .console import console, fail
from .motion_source import Wanted, motion_of
from .output_files import check_folder


def preview(wanted: Wanted, out: Path | None, rate_hz: float) -> None:
    """Write an animated picture of a motion to `out`, by default beside nothing else: NAME.gif in this folder.

    Args:
        wanted: the motion.
        out: .gif or .png.
        rate_hz: pictures per second.

    Raises:
        SimulatorError: the script or the file is unusable; nothing is written.
        LakeError: the lake has no such motion.
        EvaluationError: a picture of that kind or rate cannot be written.
    """
    source = wanted.source
    out = Path(f"{source.stem}.gif") if out is None else out
    check_animation(out, rate_hz)
    check_folder(out.parent)
    if out.is_dir() or out.absolute() == source.absolute():
        fail(f"--out {out}: {'a folder' if out.is_dir() else 'the clip itself'}; give the name of a picture")
    found = motion_of(wanted)
    picture = draw_motion(found.motion, found.body, out, found.caption, found.radar, rate_hz)
    size_kb = picture.stat().st_size / 1000.0
    console.print(f"picture: {picture} ({size_kb:.0f} kB)", soft_wrap=True)
