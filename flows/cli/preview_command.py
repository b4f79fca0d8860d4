"""`mmflywheel preview`: a script or a motion file as an animated picture of a person."""

from __future__ import annotations

from pathlib import Path

from evaluation import check_animation, draw_motion

from .console import console, fail
from .motion_source import motion_of
from .output_files import check_folder


def preview(
    source: Path, out: Path | None, seed: int, body_path: Path | None, rate_hz: float, start_s: float
) -> None:
    """Write an animated picture of `source` to `out`, by default beside nothing else: NAME.gif in this folder.

    Args:
        source: a motion script (.json), or a motion file.
        out: .gif or .png.
        seed: of the person who performs a script.
        body_path: licensed body; None = the stand-in, of the sex that a script says.
        rate_hz: pictures per second.
        start_s: where the window of a long clip starts, seconds.

    Raises:
        SimulatorError: the script or the file is unusable; nothing is written.
        EvaluationError: a picture of that kind or rate cannot be written.
    """
    out = Path(f"{source.stem}.gif") if out is None else out
    check_animation(out, rate_hz)
    check_folder(out.parent)
    if out.is_dir() or out.absolute() == source.absolute():
        fail(f"--out {out}: {'a folder' if out.is_dir() else 'the clip itself'}; give the name of a picture")
    found = motion_of(source, seed, body_path, start_s)
    picture = draw_motion(found.motion, found.body, out, found.caption, found.radar, rate_hz)
    size_kb = picture.stat().st_size / 1000.0
    console.print(f"picture: {picture} ({size_kb:.0f} kB)", soft_wrap=True)
