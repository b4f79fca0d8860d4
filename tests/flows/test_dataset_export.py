"""`mmflywheel dataset card | export`: folders that are whole, cards that say what the lake says."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from typer.testing import CliRunner

from data_lake import TABLES, Lake, NotRedistributable
from data_lake.exports.mmexpert import VIEW_DEPENDENT_KINDS
from flows.cli.commands import app
from flows.export_dataset import export_dataset, known_radars
from flows.gather_motions import gather_motions
from flows.make_dataset import plan_shards
from flows.make_shard import make_shard
from flows.open_lake import open_lake, recorded_run
from flows.plan_dataset import configuration_id
from flows.publish_version import cover_plan, publish_version
from flows.settings import TurnSettings, Workspace
from llm_prompts import QA_KINDS
from simulator import load_body


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A published version of 4 motions from two sides."""
    folder = tmp_path_factory.mktemp("export") / "workspace"
    settings = TurnSettings(n_motions=4, views=2, workers=1, workspace=folder)
    lake = open_lake(settings)
    with recorded_run(lake, "run", settings) as run:
        gathered = gather_motions(settings, lake, load_body(), run)
        for shard in plan_shards(settings, gathered):
            make_shard(settings, shard, configuration_id(settings), run.run_id)
        publish_version(settings, lake, cover_plan(settings, lake, gathered), run)
    yield folder
    shutil.rmtree(folder)


def call(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["dataset", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def lake_of(workspace: Path) -> Lake:
    return Lake.open(Workspace(workspace).lake)


def test_the_version_knows_its_radar(workspace: Path) -> None:
    reader = lake_of(workspace).open_version("mmwave-sim")
    hashes = set(reader.samples(columns=["radar_hash"])["radar_hash"].to_pylist())
    radars = known_radars(reader)
    assert set(radars) == hashes and None not in radars.values()


def test_the_card_of_a_version(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "card.md"
    assert "card of mmwave-sim@1" in call("card", "mmwave-sim", "--out", out, "--workspace", workspace)
    text = out.read_text()
    for words in (
        "# mmwave-sim@1",
        "8 radar maps",
        "±6.0556",
        "| grammar | none | 4 | 0 |",
        "0.0000",
        "may be passed on",
    ):
        assert words in text, words
    for picture in re.findall(r"\]\(([^)]*\.png)\)", text):
        assert (tmp_path / picture).stat().st_size > 5_000


@pytest.mark.parametrize("form", ["hf", "croissant"])
def test_parquet_exports_have_card_and_metadata(workspace: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "folder"
    assert "8 samples" in call(
        "export", "mmwave-sim@1", "--format", form, "--out", out, "--workspace", workspace
    )
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert {"README.md", "croissant.json"} <= set(files) and not any(".lock" in name for name in files)
    tables = [pq.read_table(out / name) for name in files if name.endswith(".parquet")]
    assert sum(table.num_rows for table in tables) == 8
    assert ("preview" in tables[0].column_names) == (form == "hf")
    metadata = json.loads((out / "croissant.json").read_text())
    assert metadata["conformsTo"][0].endswith("croissant/1.1")
    assert {"rai:dataLimitations", "rai:dataBiases", "rai:personalSensitiveInformation"} <= set(metadata)
    front_matter = (out / "README.md").read_text().partition("\n---\n")[0]
    for name in {Path(name).name.partition("-")[0] for name in files if name.endswith(".parquet")}:
        assert f'path: "data/{name}-*.parquet"' in front_matter


def test_mmexpert_names_the_views_that_are_missing(workspace: Path, tmp_path: Path) -> None:
    said = call(
        "export", "mmwave-sim", "--format", "mmexpert", "--out", tmp_path / "x", "--workspace", workspace
    )
    assert "4 of 4 motions lack some of the views" in " ".join(said.split())


def test_questions_that_depend_on_the_view_are_known_kinds() -> None:
    assert set(QA_KINDS) >= VIEW_DEPENDENT_KINDS


def test_webdataset_holds_all(workspace: Path, tmp_path: Path) -> None:
    call("export", "mmwave-sim", "--format", "webdataset", "--out", tmp_path / "x", "--workspace", workspace)
    assert {path.suffix for path in (tmp_path / "x").iterdir() if path.is_file()} == {".tar", ".md"}


def test_a_version_is_exported_where_only_a_newer_state_is_damaged(workspace: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(workspace, tmp_path / "copy")
    lake = lake_of(copy)
    table = DeltaTable(f"{lake.root}/samples")
    write_deltalake(table, lake.read("samples", columns=TABLES["samples"].schema.names), mode="overwrite")
    for file in DeltaTable(f"{lake.root}/samples").file_uris():
        Path(file).unlink()
    call("export", "mmwave-sim", "--format", "webdataset", "--out", tmp_path / "x", "--workspace", copy)
    assert sum(path.suffix == ".tar" for path in (tmp_path / "x").iterdir()) >= 1
    assert (tmp_path / "x" / "card-pictures" / "examples.png").stat().st_size > 10_000


def test_a_taken_folder_and_contradicting_options_are_refused(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(Exception, match="not empty"):
        call("export", "mmwave-sim", "--out", tmp_path, "--workspace", workspace)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    said = call(
        "export",
        "mmwave-sim",
        "--out",
        tmp_path / "x",
        "--include-restricted",
        "--leave-out-restricted",
        code=1,
    )
    assert "contradict" in said


def test_restricted_samples_stay_unless_asked_for(workspace: Path, tmp_path: Path) -> None:
    lake = lake_of(workspace)
    rows = lake.read("samples").to_pylist()
    restricted = [{**row, "sample_id": f"{row['sample_id']}x", "may_ship": False} for row in rows[:3]]
    lake.append_samples(restricted, "restricted", "run-1")
    ids = [row["sample_id"] for row in rows + restricted]
    version = lake.publish("mixed", ids, "run-1").name
    with pytest.raises(NotRedistributable, match="3 of 11 samples"):
        export_dataset(lake, version, "webdataset", tmp_path / "a")
    assert not (tmp_path / "a").exists() and list(tmp_path.iterdir()) == []
    rest = export_dataset(lake, version, "webdataset", tmp_path / "b", "leave-out")
    assert (rest.n_samples, rest.n_left_out) == (8, 3)
    assert "8 radar maps" in (tmp_path / "b" / "README.md").read_text()
    said = call("export", version, "--format", "webdataset", "--out", tmp_path / "c", "--include-restricted",
                "--workspace", workspace)  # fmt: skip
    assert "11 samples" in said and "keep the folder" in " ".join(said.split())
    assert "**may not** be passed on" in (tmp_path / "c" / "README.md").read_text()
