"""A real server, worker and automations on loopback: start, click, event, death of a worker, end."""

from __future__ import annotations

import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from data_lake import Lake
from flows.cockpit.read_status import read_status
from flows.cockpit.service_environment import AUTH_VARIABLE, DATABASE_VARIABLE, CockpitSettings
from flows.cockpit.service_files import CockpitFiles, CockpitState
from flows.cockpit.start_service import SERVER, WORKER, start_cockpit
from flows.cockpit.stop_service import stop_cockpit
from flows.make_dataset import make_dataset
from flows.open_lake import open_lake, recorded_run
from flows.settings import TurnSettings, Workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def silent(text: str) -> None:
    """Announce nothing."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Cockpit:
    """A running cockpit and its API."""

    def __init__(self, settings: CockpitSettings) -> None:
        self.settings = settings
        self.state: CockpitState = start_cockpit(settings, silent)

    def call(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.state.api_url + path, data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def deployment(self, name: str) -> dict[str, Any]:
        return next(one for one in self.call("/deployments/filter", {}) if one["name"] == name)

    def start(self, name: str, parameters: dict[str, Any]) -> str:
        path = f"/deployments/{self.deployment(name)['id']}/create_flow_run"
        return str(self.call(path, {"parameters": parameters, "state": {"type": "SCHEDULED"}})["id"])

    def runs_of(self, name: str) -> list[dict[str, Any]]:
        which = {"deployments": {"name": {"any_": [name]}}}
        return list(self.call("/flow_runs/filter", which))


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cockpit]:
    patch = pytest.MonkeyPatch()
    for name in (AUTH_VARIABLE, DATABASE_VARIABLE, "PREFECT_API_URL", "PREFECT_HOME"):
        patch.delenv(name, raising=False)
    workspace = tmp_path_factory.mktemp("cockpit")
    running = Cockpit(CockpitSettings(workspace, free_port()))
    yield running
    stop_cockpit(workspace, silent)
    patch.undo()


def eventually(look: Callable[[], Any], patience_s: float = 60.0) -> Any:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + patience_s
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.3)
    return found


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
    for bad in ({"scale": "huge"}, {"seed": -1}, {"views": 9}):
        with pytest.raises(urllib.error.HTTPError) as caught:
            cockpit.start("turn-flywheel", bad)
        assert caught.value.code == 409
        assert next(iter(bad)) in caught.value.read().decode()


def test_a_second_up_starts_nothing_and_another_port_is_refused(cockpit: Cockpit) -> None:
    said: list[str] = []
    again = start_cockpit(cockpit.settings, said.append)
    assert again == CockpitFiles(cockpit.settings.workspace).read_state()
    assert not [line for line in said if line.startswith(("server", "worker"))]
    names = [one["name"] for one in cockpit.call("/automations/filter", {})]
    assert len(names) == len(set(names)) == 3


def test_a_published_version_starts_training_and_one_of_a_turn_does_not(cockpit: Cockpit) -> None:
    def publish(version: str, follow_up: str) -> None:
        event = {
            "id": "".join(f"{byte:02x}" for byte in os.urandom(16)),
            "occurred": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "event": "dataset.version.published",
            "resource": {"prefect.resource.id": "lake.dataset.none", "mmflywheel.follow-up": follow_up},
            "payload": {"version": version, "rows": 1, "scale": "smoke"},
        }
        data = json.dumps([event]).encode()
        url = f"{cockpit.state.api_url}/events"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()

    publish("none@1", "none")
    publish("none@2", "train")
    found = eventually(lambda: cockpit.runs_of("train-models"))
    assert [run["parameters"]["dataset_version"] for run in found] == ["none@2"]
    assert found[0]["created_by"]["type"] == "AUTOMATION"
    # There is no such version: the run says so and ends.
    ended = eventually(lambda: [r for r in cockpit.runs_of("train-models") if r["state_type"] == "FAILED"])
    assert "none@2" in ended[0]["state"]["message"]


def test_a_dask_run_makes_what_plain_functions_make_to_the_bit(cockpit: Cockpit, tmp_path: Path) -> None:
    pytest.importorskip("prefect_dask", reason="engine dask is an extra: pip install 'mmflywheel[dask]'")
    few = {"dataset": "engines", "n_motions": 12, "views": 1, "workers": 2}
    run = cockpit.start("generate-dataset", {**few, "engine": "dask", "start_training": False})

    def ended() -> Any:
        state = cockpit.call(f"/flow_runs/{run}")["state"]
        return state if state["type"] in ("COMPLETED", "FAILED", "CRASHED") else None

    state = eventually(ended, patience_s=300.0)
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
