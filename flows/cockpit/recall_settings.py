"""What the last `up` of a workspace was asked for, so that the next one, after months, asks for the same."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .service_environment import AUTH_VARIABLE, DATABASE_VARIABLE, CockpitSettings
from .service_files import CockpitError, CockpitFiles


@dataclass(frozen=True)
class LastSettings:
    """What is kept beside the cockpit's logs: no address of a database and no password, only that there was one."""

    port: int
    runs_at_once: int
    timezone: str
    database: str
    has_password: bool


def cockpit_settings(
    workspace: Path, port: int | None = None, runs_at_once: int | None = None, timezone: str | None = None
) -> CockpitSettings:
    """Settings of an `up`: what is given, else what the last one had, else the defaults.

    Raises:
        CockpitError: impossible settings, or what the last `up` left is damaged.
    """
    given: dict[str, Any] = {"port": port, "runs_at_once": runs_at_once, "timezone": timezone}
    last = last_settings(CockpitFiles(workspace))
    resolved = {
        name: value if value is not None else getattr(last, name)
        for name, value in given.items()
        if value is not None or last is not None
    }
    return CockpitSettings(workspace, database_url=os.environ.get(DATABASE_VARIABLE) or None, **resolved)


def last_settings(files: CockpitFiles) -> LastSettings | None:
    """What the last `up` was asked for; None before the first.

    Raises:
        CockpitError: the file is damaged.
    """
    try:
        return LastSettings(**json.loads(files.settings_file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise CockpitError(
            f"{files.settings_file} is damaged ({error}); delete it: `up` then takes its defaults"
        ) from error


def keep_settings(settings: CockpitSettings) -> None:
    """Write down what `up` was asked for, for the next one."""
    files = settings.files
    part = files.settings_file.with_suffix(".part")
    part.write_text(json.dumps(vars(_kept(settings)), indent=1), encoding="utf-8")
    os.replace(part, files.settings_file)


def check_against_last(settings: CockpitSettings, is_running: bool) -> None:
    """Refuse an `up` whose environment lacks what the last one had: it would begin with other runs, or unlocked.

    Args:
        settings: of this `up`.
        is_running: whether the server of the last one still runs, so that database and password cannot change.

    Raises:
        CockpitError: another database, or a password that is missing or comes too late.
    """
    last, now = last_settings(settings.files), _kept(settings)
    if last is None:
        return
    if last.database != now.database and (is_running or last.database == "PostgreSQL"):
        raise CockpitError(
            f"the last `up` of {settings.workspace} kept its runs in {last.database}, this one asks for "
            f"{now.database} ({DATABASE_VARIABLE}): give it what it had, or "
            + (_way_out(settings, is_running) if last.database == "PostgreSQL" else "`mmflywheel down` first")
        )
    if last.has_password and not now.has_password:
        raise CockpitError(
            f"the last `up` of {settings.workspace} asked for a password: set {AUTH_VARIABLE}=user:password, or "
            f"{_way_out(settings, is_running)} to go on without one"
        )
    if is_running and now.has_password and not last.has_password:
        raise CockpitError(
            "the cockpit runs without a password, and takes one only when it starts: `mmflywheel down`, then `up`"
        )


def _way_out(settings: CockpitSettings, is_running: bool) -> str:
    first = "`mmflywheel down` and " if is_running else ""
    return f"{first}delete {settings.files.settings_file}"


def _kept(settings: CockpitSettings) -> LastSettings:
    return LastSettings(
        settings.port,
        settings.runs_at_once,
        settings.timezone,
        settings.database,
        bool(os.environ.get(AUTH_VARIABLE)),
    )
