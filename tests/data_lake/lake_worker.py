"""Work on a lake in a process of its own, which a test may kill, starve of space or of rights.

Every function runs in a child that a fork server starts with the packages already imported (no Delta table is open
there), and tells over a pipe what it begins and what it has finished: what was told as finished must never be lost.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import resource
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from many_rows import many_ids, many_motions, many_samples, many_scripts

from data_lake.errors import LakeError
from data_lake.lake import Lake

HERE = Path(__file__).resolve().parent
SHARD = 12
OPERATIONS = ("append", "publish", "compact", "gc")
NOBODY = 65_534


def start(target: Callable[..., None], *arguments: object) -> tuple[ForkServerProcess, Connection]:
    """Start a function in a child; it gets the sending end of the returned pipe first."""
    context = multiprocessing.get_context("forkserver")
    _start_fork_server(context)
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(
        target=_in_environment, args=(dict(os.environ), target, sending, *arguments), daemon=True
    )
    process.start()
    sending.close()
    return process, receiving


def _in_environment(environment: dict[str, str], target: Callable[..., None], *arguments: object) -> None:
    """The environment of the test, not that in which the fork server was started."""
    os.environ.update(environment)
    target(*arguments)


@functools.cache
def _start_fork_server(context: multiprocessing.context.ForkServerContext) -> None:
    """Start the server with the packages imported, once; it knows the path of modules by the environment only."""
    context.set_forkserver_preload(["lake_worker"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (HERE, HERE.parents[1])))
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def told(receiving: Connection) -> list:
    """Everything that a child said before it ended."""
    said = []
    try:
        while True:
            said.append(receiving.recv())
    except (EOFError, OSError):
        return said


def shard_ids(shard: int) -> list[str]:
    """Ids of the samples of a shard."""
    return many_ids(range(shard * SHARD, (shard + 1) * SHARD))


def append_shard(lake: Lake, shard: int) -> None:
    """Store a shard with what it refers to."""
    indices = range(shard * SHARD, (shard + 1) * SHARD)
    lake.append("scripts", list(many_scripts(indices)), f"shard-{shard}", "run-1")
    lake.append("motions", list(many_motions(indices)), f"shard-{shard}", "run-1")
    lake.append("samples", list(many_samples(indices, tiny=True)), f"shard-{shard}", "run-1")


def work(pipe: Connection, root: str, operation: str, first: int) -> None:
    """Give an operation something to do, then do it: append shards from `first`, publish all, compact, collect."""
    lake = Lake.open(root)
    for shard in range(first, first + 2):
        append_shard(lake, shard)
        pipe.send(("appended", shard))
    if operation == "gc":
        lake.compact()
    pipe.send(("begin", operation))
    if operation == "append":
        for shard in range(first + 2, first + 4):
            append_shard(lake, shard)
            pipe.send(("appended", shard))
    elif operation == "publish":
        ids = [one for shard in range(first + 2) for one in shard_ids(shard)]
        present = lake.known("samples", ids)
        pipe.send(("published", lake.publish("many", sorted(present), "run-1").name))
    elif operation == "compact":
        lake.compact()
    else:
        lake.collect_garbage(age_hours=0, dry_run=False)
    pipe.send(("done", operation))


def append_with_little_space(pipe: Connection, root: str, shard: int, most_bytes: int) -> None:
    """Append while no file may grow beyond some bytes: what a full disk does to a writer."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    _try(pipe, lambda: append_shard(Lake.open(root), shard))


def publish_with_little_space(pipe: Connection, root: str, n_shards: int, most_bytes: int) -> None:
    """Publish while no file may grow beyond some bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    ids = [one for shard in range(n_shards) for one in shard_ids(shard)]
    _try(pipe, lambda: Lake.open(root).publish("many", ids, "run-1"))


def use_without_rights(pipe: Connection, root: str, shard: int) -> None:
    """Read, look up and write as a user who may only read."""
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    lake = Lake.open(root)
    pipe.send(lake.read("samples", columns=["sample_id"]).num_rows)
    pipe.send(lake.row("samples", shard_ids(0)[0], ["view"]))
    pipe.send(lake.read("scenarios").num_rows)
    pipe.send(sum(part.num_rows for part in lake.open_version("many").iter_samples()))
    _try(pipe, lambda: append_shard(lake, shard))
    _try(pipe, lambda: lake.publish("many", shard_ids(0) + shard_ids(1), "run-1"))


def append_many(pipe: Connection, root: str, shards: list[int]) -> None:
    """Append shards one after the other."""
    lake = Lake.open(root)
    for shard in shards:
        append_shard(lake, shard)
        pipe.send(shard)


def _try(pipe: Connection, call: Callable[[], object]) -> None:
    """Tell how a call ends; errors that are no LakeError end the child."""
    try:
        pipe.send(("done", str(call())))
    except LakeError as error:
        pipe.send((type(error).__name__, str(error)))
