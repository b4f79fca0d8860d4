"""From what a person types to the thing that is meant: a whole id, the beginning of one, or a version's name."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from .delta_table import LakeTable
from .errors import InvalidInput, NotInLake
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
}
_LIKELY_KIND = {
    "smp": "sample", "mot": "motion", "scp": "script", "enc": "checkpoint", "lng": "checkpoint",
    "llm": "checkpoint", "scr": "scorecard",
}  # fmt: skip
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
    kinds = _likeliest_first(identity)
    for kind in kinds:
        table = tables[TABLE_OF_KIND[kind]]
        if table.find(identity, [table.spec.key_column]) is not None:
            return kind, identity
    if _DATASET.fullmatch(identity) and tables["versions"].read(["name"], {"dataset": identity}).num_rows:
        return "version", find_version(tables["versions"], identity).name
    found = _beginning_so(tables, identity, kinds)
    if not found:
        raise NotInLake(_unknown(tables, identity))
    if len(found) > 1:
        raise InvalidInput(
            f"{len(found)} ids begin with {identity!r}: {some((name for _, name in found), 3)}; give more of it"
        )
    return found[0]


def _likeliest_first(identity: str) -> list[str]:
    likely = _LIKELY_KIND.get(identity.partition("-")[0])
    return sorted(TABLE_OF_KIND, key=lambda kind: kind != likely)


def _beginning_so(tables: Mapping[str, LakeTable], identity: str, kinds: list[str]) -> list[tuple[str, str]]:
    if len(identity) < _SHORTEST_BEGINNING:
        raise InvalidInput(f"{identity!r} is too short for the beginning of an id; give a few letters more")
    found: list[tuple[str, str]] = []
    for kind in kinds:
        if found and kinds[0] == _LIKELY_KIND.get(identity.partition("-")[0]):
            break  # the letters before the dash told the kind
        table = tables[TABLE_OF_KIND[kind]]
        keys = table.read([table.spec.key_column]).column(0).cast(pa.string())
        found += [(kind, name) for name in keys.filter(pc.starts_with(keys, identity)).to_pylist()]
    return sorted(found)


def _unknown(tables: Mapping[str, LakeTable], identity: str) -> str:
    refused = tables["quarantine"].read(
        ["sample_id", "reasons"], pc.starts_with(pc.field("sample_id"), identity)
    )
    if refused.num_rows:
        row = refused.slice(0, 1).to_pylist()[0]
        return f"sample {row['sample_id']!r} was refused, so it is in table quarantine only: {some(row['reasons'], 2)}"
    return (
        f"nothing in {tables['samples'].uri.rpartition('/')[0]} has an id that begins with {identity!r}; there are ids "
        f"of a {', '.join(TABLE_OF_KIND)} (a version is dataset@number)"
    )
