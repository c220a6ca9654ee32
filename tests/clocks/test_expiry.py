"""First and last instants: what holds from an instant on holds at it, what ends at an instant no longer holds at it; days are the market's.

Every kind of thing that lapses is asked one microsecond before, at, and after its edges, and in every way the product asks it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from candour.core.clocks import day_begins, local_day
from candour.core.rights import Function
from candour.flows import publish, review, submit
from candour.flows.gate import may_act_at
from candour.flows.releases import activate_market, active_pack
from candour.flows.signed import not_sendable
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage
from candour.messages.queries import in_state, signers_for, usable
from candour.packs.loader import load_market
from candour.people.actions import give, set_deputy
from candour.people.models import User
from candour.people.queries import away_now, everyone_held
from candour.people.rights import Place, held_by
from candour.registry.models import ProductStatus
from candour.registry.queries import market_day, status_on
from candour.training.queries import GATE_COURSE, valid_certificate
from tests import factories
from tests.flows import ground as g

from .markets import FAR, near

if TYPE_CHECKING:
    from tests.flows.ground import Ground

NOW, TICK = g.NOW, timedelta(microseconds=1)
UNTIL = NOW + timedelta(days=30)
#: instant, does it hold then
EDGES = [(NOW - TICK, False), (NOW, True), (UNTIL - TICK, True), (UNTIL, False), (UNTIL + TICK, False)]


def newcomer(name: str = "Nele Newcomer") -> User:
    return g.somebody(name, certified=False)


@pytest.mark.parametrize(("at", "holds"), EDGES)
def test_a_grant(ground: Ground, at: datetime, holds: bool) -> None:
    person = newcomer()
    with acting(ground.lead, "test"):
        give(person, Function.AUTHOR, by=ground.lead, at=NOW, until=UNTIL, market="de")
    assert bool(held_by(person, at)) == bool(everyone_held(at)[person]) == holds
    assert may_act_at(person, "draft.write", Place("de"), at).allowed == holds


@pytest.mark.parametrize(("at", "holds"), EDGES)
def test_a_deputy(ground: Ground, at: datetime, holds: bool) -> None:
    person = newcomer()
    with acting(ground.lead, "test"):
        set_deputy(ground.medical, person, away_from=NOW, away_to=UNTIL)
    draft = g.written(ground, now=NOW - timedelta(days=1))
    assert bool(held_by(person, at)) == bool(everyone_held(at)[person]) == (ground.medical.pk in away_now(at)) == holds
    assert (person.name in signers_for(draft, at)["medical"]) == holds


@pytest.mark.parametrize(("at", "holds"), EDGES)
def test_a_certificate(ground: Ground, at: datetime, holds: bool) -> None:
    person = newcomer()
    earned = g.certify(person, until=UNTIL)
    with acting(ground.lead, "test"):
        earned.issued_at = NOW
        earned.save()
        give(person, Function.COMMUNITY_MANAGER, by=ground.lead, at=g.SINCE, market="de")
    assert (valid_certificate(person, GATE_COURSE, at) is not None) == holds
    answer = may_act_at(person, "case.reply", Place("de"), at)
    assert answer.allowed == holds
    assert answer.needs_course == (not holds)


@pytest.mark.parametrize(("at", "holds"), EDGES)
def test_an_approved_message(ground: Ground, at: datetime, holds: bool) -> None:
    message = g.approved(ground, now=NOW)
    g.forge("UPDATE approval_approvedmessage SET valid_until = %s", UNTIL)
    message.refresh_from_db()
    assert (not_sendable(message, at) == "") == (usable(message, at).state == "usable") == holds
    assert in_state(ApprovedMessage.objects.all(), "usable", at).exists() == holds


def test_a_withdrawn_message_stays_withdrawn_when_the_clock_is_set_back(ground: Ground) -> None:
    message = g.approved(ground, now=NOW)
    g.forge("UPDATE approval_approvedmessage SET withdrawn_at = %s", NOW + timedelta(days=1))
    message.refresh_from_db()
    assert "withdrawn" in not_sendable(message, NOW)
    g.refused(lambda: publish.publish(ground.author, message, ground.account, NOW), "approval_publication")


def test_a_year_of_approval_that_begins_on_29_february_ends_on_28(ground: Ground) -> None:
    leap = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)
    message = g.approved(ground, now=leap)
    assert message.valid_until == datetime(2029, 2, 28, 12, 0, tzinfo=UTC)
    assert message.valid_until - message.valid_from == timedelta(days=review.VALID_DAYS)


@pytest.mark.parametrize(("at", "name"), [(UNTIL - TICK, "first"), (UNTIL, "second"), (UNTIL + TICK, "second")])
def test_a_release_of_rules_holds_from_its_effective_instant(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, at: datetime, name: str
) -> None:
    first = active_pack("de", NOW)
    newer = load_market("us")
    monkeypatch.setattr("candour.flows.releases.load_market", lambda _market: newer)
    activate_market(ground.lead, "de", g.PASSWORD, NOW, effective_at=UNTIL)
    g.forge("UPDATE registry_packrelease SET pack = 'de'")
    assert active_pack("de", at) == (first if name == "first" else newer)


# days, which are those of the market


@given(near, st.sampled_from(FAR))
def test_the_day_of_a_market_turns_at_its_own_midnight(at: datetime, zone: str) -> None:
    day = local_day(at, zone)
    assert local_day(day_begins(day, zone), zone) == day
    assert local_day(day_begins(day + timedelta(days=1), zone) - TICK, zone) == day


@pytest.mark.parametrize("zone", FAR)
def test_a_products_status_changes_at_midnight_in_its_market(ground: Ground, zone: str) -> None:
    place = factories.market("xx", "Far away", zone)
    change = date(2026, 7, 1)
    with acting(ground.lead, "test"):
        ProductStatus.objects.create(product=ground.product, market=place, status="otc", valid_from=date(2020, 1, 1), valid_to=change)
        ProductStatus.objects.create(product=ground.product, market=place, status="rx", valid_from=change)
    midnight = datetime(2026, 7, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    told = [status_on(ground.product, "xx", market_day("xx", at)).status for at in (midnight - TICK, midnight, midnight + TICK)]
    assert told == ["otc", "rx", "rx"]


def test_a_draft_is_checked_by_the_law_of_the_markets_day(ground: Ground) -> None:
    """At half past eleven at night UTC it is tomorrow in Berlin, and tomorrow the product is on prescription."""
    with acting(ground.lead, "test"):
        ProductStatus.objects.update(valid_to=date(2026, 7, 1))
        ProductStatus.objects.create(product=ground.product, market=factories.market(), status="rx", valid_from=date(2026, 7, 1))
    draft = g.written(ground)
    evening = datetime(2026, 6, 30, 21, 30, tzinfo=UTC)  # 23:30 in Berlin
    before, after = (submit.live_check(draft, g.MENDED, at) for at in (evening, evening + timedelta(hours=1)))
    assert "DE-01-RX" not in {finding.rule for finding in before.findings if not finding.exempted_by}
    assert "DE-01-RX" in {finding.rule for finding in after.findings if not finding.exempted_by}


def test_an_unregistered_market_counts_its_days_in_utc(db: None) -> None:
    assert market_day("xx", datetime(2026, 6, 30, 23, 59, tzinfo=UTC)) == date(2026, 6, 30)


def test_a_lapsed_certificate_is_told_by_the_day_of_its_reader(ground: Ground) -> None:

    person, ended = newcomer(), datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    g.certify(person, until=ended)
    with acting(ground.lead, "test"):
        give(person, Function.COMMUNITY_MANAGER, by=ground.lead, at=g.SINCE)
    for zone, day in (("UTC", "9 Mar 2026"), ("Europe/Berlin", "10 Mar 2026"), ("Etc/GMT+12", "9 Mar 2026")):
        with timezone.override(ZoneInfo(zone)):
            assert day in may_act_at(person, "case.reply", Place("de"), NOW).why


# what is ordered for a time


def test_nothing_is_dated_back(ground: Ground) -> None:
    message, minute = g.approved(ground), timedelta(minutes=1)
    told = g.refused(
        lambda: publish.publish(ground.author, message, ground.account, NOW, due_at=NOW - minute - TICK), "approval_publication"
    )
    assert "has passed" in told.why
    assert publish.publish(ground.author, message, ground.account, NOW, due_at=NOW - minute).due_at == NOW, "this minute means now"
