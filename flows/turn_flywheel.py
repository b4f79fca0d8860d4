"""Prefect flow: one whole turn of the wheel."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from .evaluate_models import evaluate_models
from .generate_dataset import generate_dataset
from .settings import AuthorName, Scale
from .train_models import train_models


@flow(name="turn_flywheel", flow_run_name="turn-{dataset}-seed{seed}", log_prints=True)
def turn_flywheel(
    dataset: str = "mmwave-sim",
    scale: Scale = "smoke",
    scenario: str = "daily-living",
    author: AuthorName = "grammar",
    seed: Annotated[int, Field(ge=0)] = 0,
    n_motions: Annotated[int, Field(ge=0)] = 0,
    views: Annotated[int, Field(ge=0, le=8)] = 0,
    motions: str = "",
    radar: str = "mmexpert-iwr1843",
    body: str = "",
    overrides: list[str] = [],  # noqa: B006
    workspace: str = "workspace",
    workers: Annotated[int, Field(ge=0)] = 0,
) -> str:
    """Scenario to scorecard; returns the folder of the results.

    Args:
        dataset: lower-case letters, digits and dashes
        scale: the one dial for size
        scenario: name of a built-in scenario
        author: who writes the scripts: the seeded grammar, or a language model
        seed: root of every random stream
        n_motions: scripts to write; 0 takes the scale's number
        views: radar views of each motion, up to 8; 0 takes the scale's number
        motions: folder of real clips instead of scripts; empty: none
        radar: radar preset
        body: licensed SMPL file; empty: the stand-in body
        overrides: single options, such as encoder.epochs=5 or simulation.scattering=diffuse
        workspace: folder of lake, checkpoints and results
        workers: processes; 0 takes all cores
    """
    version = generate_dataset(
        dataset=dataset, scale=scale, scenario=scenario, author=author, seed=seed, n_motions=n_motions, views=views,
        motions=motions, radar=radar, body=body, overrides=overrides, workspace=workspace, workers=workers,
    )  # fmt: skip
    print(f"dataset version {version}")
    models: dict[str, Any] = {
        "dataset_version": version, "scale": scale, "seed": seed, "overrides": overrides, "workspace": workspace
    }  # fmt: skip
    train_models(**models)
    return evaluate_models(**models)
