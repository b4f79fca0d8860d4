"""Prefect flow: import a folder of motion files into the lake; the page of the run names every file it left out."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from evaluation.markdown_escaping import safe_table

from .form_fields import Count
from .import_request import Imported, ImportSettings, run_import
from .log_words import keep_words_only
from .store_artifacts import store_report

keep_words_only()

SHOWN_FILES = 200


@task(name="import-files", cache_policy=NO_CACHE)
def import_task(settings: ImportSettings) -> Imported:
    """Read, fit and store what the lake does not hold yet."""
    return run_import(settings)


@flow(name="import-motions", flow_run_name="import-{folder}", log_prints=True)
def import_recordings(
    folder: str, licence: str = "", body: str = "", workspace: str = "workspace", workers: Count = 0
) -> int:
    """Import BVH, HumanML3D, AMASS, SMPL-X and DeepMimic files; returns the number of clips that are there now.

    Args:
        folder: folder of motion files, with subfolders; its whole path, or one from the checkout
        licence: of files that state none, such as CC-BY-4.0; empty: not known
        body: licensed SMPL file; empty: the stand-in body
        workspace: folder of lake, checkpoints and results
        workers: processes; 0 takes all cores
    """
    given = {"licence": licence, "body": body, "workers": workers}
    optional = {name: value for name, value in given.items() if value}
    settings = ImportSettings.model_validate(
        {"folder": Path(folder), "workspace": Path(workspace), **optional}
    )
    imported = import_task(settings)
    report = imported.report
    counts = f"{len(report.rows)} clips of {len(report.files)} files, {report.n_added} new"
    said = f"{counts}; {len(report.skipped)} left out"
    print(said)
    left_out = safe_table(
        ("file", "reason"), ((s.path, s.reason) for s in report.skipped[:SHOWN_FILES]), left=(0, 1)
    )
    lines = ["# Import", "", f"{said}; {imported.seconds:.0f} s.", "", *(left_out if report.skipped else [])]
    store_report("import-motions", "\n".join(lines), Path(folder).name)
    return len(report.rows)
