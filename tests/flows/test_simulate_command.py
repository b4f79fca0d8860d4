"""`mmflywheel simulate` from the command line: real files in, views with axes out, or one clear line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from flows.cli.commands import app
from simulator import load_body, radar_preset
from simulator.body.model import pose_joints
from simulator.motion.body_motion import BodyMotion
from simulator.radar.ti_cfg_write import write_ti_cfg


@pytest.fixture(scope="module")
def joints_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a body that sways towards the radar and back, as HumanML3D joints (y up, 20 a second)."""
    body = load_body()
    n = 41
    times_s = np.arange(n) / 20.0
    upright = np.tile([np.pi / 2, 0.0, 0.0], (n, 1))
    height_m = -body.rest_joints(np.zeros(10))[:, 1].min() + 0.05
    path = np.stack([0 * times_s, 0.3 * np.sin(2 * np.pi * 0.5 * times_s), np.full(n, height_m)], axis=1)
    pose = np.zeros((n, 23, 3))
    pose[:, 15, 2], pose[:, 16, 2] = -1.2, 1.2  # arms down: a T-pose would be taken for calibration
    motion = BodyMotion(np.zeros(10), upright, pose, path, 20.0)
    joints = pose_joints(body, motion)[:, :22]
    y_up = np.stack([joints[..., 0], joints[..., 2], -joints[..., 1]], axis=-1)
    file = tmp_path_factory.mktemp("clip") / "sway.npy"
    np.save(file, y_up)
    return file


def test_writes_three_views_with_axes_radar_and_picture(joints_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(
        app, ["simulate", str(joints_file), "--range-m", "3", "--azimuth-deg", "20", "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    capture = np.load(out / "capture.npz")
    for view, axis in (
        ("doppler_time", "velocity_mps"),
        ("range_time", "range_m"),
        ("azimuth_time", "azimuth_rad"),
    ):
        assert capture[view].shape == (496, 128) and capture[axis].shape == (128,), view
        n = int(capture["n_valid_frames"])
        assert 90 <= n <= 100
        assert capture[view][:n].any(axis=1).all() and not capture[view][n:].any()
    power = (capture["azimuth_time"][:n].astype(float) ** 2).sum(axis=0)
    assert np.degrees(capture["azimuth_rad"][power.argmax()]) == pytest.approx(20.0, abs=3.0)
    profile = (capture["range_time"][:n].astype(float) ** 2).sum(axis=0)
    assert capture["range_m"][profile.argmax()] == pytest.approx(3.0, abs=0.5)
    assert json.loads(str(capture["radar"]))["name"] == "mmexpert-iwr1843-8rx"
    assert (out / "capture.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(file.name for file in out.iterdir()) == ["capture.npz", "capture.png"]


def test_a_cfg_file_is_a_radar(joints_file: Path, tmp_path: Path) -> None:
    cfg = tmp_path / "mine.cfg"
    cfg.write_text(write_ti_cfg(radar_preset("mmexpert-iwr1843")))
    arguments = ["simulate", str(joints_file), "--radar", str(cfg), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    capture = np.load(tmp_path / "out" / "capture.npz")
    assert "azimuth_time" not in capture  # one antenna
    assert len(capture["doppler_time"]) == int(capture["n_valid_frames"])
