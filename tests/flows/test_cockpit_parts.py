"""The cockpit's parts without a server: settings, files, processes, deployments with a workspace."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml

from flows.cockpit.control_processes import last_lines, port_is_free, start_detached, stop
from flows.cockpit.deploy_flows import localised
from flows.cockpit.service_environment import AUTH_VARIABLE, CockpitSettings, service_environment
from flows.cockpit.service_files import CockpitError, CockpitFiles, CockpitState, ServiceProcess
from flows.cockpit.stop_service import stop_cockpit

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"port": 80}, "port 80: give one from 1024"),
        ({"runs_at_once": 0}, "0 runs at once"),
        ({"database_url": "mysql://user:hunter2@host/db"}, r"must begin with postgresql\+asyncpg"),
    ],
)
def test_impossible_settings_are_refused_without_showing_secrets(
    given: dict, words: str, tmp_path: Path
) -> None:
    with pytest.raises(CockpitError, match=words) as caught:
        CockpitSettings(tmp_path, **given)
    assert "hunter2" not in str(caught.value)


def test_the_server_listens_on_loopback_only_and_takes_its_password_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AUTH_VARIABLE, "me:hunter2")
    environment = service_environment(CockpitSettings(tmp_path))
    assert environment["PREFECT_SERVER_API_HOST"] == "127.0.0.1"
    assert (
        environment["PREFECT_SERVER_API_AUTH_STRING"]
        == environment["PREFECT_API_AUTH_STRING"]
        == "me:hunter2"
    )
    monkeypatch.setenv(AUTH_VARIABLE, "hunter2")
    with pytest.raises(CockpitError, match="user:password") as caught:
        service_environment(CockpitSettings(tmp_path))
    assert "hunter2" not in str(caught.value)


def test_every_deployment_schedule_and_trigger_gets_workspace_and_time_zone(tmp_path: Path) -> None:
    content = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text())
    zones = []
    for deployment in localised(content, tmp_path, "Europe/Berlin")["deployments"]:
        for place in [deployment, *deployment.get("schedules", []), *deployment.get("triggers", [])]:
            assert place["parameters"]["workspace"] == str(tmp_path)
        for schedule in deployment.get("schedules", []):
            zones += [schedule["timezone"], schedule["parameters"].get("timezone", "Europe/Berlin")]
    assert len(zones) >= 4
    assert set(zones) == {"Europe/Berlin"}


def test_state_survives_a_round_trip_and_damage_is_named(tmp_path: Path) -> None:
    files = CockpitFiles(tmp_path)
    assert files.read_state() is None
    state = CockpitState(4200, "SQLite", (ServiceProcess("server", 1, 2.0),))
    files.write_state(state)
    assert files.read_state() == state
    files.state_file.write_text('{"port": 1')
    with pytest.raises(CockpitError, match="is damaged"):
        files.read_state()


def test_a_process_with_a_reused_number_is_not_ours() -> None:
    own = ServiceProcess.of("test", psutil.Process().pid)
    assert own.find() is not None
    assert ServiceProcess("test", own.pid, own.created_at - 60.0).find() is None


def test_stop_ends_a_process_that_ignores_it_and_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.cockpit.control_processes.STOP_PATIENCE_S", 0.6)
    log = tmp_path / "stubborn.log"
    process = start_detached("stubborn", [sys.executable, "-c", STUBBORN], {}, tmp_path, log)
    deadline = time.monotonic() + 20
    while not last_lines(log).strip().isdigit() and time.monotonic() < deadline:
        time.sleep(0.05)
    child = int(last_lines(log).strip())
    stop(process)
    assert process.find() is None
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_a_port_in_use_is_seen() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1],"
         "flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        port = int(holder.stdout.readline())
        assert not port_is_free(port)
        holder.communicate("\n")
    assert port_is_free(port)


def test_down_without_a_cockpit_does_nothing(tmp_path: Path) -> None:
    assert not stop_cockpit(tmp_path, announce=lambda text: None)
    assert list(tmp_path.iterdir()) == []
