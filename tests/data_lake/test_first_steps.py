"""docs/first-steps.md: its blocks run as they stand, on a small lake."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from lake_rows import sample_ids, store

from data_lake import Lake
from simulator import radar_preset, write_ti_cfg

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "first-steps.md"


def block(title: str) -> str:
    """The first Python block below a heading."""
    found = re.search(rf"^## {title}\n.*?^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a published version, as the working directory."""
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    lake = Lake.create(tmp_path / "workspace" / "lake")
    store(lake, range(60), "shard-0")
    lake.publish("mmwave-sim", sample_ids(range(60)), "run-1")
    return tmp_path


def test_a_sample_is_looked_at(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict = {}
    exec(block("Look at a sample"), names)
    assert (workspace / "sample.png").stat().st_size > 10_000
    assert names["maps"].shape[1:] == (496, 128) and len(names["velocity_mps"]) == 129
    printed = capsys.readouterr().out
    assert names["sample"]["captions"][0]["text"] in printed and " -> " in printed


def test_a_network_is_trained(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = block("Train a model of your own")
    assert "range(15)" in text
    exec(text.replace("range(15)", "range(1)"), {})
    assert re.match(r"[01]\.\d{3} of \d+ test samples", capsys.readouterr().out)


def test_a_recording_becomes_a_record_and_a_map(workspace: Path) -> None:
    radar = radar_preset("mmexpert-iwr1843")
    (workspace / "mine.cfg").write_text(write_ti_cfg(radar_preset("iwr1843boost")))
    names: dict = {}
    exec(block("Your recordings of a radar"), names)
    names["radar"] = radar
    rng = np.random.default_rng(0)
    adc = rng.standard_normal((20, radar.n_chirps, 1, radar.n_adc_samples)).astype(np.complex64)
    names["store_take"]("take_01", adc, "walk", ["a person walks"], "S1")
    names["store_take"]("take_02", adc, "fall", ["a person falls"], "S2")
    assert np.load(workspace / "recordings/dataset/REAL/udoppler/take_01.npy").shape == (20, 128)
    assert set(names["json"].loads((workspace / "recordings/dataset/REAL/all.json").read_text())) == {
        "take_01",
        "take_02",
    }


def test_a_script_is_seen_by_a_changed_radar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict = {}
    exec(block("Your radar"), names)
    assert names["radar"].noise_figure_db == 12.0
    assert names["levels_dbm"].shape == (names["capture"].n_valid_frames, 128)
    assert -100.0 < names["levels_dbm"].max() < -40.0  # a person at 4 m, in dBm
