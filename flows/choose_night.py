"""Which night a scheduled run belongs to: its date is its seed, so a second run that night makes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data_lake.errors import InvalidInput

MISSED_AFTER = timedelta(hours=20)


def night_of(due: datetime | None, timezone: str, now: datetime | None = None) -> date:
    """The date, in a named time zone, of the moment that a run was due; by hand: of today.

    The date of the due time, not of the start: a run that begins late still belongs to its own night, and on the
    night of a clock change both 02:00 are one night.

    Raises:
        InvalidInput: there is no such time zone.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(f"time zone {timezone!r}: give a name such as UTC or Europe/Berlin") from error
    return (due or now or datetime.now(UTC)).astimezone(zone).date()


def seed_of_night(seed: int, night: date) -> int:
    """Root seed of a night: the date's digits, moved by the user's own seed."""
    return seed + int(night.strftime("%Y%m%d"))


def run_name(parameters: Mapping[str, Any], due: datetime | None) -> str:
    """Name of a run of generate-dataset: its seed, or for a night the date that is added to it."""
    name = f"generate-{parameters.get('dataset')}"
    if parameters.get("seed_by_night"):
        with suppress(InvalidInput):  # the flow itself says so
            return f"{name}-{night_of(due, str(parameters.get('timezone', 'UTC')))}"
    return f"{name}-seed{parameters.get('seed')}"


def is_missed(due: datetime | None, now: datetime | None = None) -> bool:
    """Whether the run waited so long (the machine was off) that a newer night has taken its place."""
    return due is not None and (now or datetime.now(UTC)) - due > MISSED_AFTER
