"""Office hours of markets without a rule pack, and a pack's calendar as the business calendar that clocks count in."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from candour.core.clocks import BusinessCalendar
from candour.packs.loader import PackError, parse_file, read_toml
from candour.packs.schema import Calendar, CalendarFile

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def shipped_calendars() -> dict[str, CalendarFile]:
    """Every shipped calendar by its market's code and by its aliases, in lower case. Raises PackError."""
    answer: dict[str, CalendarFile] = {}
    for entry in sorted(files("candour.packs").joinpath("calendars").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            found = parse_file(CalendarFile, f"calendars/{entry.name}", read_toml(f"calendars/{entry.name}", entry.read_bytes()))
            if f"{found.id}.toml" != entry.name:
                raise PackError(f"calendars/{entry.name} calls itself '{found.id}': file name and id must be the same.")
            answer |= dict.fromkeys((found.id, *found.aliases), found)
    return answer


def business_calendar(calendar: Calendar) -> BusinessCalendar:
    """The calendar of a pack in the form that clocks count in."""
    return BusinessCalendar.weekdays(
        calendar.timezone,
        calendar.business_hours,
        calendar.country,
        [DAYS.index(day) for day in calendar.business_days],
        subdivision=calendar.subdivision,
        closed=calendar.closed,
    )
