"""What a reader was told, "I have it", and the choice how to hear; nobody else's lines."""

from __future__ import annotations

from collections.abc import Iterator

import factories
import pytest
from approve_factories import QUICK_HASHERS
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from candour.assurance.models import Hearing, Telling, Told
from candour.core.rights import Function
from candour.flows import spread
from candour.journal.models import Entry
from candour.people.models import User
from tests import approve_factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(settings: Settings) -> Iterator[make.Ground]:
    settings.PASSWORD_HASHERS = QUICK_HASHERS
    return make.ground()


def as_reader(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def tell(*people: User, safety: bool = False, kind: str = "draft.complete") -> Telling:
    now = factories.now()
    row = Telling.objects.create(
        kind=kind,
        cause=f"x{Telling.objects.count()}",
        by=factories.founder(),
        at=now,
        thing=["message", "migraine-day", "Migräne-Tag"],
        place=["de", None, None],
        safety=safety,
        spread_at=now,
    )
    for person in people:
        Told.objects.create(telling=row, person=person, why="owner", group="texts", how="drawer", at=now)
    return row


def test_a_reader_reads_what_they_were_told_and_nobody_else_does(on: make.Ground) -> None:
    tell(on.author)
    mine, other = as_reader(on.author), as_reader(on.medical)
    page = mine.get(reverse("told-list")).content.decode()
    assert "A text is approved." in page
    assert "Migräne-Tag" in page
    assert "A text is approved." not in other.get(reverse("told-list")).content.decode()


def test_the_link_of_a_mail_leads_only_those_on_who_were_told(on: make.Ground) -> None:
    row = tell(on.author)
    answer = as_reader(on.author).get(reverse("told", args=[row.pk]))
    assert answer.status_code == 302
    assert answer["Location"] == reverse("message", args=["migraine-day"])
    assert as_reader(on.medical).get(reverse("told", args=[row.pk])).status_code == 404
    assert Client().get(reverse("told", args=[row.pk])).status_code == 302, "strangers are led to the door"


def test_i_have_it_counts_once_and_the_second_reads_who(on: make.Ground) -> None:
    row = tell(on.author, on.medical, safety=True, kind="duty.begin")
    first, second, stranger = as_reader(on.author), as_reader(on.medical), as_reader(on.legal)
    assert "I have it" in first.get(reverse("told-list")).content.decode()
    assert stranger.post(reverse("told-have", args=[row.pk])).status_code == 404
    assert first.post(reverse("told-have", args=[row.pk])).status_code == 302
    answer = second.post(reverse("told-have", args=[row.pk]))
    assert answer.status_code == 409
    assert on.author.name in answer.content.decode()
    row.refresh_from_db()
    assert row.acknowledged_by == on.author
    assert Entry.objects.filter(act="telling.acknowledge").exists()


def test_seen_marks_one_s_own_lines_only(on: make.Ground) -> None:
    row = tell(on.author, on.medical)
    numbers = list(row.told.values_list("pk", flat=True))
    as_reader(on.author).post(reverse("told-seen"), {"told": [*numbers, "x", "9" * 30]})
    assert set(row.told.exclude(seen_at=None).values_list("person", flat=True)) == {on.author.pk}


def test_how_i_hear_is_kept_and_safety_is_not_offered(on: make.Ground) -> None:
    client = as_reader(on.author)
    page = client.get(reverse("hearing")).content.decode()
    assert 'name="way-texts"' in page
    assert 'name="way-safety"' not in page
    assert client.post(reverse("hearing-save"), {"way-texts": "mail", "rhythm": "hourly"}).status_code == 302
    assert Hearing.objects.get(person=on.author).ways == {"texts": "mail"}
    assert Entry.objects.filter(subject="assurance_hearing").exists()
    refused = client.post(reverse("hearing-save"), {"way-safety": "drawer", "rhythm": "daily"})
    assert refused.status_code == 400
    assert Hearing.objects.get(person=on.author).ways == {"texts": "mail"}


def test_a_choice_holds_for_the_next_thing_told(on: make.Ground, settings: Settings) -> None:
    from candour.channels.smtp import MailServer  # only where a server is set

    settings.SMTP = MailServer("127.0.0.1", 9)
    spread.choose(on.author, {"texts": "mail"}, "", factories.now())
    row = tell()
    Telling.objects.filter(pk=row.pk).update(spread_at=None, named={"owner": [on.author.pk]})
    machine = factories.person("A machine", Function.LISTENER)
    spread.spread(machine, factories.now())
    assert row.told.get().how == "mail"
