from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from lake_rows import motion_row, run_row, sample_ids, sample_row, script_row, store

from data_lake.errors import InvalidInput, LakeCorrupt, NotInLake
from data_lake.lake import Lake
from data_lake.schemas import TABLES, tables_markdown
from data_lake.table_spec import ROWS_PER_GROUP, TableSpec
from data_lake.tensor_codec import unpack_float32

DATA_FORMAT = Path(__file__).resolve().parents[2] / "docs" / "data-format.md"


def leaf_types(kind: pa.DataType) -> list[pa.DataType]:
    if isinstance(kind, pa.ListType):
        return leaf_types(kind.value_type)
    if isinstance(kind, pa.StructType):
        return [leaf for index in range(kind.num_fields) for leaf in leaf_types(kind.field(index).type)]
    return [kind]


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_schemas_hold_only_what_delta_can_read_back(spec: TableSpec) -> None:
    for column in spec.schema:
        for leaf in leaf_types(column.type):
            assert leaf != pa.float16()
            assert not isinstance(leaf, pa.BaseExtensionType)
        assert (column.metadata or {}).get(b"description")
    assert set(spec.key) | set(spec.partition_by) <= spec.required


def test_every_number_with_a_unit_in_its_name_has_that_unit() -> None:
    units = {"_m": "m", "_deg": "deg", "_hz": "Hz", "_mps": "m/s", "_mm": "mm"}
    checked = 0
    for spec in TABLES.values():
        for column in spec.schema:
            for ending, unit in units.items():
                if column.name.endswith(ending):
                    assert column.metadata[b"unit"].decode() == unit
                    checked += 1
            if pa.types.is_floating(column.type):
                assert b"unit" in column.metadata
    assert checked >= 8


def test_tables_carry_units_and_never_clean_up_their_log(lake: Lake) -> None:
    for name, spec in TABLES.items():
        table = DeltaTable(f"{lake.root}/{name}")
        assert table.metadata().configuration["delta.enableExpiredLogCleanup"] == "false"
        assert table.metadata().partition_columns == list(spec.partition_by)
        stored = pa.schema(table.schema().to_arrow())
        assert stored.field(spec.key_column).metadata == spec.schema.field(spec.key_column).metadata


def test_the_documentation_lists_every_column() -> None:
    assert tables_markdown() in DATA_FORMAT.read_text(), (
        "docs/data-format.md: replace the part after '## Tables' by data_lake.schemas.tables_markdown()"
    )


@pytest.mark.parametrize("tool", ["pandas", "DuckDB"])
def test_the_documented_ways_to_read_work(lake: Lake, tool: str) -> None:
    pytest.importorskip(tool.lower())
    store(lake, range(20), "shard-0")
    lake.publish("mmwave-sim", sample_ids(range(20)), "run-1")
    block = re.search(rf"## Reading with {tool}.*?```python\n(.*?)```", DATA_FORMAT.read_text(), re.DOTALL)
    assert block
    names: dict = {"LAKE": lake.root}
    exec(block[1], names)
    assert names["levels_dbm"].shape == (496, 128)
    assert names["levels_dbm"][:400].max() > -140.0
    assert len(names["rows"]) == 20


def test_rows_come_back_as_they_were_stored(lake: Lake) -> None:
    store(lake, range(4), "shard-0")
    row = sample_row(2)
    stored = lake.row("samples", row["sample_id"])
    assert stored is not None
    assert {name: stored[name] for name in row} == row
    assert stored["run_id"] == "run-1" and stored["created_at"].utcoffset().total_seconds() == 0
    motion = lake.row("motions", motion_row(1)["motion_id"])
    assert motion is not None and unpack_float32(motion["body_pose"], (-1, 23, 3)).shape == (20, 23, 3)
    assert lake.row("samples", "sample-0") is None
    assert lake.ids("samples") == set(sample_ids(range(4)))


def test_read_selects_columns_rows_and_versions(lake: Lake) -> None:
    store(lake, range(4), "shard-0")
    before = lake.table("samples").handle().version()
    store(lake, range(4, 12), "shard-1")
    rows = lake.read("samples", columns=["view", "sample_id"], where={"activity": "walk", "view": ["A", "B"]})
    assert rows.column_names == ["view", "sample_id"]
    assert set(rows["sample_id"].to_pylist()) == set(sample_ids([0, 1, 6, 7]))
    assert lake.read("samples", version=before, columns=["sample_id"]).num_rows == 4
    assert lake.read("samples", columns=["sample_id"], where={"clip_id": None}).num_rows == 12
    with pytest.raises(InvalidInput, match="no column colour"):
        lake.read("samples", columns=["colour"])
    with pytest.raises(InvalidInput, match="no column colour"):
        lake.read("samples", where={"colour": "red"})
    with pytest.raises(NotInLake, match="no version 77"):
        lake.read("samples", version=77)


def test_tensors_lie_in_small_row_groups_without_statistics(lake: Lake) -> None:
    for first in range(0, 60, 20):
        store(lake, range(first, first + 20), f"shard-{first}")
    lake.publish("mmwave-sim", sample_ids(range(60)), "run-1")
    files = DeltaTable(f"{lake.root}/samples").file_uris()
    assert len(files) == len(set(lake.read("samples", columns=["split"])["split"].to_pylist()))
    for path in files:
        metadata = pq.ParquetFile(path).metadata
        sizes = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
        assert all(size == ROWS_PER_GROUP for size in sizes[:-1]) and sizes[-1] <= ROWS_PER_GROUP
        group = metadata.row_group(0)
        names = [group.column(index).path_in_schema for index in range(group.num_columns)]
        assert not group.column(names.index("doppler_time")).is_stats_set


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "no column colour"),
        ({"seed": None}, "no value for seed"),
        ({"seed": "seven"}, "column seed of scripts"),
        ({"script": "{not json"}, "must hold JSON"),
        ({"script": {"steps": []}}, "must hold JSON"),
        ({"captions": "a person"}, "column captions"),
    ],
)
def test_rows_that_do_not_fit_are_refused_whole(lake: Lake, changes: dict, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        lake.append("scripts", [script_row(0), {**script_row(1), **changes}], "shard-0", "run-1")
    assert lake.ids("scripts") == set()


def test_of_rows_with_one_key_the_first_is_stored(lake: Lake) -> None:
    rows = [script_row(0), {**script_row(0), "title": "again"}, script_row(1)]
    assert lake.append("scripts", rows, "shard-0", "run-1") == 2
    stored = lake.row("scripts", script_row(0)["script_id"])
    assert stored is not None and stored["title"] == "clip 0"


def test_tables_that_only_publish_writes_are_closed(lake: Lake) -> None:
    for name in ("versions", "version_samples"):
        with pytest.raises(InvalidInput, match="publish only"):
            lake.append(name, [{}], "shard-0", "run-1")
    with pytest.raises(InvalidInput, match="no table 'sample'"):
        lake.append("sample", [], "shard-0", "run-1")
    with pytest.raises(InvalidInput, match="must both be named"):
        lake.append("scripts", [script_row(0)], "", "run-1")


def test_a_run_starts_and_ends_in_one_row(lake: Lake) -> None:
    lake.start_run(run_row("run-1"))
    started = lake.row("runs", "run-1")
    assert started is not None and started["status"] == "running" and started["ended_at"] is None
    lake.start_run(run_row("run-2"))
    lake.finish_run("run-1", "completed", report={"accepted": 7})
    ended = lake.row("runs", "run-1")
    assert ended is not None and json.loads(ended["report"]) == {"accepted": 7}
    assert ended is not None and ended["status"] == "completed" and ended["ended_at"] >= ended["started_at"]
    assert json.loads(ended["seeds"]) == {"root": 0}
    assert lake.read("runs").num_rows == 2
    with pytest.raises(NotInLake, match="start_run first"):
        lake.finish_run("run-3", "completed")
    with pytest.raises(InvalidInput, match="allowed: running"):
        lake.finish_run("run-2", "done")


def test_a_lake_is_opened_only_where_one_is(tmp_path: Path) -> None:
    with pytest.raises(NotInLake, match="no lake at"):
        Lake.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="is a file"):
        Lake.create(tmp_path / "file")
    store(Lake.create(tmp_path / "lake"), range(2), "shard-0")
    assert Lake.create(f"{tmp_path}/lake/").ids("samples") == set(sample_ids(range(2)))
    assert Lake.open((tmp_path / "lake").as_uri()).ids("samples") == set(sample_ids(range(2)))


def test_a_lake_behind_a_link_and_in_a_folder_with_spaces_is_read(tmp_path: Path) -> None:
    place = tmp_path / "my lakes é" / "lake"
    lake = Lake.create(place)
    store(lake, range(6), "shard-0")
    lake.publish("mmwave-sim", sample_ids(range(6)), "run-1")
    (tmp_path / "link").symlink_to(place)
    for root in (place, tmp_path / "link"):
        found = Lake.open(root)
        assert found.ids("samples") == set(sample_ids(range(6)))
        assert found.row("samples", sample_ids([2])[0], ["view"]) == {"view": "A"}
        assert sum(part.num_rows for part in found.open_version("mmwave-sim").iter_samples("train")) >= 1
        assert found.collect_garbage(age_hours=0) == []


def test_a_table_of_another_layout_is_named(lake: Lake) -> None:
    fields = [pa.field("script_id", pa.string(), nullable=False), pa.field("mood", pa.string())]
    DeltaTable.create(f"{lake.root}/scripts", schema=pa.schema(fields), mode="overwrite")
    with pytest.raises(LakeCorrupt, match="another release"):
        Lake.open(lake.root).read("scripts")


def test_a_lake_made_with_other_descriptions_can_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reworded(spec: TableSpec) -> TableSpec:
        fields = [
            field.with_metadata({**(field.metadata or {}), b"description": b"as an older release put it"})
            for field in spec.schema
        ]
        return replace(spec, schema=pa.schema(fields))

    with monkeypatch.context() as older:
        older.setattr("data_lake.lake.TABLES", {name: reworded(spec) for name, spec in TABLES.items()})
        old = Lake.create(tmp_path / "lake")
        store(old, [0], "one")
    lake = Lake.open(tmp_path / "lake")
    assert store(lake, range(3), "three") == 2
    assert len(lake.ids("samples")) == 3
    lake.start_run(run_row("run-1"))
    lake.finish_run("run-1", "completed")
    assert lake.read("runs")["status"].to_pylist() == ["completed"]


def test_a_lake_of_an_earlier_release_gets_the_tables_that_were_added_since(lake: Lake) -> None:
    store(lake, range(4), "shard-0")
    added = [name for name, spec in TABLES.items() if spec.added_later]
    assert set(added) == {"clips", "gaps", "scenarios", "requests", "version_tags", "setups"}
    for name in added:
        shutil.rmtree(Path(lake.root) / name)
    opened = Lake.open(lake.root)
    assert [opened.read(name).num_rows for name in added] == [0] * len(added)
    assert opened.ids("samples") == set(sample_ids(range(4)))
    assert opened.lineage(sample_ids([0])[0])["clip"] is None
    shutil.rmtree(Path(lake.root) / "motions")
    with pytest.raises(LakeCorrupt, match="lacks the tables motions"):
        Lake.open(lake.root)
