"""What the cockpit does right now, asked of its server without importing Prefect."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from .service_environment import WORK_POOL
from .service_files import CockpitFiles
from .start_service import SERVER, WORKER, check_password, get_json, post_json

_AT_WORK = ["RUNNING", "PENDING", "PAUSED", "CANCELLING"]
_ROWS = 10
_MAX_REASON = 200
_PREFECT_SAYS = "Flow run encountered an exception: "


@dataclass(frozen=True)
class PartStatus:
    """Server or worker: whether it runs and answers, and how much memory it and what it started take."""

    name: str
    runs: bool
    answers: bool
    memory_mib: float | None
    log: str


@dataclass(frozen=True)
class RunStatus:
    """A run of a flow as the server knows it."""

    name: str
    deployment: str
    state: str
    time: str
    """When it started, is due, or ended; UTC."""
    page: str
    reason: str = ""
    """Why it failed or crashed: the first line, cut to what a table can hold."""


@dataclass(frozen=True)
class CockpitStatus:
    """Everything that `mmflywheel status` tells."""

    page_url: str | None
    database: str | None
    database_mib: float | None
    parts: tuple[PartStatus, ...]
    at_work: tuple[RunStatus, ...]
    due: tuple[RunStatus, ...]
    ended: tuple[RunStatus, ...]

    @property
    def is_up(self) -> bool:
        """Whether all parts run and answer."""
        return bool(self.parts) and all(part.runs and part.answers for part in self.parts)


def read_status(workspace: Path) -> CockpitStatus:
    """Look at processes and server; a cockpit that is down has no parts.

    Raises:
        CockpitError: the file that names the processes is damaged, or the server wants a password.
    """
    files = CockpitFiles(workspace)
    state = files.read_state()
    if state is None:
        return CockpitStatus(None, None, None, (), (), (), ())
    server, worker = state.process(SERVER), state.process(WORKER)
    answers = server is not None and get_json(state, "/health") is True
    if answers:
        check_password(state)
    online = answers and any(
        one["status"] == "ONLINE" for one in post_json(state, f"/work_pools/{WORK_POOL}/workers/filter", {})
    )
    parts = (
        PartStatus(SERVER, server is not None, answers, _memory_mib(server), str(files.log(SERVER))),
        PartStatus(WORKER, worker is not None, online, _memory_mib(worker), str(files.log(WORKER))),
    )
    names: dict[str, str] = {}
    if answers:
        names = {str(one["id"]): str(one["name"]) for one in post_json(state, "/deployments/filter", {})}

    def runs(states: list[str], sort: str, column: str) -> tuple[RunStatus, ...]:
        if not answers:
            return ()
        body = {"flow_runs": {"state": {"type": {"any_": states}}}, "sort": sort, "limit": _ROWS}
        return tuple(
            _run_status(one, names, column, state.run_page(str(one["id"])))
            for one in post_json(state, "/flow_runs/filter", body)
        )

    return CockpitStatus(
        state.page_url,
        state.database,
        _size_mib(files.home / "prefect.db"),
        parts,
        runs(_AT_WORK, "START_TIME_DESC", "start_time"),
        runs(["SCHEDULED"], "EXPECTED_START_TIME_ASC", "expected_start_time"),
        runs(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"], "END_TIME_DESC", "end_time"),
    )


def _run_status(run: dict[str, Any], names: dict[str, str], column: str, page: str) -> RunStatus:
    deployment = names.get(str(run["deployment_id"]), "part of another run")
    time = str(run[column] or run["expected_start_time"] or "")[:19].replace("T", " ")
    reason = ""
    if run["state_type"] in ("FAILED", "CRASHED"):
        said = str((run.get("state") or {}).get("message") or "").removeprefix(_PREFECT_SAYS).strip()
        reason = said.splitlines()[0][:_MAX_REASON] if said else ""
    return RunStatus(str(run["name"]), deployment, str(run["state_name"]), time, page, reason)


def _memory_mib(process: psutil.Process | None) -> float | None:
    if process is None:
        return None
    try:
        family = [process, *process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family) / 2**20
    except psutil.NoSuchProcess:
        return None


def _size_mib(path: Path) -> float | None:
    return path.stat().st_size / 2**20 if path.is_file() else None
