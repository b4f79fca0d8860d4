"""What all commands share: the application, its errors, and options that several take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Describe a scenario, get a versioned mmWave dataset and a model trained on it.",
)


def _tell_version(asked: bool) -> None:
    if asked:
        from ..record_run import code_version

        print(f"mmflywheel {code_version()}")
        raise typer.Exit


@app.callback()
def _before_every_command(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="print version and commit, and exit"
        ),
    ] = False,
) -> None:
    pass


WorkspaceOption = Annotated[Path, typer.Option(help="folder of the lake, the checkpoints and the results")]
BodyOption = Annotated[Path | None, typer.Option(help="licensed SMPL file, instead of the stand-in body")]
FileRateOption = Annotated[
    float | None,
    typer.Option(
        help="poses/s of a motion file that states none; joints: 20, SMPL parameters: 30 if not given"
    ),
]


def known_errors() -> tuple[type[Exception], ...]:
    """Errors whose message is meant for the user; anything else is a defect and keeps its traceback."""
    from data_lake.errors import LakeError
    from evaluation.errors import EvaluationError
    from llm_prompts.errors import AuthoringError
    from simulator.errors import SimulatorError
    from training.errors import TrainingError

    return (SimulatorError, LakeError, AuthoringError, TrainingError, EvaluationError)
