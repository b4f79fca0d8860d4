"""Dataset versions: a name for exactly these samples, read from exactly these versions of the tables.

Delta has no transaction over several tables, so one row of `versions` is the publication. Before it is
written all that it refers to is committed; without it nobody sees anything. Who belongs to a version is
stored under its content hash, not its name: two publishers who race for a number cannot mix their samples.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from .delta_table import LakeTable
from .errors import InvalidInput, LakeBusy, LakeCorrupt, NotInLake
from .identity import canonical_json, content_id
from .licences import LEDGER_COLUMNS, pinned_ledger
from .rows import parsed, rows_to_table, some
from .schemas import VERSIONS
from .splits import SPLIT_RULE
from .writer import commit, compact

PINNED_TABLES = ("scripts", "motions", "samples", "version_samples")
_DATASET_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LAW = ("db_offset", "db_step", "dtype", "shape")
_DESCRIPTION = (
    "sample_id",
    "motion_id",
    "script_id",
    "clip_id",
    *LEDGER_COLUMNS,
    "split",
    "activity",
    "origin",
    "view",
)


@dataclass(frozen=True)
class DatasetVersion:
    """A published version: immutable."""

    name: str
    """"dataset@number"."""
    dataset: str
    number: int
    content_hash: str
    tables: Mapping[str, int]
    """Pinned Delta version of each table."""
    codec: Mapping[str, object]
    """db_offset, db_step, dtype and shape of every tensor."""
    split_rule: Mapping[str, object]
    parent_version: str | None
    n_samples: int
    n_motions: int
    counts: Mapping[str, Mapping[str, int]]
    """Samples by split, activity, origin and view."""
    parameters: Mapping[str, object]
    licences: Sequence[Mapping[str, object]] | None
    """The licence ledger as it was judged on publishing, see `licences.pinned_ledger`; None: published without."""
    code_commit: str | None
    environment_hash: str | None
    run_id: str
    created_at: datetime
    reused: bool = field(default=False, compare=False)
    """Set by `publish` when the same content was published before, so that nothing new was made."""


@dataclass(frozen=True)
class Publication:
    """What to publish, and by whom."""

    dataset: str
    sample_ids: tuple[str, ...]
    run_id: str
    parameters: Mapping[str, object]
    code_commit: str | None = None
    environment_hash: str | None = None


def publish(tables: Mapping[str, LakeTable], what: Publication) -> DatasetVersion:
    """Publish samples as the next version of a dataset, or return the version that already has this content.

    Steps: check, compact, store the membership, pin the tables, write the row of `versions`.

    Raises:
        InvalidInput: a bad dataset name, no samples, samples of several dB laws, or a motion in two splits.
        NotInLake: a sample, or a motion or script that it refers to, is not committed.
        LakeBusy: other writers were faster in every attempt.
    """
    check_dataset_name(what.dataset)
    if not what.run_id:
        raise InvalidInput("run_id is empty; name the run that publishes")
    parameters = canonical_json(dict(what.parameters))
    ids = sorted(set(what.sample_ids))
    if not ids:
        raise InvalidInput(f"dataset {what.dataset} has no samples to publish")
    members = _members(tables, ids)
    codec = _one_law(members)
    content = {"sample_ids": ids, "codec": codec, "split_rule": SPLIT_RULE}
    content_hash = content_id("content", content)
    existing = _with_content(all_versions(tables["versions"], what.dataset), content_hash)
    if existing is not None:
        return replace(existing, reused=True)
    _check_references(tables, members)
    for name in ("scripts", "motions", "samples"):
        compact(tables[name])
    _store_membership(tables["version_samples"], content_hash, ids, what.run_id)
    pins = {name: tables[name].handle().version() for name in PINNED_TABLES}
    row: dict[str, object] = {
        "content_hash": content_hash,
        "tables": [{"table": name, "delta_version": version} for name, version in pins.items()],
        "codec": canonical_json(codec),
        "split_rule": canonical_json(SPLIT_RULE),
        "n_samples": len(ids),
        "n_motions": len(pc.unique(members["motion_id"].drop_null())),
        "counts": canonical_json(_counts(members)),
        "parameters": parameters,
        "licences": canonical_json(pinned_ledger(members.select(LEDGER_COLUMNS).to_pylist())),
        "code_commit": what.code_commit,
        "environment_hash": what.environment_hash,
    }
    version = _announce(tables["versions"], what, row)
    for name in PINNED_TABLES:
        tables[name].index()  # or the first look-up would pay for all that is new
    return version


def check_dataset_name(dataset: str) -> None:
    """Refuse names that the flow engine's pages and file systems would not take."""
    if not _DATASET_NAME.fullmatch(dataset):
        raise InvalidInput(
            f"dataset name {dataset!r} must be lower-case letters and digits joined by single dashes, "
            'such as "mmwave-sim"'
        )


def all_versions(table: LakeTable, dataset: str | None = None) -> list[DatasetVersion]:
    """Return the published versions (of one dataset), oldest first."""
    rows = table.read(where=None if dataset is None else {"dataset": dataset}).to_pylist()
    return sorted((_from_row(row) for row in rows), key=lambda version: (version.dataset, version.number))


def find_version(table: LakeTable, name: str, tags: Mapping[str, str] | None = None) -> DatasetVersion:
    """Return the version "dataset@number" or "dataset@tag", or the newest one of "dataset".

    Args:
        table: table `versions`.
        name: what is asked for.
        tags: the tags of the dataset and the versions that they name, if tags may be asked for.

    Raises:
        InvalidInput: the name is neither.
        NotInLake: there is no such version.
    """
    dataset, at, number = name.partition("@")
    check_dataset_name(dataset)
    if at and number in (tags or {}):
        number = (tags or {})[number].rpartition("@")[2]
    if at and not number.isdecimal():
        known_tags = f" or one of its tags: {some(tags)}" if tags else "; it has no tag"
        raise InvalidInput(f'version {name!r} must be "dataset", "dataset@number"{known_tags}')
    versions = all_versions(table, dataset)
    found = [version for version in versions if not at or version.number == int(number)]
    if found:
        return found[-1]
    known = some(v.name for v in versions or all_versions(table))
    raise NotInLake(
        f"there is no published version {name!r}; {'published: ' + known if known else 'none is'}"
    )


def _members(tables: Mapping[str, LakeTable], ids: Sequence[str]) -> pa.Table:
    members = tables["samples"].read([*_DESCRIPTION, *_LAW], {"sample_id": list(ids)})
    if members.num_rows > len(ids):
        raise LakeCorrupt(
            f"{members.num_rows} rows of samples for {len(ids)} ids: rows are there twice, so another "
            "tool than this project changed the table; restore the folder from a backup"
        )
    missing = sorted(set(ids) - set(members["sample_id"].to_pylist()))
    if missing:
        raise NotInLake(
            f"{len(missing)} of {len(ids)} samples are not committed: {some(missing)}; append them first "
            "(rows that the quality gate turned away are in table quarantine)"
        )
    return members


def _one_law(members: pa.Table) -> dict[str, object]:
    *numbers, shapes = _LAW
    joined = pc.binary_join(members[shapes].cast(pa.list_(pa.string())), ",")
    found = members.select(numbers).append_column(shapes, joined).group_by(list(_LAW)).aggregate([])
    laws = [
        (*law, tuple(map(int, shape.split(","))))
        for *law, shape in zip(*found.to_pydict().values(), strict=True)
    ]
    if len(laws) > 1:
        raise InvalidInput(
            f"the samples follow {len(laws)} dB laws: {some(laws, 3)}; a version has one, so that levels "
            "compare: encode all of them by one law"
        )
    *law, shape = laws[0]
    return dict(zip(_LAW, (*law, list(shape)), strict=True))


def _check_references(tables: Mapping[str, LakeTable], members: pa.Table) -> None:
    for column, name in (("motion_id", "motions"), ("script_id", "scripts")):
        used = pc.unique(members[column].drop_null())
        table = tables[name]
        used = used.to_pylist()
        known = table.known(table.handle(), used)
        missing = [identity for identity, there in zip(used, known, strict=True) if not there]
        if missing:
            raise NotInLake(
                f"samples refer to {len(missing)} {name} that are not committed: {some(missing)}; "
                "append them first"
            )
    for column in ("motion_id", "script_id", "clip_id", "family_key"):
        splits = members.select([column, "split"]).filter(pc.is_valid(members[column]))
        per_value = splits.group_by(column).aggregate([("split", "count_distinct")])
        torn = per_value.filter(pc.greater(per_value["split_count_distinct"], 1))[column].to_pylist()
        if torn:
            raise InvalidInput(
                f"{column} {some(torn)} has samples in several splits, so the test would contain what was "
                "trained on; give all its samples one family_key"
            )


def _counts(members: pa.Table) -> dict[str, dict[str, int]]:
    names = ("split", "activity", "origin", "view")
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for name, counter in counts.items():
        for found in pc.value_counts(members[name]).to_pylist():
            counter[str(found["values"] or "not given")] += found["counts"]
    return {name: dict(counter) for name, counter in counts.items()}


def _store_membership(table: LakeTable, content_hash: str, ids: Sequence[str], run_id: str) -> None:
    rows = pa.table({"content_hash": pa.repeat(content_hash, len(ids)), "sample_id": ids}, table.spec.schema)
    commit(table, lambda handle: rows, {"run_id": run_id, "shard": content_hash}, transaction=content_hash)


def _with_content(versions: Sequence[DatasetVersion], content_hash: str) -> DatasetVersion | None:
    return next((version for version in versions if version.content_hash == content_hash), None)


def _announce(table: LakeTable, what: Publication, row: Mapping[str, object]) -> DatasetVersion:
    """Write the row of `versions` under the next free number, unless somebody else published the same."""

    def plan(handle: DeltaTable) -> pa.Table | None:
        published = table.read(
            ["number", "content_hash"], {"dataset": what.dataset}, version=handle.version()
        ).to_pylist()
        if any(version["content_hash"] == row["content_hash"] for version in published):
            return None
        last = max((version["number"] for version in published), default=0)
        names = {
            "name": f"{what.dataset}@{last + 1}",
            "dataset": what.dataset,
            "number": last + 1,
            "parent_version": f"{what.dataset}@{last}" if last else None,
        }
        return rows_to_table(table.spec, [{**row, **names}], what.run_id)

    written = commit(table, plan, {"run_id": what.run_id, "shard": what.dataset})
    version = _with_content(all_versions(table, what.dataset), str(row["content_hash"]))
    if version is None:
        raise LakeBusy(f"the version of dataset {what.dataset} just written cannot be found; publish again")
    return replace(version, reused=not written)


def _from_row(row: Mapping[str, object]) -> DatasetVersion:
    plain = parsed(VERSIONS, row)
    plain["tables"] = {pin["table"]: pin["delta_version"] for pin in plain["tables"]}  # type: ignore[attr-defined]
    return DatasetVersion(**plain)  # type: ignore[arg-type]
