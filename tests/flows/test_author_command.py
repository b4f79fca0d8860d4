"""`mmflywheel author` with the embedded author: whole files, true facts, the same file again, and no server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data_lake import Lake, seed_of
from flows import author_samples as authoring
from flows.author_samples import AuthoringSettings
from flows.cli.commands import app
from flows.describe_scripts import measure_script
from flows.plan_dataset import ScriptSource, load_bodies
from flows.settings import Workspace
from llm_prompts import SampleFacts
from llm_prompts.caption_check import caption_problems_by_facts
from llm_prompts.qa_items import QA_KINDS, QAPair
from llm_prompts.question_check import round_trip
from simulator import MotionScript, pose_joints, synthesize, validate_script


def author(folder: Path, *options: str, out: str = "samples.jsonl") -> Any:
    where = ["--out", str(folder / out), "--workspace", str(folder / "ws")]
    return CliRunner().invoke(app, ["author", *where, *options])


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which 16 samples were written."""
    folder = tmp_path_factory.mktemp("author")
    result = author(folder, "--n", "16", "--seed", "1")
    assert result.exit_code == 0, result.output
    assert "accepted" in result.output and "16 (100.0% of the briefs)" in result.output
    return folder


def test_every_line_holds_a_whole_sample(folder: Path) -> None:
    lines = lines_of(folder / "samples.jsonl")
    assert len(lines) == 16
    for line in lines:
        script = MotionScript.model_validate(line["script"])
        validate_script(script)
        assert line["author"] == "grammar" and line["author_model"] is None
        assert line["cost_usd"] == 0.0 and line["request_ids"] == []
        assert line["brief"]["scenario"] == line["scenario"] == "daily-living"
        assert len(line["captions"]) >= 4 and len({caption["text"] for caption in line["captions"]}) >= 4
        assert {pair["role"] for pair in line["qa"]} <= {"QA01", "QA02", "QA03", "QA04"}
        for pair in line["qa"]:
            assert QA_KINDS[pair["kind"]] == pair["role"] and pair["answer"] in pair["options"]
            assert isinstance(pair["observable"], bool) and pair["full_marks"] >= 1


def test_words_follow_from_the_facts_of_the_line(folder: Path) -> None:
    for line in lines_of(folder / "samples.jsonl"):
        script, measured = MotionScript.model_validate(line["script"]), dict(line["facts"])
        radial_m, mean_m = measured.pop("radial_displacement_m"), measured.pop("mean_range_m")
        facts = SampleFacts.from_measurements(measured, radial_m, mean_m)
        for caption in line["captions"]:
            assert caption_problems_by_facts(caption["text"], script, facts) == []
        for record in line["qa"]:
            pair = QAPair(**{name: record[name] for name in QAPair.model_fields})
            assert round_trip(pair, script, facts) == ""


def test_facts_are_those_of_the_motion_that_a_dataset_makes(folder: Path) -> None:
    line = lines_of(folder / "samples.jsonl")[3]
    script, bodies = MotionScript.model_validate(line["script"]), load_bodies(None)
    source = ScriptSource(line["script_id"], "grammar", script)
    body = bodies[source.sex]
    assert line["motion_id"] == source.motion_id(body)
    assert line["motion_seed"] == seed_of(line["motion_id"], "motion")
    motion = synthesize(script, line["motion_seed"], body)
    assert line["facts"]["duration_s"] == pytest.approx(motion.duration_s, abs=0.01)
    pelvis = pose_joints(body, motion)[:, 0]
    assert measure_script(script, "grammar", bodies).facts.mean_range_m == line["facts"]["mean_range_m"]
    assert line["facts"]["mean_range_m"] == pytest.approx(script.start.range_m, abs=0.6)
    height_m = line["facts"]["pelvis_height_start_m"]
    assert height_m == pytest.approx(pelvis[0, 2], abs=0.02)


def test_the_same_command_writes_the_same_file_and_rows_once(folder: Path) -> None:
    before = (folder / "samples.jsonl").read_bytes()
    assert author(folder, "--n", "16", "--seed", "1").exit_code == 0
    assert (folder / "samples.jsonl").read_bytes() == before
    lake = Lake.open(Workspace(folder / "ws").lake)
    rows = lake.read("scripts").to_pylist()
    assert sorted(row["script_id"] for row in rows) == sorted(
        line["script_id"] for line in lines_of(folder / "samples.jsonl")
    )
    scenarios = lake.read("scenarios").to_pylist()
    assert [row["name"] for row in scenarios] == ["daily-living"]
    assert {row["scenario_id"] for row in rows} == {scenarios[0]["scenario_id"]}


def test_the_report_is_beside_the_file_and_in_the_run(folder: Path) -> None:
    report = json.loads((folder / "samples.jsonl.report.json").read_text())
    assert report["accepted"] == report["requested"] == 16 and report["rejected"] == {}
    assert report["spent"] == {
        "requests": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0
    }  # fmt: skip
    lake = Lake.open(Workspace(folder / "ws").lake)
    runs = [row for row in lake.read("runs").to_pylist() if row["run_id"] == report["run_id"]]
    assert runs[0]["command"] == "author" and runs[0]["status"] == "completed"
    assert json.loads(runs[0]["report"])["accepted"] == 16


def test_a_file_that_is_there_survives_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = folder / "kept.jsonl"
    target.write_text("mine\n")

    def break_down(*arguments: object) -> None:
        raise OSError("disk on fire")

    monkeypatch.setattr(authoring, "sample_record", break_down)
    settings = AuthoringSettings(n=2, out=target, workspace=folder / "ws")
    with pytest.raises(OSError, match="disk on fire"):
        authoring.author_samples(settings)
    assert target.read_text() == "mine\n"
    assert [path.name for path in folder.glob("kept*")] == ["kept.jsonl"]


def test_a_dry_run_asks_nobody_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("MMFLYWHEEL_MODEL", raising=False)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    grammar = author(tmp_path, "--n", "3", "--dry-run")
    assert grammar.exit_code == 0 and "no tokens, no money" in grammar.output
    model = author(tmp_path, "--n", "3", "--dry-run", "--author", "model")
    assert model.exit_code == 0, model.output
    assert "You write motion scripts" in model.output and "Variation number" in model.output
    assert "scripts: at most 3 calls" in model.output and "not ready to be asked" in model.output
    assert "the model's words (--no-phrase leaves them out): at most 6 calls" in model.output
    silent = author(tmp_path, "--n", "3", "--dry-run", "--author", "model", "--no-phrase")
    assert "at most 3 calls" in silent.output and "words (" not in silent.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *arguments: object, **options: object) -> None:
        raise OSError("read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    result = author(tmp_path, "--n", "1", out="new/samples.jsonl")
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert "read-only file system" in result.output and list(tmp_path.iterdir()) == []


def test_gaps_come_first_and_ascii_is_kept(tmp_path: Path) -> None:
    gaps = tmp_path / "gaps.json"
    gaps.write_text(json.dumps([{"n_samples": 2, "activity": "kick", "attributes": {"side": "left"}}]))
    result = author(tmp_path, "--n", "3", "--gaps", str(gaps), "--ascii")
    assert result.exit_code == 0, result.output
    lines = lines_of(tmp_path / "samples.jsonl")
    assert [line["brief"]["activity"] for line in lines[:2]] == ["kick", "kick"]
    assert all(line["brief"]["side"] == "left" for line in lines[:2])
    assert (tmp_path / "samples.jsonl").read_bytes().isascii()


def test_the_gaps_that_a_run_was_given_are_in_the_lake(tmp_path: Path) -> None:
    gap = {
        "n_samples": 2,
        "activity": "kick",
        "attributes": {"side": "left"},
        "views": "AC",
        "reason": "weak",
    }
    (tmp_path / "gaps.json").write_text(json.dumps([gap]))
    for _ in range(2):
        assert author(tmp_path, "--n", "3", "--gaps", str(tmp_path / "gaps.json")).exit_code == 0
    lake = Lake.open(Workspace(tmp_path / "ws").lake)
    (row,) = lake.read("gaps").to_pylist()  # asked for twice, and the same
    assert (row["slice"], row["n_samples"], row["n_scripts"]) == ("kick, side left, views AC", 2, 2)
    assert (row["reason"], row["nearest_m"], json.loads(row["attributes"])) == (
        "weak",
        None,
        {"side": "left"},
    )
    lines = lines_of(tmp_path / "samples.jsonl")
    story = lake.lineage(lines[0]["script_id"])
    assert story["gap"]["gap_id"] == row["gap_id"] == lines[0]["brief"]["gap"] and story["missing"] == []
    assert lake.lineage(lines[2]["script_id"])["gap"] is None
    led_to = {script["script_id"] for script in lake.lineage(row["gap_id"])["scripts"]}
    assert led_to == {line["script_id"] for line in lines[:2]}
    tree = (
        CliRunner()
        .invoke(app, ["lineage", lines[0]["script_id"], "--workspace", str(tmp_path / "ws")])
        .output
    )
    assert "fills gap" in tree and "asked for 2 samples, 2 scripts" in tree and "why weak" in tree


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scenario", "nowhere"], "nowhere"),
        (["--n", "0"], "--n 0"),
        (["--gaps", "no/such.json"], "no/such.json"),
        (["--budget-usd", "-1"], "--budget-usd"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(
    tmp_path: Path, options: list[str], said: str
) -> None:
    result = author(tmp_path, *options)
    assert result.exit_code != 0
    assert said in result.output + str(result.exception)
    assert not (tmp_path / "samples.jsonl").exists() and not (tmp_path / "ws").exists()


def test_a_model_without_a_key_is_told_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_API_KEY_FILE", "MMFLYWHEEL_MODEL"):
        monkeypatch.delenv(name, raising=False)
    result = author(tmp_path, "--n", "2", "--author", "model")
    assert result.exit_code != 0 and "OPENAI_API_KEY" in str(result.exception)
    assert not (tmp_path / "samples.jsonl").exists()
