"""`mmflywheel simulate --scene` from the command line: a scene file in, maps in dBm with axes out, or a clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from flows.cli.commands import app
from simulator import RadarConfig, SimulatorError, radar_preset
from simulator.radar.ti_cfg_write import write_ti_cfg

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "targets.json"
OF_THE_ISSUE = """{"duration_s": 0.2, "noise": false, "targets": [
  {"kind": "point", "position_m": [0,3,0], "velocity_mps": [0,-1,0], "rcs_dbsm": 0},
  {"kind": "sphere", "radius_m": 0.1, "position_m": [0,5,0]},
  {"kind": "plate", "size_m": [0.1,0.1], "normal": [0,-1,0], "position_m": [1.2,7,0]}]}"""


def simulate(
    tmp_path: Path, text: str, *options: str, radar: str = "mmexpert-iwr1843-8rx"
) -> tuple[Any, Path]:
    file, out = tmp_path / "scene.json", tmp_path / "out"
    file.write_text(text)
    arguments = ["simulate", "--scene", str(file), "--radar", radar, "--out", str(out), *options]
    return CliRunner().invoke(app, arguments), out


def peak_dbm(cells_dbm: np.ndarray) -> float:
    """Highest value between the cells of a Hann main lobe, by its two largest amplitudes in each direction.

    Between two cells of ratio q = smaller / larger, a periodic Hann window's tone lies d = (2 q - 1) / (q + 1) from
    the larger, which reads sinc(d) / (1 - d^2) of it.
    """
    amplitude = 10.0 ** (cells_dbm.astype(float) / 20.0)
    row, column = np.unravel_index(amplitude.argmax(), amplitude.shape)
    level = float(cells_dbm[row, column])
    for line, at in ((amplitude[:, column], row), (amplitude[row], column)):
        ratio = max(line[at - 1], line[(at + 1) % len(line)]) / line[at]
        offset = (2.0 * ratio - 1.0) / (ratio + 1.0)
        level -= 20.0 * np.log10(np.sinc(offset) / (1.0 - offset**2))
    return level


def cells_near(capture: Any, range_m: float, velocity_mps: float) -> np.ndarray:
    """The middle frame, and nothing of it but what lies within 0.4 m and 0.8 m/s of a place."""
    dbm = capture["range_doppler_dbm"][5]
    near = np.abs(capture["velocity_mps"] - velocity_mps)[:, None] < 0.8
    return np.where(near & (np.abs(capture["range_m"] - range_m) < 0.4), dbm, -300.0)


def test_the_scene_of_the_documentation_holds_against_the_radar_equation(tmp_path: Path) -> None:
    result, out = simulate(tmp_path, OF_THE_ISSUE)
    assert result.exit_code == 0, result.output
    capture = np.load(out / "capture.npz")
    radar = RadarConfig.from_dict(json.loads(str(capture["radar"])))
    assert (
        capture["range_doppler_dbm"].shape == (10, 128, 256)
        and capture["range_doppler_dbm"].dtype == np.float32
    )
    assert capture["time_s"].shape == (10,) and radar.n_frames == 10
    assert capture["velocity_mps"].shape == (128,) and capture["range_m"].shape == (256,)
    for view in ("doppler_time", "range_time", "azimuth_time"):
        assert capture[view].shape == (10, 128) and capture[view].any(axis=1).all(), view
    assert capture["range_time_m"].shape == capture["azimuth_rad"].shape == (128,)
    wavelength_m = radar.mid_wavelength_m
    in_the_middle = 3.0 - float(capture["time_s"][5])
    plate_m = float(np.hypot(1.2, 7.0))
    # The plate at 1.2 m to the right looks past the radar by atan(1.2 / 7).
    tilt = 2.0 * np.pi / wavelength_m * 0.1 * 1.2 / plate_m
    plate_m2 = 4.0 * np.pi * 1e-4 / wavelength_m**2 * (7.0 / plate_m) ** 2 * (np.sin(tilt) / tilt) ** 2
    for rcs_m2, range_m, echo_m, velocity, within_db in (
        (1.0, in_the_middle, in_the_middle, -1.0, 0.1),
        (np.pi * 0.01, 5.0, 4.9, 0.0, 0.5),
    ):
        expected = 10.0 * np.log10(radar.received_power_mw(rcs_m2, range_m))
        cells = cells_near(capture, echo_m, velocity)
        assert peak_dbm(cells) == pytest.approx(expected, abs=within_db), range_m
        row, column = np.unravel_index(cells.argmax(), cells.shape)
        assert capture["velocity_mps"][row] == pytest.approx(velocity, abs=radar.velocity_bin_mps)
        assert capture["range_m"][column] == pytest.approx(echo_m, abs=radar.range_bin_m)
    assert (
        f"{10.0 * np.log10(plate_m2):.2f}" in result.output
        and "its echo changes over the sweep" in result.output
    )
    assert (out / "capture.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(file.name for file in out.iterdir()) == ["capture.npz", "capture.png"]


def test_the_example_file_agrees_target_by_target(tmp_path: Path) -> None:
    result, out = simulate(tmp_path, EXAMPLE.read_text(), radar="mmexpert-iwr1843")
    assert result.exit_code == 0, result.output
    rows = [line.split("│") for line in result.output.splitlines() if line.count("│") == 7]
    assert [row[0].split()[1] for row in rows] == ["point", "sphere", "plate", "disc", "cylinder"]
    for row in rows:
        assert abs(float(row[6])) < 0.5, row
    capture = np.load(out / "capture.npz")
    assert "azimuth_time" not in capture  # one antenna
    assert capture["flags"].tolist() == ["near_field"]
    assert json.loads(str(capture["made_from"]))["scene"]["targets"][3]["diameter_m"] == 0.12


def test_a_cfg_file_and_noise(tmp_path: Path) -> None:
    cfg = tmp_path / "mine.cfg"
    cfg.write_text(write_ti_cfg(radar_preset("mmexpert-iwr1843")))
    noisy = OF_THE_ISSUE.replace('"noise": false', '"noise": true')
    result, out = simulate(tmp_path, noisy, "--seed", "3", radar=str(cfg))
    assert result.exit_code == 0, result.output
    dbm = np.load(out / "capture.npz")["range_doppler_dbm"]
    assert dbm.shape == (10, 128, 256)
    assert -140.0 < np.median(dbm) < -125.0
    simulate(tmp_path, noisy, "--seed", "4", radar=str(cfg))
    assert (np.load(out / "capture.npz")["range_doppler_dbm"] != dbm).mean() > 0.99


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"duration_s": 0.2,\n', "scene.json, line 2, column 1: not JSON"),
        (
            OF_THE_ISSUE.replace('"sphere"', '"cube"'),
            r"targets\[1\].kind is 'cube'; it must be one of point, sphere",
        ),
        (
            OF_THE_ISSUE.replace("[0,5,0]", "[0,-5,0]"),
            r"targets\[1\] \(sphere\) is or reaches behind the radar",
        ),
        (OF_THE_ISSUE.replace("0.2,", "0,"), "duration_s is 0: it should be greater than 0"),
    ],
)
def test_nothing_is_written_where_a_scene_is_refused(tmp_path: Path, text: str, message: str) -> None:
    result, out = simulate(tmp_path, text)
    assert isinstance(result.exception, SimulatorError)
    with pytest.raises(SimulatorError, match=message):
        raise result.exception
    assert not out.exists()


def test_clip_and_scene_exclude_each_other(tmp_path: Path) -> None:
    result, out = simulate(tmp_path, OF_THE_ISSUE, "walk.bvh")
    assert result.exit_code == 1
    assert "CLIP" in result.output and "--scene" in result.output and "one of them" in result.output
    neither = CliRunner().invoke(app, ["simulate", "--out", str(out)])
    assert neither.exit_code == 1 and "one of them" in neither.output
    result, _ = simulate(tmp_path, OF_THE_ISSUE, "--view", "C")
    assert result.exit_code == 1 and "--view cannot be given beside --scene" in result.output
    assert not out.exists()
