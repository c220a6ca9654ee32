"""Paid and targeted: what may be shown for money to whom, never by health; elsewhere it is a reuse; what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from candour.core.rights import Function
from candour.flows import advertise
from candour.flows.advertise import Wanted
from candour.flows.answers import Refusal, Stale
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.messages.models import AdRecord, ApprovedMessage
from candour.packs.targeting import grounds, refused
from tests import approve_factories as approve
from tests import factories
from tests.reuse_factories import GERMAN, abroad

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.PASSWORD_HASHERS = approve.QUICK_HASHERS


@pytest.fixture
def on() -> approve.Ground:
    return approve.ground()


@pytest.fixture
def message(on: approve.Ground) -> ApprovedMessage:
    return approve.approved(on)


def day(after: int = 0) -> date:
    return factories.now().date() + timedelta(days=after)


def wanted(**more: Any) -> Wanted:
    told = Wanted("linkedin", "pub", "Adults in Hesse", "de", 18, "By region only", day(2), day(10), budget="500 EUR")
    return replace(told, **more)


def refusal(on: approve.Ground, message: ApprovedMessage, **more: Any) -> Refusal:
    before = AdRecord.objects.count(), Entry.objects.count()
    with pytest.raises(Refusal) as told:
        advertise.record(on.author, message, wanted(**more), factories.now())
    assert (AdRecord.objects.count(), Entry.objects.count()) == before
    return told.value


def test_an_advertisement_is_entered_on_record(on: approve.Ground, message: ApprovedMessage) -> None:
    row = advertise.record(on.author, message, wanted(), factories.now())
    assert (row.country, row.age_floor, row.budget, row.by) == ("de", 18, "500 EUR", on.author) and "de" in row.releases
    entry = Entry.objects.get(subject="approval_adrecord", key=str(row.pk))
    assert (entry.act, entry.reason, entry.op) == ("ad.record", "By region only", "I")


HEALTHY = [
    "Adults in Hesse",
    "Neurologists and psychotherapists in Berlin",
    "Diabetologen in Leiden",
    "Pharmacists, 30 to 60",
    "Kinderärzte in Wien",
    "Allergologues à Lyon",
]
ILL = [
    "People with migraine",
    "Menschen mit MIGRÄNE",
    "Menschen mit migra\u0308ne",
    "ｄｉａｂｅｔｅｓ interest",
    "users of a health app",
    "Lookalike of our patient list",
    "retargeting of visitors",
    "pregnant women",
    "Schwangere",
    "people who take prescription medicines",
    "Teenagers in Rome",
    "personnes malades",
    "Zovellark buyers",
    "religious readers",
]


@pytest.mark.parametrize("words", HEALTHY)
def test_a_profession_or_region_is_no_health_data(on: approve.Ground, message: ApprovedMessage, words: str) -> None:
    assert advertise.record(on.author, message, wanted(described=words), factories.now())


@pytest.mark.parametrize("words", ILL)
def test_nobody_is_targeted_by_what_they_have_or_take(on: approve.Ground, message: ApprovedMessage, words: str) -> None:
    told = refusal(on, message, described=words)
    assert "is not targeted on" in told.why and told.status == 409 and "region" in told.remedy


@given(st.sampled_from([(ground.id, word) for ground in grounds() for word in ground.words]), st.text(max_size=30), st.text(max_size=30))
def test_every_word_of_the_list_is_found_wherever_it_stands(listed: tuple[str, str], before: str, after: str) -> None:
    assert refused(f"{before} {listed[1].removesuffix('*')} {after}") is not None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"age_floor": 17}, "lowest age"),
        ({"age_floor": 0}, "lowest age"),
        ({"audience": "hcp"}, "health professionals are told"),
        ({"audience": "everyone"}, "Choose an audience"),
        ({"described": ""}, "Describe"),
        ({"reason": " "}, "lawful"),
        ({"network": ""}, "network"),
        ({"starts_on": None}, "from which day"),
        ({"starts_on": day(-2)}, "has passed"),
        ({"starts_on": day(5), "ends_on": day(4)}, "follows"),
        ({"ends_on": day(400)}, "follows"),
    ],
)
def test_what_is_missing_or_can_not_be_is_said(on: approve.Ground, message: ApprovedMessage, more: dict[str, Any], words: str) -> None:
    told = refusal(on, message, **more)
    assert words in told.why and told.status == 400


def test_another_audience_than_the_approved_one_is_refused(on: approve.Ground, message: ApprovedMessage) -> None:
    told = refusal(on, message, audience="hcp", gate="DocCheck login")
    assert "another audience" in told.why and message.key in told.remedy_url


def test_another_country_is_a_reuse_and_the_answer_is_told() -> None:
    place = abroad()
    message = approve.approved(place.home, GERMAN, title="Ein Tagebuch für die Migräne", product=None)
    told = refusal(place.home, message, country="ch")
    assert "In CH it is a reuse: one signature." in told.why and told.remedy_url == reverse("reuse-card", args=[message.key])
    assert "no account of ours" in refusal(place.home, message, country="jp").why


def test_a_withdrawn_or_expiring_approval_is_not_advertised(on: approve.Ground, message: ApprovedMessage) -> None:
    with acting(on.lead, "test"):
        ApprovedMessage.objects.filter(pk=message.pk).update(valid_until=factories.now() + timedelta(days=5))
    message.refresh_from_db()
    assert "expired" in refusal(on, message).why
    with acting(on.lead, "test"):
        ApprovedMessage.objects.filter(pk=message.pk).update(withdrawn_at=factories.now())
    message.refresh_from_db()
    assert "withdrawn" in refusal(on, message, ends_on=day(3)).why


def test_the_rules_are_asked_about_a_paid_piece(on: approve.Ground, message: ApprovedMessage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    real = advertise.rules_then
    monkeypatch.setattr(advertise, "rules_then", lambda *given, paid=False: asked.append(paid) or real(*given, paid=paid))
    advertise.record(on.author, message, wanted(), factories.now())
    assert asked == [True]
    monkeypatch.setattr(advertise, "rules_then", lambda *given, paid=False: "On that day rule X blocks this text.")
    assert "rule X" in refusal(on, message).why


def test_an_answer_is_not_advertised(on: approve.Ground) -> None:
    assert "answer" in refusal(on, approve.template(on)).why


def test_who_may_enter_one(on: approve.Ground, message: ApprovedMessage) -> None:
    refusing: list[Callable[[], Any]] = []
    for function, market, certified in (("medical_reviewer", "", True), ("author", "us", True), ("author", "de", False)):
        someone = factories.person(f"{function} {market} {certified}", Function(function), markets=(market,), certified=certified)
        refusing.append(lambda someone=someone: advertise.record(someone, message, wanted(), factories.now()))
    for act in refusing:
        with pytest.raises(Refusal):
            act()
    assert AdRecord.objects.count() == 0


def test_it_is_run_again_for_another_audience_and_ended_once(on: approve.Ground, message: ApprovedMessage) -> None:
    first = advertise.record(on.author, message, wanted(), factories.now())
    again = advertise.record(on.author, message, wanted(described="Adults in Bavaria", again_of=first), factories.now())
    assert again.again_of == first
    with pytest.raises(Refusal):
        advertise.end(on.author, first, " ", factories.now())
    assert advertise.end(on.author, first, "budget spent", factories.now()).ended_why == "budget spent"
    with pytest.raises(Stale):
        advertise.end(on.author, first, "again", factories.now())
    assert Entry.objects.filter(act="ad.end").count() == 1


def test_the_page_takes_a_form_and_keeps_what_was_typed_when_it_is_refused(on: approve.Ground, message: ApprovedMessage) -> None:
    client, address = Client(), reverse("message-ads", args=[message.key])
    client.force_login(on.author)
    form = {
        "network": "linkedin", "audience": "pub", "described": "People with migraine", "country": "de", "age_floor": "18",
        "reason": "By region only", "starts_on": day(2).isoformat(), "ends_on": day(9).isoformat(),
    }  # fmt: skip
    answer = client.post(address, form)
    assert answer.status_code == 409 and 'value="People with migraine"' in answer.content.decode()
    assert Entry.objects.filter(act="ad.record.refused", key=message.key).count() == 1
    assert client.post(address, form | {"described": "Adults in Hesse", "starts_on": "soon"}).status_code == 400
    assert client.post(address, form | {"described": "Adults in Hesse"}).status_code == 302
    page = client.get(address).content.decode()
    assert "Adults in Hesse" in page and "By region only" in page
    row = AdRecord.objects.get()
    assert client.post(reverse("ad-end", args=[row.pk]), {"reason": "spent"}).status_code == 302
    assert "spent" in client.get(address).content.decode()
