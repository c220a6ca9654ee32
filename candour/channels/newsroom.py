"""The company's own newsroom, spoken to over HTTP like any other network.

Sending asks the newsroom's machine door with a token. Reading back fetches the public page without one, as any visitor would,
and takes the text out of it, so that a page changed behind the door is seen.

The page's side of the contract: the item stands in `<div data-candour-item="REMOTE_ID" lang="..">`, one `<p>` per paragraph,
lines inside it parted by `<br>`, nothing else but `<a>` around web addresses; `data-candour-version` may carry the version. A
title stands in an element `data-candour-title="REMOTE_ID"`, a picture as the `<img>` of an element `data-candour-picture="REMOTE_ID"`.
"""

from __future__ import annotations

import hashlib
import re
import typing
import unicodedata
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urljoin

import httpx

from candour.channels.base import (
    ChannelError,
    Clock,
    Delivery,
    OutgoingMessage,
    OutgoingPicture,
    Page,
    Published,
    SeenLive,
    SeenPicture,
    gettext_noop,
    utc_now,
)
from candour.channels.http import Door, ask, refusal
from candour.channels.text import clean_text, utc_instant
from candour.core.terms import HeardPost

_REFUSED = gettext_noop("The newsroom refused the message (%(status)s); the administrator must read its reason.")
_TOKEN = gettext_noop("The newsroom refused the access token; the administrator must renew it under Registry.")
_OTHER_BYTES = gettext_noop("The newsroom already holds another text under this publication's key; quality must look at both.")
_LATER = gettext_noop("The newsroom can't answer now (%(status)s); it is tried again.")
_ODD_ANSWER = gettext_noop("The newsroom answered in an unknown form; the administrator must check that the address is a Candour newsroom.")

_PARAGRAPH_BREAK = re.compile(r"\n{2,}")
#: Elements that carry an item's text and nothing else; any other element on the page counts as a difference.
_TEXT_TAGS = frozenset({"p", "br", "a", "wbr"})
_VOID_TAGS = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})


@dataclass(frozen=True)
class NewsroomSettings:
    """Where the newsroom answers and as which account; `base` is an address such as https://newsroom.example."""

    base: str
    account: str
    token: str = field(repr=False, metadata={"secret": True})


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs a text is shown in: parted by blank lines, lines trimmed; a paragraph may hold several lines."""
    lines = (line.strip(" \t") for line in clean_text(unicodedata.normalize("NFC", text)).split("\n"))
    return tuple(part.strip("\n") for part in _PARAGRAPH_BREAK.split("\n".join(lines)) if part.strip("\n"))


def normalise_live(text: str) -> str:
    """The form in which signed and live text are compared. The newsroom may: compose accents (NFC), turn CRLF into LF, trim
    lines, and show any number of blank lines as one paragraph break. It may change nothing else."""
    return "\n\n".join(paragraphs(text))


class Newsroom:
    """Channel to a Candour newsroom; exactly once, because the newsroom keeps one item per key."""

    kind: typing.ClassVar[str] = "newsroom"
    delivery: typing.ClassVar[Delivery] = "exactly_once"
    CAN_PUBLISH: typing.ClassVar[bool] = True
    limit: typing.ClassVar[int | None] = None
    picture_bytes: typing.ClassVar[int] = 4 * 1024 * 1024

    def __init__(self, settings: NewsroomSettings, door: Door, clock: Clock = utc_now) -> None:
        self._settings, self._clock = settings, clock
        self._client = door.client()

    def close(self) -> None:
        """Gives the connections back."""
        self._client.close()

    def publish(self, message: OutgoingMessage) -> Published:
        """Puts the item under the publication's key. The same key with the same bytes gives the same answer; with other bytes
        nothing changes and a permanent ChannelError says so. Its picture is put first, under its digest."""
        for picture in message.pictures:
            self._put_picture(picture)
        answer = ask(
            self._client,
            "PUT",
            self._address(f"/newsroom/api/items/{quote(message.key, safe='')}"),
            json=self._item(message),
            headers=self._token(),
            follow_redirects=False,
        )
        if answer.status_code == 409:
            raise ChannelError(_OTHER_BYTES, permanent=True, provider_words=answer.text, cause="other_text")
        body = _body(answer)
        remote_id, url = _words(body, "remote_id"), _words(body, "url")
        if not remote_id:  # without it nothing can be read back: the same key is asked again
            raise ChannelError(_ODD_ANSWER, permanent=False, provider_words=answer.text, cause="odd_answer")
        return Published(remote_id, self._address(url), _words(body, "version"))

    def _put_picture(self, picture: OutgoingPicture) -> None:
        address = self._address(f"/newsroom/api/pictures/{picture.digest}")
        headers = self._token() | {"Content-Type": picture.kind}
        _body(ask(self._client, "PUT", address, content=picture.content, headers=headers, follow_redirects=False))

    def _item(self, message: OutgoingMessage) -> dict[str, str]:
        item = {
            "account": self._settings.account,
            "thread": message.thread,
            "in_reply_to": message.in_reply_to,
            "title": message.title,
            "text": message.text,
            "lang": message.lang,
        }
        for picture in message.pictures[:1]:
            item |= {"picture": picture.digest, "alt_text": picture.alt}
        return item

    def read_back(self, remote_id: str, url: str = "") -> SeenLive | None:
        """The item as a visitor reads it, or None when it is not there. `url` is the one publish gave; without it the item's
        lasting address `/newsroom/items/REMOTE_ID` is asked."""
        page = self._address(url or f"/newsroom/items/{quote(remote_id, safe='')}")
        answer = ask(self._client, "GET", page, headers={"Cache-Control": "no-cache"})
        if answer.status_code in (404, 410):
            return None
        if answer.status_code != 200:
            raise refusal(answer, _LATER, _LATER)
        item = item_on_page(answer.text, remote_id)
        if item is None:
            return None
        version = item.version or answer.headers.get("ETag", "") or hashlib.sha256(item.text.encode()).hexdigest()
        pictures = tuple(self._seen(picture, str(answer.url)) for picture in item.pictures)
        return SeenLive(item.text, version, str(answer.url), seen_at=self._clock(), title=item.title, pictures=pictures)

    def _seen(self, picture: tuple[str, str], page: str) -> SeenPicture:
        """A picture as a visitor gets it: its own bytes are fetched, whatever its address says of them."""
        address, alt = picture
        answer = ask(self._client, "GET", urljoin(page, address), headers={"Cache-Control": "no-cache"})
        if answer.status_code not in (200, 404, 410):
            raise refusal(answer, _LATER, _LATER)
        return SeenPicture(hashlib.sha256(answer.content).hexdigest() if answer.status_code == 200 else "missing", alt)

    def take_down(self, remote_id: str) -> None:
        """Takes an item off the public pages; one that is gone already is no error."""
        address = self._address(f"/newsroom/api/items/{quote(remote_id, safe='')}")
        answer = ask(self._client, "DELETE", address, headers=self._token(), follow_redirects=False)
        if answer.status_code not in (204, 404, 410):
            _body(answer)

    def poll(self, cursor: str) -> Page:
        """Comments and questions that came in after `cursor`, oldest first."""
        query = {"account": self._settings.account, "after": cursor}
        started = self._clock()
        answer = ask(self._client, "GET", self._address("/newsroom/api/comments"), params=query, headers=self._token())
        body = _body(answer)
        comments = body.get("comments")
        if not isinstance(comments, list):
            raise ChannelError(_ODD_ANSWER, permanent=False, provider_words=answer.text, cause="odd_answer")
        posts = tuple(self._post(comment) for comment in comments)
        return Page(posts, _words(body, "cursor") or cursor, more=body.get("more") is True, covered_until=started)

    def _post(self, comment: object) -> HeardPost:
        if not isinstance(comment, dict):
            raise ChannelError(_ODD_ANSWER, permanent=False, provider_words=str(comment), cause="odd_answer")
        published = utc_instant(_words(comment, "published_at"))
        remote_id = _words(comment, "id")
        if published is None or not remote_id:
            raise ChannelError(_ODD_ANSWER, permanent=False, provider_words=str(comment), cause="odd_answer")
        return HeardPost(
            remote_id=remote_id,
            text=clean_text(_words(comment, "text")),
            author=clean_text(_words(comment, "author")),
            published_at=published,
            url=self._address(_words(comment, "url")) if comment.get("url") else "",
            thread=_words(comment, "thread"),
            in_reply_to=_words(comment, "in_reply_to"),
            lang=_words(comment, "lang"),
            raw=_words(comment, "text").encode("utf-8", "surrogatepass"),
        )

    def normalise_live(self, text: str) -> str:
        return normalise_live(text)

    def message_length(self, text: str) -> int:
        """Code points; the newsroom sets no limit."""
        return len(text)

    def _address(self, path: str) -> str:
        return urljoin(self._settings.base.rstrip("/") + "/", path)

    def _token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.token}"}


def _body(answer: httpx.Response) -> dict[str, typing.Any]:
    status = answer.status_code
    if status in (401, 403):
        raise ChannelError(_TOKEN, permanent=True, provider_words=answer.text, cause="sign_in", reach="place")
    if status not in (200, 201):
        raise refusal(answer, _REFUSED, _LATER)
    try:
        body = answer.json()
    except ValueError as problem:
        raise ChannelError(_ODD_ANSWER, permanent=False, provider_words=answer.text, cause="odd_answer") from problem
    if not isinstance(body, dict):
        raise ChannelError(_ODD_ANSWER, permanent=False, provider_words=answer.text, cause="odd_answer")
    return body


def _words(body: dict[str, typing.Any], name: str) -> str:
    value = body.get(name)
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class ItemOnPage:
    """Text, title and version of one item as its public page shows them; of each picture its address and the words for it."""

    text: str
    title: str
    version: str
    pictures: tuple[tuple[str, str], ...] = ()


def item_on_page(markup: str, remote_id: str) -> ItemOnPage | None:
    """Takes one item out of a public page: exactly its text, with anything that does not belong there kept as a difference
    (an added element appears as `<tag>`). None when the page does not carry the item, or carries it twice."""
    text = _Extract("data-candour-item", remote_id)
    text.feed(markup)
    text.close()
    title = _Extract("data-candour-title", remote_id)
    title.feed(markup)
    title.close()
    if text.times != 1:
        return None
    figure = _Extract("data-candour-picture", remote_id)
    figure.feed(markup)
    figure.close()
    version = text.attributes.get("data-candour-version") or ""
    return ItemOnPage(text.words(), " ".join(title.words().split()), version, tuple(figure.images))


class _Extract(HTMLParser):
    """Collects the words inside the one element that carries `mark="value"`."""

    def __init__(self, mark: str, value: str) -> None:
        super().__init__(convert_charrefs=True)
        self._mark, self._value = mark, value
        self._open: list[str] = []
        self._blocks: list[str] = [""]
        self.times = 0
        self.attributes: dict[str, str | None] = {}
        self.images: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._open:
            self._enter(tag, dict(attrs))
            return
        if tag == "p":
            self._blocks.append("")
        elif tag == "br":
            self._blocks[-1] += "\n"
        elif tag == "img":
            self.images.append((dict(attrs).get("src") or "", dict(attrs).get("alt") or ""))
        if tag not in _TEXT_TAGS:
            self._blocks[-1] += f"<{tag}>"
        if tag not in _VOID_TAGS:
            self._open.append(tag)

    def _enter(self, tag: str, attributes: dict[str, str | None]) -> None:
        if attributes.get(self._mark) != self._value:
            return
        self.times += 1
        self.attributes = attributes
        self._open = [tag]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        if tag == "p":
            self._blocks.append("")
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self._blocks[-1] += data

    def words(self) -> str:
        """One paragraph per block, blocks without any word left out."""
        return "\n\n".join(block.strip(" \t\r\n") for block in self._blocks if block.strip(" \t\r\n"))
