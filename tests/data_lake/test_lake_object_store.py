"""The lake on an S3-compatible store: a real server process on loopback.

Runs where a `moto_server` is on the path or named by MMFLYWHEEL_MOTO_SERVER (pip install 'moto[server]' in an
environment of its own); it is no dependency of the project.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow.fs as pafs
import pytest
from lake_rows import run_row, sample_ids, store
from lake_worker import append_many, append_shard, shard_ids, start, told, work

from data_lake.check import check_lake
from data_lake.errors import LakeCorrupt, NotInLake
from data_lake.lake import Lake
from data_lake.stream import SampleStream

SERVER = os.environ.get("MMFLYWHEEL_MOTO_SERVER") or shutil.which("moto_server")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        SERVER is None,
        reason="no S3-compatible server: pip install 'moto[server]', MMFLYWHEEL_MOTO_SERVER=its moto_server",
    ),
]


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty bucket on a server of our own; the environment points to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = (tmp_path_factory.mktemp("moto") / "log").open("w")
    server = subprocess.Popen([str(SERVER), "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    settings = {
        "AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, value)
        try:
            _until_ready(f"{address}/moto-api/")
            signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request"}
            urllib.request.urlopen(urllib.request.Request(f"{address}/lakes", method="PUT", headers=signed))
            yield "s3://lakes"
        finally:
            server.terminate()
            server.wait()
            log.close()


def _until_ready(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(address).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")


@pytest.fixture
def root(bucket: str, tmp_path: Path) -> str:
    """A place for one lake."""
    return f"{bucket}/{tmp_path.name}"


def remove(root: str, path: str) -> None:
    filesystem, base = pafs.FileSystem.from_uri(root)
    filesystem.delete_file(f"{base}/{path}")


def stored(lake: Lake) -> Counter[str]:
    return Counter(lake.read("samples", columns=["sample_id"])["sample_id"].to_pylist())


def test_a_lake_is_made_filled_published_and_read(root: str) -> None:
    with pytest.raises(NotInLake):
        Lake.open(root)
    lake = Lake.create(root)
    lake.start_run(run_row("run-1"))
    assert store(lake, range(12), "shard-0") == 12
    assert store(lake, range(8, 20), "shard-1") == 8
    assert store(lake, range(20), "again") == 0
    assert lake.publish("mmwave-sim", sample_ids(range(16)), "run-1").name == "mmwave-sim@1"
    lake.finish_run("run-1", "completed")
    reader = Lake.open(root).open_version("mmwave-sim")
    assert reader.decode(reader.samples()).shape == (16, 496, 128)
    stream = SampleStream(reader, shuffle_seed=0, batch_size=5)
    assert sorted(one for batch in stream for one in batch["sample_id"]) == sorted(sample_ids(range(16)))
    assert lake.row("samples", sample_ids([3])[0], ["view"]) == {"view": "B"}
    found = lake.lineage(sample_ids([3])[0])
    assert [version["name"] for version in found["versions"]] == ["mmwave-sim@1"]
    lake.tag("mmwave-sim", "published", "mmwave-sim@1", "run-1")
    assert lake.open_version("mmwave-sim@published").info.n_samples == 16
    lake.publish("mmwave-sim", sample_ids(range(20)), "run-1")
    assert lake.diff("mmwave-sim@1", "mmwave-sim@2")["samples"] == {"common": 16, "added": 4, "removed": 0}
    assert check_lake(root, deep=True).findings == ()


def test_writers_of_the_same_rows_store_them_once(root: str) -> None:
    Lake.create(root)
    plans = [[0, 1, 10 + k, 2] for k in range(4)]
    started = [start(append_many, root, plan) for plan in plans]
    assert [told(pipe) for _, pipe in started] == plans
    for process, _ in started:
        process.join()
    shards = {shard for plan in plans for shard in plan}
    assert stored(Lake.open(root)) == Counter(one for shard in shards for one in shard_ids(shard))


def test_kills_leave_nothing_half_done(root: str) -> None:
    lake, appended = Lake.create(root), set()
    for kill, operation in enumerate(("append", "publish", "append", "publish")):
        process, pipe = start(work, root, operation, 4 * kill)
        said = [pipe.recv()]
        while said[-1][0] != "begin":
            said.append(pipe.recv())
        pipe.poll(0.05 + 0.1 * kill)
        process.kill()
        process.join()
        appended |= {value for what, value in said + told(pipe) if what == "appended"}
        ids = stored(lake)
        assert set(ids.values()) == {1}
        for shard in range(4 * kill + 4):
            n_there = sum(one in ids for one in shard_ids(shard))
            assert n_there in ((12,) if shard in appended else (0, 12)), shard
        assert check_lake(root).sound


def test_damage_is_found_and_garbage_goes(root: str) -> None:
    lake = Lake.create(root)
    for shard in range(2):
        append_shard(lake, shard)
    lake.publish("many", shard_ids(0), "run-1")
    for number in range(3):
        lake.start_run(run_row(f"run-{number}"))  # each rewrites the file of the run before
        lake.finish_run(f"run-{number}", "completed")
    counted = lake.collect_garbage(age_hours=0)
    assert [one.table for one in counted] == ["runs"] and counted[0].n_bytes > 1000
    assert lake.collect_garbage(age_hours=0, dry_run=False) == counted
    assert lake.collect_garbage(age_hours=0) == [] and lake.read("runs").num_rows == 3
    assert check_lake(root, deep=True).sound
    table = lake.table("samples")
    remove(root, f"samples/{table.files(table.handle())[0]}")
    report = check_lake(root)
    kinds = {(finding.where, finding.kind) for finding in report.findings}
    assert {("samples", "missing file"), ("many@1", "pinned state lost")} <= kinds
    with pytest.raises(LakeCorrupt, match=r"samples.*missing or damaged"):
        Lake.open(root).read("samples")
    remove(root, "motions/_delta_log/00000000000000000001.json")
    kinds = {(finding.where, finding.kind) for finding in check_lake(root).findings}
    assert ("motions", "damaged log") in kinds
