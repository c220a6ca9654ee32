"""Only what was signed leaves, once, whatever happens on the way; what nobody can know waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest

from candour.channels.base import ChannelError, OutgoingMessage, Published, SeenLive
from candour.core.states import PublicationState
from candour.flows import publish, reply
from candour.flows.answers import Refusal
from candour.journal.acting import acting
from candour.messages.models import ApprovedMessage, Drift, Publication
from candour.newsroom.models import Item

from . import ground as g

if TYPE_CHECKING:
    from .ground import Ground

NOW = g.NOW
State = PublicationState


@dataclass
class FakeChannel:
    """A destination that does what the test says: `answers` are raised or returned, one per attempt; `sent` is what it got."""

    answers: list[object]
    delivery: str = "exactly_once"
    sent: list[OutgoingMessage] = field(default_factory=list)
    looks: list[object] = field(default_factory=list)
    kind: ClassVar[str] = "newsroom"

    def publish(self, message: OutgoingMessage) -> Published:
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else Published("r1", "http://127.0.0.1/r1", "v1")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def read_back(self, remote_id: str, url: str = "") -> SeenLive | None:
        if self.looks and isinstance(self.looks[0], Exception):
            raise self.looks.pop(0)
        return SeenLive(self.sent[-1].text, "v1", url)

    def normalise_live(self, text: str) -> str:
        return text


@contextmanager
def going_to(channel: FakeChannel) -> Iterator[FakeChannel]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "channel_of", lambda _account: channel)
        yield channel


def ordered(on: Ground, *, now: object = NOW) -> Publication:
    return publish.publish(on.author, g.approved(on), on.account, now)


def state_of(publication: Publication) -> tuple[str, str]:
    publication.refresh_from_db()
    return publication.state, publication.problem


TAMPERED = {
    "text to send": "UPDATE approval_publication SET text = text || '!' WHERE id = %(publication)s",
    "text to send with its digest": (
        "UPDATE approval_publication SET text = 'Neu', digest = encode(sha256('Neu'), 'hex') WHERE id = %(publication)s"
    ),
    "text of the message": "UPDATE approval_approvedmessage SET text = text || '!' WHERE id = %(message)s",
    "text of message and publication": (
        "UPDATE approval_approvedmessage SET text = 'Neu' WHERE id = %(message)s; "
        "UPDATE approval_publication SET text = 'Neu', digest = encode(sha256('Neu'), 'hex') WHERE id = %(publication)s"
    ),
    "signed bytes": "UPDATE approval_approvedmessage SET exact = exact || '!' WHERE id = %(message)s",
    "signed bytes and their digest": (
        "UPDATE approval_approvedmessage SET exact = 'x', digest = encode(sha256('x'), 'hex') WHERE id = %(message)s"
    ),
    "digest of a signature": "UPDATE journal_signature SET digest = repeat('0', 64) WHERE subject = 'approval_draftversion'",
    "bytes of a signature": "UPDATE journal_signature SET shown = 'x' WHERE subject = 'approval_draftversion'",
    "one signature taken away": (
        "DELETE FROM approval_approvedmessage_signatures WHERE id = (SELECT min(id) FROM approval_approvedmessage_signatures)"
    ),
    "a seal taken back": "UPDATE approval_seal SET state = 'waiting', signature_id = NULL WHERE role = 'medical'",
    "another account": "UPDATE approval_publication SET account_id = %(other)s WHERE id = %(publication)s",
    "another title": "UPDATE approval_publication SET title = 'Neu' WHERE id = %(publication)s",
    "another language": "UPDATE approval_publication SET lang = 'en' WHERE id = %(publication)s",
    "values where there are no places": 'UPDATE approval_publication SET filled = \'{"signer": "Eva"}\' WHERE id = %(publication)s',
    "another kind": "UPDATE approval_approvedmessage SET kind = 'holding_statement' WHERE id = %(message)s",
    "withdrawn": "UPDATE approval_approvedmessage SET withdrawn_at = valid_from WHERE id = %(message)s",
    "run out": "UPDATE approval_approvedmessage SET valid_until = valid_from WHERE id = %(message)s",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_bytes_that_nobody_signed_never_leave(ground: Ground, how: str) -> None:
    publication = ordered(ground)
    other = g.factories.account("newsroom-en", handle="hollinqvist.example")
    names = {"publication": publication.pk, "message": publication.message_id, "other": other.pk}
    for statement in TAMPERED[how].split("; "):
        g.forge(statement, **names)
    with going_to(FakeChannel([])) as channel:
        publish.send_due(ground.publisher, NOW)
    assert channel.sent == []
    state, problem = state_of(publication)
    assert (state, bool(problem)) == (State.FAILED, True)


def test_the_newsroom_itself_got_nothing_of_a_changed_text(ground: Ground) -> None:
    publication = ordered(ground)
    g.forge("UPDATE approval_publication SET text = 'Neu' WHERE id = %s", publication.pk)
    publish.send_due(ground.publisher, NOW)
    assert (Item.objects.count(), state_of(publication)[0]) == (0, State.FAILED)


@pytest.mark.parametrize("values", [{}, {"phone": "0900 666"}, {"phone": "0800 1234567", "signer": "Mira\nwww.evil.example"}])
def test_an_answer_leaves_with_the_values_it_was_filled_with(ground: Ground, values: dict[str, str]) -> None:
    template, (case,) = g.template(ground), g.hear(ground, g.heard(g.MOTHER, "c1"))
    sent = reply.send(ground.community, case, template, case.version, NOW)
    with acting(ground.lead, "test"):
        Publication.objects.filter(pk=sent.publication_id).update(filled=values)
    with going_to(FakeChannel([])) as channel:
        publish.send_due(ground.publisher, NOW + timedelta(minutes=1))
    assert (channel.sent, state_of(sent.publication)[0]) == ([], State.FAILED)


def test_an_approval_that_runs_out_while_it_waits_is_not_published(ground: Ground) -> None:
    message = g.approved(ground)
    ends = message.valid_until
    publication = publish.publish(ground.author, message, ground.account, NOW, due_at=ends - timedelta(minutes=1))
    g.refused(lambda: publish.publish(ground.author, message, ground.account, NOW, due_at=ends), "approval_publication")
    with going_to(FakeChannel([])) as channel:
        publish.send_due(ground.publisher, ends + timedelta(minutes=1))
    assert (channel.sent, state_of(publication)[0]) == ([], State.FAILED)


# ordering


def test_a_message_goes_to_its_own_account_once(ground: Ground) -> None:
    message, other = g.approved(ground), g.factories.account("newsroom-en", handle="hollinqvist.example")
    g.refused(lambda: publish.publish(ground.author, message, other, NOW), "approval_publication")
    g.refused(lambda: publish.publish(ground.community, message, ground.account, NOW), "approval_publication")
    publish.publish(ground.author, message, ground.account, NOW)
    g.refused(lambda: publish.publish(ground.lead, message, ground.account, NOW), "approval_publication")


def test_a_reply_template_is_no_article(ground: Ground) -> None:
    message = g.template(ground)
    refusal = g.refused(lambda: publish.publish(ground.author, message, ground.account, NOW), "approval_publication")
    assert "from a case" in refusal.why


def test_nothing_is_promised_on_an_account_we_can_not_speak_as(ground: Ground) -> None:
    account = g.factories.account("x-de", network="x", handle="@hollinqvist")
    message = g.approved(ground, account=account)
    g.refused(lambda: publish.publish(ground.author, message, account, NOW), "approval_publication")


def test_what_is_held_can_be_taken_back_by_who_ordered_it_until_it_leaves(ground: Ground) -> None:
    publication = publish.publish(ground.author, g.approved(ground), ground.account, NOW, due_at=NOW + timedelta(hours=1))
    g.refused(lambda: publish.take_back(ground.community, publication, NOW), "approval_publication")
    publish.take_back(ground.author, publication, NOW)
    publish.send_due(ground.publisher, NOW + timedelta(hours=2))
    assert (state_of(publication)[0], Item.objects.count()) == (State.TAKEN_BACK, 0)
    again = ordered_again(ground, publication)
    publish.send_due(ground.publisher, NOW)
    g.refused(lambda: publish.take_back(ground.author, again, NOW), "approval_publication")


def ordered_again(on: Ground, publication: Publication) -> Publication:
    return publish.publish(on.author, ApprovedMessage.objects.get(pk=publication.message_id), on.account, NOW)


# outcomes


def lost() -> ChannelError:
    return ChannelError("No answer.", permanent=False, provider_words="timed out")


def refused_by_channel() -> ChannelError:
    return ChannelError("Refused.", permanent=True, provider_words="403")


def test_a_first_permanent_refusal_ends_it_and_it_may_be_ordered_anew(ground: Ground) -> None:
    publication = ordered(ground)
    with going_to(FakeChannel([refused_by_channel()])):
        publish.send_due(ground.publisher, NOW)
        assert state_of(publication) == (State.FAILED, "Refused.")
        assert publish.send_due(ground.publisher, NOW + timedelta(days=1)) == 0
    assert ordered_again(ground, publication).state == State.HELD


def test_an_unknown_outcome_is_tried_again_under_the_same_key_with_growing_pauses(ground: Ground) -> None:
    publication, key = ordered(ground), None
    with going_to(FakeChannel([lost(), lost()])) as channel:
        publish.send_due(ground.publisher, NOW)
        assert state_of(publication) == (State.UNKNOWN, "No answer.")
        key = publication.key.hex
        assert publish.send_due(ground.publisher, NOW + timedelta(seconds=29)) == 0
        publish.send_due(ground.publisher, NOW + timedelta(seconds=31))
        assert publish.send_due(ground.publisher, NOW + timedelta(seconds=62)) == 0, "the second pause is longer"
        g.refused(lambda: ordered_again(ground, publication), "approval_publication")
        publish.send_due(ground.publisher, NOW + timedelta(seconds=95))
    assert state_of(publication)[0] == State.LIVE
    assert [(sent.key, sent.at, sent.text) for sent in channel.sent] == [(key, publication.due_at, publication.text)] * 3


def test_a_refusal_after_an_unknown_outcome_is_not_taken_for_not_sent(ground: Ground) -> None:
    publication = ordered(ground)
    with going_to(FakeChannel([lost(), refused_by_channel()])) as channel:
        publish.send_due(ground.publisher, NOW)
        publish.send_due(ground.publisher, NOW + timedelta(minutes=1))
        assert publish.send_due(ground.publisher, NOW + timedelta(days=1)) == 0
    assert len(channel.sent) == 2
    assert publish.waits_for_person(Publication.objects.get(pk=publication.pk))
    assert "Look at hollinqvist.de" in state_of(publication)[1]


def test_after_the_last_attempt_a_person_is_asked_and_can_settle_it(ground: Ground) -> None:
    publication, at = ordered(ground), NOW
    with going_to(FakeChannel([lost() for _ in range(publish.MAX_ATTEMPTS)])) as channel:
        for _ in range(publish.MAX_ATTEMPTS + 3):
            publish.send_due(ground.publisher, at)
            at += timedelta(hours=2)
        assert len(channel.sent) == publish.MAX_ATTEMPTS
        assert state_of(publication)[0] == State.UNKNOWN
        g.refused(lambda: publish.try_again(ground.medical, publication, at), "approval_publication")
        publish.try_again(ground.author, publication, at)
        publish.send_due(ground.publisher, at)
        assert state_of(publication)[0] == State.LIVE
        g.refused(lambda: publish.give_up(ground.author, publication, "not there", at), "approval_publication")
    assert {sent.key for sent in channel.sent} == {publication.key.hex}


def test_given_up_by_a_person_who_looked_it_may_be_ordered_anew(ground: Ground) -> None:
    publication = ordered(ground)
    with going_to(FakeChannel([lost(), refused_by_channel()])):
        g.refused(lambda: publish.give_up(ground.author, publication, "I looked", NOW), "approval_publication")
        publish.send_due(ground.publisher, NOW)
        publish.send_due(ground.publisher, NOW + timedelta(minutes=1))
        g.refused(lambda: publish.give_up(ground.author, publication, " ", NOW), "approval_publication")
        publish.give_up(ground.author, publication, "Not on the page at noon.", NOW)
    assert state_of(publication) == (State.FAILED, "Not on the page at noon.")
    assert ordered_again(ground, publication).state == State.HELD


def test_a_destination_without_keys_is_never_sent_to_twice(ground: Ground) -> None:
    publication = ordered(ground)
    with going_to(FakeChannel([lost()], delivery="never_twice")) as channel:
        publish.send_due(ground.publisher, NOW)
        publish.send_due(ground.publisher, NOW + timedelta(hours=1))
        assert publish.waits_for_person(Publication.objects.get(pk=publication.pk))
        refusal = g.refused(lambda: publish.try_again(ground.author, publication, NOW), "approval_publication")
    assert (len(channel.sent), "twice" in refusal.why) == (1, True)


def test_interrupted_on_a_destination_without_keys_it_waits_for_a_person(ground: Ground) -> None:
    publication = ordered(ground)
    with going_to(FakeChannel([RuntimeError("killed")], delivery="never_twice")) as channel:
        publish.send_due(ground.publisher, NOW)
        assert state_of(publication)[0] == State.SENDING
        publish.send_due(ground.publisher, NOW + timedelta(seconds=61))
    assert publish.waits_for_person(Publication.objects.get(pk=publication.pk))
    assert len(channel.sent) == 1


def test_an_interrupted_one_whose_approval_ended_is_not_called_unsent(ground: Ground) -> None:
    publication = ordered(ground)
    with going_to(FakeChannel([lost()])) as channel:
        publish.send_due(ground.publisher, NOW)
        g.forge("UPDATE approval_approvedmessage SET withdrawn_at = valid_from")
        publish.send_due(ground.publisher, NOW + timedelta(minutes=1))
    state, problem = state_of(publication)
    assert (len(channel.sent), state) == (1, State.UNKNOWN)
    assert "withdrawn" in problem
    assert "Look at" in problem


def test_one_poisoned_publication_does_not_hold_up_the_others(ground: Ground) -> None:
    first, second = ordered(ground), publish.publish(ground.author, g.approved(ground, title="Zwei"), ground.account, NOW)
    with going_to(FakeChannel([RuntimeError("a bug")])):
        assert publish.send_due(ground.publisher, NOW) == 1
    assert (state_of(first)[0], state_of(second)[0]) == (State.SENDING, State.LIVE)


def test_sent_but_not_seen_is_looked_at_again_and_never_sent_again(ground: Ground) -> None:
    publication = ordered(ground)
    with going_to(FakeChannel([], looks=[lost(), lost()])) as channel:
        publish.send_due(ground.publisher, NOW)
        assert state_of(publication) == (State.SENT, "No answer.")
        publish.watch(ground.publisher, NOW + timedelta(seconds=20))
        publish.watch(ground.publisher, NOW + timedelta(seconds=40))
    assert (state_of(publication), len(channel.sent)) == ((State.LIVE, ""), 1)
    assert not Drift.objects.exists(), "not being able to look is no drift"


def test_a_wrong_function_publishes_nothing_even_with_the_name_of_the_act(ground: Ground) -> None:
    message = g.approved(ground)
    with pytest.raises(Refusal):
        publish.publish(ground.safety, message, ground.account, NOW)
