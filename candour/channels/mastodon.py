"""Mastodon and the servers that speak its interface: posts and answers, mentions heard, reading back, taking down.

Exactly once only where the server is Mastodon itself: it keeps our Idempotency-Key for an hour. Other software (snac, Pleroma, Pixelfed)
says in its version that it only resembles Mastodon and forgets the key, so there nothing is ever sent twice: after an unknown outcome the
account's own posts are searched (`find`).
"""

from __future__ import annotations

import hashlib
import json
import re
import typing
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

import httpx

from candour.channels import faults
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
from candour.channels.kept import Kept
from candour.channels.mastodon_text import URL_COUNTS, counted_length, mentions_of, normalise_live, shown_text
from candour.channels.text import clean_text, utc_instant
from candour.core.terms import HeardPost

_TOKEN = gettext_noop("%(service)s refused the access token of %(account)s; its owner must renew it under Registry.")
_OTHER_ACCOUNT = gettext_noop("The access token belongs to %(found)s and not to %(account)s; its owner must enter the right one.")
_REFUSED = gettext_noop("%(service)s refused the post (%(status)s); the account's owner must read its reason.")
_LATER = gettext_noop("%(service)s can't answer now (%(status)s); it is tried again.")
_ODD = gettext_noop("%(service)s answered in an unknown form; it is tried again.")
_ANSWERED_GONE = gettext_noop("The post this answers is no longer there; the author must choose another one or publish without it.")
_TOO_LONG = gettext_noop("The text has %(length)s characters and %(service)s takes %(limit)s; the author must shorten it.")
_TOO_MANY = gettext_noop("%(service)s shows too few of the account's own posts to tell whether this one is among them.")
_STANDS = gettext_noop("%(service)s left the post standing; the account's owner must take it down there.")
_LOST_MENTIONS = gettext_noop("%(service)s gave as many mentions as it gives at once; older ones may have been lost.")

LIMIT = 500
#: How long Mastodon remembers an Idempotency-Key, less a margin for clocks that differ.
KEY_LASTS = timedelta(minutes=50)
#: Only Mastodon writes its version bare; what resembles it adds what it really is in brackets.
_BARE_VERSION = re.compile(r"\d+\.\d+\.\d+[\w.+-]*")
#: A post that was sent as public may be shown as one of these.
_FOR_EVERYBODY = frozenset({"public", "unlisted"})
_NO_TOKEN = frozenset({401, 403, 422})
_PAGE, _PAGES = 40, 10


@dataclass(frozen=True)
class MastodonSettings:
    """One account: `service` is its server (https://social.example), `account` its handle, `token` an access token with the scopes
    read:accounts, read:notifications, read:statuses, write:statuses and write:media."""

    service: str
    account: str
    token: str = field(default="", repr=False, metadata={"secret": True})


@dataclass(frozen=True, slots=True)
class Instance:
    """What a server says about itself: its version, how long a post may be, and how a web address counts."""

    version: str
    limit: int
    url_counts: int

    @property
    def keeps_keys(self) -> bool:
        """Does it remember an Idempotency-Key?"""
        return _BARE_VERSION.fullmatch(self.version) is not None


#: What a server said about itself, by its address, and who an account is there, by the account's settings.
_ABOUT: Kept[Instance] = Kept(seconds=600)
_OWN: Kept[str] = Kept(seconds=600)


class Mastodon:
    """Channel to one account on a server with Mastodon's interface."""

    kind: typing.ClassVar[str] = "mastodon"
    CAN_PUBLISH: typing.ClassVar[bool] = True
    limit: typing.ClassVar[int | None] = LIMIT
    key_lasts: typing.ClassVar[timedelta] = KEY_LASTS
    picture_bytes: typing.ClassVar[int] = 4 * 1024 * 1024

    def __init__(self, settings: MastodonSettings, door: Door, clock: Clock = utc_now) -> None:
        self._settings, self._clock = settings, clock
        # A post down a kept connection that the server has just closed would leave its outcome unknown: each question takes a new one.
        self._client = door.client({"Connection": "close"})

    def close(self) -> None:
        """Gives the connections back."""
        self._client.close()

    @property
    def delivery(self) -> Delivery:
        """Asks the server what it is; never twice where that can't be told."""
        try:
            return "exactly_once" if self.instance().keeps_keys else "never_twice"
        except ChannelError:
            return "never_twice"

    def instance(self) -> Instance:
        """What the server says about itself, asked once in ten minutes. Older and smaller servers know only the first form of the
        question."""
        if (known := _ABOUT.get(self._settings.service)) is not None:
            return known
        answer = self._get("/api/v2/instance")
        if answer.status_code == 404:
            answer = self._get("/api/v1/instance")
        return _ABOUT.keep(self._settings.service, _instance(self._object(answer)))

    def who(self) -> str:
        """The account's id behind the token, asked once in ten minutes. Changes nothing there; refused when the token is another
        account's."""
        if (known := _OWN.get(self._settings)) is not None:
            return known
        answer = self._get("/api/v1/accounts/verify_credentials")
        if answer.status_code in _NO_TOKEN:
            words = self._words() | {"account": self._settings.account}
            raise ChannelError.of(faults.of_status(401), _TOKEN, answer.text, params=words)
        me = self._object(answer)
        self._refuse_other_account(str(me.get("acct") or me.get("username") or ""))
        return _OWN.keep(self._settings, _word(me, "id"))

    def _refuse_other_account(self, found: str) -> None:
        ours = self._settings.account.lstrip("@").partition("@")[0]
        if found.partition("@")[0].lower() != ours.lower():
            words = {"found": found or "?", "account": self._settings.account}
            raise ChannelError(_OTHER_ACCOUNT, permanent=True, params=words, cause="sign_in", reach="place")

    def publish(self, message: OutgoingMessage) -> Published:
        """Sends the text as a public post under the publication's key. Length, account and the post answered are asked for first, since
        some servers post an answer to nothing as a post of its own."""
        self._ask_first(message)
        body: dict[str, typing.Any] = {"status": message.text, "visibility": "public", "language": message.lang.partition("-")[0] or None}
        if message.in_reply_to:
            body["in_reply_to_id"] = message.in_reply_to
        body["media_ids"] = self._uploaded(message.pictures)
        sent = {name: value for name, value in body.items() if value}
        headers = self._token() | {"Idempotency-Key": message.key}
        answer = ask(self._client, "POST", self._address("/api/v1/statuses"), json=sent, headers=headers, follow_redirects=False)
        return self._published(self._object(answer))

    def _uploaded(self, pictures: tuple[OutgoingPicture, ...]) -> list[str]:
        """Ids of the pictures, uploaded with their descriptions. Until the post names them nobody sees them, so a refusal is no post."""
        try:
            return [self._upload(picture) for picture in pictures]
        except ChannelError as problem:
            problem.unsent = True
            raise

    def _upload(self, picture: OutgoingPicture) -> str:
        file = {"file": (f"{picture.digest[:16]}.{picture.kind.rpartition('/')[2]}", picture.content, picture.kind)}
        for path in ("/api/v2/media", "/api/v1/media"):  # smaller servers know only the first form
            given: dict[str, typing.Any] = {"files": file, "data": {"description": picture.alt}, "headers": self._token()}
            answer = ask(self._client, "POST", self._address(path), follow_redirects=False, **given)
            if answer.status_code != 404:
                break
        if answer.status_code == 202:
            raise ChannelError(_LATER, permanent=False, params=self._words() | {"status": "202"}, cause="still_processing")
        return _word(self._object(answer), "id")

    def _ask_first(self, message: OutgoingMessage) -> None:
        try:
            self._refuse_too_long(message.text)
            self.who()
            if message.in_reply_to and self._status(message.in_reply_to) is None:
                raise ChannelError(_ANSWERED_GONE, permanent=True, cause="answered_gone")
        except ChannelError as problem:
            problem.unsent = True
            raise

    def _refuse_too_long(self, text: str) -> None:
        about = self.instance()
        length = counted_length(text, about.url_counts)
        if length > about.limit:
            words = self._words() | {"length": str(length), "limit": str(about.limit)}
            raise ChannelError(_TOO_LONG, permanent=True, params=words, cause="too_long")

    def _published(self, status: dict[str, typing.Any]) -> Published:
        return Published(_word(status, "id"), str(status.get("url") or status.get("uri") or ""), _version(status))

    def read_back(self, remote_id: str, url: str = "") -> SeenLive | None:
        """The post as its server shows it, or None when it is not there or no longer for everybody."""
        status = self._status(remote_id)
        if status is None or str(status.get("visibility", "public")) not in _FOR_EVERYBODY:
            return None
        address, pictures = str(status.get("url") or url), _pictures(status)
        return SeenLive(self._text(status), _version(status), address, seen_at=self._clock(), pictures=pictures)

    def find(self, message: OutgoingMessage, since: datetime, before: Collection[str] = ()) -> tuple[Published, ...]:
        """The account's own posts since an instant that carry exactly this text, oldest first, down to the first of `before`. An empty
        answer means that there is none: where the server doesn't show far enough back, ChannelError."""
        wanted = self.normalise_live(message.text)
        found: list[Published] = []
        for row in self._own_newest_first():
            if str(row.get("id", "")) in before or (utc_instant(str(row.get("created_at", ""))) or since) < since:
                break
            same_parent = str(row.get("in_reply_to_id") or "") == message.in_reply_to
            same_pictures = _pictures(row) == tuple(SeenPicture("", picture.alt) for picture in message.pictures)
            if same_parent and same_pictures and self.normalise_live(self._text(row)) == wanted:
                found.append(self._published(row))
        return tuple(reversed(found))

    def _own_newest_first(self) -> Iterator[dict[str, typing.Any]]:
        """The account's own posts down to its first; ChannelError where the server doesn't show so far back.

        A small server gives a long list at once and has nothing on a further page of it. What is older stands among what the account
        reads: its own posts are there beside those of the accounts it follows.
        """
        ours, last = f"/api/v1/accounts/{quote(self.who(), safe='')}/statuses", ""
        path = ours
        for _page in range(_PAGES):
            query = {"limit": str(_PAGE), "exclude_reblogs": "true"} | ({"max_id": last} if last else {})
            rows = self._list(self._get(path, query))
            yield from (row for row in rows if path == ours or _account(row) == self.who())
            if len(rows) < _PAGE:
                return
            if _word(rows[-1], "id") == last:  # it gives the same page again
                break
            path, last = ("/api/v1/timelines/home" if len(rows) > _PAGE else path), _word(rows[-1], "id")
        raise ChannelError(_TOO_MANY, permanent=False, params=self._words(), cause="odd_answer")

    def take_down(self, remote_id: str) -> None:
        """Takes a post of ours down; one that is gone already is no error, and a server that only says so is not believed."""
        answer = ask(
            self._client,
            "DELETE",
            self._address(f"/api/v1/statuses/{quote(remote_id, safe='')}"),
            headers=self._token(),
            follow_redirects=False,
        )
        if answer.status_code not in (200, 404, 410):
            raise self._refusal(answer)
        if self._status(remote_id) is not None:
            raise ChannelError(_STANDS, permanent=True, provider_words=answer.text, params=self._words(), cause="not_offered")

    def poll(self, cursor: str) -> Page:
        """Posts that mention the account, answers to it among them, after `cursor` (the id of a notification), oldest first."""
        started = self._clock()
        query = {"types[]": "mention", "min_id": cursor or "0", "limit": str(_PAGE)}
        rows = self._list(self._get("/api/v1/notifications", query, needs_token=True))
        posts = [
            self._heard(row["status"]) for row in reversed(rows) if row.get("type") == "mention" and isinstance(row.get("status"), dict)
        ]
        full = len(rows) >= _PAGE
        gap = _LOST_MENTIONS % self._words() if full and not self.instance().keeps_keys else ""
        last = max((_word(row, "id") for row in rows), key=_by_age, default=cursor)
        return Page(tuple(posts), last, more=full and last != cursor, covered_until=started, gap=gap)

    def _heard(self, status: dict[str, typing.Any]) -> HeardPost:
        published = utc_instant(_word(status, "created_at"))
        if published is None:
            raise ChannelError(_ODD, permanent=False, params=self._words(), cause="odd_answer")
        author = status.get("account")
        return HeardPost(
            remote_id=_word(status, "id"),
            text=clean_text(self._text(status)),
            author=clean_text(str(author.get("acct", ""))) if isinstance(author, dict) else "",
            published_at=published,
            url=str(status.get("url") or status.get("uri") or ""),
            thread=self._thread(status),
            in_reply_to=str(status.get("in_reply_to_id") or ""),
            lang=str(status.get("language") or ""),
            raw=json.dumps(status, ensure_ascii=False).encode("utf-8", "surrogatepass"),
            extra={"why": "mention"},
        )

    def _thread(self, status: dict[str, typing.Any]) -> str:
        """The post that opened the conversation; the one answered where the server no longer tells."""
        answered = str(status.get("in_reply_to_id") or "")
        if not answered:
            return _word(status, "id")
        try:
            context = self._object(self._get(f"/api/v1/statuses/{quote(_word(status, 'id'), safe='')}/context"))
        except ChannelError:
            return answered
        above = context.get("ancestors")
        return _word(above[0], "id") if isinstance(above, list) and above and isinstance(above[0], dict) else answered

    def normalise_live(self, text: str) -> str:
        return normalise_live(text, self._host())

    def message_length(self, text: str) -> int:
        """Characters as Mastodon counts them: 23 for a web address, a handle without its domain."""
        return counted_length(text)

    def _text(self, status: dict[str, typing.Any]) -> str:
        """The words shown; a warning before them, and films or sounds behind them, were not signed and count as a difference."""
        warning, media = str(status.get("spoiler_text") or ""), [one for one in _media(status) if one.get("type") != "image"]
        words = shown_text(str(status.get("content") or ""), mentions_of(status))
        return "\n\n".join(filter(None, (warning, words, "<media>" if media else "")))

    def _status(self, remote_id: str) -> dict[str, typing.Any] | None:
        answer = self._get(f"/api/v1/statuses/{quote(remote_id, safe='')}")
        return None if answer.status_code in (404, 410) else self._object(answer)

    # the wire

    def _host(self) -> str:
        return urlsplit(self._settings.service).netloc

    def _words(self) -> dict[str, str]:
        return {"service": self._host()}

    def _address(self, path: str) -> str:
        return self._settings.service.rstrip("/") + path

    def _token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.token}"} if self._settings.token else {}

    def _get(self, path: str, query: dict[str, str] | None = None, *, needs_token: bool = False) -> httpx.Response:
        answer = ask(self._client, "GET", self._address(path), params=query, headers=self._token(), follow_redirects=False)
        if needs_token and answer.status_code in _NO_TOKEN:
            words = self._words() | {"account": self._settings.account}
            raise ChannelError.of(faults.of_status(401), _TOKEN, answer.text, params=words)
        return answer

    def _refusal(self, answer: httpx.Response) -> ChannelError:
        if answer.status_code == 401:
            words = self._words() | {"account": self._settings.account}
            return ChannelError.of(faults.of_status(401), _TOKEN, answer.text, params=words)
        return refusal(answer, _REFUSED, _LATER, service=self._host())

    def _json(self, answer: httpx.Response) -> typing.Any:
        if answer.status_code != 200:
            raise self._refusal(answer)
        try:
            return answer.json()
        except ValueError as problem:
            raise ChannelError(_ODD, permanent=False, provider_words=answer.text, params=self._words(), cause="odd_answer") from problem

    def _object(self, answer: httpx.Response) -> dict[str, typing.Any]:
        body = self._json(answer)
        if not isinstance(body, dict):
            raise ChannelError(_ODD, permanent=False, provider_words=answer.text, params=self._words(), cause="odd_answer")
        return body

    def _list(self, answer: httpx.Response) -> list[dict[str, typing.Any]]:
        body = self._json(answer)
        if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
            raise ChannelError(_ODD, permanent=False, provider_words=answer.text, params=self._words(), cause="odd_answer")
        return body


def _instance(body: dict[str, typing.Any]) -> Instance:
    configuration = body.get("configuration")
    statuses = configuration.get("statuses") if isinstance(configuration, dict) else None
    numbers = statuses if isinstance(statuses, dict) else {}
    return Instance(
        str(body.get("version", "")), _count(numbers, "max_characters", LIMIT), _count(numbers, "characters_reserved_per_url", URL_COUNTS)
    )


def _count(numbers: dict[str, typing.Any], name: str, otherwise: int) -> int:
    value = numbers.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else otherwise


def _word(body: dict[str, typing.Any], name: str) -> str:
    """A field without which the answer is none of Mastodon's; the outcome is then as unknown as without an answer."""
    value = body.get(name)
    if not isinstance(value, str | int) or not str(value):
        raise ChannelError(_ODD, permanent=False, provider_words=json.dumps(body)[:500], params={"service": "Mastodon"}, cause="odd_answer")
    return str(value)


def _account(status: dict[str, typing.Any]) -> str:
    author = status.get("account")
    return str(author.get("id", "")) if isinstance(author, dict) else ""


def _media(status: dict[str, typing.Any]) -> list[dict[str, typing.Any]]:
    rows = status.get("media_attachments")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _pictures(status: dict[str, typing.Any]) -> tuple[SeenPicture, ...]:
    """Pictures by their descriptions: servers write the bytes anew, so their digest says nothing."""
    return tuple(SeenPicture("", str(row.get("description") or "")) for row in _media(status) if row.get("type") == "image")


def _by_age(identity: str) -> tuple[int, str]:
    """Ids grow: a longer number is a later one."""
    return len(identity), identity


def _version(status: dict[str, typing.Any]) -> str:
    """Changes with everything a reader sees of a post."""
    parts = [status.get("edited_at"), status.get("content"), status.get("spoiler_text"), status.get("visibility")]
    parts += [[row.get("id"), row.get("description")] for row in _media(status)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
