"""The commands about the lake itself and its published versions: `lake check|gc|compact`, `versions ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..settings import Workspace
from .application import WorkspaceOption, app

lake_app = typer.Typer(no_args_is_help=True, help="Look after the lake: check, gc, compact.")
versions_app = typer.Typer(help="List dataset versions, compare them, tag and promote them.")
app.add_typer(lake_app, name="lake")
app.add_typer(versions_app, name="versions")

JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON document")]
VersionArgument = Annotated[
    str, typer.Argument(help="dataset@number, dataset@tag, or dataset for the newest")
]
ReasonOption = Annotated[str | None, typer.Option(help="why; kept with the move")]


@lake_app.command()
def check(
    deep: Annotated[bool, typer.Option("--deep", help="read the tensors too; compare every row")] = False,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Find and name damage: files, logs, memberships, hashes, references. Ends with status 1 where there is some."""
    from .lake_upkeep import check_lake

    check_lake(Workspace(workspace), deep, as_json)


@lake_app.command("gc")
def collect(
    remove: Annotated[
        bool, typer.Option("--remove", help="remove the files; without it they are counted")
    ] = False,
    age_hours: Annotated[
        float, typer.Option(min=0, help="files left more recently stay: a writer may be at work on them")
    ] = 24.0,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Count, or remove, files that neither a published version nor the newest state of a table reads."""
    from .lake_upkeep import collect_garbage

    collect_garbage(Workspace(workspace), remove, age_hours, as_json)


@lake_app.command()
def compact(workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """Join the small files of every table; `gc` removes the small ones when nobody reads them any more."""
    from .lake_upkeep import compact_lake

    compact_lake(Workspace(workspace), as_json)


@versions_app.callback(invoke_without_command=True)
def versions(
    context: typer.Context, as_json: JsonOption = False, workspace: WorkspaceOption = Path("workspace")
) -> None:
    """List the published versions."""
    if context.invoked_subcommand is None:
        from .version_upkeep import list_versions

        list_versions(Workspace(workspace), as_json)


@versions_app.command()
def diff(
    before: VersionArgument,
    after: VersionArgument,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Tell what changed from one version to another: samples, counts, settings, scores."""
    from .version_upkeep import show_difference

    show_difference(Workspace(workspace), before, after, as_json)


@versions_app.command()
def log(
    dataset: Annotated[str, typer.Argument(help="name of the dataset")],
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Tell the history of a dataset: versions with what each added and removed, and the moves of its tags."""
    from .version_upkeep import show_log

    show_log(Workspace(workspace), dataset, as_json)


@versions_app.command()
def tag(
    version: VersionArgument,
    name: Annotated[str, typer.Argument(metavar="TAG", help='such as "candidate"')],
    remove: Annotated[bool, typer.Option("--remove", help="take the tag away from it")] = False,
    reason: ReasonOption = None,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Give a version a name that can move on later: dataset@TAG opens it."""
    from .version_upkeep import move_tag

    move_tag(Workspace(workspace), version, name, remove, reason)


@versions_app.command()
def promote(
    version: VersionArgument,
    unscored: Annotated[
        bool, typer.Option("--unscored", help="also a version that no model was scored on")
    ] = False,
    reason: ReasonOption = None,
    workspace: WorkspaceOption = Path("workspace"),
) -> None:
    """Tag a version `published` once it is found whole and was scored."""
    from .version_upkeep import promote_version

    promote_version(Workspace(workspace), version, unscored, reason)
