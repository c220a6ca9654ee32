"""The screens of authorities: what is owed and waits, the card of a message, its form, and the monthly files."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.core.signing import content_digest
from candour.flows import authority
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.messages.models import ApprovedMessage, AuthorityEntry, FilingDuty, Publication
from candour.people.models import User
from tests import approve_factories, factories
from tests import authority_factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = approve_factories.QUICK_HASHERS


def window(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def form(**more: str) -> dict[str, str]:
    given = (factories.now().date() - timedelta(days=1)).isoformat()
    return {"gate": "authority_number", "market": "nl", "number": make.KOAG, "given_on": given} | more


def owed(on: make.Country) -> ApprovedMessage:
    message = make.approved(on, make.US, title="First doses")
    make.used(on, message, factories.now() - timedelta(hours=2))
    with acting(on.lead, "test"):
        FilingDuty.objects.create(
            message=message,
            gate="form2253",
            market="us",
            rule="US-11-FORM2253",
            law="21 CFR 314.81",
            digest=content_digest(bytes(message.exact)),
            opened_at=factories.now(),
        )
    return message


def test_the_card_says_what_is_missing_and_publishing_is_refused_with_the_reason() -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    page = window(on.author).get(reverse("message", args=[message.key])).content.decode()
    for words in (
        "On file with authorities",
        "Number of the Keuringsraad",
        "not on file",
        "Entered by Lena Osterkamp",
        "NL-03-OTCAPPROVAL",
    ):
        assert words in page
    assert 'name="number"' not in page, "the author may not enter it"
    answer = window(on.author).post(reverse("message-publish", args=[message.key]), {"account": on.account.key})
    assert answer.status_code == 409 and "Lena Osterkamp" in answer.content.decode()
    assert not Publication.objects.exists()
    assert Entry.objects.filter(act="message.publish.refused").exists()


def test_the_form_puts_a_number_on_file_and_the_message_may_go() -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    where = reverse("message-authority", args=[message.key])
    assert 'name="number"' in window(on.regulatory).get(reverse("message", args=[message.key])).content.decode()
    answer = window(on.regulatory).post(where, form(note="by letter", document_sha256="ab" * 32))
    assert answer.status_code == 302 and answer.url == where
    entry = AuthorityEntry.objects.get()
    assert (entry.number, entry.note, entry.document_sha256, entry.by) == (make.KOAG, "by letter", "ab" * 32, on.regulatory)
    page = window(on.regulatory).get(where).content.decode()
    assert make.KOAG in page and "on file" in page
    window(on.author).post(reverse("message-publish", args=[message.key]), {"account": on.account.key})
    assert Publication.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"number": "12"}, {"given_on": ""}, {"given_on": "yesterday"}, {"document_sha256": "x"}])
def test_a_form_that_cant_be_right_keeps_what_was_typed_and_changes_nothing(wrong: dict[str, str]) -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    answer = window(on.regulatory).post(reverse("message-authority", args=[message.key]), form(note="kept words") | wrong)
    page = answer.content.decode()
    assert answer.status_code == 400 and "Nothing was changed." in page and "kept words" in page
    assert not AuthorityEntry.objects.exists()
    assert Entry.objects.filter(act="authority.enter.refused").count() == 1


def test_an_entry_is_withdrawn_with_a_reason_and_stays_to_be_read() -> None:
    on = make.country("nl")
    message = make.approved(on, make.NL)
    window(on.regulatory).post(reverse("message-authority", args=[message.key]), form())
    where = reverse("authority-withdraw", args=[AuthorityEntry.objects.get().pk])
    assert window(on.author).post(where, {"reason": "wrong"}).status_code == 403
    assert window(on.regulatory).post(where, {"reason": " "}).status_code == 400
    assert window(on.regulatory).post(where, {"reason": "given for another pack"}).status_code == 302
    assert window(on.regulatory).post(where, {"reason": "again"}).status_code == 409
    page = window(on.regulatory).get(reverse("message-authority", args=[message.key])).content.decode()
    for words in ("The entry was withdrawn.", make.KOAG, "given for another pack"):
        assert words in page


def test_a_draft_has_its_entries_too_and_they_lead_to_the_message_once_it_is_signed() -> None:
    on = make.country("nl")
    made = make.draft(on, make.NL)
    where = reverse("draft-authority", args=[made.pk])
    assert where in window(on.author).get(reverse("draft", args=[made.pk])).content.decode()
    assert window(on.regulatory).post(where, form()).status_code == 302
    message = make.sign(on, made)
    entry = AuthorityEntry.objects.get()
    assert entry.draft == made
    withdrawn = window(on.regulatory).post(reverse("authority-withdraw", args=[entry.pk]), {"reason": "typed wrongly"})
    assert withdrawn.url == reverse("message-authority", args=[message.key])


def test_the_page_lists_what_is_owed_what_waits_and_the_files() -> None:
    us, nl = make.country("us"), make.country("nl")
    owed(us)
    make.approved(nl, make.NL, title="Hoofdpijn")
    page = window(us.regulatory).get(reverse("authority")).content.decode()
    for words in ("1 submission is owed", "First doses", "Form FDA 2253", "Hoofdpijn", "Number of the Keuringsraad", "Advertising file"):
        assert words in page
    assert page.count(f"{factories.now():%Y-%m}/") >= 4
    only_nl = factories.person("Noor", Function.REGULATORY_REVIEWER, markets=("nl",))
    there = window(only_nl).get(reverse("authority")).content.decode()
    assert "First doses" not in there and "Hoofdpijn" in there and "Form FDA 2253" not in there


def test_the_page_is_not_there_for_those_who_may_not_see_it() -> None:
    make.country("us")
    for function in (Function.COMMUNITY_MANAGER, Function.DRUG_SAFETY, Function.ADMINISTRATOR):
        assert window(factories.person("Mira", function)).get(reverse("authority")).status_code == 404


def test_the_archive_holds_the_files_with_hashes_that_hold_and_the_paper_alone() -> None:
    on = make.country("us")
    message = owed(on)
    month = f"{factories.now() - timedelta(hours=2):%Y-%m}"
    where = reverse("authority-file", args=["us", month])
    answer = window(on.regulatory).get(where)
    assert answer["Content-Disposition"] == f'attachment; filename="form2253-us-{month}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    for name, said in json.loads(found["manifest.json"])["files"].items():
        assert hashlib.sha256(found[name]).hexdigest() == said["sha256"]
    assert [item["message"] for item in json.loads(found[f"form2253-us-{month}.json"])["items"]] == [message.key]
    assert window(on.regulatory).get(where, {"paper": "1"}).content.startswith(b"%PDF")


@pytest.mark.parametrize(("market", "month"), [("jp", "2026-01"), ("us", "2026-13"), ("us", "never"), ("us", "9998-01"), ("xx", "2026-01")])
def test_a_file_that_no_law_asks_for_is_not_there(market: str, month: str) -> None:
    on = make.country("us")
    factories.market("jp", "Japan", "Asia/Tokyo")
    assert window(on.regulatory).get(reverse("authority-file", args=[market, month])).status_code == 404


def test_a_file_of_another_market_is_not_there() -> None:
    make.country("us")
    only_nl = factories.person("Noor", Function.REGULATORY_REVIEWER, markets=("nl",))
    month = f"{factories.now():%Y-%m}"
    assert window(only_nl).get(reverse("authority-file", args=["us", month])).status_code == 404


def test_nothing_is_shown_where_no_rule_asks() -> None:
    on = approve_factories.ground()
    message = approve_factories.approved(on)
    assert authority.gates_of(message, factories.now()) == []
    assert "On file with authorities" not in window(on.author).get(reverse("message", args=[message.key])).content.decode()
    page = window(on.author).get(reverse("message-authority", args=[message.key])).content.decode()
    assert "No active rule asks for an entry" in page
