"""Clocks: awareness date (day 0), safety hand-over, service promise in business hours.

All instants are timezone-aware UTC; durations are minutes unless a name says otherwise. Nothing here reads the machine's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

#: GVP module VI, VI.B.1.1.4 and ICH E2D(R1) leave hours to the contract; 24 h is the usual term between a channel team and drug safety.
SAFETY_HANDOVER_HOURS = 24


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Public holidays of a country (ISO 3166 code) in one year; empty for a country the calendar library does not know."""
    if not country:
        return frozenset()
    try:
        return frozenset(holidays.country_holidays(country, years=year).keys())
    except NotImplementedError:  # the library's word for a country it does not know
        return frozenset()


@dataclass(frozen=True)
class BusinessCalendar:
    """Office hours of one market: local time blocks by weekday (0 Monday), its time zone and the country whose holidays close it."""

    timezone: str
    blocks: tuple[tuple[int, time, time], ...]
    country: str = ""

    @classmethod
    def weekdays(cls, timezone: str, spans: Iterable[str], country: str = "", days: Iterable[int] = range(5)) -> BusinessCalendar:
        """Calendar with the same `HH:MM-HH:MM` spans on each of `days`."""
        parsed = [tuple(time.fromisoformat(part) for part in span.split("-")) for span in spans]
        return cls(timezone, tuple((day, start, end) for day in days for start, end in parsed), country)

    def open_intervals(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open intervals in UTC, in order, from the one that contains or follows `start`."""
        zone, day = ZoneInfo(self.timezone), start.astimezone(ZoneInfo(self.timezone)).date() - timedelta(days=1)
        for _ in range(3700):  # ten years: a calendar without any open hour ends here instead of looping for ever
            if day not in public_holidays(self.country, day.year):
                for weekday, opens, closes in self.blocks:
                    if weekday == day.weekday():
                        begin = datetime.combine(day, opens, zone).astimezone(UTC)
                        end = datetime.combine(day, closes, zone).astimezone(UTC)
                        if end > start:
                            yield max(begin, start), end
            day += timedelta(days=1)


def add_business_minutes(start: datetime, minutes: int, calendar: BusinessCalendar) -> datetime:
    """Instant at which `minutes` of open time have passed since `start`.

    Raises ValueError when the calendar has no open hours, so that a promise is never silently endless.
    """
    left = timedelta(minutes=minutes)
    for begin, end in calendar.open_intervals(start):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    raise ValueError(f"The calendar for {calendar.country or calendar.timezone} has no open hours; set office hours in the market pack.")


@dataclass(frozen=True, slots=True)
class Awareness:
    """Day 0 of a case and how it came about; `late_by` is set when the hand-over time had already run out on hearing."""

    aware_at: datetime
    basis: str
    late_by: timedelta | None


def awareness(*, readable_at: datetime, heard_at: datetime, ours: bool, handover_hours: int = SAFETY_HANDOVER_HOURS) -> Awareness:
    """Awareness date: on an account under our responsibility when the post could first be read, elsewhere when we took it in.

    Source: GVP module VI, VI.B.1.1.4 and ICH E2D(R1), strict reading. A post dated after its hearing (a wrong clock at the source)
    counts from the hearing.
    """
    aware_at = min(readable_at, heard_at) if ours else heard_at
    late = heard_at - (aware_at + timedelta(hours=handover_hours))
    return Awareness(aware_at, "readable" if ours else "heard", late if late > timedelta() else None)


def safety_due(aware_at: datetime, hours: int = SAFETY_HANDOVER_HOURS) -> datetime:
    """When the hand-over to drug safety is due; wall-clock hours, since safety clocks know no office hours."""
    return aware_at + timedelta(hours=hours)
