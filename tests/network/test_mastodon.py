"""Mastodon's interface against a real server: sent, read back, answered, heard, taken down; a lost answer is found out, never resent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from candour.channels.base import AddressRefused, ChannelError, OutgoingMessage, OutgoingPicture, SeenPicture
from candour.channels.http import Door
from candour.channels.mastodon import Mastodon, MastodonSettings
from candour.core.signing import digest
from tests import asking
from tests.pictures import drawn

from .mastodon_ground import Snac, SnacAccount

pytestmark = pytest.mark.mastodon

AT = datetime(2026, 3, 4, 9, 30, 12, tzinfo=UTC)
TEXT = "Grüße aus Köln 👩‍👩‍👧: mehr unter https://candour.example/a?x=1&y=2, danke.\n\nZweiter Absatz < 5 & mehr."


@pytest.fixture(scope="module")
def snac() -> Iterator[Snac]:
    server = Snac().start()
    yield server
    server.stop()


@pytest.fixture
def brand(snac: Snac) -> SnacAccount:
    return snac.account()


def message(text: str = TEXT, key: str = "pub-1", **fields: object) -> OutgoingMessage:
    return OutgoingMessage(text=text, key=key, at=AT, lang="de", **fields)  # type: ignore[arg-type]


class LostAnswer(httpx.BaseTransport):
    """Fake line to a real server: the post arrives, the answer is lost."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if request.method == "POST":
            answer.close()
            raise httpx.ReadError("fake: the answer was lost")
        return answer


class LosingDoor(Door):
    """Fake door whose connections lose the answer to a post."""

    def transport(self) -> LostAnswer:  # type: ignore[override]
        return LostAnswer(super().transport())


def test_a_post_is_read_back_as_it_was_signed(brand: SnacAccount) -> None:
    channel = brand.channel()
    published = channel.publish(message())
    seen = channel.read_back(published.remote_id)
    assert seen is not None
    assert channel.normalise_live(seen.text) == channel.normalise_live(TEXT)
    assert (seen.url, seen.version) == (published.url, published.version)
    assert [row["id"] for row in brand.statuses()] == [published.remote_id]


def test_a_picture_is_sent_with_its_description_and_seen_with_it(brand: SnacAccount) -> None:
    content, channel = drawn("PNG"), brand.channel()
    sent = OutgoingPicture(digest(content), "image/png", content, 64, 48, "Ein Fenster, abends.")
    seen = channel.read_back(channel.publish(message(pictures=(sent,))).remote_id)
    assert seen is not None
    assert seen.pictures == (SeenPicture("", "Ein Fenster, abends."),)
    assert channel.normalise_live(seen.text) == channel.normalise_live(TEXT)


def test_markdown_a_server_reads_into_a_text_is_seen_as_a_difference(brand: SnacAccount) -> None:
    channel = brand.channel()
    seen = channel.read_back(channel.publish(message("Das ist *wichtig*.")).remote_id)
    assert seen is not None
    assert channel.normalise_live(seen.text) != channel.normalise_live("Das ist *wichtig*.")
    assert "<" in seen.text


def test_a_post_changed_behind_our_back_is_seen(brand: SnacAccount) -> None:
    channel = brand.channel()
    published = channel.publish(message())
    brand.ask("PUT", f"/api/v1/statuses/{published.remote_id}", status="Etwas anderes.")
    changed = channel.read_back(published.remote_id)
    assert changed is not None
    assert (changed.text, changed.version != published.version) == ("Etwas anderes.", True)


def test_a_post_that_this_server_leaves_standing_is_not_called_taken_down(brand: SnacAccount) -> None:
    """Measured: this server answers that it knows no such post and shows it all the same."""
    channel = brand.channel()
    published = channel.publish(message())
    with pytest.raises(ChannelError, match="left the post standing"):
        channel.take_down(published.remote_id)
    assert [row["id"] for row in brand.statuses()] == [published.remote_id]


def test_this_server_forgets_our_key_and_the_channel_knows_it(brand: SnacAccount) -> None:
    """Measured, not assumed: the same key twice makes two posts here, so that nothing may be sent again."""
    for _time in range(2):
        headers = {"Authorization": f"Bearer {brand.token}", "Idempotency-Key": "the-same"}
        asking.post(f"{brand.server.base}/api/v1/statuses", json={"status": "zweimal"}, headers=headers)
    assert len(brand.statuses()) == 2
    assert brand.channel().delivery == "never_twice"


def test_a_lost_answer_is_found_out_among_the_accounts_own_posts(brand: SnacAccount) -> None:
    with pytest.raises(ChannelError) as lost:
        brand.channel(door=LosingDoor(brand.server.door.allowed_private)).publish(message())
    assert not lost.value.permanent
    channel, since = brand.channel(), datetime.now(UTC) - timedelta(minutes=5)
    (found,) = channel.find(message(), since)
    assert found.remote_id == brand.statuses()[0]["id"]
    assert channel.find(message("Ein anderer Text"), since) == ()
    assert channel.find(message(), datetime.now(UTC) + timedelta(hours=1)) == ()


def test_texts_that_the_list_of_own_posts_no_longer_shows_are_found_among_what_the_account_reads(brand: SnacAccount) -> None:
    """Measured: this server shows the newest 256 of an account, knows no pages of them and does not say how many there are."""
    channel, since = brand.channel(), datetime.now(UTC) - timedelta(minutes=5)
    early = channel.publish(message("Der erste.", "first"))
    lost = channel.publish(message("Ausgabe 0.", "k0"))
    for number in range(1, 300):
        brand.ask("POST", "/api/v1/statuses", status=f"Ausgabe {number}.")
    assert lost.remote_id not in {row["id"] for row in brand.statuses()}
    assert channel.find(message("Fehlt."), since) == ()
    for before in (set(), {"unknown"}, {early.remote_id}):
        (found,) = channel.find(message("Ausgabe 0."), since, before)
        assert found.remote_id == lost.remote_id
    assert channel.find(message("Der erste."), since, {early.remote_id}) == ()


def test_an_answer_stands_under_the_post_it_answers_and_never_alone(brand: SnacAccount) -> None:
    channel = brand.channel()
    question = channel.publish(message("Eine Frage?", "q"))
    answer = channel.publish(message("Die Antwort.", "a", in_reply_to=question.remote_id))
    assert brand.ask("GET", f"/api/v1/statuses/{answer.remote_id}")["in_reply_to_id"] == question.remote_id
    before = len(brand.statuses())
    with pytest.raises(ChannelError, match="no longer there"):
        channel.publish(message("Ins Leere.", "b", in_reply_to="1795683069ebd9ff8d11f768f9a9dc3a7d02d7e40f"))
    assert len(brand.statuses()) == before


@pytest.mark.slow
def test_mentions_are_heard_once_with_their_words_and_conversation(brand: SnacAccount, snac: Snac) -> None:
    mother = snac.account("mother")
    channel = brand.channel()
    ours = channel.publish(message("Willkommen.", "w"))
    posted = mother.ask("POST", "/api/v1/statuses", status="Seit gestern Ausschlag & Schwindel.", in_reply_to_id=ours.remote_id)
    page, until = channel.poll(""), time.monotonic() + 20
    while not page.posts and time.monotonic() < until:  # the server tells of mentions after a turn of its queue
        time.sleep(0.3)
        page = channel.poll("")
    (heard,) = page.posts
    assert (heard.remote_id, heard.in_reply_to, heard.thread) == (posted["id"], ours.remote_id, ours.remote_id)
    assert "Ausschlag & Schwindel." in heard.text
    assert heard.author.startswith("mother")
    assert channel.poll(page.cursor).posts == ()


def test_a_wrong_token_and_a_token_of_another_account_post_nothing(brand: SnacAccount, snac: Snac) -> None:
    other = snac.account()
    for token, words in (("0" * 32, "refused the access token"), (other.token, "belongs to")):
        with pytest.raises(ChannelError, match=words) as refused:
            brand.channel(token=token).publish(message())
        assert (refused.value.permanent, refused.value.cause, refused.value.reach) == (True, "sign_in", "place")
    assert (brand.statuses(), other.statuses()) == ([], [])


def test_only_a_listed_private_server_is_reached(brand: SnacAccount) -> None:
    with pytest.raises(AddressRefused):
        brand.channel(door=Door()).publish(message())
    closed = Mastodon(MastodonSettings("http://127.0.0.1:1", "@a@b", "t"), Door(("127.0.0.1:1",)))
    with pytest.raises(ChannelError, match="did not answer"):
        closed.publish(message())
    assert brand.statuses() == []
