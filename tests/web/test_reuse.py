"""Other countries on the screen: the answer before the question, the forms that act, the proof to print."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.journal.acting import acting
from candour.journal.models import Entry
from candour.messages.models import ApprovedMessage, CertifiedSentence, ReuseProof, Translation
from candour.people.actions import give
from candour.people.models import User
from candour.web.market_marks import marks_abroad
from tests import approve_factories as approving
from tests import factories
from tests.reuse_factories import FRENCH, GERMAN, Abroad, abroad, certified, go, looked, registered, sentences_of, translated, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(settings: Any) -> Abroad:
    settings.PASSWORD_HASHERS = approving.QUICK_HASHERS
    return abroad()


@pytest.fixture
def plain(place: Abroad) -> ApprovedMessage:
    return approving.approved(place.home, GERMAN, title="Ein Tagebuch für die Migräne", product=None)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(person: User, name: str, *args: Any, **query: str) -> str:
    answer = signed_in(person).get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def send(person: User, name: str, message: ApprovedMessage, market: str, **fields: Any) -> Any:
    return signed_in(person).post(reverse(name, args=[message.key, market]), fields)


def test_the_message_page_offers_its_other_countries_without_waiting_for_them(place: Abroad, plain: ApprovedMessage) -> None:
    words = page(place.lead, "message", plain.key)
    assert reverse("reuse-card", args=[plain.key]) in words and "hx-get" in words


def test_the_card_has_a_row_per_market_with_answer_and_minutes(place: Abroad, plain: ApprovedMessage) -> None:
    words = page(place.lead, "reuse-card", plain.key)
    for told in ("Switzerland", "1 signature, about", "no rule differs", "France", "After a certified translation: 1 signature"):
        assert told in words
    part = signed_in(place.lead).get(reverse("reuse-card", args=[plain.key]), headers={"HX-Request": "true"}).content.decode()
    assert "Switzerland" in part and "<html" not in part


def test_a_market_where_it_is_used_leads_there(place: Abroad, plain: ApprovedMessage) -> None:
    go(place.lead, plain, place.accounts["ch"])
    made = ApprovedMessage.objects.get(market="ch")
    assert reverse("message", args=[made.key]) in page(place.lead, "reuse-card", plain.key)
    words = page(place.lead, "message", made.key)
    assert "Stands on" in words and reverse("reuse-proof", args=[made.reused_from_id]) in words


def test_signing_on_the_page_leads_to_the_proof(place: Abroad, plain: ApprovedMessage) -> None:
    seen = looked(plain, place.accounts["ch"]).seen
    assert seen in page(place.lead, "reuse", plain.key, "ch")
    answer = send(place.lead, "reuse-ask", plain, "ch", seen=seen, secret=factories.PASSWORD)
    kept = ReuseProof.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("reuse-proof", args=[kept.pk]))
    words = page(place.lead, "reuse-proof", kept.pk)
    for told in (kept.digest, kept.target_digest, "Camille Rousset", "reuse without further review", "Nothing: the same words"):
        assert told in words


def test_a_refused_form_says_why_and_leaves_only_the_refusal(place: Abroad, plain: ApprovedMessage) -> None:
    before = written()
    answer = send(place.lead, "reuse-ask", plain, "ch", seen=looked(plain, place.accounts["ch"]).seen, secret="wrong")
    assert answer.status_code == 403 and "not your password" in answer.content.decode()
    assert written() == before
    assert Entry.objects.get(act="reuse.refused").actor == str(place.lead.pk)


def test_a_forbidden_reuse_names_its_rule_and_offers_no_form(place: Abroad) -> None:
    message = approving.approved(place.home)
    registered(place, "ch", "rx")
    words = page(place.writer, "reuse", message.key, "ch")
    assert "CH-01-RX" in words and "forbids it" in words and reverse("reuse-ask", args=[message.key, "ch"]) not in words
    before = written()
    answer = send(place.writer, "reuse-ask", message, "ch", seen=looked(message, place.accounts["ch"]).seen, secret=factories.PASSWORD)
    assert answer.status_code == 409 and written() == before
    assert "CH-01-RX" in str(Entry.objects.get(act="reuse.refused").new)


def test_a_translation_is_typed_compared_certified_and_travels(place: Abroad, plain: ApprovedMessage) -> None:
    fields = {f"piece-{number}": words for number, words in enumerate(FRENCH)}
    assert send(place.writer, "reuse-translate", plain, "fr", **fields).status_code == 302
    row = Translation.objects.get()
    assert "somebody else certifies it" in page(place.writer, "reuse", plain.key, "fr")
    assert "says the same" in page(place.lead, "reuse", plain.key, "fr")
    ticked = {"sentence": sentences_of(plain), "digest": row.digest, "secret": factories.PASSWORD}
    assert send(place.lead, "reuse-certify", plain, "fr", **ticked).status_code == 302
    assert CertifiedSentence.objects.count() == len(sentences_of(plain))
    words = page(place.lead, "reuse", plain.key, "fr")
    assert "certified by Camille Rousset" in words and "1 signature" in words


def test_a_translation_that_drops_a_negation_shows_it_and_can_not_be_certified(place: Abroad, plain: ApprovedMessage) -> None:
    wrong = (*FRENCH[:2], "Le journal nomme un médicament.", *FRENCH[3:])
    row = translated(place, plain, wrong)
    words = page(place.lead, "reuse", plain.key, "fr")
    assert "Negations differ" in words and "says the same" not in words
    ticked = {"sentence": sentences_of(plain), "digest": row.digest, "secret": factories.PASSWORD}
    answer = send(place.lead, "reuse-certify", plain, "fr", **ticked)
    assert answer.status_code == 409 and not CertifiedSentence.objects.exists()


def test_what_was_typed_stays_when_a_translation_is_refused(place: Abroad, plain: ApprovedMessage) -> None:
    answer = send(place.writer, "reuse-translate", plain, "fr", **{"piece-0": "Un journal", "piece-1": "Beaucoup de gens."})
    assert answer.status_code == 400 and "Beaucoup de gens." in answer.content.decode()
    assert not Translation.objects.exists()


def test_the_proof_prints_source_and_translation_side_by_side(place: Abroad, plain: ApprovedMessage) -> None:
    certified(place, plain)
    kept = go(place.lead, plain, place.accounts["fr"])
    words = page(place.lead, "reuse-proof", kept.pk)
    for told in (FRENCH[2], "Das Tagebuch nennt kein Medikament.", "certified by Camille Rousset"):
        assert told in words


def test_a_source_withdrawn_later_shows_on_what_was_reused(place: Abroad, plain: ApprovedMessage) -> None:
    kept = go(place.lead, plain, place.accounts["ch"])
    made = ApprovedMessage.objects.get(reused_from=kept)
    with acting(place.lead, "test"):
        plain.withdrawn_at, plain.withdrawn_why = factories.now(), "the diary was replaced"
        plain.save()
    for words in (page(place.lead, "message", made.key), page(place.lead, "reuse-proof", kept.pk)):
        assert "withdrawn" in words and "the diary was replaced" in words


def test_the_list_sums_what_was_saved(place: Abroad, plain: ApprovedMessage) -> None:
    kept = go(place.lead, plain, place.accounts["ch"])
    words = page(place.lead, "reuse-proofs")
    assert "hours saved" in words and f">{round(kept.full_minutes / 60)}<" in words and "1 / 1" in words


def test_who_answers_for_another_market_reads_what_was_proven_here(place: Abroad, plain: ApprovedMessage) -> None:
    local = factories.person("Ada Lindqvist", Function.COUNTRY_LEAD, markets=("ch",), certified=True)
    assert signed_in(local).get(reverse("message", args=[plain.key])).status_code == 404
    assert plain.title in page(local, "reuse-others") and plain.title not in page(place.home.author, "reuse-others")
    assert "1 signature" in page(local, "reuse-card", plain.key)
    seen = looked(plain, place.accounts["ch"]).seen
    assert send(local, "reuse-ask", plain, "ch", seen=seen, secret=factories.PASSWORD).status_code == 302
    assert "Ada Lindqvist" in page(local, "reuse-proof", ReuseProof.objects.get().pk)


def test_whoever_carries_nothing_anywhere_finds_nothing(place: Abroad, plain: ApprovedMessage) -> None:
    kept = go(place.lead, plain, place.accounts["ch"])
    stranger = factories.person("Sofia Arbour", Function.COMMUNITY_MANAGER, markets=("us",))
    assert signed_in(stranger).get(reverse("reuse-proof", args=[kept.pk])).status_code == 404
    assert signed_in(stranger).get(reverse("reuse", args=[plain.key, "ch"])).status_code == 404
    assert plain.title not in near(stranger, GERMAN)


def test_an_answer_to_one_person_travels_nowhere(place: Abroad) -> None:
    row = approving.template(place.home, "Guten Tag, Frau Meier.", key="frau-meier", kind="free_reply")
    local = factories.person("Ada Lindqvist", Function.COUNTRY_LEAD, markets=("ch",), certified=True)
    assert signed_in(local).get(reverse("reuse-card", args=[row.key])).status_code == 404
    assert row.title not in page(local, "reuse-others")
    assert "written for one person" in page(place.lead, "reuse-card", row.key)


def test_a_grant_for_one_brand_carries_that_brand_only(place: Abroad) -> None:
    message = approving.approved(place.home)
    local = factories.person("Ada Lindqvist", certified=True)
    with acting(factories.founder(), "test"):
        give(local, Function.COUNTRY_LEAD, by=factories.founder(), at=factories.now() - timedelta(days=1), market="ch", brand="mivrantel")
    assert signed_in(local).get(reverse("reuse", args=[message.key, "ch"])).status_code == 404


def test_a_review_that_a_reuse_opened_names_only_the_differences(place: Abroad, plain: ApprovedMessage) -> None:
    with acting(factories.founder(), "test"):
        place.accounts["ch"].audience = "hcp"
        place.accounts["ch"].save()
    kept = go(place.writer, plain, place.accounts["ch"])
    words = page(place.lead, "review", kept.review_id)
    for told in ("A proven message from another market", "Audience", "Public", "Health professionals"):
        assert told in words
    assert "A proven message from another market" not in page(place.lead, "review", plain.draft.reviews.get().pk)


# the nearest approved text


def near(person: User, text: str) -> str:
    answer = signed_in(person).post(reverse("nearest"), {"text": text})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_pasted_draft_finds_its_nearest_text_and_what_differs(place: Abroad, plain: ApprovedMessage) -> None:
    approving.approved(place.home, approving.CLEAN, product=None)
    words = near(place.writer, GERMAN.replace("2 Seiten", "4 Seiten"))
    assert words.index(plain.title) < words.find("Migräne-Tag") or "Migräne-Tag" not in words
    assert "1 word added, 1 word removed" in words and "% the same" in words


def test_nothing_near_is_said(place: Abroad, plain: ApprovedMessage) -> None:
    assert "Nothing approved is near it" in near(place.writer, "Ganz etwas anderes steht hier geschrieben.")


# the library's list


def test_a_line_of_the_library_shows_the_markets_that_stand_on_it_and_fetches_the_rest(place: Abroad, plain: ApprovedMessage) -> None:
    go(place.lead, plain, place.accounts["ch"])
    words = page(place.lead, "library", market="de")
    assert ">CH<" in words and "usable now" in words
    assert f"{reverse('reuse-card', args=[plain.key])}?marks=1" in words


def _groups(words: str) -> list[tuple[str, str]]:
    parts = re.findall(r'<li class="cd-chip[^"]*">.*?</svg>(.*?)</li>', words, re.DOTALL)
    return [(part.split("<a")[0].strip(), part) for part in parts]


def test_the_marks_say_what_the_card_says_for_every_market(place: Abroad, plain: ApprovedMessage) -> None:
    address = reverse("reuse-card", args=[plain.key])
    words = signed_in(place.lead).get(address, {"marks": "1"}, headers={"HX-Request": "true"}).content.decode()
    groups = {told: [market for market in ("CH", "FR", "US") if f">{market}</a>" in part] for told, part in _groups(words)}
    assert groups == {"usable now, one signature": ["CH"], "translation first": ["FR", "US"]}
    assert "<html" not in words


def test_what_is_over_asks_no_market(place: Abroad, plain: ApprovedMessage) -> None:
    with acting(factories.founder(), "test"):
        ApprovedMessage.objects.filter(pk=plain.pk).update(withdrawn_at=factories.now(), withdrawn_why="label changed")
    assert "?marks=1" not in page(place.lead, "library")


def test_usable_now_in_a_market_finds_what_stands_there_and_its_source(place: Abroad, plain: ApprovedMessage) -> None:
    assert "Nothing approved matches" in page(place.lead, "library", usable_in="ch")
    made = ApprovedMessage.objects.get(reused_from=go(place.lead, plain, place.accounts["ch"]))
    words = page(place.lead, "library", usable_in="ch")
    assert reverse("message", args=[made.key]) in words and reverse("message", args=[plain.key]) in words
    with acting(factories.founder(), "test"):
        ApprovedMessage.objects.filter(pk=made.pk).update(withdrawn_at=factories.now(), withdrawn_why="label changed")
    assert "Nothing approved matches" in page(place.lead, "library", usable_in="ch")


def test_the_marks_of_a_page_cost_two_queries_however_many_lines_it_has(
    place: Abroad, plain: ApprovedMessage, django_assert_num_queries: Any
) -> None:
    second = approving.approved(place.home, "Ein Glas Wasser am Morgen.", title="Wasser", product=None)
    go(place.lead, plain, place.accounts["ch"])
    with django_assert_num_queries(2):
        marks = marks_abroad([plain, second], factories.now())
    assert [mark.market for group in marks[plain.pk] for mark in group.marks] == ["ch"] and marks[second.pk] == []
