"""Start what is missing of the cockpit, and wait until all of it answers."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus

from .control_processes import last_lines, port_is_free, start_detached, stop
from .recall_settings import check_against_last, keep_settings
from .service_environment import (
    AUTH_VARIABLE,
    DATABASE_VARIABLE,
    WORK_POOL,
    CockpitSettings,
    checkout,
    service_environment,
)
from .service_files import CockpitError, CockpitState, ServiceProcess

SERVER, WORKER = "server", "worker"
SERVER_PATIENCE_S = 120.0
WORKER_PATIENCE_S = 60.0
_POLL_S = 0.3


def start_cockpit(settings: CockpitSettings, announce: Callable[[str], None]) -> CockpitState:
    """Server, pool, deployments, automations, worker; what runs already is left alone.

    Raises:
        CockpitError: the port is taken, a part does not come up, or a deployment is refused; what this call has
            started is ended again.
    """
    files = settings.files
    with files.locked():
        files.home.mkdir(parents=True, exist_ok=True)
        environment = service_environment(settings)
        known = files.read_state()
        state = CockpitState(settings.port, settings.database, _surviving_worker(known))
        if known is not None and (known.process(SERVER) or state.processes):
            if known.port != settings.port:
                raise CockpitError(
                    f"the cockpit of {files.workspace} already runs at port {known.port}, not at {settings.port}; "
                    "leave the port away, or end it first: `mmflywheel down`"
                )
            state = known if known.process(SERVER) else state
        check_against_last(settings, state.process(SERVER) is not None)
        started = []
        try:
            if state.process(SERVER) is None:
                state = _start_server(settings, environment, state)
                started.append(SERVER)
                announce(f"server: {state.api_url} ({settings.database})")
            check_password(state)
            keep_settings(settings)
            _prepare(settings, environment)
            announce("deployments, schedule and automations: up to date")
            if state.process(WORKER) is None:
                state = _start_worker(settings, environment, state)
                started.append(WORKER)
                announce(f"worker: takes up to {settings.runs_at_once} runs at once")
        except BaseException:
            newest = files.read_state()
            for process in newest.processes if newest else ():
                if process.name in started or known is None:
                    stop(process)
            raise
    return state


def _surviving_worker(known: CockpitState | None) -> tuple[ServiceProcess, ...]:
    """The worker of a cockpit whose server died: its runs go on, and it finds the next server at the same port."""
    return tuple(one for one in known.processes if one.name == WORKER and one.find()) if known else ()


def _start_server(
    settings: CockpitSettings, environment: dict[str, str], state: CockpitState
) -> CockpitState:
    if not port_is_free(settings.port):
        raise CockpitError(f"port {settings.port} is in use; choose another with --port")
    command = [
        sys.executable,
        "-m",
        "flows.cockpit.serve_prefect",
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(settings.port),
    ]
    log = settings.files.log(SERVER)
    process = start_detached(SERVER, command, environment, checkout(), log)
    state = CockpitState(state.port, state.database, (process, *state.processes))
    settings.files.write_state(state)

    def answers() -> bool:
        if process.find() is None:
            asked = (
                f" (does PostgreSQL answer at {DATABASE_VARIABLE}?)"
                if settings.database == "PostgreSQL"
                else ""
            )
            raise CockpitError(f"the server ended at once{asked}; the end of {log}:\n{last_lines(log)}")
        return get_json(state, "/health") is True

    wait_for(answers, SERVER_PATIENCE_S, f"the server did not answer in {SERVER_PATIENCE_S:.0f} s; see {log}")
    return state


def _prepare(settings: CockpitSettings, environment: dict[str, str]) -> None:
    command = [
        sys.executable, "-m", "flows.cockpit.deploy_flows", str(settings.files.workspace), str(settings.runs_at_once),
        settings.timezone,
    ]  # fmt: skip
    answer = subprocess.run(
        command, env=environment, cwd=checkout(), capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise CockpitError(f"the deployments could not be made:\n{(answer.stderr or answer.stdout)[-4000:]}")


def _start_worker(
    settings: CockpitSettings, environment: dict[str, str], state: CockpitState
) -> CockpitState:
    log = settings.files.log(WORKER)
    command = [
        sys.executable, "-m", "prefect", "worker", "start", "--pool", WORK_POOL, "--type", "process",
        "--name", f"worker-{os.getpid()}-{int(time.time())}", "--limit", str(settings.runs_at_once),
    ]  # fmt: skip
    process = start_detached(WORKER, command, environment, checkout(), log)
    state = CockpitState(
        state.port, state.database, (*(p for p in state.processes if p.name != WORKER), process)
    )
    settings.files.write_state(state)
    name = command[command.index("--name") + 1]

    def is_online() -> bool:
        if process.find() is None:
            raise CockpitError(f"the worker ended at once; the end of {log}:\n{last_lines(log)}")
        workers = post_json(state, f"/work_pools/{WORK_POOL}/workers/filter", {})
        return any(one["name"] == name and one["status"] == "ONLINE" for one in workers)

    wait_for(
        is_online, WORKER_PATIENCE_S, f"the worker was not online in {WORKER_PATIENCE_S:.0f} s; see {log}"
    )
    return state


def wait_for(condition: Callable[[], bool], patience_s: float, failure: str) -> None:
    """Ask again and again until it holds.

    Raises:
        CockpitError: it did not in time.
    """
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            raise CockpitError(failure)
        time.sleep(_POLL_S)


def get_json(state: CockpitState, path: str) -> object:
    """Answer of the server's API to a GET, or None while it does not answer."""
    return _call(urllib.request.Request(state.api_url + path))


def post_json(state: CockpitState, path: str, body: object) -> list[dict[str, object]]:
    """Answer of the server's API to a filter; empty while it does not answer."""
    request = urllib.request.Request(
        state.api_url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    answer = _call(request)
    return answer if isinstance(answer, list) else []


def check_password(state: CockpitState) -> None:
    """Ask for something that only who has the password may see; a server without one tells it to everybody.

    Raises:
        CockpitError: the server refuses what the environment holds.
    """
    try:
        _open(urllib.request.Request(state.api_url + "/admin/version"))
    except urllib.error.HTTPError as error:
        if error.code != HTTPStatus.UNAUTHORIZED:
            return
        raise CockpitError(
            f"the server at {state.api_url} runs and asks for its password: set {AUTH_VARIABLE}=user:password to what "
            "it was started with"
        ) from error
    except (urllib.error.URLError, ConnectionError, TimeoutError, ValueError):
        return  # whether it answers at all is somebody else's question


def _call(request: urllib.request.Request) -> object:
    try:
        return _open(request)
    except (urllib.error.URLError, ConnectionError, TimeoutError, ValueError):
        return None


def _open(request: urllib.request.Request) -> object:
    auth = os.environ.get(AUTH_VARIABLE, "")
    if auth:
        request.add_header("Authorization", "Basic " + base64.b64encode(auth.encode()).decode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
