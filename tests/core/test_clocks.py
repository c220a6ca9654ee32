"""Clocks over nights, weekends, holidays and the two nights of the year that are an hour longer or shorter."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.core.clocks import BusinessCalendar, add_business_minutes, awareness, safety_due
from candour.core.public_holidays import Coverage, holiday_year

BERLIN, NEW_YORK, TOKYO, KOLKATA = "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata"
CALENDARS = [
    BusinessCalendar.weekdays(BERLIN, ["09:00-17:00"], "DE"),
    BusinessCalendar.weekdays(NEW_YORK, ["08:30-12:00", "13:00-17:30"], "US"),
    BusinessCalendar.weekdays(TOKYO, ["09:00-18:00"], "JP"),
    BusinessCalendar.weekdays(KOLKATA, ["10:00-19:00"], "IN", days=range(6)),
    BusinessCalendar.weekdays("Asia/Riyadh", ["08:00-16:00"], "SA", days=[6, 0, 1, 2, 3]),
]
instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))
minutes = st.integers(0, 6000)
calendars = st.sampled_from(CALENDARS)


def open_minutes(calendar: BusinessCalendar, start: datetime, end: datetime) -> timedelta:
    """Open time between two instants, counted the slow way: day by day on the wall clock of the market."""
    zone, total = ZoneInfo(calendar.timezone), timedelta()
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        if day not in holiday_year(calendar.country, "", day.year).days:
            for weekday, opens, closes in calendar.blocks:
                if weekday == day.weekday():
                    begin = max(start, datetime.combine(day, opens, zone).astimezone(UTC))
                    total += max(timedelta(), min(end, datetime.combine(day, closes, zone).astimezone(UTC)) - begin)
        day += timedelta(days=1)
    return total


def is_open(calendar: BusinessCalendar, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(calendar.timezone))
    if local.date() in holiday_year(calendar.country, "", local.year).days:
        return False
    return any(day == local.weekday() and opens <= local.time() <= closes for day, opens, closes in calendar.blocks)


@given(instants, minutes, calendars)
@settings(max_examples=150, deadline=None)
def test_exactly_the_promised_open_time_passes(start: datetime, promised: int, calendar: BusinessCalendar) -> None:
    due = add_business_minutes(start, promised, calendar)
    assert due >= start
    assert open_minutes(calendar, start, due) == timedelta(minutes=promised)
    assert is_open(calendar, due)


@given(instants, minutes, minutes, calendars)
@settings(max_examples=80, deadline=None)
def test_a_longer_promise_or_a_later_start_is_never_due_earlier(start: datetime, some: int, more: int, calendar: BusinessCalendar) -> None:
    due = add_business_minutes(start, some, calendar)
    assert add_business_minutes(start, some + more, calendar) >= due
    assert add_business_minutes(start + timedelta(minutes=more), some, calendar) >= due


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "promised", "due"),
    [
        pytest.param((2026, 3, 4, 10, 0), 60, (2026, 3, 4, 11, 0), id="within the day"),
        pytest.param((2026, 3, 4, 16, 30), 60, (2026, 3, 5, 9, 30), id="over night"),
        pytest.param((2026, 3, 6, 16, 30), 60, (2026, 3, 9, 9, 30), id="over the weekend"),
        pytest.param((2026, 3, 7, 12, 0), 60, (2026, 3, 9, 10, 0), id="born on a Saturday"),
        pytest.param((2026, 4, 2, 16, 30), 60, (2026, 4, 7, 9, 30), id="over Good Friday and Easter Monday"),
        pytest.param((2026, 12, 24, 16, 0), 120, (2026, 12, 28, 10, 0), id="over Christmas"),
        pytest.param((2026, 3, 27, 16, 0), 120, (2026, 3, 30, 10, 0), id="over the night that has 23 hours"),
        pytest.param((2026, 10, 23, 16, 0), 120, (2026, 10, 26, 10, 0), id="over the night that has 25 hours"),
        pytest.param((2026, 3, 4, 16, 0), 60, (2026, 3, 4, 17, 0), id="due at the very end of the day"),
    ],
)
def test_german_office_hours(start: tuple[int, ...], promised: int, due: tuple[int, ...]) -> None:
    answer = add_business_minutes(local(BERLIN, *start).astimezone(UTC), promised, CALENDARS[0])
    assert answer == local(BERLIN, *due)
    assert answer.tzinfo == UTC


def test_office_hours_across_the_hour_that_is_left_out() -> None:
    calendar = BusinessCalendar.weekdays(BERLIN, ["00:00-06:00"], days=[6])
    start = local(BERLIN, 2026, 3, 29, 0, 0).astimezone(UTC)  # 02:00 does not exist that night: five open hours, not six
    assert add_business_minutes(start, 300, calendar) == local(BERLIN, 2026, 3, 29, 6, 0)


def test_a_calendar_without_open_hours_is_an_error_and_not_a_promise() -> None:
    with pytest.raises(ValueError, match="set office hours"):
        add_business_minutes(datetime(2026, 3, 4, tzinfo=UTC), 1, BusinessCalendar(BERLIN, (), "DE"))


def test_an_unknown_country_has_no_holidays() -> None:
    for place in ("ZZ", ""):
        assert (holiday_year(place, "", 2026).days, holiday_year(place, "", 2026).coverage) == (frozenset(), Coverage.MISSING)
    assert date(2026, 10, 3) in holiday_year("DE", "", 2026).days


def test_blocks_are_made_for_each_day() -> None:
    calendar = BusinessCalendar.weekdays(BERLIN, ["09:00-12:00", "13:00-17:00"], days=[0, 2])
    assert calendar.blocks == ((0, time(9), time(12)), (0, time(13), time(17)), (2, time(9), time(12)), (2, time(13), time(17)))


# --- Awareness -----------------------------------------------------------------------------------------------------------------------


@given(instants, instants, st.integers(1, 72))
def test_on_our_own_account_day_0_is_when_the_post_could_be_read(readable: datetime, heard: datetime, hours: int) -> None:
    answer = awareness(readable_at=readable, heard_at=heard, ours=True, handover_hours=hours)
    assert (answer.aware_at, answer.basis) == (min(readable, heard), "readable")
    late = heard - readable - timedelta(hours=hours)
    assert answer.late_by == (late if late > timedelta() else None)


@given(instants, instants)
def test_elsewhere_day_0_is_when_we_took_it_in_and_is_never_late(readable: datetime, heard: datetime) -> None:
    answer = awareness(readable_at=readable, heard_at=heard, ours=False)
    assert (answer.aware_at, answer.basis, answer.late_by) == (heard, "heard", None)


def test_a_post_heard_after_nine_days_is_born_late() -> None:
    readable = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    answer = awareness(readable_at=readable, heard_at=readable + timedelta(days=9), ours=True)
    assert answer.late_by == timedelta(days=8)


def test_safety_hours_are_wall_clock_hours_also_over_a_weekend_and_a_change_of_clocks() -> None:
    aware = local(BERLIN, 2026, 3, 28, 20, 0).astimezone(UTC)
    assert safety_due(aware) - aware == timedelta(hours=24)
    assert safety_due(aware, 8) == aware + timedelta(hours=8)
