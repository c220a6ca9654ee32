"""One draft all the way: blocked, mended, submitted, signed by each reviewer, published, read back, drifted, closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from candour.core.rights import Function
from candour.core.states import DraftState, PublicationState, SealState
from candour.flows import publish, review, submit
from candour.flows.answers import Refusal, Stale
from candour.flows.releases import activate_market, market_pack
from candour.journal.acting import acting
from candour.journal.models import Entry, Signature
from candour.messages.models import ApprovedMessage, Draft, DraftVersion, Drift, Review, Seal
from candour.newsroom.models import Item
from candour.people.actions import give, set_deputy
from candour.people.models import User
from tests import factories

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW


def test_a_draft_goes_all_the_way(ground: Ground) -> None:
    draft = g.written(ground, g.BLOCKED)
    refusal = g.refused(lambda: submit.submit(ground.author, draft, draft.version, NOW), *g.DRAFTS)
    assert "DE-" in refusal.why
    submit.save(ground.author, draft, g.MENDED, draft.version, NOW)
    running = submit.submit(ground.author, draft, draft.version, NOW)
    assert {seal.role for seal in running.seals.all()} == {"medical", "legal", "regulatory"}
    message = g.signed(ground, running)
    assert (message.text, bytes(message.exact)) == (g.MENDED, bytes(running.version.exact))
    assert {signature.signer for signature in message.signatures.all()} == {ground.medical, ground.legal, ground.regulatory}
    publication = publish.publish(ground.author, message, ground.account, NOW)
    assert publish.send_due(ground.publisher, NOW) == 1
    publication.refresh_from_db()
    assert (publication.state, publication.read_backs.get().equal) == (PublicationState.LIVE, True)
    assert Item.objects.get(key=publication.key.hex).text == g.MENDED


def test_one_changed_letter_is_a_drift_that_opens_again_until_the_page_is_mended(ground: Ground) -> None:
    message = g.approved(ground)
    publication = publish.publish(ground.author, message, ground.account, NOW)
    publish.send_due(ground.publisher, NOW)
    Item.objects.filter(key=publication.key.hex).update(text=g.MENDED.replace("ab 12", "ab 11"))
    assert publish.watch(ground.publisher, NOW + timedelta(minutes=11)) == 1
    drift = Drift.objects.get()
    assert (drift.signed_text, drift.seen_text, drift.letters) == (g.MENDED, g.MENDED.replace("ab 12", "ab 11"), 1)
    g.refused(lambda: publish.close_drift(ground.author, drift, "  ", NOW), "approval_drift")
    g.refused(lambda: publish.close_drift(ground.medical, drift, "mended", NOW), "approval_drift")
    publish.close_drift(ground.author, drift, "asked the web team", NOW)
    g.refused(lambda: publish.close_drift(ground.author, drift, "again", NOW), "approval_drift", kind=Stale)
    publish.watch(ground.publisher, NOW + timedelta(minutes=22))
    assert Drift.objects.filter(closed_at=None).count() == 1, "still different, so it is a finding again"
    Item.objects.filter(key=publication.key.hex).update(text=g.MENDED)
    publish.watch(ground.publisher, NOW + timedelta(minutes=33))
    publication.refresh_from_db()
    assert publication.state == PublicationState.LIVE
    assert Drift.objects.filter(closed_at=None).count() == 1, "a finding ends by a person's word, not by itself"


def test_a_look_that_finds_nothing_new_moves_the_last_seen_instant_and_is_kept_once_a_day(ground: Ground) -> None:
    publication = publish.publish(ground.author, g.approved(ground), ground.account, NOW)
    publish.send_due(ground.publisher, NOW)
    entries = Entry.objects.count()
    for minutes in (11, 22, 33):
        assert publish.watch(ground.publisher, NOW + timedelta(minutes=minutes)) == 1
    publication.refresh_from_db()
    assert (publication.read_backs.count(), Entry.objects.count()) == (1, entries)
    assert publication.seen_at == NOW + timedelta(minutes=33)
    publish.watch(ground.publisher, NOW + timedelta(days=1, minutes=44))
    assert publication.read_backs.count() == 2


def test_a_page_taken_off_is_a_drift(ground: Ground) -> None:
    publication = publish.publish(ground.author, g.approved(ground), ground.account, NOW)
    publish.send_due(ground.publisher, NOW)
    Item.objects.update(withdrawn_at=NOW)
    publish.watch(ground.publisher, NOW + timedelta(minutes=11))
    publication.refresh_from_db()
    assert (publication.state, Drift.objects.get().seen_text) == (PublicationState.DRIFTED, "")


# signing


def _seal(running: Review, role: str = "medical") -> Seal:
    return running.seals.get(role=role)


def test_a_wrong_secret_is_counted_and_signs_nothing(ground: Ground) -> None:
    running = g.submitted(ground)
    for number in range(1, 5):
        g.refused(lambda: review.sign(ground.medical, _seal(running), "wrong", running.version.digest, NOW), *g.DRAFTS)
        assert User.objects.get(pk=ground.medical.pk).failed_attempts == number
    g.refused(lambda: review.sign(ground.medical, _seal(running), "wrong", running.version.digest, NOW), *g.DRAFTS)
    rests = g.refused(lambda: review.sign(ground.medical, _seal(running), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS)
    assert "quarter of an hour" in rests.why
    later = NOW + timedelta(minutes=16)
    assert review.sign(ground.medical, _seal(running), g.PASSWORD, running.version.digest, later).signer == ground.medical


def test_a_digest_of_other_bytes_signs_nothing(ground: Ground) -> None:
    running, other = g.submitted(ground), g.written(ground, "Etwas anderes.")
    digest = submit.last_version(other).digest
    g.refused(lambda: review.sign(ground.medical, _seal(running), g.PASSWORD, digest, NOW), *g.DRAFTS, kind=Stale)
    assert User.objects.get(pk=ground.medical.pk).failed_attempts == 0, "the secret was not even asked for"


def test_bytes_changed_in_the_database_are_signed_by_nobody(ground: Ground) -> None:
    running = g.submitted(ground)
    g.forge("UPDATE approval_draftversion SET exact = %s WHERE id = %s", b'{"text":"other"}', running.version_id)
    g.refused(lambda: review.sign(ground.medical, _seal(running), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS)


@pytest.mark.parametrize("wrote", ["owner", "version", "submitter"])
def test_who_wrote_any_of_it_cannot_sign(ground: Ground, wrote: str) -> None:
    both = g.somebody("Carla Weiss", Function.AUTHOR, Function.MEDICAL_REVIEWER)
    draft = submit.create_draft(
        both if wrote == "owner" else ground.author,
        title="Zovellark", account=ground.account, product=ground.product, lang="de", text="Ein Entwurf.", now=NOW,
    )  # fmt: skip
    submit.save(both if wrote == "version" else ground.author, draft, g.MENDED, draft.version, NOW)
    submit.save(ground.author, draft, f"{g.MENDED} Gute Besserung.", draft.version, NOW)
    running = submit.submit(both if wrote == "submitter" else ground.author, draft, draft.version, NOW)
    refusal = g.refused(lambda: review.sign(both, _seal(running), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS)
    assert "four eyes" in refusal.why
    g.refused(lambda: review.look(both, _seal(running), NOW), *g.DRAFTS)
    g.refused(lambda: review.ask_changes(both, _seal(running), "no", NOW), *g.DRAFTS)


def test_a_deputy_signs_on_behalf_and_both_names_stay(ground: Ground) -> None:
    running, deputy = g.submitted(ground), g.somebody("Dr Paul Ende")
    g.refused(lambda: review.sign(deputy, _seal(running), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS)
    with acting(factories.founder(), "test"):
        set_deputy(ground.medical, deputy, away_from=NOW - timedelta(days=1), away_to=NOW + timedelta(days=1))
    signature = review.sign(deputy, _seal(running), g.PASSWORD, running.version.digest, NOW)
    assert (signature.signer, signature.on_behalf_of, signature.signer_name) == (deputy, ground.medical, "Dr Paul Ende")


def test_a_deputy_has_no_more_eyes_than_the_writer_they_stand_for(ground: Ground) -> None:
    with acting(factories.founder(), "test"):
        give(ground.author, Function.MEDICAL_REVIEWER, by=factories.founder(), at=g.SINCE)
    running, deputy = g.submitted(ground), g.somebody("Dr Paul Ende")
    with acting(factories.founder(), "test"):
        set_deputy(ground.author, deputy, away_from=NOW - timedelta(days=1), away_to=NOW + timedelta(days=1))
    refusal = g.refused(lambda: review.sign(deputy, _seal(running), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS)
    assert "stand for" in refusal.why


def test_an_edit_after_submitting_voids_the_seals_visibly(ground: Ground) -> None:
    running = g.submitted(ground)
    review.sign(ground.medical, _seal(running), g.PASSWORD, running.version.digest, NOW)
    draft = Draft.objects.get(pk=running.draft_id)
    submit.save(ground.author, draft, f"{g.MENDED} Neu.", draft.version, NOW)
    assert {(seal.state, bool(seal.void_why)) for seal in running.seals.all()} == {(SealState.VOID, True)}
    assert draft.state == DraftState.CHANGES
    g.refused(lambda: review.sign(ground.legal, _seal(running, "legal"), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS, kind=Stale)
    assert Signature.objects.filter(subject="approval_draftversion").count() == 1, "the signature given stays on record"
    again = submit.submit(ground.author, draft, draft.version, NOW)
    assert g.signed(ground, again).text == f"{g.MENDED} Neu."


def test_saving_what_is_there_writes_nothing_and_voids_nothing(ground: Ground) -> None:
    running = g.submitted(ground)
    draft = Draft.objects.get(pk=running.draft_id)
    with g.nothing_changed(*g.DRAFTS):
        assert submit.save(ground.author, draft, g.MENDED, draft.version, NOW) == running.version


def test_the_second_of_two_editors_is_refused_and_nothing_is_lost(ground: Ground) -> None:
    draft = g.written(ground)
    seen = draft.version
    submit.save(ground.author, draft, "Der erste Text.", seen, NOW)
    g.refused(lambda: submit.save(ground.author, draft, "Der zweite Text.", seen, NOW), *g.DRAFTS, kind=Stale)
    g.refused(lambda: submit.submit(ground.author, draft, seen, NOW), *g.DRAFTS, kind=Stale)
    assert submit.last_version(draft).text == "Der erste Text."


def test_asking_for_changes_ends_the_review_and_the_draft_comes_back(ground: Ground) -> None:
    running = g.submitted(ground)
    g.refused(lambda: review.ask_changes(ground.legal, _seal(running, "legal"), " ", NOW), *g.DRAFTS)
    review.ask_changes(ground.legal, _seal(running, "legal"), "Der letzte Satz fehlt.", NOW)
    draft = Draft.objects.get(pk=running.draft_id)
    assert draft.state == DraftState.CHANGES
    g.refused(lambda: review.sign(ground.medical, _seal(running), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS, kind=Stale)
    assert submit.submit(ground.author, draft, draft.version, NOW).ended_at is None


def test_a_seal_is_signed_once_and_a_signed_draft_is_never_edited_or_submitted_again(ground: Ground) -> None:
    running = g.submitted(ground)
    review.sign(ground.medical, _seal(running), g.PASSWORD, running.version.digest, NOW)
    other = g.somebody("Dr Nele Zweit", Function.MEDICAL_REVIEWER)
    g.refused(lambda: review.sign(other, _seal(running), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS, kind=Stale)
    for role in ("legal", "regulatory"):
        review.sign(ground.reviewer(role), _seal(running, role), g.PASSWORD, running.version.digest, NOW)
    draft = Draft.objects.get(pk=running.draft_id)
    assert (draft.state, ApprovedMessage.objects.count()) == (DraftState.SIGNED, 1)
    g.refused(lambda: submit.save(ground.author, draft, "neu", draft.version, NOW), *g.DRAFTS)
    g.refused(lambda: submit.submit(ground.author, draft, draft.version, NOW), *g.DRAFTS)


@pytest.mark.parametrize(("role", "right"), [("medical", Function.LEGAL_REVIEWER), ("legal", Function.MEDICAL_REVIEWER)])
def test_each_seal_wants_its_own_function(ground: Ground, role: str, right: Function) -> None:
    running, wrong = g.submitted(ground), g.somebody("Dr Falsch", right)
    g.refused(lambda: review.sign(wrong, _seal(running, role), g.PASSWORD, running.version.digest, NOW), *g.DRAFTS)


ACTS: list[Callable[[Ground, Draft], object]] = [
    lambda on, draft: submit.save(on.community, draft, "neu", draft.version, NOW),
    lambda on, draft: submit.submit(on.community, draft, draft.version, NOW),
    lambda on, draft: submit.check(on.community, submit.last_version(draft), NOW),
    lambda on, draft: submit.create_draft(
        on.community, title="t", account=on.account, product=None, lang="de", text="t", now=NOW
    ),
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS, ids=["save", "submit", "check", "create"])
def test_who_is_no_author_writes_nothing(ground: Ground, act: Callable[[Ground, Draft], object]) -> None:
    draft = g.written(ground)
    g.refused(lambda: act(ground, draft), *g.DRAFTS, "approval_checkrun")


def test_a_blocking_finding_can_not_be_argued_away_and_answers_end_with_the_submission(ground: Ground) -> None:
    draft = g.written(ground, g.BLOCKED)
    run = submit.check(ground.author, submit.last_version(draft), NOW)
    blocking = next(row["rule"] for row in run.findings if row["severity"] == "B")
    answer = submit.answer_finding
    g.refused(lambda: answer(ground.author, run, blocking, "justify", "because", NOW), "approval_findinganswer")
    g.refused(lambda: answer(ground.author, run, "DE-NO-SUCH-RULE", "fix", "", NOW), "approval_findinganswer")
    assert answer(ground.author, run, blocking, "fix", "", NOW).answer == "fix"
    running = g.submitted(ground)
    g.refused(lambda: answer(ground.author, running.check_run, blocking, "fix", "", NOW), "approval_findinganswer")


def test_text_from_a_browser_is_cleaned_before_it_is_signed(ground: Ground) -> None:
    draft = g.written(ground, "Eins.\r\nZwei.\x00\ud800 Ende\x07")
    version = submit.last_version(draft)
    assert version.text == "Eins.\nZwei.\ufffd Ende"
    assert DraftVersion.objects.get(pk=version.pk).text in bytes(version.exact).decode().replace("\\n", "\n")


def test_rules_nobody_may_activate_stay_inactive_and_a_wrong_secret_counts(ground: Ground) -> None:
    g.refused(lambda: activate_market(ground.author, "us", g.PASSWORD, NOW), "registry_packrelease", "journal_signature")
    g.refused(lambda: activate_market(ground.lead, "us", "wrong", NOW), "registry_packrelease", "journal_signature")
    assert User.objects.get(pk=ground.lead.pk).failed_attempts == 1
    with pytest.raises(Refusal, match="No rules are active"):
        market_pack("us", NOW)
