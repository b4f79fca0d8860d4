"""The commands `mmflywheel dataset card | export | import | train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..settings import Scale, Workspace
from .application import WorkspaceOption, app

dataset_app = typer.Typer(
    no_args_is_help=True, help="Cards, exports, imports and training of dataset versions."
)
app.add_typer(dataset_app, name="dataset")

VersionArgument = Annotated[
    str, typer.Argument(metavar="NAME[@N]", help="dataset version; without @N the newest one")
]


@dataset_app.command()
def card(
    version: VersionArgument,
    out: Annotated[Path | None, typer.Option(help="Markdown file; default: NAME-N.md in this folder")] = None,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Write the card of a version: coverage, radar, costs, quality, limits, licences, with pictures beside it."""
    from .export_dataset_command import card_of

    card_of(version, out, Workspace(workspace))


@dataset_app.command()
def export(
    version: VersionArgument,
    out: Annotated[Path, typer.Option(help="folder to write, which must be new or empty")],
    form: Annotated[
        Literal["hf", "webdataset", "mmexpert", "croissant"],
        typer.Option(
            "--format",
            help="hf: Parquet with previews for Hugging Face's datasets; webdataset: tar shards; mmexpert: JSON and "
            ".npy A to H; croissant: Parquet and metadata",
        ),
    ] = "hf",
    include_restricted: Annotated[
        bool, typer.Option("--include-restricted", help="also samples that may not be passed on")
    ] = False,
    leave_out_restricted: Annotated[
        bool, typer.Option("--leave-out-restricted", help="without them, instead of an error")
    ] = False,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Write a version as a folder for other tools, with its card; the folder appears whole or not at all."""
    from .console import fail
    from .export_dataset_command import export_version

    if include_restricted and leave_out_restricted:
        fail("--include-restricted and --leave-out-restricted contradict each other; give one of them")
    restricted: Literal["include", "leave-out", "refuse"] = (
        "include" if include_restricted else "leave-out" if leave_out_restricted else "refuse"
    )
    export_version(version, out, form, restricted, Workspace(workspace))


@dataset_app.command("import")
def import_maps(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="folder, or one JSON file of records")],
    origin: Annotated[
        Literal["real", "mocap"],
        typer.Option(help="recorded by a radar, or simulated by another tool on captured motion"),
    ],
    radar: Annotated[str, typer.Option(help="radar preset, or path of a TI .cfg file (128 loops)")],
    form: Annotated[Literal["mmexpert"], typer.Option("--format", help="what the files are")] = "mmexpert",
    dataset: Annotated[str, typer.Option(help="name of the dataset that is published")] = "imported",
    values: Annotated[
        Literal["linear", "db", "log10"], typer.Option(help="what the numbers are: magnitude, dB, log10")
    ] = "linear",
    axes: Annotated[
        Literal["frame-doppler", "doppler-frame"], typer.Option(help="which axis of a .npy comes first")
    ] = "frame-doppler",
    receding: Annotated[
        Literal["above", "below"], typer.Option(help="which bins recede, seen from the middle one")
    ] = "above",
    reference_dbm: Annotated[
        float | None, typer.Option(help="dBm of magnitude 1; if not given, chosen so that nothing is cut off")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="licence of the maps")] = None,
    may_ship: Annotated[
        bool | None, typer.Option("--may-ship/--no-may-ship", help="whether they may be passed on")
    ] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: Annotated[
        bool, typer.Option("--json", help="print one JSON document, and bars to stderr")
    ] = False,
) -> None:
    """Put radar maps of others (real or simulated) into the lake and publish them as a dataset version."""
    from .import_dataset_command import import_version

    values_of_options = {
        "source": source, "origin": origin, "radar": radar, "dataset": dataset, "values": values, "axes": axes,
        "receding": receding, "reference_dbm": reference_dbm, "licence": licence, "may_ship": may_ship,
        "workspace": workspace,
    }  # fmt: skip
    del form  # there is one so far
    import_version(values_of_options, as_json)


@dataset_app.command()
def train(
    version: VersionArgument,
    scale: Annotated[Scale, typer.Option(help="the one dial for size")] = "smoke",
    seed: Annotated[int, typer.Option(help="root of every random stream")] = 0,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="a training option, e.g. encoder.epochs=5; repeatable"),
    ] = None,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Train both models on a published version, also an imported one, and score them on its test split."""
    from .train_version_command import train_version

    train_version(version, scale, seed, overrides or [], workspace)
