"""Settings of the cockpit's processes, handed on as environment variables."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..choose_night import night_of
from .service_files import CockpitError, CockpitFiles

AUTH_VARIABLE = "MMFLYWHEEL_UI_AUTH"
DATABASE_VARIABLE = "MMFLYWHEEL_DATABASE_URL"
WORK_POOL = "local"
HEARTBEAT_S = 30
_KEPT_DAYS = 90


@dataclass(frozen=True)
class CockpitSettings:
    """What `up` is asked for.

    Attributes:
        workspace: folder of lake, checkpoints and results, and of the cockpit's own files.
        port: of the server, on loopback.
        database_url: PostgreSQL, as `postgresql+asyncpg://user@host/name`; None = SQLite in the workspace.
        runs_at_once: flow runs that the worker starts beside each other.
        timezone: of the schedules, by name.
    """

    workspace: Path
    port: int = 4200
    database_url: str | None = None
    runs_at_once: int = 2
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what cannot be started.

        Raises:
            CockpitError: an impossible port, or an unknown kind of database.
            InvalidInput: an unknown time zone.
        """
        night_of(None, self.timezone)
        if not 1024 <= self.port <= 65535:
            raise CockpitError(f"port {self.port}: give one from 1024 to 65535")
        if self.runs_at_once < 1:
            raise CockpitError(f"{self.runs_at_once} runs at once: give 1 or more")
        if self.database_url and not re.match(
            r"(postgresql\+asyncpg|sqlite\+aiosqlite)://", self.database_url
        ):
            raise CockpitError(
                f"{DATABASE_VARIABLE} must begin with postgresql+asyncpg:// or sqlite+aiosqlite:// (its value is "
                "not shown, as it may hold a password)"
            )

    @property
    def files(self) -> CockpitFiles:
        """Paths of the cockpit."""
        return CockpitFiles(self.workspace)

    @property
    def database(self) -> str:
        """Kind of the database, for people."""
        return "PostgreSQL" if (self.database_url or "").startswith("postgresql") else "SQLite"


def service_environment(settings: CockpitSettings) -> dict[str, str]:
    """This process's environment with Prefect's settings for server, worker and flow runs.

    A key of a language model reaches the flow runs this way, and only this way.

    Raises:
        CockpitError: the password setting has no colon.
    """
    auth = os.environ.get(AUTH_VARIABLE, "")
    if auth and ":" not in auth:
        raise CockpitError(f"{AUTH_VARIABLE} must be user:password (its value is not shown)")
    own = {
        "PREFECT_HOME": str(settings.files.home),
        "PREFECT_API_URL": f"http://127.0.0.1:{settings.port}/api",
        "PREFECT_UI_URL": f"http://127.0.0.1:{settings.port}/v2",  # links in logs; without /v2 the old pages open
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(settings.port),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # Months of runs stay, the flood of small events does not.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(_KEPT_DAYS * 86400),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P7D",
        # A run whose process died is told by its silence; see `automations`.
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_S),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "MMFLYWHEEL_ROOT": str(checkout()),
    }
    if settings.database_url:
        own["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = settings.database_url
    if auth:
        own |= {"PREFECT_SERVER_API_AUTH_STRING": auth, "PREFECT_API_AUTH_STRING": auth}
    for name, value in (("OMP_NUM_THREADS", "1"), ("OMP_WAIT_POLICY", "PASSIVE")):
        own.setdefault(name, os.environ.get(name, value))
    return {**os.environ, **own}


def checkout() -> Path:
    """Folder of prefect.yaml.

    Raises:
        CockpitError: the project runs from an installed package without it.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / "prefect.yaml").is_file():
        raise CockpitError(f"{root} holds no prefect.yaml: start the cockpit from a checkout of the project")
    return root
