"""Bytes that change on disk: every flip is found and named by the check, or changes nothing that is read."""

from __future__ import annotations

import random
import struct
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from deltalake import ColumnProperties, DeltaTable, WriterProperties, write_deltalake
from lake_rows import run_row, sample_ids, sample_row, script_row, store
from many_rows import fill, many_ids

from data_lake.check import check_lake
from data_lake.check_files import check_file
from data_lake.columns import ROW_CRC
from data_lake.delta_table import LakeTable
from data_lake.errors import LakeError
from data_lake.lake import Lake
from data_lake.row_checksum import row_checksums, with_checksums
from data_lake.rows import rows_to_table
from data_lake.schemas import SAMPLES, TABLES


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 samples with tiny tensors, published; a run that has ended."""
    lake = Lake.create(tmp_path_factory.mktemp("rot") / "lake")
    fill(lake, 20, 20, tiny=True)
    lake.start_run(run_row("run-1"))
    lake.finish_run("run-1", "completed", report={"made": 20})
    lake.publish("tiny", many_ids(range(20)), "run-1")
    return Path(lake.root)


def only_file(table: LakeTable) -> tuple[str, Path, bytes]:
    """The largest data file of a table: its name, its path, its bytes."""
    path = max(
        (Path(table.uri) / file for file in table.files(table.handle())), key=lambda p: p.stat().st_size
    )
    return str(path.relative_to(table.uri)), path, path.read_bytes()


def read(table: LakeTable, file: str) -> pa.Table:
    return table.fragment(file).to_table(table.stored_schema).select(table.spec.shown)


def flips(data: bytes, number: int) -> list[int]:
    """Offsets in header, pages and footer: as many in the footer as before it."""
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    pick = random.Random(number)
    ends = [0, 1, 2, 3, 4, footer - 1, footer, *range(len(data) - 8, len(data))]
    return sorted(
        {*ends, *pick.sample(range(footer), number), *pick.sample(range(footer, len(data)), number)}
    )


@pytest.mark.parametrize("name", ["samples", "motions", "scripts", "runs", "versions"])
def test_every_flip_is_found_or_harmless(root: Path, name: str) -> None:
    table = Lake.open(root).table(name)
    file, path, good = only_file(table)
    rows, outcomes, pick = read(table, file), Counter[str](), random.Random(name)
    assert check_file(table, file, len(good), rows.num_rows, contents=True).fault is None
    try:
        for offset in flips(good, 60):
            data = bytearray(good)
            data[offset] ^= pick.randrange(1, 256)
            path.write_bytes(data)
            found = check_file(table, file, len(good), rows.num_rows, contents=True).fault
            outcomes[found[0] if found else "harmless"] += 1
            assert found or read(table, file).equals(rows), (
                f"a flip at byte {offset} of {len(good)} was missed"
            )
    finally:
        path.write_bytes(good)
    assert outcomes["corrupt Parquet"] > 20 and outcomes["damaged rows"] + outcomes["damaged statistics"] > 0


def stored_pixel(root: Path) -> tuple[Path, int]:
    """A file of plain pages, and where a code of the last sample lies in it."""
    lake = Lake.create(root)
    row = sample_row(0)
    marked = bytes(range(64)) * (len(row["doppler_time"]) // 64)
    store(lake, [1], "shard-1")
    table = lake.table("samples")
    rows = rows_to_table(SAMPLES, [{**row, "doppler_time": marked}], "run-1")
    bare = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")
    plain = WriterProperties(compression="UNCOMPRESSED", default_column_properties=bare)
    write_deltalake(table.handle(), rows, mode="append", writer_properties=plain)
    _, path, data = only_file(table)
    return path, data.index(bytes(range(64)))


def test_a_changed_code_in_a_page_that_still_decodes_is_named_with_its_sample(tmp_path: Path) -> None:
    path, offset = stored_pixel(tmp_path / "lake")
    data = bytearray(path.read_bytes())
    data[offset + 5] ^= 1
    path.write_bytes(data)
    codes = Lake.open(tmp_path / "lake").row("samples", sample_ids([0])[0], ["doppler_time"])
    assert codes is not None and codes["doppler_time"][5] == 4  # readers do not notice
    assert check_lake(tmp_path / "lake").sound  # nor does a check that leaves the tensors out
    report = check_lake(tmp_path / "lake", deep=True)
    found = {f.kind: f for f in report.findings if f.where == "samples"}
    assert not report.sound and sample_ids([0])[0] in found["damaged rows"].detail


def test_damaged_texts_are_found_without_reading_the_tensors(root: Path, tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    lake.append("scripts", [script_row(1)], "shard-0", "run-1")
    table = DeltaTable(f"{lake.root}/scripts")
    table.update(updates={"title": "'another'"}, predicate="seed = 1")
    found = [f for f in check_lake(lake.root).findings if f.where == "scripts"]
    assert [f.kind for f in found] == ["damaged rows"] and script_row(1)["script_id"] in found[0].detail


def test_checksums_outlive_joining_of_files(lake: Lake) -> None:
    for start in range(0, 12, 2):
        store(lake, range(start, start + 2), f"shard-{start}")
    before = lake.read("samples", columns=["sample_id", ROW_CRC]).sort_by("sample_id")
    assert lake.compact()
    assert lake.read("samples", columns=["sample_id", ROW_CRC]).sort_by("sample_id").equals(before)
    assert before[ROW_CRC].null_count == 0 and check_lake(lake.root, deep=True).findings == ()
    assert ROW_CRC not in lake.read("samples").column_names
    assert ROW_CRC not in (lake.row("samples", sample_ids([0])[0]) or {ROW_CRC: 0})


def test_a_checksum_sees_every_value_and_no_column_that_came_later() -> None:
    rows = rows_to_table(SAMPLES, [sample_row(0)], "run-1")
    (plain,) = row_checksums(rows, SAMPLES.schema)
    assert rows[ROW_CRC].to_pylist() == [plain]
    changes: list[dict] = [
        {"range_m": np.nextafter(3.0, 4.0)},
        {"azimuth_deg": -0.0},
        {"may_ship": False},
        {"may_ship": None},
        {"quality_flags": [""]},
        {"captions": [{"text": "a person walks away", "style": None}]},
        {"captions": [{"text": "a person walks away", "style": "short"}] * 2},
        {"doppler_time": sample_row(0)["doppler_time"][:-1] + b"\x01"},
        {"gap_id": ""},
    ]
    made = datetime_of(rows)
    others = [{**sample_row(0), "created_at": made, **change} for change in changes]
    sums = [rows_to_table(SAMPLES, [other], "run-1")[ROW_CRC][0].as_py() for other in others]
    assert len({plain, *sums}) == len(changes) + 1
    later = pa.schema([*SAMPLES.schema, pa.field("mood", pa.string())])
    grown = rows.append_column(later.field("mood"), pa.nulls(1, pa.string()))
    assert with_checksums(grown, later)[ROW_CRC].to_pylist() == [plain]


def datetime_of(rows: pa.Table) -> object:
    return rows["created_at"][0].as_py()


def test_a_given_checksum_is_never_believed() -> None:
    row = {**sample_row(0), "created_at": datetime_of(rows_to_table(SAMPLES, [sample_row(0)], "run-1"))}
    right = rows_to_table(SAMPLES, [row], "run-1")
    assert rows_to_table(SAMPLES, [{**row, ROW_CRC: 7}], "run-1").equals(right)


def test_the_checksum_of_a_row_stays_what_it_was() -> None:
    """A change of this number makes every stored row look damaged."""
    schema = pa.schema(
        [
            ("a", pa.string()),
            ("b", pa.float64()),
            ("c", pa.list_(pa.struct([("d", pa.int32())]))),
            ("e", pa.binary()),
        ]
    )
    rows = pa.table(
        {"a": ["x", None], "b": [0.1, None], "c": [[{"d": 1}, None], []], "e": [b"\x00", None]}, schema
    )
    bits = int.from_bytes(struct.pack(">d", 0.1), "big")
    first = zlib.crc32(b"e\x00", zlib.crc32(f"a=x\x1fb={bits}\x1fc=2:1\x1d\x00".encode()))
    assert row_checksums(rows, schema).tolist() == [first, zlib.crc32(b"c=0:")]


def test_every_table_has_checksums_but_the_membership_that_a_hash_guards() -> None:
    assert [name for name, spec in TABLES.items() if ROW_CRC not in spec.schema.names] == ["version_samples"]


def test_a_check_of_damaged_small_tables_ends_with_findings(root: Path) -> None:
    for name in ("versions", "version_samples", "runs"):
        file, path, good = only_file(Lake.open(root).table(name))
        try:
            for offset in flips(good, 2)[7:-8]:
                data = bytearray(good)
                data[offset] ^= 0x55
                path.write_bytes(data)
                report = check_lake(root)
                try:
                    same = Lake.open(root).read(name).sort_by(TABLES[name].key_column).num_rows > 0
                except LakeError:
                    same = False
                assert same or not report.sound, (file, offset)
        finally:
            path.write_bytes(good)
