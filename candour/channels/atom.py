"""RSS and Atom feeds: fetched through our own door, parsed from the bytes received, asked for again only when changed."""

from __future__ import annotations

import calendar
import hashlib
import io
import json
import typing
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

import feedparser
import httpx

from candour.channels.base import ChannelError, Clock, ListeningOnly, Page, gettext_noop, utc_now
from candour.channels.http import Door, ask, refusal
from candour.channels.text import clean_text, html_to_text
from candour.core.terms import HeardPost

_REFUSED = gettext_noop("The feed answered with status %(status)s; the owner of the source must check its address.")
_LATER = gettext_noop("The feed can't answer now (%(status)s); it is tried again.")
_NO_FEED = gettext_noop("There is no RSS or Atom feed at this address; the owner of the source must check it.")
_MISSED = gettext_noop("None of the entries heard last time is in the feed any more; entries in between may have been missed.")

_REMEMBERED = 200
_HTML_KINDS = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True)
class FeedSettings:
    """Where the feed stands, and its language where the feed does not say."""

    url: str
    lang: str = ""


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """What the last fetch left: validators of the web server and the marks of the entries heard."""

    etag: str = ""
    modified: str = ""
    heard: tuple[str, ...] = ()

    def words(self) -> str:
        return json.dumps({"etag": self.etag, "modified": self.modified, "heard": list(self.heard)})


def cursor_from(words: str) -> FeedCursor:
    """The cursor from its stored words; anything unreadable begins anew, which repeats entries and loses none."""
    try:
        stored = json.loads(words)
        return FeedCursor(str(stored.get("etag", "")), str(stored.get("modified", "")), tuple(map(str, stored.get("heard", ()))))
    except (ValueError, AttributeError, TypeError):
        return FeedCursor()


class Feed(ListeningOnly):
    """Channel that hears one RSS or Atom feed."""

    kind: typing.ClassVar[str] = "feed"

    def __init__(self, settings: FeedSettings, door: Door, clock: Clock = utc_now) -> None:
        self._settings, self._clock = settings, clock
        self._client = door.client()

    def close(self) -> None:
        """Gives the connections back."""
        self._client.close()

    def poll(self, cursor: str) -> Page:
        """All entries the feed carries now, or none when it has not changed since `cursor`. An entry heard before has the same
        remote id. `gap` is set when none of the entries heard last time is left."""
        before, now = cursor_from(cursor), self._clock()
        answer = ask(self._client, "GET", self._settings.url, headers=_conditions(before))
        if answer.status_code == 304:
            return Page((), cursor, covered_until=now)
        if answer.status_code != 200:
            raise refusal(answer, _REFUSED, _LATER)
        posts = self._posts(answer, now, known=bool(before.heard))
        marks = tuple(_mark(post.remote_id) for post in posts)[:_REMEMBERED]
        missed = bool(before.heard and marks and not set(before.heard) & set(marks))
        after = FeedCursor(answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""), marks or before.heard)
        return Page(posts, after.words(), covered_until=now, gap=_MISSED if missed else "")

    def _posts(self, answer: httpx.Response, now: datetime, known: bool) -> tuple[HeardPost, ...]:
        # The parser is not told where the feed stands: it would write the address into short ids, and a moved feed would be all new.
        headers = {"content-type": answer.headers.get("Content-Type", "")}
        parsed = feedparser.parse(io.BytesIO(answer.content), response_headers=headers, sanitize_html=False)
        if not parsed.version and not parsed.entries:
            # A maintenance page in place of a feed that worked before passes by itself; a first fetch without a feed doesn't.
            raise ChannelError(_NO_FEED, permanent=not known, provider_words=answer.text[:200], cause="odd_answer", reach="place")
        lang = str(parsed.feed.get("language", "")) or self._settings.lang
        return tuple(post_from(entry, lang, now, str(answer.url)) for entry in parsed.entries)


def _conditions(cursor: FeedCursor) -> dict[str, str]:
    wanted = {"If-None-Match": cursor.etag, "If-Modified-Since": cursor.modified}
    return {name: value for name, value in wanted.items() if value}


def _mark(remote_id: str) -> str:
    return hashlib.sha256(remote_id.encode("utf-8", "replace")).hexdigest()[:12]


def post_from(entry: typing.Any, lang: str, now: datetime, feed_url: str = "") -> HeardPost:
    """One entry as a post; its link is completed with the feed's address.

    Without an id it gets one from its content; without a date it counts as published `now` and says so in extra["undated"].
    """
    text = _text(entry)
    published = _instant(entry)
    author = clean_text(str(entry.get("author", "")))
    link = _link(entry, feed_url)
    return HeardPost(
        remote_id=clean_text(str(entry.get("id", ""))) or _content_id(link, text),
        text=text,
        author=author,
        published_at=published or now,
        url=link,
        in_reply_to=clean_text(str((entry.get("thr_in-reply-to") or {}).get("ref", ""))),
        lang=str((entry.get("title_detail") or {}).get("language") or lang)[:16],
        raw=json.dumps(entry, default=str, ensure_ascii=False).encode("utf-8", "replace"),
        extra={} if published else {"undated": "1"},
    )


def _link(entry: typing.Any, feed_url: str) -> str:
    """The entry's web address, or "" for none and for anything else a browser might run."""
    written = clean_text(str(entry.get("link", ""))).strip()
    try:
        link = urljoin(feed_url, written) if written else ""
    except ValueError:
        return ""
    return link if link.startswith(("https://", "http://")) else ""


def _content_id(link: str, text: str) -> str:
    return "content:" + hashlib.sha256(f"{link}\n{text}".encode("utf-8", "replace")).hexdigest()


def _text(entry: typing.Any) -> str:
    title = _words(entry.get("title_detail"))
    contents = entry.get("content") or [entry.get("summary_detail")]
    body = "\n\n".join(filter(None, map(_words, contents)))
    return body if not title or body.startswith(title) else f"{title}\n\n{body}".strip()


def _words(detail: typing.Any) -> str:
    if not detail or not detail.get("value"):
        return ""
    value = str(detail["value"])
    return html_to_text(value) if detail.get("type") in _HTML_KINDS else clean_text(value).strip()


def _instant(entry: typing.Any) -> datetime | None:
    parts = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return datetime.fromtimestamp(calendar.timegm(parts), UTC) if parts else None
    except (OverflowError, ValueError, OSError):
        return None
