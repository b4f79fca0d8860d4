"""What an `up` takes over from the last one, what it refuses to do without, and what stays switched off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from flows.cockpit.deploy_flows import SwitchedOff, kept_off, localised
from flows.cockpit.recall_settings import (
    check_against_last,
    cockpit_settings,
    keep_settings,
    last_settings,
)
from flows.cockpit.service_environment import AUTH_VARIABLE, DATABASE_VARIABLE, CockpitSettings
from flows.cockpit.service_files import CockpitError, CockpitState
from flows.cockpit.start_service import check_password

ADDRESS = "postgresql+asyncpg://me:hunter2@host/name"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (AUTH_VARIABLE, DATABASE_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def keep(settings: CockpitSettings) -> CockpitSettings:
    settings.files.root.mkdir(parents=True, exist_ok=True)
    keep_settings(settings)
    return settings


def test_what_is_not_given_stays_as_the_last_up_had_it(tmp_path: Path) -> None:
    assert cockpit_settings(tmp_path) == CockpitSettings(tmp_path)
    keep(cockpit_settings(tmp_path, 4711, 3, "Europe/Berlin"))
    assert cockpit_settings(tmp_path) == CockpitSettings(tmp_path, 4711, None, 3, "Europe/Berlin")
    assert cockpit_settings(tmp_path, timezone="UTC") == CockpitSettings(tmp_path, 4711, None, 3, "UTC")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    keep(cockpit_settings(tmp_path)).files.settings_file.write_text('{"port": 1')
    with pytest.raises(CockpitError, match=r"settings\.json is damaged .* delete it"):
        cockpit_settings(tmp_path)


def test_a_forgotten_password_or_database_is_refused_and_neither_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AUTH_VARIABLE, "me:hunter2")
    monkeypatch.setenv(DATABASE_VARIABLE, ADDRESS)
    settings = keep(cockpit_settings(tmp_path))
    assert "hunter2" not in settings.files.settings_file.read_text()
    check_against_last(settings, is_running=False)
    monkeypatch.delenv(DATABASE_VARIABLE)
    with pytest.raises(
        CockpitError, match=r"in PostgreSQL, this one asks for SQLite .* delete .*settings\.json"
    ):
        check_against_last(cockpit_settings(tmp_path), is_running=False)
    monkeypatch.setenv(DATABASE_VARIABLE, ADDRESS)
    monkeypatch.delenv(AUTH_VARIABLE)
    with pytest.raises(CockpitError, match=f"asked for a password: set {AUTH_VARIABLE}"):
        check_against_last(cockpit_settings(tmp_path), is_running=False)


def test_password_and_database_change_only_while_the_server_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(cockpit_settings(tmp_path))
    monkeypatch.setenv(AUTH_VARIABLE, "me:hunter2")
    check_against_last(cockpit_settings(tmp_path), is_running=False)
    with pytest.raises(CockpitError, match="only when it starts"):
        check_against_last(cockpit_settings(tmp_path), is_running=True)
    monkeypatch.setenv(DATABASE_VARIABLE, ADDRESS)
    check_against_last(cockpit_settings(tmp_path), is_running=False)
    with pytest.raises(CockpitError, match="in SQLite, this one asks for PostgreSQL"):
        check_against_last(cockpit_settings(tmp_path), is_running=True)
    assert last_settings(cockpit_settings(tmp_path).files) is not None


class Locked(BaseHTTPRequestHandler):
    """Knows one user: me, with the password right."""

    def do_GET(self) -> None:
        knows = self.headers.get("Authorization") == "Basic bWU6cmlnaHQ="
        self.send_response(200 if knows else 401)
        self.end_headers()
        self.wfile.write(b'"3.8.8"')

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def locked() -> Iterator[CockpitState]:
    with HTTPServer(("127.0.0.1", 0), Locked) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield CockpitState(server.server_address[1], "SQLite")
        server.shutdown()


def test_a_server_that_asks_for_a_password_is_not_called_dead(
    locked: CockpitState, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CockpitError, match=f"asks for its password: set {AUTH_VARIABLE}"):
        check_password(locked)
    monkeypatch.setenv(AUTH_VARIABLE, "me:wrong")
    with pytest.raises(CockpitError, match="asks for its password") as caught:
        check_password(locked)
    assert "wrong" not in str(caught.value)
    monkeypatch.setenv(AUTH_VARIABLE, "me:right")
    check_password(locked)


def test_what_was_switched_off_in_the_ui_is_deployed_switched_off(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "prefect.yaml").read_text()

    def switches(off: SwitchedOff) -> tuple[dict[str, bool], dict[str, bool]]:
        deployments = kept_off(localised(yaml.safe_load(text), tmp_path, "UTC"), off)["deployments"]
        schedules = {s["slug"]: s["active"] for one in deployments for s in one.get("schedules", [])}
        triggers = {t["name"]: t["enabled"] for one in deployments for t in one.get("triggers", [])}
        return schedules, triggers

    schedules, triggers = switches(SwitchedOff())
    assert all(schedules.values()) and all(triggers.values())
    off = SwitchedOff(
        frozenset({("generate-dataset", "nightly"), ("maintain-lake", "nightly")}),
        frozenset({"train-on-published-version"}),
    )
    assert switches(off) == (
        {"nightly": False, "morning": True},
        {"train-on-published-version": False, "evaluate-trained-models": True},
    )
