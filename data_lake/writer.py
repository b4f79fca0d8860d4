"""Commits that leave no trace when they fail and no duplicate when they are repeated.

Every commit is a compare-and-swap: rows that the newest version already holds are dropped, the rest is
written as the next version, and if another writer took that number first, nothing is visible and all of it
starts over from what is there now. So two writers of the same rows store them once, without a lock. (A Delta
merge gives the same promise but reads the tensors of the whole table for every shard.)
"""

from __future__ import annotations

import fcntl
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError
from numpy.typing import NDArray

from .delta_table import LakeTable
from .errors import InvalidInput, LakeBusy, LakeError
from .identity import content_id
from .rows import Row, rows_to_table
from .storage_faults import check_writable, not_written
from .table_schema import add_missing_columns, missing_columns

MAX_COMMIT_ATTEMPTS = 24
LOCK_FILE = "_compaction.lock"  # names with an underscore are no data to readers of Delta
_TIDY_EVERY = 4  # commits
_MANY_FILES = 48
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 2.0

Plan = Callable[[DeltaTable], pa.Table | None]


def append_rows(table: LakeTable, rows: Sequence[Row], shard: str, run_id: str) -> int:
    """Store the rows whose key the table does not have; return how many that were.

    All of them become visible at once or none. The shard's name and keys are noted in the Delta log, so a
    repeated call returns 0 without looking at the data.

    Raises:
        InvalidInput: a row does not fit the table; nothing is stored.
        LakeBusy: other writers were faster in every attempt; nothing is stored.
    """
    if not shard or not run_id:
        raise InvalidInput(f"shard {shard!r} and run_id {run_id!r} must both be named")
    new = rows_to_table(table.spec, rows, run_id)
    if new.num_rows == 0:
        return 0
    ids = new.column(table.spec.key_column).to_pylist()
    transaction = content_id("shard", {"shard": shard, "keys": ids})

    def plan(handle: DeltaTable) -> pa.Table:
        known = table.known(handle, ids)
        return new.filter(pa.array(~known)) if known.any() else new

    stored = commit(table, plan, {"run_id": run_id, "shard": shard}, transaction)
    if stored:
        with suppress(LakeError):  # the rows are in; what stands in the way meets the next writer too
            tidy(table)
    return stored


def commit(table: LakeTable, plan: Plan, metadata: Mapping[str, str], transaction: str | None = None) -> int:
    """Append what `plan` returns for the newest version as exactly the next one; return the number of rows.

    Args:
        table: where to.
        plan: gets the newest version, returns the rows to add; called again if another writer was first.
        metadata: noted in the commit (`run_id`, `shard`).
        transaction: id of this write; if the log has it, nothing is done.

    Raises:
        LakeBusy: other writers were faster in every attempt.
        LakeError: the storage refused (full disk, no permission).
    """
    properties = CommitProperties(
        custom_metadata=dict(metadata),
        max_commit_retries=0,  # never rebase: the plan looked at one version only
        app_transactions=[Transaction(transaction, 1)] if transaction else None,
    )
    for attempt in range(MAX_COMMIT_ATTEMPTS):
        handle = opened_for_writing(table)
        if transaction and handle.transaction_version(transaction) is not None:
            return 0
        rows = plan(handle)
        if rows is None or rows.num_rows == 0:
            return 0
        check_writable(table.uri, rows=rows)
        try:
            write_deltalake(
                handle,
                as_described_there(handle, rows),
                mode="append",
                writer_properties=table.spec.writer_properties(),
                commit_properties=properties,
            )
            return rows.num_rows
        except CommitFailedError:
            pause(attempt)
        except (DeltaError, OSError) as error:
            raise not_written(table.uri, "written", error) from error
    raise busy(table)


def opened_for_writing(table: LakeTable) -> DeltaTable:
    """Open the newest version; a table of an older release gets the columns that came since, as a commit.

    Raises:
        LakeBusy: other writers were faster in every attempt.
        LakeError: the storage refused (full disk, no permission).
    """
    for attempt in range(MAX_COMMIT_ATTEMPTS):
        handle = table.handle()
        if not missing_columns(table.spec, handle):
            return handle
        check_writable(table.uri)
        try:
            add_missing_columns(table.spec, handle)
        except CommitFailedError:
            pause(attempt)
        except (DeltaError, OSError) as error:
            raise not_written(table.uri, "written", error) from error
    raise busy(table)


def as_described_there(handle: DeltaTable, rows: pa.Table) -> pa.Table:
    """The rows with the column descriptions that the table was made with: Delta takes no others.

    So a later release may word a description better and still write to an older lake.
    """
    stored = {field.name: field.metadata for field in handle.schema().fields}
    fields = [
        field.with_metadata({name: str(text) for name, text in stored.get(field.name, {}).items()})
        for field in rows.schema
    ]
    return pa.Table.from_arrays(rows.columns, schema=pa.schema(fields, metadata=rows.schema.metadata))


def replace_rows(table: LakeTable, rows: Sequence[Row]) -> None:
    """Store rows by key, in place of rows that have the same key; only for mutable tables.

    Raises:
        InvalidInput: the table is not mutable, or a row does not fit it.
        LakeBusy: other writers were faster in every attempt.
    """
    if not table.spec.mutable:
        raise InvalidInput(f"rows of {table.spec.name} are never changed; append new ones")
    new = rows_to_table(table.spec, rows)
    on_key = " AND ".join(f"new.{name} = old.{name}" for name in table.spec.key)
    for attempt in range(MAX_COMMIT_ATTEMPTS):
        handle = opened_for_writing(table)
        check_writable(table.uri, rows=new)
        merge = handle.merge(
            as_described_there(handle, new),
            on_key,
            source_alias="new",
            target_alias="old",
            writer_properties=table.spec.writer_properties(),
            commit_properties=CommitProperties(max_commit_retries=0),
        )
        try:
            merge.when_matched_update_all().when_not_matched_insert_all().execute()
            return
        except CommitFailedError:
            pause(attempt)
        except (DeltaError, OSError) as error:
            raise not_written(table.uri, "written", error) from error
    raise busy(table)


def compact(table: LakeTable) -> bool:
    """Join the small files of many shards into few, unless others are at work; tell whether it was done.

    Rows stay as they are, and so do the old files: versions that are pinned to them keep reading them.
    Writers may go on meanwhile. Two compactions may not: deltalake 1.6.6 lets both succeed, and then every
    row is there twice. So a file lock guards it, which ends with its process; where the lake is not on a
    local disk, nothing is done.

    Raises:
        LakeError: the storage refused (full disk, no permission).
    """
    if not table.is_local:
        return False
    check_writable(table.uri, "compacted")
    try:
        with open(f"{table.uri}/{LOCK_FILE}", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            handle = table.handle()
            sizes, target = _file_sizes(table, handle)
            if len(sizes) > 1:
                check_writable(table.uri, "compacted", n_bytes=int(sizes[sizes < target].sum()))
                handle.optimize.compact(writer_properties=table.spec.writer_properties(), target_size=target)
            return True
    except (BlockingIOError, CommitFailedError):
        return False
    except (DeltaError, OSError) as error:
        raise not_written(table.uri, "compacted", error) from error


def tidy(table: LakeTable) -> bool:
    """Compact a table that has gathered many small files, or many bytes in them; tell whether it was done.

    So every row is rewritten about once, a little at a time, and publishing finds little left to do.
    """
    handle = table.snapshot()
    if not table.is_local or handle.version() % _TIDY_EVERY:
        return False
    sizes, target = _file_sizes(table, handle)
    small = sizes[sizes < target / 2]
    if len(small) < _MANY_FILES and (len(small) < 2 or small.sum() < 2 * target):
        return False
    return compact(table)


def _file_sizes(table: LakeTable, handle: DeltaTable) -> tuple[NDArray[np.int64], int]:
    """Bytes of every file, and the size up to which they are joined."""
    adds = pa.table(handle.get_add_actions(flatten=True))
    sizes = np.array(adds["size_bytes"].to_pylist(), dtype=np.int64)
    n_rows = sum(n or 0 for n in adds["num_records"].to_pylist())
    return sizes, table.spec.file_bytes(float(sizes.sum()) / max(n_rows, 1))


def pause(attempt: int) -> None:
    """Wait before the next attempt: random, so that writers that collided do not collide again."""
    time.sleep(random.uniform(0.0, min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)))


def busy(table: LakeTable) -> LakeBusy:
    """Say that all attempts are used up."""
    return LakeBusy(
        f"{MAX_COMMIT_ATTEMPTS} attempts to write table {table.uri} met other writers; "
        "nothing was stored: run the same again, or with fewer writers"
    )
