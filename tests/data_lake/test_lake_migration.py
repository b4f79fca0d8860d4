"""A lake of an earlier release stays whole and gets this release's columns; one of a newer release is refused."""

from __future__ import annotations

import tarfile
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, Schema
from lake_rows import motion_row, run_row, sample_ids, sample_row, script_row, store

from data_lake.check import check_lake
from data_lake.columns import ROW_CRC, since, text_column
from data_lake.errors import LakeTooNew
from data_lake.lake import Lake
from data_lake.schemas import SAMPLES, SCHEMA_VERSION, SCRIPTS, TABLES
from data_lake.table_schema import missing_columns
from data_lake.writer import opened_for_writing

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "lake_schema_1" / "lake.tar.gz"
NEW_SCRIPT_COLUMNS = {"scenario_id", "request_ids", "cost_usd", "gap_id", "row_crc"}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A lake that the first release wrote: 4 samples of 2 motions, three of them mmwave-sim@1."""
    with tarfile.open(GOLDEN) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "lake"


def log_length(root: Path, table: str) -> int:
    return len(list((root / table / "_delta_log").glob("*.json")))


def test_the_schema_version_is_the_highest_that_a_column_names(lake: Lake) -> None:
    assert max(spec.schema_version for spec in TABLES.values()) == SCHEMA_VERSION
    assert lake.schema_version() == SCHEMA_VERSION
    views = {"range_time", "range_time_start_m", "range_time_step_m", "azimuth_time"}
    assert SCRIPTS.later == NEW_SCRIPT_COLUMNS
    assert SAMPLES.later >= {"gap_id", "setup_id", "placement", "row_crc"} | views
    with pytest.raises(ValueError, match="must allow null"):
        since(3, text_column("mood", "how it felt"))


def test_an_older_lake_reads_the_new_columns_as_null_and_is_not_touched(old: Path) -> None:
    lengths = {name: log_length(old, name) for name in ("scripts", "samples", "motions")}
    lake = Lake.open(old)
    assert lake.schema_version() == 1
    assert lake.read("scenarios").num_rows == 0 and lake.read("version_tags").num_rows == 0
    rows = lake.read("scripts")
    assert NEW_SCRIPT_COLUMNS - {ROW_CRC} < set(rows.column_names) and rows.num_rows == 2
    assert all(rows[name].null_count == 2 for name in NEW_SCRIPT_COLUMNS - {ROW_CRC})
    assert lake.read("samples", where={"gap_id": None}).num_rows == 4
    row = lake.row("scripts", script_row(1)["script_id"])
    assert row is not None and row["title"] == "clip 1" and row["request_ids"] is None
    sample = lake.lineage(sample_ids([0])[0])
    assert sample["sample"]["gap_id"] is None and sample["versions"][0]["name"] == "mmwave-sim@1"
    assert {name: log_length(old, name) for name in lengths} == lengths


def test_writing_brings_an_older_table_up_and_keeps_pinned_versions(old: Path) -> None:
    before = Lake.open(old).open_version("mmwave-sim@1").samples()
    lake = Lake.open(old)
    written = {
        **script_row(2),
        "scenario_id": "scenario-1",
        "request_ids": ["request-1", "request-2"],
        "cost_usd": 0.25,
    }
    assert lake.append("scripts", [written, script_row(0)], "shard-1", "run-2") == 1
    assert lake.schema_version() == 1  # samples and runs are as they were
    stored = {row["script_id"]: row for row in Lake.open(old).read("scripts").to_pylist()}
    assert len(stored) == 3 and stored[script_row(0)["script_id"]]["request_ids"] is None
    new = stored[written["script_id"]]
    assert (new["request_ids"], new["cost_usd"], new["gap_id"]) == (["request-1", "request-2"], 0.25, None)
    lake.append("motions", [motion_row(2)], "shard-1", "run-2")
    assert lake.append("samples", [sample_row(4, gap_id="gap-1"), sample_row(5)], "shard-1", "run-2") == 2
    for reader in (lake.open_version("mmwave-sim@1"), Lake.open(old).open_version("mmwave-sim")):
        assert reader.samples().equals(before)
        assert reader.scripts().num_rows == 2 and reader.scripts()["gap_id"].null_count == 2
        assert sum(part.num_rows for part in reader.iter_samples(columns=["gap_id", "sample_id"])) == 3
    second = lake.publish("mmwave-sim", sample_ids(range(6)), "run-2")
    gaps = Lake.open(old).open_version(second.name).samples(columns=["gap_id"])["gap_id"].to_pylist()
    assert sorted(gaps, key=str) == [None] * 5 + ["gap-1"]
    lake.start_run(run_row("run-2"))
    assert lake.read("runs").num_rows == 2 and lake.read("runs")["report"].null_count == 2
    assert lake.schema_version() == 2  # of tables that nobody has written to, if there are any
    for name in lake.table_names():
        opened_for_writing(lake.table(name))
    assert lake.schema_version() == Lake.open(old).schema_version() == SCHEMA_VERSION


def test_a_kill_between_new_columns_and_rows_is_mended_by_the_next_writer(old: Path) -> None:
    table = DeltaTable(str(old / "scripts"))
    table.alter.add_columns(missing_columns(SCRIPTS, table)[:2])  # a later step, say, and nothing after it
    lake = Lake.open(old)
    assert lake.read("scripts")["cost_usd"].null_count == 2
    assert lake.append("scripts", [{**script_row(5), "cost_usd": 0.5}], "shard-1", "run-2") == 1
    row = lake.row("scripts", script_row(5)["script_id"])
    assert row is not None and row["cost_usd"] == 0.5


def test_writers_that_bring_a_table_up_at_once_store_all_rows(old: Path) -> None:
    errors: list[BaseException] = []

    def write(index: int) -> None:
        try:
            Lake.open(old).append("scripts", [script_row(index)], f"shard-{index}", "run-2")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(index,)) for index in range(10, 14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(Lake.open(old).ids("scripts")) == 6


def test_rows_of_an_older_lake_are_said_to_be_unchecked(old: Path) -> None:
    lake = Lake.open(old)
    lake.append("scripts", [script_row(2)], "shard-1", "run-2")
    lake.compact()
    report = check_lake(old, deep=True)
    found = {f.where: f.detail for f in report.findings if f.kind == "rows without checksum"}
    assert report.sound and len(found) == len(report.findings)
    assert found["scripts"].startswith("2 rows") and found["samples"].startswith("4 rows")


def test_a_lake_of_a_newer_release_is_refused_by_name(lake: Lake) -> None:
    store(lake, range(2), "shard-0")
    newer = pa.schema([since(SCHEMA_VERSION + 1, text_column("mood", "how it felt", null=True))])
    DeltaTable(f"{lake.root}/scripts").alter.add_columns(Schema.from_arrow(newer).fields)
    later = Lake.open(lake.root)
    for use in (
        lambda: later.read("scripts"),
        lambda: later.append("scripts", [script_row(9)], "shard-1", "run-1"),
        lambda: later.publish("mmwave-sim", sample_ids([0]), "run-1"),
    ):
        with pytest.raises(LakeTooNew, match=rf"column mood of schema version {SCHEMA_VERSION + 1}.*newer"):
            use()
