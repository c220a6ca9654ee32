"""Promises in office hours: exact to the minute in every market, over every night, weekend, holiday and change of clocks of a century."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.core.clocks import BusinessCalendar, add_business_minutes
from candour.core.public_holidays import holiday_year

from .markets import CALENDARS, ODD, calendars, instants, is_working, machine_in, minutes, near, worked

MINUTE = timedelta(minutes=1)


def local(zone: str, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@given(instants, st.integers(0, 600), calendars)
@settings(max_examples=250, deadline=None)
def test_exactly_the_promised_minutes_are_worked(start: datetime, promised: int, calendar: BusinessCalendar) -> None:
    start = start.replace(second=0, microsecond=0)
    due = add_business_minutes(start, promised, calendar)
    assert due >= start, "no deadline lies before its start"
    assert worked(calendar, start, due) == timedelta(minutes=promised)


@given(instants, minutes, calendars)
@settings(max_examples=300, deadline=None)
def test_nothing_is_due_on_a_weekend_a_holiday_or_at_night(start: datetime, promised: int, calendar: BusinessCalendar) -> None:
    due = add_business_minutes(start, promised, calendar)
    # Due at the end of a block is due at the last moment before it closes; in the hour that is left out the clock shows the next one.
    assert is_working(calendar, due) or is_working(calendar, due - timedelta(microseconds=1))


@given(instants, minutes, minutes, st.integers(0, 500_000), calendars)
@settings(max_examples=200, deadline=None)
def test_more_time_or_a_later_start_is_never_due_earlier(
    start: datetime, some: int, more: int, later: int, calendar: BusinessCalendar
) -> None:
    due = add_business_minutes(start, some, calendar)
    assert add_business_minutes(start, some + more, calendar) >= due
    assert add_business_minutes(start + timedelta(seconds=later), some, calendar) >= due


@given(instants, minutes, minutes, calendars)
@settings(max_examples=150, deadline=None)
def test_two_promises_in_a_row_are_one(start: datetime, some: int, more: int, calendar: BusinessCalendar) -> None:
    first = add_business_minutes(start, some, calendar)
    assert add_business_minutes(first, more, calendar) == add_business_minutes(start, some + more, calendar)


@given(instants, minutes, calendars, st.sets(st.integers(-3, 40), max_size=6))
@settings(max_examples=200, deadline=None)
def test_another_closed_day_never_makes_it_due_earlier(start: datetime, promised: int, calendar: BusinessCalendar, days: set[int]) -> None:
    closed = calendar.closed | {start.date() + timedelta(days=day) for day in days}
    fewer = BusinessCalendar(calendar.timezone, calendar.blocks, calendar.country, calendar.subdivision, frozenset(closed))
    due = add_business_minutes(start, promised, fewer)
    assert due >= add_business_minutes(start, promised, calendar)
    assert is_working(fewer, due) or is_working(fewer, due - timedelta(microseconds=1))


@given(near, minutes, calendars, st.sampled_from(["Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu", "America/St_Johns"]))
@settings(max_examples=100, deadline=None)
def test_the_zone_of_the_machine_and_of_the_instant_change_nothing(
    start: datetime, promised: int, calendar: BusinessCalendar, zone: str
) -> None:
    due = add_business_minutes(start, promised, calendar)
    with machine_in(zone):
        assert add_business_minutes(start, promised, calendar) == due
    assert add_business_minutes(start.astimezone(ZoneInfo(zone)), promised, calendar) == due


@given(instants, calendars)
@settings(max_examples=100, deadline=None)
def test_open_intervals_are_in_order_apart_and_not_empty(start: datetime, calendar: BusinessCalendar) -> None:
    reached = start
    for _number, (begin, end) in zip(range(12), calendar.open_intervals(start), strict=False):
        assert reached <= begin < end
        reached = end


DE, UK, FR, US, CH, JP, BR, SA = (CALENDARS[name] for name in ("de", "uk", "fr", "us", "ch", "jp", "br", "sa"))


@pytest.mark.parametrize(
    ("calendar", "start", "promised", "due"),
    [
        pytest.param(DE, (2026, 10, 2, 17, 30), 60, (2026, 10, 5, 9, 30), id="de: Unity Day on a Saturday"),
        pytest.param(DE, (2026, 5, 13, 17, 0), 120, (2026, 5, 15, 10, 0), id="de: Ascension Day"),
        pytest.param(UK, (2026, 12, 24, 17, 0), 60, (2026, 12, 29, 9, 30), id="uk: Boxing Day on a Saturday has a substitute"),
        pytest.param(UK, (2026, 8, 28, 17, 0), 60, (2026, 9, 1, 9, 30), id="uk: summer bank holiday"),
        pytest.param(UK, (2027, 12, 24, 17, 0), 60, (2027, 12, 29, 9, 30), id="uk: Christmas on a Saturday gives two substitutes"),
        pytest.param(FR, (2026, 7, 13, 17, 30), 60, (2026, 7, 15, 9, 30), id="fr: 14 July"),
        pytest.param(FR, (2026, 4, 3, 17, 30), 60, (2026, 4, 7, 9, 30), id="fr: works on Good Friday, not on Easter Monday"),
        pytest.param(CALENDARS["it"], (2026, 6, 1, 17, 30), 60, (2026, 6, 3, 9, 30), id="it: Republic Day"),
        pytest.param(CALENDARS["es"], (2026, 10, 9, 17, 30), 60, (2026, 10, 13, 9, 30), id="es: 12 October"),
        pytest.param(US, (2026, 7, 2, 17, 30), 60, (2026, 7, 6, 9, 30), id="us: 4 July on a Saturday is kept on Friday"),
        pytest.param(US, (2026, 11, 25, 17, 30), 60, (2026, 11, 27, 9, 30), id="us: Thanksgiving"),
        pytest.param(CH, (2028, 7, 31, 17, 0), 60, (2028, 8, 2, 8, 30), id="ch: 1 August"),
        pytest.param(CH, (2026, 3, 4, 11, 30), 60, (2026, 3, 4, 13, 30), id="ch: over the noon break"),
        pytest.param(JP, (2026, 5, 1, 17, 30), 60, (2026, 5, 7, 9, 30), id="jp: Golden Week with a substitute day"),
        pytest.param(BR, (2026, 11, 19, 17, 30), 60, (2026, 11, 23, 9, 30), id="br: 20 November"),
        pytest.param(SA, (2026, 9, 10, 15, 30), 60, (2026, 9, 13, 8, 30), id="sa: from Thursday to Sunday"),
        pytest.param(SA, (2026, 9, 22, 15, 30), 60, (2026, 9, 24, 8, 30), id="sa: National Day"),
        pytest.param(DE, (2028, 2, 28, 17, 30), 60, (2028, 2, 29, 9, 30), id="29 February is a working day"),
        pytest.param(DE, (2027, 2, 26, 17, 30), 60, (2027, 3, 1, 9, 30), id="the end of February in a common year"),
        pytest.param(DE, (2026, 12, 31, 17, 30), 60, (2027, 1, 4, 9, 30), id="the end of a year"),
    ],
)
def test_known_deadlines(calendar: BusinessCalendar, start: tuple[int, ...], promised: int, due: tuple[int, ...]) -> None:
    assert add_business_minutes(local(calendar.timezone, *start), promised, calendar) == local(calendar.timezone, *due)


@pytest.mark.parametrize(
    ("calendar", "start", "promised", "due"),
    [
        pytest.param(ODD["around the clock"], (2026, 3, 29, 1, 0), 120, (2026, 3, 29, 4, 0), id="the hour left out is not worked"),
        pytest.param(ODD["around the clock"], (2026, 10, 25, 1, 0), 180, (2026, 10, 25, 3, 0), id="the hour repeated is worked twice"),
        pytest.param(ODD["at night"], (2026, 3, 28, 23, 0), 180, (2026, 3, 29, 3, 0), id="a block that ends in the hour left out"),
        pytest.param(ODD["at night"], (2026, 10, 25, 0, 0), 420, (2026, 10, 25, 6, 0), id="two blocks that meet in the hour repeated"),
        pytest.param(ODD["left out a day"], (2011, 12, 29, 15, 0), 120, (2011, 12, 31, 9, 0), id="a day that never was"),
        pytest.param(ODD["left out a day"], (2026, 6, 1, 10, 0), 180, (2026, 6, 1, 13, 0), id="blocks that overlap count once"),
        pytest.param(
            ODD["jumps by half an hour"], (2026, 4, 5, 1, 50), 30, (2026, 4, 5, 2, 5), id="a jump back out of a block and in again"
        ),
        pytest.param(ODD["jumps by half an hour"], (2026, 10, 3, 2, 10), 25, (2026, 10, 5, 1, 50), id="a jump of half an hour"),
    ],
)
def test_the_days_on_which_clocks_change(calendar: BusinessCalendar, start: tuple[int, ...], promised: int, due: tuple[int, ...]) -> None:
    assert add_business_minutes(local(calendar.timezone, *start), promised, calendar) == local(calendar.timezone, *due)


def test_the_second_of_two_equal_hours_is_told_apart_from_the_first() -> None:
    night = ODD["around the clock"]
    first, second = (local("Europe/Berlin", 2026, 10, 25, 2, 30, fold=fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
    assert add_business_minutes(first, 60, night) == second


@pytest.mark.parametrize("name", sorted(CALENDARS))
def test_no_year_of_the_century_raises_and_none_is_without_an_open_day(name: str) -> None:
    calendar = CALENDARS[name]
    for year in range(2000, 2101):
        for day in (date(year, 1, 1), date(year, 2, 28) + timedelta(days=1), date(year, 12, 31)):
            due = add_business_minutes(datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC), 60, calendar)
            assert timedelta() < due - datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC) < timedelta(days=16)


def test_a_year_after_the_last_known_holiday_still_has_deadlines() -> None:
    assert not holiday_year("DE", "", 2101).days
    assert add_business_minutes(datetime(2101, 1, 1, 9, tzinfo=UTC), 60, DE) == local("Europe/Berlin", 2101, 1, 3, 10, 0)
