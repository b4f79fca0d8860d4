"""The commands about scenarios: list, show, write, describe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..settings import AuthorName
from .application import WorkspaceOption, app

scenario_app = typer.Typer(no_args_is_help=True, help="What datasets should cover: look, write, describe.")
app.add_typer(scenario_app, name="scenario")

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="built-in scenario, or a .yaml or .json file")
]
JsonOption = Annotated[bool, typer.Option("--json", help="print one JSON document")]


@scenario_app.command("list")
def list_scenarios(as_json: JsonOption = False) -> None:
    """List the built-in scenarios."""
    from .scenario_command import list_scenarios

    list_scenarios(as_json)


@scenario_app.command("show")
def show_scenario(name: NameArgument, as_json: JsonOption = False) -> None:
    """Show what a scenario covers: activities with shares, people, place, radar, words."""
    from .scenario_command import show_scenario

    show_scenario(name, as_json)


@scenario_app.command("write")
def write_scenario(
    name: NameArgument,
    out: Annotated[Path, typer.Argument(metavar="FILE", help=".yaml file to write")],
    force: Annotated[bool, typer.Option("--force", help="write over a file that is there")] = False,
) -> None:
    """Write a scenario to a YAML file, to change it there."""
    from .scenario_command import write_scenario

    write_scenario(name, out, force)


@scenario_app.command("describe")
def describe_scenario(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help='such as "falls of elderly people in a bathroom"')
    ],
    out: Annotated[Path | None, typer.Option(help=".yaml file to write")] = None,
    author: Annotated[
        AuthorName, typer.Option(help="who reads it: `grammar` by keywords, `model` is an LLM server")
    ] = "grammar",
    seed: Annotated[int, typer.Option(min=0, help="of the request to a model")] = 0,
    workspace: WorkspaceOption = Path("workspace"),
    force: Annotated[bool, typer.Option("--force", help="write over a file that is there")] = False,
    as_json: JsonOption = False,
) -> None:
    """Turn a description in plain words into a scenario, and say what was understood and what was not."""
    from .scenario_command import describe_scenario

    describe_scenario(text, out, author, seed, workspace, force, as_json)
