"""What is withdrawn shows its reach first, leaves nothing standing by itself, and each destination ends in a known state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from candour.assurance.models import Notice
from candour.channels.base import ChannelError, SeenLive
from candour.core.states import DraftState, PublicationState, StepState
from candour.flows import claims, hand_over, publish, reply, review, submit, watch, withdraw, withdraw_steps
from candour.flows.answers import Refusal, Stale
from candour.flows.withdraw import of_claim, of_label, of_message, reach_of
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Draft, Publication, Seal, Withdrawal, WithdrawalStep
from candour.newsroom.models import Item
from tests import factories
from tests.approve_factories import CLAIM, approved_claim

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
SOON = NOW + timedelta(seconds=5)
LATER = NOW + timedelta(days=1)
State = PublicationState


def live(on: Ground, message: ApprovedMessage | None = None) -> Publication:
    """A message that stands in the newsroom."""
    row = publish.publish(on.author, message or g.approved(on), on.account, NOW)
    assert publish.step(on.publisher, row.pk, NOW)
    return Publication.objects.get(pk=row.pk)


def withdrawn(on: Ground, message: ApprovedMessage, *, now: datetime = NOW, seen: str = "", secret: str = g.PASSWORD) -> Withdrawal:
    cause = of_message(ApprovedMessage.objects.get(pk=message.pk))
    return withdraw.begin(on.lead, cause, "neue Warnung", secret, seen or reach_of(cause, now).seen, now)


def step_of(publication: Publication) -> WithdrawalStep:
    return WithdrawalStep.objects.get(publication=publication)


def written() -> tuple[int, ...]:
    """How much a withdrawal writes."""
    ended = ApprovedMessage.objects.exclude(withdrawn_at=None).count()
    return ended, Withdrawal.objects.count(), WithdrawalStep.objects.count(), Seal.objects.filter(state="void").count()


@dataclass
class FakeChannel:
    """A destination that takes down as the test says: `answers` are raised one per attempt, `stands` is what a look sees."""

    answers: list[ChannelError] = field(default_factory=list)
    stands: bool = False
    asked: int = 0

    def take_down(self, remote_id: str) -> None:
        self.asked += 1
        if self.answers:
            raise self.answers.pop(0)

    def read_back(self, remote_id: str, url: str = "") -> SeenLive | None:
        return SeenLive("still", "v1", url) if self.stands else None


class FakeMute:
    """A destination that can't remove anything."""


@contextmanager
def at(channel: object) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(withdraw_steps, "channel_of", lambda _account: channel)
        yield


def test_a_live_article_is_taken_off_the_pages_and_seen_gone(ground: Ground) -> None:
    publication = live(ground)
    row = withdrawn(ground, publication.message)
    assert (row.ended_at, step_of(publication).state) == (None, StepState.AHEAD)
    assert withdraw_steps.go_on(ground.publisher, SOON) == 1
    publication.refresh_from_db()
    row.refresh_from_db()
    assert (publication.state, step_of(publication).state) == (State.TAKEN_DOWN, StepState.DONE)
    assert Item.objects.get().withdrawn_at is not None
    assert row.ended_at == SOON
    assert withdraw_steps.go_on(ground.publisher, LATER) == 0, "nothing is left to do"
    assert publish.watch(ground.publisher, LATER) == 0, "and nobody looks for it any more"


def test_what_is_scheduled_never_leaves(ground: Ground) -> None:
    message = g.approved(ground)
    publication = publish.publish(ground.author, message, ground.account, NOW, due_at=LATER)
    withdrawn(ground, message)
    withdraw_steps.go_on(ground.publisher, SOON)
    assert publish.send_due(ground.publisher, LATER) == 0
    publication.refresh_from_db()
    assert (publication.state, Item.objects.count()) == (State.TAKEN_BACK, 0)


def test_what_comes_due_before_the_worker_looks_does_not_leave_either(ground: Ground) -> None:
    message = g.approved(ground)
    publication = publish.publish(ground.author, message, ground.account, NOW, due_at=NOW)
    withdrawn(ground, message)
    publish.send_due(ground.publisher, SOON)
    withdraw_steps.go_on(ground.publisher, SOON)
    publication.refresh_from_db()
    assert (publication.state, Item.objects.count(), step_of(publication).state) == (State.FAILED, 0, StepState.NOT_NEEDED)


def test_the_reach_is_shown_before_anything_happens(ground: Ground) -> None:
    publication = live(ground)
    message = publication.message
    submit.create_draft(ground.author, title="Neu", account=ground.account, product=None, lang="de", text="x", now=NOW, based_on=message)
    before = written()
    reach = reach_of(of_message(message), NOW)
    assert ([row.pk for row in reach.messages], [row.pk for row in reach.standing]) == ([message.pk], [publication.pk])
    assert len(reach.written) == 1
    assert written() == before


@pytest.mark.parametrize("case", ["wrong secret", "no reason", "stale", "author"])
def test_a_refused_withdrawal_changes_nothing(ground: Ground, case: str) -> None:
    publication = live(ground)
    cause = of_message(publication.message)
    seen = reach_of(cause, NOW).seen
    by = ground.author if case == "author" else ground.lead
    if case == "stale":
        submit.create_draft(
            ground.author, title="Neu", account=ground.account, product=None, lang="de", text="x", now=NOW, based_on=publication.message
        )
    before = written()
    secret = "wrong" if case == "wrong secret" else g.PASSWORD
    with pytest.raises(Refusal):
        withdraw.begin(by, cause, "" if case == "no reason" else "Warnung", secret, seen, NOW)
    assert written() == before
    assert Item.objects.get().withdrawn_at is None


def test_a_second_withdrawal_is_told_that_it_happened(ground: Ground) -> None:
    message = g.approved(ground)
    withdrawn(ground, message)
    with pytest.raises(Stale):
        withdrawn(ground, message)
    assert Withdrawal.objects.count() == 1


def test_a_withdrawal_without_destinations_has_ended_with_its_signature(ground: Ground) -> None:
    row = withdrawn(ground, g.approved(ground))
    assert row.ended_at == NOW
    assert (row.signature.signer, row.signature.digest) == (ground.lead, row.digest)


def test_a_review_of_a_text_begun_from_it_stops_and_its_draft_goes_back(ground: Ground) -> None:
    message = g.approved(ground)
    running = g.submitted(ground, g.MENDED + " Mehr dazu.", based_on=message)
    withdrawn(ground, message)
    draft = Draft.objects.get(pk=running.draft_id)
    running.refresh_from_db()
    assert (draft.state, running.ended_at is not None) == (DraftState.CHANGES, True)
    assert set(running.seals.values_list("state", flat=True)) == {"void"}
    with pytest.raises(Stale):
        g.signed(ground, running)


def test_a_signature_of_a_stopped_review_stands_for_no_later_text(ground: Ground) -> None:
    message = g.approved(ground)
    running = g.submitted(ground, g.MENDED + " Mehr dazu.", based_on=message)
    medical = running.seals.get(role="medical")
    review.sign(ground.medical, medical, g.PASSWORD, running.version.digest, NOW)
    withdrawn(ground, message)
    draft = Draft.objects.get(pk=running.draft_id)
    submit.save(ground.author, draft, running.version.text, draft.version, NOW, window=(None, LATER))  # nothing that concerns medicine
    again = submit.submit(ground.author, draft, draft.version, NOW)
    assert set(again.seals.values_list("state", flat=True)) == {"waiting"}


def test_an_answer_to_a_person_is_given_to_a_person_and_ends_with_a_signature(ground: Ground) -> None:
    template = g.template(ground)
    case = g.hear(ground, g.heard(g.PRAISE, "c1"))[0] or g.hear(ground, g.heard(g.HEADACHE, "c2"))[0]
    assert case is not None
    sent = _answered(ground, case, template)
    withdrawn(ground, template, now=LATER)
    withdraw_steps.go_on(ground.publisher, LATER)
    step = step_of(sent)
    assert (step.state, step.person) == (StepState.WITH_PERSON, sent.by)
    with pytest.raises(Refusal):
        withdraw.settle(ground.community, step, "", g.PASSWORD, LATER)
    with pytest.raises(Refusal, match="no function"):
        withdraw.settle(ground.author, step, "gelöscht", g.PASSWORD, LATER)
    done = withdraw.settle(ground.community, step, "gelöscht und noch einmal geschrieben", g.PASSWORD, LATER)
    assert (done.state, done.signature is not None) == (StepState.DONE, True)
    sent.refresh_from_db()
    assert (sent.state, Withdrawal.objects.get().ended_at) == (State.TAKEN_DOWN, LATER)


def _answered(on: Ground, case: object, template: ApprovedMessage) -> Publication:
    if case.duties.filter(state="open").exists():
        hand_over.hand_over(on.community, case, case.duties.filter(state="open").first().kind, case.version, NOW)
        case.refresh_from_db()
    answer = reply.send(on.community, case, template, case.version, NOW)
    at_once = NOW + timedelta(minutes=5)
    publish.send_due(on.publisher, at_once)
    row = Publication.objects.get(pk=answer.publication_id)
    assert row.state == State.LIVE
    return row


def test_a_person_may_say_why_it_stays(ground: Ground) -> None:
    publication = live(ground)
    withdrawn(ground, publication.message)
    with at(FakeMute()):
        withdraw_steps.go_on(ground.publisher, SOON)
    step = step_of(publication)
    assert step.state == StepState.WITH_PERSON
    left = withdraw.settle(ground.author, step, "Der Anwalt will es behalten", g.PASSWORD, SOON, gone=False)
    publication.refresh_from_db()
    assert (left.state, publication.state) == (StepState.LEFT, State.SENT)
    with pytest.raises(Stale):
        withdraw.settle(ground.author, step, "doch gelöscht", g.PASSWORD, SOON)


def test_a_place_that_does_not_answer_is_asked_again_until_a_person_has_it(ground: Ground) -> None:
    publication = live(ground)
    withdrawn(ground, publication.message)
    fails = FakeChannel([ChannelError("no answer", permanent=False, provider_words="503") for _n in range(99)])
    now = SOON
    with at(fails):
        for _round in range(30):
            withdraw_steps.go_on(ground.publisher, now)
            now += timedelta(minutes=11)
    assert (fails.asked, step_of(publication).state, step_of(publication).provider_words) == (
        withdraw_steps.MAX_TRIES,
        StepState.WITH_PERSON,
        "503",
    )


def test_what_is_accepted_and_still_seen_is_not_called_gone(ground: Ground) -> None:
    publication = live(ground)
    withdrawn(ground, publication.message)
    with at(FakeChannel(stands=True)):
        withdraw_steps.go_on(ground.publisher, SOON)
    publication.refresh_from_db()
    assert (publication.state, step_of(publication).state) == (State.TAKING_DOWN, StepState.AHEAD)
    assert "still shows" in step_of(publication).problem


def test_a_process_killed_after_the_network_answered_loses_nothing(ground: Ground) -> None:
    publication = live(ground)
    withdrawn(ground, publication.message)
    channel = FakeChannel()
    with at(channel):
        step = withdraw_steps._begin(ground.publisher, step_of(publication).pk, SOON)  # the intent is on record, then the process dies
        channel.take_down("r1")
        assert step is not None
        assert withdraw_steps.go_on(ground.publisher, SOON) == 0, "within its lease nobody else takes it"
        assert withdraw_steps.go_on(ground.publisher, SOON + withdraw_steps.LEASE) == 1
    publication.refresh_from_db()
    assert (publication.state, channel.asked) == (State.TAKEN_DOWN, 2)


def test_what_is_on_its_way_is_found_out_first(ground: Ground) -> None:
    message = g.approved(ground)
    publication = publish.publish(ground.author, message, ground.account, NOW)
    with acting(ground.lead, "test"):
        Publication.objects.filter(pk=publication.pk).update(state=State.SENDING, sending_since=NOW, attempts=1, first_tried_at=NOW)
    withdrawn(ground, message)
    withdraw_steps.go_on(ground.publisher, SOON)
    assert step_of(publication).state == StepState.AHEAD
    with acting(ground.lead, "test"):
        Publication.objects.filter(pk=publication.pk).update(state=State.LIVE, remote_id="r1")
    with at(FakeChannel()):
        withdraw_steps.go_on(ground.publisher, SOON + withdraw_steps.LOOK_AGAIN)
    assert step_of(publication).state == StepState.DONE


def test_a_changed_label_takes_every_text_of_the_product_in_the_market(ground: Ground) -> None:
    publication = live(ground)
    other = g.approved(ground, "Heute ist das Wetter schön.", product=factories.product("Anderes"), title="Anderes")
    draft = g.written(ground, "Zovellark")
    cause = of_label(ground.product, "de")
    row = withdraw.begin(ground.lead, cause, "neue Fachinformation", g.PASSWORD, reach_of(cause, NOW).seen, NOW)
    withdraw_steps.go_on(ground.publisher, SOON)
    publication.refresh_from_db()
    other.refresh_from_db()
    assert (publication.state, other.withdrawn_at) == (State.TAKEN_DOWN, None)
    assert WithdrawalStep.objects.get(withdrawal=row, draft=draft).state == StepState.WITH_PERSON


def test_a_claim_goes_with_every_text_that_says_it(ground: Ground) -> None:
    claim = approved_claim(ground, now=NOW)
    publication = live(ground, g.approved(ground, f"{CLAIM}. {g.MANDATORY}"))
    draft = g.written(ground, f"Neu: {CLAIM}")
    running = g.submitted(ground, f"{CLAIM}! {g.MANDATORY}")
    other = g.approved(ground, title="Anderes")
    cause = of_claim(claim)
    reach = reach_of(cause, NOW)
    assert ([row.pk for row in reach.messages], len(reach.written), len(reach.reviews)) == ([publication.message_id], 1, 1)
    withdraw.begin(ground.lead, cause, "neue Studie", g.PASSWORD, reach.seen, NOW)
    withdraw_steps.go_on(ground.publisher, SOON)
    claim.refresh_from_db()
    publication.refresh_from_db()
    other.refresh_from_db()
    running.refresh_from_db()
    assert (claim.state, publication.state, other.withdrawn_at) == ("withdrawn", State.TAKEN_DOWN, None)
    assert running.ended_at is not None
    assert WithdrawalStep.objects.get(draft=draft).state == StepState.WITH_PERSON
    assert claims.found_in(draft, CLAIM, NOW) == ([], [])
    with pytest.raises(Stale):
        withdraw.begin(ground.lead, of_claim(claim), "noch einmal", g.PASSWORD, reach.seen, NOW)


def test_its_person_is_told_and_no_longer_once_they_answered(ground: Ground) -> None:
    message = g.approved(ground)
    draft = g.written(ground, "Neu", based_on=message)
    withdrawn(ground, message)
    watch.go_round(ground.listener, SOON)
    assert Notice.objects.get(watch="step.with_person", resolved_at=None).owner == ground.author
    withdraw.settle(ground.author, WithdrawalStep.objects.get(draft=draft), "angesehen", g.PASSWORD, SOON)
    watch.go_round(ground.listener, SOON)
    assert not Notice.objects.filter(watch="step.with_person", resolved_at=None).exists()
