"""Record keys, links and what concerns us, without a network."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candour.channels.base import ChannelError, OutgoingMessage
from candour.channels.bluesky_records import RecordAddress, Watch, address_of, heard_post, link_facets, post_record, record_key, same_record

AT = datetime(2026, 3, 4, 9, 30, 12, tzinfo=UTC)
OURS, THEIRS = "did:plc:ours", "did:plc:theirs"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


@given(st.text(max_size=80), st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_every_key_gives_a_valid_tid_of_its_second(key: str, at: datetime) -> None:
    key = key.encode("utf-8", "replace").decode()
    rkey = record_key(key, at)
    assert TID.fullmatch(rkey)
    number = 0
    for letter in rkey:
        number = number * 32 + "234567abcdefghijklmnopqrstuvwxyz".index(letter)
    assert (number >> 10) // 1_000_000 == int(at.timestamp())


def test_a_record_key_is_the_same_at_every_attempt_and_in_every_zone() -> None:
    assert record_key("pub-1", AT) == record_key("pub-1", AT.astimezone(timezone(timedelta(hours=5))))
    assert len({record_key(f"pub-{number}", AT) for number in range(20_000)}) == 20_000


def test_a_tid_as_the_protocol_writes_it() -> None:
    # 53 bits of microseconds shifted by 10, base32-sortable, most significant first: a fixed value guards the arithmetic.
    assert record_key("pub-1", AT)[:5] == "3mg7x"


@pytest.mark.parametrize(
    ("text", "links", "found"),
    [
        ("ä https://a.example/x.", (), ["https://a.example/x"]),
        ("(https://a.example)", (), ["https://a.example"]),
        ("👩‍👩‍👧 https://a.example, https://b.example/ü?q=1&r=2 Ende", (), ["https://a.example", "https://b.example/ü?q=1&r=2"]),
        ("siehe a.example", ("a.example",), ["a.example"]),
        ("kein Link", (), []),
    ],
)
def test_links_cover_their_bytes(text: str, links: tuple[str, ...], found: list[str]) -> None:
    facets = link_facets(text, links)
    spans = [text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode() for facet in facets]
    assert spans == found
    assert [facet["features"][0]["uri"] for facet in facets] == found


def test_a_link_that_is_not_in_the_text_is_refused() -> None:
    with pytest.raises(ChannelError, match="must write it"):
        link_facets("text", ("https://a.example",))


def message(text: str = "Hallo https://a.example") -> OutgoingMessage:
    return OutgoingMessage(text=text, key="pub-1", at=AT, lang="de")


def test_the_same_message_is_the_same_record_and_another_is_not() -> None:
    parent = {"uri": "at://x/app.bsky.feed.post/1", "cid": "c1"}
    reply = {"root": parent, "parent": parent}
    edited = {"root": {**parent, "cid": "c2"}, "parent": {**parent, "cid": "c2"}}
    assert post_record(message(), None) == post_record(message(), None)
    assert same_record(post_record(message(), reply), post_record(message(), edited))
    assert not same_record(post_record(message(), reply), post_record(message(), None))
    assert not same_record(post_record(message(), None), post_record(message("Hallo https://b.example"), None))


@pytest.mark.parametrize("uri", ["", "https://bsky.app/x", "at://did/coll", "at://did/coll/", "at://a/b/c/d"])
def test_what_is_no_address(uri: str) -> None:
    with pytest.raises(ChannelError):
        address_of(uri)


def ref(did: str) -> dict[str, str]:
    return {"uri": f"at://{did}/app.bsky.feed.post/1", "cid": "c"}


MENTION = {"index": {}, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": OURS}]}


@pytest.mark.parametrize(
    ("author", "record", "why"),
    [
        (THEIRS, {"text": "a", "reply": {"root": ref(THEIRS), "parent": ref(OURS)}}, "reply"),
        (THEIRS, {"text": "a", "reply": {"root": ref(OURS), "parent": ref(THEIRS)}}, "reply"),
        (THEIRS, {"text": "a", "facets": [MENTION]}, "mention"),
        (THEIRS, {"text": "a", "embed": {"record": ref(OURS)}}, "quote"),
        (THEIRS, {"text": "a", "embed": {"record": {"record": ref(OURS)}}}, "quote"),
        (THEIRS, {"text": "von NEBULOSAN wurde mir"}, "word:Nebulosan"),
        (THEIRS, {"text": "a", "reply": {"root": ref(THEIRS), "parent": ref("did:plc:ours2")}}, ""),
        (THEIRS, {"text": None, "reply": 7, "facets": "x", "embed": []}, ""),
        (OURS, {"text": "Nebulosan", "reply": {"parent": ref(OURS)}}, ""),
    ],
)
def test_which_posts_concern_us(author: str, record: dict[str, object], why: str) -> None:
    assert Watch(OURS, ("Nebulosan",)).why(author, record) == why


def test_a_listener_without_an_account_hears_only_words() -> None:
    assert Watch("", ("x",)).why("", {"text": "y", "facets": [MENTION]}) == ""


@pytest.mark.parametrize(
    ("claimed", "published"),
    [("2026-03-04T08:00:00Z", datetime(2026, 3, 4, 8, 0, tzinfo=UTC)), ("2031-01-01T00:00:00Z", AT), ("soon", AT), (None, AT)],
)
def test_a_claimed_time_in_the_future_does_not_count(claimed: str | None, published: datetime) -> None:
    record = {"text": "a\x00", "createdAt": claimed, "langs": ["de", "en"], "embed": {"images": [{"alt": "Packung"}, {"alt": ""}]}}
    post = heard_post(RecordAddress(THEIRS, "app.bsky.feed.post", "1"), record, AT, "reply", b"raw", "ute.test")
    assert (post.published_at, post.text, post.lang, post.author) == (published, "a", "de", THEIRS)
    assert post.extra == {"why": "reply", "readable_at": AT.isoformat(), "handle": "ute.test", "alt_text": "Packung"}
    assert post.thread == post.remote_id
