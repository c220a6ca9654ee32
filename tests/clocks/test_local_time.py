"""Local times in every zone of the world: an hour that exists twice or not at all, the first instant of a day, a time somebody types."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.core.clocks import day_begins, exists, has_passed, instant_of, is_twice, local_day
from candour.flows.answers import Refusal
from candour.web.typed_time import typed_instant

from .markets import FAR, machine_in, near, zones

walls = st.datetimes(datetime(2000, 1, 1), datetime(2100, 12, 31))
days = st.dates(date(2012, 1, 1), date(2100, 12, 31))
#: Until 2011 clocks in Newfoundland went back a minute after midnight, so that a day came, went and came again.
late_enough = st.datetimes(datetime(2012, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))


@given(walls, zones)
@settings(max_examples=400, deadline=None)
def test_a_local_time_is_shown_at_its_instant_or_jumped_over(wall: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    first, second = instant_of(wall, zone), instant_of(wall, zone, second=True)
    assert first <= second
    if exists(wall, zone):
        assert {at.astimezone(zone).replace(tzinfo=None) for at in (first, second)} == {wall}
        assert is_twice(wall, zone) == (first < second)
    else:
        assert first == second, "a time that never is has one moment: that of the jump"
        assert (first - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None) < wall < first.astimezone(zone).replace(tzinfo=None)


@given(late_enough, zones)
@settings(max_examples=300, deadline=None)
def test_every_instant_lies_in_its_own_day_and_in_no_other(at: datetime, name: str) -> None:
    day = local_day(at, name)
    assert day_begins(day, name) <= at < day_begins(day + timedelta(days=1), name)


@given(days, zones)
@settings(max_examples=300, deadline=None)
def test_days_follow_each_other_without_a_gap(day: date, name: str) -> None:
    begins, ends = day_begins(day, name), day_begins(day + timedelta(days=1), name)
    assert timedelta() <= ends - begins <= timedelta(hours=49)
    if begins < ends:  # else the day was left out, as 30 December 2011 in Samoa
        assert local_day(begins, name) == day
        assert local_day(begins - timedelta(seconds=1), name) < day


def test_a_day_that_a_zone_left_out_has_no_length() -> None:
    left_out = date(2011, 12, 30)
    assert day_begins(left_out, "Pacific/Apia") == day_begins(left_out + timedelta(days=1), "Pacific/Apia")


def test_a_day_begins_late_where_clocks_jump_at_midnight() -> None:
    assert day_begins(date(2026, 3, 29), "Asia/Beirut") == datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    assert day_begins(date(2026, 3, 29), "Asia/Beirut").astimezone(ZoneInfo("Asia/Beirut")).hour == 1


@given(near, st.timedeltas(timedelta(), timedelta(days=2)), st.timedeltas(timedelta(seconds=1), timedelta(days=1)))
def test_what_was_due_before_the_clock_was_set_back_is_due(now: datetime, jump: timedelta, span: timedelta) -> None:
    assert has_passed(now - span, span, now)
    assert not has_passed(now, span, now)
    assert has_passed(now + jump, span, now, slack=timedelta(seconds=30)) == (jump > timedelta(seconds=30))


# typed by a person


@given(near, st.sampled_from(FAR), st.sampled_from(FAR))
@settings(max_examples=150, deadline=None)
def test_what_is_typed_is_the_instant_its_reader_means(at: datetime, zone: str, machine: str) -> None:
    at = at.replace(second=0, microsecond=0)
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    with machine_in(machine), timezone.override(ZoneInfo(zone)):
        if is_twice(wall, ZoneInfo(zone)):
            with pytest.raises(Refusal):
                typed_instant(wall.isoformat(timespec="minutes"))
        else:
            assert typed_instant(wall.isoformat(timespec="minutes")) == at


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("2026-03-29T02:30", "02:30 is left out on that day in Europe/Berlin"),
        ("2026-10-25T02:30", "02:30 comes twice on that day in Europe/Berlin"),
        ("2026-02-29T12:00", "That is no time"),
        ("0001-01-01T00:00", "That is no time"),
        ("9999-12-31T23:59-12:00", "That is no time"),
        ("tomorrow", "That is no time"),
    ],
)
def test_a_time_that_is_none_or_two_is_refused_with_its_reason(words: str, why: str) -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")), pytest.raises(Refusal) as refused:
        typed_instant(words)
    assert (why in refused.value.why, refused.value.status, bool(refused.value.remedy)) == (True, 400, True)


def test_a_typed_time_with_its_own_zone_and_29_february_are_taken_as_they_are() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert typed_instant("2026-10-25T02:30+01:00") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert typed_instant("2028-02-29T12:00") == datetime(2028, 2, 29, 11, 0, tzinfo=UTC)
        assert typed_instant("  ") is None
