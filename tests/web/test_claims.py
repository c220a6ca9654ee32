"""Claims and withdrawals on the screens: what is shown beside a text, what is seen first, and what a form keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from candour.flows import variants
from candour.messages import queries
from candour.messages.models import ApprovedMessage, Claim, Review, Withdrawal
from candour.project.commands import claims as command
from tests import approve_factories as approve
from tests import factories

pytestmark = pytest.mark.django_db
TEXT = f"{approve.CLAIM}.\n\n{approve.MANDATORY}"


@pytest.fixture
def on(settings: object) -> approve.Ground:
    settings.PASSWORD_HASHERS = approve.QUICK_HASHERS
    return approve.ground()


def window(person: object) -> Client:
    client = Client()
    client.force_login(person)
    return client


def form(on: approve.Ground, **other: object) -> dict[str, object]:
    fields = {
        "product": on.product.key, "title": "Wirkt", "market": ["de"], "review_on": "2099-01-01",
        "lang-0": "de", "text-0": "Zovellark wirkt.", "document-0": "Label", "kind-0": "page", "anchor-0": "4",
    }  # fmt: skip
    return fields | other


def test_a_claim_is_written_read_signed_and_found(on: approve.Ground) -> None:
    made = window(on.author).post(reverse("claim-new"), form(on))
    claim = Claim.objects.get()
    assert made.url == reverse("claim", args=[claim.number])
    for role in ("medical", "regulatory"):
        there = window(on.reviewer(role))
        assert "The bytes that are signed" in there.get(made.url).content.decode()
        sent = {"role": role, "digest": claim.versions.get().digest, "secret": factories.PASSWORD}
        assert there.post(reverse("claim-sign", args=[claim.number]), sent).status_code == 302
    page = window(on.author).get(reverse("claims"), {"q": "zovellark wirkt", "state": "approved"}).content.decode()
    assert claim.code in page
    told = window(on.author).get(reverse("api-claim", args=[claim.number])).json()
    assert (told["state"], len(told["signatures"]), told["wordings"][0]["text"]) == ("approved", 2, "Zovellark wirkt.")
    assert window(on.author).get(reverse("api-claims"), {"market": "de"}).json()["claims"][0]["claim"] == claim.code


def test_a_refused_claim_keeps_what_was_typed(on: approve.Ground) -> None:
    answer = window(on.author).post(reverse("claim-new"), form(on, **{"anchor-0": ""}))
    assert answer.status_code == 400
    assert "Zovellark wirkt." in answer.content.decode()
    assert not Claim.objects.exists()


def test_the_editor_and_the_review_show_the_claim_and_its_missing_footnote(on: approve.Ground) -> None:
    claim = approve.approved_claim(on)
    draft = approve.draft(on, TEXT, product=on.product)
    page = window(on.author).get(reverse("draft", args=[draft.pk])).content.decode()
    for words in (claim.code, "Fachinformation Zovellark, Section 4.1", "Its footnote is missing:", approve.FOOTNOTE):
        assert words in page
    part = window(on.author).post(reverse("draft-check", args=[draft.pk]), {"text": "Zovellark lindert starke Kopfschmerzen.", "part": "1"})
    assert "This looks like claim" in part.content.decode()
    running = approve.review(on, TEXT)
    assert claim.code in window(on.medical).get(reverse("review", args=[running.pk])).content.decode()


def test_a_pasted_text_names_the_claims_in_it_to_those_who_may_see_them(on: approve.Ground) -> None:
    claim = approve.approved_claim(on)
    pasted = {"text": f"{approve.CLAIM}. Zovellark lindert starke Kopfschmerzen."}
    page = window(on.author).post(reverse("nearest"), pasted).content.decode()
    assert claim.code in page and "This looks like claim" in page
    far = window(factories.person("Ada", approve.Function.AUTHOR, markets=("us",), certified=True))
    assert claim.code not in far.post(reverse("nearest"), pasted).content.decode()


def test_the_reach_is_read_before_the_form_and_told_after_it(on: approve.Ground) -> None:
    message = approve.approved(on)
    approve.live(on, message)
    there, address = window(on.lead), reverse("message-withdraw", args=[message.key])
    page = there.get(address)
    assert "Approvals that end" in page.content.decode()
    assert ApprovedMessage.objects.get().withdrawn_at is None
    refused = there.post(address, {"seen": page.context["seen"], "reason": "Warnung", "secret": "wrong"})
    assert (refused.status_code, Withdrawal.objects.count()) == (403, 0)
    done = there.post(address, {"seen": page.context["seen"], "reason": "Warnung", "secret": factories.PASSWORD})
    row = Withdrawal.objects.get()
    assert done.url == reverse("withdrawal", args=[row.pk])
    told = there.get(done.url).content.decode()
    assert "Approval ended" in told and "1 of 2 are through" in told and "hx-trigger" in told
    assert "How far the withdrawal is" in there.get(reverse("message", args=[message.key])).content.decode()
    assert "Warnung" in there.get(reverse("withdrawals")).content.decode()


def test_a_message_with_several_texts_is_withdrawn_whole_unless_one_is_chosen(on: approve.Ground) -> None:
    bluesky = factories.account("bluesky-de", network="bluesky", handle="@hollinqvist.de")
    main = approve.draft(on, also=[bluesky])
    variants.give(on.author, main, bluesky, main.version, factories.now())
    for text in queries.texts_of(main):
        factories.settle(on.author, text)
    versions = {text.pk: text.version for text in queries.texts_of(main)}
    variants.submit_together(on.author, main, versions, factories.now())
    for running in Review.objects.all():
        approve.sign_all(on, running)
    message = ApprovedMessage.objects.get(account=bluesky)
    there, address = window(on.lead), reverse("message-withdraw", args=[message.key])
    whole, one = there.get(address), there.get(f"{address}?only=1")
    assert (len(whole.context["groups"][0].rows), len(one.context["groups"][0].rows)) == (2, 1)
    assert "withdraws all texts of this message" in whole.content.decode() and "the other texts of the message stay" in one.content.decode()
    given = {"reason": "Warnung", "secret": factories.PASSWORD}
    assert there.post(address, given | {"seen": one.context["seen"]}).status_code == 409
    assert not Withdrawal.objects.exists()
    there.post(address, given | {"seen": one.context["seen"], "only": "1"})
    assert set(ApprovedMessage.objects.filter(withdrawn_at=None)) == {ApprovedMessage.objects.get(account=on.account)}


def test_a_reader_elsewhere_sees_neither_claim_nor_withdrawal(on: approve.Ground) -> None:
    claim = approve.approved_claim(on)
    far = window(factories.person("Ada", approve.Function.AUTHOR, markets=("us",), certified=True))
    assert far.get(reverse("claim", args=[claim.number])).status_code == 404
    assert far.get(reverse("api-claims")).json()["claims"] == []


def test_an_approval_that_ends_soon_offers_to_last_longer(on: approve.Ground) -> None:
    message = approve.approved(on)
    there, address = window(on.author), reverse("message", args=[message.key])
    assert "Ask for a longer approval" not in there.get(address).content.decode()
    with approve.acting(on.lead, "test"):
        ApprovedMessage.objects.update(valid_until=factories.now() + timedelta(days=20))
    assert "Ask for a longer approval" in there.get(address).content.decode()
    until = (factories.now() + timedelta(days=300)).date().isoformat()
    there.post(reverse("extension-ask", args=[message.key]), {"until": until, "reason": "still true"})
    answer = window(on.medical).get(address)
    assert "Sign the answer" in answer.content.decode()


def test_the_command_has_a_help_for_each_part() -> None:
    assert set(command.command.commands) == {"list", "where"}
