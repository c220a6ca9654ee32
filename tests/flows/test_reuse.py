"""A proven message travels by one signature, by the reviewers of what differs, or not at all, with the rule that forbids it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from candour.core.reuse import Answer, Aspect
from candour.core.rights import Function as F
from candour.core.states import DraftState, PublicationState
from candour.flows import publish, review, submit, withdraw
from candour.flows.answers import Refusal, Stale
from candour.flows.exact import parts_of
from candour.flows.releases import activate_market
from candour.flows.reuse import ASK_MEANING, LIVE_MEANING
from candour.flows.signed import differs_from_signed
from candour.flows.travel import UNCERTIFIED, previews
from candour.journal.acting import acting
from candour.journal.models import Entry, Signature
from candour.messages.models import ApprovedMessage, Publication, ReuseProof, Review, Seal
from candour.messages.reuse_queries import saved_by
from candour.people.models import User
from candour.registry.models import PackRelease
from tests import approve_factories as approving
from tests import factories
from tests.reuse_factories import GERMAN, Abroad, abroad, certified, go, looked, registered, translated, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def place() -> Abroad:
    return abroad()


@pytest.fixture
def plain(place: Abroad) -> ApprovedMessage:
    """An approved text without a product."""
    return approving.approved(place.home, GERMAN, title="Ein Tagebuch für die Migräne", product=None)


def reviewer(role: str, market: str = "ch") -> User:
    return factories.person(f"Reviewer {role}", approving.ROLES[role], markets=(market,), certified=True)


def refused(by: User, message: ApprovedMessage, place: Abroad, market: str, **more: str) -> Refusal:
    """Try it; it must be refused and must have written nothing but, perhaps, the trace of it."""
    before, signatures = written(), Signature.objects.count()
    with pytest.raises(Refusal) as told:
        go(by, message, place.accounts[market], **more)
    assert (written(), Signature.objects.count()) == (before, signatures)
    return told.value


# live with one signature


def test_nothing_differs_so_one_local_signature_makes_it_live(place: Abroad, plain: ApprovedMessage) -> None:
    look = looked(plain, place.accounts["ch"])
    assert (look.decision.answer, look.decision.signatures, look.differences) == (Answer.LIVE, 1, ())
    kept = go(place.lead, plain, place.accounts["ch"])
    made = ApprovedMessage.objects.get(reused_from=kept)
    assert (made.market, made.text, made.account) == ("ch", plain.text, place.accounts["ch"])
    assert [(one.signer, one.meaning, one.digest) for one in made.signatures.all()] == [(place.lead, LIVE_MEANING, made.digest)]
    assert kept.signature.digest == kept.digest and kept.review is None
    assert made.valid_until <= plain.valid_until
    assert not Review.objects.filter(draft=made.draft).exists()


def test_what_was_reused_is_published_as_it_was_signed(place: Abroad, plain: ApprovedMessage) -> None:
    made = ApprovedMessage.objects.get(reused_from=go(place.lead, plain, place.accounts["ch"]))
    row = publish.publish(place.writer, made, made.account, factories.now(), due_at=factories.now() + timedelta(hours=1))
    assert row.state == PublicationState.HELD and differs_from_signed(row) == ""


def test_a_reuse_without_its_proof_is_never_sent(place: Abroad, plain: ApprovedMessage) -> None:
    made = ApprovedMessage.objects.get(reused_from=go(place.lead, plain, place.accounts["ch"]))
    with acting(place.lead, "test"):
        row = Publication.objects.create(
            message=made, account=made.account, title=made.version.title, text=made.text, lang=made.lang, digest="", by=place.writer,
            due_at=factories.now(),
        )  # fmt: skip
        made.reused_from = None
        made.save(update_fields=["reused_from"])
    row.message = made
    assert differs_from_signed(row) == "A signature of the review is missing."


def test_the_answer_is_shown_for_every_market_before_anybody_asks(place: Abroad, plain: ApprovedMessage) -> None:
    before = written()
    answers = dict(previews(plain, ["de", "ch", "fr", "us"], factories.now()))
    assert sorted(answers) == ["ch", "fr", "us"]
    assert all(not isinstance(answer, Refusal) for answer in answers.values())
    assert written() == before


def test_a_market_without_active_rules_gets_no_answer(place: Abroad, plain: ApprovedMessage) -> None:
    factories.market("es", "Spain", "Europe/Madrid")
    factories.account("newsroom-es", handle="hollinqvist.es", market_code="es")
    answer = dict(previews(plain, ["es"], factories.now()))["es"]
    assert isinstance(answer, Refusal) and "No rules are active" in answer.why


def test_the_same_message_goes_to_a_market_once(place: Abroad, plain: ApprovedMessage) -> None:
    go(place.lead, plain, place.accounts["ch"])
    assert isinstance(refused(place.lead, plain, place, "ch"), Stale)


# who may


def test_a_writer_of_the_source_does_not_sign_its_reuse(place: Abroad, plain: ApprovedMessage) -> None:
    with acting(factories.founder(), "test"):
        from candour.people.actions import give

        give(place.home.author, F.COUNTRY_LEAD, by=factories.founder(), at=factories.now() - timedelta(days=1), market="ch")
    assert "four eyes" in refused(place.home.author, plain, place, "ch").why


def test_a_right_in_another_market_is_none_here(place: Abroad, plain: ApprovedMessage) -> None:
    elsewhere = factories.person("Ada Lindqvist", F.COUNTRY_LEAD, markets=("fr",), certified=True)
    assert "no function" in refused(elsewhere, plain, place, "ch").why


def test_a_lapsed_certificate_signs_nothing(place: Abroad, plain: ApprovedMessage) -> None:
    lapsed = factories.person("Ada Lindqvist", F.COUNTRY_LEAD)
    factories.certify(lapsed, until=factories.now() - timedelta(minutes=1))
    assert "certificate ended" in refused(lapsed, plain, place, "ch").why


def test_a_wrong_secret_signs_nothing_and_counts(place: Abroad, plain: ApprovedMessage) -> None:
    refused(place.lead, plain, place, "ch", secret="wrong")
    assert User.objects.get(pk=place.lead.pk).failed_attempts == 1


def test_what_changed_since_the_page_was_made_is_read_again(place: Abroad, plain: ApprovedMessage) -> None:
    assert isinstance(refused(place.lead, plain, place, "ch", seen="0" * 64), Stale)


# the source


@pytest.mark.parametrize("how", ["withdrawn", "expired"])
def test_an_approval_that_ended_does_not_travel(place: Abroad, plain: ApprovedMessage, how: str) -> None:
    seen, at = looked(plain, place.accounts["ch"]).seen, factories.now()
    with acting(place.lead, "test"):
        if how == "withdrawn":
            plain.withdrawn_at, plain.withdrawn_why = at, "label changed"
        else:
            plain.valid_from, plain.valid_until = at - timedelta(days=9), at - timedelta(seconds=1)
        plain.save()
    assert how in refused(place.lead, plain, place, "ch", seen=seen).why


# the reviewers of the differences


@pytest.fixture
def product_message(place: Abroad) -> ApprovedMessage:
    return approving.approved(place.home)


def test_only_the_roles_of_the_differences_are_asked(place: Abroad, product_message: ApprovedMessage) -> None:
    registered(place, "ch", "otc", label="Kopfschmerzen und Fieber")
    look = looked(product_message, place.accounts["ch"])
    about = {(one.aspect, tuple(role.value for role in one.roles)) for one in look.differences}
    assert (Aspect.LABEL, ("medical",)) in about
    concerned = {role for one in look.differences for role in one.roles}
    assert look.decision.answer == Answer.ASK if not look.decision.refused_by else Answer.REFUSED
    assert set(look.decision.roles) in (concerned, set())


def asked(place: Abroad, plain: ApprovedMessage) -> ReuseProof:
    """A difference in the audience only: everybody on the route of a text without product is asked."""
    account = place.accounts["ch"]
    with acting(factories.founder(), "test"):
        account.audience = "hcp"
        account.save()
    return go(place.writer, plain, account)


def test_a_review_opens_with_the_asked_seals_only(place: Abroad, plain: ApprovedMessage) -> None:
    kept = asked(place, plain)
    assert kept.answer == "ask" and kept.signature.meaning == ASK_MEANING
    assert sorted(seal.role for seal in kept.review.seals.all()) == sorted(kept.asked) == ["legal", "regulatory"]
    assert not ApprovedMessage.objects.filter(reused_from=kept).exists()
    assert parts_of(bytes(kept.review.version.exact))["check"]["releases"], "what they sign says what the rules said"
    for role in kept.asked:
        seal = kept.review.seals.get(role=role)
        review.sign(reviewer(role), seal, factories.PASSWORD, kept.review.version.digest, factories.now())
    made = ApprovedMessage.objects.get(reused_from=kept)
    assert made.signatures.count() == 2 and made.valid_until <= plain.valid_until
    row = publish.publish(place.writer, made, made.account, factories.now(), due_at=factories.now() + timedelta(hours=1))
    assert differs_from_signed(row) == ""


def test_a_source_withdrawn_during_the_review_stops_its_last_seal(place: Abroad, plain: ApprovedMessage) -> None:
    kept = asked(place, plain)
    first, last = kept.review.seals.order_by("id")
    review.sign(reviewer(first.role), first, factories.PASSWORD, kept.review.version.digest, factories.now())
    with acting(place.lead, "test"):
        plain.withdrawn_at = factories.now()
        plain.save()
    signer, before = reviewer(last.role), Signature.objects.count()
    with pytest.raises(Refusal, match="withdrawn"):
        review.sign(signer, last, factories.PASSWORD, kept.review.version.digest, factories.now())
    assert Signature.objects.count() == before
    assert not ApprovedMessage.objects.filter(reused_from=kept).exists()


def test_an_edit_during_the_review_ends_the_reuse_and_the_next_round_is_a_full_one(place: Abroad, plain: ApprovedMessage) -> None:
    kept = asked(place, plain)
    draft = kept.draft
    submit.save(place.writer, draft, f"{GERMAN} Ganz neu.", draft.version, factories.now())
    assert {seal.state for seal in kept.review.seals.all()} == {"void"}
    draft.refresh_from_db()
    assert draft.state == DraftState.WRITING or draft.state == DraftState.CHANGES
    again = submit.submit(place.writer, factories.settle(place.writer, draft), draft.version, factories.now())
    assert not ReuseProof.objects.filter(review=again).exists()


def test_other_words_are_a_difference_for_everybody_on_the_route(place: Abroad, plain: ApprovedMessage) -> None:
    shorter = GERMAN.rpartition(" Es hat")[0]
    look = looked(plain, place.accounts["ch"], shorter)
    assert [one.aspect for one in look.differences] == [Aspect.TEXT]
    assert [role.value for role in look.decision.roles] == ["legal", "regulatory"]
    kept = go(place.writer, plain, place.accounts["ch"], adapted=shorter)
    assert kept.review.version.text == shorter and kept.differences[0]["before"] == GERMAN


def test_a_withdrawn_source_takes_its_reuses_and_the_reviews_about_them_with_it(place: Abroad, plain: ApprovedMessage) -> None:
    there = ApprovedMessage.objects.get(reused_from=go(place.lead, plain, place.accounts["ch"]))
    account = place.accounts["us"]
    with acting(factories.founder(), "test"):
        account.audience = "hcp"
        account.save()
        factories.market("us").__class__.objects.filter(code="us").update(languages="de")
    under_review = go(place.writer, plain, account)
    now = factories.now()
    reach = withdraw.reach_of(withdraw.of_message(plain), now)
    assert ({row.pk for row in reach.messages}, [row.pk for row in reach.reviews]) == ({plain.pk, there.pk}, [under_review.draft_id])
    withdraw.begin(place.home.lead, withdraw.of_message(plain), "neue Warnung", factories.PASSWORD, reach.seen, now)
    there.refresh_from_db()
    assert there.withdrawn_at == now
    assert {seal.state for seal in under_review.review.seals.all()} == {"void"}


# refused, with the rule


def test_a_rule_that_forbids_is_named_and_only_the_refusal_is_kept(place: Abroad, product_message: ApprovedMessage) -> None:
    registered(place, "ch", "rx")
    look = looked(product_message, place.accounts["ch"])
    assert look.decision.answer == Answer.REFUSED and "CH-01-RX" in look.decision.refused_by
    told = refused(place.writer, product_message, place, "ch")
    assert "CH-01-RX" in told.why and told.status == 409


def test_rules_that_were_there_already_ask_nobody_again(place: Abroad) -> None:
    """The fear of the German text was answered for at home; Germany's own rule is another one than Switzerland's."""
    message = approving.approved(place.home, approving.FEARFUL)
    registered(place, "ch", "otc")
    look = looked(message, place.accounts["ch"])
    ours = {one.rule for one in look.home.judged.result.findings if one.counts}
    assert ours and not ours & set(look.rules)


# what it saves


def test_the_hours_saved_are_those_of_a_full_review_less_its_own(place: Abroad, plain: ApprovedMessage) -> None:
    kept = go(place.lead, plain, place.accounts["ch"])
    saved = saved_by([kept])[kept.pk]
    assert kept.full_minutes > 60 and saved.own < 1 and saved.saved == pytest.approx(kept.full_minutes, abs=1)


def test_the_last_full_reviews_of_the_market_say_what_one_costs(place: Abroad, plain: ApprovedMessage) -> None:
    run = Review.objects.get(version=plain.version)
    with acting(place.lead, "test"):
        Review.objects.filter(pk=run.pk).update(submitted_at=run.ended_at - timedelta(hours=30))
    again = ApprovedMessage.objects.get(reused_from=go(place.lead, plain, place.accounts["ch"]))
    back = looked(again, place.home.account)
    assert back.full_minutes == 30 * 60


# the record


def test_every_step_stands_in_the_journal_under_its_name(place: Abroad, plain: ApprovedMessage) -> None:
    kept = go(place.lead, plain, place.accounts["ch"])
    entry = Entry.objects.get(subject="approval_reuseproof")
    assert (entry.act, entry.actor, entry.key) == ("reuse", str(place.lead.pk), str(kept.pk))


def test_a_proof_can_be_neither_changed_nor_removed(place: Abroad, plain: ApprovedMessage) -> None:
    from django.db import Error, transaction

    kept = go(place.lead, plain, place.accounts["ch"])
    for change in (lambda: ReuseProof.objects.filter(pk=kept.pk).update(answer="ask"), kept.delete):
        with pytest.raises(Error), transaction.atomic(), acting(place.lead, "test"):
            change()


def test_newer_rules_change_the_answer_and_the_digest(place: Abroad, plain: ApprovedMessage) -> None:
    before = looked(plain, place.accounts["ch"]).seen
    release = PackRelease.objects.get(pack="ch")
    activate_market(place.home.lead, "ch", factories.PASSWORD, factories.now() - timedelta(minutes=1))
    assert looked(plain, place.accounts["ch"]).seen == before, release.sha256


def test_an_uncertified_translation_asks_everybody_and_a_certificate_nobody(place: Abroad, plain: ApprovedMessage) -> None:
    translated(place, plain)
    look = looked(plain, place.accounts["fr"])
    assert (look.standing, look.decision.answer, look.hoped.answer) == (UNCERTIFIED, Answer.ASK, Answer.LIVE)
    certified(place, plain)
    assert looked(plain, place.accounts["fr"]).decision.answer == Answer.LIVE
    made = ApprovedMessage.objects.get(reused_from=go(place.lead, plain, place.accounts["fr"]))
    assert made.lang == "fr" and "aucun médicament" in made.text
    assert Seal.objects.filter(review__draft=made.draft).count() == 0
