"""range_time and azimuth_time beside doppler_time: stored only where asked for, by the same law, read everywhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from data_lake import Lake, SampleStream, VersionReader, check_rows
from data_lake.errors import InvalidInput
from data_lake.tensor_codec import azimuth_axis_deg, codes_of, decode_row, range_axis_m
from flows.cli.commands import app
from flows.gather_motions import gather_motions
from flows.make_shard import make_shard
from flows.plan_dataset import Shard, sample_plan
from flows.record_run import RunRecord
from flows.regenerate_sample import gather_ingredients, regenerate_sample
from flows.settings import TurnSettings, Workspace
from simulator import capture_view, load_body, pose_body

CLIP = Path(__file__).parents[1] / "data" / "motion" / "dm_kick.npy"
FEW = "simulation.n_scatterers=300"


def settings_of(folder: Path, *overrides: str) -> TurnSettings:
    clips = folder / "clips"
    clips.mkdir(exist_ok=True)
    shutil.copy(CLIP, clips / "kick.npy")
    return TurnSettings(
        motions=clips,
        views=1,
        workspace=folder,
        overrides=(FEW, *overrides),
        workers=1,
        radar="mmexpert-iwr1843-8rx",
    )


def made(settings: TurnSettings) -> Lake:
    lake = Lake.create(Workspace(settings.workspace).lake)
    gathered = gather_motions(settings, lake, load_body(), RunRecord("run", {}, "run-1"), None)
    report = make_shard(settings, Shard(0, gathered.sources, gathered.activities), "cfg-1", "run-1")
    assert report.n_made == 1 and not report.refused
    return lake


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("views")


@pytest.fixture(scope="module")
def lake(folder: Path) -> Lake:
    """A lake with one sample of one recorded kick, all views made, in version kicks@1."""
    lake = made(settings_of(folder, "simulation.all_views=true"))
    lake.publish("kicks", sorted(lake.ids("samples")), "run-1")
    return lake


@pytest.fixture
def reader(lake: Lake) -> VersionReader:
    return lake.open_version("kicks")


def the_row(lake: Lake) -> dict[str, Any]:
    (row,) = lake.read("samples").to_pylist()
    return dict(row)


def test_what_is_stored_is_the_capture_within_half_a_step(lake: Lake, folder: Path) -> None:
    row = the_row(lake)
    ingredients = gather_ingredients(lake, row["sample_id"])
    plan = sample_plan(settings_of(folder, "simulation.all_views=true"), ())
    posed = pose_body(ingredients.made_motion(), ingredients.body, plan.radar, n_scatterers=300)
    planned = ingredients.planned
    capture = capture_view(posed, plan.radar, planned.placement, planned.noise_seed, planned.options)
    n = capture.n_valid_frames
    for name in ("doppler_time", "range_time", "azimuth_time"):
        level = 20.0 * np.log10(getattr(capture, name)[:n].astype(np.float64))
        assert level.min() > -140.0 and level.max() < -38.0  # the one law holds all three
        np.testing.assert_allclose(decode_row(row, name)[:n], level, atol=0.2 + 1e-4)
        assert not codes_of(row, name)[n:].any()
    assert capture.range_m is not None and capture.azimuth_rad is not None
    np.testing.assert_allclose(range_axis_m(row), capture.range_m, atol=1e-9)
    np.testing.assert_allclose(azimuth_axis_deg(), np.degrees(capture.azimuth_rad), atol=1e-9)
    # the strongest cell is where the body is
    strongest_m = range_axis_m(row)[decode_row(row, "range_time")[:n].mean(axis=0).argmax()]
    assert strongest_m == pytest.approx(row["range_m"], abs=0.8)


def test_reader_and_stream_give_them(reader: VersionReader, lake: Lake) -> None:
    row, rows = the_row(lake), reader.samples()
    batch = next(iter(SampleStream(reader, columns=("sample_id", "range_time", "azimuth_time"))))
    for name in ("range_time", "azimuth_time"):
        np.testing.assert_array_equal(reader.decode(rows, name)[0], decode_row(row, name))
        np.testing.assert_array_equal(batch[name][0], codes_of(row, name))
    with pytest.raises(
        InvalidInput, match=r"no map 'range'; there are doppler_time, range_time, azimuth_time"
    ):
        reader.decode(rows, "range")


def test_by_default_nothing_of_it_is_stored(lake: Lake, tmp_path: Path) -> None:
    plain = made(settings_of(tmp_path))
    row = the_row(plain)
    assert row["sample_id"] != the_row(lake)["sample_id"]  # as other options of a capture
    assert [row[name] for name in ("range_time", "azimuth_time", "range_time_start_m")] == [None] * 3
    plain.publish("plain", [row["sample_id"]], "run-1")
    reader = plain.open_version("plain")
    with pytest.raises(
        InvalidInput, match=r"has no range_time: it was not made with it \(--set simulation.all_views"
    ):
        reader.decode(reader.samples(), "range_time")
    with pytest.raises(InvalidInput, match=r"plain@1 have no range_time.*simulation.all_views=true"):
        next(iter(SampleStream(reader, columns=("range_time",))))


def test_it_is_made_again_with_all_views(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    sample_id = the_row(lake)["sample_id"]
    again = regenerate_sample(lake, gather_ingredients(lake, sample_id))
    assert again.verdict == "identical" and again.n_codes == 3 * 496 * 128
    monkeypatch.setattr("flows.make_shard.view_columns", lambda capture: {})
    without = regenerate_sample(lake, gather_ingredients(lake, sample_id))
    assert without.verdict == "differs"


def test_show_draws_them(lake: Lake, folder: Path) -> None:
    sample_id = the_row(lake)["sample_id"]
    shown = CliRunner().invoke(app, ["show", sample_id, "--workspace", str(folder)])
    assert shown.exit_code == 0, shown.output
    assert f"{sample_id}.views.png" in "".join(shown.output.split())
    assert (folder / "shown" / f"{sample_id}.views.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda codes: codes[:-1], "range_time has 63487 bytes; shape"),
        (lambda codes: codes[:-1] + b"\1", "frames of range_time after n_valid_frames are not zero"),
    ],
)
def test_the_gate_looks_at_them(lake: Lake, change: Any, reason: str) -> None:
    row = the_row(lake)
    assert not check_rows([row]).rejected
    (refused,) = check_rows([{**row, "range_time": change(row["range_time"])}]).rejected
    assert any(reason in one for one in refused.reasons), refused.reasons
