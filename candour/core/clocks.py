"""Clocks: awareness date (day 0), safety hand-over, report days, service promise in business hours.

All instants are timezone-aware UTC; durations are minutes unless a name says otherwise. Nothing here reads the machine's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from candour.core.public_holidays import Coverage, holiday_year

#: GVP module VI, VI.B.1.1.4 and ICH E2D(R1) leave hours to the contract; 24 h is the usual term between a channel team and drug safety.
SAFETY_HANDOVER_HOURS = 24
MIDNIGHT = time(0)
_DAY = timedelta(days=1)


def instant_of(local: datetime, zone: tzinfo, *, second: bool = False) -> datetime:
    """The instant at which clocks in `zone` show `local` (without a zone), in UTC.

    An hour that exists twice: the first one, or the `second`. An hour that is left out: the moment the clocks jump over it.
    """
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    if early >= late:  # once, or twice: then fold 0 is the first
        return early if second else late
    return _jump(early, late, zone)  # left out: the jump lies between the two readings


def _jump(early: datetime, late: datetime, zone: tzinfo) -> datetime:
    """The second between two instants at which clocks in `zone` change to what they are at the later one."""
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


def exists(local: datetime, zone: tzinfo) -> bool:
    """Do clocks in `zone` ever show this local time? False in the hour left out when clocks go forward."""
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local


def is_twice(local: datetime, zone: tzinfo) -> bool:
    """Do clocks in `zone` show this local time twice, as in the hour repeated when clocks go back?"""
    return exists(local, zone) and instant_of(local, zone) != instant_of(local, zone, second=True)


def has_passed(since: datetime, span: timedelta, now: datetime, *, slack: timedelta = timedelta()) -> bool:
    """Is `since` at least `span` ago? A `since` that lies ahead by more than `slack` counts as long ago.

    It was written before the clock was set back; to wait until the clock has caught up would skip a deadline.
    """
    return now - since >= span or since - now > slack


def local_day(at: datetime, zone: str) -> date:
    """The day it is in a zone at an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def day_begins(day: date, zone: str) -> datetime:
    """The first instant of a local day, in UTC. A day ends at the first instant of the next one, which is no longer part of it."""
    return instant_of(datetime.combine(day, MIDNIGHT), ZoneInfo(zone))


def _stretches(day: date, zone: str) -> list[tuple[datetime, datetime, timedelta]]:
    """A local day in stretches without a change of clocks: from, to, and what clocks are ahead of UTC meanwhile."""
    begin, end, place = day_begins(day, zone), day_begins(day + _DAY, zone), ZoneInfo(zone)
    before, after = (at.astimezone(place).utcoffset() or timedelta() for at in (begin, end - timedelta(microseconds=1)))
    if before == after:
        return [(begin, end, before)]
    change = _jump(begin, end, place)
    return [(begin, change, before), (change, end, after)]


def _parsed(span: str) -> tuple[time, time]:
    opens, closes = span.split("-")
    return time.fromisoformat(opens), MIDNIGHT if closes == "24:00" else time.fromisoformat(closes)


@dataclass(frozen=True)
class BusinessCalendar:
    """Office hours of one market: local time blocks by weekday (0 Monday), its time zone, and what closes it.

    A block that closes at 00:00 lasts to the end of its day. `country` and `subdivision` name the public holidays, `closed` further days.
    """

    timezone: str
    blocks: tuple[tuple[int, time, time], ...]
    country: str = ""
    subdivision: str = ""
    closed: frozenset[date] = frozenset()

    @classmethod
    def weekdays(
        cls,
        timezone: str,
        spans: Iterable[str],
        country: str = "",
        days: Iterable[int] = range(5),
        *,
        subdivision: str = "",
        closed: Iterable[date] = (),
    ) -> BusinessCalendar:
        """Calendar with the same `HH:MM-HH:MM` spans on each of `days`; `24:00` ends a day."""
        parsed = sorted(_parsed(span) for span in spans)
        blocks = tuple((day, start, end) for day in days for start, end in parsed)
        return cls(timezone, blocks, country, subdivision, frozenset(closed))

    def is_closed(self, day: date) -> bool:
        """Closed all day, whatever the weekday: a public holiday or another day named closed."""
        return day in self.closed or day in holiday_year(self.country, self.subdivision, day.year).days

    def coverage(self, start: date, end: date) -> Coverage:
        """The worst that is known of the public holidays in the years from `start` to `end`."""
        years = {holiday_year(self.country, self.subdivision, year).coverage for year in range(start.year, end.year + 1)}
        return next((worst for worst in (Coverage.MISSING, Coverage.ESTIMATED) if worst in years), Coverage.FULL)

    def _open_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """When clocks of the market show a time within a block, on one day: twice in an hour that comes twice, never in one left out."""
        blocks = sorted((opens, closes) for weekday, opens, closes in self.blocks if weekday == day.weekday())
        for begin, end, offset in _stretches(day, self.timezone) if blocks else ():
            for opens, closes in blocks:
                first = datetime.combine(day, opens, UTC) - offset
                last = datetime.combine(day + _DAY if closes == MIDNIGHT else day, closes, UTC) - offset
                yield max(first, begin), min(last, end)

    def open_intervals(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open intervals in UTC, in order and apart, from the one that contains or follows `start`."""
        reached, day = start, local_day(start, self.timezone) - _DAY
        for _ in range(3700):  # ten years: a calendar without any open hour ends here instead of looping for ever
            if not self.is_closed(day):
                for begin, end in self._open_on(day):
                    if end > max(begin, reached):  # blocks that overlap count once, one in an hour left out not at all
                        yield max(begin, reached), end
                        reached = end
            day += _DAY


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


@dataclass(frozen=True, slots=True)
class ReportDay:
    """The last calendar day of a report, the zone whose day it is, and the instant at which it is over."""

    day: date
    zone: str
    ends_at: datetime


def report_day(aware_at: datetime, days: int, zones: Iterable[str]) -> ReportDay:
    """The last day for a report owed within `days` calendar days, where day 0 is the local day of awareness.

    Of several places (the account's market, the people who report) the one whose last day is over first: the strict reading where they
    are far apart. Weekends and holidays count. Source: GVP module VI, VI.B.7; 21 CFR 314.80(c)(1).
    """
    lasts = ((local_day(aware_at, zone) + timedelta(days=days), zone) for zone in sorted(set(zones)))
    return min((ReportDay(last, zone, day_begins(last + _DAY, zone)) for last, zone in lasts), key=lambda found: found.ends_at)
