"""Prefect flow: look after the lake: check it, join small files, count what may go, find versions without models."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.runtime import flow_run

from data_lake import DatasetVersion, Lake, check_lake
from evaluation.markdown_escaping import safe_table

from .bear_failures import task_retries
from .choose_night import is_missed
from .publish_dataset import FOLLOW_UP, PUBLISHED_EVENT
from .publish_version import START_TRAINING
from .settings import Workspace
from .store_artifacts import store_report
from .train_checkpoints import WAVELLM
from .train_models import START_EVALUATION, announce_models


class DamagedLake(RuntimeError):
    """The check found damage; the page of the run names it."""


@task(name="check-lake", cache_policy=NO_CACHE)
def check_task(root: str) -> tuple[bool, list[str]]:
    """Whether the lake is sound, read whole, and the lines of the page that say so."""
    report = check_lake(root, deep=True)
    rows = ((f.where, f.kind, f.detail) for f in report.findings)
    table = safe_table(("where", "what", "detail"), rows, left=(0, 1, 2)) if report.findings else []
    state = "sound" if report.sound else "**damaged**"
    return report.sound, [f"{report.n_files} files, {report.n_rows} rows: {state}.", "", *table, ""]


@task(name="compact-lake", cache_policy=NO_CACHE, **task_retries())
def compact_task(root: str) -> None:
    """Join the small files of every table; readers of published versions keep theirs."""
    Lake.open(root).compact()


@task(name="count-garbage", cache_policy=NO_CACHE)
def garbage_task(root: str) -> list[str]:
    """What `mmflywheel lake gc --remove` would remove; a schedule never removes anything."""
    found = Lake.open(root).collect_garbage(dry_run=True)
    rows = ((one.table, one.n_files, f"{one.n_bytes / 2**20:.1f}") for one in found)
    return [*safe_table(("table", "files", "MiB"), rows), ""] if found else ["Nothing.", ""]


@flow(name="maintain-lake", flow_run_name="maintain", log_prints=True)
def maintain_lake(workspace: str = "workspace", train_missing: bool = True) -> str:
    """Check, compact, count; start the training and scoring of the newest versions that lack it, as after a lost event.

    Args:
        workspace: folder of lake, checkpoints and results
        train_missing: announce the newest version of each dataset again where it was not trained on, or not scored
    """
    due = flow_run.get_scheduled_start_time()
    if is_missed(due):
        print(f"skipped: due at {due}, and a newer run has taken its place")
        return ""
    root = str(Workspace(Path(workspace)).lake)
    sound, findings = check_task(root)
    print(f"check: {findings[0]}")
    lines = ["# Lake", "", "## Check", "", *findings]
    if sound:
        compact_task(root)
        lines += ["## May be removed by `mmflywheel lake gc --remove`", "", *garbage_task(root)]
    untrained, unscored = without_models(Lake.open(root)), without_scorecard(Lake.open(root))
    names = ", ".join(f"`{version.name}`" for version in untrained) or "none"
    models = ", ".join(f"`{row['checkpoint_id']}`" for row in unscored) or "none"
    lines += [
        "## Newest versions without a model",
        "",
        names,
        "",
        "## Models without a scorecard",
        "",
        models,
        "",
    ]
    print(f"newest versions without a model: {names}; models without a scorecard: {models}")
    if train_missing and sound:
        announce(untrained, unscored)
    store_report("lake", "\n".join(lines), "sound" if sound else "damaged")
    if not sound:
        raise DamagedLake("the lake is damaged; the page of this run (artifact `lake`) names what and where")
    return names


def without_models(lake: Lake) -> list[DatasetVersion]:
    """The newest version of each dataset that should have been trained on and was not.

    Those of runs with `start_training` off are left alone, and so are those of turns, which train them themselves.
    """
    trained = {row["dataset_version"] for row in _wavellms(lake)}
    newest = {version.dataset: version for version in lake.versions()}
    return [
        version
        for version in newest.values()
        if version.name not in trained and version.parameters.get(START_TRAINING, True)
    ]


def without_scorecard(lake: Lake) -> list[dict[str, Any]]:
    """Rows of the models of the newest versions that should have been scored and were not, each with its `options`."""
    newest = {version.dataset: version.name for version in lake.versions()}
    scored = {
        checkpoint
        for row in lake.read("scorecards", columns=["checkpoints"]).to_pylist()
        for checkpoint in row["checkpoints"]
    }
    found = []
    for row in _wavellms(lake):
        if row["dataset_version"] in newest.values() and row["checkpoint_id"] not in scored:
            run = lake.row("runs", row["run_id"]) or {}
            if json.loads(run.get("report") or "{}").get(START_EVALUATION):
                found.append({**row, "options": json.loads(run["parameters"])})
    return found


def _wavellms(lake: Lake) -> list[dict[str, Any]]:
    columns = ["checkpoint_id", "kind", "dataset_version", "run_id"]
    return [row for row in lake.read("checkpoints", columns=columns).to_pylist() if row["kind"] == WAVELLM]


def announce(versions: Sequence[DatasetVersion], models: Sequence[Mapping[str, Any]]) -> None:
    """Tell of versions and models again; training or scoring what is done already makes nothing."""
    for version in versions:
        parameters = json.loads(json.dumps(version.parameters, default=str))
        resource = {
            "prefect.resource.id": f"lake.dataset.{version.dataset}",
            "prefect.resource.name": version.dataset,
            FOLLOW_UP: "train",
        }
        payload = {
            "version": version.name,
            "rows": version.n_samples,
            "scale": parameters.get("scale", "smoke"),
        }
        emit_event(event=PUBLISHED_EVENT, resource=resource, payload=payload)
        print(f"{version.name} has no model yet: announced again")
    for row in models:
        announce_models(row["dataset_version"], row["checkpoint_id"], row["options"])
        print(f"{row['checkpoint_id']} of {row['dataset_version']} has no scorecard yet: announced again")
