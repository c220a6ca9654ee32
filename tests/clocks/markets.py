"""The office hours that the tests count in: every market with a calendar, and some that no market has but the code must bear."""

from __future__ import annotations

import os
import time as machine_time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from candour.core.clocks import MIDNIGHT, BusinessCalendar
from candour.core.public_holidays import holiday_year
from candour.packs.calendars import business_calendar, shipped_calendars
from candour.packs.loader import load_market, shipped_markets

CALENDARS = {name: business_calendar(office) for name in shipped_markets() if (office := load_market(name).calendar)}
CALENDARS |= {name: business_calendar(file.calendar) for name, file in shipped_calendars().items() if name == file.id}

#: Offices at the ends of the world, in zones that jump at midnight, that jump by half an hour, and that left out a whole day.
ODD = {
    "line islands": BusinessCalendar.weekdays("Pacific/Kiritimati", ["09:00-17:00"]),
    "west of everything": BusinessCalendar.weekdays("Etc/GMT+12", ["09:00-17:00"]),
    "around the clock": BusinessCalendar.weekdays("Europe/Berlin", ["00:00-24:00"], "DE", range(7)),
    "at night": BusinessCalendar.weekdays("Europe/Berlin", ["22:00-24:00", "00:00-02:30", "02:30-06:00"], "DE", range(7)),
    "jumps at midnight": BusinessCalendar.weekdays("Asia/Beirut", ["00:00-24:00"], days=range(7)),
    "jumps by half an hour": BusinessCalendar.weekdays("Australia/Lord_Howe", ["01:45-02:15"], days=range(7)),
    "left out a day": BusinessCalendar.weekdays("Pacific/Apia", ["08:00-12:00", "11:00-16:00"], days=range(7)),
    "one hour a week": BusinessCalendar.weekdays("Africa/Casablanca", ["02:00-03:00"], days=[6]),
}
ALL = list(CALENDARS.values()) + list(ODD.values())

#: Zones with daylight saving, without, with odd offsets, and both ends of the calendar day.
ZONES = sorted(available_timezones() - {"localtime", "posixrules", "Factory"})
FAR = ("Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "UTC")

instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31, 23, 59), timezones=st.just(UTC))
near = st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))
calendars = st.sampled_from(ALL)
zones = st.sampled_from(ZONES)
minutes = st.integers(0, 3000)


def is_working(calendar: BusinessCalendar, at: datetime) -> bool:
    """Is the office open at an instant, read off the wall clock of the market?

    Written apart from the code under test: it asks the wall clock of one instant and never turns a local time into an instant.
    """
    local = at.astimezone(ZoneInfo(calendar.timezone))
    shown, day = local.time().replace(fold=0), local.date()
    if day in calendar.closed or day in holiday_year(calendar.country, calendar.subdivision, day.year).days:
        return False
    spans = [(opens, closes or time.max) for weekday, opens, closes in _of(calendar, day)]
    return any(opens <= shown < closes for opens, closes in spans)


def _of(calendar: BusinessCalendar, day: date) -> Iterator[tuple[int, time, time | None]]:
    for weekday, opens, closes in calendar.blocks:
        if weekday == day.weekday():
            yield weekday, opens, None if closes == MIDNIGHT else closes


def worked(calendar: BusinessCalendar, start: datetime, end: datetime) -> timedelta:
    """Open time between two whole minutes, counted one minute at a time."""
    count, at = 0, start
    while at < end:
        count += is_working(calendar, at)
        at += timedelta(minutes=1)
    return timedelta(minutes=count)


@contextmanager
def machine_in(zone: str) -> Iterator[None]:
    """This process as on a machine that stands in another zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    machine_time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        machine_time.tzset()
