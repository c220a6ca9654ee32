"""Bluesky's refusals and outages, from a fake server; what a real server does is proven in tests/network."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from atproto_core.cbor import decode_dag_multi

from candour.channels.base import ChannelError, OutgoingMessage
from candour.channels.bluesky import Bluesky, BlueskySettings
from candour.channels.bluesky_stream import LOST_EVENT, LOST_START, Piece, _take, stream_address

from .conftest import Answer, Asked, FakeServer

AT = datetime(2026, 3, 4, 9, 30, 12, tzinfo=UTC)
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
CID = "bafyreiaqe5zompayq5ebcptmidxzseu2w44uv5plyyuhwsccu7t57wqddu"
MESSAGE = OutgoingMessage(text="Hallo", key="pub-1", at=AT, lang="de")
TOKEN = "e30.e30.e30"


def answer(status: int, **body: object) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def channel(server: FakeServer) -> Bluesky:
    return Bluesky(BlueskySettings(service=server.base, handle="brand.test", password="pw"), server.door(), clock=lambda: AT)


class FakePds:
    """Invented server: a session, then what the test says for each method."""

    def __init__(self, server: FakeServer, **replies: list[Answer]) -> None:
        self.replies = {"createSession": [answer(200, accessJwt=TOKEN, refreshJwt=TOKEN, handle="brand.test", did=DID)] * 9, **replies}
        server.reply = self.reply

    def reply(self, asked: Asked) -> Answer:
        method = asked.path.partition("?")[0].rsplit(".", 1)[1]
        return self.replies[method].pop(0)


MADE = answer(200, uri=f"at://{DID}/app.bsky.feed.post/x", cid=CID)
MISSING = answer(400, error="RecordNotFound", message="Could not locate record")


@pytest.mark.parametrize(
    ("refusal", "permanent"),
    [
        (answer(500, error="InternalServerError", message="Internal Server Error"), False),
        (answer(429, error="RateLimitExceeded", message="Rate Limit Exceeded"), False),
        (answer(502, error="UpstreamFailure", message="x"), False),
        (answer(400, error="InvalidRequest", message="Invalid record"), True),
        (Answer(200, b"<html>", {"Content-Type": "text/html"}), False),
        (Answer(503, b"<html>down</html>", {"Content-Type": "text/html"}), False),
    ],
)
def test_a_refusal_is_told_and_the_record_looked_for(fake_server: FakeServer, refusal: Answer, permanent: bool) -> None:
    FakePds(fake_server, createRecord=[refusal], getRecord=[MISSING])
    with pytest.raises(ChannelError) as refused:
        channel(fake_server).publish(MESSAGE)
    assert refused.value.permanent is permanent
    assert "getRecord" in fake_server.asked[-1].path


def test_a_token_that_ran_out_is_renewed_once(fake_server: FakeServer) -> None:
    over = answer(400, error="ExpiredToken", message="Token has expired")
    FakePds(fake_server, createRecord=[over, MADE])
    assert channel(fake_server).publish(MESSAGE).version == CID
    assert [asked.path.rsplit(".", 1)[1] for asked in fake_server.asked] == ["createSession", "createRecord"] * 2


def test_one_session_serves_many_publications(fake_server: FakeServer) -> None:
    FakePds(fake_server, createRecord=[MADE] * 3)
    brand = channel(fake_server)
    for _ in range(3):
        brand.publish(MESSAGE)
    assert sign_ins(fake_server) == 1


def sign_ins(server: FakeServer) -> int:
    return sum("createSession" in asked.path for asked in server.asked)


def test_a_session_outlives_the_channel_but_not_the_password(fake_server: FakeServer) -> None:
    FakePds(fake_server, createRecord=[MADE] * 4)
    for _ in range(3):
        channel(fake_server).publish(MESSAGE)
    assert sign_ins(fake_server) == 1
    other = BlueskySettings(service=fake_server.base, handle="brand.test", password="another")
    Bluesky(other, fake_server.door(), clock=lambda: AT).publish(MESSAGE)
    assert sign_ins(fake_server) == 2


@pytest.mark.parametrize("over", [answer(400, error="ExpiredToken", message="x"), answer(401, error="AuthMissing", message="x")])
def test_a_kept_session_that_is_refused_is_replaced_for_everybody(fake_server: FakeServer, over: Answer) -> None:
    FakePds(fake_server, createRecord=[MADE, over, MADE, MADE])
    for _ in range(3):
        channel(fake_server).publish(MESSAGE)
    assert sign_ins(fake_server) == 2


def test_a_fresh_session_that_is_refused_is_not_asked_for_again(fake_server: FakeServer) -> None:
    FakePds(fake_server, createRecord=[answer(401, error="AuthMissing", message="x")], getRecord=[MISSING])
    with pytest.raises(ChannelError) as refused:
        channel(fake_server).publish(MESSAGE)
    assert (refused.value.permanent, sign_ins(fake_server)) == (True, 1)


def test_the_password_is_not_shown(fake_server: FakeServer) -> None:
    assert "secret-word" not in repr(BlueskySettings("https://x.example", "h", "secret-word"))


def test_an_answered_post_that_is_gone_is_told_before_anything_is_sent(fake_server: FakeServer) -> None:
    FakePds(fake_server, getRecord=[MISSING])
    reply = OutgoingMessage(text="Hallo", key="pub-2", at=AT, in_reply_to=f"at://{DID}/app.bsky.feed.post/3mabcdefghij2")
    with pytest.raises(ChannelError, match="no longer on Bluesky") as gone:
        channel(fake_server).publish(reply)
    assert gone.value.permanent
    assert not any("createRecord" in asked.path for asked in fake_server.asked)


def test_a_text_that_is_too_long_is_not_sent(fake_server: FakeServer) -> None:
    with pytest.raises(ChannelError, match="301"):
        channel(fake_server).publish(OutgoingMessage(text="ü" * 301, key="k", at=AT))
    with pytest.raises(ChannelError):
        channel(fake_server).publish(OutgoingMessage(text="👩‍👩‍👧" * 200, key="k", at=AT))
    assert fake_server.asked == []


@pytest.mark.parametrize(
    ("service", "seq", "address"),
    [
        ("https://pds.example", 7, "wss://pds.example/xrpc/com.atproto.sync.subscribeRepos?cursor=7"),
        ("http://127.0.0.1:2583/", None, "ws://127.0.0.1:2583/xrpc/com.atproto.sync.subscribeRepos"),
    ],
)
def test_stream_addresses(service: str, seq: int | None, address: str) -> None:
    assert stream_address(service, seq) == address


def text_item(words: str) -> bytes:
    return bytes([0x60 + len(words)]) + words.encode()


INFO = b"\xa2" + text_item("t") + text_item("#info") + text_item("op") + b"\x01"
OUTDATED = b"\xa1" + text_item("name") + text_item("OutdatedCursor")
COMMIT_HEAD = b"\xa2" + text_item("t") + text_item("#commit") + text_item("op") + b"\x01"


def test_an_outdated_cursor_is_a_gap() -> None:
    assert decode_dag_multi(INFO + OUTDATED)
    piece = Piece()
    _take(INFO + OUTDATED, piece)
    assert piece.gap == LOST_START


@pytest.mark.parametrize("data", [b"", b"\xff\xff", b"\xa0\xa0", b"not cbor"])
def test_an_event_that_can_not_be_read_is_a_gap_and_no_crash(data: bytes) -> None:
    piece = Piece(seq=4)
    _take(data, piece)
    assert (piece.gap, piece.seq) == (LOST_EVENT, 4)


def test_a_commit_without_its_blocks_is_a_gap_and_the_cursor_goes_on() -> None:
    op = (
        b"\xa3"
        + text_item("cid")
        + b"\xf6"
        + text_item("path")
        + b"\x78\x1a"
        + b"app.bsky.feed.post/3mabcde"
        + text_item("action")
        + text_item("create")
    )
    body = b"\xa5" + text_item("ops") + b"\x81" + op + text_item("seq") + b"\x09" + text_item("repo") + text_item("did:x")
    body += text_item("time") + b"\x78\x18" + b"2026-03-04T09:30:12.000Z" + text_item("blocks") + b"\x40"
    piece = Piece(seq=4)
    _take(COMMIT_HEAD + body, piece)
    assert (piece.gap, piece.seq, piece.seq_at, piece.seen) == (LOST_EVENT, 9, AT, [])


def test_a_post_is_deleted_and_one_that_is_gone_is_no_error(fake_server: FakeServer) -> None:
    pds = FakePds(fake_server, deleteRecord=[answer(200), answer(200)])
    for _again in range(2):
        channel(fake_server).take_down(f"at://{DID}/app.bsky.feed.post/x")
    assert pds.replies["deleteRecord"] == []


@pytest.mark.parametrize(("refusal", "permanent"), [(answer(400, error="InvalidRequest", message="no"), True), (answer(502), False)])
def test_a_refused_removal_is_told(fake_server: FakeServer, refusal: Answer, permanent: bool) -> None:
    FakePds(fake_server, deleteRecord=[refusal])
    with pytest.raises(ChannelError) as told:
        channel(fake_server).take_down(f"at://{DID}/app.bsky.feed.post/x")
    assert told.value.permanent == permanent
