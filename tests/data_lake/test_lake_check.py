"""A check finds and names every kind of damage, and nothing in a sound lake."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from lake_rows import motion_row, sample_ids, sample_row, store

from data_lake.check import check_lake
from data_lake.errors import NotInLake
from data_lake.lake import Lake
from data_lake.schemas import SAMPLES


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of 12 and 20 samples, many small files, a tag and a checkpoint."""
    lake = Lake.create(tmp_path_factory.mktemp("check") / "lake")
    store(lake, range(12), "shard-0")
    lake.publish("mmwave-sim", sample_ids(range(12)), "run-1")
    store(lake, range(12, 20), "shard-1")
    lake.publish("mmwave-sim", sample_ids(range(20)), "run-1")
    lake.tag("mmwave-sim", "published", "mmwave-sim@2", "run-1")
    return Path(lake.root)


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    shutil.copytree(sound, tmp_path / "lake")
    return tmp_path / "lake"


def largest_file(root: Path, table: str) -> Path:
    newest = DeltaTable(str(root / table)).file_uris()
    return max(map(Path, newest), key=lambda path: path.stat().st_size)


def commits(root: Path, table: str) -> list[Path]:
    return sorted((root / table / "_delta_log").glob("*.json"))


def garble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:400] = bytes(300)
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def break_footer(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-60] + bytes(56) + b"PAR1")


def remove_members(root: Path) -> None:
    """What another tool could do: members of the second version vanish, and its pin follows."""
    DeltaTable(str(root / "version_samples")).delete(f"sample_id = '{sample_ids([15])[0]}'")
    table = DeltaTable(str(root / "version_samples"))
    versions = DeltaTable(str(root / "versions"))
    rows = pa.table(versions.to_pyarrow_table()).to_pylist()
    for row in rows:
        for pin in row["tables"]:
            pin["delta_version"] = (
                table.version() if pin["table"] == "version_samples" else pin["delta_version"]
            )
    schema = pa.schema(versions.schema().to_arrow())
    write_deltalake(versions, pa.Table.from_pylist(rows, schema=schema), mode="overwrite")


def change_hash(root: Path) -> None:
    versions = DeltaTable(str(root / "versions"))
    versions.update(updates={"codec": "'{\"db_step\": 0.5}'"}, predicate="name = 'mmwave-sim@1'")


def twice(root: Path) -> None:
    rows = Lake.open(root).read("samples", columns=SAMPLES.schema.names)
    write_deltalake(DeltaTable(str(root / "samples")), rows, mode="append")


def lose_motion(root: Path) -> None:
    DeltaTable(str(root / "motions")).delete(f"motion_id = '{motion_row(3)['motion_id']}'")


def lose_script_table(root: Path) -> None:
    shutil.rmtree(root / "scripts")


def cut_log(root: Path) -> None:
    path = commits(root, "samples")[-1]
    path.write_bytes(path.read_bytes()[:-40])


def empty_commit(root: Path) -> None:
    commits(root, "motions")[1].write_text("")


def hidden_commit(root: Path) -> None:
    """A commit that goes missing behind a checkpoint of the log: readers do not notice."""
    DeltaTable(str(root / "scripts")).create_checkpoint()
    commits(root, "scripts")[1].unlink()


def set_back(root: Path) -> None:
    commits(root, "samples")[-1].unlink()


def lost_checkpoint(root: Path) -> None:
    row = {"checkpoint_id": "checkpoint-1", "kind": "encoder", "dataset_version": "gone@1", "config_hash": "c",
           "path": "p", "metrics": json.dumps({})}  # fmt: skip
    Lake.open(root).append("checkpoints", [row], "checkpoint-1", "run-1")


def torn_split(root: Path) -> None:
    wrong = next(one for one in ("train", "val", "test") if one != sample_row(0)["split"])
    table = DeltaTable(str(root / "samples"))
    table.update(updates={"split": f"'{wrong}'"}, predicate=f"sample_id = '{sample_ids([0])[0]}'")


DAMAGE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a file is gone": (lambda root: largest_file(root, "samples").unlink(), "samples", "missing file"),
    "a file is cut": (lambda root: cut(largest_file(root, "motions")), "motions", "cut file"),
    "a footer is broken": (lambda root: break_footer(largest_file(root, "scripts")), "scripts", "corrupt Parquet"),
    "the log is cut": (cut_log, "samples", "damaged log"),
    "a commit is empty": (empty_commit, "motions", "damaged log"),
    "a commit is gone behind a checkpoint": (hidden_commit, "scripts", "damaged log"),
    "a table is set back": (set_back, "mmwave-sim@2", "pinned state lost"),
    "a table is gone": (lose_script_table, "scripts", "missing table"),
    "members vanish": (remove_members, "mmwave-sim@2", "membership mismatch"),
    "a version is edited": (change_hash, "mmwave-sim@1", "hash mismatch"),
    "rows are doubled": (twice, "samples", "rows there twice"),
    "a motion is gone": (lose_motion, "samples", "dangling ids"),
    "a checkpoint is of no version": (lost_checkpoint, "checkpoints", "dangling ids"),
    "a sample changed its split": (torn_split, "samples", "wrong split"),
}  # fmt: skip


def test_a_sound_lake_has_no_findings(sound: Path) -> None:
    for deep in (False, True):
        report = check_lake(sound, deep)
        assert report.findings == () and report.sound
        assert report.n_rows >= 20 + 10 + 10 + 32 and report.n_files > 5 and report.n_bytes > 10_000
    with pytest.raises(NotInLake, match="no lake at"):
        check_lake(sound / "nowhere")


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found_and_named(root: Path, what: str) -> None:
    damage, where, kind = DAMAGE[what]
    damage(root)
    report = check_lake(root)
    assert not report.sound
    assert (where, kind) in [(finding.where, finding.kind) for finding in report.findings], report.findings


def test_an_older_version_is_sound_where_only_a_newer_state_is_damaged(root: Path) -> None:
    lake = Lake.open(root)
    first, second = (
        set(DeltaTable(str(root / "samples"), lake.version(name).tables["samples"]).file_uris())
        for name in ("mmwave-sim@1", "mmwave-sim@2")
    )
    Path(min(second - first)).unlink()
    report = check_lake(root)
    assert {(one.where, one.kind) for one in report.findings} == {
        ("samples", "missing file"), ("mmwave-sim@2", "pinned state lost")
    }  # fmt: skip
    assert lake.open_version("mmwave-sim@1").samples().num_rows == 12


def test_a_garbled_column_is_found_by_a_deep_check(root: Path) -> None:
    path = largest_file(root, "samples")
    garble(path)
    assert pq.ParquetFile(path).metadata.num_rows > 0
    report = check_lake(root, deep=True)
    assert any(f.kind == "corrupt Parquet" and path.name in f.detail for f in report.findings)
    assert any(f.where == "mmwave-sim@2" for f in report.findings)


def test_a_damaged_index_is_named_but_no_damage(root: Path) -> None:
    lake = Lake.open(root)
    assert lake.row("samples", sample_ids([3])[0], ["view"]) == {"view": "B"}
    runs = sorted((root / "samples" / "_keys").rglob("*.run"))
    data = bytearray(runs[0].read_bytes())
    data[-5] ^= 0xFF
    runs[0].write_bytes(bytes(data))
    report = check_lake(root)
    assert report.sound and [f.kind for f in report.findings] == ["damaged index"]
    cut(runs[0])
    shutil.rmtree(root / "motions" / "_keys", ignore_errors=True)
    again = Lake.open(root)
    assert [again.row("samples", one, ["sample_id"]) for one in sample_ids(range(20))] == [
        {"sample_id": one} for one in sample_ids(range(20))
    ]
    assert store(again, range(20), "again") == 0
