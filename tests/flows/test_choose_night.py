"""Which night a scheduled run belongs to, over clock changes and late starts."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from prefect.client.schemas.schedules import CronSchedule
from prefect.server.schemas.schedules import CronSchedule as ServerCron

from data_lake.errors import InvalidInput
from flows.choose_night import is_missed, night_of, run_name, seed_of_night

BERLIN = "Europe/Berlin"


def test_a_night_is_named_by_the_time_zone_of_the_schedule() -> None:
    due = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert night_of(due, "UTC") == date(2026, 11, 23)
    assert night_of(due, BERLIN) == date(2026, 11, 24)
    assert night_of(None, "UTC", now=due) == date(2026, 11, 23)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"'Mars/Olympus'.*Europe/Berlin"):
        night_of(None, "Mars/Olympus")


def test_each_night_has_a_seed_of_its_own_and_a_late_start_keeps_it() -> None:
    due = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert seed_of_night(0, night_of(due, "UTC")) == 20261124
    assert seed_of_night(7, night_of(due, "UTC", now=due + timedelta(hours=30))) == 20261131
    seeds = {seed_of_night(0, night_of(due + timedelta(days=days), "UTC")) for days in range(800)}
    assert len(seeds) == 800


def test_a_night_is_missed_when_the_next_one_is_near() -> None:
    due = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert not is_missed(due, due + timedelta(hours=6))
    assert is_missed(due, due + timedelta(hours=23))
    assert not is_missed(None)


@pytest.mark.parametrize("start", [datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)])
def test_over_a_clock_change_every_date_has_one_seed(start: datetime) -> None:
    """02:00 does not exist on one night of a year and comes twice on another; a seed must do neither."""
    schedule = CronSchedule(cron="0 2 * * *", timezone=BERLIN)
    cron = ServerCron(**schedule.model_dump())
    times = asyncio.run(cron.get_dates(n=6, start=start.astimezone(ZoneInfo(BERLIN))))
    seeds = [seed_of_night(0, night_of(time, BERLIN)) for time in times]
    first = times[0].astimezone(ZoneInfo(BERLIN)).date()
    expected = {seed_of_night(0, first + timedelta(days=days)) for days in range(6)}
    assert expected - {*seeds} <= {max(expected)}


def test_nights_have_names_that_tell_them_apart() -> None:
    due = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    night = {"dataset": "ward", "seed": 4, "seed_by_night": True, "timezone": "Europe/Berlin"}
    assert run_name(night, due) == "generate-ward-2026-11-24"
    assert run_name({**night, "timezone": "nowhere"}, due) == "generate-ward-seed4"
    assert run_name({**night, "seed_by_night": False}, due) == "generate-ward-seed4"
