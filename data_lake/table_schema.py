"""Tables of other releases: what an older one lacks is added, what a newer one has is refused by name."""

from __future__ import annotations

from deltalake import CommitProperties, DeltaTable, Field, Schema

from .columns import since_of
from .errors import LakeCorrupt, LakeTooNew
from .rows import some
from .table_spec import TableSpec


def check_schema(spec: TableSpec, handle: DeltaTable, uri: str) -> None:
    """Refuse a stored table whose columns this release cannot read.

    Columns that came with a later schema version may be absent: their rows read as null.

    Raises:
        LakeTooNew: it has columns that a later schema version brought.
        LakeCorrupt: a column is missing, unknown or of another type.
    """
    stored = {field.name: field for field in handle.schema().fields}
    wanted = {field.name: field.type for field in Schema.from_arrow(spec.schema).fields}
    unknown = [field for name, field in stored.items() if name not in wanted]
    newest = max((since_of(field.metadata) for field in unknown), default=1)
    if newest > 1:
        raise LakeTooNew(
            f"table {uri} has column {some(field.name for field in unknown)} of schema version {newest}; this "
            f"release knows version {spec.schema_version} of the table: install a newer mmflywheel"
        )
    differing = [
        name
        for name, kind in wanted.items()
        if (name not in stored and name not in spec.later) or (name in stored and stored[name].type != kind)
    ]
    differing += [field.name for field in unknown]
    if differing:
        raise LakeCorrupt(
            f"table {uri} was made by another release: column {some(differing)} is missing, "
            "unknown or of another type here; read it with the release that made it, or make a new lake"
        )


def missing_columns(spec: TableSpec, handle: DeltaTable) -> list[Field]:
    """Return the columns of later schema versions that a stored table lacks."""
    stored = {field.name for field in handle.schema().fields}
    return [field for field in Schema.from_arrow(spec.schema).fields if field.name not in stored]


def add_missing_columns(spec: TableSpec, handle: DeltaTable) -> bool:
    """Bring an older table to this release's columns, in one commit of its own; tell whether it lacked any.

    Versions before that commit stay as they are. The handle is outdated afterwards.

    Raises:
        CommitFailedError: another writer was first; open the table again.
    """
    missing = missing_columns(spec, handle)
    if missing:
        handle.alter.add_columns(missing, commit_properties=CommitProperties(max_commit_retries=0))
    return bool(missing)


def schema_version_of(spec: TableSpec, handle: DeltaTable) -> int | None:
    """Return the schema version that a stored table is at; None: it has all of this release's columns."""
    lacking = [since_of(field.metadata) for field in missing_columns(spec, handle)]
    return min(lacking) - 1 if lacking else None
