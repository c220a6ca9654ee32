"""An outcome nobody knows at a receiver that keeps no key of ours: its own posts tell, and nothing is ever sent a second time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from candour.channels.base import OutgoingMessage, Published
from candour.core.states import PublicationState
from candour.flows import publish
from candour.messages.models import Publication

from . import ground as g
from .ground import Ground
from .test_sending import FakeChannel, going_to, lost, ordered, state_of

NOW = g.NOW
State = PublicationState


@dataclass
class SearchedChannel(FakeChannel):
    """A fake destination without keys whose own posts can be searched: `standing` is what it says."""

    delivery: str = "never_twice"
    standing: object = ()
    told: list[set[str]] = field(default_factory=list)

    def find(self, message: OutgoingMessage, since: datetime, before: Collection[str] = ()) -> tuple[Published, ...]:
        self.told.append(set(before))
        if isinstance(self.standing, Exception):
            raise self.standing
        return self.standing  # type: ignore[return-value]


STANDS = Published("r9", "http://127.0.0.1/r9", "v9")


def unknown(on: Ground, channel: SearchedChannel) -> Publication:
    """A publication whose first attempt got no answer."""
    publication = ordered(on)
    publish.send_due(on.publisher, NOW)
    assert (state_of(publication)[0], len(channel.sent)) == (State.UNKNOWN, 1)
    return publication


def test_what_stands_there_after_a_lost_answer_was_sent_and_is_not_sent_again(ground: Ground) -> None:
    with going_to(SearchedChannel([lost()], standing=(STANDS,))) as channel:
        publication = unknown(ground, channel)
        publish.send_due(ground.publisher, NOW + timedelta(seconds=31))
    publication.refresh_from_db()
    assert (publication.state, publication.remote_id, len(channel.sent)) == (State.LIVE, "r9", 1)


def test_what_does_not_stand_there_is_first_waited_for_and_then_known_as_unsent(ground: Ground) -> None:
    with going_to(SearchedChannel([lost()])) as channel:
        publication = unknown(ground, channel)
        publish.send_due(ground.publisher, NOW + timedelta(seconds=31))
        assert state_of(publication)[0] == State.UNKNOWN
        publish.send_due(ground.publisher, NOW + timedelta(minutes=5))
        assert (state_of(publication)[0], publication.cause, len(channel.sent)) == (State.FAILED, "absent", 1)
        publish.send_due(ground.publisher, NOW + timedelta(hours=5))
    assert len(channel.sent) == 1


def test_a_post_that_belongs_to_another_publication_proves_nothing(ground: Ground) -> None:
    with going_to(SearchedChannel([Published("r9", "", "v"), lost()], standing=(STANDS,))) as channel:
        first = ordered(ground)
        publish.send_due(ground.publisher, NOW)
        second = publish.publish(ground.author, g.approved(ground, g.MENDED + " Danke."), ground.account, NOW)
        publish.send_due(ground.publisher, NOW)
        publish.send_due(ground.publisher, NOW + timedelta(minutes=5))
    assert (state_of(first)[0], state_of(second)[0], len(channel.sent)) == (State.LIVE, State.FAILED, 2)


def test_the_search_is_told_which_texts_were_on_record_before_the_first_attempt(ground: Ground) -> None:
    answers = [unreached(), Published("before", "", "v"), lost(), Published("after", "", "v")]
    with going_to(SearchedChannel(answers, standing=())) as channel:
        ordered(ground)
        publish.send_due(ground.publisher, NOW)
        publish.publish(ground.author, g.approved(ground, g.MENDED + " Gern."), ground.account, NOW)
        publish.send_due(ground.publisher, NOW)
        again = NOW + timedelta(minutes=1)
        publish.send_due(ground.publisher, again)
        publish.publish(ground.author, g.approved(ground, g.MENDED + " Danke."), ground.account, again)
        publish.send_due(ground.publisher, again)  # begun at the same instant, told apart by the journal alone
        publish.send_due(ground.publisher, again + timedelta(minutes=5))
    assert channel.told == [{"before"}]


def test_a_search_that_fails_is_made_again_until_a_person_is_asked(ground: Ground) -> None:
    with going_to(SearchedChannel([lost()], standing=lost())) as channel:
        publication, at = unknown(ground, channel), NOW
        for _round in range(40):
            at += timedelta(hours=1)
            publish.send_due(ground.publisher, at)
        publication.refresh_from_db()
        assert publish.waits_for_person(publication)
        channel.standing = (STANDS,)
        publish.try_again(ground.author, publication, at)
        publish.send_due(ground.publisher, at)
    assert (state_of(publication)[0], len(channel.sent)) == (State.LIVE, 1)


def test_a_key_that_the_receiver_has_forgotten_by_now_is_not_relied_on(ground: Ground) -> None:
    """Sent again while the key lasts; afterwards only looked for."""
    with going_to(SearchedChannel([lost(), lost(), lost()], delivery="exactly_once")) as channel:
        channel.key_lasts = timedelta(minutes=50)  # type: ignore[attr-defined]
        publication = unknown(ground, channel)
        publish.send_due(ground.publisher, NOW + timedelta(minutes=10))
        assert len(channel.sent) == 2
        publish.send_due(ground.publisher, NOW + timedelta(hours=2))
    assert (state_of(publication)[0], len(channel.sent)) == (State.FAILED, 2)


def unreached() -> Exception:
    problem = lost()
    problem.unsent = True
    return problem


def test_what_certainly_did_not_reach_a_receiver_without_keys_is_sent_later(ground: Ground) -> None:
    with going_to(SearchedChannel([unreached(), unreached()])) as channel:
        publication = ordered(ground)
        publish.send_due(ground.publisher, NOW)
        assert (state_of(publication)[0], publication.attempts, publication.tries) == (State.HELD, 0, 1)
        publish.send_due(ground.publisher, NOW + timedelta(seconds=5))
        assert len(channel.sent) == 1
        publish.send_due(ground.publisher, NOW + timedelta(seconds=31))
        publish.send_due(ground.publisher, NOW + timedelta(minutes=5))
    assert (state_of(publication)[0], len(channel.sent)) == (State.LIVE, 3)


def test_a_receiver_that_is_never_reached_ends_as_unsent(ground: Ground) -> None:
    with going_to(SearchedChannel([unreached() for _ in range(20)])) as channel:
        publication, at = ordered(ground), NOW
        for _round in range(20):
            publish.send_due(ground.publisher, at)
            at += timedelta(hours=1)
    assert (state_of(publication)[0], len(channel.sent)) == (State.FAILED, publish.MAX_ATTEMPTS)


def test_after_a_lost_answer_an_attempt_that_reached_nobody_says_nothing_of_the_first(ground: Ground) -> None:
    with going_to(SearchedChannel([lost(), unreached()], delivery="exactly_once")):
        publication = unknown_after_two(ground)
    assert (state_of(publication)[0], publication.attempts) == (State.UNKNOWN, 2)


def unknown_after_two(on: Ground) -> Publication:
    publication = ordered(on)
    publish.send_due(on.publisher, NOW)
    publish.send_due(on.publisher, NOW + timedelta(seconds=31))
    return publication
