"""`mmflywheel lake ...` and `mmflywheel versions ...` on a small lake: what they print and how they end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from data_lake import Lake
from data_lake.errors import InvalidInput
from flows.cli.application import app
from flows.cli.lake_upkeep import bytes_text

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data_lake"))

from many_rows import fill, many_ids

import flows.cli.commands  # noqa: F401


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of 40 and 60 tiny samples in shards of 10."""
    root = tmp_path_factory.mktemp("upkeep")
    lake = Lake.create(root / "lake")
    fill(lake, 60, 10, tiny=True)
    lake.publish("many", many_ids(range(40)), "run-1", {"scale": "smoke"})
    lake.publish("many", many_ids(range(60)), "run-[bold]2", {"scale": "small"})
    return root


def run(workspace: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--workspace", str(workspace)])


def said(workspace: Path, *words: str) -> str:
    result = run(workspace, *words)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_sound_lake_is_said_to_be_sound(workspace: Path) -> None:
    assert "sound" in said(workspace, "lake", "check")
    report = json.loads(said(workspace, "lake", "check", "--deep", "--json"))
    assert report["sound"] and report["findings"] == [] and report["n_rows"] > 160


def test_damage_ends_with_status_1(workspace: Path, tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    fill(lake, 10, tiny=True)
    for path in (tmp_path / "lake" / "motions").glob("*.parquet"):
        path.unlink()
    result = run(tmp_path, "lake", "check")
    assert result.exit_code == 1
    assert "missing file" in result.output and "damaged" in result.output


def test_many_findings_of_one_kind_are_cut_short(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    for number in range(12):
        fill(lake, 1, 1, number, tiny=True)
    for path in (tmp_path / "lake" / "samples" / "_delta_log").glob("*.json"):
        path.write_text("")
    told = run(tmp_path, "lake", "check").output
    found = json.loads(run(tmp_path, "lake", "check", "--json").output)["findings"]
    n_cut = sum(one["where"] == "samples" for one in found)
    assert n_cut > 12 and f"... and {n_cut - 6} more (--json lists them)" in told


def test_garbage_is_counted_then_removed(workspace: Path) -> None:
    counted = json.loads(said(workspace, "lake", "gc", "--age-hours", "0", "--json"))
    assert not counted["removed"] and counted["n_files"] > 10 and counted["n_bytes"] > 1000
    text = said(workspace, "lake", "gc", "--age-hours", "0")
    assert "nothing was removed" in text and f"{counted['n_files']} files" in text
    assert f"removed {counted['n_files']} files" in said(
        workspace, "lake", "gc", "--age-hours", "0", "--remove"
    )
    assert "nothing to remove" in said(workspace, "lake", "gc", "--age-hours", "0")
    assert "sound" in said(workspace, "lake", "check", "--deep")


def test_small_files_are_joined(tmp_path: Path) -> None:
    fill(Lake.create(tmp_path / "lake"), 30, 10, tiny=True)
    joined = json.loads(said(tmp_path, "lake", "compact", "--json"))
    assert joined["scripts"] == {"before": 3, "after": 1}
    assert "nothing to join" in said(tmp_path, "lake", "compact")


def test_versions_are_listed_compared_and_told(workspace: Path) -> None:
    listed = json.loads(said(workspace, "versions", "--json"))
    assert [(one["name"], one["n_samples"]) for one in listed] == [("many@1", 40), ("many@2", 60)]
    assert "many@2" in said(workspace, "versions")
    text = said(workspace, "versions", "diff", "many@1", "many@2")
    assert "40 samples in both, +20 -0" in text and "parameters.scale" in text
    found = json.loads(said(workspace, "versions", "diff", "many@2", "many@1", "--json"))
    assert found["samples"] == {"common": 40, "added": 0, "removed": 20}
    log = said(workspace, "versions", "log", "many")
    assert log.index("many@2") < log.index("many@1") and "run-[bold]2" in log


def test_a_tag_is_given_moved_and_taken(workspace: Path) -> None:
    assert "many@candidate is many@1" in said(workspace, "versions", "tag", "many@1", "candidate")
    assert "already" in said(workspace, "versions", "tag", "many@1", "candidate")
    said(workspace, "versions", "tag", "many", "candidate", "--reason", "[red]newer")
    log = said(workspace, "versions", "log", "many")
    assert "many@1 -> many@2" in log and "[red]newer" in log
    refused = run(workspace, "versions", "tag", "many@1", "candidate", "--remove")
    assert isinstance(refused.exception, InvalidInput) and "names many@2" in str(refused.exception)
    assert "no more" in said(workspace, "versions", "tag", "many@2", "candidate", "--remove")
    assert "candidate" not in json.loads(said(workspace, "versions", "--json"))[1]["tags"]


def test_promotion_asks_for_a_score(workspace: Path) -> None:
    refused = run(workspace, "versions", "promote", "many@1")
    assert isinstance(refused.exception, InvalidInput) and "--unscored" in str(refused.exception)
    assert "many@published is many@1" in said(workspace, "versions", "promote", "many@1", "--unscored")
    row = {"scorecard_id": "s-1", "dataset_version": "many@2", "config_hash": "c", "checkpoints": [],
           "path": "p", "metrics": '{"r_at_1": 0.5}'}  # fmt: skip
    Lake.open(workspace / "lake").append("scorecards", [row], "s-1", "run-1")
    assert "many@published is many@2 (it was many@1)" in said(workspace, "versions", "promote", "many")


def test_bytes_are_written_for_people() -> None:
    assert [bytes_text(n) for n in (0, 1023, 1024, 1536, 3 * 2**30)] == [
        "0 B", "1023 B", "1.0 KiB", "1.5 KiB", "3.0 GiB",
    ]  # fmt: skip
