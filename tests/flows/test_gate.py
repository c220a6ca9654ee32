"""May somebody do an act, here, at the moment of the click: function, market, brand, account, deputy, dates, certificate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from candour.core.rights import ACTS, NEEDS_CERTIFICATE, Function
from candour.flows.gate import may_act
from candour.journal.acting import acting
from candour.people.actions import give, set_deputy
from candour.people.models import User
from candour.training.models import Certificate
from tests import factories

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW, SECOND, DAY = g.NOW, timedelta(seconds=1), timedelta(days=1)


def holder(function: Function = Function.COMMUNITY_MANAGER, **where: object) -> User:
    """A person with one grant and a certificate."""
    someone = g.somebody("Gita Grant")
    with acting(factories.founder(), "test"):
        give(someone, function, by=factories.founder(), **({"at": g.SINCE} | where))
    return someone


@pytest.mark.parametrize("act", sorted(ACTS))
@pytest.mark.parametrize("function", [Function.COMMUNITY_MANAGER, Function.AUDITOR, Function.PUBLISHER])
def test_exactly_the_functions_of_the_table_may(ground: Ground, act: str, function: Function) -> None:
    assert may_act(holder(function), act, "de", NOW).allowed == (function in ACTS[act])


def test_the_auditor_only_sees_and_takes_packs() -> None:
    allowed = {act for act, functions in ACTS.items() if Function.AUDITOR in functions}
    assert {act.rpartition(".")[2] for act in allowed} == {"see", "inspect"}


@pytest.mark.parametrize(
    ("granted", "asked", "may"),
    [
        ({}, {}, True),
        ({"market": "de"}, {"market": "de"}, True),
        ({"market": "de"}, {"market": "us"}, False),
        ({"market": "de"}, {"market": ""}, False),
        ({}, {"market": ""}, True),
        ({"brand": "zovellark"}, {"brand": "zovellark"}, True),
        ({"brand": "zovellark"}, {"brand": "mivrantel"}, False),
        ({"brand": "zovellark"}, {"brand": None}, True),
        ({"brand": "zovellark"}, {"brand": ""}, False),
        ({"account": "newsroom-de"}, {"account": "newsroom-de"}, True),
        ({"account": "newsroom-de"}, {"account": "x-de"}, False),
    ],
)
def test_a_grant_holds_where_it_says(ground: Ground, granted: dict[str, str], asked: dict[str, str | None], may: bool) -> None:
    answer = may_act(holder(**granted), "case.triage", **({"market": "de", "now": NOW} | asked))
    assert answer.allowed == may
    assert bool(answer.why) != may


def test_a_grant_counts_from_its_first_to_before_its_last_instant(ground: Ground) -> None:
    someone = holder(at=NOW, until=NOW + DAY)
    allowed = [may_act(someone, "case.triage", "de", at).allowed for at in (NOW - SECOND, NOW, NOW + DAY - SECOND, NOW + DAY)]
    assert allowed == [False, True, True, False]


def test_a_deputy_may_while_the_other_is_away_and_not_when_that_one_left(ground: Ground) -> None:
    away, deputy = holder(), g.somebody("Dora Deputy")
    with acting(factories.founder(), "test"):
        set_deputy(away, deputy, away_from=NOW, away_to=NOW + DAY)
    assert [may_act(deputy, "case.triage", "de", at).allowed for at in (NOW - SECOND, NOW, NOW + DAY)] == [False, True, False]
    with acting(factories.founder(), "test"):
        User.objects.filter(pk=away.pk).update(is_active=False)
    assert not may_act(deputy, "case.triage", "de", NOW).allowed
    assert not may_act(User.objects.get(pk=away.pk), "case.triage", "de", NOW).allowed


@pytest.mark.parametrize("act", sorted(NEEDS_CERTIFICATE))
def test_the_certificate_is_asked_for_at_the_click(ground: Ground, act: str) -> None:
    someone = g.somebody("Carl Course", *ACTS[act], certified=False)
    refused = may_act(someone, act, "de", NOW)
    assert (refused.allowed, refused.needs_course, refused.why) == (False, True, "You have no certificate yet.")
    certificate = g.certify(someone, until=NOW)
    assert may_act(someone, act, "de", NOW - SECOND).allowed
    lapsed = may_act(someone, act, "de", NOW)
    assert (lapsed.allowed, lapsed.remedy_url, "10 Mar 2026" in lapsed.why) == (False, "/training/basics/", True)
    g.certify(someone, until=NOW + DAY)
    assert may_act(someone, act, "de", NOW).allowed
    with acting(factories.founder(), "test"):
        Certificate.objects.exclude(pk=certificate.pk).update(revoked_at=NOW - DAY)
    assert not may_act(someone, act, "de", NOW).allowed


def test_a_revoked_certificate_hides_no_valid_one_and_a_deputy_needs_their_own(ground: Ground) -> None:
    someone = holder()
    revoked = g.certify(someone)
    with acting(factories.founder(), "test"):
        Certificate.objects.filter(pk=revoked.pk).update(revoked_at=NOW - DAY)
    assert may_act(someone, "case.reply", "de", NOW).allowed
    deputy = g.somebody("Dora Deputy", certified=False)
    with acting(factories.founder(), "test"):
        set_deputy(someone, deputy, away_from=NOW, away_to=NOW + DAY)
    assert may_act(deputy, "case.reply", "de", NOW).needs_course
