"""Bluesky against its real server: sent once, read back byte for byte, replies heard, nothing overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from candour.channels.base import AddressRefused, ChannelError, OutgoingMessage, OutgoingPicture, SeenPicture
from candour.channels.bluesky import Bluesky, BlueskySettings
from candour.channels.bluesky_records import blob_name
from candour.channels.bluesky_stream import LOST_COUNT
from candour.channels.http import Door
from candour.core.signing import digest
from tests import asking
from tests.pictures import drawn

from .conftest import Account, Network

pytestmark = pytest.mark.network

AT = datetime(2026, 3, 4, 9, 30, 12, tzinfo=UTC)
TEXT = "Grüße aus Köln 👩‍👩‍👧: mehr unter https://candour.example/ä?x=1, danke."

NewAccount = Callable[[str], Account]


@pytest.fixture
def brand(new_account: NewAccount) -> Account:
    return new_account("brand")


@pytest.fixture
def mother(new_account: NewAccount) -> Account:
    return new_account("mother")


def message(text: str = TEXT, key: str = "pub-1", **fields: object) -> OutgoingMessage:
    return OutgoingMessage(text=text, key=key, at=AT, lang="de", **fields)  # type: ignore[arg-type]


class LostAnswer(httpx.BaseTransport):
    """Fake line to a real server: the request arrives, the answer to a createRecord is lost, as after a kill -9."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.losing = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if self.losing and request.url.path.endswith("createRecord"):
            answer.close()
            raise httpx.ReadError("fake: the answer was lost")
        return answer


class LosingDoor(Door):
    """Fake door whose connections lose the answer to a publication."""

    def transport(self) -> LostAnswer:  # type: ignore[override]
        return LostAnswer(super().transport())


def test_a_publication_sent_twice_is_one_post(brand: Account) -> None:
    first = brand.channel().publish(message())
    assert brand.channel().publish(message()) == first
    (record,) = brand.network.records(brand.did)
    assert (record["uri"], record["cid"]) == (first.remote_id, first.version)


def test_what_is_live_is_byte_for_byte_what_was_sent(brand: Account) -> None:
    odd = "Zwei  Leerzeichen \r\nu\u0308ber\u200b Ende  \n"
    channel = brand.channel()
    published = channel.publish(message(odd))
    seen = channel.read_back(published.remote_id)
    assert seen is not None
    assert channel.normalise_live(seen.text).encode() == odd.encode()
    assert seen.version == published.version


def test_the_link_of_a_post_covers_exactly_its_bytes(brand: Account) -> None:
    brand.channel().publish(message())
    (record,) = brand.network.records(brand.did)
    (facet,) = record["value"]["facets"]  # type: ignore[index]
    start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
    assert TEXT.encode()[start:end].decode() == "https://candour.example/ä?x=1"


def picture(alt: str = "Ein Fenster.", **more: object) -> OutgoingPicture:
    content = more.get("content", drawn("PNG"))
    return OutgoingPicture(digest(content), "image/png", content, 64, 48, alt)  # type: ignore[arg-type]


def test_a_picture_is_sent_once_and_read_back_by_the_digest_of_its_bytes(brand: Account) -> None:
    sent = picture()
    first = brand.channel().publish(message(pictures=(sent,)))
    assert brand.channel().publish(message(pictures=(sent,))) == first
    seen = brand.channel().read_back(first.remote_id)
    assert seen is not None
    assert seen.pictures == (SeenPicture(sent.digest, "Ein Fenster."),)
    query = {"did": brand.did, "cid": blob_name(sent.digest)}
    kept = asking.get(f"{brand.network.pds}/xrpc/com.atproto.sync.getBlob", params=query)
    assert kept.content == sent.content


def test_another_picture_under_the_same_key_is_refused(brand: Account) -> None:
    brand.channel().publish(message(pictures=(picture(),)))
    for other in (picture("Ein Mann."), picture(content=drawn("PNG", colour="#000000"))):
        with pytest.raises(ChannelError) as refused:
            brand.channel().publish(message(pictures=(other,)))
        assert (refused.value.cause, refused.value.permanent) == ("other_text", True)


def test_a_picture_the_server_rejects_is_told_in_its_own_words(brand: Account) -> None:
    """More bytes than the server takes; we keep below that, so it is asked past our own limit."""
    with pytest.raises(ChannelError) as refused:
        brand.channel().publish(message(pictures=(picture(content=b"\x89PNG\r\n\x1a\n" + bytes(6_000_000)),)))
    assert refused.value.permanent
    assert refused.value.provider_words
    assert brand.network.records(brand.did) == []


def test_after_a_lost_answer_the_publication_is_sent_again_and_stands_once(brand: Account) -> None:
    settings = BlueskySettings(service=brand.network.pds, handle=brand.handle, password=brand.password, web="")
    cut_off = Bluesky(settings, LosingDoor((brand.network.entry,)))
    published = cut_off.publish(message())
    assert len(brand.network.records(brand.did)) == 1
    assert brand.channel().publish(message()) == published
    assert len(brand.network.records(brand.did)) == 1


def test_a_post_taken_down_is_gone_and_asking_again_is_no_error(brand: Account) -> None:
    published = brand.channel().publish(message())
    for _again in range(2):
        brand.channel().take_down(published.remote_id)
        assert brand.channel().read_back(published.remote_id) is None
    assert brand.network.records(brand.did) == []


def test_another_text_under_the_same_key_is_refused_and_changes_nothing(brand: Account) -> None:
    brand.channel().publish(message())
    before = brand.network.records(brand.did)
    with pytest.raises(ChannelError, match="quality must look") as refused:
        brand.channel().publish(message("Ein anderer Text"))
    assert refused.value.permanent
    assert brand.network.records(brand.did) == before


@pytest.mark.parametrize(("text", "fits"), [("ü" * 300, True), ("👩‍👩‍👧" * 120, True), ("ü" * 301, False), ("👩‍👩‍👧" * 200, False)])
def test_our_limit_is_the_server_s_limit(brand: Account, text: str, fits: bool) -> None:
    body = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-03-04T09:30:00Z"}
    request = {"repo": brand.did, "collection": "app.bsky.feed.post", "record": body}
    head = {"Authorization": f"Bearer {brand.token}"}
    answer = asking.post(f"{brand.network.pds}/xrpc/com.atproto.repo.createRecord", json=request, headers=head)
    assert (answer.status_code == 200) is fits
    if fits:
        brand.channel().publish(message(text))
        return
    with pytest.raises(ChannelError, match="must shorten"):
        brand.channel().publish(message(text))


def test_a_deleted_post_is_not_seen(brand: Account) -> None:
    published = brand.channel().publish(message())
    brand.delete(published.remote_id)
    assert brand.channel().read_back(published.remote_id) is None


def test_a_changed_post_is_seen_changed(brand: Account) -> None:
    published = brand.channel().publish(message())
    rkey = published.remote_id.rsplit("/", 1)[1]
    record = {"$type": "app.bsky.feed.post", "text": TEXT.replace("danke", "dänke"), "createdAt": "2026-03-04T09:30:12Z"}
    body = {"repo": brand.did, "collection": "app.bsky.feed.post", "rkey": rkey, "record": record}
    brand.network.ask("com.atproto.repo.putRecord", dict(body), brand.token)
    seen = brand.channel().read_back(published.remote_id)
    assert seen is not None
    assert seen.text != TEXT
    assert seen.version != published.version


def test_a_wrong_password_asks_for_the_owner(brand: Account) -> None:
    with pytest.raises(ChannelError, match="renew") as refused:
        brand.channel(password="wrong").publish(message())
    assert refused.value.permanent
    assert brand.network.records(brand.did) == []


def heard(channel: Bluesky, cursor: str = "") -> Iterator[tuple[str, str]]:
    page = channel.poll(cursor)
    assert not page.more
    return ((post.text, post.extra["why"]) for post in page.posts)


def test_a_reply_is_heard_with_its_thread_and_answered_in_it(brand: Account, mother: Account) -> None:
    published = brand.channel().publish(message())
    parent = {"uri": published.remote_id, "cid": published.version}
    reply = mother.post("Meine Tochter hat seit gestern Ausschlag", reply={"root": parent, "parent": parent}, langs=["de"])
    (post,) = brand.channel().poll("").posts
    assert (post.remote_id, post.thread, post.in_reply_to) == (reply["uri"], published.remote_id, published.remote_id)
    assert (post.author, post.extra["handle"], post.lang, post.extra["why"]) == (mother.did, mother.handle, "de", "reply")
    answer = brand.channel().publish(message("Danke für die Nachricht.", key="pub-2", in_reply_to=post.remote_id))
    (record,) = (record for record in brand.network.records(brand.did) if record["uri"] == answer.remote_id)
    answered = record["value"]["reply"]  # type: ignore[index]
    assert [(answered[end]["uri"], answered[end]["cid"]) for end in ("root", "parent")] == [
        (published.remote_id, published.version),
        (reply["uri"], reply["cid"]),
    ]


def test_mentions_quotes_and_watched_words_are_heard_and_other_posts_are_not(brand: Account, mother: Account) -> None:
    published = brand.channel().publish(message("Wir, Nebulosan, sagen danke."))
    mention = {"index": {"byteStart": 0, "byteEnd": 6}, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": brand.did}]}
    mother.post("@brand wann wirkt es", facets=[mention])
    quoted = {"$type": "app.bsky.embed.record", "record": {"uri": published.remote_id, "cid": published.version}}
    mother.post("Lest das", embed=quoted)
    mother.post("Mir ist übel von NEBULOSAN.")
    mother.post("Schönes Wetter")
    expected = [("@brand wann wirkt es", "mention"), ("Lest das", "quote"), ("Mir ist übel von NEBULOSAN.", "word:nebulosan")]
    assert list(heard(brand.channel(words=("nebulosan",)))) == expected


def test_the_cursor_goes_on_where_the_last_poll_ended(brand: Account, mother: Account) -> None:
    channel = brand.channel(words=("nebulosan",))
    mother.post("Nebulosan eins")
    first = channel.poll("")
    second_uri = mother.post("Nebulosan zwei")["uri"]
    second = channel.poll(first.cursor)
    assert [post.text for post in second.posts] == ["Nebulosan zwei"]
    assert second.covered_from is not None
    assert first.covered_from is not None
    assert second.covered_from > first.covered_from
    mother.delete(second_uri)
    third = channel.poll(second.cursor)
    assert third.removed == (second_uri,)
    assert (channel.poll(third.cursor).posts, channel.poll(third.cursor).cursor) == ((), third.cursor)


def test_small_pieces_hear_the_same_posts(brand: Account, mother: Account) -> None:
    start = brand.channel().poll("").cursor
    for number in range(5):
        mother.post(f"Nebulosan {number}")
    whole = brand.channel(words=("nebulosan",)).poll(start)
    channel, cursor, pieces = brand.channel(words=("nebulosan",), max_events=2), start, []
    while (page := channel.poll(cursor)).more:
        pieces += page.posts
        cursor = page.cursor
    pieces += page.posts
    assert pieces == list(whole.posts)
    assert [post.text for post in pieces] == [f"Nebulosan {number}" for number in range(5)]


def test_a_log_that_began_anew_is_told_as_a_gap_and_heard_from_its_start(brand: Account, mother: Account) -> None:
    mother.post("Nebulosan")
    channel = brand.channel(words=("nebulosan",))
    page = channel.poll("99999999@2026-03-01T00:00:00+00:00")
    assert (page.gap, page.cursor, page.more) == (LOST_COUNT, "", True)
    assert "Nebulosan" in [post.text for post in channel.poll(page.cursor).posts]


def test_the_server_is_not_reached_without_its_exact_entry(network: Network) -> None:
    settings = BlueskySettings(service=network.pds, words=("x",))
    with pytest.raises(AddressRefused):
        Bluesky(settings, Door()).poll("")
    with pytest.raises(AddressRefused):
        Bluesky(settings, Door()).read_back("at://did:plc:x/app.bsky.feed.post/3mabcdefghij2")
