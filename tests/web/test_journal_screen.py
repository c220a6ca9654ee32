"""The journal as people read it: sentences, folds, seals, filters, and no personal word opened."""

from __future__ import annotations

from datetime import timedelta

import factories
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candour.cases.models import Evidence
from candour.core.rights import Function
from candour.journal.acting import acting, note
from candour.journal.models import Entry, Head, Leaf
from candour.people.models import User
from candour.registry import actions as registry
from candour.registry.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ground() -> None:
    factories.installation()
    factories.market("de")


@pytest.fixture
def auditor(client: Client) -> User:
    person = factories.person("Aude Lemaire", Function.AUDITOR)
    client.force_login(person)
    return person


def page(client: Client, **query: object) -> str:
    answer = client.get(reverse("journal"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def owned(person: User) -> Account:
    account = factories.account("a", network="bluesky", handle="a.example")
    with acting(person, "registry.change_account", "she moved"):
        registry.change_account(
            account, registry.AccountFacts(network="bluesky", handle="a.example", market="de", owner=person), factories.now()
        )
    return account


def test_a_change_is_a_sentence_with_its_columns_folded(client: Client, auditor: User) -> None:
    account = owned(factories.person("Nora Brandt"))
    text = page(client, subject="registry_account", key=str(account.pk))
    assert "Nora Brandt changed account" in text and "she moved" in text
    fold = text[text.index("gv-diff") :]
    assert "Fenna Oldenkott" in fold and "Nora Brandt" in fold


def test_a_happening_is_told_in_its_own_words(client: Client, auditor: User) -> None:
    with acting(auditor, "person.sign_in"):
        note("people_user", str(auditor.pk), "Signed in by password.")
    assert "Aude Lemaire: Signed in by password." in page(client)


def test_sealed_and_unsealed_are_told_apart(client: Client, auditor: User) -> None:
    assert "Nothing is sealed yet" in page(client)
    owned(factories.person("Nora Brandt"))
    newest = list(Entry.objects.order_by("-id").values_list("pk", flat=True)[:2])
    Leaf.objects.create(index=0, entry_id=newest[1], hash=b"\x00" * 32)
    signed = {"previous": "", "signed": "", "signature": "", "public_key": "", "frontier": b""}
    Head.objects.create(size=1, at=factories.now() - timedelta(seconds=9), root="ab" * 32, **signed)
    text = page(client)
    assert "abab" in text and "candour journal verify" in text
    rows = {pk: text[text.index(f'id="entry-{pk}"') :].split("</li>")[0] for pk in newest}
    assert 'aria-label="sealed"' in rows[newest[1]] and 'aria-label="not sealed yet"' in rows[newest[0]]


def test_ciphertext_is_counted_and_never_opened(client: Client, auditor: User) -> None:
    factories.case("Third week on Mivrantel and my hand is numb.", findings=[], author="anneke.private.example")
    assert Evidence.objects.exists()
    text = page(client)
    assert "not shown" in text and "anneke.private" not in text and "hand is numb" not in text


def test_filters_by_person_act_table_and_row(client: Client, auditor: User) -> None:
    nora = factories.person("Nora Brandt")
    account = owned(nora)
    assert 'class="gv-entry"' in page(client, actor=str(nora.pk)) and "Fenna Oldenkott added" not in page(client, actor=str(nora.pk))
    assert "changed account" in page(client, act="registry.") and "added market" not in page(client, act="registry.")
    assert "added market" in page(client, subject="registry_market") and "changed account" not in page(client, subject="registry_market")
    assert "No entry is like that" in page(client, subject="registry_account", key=str(account.pk + 999))


def test_pages_go_on_by_the_last_entry(client: Client, auditor: User) -> None:
    with acting(auditor, "registry.note"):
        for number in range(120):
            note("registry_company", "1", f"happening {number:03}")
    with CaptureQueriesContext(connection) as asked:
        first = page(client)
    assert "happening 119" in first and "happening 070" in first and "happening 069" not in first
    assert not [q for q in asked.captured_queries if "OFFSET" in q["sql"] or "COUNT(" in q["sql"]]
    last = Entry.objects.get(new__contains="happening 070").pk
    assert f"before={last}" in first
    second = page(client, before=last)
    assert "happening 069" in second and "happening 070" not in second


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "9" * 40}, {"actor": "1 OR 1=1"}, {"key": "\x00"}, {"subject": "nothing"}])
def test_nonsense_in_the_address_is_no_error(client: Client, auditor: User, query: dict[str, str]) -> None:
    assert client.get(reverse("journal"), query).status_code == 200


@pytest.mark.parametrize(
    ("function", "markets", "status"),
    [
        (Function.AUDITOR, ("",), 200),
        (Function.COE_LEAD, ("",), 200),
        (Function.ADMINISTRATOR, ("",), 200),
        (Function.AUDITOR, ("de",), 404),
        (Function.COUNTRY_LEAD, ("",), 404),
        (Function.DRUG_SAFETY, ("",), 404),
        (Function.COMMUNITY_MANAGER, ("",), 404),
    ],
)
def test_only_a_wide_right_opens_it(client: Client, function: Function, markets: tuple[str, ...], status: int) -> None:
    client.force_login(factories.person("Reader", function, markets=markets))
    assert client.get(reverse("journal")).status_code == status


def test_a_forged_entry_is_shown_as_it_is(client: Client, auditor: User) -> None:
    with acting(auditor, "registry.note"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_entry (subject, key, op, old, new) VALUES ('x', '1', 'U', 'not json', '<script>alert(1)</script>')"
        )
    text = page(client)
    assert "<script>alert" not in text and text.count('class="gv-entry"') >= 1
