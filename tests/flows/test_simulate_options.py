"""Options of `mmflywheel simulate` that meet each other: room, parts, views, people, frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from flows.cli.commands import _options, app
from flows.cli.people_options import room_from_text
from simulator import SimulatorError, living_room
from simulator.errors import SceneError

MOTION = Path(__file__).parents[1] / "data" / "motion"
CLIP, JOINTS = MOTION / "cmu_131_01_30hz.bvh", MOTION / "dm_walk.npy"
QUICK = ("--radar", "mmexpert-iwr1843", "--set", "simulation.n_scatterers=100")


def simulate(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["simulate", *map(str, arguments)])
    return result.exit_code, " ".join(f"{result.output} {result.exception or ''}".split())


def test_options_with_names_of_their_own_do_not_undo_those_that_are_set() -> None:
    by_part = ["simulation.by_part=true"]
    assert _options(by_part, parts=False, room=None).by_part
    assert _options(None, parts=True, room=None).by_part
    assert not _options(None, parts=False, room=None).by_part
    assert _options(by_part, parts=False, room="living-room").room == living_room()


def test_views_cannot_be_switched_off(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, output = simulate(CLIP, "--set", "simulation.all_views=false", "--out", out)
    assert code == 1 and "always makes all views" in output and not out.exists()


@pytest.mark.parametrize("frames", ["ten", "4:2"])
def test_frames_are_read_before_the_motion(tmp_path: Path, frames: str) -> None:
    code, output = simulate(tmp_path / "never_read.bvh", "--adc", frames, "--out", tmp_path / "out")
    assert code == 1 and f"--adc {frames}: " in output and "never_read" not in output


def test_the_gate_holds_everybody_unless_it_is_set(tmp_path: Path) -> None:
    two = (CLIP, *QUICK, "--range-m", "4.5", "--person", f"{CLIP},7,-25")
    narrow = ("--set", "simulation.spectrogram.gate_width_m=2.4")
    outputs: list[str] = []
    widths: list[float] = []
    captures: list[Any] = []
    for name, more in (("wide", ()), ("narrow", narrow)):
        code, output = simulate(*two, *more, "--out", tmp_path / name)
        assert code == 0, output
        captures.append(np.load(tmp_path / name / "capture.npz"))
        made = json.loads(str(captures[-1]["made_from"]))
        widths.append(made["options"]["spectrogram"]["gate_width_m"])
        outputs.append(output)
    assert 2 * 2.5 < widths[0] < 2 * 4.5 + 0.4 and widths[1] == 2.4
    assert f"range gate: {widths[0]:.1f} m instead of 2.4 m, so that all people are in it" in outputs[0]
    assert "range gate:" not in outputs[1]
    assert "gate_cuts_body" not in captures[0]["flags"] and "gate_cuts_body" in captures[1]["flags"]


def test_a_room_file_answers_with_its_name_and_the_place(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(living_room().to_dict()))
    assert room_from_text(str(file)) == living_room()
    file.write_text("[]")
    with pytest.raises(SceneError, match=r"mine\.json: a room is an object"):
        room_from_text(str(file))
    file.write_bytes(b"\xff\xfe{")
    with pytest.raises(SimulatorError, match=r"mine\.json cannot be read"):
        room_from_text(str(file))
    file.write_text('{"clutter_seed": -1}')
    code, output = simulate(CLIP, "--room", file, "--out", tmp_path / "out")
    assert code == 1 and "clutter_seed is -1: it should be greater than or equal to 0" in output


def test_help_and_short_clips_name_the_least_length() -> None:
    assert "1 s or more" in " ".join(simulate("--help")[1].split())


def test_a_file_that_states_no_rate_is_given_one(tmp_path: Path) -> None:
    """Joints say no rate: at half of it the same poses take twice the time."""
    frames = {}
    for rate in ("20", "10"):
        code, output = simulate(JOINTS, *QUICK, "--file-rate-hz", rate, "--out", tmp_path / rate)
        assert code == 0, output
        with np.load(tmp_path / rate / "capture.npz") as found:
            frames[rate] = int(found["n_valid_frames"])
    assert frames["10"] == pytest.approx(2 * frames["20"], rel=0.05)
