"""`mmflywheel simulate` from the command line: real files in, views with axes out, or one clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
    assert "range_doppler_dbm" not in capture
    assert_facts_fit_the_views(capture, result.output)
    assert (out / "capture.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(file.name for file in out.iterdir()) == ["capture.npz", "capture.png"]


def assert_facts_fit_the_views(capture: Any, output: str) -> None:
    """Share of what wraps, levels and rates: stored and told, and what the views say by the radar equation."""
    n = int(capture["n_valid_frames"])
    noise_mw = 10.0 ** (float(capture["noise_floor_db"]) / 10.0) * 128
    power_mw = (capture["doppler_time"][:n].astype(float) ** 2).sum(axis=1).mean() - noise_mw
    wavelength_m, gains = 299792458.0 / 79.2101e9, 10.0**2.6
    rcs_m2 = (
        power_mw / 2.25 * (4 * np.pi) ** 3 * float(capture["mean_range_m"]) ** 4 / (gains * wavelength_m**2)
    )
    assert 10 * np.log10(rcs_m2 / float(capture["mean_rcs_m2"])) == pytest.approx(0.0, abs=1.5)
    assert -1.5 < capture["min_range_rate_mps"] < -0.5 and 0.5 < capture["max_range_rate_mps"] < 1.5
    assert capture["wrapped_fraction"] == 0.0 and abs(capture["gate_loss"]) < 0.05
    words = " ".join(output.split())
    assert "0 % of it beyond +-6.06 m/s" in words and "8 virtual channels" in words
    assert f"mean RCS {10 * np.log10(float(capture['mean_rcs_m2'])):.1f} dBsm" in words


def test_range_doppler_maps_on_demand(joints_file: Path, tmp_path: Path) -> None:
    arguments = ["simulate", str(joints_file), "--radar", "mmexpert-iwr1843", "--out", str(tmp_path / "out")]
    few = ["--set", "simulation.n_scatterers=200"]
    result = CliRunner().invoke(app, [*arguments, *few, "--maps", "10:14"])
    assert result.exit_code == 0, result.output
    capture = np.load(tmp_path / "out" / "capture.npz")
    maps = capture["range_doppler_dbm"]
    assert maps.shape == (4, 128, 256)
    np.testing.assert_allclose(capture["range_doppler_time_s"], [0.21, 0.23, 0.25, 0.27])
    _, peak = np.unravel_index(maps[0].argmax(), maps[0].shape)
    assert capture["range_doppler_range_m"][peak] == pytest.approx(4.0, abs=0.6)
    result = CliRunner().invoke(app, [*arguments[:-1], str(tmp_path / "other"), "--maps", "10"])
    assert result.exit_code != 0 and "--maps 10: give FIRST:END" in str(result.exception)
    assert not (tmp_path / "other").exists()


def test_a_cfg_file_is_a_radar(joints_file: Path, tmp_path: Path) -> None:
    cfg = tmp_path / "mine.cfg"
    cfg.write_text(write_ti_cfg(radar_preset("mmexpert-iwr1843")))
    arguments = ["simulate", str(joints_file), "--radar", str(cfg), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    capture = np.load(tmp_path / "out" / "capture.npz")
    assert "azimuth_time" not in capture  # one antenna
    assert len(capture["doppler_time"]) == int(capture["n_valid_frames"])


def test_a_script_is_told_the_way_to_a_motion_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["simulate", "walk.json", "--out", str(out)])
    assert result.exit_code != 0 and not out.exists()
    assert "mmflywheel export walk.json walk.npz" in " ".join(result.output.split())


def test_a_wrong_option_is_quoted_as_it_was_given(tmp_path: Path) -> None:
    arguments = ["simulate", "clip.bvh", "--out", str(tmp_path / "out"), "--set", "simulation.nothing=2"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code != 0
    assert "--set simulation.nothing=2: SimulationOptions has no option 'nothing'" in " ".join(
        result.output.split()
    )
