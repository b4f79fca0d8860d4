"""`mmflywheel dataset card` and `mmflywheel dataset export`."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from data_lake import Lake
from data_lake.exports.selection import Restricted

from ..export_dataset import ExportFormat, export_dataset, write_card
from ..settings import Workspace
from .console import console, fail
from .output_files import check_folder


def card_of(version: str, out: Path | None, workspace: Workspace) -> None:
    """Write the card and print where.

    Raises:
        LakeError: no lake, or no such version.
    """
    lake = Lake.open(workspace.lake)
    info = lake.open_version(version).info
    path = out or Path(f"{info.name.replace('@', '-')}.md")
    check_folder(path.parent)
    if path.is_dir():
        fail(f"--out {path} is a folder; give the name of a Markdown file")
    written = write_card(lake, info.name, path)
    console.print(f"card of {info.name}: {escape(str(written))}", soft_wrap=True)


def export_version(
    version: str, out: Path, form: ExportFormat, restricted: Restricted, workspace: Workspace
) -> None:
    """Export and print what was written.

    Raises:
        LakeError: no lake or version, the folder is taken or cannot be written, or samples may not be passed on.
    """
    lake = Lake.open(workspace.lake)
    info = lake.open_version(version).info
    done = export_dataset(lake, info.name, form, out, restricted)
    left_out = f", {done.n_left_out} left out that may not be passed on" if done.n_left_out else ""
    console.print(f"{info.name} as {form}: {done.n_samples} samples{left_out}, {done.n_files} files")
    for note in done.notes:
        console.print(f"[yellow]note[/]: {escape(note)}", soft_wrap=True)
    if restricted == "include" and any(entry.verdict != "free" for entry in done.ledger):
        console.print(
            "[yellow]note[/]: some samples may not be passed on: keep the folder where their licences allow it",
            soft_wrap=True,
        )
    console.print(f"folder: {escape(str(done.folder))}; its README.md says how to load it", soft_wrap=True)
