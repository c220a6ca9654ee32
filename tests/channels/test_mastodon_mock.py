"""Mastodon against a mock of its interface: what the small real server can't show (keys that are kept, limits, faults on the way)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mastodon_mock.testing.server import MockServer

from candour.channels.base import ChannelError, OutgoingMessage
from candour.channels.http import Door
from candour.channels.mastodon import KEY_LASTS, Mastodon, MastodonSettings
from tests import asking

from .conftest import Answer, Asked, FakeServer

AT = datetime(2026, 3, 4, 9, 30, 12, tzinfo=UTC)


@pytest.fixture
def mock() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


def channel(server: Any, **settings: str) -> Mastodon:
    base = getattr(server, "base_url", "") or server.base
    given = {"service": base, "account": "@alice@mock.example", "token": "alice_token"} | settings
    return Mastodon(MastodonSettings(**given), Door((base.removeprefix("http://"),)))


def message(text: str = "Guten Tag, Köln.", key: str = "k1", **fields: Any) -> OutgoingMessage:
    return OutgoingMessage(text=text, key=key, at=AT, lang="de", **fields)


def statuses(server: MockServer) -> list[dict[str, Any]]:
    me = asking.get(f"{server.base_url}/api/v1/accounts/lookup", params={"acct": "alice"}).json()["id"]
    return list(asking.get(f"{server.base_url}/api/v1/accounts/{me}/statuses").json())


def fault(server: MockServer, **effect: Any) -> None:
    rule = {"path": "/api/v1/statuses", "methods": ["POST"], "effect": effect}
    asking.post(f"{server.base_url}/api/v1/_mock/faults", json=rule).raise_for_status()


def test_the_mock_keeps_our_key_so_that_sending_again_adds_nothing(mock: MockServer) -> None:
    before = len(statuses(mock))
    first, second = channel(mock).publish(message()), channel(mock).publish(message())
    assert first == second
    assert len(statuses(mock)) == before + 1
    assert channel(mock).delivery == "exactly_once"
    assert timedelta(minutes=30) < KEY_LASTS < timedelta(hours=1)


def test_the_mock_shows_what_was_sent(mock: MockServer) -> None:
    mine = channel(mock)
    text = "Zeile 1\nZeile 2 < 3 & mehr\n\nAbsatz: https://candour.example/a"
    seen = mine.read_back(mine.publish(message(text)).remote_id)
    assert seen is not None
    assert mine.normalise_live(seen.text) == mine.normalise_live(text)


def test_a_post_taken_down_at_the_mock_is_gone(mock: MockServer) -> None:
    mine = channel(mock)
    published = mine.publish(message())
    for _again in range(2):
        mine.take_down(published.remote_id)
        assert mine.read_back(published.remote_id) is None


def test_the_mock_tells_of_mentions(mock: MockServer) -> None:
    bob = {"Authorization": "Bearer bob_token"}
    asking.post(f"{mock.base_url}/api/v1/statuses", json={"status": "@alice ist das so?"}, headers=bob)
    page = channel(mock).poll("")
    assert "ist das so?" in page.posts[-1].text
    assert channel(mock).poll(page.cursor).posts == ()


@pytest.mark.parametrize("effect", [{"type": "status", "status": 503}, {"type": "status", "status": 429}, {"type": "malformed"}])
def test_a_fault_of_the_mock_passes(mock: MockServer, effect: dict[str, Any]) -> None:
    fault(mock, **effect)
    with pytest.raises(ChannelError) as refused:
        channel(mock).publish(message())
    assert not refused.value.permanent


# a fake server for what nothing else here says


def fake_of(answers: dict[str, Answer]) -> Any:
    """A fake instance: what it answers by path, otherwise Mastodon's usual words."""
    usual = {
        "/api/v2/instance": Answer(body=b'{"version": "4.3.1", "configuration": {"statuses": {"max_characters": 50}}}'),
        "/api/v1/accounts/verify_credentials": Answer(body=b'{"id": "1", "acct": "alice"}'),
        "/api/v1/statuses": Answer(body=b'{"id": "7", "url": "https://mock.example/7", "content": "<p>x</p>"}'),
    } | answers

    def reply(asked: Asked) -> Answer:
        return usual.get(asked.path.partition("?")[0], Answer(404))

    return reply


def posted(server: FakeServer) -> int:
    return sum(asked.method == "POST" for asked in server.asked)


@pytest.mark.parametrize(
    ("version", "delivery"),
    [
        ("4.3.1", "exactly_once"),
        ("4.4.0-beta.1+glitch", "exactly_once"),
        ("2.7.2 (compatible; Pleroma 2.6.0)", "never_twice"),
        ("4.0.0 (not true; really snac/2.75)", "never_twice"),
        ("", "never_twice"),
    ],
)
def test_a_fake_instance_is_believed_to_keep_keys_only_under_its_bare_name(fake_server: FakeServer, version: str, delivery: str) -> None:
    fake_server.reply = fake_of({"/api/v2/instance": Answer(body=f'{{"version": "{version}"}}'.encode())})
    assert channel(fake_server).delivery == delivery


def test_a_fake_instance_that_says_nothing_is_sent_nothing_twice(fake_server: FakeServer) -> None:
    fake_server.reply = lambda asked: Answer(503)
    assert channel(fake_server).delivery == "never_twice"


def test_the_fake_instances_own_limit_counts_and_nothing_is_sent(fake_server: FakeServer) -> None:
    fake_server.reply = fake_of({})
    with pytest.raises(ChannelError, match=r"51 characters and .* takes 50") as refused:
        channel(fake_server).publish(message("x" * 51))
    assert (refused.value.permanent, refused.value.cause, posted(fake_server)) == (True, "too_long", 0)
    channel(fake_server).publish(message("x" * 26 + " https://candour.example/" + "a" * 90))
    assert posted(fake_server) == 1


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        (Answer(401, b'{"error": "The access token was revoked"}'), True),
        (Answer(403, b'{"error": "Your login is currently disabled"}'), True),
        (Answer(422, b'{"error": "Validation failed"}'), True),
        (Answer(500), False),
        (Answer(200, b"<html>"), False),
        (Answer(200, b'{"ok": true}'), False),
        (Answer(200, b"[]"), False),
    ],
)
def test_a_success_without_a_post_and_a_refusal_of_the_fake_are_told_apart(
    fake_server: FakeServer, answer: Answer, permanent: bool
) -> None:
    fake_server.reply = fake_of({"/api/v1/statuses": answer})
    with pytest.raises(ChannelError) as refused:
        channel(fake_server).publish(message())
    assert (refused.value.permanent, refused.value.provider_words != "" or answer.body == b"") == (permanent, True)


def test_a_fake_that_gives_the_same_page_again_proves_nothing(fake_server: FakeServer) -> None:
    """Who ignores where a page begins may hide the text that is looked for."""
    row = '{"id": "%d", "content": "<p>Anderes</p>", "created_at": "2026-03-04T09:30:00Z", "account": {"id": "1"}}'
    page = Answer(body=f"[{','.join(row % number for number in range(40))}]".encode())
    fake_server.reply = fake_of({"/api/v1/accounts/1/statuses": page})
    with pytest.raises(ChannelError, match="too few"):
        channel(fake_server).find(message(), AT - timedelta(hours=1))
    assert channel(fake_server).find(message(), AT - timedelta(hours=1), {"39"}) == ()


def test_a_fake_redirect_of_a_post_is_not_followed(fake_server: FakeServer, other_fake_server: FakeServer) -> None:
    fake_server.reply = fake_of({"/api/v1/statuses": Answer(307, headers={"Location": f"{other_fake_server.base}/api/v1/statuses"})})
    with pytest.raises(ChannelError):
        channel(fake_server).publish(message())
    assert other_fake_server.asked == []


def test_a_post_the_fake_hides_or_warns_of_is_not_what_was_signed(fake_server: FakeServer) -> None:
    rows = {
        "/api/v1/statuses/1": Answer(body=b'{"id": "1", "content": "<p>Gut</p>", "visibility": "private"}'),
        "/api/v1/statuses/2": Answer(body=b'{"id": "2", "content": "<p>Gut</p>", "spoiler_text": "CW", "visibility": "public"}'),
    }
    fake_server.reply = fake_of(rows)
    mine = channel(fake_server)
    hidden, warned = mine.read_back("1"), mine.read_back("2")
    assert hidden is None
    assert warned is not None
    assert warned.text == "CW\n\nGut"
