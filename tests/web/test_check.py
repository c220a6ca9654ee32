"""Ask the rules: any act by anybody of ours is judged in every market it concerns, and the question is kept with its answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.flows.releases import activate_market
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.messages.models import PieceCheck
from tests import approve_factories as make
from tests import factories

pytestmark = pytest.mark.django_db
PRAISE = "Zovellark hat mein Leben verändert, nie wieder Kopfschmerzen, ich schwöre darauf!"


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    return make.ground()


@pytest.fixture
def client(on: make.Ground) -> Client:
    client = Client()
    client.force_login(on.author)
    return client


def ask(client: Client, on: make.Ground, **facts: object):
    asked = {"market": on.account.market, "product": on.product.key, "act": "post", "author_role": "company", **facts}
    return client.post(reverse("check"), asked)


def test_a_like_of_a_patients_praise_is_judged_as_our_own_words_and_those_words_are_not_stored(on: make.Ground, client: Client) -> None:
    page = ask(client, on, act="like", author_role="employee", third_party_text=PRAISE).content.decode()
    assert "CARE-06-NOADOPT" in page and "Not like this" in page
    row = PieceCheck.objects.get()
    assert row.verdict == "block" and row.by == on.author
    assert row.facts["act"] == "like" and "third_party_text" not in row.facts and len(row.facts["third_party_sha256"]) == 64
    assert set(row.releases) == {"de"}
    kept = str(Entry.objects.filter(subject="approval_piececheck").values_list("new", flat=True)[0])
    assert "Leben verändert" not in kept and "schwöre" not in kept


def test_the_same_words_seen_and_not_liked_are_nothing_of_ours(on: make.Ground, client: Client) -> None:
    page = ask(client, on, author_role="independent", third_party_text=PRAISE, post_text="Guten Morgen aus Lund.", product="")
    assert "No rule objects" in page.content.decode()
    assert PieceCheck.objects.get().verdict == "pass"


def test_the_country_of_the_person_brings_its_rules_and_a_market_without_rules_is_named(on: make.Ground, client: Client) -> None:
    page = ask(client, on, author_role="employee", author_country="US", post_text="Guten Morgen aus Lund.").content.decode()
    assert "US" in page and "nobody activated its rules" in page
    lead = factories.person("Lena Oduya", Function.COE_LEAD)
    activate_market(lead, "us", factories.PASSWORD, factories.now(), effective_at=factories.now() - timedelta(days=2))
    page = ask(client, on, author_role="employee", author_country="US", post_text="Guten Morgen aus Lund.").content.decode()
    assert "nobody activated its rules" not in page
    assert set(PieceCheck.objects.order_by("-id").first().releases) == {"de", "us"}


def test_a_country_nobody_wrote_rules_for_is_named_and_not_taken_for_judged(on: make.Ground, client: Client) -> None:
    page = ask(client, on, author_role="employee", author_country="Poland", post_text="Guten Morgen aus Lund.").content.decode()
    assert "POLAND" in page and "nobody activated its rules" in page


def test_a_listed_company_is_asked_for_the_rules_of_listed_companies(on: make.Ground, client: Client) -> None:
    lead = factories.person("Lena Oduya", Function.COE_LEAD)
    activate_market(lead, "corp", factories.PASSWORD, factories.now(), effective_at=factories.now() - timedelta(days=2))
    text = "Rekordquartal: Der Umsatz stieg um 12 Prozent."
    assert "CORP-02-RESULTS" not in ask(client, on, product="", post_text=text).content.decode()
    company = factories.company()
    with acting(on.author, "test"):
        company.listed = True
        company.save()
    assert "CORP-02-RESULTS" in ask(client, on, product="", post_text=text).content.decode()


@pytest.mark.parametrize(
    "facts",
    [
        {"audience": "pub", "gate": "verified", "post_text": "x"},
        {"author_role": "independent", "paid": "1", "post_text": "x"},
        {"post_text": "x" * 20_001},
        {"act": "<script>", "post_text": "x"},
    ],
)
def test_facts_that_can_not_be_are_refused_with_what_was_typed_kept(on: make.Ground, client: Client, facts: dict[str, str]) -> None:
    answer = ask(client, on, third_party_text="Behalten", **facts)
    assert answer.status_code == 400
    assert "Behalten" in answer.content.decode()
    assert not PieceCheck.objects.exists()


def test_a_market_that_is_not_the_askers_is_refused(on: make.Ground) -> None:
    stranger = factories.person("Odile Marchetti", Function.AUTHOR, markets=("fr",))
    client = Client()
    client.force_login(stranger)
    assert ask(client, on, post_text="x").status_code == 403
    assert not PieceCheck.objects.exists()
