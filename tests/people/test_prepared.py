"""A question whose SQL is made once gives the same answers as the query it was made from."""

from __future__ import annotations

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
