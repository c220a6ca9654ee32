"""The library: what may be said now, what was signed by whom, what is live of it, and what differs there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.flows import publish as publishing
from candour.journal.models import Entry
from candour.messages import queries
from candour.messages.models import ApprovedMessage, Drift, Publication
from candour.people.models import User
from candour.people.rights import held_by
from tests import approve_factories as make
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    return make.ground()


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _list(person: User, **query: str) -> str:
    return signed_in(person).get(reverse("library"), query).content.decode()


def _message(person: User, message: ApprovedMessage) -> str:
    return signed_in(person).get(reverse("message", args=[message.key])).content.decode()


def test_each_text_says_whether_it_may_be_used_now(on: make.Ground) -> None:
    at = factories.now()
    make.template(on, key="good")
    make.template(on, key="old", valid_until=at - timedelta(minutes=1))
    make.template(on, key="gone", withdrawn_at=at - timedelta(days=1), withdrawn_why="label changed")
    make.template(on, key="soon", valid_from=at + timedelta(days=2))
    page = _list(on.author)
    for words in ("usable now", "expired", "withdrawn", "not yet", "used 0 times"):
        assert words in page


def test_older_texts_stand_behind_the_last_one_seen_each_once(on: make.Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("candour.web.library.PAGE_SIZE", 2)
    begins = factories.now() - timedelta(days=1)
    for key in ("one", "two", "three", "four", "five"):
        make.template(on, key=key, valid_from=begins)  # the same instant: the number decides
    seen, before, reader = [], "", signed_in(on.author)
    for _page in range(3):
        page = reader.get(reverse("library"), {"before": before, "kind": "reply_template"})
        seen += [shelf.message.key for shelf in page.context["shelves"]]
        before = page.context["further"]
    assert seen == ["five", "four", "three", "two", "one"] and before == ""


@pytest.mark.parametrize("before", ["x", "1-2-3", "9" * 39, "-", "99999999999999999999-1"])
def test_an_address_that_names_no_text_begins_with_the_newest(on: make.Ground, before: str) -> None:
    make.template(on, key="good")
    assert "Good" in _list(on.author, before=before)


@pytest.mark.parametrize(("state", "key"), [("usable", "Good"), ("expired", "Old"), ("withdrawn", "Gone"), ("early", "Soon")])
def test_the_state_filter_and_the_state_of_one_text_agree(on: make.Ground, state: str, key: str) -> None:
    at = factories.now()
    make.template(on, key="good")
    make.template(on, key="old", valid_until=at)
    make.template(on, key="gone", withdrawn_at=at)
    make.template(on, key="soon", valid_from=at + timedelta(days=2))
    every = queries.library_visible_to(held_by(on.author, at))
    found = queries.in_state(every, state, at)
    assert [message.title for message in found] == [key]
    assert [message.title for message in every if queries.usable(message, at).state == state] == [key]


@pytest.mark.parametrize(
    ("words", "hits"),
    [
        ("danke nachricht", {"Thanks"}),
        ('"Nachricht, wir"', {"Thanks"}),
        ('"Nachricht wir"', set()),
        ("„vielen dank“", {"Other"}),
        ("apothek", {"Other"}),
        ("'; drop table --", set()),
        ("\x00danke", {"Thanks"}),
        ("", {"Thanks", "Other"}),
    ],
)
def test_search_finds_words_in_any_order_and_phrases_exactly(on: make.Ground, words: str, hits: set[str]) -> None:
    make.template(on, "Danke für Ihre Nachricht, wir melden uns.", key="thanks")
    make.template(on, "Vielen Dank. Fragen Sie in Ihrer Apotheke.", key="other")
    page = _list(on.author, q=words)
    assert {title for title in ("Thanks", "Other") if f">{title}</a>" in page} == hits


def test_filters_narrow_and_an_empty_answer_says_what_to_do(on: make.Ground) -> None:
    make.template(on, key="thanks")
    assert ">Thanks</a>" in _list(on.author, kind="reply_template", market="de", text_lang="de")
    page = _list(on.author, kind="post")
    assert ">Thanks</a>" not in page
    assert "Nothing approved matches" in page


def test_a_message_of_another_market_does_not_exist(on: make.Ground) -> None:
    message = make.template(on, key="thanks")
    stranger = factories.person("Odile Marchetti", Function.AUTHOR, markets=("fr",))
    assert "Thanks" not in _list(stranger)
    assert signed_in(stranger).get(reverse("message", args=[message.key])).status_code == 404
    assert signed_in(stranger).post(reverse("message-publish", args=[message.key])).status_code == 404


def test_the_page_shows_the_signed_words_and_each_signature_with_time_zone_and_meaning(on: make.Ground) -> None:
    message = make.approved(on)
    page = _message(on.author, message)
    for words in (message.digest[:12], "hollinqvist.de (Newsroom)", "medically reviewed and approved", "Jonas Terhoven", "Lena Osterkamp"):
        assert words in page
    assert f" {factories.now().year}, " in page and ("CET" in page or "CEST" in page)


def test_publishing_puts_the_signed_bytes_on_their_way_once(on: make.Ground) -> None:
    message = make.approved(on)
    client = signed_in(on.author)
    assert client.post(reverse("message-publish", args=[message.key]), {"account": on.account.key}).status_code == 302
    row = Publication.objects.get()
    assert (row.text, row.account, row.by, row.state) == (message.text, on.account, on.author, "held")
    again = client.post(reverse("message-publish", args=[message.key]), {"account": on.account.key})
    assert again.status_code == 409
    assert "on its way or live" in again.content.decode()
    assert Publication.objects.count() == 1


def test_a_time_is_read_in_the_readers_zone_and_a_wrong_one_publishes_nothing(on: make.Ground) -> None:
    message = make.approved(on)
    client = signed_in(on.author)
    wrong = client.post(reverse("message-publish", args=[message.key]), {"account": on.account.key, "due_at": "tomorrow"})
    assert wrong.status_code == 400
    assert "That is no time." in wrong.content.decode()
    assert not Publication.objects.exists()
    assert (
        client.post(reverse("message-publish", args=[message.key]), {"account": on.account.key, "due_at": "2027-01-15T09:30"}).status_code
        == 302
    )
    assert Publication.objects.get().due_at.isoformat() == "2027-01-15T08:30:00+00:00"


def test_somebody_without_the_function_cannot_publish(on: make.Ground) -> None:
    message = make.approved(on)
    assert reverse("message-publish", args=[message.key]) not in _message(on.medical, message)
    answer = signed_in(on.medical).post(reverse("message-publish", args=[message.key]), {"account": on.account.key})
    assert answer.status_code == 403
    assert "Nothing was changed." in answer.content.decode()
    assert not Publication.objects.exists()
    assert Entry.objects.filter(act="message.publish.refused", actor=str(on.medical.pk)).exists()


def test_an_expired_message_offers_no_button_and_is_never_published(on: make.Ground) -> None:
    message = make.approved(on)
    ApprovedMessage.objects.filter(pk=message.pk).update(valid_until=factories.now())
    assert reverse("message-publish", args=[message.key]) not in _message(on.author, message)
    answer = signed_in(on.author).post(reverse("message-publish", args=[message.key]), {"account": on.account.key})
    assert answer.status_code == 409
    assert not Publication.objects.exists()


def test_what_waits_for_its_time_can_be_taken_back_and_not_by_a_reviewer(on: make.Ground) -> None:
    message = make.approved(on)
    row = publishing.publish(on.author, message, on.account, factories.now(), due_at=factories.now() + timedelta(days=1))
    assert signed_in(on.medical).post(reverse("publication-take-back", args=[row.pk])).status_code == 403
    row.refresh_from_db()
    assert row.state == "held"
    assert signed_in(on.author).post(reverse("publication-take-back", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.state == "taken_back"


def test_what_is_live_says_when_it_was_seen_equal(on: make.Ground) -> None:
    message = make.approved(on)
    make.live(on, message)
    page = _message(on.author, message)
    assert "equal to what was signed" in page
    assert "Seen live" in page


def test_a_drift_shows_both_texts_with_the_letter_marked(on: make.Ground) -> None:
    message = make.approved(on)
    make.live(on, message, seen=message.text.replace("rezeptfrei", "rezeptfreu"))
    page = _message(on.author, message)
    assert "The page differs from what was signed by 1 letter" in page
    assert '<mark class="hl approved"><span class="sr">signed: </span>i</mark>' in page
    assert '<mark class="hl blocked"><span class="sr">seen: </span>u</mark>' in page
    assert "drift" in _list(on.author)


def test_a_drift_closes_with_a_reason_and_not_without(on: make.Ground) -> None:
    message = make.approved(on)
    make.live(on, message, seen="weg")
    drift = Drift.objects.get()
    client = signed_in(on.lead)
    assert client.post(reverse("drift-close", args=[drift.pk]), {"reason": " "}).status_code == 400
    drift.refresh_from_db()
    assert drift.closed_at is None
    assert signed_in(on.medical).post(reverse("drift-close", args=[drift.pk]), {"reason": "so"}).status_code == 403
    assert client.post(reverse("drift-close", args=[drift.pk]), {"reason": "Seite berichtigt"}).status_code == 302
    drift.refresh_from_db()
    assert (drift.closed_by, drift.reason) == (on.lead, "Seite berichtigt")
    assert "Seite berichtigt" in _message(on.author, message)


def test_an_empty_library_says_what_would_be_here(on: make.Ground) -> None:
    assert "No approved message yet" in _list(on.author)


def test_an_outcome_nobody_knows_is_settled_by_a_person_who_looked(on: make.Ground) -> None:
    message = make.approved(on)
    row = publishing.publish(on.author, message, on.account, factories.now())
    Publication.objects.filter(pk=row.pk).update(state="unknown", asked_at=factories.now(), sending_since=factories.now())
    client = signed_in(on.author)
    assert reverse("publication-give-up", args=[row.pk]) in _message(on.author, message)
    assert client.post(reverse("publication-give-up", args=[row.pk]), {"reason": ""}).status_code == 400
    assert signed_in(on.medical).post(reverse("publication-give-up", args=[row.pk]), {"reason": "looked"}).status_code == 403
    row.refresh_from_db()
    assert row.state == "unknown"
    assert client.post(reverse("publication-try-again", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert (row.tries, row.asked_at) == (1, None)
    Publication.objects.filter(pk=row.pk).update(asked_at=factories.now())
    assert client.post(reverse("publication-give-up", args=[row.pk]), {"reason": "Seite durchgesehen"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.problem) == ("failed", "Seite durchgesehen")


def test_a_publication_of_another_market_does_not_exist(on: make.Ground) -> None:
    row = publishing.publish(on.author, make.approved(on), on.account, factories.now())
    client = signed_in(factories.person("Odile Marchetti", Function.AUTHOR, markets=("fr",)))
    for name in ("publication-take-back", "publication-try-again", "publication-give-up"):
        assert client.post(reverse(name, args=[row.pk]), {"reason": "so"}).status_code == 404
    row.refresh_from_db()
    assert row.state == "held"
