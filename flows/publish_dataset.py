"""Prefect flow: make a version of what the shards committed; the version's event starts what waits for it."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.runtime import flow_run

from data_lake import DatasetVersion
from simulator import load_body

from .bear_failures import task_retries
from .choose_gaps import with_gaps_of_parts
from .form_fields import Count, DatasetName, Seed, Views
from .gather_motions import gather_motions
from .log_words import keep_words_only
from .make_dataset import describe_version
from .open_lake import open_lake, recorded_run
from .publish_version import cover_plan, publish_version
from .record_run import RunRecord
from .settings import AuthorName, Scale, TurnSettings, settings_from_flow

keep_words_only()

PUBLISHED_EVENT = "dataset.version.published"
FOLLOW_UP = "mmflywheel.follow-up"
_NOT_SETTINGS = ("gaps", "may_miss", "start_training")


@task(name="publish-version", cache_policy=NO_CACHE, **task_retries())
def publish_task(
    settings: TurnSettings, run: RunRecord, may_miss: int, start_training: bool
) -> DatasetVersion:
    """Check that every planned sample is there, or all but `may_miss`, then write the row in `versions`."""
    lake = open_lake(settings)
    gathered = gather_motions(settings, lake, load_body(settings.body), run)
    coverage = cover_plan(settings, lake, gathered, may_miss)
    version = publish_version(settings, lake, coverage, run, start_training)
    print(describe_version(version, coverage))
    return version


@flow(name="publish-dataset", flow_run_name="publish-{dataset}-seed{seed}", log_prints=True)
def publish_dataset(
    dataset: DatasetName = "mmwave-sim", scale: Scale = "smoke", scenario: str = "daily-living",
    author: AuthorName = "grammar", seed: Seed = 0, n_motions: Count = 0, views: Views = 0, gaps: str = "",
    motions: str = "", radar: str = "mmexpert-iwr1843", body: str = "", overrides: list[str] = [],  # noqa: B006
    workspace: str = "workspace", workers: Count = 0,
    may_miss: Count = 0, start_training: bool = True,
) -> str:  # fmt: skip
    """Publish the samples of these settings as `name@N`; content that has a version gives that version back.

    Args:
        dataset: lower-case letters, digits and dashes
        scale: size of everything: smoke (320 motions), small (2,000) or paper (14,616)
        scenario: a built-in one, such as bathroom-falls (`mmflywheel scenario list`), or the path of a .yaml file
        author: who writes the scripts: the seeded grammar, or a language model
        seed: root of every random stream
        n_motions: scripts to write; 0 takes the scale's number
        views: radar views of each motion, up to 8; 0 takes the scale's number
        gaps: the .json file of gaps that the shards were made with, or its text; empty: none
        motions: folder of real clips instead of scripts; empty: none
        radar: radar preset
        body: licensed SMPL file; empty: the stand-in body
        overrides: single options of the simulator, such as simulation.scattering=diffuse
        workspace: folder of lake, checkpoints and results
        workers: processes; 0 takes all cores
        may_miss: planned samples that may be missing because their shards failed; 0: none
        start_training: a new version starts train-models
    """
    given = {name: value for name, value in locals().items() if name not in _NOT_SETTINGS}
    settings = with_gaps_of_parts(settings_from_flow(**given), gaps)
    with recorded_run(open_lake(settings), "publish_dataset", settings, str(flow_run.get_id() or "")) as run:
        version: DatasetVersion = publish_task(settings, run, may_miss, start_training)
    if not version.reused:
        _announce_version(settings, version, "train" if start_training else "none")
    return version.name


def _announce_version(settings: TurnSettings, version: DatasetVersion, follow_up: str) -> None:
    """After the commit, never before: training must not start on a version that does not exist.

    `follow_up` is what the automation looks at: a turn trains its version itself.
    """
    resource = {
        "prefect.resource.id": f"lake.dataset.{settings.dataset}",
        "prefect.resource.name": settings.dataset,
        FOLLOW_UP: follow_up,
    }
    payload = {"version": version.name, "rows": version.n_samples, "scale": settings.scale}
    emit_event(event=PUBLISHED_EVENT, resource=resource, payload=payload)
