"""`mmflywheel radar`: numbers of presets and .cfg files, headers held against commands, files written and read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.commands import app
from simulator import radar_names, resolve_radar

CFG = Path(__file__).parents[1] / "data" / "radar" / "cfg"


def radar(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["radar", *arguments])
    return result.exit_code, " ".join(f"{result.output} {result.exception or ''}".split())


def test_lists_every_preset() -> None:
    code, output = radar()
    assert code == 0
    assert all(name in output for name in radar_names()) and len(radar_names()) >= 12


def test_tells_raw_and_derived_numbers() -> None:
    """The default radar's figures as they were worked out by hand."""
    code, output = radar("mmexpert-iwr1843")
    assert code == 0
    for figure in (
        "256 at 5.209 MS/s", "3.4402 GHz of 3.9998 GHz", "4.3572 cm, 11.1544 m", "79.2101 GHz, 3.7848 mm",
        "78.1250 us, 156.2500 us", "0.09462 m/s", "+-6.0556 m/s", "+-6.2295 m/s", "-133.44 dBm",
    ):  # fmt: skip
        assert figure in output, figure


def test_a_file_is_held_against_its_own_header(tmp_path: Path) -> None:
    code, output = radar(str(CFG / "xwr18xx_3d_512_samples.cfg"))
    assert code == 0
    assert "board iwr1843boost by platform comment" in output and "9.92 s are simulated" in output
    assert output.count(": agrees") == 3 and "DIFFERS" not in output
    wrong = tmp_path / "wrong.cfg"
    wrong.write_text((CFG / "xwr18xx_3d_512_samples.cfg").read_text().replace("(m/s):1.52", "(m/s):1.62"))
    code, output = radar(str(wrong))
    assert code == 0
    assert "Maximum Radial Velocity(m/s): 1.62, its commands say 1.523: DIFFERS by more than" in output


@pytest.mark.parametrize(
    ("name", "grammar"),
    [("awr2944evm", "standard"), (str(CFG / "xwrl6432_tdm.cfg"), "low-power")],
    ids=["standard", "low-power"],
)
def test_what_is_written_is_the_same_radar(tmp_path: Path, name: str, grammar: str) -> None:
    file = tmp_path / "mine.cfg"
    code, output = radar(name, "--write", str(file), "--grammar", grammar)
    assert code == 0 and "written:" in output
    found = resolve_radar(name)
    assert replace(resolve_radar(str(file)), name=found.name) == found
    assert [path.name for path in tmp_path.iterdir()] == ["mine.cfg"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), "no radar preset 'nonsense'"),
        (("--write", "x.cfg"), "--write needs a RADAR"),
        (("rf-genesis", "--write", "x.txt"), "a file that ends in .cfg"),
        (("mmexpert-iwr1843-8rx", "--write", "x.cfg"), "8 receivers, the chips have at most 4"),
        (("awr2944evm", "--write", "x.cfg", "--grammar", "low-power"), "is no low-power chip"),
        ((str(CFG / "xwrl6432_bpm.cfg"),), "line 4"),
    ],
)
def test_refusals_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output = radar(*arguments)
    assert code != 0 and said in output
    assert not list(tmp_path.iterdir())
