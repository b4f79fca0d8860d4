"""Where one sample comes from, and what became of it: one walk along the keys of the tables.

sample -> motion -> script, or clip     what it was made from
sample -> versions that contain it -> checkpoints, scorecards      what was made from it
every row -> the run that stored it
"""

from __future__ import annotations

from collections.abc import Mapping

from .delta_table import LakeTable
from .errors import NotInLake
from .rows import parsed


def lineage(tables: Mapping[str, LakeTable], sample_id: str) -> dict:
    """Return all that the lake knows about one sample; tensors and motion arrays are left out.

    Returns:
        `sample`, `motion`, `script`, `clip`: rows with JSON columns parsed; None where the sample has none
        (`clip` also where the import is older than table clips). `versions`, `checkpoints`, `scorecards`,
        `runs`: lists of rows, oldest first; a run is listed when one of the other rows names it. `missing`:
        ids that rows refer to but no table has.

    Raises:
        NotInLake: there is no such sample.
    """
    sample = _row(tables["samples"], sample_id)
    if sample is None:
        raise NotInLake(
            f"there is no sample {sample_id!r} in {tables['samples'].uri}; "
            "rows that the quality gate turned away are in table quarantine"
        )
    missing: list[str] = []
    motion = _referred(tables["motions"], sample["motion_id"], missing)
    script = _referred(tables["scripts"], sample["script_id"], missing)
    clip = _newest_clip(tables["clips"], sample["clip_id"])
    contents = tables["version_samples"].read(["content_hash"], {"sample_id": sample_id})
    versions = _rows(tables["versions"], "content_hash", contents["content_hash"].to_pylist())
    names = [version["name"] for version in versions]
    checkpoints = _rows(tables["checkpoints"], "dataset_version", names)
    scorecards = _rows(tables["scorecards"], "dataset_version", names)
    used = [row for row in (sample, motion, script, clip) if row] + versions + checkpoints + scorecards
    run_ids = {str(row["run_id"]) for row in used}
    runs = _rows(tables["runs"], "run_id", sorted(run_ids), order="started_at")
    missing += sorted(run_ids - {str(run["run_id"]) for run in runs})
    return {
        "sample": sample,
        "motion": motion,
        "script": script,
        "clip": clip,
        "versions": versions,
        "checkpoints": checkpoints,
        "scorecards": scorecards,
        "runs": runs,
        "missing": missing,
    }


def _row(table: LakeTable, identity: str) -> dict | None:
    columns = [name for name in table.spec.schema.names if name not in table.spec.tensor_columns]
    row = table.find(identity, columns)
    return None if row is None else parsed(table.spec, row)


def _referred(table: LakeTable, identity: object, missing: list[str]) -> dict | None:
    if identity is None:
        return None
    row = _row(table, str(identity))
    if row is None:
        missing.append(str(identity))
    return row


def _newest_clip(table: LakeTable, clip_id: object) -> dict | None:
    rows = [] if clip_id is None else _rows(table, "clip_id", [clip_id])
    return rows[-1] if rows else None


def _rows(table: LakeTable, column: str, values: list, order: str = "created_at") -> list[dict]:
    if not values:
        return []
    rows = table.read(where={column: values}).sort_by(order).to_pylist()
    return [parsed(table.spec, row) for row in rows]
