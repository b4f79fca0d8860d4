"""The graph is closed: every sample of a turn walks back to its seed and forward to its scores; and what prints it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data_lake import Lake, seed_of, story_graph
from flows.cli.commands import app
from flows.settings import TurnSettings, Workspace
from flows.trace_lineage import trace_lineage
from flows.turn_wheel import Turn

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workspace(small_settings: TurnSettings, small_turn: Turn) -> Workspace:
    return Workspace(small_settings.workspace)


@pytest.fixture(scope="module")
def lake(workspace: Workspace) -> Lake:
    return Lake.open(workspace.lake)


def printed(workspace: Workspace, *arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--workspace", str(workspace.root)])
    assert result.exit_code == 0, f"{result.output} {result.exception}"
    return result.output


def walks_back(story: dict[str, Any], root_seed: int) -> None:
    """From the sample to the seeds of noise and motion, its script, its brief, its run and that run's seed."""
    sample, motion, script = story["sample"], story["motion"], story["script"]
    assert story["missing"] == []
    assert sample["noise_seed"] == seed_of(sample["sample_id"], "noise")
    assert motion["motion_seed"] == seed_of(motion["motion_id"], "motion")
    assert motion["motion_id"] == sample["motion_id"] and motion["script_id"] == script["script_id"]
    assert script["script"]["steps"] and script["brief"]["activity"] and script["seed"] == root_seed
    assert story["setup"]["setup_id"] == sample["setup_id"]
    assert sample["placement"]["view"] == sample["view"]
    runs = {run["run_id"]: run for run in story["runs"]}
    for row in (sample, motion, script, story["setup"], *story["versions"]):
        run = runs[row["run_id"]]
        assert run["status"] == "completed" and run["seeds"] == {"seed": root_seed}
        assert run["code_commit"] and run["environment_hash"]


def test_every_sample_walks_back_to_its_seed_and_on_to_its_scores(
    lake: Lake, workspace: Workspace, small_settings: TurnSettings
) -> None:
    ids = lake.open_version("mmwave-sim").sample_ids()
    assert len(ids) == 32
    splits = set()
    for sample_id in ids:
        story = trace_lineage(lake, sample_id, workspace)
        walks_back(story, small_settings.seed)
        split = story["sample"]["split"]
        splits.add(split)
        assert [version["name"] for version in story["versions"]] == ["mmwave-sim@1"]
        assert {row["kind"] for row in story["checkpoints"]} == {"encoder", "language", "wavellm"}
        trained = {row["role"] for row in story["checkpoints"]}
        assert trained == {"trained on it"} if split == "train" else "trained on it" not in trained
        (scorecard,) = story["scorecards"]
        assert scorecard["scored"] == (split == "test")
        assert (scorecard["answer"] or {}).get("sample_id") == (sample_id if split == "test" else None)
        graph = story_graph(story)
        reached, todo = set(), [sample_id]
        while todo:  # nothing of the story hangs in the air: all is before or after the sample
            here = todo.pop()
            if here not in reached:
                reached.add(here)
                todo += [node.identity for _, node in graph.before(here) + graph.after(here)]
        assert reached == set(graph.nodes)
    assert {"train", "test"} <= splits


def test_the_other_way_round_leads_to_the_same_samples(lake: Lake, workspace: Workspace) -> None:
    ids = lake.open_version("mmwave-sim").sample_ids()
    story = lake.lineage(ids[0])
    for identity in (story["script"]["script_id"], story["motion"]["motion_id"]):
        assert ids[0] in {row["sample_id"] for row in lake.lineage(identity)["samples"]}
    for row in story["checkpoints"]:
        found = lake.lineage(row["checkpoint_id"])
        assert found["version"]["name"] == "mmwave-sim@1" and found["missing"] == []
    scorecard = lake.lineage(story["scorecards"][0]["scorecard_id"])
    assert {row["kind"] for row in scorecard["checkpoints"]} == {"encoder", "wavellm"}
    assert {row["kind"] for row in lake.lineage("mmwave-sim")["checkpoints"]} == {
        "encoder",
        "language",
        "wavellm",
    }


def test_the_command_prints_a_tree_json_and_mermaid(lake: Lake, workspace: Workspace) -> None:
    sample_id = lake.open_version("mmwave-sim").sample_ids("test")[0]
    tree = printed(workspace, "lineage", sample_id[:14])
    for word in (
        sample_id,
        "noise seed",
        "performs script",
        "stored by run",
        "what became of it",
        "mmwave-sim@1",
        "says",
    ):
        assert word in tree
    story = json.loads(printed(workspace, "lineage", sample_id, "--json"))
    assert story["id"] == sample_id and story["scorecards"][0]["answer"]["sample_id"] == sample_id
    assert printed(workspace, "lineage", sample_id, "--mermaid").startswith("flowchart LR")
    assert "scores checkpoint" in printed(workspace, "lineage", story["scorecards"][0]["scorecard_id"])


def test_every_id_that_a_tree_prints_can_be_looked_up(lake: Lake, workspace: Workspace) -> None:
    asked: dict[str, str] = {}
    todo = [lake.open_version("mmwave-sim").sample_ids("test")[0]]
    while todo:
        graph = story_graph(lake.lineage(todo.pop()))
        fresh = [node for node in graph.nodes.values() if node.identity not in asked]
        asked |= {node.identity: node.kind for node in fresh}
        # of many samples and motions that one thing lists, one of each kind is as good as all
        todo += list({node.kind: node.identity for node in fresh}.values())
    for identity, kind in asked.items():
        assert lake.lineage(identity)["kind"] == kind
    assert set(asked.values()) >= {
        "scenario",
        "script",
        "motion",
        "setup",
        "sample",
        "version",
        "scorecard",
        "run",
    }
    tree = printed(workspace, "lineage", next(one for one, kind in asked.items() if kind == "run"))
    assert "samples --where" in tree and "run_id=" in tree


def test_the_page_is_one_file_with_the_whole_story(lake: Lake, workspace: Workspace, tmp_path: Path) -> None:
    sample_id = lake.open_version("mmwave-sim").sample_ids("test")[0]
    page = tmp_path / "new" / "page.html"
    printed(workspace, "lineage", sample_id, "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert [path.name for path in page.parent.iterdir()] == ["page.html"] and len(text) < 600_000
    story = lake.lineage(sample_id)
    for identity in (
        sample_id,
        story["script"]["script_id"],
        story["setup"]["setup_id"],
        story["runs"][0]["run_id"],
    ):
        assert identity in text
    assert (
        f"mmflywheel regenerate {sample_id} --verify" in text and 'id="map"' in text and 'id="stage"' in text
    )
    printed(workspace, "lineage", "mmwave-sim@1", "--html", str(tmp_path / "version.html"))
    assert 'id="map"' not in (tmp_path / "version.html").read_text(encoding="utf-8")


def test_samples_are_listed(lake: Lake, workspace: Workspace) -> None:
    listed = json.loads(printed(workspace, "samples", "--json", "--limit", "100", "--version", "mmwave-sim"))
    assert [row["sample_id"] for row in listed["samples"]] == lake.open_version("mmwave-sim").sample_ids()
    assert listed["version"] == "mmwave-sim@1" and listed["n_found"] == 32
    view = listed["samples"][0]["view"]
    chosen = json.loads(printed(workspace, "samples", "--json", "--where", f"view={view}", "--limit", "1"))
    assert chosen["n_found"] == sum(row["view"] == view for row in listed["samples"])
    assert len(chosen["samples"]) == 1
    table = printed(workspace, "samples", "--limit", "3")
    assert listed["samples"][0]["sample_id"] in table and "3 of 32 samples" in table
    assert "0 samples" in printed(workspace, "samples", "--where", "range_m>99")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lineage", "smp-"], "32 ids begin with 'smp-'"),
        (["lineage", "nothing-here"], "has an id that begins with 'nothing-here'"),
        (["lineage", "mmwave-sim@9"], "no published version 'mmwave-sim@9'"),
        (["lineage", "mmwave-sim", "--json", "--mermaid"], "give one of them"),
        (["lineage", "mmwave-sim", "--html", "/"], "a folder"),
        (["samples", "--where", "veiw=A"], "did you mean view?"),
        (["samples", "--version", "other"], "no published version 'other'"),
        (["regenerate", "mmwave-sim@1", "--verify"], "only samples are made again"),
        (["regenerate", "smp-0"], "give --verify"),
        (["regenerate", "smp-0", "--out", "a.npz"], "written as .npy"),
    ],
)
def test_wrong_questions_end_in_a_line(workspace: Workspace, arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, [*arguments, "--workspace", str(workspace.root)])
    assert result.exit_code == 1
    assert message in f"{result.output} {result.stderr} {result.exception}"
