"""The commands that ask the lake: samples, lineage, regenerate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..settings import Workspace
from .application import BodyOption, WorkspaceOption, app


@app.command()
def lineage(
    identity: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="any id that a story shows, of a scenario as of a scorecard or a run, or the beginning of one; or "
            "dataset@number",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
    as_mermaid: Annotated[bool, typer.Option("--mermaid", help="print the graph as Mermaid text")] = False,
    html: Annotated[Path | None, typer.Option(help="write one self-contained page to this file")] = None,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Tell where a thing of the lake comes from, and what became of it."""
    from .lineage_command import show_lineage

    show_lineage(identity, Workspace(workspace), as_json, as_mermaid, html)


@app.command()
def samples(
    version: Annotated[
        str | None,
        typer.Option(help="only those of a dataset version: dataset@number, or dataset for the newest"),
    ] = None,
    where: Annotated[
        str | None, typer.Option(help='terms that must all hold, such as "activity=fall view=A range_m>3"')
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="samples to list at most")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """List samples of the lake."""
    from .samples_command import list_samples

    list_samples(Workspace(workspace), version, where, limit, as_json)


@app.command()
def regenerate(
    identity: Annotated[str, typer.Argument(metavar="ID", help="a sample's id, or the beginning of one")],
    verify: Annotated[bool, typer.Option("--verify", help="compare with what the lake holds")] = False,
    product: Annotated[
        Literal["doppler_time", "adc"], typer.Option(help="what --out gets: the map, or the raw cube")
    ] = "doppler_time",
    out: Annotated[Path | None, typer.Option(help="file to write: .npy, its axes beside it as .json")] = None,
    body: BodyOption = None,
    motion: Annotated[
        Literal["script", "stored"],
        typer.Option(help="perform the script again, or take the motion that the lake holds"),
    ] = "script",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Make a sample again from its lineage: compare it with the stored one, or write what is not stored."""
    from .regenerate_command import regenerate as regenerate_sample

    regenerate_sample(identity, Workspace(workspace), verify, product, out, body, motion, as_json)
