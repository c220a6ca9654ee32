"""The invented posts: read from the demo's files and heard through the real intake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib.resources import files

from candour.core.terms import HeardPost

LANGUAGES = ("de", "en", "fr", "es", "it", "pt")
_DEFAULT_MARKET = {"de": "de", "en": "us", "fr": "fr", "es": "es", "it": "it", "pt": "br"}
_THREADS = {"de": ("fragen", {"migraene-tagebuch", "pen-anleitung"}), "us": ("questions", {"migraine-diary", "pen-howto"})}
#: Minutes between a post and its hearing, by kind of source; exports come once a day.
_HEARD_AFTER = {"newsroom": 1, "contact": 2, "bluesky": 2, "mastodon": 3, "atom": 40}


@dataclass(frozen=True, slots=True)
class Told:
    """One post of the story: which source hears it, when it was published and when it is heard."""

    id: str
    source: str
    published_at: datetime
    heard_at: datetime
    author: str
    text: str
    thread: str
    lang: str
    in_reply_to: str
    in_gap: bool

    def as_heard(self) -> HeardPost:
        """The post as its channel delivers it."""
        raw = json.dumps({"id": self.id, "text": self.text, "author": self.author}, ensure_ascii=False).encode()
        thread = self.thread or self.id
        return HeardPost(
            remote_id=self.id,
            text=self.text,
            author=self.author,
            published_at=self.published_at,
            thread=thread,
            in_reply_to=self.in_reply_to,
            lang=self.lang,
            raw=raw,
        )


def read_posts(now: datetime) -> list[Told]:
    """All posts of the story in the order in which they are heard, dated relative to `now`."""
    return sorted((told for lang in LANGUAGES for told in _of(lang, now)), key=lambda told: (told.heard_at, told.id))


def _of(lang: str, now: datetime) -> Iterator[Told]:
    lines = files("candour.project.demo").joinpath("posts", f"{lang}.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.strip():
            yield _told(json.loads(line), lang, now)


def _told(row: dict[str, object], lang: str, now: datetime) -> Told:
    source = _source(str(row["source"]), lang)
    published = _published(row, now)
    in_gap = row.get("note") == "gap"
    author = str(row["author"])
    return Told(
        id=str(row["id"]),
        source=source,
        published_at=published,
        heard_at=min(_heard(source, published, now, in_gap=in_gap), now),
        author="" if author in ("Gast", "Guest") else author,
        text=str(row["text"]),
        thread=_thread(source, str(row.get("thread") or "")),
        lang=lang,
        in_reply_to=str(row.get("reply_to") or ""),
        in_gap=in_gap,
    )


def _source(name: str, lang: str) -> str:
    """The registered source: only Germany and the United States have a newsroom; elsewhere the public writes by form."""
    kind, _, market = name.rpartition("-") if name.rpartition("-")[2] in ("de", "us", "fr", "es", "it", "br", "en") else (name, "", "")
    kind, market = kind or name, market or _DEFAULT_MARKET[lang]
    if kind == "newsroom" and market not in _THREADS:
        kind = "contact-form"
    if kind == "bluesky" and market == "en":
        market = "us"
    return f"{kind}-{market}"


def _thread(source: str, thread: str) -> str:
    if not source.startswith("newsroom-"):
        return thread
    general, known = _THREADS[source.removeprefix("newsroom-")]
    return thread if thread in known else general


def _published(row: dict[str, object], now: datetime) -> datetime:
    if "minutes_ago" in row:
        return now - timedelta(minutes=int(str(row["minutes_ago"])))
    clock = time.fromisoformat(str(row["time"]))
    day = now.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0) + timedelta(days=int(str(row["day"])))
    return min(day, now - timedelta(minutes=11))


def _heard(source: str, published: datetime, now: datetime, *, in_gap: bool) -> datetime:
    if in_gap:
        return now - timedelta(hours=7)
    if source.startswith("instagram-export"):
        return (published + timedelta(days=1)).replace(hour=6, minute=30)
    return published + timedelta(minutes=_HEARD_AFTER[source.split("-")[0]])
