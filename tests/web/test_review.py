"""The review: what changed, who signs, and that nothing but the shown bytes with a proven secret becomes a signature."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candour.core.rights import Function
from candour.flows import review as reviewing
from candour.flows import submit as writing
from candour.journal.acting import acting
from candour.journal.models import Entry, Signature
from candour.messages import queries
from candour.messages.models import ApprovedMessage, Review, Seal
from candour.people.actions import set_deputy
from candour.people.models import User
from candour.people.rights import held_by, may
from candour.project.demo.people import DEMO_SECRET
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


def _page(person: User, review: Review, **query: str) -> str:
    return signed_in(person).get(reverse("review", args=[review.pk]), query).content.decode()


def _seal(review: Review, role: str) -> Seal:
    return review.seals.get(role=role)


def _sign(person: User, review: Review, role: str, *, secret: str = factories.PASSWORD, digest: str | None = None):
    data = {"seal": _seal(review, role).pk, "secret": secret, "digest": review.version.digest if digest is None else digest}
    return signed_in(person).post(reverse("review-sign", args=[review.pk]), data)


def _plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_a_first_version_says_so_and_shows_every_word(on: make.Ground) -> None:
    page = _page(on.medical, make.review(on))
    assert "First version" in page
    assert make.MENDED.split("\n")[0] in _plain(page)


def test_the_next_version_opens_on_the_changed_words_only(on: make.Ground) -> None:
    first = make.approved(on)
    review = make.review(on, make.MENDED.replace("rezeptfrei", "ohne Rezept"), based_on=first, title=first.title)
    page = _page(on.medical, review)
    assert "What changed since last approved" in page
    assert "2 words added, 1 word removed" in page
    assert re.search(r'<del class="d">.*?rezeptfrei</del>', page)
    assert re.search(r'<ins class="d">.*?ohne Rezept</ins>', page)


def test_nothing_changed_is_said(on: make.Ground) -> None:
    first = make.approved(on)
    page = _page(on.medical, make.review(on, make.MENDED, based_on=first, title=first.title))
    assert "Nothing changed" in page


def test_a_moved_account_is_a_change_even_when_the_words_are_the_same(on: make.Ground) -> None:
    first = make.approved(on)
    on.account = factories.account("bluesky-de", network="bluesky", handle="@hollinqvist.example")
    page = _page(on.medical, make.review(on, make.MENDED, based_on=first, title=first.title))
    assert "Account changed" in page
    assert "Nothing changed" not in page


def test_after_a_round_of_changes_reviewers_see_what_changed_since_that_round(on: make.Ground) -> None:
    first = make.review(on)
    reviewing.ask_changes(on.legal, _seal(first, "legal"), "Ohne rezeptfrei bitte", factories.now())
    draft = first.draft
    draft.refresh_from_db()
    writing.save(
        on.author, draft, make.MENDED.replace(", rezeptfrei in Ihrer Apotheke", " in Ihrer Apotheke"), draft.version, factories.now()
    )
    draft.refresh_from_db()
    second = writing.submit(on.author, draft, draft.version, factories.now())
    page = _page(on.medical, second)
    assert "What changed since the last round" in page
    assert re.search(r"<del[^>]*>(?:(?!</del>).)*rezeptfrei", page, re.DOTALL)
    assert "Ohne rezeptfrei bitte" in page


def test_the_signing_form_shows_the_very_bytes_and_their_digest(on: make.Ground) -> None:
    review = make.review(on)
    page = _page(on.medical, review)
    assert f"You sign exactly these {len(make.MENDED)} characters" in page
    assert f'name="digest" value="{review.version.digest}"' in page
    assert review.version.digest[:12] in page
    assert 'type="password" name="secret" required autocomplete="off"' in page
    for fact in ("hollinqvist.de (Newsroom)", "Public", "DE", "Zovellark", "I reviewed this medically and approve it"):
        assert fact in page


def test_signing_stores_the_shown_bytes_under_the_signers_name(on: make.Ground) -> None:
    review = make.review(on)
    assert _sign(on.medical, review, "medical").status_code == 302
    signature = Signature.objects.get(subject="approval_draftversion")
    assert (signature.signer, bytes(signature.shown), signature.digest) == (on.medical, bytes(review.version.exact), review.version.digest)
    assert _seal(review, "medical").state == "signed"


def test_the_third_signature_makes_the_message(on: make.Ground) -> None:
    review = make.review(on)
    for role in ("medical", "legal", "regulatory"):
        assert not ApprovedMessage.objects.exists()
        assert _sign(on.reviewer(role), review, role).status_code == 302
    message = ApprovedMessage.objects.get()
    assert (bytes(message.exact), message.text) == (bytes(review.version.exact), make.MENDED)
    assert reverse("message", args=[message.key]) in _page(on.medical, review)


def test_a_wrong_secret_is_said_counted_and_signs_nothing(on: make.Ground) -> None:
    review = make.review(on)
    answer = _sign(on.medical, review, "medical", secret="not-my-secret")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "That is not your password." in page
    assert "not-my-secret" not in page
    assert "data-open" in page
    on.medical.refresh_from_db()
    assert on.medical.failed_attempts == 1
    assert not Signature.objects.filter(subject="approval_draftversion").exists()
    assert _seal(review, "medical").state == "waiting"
    assert Entry.objects.filter(act="seal.sign.refused", actor=str(on.medical.pk)).exists()


def test_after_five_wrong_secrets_even_the_right_one_signs_nothing(on: make.Ground) -> None:
    review = make.review(on)
    for _ in range(5):
        _sign(on.medical, review, "medical", secret="wrong")
    answer = _sign(on.medical, review, "medical")
    assert answer.status_code == 403
    assert "rests for a quarter of an hour" in answer.content.decode()
    assert _seal(review, "medical").state == "waiting"


@pytest.mark.parametrize("digest", ["", "0" * 64, "ebd0e75a4de1"])
def test_another_digest_than_the_shown_one_signs_nothing(on: make.Ground, digest: str) -> None:
    review = make.review(on)
    answer = _sign(on.medical, review, "medical", digest=digest)
    assert answer.status_code == 409
    assert "Nothing was signed" in answer.content.decode()
    assert _seal(review, "medical").state == "waiting"


def test_an_edit_between_page_and_click_signs_nothing(on: make.Ground) -> None:
    review = make.review(on)
    draft = review.draft
    draft.refresh_from_db()
    writing.save(on.author, draft, make.MENDED + " Danke.", draft.version, factories.now())
    answer = _sign(on.medical, review, "medical")
    assert answer.status_code == 409
    assert not Signature.objects.filter(subject="approval_draftversion").exists()


def test_the_author_sees_why_they_cannot_sign_and_cannot(on: make.Ground) -> None:
    with acting(factories.founder(), "test"):
        factories.give(on.author, Function.MEDICAL_REVIEWER, by=factories.founder(), at=factories.now() - timedelta(days=1), market="de")
    review = make.review(on)
    page = _page(on.author, review)
    assert "four eyes means somebody else signs" in page
    assert 'name="secret"' not in page
    assert _sign(on.author, review, "medical").status_code == 403
    assert _seal(review, "medical").state == "waiting"


def test_a_reviewer_sets_only_the_seal_of_their_own_function(on: make.Ground) -> None:
    review = make.review(on)
    assert _sign(on.medical, review, "legal").status_code == 403
    other = make.review(on, make.MENDED, title="Anderer")
    data = {"seal": _seal(other, "medical").pk, "secret": factories.PASSWORD, "digest": review.version.digest}
    assert signed_in(on.medical).post(reverse("review-sign", args=[review.pk]), data).status_code == 400
    assert {seal.state for seal in Seal.objects.all()} == {"waiting"}


def test_without_a_certificate_the_course_is_offered_and_the_seal_stays(on: make.Ground) -> None:
    novice = factories.person("Dr Ada Lindqvist", Function.MEDICAL_REVIEWER, markets=("de",))
    review = make.review(on)
    page = _page(novice, review)
    assert "You have no certificate yet." in page
    assert 'name="secret"' not in page
    assert _sign(novice, review, "medical").status_code == 403
    assert _seal(review, "medical").state == "waiting"


def test_asking_for_changes_ends_the_round_with_the_words(on: make.Ground) -> None:
    review = make.review(on)
    data = {"seal": _seal(review, "legal").pk, "comment": "Bitte ohne das zweite Komma."}
    assert signed_in(on.legal).post(reverse("review-changes", args=[review.pk]), data).status_code == 302
    review.refresh_from_db()
    assert review.ended_at is not None
    page = signed_in(on.author).get(reverse("draft", args=[review.draft_id])).content.decode()
    assert "Bitte ohne das zweite Komma." in page


def test_asking_for_changes_without_words_is_refused(on: make.Ground) -> None:
    review = make.review(on)
    data = {"seal": _seal(review, "legal").pk, "comment": "  "}
    answer = signed_in(on.legal).post(reverse("review-changes", args=[review.pk]), data)
    assert answer.status_code == 400
    assert "Say what should change." in answer.content.decode()
    review.refresh_from_db()
    assert review.ended_at is None


def test_looking_is_shown_to_the_others_and_a_get_writes_nothing(on: make.Ground) -> None:
    review = make.review(on)
    before = Entry.objects.count()
    _page(on.medical, review)
    assert Entry.objects.count() == before
    answer = signed_in(on.medical).post(reverse("review-look", args=[review.pk]))
    assert "looking now" in answer.content.decode()
    assert "looking now" in _page(on.legal, review)


def test_a_seal_that_waits_names_who_may_set_it(on: make.Ground) -> None:
    page = _plain(_page(on.author, make.review(on)))
    assert "Dr Ines Falkenrath, waiting" in page
    assert "left" in page


def test_the_deputy_of_an_absent_reviewer_is_named_and_signs_for_her(on: make.Ground) -> None:
    deputy = factories.person("Dr Oskar Wendt", certified=True)
    at = factories.now()
    with acting(factories.founder(), "test"):
        set_deputy(on.medical, deputy, away_from=at - timedelta(days=1), away_to=at + timedelta(days=5))
    review = make.review(on)
    assert "Dr Oskar Wendt, waiting" in _plain(_page(on.author, review))
    page = signed_in(deputy).get(reverse("drafts")).content.decode()
    assert review.draft.title in page
    assert "as deputy for Dr Ines Falkenrath" in page
    assert _sign(deputy, review, "medical").status_code == 302
    assert Signature.objects.get(subject="approval_draftversion").on_behalf_of == on.medical


def test_my_reviews_leave_out_my_own_text_and_what_is_signed(on: make.Ground) -> None:
    review = make.review(on)
    held = held_by(on.medical, factories.now())
    assert [seal.role for seal in queries.seals_waiting_for(on.medical, held)] == ["medical"]
    assert not queries.seals_waiting_for(on.author, held_by(on.author, factories.now()))
    _sign(on.medical, review, "medical")
    assert not queries.seals_waiting_for(on.medical, held)


def test_who_wrote_an_earlier_version_is_among_the_two_eyes_too(on: make.Ground) -> None:
    helper = factories.person("Dr Ada Lindqvist", Function.AUTHOR, Function.MEDICAL_REVIEWER, markets=("de",), certified=True)
    draft = make.draft(on, make.CLEAN, product=on.product)
    writing.save(helper, draft, make.MENDED, draft.version, factories.now())
    writing.save(on.author, draft, make.MENDED + " Danke.", draft.version, factories.now())
    review = writing.submit(on.author, draft, draft.version, factories.now())
    assert "four eyes means somebody else signs" in _page(helper, review)
    assert not queries.seals_waiting_for(helper, held_by(helper, factories.now()))
    assert _sign(helper, review, "medical").status_code == 403


def test_a_review_of_another_market_does_not_exist(on: make.Ground) -> None:
    review = make.review(on)
    stranger = factories.person("Odile Marchetti", Function.MEDICAL_REVIEWER, markets=("fr",), certified=True)
    client = signed_in(stranger)
    before = Entry.objects.count()
    assert client.get(reverse("review", args=[review.pk])).status_code == 404
    for name in ("review-look", "review-sign", "review-changes"):
        assert client.post(reverse(name, args=[review.pk]), {"seal": _seal(review, "medical").pk}).status_code == 404
    assert Entry.objects.count() == before


@pytest.mark.parametrize("brand", ["", "zovellark", "mivrantel"])
@pytest.mark.parametrize("account", ["", "newsroom-de", "other"])
@pytest.mark.parametrize("with_product", [True, False])
def test_the_filter_and_the_test_of_one_draft_agree(on: make.Ground, brand: str, account: str, with_product: bool) -> None:
    reader = factories.person("Ada Lindqvist")
    with acting(factories.founder(), "test"):
        factories.give(
            reader,
            Function.AUTHOR,
            by=factories.founder(),
            at=factories.now() - timedelta(days=1),
            market="de",
            brand=brand,
            account=account,
        )
    draft = make.draft(on, product=on.product if with_product else None)
    held = held_by(reader, factories.now())
    seen = queries.draft_for(held, draft.pk) is not None
    assert seen == may(held, "draft.see", queries.place_of(draft)) == queries.may_see_draft(held, draft)


@pytest.mark.parametrize("demo", [True, False])
def test_only_a_demo_prints_its_secret_beside_the_field(demo: bool, settings: Any) -> None:
    settings.PASSWORD_HASHERS = make.QUICK_HASHERS
    factories.installation(demo=demo)
    ground = make.ground()
    assert (DEMO_SECRET in _page(ground.medical, make.review(ground))) is demo
