"""Motions of the lake by their ids: what `retrieve` names can be looked at and exported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from data_lake import Lake
from data_lake.errors import NotInLake
from flows.cli.commands import app
from flows.import_request import ImportSettings, run_import
from flows.stored_motion import is_motion_id, stored_motion
from simulator import read_motion_file

DATA = Path(__file__).parents[1] / "data" / "motion"
SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "scripts" / "walk.json"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with two recordings, a walk and a kick."""
    folder = tmp_path_factory.mktemp("stored")
    shutil.copytree(DATA, folder / "clips")
    run_import(ImportSettings(folder=folder / "clips", workspace=folder / "ws", workers=1))
    return folder / "ws"


@pytest.fixture(scope="module")
def clips(workspace: Path) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in Lake.open(workspace / "lake").read("clips").to_pylist()}


def test_ids_are_told_from_files() -> None:
    assert is_motion_id("clp-f79de0e23b49") and is_motion_id("mot-0")
    assert not any(map(is_motion_id, ("clp-walk.npy", "walk", "mot-", "scp-12")))


def test_a_clip_and_its_motion_are_one(workspace: Path, clips: dict[str, dict[str, Any]]) -> None:
    lake, kick = Lake.open(workspace / "lake"), clips["dm_kick"]
    by_clip = stored_motion(lake, kick["clip_id"], None)
    by_motion = stored_motion(lake, kick["motion_id"][:14], None)
    read = read_motion_file(DATA / "dm_kick.npy", by_clip.body).motion
    assert by_clip.motion_id == by_motion.motion_id == kick["motion_id"]
    assert by_clip.caption == kick["captions"][0]
    assert np.allclose(by_clip.motion.body_pose, read.body_pose, atol=1e-6)


def test_what_the_lake_does_not_have_is_said(workspace: Path) -> None:
    lake = Lake.open(workspace / "lake")
    with pytest.raises(NotInLake, match="has 0 motions under clp-ffffffffffff"):
        stored_motion(lake, "clp-ffffffffffff", None)
    with pytest.raises(NotInLake, match=r"has 2 motions under mot-; .*give more of it"):
        stored_motion(lake, "mot-", None)


def test_a_motion_on_another_body_asks_for_it(
    workspace: Path, clips: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.stored_motion.SEXES", ("female",))
    with pytest.raises(NotInLake, match=r"was made on another body than female.* give its file as --body"):
        stored_motion(Lake.open(workspace / "lake"), clips["dm_kick"]["clip_id"], None)


def test_preview_and_export_take_an_id(
    workspace: Path, clips: dict[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    clip_id, where = clips["dm_kick"]["clip_id"], ["--workspace", str(workspace)]
    result = CliRunner().invoke(app, ["preview", clip_id, "--rate-hz", "4", *where])
    assert result.exit_code == 0, result.output
    assert f"{clips['dm_kick']['motion_id']}: motion of 1.50 s, as the lake holds it" in result.output
    assert (tmp_path / f"{clip_id}.gif").stat().st_size > 1000
    assert CliRunner().invoke(app, ["export", clip_id, "kick.npy", *where]).exit_code == 0
    assert np.load("kick.npy").shape == (31, 22, 3)
    result = CliRunner().invoke(app, ["export", clip_id, "kick.bvh", "--start-s", "1", *where])
    assert result.exit_code == 1 and "a motion of the lake is shown from its start" in result.stderr


def test_the_rate_of_a_file_that_states_none_can_be_given(tmp_path: Path) -> None:
    out = tmp_path / "walk.bvh"
    result = CliRunner().invoke(app, ["export", str(DATA / "dm_kick.npy"), str(out), "--file-rate-hz", "25"])
    assert result.exit_code == 0, result.output
    assert "Frame Time: 0.04" in out.read_text()
    result = CliRunner().invoke(app, ["export", str(SCRIPT), str(out), "--file-rate-hz", "25"])
    assert result.exit_code == 1 and "a script has its own" in result.stderr


def test_what_a_manifest_leaves_out_is_told(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "clips")
    arguments = ["import", str(tmp_path / "clips"), "--workspace", str(tmp_path / "ws"), "--workers", "1"]
    said = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    left_out = sorted(path.name for path in DATA.iterdir() if path.suffix in (".bvh", ".txt"))
    assert (said["n_not_listed"], said["not_listed"]) == (len(left_out), left_out)
    told = CliRunner().invoke(app, arguments).stdout
    assert f"{len(left_out)} motion files here are not in its manifest.json" in told


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("empty", "there is no motion file in it"),
        ("dm_kick.npy", "is a file: give the folder that it lies in"),
    ],
)
def test_a_folder_without_motion_and_a_file_are_refused_in_words(
    tmp_path: Path, given: str, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "README.md").write_text("no motion")
    shutil.copy(DATA / "dm_kick.npy", tmp_path)
    result = CliRunner().invoke(app, ["import", str(tmp_path / given), "--workspace", str(tmp_path / "ws")])
    assert result.exit_code == 1
    assert message in f"{result.stderr} {result.exception}"


def test_a_preview_of_a_format_that_is_not_read_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "dance.fbx").write_bytes(b"Kaydara FBX Binary")
    result = CliRunner().invoke(app, ["preview", str(tmp_path / "dance.fbx")])
    assert result.exit_code == 1 and "export its skeleton as BVH" in str(result.exception)
