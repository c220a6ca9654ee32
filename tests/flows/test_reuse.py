"""A proven message travels: one signature where nothing differs, the reviewers of the differences where something does, a rule that refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from candour.core.reuse import Answer, Aspect
from candour.core.rights import Function as F
from candour.flows import publish, review, submit
from candour.flows.answers import Refusal, Stale
from candour.flows.releases import activate_market
from candour.flows.reuse import LIVE_MEANING, ask
from candour.flows.travel import Look, preview
from candour.journal.acting import acting
from candour.journal.models import Entry, Signature
from candour.messages.models import ApprovedMessage, Draft, ReuseProof, Review
from candour.people.models import User
from candour.registry.models import Account, LabelFacts, ProductStatus
from tests import approve_factories as approving
from tests import factories

pytestmark = pytest.mark.django_db


@dataclass
class Abroad:
    """Germany with an approved message, Switzerland (same language), France and the United States with rules in force."""

    home: approving.Ground
    accounts: dict[str, Account] = field(default_factory=dict)
    lead: User | None = None

    def account(self, market: str) -> Account:
        return self.accounts[market]


@pytest.fixture
def abroad() -> Abroad:
    ground = approving.ground()
    place = Abroad(ground)
    for code, name, languages in (("ch", "Switzerland", "de"), ("fr", "France", "fr"), ("us", "United States", "en")):
        market = factories.market(code, name, "Europe/Zurich")
        with acting(factories.founder(), "test"):
            market.languages = languages
            market.save()
        activate_market(ground.lead, code, factories.PASSWORD, factories.now() - timedelta(hours=1))
        place.accounts[code] = factories.account(f"newsroom-{code}", handle=f"hollinqvist.{code}", market_code=code)
    place.lead = factories.person("Camille Rousset", F.COUNTRY_LEAD, certified=True)
    return place


def looked(message: ApprovedMessage, account: Account) -> Look:
    return preview(message, account, factories.now())


def go(by: User, message: ApprovedMessage, account: Account, **more: str) -> ReuseProof:
    secret = more.pop("secret", factories.PASSWORD)
    seen = more.pop("seen", "") or looked(message, account).seen
    return ask(by, message, account, secret, seen, factories.now(), **more)


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (ReuseProof, Draft, Review, ApprovedMessage, Signature))


def test_nothing_differs_so_one_local_signature_makes_it_live(abroad: Abroad) -> None:
    message = approving.approved(abroad.home, approving.CLEAN, product=None)
    look = looked(message, abroad.account("ch"))
    assert (look.decision.answer, look.decision.signatures, look.differences) == (Answer.LIVE, 1, ())
    kept = go(abroad.lead, message, abroad.account("ch"))
    made = ApprovedMessage.objects.get(reused_from=kept)
    assert (made.market, made.text, made.account) == ("ch", message.text, abroad.account("ch"))
    assert [(one.signer, one.meaning, one.digest) for one in made.signatures.all()] == [(abroad.lead, LIVE_MEANING, made.digest)]
    assert kept.signature.digest == kept.digest and kept.review is None
    assert made.valid_until <= message.valid_until
