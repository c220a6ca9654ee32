"""The notices a reader answers for: what it is, the provider's words as they came, what to do, and the link; nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import factories
import pytest
from approve_factories import QUICK_HASHERS
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from candour.assurance import actions
from candour.assurance.actions import Hit
from candour.assurance.models import WatchRound
from candour.cases.models import Reply
from candour.core.rights import Function
from candour.core.watches import WATCHES, Way
from candour.flows import publish
from candour.journal.acting import acting
from candour.messages.models import Publication
from candour.people.models import User
from candour.project import doctor
from tests import approve_factories as make

pytestmark = pytest.mark.django_db

WORDS = "Rate limit für @hollinqvist\n<script>alert(1)</script> “’”"


@pytest.fixture
def on(settings: Settings) -> Iterator[make.Ground]:
    settings.PASSWORD_HASHERS = QUICK_HASHERS
    return make.ground()


def open_notice(owner: User | None, **more: object) -> None:
    """One notice of a failed publication, seen by a round just now."""
    now = factories.now()
    told: dict[str, object] = {
        "watch": "publication.failed",
        "cause": f"publication.failed:newsroom-de:{len(more)}",
        "since": now - timedelta(hours=3),
        "owner_id": owner.pk if owner else None,
        "act": "draft.publish",
        "market": "de",
        "values": {"account": "hollinqvist.de"},
        "problem": "It refused the text.",
        "provider_words": WORDS,
        "thing": ("message", "migraine-day", "Migräne-Tag"),
    }
    with acting(factories.founder(), "test"):
        actions.settle([Hit(**(told | more))], set(), now)  # type: ignore[arg-type]


def page(person: User, name: str = "notices", query: str = "") -> str:
    client = Client()
    client.force_login(person)
    answer = client.get(reverse(name) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_owner_reads_what_it_is_in_whose_words_and_what_to_do(on: make.Ground) -> None:
    open_notice(on.author)
    text = page(on.author)
    assert "hollinqvist.de did not take a text." in text
    assert "order it anew" in text
    assert "<script>alert" not in text
    assert WORDS in unescape(text), "the provider's words stand there letter for letter"
    assert f'href="{reverse("message", args=["migraine-day"])}"' in text
    assert "did not take a text" in page(on.author, "home")


def test_nobody_else_reads_it_but_who_may_see_all(on: make.Ground) -> None:
    open_notice(on.author)
    assert "did not take a text" not in page(on.medical)
    assert "did not take a text" not in page(on.medical, query="?tab=all")
    assert "did not take a text" not in page(on.lead)
    assert "did not take a text" in page(on.lead, query="?tab=all")
    assert "did not take a text" in page(factories.person("Auda", Function.AUDITOR), query="?tab=all")


def test_a_watch_that_stands_still_says_so(on: make.Ground) -> None:
    assert "has not gone round" in page(on.author)
    open_notice(on.author)
    assert "has not gone round" not in page(on.author)
    WatchRound.objects.update(at=factories.now() - timedelta(minutes=6))
    assert "has not gone round" in page(on.author)
    assert "has not gone round" in page(on.author, "home")


@pytest.mark.parametrize("key", sorted(key for key, row in WATCHES.items() if Way.ASK in row.ways and not row.within))
def test_every_notice_can_be_read_and_names_who_answers_for_it(on: make.Ground, key: str) -> None:
    act = {"seal.*": "seal.legal", "receipt.*": "receipt.quality"}.get(WATCHES[key].act, WATCHES[key].act)
    values = {"account": "hollinqvist.de", "source": "Newsroom", "task": "listen"}
    open_notice(None, watch=key, cause=key, act=act, values=values)
    text = page(on.lead, query="?tab=all")
    assert "Whoever holds: " in text
    assert "Whoever holds: <" not in text
    assert "%(" not in text


@pytest.mark.parametrize("thing", [("source", "newsroom-de", "N"), ("inbox", "de", ""), ("second_look", "de", ""), ("draft", "3", "D"),
                                   ("review", "4", "R"), ("case", "DE-26-0001", "DE-26-0001"), ("message", "m", "M")])  # fmt: skip
def test_every_kind_of_link_leads_somewhere(on: make.Ground, thing: tuple[str, str, str]) -> None:
    open_notice(on.author, thing=thing)
    assert '<li><a class="btn btn-s" href="/' in page(on.author)


def test_the_outcome_stands_on_the_page_of_the_message(on: make.Ground) -> None:
    message = make.approved(on)
    row = publish.publish(on.author, message, on.account, factories.now())
    now = factories.now()
    Publication.objects.filter(pk=row.pk).update(
        state="failed",
        attempts=3,
        first_tried_at=now,
        sending_since=now,
        failure="permanent",
        cause="x",
        problem="No.",
        provider_words=WORDS,
    )
    client = Client()
    client.force_login(on.author)
    text = client.get(reverse("message", args=[message.key])).content.decode()
    assert WORDS in unescape(text)
    assert "<script>alert" not in text
    assert "lasting: somebody must change something" in text
    assert client.post(reverse("publication-give-up", args=[row.pk]), {"reason": ""}).status_code == 400
    assert Publication.objects.get(pk=row.pk).failure == "permanent"
    assert client.post(reverse("publication-give-up", args=[row.pk]), {"reason": "Said it by phone."}).status_code == 302
    assert Publication.objects.get(pk=row.pk).failure == "given_up"
    assert "left unsent by a person" in client.get(reverse("message", args=[message.key])).content.decode()


def test_who_answers_a_case_settles_its_reply_there(on: make.Ground) -> None:
    who = factories.person("Mira Castellane", Function.COMMUNITY_MANAGER, certified=True)
    case, message = factories.case(), make.template(on)
    with acting(who, "test"):
        row = Publication.objects.create(
            message=message, account=on.account, text=message.text, lang="de", digest="0", due_at=factories.now(), by=who,
            state="unknown", asked_at=factories.now(), problem="Nobody knows.", provider_words=WORDS, attempts=2, failure="transient",
        )  # fmt: skip
        Reply.objects.create(case=case, publication=row, by=who, at=factories.now())
    client = Client()
    client.force_login(who)
    text = client.get(reverse("case", args=[case.number])).content.decode()
    assert WORDS in unescape(text)
    assert reverse("publication-give-up", args=[row.pk]) in text
    answer = client.post(reverse("publication-give-up", args=[row.pk]), {"reason": "Looked at the thread."})
    assert (answer.status_code, answer["Location"]) == (302, reverse("case", args=[case.number]))
    assert Publication.objects.get(pk=row.pk).state == "failed"


def test_doctor_tells_what_is_past_its_limit_without_the_provider_s_words(on: make.Ground) -> None:
    assert doctor._past_limit() == [("D10", "nothing is past its limit", None)]
    assert doctor._watch_fault() is None
    open_notice(on.author)
    ((number, name, fault),) = doctor._past_limit()
    assert number == "D10"
    assert name == "hollinqvist.de did not take a text (DE)"
    assert fault is not None
    assert "Tomas Brandl" in fault
    assert "Rate limit" not in name + fault
    WatchRound.objects.update(at=factories.now() - timedelta(hours=1))
    assert "start Candour's worker" in (doctor._watch_fault() or "")
