"""Where the cockpit keeps its files, and which processes belong to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from data_lake.errors import LakeError


class CockpitError(LakeError):
    """The server, its worker or a deployment is not as it should be."""


@dataclass(frozen=True)
class ServiceProcess:
    """One process of the cockpit; its start time tells it from a later one with the same number."""

    name: str
    pid: int
    created_at: float

    @classmethod
    def of(cls, name: str, pid: int) -> ServiceProcess:
        """The process with this number, as it is now."""
        return cls(name, pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The living process, or None where it has ended."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created_at) < 1.0
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True)
class CockpitState:
    """What `up` has started: the address, the database's kind and the processes."""

    port: int
    database: str
    processes: tuple[ServiceProcess, ...] = field(default=())

    @property
    def api_url(self) -> str:
        """Address that clients and workers talk to."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def page_url(self) -> str:
        """Address of the dashboard; links without /v2 open the old pages, which show no Mermaid."""
        return f"{self.ui_url}/dashboard"

    @property
    def ui_url(self) -> str:
        """Root of the pages."""
        return f"http://127.0.0.1:{self.port}/v2"

    def run_page(self, flow_run_id: str) -> str:
        """Page of one run."""
        return f"{self.ui_url}/runs/flow-run/{flow_run_id}"

    def process(self, name: str) -> psutil.Process | None:
        """The living process of this name, if there is one."""
        return next((one.find() for one in self.processes if one.name == name), None)


class CockpitFiles:
    """Paths below a workspace."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace.resolve()
        self.root = self.workspace / "cockpit"

    @property
    def home(self) -> Path:
        """Prefect's own folder: database (SQLite), results, settings; nothing outside the workspace is touched."""
        return self.root / "prefect"

    @property
    def state_file(self) -> Path:
        """What was started, as JSON."""
        return self.root / "cockpit.json"

    @property
    def settings_file(self) -> Path:
        """What the last `up` was asked for, as JSON; it stays when the cockpit is down."""
        return self.root / "settings.json"

    def log(self, name: str) -> Path:
        """Output of one process."""
        return self.root / f"{name}.log"

    def read_state(self) -> CockpitState | None:
        """What `up` started, or None.

        Raises:
            CockpitError: the file is damaged.
        """
        try:
            content = json.loads(self.state_file.read_text(encoding="utf-8"))
            processes = tuple(ServiceProcess(**one) for one in content.pop("processes"))
            return CockpitState(**content, processes=processes)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise CockpitError(
                f"{self.state_file} is damaged ({error}); end the processes it names by hand, then delete it"
            ) from error

    def write_state(self, state: CockpitState) -> None:
        """Replace the state whole."""
        self.root.mkdir(parents=True, exist_ok=True)
        part = self.state_file.with_suffix(".part")
        part.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
        os.replace(part, self.state_file)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One `up` or `down` at a time.

        Raises:
            CockpitError: another one is at work.
        """
        import fcntl

        self.root.mkdir(parents=True, exist_ok=True)
        with open(self.root / "cockpit.lock", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CockpitError(
                    f"another `up` or `down` works on {self.root}; wait until it ends"
                ) from error
            yield
