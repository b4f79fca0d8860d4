"""Folders and files of the commands: checked first, written whole, nothing of another run beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from data_lake.errors import InvalidInput
from flows.cli import adc_file, output_files, validate_command
from flows.cli.adc_file import remove_other_adc
from flows.cli.commands import app
from flows.cli.output_files import check_folder, write_arrays, written_whole
from simulator import SIMULATOR_VERSION

CLIP = Path(__file__).parents[1] / "data" / "motion" / "cmu_131_01_30hz.bvh"
SCENE = Path(__file__).parents[2] / "docs" / "examples" / "targets.json"
QUICK = ("--radar", "mmexpert-iwr1843", "--set", "simulation.n_scatterers=50")


def invoke(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, " ".join(f"{result.output} {result.exception or ''}".split())


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_file_in_the_folder_s_place_is_told_before_anything_is_read(tmp_path: Path, below: str) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    out = taken / below
    for command in (
        ["simulate", tmp_path / "never_read.bvh"],
        ["simulate", "--scene", tmp_path / "never_read.json"],
        ["validate-physics"],
    ):
        code, output = invoke(*command, "--out", out)
        assert code == 1 and f"--out {out}: {taken} is not a folder" in output
    assert taken.read_text() == "mine"


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_folder(tmp_path / "new" / "deep")
    assert not (tmp_path / "new").exists()
    monkeypatch.setattr(output_files.os, "access", lambda *_: False)  # the tests may run as root
    with pytest.raises(SystemExit):
        check_folder(tmp_path / "new")


def test_the_check_comes_before_the_physics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(validate_command, "run_checks", lambda _: pytest.fail("ran"))
    assert invoke("validate-physics", "--out", tmp_path / "file")[0] == 1


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("old")
    with pytest.raises(OSError, match="full"), written_whole(tmp_path / "old.txt") as partial:
        partial.write_text("ne")
        raise OSError("full")
    with pytest.raises(InvalidInput):
        write_arrays({}, 1, (), {"radar": object()}, tmp_path / "capture.npz")
    assert [file.name for file in tmp_path.iterdir()] == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "old"


def test_axes_of_samples_are_whole_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(self: Path, text: str) -> int:
        self.write_bytes(text.encode()[:10])
        raise OSError("full")

    monkeypatch.setattr(adc_file.Path, "write_text", half)
    code, output = invoke("simulate", CLIP, *QUICK, "--adc", "0:1", "--out", tmp_path / "out")
    assert code == 1 and "full" in output
    names = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert names == ["adc.npy", "capture.npz", "capture.png"]


def test_samples_of_another_capture_go_and_those_of_the_same_stay(tmp_path: Path) -> None:
    command, names = ("simulate", CLIP, *QUICK, "--out", tmp_path), ["adc.json", "adc.npy"]
    assert invoke(*command, "--adc", "0:1")[0] == 0
    for file in ("capture.npz", "adc.json"):
        text = np.load(tmp_path / file)["made_from"].item() if file.endswith("npz") else None
        made = json.loads(text) if text else json.loads((tmp_path / file).read_text())["made_from"]
        assert made["simulator_version"] == SIMULATOR_VERSION
    code, output = invoke(*command)
    assert code == 0 and "removed" not in output
    assert sorted(file.name for file in tmp_path.glob("adc*")) == names
    code, output = invoke(*command, "--range-m", "3")
    assert code == 0 and output.count("removed, as it was of another capture") == 2
    assert not list(tmp_path.glob("adc*"))


def test_a_scene_removes_samples_too_and_names_its_version(tmp_path: Path) -> None:
    (tmp_path / "adc.json").write_text(json.dumps({"file": "adc.npy", "made_from": {}}))
    code, output = invoke("simulate", "--scene", SCENE, "--radar", "mmexpert-iwr1843", "--out", tmp_path)
    assert code == 0 and "removed" in output and not (tmp_path / "adc.json").exists()
    made = json.loads(np.load(tmp_path / "capture.npz")["made_from"].item())
    assert made["simulator_version"] == SIMULATOR_VERSION


@pytest.mark.parametrize("text", ["[1]", "not json", '{"rate_hz": 5}', '{"file": "adc.npy"}'])
def test_files_of_somebody_else_are_not_touched(tmp_path: Path, text: str) -> None:
    (tmp_path / "adc.json").write_text(text)
    (tmp_path / "adc.npy").write_bytes(b"theirs")
    assert remove_other_adc(tmp_path, {"seed": 0}) == []
    assert (tmp_path / "adc.npy").read_bytes() == b"theirs"
