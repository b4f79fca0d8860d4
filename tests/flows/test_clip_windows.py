"""Windows of a long recording in datasets and on the command line: one split, own ids, their start noted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from data_lake import content_id
from flows.cli.commands import app
from flows.make_shard import RowMaker
from flows.plan_dataset import ClipSource, sample_plan, split_into_shards
from flows.settings import TurnSettings
from simulator import load_body, read_motion_folder
from simulator.motion.importers.humanml3d import read_joint_array

WALK = Path(__file__).parents[1] / "data" / "motion" / "dm_walk.npy"


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A walk of 1.25 s there and back again and again, 11.5 s in all, and a short one."""
    folder = tmp_path_factory.mktemp("recordings")
    walk = np.load(WALK)
    np.save(folder / "long.npy", np.concatenate([walk, walk[::-1]] * 5)[:231])
    np.save(folder / "short.npy", walk)
    assert read_joint_array(folder / "long.npy").duration_s == pytest.approx(11.5)
    return folder


@pytest.fixture(scope="module")
def sources(recordings: Path) -> list[ClipSource]:
    return [ClipSource(clip) for clip in read_motion_folder(recordings, load_body()).clips]


def test_windows_of_one_file_have_own_ids_and_one_family(sources: list[ClipSource]) -> None:
    first, second, short = sources
    assert [source.clip.clip_id for source in sources] == ["long", "long@9.90s", "short"]
    assert first.source_id == content_id("clp", {"content": first.clip.content_hash})
    assert len({source.source_id for source in sources}) == 3
    assert len({source.motion_id(load_body()) for source in sources}) == 3
    assert first.family_key == second.family_key == first.source_id != short.family_key
    assert sum(len(shard.sources) for shard in split_into_shards(sources, (), 2)) == 3


def test_rows_of_both_windows_lie_in_one_split_and_say_where_they_start(sources: list[ClipSource]) -> None:
    plan = sample_plan(TurnSettings(views=1), ("walk",))
    maker = RowMaker(plan, "cfg-0", "run-0")
    made = [maker.rows_of(source, plan.samples_of(source)) for source in sources[:2]]
    assert not maker.refused
    motions = [row for rows, _ in made for row in rows]
    samples = [row for _, rows in made for row in rows]
    assert [json.loads(row["facts"])["start_s"] for row in motions] == pytest.approx([0.0, 9.9])
    assert len({row["clip_id"] for row in motions}) == 2
    assert len({row["source_hash"] for row in motions}) == 1
    assert len({(row["family_key"], row["split"]) for row in samples}) == 1
    assert [row["n_valid_frames"] for row in samples] == [495, 80]  # true lengths: 9.90 and 1.60 s


def test_the_command_line_picks_a_window(recordings: Path, tmp_path: Path) -> None:
    command = ["simulate", str(recordings / "long.npy"), "--radar", "mmexpert-iwr1843", "--start-s"]
    result = CliRunner().invoke(app, [*command, "10.0", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert "11.5 s long: 10.00 ... 11.50 s are simulated; --start-s picks another window" in result.output
    capture = np.load(tmp_path / "out" / "capture.npz")
    assert json.loads(str(capture["made_from"]))["start_s"] == [10.0]
    assert capture["n_valid_frames"] == 75
    beyond = CliRunner().invoke(app, [*command, "12", "--out", str(tmp_path / "none")])
    assert beyond.exit_code == 1 and not (tmp_path / "none").exists()
    assert "the recording lasts 11.50 s" in " ".join(str(beyond.exception or beyond.output).split())
