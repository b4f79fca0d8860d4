"""Prefect flow: make a version of what the shards committed; the version's event starts what waits for it."""

from __future__ import annotations

from typing import Annotated

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.runtime import flow_run
from pydantic import Field

from data_lake import DatasetVersion
from simulator import load_body

from .gather_motions import gather_motions
from .make_dataset import describe_version
from .open_lake import open_lake, recorded_run
from .publish_version import cover_plan, publish_version
from .record_run import RunRecord
from .settings import AuthorName, Scale, TurnSettings, settings_from_flow

PUBLISHED_EVENT = "dataset.version.published"


@task(name="publish-version", cache_policy=NO_CACHE)
def publish_task(settings: TurnSettings, run: RunRecord) -> DatasetVersion:
    """Check that every planned sample is there, then write the row in `versions`."""
    lake = open_lake(settings)
    gathered = gather_motions(settings, lake, load_body(settings.body), run)
    coverage = cover_plan(settings, lake, gathered)
    version = publish_version(settings, lake, coverage, run)
    print(describe_version(version, coverage))
    return version


@flow(name="publish_dataset", flow_run_name="publish-{dataset}-seed{seed}", log_prints=True)
def publish_dataset(
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
    """Publish the samples of these settings as `name@N`; content that has a version gives that version back.

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
        overrides: single options of the simulator, such as simulation.scattering=diffuse
        workspace: folder of lake, checkpoints and results
        workers: processes; 0 takes all cores
    """
    settings = settings_from_flow(**locals())
    with recorded_run(open_lake(settings), "publish_dataset", settings, str(flow_run.get_id() or "")) as run:
        version: DatasetVersion = publish_task(settings, run)
    if not version.reused:
        _announce_version(settings.dataset, version)
    return version.name


def _announce_version(dataset: str, version: DatasetVersion) -> None:
    """After the commit, never before: training must not start on a version that does not exist."""
    resource = {"prefect.resource.id": f"lake.dataset.{dataset}", "prefect.resource.name": dataset}
    payload = {"version": version.name, "rows": version.n_samples}
    emit_event(event=PUBLISHED_EVENT, resource=resource, payload=payload)
