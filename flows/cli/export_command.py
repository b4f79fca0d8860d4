"""`mmflywheel export`: the motion of a script, of a motion file or of the lake, for other programs."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from simulator import write_motion

from .console import console, fail
from .motion_source import Wanted, motion_of
from .output_files import check_folder


def export_motion(wanted: Wanted, out: Path, vectors: bool) -> None:
    """Write a motion to `out` in the format of its ending.

    Raises:
        SimulatorError: the script or the file is unusable, or the format is not written; nothing is written.
        LakeError: the lake has no such motion.
    """
    check_folder(out.parent)
    if out.absolute() == wanted.source.absolute():
        fail(f"{out} is the motion itself; give another name")
    found = motion_of(wanted)
    form = write_motion(out, found.motion, found.body, "HumanML3D vectors" if vectors else None)
    console.print(f"motion: {escape(str(out))} ({form}, {found.motion.duration_s:.2f} s)", soft_wrap=True)
