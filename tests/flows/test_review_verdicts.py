"""Verdicts, what a signature covers, whose signature stands, and acts that come too late: what is refused has changed nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from candour.core.review import ReviewRole
from candour.core.states import DraftState, PublicationState, SealState
from candour.flows import landing, publish, review, submit
from candour.flows.answers import Refusal, Stale
from candour.flows.exact import instant, parts_of
from candour.flows.signed import differs_from_signed
from candour.journal.acting import acting
from candour.journal.models import Signature
from candour.messages.models import ApprovedMessage, Draft, DraftVersion, LinkSnapshot, Review, Seal
from candour.people.models import Grant
from candour.training.models import Certificate
from tests import factories

from . import ground as g
from .landing_pages import landing_pages

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
LATER = NOW + timedelta(hours=1)
SEALING = (*g.DRAFTS, "approval_annotation", "approval_linksnapshot")


def _seal(running: Review, role: str = "medical") -> Seal:
    return running.seals.get(role=role)


def _sign(on: Ground, running: Review, role: str, now: object = NOW, **more: str) -> Signature:
    return review.sign(on.reviewer(role), _seal(running, role), g.PASSWORD, running.version.digest, now, **more)


def _again(on: Ground, running: Review, text: str | None = None, now: object = LATER, **more: object) -> Review:
    """The author saves something else, or nothing, and submits once more."""
    draft = Draft.objects.get(pk=running.draft_id)
    if text is not None or more:
        submit.save(on.author, draft, text or running.version.text, draft.version, now, **more)
        draft.refresh_from_db()
    return submit.submit(on.author, factories.settle(on.author, draft, now), draft.version, now)


def _states(running: Review) -> dict[str, str]:
    return dict(running.seals.values_list("role", "state"))


# what is signed


def test_the_signed_bytes_hold_the_window_the_rules_and_the_answers(ground: Ground) -> None:
    draft = g.written(ground, f"Kopfschmerzen? Handeln, bevor es zu spät ist, mit Zovellark. {g.MANDATORY}")
    window = NOW + timedelta(days=2), NOW + timedelta(days=30)
    submit.save(ground.author, draft, submit.last_version(draft).text, draft.version, NOW, window=window)
    running = submit.submit(ground.author, factories.settle(ground.author, draft, NOW), draft.version, NOW)
    parts = parts_of(bytes(running.version.exact))
    assert (parts["v"], parts["valid_from"], parts["valid_until"]) == (3, instant(window[0]), instant(window[1]))
    assert parts["check"]["releases"] == running.check_run.releases
    answered = [row for row in parts["check"]["findings"] if row.get("answer")]
    assert {(row["answer"], row["reason"], row["by"]) for row in answered} == {("justify", "Agreed with regulatory", ground.author.name)}
    assert running.version.submitted and not submit.last_version(draft).checks.exists()


def test_the_window_the_author_wanted_is_that_of_the_approval(ground: Ground) -> None:
    draft, window = g.written(ground), (NOW + timedelta(days=2), NOW + timedelta(days=30))
    submit.save(ground.author, draft, g.MENDED, draft.version, NOW, window=window)
    message = g.signed(ground, submit.submit(ground.author, draft, draft.version, NOW))
    assert (message.valid_from, message.valid_until) == window
    g.refused(lambda: publish.publish(ground.author, message, ground.account, NOW), "approval_publication")


def test_a_window_that_ends_before_it_begins_is_not_kept(ground: Ground) -> None:
    draft = g.written(ground)
    for window in ((NOW + timedelta(days=2), NOW + timedelta(days=1)), (None, NOW - timedelta(minutes=1))):
        g.refused(lambda w=window: submit.save(ground.author, draft, g.MENDED, draft.version, NOW, window=w), *g.DRAFTS)


def test_the_last_seal_comes_too_late_for_the_window(ground: Ground) -> None:
    draft = g.written(ground)
    submit.save(ground.author, draft, g.MENDED, draft.version, NOW, window=(None, NOW + timedelta(hours=1)))
    running = submit.submit(ground.author, draft, draft.version, NOW)
    _sign(ground, running, "medical")
    _sign(ground, running, "legal")
    late = NOW + timedelta(hours=2)
    refusal = g.refused(lambda: _sign(ground, running, "regulatory", late), *SEALING)
    assert "is over" in refusal.why


def test_old_bytes_are_read_as_before_and_an_approval_over_them_still_goes_out(ground: Ground) -> None:
    """Rows of the first form: written before the window, the pages and the answers were part of what is signed."""
    draft = g.written(ground)
    version = submit.last_version(draft)
    first = parts_of(bytes(version.exact)) | {"v": 1}
    for name in ("valid_from", "valid_until", "media", "pages", "check"):
        del first[name]
    exact = json.dumps(first, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    running = submit.submit(ground.author, draft, draft.version, NOW)
    g.forge(
        "UPDATE approval_draftversion SET exact = %s, digest = encode(sha256(%s), 'hex') WHERE id = %s", exact, exact, running.version_id
    )
    running = Review.objects.get(pk=running.pk)
    message = g.signed(ground, running)
    publication = publish.publish(ground.author, message, ground.account, NOW)
    publish.send_due(ground.publisher, NOW)
    publication.refresh_from_db()
    assert publication.state == PublicationState.LIVE


# what links lead to


def test_what_a_link_leads_to_is_part_of_what_is_signed(ground: Ground) -> None:
    with landing_pages() as pages:
        pages.at["/page"] = (200, "<html><head><title>Zovellark &amp; more</title></head><body><p>Ask your doctor.</p></body></html>")
        running = g.submitted(ground, f"{g.MENDED} Mehr: {pages.address()}.", links=[pages.address("/gone")])
    gone, page = parts_of(bytes(running.version.exact))["pages"]
    assert (gone["status"], gone["address"]) == (404, pages.address("/gone"))
    assert (page["status"], page["title"], page["address"], len(page["digest"])) == (200, "Zovellark & more", pages.address(), 64)
    assert page["fetched_at"] == instant(NOW)
    assert [row.address for row in LinkSnapshot.objects.order_by("id")] == [pages.address("/gone"), pages.address()]


def test_a_link_into_a_private_network_is_not_followed_and_the_reviewers_read_so(ground: Ground) -> None:
    with landing_pages() as pages:
        inside = "http://127.0.0.1:1/admin"
        running = g.submitted(ground, g.MENDED, links=[inside, pages.address()])
        (refused, _other) = parts_of(bytes(running.version.exact))["pages"]
        assert (refused["status"], refused["digest"]) == (0, "")
        assert "127.0.0.1:1" in refused["problem"]
        assert pages.asked == ["/page"]


def test_slow_pages_take_no_more_than_their_time_and_those_left_out_say_so(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "_ALL_SECONDS", -1.0)
    with landing_pages() as pages:
        (left_out,) = parts_of(bytes(g.submitted(ground, links=[pages.address()]).version.exact))["pages"]
        assert (pages.asked, left_out["status"]) == ([], 0)
        assert "too slow" in left_out["problem"]


def test_a_long_address_that_is_refused_is_told_in_what_the_record_holds(ground: Ground) -> None:
    with landing_pages():
        (refused,) = parts_of(bytes(g.submitted(ground, links=[f"https://user@{'a' * 600}.example/"]).version.exact))["pages"]
    assert 0 < len(refused["problem"]) <= 300


def test_a_page_that_changed_since_is_shown_before_anybody_signs(ground: Ground) -> None:
    with landing_pages() as pages:
        pages.at["/page"] = (200, "<script>var nonce = 1</script><p>Old words</p>")
        running = g.submitted(ground, links=[pages.address()])
        pages.at["/page"] = (200, "<script>var nonce = 2</script><p>Old words</p>")
        soon = NOW + timedelta(minutes=20)
        assert _sign(ground, running, "medical", soon), "a page that shows the same words is the same page"
        pages.at["/page"] = (200, "<p>New words</p>")
        later = NOW + timedelta(minutes=40)
        with pytest.raises(Refusal, match="has changed since"):
            _sign(ground, running, "legal", later)
        assert _states(running)["legal"] == SealState.WAITING
        (changed,) = landing.drifted(running.version)
        assert changed.fetched_at == later
        assert _sign(ground, running, "legal", later, drift=landing.drift_mark(running.version))


# verdicts


def test_a_rejection_ends_the_draft_with_its_reason(ground: Ground) -> None:
    running = g.submitted(ground)
    _sign(ground, running, "medical")
    g.refused(lambda: review.reject(ground.legal, _seal(running, "legal"), "  ", NOW), *SEALING)
    review.reject(ground.legal, _seal(running, "legal"), "We do not compare with other companies.", NOW)
    draft = Draft.objects.get(pk=running.draft_id)
    assert (draft.state, _states(running)) == (
        DraftState.REJECTED,
        {"medical": "signed", "legal": "rejected", "regulatory": "waiting"},
    )
    g.refused(lambda: submit.save(ground.author, draft, "Neu.", draft.version, NOW), *SEALING)
    g.refused(lambda: submit.submit(ground.author, draft, draft.version, NOW), *SEALING)
    g.refused(lambda: _sign(ground, running, "regulatory"), *SEALING, kind=Stale)
    assert not ApprovedMessage.objects.exists()


def test_one_sided_questions_are_asked_of_the_named_roles_only(ground: Ground) -> None:
    draft = g.written(ground)
    run = submit.check(ground.author, submit.last_version(draft), NOW)
    with acting(ground.author, "test"):
        about = {ReviewRole.LEGAL: "One rule differs: FR-06."}
        running = submit.open_review(ground.author, draft, submit.last_version(draft), run, NOW, roles=[ReviewRole.LEGAL], about=about)
    assert list(running.seals.values_list("role", "about")) == [("legal", "One rule differs: FR-06.")]
    _sign(ground, running, "legal")
    assert ApprovedMessage.objects.get().signatures.get().signer == ground.legal


def test_advice_holds_nothing_up(ground: Ground) -> None:
    draft = submit.create_draft(
        ground.author, title="Migräne", account=ground.account, product=None, lang="de", text="Migräne hat viele Gesichter.", now=NOW
    )
    running = submit.submit(ground.author, factories.settle(ground.author, draft, NOW), draft.version, NOW)
    assert list(running.seals.filter(advisory=True).values_list("role", flat=True)) == ["medical"]
    assert (running.tier, running.reasons) == ("low", ["no_product", "nothing_found"])
    g.refused(lambda: review.ask_changes(ground.medical, _seal(running), "Kürzer bitte.", NOW), *SEALING)
    g.refused(lambda: review.reject(ground.medical, _seal(running), "Nein.", NOW), *SEALING)
    _sign(ground, running, "legal")
    _sign(ground, running, "regulatory")
    message = ApprovedMessage.objects.get()
    assert (_states(running)["medical"], message.signatures.count()) == ("void", 2)
    publication = publish.publish(ground.author, message, ground.account, NOW)
    assert differs_from_signed(publication) == ""


# whose signature stands


def test_the_same_text_again_asks_only_who_had_not_approved(ground: Ground) -> None:
    first = g.submitted(ground)
    _sign(ground, first, "medical")
    review.ask_changes(ground.legal, _seal(first, "legal"), "Warum so?", NOW)
    second = _again(ground, first)
    assert _states(second) == {"medical": "kept", "legal": "waiting", "regulatory": "waiting"}
    assert _seal(second).kept == _seal(first)
    g.refused(lambda: _sign(ground, second, "medical", LATER), *SEALING, kind=Stale)
    _sign(ground, second, "legal", LATER)
    _sign(ground, second, "regulatory", LATER)
    message = ApprovedMessage.objects.get()
    assert {one.signer for one in message.signatures.all()} == {ground.legal, ground.regulatory}, (
        "who signed other bytes is not under these"
    )
    publication = publish.publish(ground.author, message, ground.account, LATER)
    assert differs_from_signed(publication) == ""
    g.forge("UPDATE approval_seal SET kept_id = NULL WHERE id = %s", _seal(second).pk)
    assert differs_from_signed(publication), "a seal that stands on nothing stands for nothing"


def test_another_end_of_the_window_does_not_ask_medicine_again(ground: Ground) -> None:
    first = g.submitted(ground)
    _sign(ground, first, "medical")
    _sign(ground, first, "legal")
    second = _again(ground, first, window=(None, NOW + timedelta(days=20)))
    assert _states(second) == {"medical": "kept", "legal": "waiting", "regulatory": "waiting"}
    assert _states(first) == {"medical": "void", "legal": "void", "regulatory": "void"}, "the edit voids all of it, visibly"


def test_one_changed_word_asks_everybody_again_and_voids_what_was_signed(ground: Ground) -> None:
    first = g.submitted(ground)
    _sign(ground, first, "medical")
    review.ask_changes(ground.legal, _seal(first, "legal"), "Kürzer.", NOW)
    second = _again(ground, first, g.MENDED.replace("Kopfschmerzen und ", ""))
    assert set(_states(second).values()) == {"waiting"}
    assert _states(first) == {"medical": "void", "legal": "changes", "regulatory": "void"}


def test_a_signature_stands_over_two_rounds_and_not_when_its_signer_wrote_meanwhile(ground: Ground) -> None:
    first = g.submitted(ground)
    _sign(ground, first, "medical")
    review.ask_changes(ground.legal, _seal(first, "legal"), "Warum?", NOW)
    second = _again(ground, first)
    review.ask_changes(ground.legal, _seal(second, "legal"), "Immer noch: warum?", LATER)
    third = _again(ground, second, now=LATER + timedelta(hours=1))
    assert _seal(third).kept == _seal(first)
    review.ask_changes(ground.legal, _seal(third, "legal"), "Und nun?", LATER)
    draft = third.draft
    with acting(factories.founder(), "test"):
        exact = bytes(third.version.exact)
        DraftVersion.objects.create(
            draft=draft, number=99, text=g.MENDED, exact=exact, digest=third.version.digest, author=ground.medical, saved_at=LATER
        )
    fourth = _again(ground, third, now=LATER + timedelta(hours=2))
    assert _states(fourth)["medical"] == "waiting"


# too late, twice, by others


def test_a_right_that_ended_a_minute_ago_signs_nothing(ground: Ground) -> None:
    running = g.submitted(ground)
    with acting(factories.founder(), "test"):
        for grant in Grant.objects.filter(person=ground.medical):
            grant.valid_to = NOW - timedelta(minutes=1)
            grant.save()
    for act in (
        lambda: _sign(ground, running, "medical"),
        lambda: review.ask_changes(ground.medical, _seal(running), "Nein", NOW),
        lambda: review.reject(ground.medical, _seal(running), "Nein", NOW),
    ):
        assert "no function" in g.refused(act, *SEALING).why
    assert _sign(ground, running, "medical", NOW - timedelta(minutes=2)), "and it would have signed two minutes before"


def test_a_certificate_that_lapsed_a_minute_ago_signs_nothing(ground: Ground) -> None:
    running = g.submitted(ground)
    with acting(factories.founder(), "test"):
        for row in Certificate.objects.filter(person=ground.medical):
            row.expires_at = NOW - timedelta(minutes=1)
            row.save()
    assert "certificate ended" in g.refused(lambda: _sign(ground, running, "medical"), *SEALING).why
    g.refused(lambda: review.reject(ground.medical, _seal(running), "Nein", NOW), *SEALING)


def test_a_form_sent_twice_signs_once(ground: Ground) -> None:
    running = g.submitted(ground)
    _sign(ground, running, "medical")
    g.refused(lambda: _sign(ground, running, "medical"), *SEALING, kind=Stale)
    assert Signature.objects.filter(signer=ground.medical).count() == 1


def test_the_form_of_an_earlier_round_signs_nothing_of_the_next(ground: Ground) -> None:
    first = g.submitted(ground)
    second = _again(ground, first, g.MENDED.replace("Kopfschmerzen und ", ""))
    old = first.version.digest
    g.refused(lambda: review.sign(ground.medical, _seal(first), g.PASSWORD, old, LATER), *SEALING, kind=Stale)
    g.refused(lambda: review.sign(ground.medical, _seal(second), g.PASSWORD, old, LATER), *SEALING, kind=Stale)
    assert second.version.digest != old
