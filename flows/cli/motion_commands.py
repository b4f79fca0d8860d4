"""The commands about motion: import, retrieve, preview, export, motion-report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..settings import Workspace
from .application import BodyOption, FileRateOption, WorkspaceOption, app

SeedOption = Annotated[int, typer.Option(min=0, help="who performs a script: another seed, another person")]
StartOption = Annotated[float, typer.Option(help="where the window of a long clip starts, in s")]


@app.command("import")
def import_motion(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="folder of motion files")] = None,
    captions: Annotated[
        Path | None, typer.Option(help="text file, a caption a line, instead of DIR; needs --generator")
    ] = None,
    generator: Annotated[
        str | None,
        typer.Option(
            help='text-to-motion command: "python sample.py {caption} {seed} {out}" for each motion, or '
            '"python sample.py {requests}" once for all, a file of JSON lines with caption, seed and out'
        ),
    ] = None,
    generator_name: Annotated[
        str | None,
        typer.Option(
            help="what the source of its clips is called; the name of its script or program if not given"
        ),
    ] = None,
    timeout_s: Annotated[
        float | None, typer.Option(help="how long it may take for one motion; 600 if not given")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="licence of clips that state none")] = None,
    may_ship: Annotated[
        bool | None, typer.Option("--may-ship/--no-may-ship", help="whether they may be passed on")
    ] = None,
    rate_hz: FileRateOption = None,
    seed: Annotated[int, typer.Option(help="given to the generator as {seed}")] = 0,
    body: BodyOption = None,
    workers: Annotated[int | None, typer.Option(help="processes; all cores if not given")] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: Annotated[
        bool, typer.Option("--json", help="print one JSON document, and bars to stderr")
    ] = False,
) -> None:
    """Put your own motion into the lake: a folder of files, or captions for a text-to-motion command."""
    from .import_command import import_clips

    values = {
        "folder": folder, "captions": captions, "generator": generator, "generator_name": generator_name,
        "timeout_s": timeout_s, "licence": licence, "may_ship": may_ship, "rate_hz": rate_hz, "seed": seed,
        "body": body, "workers": workers, "workspace": workspace,
    }  # fmt: skip
    import_clips(as_json, values)


@app.command()
def preview(
    source: Annotated[
        Path,
        typer.Argument(
            help="a motion script (.json), a motion file (BVH, joints .npy, SMPL .npz/.pkl, DeepMimic .txt), or "
            "the id of a clip or motion of the lake (clp-..., mot-...)"
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help=".gif or .png to write; default: NAME.gif in this folder")
    ] = None,
    seed: SeedOption = 0,
    body: BodyOption = None,
    rate_hz: Annotated[float, typer.Option(help="pictures per second")] = 12.0,
    file_rate_hz: FileRateOption = None,
    start_s: StartOption = 0.0,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Write an animated picture of a motion: body and skeleton on the floor, with contacts and the radar's side."""
    from .motion_source import Wanted
    from .preview_command import preview

    preview(Wanted(source, seed, body, start_s, file_rate_hz, workspace), out, rate_hz)


@app.command()
def export(
    source: Annotated[
        Path,
        typer.Argument(
            help="a motion script (.json), a motion file, or the id of a clip or motion of the lake"
        ),
    ],
    out: Annotated[
        Path, typer.Argument(help=".npy (HumanML3D joints), .npz (AMASS layout) or .bvh to write")
    ],
    vectors: Annotated[
        bool, typer.Option(help="HumanML3D's 263 features instead of joints, in a .npy")
    ] = False,
    seed: SeedOption = 0,
    body: BodyOption = None,
    file_rate_hz: FileRateOption = None,
    start_s: StartOption = 0.0,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Write the motion of a script, of a motion file or of the lake in a format that other programs read."""
    from .export_command import export_motion
    from .motion_source import Wanted

    export_motion(Wanted(source, seed, body, start_s, file_rate_hz, workspace), out, vectors)


@app.command()
def retrieve(
    wanted: Annotated[str, typer.Argument(metavar="CAPTION", help="a caption, or a script's .json file")],
    top: Annotated[int, typer.Option(min=1, help="clips to list at most")] = 5,
    threshold: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="similarity under which no clip is taken; 0.75 if not given"),
    ] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
) -> None:
    """Find your own imported clips that show what a caption says, or none where none is near enough."""
    from .retrieve_command import retrieve_clips

    retrieve_clips(wanted, top, threshold, Workspace(workspace), as_json)


@app.command()
def motion_report(
    motions: Annotated[
        Path | None,
        typer.Option(help="folder of recorded motion with a manifest.json; in a checkout: its test clips"),
    ] = None,
    scripts: Annotated[int, typer.Option(help="random scripts whose facts are compared; 0: none")] = 1000,
    clips: Annotated[int, typer.Option(help="engine clips of each class")] = 24,
    seed: Annotated[int, typer.Option(help="of scripts, people and random splits")] = 0,
    workers: Annotated[
        int | None, typer.Option(help="processes for the scripts; all cores if not given")
    ] = None,
    body: BodyOption = None,
    out: Annotated[Path, typer.Option(help="folder of the page and its pictures")] = Path("motion-report"),
) -> None:
    """Lay the engine's motion beside recorded motion and write motion-report.md with tables and figures."""
    from .motion_report_command import report_motion

    report_motion(motions, scripts, clips, seed, workers, body, out)
