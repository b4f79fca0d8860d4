"""kill -9 in the middle of making a dataset, then the same call: a complete version and no row twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_lake import Lake
from flows.make_dataset import make_dataset
from flows.open_lake import open_lake, recorded_run
from flows.publish_version import IncompleteDataset, cover_plan
from flows.settings import TurnSettings, Workspace

pytestmark = pytest.mark.slow

CHILD = """
import sys
from pathlib import Path
from flows.make_dataset import make_dataset
from flows.open_lake import open_lake, recorded_run
from flows.settings import TurnSettings

if __name__ == "__main__":
    settings = TurnSettings(n_motions=18, views=1, workspace=Path(sys.argv[1]), workers=2)
    lake = open_lake(settings)
    with recorded_run(lake, "test", settings) as run:
        make_dataset(settings, lake, run, announce=lambda text: print(text, flush=True))
"""


def start(script: Path, workspace: Path) -> subprocess.Popen[bytes]:
    # a session of its own, so that the kill takes the worker processes too, as a power cut would
    return subprocess.Popen([sys.executable, str(script), str(workspace)], start_new_session=True)


def test_killed_runs_end_complete_and_without_duplicates(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    workspace = tmp_path / "workspace"
    rng = random.Random(0)
    for _ in range(3):
        process = start(script, workspace)
        time.sleep(rng.uniform(1.0, 9.0))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert start(script, workspace).wait() == 0
    lake = Lake.open(Workspace(workspace).lake)
    assert [version.name for version in lake.versions()] == ["mmwave-sim@1"]
    assert lake.open_version("mmwave-sim").info.n_samples == 18
    for table in ("scripts", "motions", "samples"):
        ids = lake.read(table)[lake.table(table).spec.key_column].to_pylist()
        assert len(ids) == len(set(ids)) == 18, table


def test_half_a_dataset_is_not_published(tmp_path: Path) -> None:
    from flows.gather_motions import gather_motions
    from simulator import load_body

    settings = TurnSettings(n_motions=2, views=1, workspace=tmp_path / "workspace", workers=1)
    lake = open_lake(settings)
    with recorded_run(lake, "test", settings) as run:
        make_dataset(settings, lake, run, announce=lambda text: None)
        more = settings.model_copy(update={"n_motions": 3})
        gathered = gather_motions(more, lake, load_body(), run)
        with pytest.raises(IncompleteDataset, match="1 of 3"):
            cover_plan(more, lake, gathered)
    assert [row["status"] for row in lake.read("runs").to_pylist()] == ["completed"]
