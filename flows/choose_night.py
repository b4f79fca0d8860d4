"""Which night a scheduled run belongs to: its date is its seed, so a second run that night makes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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


def is_missed(due: datetime | None, now: datetime | None = None) -> bool:
    """Whether the run waited so long (the machine was off) that a newer night has taken its place."""
    return due is not None and (now or datetime.now(UTC)) - due > MISSED_AFTER
