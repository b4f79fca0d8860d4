"""`mmflywheel simulate --adc` and options of the simulator by name, from the command line into ids and files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from flows.cli.adc_file import FramesError, chosen_frames
from flows.cli.commands import app
from flows.plan_dataset import configuration_id, sample_plan
from flows.settings import TurnSettings, flow_parameters, settings_from_flow
from simulator import SimulationOptions, range_cube_from_adc, resolve_radar

CLIP = Path(__file__).parents[1] / "data" / "motion"
QUANTISED = ("simulation.receiver.adc_bits=12", "simulation.receiver.adc_full_scale_dbm=-40")


@pytest.fixture(scope="module")
def clip_file() -> Path:
    return sorted(CLIP.rglob("*.bvh"))[0]


def simulate(clip: Path, out: Path, *more: str) -> tuple[int, str]:
    arguments = ["simulate", str(clip), "--radar", "mmexpert-iwr1843", "--out", str(out), *more]
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, " ".join(f"{result.output} {result.exception or ''}".split())


def test_writes_samples_with_their_axes(clip_file: Path, tmp_path: Path) -> None:
    options = [word for text in QUANTISED for word in ("--set", text)]
    code, output = simulate(
        clip_file, tmp_path, "--adc", "3:12", "--set", "simulation.n_scatterers=200", *options
    )
    assert code == 0, output
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["adc.json", "adc.npy", "capture.npz", "capture.png"]
    samples = np.load(tmp_path / "adc.npy", mmap_mode="r")
    axes = json.loads((tmp_path / "adc.json").read_text())
    assert samples.dtype == np.complex64
    assert list(samples.shape) == axes["shape"] == [9, 128, 1, 256]
    assert axes["axes"] == ["frame", "chirp", "virtual", "adc_sample"]
    assert axes["first_frame"] == 3 and axes["virtual"] == [{"tx": 0, "rx": 0, "slot": 0}]
    stored = SimulationOptions.from_dict(axes["made_from"]["options"])
    assert stored.receiver.adc_bits == 12 and stored.n_scatterers == 200
    # The very samples that the capture was made from: the same range profile in the same frames.
    cube = range_cube_from_adc(np.array(samples), resolve_radar("mmexpert-iwr1843"))
    power = (np.abs(cube.values[:, :, 0].astype(complex)) ** 2).mean(axis=1).reshape(9, 128, 2).sum(axis=2)
    capture = np.load(tmp_path / "capture.npz")
    np.testing.assert_allclose(capture["range_time"][3:12], np.sqrt(power), rtol=1e-4)


@pytest.mark.parametrize("frames", ["0:100000", "5:5", "4:2", "ten", "-1:3", "0:"])
def test_wrong_frames_are_refused_and_nothing_is_written(
    clip_file: Path, tmp_path: Path, frames: str
) -> None:
    with pytest.raises(FramesError, match=f"--adc {frames}: "):
        chosen_frames(frames, 100)
    if frames == "0:100000":
        code, output = simulate(
            clip_file, tmp_path / "out", f"--adc={frames}", "--set", "simulation.n_scatterers=50"
        )
        assert code != 0 and "END at most" in output
        assert not (tmp_path / "out").exists()


def test_all_frames() -> None:
    assert chosen_frames("all", 7) == range(7)
    assert chosen_frames("0:7", 7) == range(7)


def test_options_by_name_reach_the_plan_and_the_ids() -> None:
    usual, quantised = TurnSettings(), TurnSettings(overrides=(*QUANTISED, "encoder.epochs=2"))
    plan = sample_plan(quantised, ("walk",))
    assert plan.options.receiver.adc_bits == 12 and plan.options.receiver.adc_full_scale_dbm == -40.0
    assert sample_plan(usual, ("walk",)).options == SimulationOptions()
    assert configuration_id(quantised) == configuration_id(TurnSettings(overrides=QUANTISED))
    assert configuration_id(quantised) != configuration_id(usual)
    assert quantised.options_for("encoder") == {"epochs": 2}


def test_flows_without_training_get_the_simulator_s_options_only() -> None:
    settings = TurnSettings(overrides=(*QUANTISED, "encoder.epochs=2"), workers=1)
    sent = flow_parameters(settings, with_training=False)
    assert sent["overrides"] == list(QUANTISED)
    assert settings_from_flow(**sent).overrides == QUANTISED


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("simulation.receiver.adc_bits=12", "give both"),
        ("simulation.receiver.adc_bit=12", "did you mean 'adc_bits'"),
        ("simulation.reciever.adc_bits=12", "did you mean 'receiver'"),
        ("simulation.n_scatterers=0", "must be at least 1"),
    ],
)
def test_impossible_options_are_refused_at_the_door(override: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=message):
        TurnSettings(overrides=(override,))
    code, output = simulate(tmp_path / "never_read.bvh", tmp_path / "out", "--set", override)
    assert code != 0 and message in output
    code, output = simulate(tmp_path / "never_read.bvh", tmp_path / "out", "--set", "encoder.epochs=2")
    assert code != 0 and "options of the simulator only" in output
