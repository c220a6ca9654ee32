"""Feeds as found in the wild: asked politely, read from bytes, hostile ones harmless, none silently missed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from candour.channels.atom import Feed, FeedSettings, cursor_from
from candour.channels.base import ChannelError, OutgoingMessage

from .conftest import Answer, Asked, FakeServer

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def atom(*entries: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{"".join(entries)}</feed>'.encode()


def entry(number: int, body: str = "Wörter", title: str = "Frage") -> str:
    return (
        f"<entry><id>urn:e:{number}</id><title>{title}</title><author><name>Ute</name></author>"
        f'<published>2026-03-0{number}T10:00:00+01:00</published><link href="https://forum.example/{number}"/>'
        f'<content type="html">{body}</content></entry>'
    )


def feed(server: FakeServer, path: str = "/feed") -> Feed:
    return Feed(FeedSettings(server.base + path, lang="de"), server.door(), clock=lambda: NOW)


def serving(server: FakeServer, body: bytes, kind: str = "application/atom+xml", **headers: str) -> Feed:
    server.reply = lambda asked: Answer(200, body, {"Content-Type": kind, **headers})
    return feed(server)


def test_an_entry_is_a_post(fake_server: FakeServer) -> None:
    page = serving(fake_server, atom(entry(1, "&lt;p&gt;Mir ist &lt;b&gt;übel&lt;/b&gt;.&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;"))).poll(
        ""
    )
    (post,) = page.posts
    assert (post.remote_id, post.text, post.author) == ("urn:e:1", "Frage\n\nMir ist übel.", "Ute")
    assert (post.published_at, post.url, post.lang) == (datetime(2026, 3, 1, 9, 0, tzinfo=UTC), "https://forum.example/1", "de")
    assert (page.more, page.covered_until, page.gap) == (False, NOW, "")


def test_an_unchanged_feed_is_not_sent_again(fake_server: FakeServer) -> None:
    def reply(asked: Asked) -> Answer:
        known = asked.headers.get("if-none-match") == '"v1"' and asked.headers.get("if-modified-since") == "Wed, 04 Mar 2026 09:00:00 GMT"
        headers = {"ETag": '"v1"', "Last-Modified": "Wed, 04 Mar 2026 09:00:00 GMT"}
        return Answer(304, b"", headers) if known else Answer(200, atom(entry(1)), headers)

    fake_server.reply = reply
    first = feed(fake_server).poll("")
    second = feed(fake_server).poll(first.cursor)
    assert (len(first.posts), second.posts, second.cursor) == (1, (), first.cursor)


def test_entries_that_may_have_been_missed_are_a_gap(fake_server: FakeServer) -> None:
    first = serving(fake_server, atom(entry(1), entry(2))).poll("")
    overlapping = serving(fake_server, atom(entry(2), entry(3))).poll(first.cursor)
    assert overlapping.gap == ""
    missed = serving(fake_server, atom(entry(5), entry(6))).poll(overlapping.cursor)
    assert "missed" in missed.gap
    assert [post.remote_id for post in missed.posts] == ["urn:e:5", "urn:e:6"]


def test_an_entry_without_id_or_date_gets_an_id_from_its_content(fake_server: FakeServer) -> None:
    items = "<item><description>Ohne alles</description></item><item><description>Zwei</description></item>"
    body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    one, two = serving(fake_server, body, "text/xml").poll("").posts
    again = serving(fake_server, body, "text/xml").poll("").posts
    assert one.remote_id.startswith("content:")
    assert one.remote_id != two.remote_id
    assert [post.remote_id for post in again] == [one.remote_id, two.remote_id]
    assert (one.published_at, one.extra) == (NOW, {"undated": "1"})


RSS = "<rss version='2.0'><channel><item><guid>1</guid><description>{}</description></item></channel></rss>"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (RSS.format("Übelkeit").encode("latin-1"), "text/xml; charset=utf-8", "Übelkeit"),
        (b"<?xml version='1.0' encoding='iso-8859-1'?>" + RSS.format("Übelkeit").encode("latin-1"), "application/xml", "Übelkeit"),
        (RSS.format("Übelkeit").encode("utf-16"), "text/xml", "Übelkeit"),
        (RSS.format("Übelkeit").encode("utf-8-sig"), "text/xml; charset=us-ascii", "Übelkeit"),
        (RSS.format("a & b &nbsp; <br> c").encode(), "text/xml", "a & b"),
        (RSS.format("vorn\x00hinten").encode(), "text/xml", "vorn"),
        (RSS.format("abgeschnitten").encode()[:-18], "text/xml", "abgeschnitten"),
    ],
)
def test_a_broken_feed_still_gives_its_words(fake_server: FakeServer, body: bytes, kind: str, words: str) -> None:
    (post,) = serving(fake_server, body, kind).poll("").posts
    assert post.text.startswith(words)
    assert "\x00" not in post.text


def test_a_hostile_feed_reads_no_file_and_fills_no_memory(fake_server: FakeServer) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    body = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">{laughs}<!ENTITY f SYSTEM "file:///etc/passwd">]>' + RSS.format(
        "&l11; &f; Ende"
    )
    (post,) = serving(fake_server, body.encode(), "text/xml").poll("").posts
    assert "root:" not in post.text
    assert len(post.text) < 1000
    assert len(fake_server.asked) == 1


def test_a_feed_that_moves_keeps_the_ids_of_its_entries(fake_server: FakeServer) -> None:
    body = RSS.replace("<guid>1", "<link>/beitrag/1</link><guid>1").format("x").encode()
    fake_server.reply = lambda asked: Answer(200, body, {"Content-Type": "text/xml"})
    (here,), (there,) = (feed(fake_server, path).poll("").posts for path in ("/old/feed", "/new/feed"))
    assert here.remote_id == there.remote_id == "1"
    assert here.url == fake_server.base + "/beitrag/1"


def test_a_link_that_is_no_web_address_is_dropped(fake_server: FakeServer) -> None:
    body = RSS.replace("<guid>", "<link>javascript:alert(1)</link><guid isPermaLink='false'>").format("x").encode()
    (post,) = serving(fake_server, body, "text/xml").poll("").posts
    assert post.url == ""


def test_no_feed_at_all_needs_the_owner_but_a_lapse_of_a_working_feed_does_not(fake_server: FakeServer) -> None:
    working = serving(fake_server, atom(entry(1))).poll("")
    page = serving(fake_server, b"<!doctype html><title>Wartung</title>", "text/html")
    with pytest.raises(ChannelError) as never:
        page.poll("")
    with pytest.raises(ChannelError) as lapse:
        page.poll(working.cursor)
    assert (never.value.permanent, lapse.value.permanent) == (True, False)


@pytest.mark.parametrize(("status", "permanent"), [(404, True), (410, True), (403, True), (429, False), (503, False)])
def test_a_refused_feed_says_who_acts(fake_server: FakeServer, status: int, permanent: bool) -> None:
    fake_server.reply = lambda asked: Answer(status)
    with pytest.raises(ChannelError) as refused:
        feed(fake_server).poll("")
    assert refused.value.permanent is permanent
    assert str(status) in str(refused.value)


@pytest.mark.parametrize("words", ["", "not json", "[]", "7", '{"heard": 7}'])
def test_an_unreadable_cursor_begins_anew(words: str) -> None:
    assert cursor_from(words).heard == ()


def test_a_feed_can_not_be_published_to(fake_server: FakeServer) -> None:
    with pytest.raises(ChannelError):
        feed(fake_server).publish(OutgoingMessage(text="x", key="k", at=NOW))
    assert fake_server.asked == []
