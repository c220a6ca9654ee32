"""Typed and not kept: stored beside the draft, never over anybody's text, and found again in the history with what differs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import factories
import pytest
from approve_factories import QUICK_HASHERS
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from candour.core.rights import Function
from candour.flows import sketches, submit
from candour.journal.models import Entry
from candour.messages.models import Draft, DraftVersion, Sketch
from candour.people.models import User
from tests import approve_factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(settings: Settings) -> Iterator[make.Ground]:
    settings.PASSWORD_HASHERS = QUICK_HASHERS
    return make.ground()


@pytest.fixture
def draft(on: make.Ground) -> Draft:
    fields = {"account": on.account, "product": None, "lang": "de", "now": factories.now()}
    return submit.create_draft(on.author, title="Tag der Migräne", text="Erste Fassung.", **fields)


def as_reader(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def typed(person: User, draft: Draft, text: str, version: int | None = None) -> str:
    form = {"version": draft.version if version is None else version, "title": draft.title, "text": text}
    answer = as_reader(person).post(reverse("draft-sketch", args=[draft.pk]), form)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_typed_is_kept_and_is_no_version(on: make.Ground, draft: Draft) -> None:
    entries = Entry.objects.count()
    assert "kept beside the draft" in typed(on.author, draft, "Zweite Fassung, halb")
    assert "kept beside the draft" in typed(on.author, draft, "Zweite Fassung, halb fertig")
    assert Sketch.objects.get().text == "Zweite Fassung, halb fertig", "one line while one goes on typing"
    assert (DraftVersion.objects.count(), Entry.objects.count()) == (1, entries)
    before, _changed = draft.version, draft.refresh_from_db()
    assert draft.version == before
    page = as_reader(on.author).get(reverse("draft-sketch", args=[draft.pk])).content.decode()
    assert "did not keep it" in page


def test_two_editors_lose_no_word(on: make.Ground, draft: Draft) -> None:
    colleague = factories.person("Nora Feldmann", Function.AUTHOR, markets=("de",), certified=True)
    stale = draft.version
    typed(on.author, draft, "Meine Fassung.", stale)
    submit.save(colleague, Draft.objects.get(pk=draft.pk), "Noras Fassung.", stale, factories.now())
    assert "Somebody else has kept another text" in typed(on.author, draft, "Meine Fassung, länger.", stale)
    form = {"version": stale, "title": draft.title, "text": "Meine Fassung, länger."}
    answer = as_reader(on.author).post(reverse("draft-save", args=[draft.pk]), form)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Noras" in page
    assert "Meine Fassung, länger." in page
    assert submit.last_version(draft).text == "Noras Fassung."
    history = as_reader(on.author).get(reverse("draft-history", args=[draft.pk])).content.decode()
    for words in ("Erste Fassung.", "Noras Fassung.", "Meine Fassung, länger."):
        assert f"\n{words}</textarea>" in history
    assert "<ins>Noras</ins>" in history


def test_what_stands_in_the_newest_version_is_no_sketch(on: make.Ground, draft: Draft) -> None:
    typed(on.author, draft, "Erste Fassung.")
    assert not Sketch.objects.exists()


def test_who_may_not_write_keeps_nothing_and_another_market_finds_nothing(on: make.Ground, draft: Draft) -> None:
    form = {"version": draft.version, "text": "x"}
    assert as_reader(on.medical).post(reverse("draft-sketch", args=[draft.pk]), form).status_code == 403
    abroad = factories.person("Aveline Roussel", Function.AUTHOR, markets=("fr",))
    for name in ("draft-sketch", "draft-history"):
        assert as_reader(abroad).get(reverse(name, args=[draft.pk])).status_code == 404
    assert not Sketch.objects.exists()


def test_a_draft_keeps_the_last_lines_of_a_person_only(on: make.Ground, draft: Draft) -> None:
    for number in range(sketches.MOST + 5):
        sketches.keep(on.author, draft, "T", f"Text {number}", draft.version, factories.now() + timedelta(minutes=3 * number))
    assert Sketch.objects.count() == sketches.MOST
    assert sketches.newest_of(on.author, draft).text == f"Text {sketches.MOST + 4}"
