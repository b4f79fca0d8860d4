"""`mmflywheel export`: the motion of a script or of a motion file, for other programs."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from simulator import write_motion

from .console import console, fail
from .motion_source import motion_of
from .output_files import check_folder


def export_motion(
    source: Path, out: Path, vectors: bool, seed: int, body_path: Path | None, start_s: float
) -> None:
    """Write the motion of `source` to `out` in the format of its ending; arguments as for `motion_of`.

    Raises:
        SimulatorError: the script or the file is unusable, or the format is not written; nothing is written.
    """
    check_folder(out.parent)
    if out.absolute() == source.absolute():
        fail(f"{out} is the motion itself; give another name")
    found = motion_of(source, seed, body_path, start_s)
    form = write_motion(out, found.motion, found.body, "HumanML3D vectors" if vectors else None)
    console.print(f"motion: {escape(str(out))} ({form}, {found.motion.duration_s:.2f} s)", soft_wrap=True)
