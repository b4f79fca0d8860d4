"""What changed from one dataset version to another: samples, counts, settings, scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .delta_table import LakeTable
from .errors import LakeCorrupt, NotInLake
from .rows import parsed
from .versions import DatasetVersion

COMPARED = ("codec", "split_rule", "parameters", "code_commit", "environment_hash")


def diff_versions(
    tables: Mapping[str, LakeTable], before: DatasetVersion, after: DatasetVersion
) -> dict[str, Any]:
    """Compare two versions, of one dataset or of two.

    Returns:
        `before`, `after`: names. `samples`: numbers `common`, `added`, `removed`. `added`, `removed`: their sorted
        ids. `counts`: property -> value -> [before, after], where they differ. `changed`: what of dB law, split
        rule, parameters, licences, code and environment differs, as name -> [before, after]. `scores`: metric ->
        [before, after] of the last scorecard of each, where both have it and it is a number.
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
    old, new = (_last_metrics(table, version.name) for version in (before, after))
    return {name: [old[name], new[name]] for name in sorted(old.keys() & new.keys())}


def _last_metrics(table: LakeTable, version: str) -> dict[str, float]:
    rows = sorted(table.find_all(version, by="dataset_version"), key=lambda row: row["created_at"])
    return _numbers(parsed(table.spec, rows[-1])["metrics"]) if rows else {}


def _numbers(value: object, name: str = "") -> dict[str, float]:
    """The numbers in nested metrics, named by their path."""
    if isinstance(value, Mapping):
        parts = (_numbers(item, f"{name}.{key}" if name else str(key)) for key, item in value.items())
        return {key: number for part in parts for key, number in part.items()}
    return {name: value} if isinstance(value, (int, float)) and not isinstance(value, bool) else {}
