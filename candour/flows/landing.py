"""What the links of a text lead to: looked at when it is submitted, and again before somebody signs.

A page is known by the words it shows, not by its bytes: tokens and scripts change with every visit. A page that is not reached is no reason
to refuse; the reviewers read that it was not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from html import unescape

import regex
from django.utils.translation import gettext as _

from candour.channels.base import ChannelError
from candour.channels.http import ask
from candour.channels.text import clean_text, html_to_text
from candour.core.signing import Plain, digest
from candour.flows.doors import door
from candour.flows.exact import instant
from candour.messages.models import DraftVersion, LinkSnapshot

#: Links that are looked at; a post with more is a list, and says so by the missing rows.
MOST_LINKS = 10
_MOST_BYTES, _SECONDS = 2_000_000, 8.0
_LINK = regex.compile(r"https?://[^\s<>\"”»)\]]+")
_TITLE = regex.compile(r"<title[^>]*>(.*?)</title>", regex.IGNORECASE | regex.DOTALL)


@dataclass(frozen=True, slots=True)
class Seen:
    """One link and what it led to. `digest` covers the words of a page, or the bytes of anything else; empty when not reached."""

    address: str
    final_address: str = ""
    status: int = 0
    digest: str = ""
    title: str = ""
    problem: str = ""


def links_in(text: str, links: Iterable[str]) -> list[str]:
    """Every web address a reader of the text can follow, each once, in the order of the links and then of the words."""
    found = [*links, *(link.rstrip(".,;:!?") for link in _LINK.findall(text))]
    return [link[:1000] for link in dict.fromkeys(found) if link][:MOST_LINKS]


def look_at(addresses: Sequence[str]) -> list[Seen]:
    """What stands behind each address now, by the guarded door."""
    if not addresses:
        return []
    guarded = replace(door(), limit=_MOST_BYTES, seconds=_SECONDS)
    with guarded.client() as client:
        return [_look(client, address) for address in addresses]


def _look(client: object, address: str) -> Seen:
    try:
        answer = ask(client, "GET", address, timeout=_SECONDS)
    except ChannelError as problem:
        return Seen(address, problem=_(problem.template) % problem.params if problem.params else _(problem.template))
    body = answer.content
    page = "html" in answer.headers.get("Content-Type", "")
    markup = answer.text if page else ""
    found = _TITLE.search(markup)
    title = clean_text(unescape(" ".join(found[1].split())))[:200] if found else ""
    shown = html_to_text(markup).encode("utf-8", "replace") if page else body
    return Seen(address, str(answer.url)[:1000], answer.status_code, digest(shown), title)


def rows(seen: Iterable[Seen], at: datetime) -> list[dict[str, Plain]]:
    """What the signed bytes say of the pages."""
    return [asdict(one) | {"fetched_at": instant(at)} for one in seen]


def keep(version: DraftVersion, seen: Iterable[Seen], at: datetime) -> None:
    """Store a look. Call inside a named act."""
    LinkSnapshot.objects.bulk_create([LinkSnapshot(version=version, fetched_at=at, **asdict(one)) for one in seen])
