"""Where we have no connector a named person publishes and signs; nothing is called published before that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from candour.core.states import PublicationState
from candour.flows import by_hand, pause, publish, watch
from candour.messages.models import ApprovedMessage, Publication, ReadBack
from candour.registry.models import Account

from . import ground as g
from .ground import Ground
from .test_sending import FakeChannel, going_to

NOW = g.NOW
LINK = "https://www.linkedin.example/posts/1"
State = PublicationState
TABLES = ("approval_publication", "journal_signature", "approval_readback")


@pytest.fixture
def linkedin(ground: Ground) -> Account:
    return g.factories.account("linkedin-de", network="linkedin", handle="hollinqvist")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "words_at", lambda link, text: False)


def message_for(on: Ground, account: Account) -> ApprovedMessage:
    return g.approved(on, account=account)


def handed(on: Ground, account: Account, due: Any = None) -> Publication:
    return publish.publish(on.author, message_for(on, account), account, NOW, due_at=due, hand_to=on.author)


def state(on: Ground, row: Publication, link: str = LINK, at: Any = None, secret: str = g.PASSWORD, now: Any = NOW) -> Publication:
    return by_hand.state(on.author, row, link, at, secret, now)


def test_it_is_with_the_named_person_and_no_machine_sends_it(ground: Ground, linkedin: Account) -> None:
    row = handed(ground, linkedin)
    with going_to(FakeChannel([])) as channel:
        publish.send_due(ground.publisher, NOW + timedelta(days=1))
    row.refresh_from_db()
    assert (row.state, row.hand_to, row.sent_at, channel.sent) == (State.BY_HAND, ground.author, None, [])
    pack = by_hand.pack_of(row, NOW)
    assert (pack.text, pack.digest, pack.why_not) == (row.message.text, row.digest, "")


def test_nobody_named_or_somebody_without_the_right_gets_nothing(ground: Ground, linkedin: Account) -> None:
    message = message_for(ground, linkedin)
    g.refused(lambda: publish.publish(ground.author, message, linkedin, NOW), *TABLES)
    g.refused(lambda: publish.publish(ground.author, message, linkedin, NOW, hand_to=ground.community), *TABLES)


def test_the_signed_word_of_a_person_ends_it(ground: Ground, linkedin: Account) -> None:
    row = state(ground, handed(ground, linkedin), at=NOW - timedelta(minutes=5))
    assert (row.state, row.url, row.stated_at) == (State.STATED, LINK, NOW - timedelta(minutes=5))
    assert (row.statement.signer_name, row.statement.meaning) == ("Jonas Terhoven", "states that this text stands there")
    assert row.digest in bytes(row.statement.shown).decode()
    assert ReadBack.objects.count() == 0
    g.refused(lambda: state(ground, row), *TABLES)
    g.refused(lambda: publish.publish(ground.author, row.message, linkedin, NOW, hand_to=ground.author), *TABLES)


@pytest.mark.parametrize("link", ["", "linkedin.example/1", "javascript:alert(1)", "ftp://x.example/1", "https://", "https://a@b.example/"])
def test_an_odd_address_states_nothing(ground: Ground, linkedin: Account, link: str) -> None:
    row = handed(ground, linkedin)
    g.refused(lambda: state(ground, row, link), *TABLES)


def test_a_wrong_secret_a_wrong_person_and_a_time_to_come_state_nothing(ground: Ground, linkedin: Account) -> None:
    row = handed(ground, linkedin)
    with pytest.raises(g.Refusal):
        state(ground, row, secret="wrong")
    g.refused(lambda: state(ground, row, at=NOW + timedelta(hours=1)), *TABLES)
    g.refused(lambda: by_hand.state(ground.community, row, LINK, None, g.PASSWORD, NOW), *TABLES)
    row.refresh_from_db()
    assert row.state == State.BY_HAND


def test_words_that_anybody_can_read_there_are_kept_beside_the_signature(
    ground: Ground, linkedin: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_hand, "words_at", lambda link, text: link == LINK)
    row = state(ground, handed(ground, linkedin))
    (look,) = ReadBack.objects.filter(publication=row)
    assert (look.equal, look.seen_text, row.seen_at) == (True, row.text, NOW)


def test_past_its_time_it_is_told_to_the_person_and_after_the_word_no_more(ground: Ground, linkedin: Account) -> None:
    row, late = handed(ground, linkedin), NOW + timedelta(hours=2)
    (hit,) = [hit for hit in watch.look(late)[0] if hit.watch == "publication.by_hand"]
    assert hit.owner_id == ground.author.pk
    state(ground, row)
    assert [hit for hit in watch.look(late)[0] if hit.watch.startswith("publication.")] == []


def test_the_words_are_not_given_out_while_paused_or_after_the_approval(ground: Ground, linkedin: Account) -> None:
    row = handed(ground, linkedin)
    after = row.message.valid_until
    pause.begin(ground.lead, reason="Rückruf", secret=g.PASSWORD, now=NOW, account=linkedin)
    for now in (NOW, after):
        pack = by_hand.pack_of(row, now)
        assert (pack.text, bool(pack.why_not)) == ("", True)


def test_what_was_published_outside_its_approval_is_recorded_and_says_so(ground: Ground, linkedin: Account) -> None:
    row = handed(ground, linkedin)
    after = row.message.valid_until + timedelta(hours=1)
    stated = state(ground, row, at=after, now=after)
    assert (stated.state, "expired" in stated.problem) == (State.STATED, True)


def test_it_can_be_taken_back_before_and_not_after(ground: Ground, linkedin: Account) -> None:
    row = handed(ground, linkedin)
    publish.take_back(ground.author, row, NOW)
    g.refused(lambda: state(ground, row), *TABLES)
    row.refresh_from_db()
    assert row.state == State.TAKEN_BACK
