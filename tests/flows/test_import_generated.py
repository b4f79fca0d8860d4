"""Captions to clips in the lake by a text-to-motion command that is a real program."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data_lake import Lake
from flows.cli.commands import app
from flows.store_clips import newest_clips

WALK = Path(__file__).parents[1] / "data" / "motion" / "dm_walk.npy"
PROGRAM = f"""
import sys, time
from pathlib import Path
import numpy as np

caption, seed, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with Path(__file__).with_suffix(".log").open("a") as log:
    print(caption, file=log)
motion = np.load({str(WALK)!r}) * (1.0 + 1e-4 * (len(caption) + seed))
if "fails" in caption:
    sys.exit("out of memory")
if "hangs" in caption:
    time.sleep(60)
if "vanishes" in caption:
    motion[3, 4] = np.nan
np.save(out, motion)
"""
CAPTIONS = (
    "a person walks\n\na person walks\na person fails\nsomeone strolls along\na person vanishes\nhe hangs\n"
)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "model.py"
    path.write_text(PROGRAM)
    (tmp_path / "captions.txt").write_text(CAPTIONS)
    return path


def import_generated(program: Path, *options: str) -> Any:
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} {{caption}} {{seed}} {{out}}"
    arguments = ["--captions", str(program.with_name("captions.txt")), "--generator", command]
    fixed = ["--generator-name", "tiny", "--timeout-s", "6", "--workers", "1", "--json"]
    where = ["--workspace", str(program.with_name("ws"))]
    return CliRunner().invoke(app, ["import", *arguments, *fixed, *where, *options])


def test_captions_become_clips_with_their_source_and_failures_have_reasons(program: Path) -> None:
    result = import_generated(program, "--licence", "weights: research only", "--no-may-ship")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert [used["captions"] for used in document["used"]] == [["a person walks"], ["someone strolls along"]]
    reasons = {skip["file"]: skip["reason"] for skip in document["skipped"]}
    assert list(reasons) == ['"a person fails", seed 0', '"he hangs", seed 0', '"a person vanishes", seed 0']
    assert "ended with status 1: out of memory" in reasons['"a person fails", seed 0']
    assert "took longer than 6 s" in reasons['"he hangs", seed 0']
    assert "not finite" in reasons['"a person vanishes", seed 0']
    assert "kept as" in reasons['"a person vanishes", seed 0']

    lake = Lake.open(program.with_name("ws") / "lake")
    first, _ = sorted(newest_clips(lake.read("clips").to_pylist()), key=lambda row: row["captions"])
    assert first["source"] == "generator: tiny" and first["licence"] == "weights: research only"
    assert first["may_ship"] is False
    made = json.loads(first["generator"])
    assert (made["name"], made["caption"], made["seed"]) == ("tiny", "a person walks", 0)
    assert made["command"][-3:] == ["{caption}", "{seed}", "{out}"]


def test_what_was_generated_is_not_asked_for_again_and_failures_are(program: Path) -> None:
    (program.with_name("captions.txt")).write_text("a person walks\na person vanishes\na person fails\n")
    log = program.with_suffix(".log")
    assert json.loads(import_generated(program).stdout)["n_imported"] == 1
    assert sorted(log.read_text().splitlines()) == ["a person fails", "a person vanishes", "a person walks"]
    log.unlink()
    again = json.loads(import_generated(program).stdout)
    assert (again["n_already_there"], again["n_imported"], again["n_rows_added"]) == (1, 0, 0)
    assert sorted(log.read_text().splitlines()) == ["a person fails", "a person vanishes"]
    another = json.loads(import_generated(program, "--seed", "5").stdout)
    assert another["n_imported"] == 1 and another["used"][0]["generator"]["seed"] == 5
    files = sorted(path.suffix for path in program.with_name("ws").joinpath("generated").iterdir())
    assert files == [".npy", ".npy", ".refused", ".refused"]


BATCH = f"""
import json, sys
import numpy as np

for number, line in enumerate(open(sys.argv[1])):
    request = json.loads(line)
    if "fails" in request["caption"]:
        sys.exit("out of memory")
    np.save(request["out"], np.load({str(WALK)!r}) * (1.0 + 1e-4 * number))
"""


def test_one_run_for_all_captions_keeps_what_it_wrote_before_it_failed(program: Path) -> None:
    program.write_text(BATCH)
    captions = program.with_name("captions.txt")
    captions.write_text("a person walks\nsomeone strolls along\na person fails\na man goes home\n")
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} {{requests}}"
    arguments = ["--captions", str(captions), "--generator", command, "--json", "--workers", "1"]
    where = ["--workspace", str(program.with_name("ws"))]
    document = json.loads(CliRunner().invoke(app, ["import", *arguments, *where]).stdout)
    assert [used["captions"] for used in document["used"]] == [["a person walks"], ["someone strolls along"]]
    assert [skip["file"][:9] for skip in document["skipped"]] == ['"a person', '"a man go']
    assert all("out of memory" in skip["reason"] for skip in document["skipped"])


def test_wrong_commands_and_captions_are_refused_before_a_lake_is_made(program: Path, tmp_path: Path) -> None:
    (program.with_name("captions.txt")).write_text("\n \n")
    result = import_generated(program)
    assert result.exit_code == 1 and "one caption a line" in str(result.exception)
    result = CliRunner().invoke(
        app, ["import", "--captions", "c.txt", "--generator", "x", "--workspace", str(tmp_path / "ws")]
    )
    assert result.exit_code == 1 and "has no {caption}" in str(result.exception)
    assert not (tmp_path / "ws").exists()
