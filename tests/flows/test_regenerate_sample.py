"""A sample is made again from its lineage bit for bit, and where it is not, the ancestor that differs is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import flows.make_shard
import flows.note_setup
import flows.plan_dataset
import flows.regenerate_sample
from data_lake import Lake, LakeError, content_id, decode_row
from flows.cli.commands import app
from flows.gather_motions import gather_motions
from flows.make_shard import make_shard
from flows.note_setup import VERSIONS
from flows.plan_dataset import ScriptSource, Shard
from flows.record_run import RunRecord
from flows.regenerate_sample import explain_differences, gather_ingredients, regenerate_sample
from flows.settings import TurnSettings, Workspace
from llm_prompts import GrammarAuthor, draw_briefs, load_scenario
from simulator import SYNTHESIS_VERSION, load_body

CLIP = Path(__file__).parents[1] / "data" / "motion" / "dm_kick.npy"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> TurnSettings:
    """A lake with two views of one motion, made with options that are not the default ones."""
    workspace = tmp_path_factory.mktemp("again") / "workspace"
    overrides = ("simulation.surface_seed=3", "simulation.n_scatterers=400")
    settings = TurnSettings(n_motions=1, views=2, workspace=workspace, overrides=overrides, workers=1)
    lake = Lake.create(Workspace(workspace).lake)
    (brief,) = draw_briefs(load_scenario(settings.scenario), 1, 0)
    script = GrammarAuthor(0).write(brief)
    assert script is not None
    content = script.model_dump(mode="json")
    source = ScriptSource(content_id("scp", content), "grammar", script)
    row = {
        "script_id": source.script_id, "scenario": "daily-living", "brief": brief.model_dump_json(),
        "author": "grammar", "activity": source.activity, "title": script.title, "script": json.dumps(content),
        "seed": 0,
    }  # fmt: skip
    lake.append("scripts", [row], "scripts", "run-1")
    report = make_shard(settings, Shard(0, (source,), ("walk", source.activity)), "cfg-1", "run-1")
    assert report.n_made == 2 and report.refused == ()
    return settings


@pytest.fixture
def lake(settings: TurnSettings) -> Lake:
    return Lake.open(Workspace(settings.workspace).lake)


@pytest.fixture
def sample_id(lake: Lake) -> str:
    return min(lake.ids("samples"))


def test_a_sample_is_made_again_bit_for_bit(lake: Lake, sample_id: str) -> None:
    made = regenerate_sample(lake, gather_ingredients(lake, sample_id[:12]))
    assert made.verdict == "identical" and made.n_codes == 496 * 128 and made.n_other_codes == 0
    assert made.max_motion_error == 0.0 and made.other_words == ()
    assert [ancestor.name for ancestor in made.differing] == []
    ids = {ancestor.name: ancestor.now for ancestor in made.ancestors}
    assert ids["sample"] == sample_id  # every part of the id was found, down to the options
    assert lake.read("setups").num_rows == 1  # both views share it


def test_another_engine_is_named(lake: Lake, sample_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (flows.make_shard, flows.plan_dataset):
        monkeypatch.setattr(module, "SYNTHESIS_VERSION", "99")
    monkeypatch.setitem(VERSIONS, "synthesis", "99")
    real = flows.regenerate_sample.synthesize

    def slower(*arguments: object) -> object:
        motion = real(*arguments)
        return type(motion)(
            motion.betas, motion.global_orient, motion.body_pose, 0.5 * motion.transl, motion.rate_hz
        )

    monkeypatch.setattr(flows.regenerate_sample, "synthesize", slower)
    ingredients = gather_ingredients(lake, sample_id)
    assert [one.name for one in ingredients.other_makers] == ["motion engine", "motion", "sample"]
    made = regenerate_sample(lake, ingredients)
    assert made.verdict == "differs" and made.max_error_db > 0.4
    assert made.max_motion_error is not None and made.max_motion_error > 0.0
    assert {ancestor.name for ancestor in made.differing} == {"motion engine", "motion", "sample"}
    said = explain_differences(made)
    assert f"motion engine was {SYNTHESIS_VERSION}, is 99" in said and "--motion stored" in said
    stored = regenerate_sample(lake, gather_ingredients(lake, sample_id, motion_of="stored"))
    assert stored.verdict in ("identical", "within tolerance") and stored.max_motion_error is None
    assert stored.other_words == () and stored.motion == "as stored"
    assert [(one.name, one.decides) for one in stored.differing] == [("motion engine", False)]
    assert {one.name: one.now for one in stored.ancestors}["sample"] == sample_id


def test_a_level_on_the_other_side_of_a_step_is_within_tolerance(
    lake: Lake, sample_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = flows.make_shard.encode_db

    def nudged(*arguments: object) -> np.ndarray:
        codes = real(*arguments)
        codes[0, 64] += 1
        return codes

    monkeypatch.setattr(flows.make_shard, "encode_db", nudged)
    made = regenerate_sample(lake, gather_ingredients(lake, sample_id))
    assert made.verdict == "within tolerance" and made.n_other_codes == 1
    assert made.max_error_db == pytest.approx(0.4)


def test_the_command_verifies_and_writes_what_is_not_stored(
    settings: TurnSettings, lake: Lake, sample_id: str, tmp_path: Path
) -> None:
    workspace = ["--workspace", str(settings.workspace)]
    table = CliRunner().invoke(app, ["regenerate", sample_id, "--verify", *workspace])
    assert table.exit_code == 0 and "identical" in table.output and "motion engine" in table.output
    out = tmp_path / "map.npy"
    again = CliRunner().invoke(
        app, ["regenerate", sample_id, "--verify", "--json", "--out", str(out), *workspace]
    )
    assert again.exit_code == 0, again.output
    assert json.loads(again.output)["verdict"] == "identical"
    stored = lake.row("samples", sample_id)
    assert stored is not None
    assert np.array_equal(np.load(out), decode_row(stored))
    axes = json.loads(out.with_suffix(".json").read_text())
    assert axes["axes"] == ["frame", "doppler"] and axes["made_from"]["sample_id"] == sample_id
    assert axes["made_from"]["other_makers"] == []


def test_the_command_takes_the_stored_motion(
    settings: TurnSettings, sample_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VERSIONS, "synthesis", "99")
    monkeypatch.setattr(flows.regenerate_sample, "synthesize", None)  # nothing is performed
    out, where = tmp_path / "map.npy", ["--workspace", str(settings.workspace)]
    made = CliRunner().invoke(
        app, ["regenerate", sample_id, "--motion", "stored", "--verify", "--out", str(out), *where]
    )
    assert made.exit_code == 0, made.output
    assert "as the lake holds it, not performed again" in made.output and "note:" not in made.output
    made_from = json.loads(out.with_suffix(".json").read_text())["made_from"]
    assert made_from["motion"] == "as stored" and made_from["other_makers"] == []


def test_a_script_of_another_vocabulary_is_no_traceback(lake: Lake, sample_id: str) -> None:
    row, script = lake.row("samples", sample_id), lake.row("scripts", str(min(lake.ids("scripts"))))
    assert row is not None and script is not None
    other = {**json.loads(str(script["script"])), "hoverboard": 1}
    lake.append("scripts", [{**script, "script_id": "scp-other", "script": json.dumps(other)}], "o", "run-1")
    lake.append("samples", [{**row, "sample_id": "smp-other", "script_id": "scp-other"}], "o", "run-1")
    with pytest.raises(LakeError, match=r"scp-other .*breaks a rule.*use the release that made it"):
        gather_ingredients(lake, "smp-other")


def test_a_product_of_another_engine_says_so(
    settings: TurnSettings, lake: Lake, sample_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VERSIONS, "synthesis", "99")
    out = tmp_path / "map.npy"
    made = CliRunner().invoke(
        app, ["regenerate", sample_id, "--out", str(out), "--workspace", str(settings.workspace)]
    )
    told = f"motion engine was {SYNTHESIS_VERSION}, is 99"
    assert made.exit_code == 0 and told in made.output
    assert json.loads(out.with_suffix(".json").read_text())["made_from"]["other_makers"] == [told]


def test_the_raw_cube_is_that_of_the_sample(
    settings: TurnSettings, lake: Lake, sample_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "flows.cli.regenerate_command.range", lambda n: range(3), raising=False
    )  # three frames do
    out = tmp_path / "cube.npy"
    arguments = [
        "regenerate",
        sample_id,
        "--product",
        "adc",
        "--out",
        str(out),
        "--workspace",
        str(settings.workspace),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cube.json", "cube.npy"]
    cube, axes = np.load(out), json.loads((tmp_path / "cube.json").read_text())
    assert cube.shape == (3, 128, 1, 256) and cube.dtype == np.complex64 and axes["file"] == "cube.npy"
    assert axes["made_from"]["sample_id"] == sample_id
    # the body stands still at first: the stored row has its echo at Doppler 0, and so has the cube
    spectrum = np.abs(np.fft.fft(np.fft.fft(cube[0, :, 0, :], axis=1), axis=0)) ** 2
    assert int(np.argmax(spectrum.sum(axis=1))) == 0


def test_a_sample_that_cannot_be_made_again_says_why(lake: Lake, sample_id: str) -> None:
    row = lake.row("samples", sample_id)
    assert row is not None
    recorded = {
        **row,
        "sample_id": "smp-real",
        "origin": "real",
        "motion_id": None,
        "script_id": None,
        "clip_id": "c",
    }
    lake.append("samples", [recorded], "real", "run-1")
    with pytest.raises(flows.regenerate_sample.CannotRegenerate, match="origin 'real'"):
        gather_ingredients(lake, "smp-real")


def test_a_recorded_clip_is_seen_again(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    shutil.copy(CLIP, folder / "kick.npy")
    overrides = ("simulation.n_scatterers=300",)
    settings = TurnSettings(motions=folder, views=1, workspace=tmp_path, overrides=overrides, workers=1)
    lake = Lake.create(Workspace(tmp_path).lake)
    gathered = gather_motions(settings, lake, load_body(), RunRecord("run", {}, "run-1"), None)
    report = make_shard(settings, Shard(0, gathered.sources, gathered.activities), "cfg-1", "run-1")
    assert report.n_made == 1
    (sample_id,) = lake.ids("samples")
    made = regenerate_sample(lake, gather_ingredients(lake, sample_id))
    assert made.verdict == "identical" and made.other_words == () and made.max_motion_error is None
    assert {a.name: a.now for a in made.ancestors}["sample"] == sample_id
    story = lake.lineage(sample_id)
    assert story["clip"]["file"] == "kick.npy" and story["script"] is None and story["setup"] is not None


def test_a_sample_older_than_setups_is_made_again_as_its_run_was_asked(
    settings: TurnSettings, lake: Lake, sample_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.start_run(
        {
            "run_id": "run-1", "command": "run", "seeds": "{}",
            "parameters": json.dumps(settings.model_dump(mode="json")),
        }
    )  # fmt: skip
    row = lake.row("samples", sample_id)
    assert row is not None
    older = {**row, "sample_id": "smp-older", "setup_id": None, "placement": None}
    lake.append("samples", [older], "older", "run-1")
    made = regenerate_sample(lake, gather_ingredients(lake, "smp-older"))
    assert made.verdict == "identical"
    lake.append("samples", [{**older, "sample_id": "smp-moved", "radar_hash": "rad-old"}], "moved", "run-1")
    moved = gather_ingredients(lake, "smp-moved")
    assert [a.name for a in moved.ancestors if a.differs and a.decides] == ["radar"]
    lake.append("samples", [{**older, "sample_id": "smp-lost", "run_id": "run-lost"}], "lost", "run-lost")
    with pytest.raises(LakeError, match=r"older than table setups.*run-lost"):
        gather_ingredients(lake, "smp-lost")
