"""Awareness dates: day 0 and what is counted from it, from the first to the last zone of the earth."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candour.cases.models import Case, Duty
from candour.channels.base import Page
from candour.core.clocks import awareness, day_begins, local_day, report_day, safety_due
from candour.flows import hand_over, office_hours, receive
from candour.journal.acting import acting
from candour.packs.loader import load_market
from candour.packs.schema import Clocks
from tests import factories
from tests.flows import ground as g

from .markets import FAR, instants, machine_in, near, zones

if TYPE_CHECKING:
    from tests.flows.ground import Ground

NOW = g.NOW
spans = st.timedeltas(timedelta(), timedelta(days=400))
hours = st.integers(1, 96)
report_days = st.sampled_from([7, 10, 15, 30, 90])


@given(instants, spans, st.booleans(), hours)
def test_day_0_is_never_after_the_hearing_and_says_exactly_how_late_it_is(at: datetime, gap: timedelta, ours: bool, limit: int) -> None:
    born = awareness(readable_at=at, heard_at=at + gap, ours=ours, handover_hours=limit)
    assert born.aware_at == (at if ours else at + gap)
    due = safety_due(born.aware_at, limit)
    assert due - born.aware_at == timedelta(hours=limit), "wall-clock hours, whatever clocks and calendars do"
    assert born.late_by == (at + gap - due if at + gap > due else None)


@given(instants, spans, st.booleans())
def test_a_post_that_says_it_was_written_later_counts_from_its_hearing(at: datetime, ahead: timedelta, ours: bool) -> None:
    assert awareness(readable_at=at + ahead, heard_at=at, ours=ours).aware_at == at


@given(near, st.sampled_from(FAR), st.sampled_from(FAR))
@settings(deadline=None)
def test_the_zone_of_the_machine_changes_neither_day_0_nor_what_is_due(at: datetime, zone: str, machine: str) -> None:
    answer = report_day(at, 15, [zone])
    with machine_in(machine):
        assert report_day(at, 15, [zone]) == answer
        assert safety_due(at) == at + timedelta(hours=24)


@given(instants, report_days, st.sets(zones, min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_the_last_day_is_the_one_that_is_over_first(at: datetime, days: int, places: set[str]) -> None:
    last = report_day(at, days, places)
    assert last.zone in places
    assert last.day == local_day(at, last.zone) + timedelta(days=days)
    assert last.ends_at == min(day_begins(local_day(at, zone) + timedelta(days=days + 1), zone) for zone in places)
    assert timedelta(days=days) - timedelta(hours=26) < last.ends_at - at <= timedelta(days=days + 1, hours=26)


@given(instants, report_days, zones, st.timedeltas(timedelta(), timedelta(days=40)))
@settings(max_examples=150, deadline=None)
def test_a_later_awareness_or_a_longer_term_never_ends_earlier(at: datetime, days: int, zone: str, later: timedelta) -> None:
    last = report_day(at, days, [zone])
    assert report_day(at + later, days, [zone]).ends_at >= last.ends_at
    assert report_day(at, days + 1, [zone]).ends_at >= last.ends_at


@pytest.mark.parametrize(
    ("at", "places", "day", "zone"),
    [
        pytest.param(datetime(2026, 1, 1, 22, 59, tzinfo=UTC), ["Europe/Berlin"], date(2026, 1, 16), "Europe/Berlin", id="23:59"),
        pytest.param(datetime(2026, 1, 1, 23, 0, tzinfo=UTC), ["Europe/Berlin"], date(2026, 1, 17), "Europe/Berlin", id="midnight"),
        pytest.param(
            datetime(2026, 1, 1, 11, 0, tzinfo=UTC),
            ["Pacific/Kiritimati", "Europe/Berlin"],
            date(2026, 1, 16),
            "Europe/Berlin",
            id="already 2 January on the Line Islands, still 1 January at drug safety in Berlin",
        ),
        pytest.param(
            datetime(2026, 1, 1, 9, 0, tzinfo=UTC),
            ["Pacific/Kiritimati", "Europe/Berlin"],
            date(2026, 1, 16),
            "Pacific/Kiritimati",
            id="the same day in both: it is over first in the east",
        ),
        pytest.param(
            datetime(2026, 1, 2, 3, 0, tzinfo=UTC), ["Etc/GMT+12", "Europe/Berlin"], date(2026, 1, 16), "Etc/GMT+12", id="in the west"
        ),
        pytest.param(datetime(2028, 2, 14, 12, 0, tzinfo=UTC), ["UTC"], date(2028, 2, 29), "UTC", id="29 February"),
        pytest.param(datetime(2027, 2, 14, 12, 0, tzinfo=UTC), ["UTC"], date(2027, 3, 1), "UTC", id="no 29 February"),
        pytest.param(datetime(2026, 12, 24, 12, 0, tzinfo=UTC), ["Europe/Berlin"], date(2027, 1, 8), "Europe/Berlin", id="holidays count"),
    ],
)  # fmt: skip
def test_day_15(at: datetime, places: list[str], day: date, zone: str) -> None:
    last = report_day(at, 15, places)
    assert (last.day, last.zone) == (day, zone)
    assert last.ends_at == datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(days=1)


# through the flows


@pytest.mark.parametrize("offset", [14, 1, 0, -12])
def test_the_same_instant_is_day_0_whatever_zone_the_source_writes_it_in(ground: Ground, offset: int) -> None:
    at = (NOW - timedelta(hours=5)).astimezone(ZoneInfo(f"Etc/GMT{-offset:+d}" if offset else "UTC"))
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=at))
    assert (case.aware_at, case.safety_due_at, case.born_late) == (NOW - timedelta(hours=5), NOW + timedelta(hours=19), "")


def test_an_earlier_post_that_a_gap_brings_in_moves_day_0_back(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=NOW - timedelta(hours=1)))
    early = NOW - timedelta(days=9)
    g.hear(ground, g.heard(f"{g.HEADACHE} Und Ausschlag.", "b", at=early), now=NOW + timedelta(hours=1))
    case = Case.objects.get(pk=case.pk)
    assert (case.aware_at, case.safety_due_at) == (early, early + timedelta(hours=24))
    assert int(case.born_late) == 8 * 24 * 60 + 60
    assert set(Duty.objects.filter(case=case, kind="AE").values_list("due_at", flat=True)) == {case.safety_due_at}


def test_what_comes_in_late_after_the_hand_over_starts_a_new_clock_and_leaves_day_0(ground: Ground) -> None:
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=NOW - timedelta(hours=1)))
    hand_over.hand_over(ground.community, case, "AE", case.version, NOW)
    g.hear(ground, g.heard(f"{g.HEADACHE} Und Ausschlag.", "b", at=NOW - timedelta(hours=2)), now=NOW + timedelta(hours=1))
    case = Case.objects.get(pk=case.pk)
    assert (case.aware_at, case.safety_due_at, case.safety_met_at) == (NOW - timedelta(hours=1), NOW + timedelta(hours=22), None)


def test_the_hours_to_the_hand_over_are_those_of_the_market_in_force(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = Clocks(service_first_reply_minutes=30, safety_handover_hours=8)
    pack = replace(load_market("de"), clocks=strict)
    monkeypatch.setattr(office_hours, "active_pack", lambda _market, _at: pack)
    at = NOW - timedelta(hours=9)
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=at))
    assert (case.safety_due_at, case.born_late) == (at + timedelta(hours=8), "60")


def test_what_is_handed_over_names_the_day_and_its_zone(ground: Ground) -> None:
    just_past_midnight = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)  # 10 March, 00:30 in Berlin
    (case,) = g.hear(ground, g.heard(g.HEADACHE, "a", at=just_past_midnight))
    duty = Duty.objects.get(case=case, kind="AE")
    told = hand_over.report_of(case, duty, ground.community, NOW)
    assert told["day0"] == {"date": "2026-03-10", "zone": "Europe/Berlin"}
    assert datetime.fromisoformat(str(told["aware_at"])) == just_past_midnight


def test_an_account_at_the_end_of_the_day_counts_in_its_own_office_hours(ground: Ground) -> None:
    factories.market("ki", "Kiribati", "Pacific/Kiritimati")
    account = factories.account("newsroom-ki", handle="hollinqvist.ki", market_code="ki")
    source = factories.source("ki", of=account)
    with acting(ground.lead, "test"):
        source.market = "ki"
        source.save()
    friday = datetime(2026, 3, 13, 3, 30, tzinfo=UTC)  # 17:30 on the Line Islands, where 30 minutes are left of the week
    receive.take_in(ground.listener, source, Page((g.heard(g.QUESTION, "a", at=friday),), "a"), friday)
    due = Case.objects.get(post__source=source).service_due_at
    assert due == datetime(2026, 3, 16, 12, 30, tzinfo=ZoneInfo("Pacific/Kiritimati")), (
        "four hours: half of one on Friday, the rest on Monday"
    )
