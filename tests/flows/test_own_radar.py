"""A dataset seen by the user's own radar: a .cfg file is taken as a preset is, and what cannot be is refused first."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.open_lake import open_lake
from flows.settings import TurnSettings
from simulator import radar_preset, write_ti_cfg
from simulator.errors import RadarConfigError


def test_a_run_takes_a_radar_file(tmp_path: Path) -> None:
    cfg = tmp_path / "mine.cfg"
    cfg.write_text(write_ti_cfg(radar_preset("iwr1843boost")))
    lake = open_lake(TurnSettings(radar=str(cfg), workspace=tmp_path / "workspace"))
    assert Path(lake.root).is_dir()


@pytest.mark.parametrize(
    ("radar", "words"),
    [
        ("mmexpert-iwr1843-64x3", "take a radar with 128 loops per frame"),
        ("absent.cfg", "cannot be read"),
        ("iwr1843bost", "no radar preset"),
    ],
)
def test_a_radar_that_no_dataset_can_have_is_refused_before_a_lake_is_made(
    radar: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(RadarConfigError, match=words):
        open_lake(TurnSettings(radar=radar, workspace=tmp_path / "workspace"))
    assert not (tmp_path / "workspace").exists()
