"""Calendars of markets: shipped as data with their sources, refused when wrong, said aloud where holidays are not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from pydantic import ValidationError

from candour.core.clocks import MIDNIGHT, BusinessCalendar, add_business_minutes
from candour.core.public_holidays import Coverage, holiday_year, is_known_place
from candour.flows import office_hours
from candour.flows.office_hours import promise_of
from candour.packs.calendars import business_calendar, shipped_calendars
from candour.packs.loader import PackError, apply_overlay, load_market, shipped_markets
from candour.packs.schema import Calendar
from candour.project import clock_checks
from candour.web.hours_words import blocks, hours_line, weekdays
from tests import factories
from tests.flows import ground as g

from .markets import CALENDARS

if TYPE_CHECKING:
    from tests.flows.ground import Ground

GOOD = {"country": "DE", "timezone": "Europe/Berlin", "business_hours": ["09:00-18:00"]}
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def test_every_market_has_a_calendar_with_its_source() -> None:
    assert set(CALENDARS) >= {"de", "us", "eu", "fr", "uk", "ch", "jp", "br", "sa", "it", "es"}
    sources = [load_market(market).calendar.source for market in shipped_markets()]
    sources += [file.calendar.source for file in shipped_calendars().values()]
    assert all(len(source) > 20 for source in sources)


def test_a_market_that_has_rules_keeps_its_hours_there_alone() -> None:
    assert not set(shipped_calendars()) & set(shipped_markets())


@pytest.mark.parametrize("name", sorted(CALENDARS))
def test_every_year_in_use_is_known(name: str) -> None:
    calendar = CALENDARS[name]
    assert is_known_place(calendar.country, calendar.subdivision)
    for year in range(2024, 2036):
        known = holiday_year(calendar.country, calendar.subdivision, year)
        assert known.coverage in (Coverage.FULL, Coverage.ESTIMATED)
        assert len(known.days) >= 4


@pytest.mark.parametrize(
    ("place", "year", "coverage"),
    [
        (("DE", ""), 2026, Coverage.FULL),
        (("GB", "ENG"), 2100, Coverage.FULL),
        (("TR", ""), 2077, Coverage.ESTIMATED),
        (("DE", ""), 2101, Coverage.MISSING),
        (("JP", ""), 2100, Coverage.MISSING),
        (("IN", ""), 2036, Coverage.MISSING),
        (("ZZ", ""), 2026, Coverage.MISSING),
        (("", ""), 2026, Coverage.MISSING),
        (("GB", "XX"), 2026, Coverage.MISSING),
    ],
)
def test_what_is_known_of_a_year(place: tuple[str, str], year: int, coverage: Coverage) -> None:
    assert holiday_year(*place, year).coverage == coverage


def test_the_worst_year_on_the_way_counts() -> None:
    assert CALENDARS["de"].coverage(date(2100, 12, 30), date(2100, 12, 31)) == Coverage.FULL
    assert CALENDARS["de"].coverage(date(2100, 12, 30), date(2101, 1, 3)) == Coverage.MISSING


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"country": "ZZ"}, "public holidays of 'ZZ' are not known"),
        ({"country": "GB", "subdivision": "XX"}, "public holidays of 'GB-XX' are not known"),
        ({"timezone": "Europe/Atlantis"}, "is not a time zone"),
        ({"business_hours": ["09:00-24:30"]}, "is not a block of hours"),
        ({"business_hours": ["18:00-09:00"]}, "is not a block of hours"),
        ({"business_hours": []}, "at least 1 item"),
        ({"business_days": []}, "at least 1 item"),
        ({"business_days": ["someday"]}, "Input should be 'mon'"),
        ({"closed": ["2027-02-29"]}, "valid date"),
    ],
)
def test_a_wrong_calendar_is_refused_with_its_reason(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Calendar.model_validate(GOOD | wrong)
    assert why in str(refused.value)


def test_a_day_that_ends_at_24_00_and_days_in_any_order_are_taken() -> None:
    calendar = business_calendar(
        Calendar.model_validate(GOOD | {"business_hours": ["20:00-24:00", "00:00-04:00"], "business_days": ["fri", "mon"]})
    )
    assert [(day, opens.hour, closes == MIDNIGHT) for day, opens, closes in calendar.blocks] == [
        (4, 0, False), (4, 20, True), (0, 0, False), (0, 20, True)
    ]  # fmt: skip
    start = datetime(2026, 3, 6, 23, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert add_business_minutes(start.astimezone(UTC), 120, calendar) == datetime(2026, 3, 9, 1, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def test_a_company_closes_on_further_days_by_its_overlay() -> None:
    words = """
market = "de"
title = "Hollinqvist house rules"
[calendar]
country = "DE"
subdivision = "HE"
timezone = "Europe/Berlin"
business_hours = ["09:00-18:00"]
closed = [2026-12-24, 2026-12-31]
"""
    pack = apply_overlay(load_market("de"), words.encode())
    own, shipped = business_calendar(pack.calendar), CALENDARS["de"]
    assert own.is_closed(date(2026, 12, 24))
    assert not shipped.is_closed(date(2026, 12, 24))
    assert own.is_closed(date(2026, 6, 4)), "Corpus Christi is a holiday in Hesse"
    assert not shipped.is_closed(date(2026, 6, 4))
    with pytest.raises(PackError, match="not known"):
        apply_overlay(load_market("de"), words.replace('"HE"', '"XX"').encode())


# what is promised where


def test_a_market_promises_by_its_rules_else_by_its_calendar_else_by_plain_weekdays(ground: Ground) -> None:
    factories.market("nz", "New Zealand", "Pacific/Auckland")
    told = {market: promise_of(market, NOON) for market in ("de", "DE", "us", "fr", "GB", "sa", "nz", "xx")}
    assert {market: promise.hours.timezone for market, promise in told.items()} == {
        "de": "Europe/Berlin",
        "DE": "Europe/Berlin",
        "us": "America/New_York",
        "fr": "Europe/Paris",
        "GB": "Europe/London",
        "sa": "Asia/Riyadh",
        "nz": "Pacific/Auckland",
        "xx": "Europe/Berlin",
    }
    assert (told["de"].reply_minutes, told["us"].reply_minutes, told["sa"].reply_minutes) == (30, 60, office_hours.REPLY_MINUTES)
    assert [market for market, promise in told.items() if not promise.place] == ["nz", "xx"]


def test_a_review_is_due_in_the_same_hours_as_a_reply(ground: Ground) -> None:

    friday = datetime(2026, 5, 22, 15, 30, tzinfo=UTC)  # 17:30 in Berlin, before Whit Monday
    review = g.submitted(ground, now=friday)
    local = review.due_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert local.date() > date(2026, 5, 25)
    assert 9 <= local.hour <= 18


# in words


def line(promise: office_hours.Promise, start: datetime = NOON, days: int = 2) -> tuple[str, str]:
    told = hours_line(promise, start, start + timedelta(days=days))
    return told.words, told.warning


def test_the_calendar_is_named_in_words(ground: Ground) -> None:
    words, warning = line(promise_of("de", NOON))
    assert words == "First reply in office hours of Germany: Mon–Fri, 09:00–18:00, Europe/Berlin, without public holidays."
    assert warning == ""
    assert "Sun–Thu, 08:00–16:00, Asia/Riyadh" in line(promise_of("sa", NOON))[0]
    assert "Mon–Fri, 08:00–12:00, 13:00–17:30" in line(promise_of("ch", NOON))[0]
    with translation.override("de"):
        assert weekdays(CALENDARS["de"]) == "Mo.–Fr."


def test_a_year_whose_holidays_are_not_known_is_said_aloud(ground: Ground) -> None:
    assert "2101 in Germany are known" in line(promise_of("de", NOON), NOON.replace(year=2101))[1]
    assert "2100–2101" in line(promise_of("de", NOON), datetime(2100, 12, 30, tzinfo=UTC), 5)[1]
    assert "Nobody wrote office hours" in line(promise_of("xx", NOON))[1]
    guessed = office_hours.Promise(BusinessCalendar.weekdays("Europe/Istanbul", ["09:00-18:00"], "TR"), "Turkey")
    assert "2077 in Turkey are estimated" in line(guessed, NOON.replace(year=2077))[1]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (range(7), "Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
        ([6, 0, 1], "Sun–Tue"),
        ([5, 6], "Sat, Sun"),
        ([0, 2, 4], "Mon, Wed, Fri"),
        ([2], "Wed"),
    ],
)
def test_days_of_a_week_in_words(days: list[int], words: str) -> None:
    assert weekdays(BusinessCalendar.weekdays("UTC", ["09:00-24:00"], days=days)).replace(" and ", ", ") == words
    assert blocks(BusinessCalendar.weekdays("UTC", ["09:00-24:00"], days=days)) == "09:00–24:00"


def test_the_doctor_names_markets_whose_holidays_are_not_known(ground: Ground) -> None:
    assert clock_checks.holiday_fault() is None
    factories.market("fr", "France", "Europe/Paris")
    assert clock_checks.holiday_fault() is None
    factories.market("nz", "New Zealand", "Pacific/Auckland")
    assert "not known for NZ:" in (clock_checks.holiday_fault() or "")
