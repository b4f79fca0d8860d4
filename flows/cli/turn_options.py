"""Options of every command that makes a dataset, or a part of one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..settings import AuthorName, Scale

ScaleOption = Annotated[Scale, typer.Option(help="the one dial for size")]
ScenarioOption = Annotated[
    str, typer.Option(help="built-in scenario (`mmflywheel scenario list`), or a .yaml or .json file")
]
AuthorOption = Annotated[AuthorName, typer.Option(help="who writes the scripts; `model` is an LLM server")]
MotionsOption = Annotated[Path | None, typer.Option(help="folder of real clips, instead of scripts")]
DatasetOption = Annotated[
    str | None, typer.Option(help="name of the dataset; mmwave-sim if not given, mocap-sim with --motions")
]
SeedOption = Annotated[int, typer.Option(help="root of every random stream")]
CountOption = Annotated[int | None, typer.Option(help="scripts to write, instead of the scale's number")]
ViewsOption = Annotated[
    int | None, typer.Option(help="radar views of each motion, 1 to 8, instead of the scale's number")
]
GapsOption = Annotated[
    str,
    typer.Option(
        help="what to make first: `last` (what the dataset's newest scorecard shows), or a JSON file of gaps"
    ),
]
RadarOption = Annotated[str, typer.Option(help="radar preset, or path of a TI .cfg file (128 loops)")]
OneBodyOption = Annotated[Path | None, typer.Option(help="licensed SMPL file, instead of the stand-in body")]
OverridesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="an option, e.g. encoder.epochs=5 or simulation.scattering=diffuse; repeatable"
    ),
]
WorkersOption = Annotated[int | None, typer.Option(help="processes; all cores if not given")]
FailureQuotaOption = Annotated[
    float | None,
    typer.Option(help="share of shards that may fail before the run stops, 0 to 1; 0.1 if not given"),
]
