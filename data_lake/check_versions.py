"""Published versions under a check: pinned states, membership, content hash, parents and tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from .delta_table import LakeTable
from .errors import LakeError
from .findings import Finding
from .identity import content_id
from .licences import LEDGER_COLUMNS, counted, ledger_of
from .rows import some
from .version_diff import members
from .version_tags import tag_history
from .versions import PINNED_TABLES, DatasetVersion, all_versions

LookAtPinned = Callable[[LakeTable, int], str | None]


def version_faults(
    tables: Mapping[str, LakeTable], with_log: Mapping[str, LakeTable], look_at: LookAtPinned
) -> Iterator[Finding]:
    """Name what is wrong with the published versions.

    Args:
        tables: those whose newest state can be read.
        with_log: those whose log can be read, so that a pinned state may be whole.
        look_at: returns what is wrong with a pinned state.
    """
    if "versions" not in tables:
        return
    try:
        versions = all_versions(tables["versions"])
    except LakeError as error:
        yield Finding("versions", "corrupt Parquet", str(error))
        return
    names = {version.name for version in versions}
    for version in versions:
        if version.parent_version and version.parent_version not in names:
            yield Finding(version.name, "dangling ids", f"its parent {version.parent_version} is gone")
        lost_pins = [name for name in PINNED_TABLES if name not in version.tables]
        broken = bool(lost_pins)
        if broken:
            yield Finding(version.name, "pinned state lost", f"it pins no state of {some(lost_pins)}")
        for table, number in version.tables.items():
            fault = look_at(with_log[table], number) if table in with_log else f"table {table} cannot be read"
            if fault:
                broken = True
                yield Finding(version.name, "pinned state lost", fault)
        if not broken:
            yield from _membership_faults(with_log, version)
    if "version_tags" in tables:
        lost = [m for m in tag_history(tables["version_tags"]) if m.version and m.version not in names]
        for move in lost:
            yield Finding(f"{move.dataset}@{move.tag}", "dangling ids", f"{move.version} is gone")


def _membership_faults(tables: Mapping[str, LakeTable], version: DatasetVersion) -> Iterator[Finding]:
    try:
        ids = members(tables, version)
        stored = tables["samples"].read(["sample_id", *LEDGER_COLUMNS], version=version.tables["samples"])
    except LakeError as error:
        yield Finding(version.name, "pinned state lost", str(error))
        return
    if len(set(ids)) != version.n_samples or len(ids) != len(set(ids)):
        yield Finding(
            version.name,
            "membership mismatch",
            f"{version.n_samples} samples were published, its membership lists {len(ids)}",
        )
    lost = set(ids).difference(stored["sample_id"].to_pylist())
    if lost:
        yield Finding(
            version.name, "membership mismatch", f"{len(lost)} samples are gone: {some(sorted(lost), 3)}"
        )
    if version.licences is not None:
        mine = stored.filter(pc.is_in(stored["sample_id"], value_set=pa.array(ids, pa.string())))
        if ledger_of(mine.to_pylist()) != counted(version.licences):
            yield Finding(version.name, "licence mismatch", "its licence ledger is not that of its samples")
    content = {"sample_ids": sorted(ids), "codec": version.codec, "split_rule": version.split_rule}
    found = content_id("content", content)
    if found != version.content_hash:
        yield Finding(
            version.name,
            "hash mismatch",
            f"its content hashes to {found}, published was {version.content_hash}",
        )
