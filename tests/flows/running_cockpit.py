"""A cockpit that runs for the time of a test module, and its API."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.cockpit.service_environment import AUTH_VARIABLE, DATABASE_VARIABLE, CockpitSettings
from flows.cockpit.service_files import CockpitState
from flows.cockpit.start_service import start_cockpit
from flows.cockpit.stop_service import stop_cockpit

ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def silent(text: str) -> None:
    """Announce nothing."""


def zone_where_it_is_noon() -> str:
    """A time zone whose 02:00 and 05:00 are far away, so that no schedule begins a run beside the tests."""
    ahead = 12 - time.gmtime().tm_hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"  # these names count westwards


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Cockpit:
    """A running cockpit and its API."""

    def __init__(self, settings: CockpitSettings) -> None:
        self.settings = settings
        self.state: CockpitState = start_cockpit(settings, silent)

    def send(self, path: str, body: object = None, method: str | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.state.api_url + path, data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())

    def call(self, path: str, body: object = None) -> Any:
        return json.loads(self.send(path, body))

    def deployment(self, name: str) -> dict[str, Any]:
        return next(one for one in self.call("/deployments/filter", {}) if one["name"] == name)

    def start(self, name: str, parameters: dict[str, Any]) -> str:
        path = f"/deployments/{self.deployment(name)['id']}/create_flow_run"
        return str(self.call(path, {"parameters": parameters, "state": {"type": "SCHEDULED"}})["id"])

    def runs_of(self, name: str) -> list[dict[str, Any]]:
        which = {"deployments": {"name": {"any_": [name]}}}
        return list(self.call("/flow_runs/filter", which))

    def publish(self, version: str, follow_up: str = "train") -> None:
        """The event of a published version."""
        event = {
            "id": str(uuid.uuid4()),
            "occurred": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "event": "dataset.version.published",
            "resource": {
                "prefect.resource.id": f"lake.dataset.{version.partition('@')[0]}",
                "mmflywheel.follow-up": follow_up,
            },
            "payload": {"version": version, "rows": 1, "scale": "smoke"},
        }
        self.send("/events", [event])

    def ended(self, run: str) -> dict[str, Any] | None:
        """Last state of a run, or None while it goes on."""
        state = dict(self.call(f"/flow_runs/{run}")["state"])
        return state if state["type"] in ENDED else None


@contextmanager
def running_cockpit(workspace: Path, timezone: str = "UTC") -> Iterator[Cockpit]:
    """Server, worker and deployments on a free port, without the settings of who runs the test."""
    patch = pytest.MonkeyPatch()
    for name in (AUTH_VARIABLE, DATABASE_VARIABLE, "PREFECT_API_URL", "PREFECT_HOME"):
        patch.delenv(name, raising=False)
    try:
        yield Cockpit(CockpitSettings(workspace, free_port(), timezone=timezone))
    finally:
        stop_cockpit(workspace, silent)
        patch.undo()


def eventually(look: Callable[[], Any], patience_s: float = 60.0) -> Any:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + patience_s
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.3)
    return found
