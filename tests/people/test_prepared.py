"""A question whose SQL is made once gives the same answers as the query it was made from."""

from __future__ import annotations

import threading
from datetime import timedelta

import factories as make
import pytest
from django.db import connection
from django.db.models import CharField, DateTimeField
from django.test.utils import CaptureQueriesContext

from candour.core.rights import Function
from candour.people.models import Grant
from candour.people.prepared import Given, Prepared
from candour.people.rights import held_by

pytestmark = pytest.mark.django_db


def test_the_same_rows_for_every_value() -> None:
    for name, market in (("Ada Lind", "de"), ("Ben Roth", "us"), ("Cleo Ash", "de")):
        make.person(name, Function.COMMUNITY_MANAGER, markets=(market,))
    asked = Prepared(lambda: Grant.objects.filter(market=Given("market", CharField())).order_by("pk").values_list("pk", "market"))
    for market in ("de", "us", "fr", "de' OR true --"):
        assert asked.ask(market=market) == list(Grant.objects.filter(market=market).order_by("pk").values_list("pk", "market"))


def test_models_come_whole_and_with_what_hangs_on_them() -> None:
    for name in ("Ada Lind", "Ben Roth"):
        make.person(name, Function.COMMUNITY_MANAGER, markets=("de", "us"))
    asked = Prepared(lambda: Grant.objects.filter(pk__any_of=Given("those")).select_related("person").order_by("pk"))
    known = list(Grant.objects.values_list("pk", flat=True).order_by("pk"))
    for those in ([], known[:1], known[::2], known, [*known, 10**15]):
        with CaptureQueriesContext(connection) as questions:
            found = [(grant.pk, grant.person.name, grant.market) for grant in asked.ask(those=those)]
        assert len(questions) == 1
        assert found == list(Grant.objects.filter(pk__in=those).order_by("pk").values_list("pk", "person__name", "market"))


def test_what_was_found_before_is_not_found_again() -> None:
    asked = Prepared(lambda: Grant.objects.filter(market=Given("market", CharField())))
    assert asked.ask(market="de") == []
    make.person("Ada Lind", Function.COMMUNITY_MANAGER, markets=("de",))
    assert len(asked.ask(market="de")) == 1
    assert asked.ask(market="de")[0] is not asked.ask(market="de")[0]


def test_a_query_that_can_find_nothing_asks_nothing() -> None:
    asked = Prepared(lambda: Grant.objects.none())
    with CaptureQueriesContext(connection) as questions:
        assert asked.ask() == []
    assert len(questions) == 0


def test_threads_do_not_answer_each_other(transactional_db: None) -> None:
    for market in ("de", "us"):
        make.person(f"Ada {market}", Function.COMMUNITY_MANAGER, markets=(market,))
    asked, wrong = Prepared(lambda: Grant.objects.filter(market=Given("market", CharField()))), list[str]()

    def ask(market: str) -> None:
        for _ in range(100):
            wrong.extend(grant.market for grant in asked.ask(market=market) if grant.market != market)
        connection.close()

    threads = [threading.Thread(target=ask, args=(market,)) for market in ("de", "us", "de", "us")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_missing_value_is_an_error() -> None:
    asked = Prepared(lambda: Grant.objects.filter(valid_from__lte=Given("at", DateTimeField())).values_list("pk"))
    with pytest.raises(KeyError):
        asked.ask(when=make.now())


def test_grants_are_asked_with_one_question_and_end_when_they_end() -> None:
    person = make.person("Ada Lind", Function.COMMUNITY_MANAGER, markets=("de", "us"))
    with CaptureQueriesContext(connection) as asked:
        assert {grant.market for grant in held_by(person, make.now())} == {"de", "us"}
    assert len(asked) == 1
    Grant.objects.filter(person=person, market="us").update(valid_to=make.now() - timedelta(minutes=1))
    assert {grant.market for grant in held_by(person, make.now())} == {"de"}
    assert held_by(person, make.now() - timedelta(days=4000)) == ()
