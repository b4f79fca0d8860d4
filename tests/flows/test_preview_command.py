"""`mmflywheel preview` from the command line: a script or a clip in, an animated picture out, or a clear line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from flows.cli.commands import app
from flows.cli.script_file import read_script_file
from simulator import SimulatorError

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "docs" / "examples" / "scripts"
CLIP = ROOT / "tests" / "data" / "motion" / "dm_kick.npy"


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def example(**changes: Any) -> dict[str, Any]:
    return json.loads((SCRIPTS / "walk.json").read_text()) | changes


def test_a_script_becomes_a_picture_beside_nothing_else(in_folder: Path) -> None:
    result = CliRunner().invoke(app, ["preview", str(SCRIPTS / "turn.json"), "--seed", "3"])
    assert result.exit_code == 0, result.output
    assert "performed with seed 3" in result.output
    assert [path.name for path in in_folder.iterdir()] == ["turn.gif"]
    assert (in_folder / "turn.gif").stat().st_size < 1_000_000
    with Image.open("turn.gif") as image:
        assert image.n_frames == pytest.approx(12 * 4.8, abs=2)  # type: ignore[attr-defined]


def test_a_clip_becomes_a_picture(in_folder: Path) -> None:
    result = CliRunner().invoke(app, ["preview", str(CLIP), "--out", "new/kick.png", "--rate-hz", "6"])
    assert result.exit_code == 0, result.output
    assert "dm_kick.npy: 0.00 ... 1.50 s" in result.output
    with Image.open("new/kick.png") as image:
        assert image.format == "PNG" and image.n_frames == 10  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["steps"][0].update(gait="fly"), 'steps[0].gait is "fly": it must be \'walk\''),
        (lambda s: s["steps"][0].update(sped=1), "steps[0].sped is no field of a locomote step; it has kind, gait"),
        (lambda s: s["steps"][0].pop("gait"), "steps[0].gait is missing"),
        (lambda s: s["steps"][0].update(kind="swim"), 'steps[0].kind is "swim"; it must be one of locomote, turn'),
        (lambda s: s["steps"].append(7), "steps[1] is 7: it must be an object with a kind"),
        (lambda s: s["subject"].update(height_m="tall"), 'subject.height_m is "tall": it must be a valid number'),
        (lambda s: s.update(mood=1), "mood is no field of a MotionScript"),
        (lambda s: s["layers"].append({"start_step": 0, "end_step": 0, "primitive": {"kind": "turn"}}),
         'layers[0].primitive.kind is "turn"; it must be one of gesture, reach'),
        (lambda s: s["steps"][0].update(speed_mps=9.0), "speed_mps of walk is 9 m/s, allowed are"),
        (lambda s: s.update(caption="A person jumps over a wall."), "caption"),
    ],
)  # fmt: skip
def test_scripts_that_are_wrong_are_explained(
    change: Callable[[dict[str, Any]], Any], message: str, in_folder: Path
) -> None:
    script = example()
    change(script)
    file = in_folder / "mine.json"
    file.write_text(json.dumps(script))
    with pytest.raises(SimulatorError) as refusal:
        read_script_file(file)
    assert message in str(refusal.value) and str(refusal.value).startswith(str(file))
    assert str(refusal.value).count(";") < 16, "only what concerns the step's own kind"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"title": "a",\n', "mine.json, line 2, column 1: not JSON"),
        (b"[1, 2]", "a script is an object"),
        (b'{"title": "a", "title": "b"}', "the key 'title' is given twice"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_files_that_are_no_scripts_are_explained(content: bytes, message: str, in_folder: Path) -> None:
    (in_folder / "mine.json").write_bytes(content)
    result = CliRunner().invoke(app, ["preview", "mine.json"])
    assert result.exit_code == 1 and message in str(result.exception)
    assert [path.name for path in in_folder.iterdir()] == ["mine.json"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.json"], "none.json: no such file"),
        (["none.bvh"], "none.bvh: no such file"),
        ([str(CLIP), "--out", "a.mp4"], "animated pictures are .gif or .png, not .mp4"),
        ([str(CLIP), "--rate-hz", "99"], "99 pictures per second"),
        ([str(CLIP), "--start-s", "60"], "dm_kick.npy"),
        ([str(SCRIPTS / "walk.json"), "--start-s", "1"], "--start-s picks a window of a recorded clip"),
        ([str(SCRIPTS / "walk.json"), "--seed", "-1"], "--seed"),
        ([str(SCRIPTS / "walk.json"), "--body", "none.pkl"], "none.pkl"),
    ],
)
def test_impossible_previews_end_in_a_line(arguments: list[str], message: str, in_folder: Path) -> None:
    result = CliRunner().invoke(app, ["preview", *arguments])
    assert result.exit_code != 0
    assert message in f"{result.output} {result.stderr} {result.exception}"
    assert not list(in_folder.iterdir())


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.json")), ids=lambda path: path.stem)
def test_the_example_scripts_are_valid(path: Path) -> None:
    assert read_script_file(path).steps
