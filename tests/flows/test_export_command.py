"""`mmflywheel export`: what is written is read back as the same motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from flows.cli.commands import app
from simulator import load_body, read_motion_file
from simulator.errors import MotionFileError

ROOT = Path(__file__).parents[2]
SCRIPT = sorted((ROOT / "docs" / "examples" / "scripts").glob("*.json"))[0]
CLIP = ROOT / "tests" / "data" / "motion" / "dm_walk.npy"


def export(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["export", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    ("name", "form"),
    [("m.bvh", "BVH"), ("m.npz", "AMASS SMPL-H"), ("m.npy", "HumanML3D joints")],
)
def test_a_script_comes_back_as_a_clip(tmp_path: Path, name: str, form: str) -> None:
    assert form in export(SCRIPT, tmp_path / name)
    clip = read_motion_file(tmp_path / name, load_body())
    assert clip.format == form
    assert clip.motion.duration_s == pytest.approx(clip.recording_s, abs=0.1)
    assert clip.fit_error_mm < 20.0


def test_vectors_and_a_recorded_clip(tmp_path: Path) -> None:
    export(CLIP, tmp_path / "v.npy", "--vectors")
    assert np.load(tmp_path / "v.npy").shape[1] == 263


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MotionFileError, match=r"\.bvh"):
        CliRunner().invoke(app, ["export", str(CLIP), str(tmp_path / "m.c3d")], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


def test_the_source_is_not_overwritten(tmp_path: Path) -> None:
    copy = tmp_path / "walk.npy"
    copy.write_bytes(CLIP.read_bytes())
    result = CliRunner().invoke(app, ["export", str(copy), str(copy)])
    assert result.exit_code == 1
    assert copy.read_bytes() == CLIP.read_bytes()
