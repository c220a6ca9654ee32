"""What is heard, in the form the database can hold: cleaned, cut to what fits, digested, and told apart from what is known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC

from candour.channels.text import clean_text
from candour.core.terms import HeardPost

#: What one row holds: its id and thread, its address, and text whose search index stays below PostgreSQL's limit (1 MB of words) even
#: when every letter takes four bytes. What is longer is kept in `raw`.
MAX_ID = 300
MAX_URL = 500
MAX_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class News:
    """A version we do not have yet, in storable form, and its number; 1 for a post never heard before. `digest` is hex."""

    heard: HeardPost
    digest: str
    number: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What screening learned of a version: its language, the products it names, and whether a person must read it."""

    lang: str
    products: str = ""
    unscreened: bool = False


def content_digest(heard: HeardPost) -> str:
    """Digest of what makes a version: the text and whether it was deleted, over the raw bytes where the channel kept them. Hex."""
    mark = b"\x01" if heard.deleted else b"\x00"
    return hashlib.sha256(mark + heard.text.encode("utf-8", "surrogatepass") + b"\x00" + heard.raw).hexdigest()


def storable(heard: HeardPost) -> HeardPost:
    """The post in a form the database can hold; nothing of it is refused, and `raw` keeps the bytes as they came.

    Characters without words go (channels.text); an id or thread that is too long is cut and ends in a digest of the whole, so that it
    stays unique; an address that is too long is left out; an instant without a zone is taken as UTC.
    """
    at = heard.published_at
    return replace(
        heard,
        remote_id=_fitting(clean_text(heard.remote_id) or f"sha256:{content_digest(heard)}", MAX_ID),
        text=clean_text(heard.text)[:MAX_TEXT],
        author=clean_text(heard.author)[:MAX_ID],
        published_at=at if at.tzinfo else at.replace(tzinfo=UTC),
        url=heard.url if len(heard.url) <= MAX_URL and heard.url.isprintable() else "",
        thread=_fitting(clean_text(heard.thread), MAX_ID),
        in_reply_to=_fitting(clean_text(heard.in_reply_to), MAX_ID),
        lang=clean_text(heard.lang)[:12],
        extra={name: clean_text(value) for name, value in heard.extra.items()} if heard.extra else heard.extra,
    )


def _fitting(name: str, most: int) -> str:
    if len(name) <= most:
        return name
    return f"{name[: most - 65]}#{hashlib.sha256(name.encode()).hexdigest()}"


def told_apart(heard: Iterable[tuple[HeardPost, str]], known: Mapping[str, list[str]]) -> list[News]:
    """What is new or edited among storable posts and their digests, in their order; `known` holds the digests of each remote id by number.

    A version heard before is known for good, whether it was stored long ago or stands further up in the same batch.
    """
    seen = {remote_id: list(digests) for remote_id, digests in known.items()}
    news = []
    for post, digest in heard:
        mine = seen.setdefault(post.remote_id, [])
        if digest not in mine:
            mine.append(digest)
            news.append(News(post, digest, len(mine)))
    return news
