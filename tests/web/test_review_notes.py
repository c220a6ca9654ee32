"""The review's page beyond the signature: notes, rejection, links, risk, the window, and signing several together."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.flows import annotate
from candour.flows import review as reviewing
from candour.flows import submit as writing
from candour.journal.models import Signature
from candour.messages.models import Annotation, Draft, Review
from candour.people.models import User
from tests import approve_factories as make
from tests import factories
from tests.flows.landing_pages import landing_pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(settings: Any) -> make.Ground:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    return make.ground()


def window(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _page(person: User, review: Review) -> str:
    return window(person).get(reverse("review", args=[review.pk])).content.decode()


def _plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def _note(on: make.Ground, review: Review, **form: object) -> Any:
    data = {"kind": "must_fix", "quote": "rezeptfrei", "words": "Bitte belegen."} | form
    return window(on.medical).post(reverse("review-note", args=[review.pk]), data)


def test_a_note_is_written_on_words_and_stands_beside_the_text(on: make.Ground) -> None:
    review = make.review(on)
    assert _note(on, review).status_code == 302
    page = _page(on.legal, review)
    assert "Bitte belegen." in page
    assert re.search(r'<mark class="hl blocked" data-reason="note-\d+">', page)
    assert "1 open, 1 must fix" in _plain(page)


def test_a_refused_note_keeps_what_was_typed(on: make.Ground) -> None:
    answer = _note(on, make.review(on), quote="Zahnschmerzen")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "These words do not stand in the text." in page
    assert "Bitte belegen." in page and "Zahnschmerzen" in page
    assert not Annotation.objects.exists()


def test_one_who_only_sees_the_draft_gets_no_form(on: make.Ground) -> None:
    review = make.review(on)
    assert "Write a note" not in _page(on.author, review)
    assert "Write a note" in _page(on.medical, review)


def test_a_must_fix_of_ones_own_is_said_when_signing(on: make.Ground) -> None:
    review = make.review(on)
    _note(on, review)
    seal = review.seals.get(role="medical")
    data = {"seal": seal.pk, "secret": factories.PASSWORD, "digest": review.version.digest}
    answer = window(on.medical).post(reverse("review-sign", args=[review.pk]), data)
    assert answer.status_code == 409
    assert "something must be fixed" in answer.content.decode()
    assert not Signature.objects.filter(signer=on.medical).exists()


def test_the_author_answers_on_the_draft_and_the_reviewer_settles_on_the_review(on: make.Ground) -> None:
    review = make.review(on)
    _note(on, review)
    note = Annotation.objects.get()
    there = window(on.author)
    assert "Bitte belegen." in there.get(reverse("draft", args=[review.draft_id])).content.decode()
    answer = there.post(reverse("note-answer", args=[note.pk]), {"words": "Siehe Fachinformation", "back": "draft"})
    assert answer.url == f"{reverse('draft', args=[review.draft_id])}#note-{note.pk}"
    page = _page(on.medical, review)
    assert "Siehe Fachinformation" in page and "answered" in page
    answer = window(on.medical).post(reverse("note-settle", args=[note.pk]), {"back": "review"})
    assert answer.url == f"{reverse('review', args=[review.pk])}#note-{note.pk}"
    assert "all settled" in _page(on.medical, review)


def test_orphans_stand_on_top_of_the_next_round(on: make.Ground) -> None:
    review = make.review(on)
    annotate.annotate(on.medical, review, "nit", "Gut so.", factories.now(), quote="Zovellark")
    annotate.annotate(on.medical, review, "question", "Wirklich?", factories.now(), quote="rezeptfrei in Ihrer Apotheke")
    draft = Draft.objects.get(pk=review.draft_id)
    writing.save(on.author, draft, make.MENDED.replace(", rezeptfrei in Ihrer Apotheke", ""), draft.version, factories.now())
    draft.refresh_from_db()
    second = writing.submit(on.author, factories.settle(on.author, draft), draft.version, factories.now())
    page = _page(on.medical, second)
    assert page.index("Wirklich?") < page.index("Gut so.")
    assert "These words stood in text 2 and are gone." in _plain(page)


def test_rejection_ends_the_draft_and_its_author_reads_why(on: make.Ground) -> None:
    review = make.review(on)
    seal = review.seals.get(role="legal")
    empty = window(on.legal).post(reverse("review-reject", args=[review.pk]), {"seal": seal.pk, "comment": " "})
    assert empty.status_code == 400 and "Say why" in empty.content.decode()
    answer = window(on.legal).post(reverse("review-reject", args=[review.pk]), {"seal": seal.pk, "comment": "Kein Vergleich."})
    assert answer.status_code == 302
    assert "This text was rejected" in _page(on.legal, review)
    page = window(on.author).get(reverse("draft", args=[review.draft_id])).content.decode()
    assert "Kein Vergleich." in page and 'name="text"' not in page


def test_the_page_says_the_risk_and_why(on: make.Ground) -> None:
    page = _plain(_page(on.medical, make.review(on)))
    assert "Usual risk" in page and "a product is named" in page
    page = _plain(_page(on.medical, make.review(on, make.CLEAN, product=None)))
    assert "Low risk" in page and "no product is named, no rule objects" in page
    assert "Medical advice" in page


def test_who_advises_may_note_and_sign_and_is_offered_nothing_that_ends_the_round(on: make.Ground) -> None:
    page = _page(on.medical, make.review(on, make.CLEAN, product=None))
    assert 'data-open-sheet="sign"' in page
    assert "Write a note" in page
    assert 'data-open-sheet="changes"' not in page and 'data-open-sheet="reject"' not in page


def test_a_standing_signature_says_what_it_covers(on: make.Ground) -> None:
    first = make.review(on)
    reviewing.sign(on.medical, first.seals.get(role="medical"), factories.PASSWORD, first.version.digest, factories.now())
    reviewing.ask_changes(on.legal, first.seals.get(role="legal"), "Warum?", factories.now())
    draft = Draft.objects.get(pk=first.draft_id)
    second = writing.submit(on.author, draft, draft.version, factories.now())
    page = _plain(_page(on.legal, second))
    assert "stands from an earlier text" in page
    assert f"Signed text {first.version.number}," in page
    for role in ("legal", "regulatory"):
        reviewing.sign(on.reviewer(role), second.seals.get(role=role), factories.PASSWORD, second.version.digest, factories.now())
    message = second.draft.approvals.get()
    page = _plain(window(on.author).get(reverse("message", args=[message.key])).content.decode())
    assert f"{on.medical.name} signed text {first.version.number}," in page
    assert "not over these bytes" in page


def test_what_links_lead_to_is_shown_and_a_change_before_signing_too(on: make.Ground) -> None:
    with landing_pages() as pages:
        pages.at["/page"] = (200, "<title>Old page</title><p>Old words</p>")
        review = make.review(on, f"{make.MENDED}\n\n{pages.address()}")
        assert "Old page" in _page(on.medical, review)
        pages.at["/page"] = (200, "<title>New page</title><p>New words</p>")
        answer = window(on.medical).post(reverse("review-links", args=[review.pk]))
        assert answer.status_code == 302
        page = _page(on.medical, review)
        assert "Something else since" in page and "New page" in page
        seal = review.seals.get(role="medical")
        form = {"seal": seal.pk, "secret": factories.PASSWORD, "digest": review.version.digest}
        assert window(on.medical).post(reverse("review-sign", args=[review.pk]), form).status_code == 409
        mark = re.search(r'name="drift" value="([0-9a-f]{64})"', page)
        assert mark is not None
        assert window(on.medical).post(reverse("review-sign", args=[review.pk]), form | {"drift": mark[1]}).status_code == 302


def test_the_author_chooses_a_window_and_the_signer_reads_it(on: make.Ground) -> None:
    draft = make.draft(on, make.MENDED, product=on.product)
    begins = (factories.now() + timedelta(days=3)).replace(hour=10, minute=0, second=0, microsecond=0)
    form = {"text": make.MENDED, "title": draft.title, "version": draft.version, "wanted_from": f"{begins:%Y-%m-%dT%H:%M}+00:00"}
    assert window(on.author).post(reverse("draft-save", args=[draft.pk]), form).status_code == 302
    draft.refresh_from_db()
    assert draft.wanted_from == begins
    review = writing.submit(on.author, draft, draft.version, factories.now())
    assert "Usable from" in _page(on.medical, review)


def test_a_window_that_is_over_keeps_the_typed_text(on: make.Ground) -> None:
    draft = make.draft(on, make.MENDED, product=on.product)
    form = {"text": "Neue Worte", "title": draft.title, "version": draft.version, "wanted_until": "2020-01-01T10:00"}
    answer = window(on.author).post(reverse("draft-save", args=[draft.pk]), form)
    assert answer.status_code == 400
    assert "Neue Worte" in answer.content.decode() and "2020-01-01T10:00" in answer.content.decode()
    assert Draft.objects.get(pk=draft.pk).versions.count() == 1


# several together


def _two(on: make.Ground) -> list[Review]:
    return [make.review(on, f"{make.CLEAN} Fassung {number}.", product=None) for number in (1, 2)]


def _form(reviews: list[Review]) -> dict[str, Any]:
    seals = [review.seals.get(role="legal") for review in reviews]
    return {"seal": [seal.pk for seal in seals], "secret": factories.PASSWORD} | {
        f"digest-{seal.pk}": seal.review.version.digest for seal in seals
    }


def test_two_alike_are_shown_whole_and_signed_with_one_secret(on: make.Ground) -> None:
    two = _two(on)
    page = window(on.legal).get(reverse("review-many")).content.decode()
    assert all(review.version.text in page and review.version.digest in page for review in two)
    assert window(on.legal).post(reverse("review-many"), _form(two)).status_code == 302
    assert Signature.objects.filter(signer=on.legal).count() == 2
    assert "Nothing to sign together" in window(on.legal).get(reverse("review-many")).content.decode()


def test_a_product_text_is_offered_on_its_own_page_only(on: make.Ground) -> None:
    make.review(on)
    assert "Nothing to sign together" in window(on.legal).get(reverse("review-many")).content.decode()


@pytest.mark.parametrize("change", [{"secret": "wrong"}, {"seal": []}], ids=["secret", "none"])
def test_together_or_not_at_all(on: make.Ground, change: dict[str, Any]) -> None:
    answer = window(on.legal).post(reverse("review-many"), _form(_two(on)) | change)
    assert answer.status_code in (400, 403)
    assert not Signature.objects.filter(signer=on.legal).exists()


def test_one_that_no_longer_waits_signs_none(on: make.Ground) -> None:
    two = _two(on)
    form = _form(two)
    reviewing.ask_changes(on.legal, two[0].seals.get(role="legal"), "Nein", factories.now())
    answer = window(on.legal).post(reverse("review-many"), form)
    assert answer.status_code == 409 and "no longer waits" in answer.content.decode()
    assert not Signature.objects.filter(signer=on.legal).exists()


def test_a_stranger_to_the_market_signs_nothing(on: make.Ground) -> None:
    form = _form(_two(on))
    stranger = factories.person("Ada Fern", Function.LEGAL_REVIEWER, markets=("us",), certified=True)
    assert window(stranger).post(reverse("review-many"), form).status_code == 409
    assert not Signature.objects.filter(signer=stranger).exists()
