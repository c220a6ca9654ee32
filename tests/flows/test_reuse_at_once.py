"""Two people carry the same message to the same market at the same instant: it is there once, and the other one is told."""

from __future__ import annotations

import pytest

from candour.flows.answers import Stale
from candour.messages.models import ApprovedMessage, Draft, ReuseProof
from tests import approve_factories as approving
from tests import factories
from tests.reuse_factories import GERMAN, abroad, go, looked

from .test_two_at_once import at_once, kinds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_a_message_is_carried_to_a_market_once() -> None:
    place = abroad()
    message = approving.approved(place.home, GERMAN, title="Ein Tagebuch", product=None)
    account, before = place.accounts["ch"], Draft.objects.count()
    other = factories.person("Ada Lindqvist", approving.ROLES["legal"], markets=("ch",), certified=True)
    seen = looked(message, account).seen
    answers = at_once(*(lambda who=who: go(who, message, account, seen=seen) for who in (place.lead, other)))
    assert kinds(answers) == ["ReuseProof", "Stale"], answers
    assert (ReuseProof.objects.count(), Draft.objects.count()) == (1, before + 1)
    assert ApprovedMessage.objects.filter(market="ch").count() == 1
    assert isinstance(next(one for one in answers if not isinstance(one, ReuseProof)), Stale)
