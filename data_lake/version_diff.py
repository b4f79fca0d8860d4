"""What changed from one dataset version to another: samples, counts, settings, scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .delta_table import LakeTable
from .errors import LakeCorrupt, NotInLake
from .rows import parsed
from .score_measures import scored_split, scores_of
from .versions import DatasetVersion

COMPARED = ("codec", "split_rule", "parameters", "code_commit", "environment_hash")


def diff_versions(
    tables: Mapping[str, LakeTable], before: DatasetVersion, after: DatasetVersion
) -> dict[str, Any]:
    """Compare two versions, of one dataset or of two.

    Returns:
        `before`, `after`: names. `samples`: numbers `common`, `added`, `removed`. `added`, `removed`: their sorted
        ids. `counts`: property -> value -> [before, after], where they differ. `changed`: what of dB law, split
        rule, parameters, licences, code and environment differs, as name -> [before, after]. `scores`: measure ->
        [before, after] of the last scorecards of each that are about one split, see `score_measures.scores_of`.
    """
    old, new = _members(tables, before), _members(tables, after)
    counts = {
        name: differing
        for name in sorted({*before.counts, *after.counts})
        if (differing := _differing(before.counts.get(name, {}), after.counts.get(name, {}), 0))
    }
    changed: dict[str, list[object]] = {}
    for name in COMPARED:
        mine, theirs = getattr(before, name), getattr(after, name)
        if isinstance(mine, Mapping):
            changed |= {f"{name}.{key}": pair for key, pair in _differing(mine, theirs, None).items()}
        elif mine != theirs:
            changed[name] = [mine, theirs]
    if before.licences is not None and after.licences is not None:
        verdicts = _differing(_verdicts(before.licences), _verdicts(after.licences), None)
        changed |= {f"licences.{licence}": pair for licence, pair in verdicts.items()}
    return {
        "before": before.name,
        "after": after.name,
        "samples": {"common": len(old & new), "added": len(new - old), "removed": len(old - new)},
        "added": sorted(new - old),
        "removed": sorted(old - new),
        "counts": counts,
        "changed": changed,
        "scores": _scores(tables["scorecards"], before, after),
    }


def _verdicts(licences: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Whether samples under each licence may be passed on; of one licence with two words on it, both."""
    found: dict[str, list[str]] = {}
    for entry in licences:
        found.setdefault(str(entry["licence"] or "not given"), []).append(str(entry["verdict"]))
    return {licence: " and ".join(sorted(verdicts)) for licence, verdicts in found.items()}


def members(tables: Mapping[str, LakeTable], version: DatasetVersion) -> list[str]:
    """Return the ids of the samples that the membership of a version lists.

    Raises:
        LakeCorrupt: the pinned version of the membership is gone.
    """
    try:
        rows = tables["version_samples"].read(
            ["sample_id"], {"content_hash": version.content_hash}, version.tables["version_samples"]
        )
    except NotInLake as error:
        raise LakeCorrupt(f"the membership of {version.name} is gone: {error}") from error
    return rows["sample_id"].to_pylist()


def _members(tables: Mapping[str, LakeTable], version: DatasetVersion) -> set[str]:
    return set(members(tables, version))


def _differing(
    before: Mapping[str, Any], after: Mapping[str, Any], absent: object
) -> dict[str, list[object]]:
    return {
        key: [before.get(key, absent), after.get(key, absent)]
        for key in sorted({*before, *after})
        if before.get(key, absent) != after.get(key, absent)
    }


def _scores(table: LakeTable, before: DatasetVersion, after: DatasetVersion) -> dict[str, list[float]]:
    """Of the last scorecards that are about the same split: scores on other samples cannot be compared."""
    mine, theirs = (_last_metrics(table, version.name) for version in (before, after))
    split = next((split for split in reversed(theirs) if split in mine), None)
    old, new = scores_of(mine.get(split)), scores_of(theirs.get(split))
    return {name: [old[name], new[name]] for name in old if name in new}


def _last_metrics(table: LakeTable, version: str) -> dict[str | None, object]:
    """Metrics of the last scorecard of a version on each split; the split that was scored last comes last."""
    rows = sorted(table.find_all(version, by="dataset_version"), key=lambda row: row["created_at"])
    found: dict[str | None, object] = {}
    for row in rows:
        metrics = parsed(table.spec, row)["metrics"]
        found.pop(scored_split(metrics), None)
        found[scored_split(metrics)] = metrics
    return found
