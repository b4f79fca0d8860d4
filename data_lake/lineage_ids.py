"""From what a person types to the thing that is meant: a whole id, the beginning of one, or a version's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from .delta_table import LakeTable
from .errors import InvalidInput, NotInLake
from .lineage_graph import KEY_OF_KIND
from .rows import some
from .version_tags import current_tags
from .versions import find_version

TABLE_OF_KIND = {
    "sample": "samples",
    "motion": "motions",
    "script": "scripts",
    "checkpoint": "checkpoints",
    "scorecard": "scorecards",
    "version": "versions",
    "clip": "clips",
    "scenario": "scenarios",
    "setup": "setups",
    "request": "requests",
    "gap": "gaps",
    "run": "runs",
}
_LIKELY_KIND = {
    "smp": "sample", "mot": "motion", "scp": "script", "enc": "checkpoint", "lng": "checkpoint",
    "llm": "checkpoint", "scr": "scorecard", "clp": "clip", "scn": "scenario", "set": "setup",
}  # fmt: skip
# Hashes that stand in rows and are no thing of their own: the column that has them.
_HASH_COLUMNS = {"rad": "radar_hash", "cfg": "config_hash", "clp": "clip_id"}
# Table, column of a hash that stands in its rows, their key, and what the hash is to them.
_HASHES_IN = (
    ("versions", "content_hash", "name", "the content of version"),
    ("checkpoints", "config_hash", "checkpoint_id", "the configuration of checkpoint"),
    ("scorecards", "config_hash", "scorecard_id", "the configuration of scorecard"),
    ("versions", "environment_hash", "name", "the environment of version"),
    ("runs", "environment_hash", "run_id", "the environment of run"),
    ("scripts", "request_hash", "script_id", "what the author was asked for script"),
)
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_DATASET = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHORTEST_BEGINNING = 2


def resolve(tables: Mapping[str, LakeTable], identity: str) -> tuple[str, str]:
    """Return kind and whole id of what is meant.

    A whole id is found by its key. Only a beginning takes a look at all ids.

    Args:
        tables: of the lake.
        identity: an id or the beginning of one; "dataset@number", "dataset@tag", or "dataset" for its newest version.

    Raises:
        NotInLake: there is nothing of that name.
        InvalidInput: several ids begin so.
    """
    if "@" in identity:
        tags = current_tags(tables["version_tags"], identity.partition("@")[0])
        return "version", find_version(tables["versions"], identity, tags).name
    likely = _likely_kind(identity)
    kinds = sorted(TABLE_OF_KIND, key=lambda kind: kind != likely)
    for kind in kinds:
        if any(table.find_all(identity, column, [column]) for table, column in _columns_of(tables, kind)):
            return kind, identity
    if _DATASET.fullmatch(identity) and tables["versions"].read(["name"], {"dataset": identity}).num_rows:
        return "version", find_version(tables["versions"], identity).name
    found = _beginning_so(tables, identity, kinds, likely)
    if not found:
        raise NotInLake(_unknown(tables, identity))
    if len(found) > 1:
        raise InvalidInput(
            f"{len(found)} ids begin with {identity!r}: {some((name for _, name in found), 3)}; give more of it"
        )
    return found[0]


def _likely_kind(identity: str) -> str | None:
    return "run" if _ULID.fullmatch(identity) else _LIKELY_KIND.get(identity.partition("-")[0])


def _columns_of(tables: Mapping[str, LakeTable], kind: str) -> Iterator[tuple[LakeTable, str]]:
    """Tables and columns that hold the ids of a kind."""
    yield tables[TABLE_OF_KIND[kind]], KEY_OF_KIND[kind]
    if kind == "gap":  # scripts that are older than table gaps name theirs
        yield tables["scripts"], "gap_id"


def _beginning_so(
    tables: Mapping[str, LakeTable], identity: str, kinds: list[str], likely: str | None
) -> list[tuple[str, str]]:
    if len(identity) < _SHORTEST_BEGINNING:
        raise InvalidInput(f"{identity!r} is too short for the beginning of an id; give a few letters more")
    found: set[tuple[str, str]] = set()
    for kind in kinds:
        if found and kinds[0] == likely:
            break  # the letters before the dash told the kind
        for table, column in _columns_of(tables, kind):
            ids = table.read([column]).column(0).cast(pa.string())
            found |= {(kind, name) for name in ids.filter(pc.starts_with(ids, identity)).to_pylist()}
    return sorted(found)


def _unknown(tables: Mapping[str, LakeTable], identity: str) -> str:
    refused = tables["quarantine"].read(
        ["sample_id", "reasons"], pc.starts_with(pc.field("sample_id"), identity)
    )
    if refused.num_rows:
        row = refused.slice(0, 1).to_pylist()[0]
        return f"sample {row['sample_id']!r} was refused, so it is in table quarantine only: {some(row['reasons'], 2)}"
    for table, column, key, words in _HASHES_IN:
        named = tables[table].read([key], {column: identity})[key].to_pylist()
        if named:
            return (
                f"{identity!r} is no thing of its own in {_place(tables)}, but {words} {some(named, 3)}: "
                f"mmflywheel lineage {named[-1]}"
            )
    of_samples = _HASH_COLUMNS.get(identity.partition("-")[0])
    if of_samples:
        return (
            f"{identity!r} is no thing of its own in {_place(tables)}, but a hash that samples may have: "
            f"mmflywheel samples --where {of_samples}={identity}"
        )
    return (
        f"nothing in {_place(tables)} has an id that begins with {identity!r}; there are ids "
        f"of a {', '.join(TABLE_OF_KIND)} (a version is dataset@number)"
    )


def _place(tables: Mapping[str, LakeTable]) -> str:
    return tables["samples"].uri.rpartition("/")[0]
