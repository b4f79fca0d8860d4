"""A real server, worker and automations on loopback: start, click, event, death of a worker, end."""

from __future__ import annotations

import sys
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from running_cockpit import Cockpit, eventually, running_cockpit, silent

from data_lake import Lake
from flows.cockpit.read_status import read_status
from flows.cockpit.service_files import CockpitFiles
from flows.cockpit.start_service import SERVER, WORKER, start_cockpit
from flows.cockpit.stop_service import stop_cockpit
from flows.make_dataset import make_dataset
from flows.open_lake import open_lake, recorded_run
from flows.settings import TurnSettings, Workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    with running_cockpit(tmp_path_factory.mktemp("cockpit")) as running:
        yield running


def test_all_parts_answer_and_the_nights_are_planned(cockpit: Cockpit) -> None:
    status = read_status(cockpit.settings.workspace)
    assert status.is_up
    assert [part.name for part in status.parts] == [SERVER, WORKER]
    nights = eventually(
        lambda: [r for r in cockpit.runs_of("generate-dataset") if r["state_type"] == "SCHEDULED"]
    )
    assert len(nights) == 3
    assert all(run["parameters"]["seed_by_night"] for run in nights)
    assert {run["parameters"]["workspace"] for run in nights} == {str(cockpit.settings.workspace.resolve())}
    assert all(run["expected_start_time"][11:16] == "02:00" for run in nights)


def test_bad_values_are_refused_before_anything_runs(cockpit: Cockpit) -> None:
    for bad in ({"scale": "huge"}, {"seed": -1}, {"views": 9}, {"dataset": "Bad Name"}):
        with pytest.raises(urllib.error.HTTPError) as caught:
            cockpit.start("turn-flywheel", bad)
        assert caught.value.code == 409
        assert next(iter(bad)) in caught.value.read().decode()


def test_clicks_at_once_are_all_taken(cockpit: Cockpit) -> None:
    # SQLite refuses a reader that turns writer when another has written meanwhile; the server's writers wait.
    far = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2100-01-01T00:00:00Z"}}
    path = f"/deployments/{cockpit.deployment('maintain-lake')['id']}/create_flow_run"
    with ThreadPoolExecutor(4) as clicks:
        runs = list(clicks.map(lambda _: cockpit.call(path, {"state": far})["id"], range(60)))
    assert len(set(runs)) == 60
    for run in runs:
        cockpit.call(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLED"}, "force": True})


def test_a_second_up_starts_nothing_and_leaves_off_what_was_switched_off(cockpit: Cockpit) -> None:
    def switch(on: bool) -> None:
        cockpit.send(f"/automations/{trigger()['id']}", {"enabled": on}, "PATCH")
        path = f"/deployments/{cockpit.deployment('generate-dataset')['id']}/schedules/{nightly()['id']}"
        cockpit.send(path, {"active": on}, "PATCH")

    def trigger() -> dict[str, Any]:
        named = (one for one in cockpit.call("/automations/filter", {}) if one["name"].startswith("train-on"))
        return dict(next(named))

    def nightly() -> dict[str, Any]:
        return dict(cockpit.deployment("generate-dataset")["schedules"][0])

    switch(False)
    said: list[str] = []
    again = start_cockpit(cockpit.settings, said.append)
    assert again == CockpitFiles(cockpit.settings.workspace).read_state()
    assert not [line for line in said if line.startswith(("server", "worker"))]
    names = [one["name"] for one in cockpit.call("/automations/filter", {})]
    assert len(names) == len(set(names)) == 4
    assert not trigger()["enabled"] and not nightly()["active"]
    switch(True)
    assert trigger()["enabled"] and nightly()["active"]


def test_a_published_version_starts_training_and_one_of_a_turn_does_not(cockpit: Cockpit) -> None:
    cockpit.publish("none@1", "none")
    cockpit.publish("none@2")
    found = eventually(lambda: cockpit.runs_of("train-models"))
    assert [run["parameters"]["dataset_version"] for run in found] == ["none@2"]
    assert found[0]["created_by"]["type"] == "AUTOMATION"
    # There is no such version: the run says so and ends.
    ended = eventually(lambda: [r for r in cockpit.runs_of("train-models") if r["state_type"] == "FAILED"])
    assert "none@2" in ended[0]["state"]["message"]
    (told,) = [run for run in read_status(cockpit.settings.workspace).ended if run.state == "Failed"]
    assert told.reason.startswith("NotInLake: there is no published version 'none@2'")


@pytest.mark.services
def test_a_dask_run_makes_what_plain_functions_make_to_the_bit(cockpit: Cockpit, tmp_path: Path) -> None:
    pytest.importorskip("prefect_dask", reason="engine dask is an extra: pip install 'mmflywheel[dask]'")
    few = {"dataset": "engines", "n_motions": 10, "views": 1, "workers": 2}
    run = cockpit.start("generate-dataset", {**few, "engine": "dask", "start_training": False})

    state = eventually(lambda: cockpit.ended(run), patience_s=600.0)
    assert state["type"] == "COMPLETED", state["message"]
    pages = [page["key"] for page in cockpit.call("/artifacts/filter", {})]
    assert "dataset-engines" in pages
    settings = TurnSettings.model_validate({**few, "workspace": tmp_path})
    lake = open_lake(settings)
    with recorded_run(lake, "test", settings) as record:
        make_dataset(settings, lake, record, silent)
    columns = ["sample_id", "doppler_time", "captions", "qa_pairs", "facts"]
    by_dask = (
        Lake.open(Workspace(cockpit.settings.workspace).lake)
        .open_version("engines@1")
        .samples(columns=columns)
    )
    assert by_dask.equals(lake.open_version("engines@1").samples(columns=columns))


def test_a_dead_worker_is_seen_and_replaced(cockpit: Cockpit) -> None:
    worker = cockpit.state.process(WORKER)
    assert worker is not None
    worker.kill()
    psutil.wait_procs([worker], timeout=10)
    status = read_status(cockpit.settings.workspace)
    assert not status.is_up
    assert {part.name: part.runs for part in status.parts} == {SERVER: True, WORKER: False}
    cockpit.state = start_cockpit(cockpit.settings, silent)
    assert read_status(cockpit.settings.workspace).is_up


def test_down_leaves_nothing(cockpit: Cockpit) -> None:
    workspace = str(cockpit.settings.workspace)
    family = [process for one in cockpit.state.processes if (process := one.find())]
    family += [child for process in family for child in process.children(recursive=True)]
    assert stop_cockpit(cockpit.settings.workspace, silent)
    assert not [
        process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]
    assert read_status(Path(workspace)).page_url is None
    assert not stop_cockpit(Path(workspace), silent)
