"""The newsroom channel: sent once by key, read back as a visitor reads it, comments heard."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from candour.channels.base import ChannelError, OutgoingMessage
from candour.channels.newsroom import Newsroom, NewsroomSettings, item_on_page, normalise_live, paragraphs

from .conftest import Answer, Asked, FakeServer

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
TEXT = "Zwei Sätze. Zweiter Satz.\nNeue Zeile.\n\nZweiter Absatz & <Ende>."
MESSAGE = OutgoingMessage(text=TEXT, key="pub-1", at=NOW, lang="de", title="Neues", thread="t-1", in_reply_to="c-9")


def page(inner: str, item: str = "n-1", title: str = "Neues") -> bytes:
    return (
        f"<!doctype html><title>x</title><header><h1 data-candour-title='{item}'>{title}</h1></header>"
        f'<p>Other words</p><div data-candour-item="{item}" lang="de" data-candour-version="v7">{inner}</div><p>More words</p>'
    ).encode()


GOOD = "<p>Zwei Sätze. Zweiter Satz.<br>Neue Zeile.</p><p>Zweiter Absatz &amp; &lt;Ende&gt;.</p>"


class FakeNewsroom:
    """Invented server side: one item per key, 409 for other bytes, one public page."""

    def __init__(self, server: FakeServer) -> None:
        self.items: dict[str, bytes] = {}
        self.inner = GOOD
        self.missing = Answer(404)
        self.comments: Answer = Answer(200, b'{"comments": [], "cursor": ""}')
        server.reply = self.answer

    def answer(self, asked: Asked) -> Answer:
        if asked.path.startswith("/newsroom/api/") and asked.headers.get("authorization") != "Bearer right":
            return Answer(401, b"who are you")
        if asked.method == "PUT":
            return self.put(asked)
        if asked.method == "DELETE":
            return (self.items.pop(asked.path, None) and Answer(204)) or self.missing
        if asked.path.startswith("/newsroom/api/comments"):
            return self.comments
        return Answer(200, page(self.inner)) if asked.path.startswith("/newsroom/items/n-1") else Answer(404)

    def put(self, asked: Asked) -> Answer:
        known = self.items.setdefault(asked.path, asked.body)
        if known != asked.body:
            return Answer(409, b"other bytes under this key")
        return Answer(201, json.dumps({"remote_id": "n-1", "url": "/newsroom/items/n-1", "version": "v7"}).encode())


@pytest.fixture
def fake_newsroom(fake_server: FakeServer) -> FakeNewsroom:
    return FakeNewsroom(fake_server)


def channel(server: FakeServer, token: str = "right") -> Newsroom:
    return Newsroom(NewsroomSettings(server.base, "dachs-de", token), server.door(), clock=lambda: NOW)


def test_the_same_message_sent_twice_is_one_item(fake_server: FakeServer, fake_newsroom: FakeNewsroom) -> None:
    first = channel(fake_server).publish(MESSAGE)
    assert channel(fake_server).publish(MESSAGE) == first
    assert first.url == fake_server.base + "/newsroom/items/n-1"
    assert list(fake_newsroom.items) == ["/newsroom/api/items/pub-1"]
    assert json.loads(fake_server.asked[0].body) == {
        "account": "dachs-de",
        "thread": "t-1",
        "in_reply_to": "c-9",
        "title": "Neues",
        "text": TEXT,
        "lang": "de",
    }


def test_other_bytes_under_the_same_key_are_refused_and_change_nothing(fake_server: FakeServer, fake_newsroom: FakeNewsroom) -> None:
    channel(fake_server).publish(MESSAGE)
    before = dict(fake_newsroom.items)
    other = OutgoingMessage(text=TEXT + "!", key="pub-1", at=NOW, lang="de")
    with pytest.raises(ChannelError) as refused:
        channel(fake_server).publish(other)
    assert refused.value.permanent
    assert fake_newsroom.items == before


def test_a_wrong_token_asks_for_the_administrator(fake_server: FakeServer, fake_newsroom: FakeNewsroom) -> None:
    with pytest.raises(ChannelError, match="administrator must renew") as refused:
        channel(fake_server, "wrong").publish(MESSAGE)
    assert refused.value.permanent
    assert refused.value.provider_words == "who are you"
    assert fake_newsroom.items == {}


def test_the_token_is_neither_shown_nor_sent_when_reading_back(fake_server: FakeServer, fake_newsroom: FakeNewsroom) -> None:
    assert "right" not in repr(NewsroomSettings("https://n.example", "a", "right"))
    channel(fake_server).read_back("n-1")
    assert "authorization" not in fake_server.asked[0].headers


def test_a_redirect_does_not_carry_the_message_away(fake_server: FakeServer, other_fake_server: FakeServer) -> None:
    fake_server.reply = lambda asked: Answer(307, headers={"Location": other_fake_server.base})
    with pytest.raises(ChannelError):
        channel(fake_server).publish(MESSAGE)
    assert other_fake_server.asked == []


def test_what_is_read_back_equals_what_was_signed(fake_server: FakeServer, fake_newsroom: FakeNewsroom) -> None:
    seen = channel(fake_server).read_back("n-1")
    assert seen is not None
    assert normalise_live(seen.text) == normalise_live(TEXT)
    assert (seen.version, seen.title, seen.seen_at) == ("v7", "Neues", NOW)


TAMPERED = {
    "one letter": GOOD.replace("Sätze", "Sitze"),
    "a letter of another alphabet": GOOD.replace("Satz", "S\u0430tz"),
    "an invisible character": GOOD.replace("Satz", "Sa\u200btz"),
    "a paragraph more": GOOD + "<p>Ohne Nebenwirkungen.</p>",
    "words outside a paragraph": GOOD + "Ohne Nebenwirkungen.",
    "an element": GOOD + "<img src=x alt='Ohne Nebenwirkungen'>",
    "a nested element": GOOD.replace("Zweiter Absatz", "<div><p>Zweiter</p></div> Absatz"),
    "a paragraph less": GOOD.split("</p>")[0] + "</p>",
    "a paragraph break less": GOOD.replace("</p><p>", "<br>"),
    "a script": GOOD + "<script>1</script>",
    "two blanks": GOOD.replace("Zwei Sätze", "Zwei  Sätze"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_any_other_change_is_seen(how: str) -> None:
    seen = item_on_page(page(TAMPERED[how]).decode(), "n-1")
    assert seen is not None
    assert normalise_live(seen.text) != normalise_live(TEXT)


def test_an_item_that_is_gone_or_stands_twice_is_not_seen(fake_server: FakeServer, fake_newsroom: FakeNewsroom) -> None:
    assert channel(fake_server).read_back("n-2") is None
    twice = page(GOOD).decode() * 2
    assert item_on_page(twice, "n-1") is None
    assert item_on_page("<div data-candour-item='n-10'>x</div>", "n-1") is None


def test_the_text_ends_with_its_element_whatever_the_markup() -> None:
    seen = item_on_page('<div data-candour-item="n-1"><p>One<p>Two</div><p>Three</p>', "n-1")
    assert seen is not None
    assert seen.text == "One\n\nTwo"


@pytest.mark.parametrize(
    ("signed", "live"),
    [
        ("a\r\nb", "a\nb"),
        ("a  \nb\n", "a\nb"),
        ("a\n\n\n\nb", "a\n\nb"),
        ("u\u0308ber", "\u00fcber"),
        ("\n\n a", "a"),
    ],
)
def test_what_the_newsroom_may_change(signed: str, live: str) -> None:
    assert normalise_live(signed) == normalise_live(live) == live


@pytest.mark.parametrize(("one", "other"), [("a\nb", "a b"), ("a  b", "a b"), ("a\n\nb", "a\nb"), ("A", "a"), ("ﬁ", "fi"), ("²", "2")])
def test_what_the_newsroom_may_not_change(one: str, other: str) -> None:
    assert normalise_live(one) != normalise_live(other)


def test_paragraphs_rebuild_the_text() -> None:
    assert paragraphs(TEXT) == ("Zwei Sätze. Zweiter Satz.\nNeue Zeile.", "Zweiter Absatz & <Ende>.")
    assert paragraphs(" \n ") == ()


def test_comments_are_heard_after_the_cursor(fake_server: FakeServer, fake_newsroom: FakeNewsroom) -> None:
    comment = {
        "id": "c-9",
        "thread": "n-1",
        "author": "Mutter",
        "text": "Meine Tochter\x00 hat Ausschlag",
        "published_at": "2026-03-04T10:00:00+02:00",
        "in_reply_to": "n-1",
        "url": "/newsroom/items/n-1#c-9",
    }
    fake_newsroom.comments = Answer(200, json.dumps({"comments": [comment], "cursor": "41"}).encode())
    heard = channel(fake_server).poll("40")
    assert "account=dachs-de&after=40" in fake_server.asked[0].path
    (post,) = heard.posts
    assert (post.remote_id, post.text, post.thread) == ("c-9", "Meine Tochter hat Ausschlag", "n-1")
    assert post.published_at == datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
    assert post.url == fake_server.base + "/newsroom/items/n-1#c-9"
    assert (heard.cursor, heard.more, heard.covered_until) == ("41", False, NOW)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"cursor": "9"}', b'{"comments": [{"id": "x"}]}', b'{"comments": [3]}'])
def test_an_odd_answer_loses_no_comment(fake_server: FakeServer, fake_newsroom: FakeNewsroom, body: bytes) -> None:
    fake_newsroom.comments = Answer(200, body)
    with pytest.raises(ChannelError) as odd:
        channel(fake_server).poll("40")
    assert not odd.value.permanent


def test_an_item_is_taken_off_and_one_that_is_off_is_no_error(fake_server: FakeServer, fake_newsroom: FakeNewsroom) -> None:
    published = channel(fake_server).publish(MESSAGE)
    fake_newsroom.items = {f"/newsroom/api/items/{published.remote_id}": b""}
    for _again in range(2):
        channel(fake_server).take_down(published.remote_id)
    assert fake_newsroom.items == {}


@pytest.mark.parametrize(("status", "permanent"), [(401, True), (400, True), (503, False)])
def test_a_refused_removal_is_told(fake_server: FakeServer, fake_newsroom: FakeNewsroom, status: int, permanent: bool) -> None:
    fake_newsroom.missing = Answer(status, b"no")
    with pytest.raises(ChannelError) as told:
        channel(fake_server).take_down("n-1")
    assert (told.value.permanent, told.value.provider_words) == (permanent, "no")
