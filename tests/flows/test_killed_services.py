"""kill -9 of a Dask worker, of the server, of the worker with its run; a cancelled run: nothing lost, nothing twice."""

from __future__ import annotations

import sys
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from running_cockpit import ENDED, Cockpit, eventually, running_cockpit, silent

from data_lake import Lake, check_lake
from data_lake.errors import LakeError
from flows.cockpit.start_service import SERVER, WORKER, start_cockpit
from flows.gather_motions import gather_motions
from flows.open_lake import open_lake, recorded_run
from flows.plan_dataset import sample_plan
from flows.settings import TurnSettings, Workspace
from simulator import load_body

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(1800)]

N_MOTIONS = 49  # seven shards; the first run may leave four of them behind when it is cancelled
FEW = {"n_motions": N_MOTIONS, "views": 1, "workers": 1, "start_training": False}
PATIENCE_S = 600.0


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    with running_cockpit(tmp_path_factory.mktemp("killed")) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Ids of the samples that a run has which nothing happens to: they follow from the plan."""
    settings = TurnSettings(
        n_motions=N_MOTIONS, views=1, workspace=tmp_path_factory.mktemp("plan"), workers=1
    )
    lake = open_lake(settings)
    with recorded_run(lake, "plan", settings) as run:
        gathered = gather_motions(settings, lake, load_body(), run)
    plan = sample_plan(settings, gathered.activities)
    return {sample.sample_id for source in gathered.sources for sample in plan.samples_of(source)}


def n_samples(workspace: Path) -> int:
    try:
        return Lake.open(Workspace(workspace).lake).read("samples", columns=["sample_id"]).num_rows
    except LakeError:
        return 0  # not there yet


def state_of(cockpit: Cockpit, run: str) -> dict[str, Any]:
    """State and number of beginnings of a run; empty while the server does not answer."""
    try:
        found = cockpit.call(f"/flow_runs/{run}")
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return {}
    return {"type": found["state"]["type"], "message": found["state"]["message"], "begun": found["run_count"]}


def begin(cockpit: Cockpit, workspace: Path, **parameters: object) -> str:
    return cockpit.start("generate-dataset", {**FEW, "workspace": str(workspace), **parameters})


def wait_for_more(cockpit: Cockpit, run: str, workspace: Path, than: int) -> None:
    """Return in the middle of a run: when it has committed more samples, and is not at its end."""

    def in_the_middle() -> bool:
        state = state_of(cockpit, run)
        assert state.get("type") not in ("FAILED", "COMPLETED"), state
        return n_samples(workspace) > than

    eventually(in_the_middle, PATIENCE_S)


def ended(cockpit: Cockpit, run: str, *types: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        state = state_of(cockpit, run)
        return state if state.get("type") in types else None

    return dict(eventually(look, PATIENCE_S))


def check_complete(workspace: Path, undisturbed: set[str]) -> None:
    """One version with exactly the samples of an undisturbed run, each once."""
    root = Workspace(workspace).lake
    lake = Lake.open(root)
    assert [version.name for version in lake.versions()] == ["mmwave-sim@1"]
    version = lake.open_version("mmwave-sim")
    assert set(version.sample_ids()) == undisturbed
    for table in ("scripts", "motions", "samples"):
        ids = lake.read(table)[lake.table(table).spec.key_column].to_pylist()
        assert len(ids) == len(set(ids)) == N_MOTIONS, table
    assert check_lake(root).sound


def tensors(workspace: Path) -> dict[str, bytes]:
    rows = Lake.open(Workspace(workspace).lake).read("samples", columns=["sample_id", "doppler_time"])
    return dict(zip(rows["sample_id"].to_pylist(), rows["doppler_time"].to_pylist(), strict=True))


def kill(family: list[psutil.Process]) -> None:
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family, timeout=30)


def family_of(process: psutil.Process | None) -> list[psutil.Process]:
    assert process is not None
    return [process, *process.children(recursive=True)]


@pytest.fixture(scope="module")
def disturbed(cockpit: Cockpit) -> Path:
    """A workspace whose first run was cancelled after its first shard."""
    workspace = cockpit.settings.workspace / "disturbed"
    cancelled = begin(cockpit, workspace)
    wait_for_more(cockpit, cancelled, workspace, 0)
    cockpit.call(f"/flow_runs/{cancelled}/set_state", {"state": {"type": "CANCELLING"}, "force": False})
    ended(cockpit, cancelled, "CANCELLED")
    assert 8 <= n_samples(workspace) < N_MOTIONS and not Lake.open(Workspace(workspace).lake).versions()
    return workspace


def test_a_run_that_loses_its_worker_and_then_its_server_ends_complete(
    cockpit: Cockpit, disturbed: Path, undisturbed: set[str]
) -> None:
    """Killed with its worker, the run is marked and begun again by itself; then the server is killed."""
    stored = n_samples(disturbed)
    run = begin(cockpit, disturbed)
    wait_for_more(cockpit, run, disturbed, stored)
    died = time.monotonic()
    kill(family_of(cockpit.state.process(WORKER)))
    cockpit.state = start_cockpit(cockpit.settings, silent)
    eventually(lambda: state_of(cockpit, run).get("begun", 0) > 1, PATIENCE_S)
    print(f"begun again {time.monotonic() - died:.0f} s after its death")

    wait_for_more(cockpit, run, disturbed, n_samples(disturbed))
    worker = cockpit.state.process(WORKER)
    kill(family_of(cockpit.state.process(SERVER)))
    cockpit.state = start_cockpit(cockpit.settings, silent)
    assert cockpit.state.process(WORKER) == worker is not None  # not a second one beside it
    state = ended(cockpit, run, *ENDED)
    print(f"the run whose server was killed: {state}")
    if state["type"] != "COMPLETED":
        assert ended(cockpit, begin(cockpit, disturbed), *ENDED)["type"] == "COMPLETED"
    check_complete(disturbed, undisturbed)


def test_a_killed_dask_worker_costs_nothing(cockpit: Cockpit, undisturbed: set[str], disturbed: Path) -> None:
    pytest.importorskip("prefect_dask", reason="engine dask is an extra: pip install 'mmflywheel[dask]'")
    workspace = cockpit.settings.workspace / "dask"
    run = begin(cockpit, workspace, engine="dask", workers=2)
    wait_for_more(cockpit, run, workspace, 0)
    leaves = [one for one in family_of(cockpit.state.process(WORKER)) if is_dask_worker(one)]
    assert len(leaves) == 2
    kill(leaves[:1])
    state = ended(cockpit, run, *ENDED)
    assert state["type"] == "COMPLETED", state
    check_complete(workspace, undisturbed)
    assert tensors(workspace) == tensors(disturbed)


def is_dask_worker(process: psutil.Process) -> bool:
    """Dask's workers are spawned, and hold the listening socket that other workers fetch results from."""
    try:
        is_spawned = any("spawn_main" in word for word in process.cmdline())
        return is_spawned and any(one.status == psutil.CONN_LISTEN for one in process.net_connections())
    except psutil.NoSuchProcess:
        return False
